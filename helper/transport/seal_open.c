/* seal_open.c - a sealed answer: framing checked byte by byte, then opened. */
#include <string.h>
#include <strings.h>

#include "transport/seal.h"
#include "transport/seal_words.h"

#define LINE_MAX_BYTES 512     /* of a part's header */
#define BOUNDARY_MAX 70        /* RFC 2046 5.1.1 */
#define TYPE_MAX 128           /* of the plaintext */
#define RECORD_HEADER 5        /* RFC 5246 6.2.1: type, version, length */
#define RECORD_MAX 18432       /* RFC 5246 6.2.3: 2^14 + 2048 */

/* Bytes that are not owned. */
struct span {
    const char *p;
    size_t len;
};

/* What the HTTP header promises about the body. */
struct framing {
    bool multiple;             /* more than one chunk may come */
    struct span boundary;
};

/* What the first part of a chunk says. */
struct chunk {
    bool has_protocol;
    bool has_original;
    struct span type;
    size_t length;             /* of the plaintext */
};

static int malformed(struct err *err, const char *what)
{
    return err_set(err, ERR_MALFORMED, STAGE_SEALING,
                   "the host's encrypted answer %s", what);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static struct span trim(struct span s)
{
    while (s.len > 0 && is_blank(s.p[0])) {
        s.p++;
        s.len--;
    }
    while (s.len > 0 && is_blank(s.p[s.len - 1]))
        s.len--;
    return s;
}

static bool equals(struct span s, const char *word)
{
    return strlen(word) == s.len && strncasecmp(s.p, word, s.len) == 0;
}

/* What stands before the first stop, which is taken too. */
static struct span cut(struct span *s, char stop)
{
    struct span head = *s;
    const char *at = memchr(s->p, stop, s->len);

    if (at == NULL) {
        s->p += s->len;
        s->len = 0;
        return head;
    }
    head.len = (size_t)(at - s->p);
    s->p += head.len + 1;
    s->len -= head.len + 1;
    return head;
}

/* No parameter of ours may contain a semicolon, quoted or not. */
static struct span unquote(struct span s)
{
    s = trim(s);
    if (s.len >= 2 && s.p[0] == '"' && s.p[s.len - 1] == '"') {
        s.p++;
        s.len -= 2;
    }
    return s;
}

/* RFC 2046 5.1.1: a boundary is made of printable characters. */
static bool is_boundary(struct span s)
{
    size_t i;

    if (s.len == 0 || s.len > BOUNDARY_MAX || s.p[s.len - 1] == ' ')
        return false;
    for (i = 0; i < s.len; i++)
        if (s.p[i] < ' ' || s.p[i] > '~' || s.p[i] == '"')
            return false;
    return true;
}

static int parse_framing(const char *content_type, struct framing *framing,
                         struct err *err)
{
    struct span rest = { content_type, strlen(content_type) };
    struct span type = trim(cut(&rest, ';'));
    struct span protocol = { "", 0 };

    memset(framing, 0, sizeof *framing);
    framing->multiple = equals(type, SEAL_MULTIPLE);
    if (!framing->multiple && !equals(type, SEAL_SINGLE))
        return err_set(err, ERR_MALFORMED, STAGE_SEALING,
                       "the host answered in plain text ('%.80s') within an "
                       "encrypted session", content_type);
    while (rest.len > 0) {
        struct span value = cut(&rest, ';');
        struct span name = trim(cut(&value, '='));

        if (equals(name, "protocol") && protocol.len == 0)
            protocol = unquote(value);
        else if (equals(name, "boundary") && framing->boundary.len == 0)
            framing->boundary = unquote(value);
        else if (equals(name, "protocol") || equals(name, "boundary"))
            return malformed(err, "names its protocol or boundary twice");
    }
    if (!equals(protocol, SEAL_PROTOCOL))
        return malformed(err, "is not encrypted with CredSSP");
    if (!is_boundary(framing->boundary))
        return malformed(err, "has no usable boundary");
    return 0;
}

/* The next line without its CRLF; false when there is none. */
static bool take_line(struct reader *r, struct span *line)
{
    size_t span = r->left < LINE_MAX_BYTES ? r->left : LINE_MAX_BYTES;
    const unsigned char *end = memchr(r->p, '\r', span);

    if (end == NULL || (size_t)(end - r->p) + 1 >= r->left || end[1] != '\n')
        return false;
    line->p = (const char *)r->p;
    line->len = (size_t)(end - r->p);
    return reader_bytes(r, line->len + 2) != NULL;
}

enum delimiter { DELIMITER_NONE, DELIMITER_OPEN, DELIMITER_CLOSE };

/* "--B", or "-- B" as Exchange writes it; "--" behind it closes. */
static enum delimiter classify(struct span line, struct span boundary)
{
    if (line.len < 2 || memcmp(line.p, "--", 2) != 0)
        return DELIMITER_NONE;
    line.p += 2;
    line.len -= 2;
    if (line.len > boundary.len && line.p[0] == ' ') {
        line.p++;
        line.len--;
    }
    if (line.len < boundary.len
        || memcmp(line.p, boundary.p, boundary.len) != 0)
        return DELIMITER_NONE;
    if (line.len == boundary.len)
        return DELIMITER_OPEN;
    if (line.len == boundary.len + 2
        && memcmp(line.p + boundary.len, "--", 2) == 0)
        return DELIMITER_CLOSE;
    return DELIMITER_NONE;
}

static enum delimiter take_delimiter(struct reader *r, struct span boundary)
{
    struct span line;

    return take_line(r, &line) ? classify(line, boundary) : DELIMITER_NONE;
}

/* "type=application/soap+xml;charset=UTF-8;Length=1234" */
static bool parse_original(struct span value, struct chunk *chunk)
{
    struct span name = trim(cut(&value, '=')), digits;
    size_t i, type_len = value.len;

    if (!equals(name, "type"))
        return false;
    while (type_len > 0 && value.p[type_len - 1] != ';')
        type_len--;
    if (type_len == 0)
        return false;
    chunk->type.p = value.p;
    chunk->type.len = type_len - 1;
    chunk->type = trim(chunk->type);
    digits.p = value.p + type_len;
    digits.len = value.len - type_len;
    if (!equals(trim(cut(&digits, '=')), "Length"))
        return false;
    digits = trim(digits);
    chunk->length = 0;
    for (i = 0; i < digits.len; i++) {
        if (digits.p[i] < '0' || digits.p[i] > '9')
            return false;
        chunk->length = chunk->length * 10 + (size_t)(digits.p[i] - '0');
        if (chunk->length > SEAL_CHUNK_MAX)
            return false;
    }
    return chunk->type.len > 0 && chunk->length > 0;
}

/* The first part: its two header lines, in any order, up to the second
 * delimiter. */
static int take_description(struct reader *r, struct span boundary,
                            struct chunk *chunk, struct err *err)
{
    struct span line, name;

    memset(chunk, 0, sizeof *chunk);
    if (take_delimiter(r, boundary) != DELIMITER_OPEN)
        return malformed(err, "lacks a boundary where a part begins");
    for (;;) {
        if (!take_line(r, &line))
            return malformed(err, "is cut short in a part's header");
        if (classify(line, boundary) != DELIMITER_NONE)
            break;
        name = trim(cut(&line, ':'));
        if (equals(name, "Content-Type") && !chunk->has_protocol
            && equals(trim(line), SEAL_PROTOCOL))
            chunk->has_protocol = true;
        else if (equals(name, "OriginalContent") && !chunk->has_original
                 && parse_original(trim(line), chunk))
            chunk->has_original = true;
        else
            return malformed(err, "describes a part wrongly");
    }
    if (classify(line, boundary) != DELIMITER_OPEN || !chunk->has_protocol
        || !chunk->has_original)
        return malformed(err, "describes a part incompletely");
    return 0;
}

/*
 * The records of a chunk end where their own lengths say: a search for the
 * boundary would find it by chance, or by intent, inside the ciphertext.
 * A record begins with 20 to 23 (RFC 5246 6.2.1), a boundary with '-'.
 */
static bool take_records(struct reader *r, const unsigned char **records,
                         size_t *len)
{
    *records = r->p;
    while (r->left > RECORD_HEADER && r->p[0] >= 20 && r->p[0] <= 23) {
        size_t n = (size_t)r->p[3] << 8 | r->p[4];

        if (r->p[1] != 3 || n == 0 || n > RECORD_MAX
            || reader_bytes(r, RECORD_HEADER + n) == NULL)
            return false;
    }
    *len = (size_t)(r->p - *records);
    return *len > 0;
}

/* The second part: its one header line, the trailer's length, records. */
static int take_content(struct reader *r, struct tunnel *tunnel,
                        const struct chunk *chunk, struct buf *plain,
                        struct err *err)
{
    const unsigned char *length, *records;
    struct span line;
    size_t len, before = plain->len;
    uint32_t trailer;

    if (!take_line(r, &line) || !equals(trim(cut(&line, ':')), "Content-Type")
        || !equals(trim(line), SEAL_OCTETS))
        return malformed(err, "has a part that is not an octet stream");
    length = reader_bytes(r, 4);
    if (length == NULL || !take_records(r, &records, &len))
        return malformed(err, "holds no whole TLS record");
    trailer = (uint32_t)length[0] | (uint32_t)length[1] << 8
              | (uint32_t)length[2] << 16 | (uint32_t)length[3] << 24;
    if (trailer != tunnel_trailer(tunnel, chunk->length))
        return err_set(err, ERR_MALFORMED, STAGE_SEALING,
                       "the host's encrypted answer has a trailer of %u bytes "
                       "instead of %zu", trailer,
                       tunnel_trailer(tunnel, chunk->length));
    if (tunnel_open_without_wipe(tunnel, records, len, plain, err) != 0)
        return -1;
    if (plain->len - before != chunk->length)
        return err_set(err, ERR_MALFORMED, STAGE_SEALING,
                       "the host's encrypted answer has %zu bytes where it "
                       "announced %zu", plain->len - before, chunk->length);
    return 0;
}

static int keep_type(const struct chunk *chunk, bool first, char *type,
                     size_t size, struct err *err)
{
    if (first) {
        if (chunk->type.len >= size || chunk->type.len >= TYPE_MAX)
            return err_set(err, ERR_OVERSIZED, STAGE_SEALING,
                           "the type of the host's answer is too long");
        memcpy(type, chunk->type.p, chunk->type.len);
        type[chunk->type.len] = '\0';
    }
    return equals(chunk->type, type)
               ? 0 : malformed(err, "changes its type half-way");
}

/* As take_delimiter(), but what is no closing line stays. */
static bool take_close(struct reader *r, struct span boundary)
{
    struct reader ahead = *r;

    if (take_delimiter(&ahead, boundary) != DELIMITER_CLOSE)
        return false;
    *r = ahead;
    return true;
}

/* PSWSMan closes behind every chunk, the others behind the last. */
static int open_chunks(struct tunnel *tunnel, const struct framing *framing,
                       struct reader *r, struct buf *plain,
                       char *original_type, size_t size, struct err *err)
{
    bool closed = false, first = true;

    while (r->left > 0) {
        struct chunk chunk;

        if (!first && !framing->multiple)
            return malformed(err, "has more parts than its type allows");
        if (take_description(r, framing->boundary, &chunk, err) != 0
            || keep_type(&chunk, first, original_type, size, err) != 0
            || take_content(r, tunnel, &chunk, plain, err) != 0)
            return -1;
        closed = take_close(r, framing->boundary);
        first = false;
    }
    return closed ? 0 : malformed(err, "does not end with its boundary");
}

int seal_open(struct tunnel *tunnel, const char *content_type,
              const void *body, size_t len, struct buf *plain,
              char *original_type, size_t size, struct err *err)
{
    struct reader r = READER_INIT(body, len);
    struct framing framing;
    int result;

    if (parse_framing(content_type, &framing, err) != 0)
        return -1;
    /* The tunnel asks for a record's room before it knows what comes. */
    buf_expect(plain, len + SEAL_CHUNK_MAX);
    result = open_chunks(tunnel, &framing, &r, plain, original_type, size,
                         err);
    tunnel_wipe(tunnel);
    return result;
}
