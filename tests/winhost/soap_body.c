/* soap_body.c - checks that the operations on shells share. */
#include "soap_body.h"

#include <string.h>
#include <strings.h>

int body_invalid(const xmlNode *node, struct fault *fault)
{
    return fault_set(fault, FAULT_SCHEMA,
                     "The Windows Remote Shell cannot process the request. "
                     "The SOAP packet contains an element %.64s that is "
                     "invalid. Retry the request with the correct XML "
                     "element. ", (const char *)node->name);
}

/* The Body's element; anything else does not match the schema. */
int body_require(const struct request *request, const char *name,
                           struct fault *fault)
{
    if (request->content == NULL)
        return fault_set(fault, FAULT_SOAP_BODY, NULL);
    if (!soap_is(request->content, NS_SHELL, name))
        return body_invalid(request->content, fault);
    return 0;
}

/* An option that must be complied with has to be known to the operation. */
int body_check_options(const struct request *request,
                         const char *const known[], struct fault *fault)
{
    size_t i, j;

    for (i = 0; i < request->option_count; i++) {
        for (j = 0; known[j] != NULL; j++)
            if (strcasecmp(known[j], request->options[i].name) == 0)
                break;
        if (known[j] == NULL && request->options[i].must_comply)
            return fault_set(fault, FAULT_OPTIONS, NULL);
    }
    return 0;
}

bool body_option(const struct request *request, const char *name)
{
    const char *value = request_option(request, name);

    return value != NULL && (strcasecmp(value, "true") == 0
                             || strcmp(value, "1") == 0);
}

bool body_names_command(const xmlNode *node)
{
    return xmlHasProp(node, (const xmlChar *)"CommandId") != NULL;
}

/* The command that an attribute CommandId of node names. */
struct command *body_command(struct shell *shell, const xmlNode *node,
                                    struct fault *fault)
{
    char id[64];

    if (soap_attribute(node, "CommandId", id, sizeof id) != 0) {
        fault_set(fault, FAULT_BAD_COMMAND, NULL);
        return NULL;
    }
    return shell_find_command(shell, id, fault);
}
