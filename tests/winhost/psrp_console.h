/*
 * psrp_console.h - the client's terminal as HostInfo describes it (MS-PSRP
 * 2.2.3.14).  Recorded: what a script reads of it comes from here, and what
 * it sets is told to the client and kept here.
 */
#ifndef WINHOST_PSRP_CONSOLE_H
#define WINHOST_PSRP_CONSOLE_H

#include <libxml/tree.h>
#include <stdbool.h>

/* The keys of _hostDefaultData.data. */
enum console_key {
    CONSOLE_FOREGROUND, CONSOLE_BACKGROUND, CONSOLE_CURSOR_POSITION,
    CONSOLE_WINDOW_POSITION, CONSOLE_CURSOR_SIZE, CONSOLE_BUFFER_SIZE,
    CONSOLE_WINDOW_SIZE, CONSOLE_MAX_WINDOW_SIZE,
    CONSOLE_MAX_PHYSICAL_WINDOW_SIZE, CONSOLE_WINDOW_TITLE, CONSOLE_KEYS
};

struct console {
    bool no_host, no_ui, no_raw_ui;   /* null in the client */
    bool of_pool;                     /* _useRunspaceHost */
    struct { int a, b; } values[CONSOLE_KEYS]; /* x, y; width, height */
    char title[256];
};

/* Of HostInfo; NULL: there is no host. */
void console_read(xmlNodePtr host_info, struct console *console);

/* System.ConsoleColor by its name, and back; -1, NULL. */
int console_colour(const char *name);
const char *console_colour_name(int colour);

#endif
