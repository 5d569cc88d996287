/* test_lookalike.c - names and patterns that only look like allowed ones. */
#include "unit.h"

#include "policy/pattern.h"

#define NAME(text) text, sizeof(text) - 1

/* Whatever is typed, it is a canonical name or nothing. */
static void what_is_no_host_name_is_refused(void **state)
{
    static const struct {
        const char *typed;
        size_t len;
    } rows[] = {
        /* IDN and mixed script: Cyrillic 'a', fullwidth, soft hyphen, ZWJ */
        { NAME("win1.\xd1\x81orp.example.com") },
        { NAME("w\xd1\x96n1.corp.example.com") },
        { NAME("win1.corp.example\xe3\x80\x82" "com") },
        { NAME("win1\xef\xbc\x8e" "corp.example.com") },
        { NAME("win1.co\xc2\xadrp.example.com") },
        { NAME("win1.corp.example.com\xe2\x80\x8d") },
        { NAME("b\xc3\xbc" "cher.example.com") },
        { NAME("\xff\xfe.example.com") },
        /* what ends a C string, a line or a header */
        { NAME("win1.corp.example.com\0.evil.test") },
        { NAME("\0") }, { NAME("win1\n.corp.example.com") },
        { NAME("win1.corp.example.com\r\nHost: x") },
        { NAME("win1 .corp.example.com") }, { NAME("win1\t") },
        /* percent escapes, userinfo, zones, ports, paths */
        { NAME("win1%2ecorp.example.com") },
        { NAME("win1.corp.example.com%00.evil.test") },
        { NAME("alice@win1.corp.example.com") },
        { NAME("win1.corp.example.com@evil.test") },
        { NAME("alice:pw@win1.corp.example.com") },
        { NAME("fe80::1%eth0") }, { NAME("win1%eth0") },
        { NAME("win1.corp.example.com:5985") },
        { NAME("win1.corp.example.com/../evil") },
        { NAME("win1.corp.example.com\\evil") },
        { NAME("http://win1.corp.example.com") },
        { NAME("win1.corp.example.com#x") }, { NAME("win1?x") },
        /* addresses, in every notation of inet_aton(3) and RFC 4291 */
        { NAME("10.0.0.1") }, { NAME("10.0.0.1.") }, { NAME("127.1") },
        { NAME("10.1") }, { NAME("167772161") }, { NAME("0xa000001") },
        { NAME("0x0a.0x0.0x0.0x1") }, { NAME("10.0.0.0x1") },
        { NAME("012.0.0.01") }, { NAME("0377.0377.0377.0377") },
        { NAME("0X7F.1") }, { NAME("1") }, { NAME("0x") },
        { NAME("10.0.0.256") }, { NAME("999.999.999.999") },
        { NAME("::1") }, { NAME("[::1]") }, { NAME("[::1]:5985") },
        { NAME("::ffff:10.0.0.1") }, { NAME("[::ffff:10.0.0.1]") },
        { NAME("2001:db8::1") }, { NAME("fe80::1") },
        { NAME("1.2.3.4.in-addr.0x4") },
        /* dots and hyphens */
        { NAME("") }, { NAME(".") }, { NAME("..") },
        { NAME(".corp.example.com") }, { NAME("win1..corp") },
        { NAME("win1.corp.example.com..") }, { NAME("-win1.corp") },
        { NAME("win1-.corp") }, { NAME("*") }, { NAME("*.corp") },
    };
    char out[HOSTNAME_MAX];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct err err = ERR_INIT;

        if (hostname_canonical(rows[i].typed, rows[i].len, out, &err) == 0)
            fail_msg("'%s' is taken for the name %s", rows[i].typed, out);
        assert_string_equal(err_cause_name(err.cause), "bad-host-name");
    }
}

/* A pattern has one of three forms. */
static void what_is_no_pattern_is_refused(void **state)
{
    static const char *const rows[] = {
        "", "/", "WSMAN", "WSMAN/", "/win1", "*", "*/*", "*/win1",
        "*.corp.example.com", "WSMAN/*corp.example.com", "WSMAN/*.*",
        "WSMAN/*.", "WSMAN/*..corp", "WSMAN/**", "WSMAN/*.*.corp",
        "WSMAN/win*.corp.example.com", "WSMAN/win1.*", "WSMAN/?in1.corp",
        "WSMAN/.corp.example.com", "WSMAN/win1:5985", "WSMAN/win1/CORP",
        "WSMAN/win1@CORP.EXAMPLE.COM", "WSMAN//win1", "WSMAN\\win1",
        "WS MAN/win1", "WSMAN/10.0.0.1", "WSMAN/*.10", "WSMAN/*.0.0.1",
        "WSMAN/[::1]", "WSMAN/::1", "WSMAN/0x7f000001", "WSMAN/2130706433",
        "WSMAN/b\xc3\xbc" "cher.example.com", "WSMAN/*.\xd1\x81orp.com",
        "WSMAN/win1%2ecorp", "W\xd0\x85MAN/win1", "!WSMAN/win1",
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct spn_pattern pattern;
        const char *why = NULL;

        if (spn_pattern_parse(rows[i], &pattern, &why))
            fail_msg("'%s' is taken for a pattern", rows[i]);
        assert_non_null(why);
    }
}

static void patterns_match_what_windows_matches(void **state)
{
    static const struct {
        const char *pattern;
        const char *host; /* as typed */
        bool matches;
    } rows[] = {
        { "wsman/Win1.Corp.Example.COM", "WIN1.corp.example.com", true },
        { "WSMAN/win1.corp.example.com.", "win1.corp.example.com", true },
        { "WSMAN/win1.corp.example.com", "win1.corp.example.com.", true },
        { "WSMAN/*", "win1", true },
        { "WSMAN/*.corp.example.com", "WIN1.CORP.EXAMPLE.COM.", true },
        { "WSMAN/*.corp.example.com.", "a.b.corp.example.com", true },
        { "WSMAN/*.corp.example.com", "evil-corp.example.com", false },
        { "WSMAN/*.corp.example.com", "evilcorp.example.com", false },
        { "WSMAN/*.corp.example.com", "corp.example.com", false },
        { "WSMAN/*.corp.example.com", "win1.corp.example.com.evil.test",
          false },
        { "WSMAN/*.corp.example.com", "win1.corp.example.co", false },
        { "WSMAN/*.corp.example.com", "win1.corp.example.comm", false },
        { "WSMAN/*.corp.example.com", "win1.corp-example.com", false },
        { "WSMAN/win1.corp.example.com", "win1.corp.example.com.evil.test",
          false },
        { "WSMAN/win1.corp.example.com", "xwin1.corp.example.com", false },
        { "WSMAN/win1", "win1.corp.example.com", false },
        { "WSMAN/win1.corp.example.com", "win1", false },
        { "WSMAN/xn--bcher-kva.example.com", "XN--BCHER-KVA.example.com",
          true },
        { "WSMAN/xn--bcher-kva.example.com", "bcher.example.com", false },
        { "WSMANX/*", "win1", false }, { "WSMA/*", "win1", false },
        { "HTTP/*", "win1", false }, { "TERMSRV/*", "win1", false },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct spn_pattern pattern;
        char host[HOSTNAME_MAX];
        struct err err = ERR_INIT;
        const char *why;

        assert_true(spn_pattern_parse(rows[i].pattern, &pattern, &why));
        assert_ok(hostname_canonical(rows[i].host, strlen(rows[i].host), host,
                                     &err), &err);
        if (spn_pattern_matches(&pattern, POLICY_SERVICE, host)
            != rows[i].matches)
            fail_msg("%s ~ %s", rows[i].pattern, rows[i].host);
    }
}

static void overlaps_are_seen(void **state)
{
    static const struct {
        const char *a, *b;
        bool overlap;
    } rows[] = {
        { "a/*", "b/win1", true }, { "a/win1", "b/win1", true },
        { "a/win1", "b/win2", false },
        { "a/*.corp", "b/win1.corp", true },
        { "a/*.corp", "b/*.lab.corp", true },
        { "a/*.corp", "b/corp", false },
        { "a/*.corp", "b/evil-corp", false },
        { "a/*.corp", "b/*.example", false },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct spn_pattern a, b;
        const char *why;

        assert_true(spn_pattern_parse(rows[i].a, &a, &why));
        assert_true(spn_pattern_parse(rows[i].b, &b, &why));
        assert_int_equal(spn_pattern_overlap(&a, &b), rows[i].overlap);
        assert_int_equal(spn_pattern_overlap(&b, &a), rows[i].overlap);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_host_name_is_refused),
        cmocka_unit_test(what_is_no_pattern_is_refused),
        cmocka_unit_test(patterns_match_what_windows_matches),
        cmocka_unit_test(overlaps_are_seen),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
