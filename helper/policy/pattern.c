/* pattern.c - the SPN patterns of Windows' delegation policy. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "policy/pattern.h"

static bool is_service(const char *text, size_t len)
{
    size_t i;

    if (len == 0 || len >= sizeof ((struct spn_pattern *)0)->service)
        return false;
    for (i = 0; i < len; i++) {
        char c = text[i];

        if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z')
            && !(c >= '0' && c <= '9') && c != '-')
            return false;
    }
    return true;
}

static void copy_lower(char *dst, const char *src, size_t len)
{
    size_t i;

    for (i = 0; i < len; i++)
        dst[i] = (char)(src[i] >= 'A' && src[i] <= 'Z' ? src[i] - 'A' + 'a'
                                                       : src[i]);
    dst[len] = '\0';
}

/* The part behind the slash. */
static bool parse_host(const char *host, struct spn_pattern *pattern,
                       const char **why)
{
    struct err err = ERR_INIT;
    char canonical[HOSTNAME_MAX];

    if (strcmp(host, "*") == 0) {
        pattern->any = true;
        return true;
    }
    if (strncmp(host, "*.", 2) == 0) {
        pattern->suffix = true;
        host += 2;
    } else if (strchr(host, '*') != NULL) {
        *why = "the one wildcard is '*' alone or '*.' in front of a domain";
        return false;
    }
    if (hostname_canonical(host, strlen(host), canonical, &err) != 0) {
        *why = "the host part is no host name (and no IP address may stand "
               "there)";
        return false;
    }
    snprintf(pattern->host, sizeof pattern->host, "%s%s",
             pattern->suffix ? "." : "", canonical);
    return true;
}

bool spn_pattern_parse(const char *text, struct spn_pattern *pattern,
                       const char **why)
{
    const char *slash = strchr(text, '/');

    memset(pattern, 0, sizeof *pattern);
    if (slash == NULL || !is_service(text, (size_t)(slash - text))) {
        *why = "a pattern is SERVICE/HOST, as in WSMAN/*.corp.example.com";
        return false;
    }
    copy_lower(pattern->service, text, (size_t)(slash - text));
    return parse_host(slash + 1, pattern, why);
}

/* "a.b.corp" matches "*.corp", "corp" and "evil-corp" do not. */
static bool ends_with(const char *host, const char *suffix)
{
    size_t n = strlen(host), m = strlen(suffix);

    return n > m && memcmp(host + n - m, suffix, m) == 0;
}

bool spn_pattern_matches(const struct spn_pattern *pattern,
                         const char *service, const char *host)
{
    if (strcasecmp(pattern->service, service) != 0)
        return false;
    if (pattern->any)
        return true;
    if (pattern->suffix)
        return ends_with(host, pattern->host);
    return strcmp(host, pattern->host) == 0;
}

bool spn_pattern_equal(const struct spn_pattern *a,
                       const struct spn_pattern *b)
{
    return strcmp(a->service, b->service) == 0 && a->any == b->any
           && a->suffix == b->suffix && strcmp(a->host, b->host) == 0;
}

bool spn_pattern_overlap(const struct spn_pattern *a,
                         const struct spn_pattern *b)
{
    if (a->any || b->any || strcmp(a->host, b->host) == 0)
        return true;
    return (a->suffix && ends_with(b->host, a->host))
           || (b->suffix && ends_with(a->host, b->host));
}
