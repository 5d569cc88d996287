/* errors.c - ErrorRecords that end a pool. */
#include "psrp/errors.h"

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
