/*
 * test_error_tables.c - every foreign code that we know comes out as a cause,
 * a sentence and an advice that a person can use; and so do those that we do
 * not know.
 */
#include "unit.h"

#include <ctype.h>
#include <krb5.h>
#include <openssl/ssl.h>
#include <stdio.h>

#include "auth/kerberos.h"
#include "auth/ntstatus.h"
#include "auth/tunnel_private.h"
#include "transport/http_parts.h"
#include "transport/refusal.h"
#include "wsman/faults.h"

#define ROWS_MAX 256

static int fail_ntstatus(struct err *err, int64_t code)
{
    return ntstatus_error(err, STAGE_DELEGATION, (uint32_t)code);
}

static int fail_kerberos(struct err *err, int64_t code)
{
    return kerberos_error(err, (int32_t)code, "no ticket for alice@X");
}

static int fail_tls(struct err *err, int64_t code)
{
    return tunnel_alert(err, STAGE_TLS, (int)code);
}

static int fail_libcurl(struct err *err, int64_t code)
{
    static struct http http = { .host = "win1.example.com", .port = 5985 };

    return http_error(&http, (CURLcode)code, err);
}

static int fail_status(struct err *err, int64_t code)
{
    struct http_reply reply = { .status = (long)code };

    return refusal_status("win1.example.com", &reply, 100, err);
}

static int fail_fault(struct err *err, int64_t code)
{
    struct fault fault = { .code = (uint32_t)code, .has_code = true };

    return fault_error(err, STAGE_SHELL, &fault);
}

/* One table: its rows, what they become, and codes that it lacks. */
struct table {
    const char *name;
    bool (*code_at)(size_t i, int64_t *code);
    int (*explain)(struct err *err, int64_t code);
    enum err_domain domain;
    size_t rows_at_least;
    int64_t unknown;
    const char *where; /* the unknown one is looked up: in the advice */
};

static const struct table tables[] = {
    { "NTSTATUS", ntstatus_code_at, fail_ntstatus, CODE_NTSTATUS, 60,
      0xc0de0001, "certutil -error 0xc0de0001" },
    { "krb5", kerberos_code_at, fail_kerberos, CODE_KRB5, 25,
      KRB5_KT_NOTFOUND, "RFC 4120" },
    { "TLS alert", tunnel_alert_at, fail_tls, CODE_TLS_ALERT, 15,
      77, "RFC 5246" },
    { "libcurl", http_code_at, fail_libcurl, CODE_CURL, 12,
      CURLE_FTP_WEIRD_227_FORMAT, "libcurl-errors(3)" },
    { "HTTP", refusal_status_at, fail_status, CODE_HTTP, 12, 418,
      "check that the address is the WinRM service" },
    { "WSManFault", fault_code_at, fail_fault, CODE_FAULT, 25, 0x80338fff,
      "winrm helpmsg 0x80338fff" },
};
#define TABLES (sizeof tables / sizeof *tables)

static size_t words(const char *text)
{
    size_t n = 0;

    for (; *text != '\0'; text++)
        if (isalpha((unsigned char)text[0])
            && !isalpha((unsigned char)text[1]))
            n++;
    return n;
}

/* "One sentence, no final full stop" (err.h), and not a mere code. */
static void assert_reads_well(const struct err *err)
{
    size_t len = strlen(err->text);

    print_message("    %s\n      %s\n", err->text, err->advice);
    assert_true(words(err->text) >= 4);
    assert_true(len < ERR_TEXT_MAX - 1); /* not cut */
    assert_int_not_equal(err->text[len - 1], '.');
    assert_null(strchr(err->text, '\n'));
    assert_true(words(err->advice) >= 3);
    assert_int_not_equal(err->advice[strlen(err->advice) - 1], '.');
    assert_null(strstr(err->advice, "see the code"));
}

static void assert_fails_well(const struct table *table, int64_t code,
                              struct err *err)
{
    assert_int_equal(table->explain(err, code), -1);
    assert_int_not_equal(err->cause, ERR_NONE);
    assert_int_not_equal(err->cause, ERR_INTERNAL);
    assert_reads_well(err);
}

static void every_known_code_has_a_sentence(void **state)
{
    size_t t, i;
    int64_t code;

    (void)state;
    for (t = 0; t < TABLES; t++) {
        print_message("  %s\n", tables[t].name);
        for (i = 0; tables[t].code_at(i, &code); i++) {
            struct err err = ERR_INIT;

            assert_fails_well(&tables[t], code, &err);
        }
        assert_true(i >= tables[t].rows_at_least);
    }
}

/* The second of two rows would never be found. */
static void no_code_stands_twice(void **state)
{
    int64_t codes[ROWS_MAX];
    size_t t, i, j;

    (void)state;
    for (t = 0; t < TABLES; t++)
        for (i = 0; tables[t].code_at(i, &codes[i]); i++) {
            assert_true(i < ROWS_MAX - 1);
            for (j = 0; j < i; j++)
                assert_int_not_equal(codes[i], codes[j]);
        }
}

/* Its owner's number is kept, and the advice says where it is explained. */
static void an_unknown_code_leads_somewhere(void **state)
{
    int64_t code;
    size_t t, i;

    (void)state;
    for (t = 0; t < TABLES; t++) {
        struct err err = ERR_INIT;

        print_message("  %s\n", tables[t].name);
        for (i = 0; tables[t].code_at(i, &code); i++)
            assert_int_not_equal(code, tables[t].unknown);
        assert_fails_well(&tables[t], tables[t].unknown, &err);
        assert_int_equal(err.domain, tables[t].domain);
        assert_int_equal(err.code, tables[t].unknown);
        assert_non_null(strstr(err.advice, tables[t].where));
    }
}

/* What a person reads when a site adds nothing. */
static void every_cause_has_a_sentence_of_its_own(void **state)
{
    int i, j;

    (void)state;
    for (i = ERR_NONE + 1; i < ERR_CAUSE_COUNT; i++) {
        struct err err = ERR_INIT;

        err_set(&err, (enum err_cause)i, STAGE_START, NULL);
        if (i == ERR_INTERRUPTED) /* by the user, who knows */
            continue;
        assert_true(words(err.text) >= 2);
        assert_true(words(err.advice) >= 3);
        for (j = ERR_NONE + 1; j < i; j++) {
            assert_string_not_equal(err.text,
                                    err_cause_text((enum err_cause)j));
            assert_string_not_equal(err_cause_name((enum err_cause)i),
                                    err_cause_name((enum err_cause)j));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_known_code_has_a_sentence),
        cmocka_unit_test(no_code_stands_twice),
        cmocka_unit_test(an_unknown_code_leads_somewhere),
        cmocka_unit_test(every_cause_has_a_sentence_of_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
