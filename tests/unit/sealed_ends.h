/* sealed_ends.h - two ends of a tunnel for tests of message encryption. */
#ifndef CREDSSP_TESTS_SEALED_ENDS_H
#define CREDSSP_TESTS_SEALED_ENDS_H

#include <stdlib.h>

#include "server_key.h"
#include "transport/seal.h"

#define LEG_MAX 262144
#define BODY_MAX 4194304
#define SINGLE                                                                \
    "multipart/encrypted;protocol=\"application/HTTP-CredSSP-session-"        \
    "encrypted\";boundary=\"Encrypted Boundary\""
#define MULTIPLE                                                              \
    "multipart/x-multi-encrypted;protocol=\"application/HTTP-CredSSP-"        \
    "session-encrypted\";boundary=\"Encrypted Boundary\""

struct ends {
    struct tunnel *client, *server;
};

static struct server_key rsa, ec;

static inline int make_keys(void **state)
{
    (void)state;
    rsa = server_key_rsa(2048);
    ec = server_key_ec("P-256");
    return 0;
}

static inline int free_keys(void **state)
{
    (void)state;
    server_key_free(&rsa);
    server_key_free(&ec);
    return 0;
}

/* A tunnel between two ends; suite NULL: what they agree on. */
static inline void make_ends(struct ends *ends, const char *suite)
{
    struct tunnel_profile profile = { .legacy = suite != NULL };
    const struct server_key *key = suite == NULL ? &ec : &rsa;
    struct buf there = BUF_INIT(LEG_MAX), back = BUF_INIT(LEG_MAX);
    struct err err = ERR_INIT;
    bool finished = false, ignored;

    assert_ok(tunnel_new_client(&profile, &ends->client, &err), &err);
    assert_ok(tunnel_new_server(key->certificate, key->key, suite,
                                &ends->server, &err), &err);
    while (!finished) {
        assert_ok(tunnel_handshake(ends->client, back.data, back.len, &there,
                                   &finished, &err), &err);
        buf_clear(&back);
        if (!finished)
            assert_ok(tunnel_handshake(ends->server, there.data, there.len,
                                       &back, &ignored, &err), &err);
        buf_clear(&there);
    }
    buf_free(&there);
    buf_free(&back);
}

static inline void free_ends(struct ends *ends)
{
    tunnel_free(&ends->client);
    tunnel_free(&ends->server);
}

/* Bytes that a mistake would not reproduce. */
static inline unsigned char *make_plain(size_t len)
{
    unsigned char *plain = malloc(len);
    size_t i;

    assert_non_null(plain);
    for (i = 0; i < len; i++)
        plain[i] = (unsigned char)(i * 7 + i / 251);
    return plain;
}

#endif
