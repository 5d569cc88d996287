/* psrp_console.c - reads HostInfo. */
#include "psrp_console.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "psrp_pool.h"
#include "soap_in.h"

/* In the order of System.ConsoleColor. */
static const char *const colours[] = {
    "Black", "DarkBlue", "DarkGreen", "DarkCyan", "DarkRed", "DarkMagenta",
    "DarkYellow", "Gray", "DarkGray", "Blue", "Green", "Cyan", "Red",
    "Magenta", "Yellow", "White"
};
#define COLOURS ((int)(sizeof colours / sizeof *colours))

int console_colour(const char *name)
{
    int i;

    for (i = 0; i < COLOURS; i++)
        if (strcasecmp(colours[i], name) == 0)
            return i;
    return -1;
}

const char *console_colour_name(int colour)
{
    return colour >= 0 && colour < COLOURS ? colours[colour] : NULL;
}

static int number_of(xmlNodePtr node)
{
    char text[32];

    return node != NULL && soap_content(node, text, sizeof text) == 0
               ? (int)strtol(text, NULL, 10) : 0;
}

static bool is_true(xmlNodePtr object, const char *name)
{
    xmlNodePtr node = psrp_member(object, name);
    char text[8];

    return node != NULL && soap_content(node, text, sizeof text) == 0 &&
           strcmp(text, "true") == 0;
}

/* <En><I32 N="Key">5</I32><Obj N="Value"><MS>..T..V..</MS></Obj></En> */
static void read_entry(xmlNodePtr entry, struct console *console)
{
    xmlNodePtr key = soap_elements(entry->children);
    xmlNodePtr value = key != NULL ? soap_elements(key->next) : NULL;
    xmlNodePtr v = psrp_member(value, "V");
    int at = number_of(key);

    if (v == NULL || at < 0 || at >= CONSOLE_KEYS)
        return;
    if (at == CONSOLE_WINDOW_TITLE) {
        if (soap_content(v, console->title, sizeof console->title) != 0)
            console->title[0] = '\0';
    } else if (psrp_member(v, "width") != NULL) {
        console->values[at].a = number_of(psrp_member(v, "width"));
        console->values[at].b = number_of(psrp_member(v, "height"));
    } else if (psrp_member(v, "x") != NULL) {
        console->values[at].a = number_of(psrp_member(v, "x"));
        console->values[at].b = number_of(psrp_member(v, "y"));
    } else {
        console->values[at].a = number_of(v);
    }
}

void console_read(xmlNodePtr host_info, struct console *console)
{
    xmlNodePtr data, part, entry;

    memset(console, 0, sizeof *console);
    console->no_host = host_info == NULL || is_true(host_info, "_isHostNull");
    console->no_ui = console->no_host || is_true(host_info, "_isHostUINull");
    console->no_raw_ui = console->no_ui ||
                         is_true(host_info, "_isHostRawUINull");
    console->of_pool = is_true(host_info, "_useRunspaceHost");
    data = psrp_member(psrp_member(host_info, "_hostDefaultData"), "data");
    part = data != NULL ? soap_elements(data->children) : NULL;
    for (; part != NULL; part = soap_elements(part->next)) {
        entry = strcmp((const char *)part->name, "DCT") == 0
                    ? soap_elements(part->children) : NULL;
        for (; entry != NULL; entry = soap_elements(entry->next))
            read_entry(entry, console);
    }
}
