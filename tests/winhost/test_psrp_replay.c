/*
 * test_psrp_replay.c - is the stand-in's PowerShell a Windows host's?  What
 * recorded clients sent is put to the engine; the messages that come back
 * must be those of the recorded host, in type, order and structure.
 */
#include "../unit/unit.h"

#include "../unit/recording.h"

#include <libxml/parser.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine.h"
#include "psrp_wire.h"
#include "soap_body.h"

#define BYTES_MAX 4194304
#define RECEIVES_MAX 300
#define FRAGMENT_HEADER 21
#define MESSAGE_HEADER 40

struct replay {
    struct host host;
    struct caller caller;
    struct buf recorded, ours; /* fragments since the last comparison */
    unsigned char pool[PSRP_GUID];
    bool done;                 /* the pipeline: ours has ended */
};

static void set_up(struct replay *r)
{
    struct err err;

    memset(r, 0, sizeof *r);
    snprintf(r->host.name, sizeof r->host.name, "SERVER2016");
    snprintf(r->host.fqdn, sizeof r->host.fqdn, "server2016.domain.local");
    r->host.max_envelope = 512000;
    r->host.max_timeout_ms = 500;
    r->host.max_shells = 5;
    r->host.max_commands = 25;
    buf_init(&r->recorded, BYTES_MAX);
    buf_init(&r->ours, BYTES_MAX);
    assert_ok(registry_new(&r->host.shells, &err), &err);
    assert_ok(identity_new("SERVER2016", "vagrant", NULL,
                           &r->caller.identity, &err), &err);
}

static void tear_down(struct replay *r)
{
    registry_free(&r->host.shells);
    identity_unref(&r->caller.identity);
    buf_free(&r->recorded);
    buf_free(&r->ours);
}

static void take_streams(xmlNodePtr node, struct buf *out)
{
    for (; node != NULL; node = soap_elements(node->next)) {
        xmlChar *text;
        size_t n;

        take_streams(soap_elements(node->children), out);
        if (!soap_is(node, NS_SHELL, "Stream"))
            continue;
        text = xmlNodeGetContent(node);
        assert_int_equal(body_decode(text, &n), 0);
        buf_put(out, text, n);
        xmlFree(text);
    }
}

static void take_answer(const char *xml, struct buf *out)
{
    xmlDocPtr doc = xmlReadMemory(xml, (int)strlen(xml), NULL, NULL,
                                  XML_PARSE_HUGE);

    assert_non_null(doc);
    take_streams(xmlDocGetRootElement(doc), out);
    xmlFreeDoc(doc);
}

/* Texts of which the structure is a matter of one host. */
static bool is_open(const char *name)
{
    static const char *const names[] = { "PSVersionTable", "Tags",
                                         "ExceptionAsErrorRecord" };
    size_t i;

    for (i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

/* The interpreter knows nothing of invocations: as hosts answer clients that
 * want no such thing (RemoteStreamOptions 0). */
static bool is_of_invocation(const char *name)
{
    static const char *const prefixes[] = {
        "InvocationInfo", "CommandInfo_", "SerializeExt",
        "PipelineIterationInfo",
        "InformationalRecord_PipelineIterationInfo",
        "InformationalRecord_SerializeInvocationInfo", "ErrorCategory_",
    };
    size_t i;

    for (i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0)
            return true;
    return false;
}

/* Elements and their N, a dictionary's keys. */
static void put_shape(xmlNodePtr node, struct buf *out)
{
    for (; node != NULL; node = soap_elements(node->next)) {
        char n[64] = "";
        xmlNodePtr first = soap_elements(node->children);
        bool entry = strcmp((const char *)node->name, "En") == 0;

        soap_attribute(node, "N", n, sizeof n);
        if (is_of_invocation(n))
            continue;
        buf_printf(out, "%s%s%s", (const char *)node->name,
                   n[0] != '\0' ? ":" : "", n);
        if (entry && first != NULL) {
            xmlChar *key = xmlNodeGetContent(first);
            bool open = is_open((char *)key);

            buf_printf(out, "=%s", (char *)key);
            xmlFree(key);
            if (open) {
                buf_printf(out, " ");
                continue;
            }
        }
        if (first != NULL && !is_open(n)) {
            buf_printf(out, "(");
            put_shape(first, out);
            buf_printf(out, ")");
        }
        buf_printf(out, " ");
    }
}

/* A line for each message; not of modules that are loaded the first time. */
static void describe(const struct buf *fragments, struct buf *out)
{
    struct psrp_message message;
    struct psrp_in in;
    int got;

    psrp_in_init(&in, PSRP_TO_CLIENT);
    buf_put(&in.bytes, fragments->data, fragments->len);
    while ((got = psrp_in_next(&in, &message)) == 1) {
        xmlDocPtr doc = xmlReadMemory(message.xml, (int)message.len, NULL,
                                      NULL, XML_PARSE_HUGE);

        assert_non_null(doc);
        if (message.type != PSRP_PROGRESS) {
            buf_printf(out, "%06x ", message.type);
            put_shape(xmlDocGetRootElement(doc), out);
            buf_printf(out, "\n");
        }
        xmlFreeDoc(doc);
    }
    assert_int_equal(got, 0);
    buf_put_u8(out, 0);
    psrp_in_free(&in);
}

static void compare(struct replay *r)
{
    struct buf recorded = BUF_INIT(BYTES_MAX), ours = BUF_INIT(BYTES_MAX);

    describe(&r->recorded, &recorded);
    describe(&r->ours, &ours);
    assert_string_equal((char *)ours.data, (char *)recorded.data);
    buf_clear(&r->recorded);
    buf_clear(&r->ours);
    buf_free(&recorded);
    buf_free(&ours);
}

/* Old versions of the recorded client wrote GUIDs in their text's order. */
static void swap_guid(unsigned char *p)
{
    static const unsigned char order[8] = { 3, 2, 1, 0, 5, 4, 7, 6 };
    unsigned char was[8];
    size_t i;

    memcpy(was, p, sizeof was);
    for (i = 0; i < sizeof was; i++)
        p[i] = was[order[i]];
}

/* Whether the first message's pool is not that of the ShellId. */
static bool swap_fragments(unsigned char *p, size_t n,
                           const unsigned char pool[PSRP_GUID])
{
    bool swapped = false;

    while (n > FRAGMENT_HEADER + MESSAGE_HEADER) {
        size_t len = (size_t)p[17] << 24 | (size_t)p[18] << 16 |
                     (size_t)p[19] << 8 | p[20];

        if (memcmp(p + FRAGMENT_HEADER + 8, pool, PSRP_GUID) != 0) {
            swap_guid(p + FRAGMENT_HEADER + 8);
            swap_guid(p + FRAGMENT_HEADER + 8 + PSRP_GUID);
            swapped = true;
        }
        p += FRAGMENT_HEADER + len;
        n -= FRAGMENT_HEADER + len;
    }
    return swapped;
}

static void swap_payload(struct replay *r, xmlNodePtr node)
{
    for (; node != NULL; node = soap_elements(node->next)) {
        xmlChar *text;
        char *again;
        size_t n;

        swap_payload(r, soap_elements(node->children));
        if (!soap_is(node, NS_SHELL, "Stream") &&
            !soap_is(node, NS_SHELL, "Arguments") &&
            !soap_is(node, NS_POWERSHELL, "creationXml"))
            continue;
        text = xmlNodeGetContent(node);
        assert_int_equal(body_decode(text, &n), 0);
        if (swap_fragments(text, n, r->pool)) {
            again = calloc(1, (n + 2) / 3 * 4 + 1);
            assert_non_null(again);
            EVP_EncodeBlock((unsigned char *)again, text, (int)n);
            xmlNodeSetContent(node, (xmlChar *)again);
            free(again);
        }
        xmlFree(text);
    }
}

/* The request as it is today, to be freed by xmlFree(). */
static xmlChar *modern(struct replay *r, const char *request)
{
    const char *id = strstr(request, "ShellId=\"");
    xmlDocPtr doc = xmlReadMemory(request, (int)strlen(request), NULL, NULL,
                                  XML_PARSE_HUGE);
    char text[UUID_BYTES];
    xmlChar *out;
    int n;

    assert_non_null(doc);
    if (id != NULL) {
        snprintf(text, sizeof text, "%.36s", id + strlen("ShellId=\""));
        assert_int_equal(psrp_guid(text, r->pool), 0);
    }
    swap_payload(r, xmlDocGetRootElement(doc));
    xmlDocDumpMemory(doc, &out, &n);
    xmlFreeDoc(doc);
    return out;
}

static int ask(struct replay *r, const char *recorded)
{
    xmlChar *request = modern(r, recorded);
    struct buf answer = BUF_INIT(BYTES_MAX);
    const char *what;
    int status = engine_answer(&r->host, &r->caller,
                               request, strlen((char *)request), &answer,
                               &what);

    buf_put_u8(&answer, 0);
    r->done = strstr((char *)answer.data, "CommandState/Done") != NULL;
    if (status == 200)
        take_answer((char *)answer.data, &r->ours);
    buf_free(&answer);
    xmlFree(request);
    return status;
}

static bool is_receive(const char *request)
{
    return strstr(request, "/Receive<") != NULL;
}

/* A row of Receives brings the same, however it is cut. */
static size_t receive(struct replay *r, const struct recording *recording,
                      size_t i)
{
    const char *request = recording->messages[i].request;
    bool of_pipeline = strstr(request, "CommandId=") != NULL;
    size_t n = 0;

    for (; i + n < recording->count &&
           is_receive(recording->messages[i + n].request); n++) {
        take_answer(recording->messages[i + n].response, &r->recorded);
        if (!of_pipeline)
            (void)ask(r, request); /* ours may have told all before */
    }
    if (of_pipeline) {
        size_t asked = 0;

        r->done = false;
        while (!r->done && asked++ < RECEIVES_MAX)
            (void)ask(r, request); /* it may time out first */
        assert_true(r->done);
    }
    compare(r);
    return n;
}

static void replay(void **state)
{
    const char *folder = recording_folder();
    struct recording recording;
    struct replay r;
    size_t i;

    if (folder == NULL)
        skip();
    set_up(&r);
    recording_read(folder, *state, &recording);
    for (i = 0; i < recording.count;) {
        const struct recorded *m = &recording.messages[i];

        if (is_receive(m->request)) {
            i += receive(&r, &recording, i);
            continue;
        }
        assert_int_equal(ask(&r, m->request),
                         strstr(m->response, "<s:Fault>") != NULL ? 500
                                                                  : 200);
        i++;
    }
    recording_free(&recording);
    tear_down(&r);
}

/* Those whose scripts are in what the interpreter knows.  Others ask for
 * Get-History, begin and process blocks, WSMan: drives or other programs. */
static const char *const names[] = {
    "psrp_open_runspace", "psrp_multiple_invocations", "psrp_set_runspaces",
    "psrp_clear_commands", "psrp_pshost_methods", "psrp_error_failed",
    "psrp_long_running_cmdlet", "psrp_stream_output_invocation",
    "psrp_stream_no_output_invocation",
};
#define COUNT (sizeof names / sizeof *names)

int main(void)
{
    struct CMUnitTest tests[COUNT] = { { NULL } };
    size_t i;

    for (i = 0; i < COUNT; i++) {
        tests[i].name = names[i];
        tests[i].test_func = replay;
        tests[i].initial_state = (void *)(uintptr_t)names[i];
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
