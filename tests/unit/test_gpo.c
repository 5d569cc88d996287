/* test_gpo.c - Registry.pol, byte by byte, and the lines that come of it. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "credssp/buf.h"
#include "policy/gpo.h"
#include "policy/registry_pol.h"

#define BASE "Software\\Policies\\Microsoft\\Windows\\CredentialsDelegation"
#define FRESH BASE "\\AllowFreshCredentials"
#define DENY BASE "\\DenyFreshCredentials"

static void put_wide(struct buf *pol, const char *ascii)
{
    for (; *ascii != '\0'; ascii++) {
        buf_put_u8(pol, (uint8_t)*ascii);
        buf_put_u8(pol, 0);
    }
}

static void put_little(struct buf *pol, uint32_t n)
{
    int i;

    for (i = 0; i < 4; i++, n >>= 8)
        buf_put_u8(pol, (uint8_t)n);
}

static void put_head(struct buf *pol, const char *key, const char *value,
                     uint32_t type, size_t size)
{
    if (pol->len == 0) {
        buf_put(pol, "PReg", 4);
        put_little(pol, 1);
    }
    put_wide(pol, "[");
    put_wide(pol, key);
    buf_put_u16(pol, 0);
    put_wide(pol, ";");
    put_wide(pol, value);
    buf_put_u16(pol, 0);
    put_wide(pol, ";");
    put_little(pol, type);
    put_wide(pol, ";");
    put_little(pol, (uint32_t)size);
    put_wide(pol, ";");
}

static void put_text(struct buf *pol, const char *key, const char *value,
                     const char *text)
{
    put_head(pol, key, value, REGISTRY_SZ, 2 * strlen(text) + 2);
    put_wide(pol, text);
    buf_put_u16(pol, 0);
    put_wide(pol, "]");
}

static void put_dword(struct buf *pol, const char *key, const char *value,
                      uint32_t n)
{
    put_head(pol, key, value, REGISTRY_DWORD, 4);
    put_little(pol, n);
    put_wide(pol, "]");
}

/* What is printed, in memory that the next call frees. */
static const char *printed(const struct gpo *gpo, unsigned refused)
{
    static char *text;
    size_t size;
    FILE *out;

    free(text);
    out = open_memstream(&text, &size);
    assert_non_null(out);
    assert_int_equal(gpo_print(gpo, out), refused);
    assert_int_equal(fclose(out), 0);
    return text;
}

static void apply(struct gpo *gpo, struct buf *pol)
{
    struct err err = ERR_INIT;

    assert_ok(gpo_apply(gpo, pol->data, pol->len, &err), &err);
    buf_free(pol);
}

static void a_policy_becomes_lines(void **state)
{
    struct buf pol = BUF_INIT(65536);
    struct gpo gpo;

    (void)state;
    gpo_init(&gpo);
    put_dword(&pol, BASE, "AllowFreshCredentials", 1);
    put_dword(&pol, BASE, "ConcatenateDefaults_AllowFresh", 1);
    put_text(&pol, FRESH, "1", "WSMAN/*.corp.example.com");
    put_text(&pol, FRESH, "2", "TERMSRV/*");
    put_dword(&pol, BASE, "DenyFreshCredentials", 1);
    put_text(&pol, DENY, "1", "wsman/dc1.corp.example.com");
    put_dword(&pol, BASE, "AllowSavedCredentials", 1);
    put_text(&pol, "Software\\Policies\\Other", "1", "x");
    apply(&gpo, &pol);
    assert_string_equal(printed(&gpo, 0),
        "AllowFreshCredentials WSMAN/*.corp.example.com\n"
        "AllowFreshCredentials TERMSRV/*\n"
        "# AllowFreshCredentials: Windows adds its defaults, which say "
        "nothing of WSMAN.\n"
        "# AllowFreshCredentialsWhenNTLMOnly is not configured: for WSMAN, "
        "nothing.\n"
        "DenyFreshCredentials wsman/dc1.corp.example.com\n"
        "# 1 other value of Credentials Delegation (saved or default "
        "credentials,\n# Remote Desktop) means nothing here.\n");
    gpo_clear(&gpo);
}

/* Unset and disabled: the list behind it is without effect, as on Windows. */
static void a_list_needs_its_switch(void **state)
{
    struct buf pol = BUF_INIT(65536);
    struct gpo gpo;

    (void)state;
    gpo_init(&gpo);
    put_text(&pol, FRESH, "1", "WSMAN/*");
    put_dword(&pol, BASE, "DenyFreshCredentials", 0);
    put_text(&pol, DENY, "1", "WSMAN/dc1");
    apply(&gpo, &pol);
    assert_null(strstr(printed(&gpo, 0), "\nAllow"));
    assert_null(strstr(printed(&gpo, 0), "\nDeny"));
    assert_non_null(strstr(printed(&gpo, 0), "# AllowFreshCredentials is not "
                                             "configured"));
    assert_non_null(strstr(printed(&gpo, 0), "# DenyFreshCredentials is "
                                             "disabled: none."));
    assert_non_null(strstr(printed(&gpo, 0), "its list of 1 is without"));
    gpo_clear(&gpo);
}

static void deletions_take_away(void **state)
{
    static const struct {
        const char *key, *value, *text;
        const char *left; /* of items a, b, c and the switch S */
    } rows[] = {
        { FRESH, "**Del.2", " ", "Sac" },
        { FRESH, "**del.2", " ", "Sac" },
        { FRESH, "**DelVals", " ", "S" },
        { FRESH, "**delvals.", " ", "S" },
        { FRESH, "**DeleteValues", "1;3", "Sb" },
        { FRESH, "**DeleteValues", "1;3;", "Sb" },
        { FRESH, "**SecureKey", "x", "Sabc" },
        { DENY, "**DelVals", " ", "Sabc" },
        { BASE, "**Del.AllowFreshCredentials", " ", "abc" },
        { BASE, "**DelVals", " ", "abc" },
        { BASE, "**DeleteValues", "X;allowfreshcredentials", "abc" },
        { BASE, "**DeleteKeys", "AllowFreshCredentials", "S" },
        { BASE, "**DeleteKeys", "allowfresh", "Sabc" },
        { "SOFTWARE\\Policies\\Microsoft\\Windows", "**DeleteKeys",
          "x;CredentialsDelegation", "" },
        { "Software\\Policies\\Other", "**DelVals", " ", "Sabc" },
    };
    size_t i, n;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf pol = BUF_INIT(65536);
        char left[8];
        struct gpo gpo;

        gpo_init(&gpo);
        put_dword(&pol, BASE, "AllowFreshCredentials", 1);
        put_text(&pol, FRESH, "1", "a");
        put_text(&pol, FRESH, "2", "b");
        put_text(&pol, FRESH, "3", "c");
        apply(&gpo, &pol);
        put_text(&pol, rows[i].key, rows[i].value, rows[i].text);
        apply(&gpo, &pol); /* a later policy */
        snprintf(left, sizeof left, "%s",
                 gpo.lists[GPO_ALLOW].state == GPO_ENABLED ? "S" : "");
        for (n = 0; n < 3; n++) {
            size_t k;

            for (k = 0; k < gpo.lists[GPO_ALLOW].count; k++)
                if (gpo.lists[GPO_ALLOW].items[k].spn[0] == "abc"[n])
                    snprintf(left + strlen(left), 2, "%c", "abc"[n]);
        }
        if (strcmp(left, rows[i].left) != 0)
            fail_msg("%s in %s: '%s' is left, not '%s'", rows[i].value,
                     rows[i].key, left, rows[i].left);
        gpo_clear(&gpo);
    }
}

/* A name that would begin a line of its own stays in its comment. */
static void hostile_entries_stay_comments(void **state)
{
    static const char *const rows[] = {
        "WSMAN/a\nAllowFreshCredentials WSMAN/*", "WSMAN/10.0.0.1",
        "WSMAN/*corp", "win1", "WSMAN/a b", "WSMAN/a #", "", "\033[2J",
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf pol = BUF_INIT(65536);
        struct gpo gpo;
        const char *line;

        gpo_init(&gpo);
        put_dword(&pol, BASE, "AllowFreshCredentials", 1);
        put_text(&pol, FRESH, "1", rows[i]);
        apply(&gpo, &pol);
        for (line = printed(&gpo, 1); *line != '\0';
             line = strchr(line, '\n') + 1)
            if (line[0] != '#')
                fail_msg("'%s' begins a line: %s", rows[i], line);
        assert_null(strchr(printed(&gpo, 1), '\033'));
        gpo_clear(&gpo);
    }
}

static void broken_files_are_refused(void **state)
{
    struct buf pol = BUF_INIT(65536);
    size_t n, whole;

    (void)state;
    put_dword(&pol, BASE, "AllowFreshCredentials", 1);
    whole = pol.len;
    put_text(&pol, FRESH, "1", "WSMAN/*");
    /* Cut at every length: only a whole number of records is a file. */
    for (n = 0; n <= pol.len; n++) {
        unsigned char *copy = malloc(n + 1);
        struct err err = ERR_INIT;
        struct gpo gpo;
        int r;

        assert_non_null(copy);
        memcpy(copy, pol.data, n);
        gpo_init(&gpo);
        r = gpo_apply(&gpo, copy, n, &err);
        if (n == 8 || n == whole || n == pol.len)
            assert_ok(r, &err);
        else
            assert_cause(r, &err, ERR_MALFORMED);
        gpo_clear(&gpo);
        free(copy);
    }
    buf_free(&pol);
}

static void broken_records_are_refused(void **state)
{
    static const unsigned char lone[] = { 0x00, 0xd8, 'x', 0 };
    struct err err = ERR_INIT;
    struct buf pol = BUF_INIT(1 << 20);
    struct gpo gpo;

    (void)state;
    gpo_init(&gpo);
    put_head(&pol, BASE, "x", REGISTRY_SZ, 0x80000000u); /* a huge size */
    buf_put(&pol, "]", 2);
    assert_cause(gpo_apply(&gpo, pol.data, pol.len, &err), &err,
                 ERR_MALFORMED);
    buf_clear(&pol);
    put_head(&pol, FRESH, "1", REGISTRY_SZ, sizeof lone);
    buf_put(&pol, lone, sizeof lone); /* half a surrogate pair */
    put_wide(&pol, "]");
    assert_cause(gpo_apply(&gpo, pol.data, pol.len, &err), &err,
                 ERR_MALFORMED);
    buf_clear(&pol);
    put_text(&pol, BASE, "AllowFreshCredentials", "1"); /* no DWORD */
    assert_cause(gpo_apply(&gpo, pol.data, pol.len, &err), &err,
                 ERR_MALFORMED);
    buf_clear(&pol);
    put_dword(&pol, FRESH, "1", 1); /* no text */
    assert_cause(gpo_apply(&gpo, pol.data, pol.len, &err), &err,
                 ERR_MALFORMED);
    buf_clear(&pol);
    put_dword(&pol, BASE, "x", 1);
    pol.data[4] = 2; /* version 2 */
    assert_cause(gpo_apply(&gpo, pol.data, pol.len, &err), &err,
                 ERR_MALFORMED);
    buf_free(&pol);
    gpo_clear(&gpo);
}

static void lists_have_an_end(void **state)
{
    struct buf pol = BUF_INIT(1 << 20);
    struct err err = ERR_INIT;
    struct gpo gpo;
    int i;

    (void)state;
    gpo_init(&gpo);
    for (i = 0; i <= GPO_ITEMS_MAX; i++) {
        char name[16];

        snprintf(name, sizeof name, "%d", i);
        put_text(&pol, FRESH, name, "WSMAN/a");
    }
    assert_cause(gpo_apply(&gpo, pol.data, pol.len, &err), &err,
                 ERR_OVERSIZED);
    gpo_clear(&gpo);
    buf_free(&pol);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_policy_becomes_lines),
        cmocka_unit_test(a_list_needs_its_switch),
        cmocka_unit_test(deletions_take_away),
        cmocka_unit_test(hostile_entries_stay_comments),
        cmocka_unit_test(broken_files_are_refused),
        cmocka_unit_test(broken_records_are_refused),
        cmocka_unit_test(lists_have_an_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
