/*
 * ps_script.h - what is to be run: a script's text, a file with arguments, or
 * a command, as a pipeline's commands.
 */
#ifndef CREDSSP_CLI_PS_SCRIPT_H
#define CREDSSP_CLI_PS_SCRIPT_H

#include <stdbool.h>

#include "cli/options.h"
#include "credssp/buf.h"
#include "credssp/err.h"
#include "psrp/pipeline.h"

#define PS_SCRIPT_MAX 16777216 /* bytes of a script */
#define PS_ARGUMENTS_MAX 256

struct ps_script {
    struct buf text;          /* the file's, with a NUL behind it */
    struct buf names;         /* of NAME=VALUE, cut apart */
    struct psrp_argument arguments[PS_ARGUMENTS_MAX];
    size_t argument_count;
};

void ps_script_init(struct ps_script *script);
void ps_script_free(struct ps_script *script);

/* The file as it is: UTF-8, with or without a byte order mark; "-": stdin. */
int ps_script_read(struct ps_script *script, const char *path,
                   struct err *err) MUST_USE;

/* ERR_USAGE for what is no UTF-8. */
int ps_script_check(const char *what, const char *text, struct err *err)
    MUST_USE;

/*
 * --arg NAME=VALUE, or NAME alone for a switch; then words by position.  All
 * are strings: PowerShell makes of them what a parameter's type wants.
 */
int ps_script_arguments(struct ps_script *script,
                        const struct option_list *named, char *const *words,
                        int count, struct err *err) MUST_USE;

#endif
