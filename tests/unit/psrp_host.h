/*
 * psrp_host.h - a host's PowerShell for unit tests: keeps what is sent to it,
 * and answers each Receive with what the test has laid ready.
 */
#ifndef CREDSSP_TESTS_PSRP_HOST_H
#define CREDSSP_TESTS_PSRP_HOST_H

#include <stdbool.h>
#include <stddef.h>

#include "credssp/buf.h"
#include "psrp/message.h"
#include "wsman/wsman.h"

#define PSRP_REPLIES_MAX 16
#define PSRP_MESSAGES_MAX 8   /* of a reply */
#define PSRP_POSTS_MAX 256

/* What a Receive will be told, written when the ids are known. */
struct psrp_reply {
    struct {
        enum message_type type;
        const char *data;
    } messages[PSRP_MESSAGES_MAX];
    size_t count;
    bool done;                /* with CommandState Done */
};

/* A letter for each request: C reate, X command, S end, R eceive, G signal,
 * D elete; small when nobody waited for the answer. */
struct psrp_host {
    char posts[PSRP_POSTS_MAX + 1];
    size_t post_count;
    struct wsman wsman;
    struct buf request;       /* the last one, with a NUL behind it */
    struct buf creation;      /* decoded: what came with Create */
    struct buf input;         /* with Command and Send */
    size_t largest;           /* request */
    struct guid pool, pipeline;
    char command[64];         /* the id that it gives a command */
    struct psrp_reply replies[PSRP_REPLIES_MAX]; /* in their order */
    size_t reply_count, reply_next;
    struct buf stream;        /* of the reply at hand, not told yet */
    size_t cut;               /* bytes of it in a Receive; 0: all */
    uint64_t next_object;
    char faulty;              /* a letter of posts: the next such request... */
    uint32_t fault;           /* ...gets this WSManFault */
    char capability[512];
    struct buf answer;
};

void psrp_host_init(struct psrp_host *host);
void psrp_host_free(struct psrp_host *host);

/* One more reply; messages are added to the last one.  data is borrowed. */
void psrp_host_reply(struct psrp_host *host);
void psrp_host_done(struct psrp_host *host);
void psrp_host_message(struct psrp_host *host, enum message_type type,
                       const char *data);
/* The replies that open a pool: capability and private data, state. */
void psrp_host_opens(struct psrp_host *host, const char *version);

/*
 * Adds a message to out as hosts write it, byte order mark and all, in
 * fragments of at most blob bytes.
 */
void psrp_put_message(struct buf *out, uint64_t object, size_t blob,
                      const struct guid *pool, const struct guid *pipeline,
                      enum message_type type, const char *data);

#define PSRP_CAPABILITY(version)                                              \
    "<Obj RefId=\"0\"><MS><Version N=\"protocolversion\">" version            \
    "</Version><Version N=\"PSVersion\">2.0</Version>"                        \
    "<Version N=\"SerializationVersion\">1.1.0.1</Version></MS></Obj>"
#define PSRP_STATE(name, number)                                              \
    "<Obj RefId=\"0\"><MS><I32 N=\"" name "\">" number "</I32></MS></Obj>"
#define PSRP_ERROR(text)                                                      \
    "<Obj N=\"ExceptionAsErrorRecord\" RefId=\"1\"><ToString>" text           \
    "</ToString><MS><S N=\"FullyQualifiedErrorId\">Id</S></MS></Obj>"

#endif
