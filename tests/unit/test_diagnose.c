/* test_diagnose.c - the request TEST: stages in order, the first mistake by
 * name, and nothing sent that policy or a missing credential forbids. */
#include "unit.h"

#include <stdio.h>

#include "fake_world.h"
#include "scene.h"

#define KERBEROS "AllowFreshCredentials WSMAN/" SCENE_HOST "\n"
#define NTLM "AllowFreshCredentialsWhenNTLMOnly WSMAN/" SCENE_HOST "\n"

/* One letter for each outcome: "name+ policy- DNS." */
static void note(char *told, size_t size, const struct wire_stage *stage)
{
    static const char marks[] = { '+', '-', '.' };
    size_t used = strlen(told);

    snprintf(told + used, size - used, "%s%s%c", used > 0 ? " " : "",
             wire_stage_name(stage->id), marks[stage->outcome]);
}

struct hearing {
    char told[512];
    struct err err;                /* of the stage that failed */
    char details[WIRE_STAGE_COUNT][WIRE_TEXT_MAX];
    uint64_t durations[WIRE_STAGE_COUNT];
    struct wire_tested tested;
};

static void hear(struct scene *scene, struct hearing *heard)
{
    struct buf in = BUF_INIT(65536);
    struct err err = ERR_INIT;
    struct reader fields;
    unsigned type;

    memset(heard, 0, sizeof *heard);
    for (;;) {
        struct wire_stage stage;

        assert_ok(wire_receive(scene->fd, 60000, 5000, &in, &type, &fields,
                               &err), &err);
        if (type != WIRE_STAGE)
            break;
        assert_ok(wire_get_stage(&fields, &stage, &err), &err);
        note(heard->told, sizeof heard->told, &stage);
        snprintf(heard->details[stage.id], WIRE_TEXT_MAX, "%s",
                 stage.detail);
        heard->durations[stage.id] = stage.duration_us;
        if (stage.outcome == WIRE_FAILED)
            heard->err = stage.err;
    }
    assert_string_equal(wire_type_name(type), "TESTED");
    assert_ok(wire_get_tested(&fields, &heard->tested, &err), &err);
    buf_free(&in);
}

static void ask(struct scene *scene, const char *host, bool with_ticket,
                struct hearing *heard)
{
    struct wire_test test = { .host = "" };
    struct buf out = BUF_INIT(65536);

    snprintf(test.host, sizeof test.host, "%s", host);
    scene_connect(scene);
    if (with_ticket)
        put_ticket(&out, 't');
    wire_put_test(&out, &test);
    scene_say(scene, &out);
    hear(scene, heard);
}

#define STRANGER "name+ policy+ DNS+ TCP+ HTTP+ Identify+ offered+ "
#define NO_LEGS "TLS. SPNEGO. binding. delegation."

static void a_good_host_is_told_whole_and_stays_open(void **state)
{
    struct hearing heard;
    struct reader fields;
    struct scene scene;

    (void)state;
    scene_begin(&scene, 7);
    ask(&scene, "WIN1.corp.example.com.", true, &heard);
    assert_string_equal(heard.told, STRANGER "credential+ Kerberos+ TLS+ "
                        "SPNEGO+ binding+ delegation+");
    assert_string_equal(heard.details[WIRE_STAGE_NAME], SCENE_HOST);
    assert_non_null(strstr(heard.details[WIRE_STAGE_POLICY],
                           ":1: AllowFreshCredentials WSMAN/*."));
    assert_int_equal(heard.durations[WIRE_STAGE_DNS], 400);
    assert_int_equal(heard.durations[WIRE_STAGE_TCP], 200);
    assert_string_equal(heard.details[WIRE_STAGE_TCP], "port 5985");
    assert_string_equal(heard.details[WIRE_STAGE_HTTP],
                        "Microsoft-HTTPAPI/2.0");
    assert_string_equal(heard.details[WIRE_STAGE_CREDENTIAL],
                        "CORP\\alice, from sshd");
    assert_string_equal(heard.details[WIRE_STAGE_TLS], "TLSv1.2 test");
    assert_int_equal(heard.durations[WIRE_STAGE_TLS], 2000); /* two legs */
    assert_string_equal(heard.details[WIRE_STAGE_BINDING],
                        "CredSSP version 6, the hash of the host's TLS key");
    assert_true(heard.tested.opened);
    assert_string_equal(heard.tested.host, SCENE_HOST);
    assert_int_equal(heard.tested.port, 5985);
    scene_post(&scene, 0);
    scene_hear(&scene, WIRE_REPLY, &fields);
    scene_close(&scene);
}

/* -- mistakes -- */

struct story {
    const char *host, *policy;
    struct fake_world world;       /* what is wrong in it */
    const char *told;
    const char *diary;             /* who was asked */
    enum err_cause cause;
    const char *text, *advice;     /* parts of them */
};

static const struct story stories[] = {
    { "10.77.0.31", KERBEROS, { .key = ERR_NONE },
      "name- policy. DNS. TCP. HTTP. Identify. offered. credential. "
      "Kerberos. " NO_LEGS, "", ERR_HOSTNAME, "'10.77.0.31' is an IP address",
      "full DNS name" },
    { "fe80::1", KERBEROS, { .key = ERR_NONE },
      "name- policy. DNS. TCP. HTTP. Identify. offered. credential. "
      "Kerberos. " NO_LEGS, "", ERR_HOSTNAME, "'fe80::1' is an IP address",
      "full DNS name" },
    { "win1", KERBEROS, { .key = ERR_NONE },
      "name+ policy- DNS. TCP. HTTP. Identify. offered. credential. "
      "Kerberos. " NO_LEGS, "", ERR_POLICY_DENIED, "win1",
      "use the full name, " SCENE_HOST },
    { SCENE_HOST, "AllowFreshCredentials WSMAN/win1\n", { .key = ERR_NONE },
      "name+ policy- DNS. TCP. HTTP. Identify. offered. credential. "
      "Kerberos. " NO_LEGS, "", ERR_POLICY_DENIED, SCENE_HOST,
      ":1 lacks the domain's suffix" },
    { SCENE_HOST, KERBEROS "DenyFreshCredentials WSMAN/" SCENE_HOST "\n",
      { .key = ERR_NONE },
      "name+ policy- DNS. TCP. HTTP. Identify. offered. credential. "
      "Kerberos. " NO_LEGS, "", ERR_POLICY_DENIED, SCENE_HOST,
      ":2: DenyFreshCredentials" },
    { SCENE_HOST, KERBEROS,
      { .stranger = ERR_TIMEOUT, .stranger_stage = STAGE_TCP },
      "name+ policy+ DNS+ TCP- HTTP. Identify. offered. credential. "
      "Kerberos. " NO_LEGS, "offers;", ERR_TIMEOUT,
      "no answer on port 5985 within 5 s: a firewall", "Enable-NetFirewall" },
    { SCENE_HOST, KERBEROS "Host " SCENE_HOST "\n    HTTPS yes\n",
      { .stranger = ERR_CERTIFICATE, .stranger_stage = STAGE_HTTPS },
      "name+ policy+ DNS+ TCP+ HTTPS- HTTP. Identify. offered. credential. "
      "Kerberos. " NO_LEGS, "offers;", ERR_CERTIFICATE, "", "" },
    { SCENE_HOST, KERBEROS,
      { .stranger = ERR_HTTP, .stranger_stage = STAGE_HTTP },
      "name+ policy+ DNS+ TCP+ HTTP- Identify. offered. credential. "
      "Kerberos. " NO_LEGS, "offers;", ERR_HTTP, "",
      "another web server answers on port 5985" },
    { SCENE_HOST, KERBEROS, { .no_credssp = true },
      "name+ policy+ DNS+ TCP+ HTTP+ Identify+ offered- credential. "
      "Kerberos. " NO_LEGS, "offers;identify;", ERR_NO_CREDSSP,
      "it offers Negotiate", "Enable-WSManCredSSP -Role Server -Force; then "
                             "Restart-Service WinRM" },
    { SCENE_HOST, KERBEROS, { .known_spn = "none" },
      STRANGER "credential+ Kerberos- " NO_LEGS,
      "offers;identify;AS;WSMAN/" SCENE_HOST ";HTTP/" SCENE_HOST ";host/"
      SCENE_HOST ";", ERR_SPN_UNKNOWN, "",
      "setspn -S WSMAN/" SCENE_HOST " WIN1;" },
    { SCENE_HOST, KERBEROS,
      { .kdc = ERR_CLOCK_SKEW, .clock_ahead_s = -423 },
      STRANGER "credential+ Kerberos- " NO_LEGS, "offers;identify;AS;",
      ERR_CLOCK_SKEW, "the host's is 7 min 3 s behind this machine's",
      "w32tm" },
    { SCENE_HOST, KERBEROS, { .kdc = ERR_CLOCK_SKEW },
      STRANGER "credential+ Kerberos- " NO_LEGS, "offers;identify;AS;",
      ERR_CLOCK_SKEW, "", "it is the domain controller's" },
    { SCENE_HOST, KERBEROS,
      { .host = ERR_AUTH_DROPPED, .host_stage = STAGE_TLS },
      STRANGER "credential+ Kerberos+ TLS- SPNEGO. binding. delegation.",
      "offers;identify;AS;WSMAN/" SCENE_HOST ";open;", ERR_AUTH_DROPPED, "",
      "Restart-Service WinRM" },
    { SCENE_HOST, KERBEROS,
      { .host = ERR_NO_CREDSSP, .host_stage = STAGE_HTTP,
        .host_step = CREDSSP_NEGOTIATE },
      STRANGER "credential+ Kerberos+ TLS+ SPNEGO- binding. delegation.",
      "offers;identify;AS;WSMAN/" SCENE_HOST ";open;", ERR_NO_CREDSSP, "",
      "switched it off meanwhile" },
    { SCENE_HOST, NTLM,
      { .host = ERR_WRONG_PASSWORD, .host_stage = STAGE_SPNEGO,
        .host_step = CREDSSP_AUTHENTICATE },
      STRANGER "credential+ NTLM+ TLS+ SPNEGO- binding. delegation.",
      "offers;identify;NTLM;WSMAN/" SCENE_HOST ";open;", ERR_WRONG_PASSWORD,
      "", "credssp login" },
    /* The domain has just taken the password: it is not that. */
    { SCENE_HOST, KERBEROS,
      { .host = ERR_WRONG_PASSWORD, .host_stage = STAGE_SPNEGO,
        .host_step = CREDSSP_NEGOTIATE, .clock_ahead_s = 600 },
      STRANGER "credential+ Kerberos+ TLS+ SPNEGO- binding. delegation.",
      "offers;identify;AS;WSMAN/" SCENE_HOST ";open;", ERR_CLOCK_SKEW,
      "the host's is 10 min 0 s ahead of", "w32tm" },
    { SCENE_HOST, KERBEROS,
      { .host = ERR_WRONG_PASSWORD, .host_stage = STAGE_SPNEGO,
        .host_step = CREDSSP_NEGOTIATE },
      STRANGER "credential+ Kerberos+ TLS+ SPNEGO- binding. delegation.",
      "offers;identify;AS;WSMAN/" SCENE_HOST ";open;", ERR_KERBEROS,
      "does not accept the Kerberos ticket", "Test-ComputerSecureChannel" },
    { SCENE_HOST, KERBEROS,
      { .host = ERR_BINDING, .host_stage = STAGE_BINDING,
        .host_step = CREDSSP_AUTHENTICATE },
      STRANGER "credential+ Kerberos+ TLS+ SPNEGO+ binding- delegation.",
      "offers;identify;AS;WSMAN/" SCENE_HOST ";open;", ERR_BINDING, "",
      "nothing was delegated" },
    { SCENE_HOST, KERBEROS,
      { .host = ERR_PASSWORD_EXPIRED, .host_stage = STAGE_DELEGATION,
        .host_step = CREDSSP_DELEGATE },
      STRANGER "credential+ Kerberos+ TLS+ SPNEGO+ binding+ delegation-",
      "offers;identify;AS;WSMAN/" SCENE_HOST ";open;", ERR_PASSWORD_EXPIRED,
      "", "credssp login" },
};

/* The world of the story; its first fields are those of a good one. */
static void set_world(const struct fake_world *world)
{
    fake_world.kdc = world->kdc;
    fake_world.known_spn = world->known_spn;
    fake_world.host = world->host;
    fake_world.host_stage = world->host_stage;
    fake_world.host_step = world->host_step;
    fake_world.stranger = world->stranger;
    fake_world.stranger_stage = world->stranger_stage;
    fake_world.no_credssp = world->no_credssp;
    fake_world.clock_ahead_s = world->clock_ahead_s;
}

static void each_mistake_has_its_stage_and_its_fix(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < sizeof stories / sizeof *stories; i++) {
        const struct story *story = &stories[i];
        struct hearing heard;
        struct scene scene;

        print_message("  %s %s\n", story->host, err_cause_name(story->cause));
        scene_begin(&scene, 7);
        scene.session.policy = fake_policy(story->policy);
        set_world(&story->world);
        ask(&scene, story->host, true, &heard);
        assert_string_equal(heard.told, story->told);
        assert_string_equal(fake_world.diary, story->diary);
        assert_string_equal(err_cause_name(heard.err.cause),
                            err_cause_name(story->cause));
        if (strstr(heard.err.text, story->text) == NULL
            || strstr(heard.err.advice, story->advice) == NULL)
            fail_msg("%s / %s", heard.err.text, heard.err.advice);
        assert_false(heard.tested.opened);
        scene_close(&scene);
    }
}

static void ntlm_says_why_it_is_not_kerberos(void **state)
{
    struct hearing heard;
    struct scene scene;

    (void)state;
    scene_begin(&scene, 7);
    scene.session.policy = fake_policy(KERBEROS NTLM);
    fake_world.kdc = ERR_KDC_UNREACHABLE;
    ask(&scene, SCENE_HOST, true, &heard);
    assert_string_equal(heard.told, STRANGER "credential+ Kerberos. NTLM+ "
                        "TLS+ SPNEGO+ binding+ delegation+");
    assert_string_equal(heard.details[WIRE_STAGE_KERBEROS],
                        err_cause_text(ERR_KDC_UNREACHABLE));
    scene_close(&scene);
}

/* Identify is nice to know; a host may keep it to itself. */
static void a_host_without_identify_is_no_failure(void **state)
{
    struct hearing heard;
    struct scene scene;

    (void)state;
    scene_begin(&scene, 7);
    fake_world.identify = ERR_HTTP;
    fake_world.clock_ahead_s = 125;
    ask(&scene, SCENE_HOST, true, &heard);
    assert_non_null(strstr(heard.told, "HTTP+ Identify. offered+"));
    assert_non_null(strstr(heard.details[WIRE_STAGE_HTTP],
                           "its clock is 2 min 5 s ahead of"));
    assert_true(heard.tested.opened);
    scene_close(&scene);
}

/* With a key but no ticket, and without both: the same. */
static void without_a_ticket_no_secret_is_touched(void **state)
{
    static const int32_t keys[] = { 0, 7 };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof keys / sizeof *keys; i++) {
        struct err err = ERR_INIT;
        struct hearing heard;
        struct scene scene;

        scene_begin(&scene, keys[i]);
        ask(&scene, SCENE_HOST, false, &heard);
        assert_string_equal(heard.told, STRANGER "credential- Kerberos. "
                            NO_LEGS);
        assert_int_equal(heard.err.cause, ERR_NO_CREDENTIAL);
        assert_string_equal(fake_world.diary, "offers;identify;");
        scene_post(&scene, 0);
        scene_hear_error(&scene, ERR_BROKER_PROTOCOL, &err);
        scene_close(&scene);
    }
}

/* A second channel must not displace the first. */
static void no_open_comes_behind_a_test_that_opened(void **state)
{
    struct buf out = BUF_INIT(65536);
    struct err err = ERR_INIT;
    struct hearing heard;
    struct scene scene;

    (void)state;
    scene_begin(&scene, 7);
    ask(&scene, SCENE_HOST, true, &heard);
    put_open(&out, SCENE_HOST, 0, 0);
    scene_say(&scene, &out);
    scene_hear_error(&scene, ERR_BROKER_PROTOCOL, &err);
    assert_string_equal(err.text, "the request OPEN comes after a "
                                  "connection was opened");
    scene_close(&scene);
}

/* Even a ticket is left alone, and nothing is logged on. */
static void identify_alone_ends_with_its_answer(void **state)
{
    struct wire_test test = { .host = SCENE_HOST,
                              .flags = WIRE_TEST_IDENTIFY };
    struct buf out = BUF_INIT(65536);
    struct hearing heard;
    struct scene scene;
    bool silent;

    (void)state;
    for (silent = false;; silent = true) {
        scene_begin(&scene, 7);
        fake_world.identify = silent ? ERR_HTTP : ERR_NONE;
        scene_connect(&scene);
        put_ticket(&out, 't');
        wire_put_test(&out, &test);
        scene_say(&scene, &out);
        hear(&scene, &heard);
        assert_string_equal(heard.told, silent
                            ? "name+ policy+ DNS+ TCP+ HTTP+ Identify-"
                            : "name+ policy+ DNS+ TCP+ HTTP+ Identify+");
        assert_int_equal(heard.err.cause, silent ? ERR_HTTP : ERR_NONE);
        assert_false(heard.tested.opened);
        assert_string_equal(fake_world.diary, "offers;identify;");
        assert_int_equal(fake_world.connections, 0);
        scene_close(&scene);
        if (silent)
            break;
    }
}

/* Two requests to a host for each connection, and no more. */
static void a_test_is_made_once(void **state)
{
    struct wire_test test = { .host = SCENE_HOST };
    struct buf out = BUF_INIT(65536);
    struct err err = ERR_INIT;
    struct hearing heard;
    struct scene scene;

    (void)state;
    scene_begin(&scene, 0);
    ask(&scene, SCENE_HOST, false, &heard);
    wire_put_test(&out, &test);
    scene_say(&scene, &out);
    scene_hear_error(&scene, ERR_BROKER_PROTOCOL, &err);
    assert_string_equal(err.text, "the request TEST was made before");
    assert_string_equal(fake_world.diary, "offers;identify;");
    scene_close(&scene);
}

/* Who hangs up gets nothing delegated in his name. */
static void a_client_that_left_delegates_nothing(void **state)
{
    struct wire_test test = { .host = SCENE_HOST };
    struct buf out = BUF_INIT(65536);
    struct scene scene;

    (void)state;
    scene_begin(&scene, 7);
    fake_world.stranger = ERR_INTERRUPTED; /* as http.h has it */
    scene_connect(&scene);
    put_ticket(&out, 't');
    wire_put_test(&out, &test);
    scene_say(&scene, &out);
    scene_hang_up(&scene);
    assert_string_equal(fake_world.diary, "offers;");
    assert_int_equal(fake_world.connections, 0);
    scene_end(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_host_is_told_whole_and_stays_open),
        cmocka_unit_test(each_mistake_has_its_stage_and_its_fix),
        cmocka_unit_test(ntlm_says_why_it_is_not_kerberos),
        cmocka_unit_test(a_host_without_identify_is_no_failure),
        cmocka_unit_test(without_a_ticket_no_secret_is_touched),
        cmocka_unit_test(no_open_comes_behind_a_test_that_opened),
        cmocka_unit_test(identify_alone_ends_with_its_answer),
        cmocka_unit_test(a_test_is_made_once),
        cmocka_unit_test(a_client_that_left_delegates_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
