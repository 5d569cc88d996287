/*
 * fragment.h - PSRP messages cut into fragments and put together again
 * (MS-PSRP 2.2.4): 8 bytes ObjectId, 8 bytes FragmentId, flags, a length and
 * that many bytes of the message; numbers are big endian.
 */
#ifndef CREDSSP_PSRP_FRAGMENT_H
#define CREDSSP_PSRP_FRAGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "credssp/buf.h"
#include "credssp/err.h"

#define FRAGMENT_HEADER 21
/* Hosts send 32 KiB; one that announces more than this means no good. */
#define FRAGMENT_BLOB_MAX 1048576

/* A message on its way out.  Its bytes are borrowed until it is over. */
struct fragmenter {
    uint64_t object;          /* ObjectId: one for each message, from 1 */
    uint64_t next;            /* FragmentId */
    const unsigned char *p;
    size_t left;
    bool over;
};

void fragmenter_begin(struct fragmenter *f, uint64_t object,
                      const unsigned char *message, size_t n);

/*
 * Adds the next fragment to out, header and all in at most room bytes; room
 * is more than FRAGMENT_HEADER.  f->over says whether it was the last.
 */
void fragmenter_next(struct fragmenter *f, size_t room, struct buf *out);

/* Bytes that a whole message of n bytes takes in a single fragment. */
#define FRAGMENT_LEN(n) ((n) + FRAGMENT_HEADER)

/*
 * A piece of the message that is coming in; first and last may both be true,
 * and n may be 0.  Fails to refuse the message.
 */
typedef int fragment_fn(void *arg, const unsigned char *p, size_t n,
                        bool first, bool last, struct err *err);

/*
 * One stream coming in, whatever the pieces it comes in.  Nothing is kept but
 * a header: who wants the whole message puts it together.
 */
struct defragmenter {
    fragment_fn *deliver;
    void *arg;
    unsigned char header[FRAGMENT_HEADER];
    size_t have;              /* of header */
    uint32_t blob_left;
    uint64_t object, next;    /* of the message that has begun */
    bool in_message, in_blob;
    bool starts, ends;        /* the fragment in hand */
};

void defragmenter_init(struct defragmenter *d, fragment_fn *deliver,
                       void *arg);
int defragmenter_feed(struct defragmenter *d, const unsigned char *p,
                      size_t n, struct err *err) MUST_USE;
/* The stream is over: ERR_MALFORMED when a message is not. */
int defragmenter_done(const struct defragmenter *d, struct err *err)
    MUST_USE;

#endif
