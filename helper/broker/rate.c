/* rate.c - how often per uid and minute, in a table of fixed size. */
#include "broker/rate.h"

#define MINUTE_MS 60000

static bool is_over(const struct rate *rate, int64_t now_ms)
{
    return rate->count == 0 || now_ms - rate->began_ms >= MINUTE_MS;
}

/*
 * The uid's own place, or one whose minute is over, or that of the uid which
 * has asked least: forgetting that one gives away least.
 */
static struct rate *place_of(struct rates *rates, uid_t uid, int64_t now_ms)
{
    struct rate *place = &rates->rates[0];
    size_t i;

    for (i = 0; i < LIMIT_RATED_UIDS; i++) {
        struct rate *rate = &rates->rates[i];

        if (rate->count > 0 && rate->uid == uid)
            return rate;
        if (!is_over(place, now_ms)
            && (is_over(rate, now_ms) || rate->count < place->count))
            place = rate;
    }
    *place = (struct rate){ .uid = uid, .began_ms = now_ms };
    return place;
}

bool rate_allows(struct rates *rates, uid_t uid, unsigned most,
                 int64_t now_ms)
{
    struct rate *rate = place_of(rates, uid, now_ms);

    if (is_over(rate, now_ms))
        *rate = (struct rate){ .uid = uid, .began_ms = now_ms };
    if (rate->count >= most)
        return false;
    rate->count++;
    return true;
}
