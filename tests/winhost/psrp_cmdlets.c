/* psrp_cmdlets.c - commands of the stand-in's PowerShell. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "commands.h"
#include "psrp_host.h"
#include "psrp_object.h"
#include "psrp_records.h"
#include "psrp_script.h"

/* A command that runs, and its arguments. */
struct cmdlet {
    struct script *s;
    const struct script_argument *arguments;
    size_t count;
    emit_fn *emit;
    void *arg;
};

/* The argument's text by its name, or else the n-th without one; NULL. */
static const char *argument(const struct cmdlet *c, const char *name,
                            size_t n)
{
    size_t i;

    for (i = 0; i < c->count; i++)
        if (strcasecmp(c->arguments[i].name, name) == 0)
            return item_text(&c->arguments[i].value);
    for (i = 0; i < c->count; i++)
        if (c->arguments[i].name[0] == '\0' && n-- == 0)
            return item_text(&c->arguments[i].value);
    return NULL;
}

#define BY_NAME_ONLY ((size_t)SCRIPT_WORDS_MAX)

static const char *text_of(const struct cmdlet *c, const char *name, size_t n)
{
    const char *text = argument(c, name, n);

    return text != NULL ? text : "";
}

static void say(const struct cmdlet *c, const char *text)
{
    struct item item;

    item_init(&item);
    item_string(&item, text, strlen(text));
    c->emit(c->arg, &item);
    item_free(&item);
}

static void write_output(struct cmdlet *c)
{
    size_t i;

    for (i = 0; i < c->count; i++)
        c->emit(c->arg, &c->arguments[i].value);
}

/* Recorded: with "Stop" the pipeline fails by the error itself. */
static void fail(struct cmdlet *c, const struct error_text *text)
{
    struct item *preference = script_variable(c->s, "ErrorActionPreference");

    c->s->ok = false;
    if (preference != NULL &&
        strcasecmp(item_text(preference), "Stop") == 0) {
        c->s->ended = c->s->failed = true;
        records_failed(c->s->p, text);
        return;
    }
    records_error(c->s->p, text);
}

static void write_error(struct cmdlet *c)
{
    const struct error_text text = {
        .message = text_of(c, "Message", 0),
        .exception = "Microsoft.PowerShell.Commands.WriteErrorException",
        .id = "Microsoft.PowerShell.Commands.WriteErrorException",
        .category = "NotSpecified: (:) [Write-Error], WriteErrorException",
        .command = "",
        .position = "At line:1 char:1\r\n+ Write-Error\r\n+ ~~~~~~~~~~~",
    };

    fail(c, &text);
}

static void write_warning(struct cmdlet *c)
{
    records_message(c->s->p, PSRP_WARNING, text_of(c, "Message", 0));
}

static void write_verbose(struct cmdlet *c)
{
    records_message(c->s->p, PSRP_VERBOSE, text_of(c, "Message", 0));
}

static void write_debug(struct cmdlet *c)
{
    records_message(c->s->p, PSRP_DEBUG, text_of(c, "Message", 0));
}

static void write_host(struct cmdlet *c)
{
    records_host(c->s->p, text_of(c, "Object", 0),
                 console_colour(text_of(c, "ForegroundColor", BY_NAME_ONLY)),
                 console_colour(text_of(c, "BackgroundColor", BY_NAME_ONLY)),
                 argument(c, "NoNewline", BY_NAME_ONLY) == NULL);
}

static void write_information(struct cmdlet *c)
{
    records_information(c->s->p, text_of(c, "MessageData", 0));
}

static void write_progress(struct cmdlet *c)
{
    records_progress(c->s->p, text_of(c, "Activity", 0),
                     text_of(c, "Status", 1),
                     (int)strtol(text_of(c, "PercentComplete", BY_NAME_ONLY),
                                 NULL, 10),
                     argument(c, "Completed", BY_NAME_ONLY) != NULL);
}

static void start_sleep(struct cmdlet *c)
{
    const char *ms = argument(c, "Milliseconds", BY_NAME_ONLY);
    double s = strtod(text_of(c, "Seconds", 0), NULL);
    unsigned pause = ms != NULL ? (unsigned)strtoul(ms, NULL, 10)
                                : (unsigned)(s * 1000);

    command_sleep(c->s->p->command, pause);
}

static void read_host(struct cmdlet *c)
{
    host_read(c->s, argument(c, "Prompt", 0),
              argument(c, "AsSecureString", BY_NAME_ONLY) != NULL, c->emit,
              c->arg);
}

static void get_credential(struct cmdlet *c)
{
    const char *user = argument(c, "UserName", BY_NAME_ONLY);

    host_credential(c->s, argument(c, "Message", BY_NAME_ONLY),
                    user != NULL ? user : argument(c, "Credential", 0),
                    c->emit, c->arg);
}

/* To be sent to the client it needs the client's key. */
static void convert_to_secure(struct cmdlet *c)
{
    struct item item;

    item_init(&item);
    if (object_conceal(c->s, text_of(c, "String", 0), &item) == 0)
        c->emit(c->arg, &item);
    item_free(&item);
}

/* -ArgumentList a, b: one argument or a list. */
struct list {
    struct item items[2];
    size_t count;
};

static void take_item(void *arg, const struct item *item)
{
    struct list *list = arg;

    if (list->count < 2)
        item_copy(&list->items[list->count++], item);
}

static void new_object(struct cmdlet *c)
{
    struct list list = { .count = 0 };
    struct item item;
    const char *type;
    size_t i, position = 0;

    item_init(&item);
    item_init(&list.items[0]);
    item_init(&list.items[1]);
    for (i = 0; i < c->count; i++)
        if (strcasecmp(c->arguments[i].name, "ArgumentList") == 0 ||
            (c->arguments[i].name[0] == '\0' && position++ == 1))
            object_each(&c->arguments[i].value, take_item, &list);
    type = text_of(c, "TypeName", 0);
    if (object_new(type, list.items, list.count, &item))
        c->emit(c->arg, &item);
    else
        script_throw(c->s, "Cannot find the type: it must be one of those "
                     "that a host's methods take.", "TypeNotFound,Microsoft."
                     "PowerShell.Commands.NewObjectCommand", "InvalidType: "
                     "(:) [New-Object], PSArgumentException");
    item_free(&item);
    item_free(&list.items[0]);
    item_free(&list.items[1]);
}

static void host_name(struct cmdlet *c)
{
    say(c, c->s->p->shell->host->name);
}

static void whoami(struct cmdlet *c)
{
    const struct identity *who = c->s->p->shell->identity;
    char text[2 * IDENTITY_NAME_MAX + 2], *q;

    snprintf(text, sizeof text, "%s\\%s", who->domain, who->user);
    for (q = text; *q != '\0'; q++)
        if (*q >= 'A' && *q <= 'Z')
            *q += 'a' - 'A';
    say(c, text);
}

static void get_service(struct cmdlet *c)
{
    const char *name = text_of(c, "Name", 0);
    struct item item;

    item_init(&item);
    buf_printf(&item.xml, "<Obj RefId=\"90\"><TN RefId=\"90\">"
               "<T>System.ServiceProcess.ServiceController</T>"
               "<T>System.Object</T></TN><ToString>System.ServiceProcess."
               "ServiceController</ToString><Props><S N=\"Name\">%s</S>"
               "<Obj N=\"Status\" RefId=\"91\"><TN RefId=\"91\"><T>System."
               "ServiceProcess.ServiceControllerStatus</T><T>System.Enum</T>"
               "<T>System.ValueType</T><T>System.Object</T></TN><ToString>"
               "Running</ToString><I32>4</I32></Obj></Props></Obj>", name);
    buf_printf(&item.text, "Running  %s", name);
    c->emit(c->arg, &item);
    item_free(&item);
}

/* An object that holds itself. */
static void get_cycle(struct cmdlet *c)
{
    struct item item;

    item_init(&item);
    buf_printf(&item.xml, "<Obj RefId=\"0\"><MS><S N=\"Name\">a</S>"
               "<Ref N=\"Self\" RefId=\"0\" /></MS></Obj>");
    buf_printf(&item.text, "a");
    c->emit(c->arg, &item);
    item_free(&item);
}

/* Lines of a file at the end of the second hop, with notes as PowerShell's
 * provider adds them. */
struct lines {
    struct cmdlet *c;
    struct buf part;
    char message[256];
};

static void emit_line(struct lines *l, const char *text, size_t len)
{
    struct item item;

    if (len > 0 && text[len - 1] == '\r')
        len--;
    item_init(&item);
    buf_printf(&item.xml, "<Obj RefId=\"0\"><S>");
    psrp_text(&item.xml, text, len);
    buf_printf(&item.xml, "</S><MS><S N=\"PSChildName\">plan.txt</S>"
               "</MS></Obj>");
    buf_put(&item.text, text, len);
    l->c->emit(l->c->arg, &item);
    item_free(&item);
}

static bool take_lines(void *arg, bool is_error, const void *p, size_t n)
{
    struct lines *l = arg;
    char *end;

    if (is_error) {
        snprintf(l->message, sizeof l->message, "%.*s", (int)n,
                 (const char *)p);
        l->message[strcspn(l->message, "\r\n")] = '\0';
        return true;
    }
    buf_put(&l->part, p, n);
    while (l->part.len > 0 &&
           (end = memchr(l->part.data, '\n', l->part.len)) != NULL) {
        size_t len = (size_t)(end - (char *)l->part.data);

        emit_line(l, (char *)l->part.data, len);
        buf_consume(&l->part, len + 1);
    }
    return true;
}

static void get_content(struct cmdlet *c)
{
    const char *path = text_of(c, "Path", 0);
    struct lines lines = { .c = c, .part = BUF_INIT(PSRP_MESSAGE_MAX) };
    struct call call = {
        .command = c->s->p->command, .shell = c->s->p->shell, .args = path,
        .out = TARGET_STDOUT, .err = TARGET_STDERR,
        .taker = take_lines, .taker_arg = &lines,
    };
    char message[1024];
    bool denied;

    if (unc_type(&call, path) == 0) {
        if (lines.part.len > 0)
            emit_line(&lines, (char *)lines.part.data, lines.part.len);
        buf_free(&lines.part);
        return;
    }
    buf_free(&lines.part);
    denied = strcmp(lines.message, "Access is denied.") == 0;
    snprintf(message, sizeof message, denied
             ? "Access to the path '%.500s' is denied."
             : "Cannot find path '%.500s' because it does not exist.", path);
    fail(c, &(struct error_text){
        .message = message, .command = "Get-Content",
        .exception = "System.UnauthorizedAccessException",
        .id = denied ? "GetContentReaderUnauthorizedAccessError,Microsoft."
                       "PowerShell.Commands.GetContentCommand"
                     : "PathNotFound,Microsoft.PowerShell.Commands."
                       "GetContentCommand",
        .category = denied ? "PermissionDenied: (:) [Get-Content], "
                             "UnauthorizedAccessException"
                           : "ObjectNotFound: (:) [Get-Content], "
                             "ItemNotFoundException",
        .position = "" });
}

/* cmd /c exit N: a native program's end. */
static void cmd(struct cmdlet *c)
{
    const char *code = text_of(c, "Code", 2);
    struct item item;

    item_init(&item);
    script_one(c->s, code[0] != '\0' ? code : "0", &item);
    script_set(c->s, "LASTEXITCODE", &item);
    c->s->ok = strcmp(item_text(&item), "0") == 0;
    item_free(&item);
}

/* visible: in an endpoint without language, too. */
static const struct {
    const char *name;
    void (*run)(struct cmdlet *c);
    bool visible;
} cmdlets[] = {
    { "Write-Output", write_output, false }, { "echo", write_output, false },
    { "Write-Error", write_error, false },
    { "Write-Warning", write_warning, false },
    { "Write-Verbose", write_verbose, false },
    { "Write-Debug", write_debug, false },
    { "Write-Host", write_host, false },
    { "Write-Information", write_information, false },
    { "Write-Progress", write_progress, false },
    { "Start-Sleep", start_sleep, false },
    { "Read-Host", read_host, false },
    { "Get-Credential", get_credential, false },
    { "ConvertTo-SecureString", convert_to_secure, false },
    { "New-Object", new_object, false },
    { "Get-LabCycle", get_cycle, false },
    { "hostname", host_name, false }, { "whoami", whoami, false },
    { "Get-Service", get_service, true },
    { "Get-Content", get_content, false }, { "cmd", cmd, false },
};

bool cmdlet_run(struct script *s, const char *name,
                const struct script_argument *arguments, size_t count,
                emit_fn *emit, void *arg)
{
    struct cmdlet c = { s, arguments, count, emit, arg };
    size_t i;

    for (i = 0; i < sizeof cmdlets / sizeof *cmdlets; i++)
        if (strcasecmp(cmdlets[i].name, name) == 0 &&
            (cmdlets[i].visible || !pool_no_language(s->p->pool))) {
            cmdlets[i].run(&c);
            return true;
        }
    return false;
}
