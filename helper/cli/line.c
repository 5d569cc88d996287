/* line.c - one more channel to a shell that exists. */
#include "cli/line.h"

int line_open(struct line *line, const struct dial *dial, line_wait_fn *wait,
              void *wait_arg, const struct winrs_command *same,
              struct err *err)
{
    wsman_post_fn *post;
    void *post_arg;

    if (line->open)
        return 0;
    if (dial->open(dial->arg, wait, wait_arg, &post, &post_arg, err) != 0)
        return -1;
    line->wsman = *same->shell->wsman;
    line->wsman.brief_ms = 0; /* the other line's, for its Receive alone */
    line->wsman.post = post;
    line->wsman.post_arg = post_arg;
    line->shell = *same->shell;
    line->shell.wsman = &line->wsman;
    line->command = *same;
    line->command.shell = &line->shell;
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

void line_explain_loss(const char *what, bool shell, bool running,
                       struct err *err)
{
    if (err->cause != ERR_CONNECTION_LOST && err->cause != ERR_SHELL_GONE)
        return;
    if (running)
        (void)err_advise(err, "how far %s came is not known, and it was not "
                         "started again; the output so far is complete up to "
                         "here. See on the host, which may have restarted",
                         what);
    else if (shell)
        (void)err_advise(err, "it is not known whether %s was started; see "
                         "on the host before you run it again", what);
}
