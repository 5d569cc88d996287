/*
 * test_recordings.c - recordings of real Windows hosts, played back: our
 * requests against the recorded ones, and what we make of each answer.
 *
 * A recording is its own script: from each recorded request follows which of
 * our calls to make, and with what.
 */
#include "unit.h"

#include <dirent.h>
#include <libxml/tree.h>
#include <stdio.h>
#include <stdlib.h>

#include "replay.h"
#include "wsman/faults.h"
#include "wsman/soap.h"
#include "wsman/winrs.h"

#define AUTOMAKE_SKIP 77

/* What must come out of a recording. */
static const struct expected {
    const char *name;
    const char *begins;      /* what stdout begins with */
    size_t out, err;         /* bytes of both streams, of all commands */
    uint32_t exit_code;      /* of the last command */
    unsigned timeouts;       /* Receives that had nothing to say */
    uint32_t fault;          /* of the one call that fails; 0: none */
} expectations[] = {
    { "winrs_standard", "hi\r\n", 4, 0, 0, 0, 0 },
    { "winrs_stderr_rc", "out \r\n", 6, 6, 1, 0, 0 },
    { "winrs_environment", "1234=5678\r\nPROMPT=$P$G\r\n_-(){}[]<>*+-/\\?\"",
      1534, 0, 0, 0, 0 },
    { "winrs_extra_opts", "C:\\Windows\r\n", 12, 0, 0, 0, 0 },
    { "winrs_noprofile", "ALLUSERSPROFILE=", 1214, 0, 0, 0, 0 },
    { "winrs_no_cmd_shell", "hi\n", 3, 0, 0, 0, 0x80070002 },
    { "winrs_operation_timeout", "hi\nhi again\n", 12, 0, 0, 2, 0 },
    { "winrs_bad_cmd_id", "", 0, 0, 0, 0, 0x8033805b },
    { "winrs_open_already_opened", "", 0, 0, 0, 0, 0 },
    { "client_execute_cmd", " Volume in drive C is Windows 2016\r\n", 887,
      0, 0, 0, 0 },
    { "wsman_update_envelope_size_150", "", 0, 0, 0, 0, 0 },
    { "wsman_update_envelope_size_500", "", 0, 0, 0, 0, 0 },
};

/* Where we differ from the recorded client, and mean it. */
static struct difference differences[] = {
    { "ours: Option WINRS_CONSOLEMODE_STDIN=FALSE",
      "input is a pipe, so that its end reaches the command", 0 },
    { "recorded: Lifetime", "a shell ends when it is deleted or idle", 0 },
    { "recorded: Name", "nobody looks for our shells by name", 0 },
};

/* replay stands first: a call gets it, and this is what it is in. */
struct player {
    struct replay replay;
    struct winrs_shell shell;
    struct winrs_command command;
    struct buf out, err;
    uint32_t exit_code;
    unsigned timeouts;
    uint32_t fault;
};

#define LIST_MAX 16

static int play_create(struct player *player, xmlDocPtr recorded,
                       struct err *err)
{
    const xmlNode *shell = soap_child(soap_body(recorded), NS_SHELL, "Shell");
    const xmlNode *node = soap_child(shell, NS_SHELL, "Environment");
    const char *idle = (const char *)soap_text(
        soap_child(shell, NS_SHELL, "IdleTimeOut"));
    char variables[LIST_MAX][256];
    const char *env[LIST_MAX];
    struct winrs_options options = {
        .env = env,
        .cwd = (const char *)soap_text(soap_child(shell, NS_SHELL,
                                                  "WorkingDirectory")),
        .no_profile = replay_option(recorded, "WINRS_NOPROFILE") != NULL,
    };

    for (node = replay_first_child(node); node != NULL;
         node = comparison_element(node->next)) {
        assert_true(options.env_count < LIST_MAX);
        snprintf(variables[options.env_count], sizeof *variables, "%s=%s",
                 soap_attribute(node, "Name"), soap_text(node));
        env[options.env_count] = variables[options.env_count];
        options.env_count++;
    }
    if (idle != NULL)
        assert_int_equal(sscanf(idle, "PT%uS", &options.idle_timeout_s), 1);
    return winrs_create(&player->replay.wsman, &options, &player->shell, err);
}

static int play_command(struct player *player, xmlDocPtr recorded,
                        struct err *err)
{
    const xmlNode *line = soap_child(soap_body(recorded), NS_SHELL,
                                     "CommandLine");
    const xmlNode *node = replay_first_child(line);
    const char *arguments[LIST_MAX], *skip;
    const char *command = (const char *)soap_text(node);
    size_t n = 0;

    for (node = comparison_element(node->next); node != NULL && n < LIST_MAX;
         node = comparison_element(node->next))
        arguments[n++] = (const char *)soap_text(node);
    assert_null(node);
    skip = replay_option(recorded, "WINRS_SKIP_CMD_SHELL");
    assert_non_null(skip);
    return winrs_start(&player->shell, command, arguments, n,
                       strcmp(skip, "True") == 0, &player->command, err);
}

static int collect(void *arg, bool is_stderr, const void *p, size_t n,
                   struct err *err)
{
    struct player *player = arg;

    (void)err;
    buf_put(is_stderr ? &player->err : &player->out, p, n);
    return 0;
}

static int play_receive(struct player *player, xmlDocPtr recorded,
                        struct err *err)
{
    const xmlNode *node = soap_child(soap_body(recorded), NS_SHELL,
                                     "Receive");
    struct winrs_command command = player->command;
    struct winrs_state state;

    /* The id that the client asked for, which one client had wrong. */
    node = soap_child(node, NS_SHELL, "DesiredStream");
    snprintf(command.id, sizeof command.id, "%s",
             soap_attribute(node, "CommandId"));
    if (winrs_receive(&command, collect, player, &state, err) != 0)
        return -1;
    if (player->replay.host.status == 500)
        player->timeouts++;
    if (state.done)
        player->exit_code = state.exit_code;
    return 0;
}

static int play_signal(struct player *player, xmlDocPtr recorded,
                       struct err *err)
{
    (void)recorded; /* the comparison tells if it is another */
    return winrs_signal(&player->command, WINRS_CTRL_C, false, err);
}

static int play_delete(struct player *player, xmlDocPtr recorded,
                       struct err *err)
{
    (void)recorded;
    return winrs_delete(&player->shell, false, err);
}

static int play_get(struct player *player, xmlDocPtr recorded,
                    struct err *err)
{
    const struct wsman_request request = {
        .action = ACTION_GET, .resource = RESOURCE_CONFIG,
    };
    xmlDocPtr doc;

    (void)recorded;
    if (wsman_call(&player->replay.wsman, &request, &doc, err) != 0)
        return -1;
    assert_non_null(soap_child(soap_child(soap_body(doc), RESOURCE_CONFIG,
                                          "Config"),
                               RESOURCE_CONFIG, "MaxEnvelopeSizekb"));
    xmlFreeDoc(doc);
    return 0;
}

static const struct {
    const char *action;
    int (*play)(struct player *, xmlDocPtr, struct err *);
} plays[] = {
    { ACTION_CREATE, play_create }, { ACTION_COMMAND, play_command },
    { ACTION_RECEIVE, play_receive }, { ACTION_SIGNAL, play_signal },
    { ACTION_DELETE, play_delete }, { ACTION_GET, play_get },
};

static int play(struct replay *replay, const char *action,
                xmlDocPtr recorded, struct err *err)
{
    struct player *player = (struct player *)replay;
    size_t i = 0;

    while (i < sizeof plays / sizeof *plays &&
           strcmp(plays[i].action, action) != 0)
        i++;
    assert_true(i < sizeof plays / sizeof *plays);
    return plays[i].play(player, recorded, err);
}

static void check(const struct expected *expected,
                  const struct player *player)
{
    size_t n = strlen(expected->begins);

    assert_true(player->out.len >= n);
    if (n > 0)
        assert_memory_equal(player->out.data, expected->begins, n);
    assert_int_equal(player->out.len, expected->out);
    assert_int_equal(player->err.len, expected->err);
    assert_true(player->exit_code == expected->exit_code);
    assert_int_equal(player->timeouts, expected->timeouts);
    assert_true(player->fault == expected->fault);
}

static void a_recording(void **state)
{
    const struct expected *expected = *state;
    const char *folder = recording_folder();
    struct err err = ERR_INIT;
    struct recording recording;
    struct player player;
    size_t i;

    memset(&player, 0, sizeof player);
    buf_init(&player.out, 65536);
    buf_init(&player.err, 65536);
    player.replay.meant = differences;
    player.replay.meant_count = sizeof differences / sizeof *differences;
    host_init(&player.replay.host, &player.replay.wsman);
    recording_read(folder, expected->name, &recording);
    for (i = 0; i < recording.count; i++)
        if (replay_exchange(&player.replay, &recording.messages[i], play,
                            &err) != 0) {
            assert_int_equal(err.domain, CODE_FAULT);
            player.fault = (uint32_t)err.code;
            err_clear(&err);
        }
    check(expected, &player);
    recording_free(&recording);
    host_free(&player.replay.host);
    buf_free(&player.out);
    buf_free(&player.err);
}

/* A row that no recording shows any more is no difference. */
static void each_difference_was_seen(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < sizeof differences / sizeof *differences; i++)
        assert_true(differences[i].seen > 0);
}

static bool is_replayed(const char *name)
{
    size_t i;

    for (i = 0; i < sizeof expectations / sizeof *expectations; i++)
        if (strcmp(expectations[i].name, name) == 0)
            return true;
    return false;
}

/*
 * An answer to a runspace pool: what is in its streams is PowerShell's own
 * (MS-PSRP), but its envelopes and faults are for us to read.
 */
static void read_envelopes(const struct recording *recording)
{
    struct fault fault;
    xmlDocPtr doc;
    size_t i;

    for (i = 0; i < recording->count; i++) {
        const struct recorded *message = &recording->messages[i];

        if (message->response[0] == '\0')
            continue;
        doc = replay_parse(message->response);
        /* One file tells of a fault with status 200, made by hand. */
        if (fault_parse(doc, &fault))
            assert_true(fault.has_code);
        else
            assert_int_equal(message->status, 200);
        xmlFreeDoc(doc);
    }
}

/* No file is passed over in silence. */
static void every_file_is_replayed_or_powershells(void **state)
{
    const char *folder = recording_folder();
    unsigned replayed = 0, others = 0;
    struct dirent **files;
    int i, n = scandir(folder, &files, NULL, alphasort);

    (void)state;
    assert_true(n > 0);
    for (i = 0; i < n; i++) {
        char *dot = strrchr(files[i]->d_name, '.');
        struct recording recording;

        if (dot != NULL && strcmp(dot, ".yml") == 0) {
            *dot = '\0';
            recording_read(folder, files[i]->d_name, &recording);
            if (is_replayed(files[i]->d_name)) {
                replayed++;
            } else {
                if (strstr(recording.messages[0].request,
                           "schemas.microsoft.com/powershell/") == NULL)
                    fail_msg("%s is no PowerShell's", files[i]->d_name);
                read_envelopes(&recording);
                others++;
            }
            recording_free(&recording);
        }
        free(files[i]);
    }
    free(files);
    print_message("  %u replayed, %u of PowerShell: envelopes only\n",
                  replayed, others);
    assert_int_equal(replayed, sizeof expectations / sizeof *expectations);
}

int main(void)
{
    enum { N = sizeof expectations / sizeof *expectations };
    struct CMUnitTest tests[N + 2];
    size_t i;

    if (recording_folder() == NULL) {
        print_message("no recordings of Windows hosts here: set "
                      "CREDSSP_RECORDINGS to their folder\n");
        return AUTOMAKE_SKIP;
    }
    for (i = 0; i < N; i++) {
        void *row = (void *)(uintptr_t)&expectations[i];

        tests[i] = (struct CMUnitTest){ expectations[i].name, a_recording,
                                        NULL, NULL, row };
    }
    tests[N] = (struct CMUnitTest)cmocka_unit_test(each_difference_was_seen);
    tests[N + 1] = (struct CMUnitTest)cmocka_unit_test(
        every_file_is_replayed_or_powershells);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
