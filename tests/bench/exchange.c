/* exchange.c - a CredSSP exchange in memory, over and over. */
#include "exchange.h"

#include <time.h>

#include "ntlm_users.h"
#include "private_kdc.h"
#include "server_key.h"

#define SPN "WSMAN/win1.corp.example.com"
#define PASSWORD "Sommer42"

static struct private_kdc kdc;

double exchange_cpu_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int log_in(struct exchange *x, struct err *err)
{
    struct secret *password = NULL;
    int r;

    if (secret_copy(PASSWORD, strlen(PASSWORD), &password, err) != 0)
        return -1;
    r = kerberos_login("alice@" KDC_REALM, password, &x->kerberos, err);
    secret_free(&password);
    return r;
}

static const char *begin_kerberos(struct exchange *x)
{
    const char *why = kdc_start(&kdc);
    char keytab[128], query[256];
    struct err err = ERR_INIT;

    if (why != NULL)
        return why;
    snprintf(keytab, sizeof keytab, "%s/keytab", kdc.dir);
    snprintf(query, sizeof query, "ktadd -k %s " SPN, keytab);
    setenv("KRB5_KTNAME", keytab, 1);
    setenv("KRB5RCACHENAME", "none:", 1);
    if (!kdc_admin("addprinc +requires_preauth -pw " PASSWORD " alice")
        || !kdc_admin("addprinc -randkey " SPN) || !kdc_admin(query)
        || log_in(x, &err) != 0)
        return "the KDC gives no ticket";
    return NULL;
}

const char *exchange_begin(struct exchange *exchange,
                           enum spnego_mechanism mechanism)
{
    struct server_key key = server_key_rsa(2048);

    memset(exchange, 0, sizeof *exchange);
    exchange->mechanism = mechanism;
    exchange->key = key.key;
    exchange->certificate = key.certificate;
    if (mechanism == SPNEGO_KERBEROS)
        return begin_kerberos(exchange);
    return ntlm_users_make() == 0 ? NULL : "no user file can be written";
}

void exchange_end(struct exchange *exchange)
{
    struct server_key key = { exchange->key, exchange->certificate };

    kerberos_free(&exchange->kerberos);
    server_key_free(&key);
    if (exchange->mechanism == SPNEGO_KERBEROS)
        kdc_stop(&kdc);
    else
        (void)ntlm_users_remove();
}

static int release(void *arg, struct ts_delegated *who, struct err *err)
{
    (void)arg;
    snprintf(who->domain, sizeof who->domain, "%s", NTLM_DOMAIN);
    snprintf(who->user, sizeof who->user, "%s", NTLM_USER);
    return secret_copy(NTLM_PASSWORD, strlen(NTLM_PASSWORD), &who->password,
                       err);
}

static uint32_t logon(void *arg, const struct ts_delegated *delegated)
{
    (void)arg;
    (void)delegated;
    return 0;
}

static int make_context(const struct exchange *x, struct spnego **spnego,
                        struct err *err)
{
    struct secret *password = NULL;
    int r;

    if (x->mechanism == SPNEGO_KERBEROS)
        return spnego_initiate_kerberos(x->kerberos, SPN, spnego, err);
    if (secret_copy(NTLM_PASSWORD, strlen(NTLM_PASSWORD), &password, err)
        != 0)
        return -1;
    r = spnego_initiate_ntlm(NTLM_DOMAIN, NTLM_USER, password, SPN, spnego,
                             err);
    secret_free(&password);
    return r;
}

static int make_initiator(const struct exchange *x, struct credssp **made,
                          struct err *err)
{
    struct credssp_initiator params = {
        .tls = { .legacy = x->legacy },
        .minimum_version = CREDSSP_VERSION_FLOOR,
        .release = release,
    };

    if (make_context(x, &params.spnego, err) != 0)
        return -1;
    return credssp_new_initiator(&params, made, err);
}

static int make_acceptor(const struct exchange *x, struct credssp **made,
                         struct err *err)
{
    struct credssp_acceptor params = {
        .certificate = x->certificate, .key = x->key,
        .cipher_list = x->suite, .version = CREDSSP_VERSION,
        .logon = logon,
    };

    if (spnego_accept(x->mechanism, &params.spnego, err) != 0)
        return -1;
    return credssp_new_acceptor(&params, made, err);
}

static void show(const struct exchange *x, bool from_initiator,
                 const struct buf *token)
{
    if (x->token != NULL && token->len > 0)
        x->token(x->arg, from_initiator, token);
}

static int turns(struct exchange *x, struct credssp *initiator,
                 struct credssp *acceptor, struct err *err)
{
    struct buf there = BUF_INIT(CREDSSP_TOKEN_MAX);
    struct buf back = BUF_INIT(CREDSSP_TOKEN_MAX);
    bool done = false, over = false;
    int r = 0;

    while (r == 0 && !over) {
        double began = exchange_cpu_us();

        r = credssp_step(initiator, back.data, back.len, &there, &done, err);
        x->initiator_us += exchange_cpu_us() - began;
        show(x, true, &there);
        if (r == 0)
            r = credssp_step(acceptor, there.data, there.len, &back, &over,
                             err);
        show(x, false, &back);
    }
    buf_free(&there);
    buf_free(&back);
    return r;
}

int exchange_play(struct exchange *exchange, struct err *err)
{
    struct credssp *initiator = NULL, *acceptor = NULL;
    double began = exchange_cpu_us();
    int r = make_initiator(exchange, &initiator, err);

    exchange->initiator_us = exchange_cpu_us() - began;
    if (r == 0)
        r = make_acceptor(exchange, &acceptor, err);
    if (r == 0)
        r = turns(exchange, initiator, acceptor, err);
    began = exchange_cpu_us();
    credssp_free(&initiator);
    exchange->initiator_us += exchange_cpu_us() - began;
    credssp_free(&acceptor);
    return r;
}
