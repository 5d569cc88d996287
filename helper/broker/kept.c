/* kept.c - the pool of idle connections of one worker. */
#include "broker/kept.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "broker/monotonic.h"

void kept_init(struct kept *kept)
{
    pthread_condattr_t clock;
    size_t i;

    memset(kept, 0, sizeof *kept);
    pthread_mutex_init(&kept->lock, NULL);
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&kept->changed, &clock);
    pthread_condattr_destroy(&clock);
    for (i = 0; i < LIMIT_KEPT; i++)
        will_init(&kept->places[i].will);
}

bool kept_same_terms(const struct policy_verdict *then,
                     const struct policy_verdict *now,
                     enum spnego_mechanism mechanism)
{
    bool allowed = mechanism == SPNEGO_KERBEROS ? now->kerberos : now->ntlm;

    return allowed && then->port == now->port && then->https == now->https
           && then->minimum_version == now->minimum_version
           && then->legacy_tls == now->legacy_tls
           && then->trusted_chain == now->trusted_chain
           && strcmp(then->spn_service, now->spn_service) == 0
           && strcmp(then->pinned_sha256, now->pinned_sha256) == 0
           && strcmp(then->https_pinned_sha256,
                     now->https_pinned_sha256) == 0;
}

/* A free place, or the one that has waited longest. */
static struct kept_channel *place_for(struct kept *kept)
{
    struct kept_channel *best = &kept->places[0];
    size_t i;

    for (i = 0; i < LIMIT_KEPT; i++) {
        if (kept->places[i].channel == NULL)
            return &kept->places[i];
        if (kept->places[i].since_ms < best->since_ms)
            best = &kept->places[i];
    }
    return best;
}

/* dst was initialised as kept_init() does it. */
static void move_place(struct kept_channel *dst, struct kept_channel *src)
{
    dst->channel = src->channel;
    dst->terms = src->terms;
    dst->since_ms = src->since_ms;
    will_move(&dst->will, &src->will);
    memset(&src->terms, 0, sizeof src->terms);
    src->channel = NULL;
}

static void close_place(struct kept_channel *place, long total_ms)
{
    if (place->channel != NULL && channel_is_alive(place->channel))
        will_execute(&place->will, place->channel, total_ms);
    will_clear(&place->will);
    channel_free(&place->channel);
}

void kept_put(struct kept *kept, struct channel **channel,
              const struct kept_terms *terms, struct will *will)
{
    struct kept_channel *place, oldest = { .channel = NULL };

    /* With a will, its heir may still come. */
    if (!channel_is_alive(*channel) && will->label[0] == '\0') {
        will_clear(will);
        channel_free(channel);
        return;
    }
    channel_watch(*channel, -1); /* its client is gone */
    channel_rest(*channel);
    will_init(&oldest.will);
    pthread_mutex_lock(&kept->lock);
    place = place_for(kept);
    move_place(&oldest, place);
    place->channel = *channel;
    place->terms = *terms;
    place->since_ms = monotonic_ms();
    will_move(&place->will, will);
    pthread_cond_broadcast(&kept->changed);
    pthread_mutex_unlock(&kept->lock);
    *channel = NULL;
    close_place(&oldest, LIMIT_FINAL_MS);
}

static bool fits(const struct kept_channel *place,
                 const struct kept_terms *terms, const char *label)
{
    struct credssp_facts facts;

    if (place->channel == NULL
        || strcmp(place->terms.host, terms->host) != 0
        || strcmp(place->will.label, label) != 0)
        return false;
    channel_facts(place->channel, &facts);
    return kept_same_terms(&place->terms.verdict, &terms->verdict,
                           facts.mechanism);
}

static struct kept_channel *find(struct kept *kept,
                                 const struct kept_terms *terms,
                                 const char *label)
{
    size_t i;

    for (i = 0; i < LIMIT_KEPT; i++)
        if (fits(&kept->places[i], terms, label))
            return &kept->places[i];
    return NULL;
}

static bool is_coming(const struct kept *kept,
                      const struct kept_terms *terms)
{
    size_t i;

    for (i = 0; i < LIMIT_CLIENTS; i++)
        if (kept->coming[i] != NULL
            && strcmp(kept->coming[i]->host, terms->host) == 0)
            return true;
    return false;
}

/* The one with the label, else one that promises nothing to anybody. */
static struct kept_channel *find_best(struct kept *kept,
                                      const struct kept_terms *terms,
                                      const struct will *will)
{
    struct kept_channel *place = find(kept, terms, will->label);

    return place != NULL || will->label[0] == '\0'
               ? place : find(kept, terms, "");
}

static struct timespec deadline_of(int64_t until_ms)
{
    return (struct timespec){ .tv_sec = (time_t)(until_ms / 1000),
                              .tv_nsec = (long)(until_ms % 1000) * 1000000 };
}

static struct channel *take_one(struct kept *kept, struct kept_terms *terms,
                                struct will *will)
{
    struct kept_channel *place, taken = { .channel = NULL };
    const struct timespec deadline = deadline_of(monotonic_ms()
                                                 + LIMIT_HEIR_MS);
    int waited = 0;

    will_init(&taken.will);
    pthread_mutex_lock(&kept->lock);
    while ((place = find_best(kept, terms, will)) == NULL && waited == 0
           && is_coming(kept, terms))
        waited = pthread_cond_timedwait(&kept->changed, &kept->lock,
                                        &deadline);
    if (place != NULL)
        move_place(&taken, place);
    pthread_mutex_unlock(&kept->lock);
    if (taken.channel == NULL)
        return NULL;
    memcpy(terms->spn, taken.terms.spn, sizeof terms->spn);
    terms->made_ms = taken.terms.made_ms;
    if (taken.will.label[0] != '\0')
        will_move(will, &taken.will);
    will_clear(&taken.will);
    return taken.channel;
}

struct channel *kept_take(struct kept *kept, struct kept_terms *terms,
                          struct will *will)
{
    struct channel *found;

    /* The host may have closed it meanwhile: http.sys does after 120 s. */
    while ((found = take_one(kept, terms, will)) != NULL
           && !channel_is_alive(found)) {
        channel_free(&found);
        if (will_is_there(will))
            break; /* what it had is for the connection to come */
    }
    return found;
}

void kept_coming(struct kept *kept, const struct kept_terms *terms)
{
    size_t i;

    pthread_mutex_lock(&kept->lock);
    for (i = 0; i < LIMIT_CLIENTS; i++) {
        if (kept->coming[i] != NULL && kept->coming[i] != terms)
            continue;
        kept->coming[i] = terms;
        break;
    }
    pthread_mutex_unlock(&kept->lock);
}

void kept_not_coming(struct kept *kept, const struct kept_terms *terms)
{
    size_t i;

    pthread_mutex_lock(&kept->lock);
    for (i = 0; i < LIMIT_CLIENTS; i++)
        if (kept->coming[i] == terms)
            kept->coming[i] = NULL;
    pthread_cond_broadcast(&kept->changed);
    pthread_mutex_unlock(&kept->lock);
}

/* A connection that leaves the pool with a will; freed by its thread. */
struct parting {
    struct kept *kept;
    struct kept_channel place;
};

static void *part(void *arg)
{
    struct parting *parting = arg;
    struct kept *kept = parting->kept;

    close_place(&parting->place, LIMIT_FINAL_MS);
    free(parting);
    pthread_mutex_lock(&kept->lock);
    kept->parting--;
    pthread_cond_broadcast(&kept->changed);
    pthread_mutex_unlock(&kept->lock);
    return NULL;
}

/* Under the lock.  The worker's own thread must not wait for a host. */
static bool start_parting(struct kept *kept, struct kept_channel *place)
{
    struct parting *parting = calloc(1, sizeof *parting);
    pthread_attr_t attributes;
    pthread_t thread;
    int failed;

    if (parting == NULL)
        return false;
    parting->kept = kept;
    will_init(&parting->place.will);
    move_place(&parting->place, place);
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, LIMIT_CLIENT_STACK);
    failed = pthread_create(&thread, &attributes, part, parting);
    pthread_attr_destroy(&attributes);
    if (failed == 0) {
        kept->parting++;
        return true;
    }
    move_place(place, &parting->place);
    free(parting);
    return false;
}

unsigned kept_expire(struct kept *kept, int64_t now_ms)
{
    struct kept_channel *place;
    struct channel *expired[LIMIT_KEPT] = { NULL };
    unsigned left = 0;
    size_t i;

    pthread_mutex_lock(&kept->lock);
    for (i = 0; i < LIMIT_KEPT; i++) {
        place = &kept->places[i];
        if (place->channel == NULL)
            continue;
        if (now_ms - place->since_ms < LIMIT_KEPT_MS) {
            left++;
            continue;
        }
        if (will_is_there(&place->will) && start_parting(kept, place))
            continue;
        expired[i] = place->channel;
        place->channel = NULL;
        will_clear(&place->will);
    }
    left += kept->parting;
    pthread_mutex_unlock(&kept->lock);
    /* Closing may take a TLS alert's time; nobody waits for the lock. */
    for (i = 0; i < LIMIT_KEPT; i++)
        channel_free(&expired[i]);
    return left;
}

static uint32_t seconds(int64_t ms)
{
    return ms > 0 ? (uint32_t)(ms / 1000) : 0;
}

static void describe(const struct kept_channel *place, int64_t now_ms,
                     struct wire_pooled_one *one)
{
    struct credssp_facts facts;

    channel_facts(place->channel, &facts);
    memcpy(one->host, place->terms.host, sizeof place->terms.host);
    one->port = place->terms.verdict.port;
    one->https = place->terms.verdict.https;
    memccpy(one->mechanism, spnego_mechanism_name(facts.mechanism), '\0',
            sizeof one->mechanism - 1);
    one->age_s = seconds(now_ms - place->terms.made_ms);
    one->idle_s = seconds(now_ms - place->since_ms);
    one->left_s = seconds(place->since_ms + LIMIT_KEPT_MS - now_ms);
    one->has_will = will_is_there(&place->will);
}

void kept_list(struct kept *kept, int64_t now_ms, struct wire_pooled *pooled)
{
    size_t i;

    memset(pooled, 0, sizeof *pooled);
    pthread_mutex_lock(&kept->lock);
    for (i = 0; i < LIMIT_KEPT; i++)
        if (kept->places[i].channel != NULL
            && channel_is_alive(kept->places[i].channel))
            describe(&kept->places[i], now_ms,
                     &pooled->list[pooled->count++]);
    pthread_mutex_unlock(&kept->lock);
}

/* Threads that execute a will use the pool until their end. */
static void await_parting(struct kept *kept, int64_t until_ms)
{
    const struct timespec deadline = deadline_of(until_ms);
    int waited = 0;

    pthread_mutex_lock(&kept->lock);
    while (kept->parting > 0 && waited == 0)
        waited = pthread_cond_timedwait(&kept->changed, &kept->lock,
                                        &deadline);
    pthread_mutex_unlock(&kept->lock);
}

void kept_clear(struct kept *kept, int64_t total_ms)
{
    int64_t until = monotonic_ms() + total_ms;
    size_t i;

    for (i = 0; i < LIMIT_KEPT; i++) {
        struct kept_channel place = { .channel = NULL };
        int64_t left = until - monotonic_ms();

        will_init(&place.will);
        pthread_mutex_lock(&kept->lock);
        move_place(&place, &kept->places[i]);
        pthread_mutex_unlock(&kept->lock);
        if (left <= 0)
            will_clear(&place.will);
        close_place(&place, (long)left);
    }
    await_parting(kept, until);
}
