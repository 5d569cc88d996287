/* host_info.c - the terminal, as a runspace sees it. */
#include "psrp/host_info.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "psrp/types.h"

#define NAMESPACE "System.Management.Automation.Host."

/* System.ConsoleColor */
enum { CONSOLE_BLACK = 0, CONSOLE_GRAY = 7 };

/* MS-PSRP 2.2.3.14: the keys of the default data, from 0. */
enum shape { SHAPE_COLOR, SHAPE_POINT, SHAPE_INT, SHAPE_SIZE, SHAPE_STRING };

static const struct {
    enum shape shape;
    int32_t number;           /* of a colour or an integer */
} defaults[] = {
    { SHAPE_COLOR, CONSOLE_GRAY },   /* foreground */
    { SHAPE_COLOR, CONSOLE_BLACK },  /* background */
    { SHAPE_POINT, 0 },              /* cursor */
    { SHAPE_POINT, 0 },              /* window position */
    { SHAPE_INT, 25 },               /* cursor size, per cent */
    { SHAPE_SIZE, 0 },               /* buffer */
    { SHAPE_SIZE, 0 },               /* window */
    { SHAPE_SIZE, 0 },               /* largest window */
    { SHAPE_SIZE, 0 },               /* largest window of the screen */
    { SHAPE_STRING, 0 },             /* title */
};

static const char *const shape_types[] = {
    [SHAPE_COLOR] = "System.ConsoleColor",
    [SHAPE_POINT] = NAMESPACE "Coordinates",
    [SHAPE_INT] = "System.Int32",
    [SHAPE_SIZE] = NAMESPACE "Size",
    [SHAPE_STRING] = "System.String",
};

static void put_pair(struct clixml_writer *w, const char *first, int32_t a,
                     const char *second, int32_t b)
{
    clixml_begin_object(w, "V");
    clixml_begin(w, "MS");
    clixml_put_i32(w, first, a);
    clixml_put_i32(w, second, b);
    clixml_end(w, "MS");
    clixml_end_object(w);
}

static void put_value(struct clixml_writer *w, const struct host_info *info,
                      size_t i)
{
    int32_t width = (int32_t)info->width, height = (int32_t)info->height;

    switch (defaults[i].shape) {
    case SHAPE_COLOR:
    case SHAPE_INT:
        clixml_put_i32(w, "V", defaults[i].number);
        return;
    case SHAPE_POINT:
        put_pair(w, "x", 0, "y", 0);
        return;
    case SHAPE_SIZE:
        put_pair(w, "width", width, "height", height);
        return;
    case SHAPE_STRING:
        clixml_put_string(w, "V", info->title, strlen(info->title));
        return;
    }
}

static void put_entry(struct clixml_writer *w, const struct host_info *info,
                      size_t i)
{
    const char *type = shape_types[defaults[i].shape];

    clixml_begin(w, "En");
    clixml_put_i32(w, "Key", (int32_t)i);
    clixml_begin_object(w, "Value");
    clixml_begin(w, "MS");
    clixml_put_string(w, "T", type, strlen(type));
    put_value(w, info, i);
    clixml_end(w, "MS");
    clixml_end_object(w);
    clixml_end(w, "En");
}

static void put_defaults(struct clixml_writer *w,
                         const struct host_info *info)
{
    size_t i;

    clixml_begin_object(w, "_hostDefaultData");
    clixml_begin(w, "MS");
    clixml_begin_object(w, "data");
    clixml_put_types(w, type_hashtable);
    clixml_begin(w, "DCT");
    for (i = 0; i < sizeof defaults / sizeof *defaults; i++)
        put_entry(w, info, i);
    clixml_end(w, "DCT");
    clixml_end_object(w);
    clixml_end(w, "MS");
    clixml_end_object(w);
}

void host_info_put(struct clixml_writer *w, const struct host_info *info)
{
    clixml_begin_object(w, "HostInfo");
    clixml_begin(w, "MS");
    if (info->present)
        put_defaults(w, info);
    clixml_put_bool(w, "_isHostNull", !info->present);
    clixml_put_bool(w, "_isHostUINull", !info->present);
    clixml_put_bool(w, "_isHostRawUINull", !info->present);
    /* A pipeline takes the pool's host; the pool says what that is. */
    clixml_put_bool(w, "_useRunspaceHost", !info->present);
    clixml_end(w, "MS");
    clixml_end_object(w);
}
