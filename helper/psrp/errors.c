/* errors.c - ErrorRecords that end a pool. */
#include "psrp/errors.h"

#include <stddef.h>
#include <string.h>

int psrp_error(const struct clixml *record, enum err_stage stage,
               const char *what, struct err *err)
{
    const char *text = clixml_text(record);
    const char *message =
        clixml_text(clixml_get(clixml_get(record, "Exception"), "Message"));

    if (message != NULL)
        text = message;
    if (text == NULL)
        (void)err_set(err, ERR_FAULT, stage, "%s", what);
    else
        (void)err_set(err, ERR_FAULT, stage, "%s: %s", what, text);
    return err_advise(err, "look at the host's event log "
                      "Microsoft-Windows-PowerShell/Operational");
}

int psrp_disconnected(struct err *err)
{
    (void)err_set(err, ERR_SHELL_GONE, STAGE_OUTPUT,
                  "the host disconnected this PowerShell session");
    return err_advise(err, "it was idle for too long, or another client "
                      "took it over; run the command again");
}

/* By FullyQualifiedErrorId. */
static const struct {
    const char *id, *advice;
} advices[] = {
    { "ScriptsNotAllowed",
      "this endpoint takes commands and no script: give one command with "
      "-c, and its parameters with --arg" },
};

const char *psrp_advice(const struct clixml *record)
{
    const char *id =
        clixml_text(clixml_get(record, "FullyQualifiedErrorId"));
    size_t i;

    for (i = 0; id != NULL && i < sizeof advices / sizeof *advices; i++)
        if (strcmp(advices[i].id, id) == 0)
            return advices[i].advice;
    return NULL;
}
