/* test_duration.c - durations by table. */
#include "unit.h"

#include "credssp/duration.h"

static void by_table(void **state)
{
    static const struct {
        const char *text;
        unsigned seconds; /* 0: refused */
    } rows[] = {
        { "3600", 3600 }, { "90s", 90 }, { "10h", 36000 }, { "2d", 172800 },
        { "1h30m", 5400 }, { "1d1s", 86401 }, { "365d", 31536000 },
        { "", 0 }, { "0", 0 }, { "0h", 0 }, { "h", 0 }, { "10x", 0 },
        { "30m1h", 0 }, { "1h1h", 0 }, { "10 h", 0 }, { "-1h", 0 },
        { "1h30", 0 }, { "366d", 0 }, { "99999999999999999999s", 0 },
        { "1.5h", 0 },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        unsigned seconds = 0;

        assert_int_equal(duration_parse(rows[i].text, &seconds),
                         rows[i].seconds != 0);
        assert_int_equal(seconds, rows[i].seconds);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(by_table) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
