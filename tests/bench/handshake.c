/*
 * handshake.c - the initiator's CPU for a whole CredSSP handshake, beside
 * OpenSSL's bare TLS 1.2 handshake with the same key and suite.
 *
 * What a session does once (the AS exchange) or once for each host and ten
 * hours (the service ticket) is not in it.
 */
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>

#include "exchange.h"
#include "ntlm_alone.h"

#define ROUNDS 201
#define WARM_UP 5
#define BUDGET 2.0
#define SUITE "ECDHE-RSA-AES256-GCM-SHA384" /* what both come to */

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(double *us)
{
    qsort(us, ROUNDS, sizeof *us, by_size);
    return us[ROUNDS / 2];
}

static SSL *end_of(SSL_CTX *context)
{
    SSL *ssl = SSL_new(context);
    BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());

    if (ssl == NULL || in == NULL || out == NULL)
        abort();
    BIO_set_mem_eof_return(in, -1);
    SSL_set_bio(ssl, in, out);
    return ssl;
}

static void carry(SSL *from, SSL *to)
{
    char *flight = NULL;
    long n = BIO_get_mem_data(SSL_get_wbio(from), &flight);

    if (n > 0)
        BIO_write(SSL_get_rbio(to), flight, (int)n);
    (void)BIO_reset(SSL_get_wbio(from));
}

/* One handshake; the client's microseconds. */
static double shake_hands(SSL_CTX *client_context, SSL_CTX *server_context)
{
    double began = exchange_cpu_us(), us;
    SSL *client = end_of(client_context), *server;

    SSL_set_connect_state(client);
    us = exchange_cpu_us() - began;
    server = end_of(server_context);
    SSL_set_accept_state(server);
    while (!SSL_is_init_finished(client)) {
        began = exchange_cpu_us();
        (void)SSL_do_handshake(client);
        us += exchange_cpu_us() - began;
        carry(client, server);
        (void)SSL_do_handshake(server);
        carry(server, client);
    }
    began = exchange_cpu_us();
    SSL_free(client);
    us += exchange_cpu_us() - began;
    SSL_free(server);
    return us;
}

static SSL_CTX *bare_context(const SSL_METHOD *method)
{
    SSL_CTX *context = SSL_CTX_new(method);

    if (context == NULL
        || SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION) != 1
        || SSL_CTX_set_cipher_list(context, SUITE) != 1)
        abort();
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
    return context;
}

static double bare_tls(const struct exchange *x)
{
    SSL_CTX *client = bare_context(TLS_client_method());
    SSL_CTX *server = bare_context(TLS_server_method());
    double us[ROUNDS];
    int i;

    if (SSL_CTX_use_certificate(server, x->certificate) != 1
        || SSL_CTX_use_PrivateKey(server, x->key) != 1)
        abort();
    for (i = -WARM_UP; i < ROUNDS; i++) {
        double took = shake_hands(client, server);

        if (i >= 0)
            us[i] = took;
    }
    SSL_CTX_free(client);
    SSL_CTX_free(server);
    return median(us);
}

static int play_alone(struct exchange *x, double *us, struct err *err)
{
    (void)x;
    return ntlm_alone_play(us, err);
}

static int play_credssp(struct exchange *x, double *us, struct err *err)
{
    int r = exchange_play(x, err);

    *us = x->initiator_us;
    return r;
}

typedef int player(struct exchange *x, double *us, struct err *err);

static int median_of(player *play, struct exchange *x, double *result)
{
    struct err err = ERR_INIT;
    double us[ROUNDS];
    int i;

    for (i = -WARM_UP; i < ROUNDS; i++) {
        double took;

        if (play(x, &took, &err) != 0) {
            fprintf(stderr, "handshake: %s\n", err.text);
            return -1;
        }
        if (i >= 0)
            us[i] = took;
    }
    *result = median(us);
    return 0;
}

/* What is not ours: no CredSSP on these libraries can cost less. */
static void tell_the_floor(struct exchange *x, double bare)
{
    double alone;

    if (x->mechanism != SPNEGO_NTLM
        || median_of(play_alone, x, &alone) != 0)
        return;
    printf("%-28s %8.0f us  with TLS %.2f times\n", "gss-ntlmssp alone",
           alone, (bare + alone) / bare);
}

/* Rows; 1 when the last is over the budget. */
static int compare(enum spnego_mechanism mechanism)
{
    const char *name = spnego_mechanism_name(mechanism), *why;
    struct exchange x;
    double bare, ours = 0;
    int r = 1;

    why = exchange_begin(&x, mechanism);
    if (why != NULL) {
        printf("%-28s skipped: %s\n", name, why);
        exchange_end(&x);
        return 0;
    }
    x.suite = SUITE;
    bare = bare_tls(&x);
    if (median_of(play_credssp, &x, &ours) == 0) {
        r = ours > BUDGET * bare;
        printf("%-28s %8.0f us\n", "OpenSSL, TLS 1.2 alone", bare);
        tell_the_floor(&x, bare);
        printf("CredSSP with %-15s %8.0f us  %.2f times, budget %.1f%s\n",
               name, ours, ours / bare, BUDGET, r ? ": over" : "");
    }
    exchange_end(&x);
    return r;
}

int main(void)
{
    int over;

    printf("The initiator's CPU, median of %d handshakes, RSA-2048, %s\n",
           ROUNDS, SUITE);
    /* The KDC comes last: its namespaces stay. */
    over = compare(SPNEGO_NTLM);
    over |= compare(SPNEGO_KERBEROS);
    return over;
}
