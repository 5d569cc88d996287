/* recording.c - reads recordings of real Windows hosts. */
#include "recording.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <yaml.h>

#include "unit.h"

const char *recording_folder(void)
{
    static char beside[4096];
    const char *folder = getenv("CREDSSP_RECORDINGS");
    const char *srcdir = getenv("srcdir");

    if (folder == NULL) {
        snprintf(beside, sizeof beside, "%s/../shared/recordings",
                 srcdir != NULL ? srcdir : ".");
        folder = beside;
    }
    return access(folder, R_OK) == 0 ? folder : NULL;
}

/* The value of a mapping's key, or NULL. */
static yaml_node_t *value_of(yaml_document_t *doc, const yaml_node_t *mapping,
                             const char *name)
{
    const yaml_node_pair_t *pair;

    if (mapping == NULL || mapping->type != YAML_MAPPING_NODE)
        return NULL;
    for (pair = mapping->data.mapping.pairs.start;
         pair < mapping->data.mapping.pairs.top; pair++) {
        yaml_node_t *key = yaml_document_get_node(doc, pair->key);

        if (key->type == YAML_SCALAR_NODE
            && strcmp((const char *)key->data.scalar.value, name) == 0)
            return yaml_document_get_node(doc, pair->value);
    }
    return NULL;
}

/* A copy of a scalar's text; NULL for anything else. */
static char *text_of(const yaml_node_t *node)
{
    char *text;

    if (node == NULL || node->type != YAML_SCALAR_NODE)
        return NULL;
    text = strndup((const char *)node->data.scalar.value,
                   node->data.scalar.length);
    assert_non_null(text);
    return text;
}

static void take_message(yaml_document_t *doc, yaml_node_t *node,
                         struct recorded *recorded)
{
    char *code = text_of(value_of(doc, value_of(doc, node, "transport_error"),
                                  "code"));

    recorded->request = text_of(value_of(doc, node, "request"));
    recorded->response = text_of(value_of(doc, node, "response"));
    recorded->status = code != NULL ? (int)strtol(code, NULL, 10) : 200;
    assert_non_null(recorded->request);
    assert_non_null(recorded->response);
    free(code);
}

static void take_document(yaml_document_t *doc, struct recording *recording)
{
    yaml_node_t *list = value_of(doc, yaml_document_get_root_node(doc),
                                 "messages");
    const yaml_node_item_t *item;

    assert_non_null(list);
    assert_int_equal(list->type, YAML_SEQUENCE_NODE);
    for (item = list->data.sequence.items.start;
         item < list->data.sequence.items.top; item++) {
        assert_true(recording->count < RECORDING_MESSAGES_MAX);
        take_message(doc, yaml_document_get_node(doc, *item),
                     &recording->messages[recording->count++]);
    }
}

void recording_read(const char *folder, const char *name,
                    struct recording *recording)
{
    yaml_document_t doc;
    yaml_parser_t parser;
    char path[4352];
    FILE *in;

    memset(recording, 0, sizeof *recording);
    snprintf(path, sizeof path, "%s/%s.yml", folder, name);
    in = fopen(path, "r");
    if (in == NULL)
        fail_msg("%s cannot be read", path);
    assert_int_equal(yaml_parser_initialize(&parser), 1);
    yaml_parser_set_input_file(&parser, in);
    if (yaml_parser_load(&parser, &doc) != 1)
        fail_msg("%s is no YAML: %s", path, parser.problem);
    take_document(&doc, recording);
    yaml_document_delete(&doc);
    yaml_parser_delete(&parser);
    fclose(in);
    assert_true(recording->count > 0);
}

void recording_free(struct recording *recording)
{
    size_t i;

    for (i = 0; i < recording->count; i++) {
        free(recording->messages[i].request);
        free(recording->messages[i].response);
    }
    recording->count = 0;
}
