/*
 * driver.c - runs PAM scripts against the module with the real libpam:
 * return codes, prompts and exact log lines.
 *
 * Usage: driver [SCRIPT...]; without arguments all of tests/pam/scripts.
 * README in that directory says what a script may contain.
 */
#include "pamtest.h"

#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <security/pam_appl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define SERVICE "pamtest"
#define EXIT_SKIPPED 77 /* automake's */

/* What a forked child of the program changes as well. */
struct shared {
    size_t prompts_used;
    int wrong;
    const char *result;
    char environment[LINES_MAX][TEXT_MAX];
    size_t environment_n;
};

/* One script while it runs. */
struct play {
    const struct script *script;
    const char *path;
    const char *folder;
    const struct pam_conv *conv;
    pam_handle_t *pamh;
    pam_handle_t *login; /* while another program has its turn */
    int32_t stash;
    struct shared *shared;
};

static void complain(struct play *play, int line, const char *what,
                     const char *got, const char *expected)
{
    fprintf(stderr, "%s:%d: %s: got '%s', expected '%s'\n", play->path, line,
            what, got, expected);
    play->shared->wrong = 1;
}

static int converse(int n, const struct pam_message **messages,
                    struct pam_response **responses, void *ptr)
{
    struct play *play = ptr;
    const struct section *prompts = &play->script->prompts;
    const struct line *line;

    if (n != 1 || play->shared->prompts_used == prompts->n) {
        complain(play, 0, "prompts", messages[0]->msg, "none");
        return PAM_CONV_ERR;
    }
    line = &prompts->lines[play->shared->prompts_used++];
    /* The script's line has no blank at its end. */
    if (strncmp(line->name, messages[0]->msg, strlen(line->name)) != 0)
        complain(play, line->number, "prompt", messages[0]->msg, line->name);
    *responses = calloc(1, sizeof **responses);
    if (*responses == NULL)
        return PAM_BUF_ERR;
    (*responses)->resp = strdup(line->value);
    return PAM_SUCCESS;
}

/* -- The steps of [run] -- */

static const struct {
    const char *name;
    int code;
} codes[] = {
    { "PAM_SUCCESS", PAM_SUCCESS },
    { "PAM_IGNORE", PAM_IGNORE },
    { "PAM_PERM_DENIED", PAM_PERM_DENIED },
    { "PAM_AUTH_ERR", PAM_AUTH_ERR },
    { "PAM_CRED_ERR", PAM_CRED_ERR },
    { "PAM_AUTHTOK_ERR", PAM_AUTHTOK_ERR },
};

static const char *code_name(int code)
{
    size_t i;

    for (i = 0; i < sizeof codes / sizeof *codes; i++)
        if (codes[i].code == code)
            return codes[i].name;
    return "another code";
}

static const char *run_authenticate(struct play *play, const char *word)
{
    (void)word;
    return code_name(pam_authenticate(play->pamh, 0));
}

static const char *run_setcred(struct play *play, const char *word)
{
    static const struct {
        const char *name;
        int flag;
    } flags[] = {
        { "", PAM_ESTABLISH_CRED },
        { "REINITIALIZE", PAM_REINITIALIZE_CRED },
        { "REFRESH", PAM_REFRESH_CRED },
        { "DELETE", PAM_DELETE_CRED },
    };
    size_t i;

    for (i = 0; i < sizeof flags / sizeof *flags; i++)
        if (strcmp(flags[i].name, word) == 0)
            return code_name(pam_setcred(play->pamh, flags[i].flag));
    return "an unknown flag";
}

static uid_t named_uid(const char *name)
{
    return strcmp(name, "root") == 0 ? 0
           : strcmp(name, "bob") == 0 ? BOB : ALICE;
}

static const char *run_open(struct play *play, const char *word)
{
    const char *keyinit = script_option(play->script, "keyinit", "alice");

    (void)word;
    /* pam_keyinit, earlier in the stack. */
    if (geteuid() == 0 && strcmp(keyinit, "none") != 0
        && !keys_new_session(named_uid(keyinit)))
        return "no session keyring";
    return code_name(pam_open_session(play->pamh, 0));
}

static const char *run_close(struct play *play, const char *word)
{
    (void)word;
    return code_name(pam_close_session(play->pamh, PAM_SILENT));
}

static const char *run_chauthtok(struct play *play, const char *word)
{
    (void)word;
    return code_name(pam_chauthtok(play->pamh, PAM_CHANGE_EXPIRED_AUTHTOK));
}

/* sudo: the session is another user's. */
static const char *run_user(struct play *play, const char *word)
{
    return code_name(pam_set_item(play->pamh, PAM_USER, word));
}

/* su: a set-user-ID program with the real uid of its caller. */
static const char *run_real_uid(struct play *play, const char *word)
{
    uid_t uid = (uid_t)strtoul(word, NULL, 10);

    (void)play;
    return setresuid(uid, (uid_t)-1, (uid_t)-1) == 0 ? "set" : "not set";
}

/* sshd's child: it ends its copy of the handle and is the user. */
static const char *run_child_end(struct play *play, const char *word)
{
    int status = 1;
    pid_t child = fork();

    (void)word;
    if (child == 0) {
        if (setresuid(ALICE, ALICE, ALICE) != 0)
            _exit(1);
        _exit(pam_end(play->pamh, PAM_DATA_SILENT));
    }
    waitpid(child, &status, 0);
    return status == 0 ? "PAM_SUCCESS" : "failed";
}

/* pam_keyinit, earlier in the stack, at the end of a session. */
static const char *run_revoke(struct play *play, const char *word)
{
    (void)play;
    (void)word;
    return keys_revoke_session() ? "done" : "failed";
}

static const char *run_keys(struct play *play, const char *word)
{
    (void)play;
    (void)word;
    return keys_in_session();
}

static const char *run_password(struct play *play, const char *word)
{
    (void)play;
    (void)word;
    return keys_password();
}

static const char *run_credential(struct play *play, const char *word)
{
    (void)play;
    (void)word;
    return keys_credential();
}

static const char *run_environment(struct play *play, const char *word)
{
    static char names[TEXT_MAX];
    char **list = pam_getenvlist(play->pamh);
    size_t i, used = 0;

    (void)word;
    snprintf(names, sizeof names, "none");
    for (i = 0; list != NULL && list[i] != NULL; i++) {
        used += (size_t)snprintf(names + used, sizeof names - used, "%s%.*s",
                                 used > 0 ? " " : "",
                                 (int)strcspn(list[i], "="), list[i]);
        free(list[i]);
    }
    free(list);
    return names;
}

/* The key that the environment names; it is remembered. */
static const char *run_stash(struct play *play, const char *word)
{
    const char *named = pam_getenv(play->pamh, "PAM_CREDSSP_STASH");

    (void)word;
    if (named != NULL)
        play->stash = (int32_t)strtol(named, NULL, 10);
    return keys_stash(play->stash);
}

static const char *run_forge_stash(struct play *play, const char *word)
{
    char setting[64];

    (void)word;
    snprintf(setting, sizeof setting, "PAM_CREDSSP_STASH=%d",
             keys_forge_stash());
    return code_name(pam_putenv(play->pamh, setting));
}

/* passwd(1) in the session, or the unlocking of its screen. */
static const char *run_other_program(struct play *play, const char *word)
{
    play->login = play->pamh;
    return code_name(pam_start_confdir(SERVICE, *word ? word : "alice",
                                       play->conv, play->folder,
                                       &play->pamh));
}

/* It ends with the result that it tells; the login has its turn again. */
static const char *run_end(struct play *play, const char *word)
{
    int status = PAM_ABORT, r;
    size_t i;

    for (i = 0; i < sizeof codes / sizeof *codes; i++)
        if (strcmp(codes[i].name, word) == 0)
            status = codes[i].code;
    r = pam_end(play->pamh, status);
    play->pamh = play->login;
    play->login = NULL;
    return code_name(r);
}

static const char *run_child(struct play *play, const char *word);

static const struct step {
    const char *name;
    const char *(*run)(struct play *play, const char *word);
} steps[] = {
    { "authenticate", run_authenticate },
    { "setcred", run_setcred },
    { "open_session", run_open },
    { "close_session", run_close },
    { "chauthtok", run_chauthtok },
    { "user", run_user },
    { "real_uid", run_real_uid },
    { "child_end", run_child_end },
    { "revoke_session_keyring", run_revoke },
    { "keys", run_keys },
    { "password", run_password },
    { "credential", run_credential },
    { "environment", run_environment },
    { "stash", run_stash },
    { "forge_stash", run_forge_stash },
    { "other_program", run_other_program },
    { "end", run_end },
    { "child", run_child },
};

static const struct step *find_step(const char *name, size_t n)
{
    size_t i;

    for (i = 0; i < sizeof steps / sizeof *steps; i++)
        if (strlen(steps[i].name) == n
            && strncmp(steps[i].name, name, n) == 0)
            return &steps[i];
    return NULL;
}

/* Steps without words, one after the other, in the child of the program. */
static const char *run_steps(struct play *play, const char *word)
{
    const char *result = "no step";

    while (*word != '\0') {
        size_t n = strcspn(word, " ");
        const struct step *step = find_step(word, n);

        if (step == NULL)
            return "an unknown step";
        result = step->run(play, "");
        if (strncmp(result, "PAM_", 4) == 0
            && strcmp(result, "PAM_SUCCESS") != 0)
            return result;
        word += n;
        word += strspn(word, " ");
    }
    return result;
}

static void send_environment(struct play *play)
{
    char **list = pam_getenvlist(play->pamh);
    size_t i;

    play->shared->environment_n = 0;
    for (i = 0; list != NULL && list[i] != NULL && i < LINES_MAX; i++)
        snprintf(play->shared->environment[play->shared->environment_n++],
                 TEXT_MAX, "%s", list[i]);
}

/*
 * sshd's keyboard-interactive: the calls are made in a child, which is ended
 * without pam_end(3); its PAM environment is imported.
 */
static const char *run_child(struct play *play, const char *word)
{
    pid_t child = fork();
    size_t i;

    if (child == 0) {
        /* Results are constants: they are at the same place in the parent. */
        play->shared->result = run_steps(play, word);
        send_environment(play);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    for (i = 0; i < play->shared->environment_n; i++)
        (void)pam_putenv(play->pamh, play->shared->environment[i]);
    return play->shared->result;
}

static void run_line(struct play *play, const struct line *line)
{
    size_t n = strcspn(line->name, " ");
    const char *word = line->name + n + strspn(line->name + n, " "), *got;
    const struct step *step = find_step(line->name, n);

    if (step == NULL) {
        complain(play, line->number, "run", line->name, "a known step");
        return;
    }
    got = step->run(play, word);
    if (strcmp(got, line->value) != 0)
        complain(play, line->number, line->name, got, line->value);
}

static void compare_output(struct play *play)
{
    const struct section *expected = &play->script->output;
    size_t n = fakes_log_count(), i;

    for (i = 0; i < n || i < expected->n; i++) {
        const char *got = i < n ? fakes_log_line(i) : "(nothing)";
        const char *want = i < expected->n ? expected->lines[i].name
                                           : "(nothing)";

        if (strcmp(got, want) != 0)
            complain(play, i < expected->n ? expected->lines[i].number : 0,
                     "log", got, want);
    }
    if (play->shared->prompts_used < play->script->prompts.n)
        complain(play, 0, "prompts", "fewer",
                 play->script->prompts.lines[play->shared->prompts_used].name);
}

/* -- The private PAM configuration -- */

static void module_path(char path[static PATH_MAX], const char *folder,
                        const char *name)
{
    const char *builddir = getenv("builddir");
    char relative[PATH_MAX];

    snprintf(relative, sizeof relative, "%s/%s/.libs/%s",
             builddir != NULL ? builddir : ".", folder, name);
    if (realpath(relative, path) == NULL) {
        fprintf(stderr, "%s: %s\n", relative, strerror(errno));
        exit(1);
    }
}

/*
 * A failure of the module would end the stack at once; "alone" shows what its
 * IGNORE comes to when no other module says anything.
 */
static void write_service(const struct script *script, FILE *out)
{
    static const char *const types[] = { "auth", "session", "password" };
    char credssp[PATH_MAX], stack[PATH_MAX];
    bool alone = script_option(script, "alone", NULL) != NULL;
    size_t i;

    module_path(credssp, "pam_credssp", "pam_credssp.so");
    module_path(stack, "tests/pam", "stack.so");
    for (i = 0; i < sizeof types / sizeof *types; i++) {
        const char *options = script_option(script, types[i], "");

        if (!alone && strcmp(types[i], "session") != 0)
            fprintf(out, "%s required %s %s\n", types[i], stack,
                    script_option(script, "stack", ""));
        fprintf(out, "%s [success=ok ignore=ignore default=die] %s %s\n",
                types[i], credssp, options);
        if (!alone && strcmp(types[i], "session") == 0)
            fprintf(out, "session required %s\n", stack);
    }
}

static void *shared_memory(size_t n)
{
    void *p = mmap(NULL, n, PROT_READ | PROT_WRITE,
                   MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (p == MAP_FAILED) {
        perror("mmap");
        exit(1);
    }
    return p;
}

static int perform(const char *path, const struct script *script,
                   const char *folder)
{
    struct play play = { .script = script, .path = path, .folder = folder };
    const struct pam_conv conv = { .conv = converse, .appdata_ptr = &play };
    size_t i;

    play.conv = &conv;
    play.shared = shared_memory(sizeof *play.shared);
    fakes_begin(shared_memory(sizeof(struct fakes_log)));
    fakes_no_group = script_option(script, "no_group", NULL) != NULL;
    if (!keys_new_session(named_uid(script_option(script, "keyring",
                                                  "root"))))
        return EXIT_SKIPPED;
    if (pam_start_confdir(SERVICE, script_option(script, "user", "alice"),
                          &conv, folder, &play.pamh) != PAM_SUCCESS)
        return 1;
    for (i = 0; i < script->run.n; i++)
        run_line(&play, &script->run.lines[i]);
    if (play.pamh != NULL)
        pam_end(play.pamh, PAM_SUCCESS);
    compare_output(&play);
    return play.shared->wrong;
}

/* An empty "other" keeps libpam from looking for the machine's. */
static void write_folder(const struct script *script, const char *folder,
                         bool remove_it)
{
    static const char *const names[] = { SERVICE, "other" };
    char file[PATH_MAX];
    size_t i;

    for (i = 0; i < sizeof names / sizeof *names; i++) {
        FILE *out;

        snprintf(file, sizeof file, "%s/%s", folder, names[i]);
        if (remove_it) {
            unlink(file);
            continue;
        }
        out = fopen(file, "w");
        if (out == NULL)
            exit(1);
        if (i == 0)
            write_service(script, out);
        fclose(out);
    }
    if (remove_it)
        rmdir(folder);
}

/* 0, 1 or EXIT_SKIPPED. */
static int run_script(const char *path)
{
    static struct script script;
    char folder[] = "/tmp/pamtest.XXXXXX";
    int status = 1;
    pid_t child;

    if (!script_read(path, &script))
        return 1;
    if (script_option(&script, "root", NULL) != NULL && geteuid() != 0)
        return EXIT_SKIPPED;
    if (mkdtemp(folder) == NULL)
        return 1;
    write_folder(&script, folder, false);
    fflush(stdout);
    child = fork();
    if (child == 0)
        exit(perform(path, &script, folder));
    waitpid(child, &status, 0);
    write_folder(&script, folder, true);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

int main(int argc, char **argv)
{
    const char *srcdir = getenv("srcdir");
    char pattern[PATH_MAX];
    int passed = 0, failed = 0, skipped = 0;
    glob_t all = { .gl_pathc = 0 };
    size_t i;

    snprintf(pattern, sizeof pattern, "%s/tests/pam/scripts/*.pam",
             srcdir != NULL ? srcdir : ".");
    if (argc < 2 && glob(pattern, 0, NULL, &all) != 0)
        return 1;
    for (i = 0; i < (argc < 2 ? all.gl_pathc : (size_t)argc - 1); i++) {
        const char *path = argc < 2 ? all.gl_pathv[i] : argv[i + 1];
        int r = run_script(path);

        printf("%s %s\n", r == 0 ? "ok" : r == EXIT_SKIPPED ? "skipped (root)"
                                                            : "FAILED", path);
        *(r == 0 ? &passed : r == EXIT_SKIPPED ? &skipped : &failed) += 1;
    }
    globfree(&all);
    printf("%d passed, %d failed, %d skipped\n", passed, failed, skipped);
    return failed > 0 || passed + skipped == 0;
}
