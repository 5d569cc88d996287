/*
 * test_credssp.c - initiator and acceptor in memory with NTLM, every version;
 * and what each refuses.
 */
#include "unit.h"

#include <openssl/ssl.h>

#include "auth/credssp.h"
#include "auth/credssp_private.h"
#include "gss_leaks.h"
#include "ntlm_users.h"
#include "server_key.h"

#define SPN "WSMAN/win1.corp.example.com"

static struct server_key rsa, ec;

static int make_world(void **state)
{
    (void)state;
    rsa = server_key_rsa(2048);
    ec = server_key_ec("P-384");
    return ntlm_users_make();
}

static int end_world(void **state)
{
    (void)state;
    server_key_free(&rsa);
    server_key_free(&ec);
    return ntlm_users_remove();
}

/* Both machines, the token under way, and what the callbacks saw. */
struct play {
    struct credssp *initiator, *acceptor;
    struct buf to_acceptor, to_initiator;
    unsigned legs;
    bool initiator_done, acceptor_done;
    unsigned released, logged_on;
    uint32_t status; /* what logon answers */
    char domain[512], user[512], password[512];
};

struct cast {
    const struct server_key *key;
    const char *suite;
    bool legacy;
    int version, minimum;
    const char *password;
};

static const struct cast usual = { .key = &rsa, .version = 6, .minimum = 5,
                                   .password = NTLM_PASSWORD };

static int release(void *arg, struct ts_delegated *who, struct err *err)
{
    struct play *play = arg;

    play->released++;
    snprintf(who->domain, sizeof who->domain, "%s", NTLM_DOMAIN);
    snprintf(who->user, sizeof who->user, "%s", NTLM_USER);
    return secret_copy(NTLM_PASSWORD, strlen(NTLM_PASSWORD), &who->password,
                       err);
}

static uint32_t logon(void *arg, const struct ts_delegated *delegated)
{
    struct play *play = arg;

    play->logged_on++;
    snprintf(play->domain, sizeof play->domain, "%s", delegated->domain);
    snprintf(play->user, sizeof play->user, "%s", delegated->user);
    snprintf(play->password, sizeof play->password, "%s",
             (const char *)delegated->password->data);
    return play->status;
}

static struct spnego *ntlm(const char *password)
{
    struct secret *secret = NULL;
    struct spnego *spnego = NULL;
    struct err err = ERR_INIT;

    assert_ok(secret_copy(password, strlen(password), &secret, &err), &err);
    assert_ok(spnego_initiate_ntlm(NTLM_DOMAIN, NTLM_USER, secret, SPN,
                                   &spnego, &err), &err);
    secret_free(&secret);
    return spnego;
}

static void open_curtain(struct play *play, const struct cast *cast)
{
    struct credssp_initiator initiator = {
        .tls = { .legacy = cast->legacy }, .minimum_version = cast->minimum,
        .spnego = ntlm(cast->password), .release = release,
        .release_arg = play,
    };
    struct credssp_acceptor acceptor = {
        .certificate = cast->key->certificate, .key = cast->key->key,
        .cipher_list = cast->suite, .version = cast->version,
        .logon = logon, .logon_arg = play,
    };
    struct err err = ERR_INIT;

    memset(play, 0, sizeof *play);
    buf_init(&play->to_acceptor, CREDSSP_TOKEN_MAX);
    buf_init(&play->to_initiator, CREDSSP_TOKEN_MAX);
    assert_ok(spnego_accept(SPNEGO_NTLM, &acceptor.spnego, &err), &err);
    assert_ok(credssp_new_initiator(&initiator, &play->initiator, &err),
              &err);
    assert_ok(credssp_new_acceptor(&acceptor, &play->acceptor, &err), &err);
}

static void close_curtain(struct play *play)
{
    credssp_free(&play->initiator);
    credssp_free(&play->acceptor);
    buf_free(&play->to_acceptor);
    buf_free(&play->to_initiator);
}

static int initiator_turn(struct play *play, struct err *err)
{
    play->legs++;
    return credssp_step(play->initiator, play->to_initiator.data,
                        play->to_initiator.len, &play->to_acceptor,
                        &play->initiator_done, err);
}

static int acceptor_turn(struct play *play, struct err *err)
{
    return credssp_step(play->acceptor, play->to_acceptor.data,
                        play->to_acceptor.len, &play->to_initiator,
                        &play->acceptor_done, err);
}

/* Turns until this many legs were sent, all of which succeed. */
static void play_legs(struct play *play, unsigned legs)
{
    struct err err = ERR_INIT;

    while (play->legs < legs) {
        assert_ok(initiator_turn(play, &err), &err);
        assert_true(play->to_acceptor.len > 0);
        if (play->legs < legs)
            assert_ok(acceptor_turn(play, &err), &err);
    }
}

static void assert_delegated(struct play *play)
{
    assert_int_equal(play->released, 1);
    assert_int_equal(play->logged_on, 1);
    assert_string_equal(play->domain, NTLM_DOMAIN);
    assert_string_equal(play->user, NTLM_USER);
    assert_string_equal(play->password, NTLM_PASSWORD);
}

/* Both directions, as message encryption will use them. */
static void assert_tunnel_works(struct play *play)
{
    struct buf records = BUF_INIT(4096), plain = BUF_INIT(4096);
    struct tunnel *there = credssp_tunnel(play->initiator);
    struct tunnel *back = credssp_tunnel(play->acceptor);
    struct err err = ERR_INIT;

    assert_ok(tunnel_seal(there, "ping", 4, &records, &err), &err);
    assert_ok(tunnel_open(back, records.data, records.len, &plain, &err),
              &err);
    assert_memory_equal(plain.data, "ping", 4);
    buf_clear(&records);
    buf_clear(&plain);
    assert_ok(tunnel_seal(back, "pong", 4, &records, &err), &err);
    assert_ok(tunnel_open(there, records.data, records.len, &plain, &err),
              &err);
    assert_memory_equal(plain.data, "pong", 4);
    buf_free(&records);
    buf_free(&plain);
}

static void play_to_the_end(const struct cast *cast, int version)
{
    struct credssp_facts facts;
    struct err err = ERR_INIT;
    struct play play;

    open_curtain(&play, cast);
    play_legs(&play, 5);
    assert_true(play.initiator_done);
    assert_ok(acceptor_turn(&play, &err), &err);
    assert_true(play.acceptor_done);
    assert_int_equal(play.to_initiator.len, 0);
    assert_delegated(&play);
    credssp_facts(play.initiator, &facts);
    assert_int_equal(facts.step, CREDSSP_DONE);
    assert_int_equal(facts.version, version);
    assert_int_equal(facts.mechanism, SPNEGO_NTLM);
    assert_non_null(strstr(facts.tls, "TLSv1.2 "));
    assert_tunnel_works(&play);
    close_curtain(&play);
}

static void five_legs_with_every_version(void **state)
{
    struct cast cast = usual;

    (void)state;
    cast.minimum = 2;
    for (cast.version = 2; cast.version <= 6; cast.version++)
        play_to_the_end(&cast, cast.version);
    cast.version = 7; /* a newer host is treated as one of ours */
    play_to_the_end(&cast, 6);
}

static void five_legs_with_every_kind_of_tls(void **state)
{
    static const struct cast casts[] = {
        { &ec, NULL, false, 6, 5, NTLM_PASSWORD },
        { &ec, NULL, false, 4, 2, NTLM_PASSWORD },
        { &rsa, "ECDHE-RSA-CHACHA20-POLY1305", false, 6, 5, NTLM_PASSWORD },
        { &rsa, "ECDHE-RSA-AES256-SHA384", true, 6, 5, NTLM_PASSWORD },
        { &rsa, "AES128-SHA", true, 2, 2, NTLM_PASSWORD },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof casts / sizeof *casts; i++)
        play_to_the_end(&casts[i], casts[i].version);
}

static void an_old_version_stops_before_anything_secret(void **state)
{
    struct cast cast = usual;
    struct err err = ERR_INIT;
    struct play play;

    (void)state;
    for (cast.version = 2; cast.version <= 4; cast.version++) {
        open_curtain(&play, &cast);
        play_legs(&play, 3);
        assert_ok(acceptor_turn(&play, &err), &err);
        assert_cause(initiator_turn(&play, &err), &err, ERR_VERSION);
        assert_int_equal(play.to_acceptor.len, 0);
        assert_int_equal(play.released, 0);
        assert_cause(initiator_turn(&play, &err), &err, ERR_INTERNAL);
        close_curtain(&play);
    }
}

static void a_version_may_not_change(void **state)
{
    struct err err = ERR_INIT;
    struct play play;

    (void)state;
    open_curtain(&play, &usual);
    play_legs(&play, 4);
    play.acceptor->own_version = 5;
    assert_ok(acceptor_turn(&play, &err), &err);
    assert_cause(initiator_turn(&play, &err), &err, ERR_VERSION_CHANGED);
    assert_int_equal(play.released, 0);
    close_curtain(&play);
}

/* A wrong password shows as errorCode where the version has one. */
static void a_wrong_password_by_version(void **state)
{
    struct cast cast = usual;
    struct err err = ERR_INIT;
    struct play play;

    (void)state;
    cast.minimum = 2;
    cast.password = "something else";
    for (cast.version = 2; cast.version <= 6; cast.version++) {
        open_curtain(&play, &cast);
        play_legs(&play, 4);
        assert_cause(acceptor_turn(&play, &err), &err, ERR_NTLM);
        if (cast.version == 2 || cast.version == 5) {
            assert_int_equal(play.to_initiator.len, 0);
        } else {
            assert_cause(initiator_turn(&play, &err), &err,
                         ERR_WRONG_PASSWORD);
            assert_int_equal(err.domain, CODE_NTSTATUS);
            assert_int_equal(err.code, 0xc000006d);
        }
        assert_int_equal(play.released, 0);
        close_curtain(&play);
    }
}

/* The host accepts us, then the logon with what was delegated fails. */
static void a_refused_logon_after_the_last_leg(void **state)
{
    struct err err = ERR_INIT;
    struct play play;

    (void)state;
    open_curtain(&play, &usual);
    play.status = 0xc0000234;
    play_legs(&play, 5);
    assert_true(play.initiator_done);
    assert_cause(acceptor_turn(&play, &err), &err, ERR_LOGON_FAILED);
    assert_true(play.to_initiator.len > 0);
    assert_cause(initiator_turn(&play, &err), &err, ERR_ACCOUNT_LOCKED);
    assert_int_equal(err.stage, STAGE_DELEGATION);
    close_curtain(&play);
}

/* The server is verified, and still nothing has been taken for sending. */
static void a_credential_can_be_held_back(void **state)
{
    struct err err = ERR_INIT;
    struct credssp_facts facts;
    struct play play;

    (void)state;
    open_curtain(&play, &usual);
    play.initiator->hold = true;
    play_legs(&play, 4);
    assert_ok(acceptor_turn(&play, &err), &err);
    assert_ok(initiator_turn(&play, &err), &err);
    assert_int_equal(play.to_acceptor.len, 0);
    assert_false(play.initiator_done);
    assert_int_equal(play.released, 0);
    credssp_facts(play.initiator, &facts);
    assert_int_equal(facts.step, CREDSSP_DELEGATE);
    buf_clear(&play.to_initiator);
    assert_ok(initiator_turn(&play, &err), &err);
    assert_true(play.initiator_done);
    assert_int_equal(play.released, 1);
    assert_ok(acceptor_turn(&play, &err), &err);
    assert_string_equal(play.password, NTLM_PASSWORD);
    close_curtain(&play);
}

/* What a hostile host answers to leg 4, instead of its half. */
enum answer {
    HONEST,
    REFLECTED,   /* the initiator's own half */
    OTHER_KEY,   /* the half of a key that our TLS does not end at */
    OTHER_NONCE,
    UNTOUCHED,   /* the key without the 1 added, or a hash of nothing */
    SHORTENED,
    UNSEALED,    /* right, but not sealed */
    MISSING,     /* no pubKeyAuth at all */
    WITH_CREDENTIAL, /* a field that only an initiator sends */
    ANSWER_COUNT
};

/* The half that the host makes, in the clear. */
static void make_half(struct play *play, enum answer answer, struct buf *half)
{
    struct buf key = BUF_INIT(TUNNEL_KEY_MAX);
    struct binding binding = {
        .version = credssp_effective(play->acceptor), .key = &key,
        .nonce = play->acceptor->nonce, .nonce_len = TSREQUEST_NONCE_BYTES,
    };
    struct err err = ERR_INIT;

    assert_ok(tunnel_public_key(play->acceptor->tunnel, &key, &err), &err);
    if (answer == OTHER_KEY)
        key.data[key.len - 1] ^= 1;
    if (answer == OTHER_NONCE)
        play->acceptor->nonce[31] ^= 1;
    if (answer == UNTOUCHED)
        buf_put(half, key.data, key.len);
    else
        assert_ok(binding_make(&binding, answer == REFLECTED
                               ? BINDING_INITIATOR : BINDING_ACCEPTOR, half,
                               &err), &err);
    if (answer == SHORTENED)
        half->len--;
    buf_free(&key);
}

/* Takes leg 4 as the acceptor would, and answers it in another way. */
static void hostile_turn(struct play *play, enum answer answer)
{
    struct credssp *host = play->acceptor;
    struct buf half = BUF_INIT(BINDING_MAX);
    struct err err = ERR_INIT;
    struct tsrequest in, out;

    tsrequest_init(&in);
    tsrequest_init(&out);
    assert_ok(credssp_receive(host, play->to_acceptor.data,
                              play->to_acceptor.len, &in, &err), &err);
    assert_ok(credssp_negotiate(host, in.nego.data, in.nego.len, &err), &err);
    memcpy(host->nonce, in.nonce, sizeof in.nonce);
    make_half(play, answer, &half);
    credssp_take_token(host, &out);
    out.has_pub_key_auth = answer != MISSING;
    if (answer == UNSEALED)
        buf_put(&out.pub_key_auth, half.data, half.len);
    else
        assert_ok(spnego_wrap(host->spnego, half.data, half.len,
                              &out.pub_key_auth, &err), &err);
    out.has_auth_info = answer == WITH_CREDENTIAL;
    buf_clear(&play->to_initiator);
    assert_ok(credssp_send(host, &out, &play->to_initiator, &err), &err);
    tsrequest_free(&in);
    tsrequest_free(&out);
    buf_free(&half);
}

static void only_the_honest_half_releases(void **state)
{
    static const enum err_cause expected[ANSWER_COUNT] = {
        [HONEST] = ERR_NONE, [REFLECTED] = ERR_BINDING,
        [OTHER_KEY] = ERR_BINDING, [OTHER_NONCE] = ERR_BINDING,
        [UNTOUCHED] = ERR_BINDING, [SHORTENED] = ERR_BINDING,
        [UNSEALED] = ERR_BINDING, [MISSING] = ERR_MALFORMED,
        [WITH_CREDENTIAL] = ERR_MALFORMED,
    };
    struct cast cast = usual;
    struct err err = ERR_INIT;
    struct play play;
    int answer;

    (void)state;
    cast.minimum = 2;
    for (cast.version = 2; cast.version <= 6; cast.version++) {
        for (answer = HONEST; answer < ANSWER_COUNT; answer++) {
            bool lies = expected[answer] != ERR_NONE
                && !(answer == OTHER_NONCE && cast.version < 5);

            open_curtain(&play, &cast);
            play_legs(&play, 4);
            hostile_turn(&play, (enum answer)answer);
            if (lies)
                assert_cause(initiator_turn(&play, &err), &err,
                             expected[answer]);
            else
                assert_ok(initiator_turn(&play, &err), &err);
            assert_int_equal(play.released, lies ? 0 : 1);
            assert_true((play.to_acceptor.len > 0) != lies);
            close_curtain(&play);
        }
    }
}

/* One who sits between: TLS with his own key to each side. */
struct relay {
    struct tunnel *to_client, *to_server;
};

static void relay_token(struct tunnel *from, struct tunnel *to,
                        struct buf *token)
{
    struct buf plain = BUF_INIT(TSREQUEST_MAX);
    struct err err = ERR_INIT;

    assert_ok(tunnel_open(from, token->data, token->len, &plain, &err), &err);
    buf_clear(token);
    assert_ok(tunnel_seal(to, plain.data, plain.len, token, &err), &err);
    buf_free(&plain);
}

/* The relay shakes hands with both until each side's tunnel stands. */
static void relay_start(struct relay *relay, struct play *play)
{
    static const struct tunnel_profile profile = { .legacy = false };
    struct err err = ERR_INIT;
    bool finished;
    int i;

    assert_ok(tunnel_new_server(ec.certificate, ec.key, NULL,
                                &relay->to_client, &err), &err);
    assert_ok(tunnel_new_client(&profile, &relay->to_server, &err), &err);
    for (i = 0; i < 2; i++) {
        assert_ok(initiator_turn(play, &err), &err);
        buf_clear(&play->to_initiator);
        assert_ok(tunnel_handshake(relay->to_client, play->to_acceptor.data,
                                   play->to_acceptor.len,
                                   &play->to_initiator, &finished, &err),
                  &err);
    }
    assert_true(finished);
    assert_ok(initiator_turn(play, &err), &err); /* leg 3, kept for later */
}

static void relay_reach_server(struct relay *relay, struct play *play)
{
    struct buf there = BUF_INIT(CREDSSP_TOKEN_MAX);
    struct buf back = BUF_INIT(CREDSSP_TOKEN_MAX);
    struct err err = ERR_INIT;
    bool finished = false, done;

    while (!finished) {
        buf_clear(&there);
        assert_ok(tunnel_handshake(relay->to_server, back.data, back.len,
                                   &there, &finished, &err), &err);
        if (!finished)
            assert_ok(credssp_step(play->acceptor, there.data, there.len,
                                   &back, &done, &err), &err);
    }
    buf_free(&there);
    buf_free(&back);
}

static void a_relay_in_between_gets_nothing(void **state)
{
    struct relay relay = { NULL, NULL };
    struct err err = ERR_INIT;
    struct play play;

    (void)state;
    open_curtain(&play, &usual);
    relay_start(&relay, &play);
    relay_reach_server(&relay, &play);
    relay_token(relay.to_client, relay.to_server, &play.to_acceptor);
    assert_ok(acceptor_turn(&play, &err), &err);
    relay_token(relay.to_server, relay.to_client, &play.to_initiator);
    assert_ok(initiator_turn(&play, &err), &err);
    relay_token(relay.to_client, relay.to_server, &play.to_acceptor);
    assert_cause(acceptor_turn(&play, &err), &err, ERR_BINDING);
    relay_token(relay.to_server, relay.to_client, &play.to_initiator);
    assert_cause(initiator_turn(&play, &err), &err, ERR_BINDING);
    assert_int_equal(err.code, 0x8009030f);
    assert_int_equal(play.released, 0);
    tunnel_free(&relay.to_client);
    tunnel_free(&relay.to_server);
    close_curtain(&play);
}

/* What can happen to an answer on its way, at every leg. */
enum damage { CUT, LENGTHENED, FLIPPED, GONE, REPLACED, HUGE, DAMAGE_COUNT };

static void spoil(struct buf *token, enum damage damage)
{
    static const char html[] = "<html>502 Bad Gateway</html>";

    switch (damage) {
    case CUT:
        token->len--;
        break;
    case LENGTHENED:
        buf_put_u8(token, 0);
        break;
    case FLIPPED:
        token->data[token->len - 1] ^= 1;
        break;
    case GONE:
        buf_clear(token);
        break;
    case REPLACED:
        buf_clear(token);
        buf_put(token, html, sizeof html - 1);
        break;
    case HUGE:
        token->max = 2 * CREDSSP_TOKEN_MAX;
        memset(buf_reserve(token, CREDSSP_TOKEN_MAX), 0, CREDSSP_TOKEN_MAX);
        break;
    case DAMAGE_COUNT:
        break;
    }
}

static void damaged_answers_are_refused_at_every_leg(void **state)
{
    struct err err = ERR_INIT;
    struct play play;
    unsigned leg;
    int damage;

    (void)state;
    for (leg = 1; leg <= 4; leg++) {
        for (damage = CUT; damage < DAMAGE_COUNT; damage++) {
            open_curtain(&play, &usual);
            play_legs(&play, leg);
            assert_ok(acceptor_turn(&play, &err), &err);
            spoil(&play.to_initiator, (enum damage)damage);
            err_clear(&err);
            assert_int_equal(initiator_turn(&play, &err), -1);
            assert_true(err.cause == ERR_MALFORMED || err.cause == ERR_TLS
                        || (err.cause == ERR_OVERSIZED && damage == HUGE));
            assert_int_equal(play.to_acceptor.len, 0);
            assert_int_equal(play.released, 0);
            close_curtain(&play);
        }
    }
}

/* The answer of an older leg once more: TLS itself notices. */
static void a_replayed_answer_is_refused(void **state)
{
    struct buf old = BUF_INIT(CREDSSP_TOKEN_MAX);
    struct err err = ERR_INIT;
    struct play play;

    (void)state;
    open_curtain(&play, &usual);
    play_legs(&play, 3);
    assert_ok(acceptor_turn(&play, &err), &err);
    buf_put(&old, play.to_initiator.data, play.to_initiator.len);
    assert_ok(initiator_turn(&play, &err), &err);
    buf_clear(&play.to_initiator);
    buf_put(&play.to_initiator, old.data, old.len);
    assert_cause(initiator_turn(&play, &err), &err, ERR_TLS);
    assert_int_equal(play.released, 0);
    buf_free(&old);
    close_curtain(&play);
}

/* A host that only ever sends tokens must come to an end. */
static void endless_negotiation_ends(void **state)
{
    struct err err = ERR_INIT;
    struct play play;

    (void)state;
    open_curtain(&play, &usual);
    play.initiator->rounds = CREDSSP_ROUNDS_MAX;
    play_legs(&play, 3);
    assert_ok(acceptor_turn(&play, &err), &err);
    assert_cause(initiator_turn(&play, &err), &err, ERR_MALFORMED);
    close_curtain(&play);
}

/* Takes what came as the acceptor would, and answers with an errorCode. */
static void refuse_with(struct play *play, uint32_t code)
{
    struct tsrequest request;
    struct err err = ERR_INIT;

    tsrequest_init(&request);
    assert_ok(credssp_receive(play->acceptor, play->to_acceptor.data,
                              play->to_acceptor.len, &request, &err), &err);
    tsrequest_free(&request);
    request.has_error_code = true;
    request.error_code = code;
    buf_clear(&play->to_initiator);
    assert_ok(credssp_send(play->acceptor, &request, &play->to_initiator,
                           &err), &err);
    tsrequest_free(&request);
}

/* Even where the version has none: MS-CSSP contradicts itself there. */
static void an_error_code_is_read_in_every_leg(void **state)
{
    struct cast cast = usual;
    struct err err = ERR_INIT;
    struct play play;
    unsigned leg;

    (void)state;
    for (cast.version = 2; cast.version <= 6; cast.version++) {
        for (leg = 3; leg <= 5; leg++) {
            cast.minimum = 2;
            open_curtain(&play, &cast);
            play_legs(&play, leg);
            refuse_with(&play, 0xc0000071);
            assert_cause(initiator_turn(&play, &err), &err,
                         ERR_PASSWORD_EXPIRED);
            assert_int_equal(err.code, 0xc0000071);
            assert_int_equal(play.released, leg == 5 ? 1 : 0);
            close_curtain(&play);
        }
    }
}

static void an_error_code_of_zero_is_none(void **state)
{
    struct err err = ERR_INIT;
    struct play play;

    (void)state;
    open_curtain(&play, &usual);
    play_legs(&play, 3);
    refuse_with(&play, 0);
    assert_cause(initiator_turn(&play, &err), &err, ERR_MALFORMED);
    close_curtain(&play);
}

static int refuse_release(void *arg, struct ts_delegated *who,
                          struct err *err)
{
    (void)arg;
    (void)who;
    return err_set(err, ERR_REVOKED, STAGE_KEYS, NULL);
}

static int refuse_proof(void *arg, struct err *err)
{
    (void)arg;
    return err_set(err, ERR_REFUSED_BEFORE, STAGE_KEYS, NULL);
}

/* Of the credential; and of NTLM's answer to the challenge. */
static void a_refused_release_or_proof_ends_it(void **state)
{
    struct play play;
    unsigned legs;

    (void)state;
    for (legs = 3; legs <= 4; legs++) {
        struct err err = ERR_INIT;

        open_curtain(&play, &usual);
        play.initiator->release = refuse_release;
        play.initiator->prove = legs == 3 ? refuse_proof : NULL;
        play_legs(&play, legs);
        assert_ok(acceptor_turn(&play, &err), &err);
        assert_cause(initiator_turn(&play, &err), &err,
                     legs == 3 ? ERR_REFUSED_BEFORE : ERR_REVOKED);
        assert_int_equal(play.to_acceptor.len, 0);
        close_curtain(&play);
    }
}

static void steps_have_names(void **state)
{
    (void)state;
    assert_string_equal(credssp_step_name(CREDSSP_HELLO), "hello");
    assert_string_equal(credssp_step_name(CREDSSP_DONE), "done");
    assert_string_equal(credssp_step_name(CREDSSP_STEP_COUNT), "?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(five_legs_with_every_version),
        cmocka_unit_test(five_legs_with_every_kind_of_tls),
        cmocka_unit_test(an_old_version_stops_before_anything_secret),
        cmocka_unit_test(a_version_may_not_change),
        cmocka_unit_test(a_wrong_password_by_version),
        cmocka_unit_test(a_refused_logon_after_the_last_leg),
        cmocka_unit_test(a_credential_can_be_held_back),
        cmocka_unit_test(only_the_honest_half_releases),
        cmocka_unit_test(a_relay_in_between_gets_nothing),
        cmocka_unit_test(damaged_answers_are_refused_at_every_leg),
        cmocka_unit_test(a_replayed_answer_is_refused),
        cmocka_unit_test(endless_negotiation_ends),
        cmocka_unit_test(an_error_code_is_read_in_every_leg),
        cmocka_unit_test(an_error_code_of_zero_is_none),
        cmocka_unit_test(a_refused_release_or_proof_ends_it),
        cmocka_unit_test(steps_have_names),
    };

    return cmocka_run_group_tests(tests, make_world, end_world);
}
