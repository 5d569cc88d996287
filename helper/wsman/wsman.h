/*
 * wsman.h - WS-Management requests over "something that posts": headers,
 * MessageID and RelatesTo, envelope limits, faults (MS-WSMV 2.2.4, DSP0226).
 */
#ifndef CREDSSP_WSMAN_WSMAN_H
#define CREDSSP_WSMAN_WSMAN_H

#include <libxml/tree.h>
#include <stdbool.h>
#include <stdint.h>

#include "credssp/buf.h"
#include "credssp/err.h"

/*
 * MaxEnvelopeSizekb: 150 until Windows 7, 500 since Windows 8.  What an answer
 * may have is the lesser of the host's and ours; what a request may have is
 * the host's alone.
 */
#define WSMAN_ENVELOPE_SMALL 153600
#define WSMAN_ENVELOPE_LARGE 512000
#define WSMAN_UUID_BYTES 37 /* text, upper case, and a NUL */

struct fault; /* faults.h */

/* What a transport answers; body is owned by the transport until the next
 * post. */
struct wsman_answer {
    int status;               /* HTTP */
    const char *content_type;
    const unsigned char *body;
    size_t len;
};

/*
 * Posts one envelope. final: nobody waits for the answer, *answer is not
 * filled. timeout_ms: how long the answer may take.
 */
typedef int wsman_post_fn(void *arg, const unsigned char *body, size_t len,
                          bool final, long timeout_ms,
                          struct wsman_answer *answer, struct err *err);

/*
 * The first half of a post that is not final: the answer is what the next
 * post, one with body NULL, waits for.  When it fails, so will that one.
 */
typedef int wsman_send_fn(void *arg, const unsigned char *body, size_t len,
                          long timeout_ms, struct err *err);

/* One endpoint and one SessionId (constant for its requests). */
struct wsman {
    char url[512];            /* wsa:To */
    char session[WSMAN_UUID_BYTES];
    unsigned max_envelope;    /* wsman:MaxEnvelopeSize: bytes of an answer */
    unsigned max_request;     /* bytes that any host takes from us */
    unsigned timeout_s;       /* wsman:OperationTimeout */
    unsigned brief_ms;        /* instead of it, while it is not 0 */
    struct fault *fault;      /* where a fault is left whole; NULL: nowhere */
    wsman_post_fn *post;
    void *post_arg;
    wsman_send_fn *send;      /* arg as post's; NULL: nothing goes ahead */
    char ahead[WSMAN_UUID_BYTES]; /* MessageID of what did; "": nothing */
};
int wsman_init(struct wsman *wsman, const char *url, wsman_post_fn *post,
               void *post_arg, struct err *err) MUST_USE;

/*
 * One more line of the same SessionId, for another thread, too: reads only
 * what never changes once a session has begun.  It has no send yet.
 */
void wsman_init_line(struct wsman *line, const struct wsman *session,
                     wsman_post_fn *post, void *post_arg);

/* A name and a value: selectors and options. */
struct wsman_pair {
    const char *name;
    const char *value;
    bool must_comply;         /* options only */
};

struct wsman_request {
    const char *action;       /* URI */
    const char *resource;     /* URI */
    const struct wsman_pair *selectors;
    size_t selector_count;
    const struct wsman_pair *options;
    size_t option_count;
    xmlNodePtr body;          /* taken over; NULL: empty body */
    bool final;
    bool repeats;             /* a Receive: the same follows, until Done */
    unsigned timeout_s;       /* 0: wsman->timeout_s */
};

/*
 * Sends and, unless final, parses the answer: *doc is the whole envelope, the
 * caller frees it with xmlFreeDoc(). A fault becomes an error with CODE_FAULT
 * (faults.h); RelatesTo must match, else ERR_MALFORMED.
 */
int wsman_call(struct wsman *wsman, const struct wsman_request *request,
               xmlDocPtr *doc, struct err *err) MUST_USE;

/*
 * A call in steps, for who has something to do while the host works: composed
 * (the body is taken over), sent, answered.  Without wsman->send the last step
 * does both.  What goes wrong in the second the third tells.  In between
 * nothing else goes over this line; of request they need action and timeout_s.
 */
struct wsman_envelope {
    xmlBufferPtr xml;         /* NULL: none, or sent */
    char message_id[WSMAN_UUID_BYTES];
};
int wsman_prepare(const struct wsman *wsman,
                  const struct wsman_request *request,
                  struct wsman_envelope *envelope, struct err *err) MUST_USE;
void wsman_begin(struct wsman *wsman, const struct wsman_request *request,
                 struct wsman_envelope *envelope);
int wsman_finish(struct wsman *wsman, const struct wsman_request *request,
                 struct wsman_envelope *envelope, xmlDocPtr *doc,
                 struct err *err) MUST_USE;
void wsman_envelope_free(struct wsman_envelope *envelope);

/*
 * A request that repeats is posted anew, where wsman->send can, before a long
 * answer is read: the host goes on meanwhile.  Whoever does not want it takes
 * its answer, unread, before the line is used for anything else.
 */
void wsman_settle(struct wsman *wsman);

/*
 * The envelope alone, for somebody else to post: xmlBufferFree() frees it.
 * Its answer cannot be checked.
 */
int wsman_compose(const struct wsman *wsman,
                  const struct wsman_request *request, xmlBufferPtr *envelope,
                  struct err *err) MUST_USE;

/*
 * Asks for winrm/config and lifts wsman->max_request to the host's
 * MaxEnvelopeSizekb, within the two sizes above.  A user who may not read the
 * configuration (fault 5) leaves it as it is: no error.
 */
int wsman_lift_envelope(struct wsman *wsman, struct err *err) MUST_USE;

/* A random version 4 UUID in upper case. */
int wsman_uuid(char out[WSMAN_UUID_BYTES], struct err *err) MUST_USE;

#endif
