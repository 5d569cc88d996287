/* fuzz_cred.c - the bytes of a credential, and the names in a login. */
#include "fuzz.h"

#include <string.h>

#include "credssp/cred.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    return 0;
}

static bool ends(const char *text, size_t size)
{
    return memchr(text, '\0', size) != NULL;
}

static int map(const struct cred *cred, struct err *err)
{
    struct cred_names names;
    int r = cred_map_names(cred, "CORP", "CORP.EXAMPLE.COM", &names, err);

    if (r == 0) {
        fuzz_require(ends(names.principal, sizeof names.principal));
        fuzz_require(ends(names.domain, sizeof names.domain));
        fuzz_require(ends(names.user, sizeof names.user));
        fuzz_require(names.user[0] != '\0');
    }
    return r;
}

/* What was opened, sealed anew, opens alike. */
static int again(const struct cred *cred, struct err *err)
{
    struct secret *bytes = NULL;
    struct cred other = { .password = NULL };
    int r = cred_encode(cred, &bytes, err);

    if (r == 0)
        r = cred_decode(bytes, &other, err);
    if (r == 0)
        fuzz_require(secret_equal(cred->password, other.password)
                     && strcmp(cred->login, other.login) == 0
                     && strcmp(cred->realm, other.realm) == 0
                     && cred->expires == other.expires);
    secret_free(&bytes);
    cred_clear(&other);
    return r;
}

static int decode(const uint8_t *data, size_t size, struct err *err)
{
    struct secret *in = NULL;
    struct cred cred = { .password = NULL };
    size_t padded = (size + 255) / 256 * 256;
    int r;

    if (padded > SECRET_MAX)
        return 0;
    if (secret_new(padded, &in, err) != 0)
        return -1;
    if (size > 0)
        memcpy(in->data, data, size);
    r = cred_decode(in, &cred, err);
    if (r == 0)
        r = again(&cred, err);
    if (r == 0)
        r = map(&cred, err);
    cred_clear(&cred);
    secret_free(&in);
    return r;
}

/* "login\ndomain\nrealm" */
static int names(const uint8_t *data, size_t size, struct err *err)
{
    struct cred cred = { .password = NULL };
    char *const fields[] = { cred.login, cred.domain, cred.realm };
    size_t at = 0, field = 0, i;

    for (i = 0; i < size && field < 3; i++) {
        if (data[i] == '\n') {
            field++;
            at = 0;
        } else if (at < CRED_NAME_MAX - 1) {
            fields[field][at++] = (char)data[i];
        }
    }
    return map(&cred, err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned seed = fuzz_seed(&data, &size);
    uint8_t which = fuzz_u8(&data, &size);

    fuzz_twice(which == 'n' ? names : decode, seed, data, size);
    return 0;
}
