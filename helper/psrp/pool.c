/* pool.c - a runspace pool's messages and states (MS-PSRP 3.1.5.4). */
#include "psrp/pool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "psrp/clixml_writer.h"
#include "psrp/errors.h"
#include "psrp/types.h"
#include "wsman/wsman.h"

/* What PowerShell 5 sends, and 7 too. A protocol of 2.4 would give up the
 * encryption of SecureStrings. */
#define PROTOCOL_VERSION "2.3"
#define PS_VERSION "2.0"
#define SERIALIZATION_VERSION "1.1.0.1"

/* System.Threading.ApartmentState.Unknown, PSThreadOptions.Default */
enum { APARTMENT_UNKNOWN = 2, THREADS_DEFAULT = 0 };

#define CREATION_MAX 16384 /* of two messages, together */
#define PUBLIC_KEY_MAX 1024

int pool_init(struct pool *pool, struct err *err)
{
    char text[WSMAN_UUID_BYTES];

    memset(pool, 0, sizeof *pool);
    pool->next_object = 1;
    pool->min_runspaces = pool->max_runspaces = 1;
    if (wsman_uuid(text, err) != 0)
        return -1;
    if (guid_parse(text, &pool->id) != 0)
        return err_set(err, ERR_INTERNAL, STAGE_SHELL, "%s is no UUID", text);
    return 0;
}

bool pool_leave(const struct pool *pool, struct pool_left *left)
{
    *left = (struct pool_left){ pool->id, pool->next_object,
                                pool->protocol_minor };
    return pool->state == POOL_OPENED && pool->key == NULL &&
           !pool->key_wanted;
}

void pool_resume(struct pool *pool, const struct pool_left *left)
{
    *pool = (struct pool){
        .id = left->id, .state = POOL_OPENED,
        .next_object = left->next_object,
        .protocol_minor = left->protocol_minor,
        .min_runspaces = 1, .max_runspaces = 1,
    };
}

void pool_free(struct pool *pool)
{
    session_key_free(&pool->key);
}

void pool_put_header(const struct pool *pool, const struct guid *pipeline,
                     enum message_type type, struct buf *out)
{
    struct message_header header = { .destination = TO_SERVER, .type = type,
                                     .pool = pool->id };

    if (pipeline != NULL)
        header.pipeline = *pipeline;
    message_put_header(out, &header);
}

/* MS-PSRP 2.2.2.1 */
static void put_capability(const struct pool *pool, struct buf *out)
{
    struct clixml_writer w;

    pool_put_header(pool, NULL, MESSAGE_SESSION_CAPABILITY, out);
    clixml_writer_init(&w, out);
    clixml_begin_object(&w, NULL);
    clixml_begin(&w, "MS");
    clixml_put_plain(&w, CLIXML_VERSION, "protocolversion", PROTOCOL_VERSION);
    clixml_put_plain(&w, CLIXML_VERSION, "PSVersion", PS_VERSION);
    clixml_put_plain(&w, CLIXML_VERSION, "SerializationVersion",
                     SERIALIZATION_VERSION);
    clixml_end(&w, "MS");
    clixml_end_object(&w);
}

/* MS-PSRP 2.2.2.2 */
static void put_init(const struct pool *pool, const struct host_info *host,
                     struct buf *out)
{
    struct clixml_writer w;

    pool_put_header(pool, NULL, MESSAGE_INIT_RUNSPACEPOOL, out);
    clixml_writer_init(&w, out);
    clixml_begin_object(&w, NULL);
    clixml_begin(&w, "MS");
    clixml_put_i32(&w, "MinRunspaces", (int32_t)pool->min_runspaces);
    clixml_put_i32(&w, "MaxRunspaces", (int32_t)pool->max_runspaces);
    clixml_put_enum(&w, "PSThreadOptions", type_thread_options, "Default",
                    THREADS_DEFAULT);
    clixml_put_enum(&w, "ApartmentState", type_apartment_state, "UNKNOWN",
                    APARTMENT_UNKNOWN);
    host_info_put(&w, host);
    clixml_put_nil(&w, "ApplicationArguments");
    clixml_end(&w, "MS");
    clixml_end_object(&w);
}

/* One message as one fragment. */
static void add_fragment(struct pool *pool, const struct buf *message,
                         struct buf *out)
{
    struct fragmenter f;

    fragmenter_begin(&f, pool->next_object++, message->data, message->len);
    fragmenter_next(&f, FRAGMENT_LEN(message->len), out);
}

int pool_open(struct pool *pool, const struct host_info *host,
              struct buf *creation, struct err *err)
{
    struct buf message = BUF_INIT(CREATION_MAX);
    int r;

    put_capability(pool, &message);
    r = buf_ok(&message, STAGE_SHELL, err);
    if (r == 0)
        add_fragment(pool, &message, creation);
    buf_clear(&message);
    put_init(pool, host, &message);
    if (r == 0)
        r = buf_ok(&message, STAGE_SHELL, err);
    if (r == 0)
        add_fragment(pool, &message, creation);
    buf_free(&message);
    pool->state = POOL_NEGOTIATION_SENT;
    return r == 0 ? buf_ok(creation, STAGE_SHELL, err) : -1;
}

/* MS-PSRP 2.2.2.3 */
int pool_put_public_key(struct pool *pool, struct buf *message,
                        struct err *err)
{
    struct buf text = BUF_INIT(PUBLIC_KEY_MAX);
    struct clixml_writer w;
    int rc = 0;

    if (pool->key == NULL)
        rc = session_key_new(&pool->key, err);
    if (rc == 0)
        rc = session_key_put_public(pool->key, &text, err);
    if (rc == 0) {
        pool_put_header(pool, NULL, MESSAGE_PUBLIC_KEY, message);
        clixml_writer_init(&w, message);
        clixml_begin_object(&w, NULL);
        clixml_begin(&w, "MS");
        clixml_put_string(&w, "PublicKey", (const char *)text.data,
                          text.len);
        clixml_end(&w, "MS");
        clixml_end_object(&w);
        rc = buf_ok(message, STAGE_SHELL, err);
    }
    buf_free(&text);
    return rc;
}

static int malformed(struct err *err, const char *what)
{
    return err_set(err, ERR_MALFORMED, STAGE_SHELL,
                   "the host's PowerShell sent %s", what);
}

/* MS-PSRP 3.1.5.4.1: a host of another major version is no partner. */
static int take_capability(struct pool *pool, const struct clixml *value,
                           struct err *err)
{
    const char *version = clixml_text(clixml_get(value, "protocolversion"));
    char *end;
    unsigned long minor;

    if (pool->state != POOL_NEGOTIATION_SENT)
        return malformed(err, "its capabilities twice");
    if (version == NULL || strncmp(version, "2.", 2) != 0) {
        (void)err_set(err, ERR_VERSION, STAGE_SHELL,
                      "the host's PowerShell speaks remoting protocol %.20s, "
                      "not 2.x", version != NULL ? version : "(none)");
        return err_advise(err, "PowerShell 2.0 and later speak 2.x; check "
                          "the name given with --configuration");
    }
    minor = strtoul(version + 2, &end, 10);
    if (end == version + 2 || *end != '\0' || minor > 99)
        return malformed(err, "a protocol version that is no number");
    pool->protocol_minor = minor < 3 ? (unsigned)minor : 3;
    pool->state = POOL_NEGOTIATION_SUCCEEDED;
    return 0;
}

/* A dictionary's value. */
static const struct clixml *entry(const struct clixml *dictionary,
                                  const char *key)
{
    const struct clixml *item;

    if (dictionary == NULL ||
        dictionary->container != CLIXML_DICTIONARY)
        return NULL;
    for (item = dictionary->items; item != NULL; item = item->next->next)
        if (item->text != NULL && strcmp(item->text, key) == 0)
            return clixml_resolve(item->next);
    return NULL;
}

/* MS-PSRP 2.2.2.13: nothing in it is needed. */
static void take_private_data(struct pool *pool, const struct clixml *value)
{
    const struct clixml *data = clixml_get(value, "ApplicationPrivateData");
    const char *version =
        clixml_text(entry(entry(data, "PSVersionTable"), "PSVersion"));

    if (version != NULL)
        snprintf(pool->ps_version, sizeof pool->ps_version, "%.31s", version);
}

/* What the host may say of its state, and in which of ours (3.1.1.2). */
static const struct {
    enum pool_state ours, told;
} steps[] = {
    { POOL_NEGOTIATION_SENT, POOL_BROKEN },
    { POOL_NEGOTIATION_SENT, POOL_CLOSED },
    { POOL_NEGOTIATION_SUCCEEDED, POOL_NEGOTIATION_SUCCEEDED },
    { POOL_NEGOTIATION_SUCCEEDED, POOL_OPENED },
    { POOL_NEGOTIATION_SUCCEEDED, POOL_BROKEN },
    { POOL_NEGOTIATION_SUCCEEDED, POOL_CLOSED },
    { POOL_OPENED, POOL_OPENED }, { POOL_OPENED, POOL_CLOSING },
    { POOL_OPENED, POOL_CLOSED }, { POOL_OPENED, POOL_BROKEN },
    { POOL_OPENED, POOL_DISCONNECTED },
    { POOL_CLOSING, POOL_CLOSED }, { POOL_CLOSING, POOL_BROKEN },
};

static bool may_become(enum pool_state ours, int64_t told)
{
    size_t i;

    for (i = 0; i < sizeof steps / sizeof *steps; i++)
        if (steps[i].ours == ours && (int64_t)steps[i].told == told)
            return true;
    return false;
}

/* MS-PSRP 2.2.2.10 */
static int take_state(struct pool *pool, const struct clixml *value,
                      struct err *err)
{
    int64_t told;

    if (!clixml_int(clixml_get(value, "RunspaceState"), &told))
        return malformed(err, "a pool's state that is no number");
    if (!may_become(pool->state, told))
        return malformed(err, "a pool's state out of order");
    pool->state = (enum pool_state)told;
    if (pool->state == POOL_DISCONNECTED)
        return psrp_disconnected(err);
    if (pool->state != POOL_BROKEN && pool->state != POOL_CLOSED)
        return 0;
    return psrp_error(clixml_get(value, "ExceptionAsErrorRecord"),
                      STAGE_SHELL, pool->state == POOL_BROKEN
                                       ? "the host's PowerShell broke down"
                                       : "the host closed the PowerShell",
                      err);
}

/* MS-PSRP 2.2.2.4: an answer to pool_put_public_key(), and to one. */
static int take_session_key(struct pool *pool, const struct clixml *value,
                            struct err *err)
{
    const struct clixml *text = clixml_get(value, "EncryptedSessionKey");

    if (pool->key == NULL)
        return malformed(err, "a session key that nobody asked for");
    if (text == NULL || text->kind != CLIXML_STRING)
        return malformed(err, "a session key that is no string");
    return session_key_take(pool->key, text->text, text->len, err);
}

static bool is_of(const struct pool *pool, const struct message_header *h)
{
    static const struct guid zero;

    /* Zero with these two, and with no others (recorded hosts). */
    return memcmp(&h->pool, &pool->id, sizeof h->pool) == 0 ||
           ((h->type == MESSAGE_SESSION_CAPABILITY ||
             h->type == MESSAGE_ENCRYPTED_SESSION_KEY) &&
            memcmp(&h->pool, &zero, sizeof zero) == 0);
}

int pool_take(struct pool *pool, const struct incoming_message *message,
              bool *taken, struct err *err)
{
    *taken = true;
    if (!is_of(pool, &message->header))
        return malformed(err, "a message of another pool");
    switch (message->header.type) {
    case MESSAGE_SESSION_CAPABILITY:
        return take_capability(pool, message->value, err);
    case MESSAGE_RUNSPACEPOOL_STATE:
        return take_state(pool, message->value, err);
    case MESSAGE_APPLICATION_PRIVATE_DATA:
        take_private_data(pool, message->value);
        return 0;
    case MESSAGE_PUBLIC_KEY_REQUEST:
        pool->key_wanted = true;
        return 0;
    case MESSAGE_ENCRYPTED_SESSION_KEY:
        return take_session_key(pool, message->value, err);
    case MESSAGE_RUNSPACE_AVAILABILITY:
    case MESSAGE_RUNSPACEPOOL_INIT_DATA:
    case MESSAGE_USER_EVENT:
        return 0; /* of things that we do not ask for */
    }
    *taken = false;
    return 0;
}
