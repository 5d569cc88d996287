/*
 * fuzz_ps_json.c - serialized objects of a host as JSON.
 *
 * Input: '0', or a letter for a value that is from one of many hosts; then
 * the document.
 */
#include "fuzz.h"

#include <jansson.h>
#include <libxml/xmlerror.h>
#include <string.h>

#include "cli/ps_json.h"
#include "psrp/clixml_reader.h"

/* As much is read back. */
#define TEXT_MAX 1048576

struct json {
    struct buf piece, whole;
    size_t bytes;
};

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    fuzz_own_libxml2();
    return 0;
}

static int flush(void *arg, struct err *err)
{
    struct json *json = arg;

    (void)err;
    fuzz_require(json->piece.len < 2 * PS_JSON_HELD);
    json->bytes += json->piece.len;
    fuzz_require(json->bytes <= PS_JSON_BYTES_MAX);
    if (json->bytes <= TEXT_MAX)
        buf_put(&json->whole, json->piece.data, json->piece.len);
    buf_clear_without_wipe(&json->piece);
    return 0;
}

/* jansson's numbers have limits that JSON's do not. */
static void read_back(const struct json *json)
{
    uint32_t held = fuzz_hold();
    json_error_t error;
    json_t *value;

    value = json_loadb((char *)json->whole.data, json->whole.len,
                       JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
    fuzz_require(value != NULL ||
                 json_error_code(&error) == json_error_numeric_overflow);
    json_decref(value);
    fuzz_resume(held);
}

static int convert(struct json *json, const char *host,
                   const struct clixml *value, struct err *err)
{
    const struct ps_json_out out = { &json->piece, flush, json };

    if (ps_json_put(&out, host, value, err) != 0) {
        fuzz_require(json->piece.len == 0 || json->bytes > 0);
        return -1;
    }
    (void)flush(json, err);
    if (json->bytes <= TEXT_MAX && json->whole.failed == ERR_NONE)
        read_back(json);
    return 0;
}

static int parse(const uint8_t *data, size_t size, struct err *err)
{
    const char *host = fuzz_u8(&data, &size) >= 'A' ? "win1" : NULL;
    struct json json = { .piece = BUF_INIT(PS_JSON_HELD * 4),
                         .whole = BUF_INIT(TEXT_MAX) };
    struct clixml_reader reader;
    struct clixml *value = NULL;
    int rc;

    clixml_reader_init(&reader);
    rc = clixml_reader_begin(&reader, NULL, NULL, err);
    if (rc == 0)
        rc = clixml_reader_feed(&reader, data, size, err);
    if (rc == 0)
        rc = clixml_reader_end(&reader, &value, err);
    if (rc == 0 && value != NULL)
        rc = convert(&json, host, value, err);
    clixml_reader_free(&reader);
    buf_free(&json.piece);
    buf_free(&json.whole);
    xmlResetLastError();
    return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned seed = fuzz_seed(&data, &size);

    fuzz_twice(parse, seed, data, size);
    return 0;
}
