/* incoming.c - fragments to messages. */
#include "psrp/incoming.h"

#include <string.h>

#define BOM "\xef\xbb\xbf"
#define BOM_BYTES 3

static int begin_data(struct incoming *in, struct err *err)
{
    bool output = in->header.type == MESSAGE_PIPELINE_OUTPUT;

    in->has_data = true;
    return clixml_reader_begin(&in->reader, output ? in->on_text : NULL,
                               in->arg, err);
}

static int take_data(struct incoming *in, const unsigned char *p, size_t n,
                     struct err *err)
{
    if (n == 0)
        return 0;
    if (!in->has_data && begin_data(in, err) != 0)
        return -1;
    if (in->on_raw != NULL && in->header.type == MESSAGE_PIPELINE_OUTPUT &&
        in->on_raw(in->raw_arg, (const char *)p, n, err) != 0)
        return -1;
    return clixml_reader_feed(&in->reader, p, n, err);
}

/* MS-PSRP 2.2.1: hosts put a byte order mark before the data; it is none of
 * them. */
static int leave_head(struct incoming *in, struct err *err)
{
    const unsigned char *rest = in->head + MESSAGE_HEADER;
    size_t n = in->have - MESSAGE_HEADER;

    if (n == BOM_BYTES && memcmp(rest, BOM, BOM_BYTES) == 0)
        return 0;
    return take_data(in, rest, n, err);
}

static int take_head(struct incoming *in, const unsigned char **p, size_t *n,
                     bool last, struct err *err)
{
    size_t take = sizeof in->head - in->have;
    bool had = in->have >= MESSAGE_HEADER;

    if (take > *n)
        take = *n;
    if (take > 0)
        memcpy(in->head + in->have, *p, take);
    in->have += take;
    *p += take;
    *n -= take;
    if (!had && in->have >= MESSAGE_HEADER &&
        message_get_header(in->head, &in->header, err) != 0)
        return -1;
    if (in->have < MESSAGE_HEADER)
        return !last ? 0 : err_set(err, ERR_MALFORMED, STAGE_OUTPUT,
                                   "the host sent a PowerShell message "
                                   "without a header");
    if (in->have < sizeof in->head && !last)
        return 0;
    return leave_head(in, err);
}

static int end_message(struct incoming *in, struct err *err)
{
    struct incoming_message message = { .header = in->header };
    struct clixml *value = NULL;

    if (in->has_data && clixml_reader_end(&in->reader, &value, err) != 0)
        return -1;
    message.value = value;
    message.streamed = in->has_data && in->reader.streamed;
    return in->deliver(in->arg, &message, err);
}

static int take_piece(void *arg, const unsigned char *p, size_t n, bool first,
                      bool last, struct err *err)
{
    struct incoming *in = arg;

    if (first) {
        in->have = 0;
        in->has_data = false;
    }
    if (in->have < sizeof in->head &&
        take_head(in, &p, &n, last, err) != 0)
        return -1;
    if (take_data(in, p, n, err) != 0)
        return -1;
    return last ? end_message(in, err) : 0;
}

void incoming_init(struct incoming *in, incoming_fn *deliver,
                   clixml_text_fn *on_text, void *arg)
{
    memset(in, 0, sizeof *in);
    defragmenter_init(&in->defragmenter, take_piece, in);
    clixml_reader_init(&in->reader);
    in->deliver = deliver;
    in->on_text = on_text;
    in->arg = arg;
}

void incoming_free(struct incoming *in)
{
    clixml_reader_free(&in->reader);
}

int incoming_feed(struct incoming *in, const unsigned char *p, size_t n,
                  struct err *err)
{
    return defragmenter_feed(&in->defragmenter, p, n, err);
}

int incoming_done(const struct incoming *in, struct err *err)
{
    return defragmenter_done(&in->defragmenter, err);
}
