/*
 * fuzz_clixml.c - serialized objects of a host.
 *
 * Input: how it is fed, '0' as a whole, else in pieces of that many bytes; a
 * letter asks for a string's text as it comes.  Then the document.
 */
#include "fuzz.h"

#include <libxml/xmlerror.h>
#include <string.h>

#include "psrp/clixml.h"
#include "psrp/clixml_reader.h"
#include "psrp/host_call.h"

/* Of a document, with all that libxml2 has for it. */
#define NODES_MAX 2000000

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    fuzz_own_libxml2();
    return 0;
}

static int take_text(void *arg, const char *text, size_t n, struct err *err)
{
    size_t *sum = arg;

    (void)err;
    fuzz_require(n > 0 && text != NULL);
    *sum += n;
    return 0;
}

/* All that is in it, and that each text ends where it says. */
static void walk(const struct clixml *value, unsigned depth, unsigned *nodes)
{
    fuzz_require(depth <= CLIXML_DEPTH_MAX);
    for (; value != NULL; value = value->next) {
        int64_t number;

        fuzz_require(++*nodes < NODES_MAX);
        fuzz_require(value->text == NULL || value->text[value->len] == '\0');
        fuzz_require(clixml_resolve(value)->kind != CLIXML_REFERENCE);
        clixml_text(value);
        if (clixml_int(value, &number))
            fuzz_require(clixml_text(value) != NULL ||
                         value->kind == CLIXML_REFERENCE);
        clixml_get(value, "Message");
        walk(value->value, depth + 1, nodes);
        walk(value->items, depth + 1, nodes);
        walk(value->properties, depth + 1, nodes);
        walk(value->members, depth + 1, nodes);
    }
}

static int feed(struct clixml_reader *reader, const uint8_t *data,
                size_t size, size_t piece, struct err *err)
{
    while (size > 0) {
        size_t n = piece == 0 || piece > size ? size : piece;

        if (clixml_reader_feed(reader, data, n, err) != 0)
            return -1;
        data += n;
        size -= n;
    }
    return 0;
}

static int parse(const uint8_t *data, size_t size, struct err *err)
{
    uint8_t how = fuzz_u8(&data, &size);
    size_t streamed = 0, piece = how < '0' ? 0 : (how - 48U) % 64;
    struct clixml_reader reader;
    struct clixml *value = NULL;
    struct host_call call;
    struct err other = ERR_INIT;
    unsigned nodes = 0;
    int rc;

    clixml_reader_init(&reader);
    rc = clixml_reader_begin(&reader, how >= 'A' ? take_text : NULL,
                             &streamed, err);
    if (rc == 0)
        rc = feed(&reader, data, size, piece, err);
    if (rc == 0)
        rc = clixml_reader_end(&reader, &value, err);
    fuzz_require(reader.arena.used <= CLIXML_BYTES_MAX);
    if (rc == 0) {
        walk(value, 0, &nodes);
        fuzz_check(host_call_parse(value, &call, &other), &other, 0);
    }
    clixml_reader_free(&reader);
    xmlResetLastError();
    return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned seed = fuzz_seed(&data, &size);

    fuzz_twice(parse, seed, data, size);
    return 0;
}
