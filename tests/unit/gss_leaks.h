/*
 * gss_leaks.h - what gss-ntlmssp 1.2 and MIT's mechglue lose by themselves,
 * so that the leak sanitizer of a test speaks of our own code only.
 */
#ifndef CREDSSP_TESTS_GSS_LEAKS_H
#define CREDSSP_TESTS_GSS_LEAKS_H

const char *__lsan_default_suppressions(void);
const char *__asan_default_options(void);

const char *__lsan_default_suppressions(void)
{
    return "leak:gssntlmssp.so\nleak:krb5int_open_plugin\n";
}

/* Whole stacks, or the libraries above would not be in them. */
const char *__asan_default_options(void)
{
    return "fast_unwind_on_malloc=0";
}

#endif
