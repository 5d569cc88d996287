/* play.c - a host that plays a recording of PowerShell remoting. */
#include "play.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"
#include "replay.h"
#include "unit.h"
#include "wsman/base64.h"
#include "wsman/soap.h"

#define PAYLOAD_MAX 1048576

static const char *expected_id;

int __wrap_wsman_uuid(char out[WSMAN_UUID_BYTES], struct err *err);
int __real_wsman_uuid(char out[WSMAN_UUID_BYTES], struct err *err);

int __wrap_wsman_uuid(char out[WSMAN_UUID_BYTES], struct err *err)
{
    if (expected_id == NULL)
        return __real_wsman_uuid(out, err);
    memcpy(out, expected_id, WSMAN_UUID_BYTES);
    expected_id = NULL;
    return 0;
}

void play_expect_id(const char *id)
{
    assert_int_equal(strlen(id), WSMAN_UUID_BYTES - 1);
    expected_id = id;
}

/* -- the payload -- */

static void add_base64(struct buf *out, const char *text)
{
    size_t n = strlen(text), len;
    unsigned char *p = buf_reserve(out, n + 4);

    assert_non_null(p);
    assert_int_equal(base64_decode(text, n, p, &len), 0);
    out->len -= n + 4 - len;
}

static void gather(const xmlNode *node, struct buf *out)
{
    for (; node != NULL; node = node->next) {
        const char *text = (const char *)soap_text(node);

        if (comparison_is_payload(node) && text != NULL)
            add_base64(out, text);
        gather(node->type == XML_ELEMENT_NODE ? node->children : NULL, out);
    }
}

/* What recorded clients send: whole messages, a fragment each. */
void play_read_payload(xmlDocPtr request, struct play_payload *payload)
{
    struct reader r;

    memset(payload, 0, sizeof *payload);
    buf_init(&payload->bytes, PAYLOAD_MAX);
    gather(soap_body(request), &payload->bytes);
    r = (struct reader)READER_INIT(payload->bytes.data, payload->bytes.len);
    while (r.left > 0) {
        struct play_message *m = &payload->messages[payload->count++];
        const unsigned char *p;
        size_t n;

        assert_true(payload->count <= PLAY_MESSAGES_MAX);
        m->object = reader_u64(&r);
        assert_true(reader_u64(&r) == 0);
        assert_int_equal(reader_u8(&r), 3);
        p = reader_block(&r, PAYLOAD_MAX, &n);
        assert_true(p != NULL && n >= MESSAGE_HEADER);
        m->header.destination = p[0];
        m->header.type = p[4] | (uint32_t)p[5] << 8 | (uint32_t)p[6] << 16;
        memcpy(m->header.pool.bytes, p + 8, GUID_BYTES);
        memcpy(m->header.pipeline.bytes, p + 24, GUID_BYTES);
        m->len = n - MESSAGE_HEADER;
        m->data = calloc(1, m->len + 1);
        assert_non_null(m->data);
        memcpy(m->data, p + MESSAGE_HEADER, m->len);
    }
}

void play_free_payload(struct play_payload *payload)
{
    size_t i;

    for (i = 0; i < payload->count; i++)
        free(payload->messages[i].data);
    buf_free(&payload->bytes);
}

/* The other order of a GUID's bytes, in which old versions of the recorded
 * client wrote them, and hosts wrote back. */
static void swap_guid(unsigned char *p)
{
    const unsigned char was[8] = { p[0], p[1], p[2], p[3],
                                   p[4], p[5], p[6], p[7] };
    static const unsigned char order[8] = { 3, 2, 1, 0, 5, 4, 7, 6 };
    size_t i;

    for (i = 0; i < sizeof was; i++)
        p[i] = was[order[i]];
}

/* In all messages that fragments hold whole. */
static void swap_fragments(unsigned char *p, size_t n)
{
    while (n > 0) {
        size_t len = (size_t)p[17] << 24 | (size_t)p[18] << 16 |
                     (size_t)p[19] << 8 | p[20];

        assert_true(n >= 21 + MESSAGE_HEADER && len <= n - 21);
        assert_int_equal(p[16], 3);
        swap_guid(p + 21 + 8);
        swap_guid(p + 21 + 8 + GUID_BYTES);
        p += 21 + len;
        n -= 21 + len;
    }
}

static void swap_streams(xmlNodePtr node)
{
    for (; node != NULL; node = node->next) {
        xmlChar *text = soap_text(node);

        if (node->type != XML_ELEMENT_NODE)
            continue;
        if (soap_is(node, NS_SHELL, "Stream") && text[0] != '\0') {
            struct buf bytes = BUF_INIT(PAYLOAD_MAX);
            char *swapped;

            add_base64(&bytes, (char *)text);
            swap_fragments(bytes.data, bytes.len);
            swapped = calloc(1, BASE64_LEN(bytes.len) + 1);
            assert_non_null(swapped);
            base64_encode(bytes.data, bytes.len, swapped);
            xmlNodeSetContent(node, (xmlChar *)swapped);
            free(swapped);
            buf_free(&bytes);
        } else {
            swap_streams(node->children);
        }
    }
}

/* As the host would have answered us. */
static void swap_answer(struct play *play)
{
    xmlChar *text;
    xmlDocPtr doc;
    int n;

    buf_put_u8(&play->answer, 0);
    doc = replay_parse((char *)play->answer.data);
    swap_streams(doc->children);
    xmlDocDumpMemory(doc, &text, &n);
    buf_clear(&play->answer);
    buf_put(&play->answer, text, (size_t)n);
    xmlFree(text);
    xmlFreeDoc(doc);
}

static struct clixml *read_data(struct clixml_reader *reader,
                                const struct play_message *m)
{
    struct clixml *value;
    struct err err = ERR_INIT;

    assert_ok(clixml_reader_begin(reader, NULL, NULL, &err), &err);
    assert_ok(clixml_reader_feed(reader, m->data, m->len, &err), &err);
    assert_ok(clixml_reader_end(reader, &value, &err), &err);
    return value;
}

static void compare_data(struct play *play, const struct play_message *ours,
                         const struct play_message *recorded)
{
    struct clixml_comparison comparison = { .meant = play->payload,
                                            .count = play->payload_count };
    struct clixml_reader a, b;

    if (ours->len == 0 || recorded->len == 0) {
        assert_int_equal(ours->len, recorded->len);
        return;
    }
    clixml_reader_init(&a);
    clixml_reader_init(&b);
    if (!clixml_comparison_holds(&comparison,
                                 message_type_name(ours->header.type),
                                 read_data(&a, ours),
                                 read_data(&b, recorded)))
        fail_msg("request %zu: %s\nours:     %s\nrecorded: %s", play->at,
                 comparison.differs, ours->data, recorded->data);
    clixml_reader_free(&a);
    clixml_reader_free(&b);
}

static void compare_payload(struct play *play, xmlDocPtr ours,
                            xmlDocPtr recorded)
{
    struct play_payload a, b;
    size_t i;

    play_read_payload(ours, &a);
    play_read_payload(recorded, &b);
    assert_int_equal(a.count, b.count);
    for (i = 0; i < a.count; i++) {
        struct play_message *x = &a.messages[i], *y = &b.messages[i];

        if (play->at == 0 && i == 0)
            play->swapped = memcmp(&x->header.pool, &y->header.pool,
                                   GUID_BYTES) != 0;
        if (play->swapped) {
            swap_guid(y->header.pool.bytes);
            swap_guid(y->header.pipeline.bytes);
        }
        assert_true(x->object == y->object);
        assert_memory_equal(&x->header, &y->header, sizeof x->header);
        compare_data(play, x, y);
    }
    play_free_payload(&a);
    play_free_payload(&b);
}

/* -- the host -- */

static void compare_envelope(struct play *play, xmlDocPtr ours,
                             xmlDocPtr recorded)
{
    struct comparison comparison = {
        .meant = play->envelope, .count = play->envelope_count,
        .payload_apart = true,
    };

    if (!comparison_holds(&comparison, xmlDocGetRootElement(ours),
                          xmlDocGetRootElement(recorded)))
        fail_msg("request %zu, %s: %s", play->at,
                 replay_header(recorded, NS_ADDRESSING, "Action"),
                 comparison.differs);
}

/* The answer, with one text in place of another. */
static void fill(struct play *play, const char *body, const char *recorded_id,
                 const char *our_id)
{
    const char *id;

    buf_clear(&play->answer);
    while ((id = strstr(body, recorded_id)) != NULL) {
        buf_put(&play->answer, body, (size_t)(id - body));
        buf_put(&play->answer, our_id, strlen(our_id));
        body = id + strlen(recorded_id);
    }
    buf_put(&play->answer, body, strlen(body));
    assert_int_equal(play->answer.failed, ERR_NONE);
}

/* What the recorded client says of itself in its next request. */
static void prepare(struct play *play)
{
    struct wsman *wsman = &play->wsman;
    xmlDocPtr next;

    if (play_is_over(play))
        return;
    next = play_next(play);
    snprintf(wsman->url, sizeof wsman->url, "%s",
             replay_header(next, NS_ADDRESSING, "To"));
    assert_int_equal(sscanf(replay_header(next, NS_WSMAN,
                                          "OperationTimeout"), "PT%uS",
                            &wsman->timeout_s), 1);
    assert_int_equal(sscanf(replay_header(next, NS_WSMAN, "MaxEnvelopeSize"),
                            "%u", &wsman->max_envelope), 1);
    wsman->max_request = wsman->max_envelope;
    xmlFreeDoc(next);
}

static bool is_receive_of(xmlDocPtr request, bool pipeline)
{
    const xmlNode *stream = soap_child(soap_child(soap_body(request),
                                                  NS_SHELL, "Receive"),
                                       NS_SHELL, "DesiredStream");

    return stream != NULL &&
           (soap_attribute(stream, "CommandId") != NULL) == pipeline;
}

static int exchange(struct play *play, xmlDocPtr ours, xmlDocPtr recorded)
{
    const struct recorded *message = &play->recording.messages[play->at];
    const char *action = replay_header(ours, NS_ADDRESSING, "Action");
    const char *our_id = replay_header(ours, NS_ADDRESSING, "MessageID");

    if (strcmp(action, ACTION_RECEIVE) == 0 &&
        (strcmp(action, replay_header(recorded, NS_ADDRESSING, "Action"))
             != 0 ||
         (is_receive_of(ours, false) && is_receive_of(recorded, true)))) {
        play->asked_again++;
        fill(play, HOST_FAULT("2150858793", "nothing came"), HOST_ID,
             our_id + strlen("uuid:"));
        return 500;
    }
    compare_envelope(play, ours, recorded);
    compare_payload(play, ours, recorded);
    fill(play, message->response,
         replay_header(recorded, NS_ADDRESSING, "MessageID"), our_id);
    if (play->swapped && message->response[0] != '\0')
        swap_answer(play);
    play->at++;
    return message->status;
}

static int post(void *arg, const unsigned char *body, size_t len, bool final,
                long timeout_ms, struct wsman_answer *answer,
                struct err *err)
{
    struct play *play = arg;
    xmlDocPtr recorded, ours;
    int status;

    (void)timeout_ms;
    assert_false(play_is_over(play));
    assert_ok(soap_parse(body, len, STAGE_START, &ours, err), err);
    recorded = play_next(play);
    status = exchange(play, ours, recorded);
    xmlFreeDoc(ours);
    xmlFreeDoc(recorded);
    prepare(play);
    if (final)
        return 0;
    *answer = (struct wsman_answer){ status, HOST_TYPE, play->answer.data,
                                     play->answer.len };
    return 0;
}

void play_begin(struct play *play, const char *folder, const char *name)
{
    struct err err = ERR_INIT;

    memset(play, 0, sizeof *play);
    buf_init(&play->answer, PAYLOAD_MAX);
    recording_read(folder, name, &play->recording);
    assert_ok(wsman_init(&play->wsman, "", post, play, &err), &err);
    prepare(play);
}

void play_end(struct play *play)
{
    recording_free(&play->recording);
    buf_free(&play->answer);
}

bool play_is_over(const struct play *play)
{
    return play->at == play->recording.count;
}

void play_pass(struct play *play, struct buf *bytes)
{
    xmlDocPtr answer = replay_parse(
        play->recording.messages[play->at++].response);

    assert_null(soap_child(soap_body(answer), NS_SOAP, "Fault"));
    gather(soap_body(answer), bytes);
    if (play->swapped)
        swap_fragments(bytes->data, bytes->len);
    xmlFreeDoc(answer);
    prepare(play);
}

xmlDocPtr play_next(const struct play *play)
{
    return replay_parse(play->recording.messages[play->at].request);
}
