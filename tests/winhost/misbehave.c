/* misbehave.c - the table of what the stand-in can do wrong. */
#include "misbehave.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct misbehave_row rows[] = {
    /* HTTP and below */
    { "drop", "hangs up instead of answering", 1, 6, .wire = wire_drop },
    { "half", "hangs up within an answer", 1, 6, .wire = wire_half },
    { "redirect", "302 to win2", 1, 6, .wire = wire_redirect },
    { "no-token", "401 with the schemes, no token", 1, 6,
      .wire = wire_no_token },
    { "negotiate-only", "401 that offers Negotiate only", 1, 6,
      .wire = wire_negotiate_only },
    { "empty-500", "500 without a body", 1, 6, .wire = wire_empty_500 },
    { "html", "200 with a web page", 1, 6, .wire = wire_html },
    { "proxy", "407 with a web page", 1, 6, .wire = wire_proxy },
    { "early-200", "200 before authInfo", 1, 4, .wire = wire_early_200 },
    { "two-tokens", "401 with two tokens", 1, 4, .wire = wire_two_tokens },
    { "not-http", "an SSH banner", 1, 6, .wire = wire_not_http },
    { "endless-headers", "headers without an end", 1, 6,
      .wire = wire_endless_headers },
    { "endless-line", "a header line without an end", 1, 6,
      .wire = wire_endless_line },
    { "endless-body", "a chunked body without an end", 1, 6,
      .wire = wire_endless_body },
    { "bad-chunk", "a chunk longer than it says", 1, 6,
      .wire = wire_bad_chunk },
    { "escape", "302 with what drives a terminal", 1, 6,
      .wire = wire_escape },
    { "interim", "100 Continue without an end", 1, 6, .wire = wire_interim },
    { "drip", "one byte a second", 1, 6, .wire = wire_drip },
    { "hang", "no answer", 1, 6, .wire = wire_hang },
    { "close", "Connection: close with the answer", 1, 6,
      .answer = answer_close },
    { "chunked", "chunked answers, as HTTP allows", 0, 0,
      .answer = answer_chunked },

    { "leg-alone", "takes no body on CredSSP's last leg", 0, 0,
      .leg_alone = true },

    /* the token of a leg */
    { "garbage", "a token of random bytes", 1, 4, .token = bytes_garbage },
    { "truncated", "half of the token", 1, 4, .token = bytes_truncated },
    { "trailing", "a byte behind the token", 1, 4, .token = bytes_trailing },
    { "oversized", "a token of 40 KB", 1, 4, .token = bytes_oversized },

    /* TLS */
    { "tls-1.1", "TLS 1.1 only", 0, 0, .acceptor = acceptor_tls11 },
    { "tls-1.3", "TLS 1.3 only", 0, 0, .acceptor = acceptor_tls13 },
    { "tls-weak", "RSA-1024, SHA-1, CBC: Server 2012 R2", 0, 0,
      .acceptor = acceptor_weak },
    { "tls-short-key", "RSA-1024 with a good suite", 0, 0,
      .acceptor = acceptor_short_key },
    { "renegotiate", "asks for renegotiation", 3, 4,
      .acceptor = acceptor_renegotiates },

    /* TSRequest, within TLS */
    { "der-garbage", "random bytes", 3, 4, .der = bytes_garbage },
    { "der-truncated", "half of it", 3, 4, .der = bytes_truncated },
    { "der-trailing", "a byte behind it", 3, 4, .der = bytes_trailing },
    { "der-oversized", "40 KB behind it", 3, 4, .der = bytes_oversized },
    { "der-empty", "nothing but a warning of life", 3, 4,
      .der = bytes_empty },
    { "no-fields", "a version and nothing else", 3, 4,
      .request = request_nothing },
    { "auth-info", "a field that only clients send", 3, 4,
      .request = request_auth_info },
    { "version", "speaks CredSSP version VALUE", 0, 0, true,
      .acceptor = acceptor_version },
    { "version-change", "says version VALUE in this leg", 3, 4, true,
      .request = request_version },
    { "error-code", "errorCode VALUE; in leg 5 as the logon's result", 3, 5,
      true, .request = request_error_code },

    /* SPNEGO */
    { "choose-ntlm", "SPNEGO that chooses NTLM", 3, 3,
      .request = request_ntlm },
    { "raw-ntlm", "a bare NTLM challenge", 3, 3,
      .request = request_raw_ntlm },
    { "reject", "SPNEGO says reject", 3, 3, .request = request_reject },
    { "no-proof", "SPNEGO is done without Kerberos' AP-REP", 3, 3,
      .request = request_no_proof },
    { "spnego-again", "SPNEGO begins anew after its end", 4, 4,
      .request = request_again },

    /* the binding */
    { "binding", "a wrong hash", 4, 4, .binding = binding_flipped },
    { "other-key", "the binding of a relay's other key", 4, 4,
      .bound = bound_other_key },
    { "old-nonce", "a binding made with another nonce", 4, 4,
      .bound = bound_old_nonce },
    { "own-nonce", "a nonce of the server's choice, and its binding", 4, 4,
      .request = request_own_nonce, .bound = bound_own_nonce },
    { "replay", "the sealed binding of another connection", 4, 4,
      .request = request_replayed },

    /* messages */
    { "plain-soap", "SOAP that is not sealed", 6, 6, .plain = true },
    { "xml-bomb", "entities that grow to gigabytes", 6, 6,
      .soap = soap_bomb },
    { "doctype", "a document type declaration", 6, 6, .soap = soap_doctype },
    { "external-entity", "an entity from a file", 6, 6,
      .soap = soap_entity },
    { "other-reply", "the answer to another request", 6, 6,
      .soap = soap_other_reply },
    { "nonsense", "sealed bytes that are no XML", 6, 6,
      .soap = soap_nonsense },
    { "boundary", "another boundary than announced", 6, 6,
      .frame = frame_boundary },
    { "length", "a wrong Length", 6, 6, .frame = frame_length },
    { "trailer", "a wrong length of the trailer", 6, 6,
      .frame = frame_trailer },
    { "tampered", "a bit of the ciphertext changed", 6, 6,
      .frame = frame_tampered },
    { "short-body", "a sealed body without its end", 6, 6,
      .frame = frame_short },
    { "long-body", "bytes behind the last boundary", 6, 6,
      .frame = frame_trailing },
};
#define ROW_COUNT (sizeof rows / sizeof *rows)

void misbehave_help(FILE *out)
{
    size_t i;

    for (i = 0; i < ROW_COUNT; i++) {
        char name[40];

        snprintf(name, sizeof name, "%s%s%s", rows[i].name,
                 rows[i].to > 0 ? "@LEG" : "",
                 rows[i].wants_value ? "=HEX" : "");
        fprintf(out, "    %-20s %s\n", name, rows[i].what);
    }
}

static const struct misbehave_row *find(const char *name, size_t n)
{
    size_t i;

    for (i = 0; i < ROW_COUNT; i++)
        if (strlen(rows[i].name) == n && strncmp(rows[i].name, name, n) == 0)
            return &rows[i];
    return NULL;
}

/* "@4" and "=c000006d", each if its row wants it. */
static bool take_rest(const char *p, struct misbehaviour *m)
{
    char *end;

    if (m->row->to > 0) {
        if (p[0] != '@' || p[1] < '1' || p[1] > '6')
            return false;
        m->leg = (unsigned)(p[1] - '0');
        if (m->leg < m->row->from || m->leg > m->row->to)
            return false;
        p += 2;
    }
    if (m->row->wants_value) {
        if (p[0] != '=' || p[1] == '\0')
            return false;
        m->value = (uint32_t)strtoul(p + 1, &end, 16);
        p = end;
    }
    return *p == '\0';
}

int misbehave_parse(const char *text, struct misbehaviour *m,
                    struct err *err)
{
    memset(m, 0, sizeof *m);
    if (*text == '\0')
        return 0;
    m->row = find(text, strcspn(text, "@="));
    if (m->row == NULL || strlen(text) >= sizeof m->text
        || !take_rest(text + strlen(m->row->name), m)) {
        m->row = NULL;
        return err_set(err, ERR_USAGE, STAGE_START,
                       "no misbehaviour is called '%s'", text);
    }
    snprintf(m->text, sizeof m->text, "%s", text);
    return 0;
}

int misbehave_read(const char *path, struct misbehaviour *m, struct err *err)
{
    char line[MISBEHAVE_TEXT_MAX + 2] = "";
    FILE *file = fopen(path, "re");

    memset(m, 0, sizeof *m);
    if (file == NULL)
        return err_set_errno(err, ERR_SYSTEM, STAGE_START, errno,
                             "cannot read %s", path);
    if (fgets(line, sizeof line, file) != NULL)
        line[strcspn(line, "\n")] = '\0';
    fclose(file);
    return misbehave_parse(line, m, err);
}

bool misbehave_now(const struct misbehaviour *m, unsigned leg)
{
    return m->row != NULL && (m->row->to == 0 || m->leg == leg);
}

/* The leg whose answer an acceptor's step is. */
static unsigned leg_of(enum credssp_step step)
{
    return (unsigned)step + 1;
}

static void on_request(void *arg, enum credssp_step step,
                       struct tsrequest *request)
{
    const struct misbehaviour *m = arg;

    if (m->row->request != request_replayed)
        misbehave_remember(request);
    if (m->row->request != NULL && misbehave_now(m, leg_of(step)))
        m->row->request(m, request);
}

static void on_der(void *arg, enum credssp_step step, struct buf *der)
{
    const struct misbehaviour *m = arg;

    if (m->row->der != NULL && misbehave_now(m, leg_of(step)))
        m->row->der(m, der);
}

static void on_bound(void *arg, struct buf *key,
                     unsigned char nonce[TSREQUEST_NONCE_BYTES])
{
    const struct misbehaviour *m = arg;

    if (m->row->bound != NULL)
        m->row->bound(m, key, nonce);
}

static void on_binding(void *arg, struct buf *plain)
{
    const struct misbehaviour *m = arg;

    if (m->row->binding != NULL)
        m->row->binding(m, plain);
}

void misbehave_hooks(const struct misbehaviour *m,
                     struct credssp_acceptor *params,
                     struct credssp_misbehaviour *hooks)
{
    memset(hooks, 0, sizeof *hooks);
    if (m->row == NULL)
        return;
    hooks->arg = (void *)(uintptr_t)m;
    hooks->request = on_request;
    hooks->der = on_der;
    hooks->bound = on_bound;
    hooks->binding = on_binding;
    if (m->row->acceptor != NULL)
        m->row->acceptor(m, params, hooks);
    params->misbehaviour = hooks;
}
