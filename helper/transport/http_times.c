/* http_times.c - how long each part of a request took. */
#include <string.h>

#include "transport/http_parts.h"

/* libcurl counts each from the start of the request; 0: not come to. */
static int64_t since_start(const struct http *http, CURLINFO what)
{
    curl_off_t us = 0;

    if (curl_easy_getinfo(http->easy, what, &us) != CURLE_OK || us < 0)
        return 0;
    return (int64_t)us;
}

/* What lies between two moments, of which the later may never have come. */
static int64_t between(int64_t earlier, int64_t later)
{
    return later > earlier ? later - earlier : 0;
}

void http_times(const struct http *http, struct http_times *times)
{
    int64_t found = since_start(http, CURLINFO_NAMELOOKUP_TIME_T);
    int64_t connected = since_start(http, CURLINFO_CONNECT_TIME_T);
    int64_t secured = since_start(http, CURLINFO_APPCONNECT_TIME_T);
    int64_t ended = since_start(http, CURLINFO_TOTAL_TIME_T);
    const char *address = NULL;

    if (!http->resolved)
        found = ended;
    else if (!http->connected && connected == 0)
        connected = ended;
    times->lookup_us = found;
    times->connect_us = between(found, connected);
    times->tls_us = between(connected, secured);
    times->answer_us = http->connected
        ? between(secured > connected ? secured : connected, ended) : 0;
    curl_easy_getinfo(http->easy, CURLINFO_PRIMARY_IP, &address);
    times->ipv6 = address != NULL && strchr(address, ':') != NULL;
}
