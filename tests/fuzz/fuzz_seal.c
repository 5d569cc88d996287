/*
 * fuzz_seal.c - a host's encrypted answer (MS-WSMV 2.2.9.1).
 *
 * Input: the Content-Type, a line feed, and the body, in which "@R00042"
 * stands for a trailer's length and the record of 42 bytes: the framing is
 * the fuzzer's, the records are whole unless it wants others.
 */
#include "fuzz.h"

#include <openssl/err.h>
#include <string.h>

#include "auth/credssp.h"
#include "static_key.h"
#include "transport/seal.h"

#define BODY_MAX 262144
#define PLACE "@R"
#define DIGITS 5
#define RECORD_PLAIN_MAX 20000

static EVP_PKEY *key;
static X509 *certificate;
static struct tunnel *client, *server;

static void shake_hands(void)
{
    struct buf there = BUF_INIT(CREDSSP_TOKEN_MAX);
    struct buf back = BUF_INIT(CREDSSP_TOKEN_MAX);
    struct err err = ERR_INIT;
    bool finished = false, ignored;

    while (!finished) {
        fuzz_require(tunnel_handshake(client, back.data, back.len, &there,
                                      &finished, &err) == 0);
        buf_clear(&back);
        if (!finished)
            fuzz_require(tunnel_handshake(server, there.data, there.len,
                                          &back, &ignored, &err) == 0);
        buf_clear(&there);
    }
    buf_free(&there);
    buf_free(&back);
}

static void make_ends(void)
{
    static const struct tunnel_profile profile = { .legacy = false };
    struct err err = ERR_INIT;

    tunnel_free(&client);
    tunnel_free(&server);
    fuzz_require(tunnel_new_client(&profile, &client, &err) == 0);
    fuzz_require(tunnel_new_server(certificate, key, NULL, &server, &err)
                 == 0);
    shake_hands();
}

/* A record that was refused, or not read, ends a tunnel. */
static bool ends_work(void)
{
    struct buf record = BUF_INIT(1024), plain = BUF_INIT(1024);
    struct err err = ERR_INIT;
    bool work;

    work = tunnel_seal(server, "x", 1, &record, &err) == 0
        && tunnel_open(client, record.data, record.len, &plain, &err) == 0
        && plain.len == 1;
    buf_free(&record);
    buf_free(&plain);
    ERR_clear_error();
    return work;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    fuzz_own_openssl();
    key = static_key();
    certificate = static_certificate(key);
    make_ends();
    return 0;
}

static void put_record(struct buf *body, size_t plain)
{
    static const unsigned char bytes[RECORD_PLAIN_MAX];
    size_t trailer = tunnel_trailer(server, plain);
    struct err err = ERR_INIT;
    int shift;

    for (shift = 0; shift < 32; shift += 8)
        buf_put_u8(body, (uint8_t)(trailer >> shift & 0xff));
    fuzz_require(plain == 0
                 || tunnel_seal(server, bytes, plain, body, &err) == 0
                 || body->failed != ERR_NONE);
}

/* The number behind a place, or -1. */
static long number_at(const uint8_t *p, const uint8_t *end)
{
    long n = 0;
    int i;

    if (end - p < DIGITS)
        return -1;
    for (i = 0; i < DIGITS; i++) {
        if (p[i] < '0' || p[i] > '9')
            return -1;
        n = n * 10 + (p[i] - '0');
    }
    return n > RECORD_PLAIN_MAX ? -1 : n;
}

static void put_body(struct buf *body, const uint8_t *p, const uint8_t *end)
{
    const uint8_t *at;

    while ((at = memmem(p, (size_t)(end - p), PLACE, 2)) != NULL) {
        long n = number_at(at + 2, end);

        buf_put(body, p, (size_t)(at - p));
        p = at + 2;
        if (n >= 0) {
            put_record(body, (size_t)n);
            p += DIGITS;
        }
    }
    buf_put(body, p, (size_t)(end - p));
}

static void open_body(const char *content_type, const struct buf *body,
                      unsigned seed)
{
    struct buf plain = BUF_INIT(BODY_MAX);
    struct err err = ERR_INIT;
    char type[128] = "";
    unsigned failed;
    int r;

    fuzz_arm(seed);
    r = seal_open(client, content_type, body->data, body->len, &plain, type,
                  sizeof type, &err);
    failed = fuzz_disarm();
    fuzz_check(r, &err, failed);
    fuzz_require(memchr(type, '\0', sizeof type) != NULL);
    fuzz_require(r != 0 || plain.failed == ERR_NONE);
    buf_free(&plain);
    ERR_clear_error();
    if (r != 0 && !ends_work())
        make_ends();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned seed = fuzz_seed(&data, &size);
    const uint8_t *line = size > 0 ? memchr(data, '\n', size) : NULL;
    struct buf body = BUF_INIT(BODY_MAX);
    char content_type[512];

    if (line == NULL || (size_t)(line - data) >= sizeof content_type)
        return 0;
    memcpy(content_type, data, (size_t)(line - data));
    content_type[line - data] = '\0';
    put_body(&body, line + 1, data + size);
    if (body.failed == ERR_NONE)
        open_body(content_type, &body, seed);
    else
        make_ends();
    buf_free(&body);
    return 0;
}
