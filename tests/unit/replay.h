/*
 * replay.h - one recorded exchange played back: our request is compared with
 * the recorded one, and the recorded answer is what we get.
 */
#ifndef CREDSSP_TESTS_REPLAY_H
#define CREDSSP_TESTS_REPLAY_H

#include <libxml/tree.h>

#include "comparison.h"
#include "credssp/err.h"
#include "host.h"
#include "recording.h"
#include "wsman/wsman.h"

/*
 * What a test plays with; host_init() and host_free() are the caller's.
 * meant: where we differ from the recorded client, and mean it.
 */
struct replay {
    struct host host;
    struct wsman wsman;
    struct difference *meant;
    size_t meant_count;
};

/*
 * Makes the call that the recorded request asks for, parsed into a document
 * that lives until it returns.  Fails as the call does.
 */
typedef int replay_call_fn(struct replay *replay, const char *action,
                           xmlDocPtr recorded, struct err *err);

/*
 * One exchange, with url, timeout and envelope size of the recorded client:
 * the call must post once, and what it posts must match.  Returns what the
 * call returned.
 */
int replay_exchange(struct replay *replay, const struct recorded *message,
                    replay_call_fn *call, struct err *err);

/* -- looking into what was recorded -- */

xmlDocPtr replay_parse(const char *text);
/* A header's text; its absence fails the test. */
const char *replay_header(xmlDocPtr doc, const char *ns, const char *name);
/* The text of an option; NULL: there is none of that name. */
const char *replay_option(xmlDocPtr doc, const char *name);
const xmlNode *replay_first_child(const xmlNode *parent);

#endif
