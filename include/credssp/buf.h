/*
 * buf.h - bounded bytes: a growing buffer that wipes itself, and a reader
 * that cannot run over its end.
 *
 * Both remember a failure instead of returning it from every call: write or
 * read the whole structure, then ask buf_ok() or reader_done() once.
 */
#ifndef CREDSSP_BUF_H
#define CREDSSP_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "credssp/err.h"

/*
 * A byte buffer.  len bytes at data are valid; data may be NULL when len is
 * 0.  It never holds more than max bytes: going over the maximum or out of
 * memory sets failed, and every later write does nothing.  Growing wipes the
 * old copy; buf_free() wipes all of it.
 */
struct buf {
    unsigned char *data;
    size_t len;
    size_t alloc;
    size_t max;
    enum err_cause failed; /* ERR_NONE, ERR_OVERSIZED or ERR_MEMORY */
};

#define BUF_INIT(maximum) { .max = (maximum) }

void buf_init(struct buf *b, size_t max);
void buf_free(struct buf *b);  /* wipes and releases; b stays usable */
void buf_clear(struct buf *b); /* wipes, keeps the memory, clears failed */

/* For what holds no secret, such as ciphertext: buf_clear() but its wipe. */
void buf_clear_without_wipe(struct buf *b);

/* One allocation, of the right size, for n bytes more, or for as many as max
 * leaves; a hint: a failure is that of the write which needs the room. */
void buf_expect(struct buf *b, size_t n);

/* Takes the first n bytes away (n <= len) and wipes what they leave. */
void buf_consume(struct buf *b, size_t n);

void buf_put(struct buf *b, const void *p, size_t n);
void buf_put_u8(struct buf *b, uint8_t v);
void buf_put_u16(struct buf *b, uint16_t v); /* big endian, as all here */
void buf_put_u32(struct buf *b, uint32_t v);
void buf_put_u64(struct buf *b, uint64_t v);
/* A u32 length and that many bytes. */
void buf_put_block(struct buf *b, const void *p, size_t n);
void buf_put_string(struct buf *b, const char *s); /* block, without NUL */
void buf_printf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Room for n bytes at the end: NULL when failed; len grows by n. */
unsigned char *buf_reserve(struct buf *b, size_t n);

/* 0, or -1 with ERR_OVERSIZED (over the maximum) or ERR_MEMORY. */
int buf_ok(const struct buf *b, enum err_stage stage, struct err *err)
    MUST_USE;

/* Reads from borrowed bytes. */
struct reader {
    const unsigned char *p;
    size_t left;
    bool failed;
};

#define READER_INIT(bytes, n) { .p = (bytes), .left = (n) }

uint8_t reader_u8(struct reader *r);
uint16_t reader_u16(struct reader *r);
uint32_t reader_u32(struct reader *r);
uint64_t reader_u64(struct reader *r);
/* n bytes, borrowed: NULL on failure. */
const unsigned char *reader_bytes(struct reader *r, size_t n);
/* A u32 length of at most max and that many bytes, borrowed. */
const unsigned char *reader_block(struct reader *r, size_t max, size_t *n);
/*
 * A block of at most size - 1 bytes without NUL bytes, copied into dst with
 * a NUL behind it.
 */
void reader_string(struct reader *r, char *dst, size_t size);
/* 0 when every byte was read and nothing failed; else -1, ERR_MALFORMED. */
int reader_done(const struct reader *r, enum err_stage stage,
                const char *what, struct err *err) MUST_USE;

#endif
