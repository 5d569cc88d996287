/* engine.c - dispatches requests and turns refusals into faults. */
#include "engine.h"

#include "journal.h"
#include "trouble.h"

static const struct {
    engine_fn *run;
    bool needs_shell;     /* the ShellId selector must be there */
    bool needs_logon;
} operations[ACTION_COUNT] = {
    [ACTION_CREATE] = { op_create, false, true },
    [ACTION_DELETE] = { op_delete, true, true },
    [ACTION_GET] = { op_get, false, true },
    [ACTION_ENUMERATE] = { op_enumerate, false, true },
    [ACTION_PULL] = { op_pull, false, true },
    [ACTION_RELEASE] = { op_release, false, true },
    [ACTION_COMMAND] = { op_command, true, true },
    [ACTION_SEND] = { op_send, true, true },
    [ACTION_RECEIVE] = { op_receive, true, true },
    [ACTION_SIGNAL] = { op_signal, true, true },
    [ACTION_IDENTIFY] = { op_identify, false, false },
};

static int dispatch(const struct host *host, const struct caller *caller,
                    struct request *request, struct buf *out,
                    struct fault *fault)
{
    enum fault_id trouble;

    if (operations[request->action].needs_logon && caller->identity == NULL)
        return fault_set(fault, FAULT_ACCESS, NULL);
    if (operations[request->action].needs_shell
        && request->shell_id[0] == '\0')
        return fault_set(fault, FAULT_SELECTORS, NULL);
    trouble = trouble_fault(host->troubles, action_name(request->action));
    if (trouble != FAULT_NONE) {
        journal_write(host->journal, "trouble", "action=%s fault=0x%08x",
                      action_name(request->action), fault_code(trouble));
        return fault_set(fault, trouble, NULL);
    }
    if (request->timeout_ms > host->max_timeout_ms)
        request->timeout_ms = host->max_timeout_ms;
    if (request->max_envelope > host->max_envelope)
        request->max_envelope = host->max_envelope;
    return operations[request->action].run(host, caller, request, out, fault);
}

int engine_answer(const struct host *host, const struct caller *caller,
                  const unsigned char *xml, size_t len, struct buf *out,
                  const char **what)
{
    struct fault fault = { .id = FAULT_NONE };
    struct request request;
    int rc = request_parse(xml, len, &request, &fault);

    *what = request.action < ACTION_COUNT ? action_name(request.action) : "?";
    if (rc == 0)
        rc = dispatch(host, caller, &request, out, &fault);
    if (rc == 0 && out->len > request.max_envelope)
        rc = fault_set(&fault, FAULT_ENVELOPE_SMALL, NULL);
    if (rc != 0) {
        buf_clear(out);
        fault_write(&fault, request.message_id, host->fqdn, out);
    }
    request_free(&request);
    return rc == 0 ? 200 : 500;
}
