/* test_seal.c - WinRM message encryption: the framing, its variants, lies. */
#include "unit.h"

#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>

#include "server_key.h"
#include "transport/seal.h"

#define LEG_MAX 262144
#define BODY_MAX 4194304
#define SINGLE                                                                \
    "multipart/encrypted;protocol=\"application/HTTP-CredSSP-session-"        \
    "encrypted\";boundary=\"Encrypted Boundary\""
#define MULTIPLE                                                              \
    "multipart/x-multi-encrypted;protocol=\"application/HTTP-CredSSP-"        \
    "session-encrypted\";boundary=\"Encrypted Boundary\""

struct ends {
    struct tunnel *client, *server;
};

static struct server_key rsa, ec;

static int make_keys(void **state)
{
    (void)state;
    rsa = server_key_rsa(2048);
    ec = server_key_ec("P-256");
    return 0;
}

static int free_keys(void **state)
{
    (void)state;
    server_key_free(&rsa);
    server_key_free(&ec);
    return 0;
}

/* A tunnel between two ends; suite NULL: what they agree on. */
static void make_ends(struct ends *ends, const char *suite)
{
    struct tunnel_profile profile = { .legacy = suite != NULL };
    const struct server_key *key = suite == NULL ? &ec : &rsa;
    struct buf there = BUF_INIT(LEG_MAX), back = BUF_INIT(LEG_MAX);
    struct err err = ERR_INIT;
    bool finished = false, ignored;

    assert_ok(tunnel_new_client(&profile, &ends->client, &err), &err);
    assert_ok(tunnel_new_server(key->certificate, key->key, suite,
                                &ends->server, &err), &err);
    while (!finished) {
        assert_ok(tunnel_handshake(ends->client, back.data, back.len, &there,
                                   &finished, &err), &err);
        buf_clear(&back);
        if (!finished)
            assert_ok(tunnel_handshake(ends->server, there.data, there.len,
                                       &back, &ignored, &err), &err);
        buf_clear(&there);
    }
    buf_free(&there);
    buf_free(&back);
}

static void free_ends(struct ends *ends)
{
    tunnel_free(&ends->client);
    tunnel_free(&ends->server);
}

/* Bytes that a mistake would not reproduce. */
static unsigned char *make_plain(size_t len)
{
    unsigned char *plain = malloc(len);
    size_t i;

    assert_non_null(plain);
    for (i = 0; i < len; i++)
        plain[i] = (unsigned char)(i * 7 + i / 251);
    return plain;
}

/* Takes text from the reader and asserts that it is this one. */
static void assert_text(struct reader *r, const char *text)
{
    size_t len = strlen(text);
    const unsigned char *p = reader_bytes(r, len);

    assert_non_null(p);
    assert_memory_equal(p, text, len);
}

/* A chunk as pywinrm's test_encryption.py expects it to be. */
static void assert_chunk(struct reader *r, const char *length, size_t plain)
{
    const unsigned char *record;
    size_t sealed = 8 + plain + 16; /* RFC 5288: nonce, text, tag */

    assert_text(r, "--Encrypted Boundary\r\n"
                   "\tContent-Type: application/HTTP-CredSSP-session-"
                   "encrypted\r\n"
                   "\tOriginalContent: type=application/soap+xml;"
                   "charset=UTF-8;Length=");
    assert_text(r, length);
    assert_text(r, "\r\n--Encrypted Boundary\r\n"
                   "\tContent-Type: application/octet-stream\r\n");
    assert_memory_equal(reader_bytes(r, 4), "\x10\0\0\0", 4);
    record = reader_bytes(r, 5 + sealed);
    assert_non_null(record);
    assert_memory_equal(record, "\x17\x03\x03", 3);
    assert_int_equal(record[3] << 8 | record[4], sealed);
}

/*
 * Facts of pywinrm, winrm/tests/test_encryption.py: 40960 bytes become three
 * chunks of 16384, 16384 and 8192; of the body's 55303 bytes there 54620 are
 * the ciphertext, so 683 are framing.  19 bytes under the SPNEGO name, one
 * letter shorter than CredSSP's, have 240.
 */
static void the_framing_is_the_one_of_pywinrm(void **state)
{
    unsigned char *plain = make_plain(40960);
    const char *type = NULL;
    struct buf body = BUF_INIT(BODY_MAX);
    struct err err = ERR_INIT;
    struct ends ends;
    struct reader r;

    (void)state;
    make_ends(&ends, NULL);
    assert_ok(seal_body(ends.client, plain, 40960, &body, &type, &err), &err);
    assert_string_equal(type, MULTIPLE);
    assert_int_equal(body.len, 683 + 40960 + 3 * (5 + 8 + 16));
    r = (struct reader)READER_INIT(body.data, body.len);
    assert_chunk(&r, "16384", 16384);
    assert_chunk(&r, "16384", 16384);
    assert_chunk(&r, "8192", 8192);
    assert_text(&r, "--Encrypted Boundary--\r\n");
    assert_int_equal(r.left, 0);
    buf_clear(&body);
    assert_ok(seal_body(ends.client, "unencrypted message", 19, &body, &type,
                        &err), &err);
    assert_string_equal(type, SINGLE);
    assert_int_equal(body.len, 240 + 1 + 19 + 5 + 8 + 16);
    r = (struct reader)READER_INIT(body.data, body.len);
    assert_chunk(&r, "19", 19);
    assert_text(&r, "--Encrypted Boundary--\r\n");
    free_ends(&ends);
    buf_free(&body);
    free(plain);
}

static void every_suite_and_size_comes_back(void **state)
{
    static const char *const suites[] = {
        NULL, "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-CHACHA20-POLY1305",
        "ECDHE-RSA-AES256-SHA384", "AES128-SHA",
    };
    static const size_t sizes[] = { 1, 1316, 16383, 16384, 16385, 32768,
                                    1048576 };
    unsigned char *sent = make_plain(1048576);
    struct buf body = BUF_INIT(BODY_MAX), plain = BUF_INIT(BODY_MAX);
    char original[64];
    const char *type;
    struct err err = ERR_INIT;
    struct ends ends;
    size_t i, j;

    (void)state;
    for (i = 0; i < sizeof suites / sizeof *suites; i++) {
        make_ends(&ends, suites[i]);
        for (j = 0; j < sizeof sizes / sizeof *sizes; j++) {
            buf_clear(&body);
            buf_clear(&plain);
            assert_ok(seal_body(ends.server, sent, sizes[j], &body, &type,
                                &err), &err);
            assert_ok(seal_open(ends.client, type, body.data, body.len,
                                &plain, original, sizeof original, &err),
                      &err);
            assert_int_equal(plain.len, sizes[j]);
            assert_memory_equal(plain.data, sent, sizes[j]);
            assert_string_equal(original,
                                "application/soap+xml;charset=UTF-8");
        }
        free_ends(&ends);
    }
    buf_free(&body);
    buf_free(&plain);
    free(sent);
}

/* How a host may write, and how it may lie. */
struct style {
    const char *name;
    const char *content_type;
    const char *before;        /* the first boundary */
    const char *open;          /* a boundary's line */
    const char *close;         /* the last one's */
    const char *description;   /* of the first part, with the length as %zu */
    const char *octets;        /* the second part's header */
    unsigned chunks;
    bool close_each;
    int trailer;               /* added to the right one */
    int length;                /* added to the right one */
    const char *behind;        /* the records */
    const char *after;         /* the last boundary */
};

#define OPEN "--Encrypted Boundary\r\n"
#define CLOSE "--Encrypted Boundary--\r\n"
#define OCTETS "\tContent-Type: application/octet-stream\r\n"
#define PROTOCOL                                                              \
    "\tContent-Type: application/HTTP-CredSSP-session-encrypted\r\n"
#define ORIGINAL "\tOriginalContent: type=a/b;charset=UTF-8;Length="
#define STYLE(title, ...)                                                     \
    { .name = title, .content_type = SINGLE, .before = "", .open = OPEN,      \
      .close = CLOSE, .description = PROTOCOL ORIGINAL "%\r\n",               \
      .octets = OCTETS, .chunks = 1, .behind = "", .after = "", __VA_ARGS__ }
#pragma GCC diagnostic ignored "-Woverride-init"

/* Puts the description with the length in the place of '%'. */
static void put_description(struct buf *body, const char *text, size_t length)
{
    const char *mark = strchr(text, '%');

    if (mark == NULL) {
        buf_printf(body, "%s", text);
        return;
    }
    buf_put(body, text, (size_t)(mark - text));
    buf_printf(body, "%zu%s", length, mark + 1);
}

static void put_chunk(const struct style *style, struct tunnel *tunnel,
                      struct buf *body)
{
    static const char plain[] = "<answer/>";
    size_t len = sizeof plain - 1;
    struct err err = ERR_INIT;
    unsigned trailer = (unsigned)((int)tunnel_trailer(tunnel, len)
                                  + style->trailer);
    unsigned i;

    buf_printf(body, "%s", style->open);
    put_description(body, style->description,
                    (size_t)((int)len + style->length));
    buf_printf(body, "%s%s", style->open, style->octets);
    for (i = 0; i < 4; i++)
        buf_put_u8(body, (uint8_t)(trailer >> 8 * i & 0xff));
    assert_ok(tunnel_seal(tunnel, plain, len, body, &err), &err);
    buf_printf(body, "%s", style->behind);
}

static void write_body(const struct style *style, struct tunnel *tunnel,
                       struct buf *body)
{
    unsigned i;

    buf_printf(body, "%s", style->before);
    for (i = 0; i < style->chunks; i++) {
        put_chunk(style, tunnel, body);
        if (style->close_each || i + 1 == style->chunks)
            buf_printf(body, "%s", style->close);
    }
    buf_printf(body, "%s", style->after);
}

/* Writes in that style and opens it, between fresh ends. */
static int open_style(const struct style *style, struct buf *plain,
                      struct err *err)
{
    struct buf body = BUF_INIT(BODY_MAX);
    char original[32];
    struct ends ends;
    int r;

    make_ends(&ends, NULL);
    write_body(style, ends.server, &body);
    r = seal_open(ends.client, style->content_type, body.data, body.len,
                  plain, original, sizeof original, err);
    buf_free(&body);
    free_ends(&ends);
    return r;
}

static const struct style tolerated[] = {
    STYLE("plain"),
    STYLE("PSWSMan: no tab, every chunk closed",
          .description = "Content-Type: application/HTTP-CredSSP-session-"
                         "encrypted\r\nOriginalContent: type=a/b;charset="
                         "UTF-8;Length=%\r\n",
          .octets = "Content-Type: application/octet-stream\r\n",
          .content_type = MULTIPLE, .chunks = 3, .close_each = true),
    STYLE("Exchange: a space before the boundary",
          .open = "-- Encrypted Boundary\r\n",
          .close = "-- Encrypted Boundary--\r\n"),
    STYLE("several chunks closed once", .content_type = MULTIPLE,
          .chunks = 5),
    STYLE("one chunk as multi", .content_type = MULTIPLE),
    STYLE("other cases", .content_type =
          "Multipart/Encrypted; PROTOCOL=\"application/http-credssp-session-"
          "encrypted\"; Boundary=\"Encrypted Boundary\"; charset=utf-8",
          .description =
          "\tcontent-type:application/http-credssp-SESSION-encrypted\r\n"
          "\tORIGINALCONTENT:\tType=a/b;charset=UTF-8;length=%\r\n",
          .octets = "\tCONTENT-TYPE:  Application/Octet-Stream \r\n"),
    STYLE("the two lines swapped",
          .description = ORIGINAL "%\r\n" PROTOCOL),
    STYLE("a boundary of its own without quotes", .content_type =
          "multipart/encrypted;boundary=b;protocol=application/HTTP-CredSSP-"
          "session-encrypted", .open = "--b\r\n", .close = "--b--\r\n"),
};

static void the_known_variants_are_read(void **state)
{
    struct buf plain = BUF_INIT(BODY_MAX);
    size_t i;

    (void)state;
    for (i = 0; i < sizeof tolerated / sizeof *tolerated; i++) {
        struct err err = ERR_INIT;

        buf_clear(&plain);
        if (open_style(&tolerated[i], &plain, &err) != 0) {
            err_print(stderr, tolerated[i].name, &err);
            fail();
        }
        assert_int_equal(plain.len, 9 * tolerated[i].chunks);
        assert_memory_equal(plain.data, "<answer/>", 9);
    }
    buf_free(&plain);
}

#define NO_PROTOCOL "multipart/encrypted;boundary=\"Encrypted Boundary\""

static const struct style lies[] = {
    STYLE("a trailer too short", .trailer = -1),
    STYLE("a trailer too long", .trailer = 1),
    STYLE("a negative trailer", .trailer = -17),
    STYLE("a huge trailer", .trailer = 0x40000000),
    STYLE("a length too short", .length = -1),
    STYLE("a length too long", .length = 1),
    STYLE("a length of zero", .length = -9),
    STYLE("a length over a chunk's", .length = 16384),
    STYLE("a negative length", .description = PROTOCOL ORIGINAL "-9\r\n"),
    STYLE("a length that wraps around", .description = PROTOCOL ORIGINAL
          "18446744073709551625\r\n"),
    STYLE("a length in hex", .description = PROTOCOL ORIGINAL "0x9\r\n"),
    STYLE("no length", .description = PROTOCOL ORIGINAL "\r\n"),
    STYLE("no type", .description = PROTOCOL
          "\tOriginalContent: Length=%\r\n"),
    STYLE("no OriginalContent", .description = PROTOCOL),
    STYLE("two of them", .description = PROTOCOL ORIGINAL "%\r\n" ORIGINAL
          "9\r\n"),
    STYLE("no protocol", .description = ORIGINAL "%\r\n"),
    STYLE("another protocol", .description =
          "\tContent-Type: application/HTTP-SPNEGO-session-encrypted\r\n"
          ORIGINAL "%\r\n"),
    STYLE("a line too many", .description = PROTOCOL "\tX: y\r\n" ORIGINAL
          "%\r\n"),
    STYLE("LF instead of CRLF", .open = "--Encrypted Boundary\n"),
    STYLE("another boundary", .open = "--Encrypted Bondary\r\n"),
    STYLE("a longer boundary", .open = "--Encrypted Boundary2\r\n"),
    STYLE("closed too early", .open = CLOSE),
    STYLE("not closed", .close = ""),
    STYLE("opened where closed", .close = OPEN),
    STYLE("closed twice", .close = CLOSE CLOSE),
    STYLE("junk before", .before = "\r\n"),
    STYLE("junk after", .after = "\r\n"),
    STYLE("junk behind a record", .behind = "\r\n"),
    STYLE("half a record behind", .behind = "\x17\x03\x03"),
    STYLE("no octet stream", .octets = "\tContent-Type: text/plain\r\n"),
    STYLE("an empty line before the octets", .octets = OCTETS "\r\n"),
    STYLE("nothing", .chunks = 0),
    STYLE("only an end", .chunks = 0, .after = CLOSE),
    STYLE("more chunks than its type allows", .chunks = 2),
    STYLE("more chunks, each closed", .chunks = 2, .close_each = true),
    STYLE("plain SOAP", .content_type = "application/soap+xml"),
    STYLE("no type at all", .content_type = ""),
    STYLE("a relative of the type", .content_type = "multipart/encryptedx"),
    STYLE("no protocol in the header", .content_type = NO_PROTOCOL),
    STYLE("another protocol in the header", .content_type = NO_PROTOCOL
          ";protocol=\"application/HTTP-SPNEGO-session-encrypted\""),
    STYLE("no boundary in the header", .content_type = "multipart/encrypted;"
          "protocol=\"application/HTTP-CredSSP-session-encrypted\""),
    STYLE("two boundaries", .content_type = SINGLE ";boundary=x"),
    STYLE("an empty boundary", .content_type = "multipart/encrypted;boundary="
          "\"\";protocol=\"application/HTTP-CredSSP-session-encrypted\"",
          .open = "--\r\n", .close = "----\r\n"),
};

static void lies_are_refused_by_table(void **state)
{
    struct buf plain = BUF_INIT(BODY_MAX);
    size_t i;

    (void)state;
    for (i = 0; i < sizeof lies / sizeof *lies; i++) {
        struct err err = ERR_INIT;

        if (open_style(&lies[i], &plain, &err) != -1
            || err.cause != ERR_MALFORMED) {
            err_print(stderr, lies[i].name, &err);
            fail_msg("%s: not refused as malformed", lies[i].name);
        }
        buf_clear(&plain);
    }
    buf_free(&plain);
}

/* Cut anywhere, or changed anywhere, it does not pass for another text. */
static void no_byte_may_miss_or_change(void **state)
{
    static const struct style style = STYLE("plain");
    struct buf body = BUF_INIT(BODY_MAX), plain = BUF_INIT(BODY_MAX);
    char original[64];
    struct ends ends;
    size_t i, len = 1;

    (void)state;
    for (i = 0; i < 2 * len; i++) {
        struct err err = ERR_INIT;
        size_t kept;

        make_ends(&ends, NULL);
        buf_clear(&body);
        buf_clear(&plain);
        write_body(&style, ends.server, &body);
        len = body.len;
        kept = i < len ? i : len;
        if (i >= len)
            body.data[i - len] ^= 0x01;
        if (seal_open(ends.client, SINGLE, body.data, kept, &plain, original,
                      sizeof original, &err) == 0) {
            /* Only the words about the type are not checked here. */
            assert_true(i >= len);
            assert_int_equal(plain.len, 9);
            assert_memory_equal(plain.data, "<answer/>", 9);
            assert_string_not_equal(original, "a/b;charset=UTF-8");
        }
        free_ends(&ends);
    }
    buf_free(&body);
    buf_free(&plain);
}

/* "--" and a letter inside the ciphertext; that letter or 0. */
static char boundary_inside(const struct buf *records)
{
    size_t i;

    for (i = 5; i + 2 < records->len; i++)
        if (memcmp(records->data + i, "--", 2) == 0
            && records->data[i + 2] >= 'A' && records->data[i + 2] <= 'z')
            return (char)records->data[i + 2];
    return 0;
}

/* The host picks as the boundary what its ciphertext happens to hold. */
static void a_boundary_inside_a_record_is_no_boundary(void **state)
{
    unsigned char *sent = make_plain(SEAL_CHUNK_MAX);
    struct buf records = BUF_INIT(BODY_MAX), body = BUF_INIT(BODY_MAX);
    struct buf plain = BUF_INIT(BODY_MAX);
    char original[64], type[256], letter = 0;
    struct err err = ERR_INIT;
    struct ends ends;

    (void)state;
    make_ends(&ends, NULL);
    for (;;) {
        assert_ok(tunnel_seal(ends.server, sent, SEAL_CHUNK_MAX, &records,
                              &err), &err);
        letter = boundary_inside(&records);
        if (letter != 0)
            break;
        assert_ok(tunnel_open(ends.client, records.data, records.len, &plain,
                              &err), &err);
        buf_clear(&records);
        buf_clear(&plain);
    }
    snprintf(type, sizeof type, "multipart/encrypted;boundary=%c;protocol="
             "application/HTTP-CredSSP-session-encrypted", letter);
    buf_printf(&body, "--%c\r\n" PROTOCOL ORIGINAL "16384\r\n--%c\r\n" OCTETS,
               letter, letter);
    buf_put(&body, "\x10\0\0\0", 4);
    buf_put(&body, records.data, records.len);
    buf_printf(&body, "--%c--\r\n", letter);
    assert_ok(seal_open(ends.client, type, body.data, body.len, &plain,
                        original, sizeof original, &err), &err);
    assert_int_equal(plain.len, SEAL_CHUNK_MAX);
    assert_memory_equal(plain.data, sent, SEAL_CHUNK_MAX);
    free_ends(&ends);
    buf_free(&records);
    buf_free(&body);
    buf_free(&plain);
    free(sent);
}

static void maxima_hold(void **state)
{
    unsigned char *sent = make_plain(40960);
    struct buf body = BUF_INIT(BODY_MAX), small = BUF_INIT(20000);
    char original[64], tiny[8];
    const char *type;
    struct err err = ERR_INIT;
    struct ends ends;

    (void)state;
    make_ends(&ends, NULL);
    assert_cause(seal_body(ends.server, sent, 40960, &small, &type, &err),
                 &err, ERR_OVERSIZED);
    assert_cause(seal_body(ends.server, sent, 0, &body, &type, &err), &err,
                 ERR_INTERNAL);
    free_ends(&ends);
    make_ends(&ends, NULL);
    buf_clear(&small);
    assert_ok(seal_body(ends.server, sent, 40960, &body, &type, &err), &err);
    assert_cause(seal_open(ends.client, type, body.data, body.len, &small,
                           original, sizeof original, &err),
                 &err, ERR_OVERSIZED);
    free_ends(&ends);
    make_ends(&ends, NULL);
    buf_clear(&body);
    buf_clear(&small);
    assert_ok(seal_body(ends.server, sent, 10, &body, &type, &err), &err);
    assert_cause(seal_open(ends.client, type, body.data, body.len, &small,
                           tiny, sizeof tiny, &err), &err, ERR_OVERSIZED);
    free_ends(&ends);
    buf_free(&body);
    buf_free(&small);
    free(sent);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_framing_is_the_one_of_pywinrm),
        cmocka_unit_test(every_suite_and_size_comes_back),
        cmocka_unit_test(the_known_variants_are_read),
        cmocka_unit_test(lies_are_refused_by_table),
        cmocka_unit_test(no_byte_may_miss_or_change),
        cmocka_unit_test(a_boundary_inside_a_record_is_no_boundary),
        cmocka_unit_test(maxima_hold),
    };

    return cmocka_run_group_tests(tests, make_keys, free_keys);
}
