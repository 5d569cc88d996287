/* psrp_pool.c - a pool's messages: what opens it, its key, its runspaces. */
#include "psrp_pool.h"

#include <libxml/parser.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "pwsh.h"
#include "soap_in.h"

#define CREATION_MAX 65536
#define LOOK_MS 100           /* how soon the end of a pipeline is seen */

struct pool {
    unsigned char id[PSRP_GUID];
    const struct configuration *configuration;
    struct pwsh *pwsh;
    struct console console;
    long min_runspaces, max_runspaces;
    uint64_t counted;         /* the greatest ObjectId: pool_counts_on() */
    atomic_ullong object;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned told;            /* of its opening */
    bool asked;               /* for the client's public key */
    struct buf pending;       /* messages for the next Receive */
    struct psrp_in in;
    struct psrp_key key;
};

/* The configurations that are registered here.  by_pwsh: PowerShell 7's own,
 * where there is one. */
static const struct configuration {
    const char *name;
    bool no_language, by_pwsh;
} configurations[] = {
    { "Microsoft.PowerShell", false, false },
    { "Microsoft.PowerShell32", false, false },
    { "PowerShell.7", false, true }, { "JeaLab", true, false },
};

static const char capability[] =
    "<Obj RefId=\"0\"><MS><Version N=\"protocolversion\">2.3</Version>"
    "<Version N=\"PSVersion\">2.0</Version>"
    "<Version N=\"SerializationVersion\">1.1.0.1</Version></MS></Obj>";
static const char private_data[] =
    "<Obj RefId=\"0\"><MS><Obj N=\"ApplicationPrivateData\" RefId=\"1\">"
    "<TN RefId=\"0\"><T>System.Management.Automation.PSPrimitiveDictionary"
    "</T><T>System.Collections.Hashtable</T><T>System.Object</T></TN><DCT>"
    "<En><S N=\"Key\">PSVersionTable</S><Obj N=\"Value\" RefId=\"2\">"
    "<TNRef RefId=\"0\" /><DCT><En><S N=\"Key\">PSVersion</S>"
    "<Version N=\"Value\">5.1.14393.2248</Version></En><En>"
    "<S N=\"Key\">PSEdition</S><S N=\"Value\">Desktop</S></En></DCT></Obj>"
    "</En></DCT></Obj></MS></Obj>";
static const char opened[] =
    "<Obj RefId=\"0\"><MS><I32 N=\"RunspaceState\">2</I32></MS></Obj>";

void pool_free(struct pool **pool)
{
    struct pool *p = *pool;

    *pool = NULL;
    if (p == NULL)
        return;
    pwsh_end(&p->pwsh); /* its reader writes here */
    buf_free(&p->pending);
    psrp_in_free(&p->in);
    pthread_mutex_destroy(&p->lock);
    pthread_cond_destroy(&p->changed);
    explicit_bzero(&p->key, sizeof p->key);
    free(p);
}

bool pool_no_language(const struct pool *pool)
{
    return pool->configuration->no_language;
}

const char *pool_configuration(const struct pool *pool)
{
    return pool->configuration->name;
}

const unsigned char *pool_id(const struct pool *pool)
{
    return pool->id;
}

uint64_t pool_next_object(struct pool *pool)
{
    return atomic_fetch_add(&pool->object, 1) + 1;
}

const struct console *pool_console(const struct pool *pool)
{
    return &pool->console;
}

struct pwsh *pool_pwsh(const struct pool *pool)
{
    return pool->pwsh;
}

const struct psrp_key *pool_key(const struct pool *pool)
{
    return &pool->key;
}

xmlNodePtr psrp_member(xmlNodePtr object, const char *name)
{
    xmlNodePtr part, node;
    char n[64];

    part = object == NULL ? NULL : soap_elements(object->children);
    for (; part != NULL; part = soap_elements(part->next)) {
        if (strcmp((const char *)part->name, "MS") != 0 &&
            strcmp((const char *)part->name, "Props") != 0)
            continue;
        node = soap_elements(part->children);
        for (; node != NULL; node = soap_elements(node->next))
            if (soap_attribute(node, "N", n, sizeof n) == 0 &&
                strcmp(n, name) == 0)
                return node;
    }
    return NULL;
}

static const struct configuration *find_configuration(const char *name)
{
    size_t i;

    for (i = 0; i < sizeof configurations / sizeof *configurations; i++)
        if (strcmp(configurations[i].name, name) == 0)
            return &configurations[i];
    return NULL;
}

struct pool *pool_new(const struct host *host, const char *configuration,
                      bool no_profile)
{
    const struct configuration *found = find_configuration(configuration);
    struct pool *pool = found != NULL ? calloc(1, sizeof *pool) : NULL;
    pthread_condattr_t attributes;

    if (pool == NULL)
        return NULL;
    pool->configuration = found;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&pool->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    buf_init(&pool->pending, PSRP_MESSAGE_MAX);
    psrp_in_init(&pool->in, PSRP_TO_SERVER);
    if (found->by_pwsh && host->pwsh != NULL &&
        pwsh_start(host->pwsh, no_profile, pool, &pool->pwsh) != 0)
        pool_free(&pool);
    return pool;
}

static bool number_of(xmlNodePtr root, const char *name, long *number)
{
    xmlNodePtr node = psrp_member(root, name);
    char text[32], *end;

    if (node == NULL || soap_content(node, text, sizeof text) != 0)
        return false;
    *number = strtol(text, &end, 10);
    return *end == '\0' && end > text;
}

/* Any 2.x: what is newer than this is answered with this. */
static bool take_capability(xmlNodePtr root)
{
    xmlNodePtr protocol = psrp_member(root, "protocolversion");
    char text[32];

    return protocol != NULL &&
           soap_content(protocol, text, sizeof text) == 0 &&
           strncmp(text, "2.", 2) == 0 &&
           psrp_member(root, "PSVersion") != NULL &&
           psrp_member(root, "SerializationVersion") != NULL;
}

static bool take_init(struct pool *pool, xmlNodePtr root)
{
    console_read(psrp_member(root, "HostInfo"), &pool->console);
    return number_of(root, "MinRunspaces", &pool->min_runspaces) &&
           number_of(root, "MaxRunspaces", &pool->max_runspaces) &&
           pool->min_runspaces > 0 &&
           pool->max_runspaces >= pool->min_runspaces &&
           psrp_member(root, "PSThreadOptions") != NULL &&
           psrp_member(root, "ApartmentState") != NULL &&
           psrp_member(root, "HostInfo") != NULL &&
           psrp_member(root, "ApplicationArguments") != NULL;
}

static bool take_opening(struct pool *pool,
                         const struct psrp_message *message, unsigned seen)
{
    xmlDocPtr doc = xmlReadMemory(message->xml, (int)message->len, NULL,
                                  NULL, XML_PARSE_NONET | XML_PARSE_NOERROR);
    xmlNodePtr root = xmlDocGetRootElement(doc);
    bool good = root != NULL &&
                memcmp(message->pool, pool->id, PSRP_GUID) == 0;

    if (seen == 0)
        good = good && message->type == PSRP_SESSION_CAPABILITY &&
               take_capability(root);
    else
        good = good && message->type == PSRP_INIT_POOL &&
               take_init(pool, root);
    xmlFreeDoc(doc);
    return good;
}

int pool_open(struct pool *pool, const unsigned char id[PSRP_GUID],
              const void *p, size_t n)
{
    struct psrp_message message;
    unsigned seen = 0;
    int got;

    memcpy(pool->id, id, PSRP_GUID);
    buf_put(&pool->in.bytes, p, n);
    while ((got = psrp_in_next(&pool->in, &message)) == 1)
        if (!take_opening(pool, &message, seen++))
            return -1;
    if (got != 0 || seen != 2 || pool->in.bytes.len != 0)
        return -1;
    pool->counted = pool->in.object;
    return pool->pwsh != NULL ? pwsh_data(pool->pwsh, NULL, "Default", p, n)
                              : 0;
}

bool pool_counts_on(struct pool *pool, const unsigned char *p, size_t n)
{
    uint64_t object = 0;
    size_t i;
    bool greater;

    for (i = 0; i < sizeof object && i < n; i++)
        object = object << 8 | p[i];
    pthread_mutex_lock(&pool->lock);
    greater = object > pool->counted;
    if (greater)
        pool->counted = object;
    pthread_mutex_unlock(&pool->lock);
    return greater;
}

/* -- what it tells -- */

static bool wait_changed(struct pool *pool, unsigned ms)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += (long)(ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    while (pool->pending.len == 0)
        if (pthread_cond_timedwait(&pool->changed, &pool->lock, &until) != 0)
            return false;
    return true;
}

/* Recorded: two messages in the first reply, the state in the second. */
static void tell_opening(struct pool *pool, struct buf *bytes)
{
    if (pool->told++ == 0) {
        psrp_put(bytes, pool_next_object(pool), PSRP_SESSION_CAPABILITY,
                 NULL, NULL, capability, sizeof capability - 1);
        psrp_put(bytes, pool_next_object(pool), PSRP_PRIVATE_DATA, pool->id,
                 NULL, private_data, sizeof private_data - 1);
    } else {
        psrp_put(bytes, pool_next_object(pool), PSRP_POOL_STATE, pool->id,
                 NULL, opened, sizeof opened - 1);
    }
}

bool pool_next(struct pool *pool, unsigned timeout_ms, struct buf *bytes)
{
    pthread_mutex_lock(&pool->lock);
    if (pool->told < 2 && pool->pwsh == NULL) {
        tell_opening(pool, bytes);
    } else if (wait_changed(pool, timeout_ms)) {
        buf_put(bytes, pool->pending.data, pool->pending.len);
        buf_clear(&pool->pending);
    }
    pthread_mutex_unlock(&pool->lock);
    return bytes->len > 0;
}

void pool_tell(struct pool *pool, const void *p, size_t n)
{
    pthread_mutex_lock(&pool->lock);
    buf_put(&pool->pending, p, n);
    pthread_cond_broadcast(&pool->changed);
    pthread_mutex_unlock(&pool->lock);
}

bool pool_is_open(struct pool *pool)
{
    bool is_open;

    pthread_mutex_lock(&pool->lock);
    is_open = pool->told >= 2;
    pthread_mutex_unlock(&pool->lock);
    return is_open;
}

static void tell(struct pool *pool, enum psrp_type type,
                 const unsigned char *id, const char *xml, size_t len)
{
    struct buf bytes = BUF_INIT(CREATION_MAX);

    psrp_put(&bytes, pool_next_object(pool), type, id, NULL, xml, len);
    pool_tell(pool, bytes.data, bytes.len);
    buf_free(&bytes);
}

bool pool_ask_key(struct pool *pool, bool (*stopped)(void *arg), void *arg)
{
    static const char nothing[] = "<S></S>";
    bool ready, ask;

    pthread_mutex_lock(&pool->lock);
    ready = pool->key.ready;
    ask = !ready && !pool->asked;
    pool->asked = true;
    pthread_mutex_unlock(&pool->lock);
    if (ask)
        tell(pool, PSRP_PUBLIC_KEY_REQUEST, pool->id, nothing,
             sizeof nothing - 1);
    while (!ready && !stopped(arg)) {
        struct timespec pause = { 0, LOOK_MS * 1000000L };

        nanosleep(&pause, NULL);
        pthread_mutex_lock(&pool->lock);
        ready = pool->key.ready;
        pthread_mutex_unlock(&pool->lock);
    }
    return ready;
}

/* -- what is sent to it -- */

static int take_key(struct pool *pool, const struct psrp_message *message)
{
    struct buf xml = BUF_INIT(CREATION_MAX);
    int rc;

    pthread_mutex_lock(&pool->lock);
    rc = psrp_key_answer(&pool->key, message->xml, message->len, &xml);
    pthread_mutex_unlock(&pool->lock);
    if (rc == 0) /* recorded: of no pool */
        tell(pool, PSRP_ENCRYPTED_KEY, NULL, (char *)xml.data, xml.len);
    buf_free(&xml);
    return rc;
}

/* Recorded: a number for the number of runspaces, else whether it was set. */
static int take_runspaces(struct pool *pool,
                          const struct psrp_message *message)
{
    xmlDocPtr doc = xmlReadMemory(message->xml, (int)message->len, NULL,
                                  NULL, XML_PARSE_NONET);
    xmlNodePtr root = xmlDocGetRootElement(doc);
    struct buf xml = BUF_INIT(CREATION_MAX);
    bool gets = message->type == PSRP_GET_AVAILABLE_RUNSPACES, good = true;
    long ci = -1, number = 0;

    if (!number_of(root, "ci", &ci) && !number_of(root, "CI", &ci)) {
        xmlFreeDoc(doc);
        return -1;
    }
    if (message->type == PSRP_SET_MAX_RUNSPACES) {
        good = number_of(root, "MaxRunspaces", &number) &&
               number >= pool->min_runspaces;
        pool->max_runspaces = good ? number : pool->max_runspaces;
    } else if (message->type == PSRP_SET_MIN_RUNSPACES) {
        good = number_of(root, "MinRunspaces", &number) && number > 0 &&
               number <= pool->max_runspaces;
        pool->min_runspaces = good ? number : pool->min_runspaces;
    }
    buf_printf(&xml, "<Obj RefId=\"0\"><MS>");
    if (gets)
        buf_printf(&xml, "<I32 N=\"SetMinMaxRunspacesResponse\">%ld</I32>",
                   pool->max_runspaces);
    else
        buf_printf(&xml, "<B N=\"SetMinMaxRunspacesResponse\">%s</B>",
                   good ? "true" : "false");
    buf_printf(&xml, "<I64 N=\"ci\">%ld</I64></MS></Obj>", ci);
    tell(pool, PSRP_AVAILABILITY, pool->id, (char *)xml.data, xml.len);
    buf_free(&xml);
    xmlFreeDoc(doc);
    return 0;
}

static int take_message(struct pool *pool, const struct psrp_message *message)
{
    if (memcmp(message->pool, pool->id, PSRP_GUID) != 0)
        return -1;
    switch (message->type) {
    case PSRP_PUBLIC_KEY:
        return take_key(pool, message);
    case PSRP_SET_MAX_RUNSPACES:
    case PSRP_SET_MIN_RUNSPACES:
    case PSRP_GET_AVAILABLE_RUNSPACES:
    case PSRP_RESET_STATE:
        return take_runspaces(pool, message);
    case PSRP_POOL_HOST_RESPONSE: /* to what no profile here asks */
        return 0;
    }
    return -1;
}

int pool_take(struct pool *pool, const void *p, size_t n)
{
    struct psrp_message message;
    int got, rc = 0;

    if (pool->pwsh != NULL)
        return pwsh_data(pool->pwsh, NULL, "Default", p, n);
    buf_put(&pool->in.bytes, p, n);
    while (rc == 0 && (got = psrp_in_next(&pool->in, &message)) != 0)
        rc = got < 0 ? -1 : take_message(pool, &message);
    return rc;
}
