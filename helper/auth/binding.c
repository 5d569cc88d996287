/* binding.c - the public key binding (MS-CSSP 3.1.5). */
#include "auth/binding.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#define HASHED_SINCE 5 /* CVE-2018-0886 */

/* sizeof counts the NUL, which belongs to them. */
static const char to_server[] = "CredSSP Client-To-Server Binding Hash";
static const char to_client[] = "CredSSP Server-To-Client Binding Hash";

/* SHA256(magic || nonce || SubjectPublicKey). */
static int hash(const struct binding *binding, const void *magic,
                size_t magic_len, struct buf *out, struct err *err)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    unsigned len = 0;
    int ok;

    ok = ctx != NULL && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1
        && EVP_DigestUpdate(ctx, magic, magic_len) == 1
        && EVP_DigestUpdate(ctx, binding->nonce, binding->nonce_len) == 1
        && EVP_DigestUpdate(ctx, binding->key->data, binding->key->len) == 1
        && EVP_DigestFinal_ex(ctx, digest, &len) == 1;
    EVP_MD_CTX_free(ctx);
    if (!ok)
        return err_set(err, ERR_MEMORY, STAGE_BINDING, NULL);
    buf_put(out, digest, len);
    return buf_ok(out, STAGE_BINDING, err);
}

/* The key itself; the acceptor adds 1 to its first byte. */
static int echo(const struct binding *binding, enum binding_sender sender,
                struct buf *out, struct err *err)
{
    size_t first = out->len;

    buf_put(out, binding->key->data, binding->key->len);
    if (buf_ok(out, STAGE_BINDING, err) != 0)
        return -1;
    if (sender == BINDING_ACCEPTOR && out->len > first)
        out->data[first] = (unsigned char)(out->data[first] + 1);
    return 0;
}

int binding_make(const struct binding *binding, enum binding_sender sender,
                 struct buf *out, struct err *err)
{
    if (binding->version < HASHED_SINCE)
        return echo(binding, sender, out, err);
    if (sender == BINDING_INITIATOR)
        return hash(binding, to_server, sizeof to_server, out, err);
    return hash(binding, to_client, sizeof to_client, out, err);
}

int binding_check(const struct binding *binding, enum binding_sender sender,
                  const struct buf *sent, struct err *err)
{
    struct buf expected = BUF_INIT(BINDING_MAX);
    int r = binding_make(binding, sender, &expected, err);

    if (r == 0 && (sent->len != expected.len
                   || CRYPTO_memcmp(sent->data, expected.data, expected.len)
                       != 0))
        r = err_set(err, ERR_BINDING, STAGE_BINDING, NULL);
    buf_free(&expected);
    return r;
}
