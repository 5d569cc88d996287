/*
 * private_kdc.h - an MIT KDC of the test's own, without root: user, mount and
 * network namespaces in which /etc/krb5.conf is ours, because kerberos.c asks
 * no environment.  Debian: krb5-kdc, krb5-admin-server.
 */
#ifndef CREDSSP_TESTS_PRIVATE_KDC_H
#define CREDSSP_TESTS_PRIVATE_KDC_H

#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "unit.h"

#define KDC_REALM "CORP.EXAMPLE.COM"
#define KDC_PATH "/usr/sbin:/sbin:/usr/bin:/bin"

struct private_kdc {
    char dir[64];
    pid_t pid;
};

static inline bool kdc_write(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    bool ok = f != NULL && fputs(text, f) >= 0;

    return f != NULL && fclose(f) == 0 && ok;
}

static inline pid_t kdc_spawn(const char *const argv[])
{
    pid_t pid = fork();
    int null;

    if (pid != 0)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* ends with the test */
    null = open("/dev/null", O_RDWR);
    dup2(null, 0);
    dup2(null, 1);
    dup2(null, 2);
    setenv("PATH", KDC_PATH, 1);
    execvp(argv[0], (char *const *)(uintptr_t)argv);
    _exit(127);
}

static inline bool kdc_run(const char *const argv[])
{
    int status = -1;
    pid_t pid = kdc_spawn(argv);

    return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

static inline bool kdc_admin(const char *query)
{
    const char *const argv[] = { "kadmin.local", "-r", KDC_REALM, "-q",
                                 query, NULL };

    return kdc_run(argv);
}

/* Root of a world of one's own, with a loopback interface. */
static inline bool kdc_unshare(void)
{
    struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };
    unsigned uid = getuid(), gid = getgid();
    char map[64];
    int fd;
    bool ok;

    if (unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET) == 0) {
        kdc_write("/proc/self/setgroups", "deny");
        snprintf(map, sizeof map, "0 %u 1", uid);
        kdc_write("/proc/self/uid_map", map);
        snprintf(map, sizeof map, "0 %u 1", gid);
        kdc_write("/proc/self/gid_map", map);
    } else if (unshare(CLONE_NEWNS | CLONE_NEWNET) != 0) {
        return false;
    }
    fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ok = fd >= 0 && ioctl(fd, SIOCSIFFLAGS, &lo) == 0;
    close(fd);
    return ok;
}

/*
 * dns_canonicalize_hostname and rdns are on, to prove that the target's name
 * does not care.
 */
static inline bool kdc_configure(const struct private_kdc *kdc)
{
    char path[128], text[1024];

    snprintf(path, sizeof path, "%s/krb5.conf", kdc->dir);
    snprintf(text, sizeof text,
             "[libdefaults]\n default_realm = ELSEWHERE.EXAMPLE\n"
             " dns_lookup_kdc = false\n dns_canonicalize_hostname = true\n"
             " rdns = true\n[realms]\n " KDC_REALM " = {\n"
             "  kdc = 127.0.0.1:18088\n }\n");
    if (!kdc_write(path, text)
        || mount(path, "/etc/krb5.conf", "none", MS_BIND, "") != 0)
        return false;
    snprintf(path, sizeof path, "%s/kdc.conf", kdc->dir);
    snprintf(text, sizeof text,
             "[kdcdefaults]\n kdc_listen = 127.0.0.1:18088\n"
             " kdc_tcp_listen = 127.0.0.1:18088\n[realms]\n " KDC_REALM
             " = {\n  database_name = %s/principal\n"
             "  key_stash_file = %s/stash\n }\n", kdc->dir, kdc->dir);
    return kdc_write(path, text) && setenv("KRB5_KDC_PROFILE", path, 1) == 0;
}

static inline bool kdc_answers(void)
{
    static const struct timespec pause = { .tv_nsec = 50 * 1000 * 1000 };
    FILE *ports;
    char line[512];
    int tries;
    bool found = false;

    /* 18088 is 0x46A8, LISTEN is 0A (proc(5), /proc/net/tcp). */
    for (tries = 0; tries < 100 && !found; tries++) {
        nanosleep(&pause, NULL);
        ports = fopen("/proc/net/tcp", "r");
        while (ports != NULL && fgets(line, sizeof line, ports) != NULL)
            found = found || strstr(line, ":46A8 00000000:0000 0A") != NULL;
        if (ports != NULL)
            fclose(ports);
    }
    return found;
}

/* NULL, or why there can be no KDC here. */
static inline const char *kdc_start(struct private_kdc *kdc)
{
    const char *const create[] = { "kdb5_util", "-r", KDC_REALM, "create",
                                   "-s", "-P", "master", NULL };
    const char *const serve[] = { "krb5kdc", "-n", "-r", KDC_REALM, NULL };

    if (access("/usr/sbin/krb5kdc", X_OK) != 0)
        return "krb5kdc is not installed";
    if (!kdc_unshare())
        return "namespaces are not allowed here";
    snprintf(kdc->dir, sizeof kdc->dir, "/tmp/credssp-kdc.XXXXXX");
    if (mkdtemp(kdc->dir) == NULL || !kdc_configure(kdc))
        return "there is no /etc/krb5.conf to stand in for";
    if (!kdc_run(create))
        return "the KDC's database cannot be made";
    kdc->pid = kdc_spawn(serve);
    return kdc_answers() ? NULL : "the KDC does not start";
}

static inline void kdc_stop(struct private_kdc *kdc)
{
    const char *const sweep[] = { "rm", "-rf", kdc->dir, NULL };

    if (kdc->pid > 0) {
        kill(kdc->pid, SIGKILL);
        waitpid(kdc->pid, NULL, 0);
    }
    if (kdc->dir[0] != '\0')
        kdc_run(sweep);
}

#endif
