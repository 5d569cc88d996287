/* pool_ops.c - pools over WS-Management: Create, Receive and Send without a
 * CommandId, as recorded hosts do them. */
#include "pool_ops.h"

#include <openssl/evp.h>
#include <string.h>

#include "journal.h"
#include "psrp_pool.h"
#include "soap_body.h"

static int parse_creation(struct shell_options *options, const xmlNode *node)
{
    xmlChar *text = xmlNodeGetContent(node);
    unsigned char id[PSRP_GUID];
    size_t n;
    int rc = -1;

    if (text != NULL && body_decode(text, &n) == 0 &&
        psrp_guid(options->id, id) == 0)
        rc = pool_open(options->pool, id, text, n);
    xmlFree(text);
    return rc;
}

static int parse_shell(const struct request *request,
                       struct shell_options *options, struct fault *fault)
{
    bool created = false;
    xmlNodePtr node;

    options->idle_ms = SHELL_IDLE_DEFAULT_MS;
    if (body_require(request, "Shell", fault) != 0)
        return -1;
    if (soap_attribute(request->content, "ShellId", options->id,
                       sizeof options->id) != 0)
        return fault_set(fault, FAULT_SCHEMA, NULL);
    node = soap_elements(request->content->children);
    for (; node != NULL; node = soap_elements(node->next)) {
        char idle[64];
        bool good = true;

        if (soap_is(node, NS_SHELL, "InputStreams"))
            good = soap_content(node, options->input,
                                sizeof options->input) == 0;
        else if (soap_is(node, NS_SHELL, "OutputStreams"))
            good = soap_content(node, options->output,
                                sizeof options->output) == 0;
        else if (soap_is(node, NS_SHELL, "IdleTimeOut"))
            good = soap_content(node, idle, sizeof idle) == 0 &&
                   soap_duration(idle, &options->idle_ms) == 0;
        else if (soap_is(node, NS_POWERSHELL, "creationXml"))
            created = good = parse_creation(options, node) == 0;
        else
            good = soap_is(node, NS_SHELL, "Name");
        if (!good)
            return body_invalid(node, fault);
    }
    if (!created || strcmp(options->input, "stdin pr") != 0 ||
        strcmp(options->output, "stdout") != 0)
        return fault_set(fault, FAULT_SCHEMA, NULL);
    return 0;
}

static void write_shell(const struct shell *shell,
                        const struct caller *caller,
                        const struct request *request, struct buf *out)
{
    const char *name = pool_configuration(shell->options.pool);
    char owner[2 * IDENTITY_NAME_MAX + 2];

    identity_owner(shell->identity, owner, sizeof owner);
    soap_begin(out, SOAP_SHELL, NS_TRANSFER "/CreateResponse",
               request->message_id);
    buf_printf(out, "<x:ResourceCreated>");
    soap_element(out, "a:Address", request->to);
    buf_printf(out, "<a:ReferenceParameters><w:ResourceURI>" NS_POWERSHELL
               "/%s</w:ResourceURI><w:SelectorSet><w:Selector "
               "Name=\"ShellId\">%s</w:Selector></w:SelectorSet>"
               "</a:ReferenceParameters></x:ResourceCreated>"
               "<rsp:Shell xmlns:rsp=\"" NS_SHELL "\">"
               "<rsp:ShellId>%s</rsp:ShellId><rsp:ResourceUri>" NS_POWERSHELL
               "/%s</rsp:ResourceUri>", name, shell->id, shell->id, name);
    soap_element(out, "rsp:Owner", owner);
    soap_element(out, "rsp:ClientIP", caller->address);
    buf_printf(out, "<rsp:ProcessId>1868</rsp:ProcessId>"
               "<rsp:IdleTimeOut>PT%u.%03uS</rsp:IdleTimeOut>"
               "<rsp:InputStreams>stdin pr</rsp:InputStreams>"
               "<rsp:OutputStreams>stdout</rsp:OutputStreams>"
               "<rsp:MaxIdleTimeOut>PT2147483.647S</rsp:MaxIdleTimeOut>"
               "<rsp:Locale>en-US</rsp:Locale>"
               "<rsp:DataLocale>en-US</rsp:DataLocale>"
               "<rsp:CompressionMode>NoCompression</rsp:CompressionMode>"
               "<rsp:ProfileLoaded>Yes</rsp:ProfileLoaded>"
               "<rsp:Encoding>UTF8</rsp:Encoding>"
               "<rsp:BufferMode>Block</rsp:BufferMode>"
               "<rsp:State>Connected</rsp:State>"
               "<rsp:ShellRunTime>P0DT0H0M0S</rsp:ShellRunTime>"
               "<rsp:ShellInactivity>P0DT0H0M0S</rsp:ShellInactivity>"
               "</rsp:Shell>", shell->options.idle_ms / 1000,
               shell->options.idle_ms % 1000);
    soap_end(out);
}

/* Without the option PowerShell refuses the plug-in's shell. */
static int check_version(const struct request *request, struct fault *fault)
{
    static const char *const known[] = { "protocolversion",
                                         "WINRS_NOPROFILE", NULL };
    const char *version = request_option(request, "protocolversion");

    if (body_check_options(request, known, fault) != 0)
        return -1;
    if (version == NULL || strncmp(version, "2.", 2) != 0)
        return fault_set(fault, FAULT_OPTIONS, NULL);
    return 0;
}

int pool_create(const struct host *host, const struct caller *caller,
                const struct request *request, struct buf *out,
                struct fault *fault)
{
    struct shell_options options = { .idle_ms = 0 };
    struct shell *shell;

    options.pool = pool_new(host, request->configuration,
                            request_option(request, "WINRS_NOPROFILE") != NULL);
    if (options.pool == NULL)
        return fault_set(fault, FAULT_RESOURCE, "The WS-Management service "
                         "cannot process the request. Cannot find the %.40s "
                         "session configuration in the WSMan: drive on the "
                         "%.40s computer. ", request->configuration,
                         host->name);
    if (check_version(request, fault) != 0 ||
        parse_shell(request, &options, fault) != 0 ||
        (shell = shell_create(host, caller->identity, &options, fault))
            == NULL) {
        shell_options_clear(&options);
        return -1;
    }
    write_shell(shell, caller, request, out);
    journal_write(host->journal, "shell", "shell=%s user=%s configuration=%s",
                  shell->id, journal_clean(caller->identity->user).text,
                  pool_configuration(shell->options.pool));
    shell_unref(&shell);
    return 0;
}

int pool_receive(struct shell *shell, const struct request *request,
                 struct buf *out, struct fault *fault)
{
    struct buf bytes = BUF_INIT(PSRP_MESSAGE_MAX);
    unsigned char *text;

    if (!pool_next(shell->options.pool, request->timeout_ms, &bytes))
        return fault_set(fault, FAULT_TIMED_OUT, NULL);
    soap_begin(out, SOAP_RECEIVE, NS_SHELL "/ReceiveResponse",
               request->message_id);
    buf_printf(out, "<rsp:ReceiveResponse><rsp:Stream Name=\"stdout\">");
    text = buf_reserve(out, (bytes.len + 2) / 3 * 4 + 1);
    if (text != NULL) {
        EVP_EncodeBlock(text, bytes.data, (int)bytes.len);
        out->len--;
    }
    buf_printf(out, "</rsp:Stream></rsp:ReceiveResponse>");
    soap_end(out);
    buf_free(&bytes);
    return 0;
}

int pool_send(struct shell *shell, const xmlNode *stream,
              struct fault *fault)
{
    xmlChar *text = xmlNodeGetContent(stream);
    size_t n;
    int rc = -1;

    if (text != NULL && body_decode(text, &n) == 0)
        rc = pool_take(shell->options.pool, text, n);
    xmlFree(text);
    return rc == 0 ? 0 : fault_set(fault, FAULT_SCHEMA, NULL);
}
