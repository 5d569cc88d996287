/* test_secret.c - secrets: locked, not dumped, wiped in a child; UTF-16. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "credssp/secret.h"

/* The VmFlags line of the mapping that holds p (proc_pid_smaps(5)). */
static void vm_flags(const void *p, char *flags, size_t size)
{
    FILE *smaps = fopen("/proc/self/smaps", "r");
    unsigned long from = 0, to = 0, a, b;
    char line[512];

    assert_non_null(smaps);
    flags[0] = '\0';
    while (fgets(line, sizeof line, smaps) != NULL) {
        if (sscanf(line, "%lx-%lx ", &a, &b) == 2) {
            from = a;
            to = b;
        }
        if (strncmp(line, "VmFlags:", 8) == 0 && (unsigned long)p >= from
            && (unsigned long)p < to)
            snprintf(flags, size, "%s", line + 8);
    }
    fclose(smaps);
}

static void pages_are_locked_and_not_dumped(void **state)
{
    struct secret *s = NULL;
    struct err err = ERR_INIT;
    char flags[512];

    (void)state;
    assert_ok(secret_copy("hunter2", 7, &s, &err), &err);
    vm_flags(s->data, flags, sizeof flags);
#ifndef __SANITIZE_ADDRESS__ /* which turns mlock(2) into nothing */
    assert_non_null(strstr(flags, " lo")); /* locked */
#endif
    assert_non_null(strstr(flags, " dd")); /* do not dump */
    assert_non_null(strstr(flags, " wf")); /* wipe on fork */
    assert_int_equal(s->data[7], 0);
    secret_free(&s);
    assert_null(s);
}

static void a_child_finds_it_wiped(void **state)
{
    struct secret *s = NULL;
    struct err err = ERR_INIT;
    int status = 0;
    pid_t child;

    (void)state;
    assert_ok(secret_copy("hunter2", 7, &s, &err), &err);
    child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(memcmp(s->data, "\0\0\0\0\0\0\0", 7) == 0 ? 0 : 1);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_memory_equal(s->data, "hunter2", 7);
    secret_free(&s);
}

static void lengths_are_bounded(void **state)
{
    struct secret *s = NULL;
    struct err err = ERR_INIT;

    (void)state;
    assert_cause(secret_new(SECRET_MAX + 1, &s, &err), &err, ERR_OVERSIZED);
    assert_ok(secret_new(SECRET_MAX, &s, &err), &err);
    secret_free(&s);
    assert_ok(secret_copy("abcdef", 6, &s, &err), &err);
    secret_truncate(s, 2);
    assert_memory_equal(s->data, "ab\0\0\0\0", 6);
    secret_truncate(s, 5);
    assert_int_equal(s->len, 2);
    secret_free(&s);
}

static void equality(void **state)
{
    struct secret *a = NULL, *b = NULL, *c = NULL;
    struct err err = ERR_INIT;

    (void)state;
    assert_ok(secret_copy("abc", 3, &a, &err), &err);
    assert_ok(secret_copy("abc", 3, &b, &err), &err);
    assert_ok(secret_copy("abd", 3, &c, &err), &err);
    assert_true(secret_equal(a, b));
    assert_false(secret_equal(a, c));
    secret_truncate(c, 2);
    assert_false(secret_equal(a, c));
    secret_free(&a);
    secret_free(&b);
    secret_free(&c);
}

struct utf_row {
    const char *utf8;
    const char *utf16;
    size_t bytes; /* of utf16; 0: refused */
};

static void utf16_by_table(void **state)
{
    static const struct utf_row rows[] = {
        { "Pa$s", "P\0a\0$\0s\0", 8 },
        { "\xc3\xa9", "\xe9\0", 2 },
        { "\xe2\x82\xac", "\xac\x20", 2 },
        { "\xf0\x9f\x94\x91", "\x3d\xd8\x11\xdd", 4 }, /* a key, U+1F511 */
        { "\xff", NULL, 0 },
        { "\xc0\x80", NULL, 0 },         /* overlong */
        { "\xe0\x80\x80", NULL, 0 },     /* overlong */
        { "\xed\xa0\x80", NULL, 0 },     /* a surrogate */
        { "\xf4\x90\x80\x80", NULL, 0 }, /* over U+10FFFF */
        { "\xe2\x82", NULL, 0 },         /* cut short */
        { "\xe2\x41\x41", NULL, 0 },
    };
    struct secret *in = NULL, *out = NULL;
    struct err err = ERR_INIT;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_ok(secret_copy(rows[i].utf8, strlen(rows[i].utf8), &in, &err),
                  &err);
        if (rows[i].bytes == 0) {
            assert_cause(secret_utf16(in, &out, &err), &err, ERR_MALFORMED);
            assert_null(out);
        } else {
            assert_ok(secret_utf16(in, &out, &err), &err);
            assert_int_equal(out->len, rows[i].bytes);
            assert_memory_equal(out->data, rows[i].utf16, out->len);
        }
        secret_free(&out);
        secret_free(&in);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_are_locked_and_not_dumped),
        cmocka_unit_test(a_child_finds_it_wiped),
        cmocka_unit_test(lengths_are_bounded),
        cmocka_unit_test(equality),
        cmocka_unit_test(utf16_by_table),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
