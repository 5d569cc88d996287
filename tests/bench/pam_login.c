/*
 * pam_login.c - what pam_credssp adds to a login: the same stack with and
 * without it, alternately, each login in a process of its own; in a program
 * like su(1), which has no OpenSSL in memory, and in one like sshd(8), which
 * has.  As root, on a machine that has the module installed, the broker's
 * group and the user (tests/bench/cold runs it on the lab's jump host).
 */
#include <dlfcn.h>
#include <security/pam_appl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PASSWORD "Winter-2026!"

static const char stack_lines[] =
    "auth     required %s\n"
    "%sauth     optional pam_credssp.so\n"
    "account  required pam_permit.so\n"
    "session  required pam_keyinit.so force revoke\n"
    "%ssession  optional pam_credssp.so\n";

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

static double now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* One login and logout; microseconds, or -1. */
static double login(const char *folder, const char *service,
                    const char *user)
{
    const struct pam_conv conversation = { answer, NULL };
    pam_handle_t *pamh = NULL;
    double began = now_us(), took;

    if (pam_start_confdir(service, user, &conversation, folder, &pamh)
            != PAM_SUCCESS
        || pam_authenticate(pamh, 0) != PAM_SUCCESS
        || pam_open_session(pamh, PAM_SILENT) != PAM_SUCCESS)
        return -1;
    took = now_us() - began;
    if (pam_close_session(pamh, PAM_SILENT) != PAM_SUCCESS)
        return -1;
    pam_end(pamh, PAM_SUCCESS);
    return took;
}

/* The same in a child, which tells by a pipe. */
static double login_apart(const char *folder, const char *service,
                          const char *user)
{
    double took = -1;
    int pipes[2], status;
    pid_t child;

    if (pipe(pipes) != 0)
        return -1;
    child = fork();
    if (child == 0) {
        took = login(folder, service, user);
        _exit(write(pipes[1], &took, sizeof took) == (ssize_t)sizeof took
                  ? 0 : 1);
    }
    close(pipes[1]);
    if (read(pipes[0], &took, sizeof took) != (ssize_t)sizeof took)
        took = -1;
    close(pipes[0]);
    return waitpid(child, &status, 0) == child && status == 0 ? took : -1;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static int write_stack(const char *folder, const char *service,
                       const char *first, int with)
{
    char path[256];
    FILE *file;

    snprintf(path, sizeof path, "%s/%s", folder, service);
    file = fopen(path, "w");
    if (file == NULL)
        return -1;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* a constant above */
    fprintf(file, stack_lines, first, with ? "" : "#", with ? "" : "#");
#pragma GCC diagnostic pop
    return fclose(file);
}

static int measure(const char *program, const char *folder,
                   const char *user, int rounds)
{
    double *with = calloc((size_t)rounds, sizeof *with);
    double *without = calloc((size_t)rounds, sizeof *without);
    int i, ok = with != NULL && without != NULL;

    for (i = 0; i < rounds && ok; i++) {
        without[i] = login_apart(folder, "without", user);
        with[i] = login_apart(folder, "with", user);
        ok = with[i] >= 0 && without[i] >= 0;
    }
    if (ok) {
        qsort(with, (size_t)rounds, sizeof *with, by_size);
        qsort(without, (size_t)rounds, sizeof *without, by_size);
        printf("login, %s, median of %d: %.3f ms without the module, %.3f "
               "ms with it: %.3f ms added (budget 1 ms)\n", program, rounds,
               without[rounds / 2] / 1e3, with[rounds / 2] / 1e3,
               (with[rounds / 2] - without[rounds / 2]) / 1e3);
    }
    free(with);
    free(without);
    return ok ? 0 : -1;
}

int main(int argc, char **argv)
{
    char folder[] = "/tmp/credssp-pam.XXXXXX", path[256];
    int result, rounds;

    if (argc != 4) {
        fprintf(stderr, "usage: pam_login STACK.so USER ROUNDS\n");
        return 2;
    }
    if (mkdtemp(folder) == NULL
        || write_stack(folder, "with", argv[1], 1) != 0
        || write_stack(folder, "without", argv[1], 0) != 0) {
        perror("pam_login");
        return 1;
    }
    rounds = (int)strtol(argv[3], NULL, 10);
    result = measure("as su", folder, argv[2], rounds);
    if (result == 0 && dlopen("libcrypto.so.3", RTLD_NOW) == NULL)
        fprintf(stderr, "pam_login: %s\n", dlerror());
    else if (result == 0)
        result = measure("as sshd", folder, argv[2], rounds);
    if (result != 0)
        fprintf(stderr, "pam_login: a login failed\n");
    snprintf(path, sizeof path, "%s/with", folder);
    unlink(path);
    snprintf(path, sizeof path, "%s/without", folder);
    unlink(path);
    rmdir(folder);
    return result == 0 ? 0 : 1;
}
