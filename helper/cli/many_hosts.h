/*
 * many_hosts.h - one host or many: the options that say so, the hosts that
 * they come to, and the fan-out over them.
 */
#ifndef CREDSSP_CLI_MANY_HOSTS_H
#define CREDSSP_CLI_MANY_HOSTS_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/fanout.h"
#include "cli/hosts.h"
#include "cli/options.h"
#include "credssp/err.h"

struct many_options {
    const char *hosts_file;
    unsigned at_once;
    bool group;
    bool fail_fast;
    const char *retry_failed;
    const char *input;
};

#define MANY_OPTIONS_INIT { .at_once = FANOUT_DEFAULT }

/*
 * Their rows in a command's table: "letter" is that of --hosts, or 0, and
 * "at" the offset of a struct many_options.
 */
#define MANY_AT(at, name) ((at) + offsetof(struct many_options, name))
#define MANY_ROWS(letter, at)                                                 \
    { (letter), "hosts", "FILE", OPTION_TEXT, MANY_AT(at, hosts_file),        \
      "on the hosts in it, one a line; - is stdin" },                         \
    { 'P', "parallel", "N", OPTION_NUMBER, MANY_AT(at, at_once),              \
      "on so many hosts at once, 1 to 128 (32)" },                            \
    { 0, "group", NULL, OPTION_FLAG, MANY_AT(at, group),                      \
      "each host's output in one piece, when it ends" },                      \
    { 0, "fail-fast", NULL, OPTION_FLAG, MANY_AT(at, fail_fast),              \
      "start on no more hosts after one has failed" },                        \
    { 0, "retry-failed", "FILE", OPTION_TEXT, MANY_AT(at, retry_failed),      \
      "write the hosts without success to it, for --hosts" },                 \
    { 0, "input", "FILE", OPTION_TEXT, MANY_AT(at, input),                    \
      "what is read as stdin; on many hosts, by each" }

struct many_hosts {
    const struct many_options *options;
    const struct page *page;  /* of the command, for its errors */
    bool wide;                /* many, or asked for as if there were */
    const char *host;         /* when it is one */
    struct hosts hosts;       /* when they are many */
    bool read_stdin;          /* they came from it, or something else did */
    /* For the fan-out: */
    enum fanout_form form;
    bool quiet;
    int (*run)(void *arg, const char *host);
    void *arg;
    char *(*object)(const char *host, const struct err *why);
};

/* Takes HOST[,HOST...] from the words, or reads --hosts; options and page are
 * set.  many_hosts_free() in any case. */
int many_hosts_take(struct many_hosts *many, struct words *words,
                    struct err *err) MUST_USE;
void many_hosts_free(struct many_hosts *many);

/*
 * Opens --input: *fd is it, or standard input.  With many hosts the process
 * of each opens it for itself, as its standard input.
 */
int many_hosts_open_input(const struct many_hosts *many, int *fd,
                          struct err *err) MUST_USE;

/* Runs many->run in a process for each host; returns the exit status. */
int many_hosts_run(const struct many_hosts *many, struct err *err);

#endif
