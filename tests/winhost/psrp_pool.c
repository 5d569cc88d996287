/* psrp_pool.c - runspace pools of the stand-in. */
#include "psrp_pool.h"

#include <libxml/parser.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "journal.h"
#include "soap_body.h"

#define KEY_BYTES 32
#define RSA_BYTES 256
#define PUBLIC_HEADER 20      /* BLOBHEADER and RSAPUBKEY, with e */
#define SIMPLE_HEADER 12
#define CREATION_MAX 65536

struct pool {
    unsigned char id[PSRP_GUID];
    char configuration[64];
    bool no_language;
    atomic_ullong object;
    pthread_mutex_t lock;
    unsigned told;            /* of its opening */
    struct buf pending;       /* messages for the next Receive */
    bool has_key;
    unsigned char key[KEY_BYTES];
};

/* The configurations that are registered here. */
static const struct {
    const char *name;
    bool no_language;
} configurations[] = {
    { "Microsoft.PowerShell", false }, { "Microsoft.PowerShell32", false },
    { "PowerShell.7", false }, { "JeaLab", true },
};

static const char capability[] =
    "<Obj RefId=\"0\"><MS><Version N=\"protocolversion\">2.3</Version>"
    "<Version N=\"PSVersion\">2.0</Version>"
    "<Version N=\"SerializationVersion\">1.1.0.1</Version></MS></Obj>";
static const char private_data[] =
    "<Obj RefId=\"0\"><MS><Obj N=\"ApplicationPrivateData\" RefId=\"1\">"
    "<TN RefId=\"0\"><T>System.Management.Automation.PSPrimitiveDictionary"
    "</T><T>System.Collections.Hashtable</T><T>System.Object</T></TN><DCT>"
    "<En><S N=\"Key\">PSVersionTable</S><Obj N=\"Value\" RefId=\"2\">"
    "<TNRef RefId=\"0\" /><DCT><En><S N=\"Key\">PSVersion</S>"
    "<Version N=\"Value\">5.1.14393.2248</Version></En><En>"
    "<S N=\"Key\">PSEdition</S><S N=\"Value\">Desktop</S></En></DCT></Obj>"
    "</En></DCT></Obj></MS></Obj>";
static const char opened[] =
    "<Obj RefId=\"0\"><MS><I32 N=\"RunspaceState\">2</I32></MS></Obj>";

void pool_free(struct pool **pool)
{
    struct pool *p = *pool;

    *pool = NULL;
    if (p == NULL)
        return;
    buf_free(&p->pending);
    pthread_mutex_destroy(&p->lock);
    free(p);
}

bool pool_no_language(const struct pool *pool)
{
    return pool->no_language;
}

const unsigned char *pool_id(const struct pool *pool)
{
    return pool->id;
}

uint64_t pool_next_object(struct pool *pool)
{
    return atomic_fetch_add(&pool->object, 1) + 1;
}

xmlNodePtr psrp_member(xmlNodePtr object, const char *name)
{
    xmlNodePtr part, node;
    char n[64];

    part = object == NULL ? NULL : soap_elements(object->children);
    for (; part != NULL; part = soap_elements(part->next)) {
        if (strcmp((const char *)part->name, "MS") != 0 &&
            strcmp((const char *)part->name, "Props") != 0)
            continue;
        node = soap_elements(part->children);
        for (; node != NULL; node = soap_elements(node->next))
            if (soap_attribute(node, "N", n, sizeof n) == 0 &&
                strcmp(n, name) == 0)
                return node;
    }
    return NULL;
}

static bool member_is(xmlDocPtr doc, const char *name, const char *text)
{
    xmlNodePtr node = psrp_member(xmlDocGetRootElement(doc), name);
    char content[64];

    return node != NULL && soap_content(node, content, sizeof content) == 0 &&
           strcmp(content, text) == 0;
}

/* SESSION_CAPABILITY of a 2.x client, then INIT_RUNSPACEPOOL, of this pool. */
static int check_creation(struct pool *pool, struct psrp_in *in)
{
    struct psrp_message message;
    unsigned seen = 0;

    while (psrp_in_next(in, &message) == 1) {
        xmlDocPtr doc = xmlReadMemory(message.xml, (int)message.len, NULL,
                                      NULL, XML_PARSE_NONET);
        bool good = doc != NULL &&
                    memcmp(message.pool, pool->id, PSRP_GUID) == 0;

        if (seen == 0)
            good = good && message.type == PSRP_SESSION_CAPABILITY &&
                   member_is(doc, "protocolversion", "2.3") &&
                   member_is(doc, "SerializationVersion", "1.1.0.1");
        else
            good = good && message.type == PSRP_INIT_POOL &&
                   member_is(doc, "MinRunspaces", "1") &&
                   psrp_member(xmlDocGetRootElement(doc), "HostInfo") != NULL;
        xmlFreeDoc(doc);
        if (!good)
            return -1;
        seen++;
    }
    return seen == 2 && in->bytes.len == 0 ? 0 : -1;
}

static int parse_creation(struct pool *pool, const xmlNode *node)
{
    xmlChar *text = xmlNodeGetContent(node);
    struct psrp_in in;
    size_t n;
    int rc = -1;

    psrp_in_init(&in);
    if (text != NULL && body_decode(text, &n) == 0) {
        buf_put(&in.bytes, text, n);
        rc = check_creation(pool, &in);
    }
    xmlFree(text);
    psrp_in_free(&in);
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
                       sizeof options->id) != 0 ||
        psrp_guid(options->id, options->pool->id) != 0)
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
            created = good = parse_creation(options->pool, node) == 0;
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

static struct pool *new_pool(const char *configuration)
{
    struct pool *pool = calloc(1, sizeof *pool);
    size_t i, n = sizeof configurations / sizeof *configurations;

    if (pool == NULL)
        return NULL;
    for (i = 0; i < n; i++)
        if (strcmp(configurations[i].name, configuration) == 0)
            break;
    if (i == n) {
        free(pool);
        return NULL;
    }
    pool->no_language = configurations[i].no_language;
    snprintf(pool->configuration, sizeof pool->configuration, "%s",
             configurations[i].name);
    pthread_mutex_init(&pool->lock, NULL);
    buf_init(&pool->pending, PSRP_MESSAGE_MAX);
    return pool;
}

static void write_shell(const struct shell *shell,
                        const struct caller *caller,
                        const struct request *request, struct buf *out)
{
    const char *name = shell->options.pool->configuration;
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

    options.pool = new_pool(request->configuration);
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
                  shell->options.pool->configuration);
    shell_unref(&shell);
    return 0;
}

/* Recorded: two messages in the first reply, the state in the second. */
static void next_messages(struct pool *pool, struct buf *bytes)
{
    pthread_mutex_lock(&pool->lock);
    if (pool->told == 0) {
        psrp_put(bytes, pool_next_object(pool), PSRP_SESSION_CAPABILITY,
                 NULL, NULL, capability, sizeof capability - 1);
        psrp_put(bytes, pool_next_object(pool), PSRP_PRIVATE_DATA, pool->id,
                 NULL, private_data, sizeof private_data - 1);
    } else if (pool->told == 1) {
        psrp_put(bytes, pool_next_object(pool), PSRP_POOL_STATE, pool->id,
                 NULL, opened, sizeof opened - 1);
    } else {
        buf_put(bytes, pool->pending.data, pool->pending.len);
        buf_clear(&pool->pending);
    }
    pool->told++;
    pthread_mutex_unlock(&pool->lock);
}

int pool_receive(struct shell *shell, const struct request *request,
                 struct buf *out, struct fault *fault)
{
    struct timespec pause = { request->timeout_ms / 1000, 0 };
    struct buf bytes = BUF_INIT(PSRP_MESSAGE_MAX);
    unsigned char *text;

    next_messages(shell->options.pool, &bytes);
    if (bytes.len == 0) { /* nobody else writes here */
        nanosleep(&pause, NULL);
        return fault_set(fault, FAULT_TIMED_OUT, NULL);
    }
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

static void reverse(unsigned char *p, size_t n)
{
    size_t i;

    for (i = 0; i < n / 2; i++) {
        unsigned char c = p[i];

        p[i] = p[n - 1 - i];
        p[n - 1 - i] = c;
    }
}

/* PUBLICKEYBLOB: 06 02 00 00 00 a4 00 00 "RSA1", bits, exponent, modulus. */
static EVP_PKEY *read_public_key(unsigned char *blob, size_t len)
{
    static const unsigned char head[] = {
        6, 2, 0, 0, 0, 0xa4, 0, 0, 'R', 'S', 'A', '1', 0, 8, 0, 0
    };
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    BIGNUM *e = NULL, *n = NULL;
    OSSL_PARAM *params = NULL;
    EVP_PKEY *key = NULL;

    if (len == PUBLIC_HEADER + RSA_BYTES &&
        memcmp(blob, head, sizeof head) == 0) {
        e = BN_lebin2bn(blob + sizeof head, 4, NULL);
        n = BN_lebin2bn(blob + PUBLIC_HEADER, RSA_BYTES, NULL);
    }
    if (e != NULL && n != NULL &&
        OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n) &&
        OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e) &&
        (params = OSSL_PARAM_BLD_to_param(build)) != NULL &&
        EVP_PKEY_fromdata_init(ctx) == 1)
        EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(build);
    EVP_PKEY_CTX_free(ctx);
    BN_free(e);
    BN_free(n);
    return key;
}

/* SIMPLEBLOB of a new key: PKCS #1 v1.5, little endian. */
static int make_key(struct pool *pool, EVP_PKEY *client,
                    unsigned char blob[SIMPLE_HEADER + RSA_BYTES])
{
    static const unsigned char head[SIMPLE_HEADER] = {
        1, 2, 0, 0, 0x10, 0x66, 0, 0, 0, 0xa4, 0, 0
    };
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(client, NULL);
    size_t n = RSA_BYTES;
    int rc = -1;

    memcpy(blob, head, sizeof head);
    if (RAND_bytes(pool->key, KEY_BYTES) == 1 &&
        EVP_PKEY_encrypt_init(ctx) == 1 &&
        EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1 &&
        EVP_PKEY_encrypt(ctx, blob + SIMPLE_HEADER, &n, pool->key,
                         KEY_BYTES) == 1)
        rc = 0;
    reverse(blob + SIMPLE_HEADER, RSA_BYTES);
    EVP_PKEY_CTX_free(ctx);
    return rc;
}

static int answer_key(struct pool *pool, const struct psrp_message *message)
{
    unsigned char blob[SIMPLE_HEADER + RSA_BYTES];
    char text[(sizeof blob + 2) / 3 * 4 + 1];
    xmlDocPtr doc = xmlReadMemory(message->xml, (int)message->len, NULL,
                                  NULL, XML_PARSE_NONET);
    xmlNodePtr node = psrp_member(xmlDocGetRootElement(doc), "PublicKey");
    xmlChar *content = node != NULL ? xmlNodeGetContent(node) : NULL;
    struct buf xml = BUF_INIT(CREATION_MAX);
    EVP_PKEY *key = NULL;
    size_t n;
    int rc = -1;

    if (content != NULL && body_decode(content, &n) == 0)
        key = read_public_key(content, n);
    if (key != NULL && make_key(pool, key, blob) == 0) {
        EVP_EncodeBlock((unsigned char *)text, blob, sizeof blob);
        buf_printf(&xml, "<Obj RefId=\"0\"><MS>"
                   "<S N=\"EncryptedSessionKey\">%s</S></MS></Obj>", text);
        psrp_put(&pool->pending, pool_next_object(pool), PSRP_ENCRYPTED_KEY,
                 NULL, NULL, (char *)xml.data, xml.len);
        pool->has_key = true;
        rc = 0;
    }
    EVP_PKEY_free(key);
    buf_free(&xml);
    xmlFree(content);
    xmlFreeDoc(doc);
    return rc;
}

/* All that clients send to a pool itself here is their public key. */
int pool_send(struct shell *shell, const xmlNode *stream,
              struct fault *fault)
{
    struct pool *pool = shell->options.pool;
    xmlChar *text = xmlNodeGetContent(stream);
    struct psrp_message message;
    struct psrp_in in;
    size_t n;
    int rc = -1;

    psrp_in_init(&in);
    if (text != NULL && body_decode(text, &n) == 0) {
        buf_put(&in.bytes, text, n);
        if (psrp_in_next(&in, &message) == 1 &&
            message.type == PSRP_PUBLIC_KEY) {
            pthread_mutex_lock(&pool->lock);
            rc = answer_key(pool, &message);
            pthread_mutex_unlock(&pool->lock);
        }
    }
    psrp_in_free(&in);
    xmlFree(text);
    return rc == 0 ? 0 : fault_set(fault, FAULT_SCHEMA, NULL);
}

/* AES-256-CBC, an IV of zeros, UTF-16LE: ASCII is enough for the tests. */
int pool_decrypt(const struct pool *pool, const char *base64, char *text,
                 size_t size)
{
    static const unsigned char iv[16];
    unsigned char sealed[1024], open[1024];
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    size_t n = 0, i;
    int len = 0, last = 0, rc = -1;

    if (strlen(base64) < sizeof sealed) {
        memcpy(sealed, base64, strlen(base64) + 1);
        if (pool->has_key && body_decode(sealed, &n) == 0 &&
            EVP_DecryptInit_ex(ctx, EVP_aes_256_cbc(), NULL, pool->key, iv)
                == 1 &&
            EVP_DecryptUpdate(ctx, open, &len, sealed, (int)n) == 1 &&
            EVP_DecryptFinal_ex(ctx, open + len, &last) == 1)
            rc = 0;
    }
    EVP_CIPHER_CTX_free(ctx);
    n = (size_t)(len + last) / 2;
    if (rc != 0 || n >= size)
        return -1;
    for (i = 0; i < n; i++)
        text[i] = (char)open[2 * i];
    text[n] = '\0';
    return 0;
}
