/*
 * play.h - a host that plays a recording of PowerShell remoting: each request
 * is compared with the recorded one, and gets the recorded answer.
 *
 * The recorded ids stand inside the payload of answers, so ours are the
 * recorded ones: the test links with --wrap=wsman_uuid, which gives a pool
 * and a pipeline the ids that play_expect_id() names.
 */
#ifndef CREDSSP_TESTS_PLAY_H
#define CREDSSP_TESTS_PLAY_H

#include <libxml/tree.h>
#include <stdbool.h>
#include <stddef.h>

#include "clixml_comparison.h"
#include "comparison.h"
#include "psrp/clixml_reader.h"
#include "psrp/message.h"
#include "recording.h"
#include "wsman/wsman.h"

#define PLAY_MESSAGES_MAX 8

/* A message of a request, whole. */
struct play_message {
    uint64_t object;
    struct message_header header;
    unsigned char *data;      /* CLIXML, with a NUL behind it */
    size_t len;
};

struct play_payload {
    struct buf bytes;         /* what the messages lie in */
    struct play_message messages[PLAY_MESSAGES_MAX];
    size_t count;
};

struct play {
    struct recording recording;
    size_t at;                /* the next exchange */
    bool swapped;             /* the client wrote GUIDs in the text's order */
    unsigned asked_again;     /* Receives that the recorded client spared:
                               * also those that attend to the pool */
    struct wsman wsman;
    struct buf answer;
    /* Where we mean to differ; of the envelope, in the request at hand. */
    struct difference *payload, *envelope;
    size_t payload_count, envelope_count;
};

void play_begin(struct play *play, const char *folder, const char *name);
void play_end(struct play *play);

/* The next id that a pool or a pipeline makes for itself. */
void play_expect_id(const char *id);

bool play_is_over(const struct play *play);
/* The recorded request at hand, parsed; the caller frees it. */
xmlDocPtr play_next(const struct play *play);
/* Steps over a request that we never make: what its answer carries. */
void play_pass(struct play *play, struct buf *bytes);
/* The messages in a request; play_free_payload() frees them. */
void play_read_payload(xmlDocPtr request, struct play_payload *payload);
void play_free_payload(struct play_payload *payload);

#endif
