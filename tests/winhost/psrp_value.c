/* psrp_value.c - literals and variables of the stand-in's PowerShell. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "psrp_host.h"
#include "psrp_object.h"
#include "psrp_script.h"

void item_init(struct item *item)
{
    buf_init(&item->xml, PSRP_MESSAGE_MAX);
    buf_init(&item->text, PSRP_MESSAGE_MAX);
}

void item_free(struct item *item)
{
    buf_free(&item->xml);
    buf_free(&item->text);
}

void item_copy(struct item *to, const struct item *from)
{
    buf_clear(&to->xml);
    buf_clear(&to->text);
    buf_put(&to->xml, from->xml.data, from->xml.len);
    buf_put(&to->text, from->text.data, from->text.len);
}

const char *item_text(const struct item *item)
{
    struct buf *text = (struct buf *)(uintptr_t)&item->text;

    buf_put_u8(text, 0);
    text->len--;
    return (const char *)text->data;
}

static void set(struct item *item, const char *tag, const char *text,
                size_t len)
{
    buf_clear_without_wipe(&item->xml);
    buf_clear_without_wipe(&item->text);
    buf_printf(&item->xml, "<%s>", tag);
    psrp_text(&item->xml, text, len);
    buf_printf(&item->xml, "</%s>", tag);
    buf_put(&item->text, text, len);
}

void item_string(struct item *item, const char *text, size_t len)
{
    set(item, "S", text, len);
}

static void set_nil(struct item *item)
{
    buf_clear(&item->xml);
    buf_clear(&item->text);
    buf_printf(&item->xml, "<Nil />");
}

struct item *script_variable(struct script *s, const char *name)
{
    size_t i;

    if (strncasecmp(name, "global:", 7) == 0)
        name += 7;
    for (i = 0; i < s->variable_count; i++)
        if (strcasecmp(s->variables[i].name, name) == 0)
            return &s->variables[i].value;
    return NULL;
}

void script_set(struct script *s, const char *name, const struct item *value)
{
    struct item *found = script_variable(s, name);

    if (found == NULL && s->variable_count < SCRIPT_VARIABLES_MAX) {
        struct script_variable *v = &s->variables[s->variable_count++];

        snprintf(v->name, sizeof v->name, "%s", name);
        item_init(&v->value);
        found = &v->value;
    }
    if (found != NULL && found != value)
        item_copy(found, value);
}

const char *script_end(const char *p, const char *stops)
{
    int depth = 0;

    for (; *p != '\0'; p++) {
        if (depth == 0 && strchr(stops, *p) != NULL)
            return p;
        if (*p == '\'' || *p == '"') {
            const char *end = strchr(p + 1, *p);

            if (end == NULL)
                return p + strlen(p);
            p = end;
        } else if (strchr("({[", *p) != NULL) {
            depth++;
        } else if (strchr(")}]", *p) != NULL) {
            depth--;
        }
    }
    return p;
}

static void set_number(struct item *item, const char *text, size_t len)
{
    char copy[64];
    const char *tag = "I32";

    snprintf(copy, sizeof copy, "%.*s", (int)len, text);
    if (len > 0 && (copy[len - 1] == 'd' || copy[len - 1] == 'D')) {
        copy[len - 1] = '\0';
        tag = "D";
    } else if (strpbrk(copy, ".eE") != NULL) {
        tag = "Db";
    } else if (strtoll(copy, NULL, 10) > INT32_MAX ||
               strtoll(copy, NULL, 10) < INT32_MIN) {
        tag = "I64";
    }
    set(item, tag, copy, strlen(copy));
}

static void set_single(struct item *item, const char *p, const char *end)
{
    struct buf text = BUF_INIT(PSRP_MESSAGE_MAX);

    for (; p < end; p++) {
        buf_put(&text, p, 1);
        p += *p == '\'' && p[1] == '\''; /* a quote in quotes */
    }
    item_string(item, (char *)text.data, text.len);
    buf_free(&text);
}

static size_t name_length(const char *p)
{
    size_t n = 0;

    if (*p == '?' || *p == '_')
        n = 1;
    while (isalnum((unsigned char)p[n]) || p[n] == '_' ||
           (p[n] == ':' && isalpha((unsigned char)p[n + 1])))
        n++;
    return n;
}

static void put_variable(struct script *s, const char *name, size_t n,
                         struct item *item)
{
    char copy[64];
    struct item *value;

    snprintf(copy, sizeof copy, "%.*s", (int)n, name);
    value = script_variable(s, copy);
    if (strcmp(copy, "?") == 0)
        set(item, "B", s->ok ? "true" : "false", s->ok ? 4 : 5);
    else if (strcasecmp(copy, "true") == 0 || strcasecmp(copy, "false") == 0)
        set(item, "B", strcasecmp(copy, "true") == 0 ? "true" : "false", n);
    else if (value != NULL)
        item_copy(item, value);
    else
        set_nil(item);
}

static void set_double(struct script *s, struct item *item, const char *p,
                       const char *end)
{
    struct buf text = BUF_INIT(PSRP_MESSAGE_MAX);

    for (; p < end; p++) {
        size_t n = *p == '$' ? name_length(p + 1) : 0;
        struct item value;

        if (*p == '`' && p + 1 < end) {
            p++;
            buf_put_u8(&text, *p == 'n' ? '\n' : *p == 't' ? '\t'
                            : *p == 'e' || *p == 'a' ? 7 : (uint8_t)*p);
        } else if (strncmp(p, "$(", 2) == 0) {
            char *inner = strndup(p + 2, (size_t)(script_end(p + 2, ")")
                                                  - p - 2));

            item_init(&value);
            script_one(s, inner, &value);
            buf_put(&text, value.text.data, value.text.len);
            item_free(&value);
            p += 2 + strlen(inner);
            free(inner);
        } else if (n > 0) {
            item_init(&value);
            put_variable(s, p + 1, n, &value);
            buf_put(&text, value.text.data, value.text.len);
            item_free(&value);
            p += n;
        } else {
            buf_put(&text, p, 1);
        }
    }
    item_string(item, (char *)text.data, text.len);
    buf_free(&text);
}

/* The element with one attribute more. */
static void put_named(struct buf *out, const struct buf *xml,
                      const char *name, size_t n)
{
    size_t tag = 1;

    while (tag < xml->len && isalnum(xml->data[tag]))
        tag++;
    buf_put(out, xml->data, tag);
    buf_printf(out, " N=\"");
    psrp_text(out, name, n);
    buf_printf(out, "\"");
    buf_put(out, xml->data + tag, xml->len - tag);
}

/* @{ name = value; ... }: a Hashtable, or a PSCustomObject's members. */
static void set_table(struct script *s, const char *p, bool is_object,
                      struct item *item)
{
    struct buf xml = BUF_INIT(PSRP_MESSAGE_MAX);
    struct buf text = BUF_INIT(PSRP_MESSAGE_MAX);
    struct item value;
    const char *type = is_object
        ? "<T>System.Management.Automation.PSCustomObject</T>"
          "<T>System.Object</T>"
        : "<T>System.Collections.Hashtable</T><T>System.Object</T>";

    item_init(&value);
    buf_printf(&xml, "<Obj RefId=\"%d\"><TN RefId=\"%d\">%s</TN><%s>",
               s->ref, s->ref, type, is_object ? "MS" : "DCT");
    s->ref++;
    buf_printf(&text, "@{");
    while (*p != '\0' && *p != '}') {
        const char *end = script_end(p, ";\n}"), *name, *is;
        size_t n;

        name = p + strspn(p, " \t\n;");
        is = script_end(name, "=");
        n = (size_t)(is - name);
        while (n > 0 && isspace((unsigned char)name[n - 1]))
            n--;
        if (n > 0 && is < end) {
            char *copy = strndup(is + 1, (size_t)(end - is - 1));

            script_one(s, copy, &value);
            free(copy);
            if (is_object)
                put_named(&xml, &value.xml, name, n);
            else {
                buf_printf(&xml, "<En><S N=\"Key\">%.*s</S>", (int)n, name);
                put_named(&xml, &value.xml, "Value", 5);
                buf_printf(&xml, "</En>");
            }
            buf_printf(&text, "%s%.*s=", text.len > 2 ? "; " : "", (int)n,
                       name);
            buf_put(&text, value.text.data, value.text.len);
        }
        p = *end == '}' || *end == '\0' ? end : end + 1;
    }
    buf_printf(&xml, "</%s></Obj>", is_object ? "MS" : "DCT");
    buf_printf(&text, "}");
    item_free(&value);
    buf_clear(&item->xml);
    buf_clear(&item->text);
    buf_put(&item->xml, xml.data, xml.len);
    buf_put(&item->text, text.data, text.len);
    buf_free(&xml);
    buf_free(&text);
}

/* [type]'text': the element that CLIXML has for it. */
static const struct {
    const char *type, *tag;
} casts[] = {
    { "[datetime]", "DT" }, { "[guid]", "G" }, { "[version]", "Version" },
    { "[uri]", "URI" }, { "[timespan]", "TS" }, { "[decimal]", "D" },
    { "[uint64]", "U64" }, { "[byte]", "By" }, { "[double]", "Db" },
    { "[byte[]]", "BA" }, /* of base64, which is no PowerShell */
    { "[char]", "C" }, { "[string]", "S" }, { "[int]", "I32" },
};

static bool set_cast(struct script *s, const char *p, struct item *item)
{
    struct item inner;
    size_t i;

    for (i = 0; i < sizeof casts / sizeof *casts; i++) {
        size_t n = strlen(casts[i].type);

        if (strncasecmp(p, casts[i].type, n) != 0)
            continue;
        item_init(&inner);
        script_one(s, p + n, &inner);
        set(item, casts[i].tag, (char *)inner.text.data, inner.text.len);
        item_free(&inner);
        return true;
    }
    return false;
}

static void set_day(struct script *s, struct item *item)
{
    buf_clear(&item->xml);
    buf_clear(&item->text);
    buf_printf(&item->xml, "<Obj RefId=\"%d\"><TN RefId=\"%d\">"
               "<T>System.DayOfWeek</T><T>System.Enum</T><T>System.ValueType"
               "</T><T>System.Object</T></TN><ToString>Friday</ToString>"
               "<I32>5</I32></Obj>", s->ref, s->ref);
    s->ref++;
    buf_printf(&item->text, "Friday");
}

struct gather {
    struct item *item;
    size_t count;
    struct buf xml, text;
};

static void gather(void *arg, const struct item *item)
{
    struct gather *g = arg;

    if (g->count++ == 0)
        item_copy(g->item, item);
    buf_put(&g->xml, item->xml.data, item->xml.len);
    if (g->text.len > 0)
        buf_put_u8(&g->text, ' ');
    buf_put(&g->text, item->text.data, item->text.len);
}

/* One item; several are an array. */
void script_one(struct script *s, const char *text, struct item *item)
{
    struct gather g = { .item = item, .xml = BUF_INIT(PSRP_MESSAGE_MAX),
                        .text = BUF_INIT(PSRP_MESSAGE_MAX) };

    set_nil(item);
    script_value(s, text, gather, &g);
    text += strspn(text, " \t\n");
    if (g.count > 1 || strncmp(text, "@(", 2) == 0) {
        buf_clear(&item->xml);
        buf_clear(&item->text);
        buf_printf(&item->xml, "<Obj RefId=\"%d\"><TN RefId=\"%d\">"
                   "<T>System.Object[]</T><T>System.Array</T>"
                   "<T>System.Object</T></TN><LST>", s->ref, s->ref);
        s->ref++;
        buf_put(&item->xml, g.xml.data, g.xml.len);
        buf_printf(&item->xml, "</LST></Obj>");
        buf_put(&item->text, g.text.data, g.text.len);
    }
    buf_free(&g.xml);
    buf_free(&g.text);
}

static void emit_range(struct script *s, const char *p, emit_fn *emit,
                       void *arg)
{
    long long from = strtoll(p, NULL, 10);
    long long to = strtoll(strstr(p, "..") + 2, NULL, 10);
    struct item item;
    char text[32];

    item_init(&item);
    for (; from <= to && !s->ended; from++) {
        snprintf(text, sizeof text, "%lld", from);
        set_number(&item, text, strlen(text));
        emit(arg, &item);
    }
    item_free(&item);
}

/* 'x' * 1000 */
static void repeat(struct item *item, unsigned long times)
{
    struct buf once = BUF_INIT(PSRP_MESSAGE_MAX);
    struct buf all = BUF_INIT(PSRP_MESSAGE_MAX);

    buf_put(&once, item->text.data, item->text.len);
    buf_expect(&all, once.len * times);
    while (times-- > 0)
        buf_put(&all, once.data, once.len);
    item_string(item, (char *)all.data, all.len);
    buf_free(&once);
    buf_free(&all);
}

static void emit_quoted(struct script *s, const char *p, emit_fn *emit,
                        void *arg)
{
    const char *end = p + 1;
    struct item item;

    do
        end += end > p + 1 ? 2 : 0, end = strchr(end, *p);
    while (end != NULL && *p == '\'' && end[1] == '\'');
    if (end == NULL) {
        script_throw(s, "The string is missing the terminator.",
                     "TerminatorExpectedAtEndOfString", "ParserError: (:) "
                     "[], ParseException");
        return;
    }
    item_init(&item);
    if (*p == '\'')
        set_single(&item, p + 1, end);
    else
        set_double(s, &item, p + 1, end);
    end += 1 + strspn(end + 1, " ");
    if (*end == '*')
        repeat(&item, strtoul(end + 1, NULL, 10));
    emit(arg, &item);
    item_free(&item);
}

static void emit_table(struct script *s, const char *p, bool is_object,
                       emit_fn *emit, void *arg)
{
    struct item item;

    item_init(&item);
    set_table(s, p, is_object, &item);
    emit(arg, &item);
    item_free(&item);
}

/* [type]::new(...), and the idiom that reveals a SecureString. */
static bool set_new(struct script *s, const char *p, struct item *item)
{
    static const char network[] = "System.Net.NetworkCredential";
    const char *at = strstr(p, "]::new("), *open;
    struct item arguments[2];
    char type[128];
    bool known;

    if (at == NULL)
        return false;
    snprintf(type, sizeof type, "%.*s", (int)(at - p - 1), p + 1);
    open = at + strlen("]::new(");
    item_init(&arguments[0]);
    item_init(&arguments[1]);
    at = script_end(open, ",)");
    if (*at == ',') {
        char *first = strndup(open, (size_t)(at - open));
        const char *end = script_end(at + 1, ")");
        char *second = strndup(at + 1, (size_t)(end - at - 1));

        script_one(s, first, &arguments[0]);
        script_one(s, second, &arguments[1]);
        free(first);
        free(second);
    }
    if (strcasecmp(type, network) == 0)
        known = object_reveal(s, &arguments[1], item) == 0;
    else
        known = object_new(type, arguments, 2, item);
    item_free(&arguments[0]);
    item_free(&arguments[1]);
    return known;
}

static bool set_colour(const char *p, struct item *item)
{
    static const char type[] = "[System.ConsoleColor]::";

    if (strncasecmp(p, type, sizeof type - 1) != 0)
        return false;
    object_colour(item, console_colour(p + sizeof type - 1));
    return true;
}

static void set_variable(struct script *s, const char *p, struct item *item)
{
    size_t n = name_length(p);
    char name[64];

    put_variable(s, p, n, item);
    snprintf(name, sizeof name, "%.*s", (int)n, p);
    if ((p[n] == '.' || p[n] == '[') &&
        object_chain(s, p + n, item) != 0)
        set_nil(item);
    else if (strcasestr(p + n, ".SetParameterType(") != NULL) {
        script_set(s, name, item); /* a method that returns nothing */
        buf_clear(&item->xml);
    }
}

/* 1+1, as recordings have it */
static void set_sum(struct item *item, const char *p)
{
    char text[32];

    snprintf(text, sizeof text, "%ld", strtol(p, NULL, 10) +
             strtol(strchr(p, '+') + 1, NULL, 10));
    set_number(item, text, strlen(text));
}

static void emit_element(struct script *s, const char *p, emit_fn *emit,
                         void *arg)
{
    struct item item;
    size_t n;

    if (strncasecmp(p, "[pscustomobject]@{", 18) == 0) {
        emit_table(s, p + 18, true, emit, arg);
        return;
    }
    if (strncmp(p, "@{", 2) == 0) {
        emit_table(s, p + 2, false, emit, arg);
        return;
    }
    if (*p == '(' || strncmp(p, "@(", 2) == 0 || strncmp(p, "$(", 2) == 0) {
        p += *p == '(' ? 1 : 2;
        n = (size_t)(script_end(p, ")") - p);
        script_block(s, p, n, emit, arg);
        return;
    }
    if (*p == '\'' || *p == '"') {
        emit_quoted(s, p, emit, arg);
        return;
    }
    if (*p == '$' && host_expression(s, p, emit, arg))
        return;
    item_init(&item);
    if (*p == '$')
        set_variable(s, p + 1, &item);
    else if (strncasecmp(p, "[System.DayOfWeek]::Friday", 26) == 0)
        set_day(s, &item);
    else if (*p == '[' && (set_cast(s, p, &item) || set_new(s, p, &item) ||
                           set_colour(p, &item)))
        ;
    else if (isdigit((unsigned char)*p) && strchr(p, '+') != NULL)
        set_sum(&item, p);
    else if (isdigit((unsigned char)*p) || *p == '-')
        set_number(&item, p, strcspn(p, " \t\n;,)}"));
    else
        item_string(&item, p, strlen(p));
    if (item.xml.len > 0)
        emit(arg, &item);
    item_free(&item);
}

void script_value(struct script *s, const char *text, emit_fn *emit,
                  void *arg)
{
    const char *p = text + strspn(text, " \t\n");

    if (isdigit((unsigned char)*p) && strstr(p, "..") != NULL) {
        emit_range(s, p, emit, arg);
        return;
    }
    while (*p != '\0') {
        const char *end = script_end(p, ",");
        size_t n = (size_t)(end - p);
        char *element;

        while (n > 0 && isspace((unsigned char)p[n - 1]))
            n--;
        element = strndup(p, n);
        emit_element(s, element, emit, arg);
        free(element);
        p = *end == ',' ? end + 1 + strspn(end + 1, " \t\n") : end;
    }
}
