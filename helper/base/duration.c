/* duration.c - durations as people write them. */
#include "credssp/duration.h"

#include <stddef.h>
#include <stdint.h>

/* From long to short; each at most once and in this order. */
static const struct {
    char unit;
    unsigned seconds;
} units[] = {
    { 'd', 86400 }, { 'h', 3600 }, { 'm', 60 }, { 's', 1 },
};

#define UNITS (sizeof units / sizeof *units)

/* The digits at *text; false when there are none or too many. */
static bool number(const char **text, uint64_t *n)
{
    const char *p = *text;

    for (*n = 0; *p >= '0' && *p <= '9' && *n <= DURATION_MAX_S; p++)
        *n = *n * 10 + (uint64_t)(*p - '0');
    if (p == *text || *n > DURATION_MAX_S)
        return false;
    *text = p;
    return true;
}

bool duration_parse(const char *text, unsigned *seconds)
{
    uint64_t total = 0, n;
    size_t next = 0;

    do {
        size_t i = next;

        if (!number(&text, &n))
            return false;
        if (*text == '\0' && next == 0) { /* a bare number: seconds */
            total = n;
            break;
        }
        while (i < UNITS && units[i].unit != *text)
            i++;
        if (i == UNITS)
            return false;
        total += n * units[i].seconds;
        next = i + 1;
        text++;
    } while (*text != '\0');
    if (total == 0 || total > DURATION_MAX_S)
        return false;
    *seconds = (unsigned)total;
    return true;
}
