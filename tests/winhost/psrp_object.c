/* psrp_object.c - members of objects, secrets, and the host's own types. */
#include "psrp_object.h"

#include <ctype.h>
#include <libxml/parser.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "psrp_console.h"
#include "soap_in.h"

char *object_string(xmlNodePtr node)
{
    char *text = (char *)xmlNodeGetContent(node), *to = text, *p;
    unsigned unit;

    for (p = text; p != NULL && *p != '\0'; p++) {
        if (strncmp(p, "_x", 2) == 0 && sscanf(p + 2, "%4x", &unit) == 1 &&
            strlen(p) >= 7 && p[6] == '_') {
            *to++ = (char)unit;
            p += 6;
        } else {
            *to++ = *p;
        }
    }
    if (to != NULL)
        *to = '\0';
    return text;
}

static bool is_element(const xmlNode *node, const char *name)
{
    return node != NULL && strcmp((const char *)node->name, name) == 0;
}

static xmlNodePtr child(xmlNodePtr node, const char *name)
{
    xmlNodePtr at = node == NULL ? NULL : soap_elements(node->children);

    while (at != NULL && !is_element(at, name))
        at = soap_elements(at->next);
    return at;
}

/* As PowerShell's formatting prints it, where the tests look. */
static void put_text(struct item *item, xmlNodePtr node)
{
    xmlNodePtr to_string = child(node, "ToString"), one;
    char *text;
    unsigned long c;

    if (is_element(node, "SS")) {
        buf_printf(&item->text, "System.Security.SecureString");
        return;
    }
    if (is_element(node, "Obj") && to_string == NULL &&
        child(node, "LST") != NULL) {
        one = soap_elements(child(node, "LST")->children);
        for (; one != NULL; one = soap_elements(one->next)) {
            put_text(item, one);
            if (soap_elements(one->next) != NULL)
                buf_put_u8(&item->text, ' ');
        }
        return;
    }
    if (is_element(node, "Nil") ||
        (is_element(node, "Obj") && to_string == NULL))
        return;
    text = object_string(to_string != NULL ? to_string : node);
    c = is_element(node, "C") ? strtoul(text, NULL, 10) : 0;
    if (c >= 0x20 && c < 0x80)
        buf_put_u8(&item->text, (uint8_t)c);
    else
        buf_put(&item->text, text, strlen(text));
    xmlFree(text);
}

void object_read(struct item *item, xmlNodePtr node)
{
    xmlBufferPtr out = xmlBufferCreate();
    xmlNodePtr copy = xmlDocCopyNode(node, node->doc, 1);

    xmlUnsetProp(copy, (const xmlChar *)"N");
    xmlNodeDump(out, node->doc, copy, 0, 0);
    buf_clear(&item->xml);
    buf_clear(&item->text);
    buf_put(&item->xml, xmlBufferContent(out), (size_t)xmlBufferLength(out));
    put_text(item, node);
    xmlFreeNode(copy);
    xmlBufferFree(out);
}

static xmlDocPtr parse(const struct item *item)
{
    return xmlReadMemory((char *)item->xml.data, (int)item->xml.len, NULL,
                         NULL, XML_PARSE_NONET | XML_PARSE_HUGE);
}

/* A dictionary's value by its key. */
static xmlNodePtr entry(xmlNodePtr dictionary, const char *name)
{
    xmlNodePtr at = dictionary == NULL ? NULL
                                       : soap_elements(dictionary->children);

    for (; at != NULL; at = soap_elements(at->next)) {
        xmlNodePtr key = soap_elements(at->children);
        char *text = key != NULL ? object_string(key) : NULL;
        bool found = text != NULL && strcasecmp(text, name) == 0;

        xmlFree(text);
        if (found)
            return soap_elements(key->next);
    }
    return NULL;
}

/* PowerShell compares the names of members without case. */
static xmlNodePtr member(xmlNodePtr object, const char *name)
{
    xmlNodePtr part = object == NULL ? NULL : soap_elements(object->children);
    char n[64];

    for (; part != NULL; part = soap_elements(part->next)) {
        xmlNodePtr at = soap_elements(part->children);

        if (!is_element(part, "MS") && !is_element(part, "Props"))
            continue;
        for (; at != NULL; at = soap_elements(at->next))
            if (soap_attribute(at, "N", n, sizeof n) == 0 &&
                strcasecmp(n, name) == 0)
                return at;
    }
    return entry(child(object, "DCT"), name);
}

static int take_member(struct item *item, const char *name)
{
    xmlDocPtr doc = parse(item);
    xmlNodePtr found = member(xmlDocGetRootElement(doc), name);

    if (found != NULL)
        object_read(item, found);
    xmlFreeDoc(doc);
    return found != NULL ? 0 : -1;
}

int object_reveal(struct script *s, const struct item *item,
                  struct item *text)
{
    xmlDocPtr doc = parse(item);
    xmlNodePtr root = xmlDocGetRootElement(doc);
    xmlChar *sealed = is_element(root, "SS") ? xmlNodeGetContent(root) : NULL;
    struct buf plain = BUF_INIT(PSRP_MESSAGE_MAX);
    int rc = -1;

    if (sealed != NULL)
        rc = psrp_key_open(pool_key(s->p->pool), (char *)sealed, &plain);
    if (rc == 0)
        item_string(text, (char *)plain.data, plain.len);
    buf_free(&plain);
    xmlFree(sealed);
    xmlFreeDoc(doc);
    return rc;
}

static bool stopped(void *arg)
{
    return pipeline_stopped(arg);
}

int object_conceal(struct script *s, const char *text, struct item *item)
{
    struct buf sealed = BUF_INIT(PSRP_MESSAGE_MAX);
    int rc = -1;

    if (pool_ask_key(s->p->pool, stopped, s->p))
        rc = psrp_key_seal(pool_key(s->p->pool), text, strlen(text), &sealed);
    buf_clear(&item->xml);
    buf_clear(&item->text);
    buf_printf(&item->xml, "<SS>");
    buf_put(&item->xml, sealed.data, sealed.len);
    buf_printf(&item->xml, "</SS>");
    buf_printf(&item->text, "System.Security.SecureString");
    buf_free(&sealed);
    return rc;
}

int object_chain(struct script *s, const char *rest, struct item *item)
{
    static const char plain[] = "GetNetworkCredential().Password";
    char name[64];
    size_t n;

    while (*rest == '.' || *rest == '[') {
        bool index = *rest == '[';

        rest += index ? 1 + strspn(rest + 1, "'\"") : 1;
        if (!index && strncasecmp(rest, plain, sizeof plain - 1) == 0) {
            if (take_member(item, "Password") != 0)
                return -1;
            return object_reveal(s, item, item);
        }
        n = strcspn(rest, index ? "'\"]" : " .[(=,;|");
        snprintf(name, sizeof name, "%.*s", (int)n, rest);
        rest += n;
        if (index)
            rest += strcspn(rest, "]") + (strchr(rest, ']') != NULL);
        if (strcasecmp(name, "SetParameterType") == 0) {
            object_set_type(item, rest + strspn(rest, "( "));
            return 0;
        }
        if (take_member(item, name) != 0)
            return -1;
    }
    return 0;
}

/* -- the types of a host's methods -- */

static void set(struct item *item, const char *type, const char *text)
{
    buf_clear(&item->xml);
    buf_clear(&item->text);
    buf_printf(&item->text, "%s", text);
    buf_printf(&item->xml, "<Obj RefId=\"0\"><TN RefId=\"0\"><T>%s</T>"
               "<T>System.ValueType</T><T>System.Object</T></TN>"
               "<ToString>%s</ToString>", type, text);
}

void object_colour(struct item *item, int colour)
{
    const char *name = console_colour_name(colour);

    set(item, "System.ConsoleColor</T><T>System.Enum", name != NULL ? name
                                                                    : "");
    buf_printf(&item->xml, "<I32>%d</I32></Obj>", colour);
}

void object_pair(struct item *item, bool is_size, int a, int b)
{
    char text[64];

    snprintf(text, sizeof text, "%d,%d", a, b);
    set(item, is_size ? "System.Management.Automation.Host.Size"
                      : "System.Management.Automation.Host.Coordinates",
        text);
    buf_printf(&item->xml, "<Props><I32 N=\"%s\">%d</I32>"
               "<I32 N=\"%s\">%d</I32></Props></Obj>",
               is_size ? "Width" : "X", a, is_size ? "Height" : "Y", b);
}

/* FieldDescription's fields (MS-PSRP 2.2.3.7), in the order that .NET has
 * them. */
static void put_field(struct item *item, const char *name, const char *type)
{
    const char *last = strrchr(type, '.');

    buf_clear(&item->xml);
    buf_clear(&item->text);
    buf_printf(&item->text, "%s", name);
    buf_printf(&item->xml, "<Obj RefId=\"0\"><MS><S N=\"name\">");
    psrp_text(&item->xml, name, strlen(name));
    buf_printf(&item->xml, "</S><S N=\"label\"></S>"
               "<S N=\"parameterTypeName\">%s</S>"
               "<S N=\"parameterTypeFullName\">%s</S>"
               "<S N=\"parameterAssemblyFullName\">mscorlib, Version=4.0.0.0,"
               " Culture=neutral, PublicKeyToken=b77a5c561934e089</S>"
               "<S N=\"helpMessage\"></S><B N=\"isMandatory\">true</B>"
               "<Obj N=\"metadata\" RefId=\"1\"><TN RefId=\"0\">"
               "<T>System.Collections.ArrayList</T><T>System.Object</T></TN>"
               "<LST /></Obj><B N=\"modifiedByRemotingProtocol\">false</B>"
               "<B N=\"isFromRemoteHost\">false</B></MS></Obj>",
               last != NULL ? last + 1 : type, type);
}

void object_set_type(struct item *field, const char *type)
{
    static const struct { const char *name, *full; } types[] = {
        { "[securestring]", "System.Security.SecureString" },
        { "[pscredential]", "System.Management.Automation.PSCredential" },
        { "[int]", "System.Int32" }, { "[string]", "System.String" },
    };
    char name[256];
    size_t i;

    snprintf(name, sizeof name, "%s", item_text(field));
    for (i = 0; i < sizeof types / sizeof *types; i++)
        if (strncasecmp(type, types[i].name, strlen(types[i].name)) == 0)
            put_field(field, name, types[i].full);
}

static void put_choice(struct item *item, const char *label, const char *help)
{
    buf_clear(&item->xml);
    buf_clear(&item->text);
    buf_printf(&item->text, "%s", label);
    buf_printf(&item->xml, "<Obj RefId=\"0\"><MS><S N=\"label\">");
    psrp_text(&item->xml, label, strlen(label));
    buf_printf(&item->xml, "</S><S N=\"helpMessage\">");
    psrp_text(&item->xml, help, strlen(help));
    buf_printf(&item->xml, "</S></MS></Obj>");
}

bool object_new(const char *type, const struct item *arguments, size_t count,
                struct item *item)
{
    static const char space[] = "System.Management.Automation.Host.";
    const char *first = count > 0 ? item_text(&arguments[0]) : "";
    const char *second = count > 1 ? item_text(&arguments[1]) : "";

    if (strncasecmp(type, space, sizeof space - 1) != 0)
        return false;
    type += sizeof space - 1;
    if (strcasecmp(type, "Size") == 0 || strcasecmp(type, "Coordinates") == 0)
        object_pair(item, strcasecmp(type, "Size") == 0,
                    (int)strtol(first, NULL, 10),
                    (int)strtol(second, NULL, 10));
    else if (strcasecmp(type, "ChoiceDescription") == 0)
        put_choice(item, first, second);
    else if (strcasecmp(type, "FieldDescription") == 0)
        put_field(item, first, "System.String");
    else
        return false;
    return true;
}

void object_each(const struct item *list, emit_fn *emit, void *arg)
{
    xmlDocPtr doc = parse(list);
    xmlNodePtr items = child(xmlDocGetRootElement(doc), "LST"), at;
    struct item one;

    if (items == NULL) {
        emit(arg, list);
        xmlFreeDoc(doc);
        return;
    }
    item_init(&one);
    for (at = soap_elements(items->children); at != NULL;
         at = soap_elements(at->next)) {
        object_read(&one, at);
        emit(arg, &one);
    }
    item_free(&one);
    xmlFreeDoc(doc);
}
