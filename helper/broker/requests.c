/* requests.c - the table of requests and the check against it. */
#include "broker/requests.h"

#include "broker/bounds.h"

/* A body, its head and the frame's own bytes. */
#define POST_FRAME_MAX (WIRE_BODY_MAX + 64)

static const struct request requests[] = {
    { WIRE_TICKET, REQUEST_ONCE, LIMIT_SMALL_FRAME, request_ticket },
    { WIRE_OPEN, REQUEST_ONCE | REQUEST_AFTER_TICKET | REQUEST_WITH_KEY
                     | REQUEST_BEFORE_OPEN,
      LIMIT_SMALL_FRAME, request_open },
    { WIRE_POST, REQUEST_AFTER_OPEN, POST_FRAME_MAX, request_post },
    { WIRE_LIST, REQUEST_AFTER_TICKET | REQUEST_WITH_KEY, LIMIT_SMALL_FRAME,
      request_list },
    { WIRE_LOGIN, REQUEST_ONCE | REQUEST_AFTER_TICKET | REQUEST_WITHOUT_KEY,
      LIMIT_SMALL_FRAME, request_login },
    { WIRE_LOGOUT, REQUEST_ONCE | REQUEST_WITHOUT_KEY, LIMIT_SMALL_FRAME,
      request_logout },
    { WIRE_CHECK, 0, LIMIT_SMALL_FRAME, request_check },
    { WIRE_TEST, REQUEST_ONCE | REQUEST_BEFORE_OPEN, LIMIT_SMALL_FRAME,
      request_test },
    { WIRE_WILL, REQUEST_AFTER_TICKET | REQUEST_WITH_KEY, LIMIT_SMALL_FRAME,
      request_will },
    { WIRE_POOL, REQUEST_AFTER_TICKET | REQUEST_WITH_KEY, LIMIT_SMALL_FRAME,
      request_pool },
};

const struct request *request_find(unsigned type)
{
    size_t i;

    for (i = 0; i < sizeof requests / sizeof *requests; i++)
        if (requests[i].type == type)
            return &requests[i];
    return NULL;
}

/* What each flag asks for, and how its breach reads. */
struct rule {
    unsigned flag;
    bool kept;
    const char *breach;
};

int request_allowed(const struct request *request,
                    const struct client *client, struct err *err)
{
    bool with_key = client->session->sealed != 0;
    const struct rule rules[] = {
        { REQUEST_ONCE, (client->served & 1u << request->type) == 0,
          "was made before" },
        { REQUEST_WITH_KEY, with_key, "needs a sealed key in HELLO" },
        { REQUEST_WITHOUT_KEY, !with_key, "needs a HELLO without a key" },
        { REQUEST_AFTER_TICKET, client->ticket != NULL, "needs a TICKET" },
        { REQUEST_AFTER_OPEN, client->channel != NULL, "needs an OPEN" },
        { REQUEST_BEFORE_OPEN, client->channel == NULL,
          "comes after a connection was opened" },
    };
    size_t i;

    for (i = 0; i < sizeof rules / sizeof *rules; i++)
        if ((request->flags & rules[i].flag) != 0 && !rules[i].kept)
            return err_set(err, ERR_BROKER_PROTOCOL, STAGE_BROKER,
                           "the request %s %s",
                           wire_type_name(request->type), rules[i].breach);
    return 0;
}
