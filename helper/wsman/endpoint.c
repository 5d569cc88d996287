/* endpoint.c - an endpoint, its SessionId, and one more line of it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "wsman/wsman.h"

/* Below the least MaxTimeoutms that hosts come with (60 s). */
#define TIMEOUT_S 20

int wsman_uuid(char out[WSMAN_UUID_BYTES], struct err *err)
{
    unsigned char b[16];
    ssize_t n;

    do
        n = getrandom(b, sizeof b, 0);
    while (n == -1 && errno == EINTR);
    if (n != (ssize_t)sizeof b)
        return err_set_errno(err, ERR_SYSTEM, STAGE_START, errno,
                             "no random numbers");
    b[6] = (unsigned char)((b[6] & 0x0f) | 0x40); /* RFC 4122 section 4.4 */
    b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
    snprintf(out, WSMAN_UUID_BYTES,
             "%02X%02X%02X%02X-%02X%02X-%02X%02X-%02X%02X-"
             "%02X%02X%02X%02X%02X%02X",
             b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9],
             b[10], b[11], b[12], b[13], b[14], b[15]);
    return 0;
}

int wsman_init(struct wsman *wsman, const char *url, wsman_post_fn *post,
               void *post_arg, struct err *err)
{
    int n;

    memset(wsman, 0, sizeof *wsman);
    n = snprintf(wsman->url, sizeof wsman->url, "%s", url);
    if (n < 0 || (size_t)n >= sizeof wsman->url)
        return err_set(err, ERR_HOSTNAME, STAGE_START,
                       "the host's name is too long");
    wsman->max_envelope = WSMAN_ENVELOPE_LARGE;
    wsman->max_request = WSMAN_ENVELOPE_SMALL;
    wsman->timeout_s = TIMEOUT_S;
    wsman->post = post;
    wsman->post_arg = post_arg;
    return wsman_uuid(wsman->session, err);
}

void wsman_init_line(struct wsman *line, const struct wsman *session,
                     wsman_post_fn *post, void *post_arg)
{
    *line = (struct wsman){
        .max_envelope = session->max_envelope,
        .max_request = session->max_request,
        .timeout_s = session->timeout_s, .fault = session->fault,
        .post = post, .post_arg = post_arg,
    };
    memcpy(line->url, session->url, sizeof line->url);
    memcpy(line->session, session->session, sizeof line->session);
}
