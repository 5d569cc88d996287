/*
 * seal.c - what message encryption costs: 100 MB sealed and opened in bodies
 * of the size that a large answer has, in the same process beside
 *   AES-256-GCM in blocks of 16 KiB, as "openssl speed -evp aes-256-gcm"
 *   measures it: one buffer that never leaves the CPU's cache, no tag;
 *   OpenSSL's TLS 1.2 alone, with nothing around its records: it copies each
 *   byte into its own buffer and out of it, and adds or checks the tag.
 */
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "certificate.h"
#include "transport/seal.h"

#define ROUNDS 9
#define TOTAL 100000000
#define BODY 150000 /* MaxEnvelopeSize, which we send, is 153600 */
#define BLOCK 16384
#define SEALED_MAX 262144
#define LEG_MAX 262144
#define BUDGET 0.70
#define SUITE "ECDHE-RSA-AES256-GCM-SHA384" /* what the tunnel comes to */

enum series { RAW_SEAL, RAW_OPEN, TLS_SEAL, TLS_OPEN, SEAL, OPEN,
              OPEN_AND_WIPE, SERIES_COUNT };

struct bench {
    struct tunnel *sealing, *opening;
    SSL *bare_sealing, *bare_opening; /* with a pipe of memory between them */
    EVP_CIPHER_CTX *raw_seal, *raw_open;
    unsigned char block[BLOCK];
    unsigned char body[BODY];
    struct buf sealed, plain;
    double rates[SERIES_COUNT][ROUNDS]; /* MB/s */
};

static _Noreturn void die(const char *what, const struct err *err)
{
    fprintf(stderr, "seal: %s\n", what);
    if (err != NULL)
        err_print(stderr, "seal", err);
    exit(EXIT_FAILURE);
}

/* CPU time: what the machine does besides is not counted. */
static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static SSL *bare_end(const SSL_METHOD *method, X509 *certificate,
                     EVP_PKEY *key, BIO *pipe)
{
    SSL_CTX *context = SSL_CTX_new(method);
    SSL *ssl;

    if (context == NULL
        || SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION) != 1
        || SSL_CTX_set_cipher_list(context, SUITE) != 1
        || (certificate != NULL
            && (SSL_CTX_use_certificate(context, certificate) != 1
                || SSL_CTX_use_PrivateKey(context, key) != 1)))
        die("no TLS", NULL);
    ssl = SSL_new(context);
    if (ssl == NULL)
        die("no TLS", NULL);
    SSL_set_bio(ssl, pipe, pipe);
    SSL_CTX_free(context);
    return ssl;
}

static void shake_bare_hands(struct bench *bench, X509 *certificate,
                             EVP_PKEY *key)
{
    BIO *a = NULL, *b = NULL;

    if (BIO_new_bio_pair(&a, SEALED_MAX, &b, SEALED_MAX) != 1)
        die("no pipe", NULL);
    bench->bare_sealing = bare_end(TLS_server_method(), certificate, key, a);
    bench->bare_opening = bare_end(TLS_client_method(), NULL, NULL, b);
    while (!SSL_is_init_finished(bench->bare_sealing)
           || !SSL_is_init_finished(bench->bare_opening)) {
        (void)SSL_connect(bench->bare_opening);
        (void)SSL_accept(bench->bare_sealing);
    }
}

static void shake_hands(struct bench *bench, X509 *certificate, EVP_PKEY *key)
{
    struct tunnel_profile profile = { .legacy = false };
    struct buf there = BUF_INIT(LEG_MAX), back = BUF_INIT(LEG_MAX);
    struct err err = ERR_INIT;
    bool done = false, ignored;

    if (tunnel_new_client(&profile, &bench->opening, &err) != 0
        || tunnel_new_server(certificate, key, NULL, &bench->sealing,
                             &err) != 0)
        die("no tunnel", &err);
    while (!done) {
        if (tunnel_handshake(bench->opening, back.data, back.len, &there,
                             &done, &err) != 0)
            die("the client's handshake", &err);
        buf_clear(&back);
        if (!done && tunnel_handshake(bench->sealing, there.data, there.len,
                                      &back, &ignored, &err) != 0)
            die("the server's handshake", &err);
        buf_clear(&there);
    }
    buf_free(&there);
    buf_free(&back);
}

static void begin(struct bench *bench)
{
    struct err err = ERR_INIT;
    X509 *certificate = NULL;
    EVP_PKEY *key = NULL;

    if (certificate_new("BENCH", &certificate, &key, &err) != 0)
        die("no certificate", &err);
    shake_hands(bench, certificate, key);
    shake_bare_hands(bench, certificate, key);
    X509_free(certificate);
    EVP_PKEY_free(key);
}

static EVP_CIPHER_CTX *new_cipher(int encrypt)
{
    static const unsigned char key[32] = { 1 }, nonce[12] = { 2 };
    EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();

    if (cipher == NULL
        || EVP_CipherInit_ex(cipher, EVP_aes_256_gcm(), NULL, key, nonce,
                             encrypt) != 1)
        die("no AES-256-GCM", NULL);
    return cipher;
}

/* The same number of bytes as a body has, more or less. */
static void run_raw(struct bench *bench, EVP_CIPHER_CTX *cipher, double *took)
{
    double began = now();
    size_t done;
    int n = 0;

    for (done = 0; done < BODY; done += BLOCK)
        if (EVP_CipherUpdate(cipher, bench->block, &n, bench->block, BLOCK)
            != 1)
            die("AES-256-GCM", NULL);
    *took += (now() - began) * BODY / (double)done;
}

/* A body in records as large as can be, and nothing but records. */
static void run_bare(struct bench *bench, double *seal, double *open)
{
    static unsigned char opened[BODY];
    double began = now();
    size_t done, n = 0;

    for (done = 0; done < BODY; done += n)
        if (SSL_write_ex(bench->bare_sealing, bench->body + done,
                         BODY - done < BLOCK ? BODY - done : BLOCK, &n) != 1)
            die("OpenSSL's sealing", NULL);
    *seal += now() - began;
    began = now();
    for (done = 0; done < BODY; done += n)
        if (SSL_read_ex(bench->bare_opening, opened + done, BODY - done, &n)
            != 1)
            die("OpenSSL's opening", NULL);
    *open += now() - began;
}

static const char *seal_one(struct bench *bench, double *took)
{
    struct err err = ERR_INIT;
    const char *type = NULL;
    double began = now();

    buf_clear_without_wipe(&bench->sealed); /* as the channel does */
    if (seal_body(bench->sealing, bench->body, BODY, &bench->sealed, &type,
                  &err) != 0)
        die("sealing", &err);
    *took += now() - began;
    return type;
}

/* As the channel does it, which wipes what it opened. */
static void open_one(struct bench *bench, const char *type, double *took,
                     double *with_wipe)
{
    struct err err = ERR_INIT;
    double began = now(), opened;
    char original[128];

    if (seal_open(bench->opening, type, bench->sealed.data,
                  bench->sealed.len, &bench->plain, original,
                  sizeof original, &err) != 0)
        die("opening", &err);
    opened = now();
    *took += opened - began;
    if (bench->plain.len != BODY
        || memcmp(bench->plain.data, bench->body, BODY) != 0)
        die("what was opened is not what was sealed", NULL);
    began += now() - opened;
    buf_clear(&bench->plain);
    *with_wipe += now() - began;
}

/* Raw and sealed by turns: the CPU's clock and its other users change. */
static void run_round(struct bench *bench, int round)
{
    double took[SERIES_COUNT] = { 0 };
    size_t done;
    int i;

    for (done = 0; done < TOTAL; done += BODY) {
        const char *type;

        run_raw(bench, bench->raw_seal, &took[RAW_SEAL]);
        type = seal_one(bench, &took[SEAL]);
        run_bare(bench, &took[TLS_SEAL], &took[TLS_OPEN]);
        run_raw(bench, bench->raw_open, &took[RAW_OPEN]);
        open_one(bench, type, &took[OPEN], &took[OPEN_AND_WIPE]);
    }
    for (i = 0; i < SERIES_COUNT; i++)
        bench->rates[i][round] = TOTAL / 1e6 / took[i];
}

static int by_size(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static double median(double *values)
{
    qsort(values, ROUNDS, sizeof *values, by_size);
    return values[ROUNDS / 2];
}

/* Is the budget kept? */
static bool tell(struct bench *bench, const char *what, enum series ours,
                 enum series bare, enum series raw)
{
    double rate = median(bench->rates[ours]);
    double bare_rate = median(bench->rates[bare]);
    double raw_rate = median(bench->rates[raw]);

    printf("%s  %5.0f MB/s: %2.0f %% of AES-256-GCM's %5.0f MB/s, budget "
           "%2.0f %%\n"
           "         OpenSSL's TLS alone comes to %5.0f MB/s: %2.0f %%\n",
           what, rate, 100 * rate / raw_rate, raw_rate, 100 * BUDGET,
           bare_rate, 100 * bare_rate / raw_rate);
    return rate >= BUDGET * raw_rate;
}

static bool report(struct bench *bench, long first_kb)
{
    struct rusage usage;
    bool kept = tell(bench, "sealing", SEAL, TLS_SEAL, RAW_SEAL);

    kept = tell(bench, "opening", OPEN, TLS_OPEN, RAW_OPEN) && kept;
    printf("         with the wiping of what was opened  %5.0f MB/s\n",
           median(bench->rates[OPEN_AND_WIPE]));
    getrusage(RUSAGE_SELF, &usage);
    printf("memory   %ld KiB at most, %ld KiB after the first 100 MB\n",
           usage.ru_maxrss, first_kb);
    return kept;
}

int main(void)
{
    static struct bench bench;
    struct rusage usage = { .ru_maxrss = 0 };
    long first_kb = 0;
    bool kept;
    int i;

    buf_init(&bench.sealed, SEALED_MAX);
    buf_init(&bench.plain, SEALED_MAX);
    memset(bench.body, 'x', sizeof bench.body);
    begin(&bench);
    bench.raw_seal = new_cipher(1);
    bench.raw_open = new_cipher(0);
    for (i = 0; i < ROUNDS; i++) {
        run_round(&bench, i);
        getrusage(RUSAGE_SELF, &usage);
        if (i == 0)
            first_kb = usage.ru_maxrss;
    }
    kept = report(&bench, first_kb);
    tunnel_free(&bench.sealing);
    tunnel_free(&bench.opening);
    SSL_free(bench.bare_sealing);
    SSL_free(bench.bare_opening);
    EVP_CIPHER_CTX_free(bench.raw_seal);
    EVP_CIPHER_CTX_free(bench.raw_open);
    buf_free(&bench.sealed);
    buf_free(&bench.plain);
    return kept ? EXIT_SUCCESS : EXIT_FAILURE;
}
