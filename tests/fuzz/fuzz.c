/* fuzz.c - what must hold for every failure, and two runs of one codec. */
#include "fuzz.h"

#include <string.h>

unsigned fuzz_seed(const uint8_t **data, size_t *size)
{
    unsigned high = fuzz_u8(data, size) ^ '0';
    unsigned low = fuzz_u8(data, size) ^ '0';

    return (high & 0xff) << 8 | (low & 0xff);
}

void fuzz_check(int result, const struct err *err, unsigned failed)
{
    char line[2 * ERR_TEXT_MAX + 128];

    fuzz_require(result == 0 || result == -1);
    if (result == 0)
        return;
    fuzz_require(err->cause > ERR_NONE && err->cause < ERR_CAUSE_COUNT);
    fuzz_require(err->stage < STAGE_COUNT && err->domain < CODE_DOMAIN_COUNT);
    fuzz_require(err->text[0] != '\0');
    fuzz_require(memchr(err->text, '\0', sizeof err->text) != NULL);
    fuzz_require(memchr(err->advice, '\0', sizeof err->advice) != NULL);
    fuzz_require(failed > 0 || err->cause != ERR_MEMORY);
    err_format(line, sizeof line, err);
    fuzz_require(strlen(line) > 0);
}

void fuzz_twice(fuzz_codec *codec, unsigned seed, const uint8_t *data,
                size_t size)
{
    struct err peace = ERR_INIT, want = ERR_INIT;
    int first = codec(data, size, &peace), second;
    unsigned failed;

    fuzz_check(first, &peace, 0);
    if (seed == 0)
        return;
    fuzz_arm(seed);
    second = codec(data, size, &want);
    failed = fuzz_disarm();
    fuzz_check(second, &want, failed);
    if (second == 0)
        fuzz_require(first == 0);
    else
        fuzz_require(want.cause == ERR_MEMORY
                     || (first != 0 && want.cause == peace.cause));
}
