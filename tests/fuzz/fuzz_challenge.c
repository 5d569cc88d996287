/* fuzz_challenge.c - WWW-Authenticate lines of a host. */
#include "fuzz.h"

#include <string.h>

#include "auth/credssp.h"
#include "transport/challenge.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    fuzz_own_openssl();
    return 0;
}

/* The token that was read, written as a challenge, is the same token. */
static int again(const struct buf *token, struct err *err)
{
    struct buf line = BUF_INIT(2 * CREDSSP_TOKEN_MAX);
    struct buf other = BUF_INIT(CREDSSP_TOKEN_MAX);
    struct challenges challenges;
    int r = challenge_answer("CredSSP", token->data, token->len, &line, err);

    if (r == 0)
        r = challenges_parse("CredSSP", line.data, line.len - 1, &challenges,
                             &other, err);
    if (r == 0)
        fuzz_require(challenges.offered && challenges.has_token
                     && other.len == token->len
                     && memcmp(other.data, token->data, other.len) == 0);
    buf_free(&line);
    buf_free(&other);
    return r;
}

static int parse(const uint8_t *data, size_t size, struct err *err)
{
    struct buf token = BUF_INIT(CREDSSP_TOKEN_MAX);
    struct challenges challenges;
    int r = challenges_parse("CredSSP", data, size, &challenges, &token, err);

    if (r == 0) {
        fuzz_require(memchr(challenges.schemes, '\0',
                            sizeof challenges.schemes) != NULL);
        fuzz_require(challenges.offered || !challenges.has_token);
        fuzz_require(challenges.has_token || token.len == 0);
        if (token.len > 0)
            r = again(&token, err);
    }
    buf_free(&token);
    return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned seed = fuzz_seed(&data, &size);

    fuzz_twice(parse, seed, data, size);
    return 0;
}
