/* psrp_host.c - what scripts ask of the client's host, and tell it. */
#include "psrp_host.h"

#include <libxml/parser.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "psrp_object.h"
#include "psrp_records.h"
#include "soap_in.h"

#define ARGUMENTS_MAX 6
#define FIRST_REF 3           /* behind those of the call itself */
#define FIRST_OF_UI 11        /* MS-PSRP 2.2.3.17: ReadLine */
#define NO_UI "A command that prompts the user failed because the host " \
    "program or the command type does not support user interaction. The " \
    "host was attempting to request confirmation with the following " \
    "message: "

/* Where a method's failure shows: of a command, or of $Host. */
struct question {
    struct script *s;
    const char *command;      /* "Read-Host"; NULL: a method */
    const char *method;
    int id;
    size_t count;             /* of arguments */
    emit_fn *emit;
    void *arg;
};

/* -- parameters -- */

struct parameters {
    struct buf xml;
    int ref;
};

static void begin(struct parameters *p)
{
    p->xml = (struct buf)BUF_INIT(PSRP_MESSAGE_MAX);
    p->ref = FIRST_REF;
}

static void put_string(struct parameters *p, const char *text)
{
    buf_printf(&p->xml, "<S>");
    psrp_text(&p->xml, text, strlen(text));
    buf_printf(&p->xml, "</S>");
}

static void put_int(struct parameters *p, int number)
{
    buf_printf(&p->xml, "<I32>%d</I32>", number);
}

/* RefIds are of a whole message. */
static void renumber(xmlNodePtr node, int *ref)
{
    char number[16];

    for (; node != NULL; node = soap_elements(node->next)) {
        if (xmlHasProp(node, (const xmlChar *)"RefId") != NULL) {
            snprintf(number, sizeof number, "%d", (*ref)++);
            xmlSetProp(node, (const xmlChar *)"RefId",
                       (const xmlChar *)number);
        }
        renumber(soap_elements(node->children), ref);
    }
}

static void put_item(void *arg, const struct item *item)
{
    struct parameters *p = arg;
    xmlDocPtr doc = xmlReadMemory((char *)item->xml.data, (int)item->xml.len,
                                  NULL, NULL, XML_PARSE_NONET);
    xmlNodePtr root = xmlDocGetRootElement(doc);
    struct item own;

    item_init(&own);
    if (root != NULL) {
        renumber(root, &p->ref);
        object_read(&own, root);
        buf_put(&p->xml, own.xml.data, own.xml.len);
    }
    item_free(&own);
    xmlFreeDoc(doc);
}

/* A string where a type of the host's is wanted: PowerShell converts it. */
struct conversion {
    struct parameters *p;
    const char *type;
};

static void put_converted(void *arg, const struct item *item)
{
    struct conversion *c = arg;
    struct item own;

    item_init(&own);
    item_copy(&own, item);
    if (item->xml.len > 2 && item->xml.data[1] == 'S')
        object_new(c->type, item, 1, &own);
    put_item(c->p, &own);
    item_free(&own);
}

/* Recorded: a list's type is that of mp, named before. */
static void put_list(struct parameters *p, const struct item *list,
                     const char *type)
{
    struct conversion c = { p, type };

    buf_printf(&p->xml, "<Obj RefId=\"%d\"><TNRef RefId=\"1\" /><LST>",
               p->ref++);
    object_each(list, type != NULL ? put_converted : put_item,
                type != NULL ? (void *)&c : (void *)p);
    buf_printf(&p->xml, "</LST></Obj>");
}

/* -- answers -- */

static void fail(struct question *q, const char *message)
{
    char text[1536], id[256], category[256];
    struct error_text error = {
        .message = message, .command = "", .position = "At line:1 char:1",
        .exception = "System.Management.Automation.Host.HostException",
        .id = id, .category = category,
    };

    if (q->command == NULL) {
        snprintf(text, sizeof text, "Exception calling \"%s\" with \"%zu\" "
                 "argument(s): \"%.1200s\"", q->method, q->count, message);
        snprintf(id, sizeof id, "HostException");
        snprintf(category, sizeof category, "NotSpecified: (:) [], "
                 "MethodInvocationException");
        error.message = text;
    } else {
        snprintf(id, sizeof id, "HostFunctionNotImplemented,Microsoft."
                 "PowerShell.Commands.%s", q->method);
        snprintf(category, sizeof category, "InvalidOperation: (:) [%s], "
                 "HostException", q->command);
    }
    q->s->ok = false;
    records_error(q->s->p, &error);
}

/* false: it failed, which was told. */
static bool ask(struct question *q, struct parameters *p,
                struct item *result)
{
    struct answer answer;
    bool good = false;

    if (q->s->p->console.no_ui) {
        fail(q, NO_UI);
    } else if (pipeline_ask(q->s->p, q->method, q->id, (char *)p->xml.data,
                            p->xml.len, &answer) == 0) {
        object_read(result, answer.value);
        good = true;
        xmlFreeDoc(answer.doc);
    } else if (!pipeline_stopped(q->s->p)) {
        fail(q, answer.message);
    }
    buf_free(&p->xml);
    return good;
}

static void ask_and_emit(struct question *q, struct parameters *p)
{
    struct item result;

    item_init(&result);
    if (ask(q, p, &result))
        object_each(&result, q->emit, q->arg);
    item_free(&result);
}

/* Recorded: methods of PSHost itself need no UI. */
static void tell(struct question *q, struct parameters *p)
{
    const struct console *console = &q->s->p->console;

    if (q->id < FIRST_OF_UI ? !console->no_host : !console->no_ui)
        pipeline_tell(q->s->p, q->method, q->id, (char *)p->xml.data,
                      p->xml.len);
    buf_free(&p->xml);
}

/* -- commands -- */

/* With a prompt it is Prompt() of one field with that name. */
void host_read(struct script *s, const char *prompt, bool secret,
               emit_fn *emit, void *arg)
{
    struct question q = { s, "Read-Host", "Prompt", 23, 0, emit, arg };
    struct parameters p;
    struct item field, result;

    begin(&p);
    if (prompt == NULL) {
        q.method = secret ? "ReadLineAsSecureString" : "ReadLine";
        q.id = secret ? 12 : 11;
        ask_and_emit(&q, &p);
        return;
    }
    item_init(&field);
    item_init(&result);
    item_string(&result, prompt, strlen(prompt));
    object_new("System.Management.Automation.Host.FieldDescription", &result,
               1, &field);
    if (secret)
        object_set_type(&field, "[securestring]");
    put_string(&p, "");
    put_string(&p, "");
    put_list(&p, &field, NULL);
    if (ask(&q, &p, &result)) {
        char index[256];

        snprintf(index, sizeof index, "['%.200s']", prompt);
        if (object_chain(s, index, &result) == 0)
            emit(arg, &result);
    }
    item_free(&field);
    item_free(&result);
}

void host_credential(struct script *s, const char *message, const char *user,
                     emit_fn *emit, void *arg)
{
    struct question q = { s, "Get-Credential", "PromptForCredential1", 24, 4,
                          emit, arg };
    struct parameters p;

    begin(&p);
    put_string(&p, "Windows PowerShell credential request");
    put_string(&p, message != NULL ? message : "Enter your credentials.");
    if (user != NULL)
        put_string(&p, user);
    else
        buf_printf(&p.xml, "<Nil />");
    put_string(&p, "");
    ask_and_emit(&q, &p);
}

/* -- methods -- */

struct arguments {
    struct item items[ARGUMENTS_MAX];
    bool is_list[ARGUMENTS_MAX]; /* [int[]]... */
    size_t count;
};

/* "a, 'b', [int[]](0, 1)" up to the bracket. */
static void read_arguments(struct script *s, const char *p,
                           struct arguments *a)
{
    memset(a, 0, sizeof *a);
    while (*p != '\0' && *p != ')' && a->count < ARGUMENTS_MAX) {
        const char *end = script_end(p, ",)");
        const char *from = p + strspn(p, " \t\n"), *cast;
        char *text;

        if (*from == '[' && (cast = strstr(from, "[]]")) != NULL &&
            cast < end) {
            from = cast + 3;
            a->is_list[a->count] = true;
        }
        text = strndup(from, (size_t)(end - from));
        item_init(&a->items[a->count]);
        if (text[strspn(text, " \t\n")] != '\0')
            script_one(s, text, &a->items[a->count++]);
        free(text);
        p = *end == ',' ? end + 1 : end;
    }
}

static int number_at(const struct arguments *a, size_t i)
{
    return i < a->count ? (int)strtol(item_text(&a->items[i]), NULL, 10) : 0;
}

static const char *text_at(const struct arguments *a, size_t i)
{
    return i < a->count ? item_text(&a->items[i]) : "";
}

static void prompt(struct question *q, struct arguments *a,
                   struct parameters *p)
{
    put_string(p, text_at(a, 0));
    put_string(p, text_at(a, 1));
    put_list(p, &a->items[2],
             "System.Management.Automation.Host.FieldDescription");
    ask_and_emit(q, p);
}

/* An array of defaults is the variant with several answers. */
static void prompt_for_choice(struct question *q, struct arguments *a,
                              struct parameters *p)
{
    put_string(p, text_at(a, 0));
    put_string(p, text_at(a, 1));
    put_list(p, &a->items[2],
             "System.Management.Automation.Host.ChoiceDescription");
    if (a->is_list[3]) {
        q->method = "PromptForChoiceMultipleSelection";
        q->id = 56;
        put_list(p, &a->items[3], NULL);
    } else {
        put_int(p, number_at(a, 3));
    }
    ask_and_emit(q, p);
}

/* PSCredentialTypes and PSCredentialUIOptions make it the second one. */
static void prompt_for_credential(struct question *q, struct arguments *a,
                                  struct parameters *p)
{
    size_t i;

    for (i = 0; i < 4; i++)
        put_string(p, text_at(a, i));
    if (a->count == 6) {
        q->method = "PromptForCredential2";
        q->id = 25;
        put_int(p, number_at(a, 4));
        put_int(p, number_at(a, 5));
    }
    ask_and_emit(q, p);
}

/* System.Management.Automation.Host.ReadKeyOptions */
static int read_key_options(const char *names)
{
    static const struct { const char *name; int bit; } options[] = {
        { "AllowCtrlC", 1 }, { "NoEcho", 2 }, { "IncludeKeyDown", 4 },
        { "IncludeKeyUp", 8 },
    };
    size_t i;
    int bits = 0;

    for (i = 0; i < sizeof options / sizeof *options; i++)
        if (strcasestr(names, options[i].name) != NULL)
            bits |= options[i].bit;
    return bits != 0 ? bits : 4; /* recorded, of ReadKey() */
}

static void read_key(struct question *q, struct arguments *a,
                     struct parameters *p)
{
    put_int(p, read_key_options(text_at(a, 0)));
    ask_and_emit(q, p);
}

static void read_line(struct question *q, struct arguments *a,
                      struct parameters *p)
{
    (void)a;
    ask_and_emit(q, p);
}

static void write_text(struct question *q, struct arguments *a,
                       struct parameters *p)
{
    if (a->count == 3) { /* two colours in front */
        bool line = q->id != 13;

        q->method = line ? "WriteLine3" : "Write2";
        q->id = line ? 17 : 14;
        put_int(p, console_colour(text_at(a, 0)));
        put_int(p, console_colour(text_at(a, 1)));
    }
    put_string(p, text_at(a, a->count > 0 ? a->count - 1 : 0));
    tell(q, p);
}

static void set_exit(struct question *q, struct arguments *a,
                     struct parameters *p)
{
    put_int(p, number_at(a, 0));
    tell(q, p);
}

static void flush(struct question *q, struct arguments *a,
                  struct parameters *p)
{
    (void)a;
    tell(q, p);
}

static const struct {
    const char *path, *method;
    int id;
    void (*run)(struct question *q, struct arguments *a,
                struct parameters *p);
} methods[] = {
    { "UI.Prompt(", "Prompt", 23, prompt },
    { "UI.PromptForChoice(", "PromptForChoice", 26, prompt_for_choice },
    { "UI.PromptForCredential(", "PromptForCredential1", 24,
      prompt_for_credential },
    { "UI.ReadLine(", "ReadLine", 11, read_line },
    { "UI.ReadLineAsSecureString(", "ReadLineAsSecureString", 12, read_line },
    { "UI.Write(", "Write1", 13, write_text },
    { "UI.WriteLine(", "WriteLine2", 16, write_text },
    { "UI.WriteErrorLine(", "WriteErrorLine", 18, write_text },
    { "UI.WriteDebugLine(", "WriteDebugLine", 19, write_text },
    { "UI.WriteVerboseLine(", "WriteVerboseLine", 21, write_text },
    { "UI.WriteWarningLine(", "WriteWarningLine", 22, write_text },
    { "UI.RawUI.ReadKey(", "ReadKey", 46, read_key },
    { "UI.RawUI.FlushInputBuffer(", "FlushInputBuffer", 47, flush },
    { "SetShouldExit(", "SetShouldExit", 6, set_exit },
};

/* Members behind a method's result: each item goes on with them. */
struct chain {
    struct script *s;
    const char *rest;
    emit_fn *emit;
    void *arg;
};

static void emit_chained(void *arg, const struct item *item)
{
    struct chain *c = arg;
    struct item own;

    item_init(&own);
    item_copy(&own, item);
    if (object_chain(c->s, c->rest, &own) == 0)
        c->emit(c->arg, &own);
    item_free(&own);
}

static void call(struct script *s, size_t i, const char *text,
                 struct chain *chain)
{
    struct question q = { s, NULL, methods[i].method, methods[i].id, 0,
                          emit_chained, chain };
    struct arguments a;
    struct parameters p;

    begin(&p);
    read_arguments(s, text, &a);
    q.count = a.count;
    chain->rest = script_end(text, ")");
    chain->rest += *chain->rest == ')';
    methods[i].run(&q, &a, &p);
    while (a.count > 0)
        item_free(&a.items[--a.count]);
}

/* Recorded; the host's own, whatever the client's is. */
static void emit_culture(emit_fn *emit, void *arg)
{
    struct item item;

    item_init(&item);
    buf_printf(&item.text, "en-US");
    buf_printf(&item.xml, "<Obj RefId=\"0\"><TN RefId=\"0\">"
               "<T>System.Globalization.CultureInfo</T><T>System.Object</T>"
               "</TN><ToString>en-US</ToString><Props>"
               "<I32 N=\"LCID\">1033</I32><S N=\"Name\">en-US</S>"
               "<S N=\"DisplayName\">English (United States)</S>"
               "<S N=\"IetfLanguageTag\">en-US</S>"
               "<S N=\"ThreeLetterISOLanguageName\">eng</S>"
               "<S N=\"ThreeLetterWindowsLanguageName\">ENU</S>"
               "<S N=\"TwoLetterISOLanguageName\">en</S></Props></Obj>");
    emit(arg, &item);
    item_free(&item);
}

bool host_expression(struct script *s, const char *text, emit_fn *emit,
                     void *arg)
{
    struct chain chain = { s, "", emit, arg };
    struct item item;
    size_t i, n;

    if (strncasecmp(text, "$Host.", 6) != 0)
        return false;
    text += 6;
    if (strncasecmp(text, "CurrentCulture", 14) == 0) {
        emit_culture(emit, arg);
        return true;
    }
    for (i = 0; i < sizeof methods / sizeof *methods; i++) {
        n = strlen(methods[i].path);
        if (strncasecmp(text, methods[i].path, n) == 0) {
            call(s, i, text + n, &chain);
            return true;
        }
    }
    item_init(&item);
    n = host_property(&s->p->console, text, &item);
    chain.rest = text + n;
    if (n > 0)
        emit_chained(&chain, &item);
    item_free(&item);
    return n > 0;
}
