/* list_log.c - the events of this session, asked for and shown. */
#include "cli/list_log.h"

#include "cli/client.h"
#include "cli/render.h"

/* What captured the credential, as the first of the events. */
static json_t *captured_object(const struct wire_listed *listed)
{
    char when[RENDER_TIME_MAX];

    render_time_utc(when, listed->created);
    return json_pack("{s:s, s:s, s:o}", "time", when, "event", "captured",
                     "service", render_string(listed->service));
}

/* events is NULL for a person. */
static int show_captured(json_t *events, struct wire_listed *listed)
{
    char when[RENDER_TIME_MAX];

    if (events != NULL)
        return json_array_append_new(events, captured_object(listed));
    render_clean(listed->service);
    render_time(when, listed->created);
    printf("%s  captured   by %s\n", when, listed->service);
    return 0;
}

static json_t *event_object(const struct wire_event *event)
{
    char when[RENDER_TIME_MAX];

    render_time_utc(when, event->time);
    return json_pack("{s:s, s:s, s:o*, s:o*, s:o*, s:o*, s:o*, s:o*, s:s*, "
                     "s:o*, s:I}",
                     "time", when, "event", audit_event_name(event->event),
                     "host", render_string_if(event->host),
                     "spn", render_string_if(event->spn),
                     "mechanism", render_string_if(event->mechanism),
                     "credssp", event->credssp_version != 0
                         ? json_integer(event->credssp_version) : NULL,
                     "tls", render_string_if(event->tls),
                     "rule", render_string_if(event->rule),
                     "cause", event->cause != ERR_NONE
                         ? err_cause_name(event->cause) : NULL,
                     "error", render_string_if(event->error),
                     "duration_ms", (json_int_t)event->duration_ms);
}

/* "... delegated  win1  Kerberos, CredSSP 6, by /etc/credssp.conf:1, 12 ms" */
static void print_text(const struct wire_event *event)
{
    char when[RENDER_TIME_MAX];

    render_time(when, event->time);
    printf("%s  %-9s  %s", when, audit_event_name(event->event),
           event->host[0] != '\0' ? event->host : "-");
    if (event->cause != ERR_NONE)
        printf("  %s: %s", err_cause_name(event->cause), event->error);
    else
        printf("  %s, CredSSP %u", event->mechanism,
               (unsigned)event->credssp_version);
    if (event->rule[0] != '\0')
        printf(", by %s", event->rule);
    printf(", %u ms\n", (unsigned)event->duration_ms);
}

static int show_event(json_t *events, struct wire_event *event)
{
    if (events != NULL)
        return json_array_append_new(events, event_object(event));
    render_clean(event->host);
    render_clean(event->mechanism);
    render_clean(event->rule);
    render_clean(event->error);
    print_text(event);
    return 0;
}

static int ask_captured(struct client *client, const struct cli *cli,
                        struct wire_listed *listed, struct err *err)
{
    struct buf request = BUF_INIT(WIRE_FRAME_MAX);
    struct reader fields;

    wire_put_list(&request);
    if (client_ask_session(client, cli, &request, WIRE_LISTED,
                           CLIENT_ANSWER_MS, &fields, err) != 0)
        return -1;
    return wire_get_listed(&fields, listed, err);
}

/* 1: an event; 0: that was the last one. */
static int next_event(struct client *client, struct wire_event *event,
                      struct wire_logged *logged, struct err *err)
{
    struct reader fields;
    unsigned type;

    if (client_next(client, CLIENT_ANSWER_MS, &type, &fields, err) != 0)
        return -1;
    if (type == WIRE_EVENT)
        return wire_get_event(&fields, event, err) == 0 ? 1 : -1;
    if (type == WIRE_LOGGED)
        return wire_get_logged(&fields, logged, err) == 0 ? 0 : -1;
    return err_set(err, ERR_BROKER_PROTOCOL, STAGE_BROKER,
                   "a frame %s came where an event was awaited",
                   wire_type_name(type));
}

static int show_events(struct client *client, json_t *events,
                       struct wire_logged *logged, struct err *err)
{
    struct wire_event event;
    int r;

    wire_put_log(&client->out);
    if (client_send(client, err) != 0)
        return -1;
    while ((r = next_event(client, &event, logged, err)) > 0)
        if (show_event(events, &event) != 0)
            return err_set(err, ERR_MEMORY, STAGE_OUTPUT, NULL);
    return r;
}

static int show(const struct cli *cli, struct client *client, json_t *events,
                struct wire_logged *logged, struct err *err)
{
    struct wire_listed listed;

    if (ask_captured(client, cli, &listed, err) != 0)
        return -1;
    if (show_captured(events, &listed) != 0)
        return err_set(err, ERR_MEMORY, STAGE_OUTPUT, NULL);
    return show_events(client, events, logged, err);
}

int list_log(const struct cli *cli, bool json, struct err *err)
{
    struct wire_logged logged = { .forgotten = 0 };
    json_t *events = json ? json_array() : NULL;
    struct client client;
    int r;

    if (json && events == NULL)
        return err_set(err, ERR_MEMORY, STAGE_OUTPUT, NULL);
    client_init(&client);
    r = show(cli, &client, events, &logged, err);
    client_close(&client, false);
    if (r == 0 && json)
        return render_json(json_pack("{s:o, s:I}", "events", events,
                                     "forgotten",
                                     (json_int_t)logged.forgotten),
                           stdout, err);
    json_decref(events);
    if (r == 0 && logged.forgotten > 0)
        printf("%u older events are kept no more.\n",
               (unsigned)logged.forgotten);
    return r;
}
