/* recording.c - reads recordings of real Windows hosts. */
#include "recording.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

#include "unit.h"

const char *recording_folder(void)
{
    static char beside[4096];
    const char *folder = getenv("CREDSSP_RECORDINGS");
    const char *srcdir = getenv("srcdir");

    if (folder == NULL) {
        snprintf(beside, sizeof beside, "%s/../shared/recordings",
                 srcdir != NULL ? srcdir : ".");
        folder = beside;
    }
    return access(folder, R_OK) == 0 ? folder : NULL;
}

/* YAML 1.2, 7.3.2 and 7.3.3: in single quotes, '' stands for one. */
static char *scalar(const char *value, const char *where)
{
    char *text = strdup(value), *dst = text;
    size_t n = strlen(value);
    const char *p;

    assert_non_null(text);
    if (value[0] != '\'') {
        if (value[0] != '<')
            fail_msg("%s: not a plain scalar of XML", where);
        return text;
    }
    assert_true(n >= 2 && value[n - 1] == '\'');
    for (p = value + 1; p < value + n - 1; p++) {
        *dst++ = *p;
        if (*p == '\'')
            assert_int_equal(*++p, '\'');
    }
    *dst = '\0';
    return text;
}

static void take_line(struct recording *recording, const char *line,
                      const char *where)
{
    static const char request[] = "- request: ", response[] = "  response: ";
    static const char code[] = "    code: ";
    struct recorded *last = recording->messages + recording->count - 1;

    if (strncmp(line, request, sizeof request - 1) == 0) {
        assert_true(recording->count < RECORDING_MESSAGES_MAX);
        last = &recording->messages[recording->count++];
        last->request = scalar(line + sizeof request - 1, where);
        last->status = 200;
        return;
    }
    if (recording->count == 0) {
        assert_string_equal(line, "messages:");
        return;
    }
    if (strncmp(line, response, sizeof response - 1) == 0)
        last->response = scalar(line + sizeof response - 1, where);
    else if (strncmp(line, code, sizeof code - 1) == 0)
        last->status = (int)strtol(line + sizeof code - 1, NULL, 10);
}

void recording_read(const char *folder, const char *name,
                    struct recording *recording)
{
    char path[4352], *line = NULL;
    size_t size = 0, i;
    ssize_t n;
    FILE *in;

    memset(recording, 0, sizeof *recording);
    snprintf(path, sizeof path, "%s/%s.yml", folder, name);
    in = fopen(path, "r");
    if (in == NULL)
        fail_msg("%s cannot be read", path);
    while ((n = getline(&line, &size, in)) > 0) {
        if (line[n - 1] == '\n')
            line[n - 1] = '\0';
        take_line(recording, line, name);
    }
    free(line);
    fclose(in);
    assert_true(recording->count > 0);
    for (i = 0; i < recording->count; i++)
        assert_non_null(recording->messages[i].response);
}

void recording_free(struct recording *recording)
{
    size_t i;

    for (i = 0; i < recording->count; i++) {
        free(recording->messages[i].request);
        free(recording->messages[i].response);
    }
    recording->count = 0;
}
