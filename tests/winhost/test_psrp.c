/*
 * test_psrp.c - the stand-in's PowerShell remoting: fragments, ids, order,
 * stop, the session key, host calls.  The client is written by hand.
 */
#include "psrp_client.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "soap_body.h"

#define BYTES_MAX 1048576
#define SIGNAL_PS NS_POWERSHELL "/signal/"
#define SIGNAL_SHELL NS_SHELL "/signal/"
#define FAULT_TIMED_OUT_CODE "2150858793"
#define FAULT_SHELL_GONE "2150858843"

static void start(struct psrp_client *c, const char *script)
{
    struct buf first = BUF_INIT(BYTES_MAX);

    client_script(c, &first, script);
    assert_int_equal(client_command(c, CLIENT_POOL, CLIENT_PIPELINE, &first),
                     200);
    buf_free(&first);
}

/* -- fragments -- */

static void a_message_may_be_cut_anywhere(void **state)
{
    struct psrp_client *c = *state;
    struct psrp_message message;
    struct psrp_in in;
    struct buf all = BUF_INIT(4096);
    size_t cut;

    c->blob = 7;
    client_put(c, &all, PSRP_INPUT, c->pipeline, "<S>one two</S>");
    for (cut = 1; cut < all.len; cut++) {
        psrp_in_init(&in, PSRP_TO_SERVER);
        buf_put(&in.bytes, all.data, cut);
        assert_int_equal(psrp_in_next(&in, &message), 0);
        buf_put(&in.bytes, all.data + cut, all.len - cut);
        assert_int_equal(psrp_in_next(&in, &message), 1);
        assert_int_equal(message.type, PSRP_INPUT);
        assert_string_equal(message.xml, "<S>one two</S>");
        assert_memory_equal(message.pipeline, c->pipeline, PSRP_GUID);
        assert_int_equal(psrp_in_next(&in, &message), 0);
        psrp_in_free(&in);
    }
    buf_free(&all);
}

static void fragments_that_do_not_belong(void **state)
{
    /* What is wrong in the second of two fragments: where, and what. */
    static const struct { size_t at; unsigned char value; } wrong[] = {
        { 7, 9 },   /* another ObjectId */
        { 15, 2 },  /* FragmentId 2 behind 0 */
        { 15, 0 },  /* FragmentId 0 twice */
        { 16, 3 },  /* a start within a message */
        { 16, 8 },  /* a flag that there is not */
    };
    struct psrp_client *c = *state;
    size_t i;

    c->blob = 40;
    for (i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct buf all = BUF_INIT(4096);
        struct psrp_message message;
        struct psrp_in in;

        client_put(c, &all, PSRP_INPUT, c->pipeline, "<S>1</S>");
        all.data[21 + 40 + wrong[i].at] = wrong[i].value;
        psrp_in_init(&in, PSRP_TO_SERVER);
        buf_put(&in.bytes, all.data, all.len);
        assert_int_equal(psrp_in_next(&in, &message), -1);
        psrp_in_free(&in);
        buf_free(&all);
    }
}

/* CREATE_PIPELINE in small fragments: one on Command, the others by Send,
 * many in one and one in many. */
static void a_script_in_many_fragments(void **state)
{
    struct psrp_client *c = *state;
    struct buf all = BUF_INIT(BYTES_MAX), part = BUF_INIT(BYTES_MAX);
    size_t first = 21 + 100, half;

    client_open(c, "Microsoft.PowerShell");
    c->blob = 100;
    client_script(c, &all, "1+1");
    buf_put(&part, all.data, first);
    assert_int_equal(client_command(c, CLIENT_POOL, CLIENT_PIPELINE, &part),
                     200);
    half = (all.len - first) / 2 + first + 5;
    assert_int_equal(client_send(c, CLIENT_PIPELINE, "stdin",
                                 all.data + first, half - first), 200);
    assert_int_equal(client_send(c, CLIENT_PIPELINE, "stdin",
                                 all.data + half, all.len - half), 200);
    assert_non_null(client_await(c, CLIENT_PIPELINE, PSRP_STATE));
    assert_string_equal(client_find(c, PSRP_OUTPUT), "<I32>2</I32>");
    buf_free(&all);
    buf_free(&part);
}

static void a_wrong_object_ends_the_pipeline(void **state)
{
    struct psrp_client *c = *state;
    struct buf all = BUF_INIT(BYTES_MAX), part = BUF_INIT(BYTES_MAX);
    bool done;

    client_open(c, "Microsoft.PowerShell");
    c->blob = 100;
    client_script(c, &all, "1+1");
    buf_put(&part, all.data, 121);
    assert_int_equal(client_command(c, CLIENT_POOL, CLIENT_PIPELINE, &part),
                     200);
    all.data[121 + 7]++;
    assert_int_equal(client_send(c, CLIENT_PIPELINE, "stdin",
                                 all.data + 121, all.len - 121), 200);
    assert_int_equal(client_receive(c, CLIENT_PIPELINE, "PT20S", &done), 200);
    assert_true(done);
    assert_null(client_find(c, PSRP_OUTPUT));
    buf_free(&all);
    buf_free(&part);
}

/* -- order and ids -- */

/* Trap 6 of those who wrote clients: it hangs. */
static void a_command_before_opened_waits(void **state)
{
    struct psrp_client *c = *state;
    struct buf creation = BUF_INIT(BYTES_MAX);
    bool done;

    client_put_opening(c, &creation);
    assert_int_equal(client_create(c, "Microsoft.PowerShell", &creation),
                     200);
    start(c, "1+1");
    assert_int_equal(client_receive(c, CLIENT_PIPELINE, "PT1S", &done), 500);
    assert_non_null(strstr((char *)c->answer.data, FAULT_TIMED_OUT_CODE));
    assert_int_equal(client_receive(c, NULL, "PT1S", &done), 200);
    assert_int_equal(client_receive(c, CLIENT_PIPELINE, "PT1S", &done), 500);
    assert_int_equal(client_receive(c, NULL, "PT1S", &done), 200);
    assert_non_null(client_await(c, CLIENT_PIPELINE, PSRP_OUTPUT));
    buf_free(&creation);
}

static void a_pool_that_is_not_there(void **state)
{
    struct psrp_client *c = *state;
    struct buf first = BUF_INIT(BYTES_MAX);

    client_open(c, "Microsoft.PowerShell");
    client_script(c, &first, "1+1");
    assert_int_equal(client_command(c, CLIENT_OTHER, CLIENT_PIPELINE, &first),
                     500);
    assert_non_null(strstr((char *)c->answer.data, FAULT_SHELL_GONE));
    buf_free(&first);
}

/* Its messages name another pool than the shell's. */
static void messages_of_another_pool(void **state)
{
    struct psrp_client *c = *state;
    struct buf bytes = BUF_INIT(BYTES_MAX);
    bool done;

    client_open(c, "Microsoft.PowerShell");
    assert_int_equal(psrp_guid(CLIENT_OTHER, c->pool), 0);
    client_put(c, &bytes, PSRP_GET_AVAILABLE_RUNSPACES, NULL,
               "<Obj RefId=\"0\"><MS><I64 N=\"ci\">1</I64></MS></Obj>");
    assert_int_equal(client_send(c, NULL, "stdin", bytes.data, bytes.len),
                     500);
    start(c, "1+1");
    assert_int_equal(client_receive(c, CLIENT_PIPELINE, "PT20S", &done), 200);
    assert_true(done);
    assert_null(client_find(c, PSRP_OUTPUT));
    buf_free(&bytes);
}

static void what_does_not_open_a_pool(void **state)
{
    static const char *const capabilities[] = {
        "<Obj RefId=\"0\"><MS><Version N=\"protocolversion\">3.0</Version>"
        "<Version N=\"PSVersion\">2.0</Version>"
        "<Version N=\"SerializationVersion\">1.1.0.1</Version></MS></Obj>",
        "<Obj RefId=\"0\"><MS></MS></Obj>", "no CLIXML",
    };
    struct psrp_client *c = *state;
    size_t i;

    for (i = 0; i < sizeof capabilities / sizeof *capabilities; i++) {
        struct buf creation = BUF_INIT(BYTES_MAX);

        client_put(c, &creation, PSRP_SESSION_CAPABILITY, NULL,
                   capabilities[i]);
        assert_int_equal(client_create(c, "Microsoft.PowerShell", &creation),
                         500);
        buf_free(&creation);
    }
}

static void two_pipelines_of_a_pool(void **state)
{
    struct psrp_client *c = *state;
    struct buf first = BUF_INIT(BYTES_MAX);

    client_open(c, "Microsoft.PowerShell");
    start(c, "Start-Sleep 1; 10+1");
    assert_int_equal(psrp_guid(CLIENT_OTHER, c->pipeline), 0);
    client_script(c, &first, "20+2");
    assert_int_equal(client_command(c, CLIENT_POOL, CLIENT_OTHER, &first),
                     200);
    assert_non_null(client_await(c, CLIENT_OTHER, PSRP_STATE));
    assert_string_equal(client_find(c, PSRP_OUTPUT), "<I32>22</I32>");
    while (c->count > 0)
        free(c->messages[--c->count].xml);
    assert_non_null(client_await(c, CLIENT_PIPELINE, PSRP_STATE));
    assert_string_equal(client_find(c, PSRP_OUTPUT), "<I32>11</I32>");
    buf_free(&first);
}

/* -- stop -- */

static void crtl_c_stops_and_tells(void **state)
{
    struct psrp_client *c = *state;

    client_open(c, "Microsoft.PowerShell");
    start(c, "1+1; Start-Sleep 60; 2+2");
    assert_non_null(client_await(c, CLIENT_PIPELINE, PSRP_OUTPUT));
    assert_int_equal(client_signal(c, CLIENT_PIPELINE, SIGNAL_PS "crtl_c"),
                     200);
    assert_non_null(client_await(c, CLIENT_PIPELINE, PSRP_STATE));
    assert_non_null(strstr(client_find(c, PSRP_STATE), ">3<"));
}

/* Any other code closes: nothing more is told. */
static void other_signals_close(void **state)
{
    static const char *const codes[] = {
        SIGNAL_SHELL "ctrl_c", SIGNAL_PS "ctrl_c", SIGNAL_SHELL "Terminate",
    };
    struct psrp_client *c = *state;
    size_t i;
    bool done;

    client_open(c, "Microsoft.PowerShell");
    for (i = 0; i < sizeof codes / sizeof *codes; i++) {
        start(c, "Start-Sleep 60");
        assert_int_equal(client_signal(c, CLIENT_PIPELINE, codes[i]), 200);
        assert_int_equal(client_receive(c, CLIENT_PIPELINE, "PT20S", &done),
                         500);
        assert_null(client_find(c, PSRP_STATE));
    }
}

/* -- the session key, with OpenSSL on this end, too -- */

static void reverse(unsigned char *p, size_t n)
{
    size_t i;

    for (i = 0; i < n / 2; i++) {
        unsigned char c = p[i];

        p[i] = p[n - 1 - i];
        p[n - 1 - i] = c;
    }
}

static void put_public_key(struct psrp_client *c, EVP_PKEY *rsa,
                           struct buf *out)
{
    unsigned char blob[276] = {
        6, 2, 0, 0, 0, 0xa4, 0, 0, 'R', 'S', 'A', '1', 0, 8, 0, 0, 1, 0, 1, 0
    };
    char xml[1024], text[512];
    BIGNUM *n = NULL;

    assert_int_equal(EVP_PKEY_get_bn_param(rsa, OSSL_PKEY_PARAM_RSA_N, &n),
                     1);
    assert_int_equal(BN_bn2lebinpad(n, blob + 20, 256), 256);
    BN_free(n);
    EVP_EncodeBlock((unsigned char *)text, blob, sizeof blob);
    snprintf(xml, sizeof xml, "<Obj RefId=\"0\"><MS><S N=\"PublicKey\">%s</S>"
             "</MS></Obj>", text);
    client_put(c, out, PSRP_PUBLIC_KEY, NULL, xml);
}

/* SIMPLEBLOB: CALG_AES_256 for CALG_RSA_KEYX. */
static void take_session_key(EVP_PKEY *rsa, const char *xml,
                             unsigned char key[32])
{
    static const unsigned char head[12] = {
        1, 2, 0, 0, 0x10, 0x66, 0, 0, 0, 0xa4, 0, 0
    };
    unsigned char blob[512];
    const char *text = strstr(xml, "EncryptedSessionKey\">") + 21;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(rsa, NULL);
    size_t n = strcspn(text, "<"), len = 256;
    unsigned char open[256];

    assert_int_equal(n, 360);
    assert_true(EVP_DecodeBlock(blob, (const unsigned char *)text, (int)n)
                >= 268);
    assert_memory_equal(blob, head, sizeof head);
    reverse(blob + 12, 256);
    assert_int_equal(EVP_PKEY_decrypt_init(ctx), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING), 1);
    assert_int_equal(EVP_PKEY_decrypt(ctx, open, &len, blob + 12, 256), 1);
    assert_int_equal(len, 32);
    memcpy(key, open, 32);
    EVP_PKEY_CTX_free(ctx);
}

static int cipher(const unsigned char key[32], int encrypt, const void *in,
                  int n, unsigned char *out)
{
    static const unsigned char iv[16];
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    int len, rest;

    assert_int_equal(EVP_CipherInit_ex(ctx, EVP_aes_256_cbc(), NULL, key, iv,
                                       encrypt), 1);
    assert_int_equal(EVP_CipherUpdate(ctx, out, &len, in, n), 1);
    assert_int_equal(EVP_CipherFinal_ex(ctx, out + len, &rest), 1);
    EVP_CIPHER_CTX_free(ctx);
    return len + rest;
}

static void exchange(struct psrp_client *c, unsigned char key[32])
{
    EVP_PKEY *rsa = EVP_RSA_gen(2048);
    struct buf bytes = BUF_INIT(4096);

    assert_non_null(rsa);
    put_public_key(c, rsa, &bytes);
    assert_int_equal(client_send(c, NULL, "stdin", bytes.data, bytes.len),
                     200);
    assert_non_null(client_await(c, NULL, PSRP_ENCRYPTED_KEY));
    take_session_key(rsa, client_find(c, PSRP_ENCRYPTED_KEY), key);
    EVP_PKEY_free(rsa);
    buf_free(&bytes);
}

#define REVEAL "[System.Net.NetworkCredential]::new('', $s).Password"

/* MS-PSRP 2.2.5.1.24: UTF-16LE; U+2602 and a surrogate pair are in it. */
static void what_the_client_seals_is_opened(void **state)
{
    static const unsigned char secret[] = {
        'p', 0, 0xe4, 0, 0x02, 0x26, 0x34, 0xd8, 0x1e, 0xdd
    };
    struct psrp_client *c = *state;
    unsigned char key[32], sealed[64];
    char text[128], xml[1024];
    struct buf answer = BUF_INIT(4096);
    int n;

    client_open(c, "Microsoft.PowerShell");
    start(c, "$s = Read-Host -AsSecureString; " REVEAL);
    assert_non_null(client_await(c, CLIENT_PIPELINE, PSRP_HOST_CALL));
    assert_non_null(strstr(client_find(c, PSRP_HOST_CALL), "<I32>12</I32>"));
    exchange(c, key);
    n = cipher(key, 1, secret, sizeof secret, sealed);
    EVP_EncodeBlock((unsigned char *)text, sealed, n);
    snprintf(xml, sizeof xml, "<Obj RefId=\"0\"><MS><I64 N=\"ci\">1</I64>"
             "<Obj N=\"mi\" RefId=\"1\"><ToString>ReadLineAsSecureString"
             "</ToString><I32>12</I32></Obj><SS N=\"mr\">%s</SS></MS></Obj>",
             text);
    client_put(c, &answer, PSRP_HOST_RESPONSE, c->pipeline, xml);
    assert_int_equal(client_send(c, CLIENT_PIPELINE, "pr", answer.data,
                                 answer.len), 200);
    assert_non_null(client_await(c, CLIENT_PIPELINE, PSRP_STATE));
    assert_string_equal(client_find(c, PSRP_OUTPUT),
                        "<S>p\xc3\xa4\xe2\x98\x82\xf0\x9d\x84\x9e</S>");
    buf_free(&answer);
}

/* The server has a secret to send: it asks for the client's key. */
static void the_host_asks_for_a_key(void **state)
{
    struct psrp_client *c = *state;
    unsigned char key[32], sealed[64], open[64];
    const char *text;

    client_open(c, "Microsoft.PowerShell");
    start(c, "ConvertTo-SecureString 'abc' -AsPlainText -Force");
    assert_non_null(client_await(c, NULL, PSRP_PUBLIC_KEY_REQUEST));
    exchange(c, key);
    assert_non_null(client_await(c, CLIENT_PIPELINE, PSRP_STATE));
    text = client_find(c, PSRP_OUTPUT);
    assert_non_null(text);
    assert_memory_equal(text, "<SS>", 4);
    assert_int_equal(strcspn(text + 4, "<"), 24);
    assert_int_equal(EVP_DecodeBlock(sealed,
                                     (const unsigned char *)text + 4, 24),
                     18);
    assert_int_equal(cipher(key, 0, sealed, 16, open), 6);
    assert_memory_equal(open, "a\0b\0c", 6);
}

static void what_is_no_key(void **state)
{
    struct psrp_client *c = *state;
    struct buf bytes = BUF_INIT(4096);

    client_open(c, "Microsoft.PowerShell");
    client_put(c, &bytes, PSRP_PUBLIC_KEY, NULL, "<Obj RefId=\"0\"><MS>"
               "<S N=\"PublicKey\">BgIAAACkAABSU0Ex</S></MS></Obj>");
    assert_int_equal(client_send(c, NULL, "stdin", bytes.data, bytes.len),
                     500);
    buf_free(&bytes);
}

int main(void)
{
#define STORY(f) \
    cmocka_unit_test_setup_teardown(f, client_set_up, client_tear_down)
    const struct CMUnitTest tests[] = {
        STORY(a_message_may_be_cut_anywhere),
        STORY(fragments_that_do_not_belong),
        STORY(a_script_in_many_fragments),
        STORY(a_wrong_object_ends_the_pipeline),
        STORY(a_command_before_opened_waits),
        STORY(a_pool_that_is_not_there),
        STORY(messages_of_another_pool),
        STORY(what_does_not_open_a_pool),
        STORY(two_pipelines_of_a_pool),
        STORY(crtl_c_stops_and_tells),
        STORY(other_signals_close),
        STORY(what_the_client_seals_is_opened),
        STORY(the_host_asks_for_a_key),
        STORY(what_is_no_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
