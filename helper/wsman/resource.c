/* resource.c - resource URIs: aliases and selectors. */
#include "wsman/resource.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "wsman/uri.h"

#define MICROSOFT "http://schemas.microsoft.com/wbem/wsman/1"

/* What "winrm help aliases" lists. */
static const struct {
    const char *name;
    const char *uri;
} aliases[] = {
    { "wmi", MICROSOFT "/wmi" },
    { "wmicimv2", MICROSOFT "/wmi/root/cimv2" },
    { "cimv2", "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2" },
    { "winrm", MICROSOFT },
    { "wsman", MICROSOFT },
    { "shell", NS_SHELL },
};

static int refuse(struct err *err, const char *what, const char *text)
{
    (void)err_set(err, ERR_USAGE, STAGE_START, "%s: %.200s", what, text);
    return err_advise(err, "a resource is an alias or a URI, and selectors: "
                      "winrm/config/listener?Address=*+Transport=HTTP");
}

/* The URI that the first word of a path stands for; NULL: it is no alias. */
static const char *find_alias(const char *path, size_t n)
{
    size_t i;

    for (i = 0; i < sizeof aliases / sizeof *aliases; i++)
        if (strlen(aliases[i].name) == n
            && strncasecmp(aliases[i].name, path, n) == 0)
            return aliases[i].uri;
    return NULL;
}

static int take_uri(struct resource *resource, const char *text, size_t len,
                    struct err *err)
{
    size_t word = strcspn(text, "/?");
    const char *uri = find_alias(text, word);
    int n;

    if (uri == NULL && strstr(text, "://") == NULL)
        return refuse(err, "this is neither a URI nor begins with an alias",
                      text);
    if (uri == NULL) {
        uri = "";
        word = 0;
    }
    n = snprintf(resource->uri, sizeof resource->uri, "%s%.*s", uri,
                 (int)(len - word), text + word);
    if (n < 0 || (size_t)n >= sizeof resource->uri)
        return refuse(err, "the resource's URI is too long", text);
    return 0;
}

/* Copies n bytes into the resource's own text; NULL: no room. */
static const char *keep(struct resource *resource, const char *p, size_t n)
{
    char *dst = resource->text + resource->used;

    if (n >= sizeof resource->text - resource->used)
        return NULL;
    memcpy(dst, p, n);
    dst[n] = '\0';
    resource->used += n + 1;
    return dst;
}

static int add(struct resource *resource, const char *p, size_t n,
               struct err *err)
{
    const char *equals = memchr(p, '=', n);
    struct wsman_pair *pair = &resource->selectors[resource->selector_count];
    size_t name;

    if (equals == NULL || equals == p)
        return refuse(err, "a selector is Key=Value", p);
    if (resource->selector_count == RESOURCE_SELECTORS_MAX)
        return refuse(err, "too many selectors", p);
    name = (size_t)(equals - p);
    p = equals + 1;
    n -= name + 1;
    if (n >= 2 && p[0] == '"' && p[n - 1] == '"') {
        p++;
        n -= 2;
    }
    pair->name = keep(resource, equals - name, name);
    pair->value = keep(resource, p, n);
    if (pair->name == NULL || pair->value == NULL)
        return refuse(err, "the selectors are too long", p);
    resource->selector_count++;
    return 0;
}

int resource_select(struct resource *resource, const char *pair,
                    struct err *err)
{
    return add(resource, pair, strlen(pair), err);
}

/* Up to the next "+" that is not between quotation marks. */
static size_t selector_length(const char *p)
{
    bool quoted = false;
    size_t n = 0;

    while (p[n] != '\0' && (quoted || p[n] != '+')) {
        quoted ^= p[n] == '"';
        n++;
    }
    return n;
}

int resource_parse(struct resource *resource, const char *text,
                   struct err *err)
{
    size_t n = strcspn(text, "?");

    memset(resource, 0, sizeof *resource);
    if (take_uri(resource, text, n, err) != 0)
        return -1;
    if (text[n] == '\0')
        return 0;
    for (text += n + 1;; text += n + 1) {
        n = selector_length(text);
        if (add(resource, text, n, err) != 0)
            return -1;
        if (text[n] == '\0')
            return 0;
    }
}
