/* landlock.c - read-only files, by hand: glibc has no wrappers for it. */
#include "broker/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* As of interface 6; older headers know the first member only. */
struct ruleset {
    uint64_t files;
    uint64_t net;
    uint64_t scoped;
};

#define TRUNCATE (UINT64_C(1) << 14)
#define IOCTL_DEV (UINT64_C(1) << 15)
#define BIND_TCP (UINT64_C(1) << 0)
#define SCOPE_ABSTRACT_UNIX (UINT64_C(1) << 0)
#define SCOPE_SIGNAL (UINT64_C(1) << 1)
#define FIRST_VERSION ((LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1)
#define READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)

/* What each version of the interface added; a ruleset may ask for no more. */
static const struct {
    int version;
    struct ruleset added;
} versions[] = {
    { 1, { FIRST_VERSION, 0, 0 } },
    { 2, { LANDLOCK_ACCESS_FS_REFER, 0, 0 } },
    { 3, { TRUNCATE, 0, 0 } },
    { 4, { 0, BIND_TCP, 0 } },
    { 5, { IOCTL_DEV, 0, 0 } },
    { 6, { 0, 0, SCOPE_ABSTRACT_UNIX | SCOPE_SIGNAL } },
};

/*
 * Read-only.  /etc as a whole: its files (accounts, resolv.conf, krb5.conf,
 * the policy) are replaced by rename(2) while a worker lives, and a rule
 * belongs to an inode.  The broker's account sees of it what everybody sees.
 */
static const char *const readable[] = {
    "/etc",
    "/usr", "/lib", "/lib64",  /* modules of NSS, GSSAPI, OpenSSL; locales */
    "/var/lib/sss/mc",         /* nss_sss: its memory cache */
    "/var/lib/sss/pubconf",    /* included by krb5.conf */
    "/run/systemd/resolve",    /* resolv.conf is a link to there */
    "/run/systemd/userdb",     /* nss_systemd lists it */
    "/proc/keys",              /* logout --all: which keys are a user's */
    "/dev/null", "/dev/urandom", "/dev/random",
};

/* Read in /etc, though they may lie elsewhere: the folder they are in. */
static const char *const linked[] = {
    "/etc/krb5.conf", "/etc/resolv.conf", "/etc/hosts",
    "/etc/nsswitch.conf", "/etc/localtime",
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
};

int landlock_version(void)
{
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0,
                           LANDLOCK_CREATE_RULESET_VERSION);

    return version > 0 ? (int)version : 0;
}

static int failed(const char *what, struct err *err)
{
    return err_set_errno(err, ERR_SYSTEM, STAGE_START, errno,
                         "the sandbox cannot be set up: Landlock, %s", what);
}

static int open_ruleset(int version, struct err *err)
{
    struct ruleset all = { 0 };
    size_t i;
    long fd;

    for (i = 0; i < sizeof versions / sizeof *versions; i++) {
        if (versions[i].version > version)
            continue;
        all.files |= versions[i].added.files;
        all.net |= versions[i].added.net;
        all.scoped |= versions[i].added.scoped;
    }
    /* An older kernel takes a longer struct if the rest of it is zero. */
    fd = syscall(SYS_landlock_create_ruleset, &all, sizeof all, 0);
    return fd >= 0 ? (int)fd : failed("no ruleset", err);
}

/* A path that is not there needs no rule. */
static int allow(int ruleset, const char *path, uint64_t access,
                 struct err *err)
{
    struct landlock_path_beneath_attr rule = { .allowed_access = access };
    int fd = open(path, O_PATH | O_CLOEXEC);
    struct stat st;
    int result = 0;

    if (fd < 0)
        return errno == ENOENT || errno == EACCES || errno == ENOTDIR
                   ? 0 : failed(path, err);
    rule.parent_fd = fd;
    if (fstat(fd, &st) == 0 && !S_ISDIR(st.st_mode))
        rule.allowed_access &= LANDLOCK_ACCESS_FS_READ_FILE;
    if (rule.allowed_access != 0
        && syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH,
                   &rule, 0) != 0)
        result = failed(path, err);
    close(fd);
    return result;
}

/* The folder of path; of a file right below "/" only the file itself. */
static int allow_around(int ruleset, const char *path, uint64_t access,
                        struct err *err)
{
    char copy[PATH_MAX];
    const char *folder;

    snprintf(copy, sizeof copy, "%s", path);
    folder = dirname(copy);
    return allow(ruleset, strcmp(folder, "/") == 0 ? path : folder, access,
                 err);
}

static int allow_real(int ruleset, const char *path, struct err *err)
{
    char real[PATH_MAX];

    if (realpath(path, real) == NULL)
        return 0; /* not there, or a link to nowhere */
    return allow_around(ruleset, real, READ, err);
}

static int allow_all(int ruleset, const char *policy_file,
                     const char *removable, struct err *err)
{
    size_t i;

    for (i = 0; i < sizeof readable / sizeof *readable; i++)
        if (allow(ruleset, readable[i], READ, err) != 0)
            return -1;
    for (i = 0; i < sizeof linked / sizeof *linked; i++)
        if (allow_real(ruleset, linked[i], err) != 0)
            return -1;
    if (allow_around(ruleset, policy_file, READ, err) != 0
        || allow_real(ruleset, policy_file, err) != 0)
        return -1;
    if (removable == NULL)
        return 0;
    return allow_around(ruleset, removable, LANDLOCK_ACCESS_FS_REMOVE_FILE,
                        err);
}

int landlock_restrict(const char *policy_file, const char *removable,
                      bool *held, struct err *err)
{
    int version = landlock_version(), ruleset, result;

    *held = version > 0;
    if (!*held)
        return 0;
    ruleset = open_ruleset(version, err);
    if (ruleset < 0)
        return -1;
    result = allow_all(ruleset, policy_file, removable, err);
    if (result == 0
        && syscall(SYS_landlock_restrict_self, ruleset, 0) != 0)
        result = failed("restrict_self", err);
    close(ruleset);
    return result;
}
