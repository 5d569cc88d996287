/*
 * clixml.c - PowerShell objects as JSON, by what "credssp ps --json" does it
 * with: reads what "credssp ps --clixml" wrote, a line for each object.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/ps_json.h"
#include "cli/waiting.h"
#include "psrp/clixml_reader.h"

static struct buf out = BUF_INIT(PS_JSON_BYTES_MAX);

static int flush(void *arg, struct err *err)
{
    int rc;

    (void)arg;
    rc = waiting_write(STDOUT_FILENO, out.data, out.len, err);
    buf_clear_without_wipe(&out);
    return rc;
}

static int convert(struct clixml_reader *reader, const char *line, size_t n,
                   struct err *err)
{
    struct clixml *value;

    if (clixml_reader_begin(reader, NULL, NULL, err) != 0 ||
        clixml_reader_feed(reader, (const unsigned char *)line, n, err) != 0 ||
        clixml_reader_end(reader, &value, err) != 0 ||
        ps_json_put(&out, flush, NULL, value, err) != 0)
        return -1;
    buf_put_u8(&out, '\n');
    return 0;
}

int main(void)
{
    struct clixml_reader reader;
    struct err err = ERR_INIT;
    char *line = NULL;
    size_t room = 0;
    ssize_t n;
    int rc = 0;

    clixml_reader_init(&reader);
    while (rc == 0 && (n = getline(&line, &room, stdin)) > 0)
        rc = convert(&reader, line, (size_t)n - 1, &err);
    if (rc == 0)
        rc = flush(NULL, &err);
    if (rc != 0)
        fprintf(stderr, "clixml: %s\n", err.text);
    free(line);
    clixml_reader_free(&reader);
    buf_free(&out);
    return rc == 0 ? 0 : 1;
}
