/*
 * incoming.h - a stream of fragments becomes messages with values.
 */
#ifndef CREDSSP_PSRP_INCOMING_H
#define CREDSSP_PSRP_INCOMING_H

#include <stdbool.h>
#include <stddef.h>

#include "psrp/clixml_reader.h"
#include "psrp/fragment.h"
#include "psrp/message.h"

/* A message has come in. */
struct incoming_message {
    struct message_header header;
    const struct clixml *value; /* NULL: no data; valid during the call */
    bool streamed;              /* the string went to the text function */
};

typedef int incoming_fn(void *arg, const struct incoming_message *message,
                        struct err *err);

struct incoming {
    struct defragmenter defragmenter;
    struct clixml_reader reader;
    incoming_fn *deliver;
    clixml_text_fn *on_text;  /* of strings that are output; NULL: kept */
    void *arg;
    unsigned char head[MESSAGE_HEADER + 3]; /* and a BOM, or what it is not */
    size_t have;              /* of head */
    struct message_header header;
    bool has_data;            /* the reader has begun */
    clixml_text_fn *on_raw;   /* of output: its CLIXML as it comes, or NULL */
    void *raw_arg;
};

/* on_text may be NULL.  incoming_free() in any case. */
void incoming_init(struct incoming *in, incoming_fn *deliver,
                   clixml_text_fn *on_text, void *arg);
void incoming_free(struct incoming *in);

/* The decoded bytes of one rsp:Stream. */
int incoming_feed(struct incoming *in, const unsigned char *p, size_t n,
                  struct err *err) MUST_USE;
/* The stream is over: no message may be left half. */
int incoming_done(const struct incoming *in, struct err *err) MUST_USE;

#endif
