/* connection.c - the Authorization loop of one TCP connection. */
#include "connection.h"

#include <openssl/evp.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "journal.h"
#include "logon.h"

static const char *const names[] = {
    [SCHEME_NONE] = "none", [SCHEME_CREDSSP] = "CredSSP",
    [SCHEME_NEGOTIATE] = "Negotiate", [SCHEME_KERBEROS] = "Kerberos",
};

const char *scheme_name(enum scheme scheme)
{
    return names[scheme];
}

/* A wrong choice is logged, and the test that made it sees good manners. */
static void choose_misbehaviour(struct connection *c)
{
    const struct host *host = c->host;
    struct err err = ERR_INIT;
    char text[ERR_TEXT_MAX * 2];
    int r = 0;

    if (host->misbehave_file != NULL)
        r = misbehave_read(host->misbehave_file, &c->misbehaviour, &err);
    else if (host->misbehave != NULL)
        r = misbehave_parse(host->misbehave, &c->misbehaviour, &err);
    if (r != 0) {
        err_format(text, sizeof text, &err);
        journal_write(host->journal, "unknown-misbehaviour",
                      "conn=%u why=\"%s\"", c->number, text);
    } else if (c->misbehaviour.row != NULL) {
        journal_write(host->journal, "misbehaves", "conn=%u how=%s",
                      c->number, c->misbehaviour.text);
    }
}

int connection_new(const struct host *host, const char *address, bool https,
                   struct connection **connection, struct err *err)
{
    static atomic_uint count;
    struct connection *c = calloc(1, sizeof *c);

    if (c == NULL)
        return err_set(err, ERR_MEMORY, STAGE_TCP, NULL);
    c->host = host;
    c->number = atomic_fetch_add(&count, 1) + 1;
    c->https = https;
    snprintf(c->address, sizeof c->address, "%s", address);
    choose_misbehaviour(c);
    *connection = c;
    return 0;
}

/* Back to a connection that nobody has authenticated. */
static void reset(struct connection *c)
{
    credssp_free(&c->credssp);
    negotiate_free(&c->negotiate);
    identity_unref(&c->delegated);
    identity_unref(&c->identity);
    c->scheme = SCHEME_NONE;
    c->leg = 0;
}

void connection_free(struct connection **connection)
{
    if (*connection == NULL)
        return;
    reset(*connection);
    free(*connection);
    *connection = NULL;
}

/* credssp_acceptor.logon: keeps the identity until the exchange is done. */
static uint32_t logon(void *arg, const struct ts_delegated *delegated)
{
    struct connection *c = arg;
    uint32_t status = logon_user(c->host, delegated, &c->delegated);
    const struct misbehaviour *m = &c->misbehaviour;

    if (m->row != NULL && m->row->request == request_error_code
        && misbehave_now(m, 5))
        status = m->value;
    journal_write(c->host->journal, "logon",
                  "conn=%u domain=%s user=%s status=0x%08x", c->number,
                  journal_clean(delegated->domain).text,
                  journal_clean(delegated->user).text, status);
    return status;
}

static int begin_credssp(struct connection *c, struct err *err)
{
    struct credssp_acceptor params = {
        .certificate = c->host->certificate, .key = c->host->key,
        .cipher_list = c->host->ciphers, .version = c->host->credssp_version,
        .logon = logon, .logon_arg = c,
    };

    if (spnego_accept(c->host->ntlm ? SPNEGO_NTLM : SPNEGO_KERBEROS,
                      &params.spnego, err) != 0)
        return -1;
    misbehave_hooks(&c->misbehaviour, &params, &c->hooks);
    return credssp_new_acceptor(&params, &c->credssp, err);
}

static int begin(struct connection *c, enum scheme scheme, struct err *err)
{
    bool offered = scheme == SCHEME_CREDSSP ? c->host->offer_credssp
                                            : c->host->offer_negotiate;

    reset(c);
    if (!offered)
        return err_set(err, ERR_NO_CREDSSP, STAGE_HTTP,
                       "%s is not offered", names[scheme]);
    c->scheme = scheme;
    return scheme == SCHEME_CREDSSP ? begin_credssp(c, err)
                                    : negotiate_new(&c->negotiate, err);
}

/* "CredSSP BASE64": the scheme, and the token decoded. */
static int parse_authorization(const char *line, enum scheme *scheme,
                               struct buf *token, struct err *err)
{
    size_t i, n = strcspn(line, " "), pad = 0;
    unsigned char *plain;
    int got;

    *scheme = SCHEME_NONE;
    for (i = SCHEME_CREDSSP; i <= SCHEME_KERBEROS; i++)
        if (strlen(names[i]) == n && strncasecmp(names[i], line, n) == 0)
            *scheme = (enum scheme)i;
    line += n + strspn(line + n, " ");
    n = strlen(line);
    if (*scheme == SCHEME_NONE || n == 0 || n % 4 != 0)
        return err_set(err, ERR_MALFORMED, STAGE_HTTP,
                       "the Authorization line is not understood");
    if (n / 4 * 3 > token->max)
        return err_set(err, ERR_OVERSIZED, STAGE_HTTP, NULL);
    while (pad < 2 && line[n - 1 - pad] == '=')
        pad++;
    plain = buf_reserve(token, n / 4 * 3);
    if (plain == NULL)
        return buf_ok(token, STAGE_HTTP, err);
    got = EVP_DecodeBlock(plain, (const unsigned char *)line, (int)n);
    if (got < 0)
        return err_set(err, ERR_MALFORMED, STAGE_HTTP,
                       "the token is not base64");
    token->len = (size_t)got - pad;
    return 0;
}

static void format_token(enum scheme scheme, const struct buf *raw,
                         struct buf *token)
{
    unsigned char *text;

    if (raw->len == 0)
        return;
    buf_printf(token, "%s ", names[scheme]);
    text = buf_reserve(token, (raw->len + 2) / 3 * 4 + 1);
    if (text != NULL)
        EVP_EncodeBlock(text, raw->data, (int)raw->len); /* adds a NUL */
}

static int step_credssp(struct connection *c, const struct buf *in,
                        struct buf *out, bool *done, struct err *err)
{
    struct credssp_facts facts;

    if (credssp_step(c->credssp, in->data, in->len, out, done, err) != 0)
        return -1;
    if (!*done)
        return 0;
    c->identity = c->delegated;
    c->delegated = NULL;
    credssp_facts(c->credssp, &facts);
    journal_write(c->host->journal, "authenticated",
                  "conn=%u scheme=CredSSP mechanism=%s version=%d user=%s "
                  "delegated=yes", c->number,
                  spnego_mechanism_name(facts.mechanism), facts.version,
                  c->identity != NULL
                      ? journal_clean(c->identity->user).text : "?");
    return c->identity != NULL ? 0
        : err_set(err, ERR_INTERNAL, STAGE_DELEGATION,
                  "the exchange ended without a logon");
}

static int step_negotiate(struct connection *c, const struct buf *in,
                          struct buf *out, bool *done, struct err *err)
{
    if (negotiate_step(c->negotiate, in->data, in->len, out, done, err) != 0)
        return -1;
    if (!*done)
        return 0;
    if (logon_network(c->host, negotiate_name(c->negotiate), &c->identity,
                      err) != 0)
        return -1;
    journal_write(c->host->journal, "authenticated",
                  "conn=%u scheme=%s mechanism=%s user=%s delegated=no",
                  c->number, names[c->scheme],
                  negotiate_mechanism(c->negotiate),
                  journal_clean(c->identity->user).text);
    return 0;
}

static int step(struct connection *c, const char *line, struct buf *out,
                bool *done, struct err *err)
{
    struct buf in = BUF_INIT(CREDSSP_TOKEN_MAX);
    enum scheme scheme;
    int rc = parse_authorization(line, &scheme, &in, err);

    /* Another scheme, or a token after the end: everything from the start. */
    if (rc == 0 && (scheme != c->scheme || c->identity != NULL))
        rc = begin(c, scheme, err);
    if (rc == 0) {
        c->leg++;
        rc = scheme == SCHEME_CREDSSP ? step_credssp(c, &in, out, done, err)
                                      : step_negotiate(c, &in, out, done,
                                                       err);
    }
    buf_free(&in);
    return rc;
}

enum auth_result connection_authenticate(struct connection *c,
                                         const char *authorization,
                                         struct buf *token)
{
    struct buf out = BUF_INIT(CREDSSP_TOKEN_MAX);
    struct err err = ERR_INIT;
    char text[ERR_TEXT_MAX * 2];
    bool done = false;
    int rc = step(c, authorization, &out, &done, &err);

    c->last_leg = c->leg;
    if (misbehave_now(&c->misbehaviour, c->leg)
        && c->misbehaviour.row->token != NULL && out.len > 0)
        c->misbehaviour.row->token(&c->misbehaviour, &out);
    format_token(c->scheme, &out, token);
    buf_free(&out);
    if (rc != 0) {
        err_format(text, sizeof text, &err);
        journal_write(c->host->journal, "refused",
                      "conn=%u scheme=%s leg=%u why=\"%s\"", c->number,
                      names[c->scheme], c->leg, text);
        reset(c);
        return AUTH_REFUSED;
    }
    return done ? AUTH_DONE : AUTH_CONTINUE;
}
