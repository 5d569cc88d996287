/* telling.c - a connection, a command's end and its exit status on stderr. */
#include "cli/telling.h"

#include <stdio.h>

#include "cli/remote.h"
#include "cli/render.h"

void tell_opened(const struct wire_opened *opened, int64_t connect_ms)
{
    struct wire_opened o = *opened;

    render_clean(o.host);
    render_clean(o.spn);
    render_clean(o.tls);
    render_clean(o.mechanism);
    fprintf(stderr, "credssp: connected to %s:%u (%s) in %lld ms, %s\n",
            o.host, o.port, o.https ? "HTTPS" : "HTTP",
            (long long)connect_ms,
            !o.reused ? "a new connection"
            : o.value[0] != '\0' ? "reusing a connection and its shell"
                                 : "reusing a connection");
    fprintf(stderr, "credssp: %s as %s, CredSSP version %u, %s; "
            "%u HTTP requests\n", o.mechanism, o.spn, o.credssp_version,
            o.tls, (unsigned)o.requests);
}

void tell_ended(const struct told_end *end)
{
    if (end->output_ms >= 0)
        fprintf(stderr, "credssp: first output %lld ms after connecting, "
                "%u HTTP requests in all\n", (long long)end->output_ms,
                end->requests_to_output);
    fprintf(stderr, "credssp: ended after %lld ms, %u HTTP requests in all; "
            "%s%s\n", (long long)end->total_ms, end->requests, end->how,
            end->kept ? "; the shell is kept" : "");
    if (end->why_not_kept != NULL)
        fprintf(stderr, "credssp: the shell is not kept: %s\n",
                end->why_not_kept);
}

/* NTSTATUS codes with which Windows ends a program: ntstatus.h. */
static const char *meaning(uint32_t code)
{
    return code == 0xc000013a ? ": Ctrl-C"
           : code == 0xc0000005 ? ": an access violation" : "";
}

int tell_exit_status(const char *whose, int64_t code, bool quiet)
{
    int status = remote_exit_status((uint32_t)code);

    if (status != code && !quiet)
        fprintf(stderr, "credssp: the exit code of %s was %lld (0x%08x%s); "
                "%d stands for it\n", whose, (long long)code, (unsigned)code,
                meaning((uint32_t)code), status);
    return status;
}
