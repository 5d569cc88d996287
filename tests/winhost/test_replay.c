/*
 * test_replay.c - is the stand-in's WS-Man a Windows host's?  Every recorded
 * winrs exchange is put to the engine, and each answer must have the recorded
 * structure: elements, attributes and fixed texts.
 *
 * The recordings are those of pypsrp (tests/tests_pypsrp/responses); they are
 * not part of this tree. recording_folder() finds them; without them the
 * tests are skipped.
 */
#include "../unit/unit.h"

#include "../unit/recording.h"

#include <ctype.h>
#include <libxml/parser.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine.h"

#define IDS_MAX 16

struct replay {
    struct host host;
    struct caller caller;
    struct { char recorded[UUID_BYTES], ours[UUID_BYTES]; } ids[IDS_MAX];
    size_t id_count;
    bool lists_environment; /* the command was "set": texts differ */
};

static void set_up(struct replay *r, const char *domain,
                   const char *address)
{
    struct err err;

    memset(r, 0, sizeof *r);
    snprintf(r->host.name, sizeof r->host.name, "SERVER2016");
    snprintf(r->host.fqdn, sizeof r->host.fqdn, "server2016.domain.local");
    r->host.offer_credssp = r->host.offer_negotiate = true;
    r->host.max_envelope = 512000;
    r->host.max_timeout_ms = 60000;
    r->host.max_shells = 30;
    r->host.max_commands = 25;
    assert_ok(registry_new(&r->host.shells, &err), &err);
    assert_ok(identity_new(domain != NULL ? domain : r->host.name,
                           domain != NULL ? "vagrant-domain" : "vagrant",
                           NULL, &r->caller.identity, &err), &err);
    r->caller.identity->local = domain == NULL;
    snprintf(r->caller.address, sizeof r->caller.address, "%s", address);
}

static void tear_down(struct replay *r)
{
    registry_free(&r->host.shells);
    identity_unref(&r->caller.identity);
}

static bool is_uuid(const char *text)
{
    size_t i;

    for (i = 0; i < UUID_BYTES - 1; i++)
        if (i == 8 || i == 13 || i == 18 || i == 23
                ? text[i] != '-' : !isxdigit((unsigned char)text[i]))
            return false;
    return text[i] == '\0';
}

/* Puts our ids in the place of the recorded ones, and a tenth of the times. */
static void translate(const struct replay *r, char *text)
{
    static const struct { const char *from, *to; } times[] = {
        { "PT10S", "PT01S" }, { "Start-Sleep 30", "Start-Sleep 03" },
    };
    size_t i;
    char *at;

    for (i = 0; i < r->id_count; i++)
        while ((at = strstr(text, r->ids[i].recorded)) != NULL)
            memcpy(at, r->ids[i].ours, UUID_BYTES - 1);
    for (i = 0; i < sizeof times / sizeof *times; i++)
        while ((at = strstr(text, times[i].from)) != NULL)
            memcpy(at, times[i].to, strlen(times[i].to));
}

/* Texts that belong to one host, one user or one moment. */
static bool is_volatile(const char *name)
{
    static const char *const names[] = { "MessageID", "ActivityId",
        "RelatesTo", "Text", "RootSDDL", "Basic", "MaxEnvelopeSizekb",
        "MaxProcessesPerShell", "MaxShellsPerUser", "Machine", "Variable" };
    size_t i;

    for (i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static void compare_text(struct replay *r, const char *name,
                         const char *recorded, const char *ours)
{
    if (is_volatile(name))
        return;
    if (is_uuid(recorded)) {
        assert_true(is_uuid(ours));
        if (r->id_count < IDS_MAX && strcmp(recorded, ours) != 0) {
            memcpy(r->ids[r->id_count].recorded, recorded, UUID_BYTES);
            memcpy(r->ids[r->id_count++].ours, ours, UUID_BYTES);
        }
        return;
    }
    if (strcmp(recorded, ours) != 0)
        print_message("in %s\n", name);
    assert_string_equal(ours, recorded);
}

static void compare_attributes(struct replay *r, const xmlNode *recorded,
                               const xmlNode *ours)
{
    const xmlAttr *a = recorded->properties, *b = ours->properties;

    for (; a != NULL && b != NULL; a = a->next, b = b->next) {
        xmlChar *x = xmlNodeListGetString(recorded->doc, a->children, 1);
        xmlChar *y = xmlNodeListGetString(ours->doc, b->children, 1);

        assert_string_equal((const char *)b->name,
                            (const char *)a->name);
        /* Windows drops a backslash from the names of variables. */
        if (strcmp((const char *)recorded->name, "Variable") != 0)
            compare_text(r, (const char *)a->name, (char *)x, (char *)y);
        xmlFree(x);
        xmlFree(y);
    }
    assert_true(a == NULL && b == NULL);
}

/* ActivityId came with Windows Server 2016. */
static xmlNodePtr skip_activity(xmlNodePtr node)
{
    node = soap_elements(node);
    if (node != NULL && strcmp((const char *)node->name, "ActivityId") == 0)
        node = soap_elements(node->next);
    return node;
}

static bool is_data(const xmlNode *node)
{
    return node != NULL && strcmp((const char *)node->name, "Stream") == 0
        && xmlHasProp(node, (const xmlChar *)"End") == NULL;
}

/* All data of one stream, decoded, and the first element behind data. */
static xmlNodePtr join_data(xmlNodePtr node, const char *stream,
                            struct buf *data)
{
    for (; is_data(node); node = soap_elements(node->next)) {
        char text[65536], name[32];
        unsigned char plain[65536];
        size_t n;
        int got;

        soap_attribute(node, "Name", name, sizeof name);
        assert_int_equal(soap_content(node, text, sizeof text), 0);
        n = strlen(text);
        got = EVP_DecodeBlock(plain, (unsigned char *)text, (int)n);
        assert_true(got >= 0);
        while (n > 0 && text[--n] == '=')
            got--;
        if (strcmp(name, stream) == 0)
            buf_put(data, plain, (size_t)got);
    }
    buf_put_u8(data, 0);
    return node;
}

static void compare_data(struct replay *r, xmlNodePtr *recorded,
                         xmlNodePtr *ours)
{
    static const char *const streams[] = { "stdout", "stderr" };
    xmlNodePtr a = *recorded, b = *ours;
    size_t i;

    for (i = 0; i < 2; i++) {
        struct buf x = BUF_INIT(65536), y = BUF_INIT(65536);

        *recorded = join_data(a, streams[i], &x);
        *ours = join_data(b, streams[i], &y);
        if (!r->lists_environment)
            assert_string_equal((char *)y.data, (char *)x.data);
        buf_free(&x);
        buf_free(&y);
    }
}

static void compare(struct replay *r, xmlNodePtr recorded, xmlNodePtr ours)
{
    xmlNodePtr a = skip_activity(recorded->children);
    xmlNodePtr b = skip_activity(ours->children);

    assert_string_equal((const char *)ours->name,
                        (const char *)recorded->name);
    assert_string_equal((const char *)ours->ns->href,
                        (const char *)recorded->ns->href);
    assert_string_equal((const char *)ours->ns->prefix,
                        (const char *)recorded->ns->prefix);
    compare_attributes(r, recorded, ours);
    if (a == NULL && b == NULL) {
        xmlChar *x = xmlNodeGetContent(recorded);
        xmlChar *y = xmlNodeGetContent(ours);

        compare_text(r, (const char *)recorded->name, (char *)x, (char *)y);
        xmlFree(x);
        xmlFree(y);
    }
    if (is_data(a) || is_data(b))
        compare_data(r, &a, &b);
    while (a != NULL && b != NULL) {
        compare(r, a, b);
        a = skip_activity(a->next);
        b = skip_activity(b->next);
    }
    if (a != NULL || b != NULL)
        print_message("%s has other children\n", (const char *)ours->name);
    assert_true(a == NULL && b == NULL);
}

static void exchange(struct replay *r, char *request, const char *recorded)
{
    struct buf answer = BUF_INIT(1048576);
    const char *what;
    xmlDocPtr x, y;
    int status;

    if (strstr(request, "<rsp:CommandLine>") != NULL)
        r->lists_environment =
            strstr(request, "<rsp:Arguments>set</rsp:Arguments>") != NULL;
    translate(r, request);
    status = engine_answer(&r->host, &r->caller, (unsigned char *)request,
                           strlen(request), &answer, &what);
    assert_int_equal(status, strstr(recorded, "<s:Fault>") != NULL ? 500
                                                                   : 200);
    x = xmlReadDoc((const xmlChar *)recorded, NULL, NULL, 0);
    y = xmlReadMemory((char *)answer.data, (int)answer.len, NULL, NULL, 0);
    assert_non_null(x);
    assert_non_null(y);
    compare(r, xmlDocGetRootElement(x), xmlDocGetRootElement(y));
    xmlFreeDoc(x);
    xmlFreeDoc(y);
    buf_free(&answer);
}

static size_t replay_file(struct replay *r, const char *folder,
                          const char *name)
{
    struct recording recording;
    size_t i, n;

    recording_read(folder, name, &recording);
    n = recording.count;
    for (i = 0; i < n; i++)
        exchange(r, recording.messages[i].request,
                 recording.messages[i].response);
    recording_free(&recording);
    return n;
}

static const struct played {
    const char *name, *domain, *address; /* domain NULL: a local account */
    size_t exchanges;
} recordings[] = {
    { "winrs_standard", NULL, "192.168.56.1", 5 },
    { "winrs_stderr_rc", NULL, "192.168.56.1", 5 },
    { "winrs_environment", NULL, "192.168.56.1", 5 },
    { "winrs_extra_opts", NULL, "192.168.56.1", 5 },
    { "winrs_noprofile", NULL, "192.168.56.1", 5 },
    { "winrs_no_cmd_shell", "DOMAIN", "192.168.56.1", 6 },
    { "winrs_operation_timeout", NULL, "192.168.56.1", 8 },
    { "winrs_bad_cmd_id", NULL, "192.168.56.1", 5 },
    { "winrs_open_already_opened", NULL, "10.0.2.2", 2 },
    { "wsman_update_envelope_size_150", NULL, "10.0.2.2", 1 },
    { "wsman_update_envelope_size_500", NULL, "10.0.2.2", 1 },
};
#define RECORDING_COUNT (sizeof recordings / sizeof *recordings)

static void replay(void **state)
{
    const struct played *recording = *state;
    const char *folder = recording_folder();
    struct replay r;

    if (folder == NULL)
        skip();
    set_up(&r, recording->domain, recording->address);
    assert_int_equal(replay_file(&r, folder, recording->name),
                     recording->exchanges);
    tear_down(&r);
}

int main(void)
{
    struct CMUnitTest tests[RECORDING_COUNT] = { { NULL } };
    size_t i;

    for (i = 0; i < RECORDING_COUNT; i++) {
        tests[i].name = recordings[i].name;
        tests[i].test_func = replay;
        tests[i].initial_state = (void *)(intptr_t)&recordings[i];
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
