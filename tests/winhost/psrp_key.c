/* psrp_key.c - RSA-2048 to agree upon a key, AES-256-CBC to use it. */
#include "psrp_key.h"

#include <iconv.h>
#include <libxml/parser.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <string.h>

#include "psrp_pool.h"
#include "soap_body.h"

#define RSA_BYTES 256
#define PUBLIC_HEADER 20      /* BLOBHEADER and RSAPUBKEY, with e */
#define SIMPLE_HEADER 12
#define SECRET_MAX 65536
#define AES_BLOCK 16

static const unsigned char zero_iv[AES_BLOCK];

static void reverse(unsigned char *p, size_t n)
{
    size_t i;

    for (i = 0; i < n / 2; i++) {
        unsigned char c = p[i];

        p[i] = p[n - 1 - i];
        p[n - 1 - i] = c;
    }
}

/* PUBLICKEYBLOB: 06 02 00 00 00 a4 00 00 "RSA1", bits, exponent, modulus. */
static EVP_PKEY *read_public_key(unsigned char *blob, size_t len)
{
    static const unsigned char head[] = {
        6, 2, 0, 0, 0, 0xa4, 0, 0, 'R', 'S', 'A', '1', 0, 8, 0, 0
    };
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    BIGNUM *e = NULL, *n = NULL;
    OSSL_PARAM *params = NULL;
    EVP_PKEY *key = NULL;

    if (len == PUBLIC_HEADER + RSA_BYTES &&
        memcmp(blob, head, sizeof head) == 0) {
        e = BN_lebin2bn(blob + sizeof head, 4, NULL);
        n = BN_lebin2bn(blob + PUBLIC_HEADER, RSA_BYTES, NULL);
    }
    if (e != NULL && n != NULL &&
        OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n) &&
        OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e) &&
        (params = OSSL_PARAM_BLD_to_param(build)) != NULL &&
        EVP_PKEY_fromdata_init(ctx) == 1)
        EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(build);
    EVP_PKEY_CTX_free(ctx);
    BN_free(e);
    BN_free(n);
    return key;
}

/* SIMPLEBLOB of a new key: PKCS #1 v1.5, little endian. */
static int make_key(struct psrp_key *key, EVP_PKEY *client,
                    unsigned char blob[SIMPLE_HEADER + RSA_BYTES])
{
    static const unsigned char head[SIMPLE_HEADER] = {
        1, 2, 0, 0, 0x10, 0x66, 0, 0, 0, 0xa4, 0, 0
    };
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(client, NULL);
    size_t n = RSA_BYTES;
    int rc = -1;

    memcpy(blob, head, sizeof head);
    if (RAND_bytes(key->bytes, PSRP_KEY_BYTES) == 1 &&
        EVP_PKEY_encrypt_init(ctx) == 1 &&
        EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1 &&
        EVP_PKEY_encrypt(ctx, blob + SIMPLE_HEADER, &n, key->bytes,
                         PSRP_KEY_BYTES) == 1)
        rc = 0;
    reverse(blob + SIMPLE_HEADER, RSA_BYTES);
    EVP_PKEY_CTX_free(ctx);
    return rc;
}

int psrp_key_answer(struct psrp_key *key, const char *xml, size_t len,
                    struct buf *out)
{
    unsigned char blob[SIMPLE_HEADER + RSA_BYTES];
    char text[(sizeof blob + 2) / 3 * 4 + 1];
    xmlDocPtr doc = xmlReadMemory(xml, (int)len, NULL, NULL,
                                  XML_PARSE_NONET);
    xmlNodePtr node = psrp_member(xmlDocGetRootElement(doc), "PublicKey");
    xmlChar *content = node != NULL ? xmlNodeGetContent(node) : NULL;
    EVP_PKEY *client = NULL;
    size_t n;
    int rc = -1;

    if (content != NULL && body_decode(content, &n) == 0)
        client = read_public_key(content, n);
    if (client != NULL && make_key(key, client, blob) == 0) {
        EVP_EncodeBlock((unsigned char *)text, blob, sizeof blob);
        buf_printf(out, "<Obj RefId=\"0\"><MS>"
                   "<S N=\"EncryptedSessionKey\">%s</S></MS></Obj>", text);
        key->ready = true;
        rc = 0;
    }
    EVP_PKEY_free(client);
    xmlFree(content);
    xmlFreeDoc(doc);
    return rc;
}

/* Adds to out what "from" has in another encoding. */
static int convert(const char *to, const char *from, void *p, size_t n,
                   struct buf *out)
{
    iconv_t way = iconv_open(to, from);
    char *in = p, *end;
    size_t room = 2 * n + 4, before = out->len;
    unsigned char *dst;
    int rc = -1;

    if (way == (iconv_t)-1)
        return -1;
    dst = buf_reserve(out, room);
    end = (char *)dst;
    if (dst != NULL && iconv(way, &in, &n, &end, &room) != (size_t)-1) {
        out->len = before + (size_t)(end - (char *)dst);
        rc = 0;
    }
    iconv_close(way);
    return rc;
}

int psrp_key_open(const struct psrp_key *key, const char *base64,
                  struct buf *text)
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    struct buf sealed = BUF_INIT(SECRET_MAX), open = BUF_INIT(SECRET_MAX);
    size_t n = 0;
    int len = 0, last = 0, rc = -1;

    buf_put(&sealed, base64, strlen(base64) + 1);
    if (key->ready && sealed.failed == ERR_NONE &&
        body_decode(sealed.data, &n) == 0 &&
        buf_reserve(&open, n + AES_BLOCK) != NULL &&
        EVP_DecryptInit_ex(ctx, EVP_aes_256_cbc(), NULL, key->bytes, zero_iv)
            == 1 &&
        EVP_DecryptUpdate(ctx, open.data, &len, sealed.data, (int)n) == 1 &&
        EVP_DecryptFinal_ex(ctx, open.data + len, &last) == 1)
        rc = convert("UTF-8", "UTF-16LE", open.data, (size_t)(len + last),
                     text);
    EVP_CIPHER_CTX_free(ctx);
    buf_free(&sealed);
    buf_free(&open);
    return rc;
}

int psrp_key_seal(const struct psrp_key *key, const char *text, size_t len,
                  struct buf *base64)
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    struct buf wide = BUF_INIT(SECRET_MAX), sealed = BUF_INIT(SECRET_MAX);
    struct buf own = BUF_INIT(SECRET_MAX);
    unsigned char *out;
    int n = 0, last = 0, rc = -1;

    buf_put(&own, text, len);
    if (key->ready &&
        convert("UTF-16LE", "UTF-8", own.data, own.len, &wide) == 0 &&
        buf_reserve(&sealed, wide.len + AES_BLOCK) != NULL &&
        EVP_EncryptInit_ex(ctx, EVP_aes_256_cbc(), NULL, key->bytes, zero_iv)
            == 1 &&
        EVP_EncryptUpdate(ctx, sealed.data, &n, wide.data, (int)wide.len)
            == 1 &&
        EVP_EncryptFinal_ex(ctx, sealed.data + n, &last) == 1 &&
        (out = buf_reserve(base64, (size_t)(n + last + 2) / 3 * 4 + 1))
            != NULL) {
        EVP_EncodeBlock(out, sealed.data, n + last);
        base64->len--;
        rc = 0;
    }
    EVP_CIPHER_CTX_free(ctx);
    buf_free(&own);
    buf_free(&wide);
    buf_free(&sealed);
    return rc;
}
