/*
 * test_psrp_recordings.c - recordings of PowerShell remoting with real
 * Windows hosts, played back: what we send against what was sent, and what
 * we make of each answer.
 *
 * A recording is its own script: each recorded request says what to call.
 */
#include "unit.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "clixml_text.h"
#include "play.h"
#include "psrp/errors.h"
#include "psrp/host_call.h"
#include "psrp/host_reply.h"
#include "psrp/runspace.h"
#include "psrp_expectations.h"
#include "replay.h"
#include "wsman/faults.h"
#include "wsman/soap.h"

#define ACTION_DISCONNECT NS_SHELL "/Disconnect"
#define AUTOMAKE_SKIP 77
#define COMMANDS_MAX 4
#define ARGUMENTS_MAX 8

struct player {
    struct play play;
    struct runspace runspace;
    struct invocation invocation;
    struct pipeline_sink sink;
    struct host_call call;    /* that waits; its parameters are gone */
    bool foreign;             /* the pool went where we do not follow */
    struct incoming incoming; /* what comes from there */
    struct pool pool;
    struct buf log;           /* what came, a line each */
};

static void note(struct player *player, const char *what, const char *text)
{
    buf_printf(&player->log, "%s %.72s\n", what, text != NULL ? text : "-");
}

/* -- what comes -- */

static int take_output(void *arg, const struct incoming_message *message,
                       struct err *err)
{
    const struct clixml *value = clixml_resolve(message->value);
    const char *type = value->types != NULL ? value->types->text : "";
    const struct clixml *item;
    char what[256];
    unsigned n = 0;

    (void)err;
    for (item = value->items; item != NULL; item = item->next)
        n++;
    snprintf(what, sizeof what, "output %d %s[%u]", value->kind, type, n);
    if (value->kind != CLIXML_OBJECT)
        snprintf(what, sizeof what, "output %d", value->kind);
    note(arg, what, clixml_text(value));
    return 0;
}

static int take_record(void *arg, enum message_type type,
                       const struct clixml *value, struct err *err)
{
    static const char *const members[] = {
        "InformationalRecord_Message", "MessageData", "Activity"
    };
    const char *text = clixml_text(value);
    size_t i;

    (void)err;
    for (i = 0; i < sizeof members / sizeof *members; i++)
        if (clixml_get(value, members[i]) != NULL)
            text = clixml_text(clixml_get(value, members[i]));
    note(arg, message_type_name(type), text);
    if (type == MESSAGE_ERROR_RECORD)
        note(arg, " id", clixml_text(clixml_get(value,
                                                "FullyQualifiedErrorId")));
    if (type == MESSAGE_ERROR_RECORD && psrp_advice(value) != NULL)
        note(arg, " advice", psrp_advice(value));
    return 0;
}

static int take_call(void *arg, enum message_type type,
                     const struct clixml *value, struct err *err)
{
    struct player *player = arg;

    assert_int_equal(type, MESSAGE_PIPELINE_HOST_CALL);
    if (host_call_parse(value, &player->call, err) != 0)
        return -1;
    note(player, host_call_waits(&player->call) ? "asks" : "call",
         player->call.name);
    return 0;
}

static void tell_error(struct player *player, struct err *err)
{
    char code[64];

    snprintf(code, sizeof code, "%s %#lx", err_cause_name(err->cause),
             (unsigned long)err->code & 0xffffffffUL);
    note(player, "fails", code);
    err_clear(err);
}

/* -- what is sent -- */

static const char *attribute_of(xmlDocPtr recorded, const char *element,
                                const char *name)
{
    return soap_attribute(soap_child(soap_body(recorded), NS_SHELL, element),
                          name);
}

/* Whether the client that was recorded had a terminal. */
static bool has_terminal(xmlDocPtr recorded)
{
    struct play_payload payload;
    struct clixml_reader reader;
    const struct clixml *host;
    bool present;

    clixml_reader_init(&reader);
    play_read_payload(recorded, &payload);
    assert_int_equal(payload.count, 2);
    host = clixml_get(clixml_of(&reader, (char *)payload.messages[1].data),
                      "HostInfo");
    present = !clixml_bool(clixml_get(host, "_isHostRawUINull"), true);
    play_free_payload(&payload);
    clixml_reader_free(&reader);
    return present;
}

static void open_pool(struct player *player, xmlDocPtr recorded)
{
    const char *uri = replay_header(recorded, NS_WSMAN, "ResourceURI");
    const char *idle = (const char *)soap_text(soap_child(
        soap_child(soap_body(recorded), NS_SHELL, "Shell"), NS_SHELL,
        "IdleTimeOut"));
    struct runspace_options options = {
        .configuration = strrchr(uri, '/') + 1,
        .no_profile = replay_option(recorded, "WINRS_NOPROFILE") != NULL,
        .host = { has_terminal(recorded), 80, 80, "pypsrp window" },
    };
    struct err err = ERR_INIT;

    if (idle != NULL)
        assert_int_equal(sscanf(idle, "PT%uS", &options.idle_timeout_s), 1);
    play_expect_id(attribute_of(recorded, "Shell", "ShellId"));
    if (runspace_open(&player->runspace, &player->play.wsman, &options, &err)
        != 0) {
        tell_error(player, &err);
        return;
    }
    buf_printf(&player->log, "pool 2.%u %s\n",
               player->runspace.pool.protocol_minor,
               player->runspace.pool.ps_version);
}

struct commands {
    struct psrp_command list[COMMANDS_MAX];
    struct psrp_argument arguments[COMMANDS_MAX][ARGUMENTS_MAX];
};

static void read_arguments(const struct clixml *from,
                           struct psrp_argument *arguments, size_t *n)
{
    const struct clixml *item;

    for (item = clixml_get(from, "Args")->items; item != NULL;
         item = item->next, ++*n) {
        const struct clixml *value = clixml_get(item, "V");

        assert_true(*n < ARGUMENTS_MAX);
        arguments[*n] = (struct psrp_argument){
            .name = clixml_text(clixml_get(item, "N")),
            .kind = value->kind, .text = value->text,
        };
    }
}

static void read_commands(const struct clixml *message,
                          struct commands *commands,
                          struct pipeline_options *options)
{
    const struct clixml *item =
        clixml_get(clixml_get(message, "PowerShell"), "Cmds")->items;
    size_t n = 0;

    for (; item != NULL; item = item->next, n++) {
        int64_t merge;

        assert_true(n < COMMANDS_MAX);
        assert_true(clixml_int(clixml_get(item, "MergeMyResult"), &merge));
        commands->list[n] = (struct psrp_command){
            .text = clixml_text(clixml_get(item, "Cmd")),
            .is_script = clixml_bool(clixml_get(item, "IsScript"), false),
            .arguments = commands->arguments[n], .merge_errors = merge == 2,
        };
        read_arguments(item, commands->arguments[n],
                       &commands->list[n].argument_count);
    }
    *options = (struct pipeline_options){
        .commands = commands->list, .command_count = n,
        .no_input = clixml_bool(clixml_get(message, "NoInput"), true),
        .add_to_history = clixml_bool(clixml_get(message, "AddToHistory"),
                                      false),
    };
}

static void start_pipeline(struct player *player, xmlDocPtr recorded)
{
    struct clixml_reader reader;
    struct play_payload payload;
    struct commands commands;
    struct pipeline_options options;
    struct err err = ERR_INIT;

    memset(&commands, 0, sizeof commands);
    clixml_reader_init(&reader);
    play_read_payload(recorded, &payload);
    assert_int_equal(payload.count, 1);
    read_commands(clixml_of(&reader, (char *)payload.messages[0].data),
                  &commands, &options);
    invocation_free(&player->invocation);
    play_expect_id(attribute_of(recorded, "CommandLine", "CommandId"));
    if (invocation_start(&player->invocation, &player->runspace, &options,
                         &player->sink, NULL, &err) != 0)
        tell_error(player, &err);
    play_free_payload(&payload);
    clixml_reader_free(&reader);
}

static void answer_call(struct player *player, struct buf *message)
{
    const struct host_key key = { 65, 97, 128, true };
    const struct host_reply reply = {
        &player->runspace.pool, &player->invocation.pipeline.id,
        &player->call, message
    };
    struct err err = ERR_INIT;

    assert_int_equal(player->call.method, HOST_READ_KEY);
    assert_ok(host_reply_key(&reply, &key, &err), &err);
}

/* Ours: strings; objects as the recorded client wrote them. */
static void compose(struct player *player, const struct play_message *m,
                    struct buf *message)
{
    struct invocation *v = &player->invocation;
    struct clixml_reader reader;
    struct err err = ERR_INIT;

    buf_init(message, 65536);
    clixml_reader_init(&reader);
    if (m->header.type == MESSAGE_PIPELINE_HOST_RESPONSE) {
        answer_call(player, message);
    } else if (m->header.type == MESSAGE_END_OF_PIPELINE_INPUT) {
        assert_ok(pipeline_put_end(&v->pipeline, message, &err), &err);
    } else if (memcmp(m->data, "<S>", 3) == 0) {
        const struct clixml *value = clixml_of(&reader, (char *)m->data);

        assert_ok(pipeline_put_input(&v->pipeline, value->text, value->len,
                                     message, &err), &err);
    } else {
        pool_put_header(&player->runspace.pool, &v->pipeline.id,
                        (enum message_type)m->header.type, message);
        buf_put(message, m->data, m->len);
    }
    clixml_reader_free(&reader);
}

/* An answer to a host call. */
static struct difference answer_differences[] = {
    { "ours: Stream", "it names the command that asked, as PowerShell's own "
      "client does", 0 },
    { "recorded: Stream", "the recorded client sent it to the shell", 0 },
};

static void send_input(struct player *player,
                       const struct play_payload *payload, const char *stream)
{
    struct buf messages[PLAY_MESSAGES_MAX];
    struct err err = ERR_INIT;
    struct feed feed;
    size_t i;

    for (i = 0; i < payload->count; i++)
        compose(player, &payload->messages[i], &messages[i]);
    player->play.envelope = answer_differences;
    player->play.envelope_count = strcmp(stream, "pr") == 0 ? 2 : 0;
    feed_begin(&feed, &player->invocation, stream);
    for (i = 0; i < payload->count; i++)
        assert_ok(feed_put(&feed, &messages[i], &err), &err);
    assert_ok(feed_flush(&feed, &err), &err);
    feed_end(&feed);
    player->play.envelope_count = 0;
    for (i = 0; i < payload->count; i++)
        buf_free(&messages[i]);
}

/* Of the pool: we make no use of these messages, but hosts' answers to them
 * must not disturb us. */
static void send_of_pool(struct player *player, const struct play_message *m)
{
    struct runspace *r = &player->runspace;
    struct buf message = BUF_INIT(65536), out = BUF_INIT(65536);
    struct fragmenter f;
    struct err err = ERR_INIT;

    pool_put_header(&r->pool, NULL, (enum message_type)m->header.type,
                    &message);
    buf_put(&message, m->data, m->len);
    fragmenter_begin(&f, r->pool.next_object++, message.data, message.len);
    fragmenter_next(&f, out.max, &out);
    assert_ok(shell_send(&r->shell, NULL, "stdin", out.data, out.len, false,
                         &err), &err);
    buf_free(&message);
    buf_free(&out);
}

static void send_stream(struct player *player, xmlDocPtr recorded)
{
    const xmlNode *stream = soap_child(soap_child(soap_body(recorded),
                                                  NS_SHELL, "Send"),
                                       NS_SHELL, "Stream");
    struct play_payload payload;
    struct err err = ERR_INIT;

    play_read_payload(recorded, &payload);
    if (soap_attribute(stream, "CommandId") != NULL ||
        payload.messages[0].header.type == MESSAGE_PIPELINE_HOST_RESPONSE)
        send_input(player, &payload, soap_attribute(stream, "Name"));
    else if (payload.messages[0].header.type != MESSAGE_PUBLIC_KEY)
        send_of_pool(player, &payload.messages[0]);
    else if (runspace_exchange_key(&player->runspace, &err) != 0)
        tell_error(player, &err);
    play_free_payload(&payload);
}

static int take_stream(void *arg, const char *stream, const void *p,
                       size_t n, struct err *err)
{
    (void)stream;
    return incoming_feed(arg, p, n, err);
}

static void receive(struct player *player, xmlDocPtr recorded)
{
    struct invocation *v = &player->invocation;
    const xmlNode *node = soap_child(soap_child(soap_body(recorded),
                                                NS_SHELL, "Receive"),
                                     NS_SHELL, "DesiredStream");
    const char *id = soap_attribute(node, "CommandId");
    struct err err = ERR_INIT;
    struct shell_state state;
    int rc;

    if (id != NULL && strcmp(id, v->id) == 0)
        rc = invocation_receive(v, &err);
    else /* of the pool, or of a command that there never was */
        rc = shell_receive(&player->runspace.shell, id, "stdout",
                           take_stream, &player->runspace.incoming, &state,
                           &err);
    if (rc != 0)
        tell_error(player, &err);
    else if (id != NULL)
        buf_printf(&player->log, "state %d\n", (int)v->pipeline.state);
}

static void end_pipeline(struct player *player, xmlDocPtr recorded)
{
    struct err err = ERR_INIT;

    (void)recorded;
    assert_ok(invocation_end(&player->invocation, &err), &err);
}

static void close_pool(struct player *player, xmlDocPtr recorded)
{
    struct err err = ERR_INIT;

    (void)recorded;
    assert_ok(runspace_close(&player->runspace, false, &err), &err);
    invocation_free(&player->invocation);
    runspace_free(&player->runspace);
}

/* "Is it alive": what WS-Management says of the shell. */
static void get_shell(struct player *player, xmlDocPtr recorded)
{
    const xmlNode *selector = replay_first_child(
        soap_child(soap_header(recorded), NS_WSMAN, "SelectorSet"));
    const struct wsman_pair pair = {
        soap_attribute(selector, "Name"), (const char *)soap_text(selector),
        false
    };
    const struct wsman_request request = {
        .action = ACTION_GET, .resource = NS_SHELL, .selectors = &pair,
        .selector_count = 1,
    };
    struct err err = ERR_INIT;
    xmlDocPtr doc;

    if (wsman_call(&player->play.wsman, &request, &doc, &err) != 0) {
        tell_error(player, &err);
        return;
    }
    note(player, "shell", (const char *)soap_text(soap_child(
        soap_child(soap_body(doc), NS_SHELL, "Shell"), NS_SHELL, "State")));
    xmlFreeDoc(doc);
}

/* -- Disconnect and Connect, which we do not speak: what we would make of
 * the answers -- */

static int take_foreign(void *arg, const struct incoming_message *message,
                        struct err *err)
{
    struct player *player = arg;
    bool taken;

    assert_ok(pool_take(&player->pool, message, &taken, err), err);
    assert_true(taken);
    buf_printf(&player->log, "reads %s, state %d\n",
               message_type_name(message->header.type),
               (int)player->pool.state);
    return 0;
}

/* A pool that is connected to has negotiated anew (MS-PSRP 3.1.5.4.24). */
static void connect_pool(struct player *player, xmlDocPtr recorded)
{
    const xmlNode *selector = replay_first_child(
        soap_child(soap_header(recorded), NS_WSMAN, "SelectorSet"));

    pool_free(&player->pool);
    memset(&player->pool, 0, sizeof player->pool);
    assert_int_equal(guid_parse((const char *)soap_text(selector),
                                &player->pool.id), 0);
    player->pool.state = POOL_NEGOTIATION_SENT;
    incoming_free(&player->incoming);
    incoming_init(&player->incoming, take_foreign, NULL, player);
}

static void pass(struct player *player, const char *action,
                 xmlDocPtr recorded)
{
    const char *name = strrchr(action, '/') + 1;
    struct buf bytes = BUF_INIT(65536);
    struct err err = ERR_INIT;

    player->foreign = true;
    note(player, "passes", name);
    if (strcmp(name, "Connect") == 0)
        connect_pool(player, recorded);
    play_pass(&player->play, &bytes);
    if (bytes.len > 0)
        assert_ok(incoming_feed(&player->incoming, bytes.data, bytes.len,
                                &err), &err);
    buf_free(&bytes);
}

static bool is_foreign(struct player *player, const char *action)
{
    if (strcmp(action, ACTION_CREATE) == 0 && player->foreign) {
        runspace_free(&player->runspace);
        player->foreign = false;
    }
    return player->foreign || strcmp(action, ACTION_DISCONNECT) == 0;
}

static const struct {
    const char *action;
    void (*play)(struct player *, xmlDocPtr);
} plays[] = {
    { ACTION_CREATE, open_pool }, { ACTION_COMMAND, start_pipeline },
    { ACTION_SEND, send_stream }, { ACTION_RECEIVE, receive },
    { ACTION_SIGNAL, end_pipeline }, { ACTION_DELETE, close_pool },
    { ACTION_GET, get_shell },
};

/* One step; false where a recording goes on with a cmd shell, which
 * test_recordings.c knows. */
static bool step(struct player *player)
{
    xmlDocPtr recorded = play_next(&player->play);
    const char *action = replay_header(recorded, NS_ADDRESSING, "Action");
    bool is_cmd = strcmp(replay_header(recorded, NS_WSMAN, "ResourceURI"),
                         RESOURCE_CMD) == 0;
    size_t i = 0, at = player->play.at;

    if (!is_cmd && is_foreign(player, action)) {
        pass(player, action, recorded);
        xmlFreeDoc(recorded);
        return true;
    }
    while (!is_cmd && i < sizeof plays / sizeof *plays &&
           strcmp(plays[i].action, action) != 0)
        i++;
    assert_true(is_cmd || i < sizeof plays / sizeof *plays);
    if (!is_cmd) {
        plays[i].play(player, recorded);
        assert_true(player->play.at > at);
    }
    xmlFreeDoc(recorded);
    return !is_cmd;
}

static void a_recording(void **state)
{
    const struct psrp_expectation *expected = *state;
    struct player player;

    memset(&player, 0, sizeof player);
    buf_init(&player.log, 262144);
    player.sink = (struct pipeline_sink){ take_output, take_record, take_call,
                                          &player };
    play_begin(&player.play, recording_folder(), expected->name);
    player.play.payload = psrp_payload_differences;
    player.play.payload_count = psrp_payload_difference_count;
    while (!play_is_over(&player.play) && step(&player))
        continue;
    if (player.play.asked_again > 0)
        buf_printf(&player.log, "asked again %u\n", player.play.asked_again);
    buf_put_u8(&player.log, 0);
    assert_string_equal((char *)player.log.data, expected->log);
    incoming_free(&player.incoming);
    pool_free(&player.pool);
    invocation_free(&player.invocation);
    runspace_free(&player.runspace);
    play_end(&player.play);
    buf_free(&player.log);
}

/* A row that no recording shows any more is no difference. */
static void each_difference_was_seen(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < psrp_payload_difference_count; i++)
        if (psrp_payload_differences[i].seen == 0)
            fail_msg("%s", psrp_payload_differences[i].what);
    assert_int_equal(answer_differences[0].seen, 1);
    assert_int_equal(answer_differences[1].seen, 1);
}

static bool is_played(const char *name)
{
    size_t i;

    for (i = 0; i < psrp_expectation_count; i++)
        if (strcmp(psrp_expectations[i].name, name) == 0)
            return true;
    return false;
}

/* No file is passed over in silence. */
static void every_recorded_pool_is_played(void **state)
{
    struct dirent **files;
    int i, n = scandir(recording_folder(), &files, NULL, alphasort);

    (void)state;
    assert_true(n > 0);
    for (i = 0; i < n; i++) {
        char *dot = strrchr(files[i]->d_name, '.');
        struct recording recording;

        if (dot != NULL && strcmp(dot, ".yml") == 0) {
            *dot = '\0';
            recording_read(recording_folder(), files[i]->d_name, &recording);
            if (strstr(recording.messages[0].request, NS_POWERSHELL "/") &&
                !is_played(files[i]->d_name))
                fail_msg("%s is not played", files[i]->d_name);
            recording_free(&recording);
        }
        free(files[i]);
    }
    free(files);
}

int main(void)
{
    struct CMUnitTest *tests = calloc(psrp_expectation_count + 2,
                                      sizeof *tests);
    size_t i;
    int failed;

    if (recording_folder() == NULL) {
        print_message("no recordings of Windows hosts here: set "
                      "CREDSSP_RECORDINGS to their folder\n");
        free(tests);
        return AUTOMAKE_SKIP;
    }
    for (i = 0; i < psrp_expectation_count; i++) {
        void *row = (void *)(uintptr_t)&psrp_expectations[i];

        tests[i] = (struct CMUnitTest){ psrp_expectations[i].name,
                                        a_recording, NULL, NULL, row };
    }
    tests[i++] = (struct CMUnitTest)cmocka_unit_test(
        each_difference_was_seen);
    tests[i++] = (struct CMUnitTest)cmocka_unit_test(
        every_recorded_pool_is_played);
    failed = _cmocka_run_group_tests("recordings", tests, i, NULL, NULL);
    free(tests);
    return failed;
}
