/* direct.c - starts credssp-broker on a socket pair, as the user. */
#include "cli/direct.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BROKER_NAME "credssp-broker"
#define DIRECT_FD 3
#define ENVIRONMENT_MAX 2048 /* bytes of one variable */

/*
 * What the broker may know of the user's environment.  Not SSLKEYLOGFILE,
 * LD_*, KRB5_TRACE, proxies or anything else that would make a library talk.
 */
static const char *const passed_on[] = { "HOME", "KRB5_CONFIG", "LANG",
                                         "LC_ALL", "TZ" };
#define PASSED_ON (sizeof passed_on / sizeof *passed_on)

struct environment {
    char text[PASSED_ON][ENVIRONMENT_MAX];
    const char *pointers[PASSED_ON + 2];
};

static void build_environment(struct environment *env)
{
    size_t i, n = 0;

    env->pointers[n++] = "PATH=/usr/bin:/bin";
    for (i = 0; i < PASSED_ON; i++) {
        const char *value = getenv(passed_on[i]);
        int len;

        if (value == NULL)
            continue;
        len = snprintf(env->text[i], sizeof env->text[i], "%s=%s",
                       passed_on[i], value);
        if (len > 0 && (size_t)len < sizeof env->text[i])
            env->pointers[n++] = env->text[i];
    }
    env->pointers[n] = NULL;
}

/* Beside this very program when it was built and not installed. */
static int find_broker(char path[PATH_MAX], struct err *err)
{
    ssize_t n = readlink("/proc/self/exe", path,
                         PATH_MAX - sizeof BROKER_NAME);
    char *slash;

    if (n > 0) {
        path[n] = '\0';
        slash = strrchr(path, '/');
        if (slash != NULL) {
            memcpy(slash + 1, BROKER_NAME, sizeof BROKER_NAME);
            if (access(path, X_OK) == 0)
                return 0;
        }
    }
    snprintf(path, PATH_MAX, "%s/%s", SBINDIR, BROKER_NAME);
    if (access(path, X_OK) == 0)
        return 0;
    (void)err_set_errno(err, ERR_BROKER_DOWN, STAGE_BROKER, errno,
                        "cannot start %s", path);
    return err_advise(err, "install credssp-broker; direct mode needs the "
                      "program, though not the service");
}

/*
 * A session of its own, so that the terminal's Ctrl-C reaches only us; no
 * signal ignored or blocked; no descriptor but the channel and stderr.
 */
static int set_up(posix_spawn_file_actions_t *actions,
                  posix_spawnattr_t *attributes, int channel)
{
    sigset_t all, none;
    int r;

    sigfillset(&all);
    sigemptyset(&none);
    if ((r = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSID
                                      | POSIX_SPAWN_SETSIGDEF
                                      | POSIX_SPAWN_SETSIGMASK)) != 0
        || (r = posix_spawnattr_setsigdefault(attributes, &all)) != 0
        || (r = posix_spawnattr_setsigmask(attributes, &none)) != 0
        || (r = posix_spawn_file_actions_adddup2(actions, channel,
                                                 DIRECT_FD)) != 0
        || (r = posix_spawn_file_actions_addopen(actions, STDIN_FILENO,
                                                 "/dev/null", O_RDONLY,
                                                 0)) != 0
        || (r = posix_spawn_file_actions_addopen(actions, STDOUT_FILENO,
                                                 "/dev/null", O_WRONLY,
                                                 0)) != 0)
        return r;
    return posix_spawn_file_actions_addclosefrom_np(actions, DIRECT_FD + 1);
}

/* posix_spawn(3) wants char *const *, and leaves both arrays alone. */
static int spawn(const char *path, const char *const *argv,
                 const char *const *envp, int channel, pid_t *pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    union {
        const char *const *in;
        char *const *out;
    } arguments = { .in = argv }, environment = { .in = envp };
    int r;

    if ((r = posix_spawn_file_actions_init(&actions)) != 0)
        return r;
    if ((r = posix_spawnattr_init(&attributes)) != 0) {
        posix_spawn_file_actions_destroy(&actions);
        return r;
    }
    r = set_up(&actions, &attributes, channel);
    if (r == 0)
        r = posix_spawn(pid, path, &actions, &attributes, arguments.out,
                        environment.out);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return r;
}

int direct_start(const char *policy_file, int *fd, pid_t *pid,
                 struct err *err)
{
    const char *argv[] = { BROKER_NAME, "--direct", "3",
                           policy_file != NULL ? "--policy" : NULL,
                           policy_file, NULL };
    char path[PATH_MAX];
    struct environment env;
    int pair[2], r;

    if (find_broker(path, err) != 0)
        return -1;
    build_environment(&env);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return err_set_errno(err, ERR_SYSTEM, STAGE_BROKER, errno,
                             "cannot make a socket pair");
    r = spawn(path, argv, env.pointers, pair[1], pid);
    close(pair[1]);
    if (r != 0) {
        close(pair[0]);
        return err_set_errno(err, ERR_BROKER_DOWN, STAGE_BROKER, r,
                             "cannot start %s", path);
    }
    *fd = pair[0];
    return 0;
}
