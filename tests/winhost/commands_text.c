/* commands_text.c - more and sort: stdin to stdout. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "commands.h"

#define COPY_BYTES 65536
#define SORT_MAX 16777216

uint32_t text_more(struct call *call)
{
    unsigned char *block = malloc(COPY_BYTES);
    ssize_t n = -1;

    if (block == NULL)
        return 8;
    while ((n = command_read(call->command, NULL, block, COPY_BYTES)) > 0)
        if (!call_write(call, call->out, block, (size_t)n))
            break;
    free(block);
    return n == 0 ? 0 : CONTROL_C_EXIT;
}

static int by_text(const void *a, const void *b)
{
    return strcasecmp(*(char *const *)a, *(char *const *)b);
}

/* Cuts text into lines; the caller frees the array. */
static char **split_lines(char *text, size_t *count)
{
    char **lines = NULL, *save = NULL, *line;
    size_t n = 0;

    for (line = strtok_r(text, "\r\n", &save); line != NULL;
         line = strtok_r(NULL, "\r\n", &save)) {
        if ((n & (n + 1)) == 0) { /* grow at 0, 1, 3, 7, ... */
            char **more = reallocarray(lines, 2 * n + 2,
                                       sizeof *lines);

            if (more == NULL)
                break;
            lines = more;
        }
        lines[n++] = line;
    }
    *count = n;
    return lines;
}

uint32_t text_sort(struct call *call)
{
    struct buf text = BUF_INIT(SORT_MAX);
    unsigned char block[4096];
    size_t i, count;
    char **lines;
    ssize_t n;

    while ((n = command_read(call->command, NULL, block, sizeof block)) > 0)
        buf_put(&text, block, (size_t)n);
    buf_put_u8(&text, 0);
    if (n < 0 || text.failed != ERR_NONE) {
        buf_free(&text);
        return n < 0 ? CONTROL_C_EXIT : 8;
    }
    lines = split_lines((char *)text.data, &count);
    if (count > 0)
        qsort(lines, count, sizeof *lines, by_text);
    for (i = 0; i < count; i++)
        if (!call_print(call, lines[i]) || !call_print(call, "\r\n"))
            break;
    free(lines);
    buf_free(&text);
    return 0;
}
