/* psrp_host.c - a host's PowerShell for unit tests. */
#include "psrp_host.h"

#include <stdio.h>
#include <string.h>

#include "host.h"
#include "psrp/fragment.h"
#include "unit.h"
#include "wsman/base64.h"

#define BYTES_MAX 67108864

static const struct {
    const char *action;
    char letter;
} letters[] = {
    { ACTION_CREATE, 'C' }, { ACTION_COMMAND, 'X' }, { ACTION_SEND, 'S' },
    { ACTION_RECEIVE, 'R' }, { ACTION_SIGNAL, 'G' }, { ACTION_DELETE, 'D' },
};

void psrp_put_message(struct buf *out, uint64_t object, size_t blob,
                      const struct guid *pool, const struct guid *pipeline,
                      enum message_type type, const char *data)
{
    static const struct guid zero;
    struct buf message = BUF_INIT(BYTES_MAX);
    const struct message_header header = {
        TO_CLIENT, type, pool != NULL ? *pool : zero,
        pipeline != NULL ? *pipeline : zero
    };
    struct fragmenter f;

    message_put_header(&message, &header);
    if (data != NULL) {
        buf_put(&message, "\xef\xbb\xbf", 3);
        buf_put(&message, data, strlen(data));
    }
    fragmenter_begin(&f, object, message.data, message.len);
    while (!f.over)
        fragmenter_next(&f, FRAGMENT_HEADER + blob, out);
    assert_int_equal(message.failed, ERR_NONE);
    buf_free(&message);
}

/* The text behind a mark, up to the end character. */
static void copy_behind(const char *text, const char *mark, char end,
                        char *out, size_t size)
{
    const char *p = strstr(text, mark);
    size_t n = 0;

    assert_non_null(p);
    for (p += strlen(mark); *p != end && n + 1 < size; p++)
        out[n++] = *p;
    out[n] = '\0';
}

static void decode_behind(const char *text, const char *mark, struct buf *out)
{
    const char *p = strstr(text, mark);
    size_t n, len;
    unsigned char *bytes;

    assert_non_null(p);
    p = strchr(p, '>') + 1;
    n = strcspn(p, "<");
    bytes = buf_reserve(out, n + 4);
    assert_non_null(bytes);
    assert_int_equal(base64_decode(p, n, bytes, &len), 0);
    out->len -= n + 4 - len;
}

static void put_base64(struct buf *out, const struct buf *bytes)
{
    unsigned char *p = buf_reserve(out, BASE64_LEN(bytes->len));

    assert_non_null(p);
    base64_encode(bytes->data, bytes->len, (char *)p);
}

static void answer_create(struct psrp_host *host, const char *request)
{
    char id[64];

    copy_behind(request, "ShellId=\"", '"', id, sizeof id);
    assert_int_equal(guid_parse(id, &host->pool), 0);
    decode_behind(request, "<creationXml", &host->creation);
    buf_printf(&host->answer,
               "<x:ResourceCreated><a:ReferenceParameters><w:SelectorSet>"
               "<w:Selector Name=\"ShellId\">%s</w:Selector>"
               "</w:SelectorSet></a:ReferenceParameters>"
               "</x:ResourceCreated>", id);
}

static void answer_command(struct psrp_host *host, const char *request)
{
    char id[64];

    copy_behind(request, "CommandId=\"", '"', id, sizeof id);
    assert_int_equal(guid_parse(id, &host->pipeline), 0);
    decode_behind(request, "<rsp:Arguments", &host->input);
    if (host->command[0] == '\0')
        snprintf(host->command, sizeof host->command, "%s", id);
    buf_printf(&host->answer, "<rsp:CommandResponse><rsp:CommandId>%s"
               "</rsp:CommandId></rsp:CommandResponse>", host->command);
}

static void write_reply(struct psrp_host *host, const struct psrp_reply *reply)
{
    size_t i;

    for (i = 0; i < reply->count; i++) {
        enum message_type type = reply->messages[i].type;
        bool of_pipeline = (type & 0x40000) != 0;

        psrp_put_message(&host->stream, host->next_object++, 32768,
                         type == MESSAGE_SESSION_CAPABILITY ? NULL
                                                            : &host->pool,
                         of_pipeline ? &host->pipeline : NULL, type,
                         reply->messages[i].data);
    }
}

static void put_stream(struct psrp_host *host, const char *id)
{
    struct buf part = host->stream;

    if (host->cut > 0 && part.len > host->cut)
        part.len = host->cut;
    buf_printf(&host->answer, "<rsp:Stream Name=\"stdout\"%s>", id);
    put_base64(&host->answer, &part);
    buf_printf(&host->answer, "</rsp:Stream>");
    buf_consume(&host->stream, part.len);
}

static void answer_receive(struct psrp_host *host, const char *request)
{
    const struct psrp_reply *reply = &host->replies[host->reply_next];
    char id[80] = "";

    assert_true(host->reply_next < host->reply_count);
    if (strstr(request, "CommandId=") != NULL)
        snprintf(id, sizeof id, " CommandId=\"%s\"", host->command);
    if (host->stream.len == 0)
        write_reply(host, reply);
    buf_printf(&host->answer, "<rsp:ReceiveResponse>");
    put_stream(host, id);
    if (host->stream.len == 0) {
        host->reply_next++;
        if (reply->done)
            buf_printf(&host->answer, "<rsp:CommandState%s State=\""
                       STATE_DONE "\"><rsp:ExitCode>0</rsp:ExitCode>"
                       "</rsp:CommandState>", id);
    }
    buf_printf(&host->answer, "</rsp:ReceiveResponse>");
}

static void answer(struct psrp_host *host, char letter, const char *request)
{
    switch (letter) {
    case 'C':
        answer_create(host, request);
        return;
    case 'X':
        answer_command(host, request);
        return;
    case 'R':
        answer_receive(host, request);
        return;
    case 'S':
        decode_behind(request, "<rsp:Stream", &host->input);
        return;
    }
}

static void answer_fault(struct psrp_host *host)
{
    buf_printf(&host->answer, "<s:Fault><s:Code><s:Value>s:Receiver</s:Value>"
               "</s:Code><s:Reason><s:Text>no</s:Text></s:Reason><s:Detail>"
               "<f:WSManFault xmlns:f=\"" NS_WSMANFAULT "\" Code=\"%u\">"
               "<f:Message>no</f:Message></f:WSManFault></s:Detail>"
               "</s:Fault>", host->fault);
    host->faulty = '\0';
}

static int post(void *arg, const unsigned char *body, size_t len, bool final,
                long timeout_ms, struct wsman_answer *reply, struct err *err)
{
    struct psrp_host *host = arg;
    const char *request;
    char action[160], id[64];
    bool refused;
    size_t i = 0;

    (void)timeout_ms;
    (void)err;
    buf_clear(&host->request);
    buf_put(&host->request, body, len);
    buf_put_u8(&host->request, 0);
    request = (const char *)host->request.data;
    host->largest = len > host->largest ? len : host->largest;
    copy_behind(request, "<wsa:Action s:mustUnderstand=\"true\">", '<',
                action, sizeof action);
    copy_behind(request, "<wsa:MessageID>uuid:", '<', id, sizeof id);
    while (strcmp(letters[i].action, action) != 0)
        assert_true(++i < sizeof letters / sizeof *letters);
    assert_true(host->post_count < PSRP_POSTS_MAX);
    host->posts[host->post_count++] =
        (char)(letters[i].letter + (final ? 'a' - 'A' : 0));
    buf_clear(&host->answer);
    buf_printf(&host->answer, "<s:Envelope xmlns:s=\"" NS_SOAP
               "\" xmlns:a=\"" NS_ADDRESSING "\" xmlns:w=\"" NS_WSMAN
               "\" xmlns:x=\"" NS_TRANSFER "\" xmlns:rsp=\"" NS_SHELL
               "\"><s:Header><a:Action>%sResponse</a:Action><a:RelatesTo>"
               "uuid:%s</a:RelatesTo></s:Header><s:Body>", action, id);
    refused = letters[i].letter == host->faulty;
    if (refused)
        answer_fault(host);
    else
        answer(host, letters[i].letter, request);
    buf_printf(&host->answer, "</s:Body></s:Envelope>");
    assert_int_equal(host->answer.failed, ERR_NONE);
    if (!final)
        *reply = (struct wsman_answer){ refused ? 500 : 200, HOST_TYPE,
                                        host->answer.data, host->answer.len };
    return 0;
}

void psrp_host_init(struct psrp_host *host)
{
    struct err err = ERR_INIT;

    memset(host, 0, sizeof *host);
    buf_init(&host->request, BYTES_MAX);
    buf_init(&host->creation, BYTES_MAX);
    buf_init(&host->input, BYTES_MAX);
    buf_init(&host->answer, BYTES_MAX);
    buf_init(&host->stream, BYTES_MAX);
    host->next_object = 1;
    assert_ok(wsman_init(&host->wsman, "http://win1:5985/wsman", post, host,
                         &err), &err);
}

void psrp_host_free(struct psrp_host *host)
{
    buf_free(&host->request);
    buf_free(&host->creation);
    buf_free(&host->input);
    buf_free(&host->answer);
    buf_free(&host->stream);
}

void psrp_host_reply(struct psrp_host *host)
{
    assert_true(host->reply_count < PSRP_REPLIES_MAX);
    host->reply_count++;
}

void psrp_host_done(struct psrp_host *host)
{
    host->replies[host->reply_count - 1].done = true;
}

void psrp_host_message(struct psrp_host *host, enum message_type type,
                       const char *data)
{
    struct psrp_reply *reply = &host->replies[host->reply_count - 1];

    assert_true(reply->count < PSRP_MESSAGES_MAX);
    reply->messages[reply->count].type = type;
    reply->messages[reply->count++].data = data;
}

void psrp_host_opens(struct psrp_host *host, const char *version)
{
    snprintf(host->capability, sizeof host->capability,
             PSRP_CAPABILITY("%s"), version);
    psrp_host_reply(host);
    psrp_host_message(host, MESSAGE_SESSION_CAPABILITY, host->capability);
    psrp_host_message(host, MESSAGE_APPLICATION_PRIVATE_DATA,
                      "<Obj RefId=\"0\"><MS><Nil N=\"ApplicationPrivateData\""
                      " /></MS></Obj>");
    psrp_host_reply(host);
    psrp_host_message(host, MESSAGE_RUNSPACEPOOL_STATE,
                      PSRP_STATE("RunspaceState", "2"));
}
