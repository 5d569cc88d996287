/* replay.c - plays one recorded exchange. */
#include "replay.h"

#include <stdio.h>

#include "unit.h"
#include "wsman/soap.h"

xmlDocPtr replay_parse(const char *text)
{
    struct err err = ERR_INIT;
    xmlDocPtr doc;

    assert_ok(soap_parse((const unsigned char *)text, strlen(text),
                         STAGE_START, &doc, &err), &err);
    return doc;
}

const char *replay_header(xmlDocPtr doc, const char *ns, const char *name)
{
    const char *text = (const char *)soap_text(soap_child(soap_header(doc),
                                                          ns, name));

    assert_non_null(text);
    return text;
}

const xmlNode *replay_first_child(const xmlNode *parent)
{
    return parent != NULL ? comparison_element(parent->children) : NULL;
}

const char *replay_option(xmlDocPtr doc, const char *name)
{
    const xmlNode *set = soap_child(soap_header(doc), NS_WSMAN, "OptionSet");
    const xmlNode *node = replay_first_child(set);

    while (node != NULL && strcmp(soap_attribute(node, "Name"), name) != 0)
        node = comparison_element(node->next);
    return (const char *)soap_text(node);
}

/* The url, timeout and envelope of the recorded client, and its answer. */
static void prepare(struct replay *replay, const struct recorded *message,
                    xmlDocPtr recorded)
{
    struct wsman *wsman = &replay->wsman;

    snprintf(wsman->url, sizeof wsman->url, "%s",
             replay_header(recorded, NS_ADDRESSING, "To"));
    assert_int_equal(sscanf(replay_header(recorded, NS_WSMAN,
                                          "OperationTimeout"), "PT%uS",
                            &wsman->timeout_s), 1);
    assert_int_equal(sscanf(replay_header(recorded, NS_WSMAN,
                                          "MaxEnvelopeSize"), "%u",
                            &wsman->max_envelope), 1);
    wsman->max_request = wsman->max_envelope;
    host_answers(&replay->host, message->status, message->response);
    replay->host.id = replay_header(recorded, NS_ADDRESSING, "MessageID")
                      + strlen("uuid:");
}

static void compare(const struct replay *replay, const char *action,
                    xmlDocPtr recorded)
{
    struct comparison comparison = {
        .meant = replay->meant, .count = replay->meant_count,
    };
    xmlDocPtr ours = replay_parse((const char *)replay->host.request.data);

    if (!comparison_holds(&comparison, xmlDocGetRootElement(ours),
                          xmlDocGetRootElement(recorded)))
        fail_msg("%s: %s", action, comparison.differs);
    xmlFreeDoc(ours);
}

int replay_exchange(struct replay *replay, const struct recorded *message,
                    replay_call_fn *call, struct err *err)
{
    xmlDocPtr recorded = replay_parse(message->request);
    const char *action = replay_header(recorded, NS_ADDRESSING, "Action");
    unsigned before = replay->host.requests;
    int r;

    prepare(replay, message, recorded);
    r = call(replay, action, recorded, err);
    assert_int_equal(replay->host.requests, before + 1);
    compare(replay, action, recorded);
    xmlFreeDoc(recorded);
    return r;
}
