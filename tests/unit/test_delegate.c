/* test_delegate.c - Kerberos alone, or NTLM alone, or why not. */
#include "unit.h"

#include <sys/socket.h>
#include <unistd.h>

#include "broker/bounds.h"
#include "fake_world.h"
#include "scene.h"

/* One story: what policy, KDC and host say, and what comes of it. */
struct story {
    const char *name;
    const char *policy;
    enum err_cause kdc;
    const char *known_spn;
    enum err_cause host;
    enum err_cause result;      /* ERR_NONE: OPENED */
    const char *diary;
    const char *advice;         /* part of the ERROR's; NULL: any */
};

#define KERBEROS "AllowFreshCredentials WSMAN/" SCENE_HOST "\n"
#define NTLM "AllowFreshCredentialsWhenNTLMOnly WSMAN/" SCENE_HOST "\n"
#define ALL_SPNS "AS;WSMAN/" SCENE_HOST ";HTTP/" SCENE_HOST                   \
                 ";host/" SCENE_HOST ";"
#define NTLM_LINE "NTLM would need the line "                                 \
                  "'AllowFreshCredentialsWhenNTLMOnly WSMAN/" SCENE_HOST "'"

#define BLOCK "Host " SCENE_HOST "\n    "
#define PIN "PinnedCertificate 0123456789abcdef0123456789abcdef"              \
            "0123456789abcdef0123456789abcdef\n"
#define WEB_PIN "HTTPS yes\n    PinnedHTTPSCertificate "                      \
                "0123456789abcdef0123456789abcdef"                            \
                "0123456789abcdef0123456789abcdef\n"
#define CHAIN "TrustedChain yes\n"
#define DENY "DenyFreshCredentials WSMAN/" SCENE_HOST "\n"

static const struct story stories[] = {
    { "Kerberos", KERBEROS NTLM, ERR_NONE, NULL, ERR_NONE, ERR_NONE,
      "AS;WSMAN/" SCENE_HOST ";open;", NULL },
    { "the second name", KERBEROS, ERR_NONE, "HTTP/" SCENE_HOST, ERR_NONE,
      ERR_NONE, "AS;WSMAN/" SCENE_HOST ";HTTP/" SCENE_HOST ";open;", NULL },
    { "no name, no NTLM", KERBEROS, ERR_NONE, "none", ERR_NONE,
      ERR_SPN_UNKNOWN, ALL_SPNS, NTLM_LINE },
    { "no name, NTLM", KERBEROS NTLM, ERR_NONE, "none", ERR_NONE, ERR_NONE,
      ALL_SPNS "NTLM;WSMAN/" SCENE_HOST ";open;", NULL },
    { "the one name of the policy",
      KERBEROS "Host " SCENE_HOST "\n    ServiceName HTTP\n", ERR_NONE, "none",
      ERR_NONE, ERR_SPN_UNKNOWN, "AS;HTTP/" SCENE_HOST ";", NTLM_LINE },
    { "no KDC, no NTLM", KERBEROS, ERR_KDC_UNREACHABLE, NULL, ERR_NONE,
      ERR_KDC_UNREACHABLE, "AS;", NTLM_LINE },
    { "no KDC, NTLM", KERBEROS NTLM, ERR_KDC_UNREACHABLE, NULL, ERR_NONE,
      ERR_NONE, "AS;NTLM;WSMAN/" SCENE_HOST ";open;", NULL },
    { "NTLM alone: no KDC is asked", NTLM, ERR_NONE, NULL, ERR_NONE,
      ERR_NONE, "NTLM;WSMAN/" SCENE_HOST ";open;", NULL },
    { "a wrong password is not tried again by NTLM", KERBEROS NTLM,
      ERR_WRONG_PASSWORD, NULL, ERR_NONE, ERR_WRONG_PASSWORD, "AS;", NULL },
    { "a locked account neither", KERBEROS NTLM, ERR_ACCOUNT_LOCKED, NULL,
      ERR_NONE, ERR_ACCOUNT_LOCKED, "AS;", NULL },
    { "a host that refuses Kerberos is not offered NTLM", KERBEROS NTLM,
      ERR_NONE, NULL, ERR_MECHANISM, ERR_MECHANISM,
      "AS;WSMAN/" SCENE_HOST ";open;", NULL },
    /* A certificate that is demanded vouches in Kerberos' place. */
    { "a pin, and Kerberos", KERBEROS BLOCK PIN, ERR_NONE, NULL, ERR_NONE,
      ERR_NONE, "AS;WSMAN/" SCENE_HOST ";pinned;open;", NULL },
    { "a pin, no KDC", KERBEROS BLOCK PIN, ERR_KDC_UNREACHABLE, NULL,
      ERR_NONE, ERR_NONE, "AS;NTLM;WSMAN/" SCENE_HOST ";pinned;open;",
      NULL },
    { "a chain, no KDC", KERBEROS BLOCK CHAIN, ERR_KDC_UNREACHABLE, NULL,
      ERR_NONE, ERR_NONE,
      "AS;NTLM;WSMAN/" SCENE_HOST ";trusted;" SCENE_HOST ";open;", NULL },
    { "a chain, unknown to the KDC", KERBEROS BLOCK "ServiceName HTTP\n"
      CHAIN, ERR_NONE, "none", ERR_NONE, ERR_NONE,
      "AS;HTTP/" SCENE_HOST ";trusted;" SCENE_HOST ";NTLM;HTTP/" SCENE_HOST
      ";trusted;" SCENE_HOST ";open;", NULL },
    { "no chain is demanded", KERBEROS BLOCK "TrustedChain no\n",
      ERR_KDC_UNREACHABLE, NULL, ERR_NONE, ERR_KDC_UNREACHABLE, "AS;",
      NTLM_LINE },
    { "another host's pin",
      KERBEROS "Host win2.corp.example.com\n    " PIN, ERR_KDC_UNREACHABLE,
      NULL, ERR_NONE, ERR_KDC_UNREACHABLE, "AS;", NTLM_LINE },
    { "HTTPS is pinned, CredSSP is not", KERBEROS BLOCK WEB_PIN,
      ERR_KDC_UNREACHABLE, NULL, ERR_NONE, ERR_KDC_UNREACHABLE, "AS;",
      NTLM_LINE },
    { "a pin, and a wrong password", KERBEROS BLOCK PIN, ERR_WRONG_PASSWORD,
      NULL, ERR_NONE, ERR_WRONG_PASSWORD, "AS;", NULL },
    { "a pin allows nothing", BLOCK PIN, ERR_NONE, NULL, ERR_NONE,
      ERR_POLICY_DENIED, "", NULL },
    { "deny wins over a pin", KERBEROS DENY BLOCK PIN, ERR_NONE, NULL,
      ERR_NONE, ERR_POLICY_DENIED, "", NULL },
};

static void ask_for(struct scene *scene, const char *host)
{
    scene_connect(scene);
    scene_ask(scene, host, 0);
}

static void one_mechanism_or_the_reason(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < sizeof stories / sizeof *stories; i++) {
        const struct story *story = &stories[i];
        struct err err = ERR_INIT;
        struct reader fields;
        struct scene scene;

        print_message("  %s\n", story->name);
        scene_begin(&scene, 7);
        scene.session.policy = fake_policy(story->policy);
        fake_world.kdc = story->kdc;
        fake_world.known_spn = story->known_spn;
        fake_world.host = story->host;
        ask_for(&scene, SCENE_HOST);
        if (story->result == ERR_NONE)
            scene_hear(&scene, WIRE_OPENED, &fields);
        else
            scene_hear_error(&scene, story->result, &err);
        assert_string_equal(fake_world.diary, story->diary);
        if (story->advice != NULL)
            assert_non_null(strstr(err.advice, story->advice));
        scene_close(&scene);
    }
}

/* A fan-out of many hosts costs one AS exchange. */
static void one_ticket_serves_all_connections(void **state)
{
    struct scene scene;
    int i;

    (void)state;
    scene_begin(&scene, 7);
    for (i = 0; i < 3; i++) {
        struct reader fields;

        scene_connect(&scene);
        scene_ask(&scene, SCENE_HOST, WIRE_OPEN_FRESH);
        scene_hear(&scene, WIRE_OPENED, &fields);
        scene_hang_up(&scene);
    }
    assert_int_equal(fake_world.connections, 3);
    assert_int_equal(fake_world.as_exchanges, 1);
    scene_end(&scene);
}

/* After "wrong password" nobody is asked again, neither KDC nor host. */
static void a_refused_password_is_not_tried_again(void **state)
{
    static const enum err_cause refusals[] = {
        ERR_WRONG_PASSWORD, ERR_PASSWORD_EXPIRED, ERR_PASSWORD_MUST_CHANGE,
        ERR_ACCOUNT_LOCKED, ERR_ACCOUNT_DISABLED, ERR_ACCOUNT_EXPIRED,
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        struct scene scene;

        scene_begin(&scene, 7);
        scene.session.policy = fake_policy(NTLM);
        fake_world.host = refusals[i];
        ask_for(&scene, SCENE_HOST);
        scene_hear_error(&scene, refusals[i], NULL);
        scene_hang_up(&scene);
        ask_for(&scene, SCENE_HOST);
        scene_hear_error(&scene, ERR_REFUSED_BEFORE, NULL);
        assert_int_equal(fake_world.connections, 1);
        assert_int_equal(fake_world.mark, refusals[i]);
        scene_close(&scene);
    }
}

/* Nor by the next worker, which remembers nothing. */
static void a_mark_of_an_earlier_worker_is_enough(void **state)
{
    struct err err = ERR_INIT;
    struct scene scene;

    (void)state;
    scene_begin(&scene, 7);
    fake_world.mark = ERR_ACCOUNT_LOCKED;
    ask_for(&scene, SCENE_HOST);
    scene_hear_error(&scene, ERR_REFUSED_BEFORE, &err);
    assert_non_null(strstr(err.text, "(the account is locked)"));
    assert_non_null(strstr(err.advice, "credssp login"));
    assert_string_equal(fake_world.diary, ""); /* nobody was asked */
    scene_close(&scene);
}

/* A full key quota costs the mark, not the refusal. */
static void without_a_mark_the_worker_remembers(void **state)
{
    struct scene scene;

    (void)state;
    scene_begin(&scene, 7);
    fake_world.mark_fails = ERR_KEYRING;
    fake_world.kdc = ERR_WRONG_PASSWORD;
    ask_for(&scene, SCENE_HOST);
    scene_hear_error(&scene, ERR_WRONG_PASSWORD, NULL);
    scene_hang_up(&scene);
    ask_for(&scene, SCENE_HOST);
    scene_hear_error(&scene, ERR_REFUSED_BEFORE, NULL);
    assert_int_equal(fake_world.as_exchanges, 1);
    scene_close(&scene);
}

/* What one host refuses, another may allow. */
static void a_refusal_of_one_host_is_not_remembered(void **state)
{
    struct reader fields;
    struct scene scene;

    (void)state;
    scene_begin(&scene, 7);
    fake_world.host = ERR_LOGON_TYPE;
    ask_for(&scene, SCENE_HOST);
    scene_hear_error(&scene, ERR_LOGON_TYPE, NULL);
    assert_int_equal(fake_world.mark, ERR_NONE);
    scene_hang_up(&scene);
    fake_world.host = ERR_NONE;
    ask_for(&scene, SCENE_HOST);
    scene_hear(&scene, WIRE_OPENED, &fields);
    scene_close(&scene);
}

/*
 * The KDC has just taken the password; a host that was not given it must not
 * be able to take it away from all the others.
 */
static void a_host_cannot_refuse_what_it_has_not_seen(void **state)
{
    struct err err = ERR_INIT;
    struct reader fields;
    struct scene scene;

    (void)state;
    scene_begin(&scene, 7);
    fake_world.host = ERR_WRONG_PASSWORD;
    fake_world.host_stage = STAGE_SPNEGO;
    ask_for(&scene, SCENE_HOST);
    scene_hear_error(&scene, ERR_KERBEROS, &err);
    assert_non_null(strstr(err.text, "does not accept the Kerberos ticket"));
    assert_int_equal(fake_world.mark, ERR_NONE);
    scene_hang_up(&scene);
    fake_world.host = ERR_NONE;
    ask_for(&scene, SCENE_HOST);
    scene_hear(&scene, WIRE_OPENED, &fields);
    scene_close(&scene);
}

/* "run" says what "test" says: it asks the host for its clock. */
static const struct ticket_story {
    enum err_cause host;
    int64_t clock_ahead_s;
    enum err_cause result;
    const char *text, *advice;
} ticket_stories[] = {
    { ERR_WRONG_PASSWORD, -600, ERR_CLOCK_SKEW,
      "the host's is 10 min 0 s behind this machine's", "w32tm /resync" },
    { ERR_AUTH_DROPPED, 600, ERR_CLOCK_SKEW,
      "the host's is 10 min 0 s ahead of this machine's", "w32tm /resync" },
    { ERR_LOGON_FAILED, 600, ERR_CLOCK_SKEW, "10 min", "w32tm /resync" },
    { ERR_AUTH_DROPPED, 0, ERR_AUTH_DROPPED, "without a reason",
      "Test-ComputerSecureChannel" },
    { ERR_LOGON_FAILED, 0, ERR_LOGON_FAILED, "refused the logon",
      "Security event log" },
    { ERR_MECHANISM, 600, ERR_MECHANISM, "", "" },
};

static void a_refused_ticket_is_not_a_wrong_password(void **state)
{
    struct scene scene;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof ticket_stories / sizeof *ticket_stories; i++) {
        const struct ticket_story *story = &ticket_stories[i];
        struct err err = ERR_INIT;

        scene_begin(&scene, 7);
        fake_world.host = story->host;
        fake_world.host_stage = STAGE_SPNEGO;
        fake_world.clock_ahead_s = story->clock_ahead_s;
        ask_for(&scene, SCENE_HOST);
        scene_hear_error(&scene, story->result, &err);
        assert_non_null(strstr(err.text, story->text));
        assert_non_null(strstr(err.advice, story->advice));
        scene_close(&scene);
    }
}

/* Hosts of version 2 and 5 have no word for a wrong password. */
static void a_silent_refusal_is_not_repeated(void **state)
{
    static const struct {
        const char *host;
        enum err_cause result, mark;
        const char *mark_host;
    } tries[] = {
        { "a.corp.example.com", ERR_AUTH_DROPPED, ERR_AUTH_DROPPED,
          "a.corp.example.com" },
        { "a.corp.example.com", ERR_REFUSED_BEFORE, ERR_AUTH_DROPPED,
          "a.corp.example.com" },
        { "b.corp.example.com", ERR_AUTH_DROPPED, ERR_AUTH_DROPPED, "" },
        { "c.corp.example.com", ERR_REFUSED_BEFORE, ERR_AUTH_DROPPED, "" },
    };
    struct err err = ERR_INIT;
    struct scene scene;
    size_t i;

    (void)state;
    scene_begin(&scene, 7);
    scene.session.policy = fake_policy(
        "AllowFreshCredentialsWhenNTLMOnly WSMAN/*.corp.example.com\n");
    fake_world.host = ERR_AUTH_DROPPED;
    fake_world.host_stage = STAGE_SPNEGO;
    fake_world.host_step = CREDSSP_AUTHENTICATE;
    for (i = 0; i < sizeof tries / sizeof *tries; i++) {
        ask_for(&scene, tries[i].host);
        scene_hear_error(&scene, tries[i].result, &err);
        assert_int_equal(fake_world.mark, tries[i].mark);
        assert_string_equal(fake_world.mark_host, tries[i].mark_host);
        scene_hang_up(&scene);
    }
    assert_non_null(strstr(err.text, "without a reason"));
    assert_int_equal(fake_world.connections, 2);
    scene_end(&scene);
}

/* Nothing of the password had gone out, so nothing was refused. */
static void an_early_silence_is_no_refusal(void **state)
{
    struct scene scene;

    (void)state;
    scene_begin(&scene, 7);
    scene.session.policy = fake_policy(NTLM);
    fake_world.host = ERR_AUTH_DROPPED;
    fake_world.host_stage = STAGE_SPNEGO;
    fake_world.host_step = CREDSSP_NEGOTIATE;
    ask_for(&scene, SCENE_HOST);
    scene_hear_error(&scene, ERR_AUTH_DROPPED, NULL);
    assert_int_equal(fake_world.mark, ERR_NONE);
    scene_close(&scene);
}

/* A ticket may be older than the password's last change. */
static void after_a_silent_refusal_the_domain_is_asked(void **state)
{
    static const enum err_cause silences[] = {
        ERR_AUTH_DROPPED, ERR_CONNECTION_LOST, ERR_HTTP,
    };
    static const enum err_stage stages[] = {
        STAGE_DELEGATION, STAGE_HTTP, STAGE_HTTP,
    };
    struct scene scene;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof silences / sizeof *silences; i++) {
        scene_begin(&scene, 7);
        fake_world.host = silences[i];
        fake_world.host_stage = stages[i];
        fake_world.host_step = CREDSSP_DELEGATE;
        ask_for(&scene, SCENE_HOST);
        scene_hear_error(&scene, silences[i], NULL);
        assert_int_equal(fake_world.mark, ERR_NONE);
        scene_hang_up(&scene);
        fake_world.kdc = ERR_WRONG_PASSWORD;
        ask_for(&scene, SCENE_HOST);
        scene_hear_error(&scene, ERR_WRONG_PASSWORD, NULL);
        assert_int_equal(fake_world.as_exchanges, 2);
        assert_int_equal(fake_world.connections, 1);
        assert_int_equal(fake_world.mark, ERR_WRONG_PASSWORD);
        scene_close(&scene);
    }
}

/* Several clients of one session: each opens a host of its own. */
#define CROWD 6
#define TURN_MS 200

#define A "a.corp.example.com"
#define B "b.corp.example.com"
#define ALL A " " B " c.corp.example.com d.corp.example.com " \
            "e.corp.example.com f.corp.example.com"

static const char *const crowd_hosts[CROWD] = {
    A, B, "c.corp.example.com",
    "d.corp.example.com", "e.corp.example.com", "f.corp.example.com",
};

static void crowd_begin(struct scene *scene, const char *hang)
{
    scene_begin(scene, 7);
    scene->session.policy = fake_policy(
        "AllowFreshCredentialsWhenNTLMOnly WSMAN/*.corp.example.com\n");
    scene->session.turn_lasts_ms = TURN_MS;
    fake_world.host_stage = STAGE_SPNEGO;
    fake_world.host_step = CREDSSP_AUTHENTICATE;
    fake_world.hang = hang;
}

static void crowd_ask(struct scene *scene, struct session *session,
                      const char *host)
{
    scene_join(scene, session);
    scene_ask(scene, host, 0);
}

static void crowd_works(struct session *session, const char *host)
{
    struct reader fields;
    struct scene one;

    crowd_ask(&one, session, host);
    scene_hear(&one, WIRE_OPENED, &fields);
    scene_hang_up(&one);
}

/* Also when their trouble comes to an end only after others were served. */
static void hosts_that_hang_delay_nobody(void **state)
{
    struct scene scene, hung[2];
    unsigned i;

    (void)state;
    crowd_begin(&scene, A " " B);
    for (i = 0; i < 2; i++) {
        crowd_ask(&hung[i], &scene.session, crowd_hosts[i]);
        assert_true(fake_world_proofs(i + 1));
    }
    for (i = 2; i < CROWD; i++)
        crowd_works(&scene.session, crowd_hosts[i]);
    fake_world_hang("");
    for (i = 0; i < 2; i++) {
        scene_hear_error(&hung[i], ERR_TIMEOUT, NULL);
        scene_hang_up(&hung[i]);
    }
    /* Neither is asked again alone; nobody else pays for them. */
    assert_int_equal(fake_world.mark, ERR_AUTH_DROPPED);
    assert_string_not_equal(fake_world.mark_host, "");
    crowd_works(&scene.session, crowd_hosts[2]);
    scene_end(&scene);
}

/* TIMEOUT for who was tried, REFUSED_BEFORE for who was not. */
static void crowd_fails(struct scene each[], unsigned count, unsigned tried)
{
    unsigned i, timeouts = 0;

    for (i = 0; i < count; i++) {
        struct err err = ERR_INIT;
        struct reader fields;

        scene_hear(&each[i], WIRE_ERROR, &fields);
        assert_int_equal(wire_get_error(&fields, &err), -1);
        timeouts += err.cause == ERR_TIMEOUT;
        assert_true(err.cause == ERR_TIMEOUT
                    || err.cause == ERR_REFUSED_BEFORE);
        scene_hang_up(&each[i]);
    }
    assert_int_equal(timeouts, tried);
    assert_int_equal(fake_world.proofs, tried);
    assert_string_equal(fake_world.mark_host, "");
}

/* What a domain counts when nobody answers; less when one did not before. */
static void silence_is_tried_so_often_and_no_more(void **state)
{
    static const struct {
        const char *before;
        unsigned tried;
    } silences[] = { { "", LIMIT_UNANSWERED }, { "z.corp.example.com", 1 } };
    struct scene scene, each[CROWD];
    unsigned i, k;

    (void)state;
    for (i = 0; i < 2; i++) {
        crowd_begin(&scene, ALL);
        if (silences[i].before[0] != '\0')
            fake_world.mark = ERR_AUTH_DROPPED;
        snprintf(fake_world.mark_host, sizeof fake_world.mark_host, "%s",
                 silences[i].before);
        for (k = 0; k < CROWD; k++)
            crowd_ask(&each[k], &scene.session, crowd_hosts[k]);
        assert_true(fake_world_proofs(silences[i].tried));
        usleep(3 * TURN_MS * 1000);
        assert_int_equal(fake_world.proofs, silences[i].tried);
        fake_world_hang("");
        crowd_fails(each, CROWD, silences[i].tried);
        scene_end(&scene);
    }
}

/* One host's silence, however often, says less than two hosts': one is tried
 * behind it, and no more. */
static void one_host_may_be_silent_thrice(void **state)
{
    struct scene scene, each[CROWD];
    unsigned i;

    (void)state;
    crowd_begin(&scene, A " " B);
    for (i = 0; i < LIMIT_UNANSWERED; i++) {
        crowd_ask(&each[i], &scene.session, A);
        assert_true(fake_world_proofs(i + 1));
    }
    crowd_ask(&each[i], &scene.session, B);
    fake_world_hang(B);
    assert_true(fake_world_proofs(LIMIT_UNANSWERED + 1));
    for (i++; i < CROWD; i++)
        crowd_ask(&each[i], &scene.session, crowd_hosts[i]);
    usleep(3 * TURN_MS * 1000);
    assert_int_equal(fake_world.proofs, LIMIT_UNANSWERED + 1);
    fake_world_hang("");
    crowd_fails(each, CROWD, LIMIT_UNANSWERED + 1);
    scene_end(&scene);
}

/* Ctrl-C: whose turn comes then finds nobody who waits for its answer. */
static void who_has_gone_sends_no_proof(void **state)
{
    struct scene scene, each[CROWD];
    unsigned i;

    (void)state;
    crowd_begin(&scene, A);
    scene.session.turn_lasts_ms = 60000; /* A's, to its end */
    fake_world.host = ERR_INTERRUPTED;
    fake_world.host_stage = STAGE_HTTP;
    for (i = 0; i < CROWD; i++) {
        crowd_ask(&each[i], &scene.session, crowd_hosts[i]);
        assert_true(fake_world_proofs(1));
    }
    for (i = 0; i < CROWD; i++)
        shutdown(each[i].fd, SHUT_RDWR);
    fake_world_hang("");
    for (i = 0; i < CROWD; i++)
        scene_hang_up(&each[i]);
    assert_int_equal(fake_world.proofs, 1);
    scene_end(&scene);
}

/* Each of them may have been counted, though nobody waited for an answer. */
static void leaving_again_and_again_tries_no_more(void **state)
{
    struct scene scene, one;
    unsigned i;

    (void)state;
    crowd_begin(&scene, "");
    fake_world.host = ERR_INTERRUPTED;
    for (i = 0; i <= LIMIT_UNANSWERED; i++) {
        crowd_ask(&one, &scene.session, A);
        assert_true(fake_world_proofs(i + 1));
        scene_hang_up(&one);
    }
    crowd_ask(&one, &scene.session, B);
    scene_hear_error(&one, ERR_REFUSED_BEFORE, NULL);
    scene_hang_up(&one);
    assert_int_equal(fake_world.proofs, LIMIT_UNANSWERED + 1);
    assert_int_equal(fake_world.mark, ERR_AUTH_DROPPED);
    assert_string_equal(fake_world.mark_host, "");
    scene_end(&scene);
}

/* Neither of two threads that end at once forgets what the other has seen. */
static void two_silences_at_once_are_two(void **state)
{
    struct scene scene, each[2];
    unsigned i;

    (void)state;
    crowd_begin(&scene, A " " B);
    for (i = 0; i < 2; i++) {
        crowd_ask(&each[i], &scene.session, crowd_hosts[i]);
        assert_true(fake_world_proofs(i + 1));
    }
    fake_world.recall_us = 100000;
    fake_world_hang("");
    crowd_fails(each, 2, 2);
    scene_end(&scene);
}

static void one_wrong_password_is_counted_once(void **state)
{
    struct scene scene, each[CROWD];
    unsigned i, wrong = 0, before = 0;

    (void)state;
    crowd_begin(&scene, ALL);
    scene.session.turn_lasts_ms = LIMIT_TURN_MS;
    fake_world.host = ERR_WRONG_PASSWORD;
    for (i = 0; i < CROWD; i++)
        crowd_ask(&each[i], &scene.session, crowd_hosts[i]);
    assert_true(fake_world_proofs(1));
    fake_world_hang("");
    for (i = 0; i < CROWD; i++) {
        struct err err = ERR_INIT;
        struct reader fields;

        scene_hear(&each[i], WIRE_ERROR, &fields);
        assert_int_equal(wire_get_error(&fields, &err), -1);
        wrong += err.cause == ERR_WRONG_PASSWORD;
        before += err.cause == ERR_REFUSED_BEFORE;
        scene_hang_up(&each[i]);
    }
    assert_int_equal(fake_world.proofs, 1);
    assert_int_equal(wrong, 1);
    assert_int_equal(before, CROWD - 1);
    scene_end(&scene);
}

static void an_unreachable_kdc_is_asked_once_for_a_while(void **state)
{
    struct scene scene;
    int i;

    (void)state;
    scene_begin(&scene, 7);
    fake_world.kdc = ERR_KDC_UNREACHABLE;
    for (i = 0; i < 3; i++) {
        ask_for(&scene, SCENE_HOST);
        scene_hear_error(&scene, ERR_KDC_UNREACHABLE, NULL);
        scene_hang_up(&scene);
    }
    assert_int_equal(fake_world.as_exchanges, 1);
    scene_end(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_mechanism_or_the_reason),
        cmocka_unit_test(one_ticket_serves_all_connections),
        cmocka_unit_test(a_refused_password_is_not_tried_again),
        cmocka_unit_test(a_mark_of_an_earlier_worker_is_enough),
        cmocka_unit_test(without_a_mark_the_worker_remembers),
        cmocka_unit_test(a_refusal_of_one_host_is_not_remembered),
        cmocka_unit_test(a_host_cannot_refuse_what_it_has_not_seen),
        cmocka_unit_test(a_refused_ticket_is_not_a_wrong_password),
        cmocka_unit_test(a_silent_refusal_is_not_repeated),
        cmocka_unit_test(an_early_silence_is_no_refusal),
        cmocka_unit_test(after_a_silent_refusal_the_domain_is_asked),
        cmocka_unit_test(hosts_that_hang_delay_nobody),
        cmocka_unit_test(silence_is_tried_so_often_and_no_more),
        cmocka_unit_test(one_host_may_be_silent_thrice),
        cmocka_unit_test(who_has_gone_sends_no_proof),
        cmocka_unit_test(leaving_again_and_again_tries_no_more),
        cmocka_unit_test(two_silences_at_once_are_two),
        cmocka_unit_test(one_wrong_password_is_counted_once),
        cmocka_unit_test(an_unreachable_kdc_is_asked_once_for_a_while),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
