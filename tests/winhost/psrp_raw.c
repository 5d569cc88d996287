/* psrp_raw.c - $Host.UI.RawUI's properties.  Recorded: they are read from
 * HostInfo, and what is set is told and kept. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "psrp_host.h"
#include "psrp_object.h"

static const struct {
    const char *path, *setter;
    int id;
    enum console_key key;
} properties[] = {
    { "UI.RawUI.ForegroundColor", "SetForegroundColor", 28,
      CONSOLE_FOREGROUND },
    { "UI.RawUI.BackgroundColor", "SetBackgroundColor", 30,
      CONSOLE_BACKGROUND },
    { "UI.RawUI.CursorPosition", "SetCursorPosition", 32,
      CONSOLE_CURSOR_POSITION },
    { "UI.RawUI.WindowPosition", "SetWindowPosition", 34,
      CONSOLE_WINDOW_POSITION },
    { "UI.RawUI.CursorSize", "SetCursorSize", 36, CONSOLE_CURSOR_SIZE },
    { "UI.RawUI.BufferSize", "SetBufferSize", 38, CONSOLE_BUFFER_SIZE },
    { "UI.RawUI.WindowSize", "SetWindowSize", 40, CONSOLE_WINDOW_SIZE },
    { "UI.RawUI.WindowTitle", "SetWindowTitle", 42, CONSOLE_WINDOW_TITLE },
    { "UI.RawUI.MaxWindowSize", NULL, 0, CONSOLE_MAX_WINDOW_SIZE },
    { "UI.RawUI.MaxPhysicalWindowSize", NULL, 0,
      CONSOLE_MAX_PHYSICAL_WINDOW_SIZE },
};
#define PROPERTIES (sizeof properties / sizeof *properties)

static bool is_size(enum console_key key)
{
    return key >= CONSOLE_BUFFER_SIZE && key != CONSOLE_WINDOW_TITLE;
}

static void read_property(const struct console *console, enum console_key key,
                          struct item *item)
{
    char text[32];

    if (key == CONSOLE_FOREGROUND || key == CONSOLE_BACKGROUND) {
        object_colour(item, console->values[key].a);
    } else if (key == CONSOLE_WINDOW_TITLE) {
        item_string(item, console->title, strlen(console->title));
    } else if (key == CONSOLE_CURSOR_SIZE) {
        snprintf(text, sizeof text, "%d", console->values[key].a);
        item_string(item, text, strlen(text));
        buf_clear(&item->xml);
        buf_printf(&item->xml, "<I32>%s</I32>", text);
    } else {
        object_pair(item, is_size(key), console->values[key].a,
                    console->values[key].b);
    }
}

static size_t find(const char *path, size_t *length)
{
    size_t i;

    for (i = 0; i < PROPERTIES; i++) {
        *length = strlen(properties[i].path);
        if (strncasecmp(path, properties[i].path, *length) == 0)
            break;
    }
    return i;
}

size_t host_property(const struct console *console, const char *path,
                     struct item *item)
{
    size_t n, i = find(path, &n);

    if (i == PROPERTIES)
        return 0;
    if (console->no_raw_ui)
        buf_printf(&item->xml, "<Nil />");
    else
        read_property(console, properties[i].key, item);
    return n;
}

/* A colour as its number, pairs as x, y and as height, width. */
static void put_value(struct buf *xml, struct console *console,
                      enum console_key key, const struct item *value)
{
    const char *text = item_text(value);
    int a = console_colour(text), b = 0;

    if (key == CONSOLE_WINDOW_TITLE) {
        snprintf(console->title, sizeof console->title, "%s", text);
        buf_printf(xml, "<S>");
        psrp_text(xml, text, strlen(text));
        buf_printf(xml, "</S>");
        return;
    }
    if (a < 0)
        sscanf(text, "%d,%d", &a, &b);
    console->values[key].a = a;
    console->values[key].b = b;
    if (key == CONSOLE_CURSOR_POSITION || key == CONSOLE_WINDOW_POSITION)
        buf_printf(xml, "<Obj RefId=\"3\"><MS><I32 N=\"x\">%d</I32>"
                   "<I32 N=\"y\">%d</I32></MS></Obj>", a, b);
    else if (is_size(key))
        buf_printf(xml, "<Obj RefId=\"3\"><MS><I32 N=\"height\">%d</I32>"
                   "<I32 N=\"width\">%d</I32></MS></Obj>", b, a);
    else
        buf_printf(xml, "<I32>%d</I32>", a);
}

bool host_assign(struct script *s, const char *name, const struct item *value)
{
    struct console *console = &s->p->console;
    struct buf xml = BUF_INIT(PSRP_MESSAGE_MAX);
    size_t i, n;

    if (strncasecmp(name, "Host.", 5) != 0)
        return false;
    i = find(name + 5, &n);
    if (i == PROPERTIES || properties[i].setter == NULL)
        return false;
    put_value(&xml, console, properties[i].key, value);
    if (!console->no_raw_ui)
        pipeline_tell(s->p, properties[i].setter, properties[i].id,
                      (char *)xml.data, xml.len);
    buf_free(&xml);
    return true;
}
