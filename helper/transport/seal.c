/* seal.c - the sealed body that we send: multipart framing around records. */
#include "transport/seal.h"

#include <string.h>

#include "transport/seal_words.h"

/* Bytes that framing and record add to a chunk, rounded up. */
#define CHUNK_EXTRA 512

static void put_u32_le(struct buf *out, uint32_t v)
{
    buf_put_u8(out, (uint8_t)(v & 0xff));
    buf_put_u8(out, (uint8_t)(v >> 8 & 0xff));
    buf_put_u8(out, (uint8_t)(v >> 16 & 0xff));
    buf_put_u8(out, (uint8_t)(v >> 24));
}

/*
 * MS-WSMV 2.2.9.1: two parts for a chunk, what it is and what it became.
 * The tab before the inner lines is what Windows sends and the public
 * clients need; behind the second Content-Type stands no empty line.
 */
#define BEFORE_LENGTH                                                         \
    "--" SEAL_BOUNDARY "\r\n"                                                 \
    "\tContent-Type: " SEAL_PROTOCOL "\r\n"                                   \
    "\tOriginalContent: type=" SEAL_SOAP_TYPE ";Length="
#define BEHIND_LENGTH                                                         \
    "\r\n--" SEAL_BOUNDARY "\r\n"                                            \
    "\tContent-Type: " SEAL_OCTETS "\r\n"

static int put_chunk(struct tunnel *tunnel, const unsigned char *plain,
                     size_t len, struct buf *out, struct err *err)
{
    buf_put(out, BEFORE_LENGTH, sizeof BEFORE_LENGTH - 1);
    buf_printf(out, "%zu", len);
    buf_put(out, BEHIND_LENGTH, sizeof BEHIND_LENGTH - 1);
    put_u32_le(out, (uint32_t)tunnel_trailer(tunnel, len));
    if (buf_ok(out, STAGE_SEALING, err) != 0)
        return -1;
    return tunnel_seal(tunnel, plain, len, out, err);
}

int seal_body(struct tunnel *tunnel, const void *plain, size_t len,
              struct buf *out, const char **content_type, struct err *err)
{
    const unsigned char *p = plain;
    size_t left = len;

    if (len == 0)
        return err_set(err, ERR_INTERNAL, STAGE_SEALING,
                       "there is nothing to seal");
    buf_expect(out, len + (len / SEAL_CHUNK_MAX + 1) * CHUNK_EXTRA);
    while (left > 0) {
        size_t n = left < SEAL_CHUNK_MAX ? left : SEAL_CHUNK_MAX;

        if (put_chunk(tunnel, p, n, out, err) != 0)
            return -1;
        p += n;
        left -= n;
    }
    buf_put(out, "--" SEAL_BOUNDARY "--\r\n",
            sizeof "--" SEAL_BOUNDARY "--\r\n" - 1);
    *content_type = len > SEAL_CHUNK_MAX
                        ? SEAL_MULTIPLE SEAL_PARAMETERS
                        : SEAL_SINGLE SEAL_PARAMETERS;
    return buf_ok(out, STAGE_SEALING, err);
}
