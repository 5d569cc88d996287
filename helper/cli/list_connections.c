/* list_connections.c - the connections that wait for the next command. */
#include "cli/list_connections.h"

#include <jansson.h>
#include <stdio.h>

#include "cli/client.h"
#include "cli/render.h"

static int ask(const struct cli *cli, struct wire_pooled *pooled,
               struct err *err)
{
    struct buf request = BUF_INIT(WIRE_FRAME_MAX);
    struct client client;
    struct reader fields;
    int r;

    client_init(&client);
    wire_put_pool(&request);
    r = client_ask_session(&client, cli, &request, WIRE_POOLED,
                           CLIENT_ANSWER_MS, &fields, err);
    if (r == 0)
        r = wire_get_pooled(&fields, pooled, err);
    client_close(&client, false);
    return r;
}

static json_t *object_of(const struct wire_pooled_one *one)
{
    return json_pack("{s:s, s:i, s:b, s:s, s:I, s:I, s:I, s:b}",
                     "host", one->host, "port", (int)one->port,
                     "https", (int)one->https, "mechanism", one->mechanism,
                     "age_s", (json_int_t)one->age_s,
                     "idle_s", (json_int_t)one->idle_s,
                     "left_s", (json_int_t)one->left_s,
                     "shell", (int)one->has_will);
}

static json_t *array_of(const struct wire_pooled *pooled)
{
    json_t *array = json_array();
    uint32_t i;

    for (i = 0; i < pooled->count; i++)
        if (json_array_append_new(array, object_of(&pooled->list[i])) != 0) {
            json_decref(array);
            return NULL;
        }
    return array;
}

static void print_text(struct wire_pooled *pooled)
{
    uint32_t i;

    if (pooled->count == 0) {
        printf("No connection is kept\n");
        return;
    }
    printf("%-40s %-9s %9s %9s %9s  %s\n", "HOST", "MECHANISM", "SINCE (s)",
           "IDLE (s)", "LEFT (s)", "SHELL");
    for (i = 0; i < pooled->count; i++) {
        struct wire_pooled_one *one = &pooled->list[i];
        char host[sizeof one->host + 8];

        render_clean(one->host);
        render_clean(one->mechanism);
        snprintf(host, sizeof host, "%s:%u", one->host, one->port);
        printf("%-40s %-9s %9u %9u %9u  %s\n", host, one->mechanism,
               (unsigned)one->age_s, (unsigned)one->idle_s,
               (unsigned)one->left_s, one->has_will ? "kept" : "-");
    }
}

int list_connections(const struct cli *cli, bool json, struct err *err)
{
    struct wire_pooled pooled;

    if (ask(cli, &pooled, err) != 0)
        return -1;
    if (json)
        return render_json(array_of(&pooled), stdout, err);
    print_text(&pooled);
    return 0;
}
