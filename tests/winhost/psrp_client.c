/* psrp_client.c - a client of PowerShell remoting, by hand. */
#include "psrp_client.h"

#include <libxml/parser.h>
#include <openssl/evp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "soap_body.h"

#define BYTES_MAX 4194304
#define RECEIVES_MAX 64
#define S "http://www.w3.org/2003/05/soap-envelope"

int client_set_up(void **state)
{
    struct psrp_client *c = calloc(1, sizeof *c);
    struct err err;

    assert_non_null(c);
    signal(SIGPIPE, SIG_IGN);
    snprintf(c->host.name, sizeof c->host.name, "WIN1");
    snprintf(c->host.fqdn, sizeof c->host.fqdn, "win1.corp.example.com");
    c->host.max_envelope = 512000;
    c->host.max_timeout_ms = 60000;
    c->host.max_shells = 5;
    c->host.max_commands = 25;
    buf_init(&c->answer, BYTES_MAX);
    psrp_in_init(&c->in, PSRP_TO_CLIENT);
    c->blob = 32768;
    assert_int_equal(psrp_guid(CLIENT_POOL, c->pool), 0);
    assert_int_equal(psrp_guid(CLIENT_PIPELINE, c->pipeline), 0);
    assert_ok(registry_new(&c->host.shells, &err), &err);
    assert_ok(identity_new("CORP", "alice", NULL, &c->caller.identity, &err),
              &err);
    *state = c;
    return 0;
}

int client_tear_down(void **state)
{
    struct psrp_client *c = *state;

    registry_free(&c->host.shells);
    identity_unref(&c->caller.identity);
    while (c->count > 0)
        free(c->messages[--c->count].xml);
    psrp_in_free(&c->in);
    buf_free(&c->answer);
    free(c);
    return 0;
}

static void put_little(struct buf *out, uint32_t n)
{
    int i;

    for (i = 0; i < 4; i++)
        buf_put_u8(out, (uint8_t)(n >> 8 * i));
}

void client_put(struct psrp_client *c, struct buf *out, uint32_t type,
                const unsigned char *pipeline, const char *xml)
{
    static const unsigned char zero[PSRP_GUID];
    struct buf message = BUF_INIT(BYTES_MAX);
    uint64_t fragment = 0;
    size_t at, n;

    put_little(&message, PSRP_TO_SERVER);
    put_little(&message, type);
    buf_put(&message, c->pool, PSRP_GUID);
    buf_put(&message, pipeline != NULL ? pipeline : zero, PSRP_GUID);
    buf_put(&message, xml, strlen(xml));
    c->object++;
    for (at = 0; at < message.len; at += n) {
        n = message.len - at < c->blob ? message.len - at : c->blob;
        buf_put_u64(out, c->object);
        buf_put_u64(out, fragment++);
        buf_put_u8(out, (uint8_t)((at == 0) | (at + n == message.len) << 1));
        buf_put_u32(out, (uint32_t)n);
        buf_put(out, message.data + at, n);
    }
    buf_free(&message);
}

static int ask(struct psrp_client *c, const char *action,
               const char *resource, const char *shell, const char *timeout,
               const struct buf *body)
{
    struct buf xml = BUF_INIT(BYTES_MAX);
    const char *what;
    int status;

    buf_printf(&xml, "<s:Envelope xmlns:s=\"" S "\" xmlns:a=\"http://schemas."
               "xmlsoap.org/ws/2004/08/addressing\" xmlns:w=\"http://schemas."
               "dmtf.org/wbem/wsman/1/wsman.xsd\" xmlns:rsp=\"" NS_SHELL
               "\"><s:Header><a:Action>%s</a:Action><a:To>http://win1:5985/"
               "wsman</a:To><w:ResourceURI>" NS_POWERSHELL "/%s"
               "</w:ResourceURI><a:ReplyTo><a:Address>http://schemas.xmlsoap."
               "org/ws/2004/08/addressing/role/anonymous</a:Address>"
               "</a:ReplyTo><a:MessageID>uuid:1</a:MessageID>"
               "<w:MaxEnvelopeSize>512000</w:MaxEnvelopeSize>"
               "<w:OperationTimeout>%s</w:OperationTimeout>", action,
               resource, timeout);
    if (shell != NULL)
        buf_printf(&xml, "<w:SelectorSet><w:Selector Name=\"ShellId\">%s"
                   "</w:Selector></w:SelectorSet>", shell);
    else
        buf_printf(&xml, "<w:OptionSet s:mustUnderstand=\"true\"><w:Option "
                   "Name=\"protocolversion\" MustComply=\"true\">2.3"
                   "</w:Option></w:OptionSet>");
    buf_printf(&xml, "</s:Header><s:Body>");
    buf_put(&xml, body->data, body->len);
    buf_printf(&xml, "</s:Body></s:Envelope>");
    assert_int_equal(xml.failed, ERR_NONE);
    buf_clear(&c->answer);
    status = engine_answer(&c->host, &c->caller, xml.data, xml.len,
                           &c->answer, &what);
    buf_put_u8(&c->answer, 0);
    buf_free(&xml);
    return status;
}

static int ask_shell(struct psrp_client *c, const char *action,
                     const char *timeout, struct buf *body)
{
    int status = ask(c, action, c->configuration, CLIENT_POOL, timeout, body);

    buf_free(body);
    return status;
}

static void put_base64(struct buf *out, const void *p, size_t n)
{
    unsigned char *text = buf_reserve(out, (n + 2) / 3 * 4 + 1);

    assert_non_null(text);
    EVP_EncodeBlock(text, p, (int)n);
    out->len--;
}

int client_create(struct psrp_client *c, const char *configuration,
                  const struct buf *creation)
{
    struct buf body = BUF_INIT(BYTES_MAX);
    int status;

    buf_printf(&body, "<rsp:Shell ShellId=\"" CLIENT_POOL "\">"
               "<rsp:InputStreams>stdin pr</rsp:InputStreams>"
               "<rsp:OutputStreams>stdout</rsp:OutputStreams>"
               "<creationXml xmlns=\"" NS_POWERSHELL "\">");
    put_base64(&body, creation->data, creation->len);
    buf_printf(&body, "</creationXml></rsp:Shell>");
    c->configuration = configuration;
    status = ask(c, NS_TRANSFER "/Create", configuration, NULL, "PT20S",
                 &body);
    buf_free(&body);
    return status;
}

int client_command(struct psrp_client *c, const char *shell, const char *id,
                   const struct buf *first)
{
    struct buf body = BUF_INIT(BYTES_MAX);
    int status;

    buf_printf(&body, "<rsp:CommandLine CommandId=\"%s\"><rsp:Command/>"
               "<rsp:Arguments>", id);
    put_base64(&body, first->data, first->len);
    buf_printf(&body, "</rsp:Arguments></rsp:CommandLine>");
    status = ask(c, NS_SHELL "/Command", c->configuration, shell, "PT20S",
                 &body);
    buf_free(&body);
    return status;
}

static void put_id(struct buf *body, const char *id)
{
    if (id != NULL)
        buf_printf(body, " CommandId=\"%s\"", id);
}

int client_send(struct psrp_client *c, const char *id, const char *stream,
                const void *p, size_t n)
{
    struct buf body = BUF_INIT(BYTES_MAX);

    buf_printf(&body, "<rsp:Send><rsp:Stream Name=\"%s\"", stream);
    put_id(&body, id);
    buf_printf(&body, ">");
    put_base64(&body, p, n);
    buf_printf(&body, "</rsp:Stream></rsp:Send>");
    return ask_shell(c, NS_SHELL "/Send", "PT20S", &body);
}

static void keep_messages(struct psrp_client *c)
{
    struct psrp_message message;
    int got;

    while ((got = psrp_in_next(&c->in, &message)) == 1) {
        assert_true(c->count < CLIENT_MESSAGES_MAX);
        c->messages[c->count].type = message.type;
        /* behind the byte order mark */
        c->messages[c->count].xml = strdup(message.len > 3 ? message.xml + 3
                                                           : "");
        assert_non_null(c->messages[c->count++].xml);
    }
    assert_int_equal(got, 0);
}

static void take_streams(struct psrp_client *c, xmlNodePtr node)
{
    for (; node != NULL; node = soap_elements(node->next)) {
        xmlChar *text = xmlNodeGetContent(node);
        size_t n;

        if (soap_is(node, NS_SHELL, "Stream")) {
            assert_int_equal(body_decode(text, &n), 0);
            buf_put(&c->in.bytes, text, n);
        }
        xmlFree(text);
    }
}

int client_receive(struct psrp_client *c, const char *id,
                   const char *timeout, bool *done)
{
    struct buf body = BUF_INIT(BYTES_MAX);
    xmlDocPtr doc;
    int status;

    buf_printf(&body, "<rsp:Receive><rsp:DesiredStream");
    put_id(&body, id);
    buf_printf(&body, ">stdout</rsp:DesiredStream></rsp:Receive>");
    status = ask_shell(c, NS_SHELL "/Receive", timeout, &body);
    *done = strstr((char *)c->answer.data, "CommandState/Done") != NULL;
    doc = xmlReadMemory((char *)c->answer.data, (int)c->answer.len - 1, NULL,
                        NULL, XML_PARSE_HUGE);
    assert_non_null(doc);
    if (status == 200) {
        xmlNodePtr part = soap_elements(xmlDocGetRootElement(doc)->children);

        part = soap_elements(soap_elements(part->next)->children);
        take_streams(c, soap_elements(part->children));
    }
    xmlFreeDoc(doc);
    keep_messages(c);
    return status;
}

int client_signal(struct psrp_client *c, const char *id, const char *code)
{
    struct buf body = BUF_INIT(BYTES_MAX);

    buf_printf(&body, "<rsp:Signal CommandId=\"%s\"><rsp:Code>%s</rsp:Code>"
               "</rsp:Signal>", id, code);
    return ask_shell(c, NS_SHELL "/Signal", "PT20S", &body);
}

int client_delete(struct psrp_client *c)
{
    struct buf body = BUF_INIT(16);

    return ask_shell(c, NS_TRANSFER "/Delete", "PT20S", &body);
}

/* -- whole steps -- */

#define HOST_INFO "<Obj N=\"HostInfo\" RefId=\"9\"><MS>"                      \
    "<B N=\"_isHostNull\">false</B><B N=\"_isHostUINull\">false</B>"          \
    "<B N=\"_isHostRawUINull\">false</B><B N=\"_useRunspaceHost\">false</B>"  \
    "</MS></Obj>"
#define CAPABILITY "<Obj RefId=\"0\"><MS><Version N=\"protocolversion\">2.3"  \
    "</Version><Version N=\"PSVersion\">2.0</Version>"                        \
    "<Version N=\"SerializationVersion\">1.1.0.1</Version></MS></Obj>"
#define INIT "<Obj RefId=\"0\"><MS><I32 N=\"MinRunspaces\">1</I32>"           \
    "<I32 N=\"MaxRunspaces\">1</I32><Obj N=\"PSThreadOptions\" RefId=\"1\">"  \
    "<I32>0</I32></Obj><Obj N=\"ApartmentState\" RefId=\"2\"><I32>2</I32>"    \
    "</Obj>" HOST_INFO "<Nil N=\"ApplicationArguments\" /></MS></Obj>"

void client_put_opening(struct psrp_client *c, struct buf *creation)
{
    client_put(c, creation, PSRP_SESSION_CAPABILITY, NULL, CAPABILITY);
    client_put(c, creation, PSRP_INIT_POOL, NULL, INIT);
}

void client_open(struct psrp_client *c, const char *configuration)
{
    struct buf creation = BUF_INIT(BYTES_MAX);
    bool done;
    int i;

    client_put_opening(c, &creation);
    assert_int_equal(client_create(c, configuration, &creation), 200);
    for (i = 0; i < 4 && client_find(c, PSRP_POOL_STATE) == NULL; i++)
        assert_int_equal(client_receive(c, NULL, "PT20S", &done), 200);
    assert_non_null(client_find(c, PSRP_SESSION_CAPABILITY));
    assert_non_null(client_find(c, PSRP_PRIVATE_DATA));
    assert_non_null(strstr(client_find(c, PSRP_POOL_STATE), ">2<"));
    buf_free(&creation);
}

void client_script(struct psrp_client *c, struct buf *out, const char *script)
{
    struct buf xml = BUF_INIT(BYTES_MAX);

    buf_printf(&xml, "<Obj RefId=\"0\"><MS><B N=\"NoInput\">true</B>"
               HOST_INFO "<Obj N=\"PowerShell\" RefId=\"1\"><MS>"
               "<B N=\"IsNested\">false</B><Nil N=\"ExtraCmds\" />"
               "<Obj N=\"Cmds\" RefId=\"2\"><LST><Obj RefId=\"3\"><MS>"
               "<S N=\"Cmd\">%s</S><B N=\"IsScript\">true</B>"
               "<Obj N=\"Args\" RefId=\"4\"><LST /></Obj></MS></Obj></LST>"
               "</Obj></MS></Obj></MS></Obj>", script);
    buf_put_u8(&xml, 0);
    client_put(c, out, PSRP_CREATE_PIPELINE, c->pipeline, (char *)xml.data);
    buf_free(&xml);
}

const char *client_find(const struct psrp_client *c, uint32_t type)
{
    size_t i;

    for (i = 0; i < c->count; i++)
        if (c->messages[i].type == type)
            return c->messages[i].xml;
    return NULL;
}

const char *client_await(struct psrp_client *c, const char *id, uint32_t type)
{
    bool done = false;
    int i;

    for (i = 0; i < RECEIVES_MAX && !done && client_find(c, type) == NULL;
         i++)
        assert_int_equal(client_receive(c, id, "PT20S", &done), 200);
    return client_find(c, type);
}
