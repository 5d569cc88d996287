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

static int flush(void *arg, struct err *err)
{
    struct buf *json = arg;
    int rc = waiting_write(STDOUT_FILENO, json->data, json->len, err);

    buf_clear_without_wipe(json);
    return rc;
}

static int convert(struct clixml_reader *reader, const char *line, size_t n,
                   const struct ps_json_out *out, struct err *err)
{
    struct clixml *value;

    if (clixml_reader_begin(reader, NULL, NULL, err) != 0 ||
        clixml_reader_feed(reader, (const unsigned char *)line, n, err) != 0 ||
        clixml_reader_end(reader, &value, err) != 0 ||
        ps_json_put(out, NULL, value, err) != 0)
        return -1;
    buf_put_u8(out->buf, '\n');
    return out->buf->len < PS_JSON_HELD ? 0 : flush(out->buf, err);
}

int main(void)
{
    struct buf json = BUF_INIT(4 * PS_JSON_HELD);
    const struct ps_json_out out = { &json, flush, &json };
    struct clixml_reader reader;
    struct err err = ERR_INIT;
    char *line = NULL;
    size_t room = 0;
    ssize_t n;
    int rc = 0;

    clixml_reader_init(&reader);
    while (rc == 0 && (n = getline(&line, &room, stdin)) > 0)
        rc = convert(&reader, line, (size_t)n - 1, &out, &err);
    if (rc == 0)
        rc = flush(&json, &err);
    if (rc != 0)
        fprintf(stderr, "clixml: %s\n", err.text);
    free(line);
    clixml_reader_free(&reader);
    buf_free(&json);
    return rc == 0 ? 0 : 1;
}
