/* fuzz_soap.c - a host's SOAP envelope and the fault in it. */
#include "fuzz.h"

#include <libxml/xmlerror.h>
#include <string.h>

#include "wsman/faults.h"
#include "wsman/soap.h"
#include "wsman/uri.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    fuzz_own_libxml2();
    return 0;
}

static int look_for_fault(xmlDocPtr doc)
{
    struct fault fault;
    struct err err = ERR_INIT;

    if (!fault_parse(doc, &fault))
        return 0;
    fuzz_require(memchr(fault.reason, '\0', sizeof fault.reason) != NULL);
    fuzz_require(memchr(fault.message, '\0', sizeof fault.message) != NULL);
    fuzz_require(memchr(fault.subcode, '\0', sizeof fault.subcode) != NULL);
    fuzz_check(fault_error(&err, STAGE_COMMAND, &fault), &err, 0);
    return 1;
}

static void look_into(xmlDocPtr doc)
{
    const xmlNode *node;

    fuzz_require(soap_body(doc) != NULL);
    for (node = soap_body(doc)->children; node != NULL; node = node->next) {
        xmlChar *text = soap_text(node);

        fuzz_require(text == NULL || strlen((char *)text) < SOAP_BYTES_MAX);
        soap_attribute(node, "Name");
        soap_child(node, NS_SHELL, "Stream");
    }
    soap_child(soap_header(doc), NS_ADDRESSING, "RelatesTo");
}

static int parse(const uint8_t *data, size_t size, struct err *err)
{
    xmlDocPtr doc = NULL;
    int r = soap_parse(data, size, STAGE_COMMAND, &doc, err);

    if (r == 0) {
        look_into(doc);
        look_for_fault(doc);
        xmlFreeDoc(doc);
    }
    xmlResetLastError();
    return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned seed = fuzz_seed(&data, &size);

    fuzz_twice(parse, seed, data, size);
    return 0;
}
