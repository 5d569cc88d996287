/* cmd_test.c - "credssp test": every stage, what is wrong, how to fix it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/client.h"
#include "cli/command.h"
#include "cli/report.h"
#include "wsman/identify.h"
#include "wsman/winrs.h"

#define EXIT_STAGE_FAILED 1
#define COMMAND "hostname"
#define OUTPUT_MAX 128
#define CODEPAGE_UTF8 65001

struct test_options {
    bool json;
    bool no_command;
};

#define FIELD(name) offsetof(struct test_options, name)
static const struct option_row rows[] = {
    { 0, "json", NULL, OPTION_FLAG, FIELD(json), "one JSON object" },
    { 0, "no-command", NULL, OPTION_FLAG, FIELD(no_command),
      "end with the delegation: run nothing on the host" },
};

const struct page page_test = {
    .name = "test",
    .usage = "[OPTION]... HOST",
    .summary = "Walk every stage to a host, and say what is wrong",
    .about =
        "Name, policy, DNS, TCP, HTTP, the schemes that the host offers,\n"
        "Kerberos or NTLM, TLS, the public key binding, the delegation and\n"
        "the command 'hostname': each with its time, and for the first that\n"
        "fails the cause and the fix.  A host that no policy line allows gets\n"
        "no packet.  Without a credential the stages that need none run.\n"
        "The exit status is 0 if all went well and 1 if a stage failed.\n",
    PAGE_ROWS(rows),
    .examples = "  credssp test win1.corp.example.com\n"
                "  credssp test --json win1.corp.example.com\n",
};

struct test {
    const struct cli *cli;
    struct test_options options;
    struct wire_test request;
    struct report report;
    struct client client;
    struct err missing;      /* why there is no credential */
    struct wire_tested tested;
    bool stage_seen;
};

static int64_t now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* -- the broker's stages -- */

/* XML is read here, with the user's rights, and not in the broker. */
static void read_identity(struct wire_stage *stage)
{
    char text[IDENTIFY_TEXT_MAX];
    struct err err = ERR_INIT;

    if (stage->outcome != WIRE_OK || stage->identity_len == 0)
        return;
    if (identify_describe(stage->identity, stage->identity_len, text, &err)
        != 0) {
        stage->outcome = WIRE_SKIPPED;
        snprintf(stage->detail, sizeof stage->detail, "%s", err.text);
    } else {
        snprintf(stage->detail, sizeof stage->detail, "%s", text);
    }
}

static int take_stage(struct test *test, struct reader *fields,
                      struct err *err)
{
    struct wire_stage stage;

    if (wire_get_stage(fields, &stage, err) != 0)
        return -1;
    test->stage_seen = true;
    read_identity(&stage);
    /* We know better than the broker why nothing was shown to it. */
    if (stage.id == WIRE_STAGE_CREDENTIAL
        && stage.err.cause == ERR_NO_CREDENTIAL
        && test->missing.cause != ERR_NONE)
        stage.err = test->missing;
    report_stage(&test->report, &stage);
    return 0;
}

static int hear_stages(struct test *test, struct err *err)
{
    struct reader fields;
    unsigned type;

    for (;;) {
        if (client_next(&test->client, CLIENT_OPEN_MS, &type, &fields, err)
            != 0)
            return -1;
        if (type == WIRE_TESTED)
            return wire_get_tested(&fields, &test->tested, err);
        if (type != WIRE_STAGE)
            return err_set(err, ERR_BROKER_PROTOCOL, STAGE_BROKER,
                           "the broker sent %s (%u) during a test",
                           wire_type_name(type), type);
        if (take_stage(test, &fields, err) != 0)
            return -1;
    }
}

static int ask(struct test *test, struct err *err)
{
    wire_put_test(&test->client.out, &test->request);
    if (client_connect(&test->client, test->cli, err) != 0
        || client_send(&test->client, err) != 0)
        return -1;
    return hear_stages(test, err);
}

static bool is_missing(const struct err *err)
{
    return err->cause == ERR_NO_CREDENTIAL || err->cause == ERR_EXPIRED
           || err->cause == ERR_REVOKED;
}

/*
 * A credential that is not there, or that the broker refuses before the
 * first stage, is a finding like others: the test runs without it.
 */
static int ask_with_or_without(struct test *test, struct err *err)
{
    unsigned tries = 0;
    bool begun;

    do {
        begun = client_begin_session(&test->client, err) == 0;
        if (begun && ask(test, err) == 0)
            return 0;
        if (test->stage_seen)
            return -1;
    } while (client_try_again(&test->client, &tries, err));
    if (begun ? err->stage != STAGE_KEYS : !is_missing(err))
        return -1;
    client_close(&test->client, true);
    test->missing = *err;
    err_clear(err);
    client_begin(&test->client, 0, NULL);
    return ask(test, err);
}

/* -- the command -- */

struct output {
    char text[OUTPUT_MAX];
    size_t len;
};

static int take_output(void *arg, bool is_stderr, const void *p, size_t n,
                       struct err *err)
{
    struct output *output = arg;

    (void)err;
    if (is_stderr)
        return 0;
    if (n > sizeof output->text - 1 - output->len)
        n = sizeof output->text - 1 - output->len;
    memcpy(output->text + output->len, p, n);
    output->len += n;
    output->text[output->len] = '\0';
    return 0;
}

static int run_in_shell(struct winrs_shell *shell, struct output *output,
                        struct winrs_state *state, struct err *err)
{
    struct winrs_command command;
    int r = winrs_start(shell, COMMAND, NULL, 0, false, &command, err);

    while (r == 0 && !state->done)
        r = winrs_receive(&command, take_output, output, state, err);
    return r;
}

static int run_command(struct test *test, struct output *output,
                       struct winrs_state *state, struct err *err)
{
    const struct winrs_options options = { .codepage = CODEPAGE_UTF8,
                                           .no_profile = true };
    struct err late = ERR_INIT;
    struct winrs_shell shell;
    struct wsman wsman;
    int r;

    if (client_endpoint(&test->client, test->tested.host, test->tested.port,
                        test->tested.https, &wsman, err) != 0
        || winrs_create(&wsman, &options, &shell, err) != 0)
        return -1;
    r = run_in_shell(&shell, output, state, err);
    if (winrs_delete(&shell, true, &late) == 0 || r != 0)
        return r; /* the first error is the one that tells */
    *err = late;
    return -1;
}

static void test_command(struct test *test)
{
    struct wire_stage stage = { .id = WIRE_STAGE_COMMAND,
                                .outcome = WIRE_SKIPPED };
    struct output output = { .len = 0 };
    struct winrs_state state = { .done = false };
    int64_t began = now_us();

    if (test->tested.opened && test->options.no_command) {
        snprintf(stage.detail, sizeof stage.detail, "--no-command");
    } else if (test->tested.opened) {
        stage.outcome = run_command(test, &output, &state, &stage.err) == 0
                            ? WIRE_OK : WIRE_FAILED;
        stage.duration_us = (uint64_t)(now_us() - began);
        output.text[strcspn(output.text, "\r\n")] = '\0';
        snprintf(stage.detail, sizeof stage.detail, COMMAND ": %s%s",
                 output.text, state.exit_code != 0 ? " (it failed)" : "");
    }
    report_stage(&test->report, &stage);
}

static int run_test(struct test *test, struct err *err)
{
    bool colour = isatty(STDOUT_FILENO) && getenv("NO_COLOR") == NULL;
    struct err unsaid = ERR_INIT;
    int r;

    report_begin(&test->report, stdout, test->options.json, colour,
                 test->request.host);
    client_init(&test->client);
    r = ask_with_or_without(test, err);
    if (r == 0)
        test_command(test);
    else
        test->report.failed = true;
    /* Of two failures the first is told. */
    if (report_end(&test->report, r == 0 ? err : &unsaid) != 0)
        r = -1;
    client_close(&test->client, r != 0);
    if (r != 0)
        return EXIT_OWN_FAILURE;
    return test->report.failed ? EXIT_STAGE_FAILED : EXIT_SUCCESS;
}

static int take_host(struct test *test, const struct words *words,
                     struct err *err)
{
    const char *host;

    if (words->n != 1)
        return options_usage_error(&page_test, err, "one host is wanted, "
                                   "not %d", words->n);
    host = words->v[0];
    if (host[0] == '\0' || strlen(host) >= sizeof test->request.host)
        return err_set(err, ERR_HOSTNAME, STAGE_START,
                       "a host name has 1 to %zu bytes",
                       sizeof test->request.host - 1);
    memcpy(test->request.host, host, strlen(host));
    return 0;
}

int cmd_test(const struct cli *cli, int argc, char **argv, struct err *err)
{
    struct test test = { .cli = cli };
    struct words words;

    if (options_parse(&page_test, argc, argv, &test.options, &words, err)
        != 0)
        return EXIT_OWN_FAILURE;
    if (words.help)
        return EXIT_SUCCESS;
    if (take_host(&test, &words, err) != 0)
        return EXIT_OWN_FAILURE;
    return run_test(&test, err);
}
