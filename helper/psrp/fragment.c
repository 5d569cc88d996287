/* fragment.c - PSRP messages to fragments and back. */
#include "psrp/fragment.h"

#include <string.h>

/* MS-PSRP 2.2.4: "Reserved (6 bits): MUST be set to 0 ... ignored". */
enum { FLAG_START = 1, FLAG_END = 2 };

void fragmenter_begin(struct fragmenter *f, uint64_t object,
                      const unsigned char *message, size_t n)
{
    *f = (struct fragmenter){ .object = object, .p = message, .left = n };
}

void fragmenter_next(struct fragmenter *f, size_t room, struct buf *out)
{
    size_t n = room - FRAGMENT_HEADER;
    unsigned flags = f->next == 0 ? FLAG_START : 0;

    if (n > FRAGMENT_BLOB_MAX)
        n = FRAGMENT_BLOB_MAX;
    if (n >= f->left) {
        n = f->left;
        flags |= FLAG_END;
        f->over = true;
    }
    buf_put_u64(out, f->object);
    buf_put_u64(out, f->next++);
    buf_put_u8(out, (uint8_t)flags);
    buf_put_block(out, f->p, n);
    f->p += n;
    f->left -= n;
}

void defragmenter_init(struct defragmenter *d, fragment_fn *deliver,
                       void *arg)
{
    *d = (struct defragmenter){ .deliver = deliver, .arg = arg };
}

static int refuse(struct err *err, const char *what)
{
    return err_set(err, ERR_MALFORMED, STAGE_OUTPUT,
                   "the host sent a PowerShell fragment %s", what);
}

/*
 * MS-PSRP 2.2.4 and 3.1.5.1.1: a message begins with FragmentId 0 and flag
 * S; the next fragment of the stream is the next of that message.
 */
static int check_order(const struct defragmenter *d, uint64_t object,
                       uint64_t id, struct err *err)
{
    if (d->starts != (id == 0))
        return refuse(err, "whose number and start flag contradict");
    if (d->starts && d->in_message)
        return refuse(err, "of a message within another message");
    if (!d->starts && !d->in_message)
        return refuse(err, "of a message that never began");
    if (!d->starts && object != d->object)
        return refuse(err, "of another message");
    if (!d->starts && id != d->next)
        return refuse(err, "out of order");
    return 0;
}

static int take_header(struct defragmenter *d, struct err *err)
{
    struct reader r = READER_INIT(d->header, sizeof d->header);
    uint64_t object = reader_u64(&r), id = reader_u64(&r);
    uint8_t flags = reader_u8(&r);

    d->blob_left = reader_u32(&r);
    d->starts = (flags & FLAG_START) != 0;
    d->ends = (flags & FLAG_END) != 0;
    if (d->blob_left > FRAGMENT_BLOB_MAX)
        return err_set(err, ERR_OVERSIZED, STAGE_OUTPUT,
                       "the host sent a PowerShell fragment of %lu bytes; "
                       "%d is the most", (unsigned long)d->blob_left,
                       FRAGMENT_BLOB_MAX);
    /* It would never end, and each costs a header and no more. */
    if (d->blob_left == 0 && !d->ends)
        return refuse(err, "that is empty");
    if (check_order(d, object, id, err) != 0)
        return -1;
    d->object = object;
    d->next = id + 1;
    d->in_message = d->in_blob = true;
    return 0;
}

/* Some bytes of the fragment in hand, up to its end. */
static int deliver(struct defragmenter *d, const unsigned char *p, size_t n,
                   struct err *err)
{
    bool first = d->starts, last;

    d->blob_left -= (uint32_t)n;
    d->starts = false; /* told with the first piece only */
    last = d->ends && d->blob_left == 0;
    if (d->blob_left == 0) {
        d->in_blob = false;
        d->have = 0;
    }
    if (last)
        d->in_message = false;
    return d->deliver(d->arg, p, n, first, last, err);
}

int defragmenter_feed(struct defragmenter *d, const unsigned char *p,
                      size_t n, struct err *err)
{
    while (n > 0 || (d->in_blob && d->blob_left == 0)) {
        size_t wanted = d->in_blob ? d->blob_left : FRAGMENT_HEADER - d->have;
        size_t take = wanted < n ? wanted : n;

        if (d->in_blob) {
            if (deliver(d, p, take, err) != 0)
                return -1;
        } else {
            memcpy(d->header + d->have, p, take);
            d->have += take;
            if (d->have == FRAGMENT_HEADER && take_header(d, err) != 0)
                return -1;
        }
        p += take;
        n -= take;
    }
    return 0;
}

int defragmenter_done(const struct defragmenter *d, struct err *err)
{
    return d->in_message || d->have > 0
               ? refuse(err, "that breaks off") : 0;
}
