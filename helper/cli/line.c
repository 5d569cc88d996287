/* line.c - one more channel to a shell that exists. */
#include "cli/line.h"

int line_open(struct line *line, const struct dial *dial, line_wait_fn *wait,
              void *wait_arg, const struct wsman *same, struct err *err)
{
    wsman_post_fn *post;
    void *post_arg;

    if (line->open)
        return 0;
    if (dial->open(dial->arg, wait, wait_arg, &post, &post_arg, err) != 0)
        return -1;
    wsman_init_line(&line->wsman, same, post, post_arg);
    line->wsman.send = dial->send;
    line->open = true;
    return 0;
}

void line_close(struct line *line, const struct dial *dial, bool hurry)
{
    if (!line->open)
        return;
    dial->close(dial->arg, line->wsman.post_arg, hurry);
    line->open = false;
}
