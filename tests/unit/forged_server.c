/* forged_server.c - a TLS server whose records are written by hand. */
#include "forged_server.h"

#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#define KEY 16
#define SALT 4
#define EXPLICIT 8
#define TAG 16

enum { OF_CLIENT, OF_SERVER };

void forged_server_make(struct forged_server *server,
                        const struct server_key *key)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());

    memset(server, 0, sizeof *server);
    assert_int_equal(SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION),
                     1);
    assert_int_equal(SSL_CTX_set_cipher_list(context, FORGED_SUITE), 1);
    assert_int_equal(SSL_CTX_use_certificate(context, key->certificate), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey(context, key->key), 1);
    server->ssl = SSL_new(context);
    server->in = BIO_new(BIO_s_mem());
    server->out = BIO_new(BIO_s_mem());
    BIO_set_mem_eof_return(server->in, -1);
    SSL_set_bio(server->ssl, server->in, server->out);
    SSL_set_accept_state(server->ssl);
    SSL_CTX_free(context);
}

void forged_server_free(struct forged_server *server)
{
    SSL_free(server->ssl);
}

void forged_server_answer(struct forged_server *server,
                          const struct buf *from_client, struct buf *out)
{
    char *flight = NULL;
    long n;

    BIO_write(server->in, from_client->data, (int)from_client->len);
    (void)SSL_do_handshake(server->ssl);
    n = BIO_get_mem_data(server->out, &flight);
    assert_true(n > 0);
    buf_put(out, flight, (size_t)n);
    (void)BIO_reset(server->out);
}

/* key_block = PRF(master, "key expansion", server random + client random) */
void forged_server_take_keys(struct forged_server *server)
{
    unsigned char master[48], seed[13 + 64] = "key expansion";
    char digest[] = "SHA256";
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SECRET, master,
                                          sizeof master),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, seed,
                                          sizeof seed),
        OSSL_PARAM_construct_end(),
    };
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, OSSL_KDF_NAME_TLS1_PRF, NULL);
    EVP_KDF_CTX *context = EVP_KDF_CTX_new(kdf);

    assert_true(SSL_is_init_finished(server->ssl));
    assert_int_equal(
        SSL_SESSION_get_master_key(SSL_get_session(server->ssl), master,
                                   sizeof master), sizeof master);
    SSL_get_server_random(server->ssl, seed + 13, 32);
    SSL_get_client_random(server->ssl, seed + 13 + 32, 32);
    assert_int_equal(EVP_KDF_derive(context, server->block,
                                    sizeof server->block, params), 1);
    EVP_KDF_CTX_free(context);
    EVP_KDF_free(kdf);
    server->sent = server->received = 1; /* the two Finished */
}

/* One record to or from ciphertext; RFC 5246 section 6.2.3.3, RFC 5288. */
static void cipher(const struct forged_server *server, int whose,
                   unsigned char number, unsigned char type,
                   const unsigned char *explicit_nonce,
                   const unsigned char *in, int len, unsigned char *out,
                   unsigned char tag[TAG])
{
    const unsigned char *key = server->block + whose * KEY;
    unsigned char nonce[SALT + EXPLICIT];
    unsigned char also[13] = { 0, 0, 0, 0, 0, 0, 0, number, type, 3, 3,
                               (unsigned char)(len >> 8),
                               (unsigned char)len };
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    int n = 0, seals = whose == OF_SERVER;

    memcpy(nonce, server->block + 2 * KEY + whose * SALT, SALT);
    memcpy(nonce + SALT, explicit_nonce, EXPLICIT);
    assert_int_equal(EVP_CipherInit_ex(c, EVP_aes_128_gcm(), NULL, key, nonce,
                                       seals), 1);
    assert_int_equal(EVP_CipherUpdate(c, NULL, &n, also, sizeof also), 1);
    assert_int_equal(EVP_CipherUpdate(c, out, &n, in, len), 1);
    if (!seals)
        EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, TAG, tag);
    assert_int_equal(EVP_CipherFinal_ex(c, out + n, &n), 1);
    if (seals)
        EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, TAG, tag);
    EVP_CIPHER_CTX_free(c);
}

void forged_server_seal(struct forged_server *server, unsigned char type,
                        const void *plain, size_t len, struct buf *out)
{
    /* Unlike any that OpenSSL counted up from here. */
    unsigned char nonce[EXPLICIT] = { 0x7f, 0, 0, 0, 0, 0, 0, server->sent };
    unsigned char sealed[256], tag[TAG];

    assert_true(len <= sizeof sealed);
    cipher(server, OF_SERVER, server->sent++, type, nonce, plain, (int)len,
           sealed, tag);
    buf_put_u8(out, type);
    buf_put_u16(out, 0x0303);
    buf_put_u16(out, (uint16_t)(EXPLICIT + len + TAG));
    buf_put(out, nonce, sizeof nonce);
    buf_put(out, sealed, len);
    buf_put(out, tag, sizeof tag);
}

unsigned char forged_server_open(struct forged_server *server,
                                 struct reader *r, struct buf *plain)
{
    const unsigned char *header = reader_bytes(r, 3), *body;
    size_t len = reader_u16(r);
    unsigned char opened[256], tag[TAG];

    body = reader_bytes(r, len);
    assert_false(r->failed);
    assert_in_range(len, EXPLICIT + TAG, sizeof opened);
    len -= EXPLICIT + TAG;
    memcpy(tag, body + EXPLICIT + len, TAG);
    cipher(server, OF_CLIENT, server->received++, header[0], body,
           body + EXPLICIT, (int)len, opened, tag);
    buf_clear(plain);
    buf_put(plain, opened, len);
    return header[0];
}
