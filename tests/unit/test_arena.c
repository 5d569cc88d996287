/* test_arena.c - memory in pieces. */
#include "psrp/arena.h"

#include <stdint.h>

#include "unit.h"

static void pieces_are_zeroed_aligned_and_apart(void **state)
{
    struct arena arena = ARENA_INIT(1 << 20);
    unsigned char *last = NULL;
    size_t i, j;

    (void)state;
    for (i = 1; i < 3000; i += 7) {
        unsigned char *p = arena_take(&arena, i);

        assert_non_null(p);
        assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
        for (j = 0; j < i; j++)
            assert_int_equal(p[j], 0);
        memset(p, 0xff, i);
        assert_true(p != last);
        last = p;
    }
    arena_free(&arena);
    assert_int_equal(arena.used, 0);
}

static void a_copy_has_a_nul_behind_it(void **state)
{
    struct arena arena = ARENA_INIT(1 << 20);

    (void)state;
    assert_string_equal(arena_copy(&arena, "abcdef", 3), "abc");
    assert_string_equal(arena_copy(&arena, NULL, 0), "");
    arena_free(&arena);
}

static void the_maximum_holds_and_is_told(void **state)
{
    struct arena arena = ARENA_INIT(100000);
    size_t n = 0;

    (void)state;
    assert_null(arena_take(&arena, 100001));
    assert_true(arena.full);
    arena_reset(&arena);
    assert_false(arena.full);
    while (arena_take(&arena, 1000) != NULL)
        n++;
    assert_true(arena.full);
    assert_in_range(n, 60, 100);
    assert_null(arena_take(&arena, SIZE_MAX));
    assert_null(arena_copy(&arena, "", SIZE_MAX));
    arena_free(&arena);
}

static void a_reset_gives_it_all_again(void **state)
{
    struct arena arena = ARENA_INIT(100000);
    int round;

    (void)state;
    for (round = 0; round < 100; round++) {
        assert_non_null(arena_take(&arena, 50000));
        assert_non_null(arena_take(&arena, 500));
        arena_reset(&arena);
    }
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_zeroed_aligned_and_apart),
        cmocka_unit_test(a_copy_has_a_nul_behind_it),
        cmocka_unit_test(the_maximum_holds_and_is_told),
        cmocka_unit_test(a_reset_gives_it_all_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
