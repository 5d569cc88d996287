/* session_key.c - the exchange of a session key, and SecureStrings. */
#include "psrp/session_key.h"

#include <errno.h>
#include <gmp.h>
#include <nettle/aes.h>
#include <nettle/bignum.h>
#include <nettle/cbc.h>
#include <nettle/rsa.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "psrp/escape.h"
#include "wsman/base64.h"

#define RSA_BITS 2048
#define RSA_BYTES (RSA_BITS / 8)
#define EXPONENT 65537
#define AES_KEY_BYTES 32
/* A typed password, or a certificate that somebody keeps as one. */
#define SEALED_MAX 49152

/* MS-PSRP 2.2.2.3: PUBLICKEYBLOB, CALG_RSA_KEYX, "RSA1", the bit length;
 * behind it exponent and modulus, little endian. */
static const unsigned char public_head[] = {
    0x06, 0x02, 0x00, 0x00, 0x00, 0xa4, 0x00, 0x00, 'R', 'S', 'A', '1',
    RSA_BITS & 0xff, RSA_BITS >> 8, 0x00, 0x00,
    EXPONENT & 0xff, EXPONENT >> 8 & 0xff, EXPONENT >> 16, 0x00,
};
/* MS-PSRP 2.2.2.4: SIMPLEBLOB, CALG_AES_256, CALG_RSA_KEYX. */
static const unsigned char session_head[] = {
    0x01, 0x02, 0x00, 0x00, 0x10, 0x66, 0x00, 0x00, 0x00, 0xa4, 0x00, 0x00,
};

struct session_key {
    struct rsa_public_key public;
    struct rsa_private_key private;
    bool failed;              /* there were no random numbers */
    struct secret *aes;       /* NULL: not here yet */
};

/* GMP keeps the RSA key where it likes, and frees it here. */
static void *wiped_grow(void *old, size_t old_size, size_t size)
{
    void *grown = malloc(size);

    if (grown == NULL)
        abort(); /* GMP can take no other answer */
    memcpy(grown, old, old_size < size ? old_size : size);
    explicit_bzero(old, old_size);
    free(old);
    return grown;
}

static void wiped_free(void *p, size_t n)
{
    explicit_bzero(p, n);
    free(p);
}

/* nettle's source of random bytes, which cannot fail. */
static void draw(void *arg, size_t n, uint8_t *out)
{
    struct session_key *key = arg;

    while (n > 0) {
        ssize_t r = getrandom(out, n, 0);

        if (r == -1 && errno != EINTR) {
            key->failed = true;
            memset(out, 0xff, n); /* else nettle would look for ever */
            return;
        }
        if (r > 0) {
            out += r;
            n -= (size_t)r;
        }
    }
}

int session_key_new(struct session_key **out, struct err *err)
{
    struct session_key *key = calloc(1, sizeof *key);
    int made;

    *out = NULL;
    if (key == NULL)
        return err_set(err, ERR_MEMORY, STAGE_SHELL, NULL);
    mp_set_memory_functions(NULL, wiped_grow, wiped_free);
    rsa_public_key_init(&key->public);
    rsa_private_key_init(&key->private);
    mpz_set_ui(key->public.e, EXPONENT);
    made = rsa_generate_keypair(&key->public, &key->private, key, draw, NULL,
                                NULL, RSA_BITS, 0);
    *out = key;
    if (made && !key->failed && key->public.size == RSA_BYTES)
        return 0;
    session_key_free(out);
    return err_set(err, ERR_SYSTEM, STAGE_SHELL,
                   "no RSA key could be made");
}

static void forget_rsa(struct session_key *key)
{
    rsa_private_key_clear(&key->private);
    rsa_private_key_init(&key->private);
}

void session_key_free(struct session_key **key)
{
    if (*key == NULL)
        return;
    rsa_private_key_clear(&(*key)->private);
    rsa_public_key_clear(&(*key)->public);
    secret_free(&(*key)->aes);
    free(*key);
    *key = NULL;
}

static void reverse(unsigned char *p, size_t n)
{
    size_t i;

    for (i = 0; i < n / 2; i++) {
        unsigned char c = p[i];

        p[i] = p[n - 1 - i];
        p[n - 1 - i] = c;
    }
}

int session_key_put_public(const struct session_key *key, struct buf *out,
                           struct err *err)
{
    unsigned char blob[sizeof public_head + RSA_BYTES];
    char text[BASE64_LEN(sizeof blob)];

    memcpy(blob, public_head, sizeof public_head);
    nettle_mpz_get_str_256(RSA_BYTES, blob + sizeof public_head,
                           key->public.n);
    reverse(blob + sizeof public_head, RSA_BYTES);
    base64_encode(blob, sizeof blob, text);
    buf_put(out, text, sizeof text);
    return buf_ok(out, STAGE_SHELL, err);
}

static int refuse(struct err *err, const char *what)
{
    return err_set(err, ERR_MALFORMED, STAGE_SHELL,
                   "the host's PowerShell sent %s", what);
}

/* Without a branch on what comes out (rsa_sec_decrypt). */
static bool unwrap(struct session_key *key,
                   const unsigned char sealed[RSA_BYTES])
{
    mpz_t number;
    int opened;

    mpz_init(number);
    nettle_mpz_set_str_256_u(number, RSA_BYTES, sealed);
    opened = rsa_sec_decrypt(&key->public, &key->private, key, draw,
                             AES_KEY_BYTES, key->aes->data, number);
    mpz_clear(number);
    return opened && !key->failed;
}

int session_key_take(struct session_key *key, const char *text, size_t n,
                     struct err *err)
{
    unsigned char blob[sizeof session_head + RSA_BYTES + 2];
    size_t len;

    if (key->aes != NULL)
        return refuse(err, "a session key twice");
    if (n != BASE64_LEN(sizeof session_head + RSA_BYTES) ||
        base64_decode(text, n, blob, &len) != 0 ||
        len != sizeof session_head + RSA_BYTES ||
        memcmp(blob, session_head, sizeof session_head) != 0)
        return refuse(err, "a session key in a form that nobody specified");
    if (secret_new(AES_KEY_BYTES, &key->aes, err) != 0)
        return -1;
    reverse(blob + sizeof session_head, RSA_BYTES);
    if (unwrap(key, blob + sizeof session_head)) {
        forget_rsa(key);
        return 0;
    }
    secret_free(&key->aes);
    return refuse(err, "a session key that is not for our public key");
}

bool session_key_is_ready(const struct session_key *key)
{
    return key != NULL && key->aes != NULL;
}

static int not_ready(struct err *err)
{
    return err_set(err, ERR_INTERNAL, STAGE_COMMAND,
                   "a SecureString before there is a key for it");
}

/* MS-PSRP 2.2.5.1.24: AES-256-CBC with an initial vector of zeros, PKCS #7
 * padding; in place, n a multiple of the block. */
static void encrypt(const struct session_key *key, unsigned char *p,
                    size_t n)
{
    struct CBC_CTX(struct aes256_ctx, AES_BLOCK_SIZE) cbc;

    memset(cbc.iv, 0, sizeof cbc.iv);
    aes256_set_encrypt_key(&cbc.ctx, key->aes->data);
    CBC_ENCRYPT(&cbc, aes256_encrypt, n, p, p);
    explicit_bzero(&cbc, sizeof cbc);
}

static void decrypt(const struct session_key *key, unsigned char *p,
                    size_t n)
{
    struct CBC_CTX(struct aes256_ctx, AES_BLOCK_SIZE) cbc;

    memset(cbc.iv, 0, sizeof cbc.iv);
    aes256_set_decrypt_key(&cbc.ctx, key->aes->data);
    CBC_DECRYPT(&cbc, aes256_decrypt, n, p, p);
    explicit_bzero(&cbc, sizeof cbc);
}

static int put_base64(const struct secret *sealed, struct buf *out,
                      struct err *err)
{
    unsigned char *text = buf_reserve(out, BASE64_LEN(sealed->len));

    if (text != NULL)
        base64_encode(sealed->data, sealed->len, (char *)text);
    return buf_ok(out, STAGE_COMMAND, err);
}

int session_key_seal(const struct session_key *key,
                     const struct secret *utf8, struct buf *out,
                     struct err *err)
{
    struct secret *plain = NULL, *sealed = NULL;
    size_t padding;
    int rc;

    if (!session_key_is_ready(key))
        return not_ready(err);
    if (secret_utf16(utf8, &plain, err) != 0)
        return -1;
    padding = AES_BLOCK_SIZE - plain->len % AES_BLOCK_SIZE;
    rc = secret_new(plain->len + padding, &sealed, err);
    if (rc == 0) {
        memcpy(sealed->data, plain->data, plain->len);
        memset(sealed->data + plain->len, (int)padding, padding);
        encrypt(key, sealed->data, sealed->len);
        rc = put_base64(sealed, out, err);
    }
    secret_free(&plain);
    secret_free(&sealed);
    return rc;
}

/* PKCS #7; -1: it is none. */
static int take_padding(struct secret *plain)
{
    size_t padding = plain->data[plain->len - 1], i;

    if (padding == 0 || padding > AES_BLOCK_SIZE)
        return -1;
    for (i = 1; i <= padding; i++)
        if (plain->data[plain->len - i] != padding)
            return -1;
    secret_truncate(plain, plain->len - padding);
    return 0;
}

static int to_utf8(const struct secret *utf16, struct secret **utf8,
                   struct err *err)
{
    struct buf text = BUF_INIT(SEALED_MAX * 2ul);
    struct unescape u = { .have = 0 };
    size_t i;
    int rc;

    for (i = 0; i + 1 < utf16->len; i += 2)
        unescape_unit(&u, (uint32_t)(utf16->data[i] |
                                     utf16->data[i + 1] << 8), &text);
    unescape_end(&u, &text);
    rc = utf16->len % 2 != 0
             ? refuse(err, "a SecureString under another key")
             : buf_ok(&text, STAGE_OUTPUT, err);
    if (rc == 0)
        rc = secret_copy(text.data, text.len, utf8, err);
    buf_free(&text);
    return rc;
}

int session_key_open(const struct session_key *key, const char *text,
                     size_t n, struct secret **utf8, struct err *err)
{
    struct secret *plain = NULL;
    size_t len;
    int rc;

    *utf8 = NULL;
    if (!session_key_is_ready(key))
        return not_ready(err);
    if (n == 0 || n > BASE64_LEN((size_t)SEALED_MAX))
        return refuse(err, "a SecureString of an impossible length");
    if (secret_new(n, &plain, err) != 0)
        return -1;
    if (base64_decode(text, n, plain->data, &len) != 0 || len == 0 ||
        len % AES_BLOCK_SIZE != 0) {
        secret_free(&plain);
        return refuse(err, "a SecureString that is no ciphertext");
    }
    secret_truncate(plain, len);
    decrypt(key, plain->data, len);
    rc = take_padding(plain) == 0
             ? to_utf8(plain, utf8, err)
             : refuse(err, "a SecureString under another key");
    secret_free(&plain);
    return rc;
}
