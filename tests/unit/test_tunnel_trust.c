/* test_tunnel_trust.c - whose certificate is trusted, by name and by chain. */
#include "unit.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <unistd.h>

#include "auth/tunnel.h"
#include "server_key.h"

#define HOST "win1.corp.example.com"
#define LEG_MAX 65536

static struct server_key ca;
static char ca_path[] = "/tmp/credssp-ca.XXXXXX";

static void extend(X509 *certificate, int nid, const char *value)
{
    X509_EXTENSION *extension =
        X509V3_EXT_conf_nid(NULL, NULL, nid, value);

    assert_non_null(extension);
    assert_int_equal(X509_add_ext(certificate, extension, -1), 1);
    X509_EXTENSION_free(extension);
}

/* The CA is what this test's system trusts (openssl-env(7)). */
static int make_ca(void **state)
{
    FILE *file;
    int fd;

    (void)state;
    ca = server_key_rsa(2048);
    extend(ca.certificate, NID_basic_constraints, "critical,CA:TRUE");
    X509_sign(ca.certificate, ca.key, EVP_sha256());
    fd = mkstemp(ca_path);
    if (fd < 0 || (file = fdopen(fd, "w")) == NULL)
        return -1;
    PEM_write_X509(file, ca.certificate);
    fclose(file);
    return setenv("SSL_CERT_FILE", ca_path, 1);
}

static int remove_ca(void **state)
{
    (void)state;
    server_key_free(&ca);
    return unlink(ca_path);
}

struct row {
    const char *name;
    const char *alternative; /* subjectAltName */
    const char *usage;       /* extendedKeyUsage, or NULL */
    bool self_signed;
    long until;              /* seconds from now */
    const char *reason;      /* NULL: trusted */
};

static const struct row rows[] = {
    { "the host's", "DNS:" HOST, NULL, false, 3600, NULL },
    { "in other case", "DNS:WIN1.Corp.Example.COM", NULL, false, 3600,
      NULL },
    { "for servers", "DNS:" HOST, "serverAuth", false, 3600, NULL },
    { "a wildcard's", "DNS:*.corp.example.com", NULL, false, 3600, NULL },
    { "another host's", "DNS:win2.corp.example.com", NULL, false, 3600,
      "ostname mismatch" },
    { "a part of a label", "DNS:win*.corp.example.com", NULL, false, 3600,
      "ostname mismatch" },
    { "a wildcard too high", "DNS:*.example.com", NULL, false, 3600,
      "ostname mismatch" },
    { "self-signed", "DNS:" HOST, NULL, true, 3600, "self-signed" },
    { "expired", "DNS:" HOST, NULL, false, -1, "expired" },
    { "for clients", "DNS:" HOST, "clientAuth", false, 3600, "purpose" },
};

static struct server_key key_of(const struct row *row)
{
    struct server_key made = server_key_ec("P-256");
    X509_NAME *issuer = X509_NAME_new();

    X509_gmtime_adj(X509_getm_notBefore(made.certificate), -60);
    X509_gmtime_adj(X509_getm_notAfter(made.certificate), row->until);
    extend(made.certificate, NID_subject_alt_name, row->alternative);
    if (row->usage != NULL)
        extend(made.certificate, NID_ext_key_usage, row->usage);
    X509_NAME_add_entry_by_txt(issuer, "CN", MBSTRING_ASC,
                               (const unsigned char *)"leaf", -1, -1, 0);
    X509_set_subject_name(made.certificate, issuer);
    X509_set_issuer_name(made.certificate,
                         row->self_signed
                             ? issuer
                             : X509_get_subject_name(ca.certificate));
    X509_sign(made.certificate, row->self_signed ? made.key : ca.key,
              EVP_sha256());
    X509_NAME_free(issuer);
    return made;
}

/* Both legs; the client's result. */
static int shake_hands(const struct tunnel_profile *profile,
                       const struct server_key *key, struct err *err)
{
    struct buf there = BUF_INIT(LEG_MAX), back = BUF_INIT(LEG_MAX);
    struct tunnel *client = NULL, *server = NULL;
    bool finished = false, ignored;
    int r;

    assert_ok(tunnel_new_client(profile, &client, err), err);
    assert_ok(tunnel_new_server(key->certificate, key->key, NULL, &server,
                                err), err);
    for (;;) {
        buf_clear(&there);
        r = tunnel_handshake(client, back.data, back.len, &there, &finished,
                             err);
        if (r != 0 || finished)
            break;
        buf_clear(&back);
        assert_ok(tunnel_handshake(server, there.data, there.len, &back,
                                   &ignored, err), err);
    }
    tunnel_free(&client);
    tunnel_free(&server);
    buf_free(&there);
    buf_free(&back);
    return r;
}

static void chain_and_name_decide(void **state)
{
    const struct tunnel_profile profile = { .trusted_host = HOST };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct server_key key = key_of(&rows[i]);
        struct err err = ERR_INIT;

        print_message("  %s\n", rows[i].name);
        if (rows[i].reason == NULL) {
            assert_ok(shake_hands(&profile, &key, &err), &err);
        } else {
            assert_cause(shake_hands(&profile, &key, &err), &err,
                         ERR_CERTIFICATE);
            assert_non_null(strstr(err.text, rows[i].reason));
            assert_non_null(strstr(err.text, HOST));
        }
        server_key_free(&key);
    }
}

static void fingerprint(const struct server_key *key, char hex[65])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned n = 0, i;

    X509_digest(key->certificate, EVP_sha256(), digest, &n);
    for (i = 0; i < 32; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
}

/* Two demands are two: neither stands in for the other. */
static void a_pin_and_a_chain_must_both_hold(void **state)
{
    struct server_key trusted = key_of(&rows[0]);
    struct server_key signed_by_itself = server_key_ec("P-256");
    struct tunnel_profile profile = { .trusted_host = HOST };
    struct err err = ERR_INIT;
    char hex[65];

    (void)state;
    profile.pinned_sha256 = hex;
    fingerprint(&trusted, hex);
    assert_ok(shake_hands(&profile, &trusted, &err), &err);
    assert_cause(shake_hands(&profile, &signed_by_itself, &err), &err,
                 ERR_CERTIFICATE);
    assert_non_null(strstr(err.text, "pinned"));
    fingerprint(&signed_by_itself, hex);
    assert_cause(shake_hands(&profile, &signed_by_itself, &err), &err,
                 ERR_CERTIFICATE);
    assert_non_null(strstr(err.text, "self-signed"));
    profile.trusted_host = NULL;
    assert_ok(shake_hands(&profile, &signed_by_itself, &err), &err);
    server_key_free(&trusted);
    server_key_free(&signed_by_itself);
}

/* OpenSSL compares no name when there is none. */
static void no_name_is_no_host(void **state)
{
    struct tunnel_profile profile = { .trusted_host = "" };
    struct tunnel *client = NULL;
    struct err err = ERR_INIT;

    (void)state;
    assert_cause(tunnel_new_client(&profile, &client, &err), &err,
                 ERR_CERTIFICATE);
    assert_null(client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chain_and_name_decide),
        cmocka_unit_test(a_pin_and_a_chain_must_both_hold),
        cmocka_unit_test(no_name_is_no_host),
    };

    return cmocka_run_group_tests(tests, make_ca, remove_ca);
}
