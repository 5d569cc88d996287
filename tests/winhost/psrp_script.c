/* psrp_script.c - runs what CREATE_PIPELINE carries, statement by statement. */
#include "psrp_script.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "psrp_host.h"
#include "psrp_object.h"
#include "psrp_records.h"
#include "soap_in.h"

#define FIRST_REF 8 /* above those of templates' own */
#define NOT_ALLOWED "The syntax is not supported by this runspace. This can " \
    "occur if the runspace is in no-language mode."

static void statement(struct script *s, const char *text, emit_fn *emit,
                      void *arg);

void script_throw(struct script *s, const char *message, const char *id,
                  const char *category)
{
    const struct error_text text = {
        .message = message, .id = id, .category = category, .command = "",
        .exception = "System.Management.Automation.RuntimeException",
        .position = "At line:1 char:1",
    };

    if (s->ended)
        return;
    s->ended = s->failed = true;
    s->ok = false;
    records_failed(s->p, &text);
}

static void not_found(struct script *s, const char *name)
{
    char message[512], category[256];

    snprintf(message, sizeof message, "The term '%.200s' is not recognized "
             "as the name of a cmdlet, function, script file, or operable "
             "program.", name);
    snprintf(category, sizeof category, "ObjectNotFound: (%.40s:String) [], "
             "CommandNotFoundException", name);
    script_throw(s, message, "CommandNotFoundException", category);
}

/* -- a pipeline of commands in a statement -- */

struct stage {
    struct script *s;
    const char *text;         /* this element; those behind follow it */
    emit_fn *emit;            /* of the whole */
    void *arg;
    unsigned long left;       /* Select-Object -First */
};

static void run_stages(struct script *s, const char *text,
                       const struct item *input, emit_fn *emit, void *arg);

static void to_next(void *arg, const struct item *item)
{
    struct stage *stage = arg;

    if (stage->s->ended || pipeline_stopped(stage->s->p))
        stage->s->ended = true;
    else
        run_stages(stage->s, stage->text, item, stage->emit, stage->arg);
}

static bool is_command(const char *text, const char *name)
{
    size_t n = strlen(name);

    return strncasecmp(text, name, n) == 0 &&
           (text[n] == '\0' || isspace((unsigned char)text[n]) ||
            text[n] == '{');
}

static void emit_input(struct script *s, emit_fn *emit, void *arg)
{
    struct buf line = BUF_INIT(PSRP_MESSAGE_MAX);
    struct item item;

    item_init(&item);
    while (!s->ended && pipeline_input(s->p, &line)) {
        item_string(&item, (char *)line.data, line.len);
        emit(arg, &item);
    }
    item_free(&item);
    buf_free(&line);
}

/* The end of a word; a comma goes on with the next one. */
static const char *word_end(const char *p)
{
    const char *end = script_end(p, " \t");

    while (end > p && end[-1] == ',' && *end != '\0')
        end = script_end(end + strspn(end, " \t"), " \t");
    return end;
}

static size_t read_words(struct script *s, const char *p,
                         struct script_argument *arguments)
{
    size_t n = 0;

    for (p += strspn(p, " \t"); *p != '\0' && n < SCRIPT_WORDS_MAX;
         p += strspn(p, " \t")) {
        const char *end = word_end(p);
        char *word = strndup(p, (size_t)(end - p));
        struct script_argument *a = &arguments[n++];

        a->name[0] = '\0';
        item_init(&a->value);
        if (word[0] == '-' && isalpha((unsigned char)word[1])) {
            snprintf(a->name, sizeof a->name, "%s", word + 1);
            p = end + strspn(end, " \t");
            if (*p == '-' || *p == '\0') { /* a switch */
                free(word);
                continue;
            }
            free(word);
            end = word_end(p);
            word = strndup(p, (size_t)(end - p));
        }
        script_one(s, word, &a->value);
        free(word);
        p = end;
    }
    return n;
}

static void run_command(struct script *s, const char *text, emit_fn *emit,
                        void *arg)
{
    struct script_argument arguments[SCRIPT_WORDS_MAX];
    const char *end = script_end(text, " \t");
    char *name = strndup(text, (size_t)(end - text));
    size_t n = read_words(s, end, arguments);

    if (!cmdlet_run(s, name, arguments, n, emit, arg))
        not_found(s, name);
    while (n > 0)
        item_free(&arguments[--n].value);
    free(name);
}

static bool is_expression(const char *text)
{
    return strchr("'\"$@([0123456789-", text[0]) != NULL;
}

static void run_first(struct script *s, const char *text, emit_fn *emit,
                      void *arg)
{
    if (is_command(text, "$input"))
        emit_input(s, emit, arg);
    else if (is_expression(text))
        script_value(s, text, emit, arg);
    else
        run_command(s, text, emit, arg);
}

static void for_each(struct script *s, const char *text,
                     const struct item *input, emit_fn *emit, void *arg)
{
    const char *block = strchr(text, '{');

    script_set(s, "_", input);
    if (block != NULL)
        script_block(s, block + 1, (size_t)(script_end(block + 1, "}")
                                            - block - 1), emit, arg);
}

/* One element and those behind it; input NULL: it is the first. */
static void run_stages(struct script *s, const char *text,
                       const struct item *input, emit_fn *emit, void *arg)
{
    const char *end = script_end(text, "|");
    struct stage next = { .s = s, .emit = emit, .arg = arg };
    char *own;

    if (*text == '\0') {
        if (input != NULL)
            emit(arg, input);
        return;
    }
    next.text = *end == '|' ? end + 1 + strspn(end + 1, " \t\n") : end;
    while (end > text && isspace((unsigned char)end[-1]))
        end--;
    own = strndup(text, (size_t)(end - text));
    if (input == NULL)
        run_first(s, own, to_next, &next);
    else if (is_command(own, "ForEach-Object") || is_command(own, "%"))
        for_each(s, own, input, to_next, &next);
    else if (!is_command(own, "Out-Null"))
        not_found(s, own);
    free(own);
}

/* -- statements -- */

static bool is_true(const struct item *item)
{
    const char *text = item_text(item);

    return text[0] != '\0' && strcmp(text, "0") != 0 &&
           strcasecmp(text, "false") != 0;
}

static bool condition(struct script *s, const char *text)
{
    bool negative = *text == '!';
    struct item item;
    bool result;

    item_init(&item);
    script_one(s, text + negative, &item);
    result = is_true(&item) != negative;
    item_free(&item);
    return result;
}

static void run_if(struct script *s, const char *text, emit_fn *emit,
                   void *arg)
{
    const char *open = strchr(text, '('), *close, *block;
    char *test;

    if (open == NULL)
        return;
    close = script_end(open + 1, ")");
    block = strchr(close, '{');
    test = strndup(open + 1, (size_t)(close - open - 1));
    if (block != NULL && condition(s, test))
        script_block(s, block + 1, (size_t)(script_end(block + 1, "}")
                                            - block - 1), emit, arg);
    free(test);
}

/* param([type]$Name = value, ...) from the script's arguments. */
static void bind(struct script *s, const char *p)
{
    size_t position = 0;

    for (p += strspn(p, " ("); *p != '\0' && *p != ')';) {
        const char *end = script_end(p, ",)"), *name = strchr(p, '$');
        const char *is = script_end(p, "=");
        char copy[64];
        struct item value;
        size_t i, n = 0;
        bool bound = false;

        if (name == NULL || name >= end)
            return;
        while (isalnum((unsigned char)name[1 + n]))
            n++;
        snprintf(copy, sizeof copy, "%.*s", (int)n, name + 1);
        item_init(&value);
        for (i = 0; i < s->argument_count; i++)
            if (strcasecmp(s->arguments[i].name, copy) == 0) {
                item_copy(&value, &s->arguments[i].value);
                if (strncmp((char *)value.xml.data, "<Nil", 4) == 0)
                    script_one(s, "$true", &value); /* a switch */
                bound = true;
            }
        for (i = 0; !bound && i < s->argument_count; i++)
            if (s->arguments[i].name[0] == '\0' && i >= position) {
                item_copy(&value, &s->arguments[i].value);
                position = i + 1;
                bound = true;
            }
        if (!bound && is < end) {
            char *text = strndup(is + 1, (size_t)(end - is - 1));

            script_one(s, text, &value);
            free(text);
        }
        script_set(s, copy, &value);
        item_free(&value);
        p = *end == ',' ? end + 1 : end;
    }
}

/* exit N: the host is told, and the pipeline completes. */
static void run_exit(struct script *s, const char *text)
{
    struct item item;
    char parameters[64];

    item_init(&item);
    script_one(s, *text != '\0' ? text : "0", &item);
    snprintf(parameters, sizeof parameters, "<I32>%d</I32>",
             (int)strtol(item_text(&item), NULL, 10));
    item_free(&item);
    pipeline_tell(s->p, "SetShouldExit", 6, parameters, strlen(parameters));
    s->ended = true;
}

static void run_throw(struct script *s, const char *text)
{
    struct item item;
    char category[256];

    item_init(&item);
    script_one(s, text, &item);
    snprintf(category, sizeof category, "OperationStopped: (%.80s:String) "
             "[], RuntimeException", item_text(&item));
    script_throw(s, item_text(&item), item_text(&item), category);
    item_free(&item);
}

/* Of a command, as if it stood in brackets. */
static void assign_output(struct script *s, const char *text,
                          struct item *value)
{
    struct buf whole = BUF_INIT(PSRP_MESSAGE_MAX);

    buf_printf(&whole, "(%s)", text);
    buf_put_u8(&whole, 0);
    script_one(s, (char *)whole.data, value);
    buf_free(&whole);
}

static bool assign(struct script *s, const char *text)
{
    const char *is = script_end(text, "=| ");
    struct item value;
    char name[64];

    is += strspn(is, " ");
    if (text[0] != '$' || *is != '=')
        return false;
    snprintf(name, sizeof name, "%.*s", (int)strcspn(text + 1, " ="),
             text + 1);
    item_init(&value);
    is += 1 + strspn(is + 1, " ");
    if (is_expression(is))
        script_one(s, is, &value);
    else
        assign_output(s, is, &value);
    if (!host_assign(s, name, &value))
        script_set(s, name, &value);
    item_free(&value);
    return true;
}

static void statement(struct script *s, const char *text, emit_fn *emit,
                      void *arg)
{
    bool keeps_state = is_command(text, "if") ||
                       strncasecmp(text, "if(", 3) == 0;

    if (pipeline_stopped(s->p))
        s->ended = true;
    if (s->ended || *text == '\0' || *text == '#')
        return;
    if (keeps_state) {
        run_if(s, text, emit, arg);
        return;
    }
    s->ok = true;
    if (strncasecmp(text, "param", 5) == 0)
        bind(s, text + 5);
    else if (is_command(text, "exit"))
        run_exit(s, text + 4 + strspn(text + 4, " "));
    else if (is_command(text, "throw"))
        run_throw(s, text + 5 + strspn(text + 5, " "));
    else if (!assign(s, text))
        run_stages(s, text, NULL, emit, arg);
}

void script_block(struct script *s, const char *text, size_t len,
                  emit_fn *emit, void *arg)
{
    char *all = strndup(text, len), *p = all;

    while (p != NULL && *p != '\0' && !s->ended) {
        const char *end;
        char *one, *last;

        p += strspn(p, " \t\r\n;");
        end = *p == '#' ? p + strcspn(p, "\n") : script_end(p, ";\n");
        one = strndup(p, (size_t)(end - p));
        last = one + strlen(one);
        while (last > one && isspace((unsigned char)last[-1]))
            *--last = '\0';
        statement(s, one, emit, arg);
        free(one);
        p = (char *)(uintptr_t)end;
    }
    free(all);
}

/* -- what CREATE_PIPELINE says -- */

/* The commands behind the first that this knows: where output goes. */
enum sink { SINK_OBJECTS, SINK_TEXT, SINK_HOST };

struct outlet {
    struct script *s;
    enum sink sink;
    size_t width;
};

/* Formatted by one who knows no formats: an object is its text. */
static void to_client(void *arg, const struct item *item)
{
    struct outlet *o = arg;
    struct buf xml = BUF_INIT(PSRP_MESSAGE_MAX);
    bool is_string = item->xml.len > 2 && item->xml.data[1] == 'S' &&
                     item->xml.data[2] == '>';
    size_t n = item->text.len;

    if (o->s->ended)
        return;
    o->s->ref = FIRST_REF; /* RefIds are of one message */
    if (o->sink == SINK_OBJECTS) {
        if (!pipeline_send(o->s->p, PSRP_OUTPUT, (char *)item->xml.data,
                           item->xml.len))
            o->s->ended = true;
        return;
    }
    if (!is_string && n > o->width)
        n = o->width;
    buf_expect(&xml, n + 64);
    buf_printf(&xml, "<S>");
    psrp_text(&xml, (char *)item->text.data, n);
    buf_printf(&xml, "</S>");
    if (o->sink == SINK_HOST)
        pipeline_tell(o->s->p, "WriteLine2", 16, (char *)xml.data, xml.len);
    else if (!pipeline_send(o->s->p, PSRP_OUTPUT, (char *)xml.data, xml.len))
        o->s->ended = true;
    buf_free(&xml);
}

static xmlNodePtr first_of_list(xmlNodePtr object)
{
    xmlNodePtr node = object == NULL ? NULL : soap_elements(object->children);

    while (node != NULL && strcmp((const char *)node->name, "LST") != 0)
        node = soap_elements(node->next);
    return node == NULL ? NULL : soap_elements(node->children);
}

/* "-Name" without a value: that is the next argument, or it is a switch. */
static size_t join_names(struct script_argument *arguments, size_t n)
{
    size_t i, kept = 0;

    for (i = 0; i < n; i++) {
        struct script_argument *a = &arguments[kept++];

        if (a != &arguments[i])
            *a = arguments[i];
        if (a->name[0] != '-')
            continue;
        memmove(a->name, a->name + 1, strlen(a->name));
        if (i + 1 < n && arguments[i + 1].name[0] == '\0') {
            item_free(&a->value);
            a->value = arguments[++i].value;
        }
    }
    return kept;
}

static size_t read_arguments(xmlNodePtr command,
                             struct script_argument *arguments)
{
    xmlNodePtr node = first_of_list(psrp_member(command, "Args"));
    size_t n = 0;

    for (; node != NULL && n < SCRIPT_WORDS_MAX;
         node = soap_elements(node->next)) {
        struct script_argument *a = &arguments[n++];
        xmlNodePtr value = psrp_member(node, "V");
        char *text = value != NULL ? object_string(value) : NULL;

        if (soap_content(psrp_member(node, "N"), a->name, sizeof a->name)
            != 0)
            a->name[0] = '\0';
        item_init(&a->value);
        if (text != NULL && strcmp((const char *)value->name, "Nil") != 0)
            item_string(&a->value, text, strlen(text));
        else
            buf_printf(&a->value.xml, "<Nil />");
        xmlFree(text);
    }
    return join_names(arguments, n);
}

static void take_sink(struct outlet *o, const char *name,
                      const struct script_argument *arguments, size_t n)
{
    if (strcasecmp(name, "Out-Default") == 0)
        o->sink = SINK_HOST;
    else if (strcasecmp(name, "Out-String") == 0 &&
             !pool_no_language(o->s->p->pool))
        o->sink = SINK_TEXT;
    else
        not_found(o->s, name);
    while (n-- > 0)
        if (strcasecmp(arguments[n].name, "Width") == 0)
            o->width = strtoul(item_text(&arguments[n].value), NULL, 10);
}

static void free_arguments(struct script_argument *arguments, size_t n)
{
    while (n > 0)
        item_free(&arguments[--n].value);
}

static void run_main(struct outlet *o, const char *text, bool is_script)
{
    struct script *s = o->s;

    if (is_script)
        script_block(s, text, strlen(text), to_client, o);
    else if (!cmdlet_run(s, text, s->arguments, s->argument_count, to_client,
                         o))
        not_found(s, text);
}

static bool is_script(xmlNodePtr command)
{
    char flag[8];

    return soap_content(psrp_member(command, "IsScript"), flag, sizeof flag)
               == 0 && strcmp(flag, "true") == 0;
}

/* Recorded: before anything of the statement is looked up. */
static bool is_allowed(struct script *s, xmlNodePtr list)
{
    if (!is_script(list) || !pool_no_language(s->p->pool))
        return true;
    script_throw(s, NOT_ALLOWED, "ScriptsNotAllowed", "ParserError: (:) "
                 "[], ParseException");
    return false;
}

/* One statement's commands: the first runs, those behind say where to. */
static void run_commands(struct script *s, xmlNodePtr list)
{
    struct outlet o = { .s = s, .sink = SINK_OBJECTS, .width = 80 };
    struct script_argument arguments[SCRIPT_WORDS_MAX];
    xmlNodePtr command = list;
    char *text;
    size_t n;

    if (!is_allowed(s, list))
        return;
    while ((command = soap_elements(command->next)) != NULL && !s->ended) {
        n = read_arguments(command, arguments);
        text = object_string(psrp_member(command, "Cmd"));
        take_sink(&o, text != NULL ? text : "", arguments, n);
        xmlFree(text);
        free_arguments(arguments, n);
    }
    s->argument_count = read_arguments(list, s->arguments);
    text = object_string(psrp_member(list, "Cmd"));
    if (text != NULL && !s->ended)
        run_main(&o, text, is_script(list));
    xmlFree(text);
    free_arguments(s->arguments, s->argument_count);
    s->argument_count = 0;
}

static void run_statements(struct script *s, xmlNodePtr creation)
{
    xmlNodePtr powershell = psrp_member(creation, "PowerShell");
    xmlNodePtr node = first_of_list(psrp_member(powershell, "ExtraCmds"));

    if (node == NULL) {
        node = first_of_list(psrp_member(powershell, "Cmds"));
        if (node != NULL)
            run_commands(s, node);
        return;
    }
    for (; node != NULL && !s->ended; node = soap_elements(node->next)) {
        xmlNodePtr commands = first_of_list(psrp_member(node, "Cmds"));

        if (commands != NULL)
            run_commands(s, commands);
    }
}

void script_run(struct pipeline *p, xmlNodePtr creation)
{
    struct script *s = calloc(1, sizeof *s);
    char text[8];

    if (s == NULL)
        return;
    s->p = p;
    s->ok = true;
    s->ref = FIRST_REF;
    console_read(psrp_member(creation, "HostInfo"), &p->console);
    if (p->console.of_pool)
        p->console = *pool_console(p->pool);
    p->input_over = soap_content(psrp_member(creation, "NoInput"), text,
                                 sizeof text) != 0 ||
                    strcmp(text, "true") == 0;
    run_statements(s, creation);
    if (command_stopping(p->command))
        records_state(p, 3);
    else if (!s->failed)
        records_state(p, 4);
    while (s->variable_count > 0)
        item_free(&s->variables[--s->variable_count].value);
    free(s);
}
