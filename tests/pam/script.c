/* script.c - reads a script: sections of "name = value" lines. */
#include "pamtest.h"

#include <stdio.h>
#include <string.h>

struct section_row {
    const char *name;
    size_t at;
};

static const struct section_row sections[] = {
    { "[options]", offsetof(struct script, options) },
    { "[run]", offsetof(struct script, run) },
    { "[prompts]", offsetof(struct script, prompts) },
    { "[output]", offsetof(struct script, output) },
};

static char *trim(char *s)
{
    size_t n;

    s += strspn(s, " \t\n");
    n = strlen(s);
    while (n > 0 && strchr(" \t\n", s[n - 1]) != NULL)
        s[--n] = '\0';
    return s;
}

static struct section *find_section(struct script *script, const char *name)
{
    size_t i;

    for (i = 0; i < sizeof sections / sizeof *sections; i++)
        if (strcmp(sections[i].name, name) == 0)
            return (struct section *)((char *)script + sections[i].at);
    return NULL;
}

/* Log lines have '=' of their own: they are kept whole, as the name. */
static void add_line(struct script *script, struct section *section,
                     char *text, int number)
{
    struct line *line = &section->lines[section->n++];
    char *equals = section == &script->output ? NULL : strstr(text, " = ");
    size_t n = strlen(text);

    line->number = number;
    if (equals != NULL) {
        *equals = '\0';
        snprintf(line->value, sizeof line->value, "%s", trim(equals + 3));
    } else if (n > 2 && strcmp(text + n - 2, " =") == 0) {
        text[n - 2] = '\0'; /* an empty value */
    }
    snprintf(line->name, sizeof line->name, "%s", trim(text));
}

bool script_read(const char *path, struct script *script)
{
    FILE *in = fopen(path, "r");
    struct section *section = NULL;
    char text[TEXT_MAX];
    int number = 0;
    bool good = in != NULL;

    memset(script, 0, sizeof *script);
    while (good && fgets(text, sizeof text, in) != NULL) {
        char *line = trim(text);

        number++;
        if (*line == '\0' || *line == '#')
            continue;
        if (*line == '[')
            section = find_section(script, line);
        else if (section != NULL && section->n < LINES_MAX)
            add_line(script, section, line, number);
        if (section == NULL || section->n == LINES_MAX)
            good = false;
    }
    if (!good)
        fprintf(stderr, "%s:%d: cannot be read\n", path, number);
    if (in != NULL)
        fclose(in);
    return good;
}

const char *script_option(const struct script *script, const char *name,
                          const char *otherwise)
{
    size_t i;

    for (i = 0; i < script->options.n; i++)
        if (strcmp(script->options.lines[i].name, name) == 0)
            return script->options.lines[i].value;
    return otherwise;
}
