/*
 * pam_rounds.c - what many logins and logouts of one program leave behind:
 * keys, descriptors, memory, mappings.  The module is loaded and unloaded in
 * every round.  As root, on a machine that has it installed (tests/lab runs
 * it on the jump host); exits 1 when something has grown.
 */
#include <dirent.h>
#include <keyutils.h>
#include <pwd.h>
#include <security/pam_appl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PASSWORD "Winter-2026!"
#define WARM_UP 100        /* rounds until libraries have what they keep */
#define SETTLE_TRIES 100   /* of 50 ms: the kernel collects keys later */
#define SLACK_KEYS 50      /* other programs of theirs make keys, too */
#define SLACK_KB 512
#define PAGE_KB 4

static const char stack_lines[] =
    "auth     required %s\n"
    "auth     optional pam_credssp.so minimum_uid=0\n"
    "account  required pam_permit.so\n"
    "session  required pam_keyinit.so force revoke\n"
    "session  optional pam_credssp.so minimum_uid=0\n";

/* What must not grow. */
struct holdings {
    long root_keys;
    long user_keys;
    long descriptors;
    long mappings;
    long memory_kb;
};

static int answer(int count, const struct pam_message **message,
                  struct pam_response **response, void *arg)
{
    struct pam_response *answers = calloc((size_t)count, sizeof *answers);

    (void)message;
    (void)arg;
    if (answers == NULL)
        return PAM_BUF_ERR;
    for (int i = 0; i < count; i++)
        answers[i].resp = strdup(PASSWORD);
    *response = answers;
    return PAM_SUCCESS;
}

/* Or the rounds would show nothing: the line is optional. */
static int has_credential(void)
{
    return keyctl_search(KEY_SPEC_SESSION_KEYRING, "user", "credssp:ticket",
                         0) > 0;
}

static int log_in_and_out(const char *folder, const char *user)
{
    const struct pam_conv conversation = { answer, NULL };
    pam_handle_t *pamh = NULL;
    int ok = pam_start_confdir("rounds", user, &conversation, folder, &pamh)
                 == PAM_SUCCESS
        && pam_authenticate(pamh, 0) == PAM_SUCCESS
        && pam_setcred(pamh, PAM_ESTABLISH_CRED) == PAM_SUCCESS
        && pam_open_session(pamh, PAM_SILENT) == PAM_SUCCESS
        && has_credential()
        && pam_setcred(pamh, PAM_REINITIALIZE_CRED) == PAM_SUCCESS
        && pam_close_session(pamh, PAM_SILENT) == PAM_SUCCESS
        && pam_setcred(pamh, PAM_DELETE_CRED) == PAM_SUCCESS;

    pam_end(pamh, PAM_SUCCESS);
    return ok ? 0 : -1;
}

/* proc(5): "  uid: usage nkeys/nikeys qnkeys/maxkeys qnbytes/maxbytes". */
static long keys_of(uid_t uid)
{
    FILE *file = fopen("/proc/key-users", "re");
    char line[128], *end;
    long keys = 0;

    if (file == NULL)
        return -1;
    while (fgets(line, sizeof line, file) != NULL)
        if (strtoul(line, &end, 10) == uid && *end == ':') {
            (void)strtol(end + 1, &end, 10);
            keys = strtol(end, NULL, 10);
        }
    fclose(file);
    return keys;
}

static long count_descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    long count = 0;

    while (folder != NULL && readdir(folder) != NULL)
        count++;
    if (folder != NULL)
        closedir(folder);
    return count;
}

static long count_lines(const char *path)
{
    FILE *file = fopen(path, "re");
    long count = 0;
    int c;

    while (file != NULL && (c = getc(file)) != EOF)
        count += c == '\n';
    if (file != NULL)
        fclose(file);
    return count;
}

static long resident_kb(void)
{
    FILE *file = fopen("/proc/self/statm", "re");
    char line[128] = "", *end;
    long pages;

    if (file == NULL)
        return -1;
    if (fgets(line, sizeof line, file) == NULL)
        line[0] = '\0';
    fclose(file);
    (void)strtol(line, &end, 10);
    pages = strtol(end, NULL, 10);
    return pages * PAGE_KB;
}

static void look(uid_t uid, struct holdings *now)
{
    now->root_keys = keys_of(0);
    now->user_keys = keys_of(uid);
    now->descriptors = count_descriptors();
    now->mappings = count_lines("/proc/self/maps");
    now->memory_kb = resident_kb();
}

static int compare(const char *what, long before, long after, long slack)
{
    printf("%-12s %8ld before, %8ld after\n", what, before, after);
    return after > before + slack;
}

static int judge(uid_t uid, const struct holdings *before)
{
    struct holdings after;
    int grown = 0, i;

    look(uid, &after);
    for (i = 0; i < SETTLE_TRIES
                && (after.root_keys > before->root_keys + SLACK_KEYS
                    || after.user_keys > before->user_keys + SLACK_KEYS);
         i++) {
        nanosleep(&(struct timespec){ .tv_nsec = 50000000 }, NULL);
        look(uid, &after);
    }
    grown += compare("root's keys", before->root_keys, after.root_keys,
                     SLACK_KEYS);
    grown += compare("user's keys", before->user_keys, after.user_keys,
                     SLACK_KEYS);
    grown += compare("descriptors", before->descriptors, after.descriptors,
                     0);
    grown += compare("mappings", before->mappings, after.mappings, 2);
    grown += compare("memory, kB", before->memory_kb, after.memory_kb,
                     SLACK_KB);
    return grown;
}

static int write_stack(const char *folder, const char *first)
{
    char path[256];
    FILE *file;

    snprintf(path, sizeof path, "%s/rounds", folder);
    file = fopen(path, "we");
    if (file == NULL)
        return -1;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* a constant above */
    fprintf(file, stack_lines, first);
#pragma GCC diagnostic pop
    return fclose(file);
}

static int play(const char *folder, const struct passwd *user, long rounds)
{
    struct timespec began, ended;
    struct holdings before;
    long i;

    for (i = 0; i < WARM_UP; i++)
        if (log_in_and_out(folder, user->pw_name) != 0)
            return -1;
    look(user->pw_uid, &before);
    clock_gettime(CLOCK_MONOTONIC, &began);
    for (i = 0; i < rounds; i++)
        if (log_in_and_out(folder, user->pw_name) != 0)
            return -1;
    clock_gettime(CLOCK_MONOTONIC, &ended);
    printf("%ld logins and logouts in %.1f s\n", rounds,
           (double)(ended.tv_sec - began.tv_sec)
               + (double)(ended.tv_nsec - began.tv_nsec) / 1e9);
    return judge(user->pw_uid, &before);
}

int main(int argc, char **argv)
{
    char folder[] = "/tmp/credssp-rounds.XXXXXX", path[256];
    const struct passwd *user;
    int grown;

    if (argc != 4 || (user = getpwnam(argv[2])) == NULL) {
        fprintf(stderr, "usage: pam_rounds STACK.so USER ROUNDS\n");
        return 2;
    }
    if (mkdtemp(folder) == NULL || write_stack(folder, argv[1]) != 0) {
        perror("pam_rounds");
        return 1;
    }
    grown = play(folder, user, strtol(argv[3], NULL, 10));
    if (grown < 0)
        fprintf(stderr, "pam_rounds: a login failed\n");
    snprintf(path, sizeof path, "%s/rounds", folder);
    unlink(path);
    rmdir(folder);
    return grown == 0 ? 0 : 1;
}
