/* ps_failure.c - a host that failed, as JSON. */
#include "cli/ps_failure.h"

#include <jansson.h>
#include <string.h>

#include "cli/command.h"
#include "cli/render.h"

/* PowerShell's error has no cause of ours. */
static json_t *complaint_of(const struct ps_complaint *last)
{
    return json_pack("{s:n, s:o, s:o}", "cause",
                     "text", render_string(last->text),
                     "id", render_string(last->id));
}

char *ps_failure(const char *host, int status,
                 const struct ps_complaint *last, const struct err *own)
{
    json_t *error = own->cause != ERR_NONE ? render_error(own)
                                           : complaint_of(last);

    if (error != NULL
        && json_object_set_new(error, "exit_code", json_integer(status))
               != 0) {
        json_decref(error);
        error = NULL;
    }
    return render_line(json_pack("{s:o, s:o}", "PSComputerName",
                                 render_string(host), "Error", error));
}

char *ps_failure_absent(const char *host, const struct err *why)
{
    return ps_failure(host, EXIT_OWN_FAILURE, NULL, why);
}
