/*
 * command.h - one running command: its output on the way to Receive, its
 * input from Send, its end.  Thread-safe; counted.
 */
#ifndef WINHOST_COMMAND_H
#define WINHOST_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "credssp/err.h"
#include "soap_out.h"

/* Bytes in one rsp:Stream; a multiple of 3 needs no base64 padding. */
#define CHUNK_BYTES 32766
#define CONTROL_C_EXIT 0xc000013au /* STATUS_CONTROL_C_EXIT */

/* pr: what PowerShell asked for, beside its input. */
enum stream { STREAM_STDOUT, STREAM_STDERR, STREAM_STDIN, STREAM_PR };

struct chunk {
    struct chunk *next;
    enum stream stream;
    size_t off, len; /* bytes off..len of data are still to be sent */
    unsigned char data[CHUNK_BYTES];
};

struct shell;
struct command;

/* Holds a reference to the shell. NULL: no memory. */
struct command *command_new(struct shell *shell);
struct command *command_ref(struct command *command);
void command_unref(struct command **command);

const char *command_id(const struct command *command);
/* PowerShell's clients choose it; before anybody else knows the command. */
void command_rename(struct command *command, const char id[UUID_BYTES]);
struct shell *command_shell(const struct command *command);

/* -- for the command itself; false and -1: it was ended from outside -- */
bool command_write(struct command *command, enum stream stream,
                   const void *p, size_t n);
/* from: which of the two it came in by; or NULL. */
ssize_t command_read(struct command *command, enum stream *from, void *dst,
                     size_t size);
bool command_sleep(struct command *command, unsigned ms);
bool command_ended(struct command *command);
/* PowerShell's stop: sleeping and reading end, writing goes on. */
bool command_stopping(struct command *command);
/* The child that ends with the command; 0: none (any more). */
void command_child(struct command *command, pid_t child);
void command_exit(struct command *command, uint32_t code);

/* -- for the client's requests -- */
enum received { RECEIVED_OUTPUT, RECEIVED_NOTHING, RECEIVED_GONE };
struct output {
    struct chunk *chunks;  /* owned by the caller */
    bool done;
    uint32_t exit_code;
};
/*
 * Waits up to timeout_ms for output or the end; takes what fits into budget
 * bytes on the wire.  RECEIVED_GONE: its end was already told.
 */
enum received command_receive(struct command *command, size_t budget,
                              unsigned timeout_ms, struct output *output);
void output_free(struct output *output);

/* false: the command did not take it in time. */
bool command_send(struct command *command, enum stream stream, const void *p,
                  size_t n, bool end,
                  unsigned timeout_ms);
void command_stop(struct command *command);
/* ctrl_c, terminate, Delete: the command ends with this code. */
void command_end(struct command *command, uint32_t code);

/* Bytes that an rsp:Stream element costs besides its base64. */
#define STREAM_OVERHEAD 128

#endif
