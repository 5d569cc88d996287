/* unit.h - what every unit test includes: cmocka, and how to see an error. */
#ifndef CREDSSP_TESTS_UNIT_H
#define CREDSSP_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "credssp/err.h"

/* The call succeeds; if not, the error is printed. */
#define assert_ok(call, err)                                                  \
    do {                                                                      \
        if ((call) != 0) {                                                    \
            err_print(stderr, #call, (err));                                  \
            fail();                                                           \
        }                                                                     \
    } while (0)

/* The call fails with this cause. */
#define assert_cause(call, err, expected)                                     \
    do {                                                                      \
        assert_int_equal((call), -1);                                         \
        if ((err)->cause != (expected))                                       \
            err_print(stderr, #call, (err));                                  \
        assert_string_equal(err_cause_name((err)->cause),                     \
                            err_cause_name(expected));                        \
    } while (0)

#endif
