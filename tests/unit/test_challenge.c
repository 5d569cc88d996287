/* test_challenge.c - WWW-Authenticate: schemes, tokens, bad base64. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "transport/challenge.h"

struct challenge_row {
    const char *lines;
    bool offered, has_token;
    const char *token;         /* NULL: refused */
    const char *schemes;
};

static const struct challenge_row rows[] = {
    { "", false, false, "", "" },
    { "CredSSP\n", true, false, "", "CredSSP" },
    { "CredSSP \n", true, false, "", "CredSSP" },
    { "CredSSP aGVsbG8=\n", true, true, "hello", "CredSSP" },
    { "credssp   aGVsbG8h\n", true, true, "hello!", "credssp" },
    { "CREDSSP\taGVsbA==\n", true, true, "hell", "CREDSSP" },
    { "Negotiate, Basic realm=\"WSMAN\", CredSSP\n", true, false, "",
      "Negotiate, Basic, CredSSP" },
    { "Negotiate\nBasic realm=\"WSMAN\"\nCredSSP\n", true, false, "",
      "Negotiate, Basic, CredSSP" },
    { "Negotiate\nCredSSP aGVsbG8=\nKerberos\n", true, true, "hello",
      "Negotiate, CredSSP, Kerberos" },
    { "Negotiate YWJj, CredSSP aGVsbG8= , Kerberos\n", true, true, "hello",
      "Negotiate, CredSSP, Kerberos" },
    { "Negotiate, Kerberos\n", false, false, "", "Negotiate, Kerberos" },
    /* What only looks like it. */
    { "Basic realm=\"x, CredSSP aGVsbG8=\"\n", false, false, "", "Basic" },
    { "Basic realm=\"\\\", CredSSP\"\n", false, false, "", "Basic" },
    { "CredSSPx aGVsbG8=\n", false, false, "", "CredSSPx" },
    { "Digest a=\"b\", CredSSP=\"c\"\n", false, false, "", "Digest" },
    /* Base64 that is none. */
    { "CredSSP aGVsbG8\n", true, true, NULL, "" },
    { "CredSSP aGVsbG8==\n", true, true, NULL, "" },
    { "CredSSP aGVsbG9=\n", true, true, NULL, "" }, /* stray bits */
    { "CredSSP aGVsbB==\n", true, true, NULL, "" },
    { "CredSSP aGVs bG8=\n", true, true, NULL, "" },
    { "CredSSP aGVs=G8=\n", true, true, NULL, "" },
    { "CredSSP ====\n", true, true, NULL, "" },
    { "CredSSP a===\n", true, true, NULL, "" },
    { "CredSSP aGVs-G8_\n", true, true, NULL, "" },
    { "CredSSP realm=\"x\"\n", true, true, NULL, "" },
    { "CredSSP aGVsbG8=\nCredSSP aGVsbG8=\n", true, true, NULL, "" },
    { "(CredSSP)\n", false, false, NULL, "" },
    { "CredSSP/1\n", false, false, NULL, "" },
};

static void schemes_and_tokens_by_table(void **state)
{
    struct buf token = BUF_INIT(64);
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct challenges seen;
        struct err err = ERR_INIT;
        int r = challenges_parse("CredSSP", rows[i].lines,
                                 strlen(rows[i].lines), &seen, &token, &err);

        if (rows[i].token == NULL) {
            if (r == 0)
                fail_msg("taken: %s", rows[i].lines);
            assert_int_equal(err.cause, ERR_MALFORMED);
            continue;
        }
        if (r != 0)
            fail_msg("refused: %s", rows[i].lines);
        assert_int_equal(seen.offered, rows[i].offered);
        assert_int_equal(seen.has_token, rows[i].has_token);
        assert_string_equal(seen.schemes, rows[i].schemes);
        assert_int_equal(token.len, strlen(rows[i].token));
        if (token.len > 0)
            assert_memory_equal(token.data, rows[i].token, token.len);
    }
    buf_free(&token);
}

static void a_token_is_bounded(void **state)
{
    static const char lines[] = "CredSSP aGVsbG8=\n";
    struct buf small = BUF_INIT(4), exact = BUF_INIT(6);
    struct challenges seen;
    struct err err = ERR_INIT;

    (void)state;
    assert_cause(challenges_parse("CredSSP", lines, sizeof lines - 1, &seen,
                                  &small, &err), &err, ERR_OVERSIZED);
    assert_ok(challenges_parse("CredSSP", lines, sizeof lines - 1, &seen,
                               &exact, &err), &err);
    buf_free(&small);
    buf_free(&exact);
}

static void many_schemes_are_cut_not_overrun(void **state)
{
    struct buf lines = BUF_INIT(65536), token = BUF_INIT(16);
    struct challenges seen;
    struct err err = ERR_INIT;
    int i;

    (void)state;
    for (i = 0; i < 1000; i++)
        buf_printf(&lines, "Scheme%d, ", i);
    buf_printf(&lines, "CredSSP\n");
    assert_ok(challenges_parse("CredSSP", lines.data, lines.len, &seen,
                               &token, &err), &err);
    assert_true(seen.offered);
    assert_true(strlen(seen.schemes) < sizeof seen.schemes);
    buf_free(&lines);
    buf_free(&token);
}

/* What we send is what the parser of the other side reads. */
static void an_answer_comes_back(void **state)
{
    unsigned char sent[300];
    struct buf line = BUF_INIT(1024), token = BUF_INIT(512);
    struct challenges seen;
    struct err err = ERR_INIT;
    size_t len;

    (void)state;
    for (len = 0; len < sizeof sent; len++)
        sent[len] = (unsigned char)(len * 5);
    for (len = 1; len < sizeof sent; len++) {
        buf_clear(&line);
        assert_ok(challenge_answer("CredSSP", sent, len, &line, &err), &err);
        assert_int_equal(line.data[line.len - 1], '\0');
        assert_ok(challenges_parse("CredSSP", line.data, line.len - 1, &seen,
                                   &token, &err), &err);
        assert_int_equal(token.len, len);
        assert_memory_equal(token.data, sent, len);
    }
    buf_free(&line);
    line.max = 16;
    assert_cause(challenge_answer("CredSSP", sent, 100, &line, &err), &err,
                 ERR_OVERSIZED);
    buf_free(&line);
    buf_free(&token);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(schemes_and_tokens_by_table),
        cmocka_unit_test(a_token_is_bounded),
        cmocka_unit_test(many_schemes_are_cut_not_overrun),
        cmocka_unit_test(an_answer_comes_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
