/* commands.c - runs command lines: the interpreter and cmd.exe's builtins. */
#include "commands.h"

#include <ctype.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "journal.h"

#define DEPTH_MAX 8 /* cmd /c in cmd /c */

struct run {
    struct command *command;
    char *line;
};

bool call_write(const struct call *call, enum cmdline_target target,
                const void *p, size_t n)
{
    if (target == TARGET_NUL)
        return !command_ended(call->command);
    if (call->taker != NULL)
        return call->taker(call->taker_arg, target == TARGET_STDERR, p, n);
    return command_write(call->command,
                         target == TARGET_STDERR ? STREAM_STDERR
                                                 : STREAM_STDOUT, p, n);
}

bool call_print(const struct call *call, const char *text)
{
    return call_write(call, call->out, text, strlen(text));
}

uint32_t call_fail(const struct call *call, const char *text)
{
    char line[1024];
    int n = snprintf(line, sizeof line, "%s\r\n", text);

    call_write(call, call->err, line, (size_t)n < sizeof line
               ? (size_t)n : sizeof line - 1);
    return 1;
}

static void print_line(const struct call *call, const char *text)
{
    char line[CMDLINE_MAX + 3];
    int n = snprintf(line, sizeof line, "%s\r\n", text);

    call_write(call, call->out, line, (size_t)n < sizeof line
               ? (size_t)n : sizeof line - 1);
}

static uint32_t run_hostname(struct call *call)
{
    print_line(call, call->shell->host->name);
    return 0;
}

static uint32_t run_whoami(struct call *call)
{
    const struct identity *id = call->shell->identity;
    char name[2 * IDENTITY_NAME_MAX + 2];
    size_t i;

    snprintf(name, sizeof name, "%s\\%s", id->domain, id->user);
    for (i = 0; name[i] != '\0'; i++)
        name[i] = (char)tolower((unsigned char)name[i]);
    print_line(call, name);
    return 0;
}

static uint32_t run_echo(struct call *call)
{
    if (call->args[0] == '\0') {
        print_line(call, "ECHO is on.");
        return 0;
    }
    print_line(call, call->args + 1); /* one delimiter goes with the name */
    return 0;
}

static uint32_t run_exit(struct call *call)
{
    const char *args = call->args;
    char word[32];

    call->exit = true;
    while (cmdline_word(&args, word, sizeof word))
        if (strcasecmp(word, "/b") != 0)
            return (uint32_t)strtol(word, NULL, 10);
    return 0;
}

static void directory_of(const struct shell *shell, char *dst, size_t size)
{
    if (shell->options.directory[0] != '\0')
        snprintf(dst, size, "%s", shell->options.directory);
    else
        snprintf(dst, size, "C:\\Users\\%s", shell->identity->user);
}

static uint32_t run_cd(struct call *call)
{
    char directory[1024];

    directory_of(call->shell, directory, sizeof directory);
    print_line(call, directory);
    return 0;
}

/* What every logon has; USER and HOST stand for the names. */
static const struct {
    const char *name, *before, *which, *after;
} base_variables[] = {
    { "COMPUTERNAME", "", "HOST", "" },
    { "ComSpec", "C:\\Windows\\system32\\cmd.exe", "", "" },
    { "OS", "Windows_NT", "", "" },
    { "Path", "C:\\Windows\\system32;C:\\Windows", "", "" },
    { "PATHEXT", ".COM;.EXE;.BAT;.CMD", "", "" },
    { "PROMPT", "$P$G", "", "" },
    { "SystemDrive", "C:", "", "" },
    { "SystemRoot", "C:\\Windows", "", "" },
    { "TEMP", "C:\\Users\\", "USER", "\\AppData\\Local\\Temp" },
    { "TMP", "C:\\Users\\", "USER", "\\AppData\\Local\\Temp" },
    { "USERDOMAIN", "", "DOMAIN", "" },
    { "USERNAME", "", "USER", "" },
    { "USERPROFILE", "C:\\Users\\", "USER", "" },
    { "windir", "C:\\Windows", "", "" },
};
#define BASE_COUNT (sizeof base_variables / sizeof *base_variables)

static void base_value(const struct shell *shell, size_t i, char *dst,
                       size_t size)
{
    const char *which = base_variables[i].which;
    const char *middle = strcmp(which, "HOST") == 0 ? shell->host->name
                       : strcmp(which, "USER") == 0 ? shell->identity->user
                       : strcmp(which, "DOMAIN") == 0
                             ? shell->identity->domain : "";

    snprintf(dst, size, "%s%s%s", base_variables[i].before, middle,
             base_variables[i].after);
}

struct lookup {
    const struct shell *shell;
    char value[1024];
};

static const char *find_variable(void *arg, const char *name)
{
    struct lookup *lookup = arg;
    const struct shell_options *o = &lookup->shell->options;
    size_t i;

    for (i = 0; i < o->variable_count; i++)
        if (strcasecmp(o->variables[i].name, name) == 0)
            return o->variables[i].value;
    for (i = 0; i < BASE_COUNT; i++) {
        if (strcasecmp(base_variables[i].name, name) != 0)
            continue;
        base_value(lookup->shell, i, lookup->value, sizeof lookup->value);
        return lookup->value;
    }
    return NULL;
}

static int by_name(const void *a, const void *b)
{
    return strcasecmp(*(const char *const *)a, *(const char *const *)b);
}

static uint32_t run_set(struct call *call)
{
    const struct shell_options *o = &call->shell->options;
    const char *names[BASE_COUNT + SHELL_VARIABLES_MAX];
    struct lookup lookup = { .shell = call->shell };
    char prefix[256] = "", line[CMDLINE_MAX];
    const char *args = call->args;
    size_t i, n = 0, shown = 0;

    cmdline_word(&args, prefix, sizeof prefix);
    for (i = 0; i < o->variable_count; i++)
        names[n++] = o->variables[i].name;
    for (i = 0; i < BASE_COUNT; i++)
        names[n++] = base_variables[i].name;
    qsort(names, n, sizeof *names, by_name);
    for (i = 0; i < n; i++) {
        if (strncasecmp(names[i], prefix, strlen(prefix)) != 0)
            continue;
        snprintf(line, sizeof line, "%s=%s", names[i],
                 find_variable(&lookup, names[i]));
        print_line(call, line);
        shown++;
    }
    if (shown == 0) {
        snprintf(line, sizeof line,
                 "Environment variable %s not defined", prefix);
        return call_fail(call, line);
    }
    return 0;
}

static bool is_unc(const char *path)
{
    return strncmp(path, "\\\\", 2) == 0;
}

static uint32_t run_type(struct call *call)
{
    const char *args = call->args;
    char path[1024];

    if (!cmdline_word(&args, path, sizeof path))
        return call_fail(call, "The syntax of the command is incorrect.");
    if (is_unc(path))
        return unc_type(call, path);
    return call_fail(call, "The system cannot find the file specified.");
}

static uint32_t run_dir(struct call *call)
{
    const char *args = call->args;
    char path[1024] = "";

    while (cmdline_word(&args, path, sizeof path))
        if (path[0] != '/')
            break;
    if (is_unc(path))
        return unc_dir(call, path);
    return call_fail(call, "File Not Found");
}

/* ping -n N waits a second between its N requests. */
static uint32_t run_ping(struct call *call)
{
    const char *args = call->args;
    char word[256], target[256] = "";
    long i, n = 4;

    while (cmdline_word(&args, word, sizeof word)) {
        if (strcmp(word, "-n") == 0 || strcmp(word, "/n") == 0) {
            if (cmdline_word(&args, word, sizeof word))
                n = strtol(word, NULL, 10);
        } else {
            snprintf(target, sizeof target, "%s", word);
        }
    }
    if (strcmp(target, "127.0.0.1") != 0)
        return call_fail(call, "Ping request could not find host.");
    call_print(call, "\r\nPinging 127.0.0.1 with 32 bytes of data:\r\n");
    for (i = 0; i < n; i++) {
        if (i > 0 && !command_sleep(call->command, 1000))
            return CONTROL_C_EXIT;
        call_print(call, "Reply from 127.0.0.1: bytes=32 time<1ms "
                   "TTL=128\r\n");
    }
    return 0;
}

static uint32_t run_timeout(struct call *call)
{
    /* What every remote shell gets to see: its stdin is not a console. */
    return call_fail(call, "ERROR: Input redirection is not supported, "
                     "exiting the process immediately.");
}

static uint32_t run_line(struct command *command, const char *line,
                         unsigned depth);
static uint32_t run_cmd(struct call *call);

static const struct {
    const char *name;
    command_fn *run;
} programs[] = {
    { "cd", run_cd }, { "chdir", run_cd }, { "cmd", run_cmd },
    { "dir", run_dir }, { "echo", run_echo }, { "exit", run_exit },
    { "hostname", run_hostname }, { "more", text_more },
    { "ping", run_ping }, { "powershell", powershell }, { "set", run_set },
    { "sort", text_sort }, { "timeout", run_timeout }, { "type", run_type },
    { "whoami", run_whoami },
    { "lab-bytes", lab_bytes }, { "lab-cat", lab_cat },
    { "lab-size", lab_size }, { "lab-sleep", lab_sleep },
    { "lab-stderr", lab_stderr }, { "lab-stubborn", lab_stubborn },
    { "lab-sum", lab_sum },
};

static uint32_t run_unknown(const struct call *call, const char *text)
{
    char name[512], message[640];
    const char *p = text;

    cmdline_word(&p, name, sizeof name);
    snprintf(message, sizeof message, "'%s' is not recognized as an internal "
             "or external command,\r\noperable program or batch file.", name);
    return call_fail(call, message);
}

static uint32_t run_part(struct command *command, struct cmdline_part *part,
                         unsigned depth, bool *exit)
{
    struct call call = { .command = command, .out = part->out,
                         .err = part->err, .shell = command_shell(command) };
    char name[256];
    uint32_t code;
    size_t i;

    call.args = cmdline_program(part->text, name, sizeof name);
    if (part->wrong)
        return call_fail(&call, "The syntax of the command is incorrect.");
    if (strcmp(name, "cmd") == 0) {
        const char *args = call.args;
        char word[16];

        if (depth < DEPTH_MAX && cmdline_word(&args, word, sizeof word)
            && strcasecmp(word, "/c") == 0)
            return run_line(command, args, depth + 1);
    }
    for (i = 0; i < sizeof programs / sizeof *programs; i++) {
        if (strcmp(name, programs[i].name) != 0)
            continue;
        code = programs[i].run(&call);
        *exit = call.exit;
        return code;
    }
    return run_unknown(&call, part->text);
}

/* cmd without /c reads commands from stdin, which nobody needs here. */
static uint32_t run_cmd(struct call *call)
{
    call_print(call, "Microsoft Windows [Version 10.0.17763.1]\r\n");
    return 0;
}

static uint32_t run_line(struct command *command, const char *line,
                         unsigned depth)
{
    struct cmdline_part *part = malloc(sizeof *part);
    bool exit = false;
    uint32_t code = 0;

    if (part == NULL)
        return 8; /* ERROR_NOT_ENOUGH_MEMORY */
    while (!exit && !command_ended(command) && cmdline_next(&line, part)) {
        if ((part->joiner == JOIN_IF_OK && code != 0)
            || (part->joiner == JOIN_IF_FAILED && code == 0))
            continue;
        code = run_part(command, part, depth, &exit);
    }
    free(part);
    return code;
}

static void *run_thread(void *arg)
{
    struct run *run = arg;
    const struct host *host = command_shell(run->command)->host;
    struct lookup lookup = { .shell = command_shell(run->command) };
    char *line = malloc(CMDLINE_MAX + 1);
    uint32_t code = 8;

    if (line != NULL) {
        cmdline_expand(run->line, line, CMDLINE_MAX + 1, find_variable,
                       &lookup);
        code = run_line(run->command, line, 0);
    }
    journal_write(host->journal, "exit", "command=%s code=%u",
                  command_id(run->command), code);
    command_exit(run->command, code);
    command_unref(&run->command);
    free(line);
    free(run->line);
    free(run);
    registry_leave(host->shells);
    return NULL;
}

int commands_start(struct command *command, const char *line)
{
    struct registry *registry = command_shell(command)->host->shells;
    struct run *run = calloc(1, sizeof *run);
    pthread_t thread;

    if (run != NULL)
        run->line = strdup(line);
    if (run == NULL || run->line == NULL) {
        free(run);
        return -1;
    }
    run->command = command_ref(command);
    registry_enter(registry);
    if (pthread_create(&thread, NULL, run_thread, run) != 0) {
        registry_leave(registry);
        command_unref(&run->command);
        free(run->line);
        free(run);
        return -1;
    }
    pthread_detach(thread);
    return 0;
}
