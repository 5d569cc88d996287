/* line.c - one more channel to a shell that exists. */
#include "cli/line.h"

#include "wsman/faults.h"

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

static bool was_disconnected(const struct err *err)
{
    return err->domain == CODE_FAULT
           && (err->code == FAULT_SHELL_DISCONNECTED
               || err->code == FAULT_STREAM_DISCONNECTED);
}

/* Not what --timeout ended. */
static bool is_loss(bool in_time, const struct err *err)
{
    return err->cause == ERR_CONNECTION_LOST || err->cause == ERR_SHELL_GONE
           || (err->cause == ERR_TIMEOUT && in_time);
}

void line_explain_loss(const struct line_loss *loss, struct err *err)
{
    if (!is_loss(loss->in_time, err))
        return;
    if (!loss->shell)
        (void)err_advise(err, "no %s was started: try again; a shell that "
                         "the host may have made ends by its own idle "
                         "timeout", loss->what);
    else if (loss->running)
        (void)err_advise(err, "how far the %s came is not known, and it was "
                         "not started again; the output so far is complete "
                         "up to here. %s", loss->what, was_disconnected(err)
                         ? "The host waited too long for us, or another "
                           "client took the shell over"
                         : "See on the host, which may have restarted");
    else if (!winrs_no_shell(err))
        (void)err_advise(err, "it is not known whether the %s was started; "
                         "see on the host before you run it again",
                         loss->what);
}
