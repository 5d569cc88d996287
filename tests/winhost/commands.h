/*
 * commands.h - what runs on the stand-in: the few commands that tests need,
 * printing what Windows prints.
 */
#ifndef WINHOST_COMMANDS_H
#define WINHOST_COMMANDS_H

#include "cmdline.h"
#include "command.h"
#include "shells.h"

/* One command of a line, with its outputs where redirections want them. */
struct call {
    struct command *command;
    const struct shell *shell;
    const char *args;            /* verbatim, behind the name */
    enum cmdline_target out, err;
    bool exit;                   /* set by "exit" */
    /* Takes the output instead of the command's streams; or NULL. */
    bool (*taker)(void *arg, bool is_error, const void *p, size_t n);
    void *taker_arg;
};

/* Starts a thread that runs line. -1: no thread could be had. */
int commands_start(struct command *command, const char *line) MUST_USE;

/* Output with redirections; false: ended from outside. */
bool call_write(const struct call *call, enum cmdline_target target,
                const void *p, size_t n);
bool call_print(const struct call *call, const char *text);
/* Text and CRLF on stderr; returns 1, for "return call_fail(...)". */
uint32_t call_fail(const struct call *call, const char *text);

typedef uint32_t command_fn(struct call *call);

/* commands_lab.c: bytes, sums and sleeps for tests */
/* The next n words that lab-bytes prints. */
#define LAB_SEED 88172645463325252ull
void lab_fill(uint64_t *state, uint64_t *words, size_t n);
command_fn lab_bytes, lab_sum, lab_stderr, lab_sleep, lab_stubborn, lab_cat;
command_fn lab_size;
/* commands_text.c: stdin to stdout */
command_fn text_more, text_sort;
/* powershell.c: the statements that the recordings use */
command_fn powershell;
/* unc.c: the second hop; path is \\server\share\... */
uint32_t unc_type(struct call *call, const char *path);
uint32_t unc_dir(struct call *call, const char *path);

#endif
