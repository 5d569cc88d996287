/*
 * powershell.c - the statements that recordings of winrs use: Write-Host,
 * Start-Sleep and (pwd).Path, so that they can be replayed.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "commands.h"

static uint32_t run_statement(const struct call *call, const char *text)
{
    static const char write_host[] = "Write-Host ", sleep[] = "Start-Sleep ";
    const char *directory = call->shell->options.directory;

    if (strncasecmp(text, write_host, sizeof write_host - 1) == 0) {
        call_print(call, text + sizeof write_host - 1);
        call_print(call, "\n"); /* as recorded: no CR */
        return 0;
    }
    if (strncasecmp(text, sleep, sizeof sleep - 1) == 0) {
        unsigned long s = strtoul(text + sizeof sleep - 1, NULL, 10);

        return command_sleep(call->command, (unsigned)s * 1000)
            ? 0 : CONTROL_C_EXIT;
    }
    if (strcasecmp(text, "(pwd).Path") == 0) {
        call_print(call, directory[0] != '\0' ? directory : "C:\\");
        call_print(call, "\r\n");
        return 0;
    }
    return call_fail(call, "The term is not recognized as the name of a "
                     "cmdlet, function, script file, or operable program.");
}

uint32_t powershell(struct call *call)
{
    char *script = strdup(call->args), *save = NULL, *text;
    uint32_t code = 0;

    if (script == NULL)
        return 8;
    for (text = strtok_r(script, ";", &save); text != NULL && code == 0;
         text = strtok_r(NULL, ";", &save)) {
        size_t n;

        text += strspn(text, " ");
        for (n = strlen(text); n > 0 && text[n - 1] == ' '; n--)
            text[n - 1] = '\0';
        code = run_statement(call, text);
    }
    free(script);
    return code;
}
