/*
 * psrp_script.h - the little of PowerShell that tests need: statements,
 * pipelines of commands, literals.  What it does not know it refuses.
 */
#ifndef WINHOST_PSRP_SCRIPT_H
#define WINHOST_PSRP_SCRIPT_H

#include "psrp_pipeline.h"

#define SCRIPT_VARIABLES_MAX 32
#define SCRIPT_WORDS_MAX 64

/* A value: as an element of CLIXML without N, and as text. */
struct item {
    struct buf xml, text;
};
void item_init(struct item *item);
void item_free(struct item *item);
void item_copy(struct item *to, const struct item *from);
/* With a NUL behind it. */
const char *item_text(const struct item *item);
void item_string(struct item *item, const char *text, size_t len);

struct script_variable {
    char name[64];
    struct item value;
};

/* One argument: "-Name" or NULL, and its value. */
struct script_argument {
    char name[64];            /* "": by position */
    struct item value;
};

typedef void emit_fn(void *arg, const struct item *item);

struct script {
    struct pipeline *p;
    struct script_variable variables[SCRIPT_VARIABLES_MAX];
    size_t variable_count;
    struct script_argument arguments[SCRIPT_WORDS_MAX]; /* of the script */
    size_t argument_count;
    bool ok;                  /* $? */
    bool ended;               /* exit, throw, or stopped */
    bool failed;              /* the pipeline is, and was told so */
    int ref;                  /* of nested objects */
};

/* psrp_value.c */
struct item *script_variable(struct script *s, const char *name);
void script_set(struct script *s, const char *name, const struct item *value);
/* The end of a word, an expression, or a statement; quotes and brackets
 * nest. */
const char *script_end(const char *text, const char *stops);
/* Items of an expression go to emit, lists unrolled. */
void script_value(struct script *s, const char *text, emit_fn *emit,
                  void *arg);
void script_one(struct script *s, const char *text, struct item *item);

/* psrp_cmdlets.c: a command by its name; false: there is none. */
bool cmdlet_run(struct script *s, const char *name,
                const struct script_argument *arguments, size_t count,
                emit_fn *emit, void *arg);

void script_block(struct script *s, const char *text, size_t len,
                  emit_fn *emit, void *arg);
/* A terminating error. */
void script_throw(struct script *s, const char *message, const char *id,
                  const char *category);

#endif
