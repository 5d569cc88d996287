/*
 * ps_parse.h - a script that is no more than a pipeline of commands with
 * literal arguments, as commands: endpoints without language take those.
 */
#ifndef CREDSSP_CLI_PS_PARSE_H
#define CREDSSP_CLI_PS_PARSE_H

#include <stdbool.h>

#include "credssp/buf.h"
#include "psrp/pipeline.h"

#define PS_PARSE_COMMANDS_MAX 15
#define PS_PARSE_ARGUMENTS_MAX 256

struct ps_parsed {
    struct psrp_command commands[PS_PARSE_COMMANDS_MAX + 1];
    size_t count;             /* one more fits behind them */
    struct psrp_argument arguments[PS_PARSE_ARGUMENTS_MAX];
    size_t argument_count;
    struct buf words;         /* with a NUL behind each */
};

/* ps_parse_free() in any case. */
void ps_parse_init(struct ps_parsed *parsed);
void ps_parse_free(struct ps_parsed *parsed);

/*
 * false: it is more than that (a variable, an operator, a block, a quote with
 * $ in it, ...), and can only be sent as a script.
 */
bool ps_parse(struct ps_parsed *parsed, const char *script);

#endif
