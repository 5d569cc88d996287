/* loss.c - what it leaves open when no answer comes any more. */
#include "cli/loss.h"

#include "wsman/faults.h"
#include "wsman/shell.h"

static bool was_disconnected(const struct err *err)
{
    return err->domain == CODE_FAULT
           && (err->code == FAULT_SHELL_DISCONNECTED
               || err->code == FAULT_STREAM_DISCONNECTED);
}

/* Not what --timeout ended. */
static bool is_loss(const struct waiting_time *time, const struct err *err)
{
    return err->cause == ERR_CONNECTION_LOST || err->cause == ERR_SHELL_GONE
           || (err->cause == ERR_TIMEOUT && waiting_left_ms(time) > 0);
}

void loss_explain(const char *what, bool shell, bool running,
                  const struct waiting_time *time, struct err *err)
{
    if (!is_loss(time, err))
        return;
    if (!shell)
        (void)err_advise(err, "%s was not started: try again; a shell that "
                         "the host may have made ends by its own idle "
                         "timeout", what);
    else if (running)
        (void)err_advise(err, "how far %s came is not known, and it was not "
                         "started again; the output so far is complete up to "
                         "here. %s", what, was_disconnected(err)
                         ? "The host waited too long for us, or another "
                           "client took the shell over"
                         : "See on the host, which may have restarted");
    else if (!shell_is_missing(err))
        (void)err_advise(err, "it is not known whether %s was started; see "
                         "on the host before you run it again", what);
}
