/* test_seal_open.c - sealed answers: variants of hosts, and lies. */
#include "unit.h"

#include <stdio.h>

#include "sealed_ends.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_known_variants_are_read),
        cmocka_unit_test(lies_are_refused_by_table),
        cmocka_unit_test(no_byte_may_miss_or_change),
        cmocka_unit_test(a_boundary_inside_a_record_is_no_boundary),
    };

    return cmocka_run_group_tests(tests, make_keys, free_keys);
}
