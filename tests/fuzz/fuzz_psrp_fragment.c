/*
 * fuzz_psrp_fragment.c - fragments of PowerShell remoting, as a whole and in
 * pieces: what is understood does not depend on them.
 *
 * Input: the length of the pieces, then the stream.
 */
#include "fuzz.h"

#include <string.h>

#include "psrp/fragment.h"

/* What was delivered: lengths, and a sum that knows their order. */
struct tally {
    size_t bytes, messages;
    unsigned long sum;
    bool inside;
};

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    return 0;
}

static int take(void *arg, const unsigned char *p, size_t n, bool first,
                bool last, struct err *err)
{
    struct tally *tally = arg;
    size_t i;

    (void)err;
    fuzz_require(first == !tally->inside);
    tally->inside = !last;
    tally->bytes += n;
    tally->messages += last ? 1 : 0;
    for (i = 0; i < n; i++)
        tally->sum = tally->sum * 31 + p[i];
    return 0;
}

static int feed(const uint8_t *data, size_t size, size_t piece,
                struct tally *tally, struct err *err)
{
    struct defragmenter d;
    int rc = 0;

    *tally = (struct tally){ .bytes = 0 };
    defragmenter_init(&d, take, tally);
    while (rc == 0 && size > 0) {
        size_t n = piece > size ? size : piece;

        rc = defragmenter_feed(&d, data, n, err);
        data += n;
        size -= n;
    }
    if (rc == 0)
        rc = defragmenter_done(&d, err);
    if (rc == 0)
        fuzz_require(!tally->inside);
    return rc;
}

/* What was put together is cut again, and comes back the same. */
static void cut_again(const uint8_t *data, size_t size, size_t room)
{
    struct buf out = BUF_INIT(1 << 24);
    struct tally tally;
    struct fragmenter f;
    struct err err = ERR_INIT;

    fragmenter_begin(&f, 1, data, size);
    do
        fragmenter_next(&f, FRAGMENT_HEADER + room, &out);
    while (!f.over);
    if (buf_ok(&out, STAGE_OUTPUT, &err) == 0) {
        fuzz_require(feed(out.data, out.len, 7, &tally, &err) == 0);
        fuzz_require(tally.bytes == size && tally.messages == 1);
    }
    buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err whole = ERR_INIT, pieces = ERR_INIT;
    struct tally a, b;
    size_t piece;
    int first;

    fuzz_seed(&data, &size); /* nothing here allocates */
    piece = (size_t)fuzz_u8(&data, &size) % 64 + 1;
    first = feed(data, size, size + 1, &a, &whole);
    fuzz_check(first, &whole, 0);
    fuzz_require(feed(data, size, piece, &b, &pieces) == first);
    fuzz_require(whole.cause == pieces.cause);
    fuzz_require(a.bytes == b.bytes && a.messages == b.messages &&
                 a.sum == b.sum);
    cut_again(data, size, piece);
    return 0;
}
