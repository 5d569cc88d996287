/*
 * line.h - a channel to the host as the remote command sees it, and how to
 * get another one: a Receive that waits for output occupies its channel.
 */
#ifndef CREDSSP_CLI_LINE_H
#define CREDSSP_CLI_LINE_H

#include <stdbool.h>

#include "credssp/err.h"
#include "wsman/wsman.h"

/*
 * Waits until fd, where an answer will come from, can be read: at most
 * timeout_ms (-1: for ever).  -1 with an error gives up: ERR_TIMEOUT, or what
 * the owner of the line noticed meanwhile.
 */
typedef int line_wait_fn(void *arg, int fd, int timeout_ms, struct err *err);

/*
 * What is to be posted when we are gone, however we went: the broker does it.
 * With a label it waits for who asks for that label, and is told the value.
 * Each call replaces the last one.
 */
typedef int line_will_fn(void *arg, const char *label, const char *value,
                         const unsigned char *body, size_t len,
                         struct err *err);

/* How to open one more channel to the same host, and to close it. */
struct dial {
    int (*open)(void *arg, line_wait_fn *wait, void *wait_arg,
                wsman_post_fn **post, void **post_arg, struct err *err);
    void (*close)(void *arg, void *post_arg, bool hurry);
    wsman_send_fn *send; /* of the lines that it opens; NULL: post alone */
    void *arg;
};

/* Another line to the same host: what goes over it has the same SessionId. */
struct line {
    bool open;
    struct wsman wsman;
};

int line_open(struct line *line, const struct dial *dial, line_wait_fn *wait,
              void *wait_arg, const struct wsman *same, struct err *err)
    MUST_USE;
void line_close(struct line *line, const struct dial *dial, bool hurry);

#endif
