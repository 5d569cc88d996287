/*
 * test_kerberos.c - the ticket, its failures, and CredSSP's SPNEGO with
 * Kerberos alone, against a KDC of the test's own.
 */
#include "unit.h"

#include <krb5.h>
#include <pthread.h>
#include <time.h>

#include "auth/credssp.h"
#include "auth/kerberos.h"
#include "auth/spnego.h"
#include "gss_leaks.h"
#include "private_kdc.h"
#include "server_key.h"

#define SPN "WSMAN/win1.corp.example.com"
#define PASSWORD "Sommer42"

static struct private_kdc kdc;

static int login(const char *principal, const char *password,
                 struct kerberos **kerberos, struct err *err)
{
    struct secret *secret = NULL;
    int r;

    assert_ok(secret_copy(password, strlen(password), &secret, err), err);
    r = kerberos_login(principal, secret, kerberos, err);
    secret_free(&secret);
    return r;
}

static void a_password_becomes_a_ticket(void **state)
{
    struct kerberos *kerberos = NULL;
    struct err err = ERR_INIT;

    (void)state;
    assert_ok(login("alice@" KDC_REALM, PASSWORD, &kerberos, &err), &err);
    assert_true(kerberos_expires(kerberos) > time(NULL) + 3600);
    kerberos_free(&kerberos);
    assert_null(kerberos);
}

struct failure {
    const char *principal, *password;
    enum err_cause cause;
    krb5_error_code code;
};

static void failures_are_told_apart(void **state)
{
    static const struct failure rows[] = {
        { "alice@" KDC_REALM, "wrong", ERR_WRONG_PASSWORD,
          KRB5KDC_ERR_PREAUTH_FAILED },
        { "nopreauth@" KDC_REALM, "wrong", ERR_WRONG_PASSWORD,
          KRB5KDC_ERR_PREAUTH_FAILED },
        { "nobody@" KDC_REALM, PASSWORD, ERR_PRINCIPAL_UNKNOWN,
          KRB5KDC_ERR_C_PRINCIPAL_UNKNOWN },
        { "stale@" KDC_REALM, PASSWORD, ERR_PASSWORD_EXPIRED,
          KRB5KDC_ERR_KEY_EXP },
        { "locked@" KDC_REALM, PASSWORD, ERR_ACCOUNT_RESTRICTED,
          KRB5KDC_ERR_CLIENT_REVOKED },
        { "gone@" KDC_REALM, PASSWORD, ERR_ACCOUNT_EXPIRED,
          KRB5KDC_ERR_NAME_EXP },
        { "alice@NOWHERE.EXAMPLE", PASSWORD, ERR_KDC_UNREACHABLE,
          KRB5_REALM_UNKNOWN },
        { "alice", PASSWORD, ERR_PRINCIPAL_UNKNOWN, KRB5_PARSE_MALFORMED },
    };
    struct kerberos *kerberos = NULL;
    struct err err = ERR_INIT;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_cause(login(rows[i].principal, rows[i].password, &kerberos,
                           &err), &err, rows[i].cause);
        assert_int_equal(err.domain, CODE_KRB5);
        assert_int_equal(err.code, rows[i].code);
        assert_null(kerberos);
    }
}

struct pair {
    struct spnego *initiator, *acceptor;
    struct buf to_acceptor, to_initiator;
    bool can_wrap, complete, acceptor_can_wrap, acceptor_complete;
};

static void pair_init(struct pair *pair, struct kerberos *kerberos)
{
    struct err err = ERR_INIT;

    memset(pair, 0, sizeof *pair);
    buf_init(&pair->to_acceptor, SPNEGO_TOKEN_MAX);
    buf_init(&pair->to_initiator, SPNEGO_TOKEN_MAX);
    assert_ok(spnego_initiate_kerberos(kerberos, SPN, &pair->initiator,
                                       &err), &err);
    assert_ok(spnego_accept(SPNEGO_KERBEROS, &pair->acceptor, &err), &err);
}

static void pair_free(struct pair *pair)
{
    spnego_free(&pair->initiator);
    spnego_free(&pair->acceptor);
    buf_free(&pair->to_acceptor);
    buf_free(&pair->to_initiator);
}

static void turns(struct pair *pair)
{
    struct err err = ERR_INIT;

    while (!pair->complete || !pair->acceptor_complete) {
        buf_clear(&pair->to_acceptor);
        assert_ok(spnego_step(pair->initiator, pair->to_initiator.data,
                              pair->to_initiator.len, &pair->to_acceptor,
                              &pair->can_wrap, &pair->complete, &err), &err);
        if (pair->to_acceptor.len == 0)
            break;
        buf_clear(&pair->to_initiator);
        assert_ok(spnego_step(pair->acceptor, pair->to_acceptor.data,
                              pair->to_acceptor.len, &pair->to_initiator,
                              &pair->acceptor_can_wrap,
                              &pair->acceptor_complete, &err), &err);
    }
}

static void kerberos_alone_is_mutual_and_seals(void **state)
{
    struct buf sealed = BUF_INIT(4096), plain = BUF_INIT(4096);
    struct kerberos *kerberos = NULL;
    struct err err = ERR_INIT;
    struct pair pair;

    (void)state;
    assert_ok(login("alice@" KDC_REALM, PASSWORD, &kerberos, &err), &err);
    pair_init(&pair, kerberos);
    turns(&pair);
    assert_true(pair.can_wrap && pair.complete);
    assert_true(spnego_is_mutual(pair.initiator));
    assert_int_equal(spnego_mechanism(pair.initiator), SPNEGO_KERBEROS);
    assert_string_equal(spnego_peer_name(pair.acceptor),
                        "alice@" KDC_REALM);
    assert_ok(spnego_wrap(pair.initiator, "binding", 7, &sealed, &err), &err);
    assert_null(memmem(sealed.data, sealed.len, "binding", 7));
    assert_ok(spnego_unwrap(pair.acceptor, sealed.data, sealed.len, &plain,
                            &err), &err);
    assert_memory_equal(plain.data, "binding", 7);
    /* Once more the same message: a replay. */
    assert_cause(spnego_unwrap(pair.acceptor, sealed.data, sealed.len, &plain,
                               &err), &err, ERR_BINDING);
    pair_free(&pair);
    kerberos_free(&kerberos);
    buf_free(&sealed);
    buf_free(&plain);
}

static void an_unknown_service_is_named(void **state)
{
    struct spnego *spnego = NULL;
    struct kerberos *kerberos = NULL;
    struct err err = ERR_INIT;

    (void)state;
    assert_ok(login("alice@" KDC_REALM, PASSWORD, &kerberos, &err), &err);
    assert_cause(spnego_initiate_kerberos(kerberos,
                                          "WSMAN/win9.corp.example.com",
                                          &spnego, &err), &err,
                 ERR_SPN_UNKNOWN);
    assert_int_equal(err.domain, CODE_KRB5);
    assert_int_equal(err.code, KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN);
    assert_non_null(strstr(err.text, "WSMAN/win9.corp.example.com"));
    assert_null(spnego);
    kerberos_free(&kerberos);
}

/* The ticket is newer than the host's keytab. */
static void a_host_with_another_key_is_told(void **state)
{
    struct kerberos *kerberos = NULL;
    struct err err = ERR_INIT;
    struct pair pair;

    (void)state;
    assert_ok(login("alice@" KDC_REALM, PASSWORD, &kerberos, &err), &err);
    assert_true(kdc_admin("cpw -randkey " SPN));
    pair_init(&pair, kerberos);
    assert_ok(spnego_step(pair.initiator, NULL, 0, &pair.to_acceptor,
                          &pair.can_wrap, &pair.complete, &err), &err);
    assert_cause(spnego_step(pair.acceptor, pair.to_acceptor.data,
                             pair.to_acceptor.len, &pair.to_initiator,
                             &pair.can_wrap, &pair.complete, &err), &err,
                 ERR_KERBEROS);
    pair_free(&pair);
    kerberos_free(&kerberos);
}

/* An answer of NTLM to an offer of Kerberos alone, raw or in SPNEGO. */
static void a_downgrade_is_named(void **state)
{
    static const unsigned char in_spnego[] = {
        0xa1, 0x15, 0x30, 0x13, 0xa0, 0x03, 0x0a, 0x01, 0x01, 0xa1, 0x0c,
        0x06, 0x0a, 0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02,
        0x0a,
    };
    static const unsigned char raw[] = "NTLMSSP\0\2\0\0";
    struct kerberos *kerberos = NULL;
    struct err err = ERR_INIT;
    struct pair pair;
    int i;

    (void)state;
    assert_ok(login("alice@" KDC_REALM, PASSWORD, &kerberos, &err), &err);
    for (i = 0; i < 2; i++) {
        pair_init(&pair, kerberos);
        assert_ok(spnego_step(pair.initiator, NULL, 0, &pair.to_acceptor,
                              &pair.can_wrap, &pair.complete, &err), &err);
        assert_null(memmem(pair.to_acceptor.data, pair.to_acceptor.len,
                           "NTLMSSP", 7));
        assert_cause(spnego_step(pair.initiator, i == 0 ? in_spnego : raw,
                                 i == 0 ? sizeof in_spnego : sizeof raw,
                                 &pair.to_acceptor, &pair.can_wrap,
                                 &pair.complete, &err), &err, ERR_MECHANISM);
        assert_non_null(strstr(err.text, "NTLM"));
        pair_free(&pair);
    }
    kerberos_free(&kerberos);
}

static int release(void *arg, struct ts_delegated *who, struct err *err)
{
    (void)arg;
    snprintf(who->user, sizeof who->user, "alice@" KDC_REALM);
    return secret_copy(PASSWORD, strlen(PASSWORD), &who->password, err);
}

static uint32_t logon(void *arg, const struct ts_delegated *delegated)
{
    unsigned *logons = arg;

    assert_string_equal(delegated->domain, "");
    assert_string_equal(delegated->user, "alice@" KDC_REALM);
    assert_memory_equal(delegated->password->data, PASSWORD,
                        sizeof PASSWORD - 1);
    ++*logons;
    return 0;
}

static void make_machines(struct kerberos *kerberos,
                          const struct server_key *key, int version,
                          struct credssp **client, struct credssp **server,
                          unsigned *logons)
{
    struct credssp_initiator initiator = { .minimum_version = 2,
                                           .release = release };
    struct credssp_acceptor acceptor = {
        .certificate = key->certificate, .key = key->key,
        .version = version, .logon = logon, .logon_arg = logons,
    };
    struct err err = ERR_INIT;

    assert_ok(spnego_initiate_kerberos(kerberos, SPN, &initiator.spnego,
                                       &err), &err);
    assert_ok(spnego_accept(SPNEGO_KERBEROS, &acceptor.spnego, &err), &err);
    assert_ok(credssp_new_initiator(&initiator, client, &err), &err);
    assert_ok(credssp_new_acceptor(&acceptor, server, &err), &err);
}

static void five_legs_of_credssp_with_every_version(void **state)
{
    struct buf there = BUF_INIT(CREDSSP_TOKEN_MAX);
    struct buf back = BUF_INIT(CREDSSP_TOKEN_MAX);
    struct server_key key = server_key_rsa(2048);
    struct kerberos *kerberos = NULL;
    struct err err = ERR_INIT;
    unsigned legs, logons = 0;
    int version;

    (void)state;
    assert_ok(login("alice@" KDC_REALM, PASSWORD, &kerberos, &err), &err);
    for (version = 2; version <= 6; version++) {
        struct credssp *client = NULL, *server = NULL;
        bool sent = false, taken = false;

        make_machines(kerberos, &key, version, &client, &server, &logons);
        buf_clear(&back);
        for (legs = 0; !sent; legs++) {
            assert_ok(credssp_step(client, back.data, back.len, &there,
                                   &sent, &err), &err);
            assert_ok(credssp_step(server, there.data, there.len, &back,
                                   &taken, &err), &err);
        }
        assert_int_equal(legs, 5);
        assert_true(taken);
        assert_int_equal(logons, version - 1);
        credssp_free(&client);
        credssp_free(&server);
    }
    kerberos_free(&kerberos);
    server_key_free(&key);
    buf_free(&there);
    buf_free(&back);
}

static void *take_a_turn(void *arg)
{
    struct pair pair;
    int i;

    for (i = 0; i < 5; i++) {
        pair_init(&pair, arg);
        turns(&pair);
        assert_true(pair.can_wrap);
        pair_free(&pair);
    }
    return NULL;
}

static void threads_share_one_ticket(void **state)
{
    struct kerberos *kerberos = NULL;
    struct err err = ERR_INIT;
    pthread_t threads[4];
    int i;

    (void)state;
    assert_ok(login("alice@" KDC_REALM, PASSWORD, &kerberos, &err), &err);
    for (i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, take_a_turn,
                                        kerberos), 0);
    for (i = 0; i < 4; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    kerberos_free(&kerberos);
}

static void words_lead_back_to_the_code(void **state)
{
    (void)state;
    assert_int_equal(kerberos_code_of("Clock skew too great"),
                     KRB5KRB_AP_ERR_SKEW);
    assert_int_equal(kerberos_code_of("no such words"), 0);
    assert_int_equal(kerberos_code_of(""), 0);
}

static void a_silent_kdc_is_told(void **state)
{
    struct kerberos *kerberos = NULL;
    struct err err = ERR_INIT;

    (void)state;
    kill(kdc.pid, SIGKILL);
    waitpid(kdc.pid, NULL, 0);
    kdc.pid = 0;
    assert_cause(login("alice@" KDC_REALM, PASSWORD, &kerberos, &err), &err,
                 ERR_KDC_UNREACHABLE);
    assert_int_equal(err.code, KRB5_KDC_UNREACH);
}

static bool make_principals(void)
{
    char query[256], keytab[128];

    snprintf(keytab, sizeof keytab, "%s/keytab", kdc.dir);
    snprintf(query, sizeof query, "ktadd -k %s " SPN, keytab);
    setenv("KRB5_KTNAME", keytab, 1);
    setenv("KRB5RCACHENAME", "none:", 1);
    return kdc_admin("addprinc +requires_preauth -pw " PASSWORD " alice")
        && kdc_admin("addprinc -pw " PASSWORD " nopreauth")
        && kdc_admin("addprinc -pwexpire yesterday -pw " PASSWORD " stale")
        && kdc_admin("addprinc -allow_tix -pw " PASSWORD " locked")
        && kdc_admin("addprinc -expire yesterday -pw " PASSWORD " gone")
        && kdc_admin("addprinc -randkey " SPN) && kdc_admin(query);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_password_becomes_a_ticket),
        cmocka_unit_test(failures_are_told_apart),
        cmocka_unit_test(kerberos_alone_is_mutual_and_seals),
        cmocka_unit_test(an_unknown_service_is_named),
        cmocka_unit_test(a_downgrade_is_named),
        cmocka_unit_test(five_legs_of_credssp_with_every_version),
        cmocka_unit_test(threads_share_one_ticket),
        cmocka_unit_test(words_lead_back_to_the_code),
        cmocka_unit_test(a_host_with_another_key_is_told),
        cmocka_unit_test(a_silent_kdc_is_told),
    };
    const char *why = kdc_start(&kdc);
    int failed;

    if (why == NULL && !make_principals())
        why = "the KDC's principals cannot be made";
    if (why != NULL) {
        printf("skipped: %s\n", why);
        kdc_stop(&kdc);
        return 77;
    }
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    kdc_stop(&kdc);
    return failed;
}
