/* leave.c - what a client leaves: the requests WILL and POOL, and its end. */
#include <string.h>

#include "broker/client.h"
#include "broker/monotonic.h"

int request_will(struct client *client, struct reader *fields,
                 struct err *err)
{
    struct will *will = &client->will;
    struct wire_will told;

    if (wire_get_will(fields, &told, err) != 0)
        return -1;
    if (client->channel == NULL && told.len > 0)
        return err_set(err, ERR_BROKER_PROTOCOL, STAGE_BROKER,
                       "a will has no body before there is a connection");
    will_clear(will);
    memcpy(will->label, told.label, sizeof will->label);
    memcpy(will->value, told.value, sizeof will->value);
    buf_put(&will->body, told.body, told.len);
    return buf_ok(&will->body, STAGE_BROKER, err);
}

int request_pool(struct client *client, struct reader *fields,
                 struct err *err)
{
    struct wire_pooled pooled;

    if (wire_get_pool(fields, err) != 0)
        return -1;
    kept_list(&client->session->kept, monotonic_ms(), &pooled);
    wire_put_pooled(&client->out, &pooled);
    return 0;
}

/*
 * Where the will can be posted: the client's own connection, or, when that
 * ended with the client's last request, a new one under today's policy.
 */
static bool have_channel(struct client *client)
{
    struct err untold = ERR_INIT;

    if (session_probe(client->session, &untold) != 0)
        return false;
    if (client_is_authenticated(client)
        && channel_is_alive(client->channel))
        return true;
    return client_reopen(client, -1, &untold) == 0;
}

void client_leave(struct client *client, bool in_order)
{
    struct kept *kept = &client->session->kept;
    bool inherits = in_order && client_is_authenticated(client)
                    && client->will.label[0] != '\0';

    if (client->channel != NULL || will_is_there(&client->will))
        kept_coming(kept, &client->terms);
    if (!inherits && will_is_there(&client->will) && have_channel(client)) {
        will_execute(&client->will, client->channel, LIMIT_FINAL_MS);
        in_order = true; /* and so the connection serves again */
    }
    if (!inherits)
        will_clear(&client->will);
    if (in_order && client_is_authenticated(client))
        kept_put(kept, &client->channel, &client->terms, &client->will);
    kept_not_coming(kept, &client->terms);
}
