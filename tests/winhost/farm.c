/* farm.c - which of many hosts a connection is for. */
#include "farm.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct farm {
    uint32_t first; /* in host byte order */
    unsigned count;
    struct host hosts[];
};

int farm_new(const struct host *like, const char *first, unsigned count,
             struct farm **farm, struct err *err)
{
    const char *domain = strchr(like->fqdn, '.');
    struct in_addr address;
    struct farm *f;
    unsigned i;

    if (inet_pton(AF_INET, first, &address) != 1 || domain == NULL)
        return err_set(err, ERR_USAGE, STAGE_START,
                       "--farm needs an IPv4 address and --fqdn a domain");
    f = calloc(1, sizeof *f + count * sizeof *f->hosts);
    if (f == NULL)
        return err_set(err, ERR_MEMORY, STAGE_START, NULL);
    f->first = ntohl(address.s_addr);
    f->count = count;
    for (i = 0; i < count; i++) {
        struct host *host = &f->hosts[i];

        *host = *like;
        snprintf(host->name, sizeof host->name, "%.200s%03u", like->name, i);
        snprintf(host->fqdn, sizeof host->fqdn, "%.*s%03u%.200s",
                 (int)(domain - like->fqdn < 40 ? domain - like->fqdn : 40),
                 like->fqdn, i, domain);
    }
    *farm = f;
    return 0;
}

void farm_free(struct farm **farm)
{
    free(*farm);
    *farm = NULL;
}

const struct host *farm_find(const struct farm *farm,
                             const struct sockaddr *local)
{
    struct sockaddr_in ip;
    uint32_t index;

    if (local->sa_family != AF_INET)
        return NULL;
    memcpy(&ip, local, sizeof ip);
    index = ntohl(ip.sin_addr.s_addr) - farm->first;
    return index < farm->count ? &farm->hosts[index] : NULL;
}
