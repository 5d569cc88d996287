/* list_log.c - the events of this session, asked for and shown. */
#include "cli/list_log.h"

#include "cli/client.h"
#include "cli/render.h"

/* How the events are shown; what captured the credential is the first. */
struct log_page {
    bool json;
    struct json out;
};

static void print_captured(struct log_page *page, struct wire_listed *listed)
{
    char when[RENDER_TIME_MAX];

    render_clean(listed->service);
    if (!page->json) {
        render_time(when, listed->created);
        printf("%s  captured   by %s\n", when, listed->service);
        return;
    }
    render_time_utc(when, listed->created);
    json_object_begin(&page->out);
    json_text(&page->out, "time", when);
    json_text(&page->out, "event", "captured");
    json_text(&page->out, "service", listed->service);
    json_object_end(&page->out);
}

static void json_text_if(struct json *json, const char *name,
                         const char *value)
{
    if (value[0] != '\0')
        json_text(json, name, value);
}

static void print_json(struct json *json, const struct wire_event *event)
{
    char when[RENDER_TIME_MAX];

    render_time_utc(when, event->time);
    json_object_begin(json);
    json_text(json, "time", when);
    json_text(json, "event", audit_event_name(event->event));
    json_text_if(json, "host", event->host);
    json_text_if(json, "spn", event->spn);
    json_text_if(json, "mechanism", event->mechanism);
    if (event->credssp_version != 0)
        json_number(json, "credssp", event->credssp_version);
    json_text_if(json, "tls", event->tls);
    json_text_if(json, "rule", event->rule);
    if (event->cause != ERR_NONE)
        json_text(json, "cause", err_cause_name(event->cause));
    json_text_if(json, "error", event->error);
    json_number(json, "duration_ms", event->duration_ms);
    json_object_end(json);
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

static void print_event(struct log_page *page, struct wire_event *event)
{
    if (page->json) {
        print_json(&page->out, event);
        return;
    }
    render_clean(event->host);
    render_clean(event->mechanism);
    render_clean(event->rule);
    render_clean(event->error);
    print_text(event);
}

static int ask_captured(struct client *client, const struct cli *cli,
                        struct wire_listed *listed, struct err *err)
{
    struct reader fields;

    if (client_begin_session(client, err) != 0)
        return -1;
    wire_put_list(&client->out);
    if (client_connect(client, cli, err) != 0
        || client_ask(client, WIRE_LISTED, CLIENT_ANSWER_MS, &fields, err)
               != 0)
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

static int show_events(struct client *client, struct log_page *page,
                       struct wire_logged *logged, struct err *err)
{
    struct wire_event event;
    int r;

    wire_put_log(&client->out);
    if (client_send(client, err) != 0)
        return -1;
    while ((r = next_event(client, &event, logged, err)) > 0)
        print_event(page, &event);
    return r;
}

static int show(const struct cli *cli, struct client *client,
                struct log_page *page, struct err *err)
{
    struct wire_logged logged = { .forgotten = 0 };
    struct wire_listed listed;
    int r;

    if (ask_captured(client, cli, &listed, err) != 0)
        return -1;
    if (page->json) {
        json_begin(&page->out, stdout);
        json_array_begin(&page->out, "events");
    }
    print_captured(page, &listed);
    r = show_events(client, page, &logged, err);
    if (page->json) {
        json_array_end(&page->out);
        json_number(&page->out, "forgotten", logged.forgotten);
        json_end(&page->out);
    } else if (logged.forgotten > 0) {
        printf("%u older events are kept no more.\n",
               (unsigned)logged.forgotten);
    }
    return r;
}

int list_log(const struct cli *cli, bool json, struct err *err)
{
    struct log_page page = { .json = json };
    struct client client;
    int r;

    client_init(&client);
    r = show(cli, &client, &page, err);
    client_close(&client, false);
    return r;
}
