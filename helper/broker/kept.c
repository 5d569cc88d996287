/* kept.c - the pool of idle connections of one worker. */
#include "broker/kept.h"

#include <string.h>

#include "broker/monotonic.h"

void kept_init(struct kept *kept)
{
    memset(kept, 0, sizeof *kept);
    pthread_mutex_init(&kept->lock, NULL);
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

void kept_put(struct kept *kept, struct channel **channel,
              const struct kept_terms *terms)
{
    struct kept_channel *place;
    struct channel *oldest;

    if (!channel_is_alive(*channel)) {
        channel_free(channel);
        return;
    }
    channel_watch(*channel, -1); /* its client is gone */
    channel_rest(*channel);
    pthread_mutex_lock(&kept->lock);
    place = place_for(kept);
    oldest = place->channel;
    place->channel = *channel;
    place->terms = *terms;
    place->since_ms = monotonic_ms();
    pthread_mutex_unlock(&kept->lock);
    *channel = NULL;
    channel_free(&oldest);
}

static bool fits(const struct kept_channel *place,
                 const struct kept_terms *terms)
{
    struct credssp_facts facts;

    if (place->channel == NULL
        || strcmp(place->terms.host, terms->host) != 0)
        return false;
    channel_facts(place->channel, &facts);
    return kept_same_terms(&place->terms.verdict, &terms->verdict,
                           facts.mechanism);
}

static struct channel *take_one(struct kept *kept, struct kept_terms *terms)
{
    struct channel *found = NULL;
    size_t i;

    pthread_mutex_lock(&kept->lock);
    for (i = 0; i < LIMIT_KEPT && found == NULL; i++) {
        struct kept_channel *place = &kept->places[i];

        if (!fits(place, terms))
            continue;
        found = place->channel;
        memcpy(terms->spn, place->terms.spn, sizeof terms->spn);
        memset(place, 0, sizeof *place);
    }
    pthread_mutex_unlock(&kept->lock);
    return found;
}

struct channel *kept_take(struct kept *kept, struct kept_terms *terms)
{
    struct channel *found;

    /* The host may have closed it meanwhile: http.sys does after 120 s. */
    while ((found = take_one(kept, terms)) != NULL
           && !channel_is_alive(found))
        channel_free(&found);
    return found;
}

unsigned kept_expire(struct kept *kept, int64_t now_ms)
{
    struct channel *expired[LIMIT_KEPT] = { NULL };
    unsigned left = 0;
    size_t i;

    pthread_mutex_lock(&kept->lock);
    for (i = 0; i < LIMIT_KEPT; i++) {
        struct kept_channel *place = &kept->places[i];

        if (place->channel == NULL)
            continue;
        if (now_ms - place->since_ms < LIMIT_KEPT_MS) {
            left++;
            continue;
        }
        expired[i] = place->channel;
        memset(place, 0, sizeof *place);
    }
    pthread_mutex_unlock(&kept->lock);
    /* Closing may take a TLS alert's time; nobody waits for the lock. */
    for (i = 0; i < LIMIT_KEPT; i++)
        channel_free(&expired[i]);
    return left;
}

void kept_clear(struct kept *kept)
{
    size_t i;

    for (i = 0; i < LIMIT_KEPT; i++)
        channel_free(&kept->places[i].channel);
}
