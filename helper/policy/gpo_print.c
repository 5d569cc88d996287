/* gpo_print.c - group policy settings as lines of credssp.conf(5). */
#include <string.h>

#include "policy/gpo.h"
#include "policy/pattern.h"

static const char *const keywords[GPO_LIST_COUNT] = {
    [GPO_ALLOW] = "AllowFreshCredentials",
    [GPO_ALLOW_NTLM] = "AllowFreshCredentialsWhenNTLMOnly",
    [GPO_DENY] = "DenyFreshCredentials",
};

/* Foreign text within a comment: it must not end the line and begin one. */
static void print_foreign(const char *s, FILE *out)
{
    for (; *s != '\0'; s++) {
        unsigned char c = (unsigned char)*s;

        fputc(c < 0x20 || c >= 0x7f ? '?' : c, out);
    }
}

/* A parsed pattern is a service, a slash and a host name: nothing that could
 * be more than one word.  Returns 1 for what no line can say. */
static unsigned print_item(const char *keyword, const char *spn, FILE *out)
{
    struct spn_pattern pattern;
    const char *why = "";

    if (spn_pattern_parse(spn, &pattern, &why)) {
        fprintf(out, "%s %s\n", keyword, spn);
        return 0;
    }
    fprintf(out, "# not taken: %s ", keyword);
    print_foreign(spn, out);
    fprintf(out, "\n#   %s\n", why);
    return 1;
}

static unsigned print_list(const struct gpo_list *list, const char *keyword,
                           FILE *out)
{
    unsigned refused = 0;
    size_t i;

    switch (list->state) {
    case GPO_UNSET:
        fprintf(out, "# %s is not configured: for WSMAN, nothing.\n",
                keyword);
        break;
    case GPO_DISABLED:
        fprintf(out, "# %s is disabled: none.\n", keyword);
        break;
    case GPO_ENABLED:
        for (i = 0; i < list->count; i++)
            refused += print_item(keyword, list->items[i].spn, out);
        if (list->count == 0)
            fprintf(out, "# %s is enabled with an empty list: none.\n",
                    keyword);
        if (list->concatenate)
            fprintf(out, "# %s: Windows adds its defaults, which say nothing "
                    "of WSMAN.\n", keyword);
        return refused;
    }
    if (list->count > 0)
        fprintf(out, "# %s: its list of %zu is without effect, as on "
                "Windows.\n", keyword, list->count);
    return 0;
}

unsigned gpo_print(const struct gpo *gpo, FILE *out)
{
    unsigned refused = 0;
    int i;

    for (i = 0; i < GPO_LIST_COUNT; i++)
        refused += print_list(&gpo->lists[i], keywords[i], out);
    if (gpo->foreign > 0)
        fprintf(out, "# %u other value%s of Credentials Delegation (saved or "
                "default credentials,\n# Remote Desktop) mean%s nothing "
                "here.\n", gpo->foreign, gpo->foreign == 1 ? "" : "s",
                gpo->foreign == 1 ? "s" : "");
    return refused;
}
