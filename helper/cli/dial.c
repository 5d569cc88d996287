/* dial.c - opens and closes channels for struct dial. */
#include "cli/dial.h"

#include <stdlib.h>

#include "cli/client.h"

static int dial_open(void *arg, line_wait_fn *wait, void *wait_arg,
                     wsman_post_fn **post, void **post_arg, struct err *err)
{
    const struct dial_host *to = arg;
    struct client *client = malloc(sizeof *client);
    struct wire_opened opened;

    if (client == NULL)
        return err_set(err, ERR_MEMORY, STAGE_START, NULL);
    client_init(client);
    client->wait = wait;
    client->wait_arg = wait_arg;
    if (client_open(client, to->cli, to->host, NULL, to->timeout_ms, &opened,
                    err) != 0) {
        client_close(client, true);
        free(client);
        return -1;
    }
    *post = client_post;
    *post_arg = client;
    return 0;
}

static void dial_close(void *arg, void *post_arg, bool hurry)
{
    (void)arg;
    client_close(post_arg, hurry);
    free(post_arg);
}

struct dial dial_to(const struct dial_host *host)
{
    return (struct dial){ .open = dial_open, .close = dial_close,
                          .send = client_send_post,
                          .arg = (void *)(uintptr_t)host };
}
