/* pamtest.h - the inside of the PAM script runner, grouped by file. */
#ifndef CREDSSP_TESTS_PAMTEST_H
#define CREDSSP_TESTS_PAMTEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Fixed actors: numbers without an account are enough for the kernel. */
#define ALICE 40101
#define BOB 40102
#define BROKER 40103

#define LINES_MAX 64
#define TEXT_MAX 512

/* -- script.c: a script as a person writes it -- */

/* "name = value", or "name" alone with an empty value. */
struct line {
    int number;
    char name[TEXT_MAX];
    char value[TEXT_MAX];
};

struct section {
    struct line lines[LINES_MAX];
    size_t n;
};

struct script {
    struct section options, run, prompts, output;
};

/* false after a message on stderr. */
bool script_read(const char *path, struct script *script);
/* The value of an option, or the default. */
const char *script_option(const struct script *script, const char *name,
                          const char *otherwise);

/* -- fakes.c: what the module finds instead of this machine -- */

/* An installation without the broker's account. */
extern bool fakes_no_group;

/* Log lines of the module, "PRIORITY text", in order; children of the program
 * write into the same memory. */
struct fakes_log {
    char lines[LINES_MAX][TEXT_MAX];
    size_t n;
};
void fakes_begin(struct fakes_log *memory);
size_t fakes_log_count(void);
const char *fakes_log_line(size_t i);

/* -- keys.c: the session keyring, before and after -- */

/* As pam_keyinit leaves it: a new keyring that belongs to uid. */
bool keys_new_session(uid_t uid);
bool keys_revoke_session(void);
/* The names in it, with blanks between; "none"; or why it cannot be read. */
const char *keys_in_session(void);
/* What the broker finds sealed there, or the cause that it is told. */
const char *keys_password(void);
/* "LOGIN DOMAIN REALM LIFETIME SERVICE" of it. */
const char *keys_credential(void);
/* "alive", with root and for at most two minutes; "gone"; or what it is. */
const char *keys_stash(int32_t serial);
/* A key of alice's that looks like a stash as far as she can make it. */
int32_t keys_forge_stash(void);

#endif
