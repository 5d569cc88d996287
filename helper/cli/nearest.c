/* nearest.c - the command that a mistyped name most likely meant. */
#include "cli/command.h"
#include "credssp/spelling.h"

#define COMMANDS_MAX 32

const struct command *command_nearest(const struct command *table,
                                      size_t count, const char *name)
{
    const char *names[COMMANDS_MAX] = { NULL };
    size_t i;

    for (i = 0; i < count && i < COMMANDS_MAX; i++)
        names[i] = table[i].page->name;
    count = i;
    i = spelling_nearest(name, names, count);
    return i < count ? &table[i] : NULL;
}
