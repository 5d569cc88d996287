/*
 * seal.c - what message encryption costs: 100 MB sealed and opened in bodies
 * of 500 kB, beside AES-256-GCM in blocks of 16 KiB as "openssl speed -evp
 * aes-256-gcm" measures it, in the same process.
 */
#include <openssl/evp.h>
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
#define BODY 500000
#define BLOCK 16384
#define SEALED_MAX 1048576
#define LEG_MAX 262144
#define BUDGET 0.70

enum series { RAW_SEAL, RAW_OPEN, SEAL, OPEN, SERIES_COUNT };

struct bench {
    struct tunnel *sealing, *opening;
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

static void shake_hands(struct bench *bench)
{
    struct tunnel_profile profile = { .legacy = false };
    struct buf there = BUF_INIT(LEG_MAX), back = BUF_INIT(LEG_MAX);
    struct err err = ERR_INIT;
    X509 *certificate = NULL;
    EVP_PKEY *key = NULL;
    bool done = false, ignored;

    if (certificate_new("BENCH", &certificate, &key, &err) != 0
        || tunnel_new_client(&profile, &bench->opening, &err) != 0
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

/* As the channel does it: ciphertext is forgotten, plaintext is wiped. */
static const char *seal_one(struct bench *bench, double *took)
{
    struct err err = ERR_INIT;
    const char *type = NULL;
    double began = now();

    buf_clear_without_wipe(&bench->sealed);
    if (seal_body(bench->sealing, bench->body, BODY, &bench->sealed, &type,
                  &err) != 0)
        die("sealing", &err);
    *took += now() - began;
    return type;
}

static void open_one(struct bench *bench, const char *type, double *took)
{
    struct err err = ERR_INIT;
    double began = now();
    char original[128];

    buf_clear(&bench->plain);
    if (seal_open(bench->opening, type, bench->sealed.data,
                  bench->sealed.len, &bench->plain, original,
                  sizeof original, &err) != 0)
        die("opening", &err);
    *took += now() - began;
    if (bench->plain.len != BODY
        || memcmp(bench->plain.data, bench->body, BODY) != 0)
        die("what was opened is not what was sealed", NULL);
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
        run_raw(bench, bench->raw_open, &took[RAW_OPEN]);
        open_one(bench, type, &took[OPEN]);
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
static bool tell(const char *what, double rate, double raw)
{
    printf("%-8s %8.0f MB/s  AES-256-GCM %8.0f MB/s  ratio %4.0f %%, budget "
           "%.0f %%\n", what, rate, raw, 100 * rate / raw, 100 * BUDGET);
    return rate >= BUDGET * raw;
}

static bool report(struct bench *bench, long first_kb)
{
    struct rusage usage;
    double raw = median(bench->rates[RAW_SEAL]);
    double raw_open = median(bench->rates[RAW_OPEN]);
    bool kept = tell("sealing", median(bench->rates[SEAL]), raw);

    kept = tell("opening", median(bench->rates[OPEN]), raw_open) && kept;
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
    shake_hands(&bench);
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
    EVP_CIPHER_CTX_free(bench.raw_seal);
    EVP_CIPHER_CTX_free(bench.raw_open);
    buf_free(&bench.sealed);
    buf_free(&bench.plain);
    return kept ? EXIT_SUCCESS : EXIT_FAILURE;
}
