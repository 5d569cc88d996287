/* sandbox.c - privileges, environment and descriptors that go away. */
#include "broker/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "broker/landlock.h"
#include "broker/notice.h"

#define DESCRIPTORS_WANTED 4096 /* a pending client and a worker is one each */
#define CONTROL_FD 3

static int refused(const char *what, struct err *err)
{
    return err_set_errno(err, ERR_SYSTEM, STAGE_START, errno,
                         "the sandbox cannot be set up: %s", what);
}

/* A missing descriptor 2 would be somebody's socket soon. */
static int open_standard_descriptors(struct err *err)
{
    int fd;

    do {
        fd = open("/dev/null", O_RDWR);
        if (fd < 0)
            return refused("/dev/null", err);
    } while (fd <= STDERR_FILENO);
    close(fd);
    return 0;
}

static bool is_kept(unsigned fd, const int *keep, size_t keep_count)
{
    size_t i;

    for (i = 0; i < keep_count; i++)
        if ((unsigned)keep[i] == fd)
            return true;
    return false;
}

/* close_range(2) over the gaps between those that stay. */
static int close_others(const int *keep, size_t keep_count, struct err *err)
{
    unsigned fd, highest = STDERR_FILENO;
    size_t i;

    for (i = 0; i < keep_count; i++)
        if ((unsigned)keep[i] > highest)
            highest = (unsigned)keep[i];
    for (fd = STDERR_FILENO + 1; fd < highest; fd++)
        if (!is_kept(fd, keep, keep_count))
            close((int)fd);
    if (close_range(highest + 1, UINT_MAX, 0) != 0)
        return refused("close_range", err);
    return 0;
}

static int drop_dumps(struct err *err)
{
    const struct rlimit none = { 0, 0 };

    /* prctl(2): also takes ptrace(2) and /proc/PID/mem from the same uid. */
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        return refused("PR_SET_DUMPABLE", err);
    if (setrlimit(RLIMIT_CORE, &none) != 0)
        return refused("RLIMIT_CORE", err);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return refused("PR_SET_NO_NEW_PRIVS", err);
    return 0;
}

static int raise_descriptors(struct err *err)
{
    struct rlimit files;

    if (getrlimit(RLIMIT_NOFILE, &files) != 0)
        return refused("RLIMIT_NOFILE", err);
    if (files.rlim_cur >= DESCRIPTORS_WANTED)
        return 0;
    files.rlim_cur = files.rlim_max < DESCRIPTORS_WANTED ? files.rlim_max
                                                         : DESCRIPTORS_WANTED;
    if (setrlimit(RLIMIT_NOFILE, &files) != 0)
        return refused("RLIMIT_NOFILE", err);
    return 0;
}

int sandbox_begin(const int *keep, size_t keep_count, struct err *err)
{
    /*
     * KRB5_CONFIG, KRB5_TRACE, SSLKEYLOGFILE, SSL_CERT_FILE, https_proxy,
     * GSSNTLMSSP_DEBUG, NTLM_USER_FILE, RES_OPTIONS ...: nobody's environment
     * says whom we trust or where keys are logged.
     */
    if (clearenv() != 0)
        return refused("clearenv", err);
    if (drop_dumps(err) != 0 || open_standard_descriptors(err) != 0
        || close_others(keep, keep_count, err) != 0)
        return -1;
    umask(077);
    if (chdir("/") != 0)
        return refused("chdir", err);
    if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
        return refused("SIGPIPE", err);
    return raise_descriptors(err);
}

int sandbox_refuse_root(struct err *err)
{
    if (geteuid() != 0 && getuid() != 0)
        return 0;
    err_set(err, ERR_USAGE, STAGE_START, "the broker must not run as root");
    return err_advise(err, "start it as its own account: "
                      "systemctl start credssp-broker.socket, or "
                      "setpriv --reuid %s --regid %s --clear-groups "
                      "credssp-broker", BROKER_USER, BROKER_USER);
}

static int restore_signals(struct err *err)
{
    sigset_t none;

    sigemptyset(&none);
    if (sigprocmask(SIG_SETMASK, &none, NULL) != 0)
        return refused("sigprocmask", err);
    return 0;
}

static int restrict_calls(enum sandbox_role role, struct err *err)
{
    struct syscalls *list = NULL;
    int result = syscalls_compile(role, &list, err);

    if (result == 0)
        result = syscalls_restrict(list, err);
    syscalls_free(&list);
    return result;
}

int sandbox_listener(const char *policy_file, const char *own_socket,
                     struct err *err)
{
    bool held = false;

    if (landlock_restrict(policy_file, own_socket, &held, err) != 0)
        return -1;
    if (!held)
        notice(LOG_INFO, "this kernel has no Landlock: file permissions and "
               "the service manager alone limit what can be read");
    return restrict_calls(ROLE_LISTENER, err);
}

int sandbox_worker(int *control, const char *policy_file,
                   const struct syscalls *calls, struct err *err)
{
    bool held;

    notice_close(); /* its descriptor is closed below */
    if (*control != CONTROL_FD) {
        if (dup3(*control, CONTROL_FD, O_CLOEXEC) < 0)
            return refused("dup3", err);
        *control = CONTROL_FD;
    }
    if (close_range(CONTROL_FD + 1, UINT_MAX, 0) != 0)
        return refused("close_range", err);
    if (restore_signals(err) != 0
        || landlock_restrict(policy_file, NULL, &held, err) != 0)
        return -1;
    return syscalls_restrict(calls, err);
}

int sandbox_direct(const char *policy_file, struct err *err)
{
    bool held;

    if (restore_signals(err) != 0
        || landlock_restrict(policy_file, NULL, &held, err) != 0)
        return -1;
    return restrict_calls(ROLE_DIRECT, err);
}
