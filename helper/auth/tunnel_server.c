/* tunnel_server.c - the server's side of the tunnel, for tests only. */
#include "auth/tunnel_private.h"

/* Every suite that a client may ask for; the tests choose. */
#define SUITES_SERVER "ALL:" TUNNEL_SUITES_NEVER ":@SECLEVEL=0"

static int load(SSL_CTX *context, X509 *certificate, EVP_PKEY *key,
                const char *cipher_list, struct err *err)
{
    if (SSL_CTX_set_cipher_list(context, SUITES_SERVER) != 1
        || (cipher_list != NULL
            && SSL_CTX_set_cipher_list(context, cipher_list) != 1)
        || SSL_CTX_use_certificate(context, certificate) != 1
        || SSL_CTX_use_PrivateKey(context, key) != 1
        || SSL_CTX_set_dh_auto(context, 1) != 1)
        return tunnel_error(err, STAGE_TLS,
                            "the certificate or key cannot be used");
    return 0;
}

int tunnel_new_server_of(X509 *certificate, EVP_PKEY *key,
                         const char *cipher_list, int version,
                         struct tunnel **tunnel, struct err *err)
{
    SSL_CTX *context = NULL;
    SSL *ssl = NULL;
    int r;

    if (tunnel_context(TLS_server_method(), &context, err) != 0)
        return -1;
    r = load(context, certificate, key, cipher_list, err);
    if (r == 0 && (SSL_CTX_set_max_proto_version(context, 0) != 1
                   || SSL_CTX_set_min_proto_version(context, version) != 1
                   || SSL_CTX_set_max_proto_version(context, version) != 1))
        r = tunnel_error(err, STAGE_TLS, "this TLS version cannot be spoken");
    if (r == 0)
        r = tunnel_from_context(context, tunnel, &ssl, err);
    SSL_CTX_free(context); /* the tunnel holds its own reference */
    if (r == 0)
        SSL_set_accept_state(ssl);
    return r;
}

int tunnel_new_server(X509 *certificate, EVP_PKEY *key,
                      const char *cipher_list, struct tunnel **tunnel,
                      struct err *err)
{
    return tunnel_new_server_of(certificate, key, cipher_list,
                                TLS1_2_VERSION, tunnel, err);
}

int tunnel_renegotiate(struct tunnel *tunnel, struct err *err)
{
    SSL *ssl = tunnel_ssl(tunnel);

    SSL_clear_options(ssl, SSL_OP_NO_RENEGOTIATION);
    if (SSL_renegotiate(ssl) != 1 || SSL_do_handshake(ssl) != 1)
        return tunnel_error(err, STAGE_TLS, "no HelloRequest can be made");
    return 0;
}
