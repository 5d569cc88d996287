/* test_spnego.c - NTLM inside SPNEGO, both sides in memory. */
#include "unit.h"

#include "auth/spnego_private.h"
#include "gss_leaks.h"
#include "ntlm_users.h"

#define SPN "WSMAN/win1.corp.example.com"

struct pair {
    struct spnego *initiator, *acceptor;
    struct buf to_acceptor, to_initiator;
    bool initiator_can_wrap, initiator_complete;
    bool acceptor_can_wrap, acceptor_complete;
};

static int make_users(void **state)
{
    (void)state;
    return ntlm_users_make();
}

static int remove_users(void **state)
{
    (void)state;
    return ntlm_users_remove();
}

static void pair_init(struct pair *pair, const char *domain, const char *user,
                      const char *password)
{
    struct secret *secret = NULL;
    struct err err = ERR_INIT;

    memset(pair, 0, sizeof *pair);
    buf_init(&pair->to_acceptor, SPNEGO_TOKEN_MAX);
    buf_init(&pair->to_initiator, SPNEGO_TOKEN_MAX);
    assert_ok(secret_copy(password, strlen(password), &secret, &err), &err);
    assert_ok(spnego_initiate_ntlm(domain, user, secret, SPN,
                                   &pair->initiator, &err), &err);
    secret_free(&secret); /* used during the call only */
    assert_ok(spnego_accept(SPNEGO_NTLM, &pair->acceptor, &err), &err);
}

static void pair_free(struct pair *pair)
{
    spnego_free(&pair->initiator);
    spnego_free(&pair->acceptor);
    buf_free(&pair->to_acceptor);
    buf_free(&pair->to_initiator);
}

static int initiator_turn(struct pair *pair, struct err *err)
{
    buf_clear(&pair->to_acceptor);
    return spnego_step(pair->initiator, pair->to_initiator.data,
                       pair->to_initiator.len, &pair->to_acceptor,
                       &pair->initiator_can_wrap, &pair->initiator_complete,
                       err);
}

static int acceptor_turn(struct pair *pair, struct err *err)
{
    buf_clear(&pair->to_initiator);
    return spnego_step(pair->acceptor, pair->to_acceptor.data,
                       pair->to_acceptor.len, &pair->to_initiator,
                       &pair->acceptor_can_wrap, &pair->acceptor_complete,
                       err);
}

/* The rhythm of CredSSP: wrap before the context is complete. */
static void ntlm_wraps_before_it_is_complete(void **state)
{
    struct buf sealed = BUF_INIT(1024), plain = BUF_INIT(1024);
    struct err err = ERR_INIT;
    struct pair pair;

    (void)state;
    pair_init(&pair, NTLM_DOMAIN, NTLM_USER, NTLM_PASSWORD);
    assert_ok(initiator_turn(&pair, &err), &err);
    assert_false(pair.initiator_can_wrap);
    assert_ok(acceptor_turn(&pair, &err), &err);
    assert_false(pair.acceptor_can_wrap);
    assert_ok(initiator_turn(&pair, &err), &err);
    assert_true(pair.initiator_can_wrap);
    assert_false(pair.initiator_complete);
    assert_ok(spnego_wrap(pair.initiator, "binding", 7, &sealed, &err), &err);
    assert_int_equal(sealed.len, 16 + 7); /* signature and ciphertext */

    assert_ok(acceptor_turn(&pair, &err), &err);
    assert_true(pair.acceptor_complete);
    assert_string_equal(spnego_peer_name(pair.acceptor), "CORP\\alice");
    assert_ok(spnego_unwrap(pair.acceptor, sealed.data, sealed.len, &plain,
                            &err), &err);
    assert_int_equal(plain.len, 7);
    assert_memory_equal(plain.data, "binding", 7);

    buf_clear(&sealed);
    buf_clear(&plain);
    assert_ok(spnego_wrap(pair.acceptor, "answer", 6, &sealed, &err), &err);
    /* The final token, a mechListMIC, comes first. */
    assert_true(pair.to_initiator.len > 0);
    assert_ok(initiator_turn(&pair, &err), &err);
    assert_true(pair.initiator_complete);
    assert_int_equal(pair.to_acceptor.len, 0);
    assert_ok(spnego_unwrap(pair.initiator, sealed.data, sealed.len, &plain,
                            &err), &err);
    assert_memory_equal(plain.data, "answer", 6);

    assert_int_equal(spnego_mechanism(pair.initiator), SPNEGO_NTLM);
    assert_false(spnego_is_mutual(pair.initiator));
    buf_free(&sealed);
    buf_free(&plain);
    pair_free(&pair);
}

/* Seals to and fro on fresh keys; number is the sequence number that the
 * first seal must carry (MS-NLMP 2.2.2.9.1: the signature's last 4 bytes). */
static void assert_seals(struct pair *pair, unsigned number)
{
    struct buf sealed = BUF_INIT(1024), plain = BUF_INIT(1024);
    struct err err = ERR_INIT;

    assert_ok(spnego_wrap(pair->initiator, "binding", 7, &sealed, &err),
              &err);
    assert_int_equal(sealed.data[12], number);
    assert_ok(spnego_unwrap(pair->acceptor, sealed.data, sealed.len, &plain,
                            &err), &err);
    assert_memory_equal(plain.data, "binding", 7);
    buf_clear(&sealed);
    buf_clear(&plain);
    assert_ok(spnego_wrap(pair->acceptor, "answer", 6, &sealed, &err), &err);
    assert_int_equal(sealed.data[12], number);
    assert_ok(spnego_unwrap(pair->initiator, sealed.data, sealed.len, &plain,
                            &err), &err);
    assert_memory_equal(plain.data, "answer", 6);
    buf_free(&sealed);
    buf_free(&plain);
}

static struct spnego *raw_acceptor(void)
{
    struct spnego *spnego = NULL;
    struct err err = ERR_INIT;

    assert_ok(spnego_accept_raw_ntlm(&spnego, &err), &err);
    return spnego;
}

/* Both sides without SPNEGO: three messages, and no mechListMIC. */
static void raw_ntlm_has_no_mic(void **state)
{
    struct err err = ERR_INIT;
    struct secret *secret = NULL;
    struct pair pair;

    (void)state;
    pair_init(&pair, NTLM_DOMAIN, NTLM_USER, NTLM_PASSWORD);
    spnego_free(&pair.initiator);
    spnego_free(&pair.acceptor);
    pair.acceptor = raw_acceptor();
    assert_ok(secret_copy(NTLM_PASSWORD, strlen(NTLM_PASSWORD), &secret,
                          &err), &err);
    assert_ok(spnego_initiate_raw_ntlm(NTLM_DOMAIN, NTLM_USER, secret, SPN,
                                       &pair.initiator, &err), &err);
    secret_free(&secret);
    assert_ok(initiator_turn(&pair, &err), &err);
    assert_memory_equal(pair.to_acceptor.data, "NTLMSSP\0\1", 9);
    assert_ok(acceptor_turn(&pair, &err), &err);
    assert_memory_equal(pair.to_initiator.data, "NTLMSSP\0\2", 9);
    assert_ok(initiator_turn(&pair, &err), &err);
    assert_memory_equal(pair.to_acceptor.data, "NTLMSSP\0\3", 9);
    assert_true(pair.initiator_complete);
    assert_true(pair.initiator_can_wrap);
    assert_ok(acceptor_turn(&pair, &err), &err);
    assert_true(pair.acceptor_complete);
    assert_int_equal(pair.to_initiator.len, 0);
    assert_seals(&pair, 0);
    pair_free(&pair);
}

/* Takes SPNEGO off the first token, as a host that ignores it does. */
static void strip(struct buf *token)
{
    struct buf raw = BUF_INIT(SPNEGO_TOKEN_MAX);
    unsigned char *start = memmem(token->data, token->len, "NTLMSSP", 8);

    assert_non_null(start);
    buf_put(&raw, start, token->len - (size_t)(start - token->data));
    buf_clear(token);
    buf_put(token, raw.data, raw.len);
    buf_free(&raw);
}

static void a_raw_answer_is_continued_raw(void **state)
{
    struct err err = ERR_INIT;
    struct pair pair;

    (void)state;
    pair_init(&pair, NTLM_DOMAIN, NTLM_USER, NTLM_PASSWORD);
    spnego_free(&pair.acceptor);
    pair.acceptor = raw_acceptor();
    assert_ok(initiator_turn(&pair, &err), &err);
    assert_memory_not_equal(pair.to_acceptor.data, "NTLMSSP", 8);
    strip(&pair.to_acceptor);
    assert_ok(acceptor_turn(&pair, &err), &err);
    assert_ok(initiator_turn(&pair, &err), &err);
    assert_memory_equal(pair.to_acceptor.data, "NTLMSSP\0\3", 9);
    assert_true(pair.initiator_complete);
    /* Its MIC is over the NEGOTIATE message that went out in SPNEGO. */
    assert_ok(acceptor_turn(&pair, &err), &err);
    assert_true(pair.acceptor_complete);
    assert_string_equal(spnego_peer_name(pair.acceptor), "CORP\\alice");
    assert_seals(&pair, 0);
    pair_free(&pair);
}

/* Only the first answer may be raw: later SPNEGO has begun. */
/* Whatever the answer is, no second credential will be acquired for it. */
static void the_password_is_wiped_with_the_first_answer(void **state)
{
    struct err err = ERR_INIT;
    struct pair pair;

    (void)state;
    pair_init(&pair, NTLM_DOMAIN, NTLM_USER, NTLM_PASSWORD);
    assert_ok(initiator_turn(&pair, &err), &err);
    assert_non_null(pair.initiator->password);
    assert_ok(acceptor_turn(&pair, &err), &err);
    assert_ok(initiator_turn(&pair, &err), &err);
    assert_null(pair.initiator->password);
    pair_free(&pair);

    pair_init(&pair, NTLM_DOMAIN, NTLM_USER, NTLM_PASSWORD);
    assert_ok(initiator_turn(&pair, &err), &err);
    buf_put_u8(&pair.to_initiator, 0xff);
    assert_int_equal(initiator_turn(&pair, &err), -1);
    assert_null(pair.initiator->password);
    pair_free(&pair);
}

static void a_raw_answer_in_the_middle_is_refused(void **state)
{
    struct err err = ERR_INIT;
    struct pair pair;

    (void)state;
    pair_init(&pair, NTLM_DOMAIN, NTLM_USER, NTLM_PASSWORD);
    assert_ok(initiator_turn(&pair, &err), &err);
    assert_ok(acceptor_turn(&pair, &err), &err);
    assert_ok(initiator_turn(&pair, &err), &err);
    buf_clear(&pair.to_initiator);
    buf_put(&pair.to_initiator, "NTLMSSP\0\2\0\0\0", 12);
    assert_cause(initiator_turn(&pair, &err), &err, ERR_MALFORMED);
    pair_free(&pair);
}

static void a_wrong_password_is_the_acceptors_refusal(void **state)
{
    struct err err = ERR_INIT;
    struct pair pair;

    (void)state;
    pair_init(&pair, NTLM_DOMAIN, NTLM_USER, "something else");
    assert_ok(initiator_turn(&pair, &err), &err);
    assert_ok(acceptor_turn(&pair, &err), &err);
    assert_ok(initiator_turn(&pair, &err), &err);
    assert_cause(acceptor_turn(&pair, &err), &err, ERR_NTLM);
    assert_int_equal(err.domain, CODE_GSS);
    /* It is installed, so nobody is told to install it. */
    assert_null(strstr(err.advice, "gss-ntlmssp"));
    assert_cause(acceptor_turn(&pair, &err), &err, ERR_INTERNAL);
    pair_free(&pair);
}

static void a_touched_message_is_not_opened(void **state)
{
    struct buf sealed = BUF_INIT(1024), plain = BUF_INIT(1024);
    struct err err = ERR_INIT;
    struct pair pair;

    (void)state;
    pair_init(&pair, NTLM_DOMAIN, NTLM_USER, NTLM_PASSWORD);
    assert_ok(initiator_turn(&pair, &err), &err);
    assert_ok(acceptor_turn(&pair, &err), &err);
    assert_ok(initiator_turn(&pair, &err), &err);
    assert_ok(acceptor_turn(&pair, &err), &err);
    assert_ok(spnego_wrap(pair.initiator, "binding", 7, &sealed, &err), &err);
    sealed.data[sealed.len - 1] ^= 1;
    assert_cause(spnego_unwrap(pair.acceptor, sealed.data, sealed.len, &plain,
                               &err), &err, ERR_BINDING);
    assert_int_equal(plain.len, 0);
    assert_cause(spnego_unwrap(pair.acceptor, sealed.data, 3, &plain, &err),
                 &err, ERR_BINDING);
    buf_free(&sealed);
    buf_free(&plain);
    pair_free(&pair);
}

static void garbage_is_refused_and_final(void **state)
{
    unsigned char big[SPNEGO_TOKEN_MAX + 1] = { 0x60 };
    struct err err = ERR_INIT;
    struct pair pair;

    (void)state;
    pair_init(&pair, NTLM_DOMAIN, NTLM_USER, NTLM_PASSWORD);
    assert_ok(initiator_turn(&pair, &err), &err);
    assert_cause(spnego_step(pair.initiator, big, sizeof big,
                             &pair.to_acceptor, &pair.initiator_can_wrap,
                             &pair.initiator_complete, &err), &err,
                 ERR_OVERSIZED);
    buf_clear(&pair.to_initiator);
    buf_put(&pair.to_initiator, "not DER at all", 14);
    assert_cause(initiator_turn(&pair, &err), &err, ERR_MALFORMED);
    assert_cause(initiator_turn(&pair, &err), &err, ERR_INTERNAL);
    pair_free(&pair);
}

/* RFC 4178 section 4.2.2: negTokenResp { negState [0] reject (2) }. */
/* An empty token means "begin" to GSSAPI; MIT's SPNEGO crashes later on. */
static void an_empty_answer_is_refused(void **state)
{
    struct err err = ERR_INIT;
    struct pair pair;

    (void)state;
    pair_init(&pair, NTLM_DOMAIN, NTLM_USER, NTLM_PASSWORD);
    assert_ok(initiator_turn(&pair, &err), &err);
    assert_cause(initiator_turn(&pair, &err), &err, ERR_MALFORMED);
    assert_non_null(strstr(err.text, "empty"));
    pair_free(&pair);

    pair_init(&pair, NTLM_DOMAIN, NTLM_USER, NTLM_PASSWORD);
    assert_ok(initiator_turn(&pair, &err), &err);
    assert_ok(acceptor_turn(&pair, &err), &err);
    assert_ok(initiator_turn(&pair, &err), &err);
    buf_clear(&pair.to_initiator); /* instead of the last mechListMIC */
    assert_cause(initiator_turn(&pair, &err), &err, ERR_MALFORMED);
    pair_free(&pair);
}

static void a_rejection_is_told_as_one(void **state)
{
    static const unsigned char reject[] = { 0xa1, 0x07, 0x30, 0x05, 0xa0,
                                            0x03, 0x0a, 0x01, 0x02 };
    struct err err = ERR_INIT;
    struct pair pair;

    (void)state;
    pair_init(&pair, NTLM_DOMAIN, NTLM_USER, NTLM_PASSWORD);
    assert_ok(initiator_turn(&pair, &err), &err);
    buf_put(&pair.to_initiator, reject, sizeof reject);
    assert_cause(initiator_turn(&pair, &err), &err, ERR_MECHANISM);
    pair_free(&pair);
}

/* accept-incomplete (1) with supportedMech [1] Kerberos, not offered. */
static void another_mechanism_is_refused(void **state)
{
    static const unsigned char other[] = {
        0xa1, 0x14, 0x30, 0x12, 0xa0, 0x03, 0x0a, 0x01, 0x01, 0xa1, 0x0b,
        0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02,
    };
    struct err err = ERR_INIT;
    struct pair pair;

    (void)state;
    pair_init(&pair, NTLM_DOMAIN, NTLM_USER, NTLM_PASSWORD);
    assert_ok(initiator_turn(&pair, &err), &err);
    buf_put(&pair.to_initiator, other, sizeof other);
    assert_cause(initiator_turn(&pair, &err), &err, ERR_MECHANISM);
    pair_free(&pair);
}

static void ntlm_alone_is_offered(void **state)
{
    static const unsigned char kerberos[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7,
                                              0x12, 0x01, 0x02, 0x02 };
    static const unsigned char ms_kerberos[] = { 0x2a, 0x86, 0x48, 0x82,
                                                 0xf7, 0x12, 0x01, 0x02,
                                                 0x02 };
    struct err err = ERR_INIT;
    struct pair pair;

    (void)state;
    pair_init(&pair, NTLM_DOMAIN, NTLM_USER, NTLM_PASSWORD);
    assert_ok(initiator_turn(&pair, &err), &err);
    assert_non_null(memmem(pair.to_acceptor.data, pair.to_acceptor.len,
                           "NTLMSSP", 8));
    assert_null(memmem(pair.to_acceptor.data, pair.to_acceptor.len, kerberos,
                       sizeof kerberos));
    assert_null(memmem(pair.to_acceptor.data, pair.to_acceptor.len,
                       ms_kerberos, sizeof ms_kerberos));
    pair_free(&pair);
}

/* AUTHENTICATE_MESSAGE carries the UPN whole, in UTF-16LE (MS-NLMP 2.2.1.3),
 * and no domain. */
static void a_upn_goes_whole_into_the_user(void **state)
{
    static const char wide[] = "a\0l\0i\0c\0e\0@\0C\0O\0R\0P\0.\0X\0";
    struct err err = ERR_INIT;
    struct pair pair;

    (void)state;
    pair_init(&pair, "", "alice@CORP.X", NTLM_PASSWORD);
    assert_ok(initiator_turn(&pair, &err), &err);
    assert_ok(acceptor_turn(&pair, &err), &err);
    assert_ok(initiator_turn(&pair, &err), &err);
    assert_non_null(memmem(pair.to_acceptor.data, pair.to_acceptor.len, wide,
                           sizeof wide - 1));
    pair_free(&pair);
}

static void names_are_bounded(void **state)
{
    struct secret *secret = NULL;
    struct spnego *spnego = NULL;
    struct err err = ERR_INIT;
    char name[2000];

    (void)state;
    memset(name, 'x', sizeof name);
    name[sizeof name - 1] = '\0';
    assert_ok(secret_copy("p", 1, &secret, &err), &err);
    assert_cause(spnego_initiate_ntlm("D", name, secret, SPN, &spnego, &err),
                 &err, ERR_OVERSIZED);
    assert_cause(spnego_initiate_ntlm("D", "u", secret, "WSMAN", &spnego,
                                      &err), &err, ERR_SPN_UNKNOWN);
    name[1] = '/';
    assert_cause(spnego_initiate_ntlm("D", "u", secret, name, &spnego, &err),
                 &err, ERR_OVERSIZED);
    assert_null(spnego);
    secret_free(&secret);
}

/*
 * The password of an NTLM logon must not travel to a KDC as well: it would
 * count twice towards a lockout, and the KDC may be far.
 */
static void ntlm_asks_no_kdc(void **state)
{
    static const char config[] = "[libdefaults]\ndefault_realm = CORP\n"
                                 "dns_lookup_kdc = false\n";
    char krb5_conf[] = "/tmp/credssp-krb5.XXXXXX";
    char trace[] = "/tmp/credssp-trace.XXXXXX";
    int conf_fd = mkstemp(krb5_conf), trace_fd = mkstemp(trace);
    struct secret *secret = NULL;
    struct spnego *spnego = NULL;
    struct err err = ERR_INIT;

    (void)state;
    assert_true(conf_fd >= 0 && trace_fd >= 0);
    assert_int_equal(write(conf_fd, config, sizeof config - 1),
                     sizeof config - 1);
    setenv("KRB5_CONFIG", krb5_conf, 1);
    setenv("KRB5_TRACE", trace, 1);
    assert_ok(secret_copy("p", 1, &secret, &err), &err);
    assert_ok(spnego_initiate_ntlm("", "alice@CORP", secret, SPN, &spnego,
                                   &err), &err);
    unsetenv("KRB5_TRACE");
    unsetenv("KRB5_CONFIG");
    assert_int_equal(lseek(trace_fd, 0, SEEK_END), 0);
    spnego_free(&spnego);
    secret_free(&secret);
    close(conf_fd);
    close(trace_fd);
    unlink(krb5_conf);
    unlink(trace);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ntlm_wraps_before_it_is_complete),
        cmocka_unit_test(raw_ntlm_has_no_mic),
        cmocka_unit_test(a_raw_answer_is_continued_raw),
        cmocka_unit_test(the_password_is_wiped_with_the_first_answer),
        cmocka_unit_test(a_raw_answer_in_the_middle_is_refused),
        cmocka_unit_test(a_wrong_password_is_the_acceptors_refusal),
        cmocka_unit_test(a_touched_message_is_not_opened),
        cmocka_unit_test(garbage_is_refused_and_final),
        cmocka_unit_test(an_empty_answer_is_refused),
        cmocka_unit_test(a_rejection_is_told_as_one),
        cmocka_unit_test(another_mechanism_is_refused),
        cmocka_unit_test(ntlm_alone_is_offered),
        cmocka_unit_test(a_upn_goes_whole_into_the_user),
        cmocka_unit_test(names_are_bounded),
        cmocka_unit_test(ntlm_asks_no_kdc),
    };

    return cmocka_run_group_tests(tests, make_users, remove_users);
}
