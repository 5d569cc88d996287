/*
 * conduct.c - how the module behaves in somebody else's program: what it never
 * does, what it leaves behind, and where it cannot work.  As root; the real
 * libpam, the real kernel; ROUNDS logins (10000).
 */
#include "pamtest.h"

#include <dirent.h>
#include <errno.h>
#include <keyutils.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <malloc.h>
#include <pthread.h>
#include <security/pam_appl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define SERVICE "conduct"
#define EXIT_SKIPPED 77 /* automake's */
#define CALLS_MAX 24
#define WARM_ROUNDS 200
#define GROWTH_MAX 65536 /* bytes over all rounds: less than 7 for each */
#define COLLECTED_S 10   /* the kernel's collector of keys takes its time */

static char folder[] = "/tmp/conduct.XXXXXX";
static struct fakes_log logged;

/* Instead of libaudit's: the socket that libpam opens is not the module's. */
int audit_open(void);
int audit_open(void)
{
    errno = EPROTONOSUPPORT;
    return -1;
}

static int answer(int n, const struct pam_message **messages,
                  struct pam_response **responses, void *arg)
{
    (void)messages;
    (void)arg;
    *responses = calloc((size_t)n, sizeof **responses);
    if (*responses == NULL)
        return PAM_BUF_ERR;
    (*responses)->resp = strdup("hunter2");
    return PAM_SUCCESS;
}

/* The keyrings of earlier rounds count until the kernel has collected them. */
static bool new_session(uid_t uid)
{
    int tries;

    for (tries = 0; tries < 5000; tries++) {
        if (keys_new_session(uid))
            return true;
        if (errno != EDQUOT)
            return false;
        usleep(1000);
    }
    return false;
}

/* pam_keyinit, earlier in the stack. */
static bool keyinit(void)
{
    return new_session(ALICE);
}

/* A whole login; false when the program would not have let the user in. */
static bool log_in_and_out(bool (*makes_session)(void))
{
    const struct pam_conv conv = { .conv = answer };
    pam_handle_t *pamh = NULL;
    bool good;

    logged.n = 0;
    if (pam_start_confdir(SERVICE, "alice", &conv, folder, &pamh)
        != PAM_SUCCESS)
        return false;
    good = pam_authenticate(pamh, 0) == PAM_SUCCESS
        && pam_setcred(pamh, PAM_ESTABLISH_CRED) == PAM_SUCCESS
        && (makes_session == NULL || makes_session())
        && pam_open_session(pamh, 0) == PAM_SUCCESS
        && pam_setcred(pamh, PAM_REINITIALIZE_CRED) == PAM_SUCCESS
        && pam_close_session(pamh, PAM_SILENT) == PAM_SUCCESS
        && pam_setcred(pamh, PAM_DELETE_CRED) == PAM_SUCCESS;
    return pam_end(pamh, PAM_SUCCESS) == PAM_SUCCESS && good;
}

static bool is_logged(const char *part)
{
    size_t i;

    for (i = 0; i < logged.n; i++)
        if (strstr(logged.lines[i], part) != NULL)
            return true;
    fprintf(stderr, "'%s' is not in the log:\n", part);
    for (i = 0; i < logged.n; i++)
        fprintf(stderr, "  %s\n", logged.lines[i]);
    return false;
}

/* -- System calls that are refused: seccomp(2) -- */

static bool refuse_calls(const int *calls, size_t n, unsigned action)
{
    struct sock_filter filter[2 * CALLS_MAX + 2] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0), /* its number */
    };
    struct sock_fprog program = { .filter = filter };
    size_t i, at = 1;

    for (i = 0; i < n && i < CALLS_MAX; i++) {
        filter[at++] = (struct sock_filter)BPF_JUMP(
            BPF_JMP | BPF_JEQ | BPF_K, (unsigned)calls[i], 0, 1);
        filter[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action);
    }
    filter[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
                                                SECCOMP_RET_ALLOW);
    program.len = (unsigned short)at;
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
        && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/* A socket, a process, a thread, a signal, another user: the kernel kills. */
static bool does_nothing_of_these(void)
{
    static const int calls[] = {
        SYS_socket, SYS_socketpair, SYS_connect, SYS_fork, SYS_vfork,
        SYS_clone, SYS_clone3, SYS_execve, SYS_execveat, SYS_rt_sigaction,
        SYS_rt_sigprocmask, SYS_kill, SYS_tgkill, SYS_alarm, SYS_setitimer,
        SYS_pipe2, SYS_ptrace, SYS_umask, SYS_chdir, SYS_unlink,
        SYS_nanosleep, SYS_clock_nanosleep, SYS_poll,
    };

    _Static_assert(sizeof calls / sizeof *calls <= CALLS_MAX, "all of them");
    return refuse_calls(calls, sizeof calls / sizeof *calls,
                        SECCOMP_RET_KILL_PROCESS)
        && log_in_and_out(keyinit) && is_logged("event=captured")
        && is_logged("event=ended");
}

static const int key_calls[] = { SYS_add_key, SYS_keyctl, SYS_request_key };

static bool logs_in_without_keyrings(unsigned number)
{
    return refuse_calls(key_calls, sizeof key_calls / sizeof *key_calls,
                        SECCOMP_RET_ERRNO | number)
        && log_in_and_out(NULL) && is_logged("ERR keyring: ");
}

/* Docker's profile, and a kernel without CONFIG_KEYS. */
static bool logs_in_where_keyrings_are_forbidden(void)
{
    return logs_in_without_keyrings(EPERM);
}

static bool logs_in_where_keyrings_do_not_exist(void)
{
    return logs_in_without_keyrings(ENOSYS);
}

static bool logs_in_where_memory_cannot_be_locked(void)
{
    static const int calls[] = { SYS_mlock, SYS_mlock2 };

    return refuse_calls(calls, 2, SECCOMP_RET_ERRNO | ENOMEM)
        && log_in_and_out(keyinit)
        && is_logged("ERR out-of-memory: cannot lock memory");
}

/* Of an early boot: the module does not wait. */
static bool logs_in_without_entropy(void)
{
    static const int calls[] = { SYS_getrandom };

    return refuse_calls(calls, 1, SECCOMP_RET_ERRNO | EAGAIN)
        && log_in_and_out(keyinit)
        && is_logged("ERR system: the kernel gave no");
}

/* -- A quota that its user has filled: keyrings(7) -- */

/* As alice: with keys of that size, then with smaller ones. */
static bool fill_quota(size_t size)
{
    static const char payload[1000] = "x";
    size_t n = 0;
    char name[32];

    if (setresuid(ALICE, ALICE, 0) != 0)
        return false;
    for (; size > 0; size /= 10)
        do
            snprintf(name, sizeof name, "%zx", n++);
        while (add_key("user", name, payload, size,
                       KEY_SPEC_PROCESS_KEYRING) > 0);
    return setresuid(0, 0, 0) == 0;
}

/*
 * pam_keyinit fails, which "optional" ignores: the keyring stays sshd's.  Not
 * at once, while the kernel still collects what earlier logins left.
 */
static bool fails_to_keyinit(void)
{
    int tries;

    for (tries = 0; tries < 100; tries++) {
        if (!fill_quota(1)) /* 200 keys: /proc/sys/kernel/keys/maxkeys */
            return false;
        if (!keys_new_session(ALICE) && errno == EDQUOT)
            return setresuid(0, 0, 0) == 0;
        if (!new_session(0)) /* too early: as if nothing had been */
            return false;
        usleep(50000);
    }
    return false;
}

static bool fills_behind_keyinit(void)
{
    return keyinit() && fill_quota(1000); /* 20000 bytes */
}

static bool skips_when_the_quota_is_full(void)
{
    return log_in_and_out(fails_to_keyinit)
        && is_logged("ERR keyring: the session keyring belongs to uid 0")
        && strcmp(keys_in_session(), "none") == 0;
}

/* The keys are root's; the keyring with room for them is alice's. */
static bool stores_all_or_nothing_when_it_is_nearly_full(void)
{
    return log_in_and_out(fills_behind_keyinit)
        && (logged.n == 1 ? is_logged("ERR keyring: cannot link key")
                          : is_logged("event=captured"))
        && strcmp(keys_in_session(), "none") == 0;
}

/* -- What it leaves in the program -- */

static size_t entries(const char *path)
{
    DIR *dir = opendir(path);
    size_t n = 0;

    while (dir != NULL && readdir(dir) != NULL)
        n++;
    if (dir != NULL)
        closedir(dir);
    return n;
}

static size_t mappings(void)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    size_t n = 0;
    int c;

    while (maps != NULL && (c = fgetc(maps)) != EOF)
        n += c == '\n';
    if (maps != NULL)
        fclose(maps);
    return n;
}

static size_t environment_bytes(void)
{
    size_t n = 0, i;

    for (i = 0; environ[i] != NULL; i++)
        n += strlen(environ[i]) + 1;
    return n;
}

static bool same_signals(struct sigaction *actions, bool compare)
{
    struct sigaction now;
    bool same = true;
    int i;

    for (i = 1; i < NSIG; i++) {
        memset(&now, 0, sizeof now);
        (void)sigaction(i, NULL, &now);
        if (compare && now.sa_handler != actions[i].sa_handler)
            same = false;
        actions[i] = now;
    }
    return same;
}

static bool leaves_the_process_as_it_was(void)
{
    struct sigaction actions[NSIG];
    size_t files = entries("/proc/self/fd"), before = environment_bytes();

    signal(SIGPIPE, SIG_DFL);
    signal(SIGCHLD, SIG_IGN);
    (void)same_signals(actions, false);
    return log_in_and_out(keyinit) && same_signals(actions, true)
        && entries("/proc/self/fd") == files
        && environment_bytes() == before
        && entries("/proc/self/task") == 3 /* ".", ".." and this one */
        && waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD;
}

/* The kernel's credentials belong to a thread: keyrings(7). */
static void *log_in_beside(void *arg)
{
    bool *good = arg;

    /* The thread's own ids and keyring; setresuid(3) would be everybody's. */
    *good = syscall(SYS_setresuid, ALICE, 0, 0) == 0
        && keyctl_join_session_keyring(NULL) > 0
        && syscall(SYS_setresuid, 0, 0, 0) == 0;
    return NULL;
}

struct beside {
    pthread_barrier_t *joined;
    bool good;
};

static void *whole_login(void *arg)
{
    struct beside *beside = arg;
    const struct pam_conv conv = { .conv = answer };
    pam_handle_t *pamh = NULL;

    beside->good = pam_start_confdir(SERVICE, "alice", &conv, folder, &pamh)
            == PAM_SUCCESS
        && pam_authenticate(pamh, 0) == PAM_SUCCESS;
    if (beside->good)
        (void)log_in_beside(&beside->good);
    beside->good = beside->good
        && pam_open_session(pamh, 0) == PAM_SUCCESS
        && strcmp(keys_in_session(), "none") != 0;
    (void)pthread_barrier_wait(beside->joined);
    beside->good = pam_close_session(pamh, 0) == PAM_SUCCESS && beside->good;
    pam_end(pamh, PAM_SUCCESS);
    return NULL;
}

static bool works_in_one_thread_of_many(void)
{
    pthread_barrier_t joined;
    struct beside beside = { .joined = &joined };
    pthread_t thread;
    bool untouched;

    logged.n = 0;
    if (!new_session(0) || pthread_barrier_init(&joined, NULL, 2) != 0
        || pthread_create(&thread, NULL, whole_login, &beside) != 0)
        return false;
    (void)pthread_barrier_wait(&joined);
    untouched = strcmp(keys_in_session(), "none") == 0;
    pthread_join(thread, NULL);
    return untouched && beside.good && is_logged("event=captured")
        && is_logged("event=ended");
}

/* -- Ten thousand logins: no key, no descriptor, no memory, no mapping -- */

/* Keys that are charged to uid: /proc/key-users, proc(5). */
static long keys_of(uid_t uid)
{
    FILE *users = fopen("/proc/key-users", "r");
    long found = 0, keys;
    char line[256];
    unsigned who;

    while (users != NULL && fgets(line, sizeof line, users) != NULL)
        if (sscanf(line, "%u: %*d %ld/", &who, &keys) == 2 && who == uid)
            found = keys;
    if (users != NULL)
        fclose(users);
    return found;
}

/* Others on this machine have keys of root's too, but not one per round. */
static bool keys_are_gone(long roots, long alices, long rounds)
{
    int i;

    if (!new_session(0)) /* leaves the last of alice's */
        return false;
    for (i = 0; i < COLLECTED_S * 10; i++) {
        if (keys_of(0) - roots < rounds / 100 && keys_of(ALICE) <= alices)
            return true;
        usleep(100000);
    }
    fprintf(stderr, "keys before and after: root's %ld %ld, alice's %ld %ld\n",
            roots, keys_of(0), alices, keys_of(ALICE));
    return false;
}

static bool leaves_nothing_behind(void)
{
    const char *wanted = getenv("ROUNDS");
    long rounds = wanted != NULL ? strtol(wanted, NULL, 10) : 10000, i;
    long roots = keys_of(0), alices = keys_of(ALICE);
    size_t files = 0, maps = 0, bytes = 0, grown;

    for (i = 0; i < WARM_ROUNDS + rounds; i++) {
        if (i == WARM_ROUNDS) {
            files = entries("/proc/self/fd");
            maps = mappings();
            bytes = mallinfo2().uordblks;
        }
        if (!log_in_and_out(keyinit) || logged.n != 2) {
            fprintf(stderr, "round %ld: %zu log lines\n", i, logged.n);
            return false;
        }
    }
    grown = mallinfo2().uordblks - bytes;
    printf("  %ld logins: %zd bytes more\n", rounds, (ssize_t)grown);
    return (ssize_t)grown < GROWTH_MAX && entries("/proc/self/fd") == files
        && mappings() == maps && keys_are_gone(roots, alices, rounds);
}

/* -- The tests, each in a process of its own -- */

/* AddressSanitizer locks no memory, makes calls and mappings of its own. */
#ifdef __SANITIZE_ADDRESS__
#define SANITIZED true
#else
#define SANITIZED false
#endif

static const struct {
    const char *name;
    bool (*run)(void);
    bool not_sanitized;
} tests[] = {
    { "opens no socket, starts nothing, handles no signal",
      does_nothing_of_these, true },
    { "logs in where keyrings are forbidden",
      logs_in_where_keyrings_are_forbidden, false },
    { "logs in where keyrings do not exist",
      logs_in_where_keyrings_do_not_exist, false },
    { "logs in where memory cannot be locked",
      logs_in_where_memory_cannot_be_locked, true },
    { "logs in without entropy", logs_in_without_entropy, false },
    { "leaves the process as it was", leaves_the_process_as_it_was, false },
    { "works in one thread of many", works_in_one_thread_of_many, false },
    { "leaves nothing behind", leaves_nothing_behind, true },
    { "skips when the quota is full", skips_when_the_quota_is_full, false },
    { "stores all or nothing when it is nearly full",
      stores_all_or_nothing_when_it_is_nearly_full, false },
};

static bool passes(bool (*run)(void))
{
    int status = 1, i;
    pid_t child;

    /* Of alice's, her two user keyrings alone stay from test to test. */
    for (i = 0; i < COLLECTED_S * 10 && keys_of(ALICE) > 2; i++)
        usleep(100000);
    fflush(stdout);
    child = fork();
    if (child == 0) {
        fakes_begin(&logged);
        exit(new_session(0) && run() ? 0 : 1);
    }
    waitpid(child, &status, 0);
    if (WIFSIGNALED(status))
        fprintf(stderr, "ended by signal %d\n", WTERMSIG(status));
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool write_service(void)
{
    const char *builddir = getenv("builddir"), *dir = builddir ? builddir : ".";
    char module[PATH_MAX], stack[PATH_MAX], path[PATH_MAX];
    char relative[PATH_MAX];
    FILE *out;

    snprintf(relative, sizeof relative, "%s/pam_credssp/.libs/pam_credssp.so",
             dir);
    if (realpath(relative, module) == NULL)
        return false;
    snprintf(relative, sizeof relative, "%s/tests/pam/.libs/stack.so", dir);
    if (realpath(relative, stack) == NULL || mkdtemp(folder) == NULL)
        return false;
    snprintf(path, sizeof path, "%s/other", folder);
    out = fopen(path, "w"); /* libpam looks for it, and logs otherwise */
    if (out == NULL || fclose(out) != 0)
        return false;
    snprintf(path, sizeof path, "%s/" SERVICE, folder);
    out = fopen(path, "w");
    if (out == NULL)
        return false;
    fprintf(out, "auth requisite %s\nauth optional %s\nsession optional %s\n"
            "session required %s\n", stack, module, module, stack);
    return fclose(out) == 0;
}

static void remove_service(void)
{
    static const char *const names[] = { SERVICE, "other" };
    char path[PATH_MAX];
    size_t i;

    for (i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        unlink(path);
    }
    rmdir(folder);
}

int main(void)
{
    bool good = true;
    size_t i;

    if (geteuid() != 0 || !keys_new_session(0)) {
        puts("needs root and keyrings");
        return EXIT_SKIPPED;
    }
    if (!write_service()) {
        perror("conduct");
        return 1;
    }
    for (i = 0; i < sizeof tests / sizeof *tests; i++) {
        bool passed;

        if (SANITIZED && tests[i].not_sanitized) {
            printf("skip %s: not with sanitizers\n", tests[i].name);
            continue;
        }
        passed = passes(tests[i].run);
        printf("%s %s\n", passed ? "ok" : "FAILED", tests[i].name);
        good = good && passed;
    }
    remove_service();
    return good ? 0 : 1;
}
