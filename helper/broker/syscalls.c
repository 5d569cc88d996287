/* syscalls.c - one allowlist for each role, and what kills at once. */
#include "broker/syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define L ROLE_LISTENER
#define ALL (ROLE_LISTENER | ROLE_WORKER | ROLE_DIRECT)

struct call {
    int number;
    unsigned roles;
};

/*
 * Plain ones.  A call that this architecture does not have is passed over
 * (libseccomp gives it a negative number).
 */
static const struct call calls[] = {
    /* files: read, never made; Landlock says which */
    { SCMP_SYS(read), ALL }, { SCMP_SYS(readv), ALL },
    { SCMP_SYS(pread64), ALL }, { SCMP_SYS(lseek), ALL },
    { SCMP_SYS(_llseek), ALL }, { SCMP_SYS(open), ALL },
    { SCMP_SYS(openat), ALL }, { SCMP_SYS(close), ALL },
    { SCMP_SYS(close_range), ALL }, { SCMP_SYS(stat), ALL },
    { SCMP_SYS(lstat), ALL }, { SCMP_SYS(fstat), ALL },
    { SCMP_SYS(newfstatat), ALL }, { SCMP_SYS(statx), ALL },
    { SCMP_SYS(stat64), ALL }, { SCMP_SYS(lstat64), ALL },
    { SCMP_SYS(fstat64), ALL }, { SCMP_SYS(fstatat64), ALL },
    { SCMP_SYS(statfs), ALL }, { SCMP_SYS(fstatfs), ALL },
    { SCMP_SYS(access), ALL }, { SCMP_SYS(faccessat), ALL },
    { SCMP_SYS(faccessat2), ALL }, { SCMP_SYS(readlink), ALL },
    { SCMP_SYS(readlinkat), ALL }, { SCMP_SYS(getdents64), ALL },
    { SCMP_SYS(getcwd), ALL }, { SCMP_SYS(fadvise64), ALL },
    { SCMP_SYS(dup), ALL }, { SCMP_SYS(dup2), ALL },
    { SCMP_SYS(dup3), ALL }, { SCMP_SYS(umask), ALL },
    /* what stands open already: sockets, the log */
    { SCMP_SYS(write), ALL }, { SCMP_SYS(writev), ALL },
    { SCMP_SYS(connect), ALL }, { SCMP_SYS(sendto), ALL },
    { SCMP_SYS(sendmsg), ALL }, { SCMP_SYS(sendmmsg), ALL },
    { SCMP_SYS(recvfrom), ALL }, { SCMP_SYS(recvmsg), ALL },
    { SCMP_SYS(recvmmsg), ALL }, { SCMP_SYS(shutdown), ALL },
    { SCMP_SYS(send), ALL }, { SCMP_SYS(recv), ALL },
    { SCMP_SYS(getsockopt), ALL }, { SCMP_SYS(setsockopt), ALL },
    { SCMP_SYS(getsockname), ALL }, { SCMP_SYS(getpeername), ALL },
    { SCMP_SYS(pipe), ALL }, { SCMP_SYS(pipe2), ALL },
    { SCMP_SYS(eventfd2), ALL }, { SCMP_SYS(poll), ALL },
    { SCMP_SYS(ppoll), ALL }, { SCMP_SYS(ppoll_time64), ALL },
    { SCMP_SYS(select), ALL }, { SCMP_SYS(_newselect), ALL },
    { SCMP_SYS(pselect6), ALL }, { SCMP_SYS(pselect6_time64), ALL },
    { SCMP_SYS(epoll_create1), ALL }, { SCMP_SYS(epoll_ctl), ALL },
    { SCMP_SYS(epoll_wait), ALL }, { SCMP_SYS(epoll_pwait), ALL },
    { SCMP_SYS(epoll_pwait2), ALL }, { SCMP_SYS(timerfd_create), ALL },
    { SCMP_SYS(timerfd_settime), ALL },
    /* memory; mmap and mprotect stand below */
    { SCMP_SYS(brk), ALL }, { SCMP_SYS(munmap), ALL },
    { SCMP_SYS(mremap), ALL }, { SCMP_SYS(madvise), ALL },
    { SCMP_SYS(mlock), ALL }, { SCMP_SYS(mlock2), ALL },
    { SCMP_SYS(munlock), ALL }, { SCMP_SYS(membarrier), ALL },
    /* threads and signals to oneself */
    { SCMP_SYS(futex), ALL }, { SCMP_SYS(futex_time64), ALL },
    { SCMP_SYS(set_robust_list), ALL }, { SCMP_SYS(get_robust_list), ALL },
    { SCMP_SYS(rseq), ALL }, { SCMP_SYS(set_tid_address), ALL },
    { SCMP_SYS(set_thread_area), ALL }, { SCMP_SYS(set_tls), ALL },
    { SCMP_SYS(sched_yield), ALL }, { SCMP_SYS(sched_getaffinity), ALL },
    { SCMP_SYS(getcpu), ALL }, { SCMP_SYS(rt_sigaction), ALL },
    { SCMP_SYS(rt_sigprocmask), ALL }, { SCMP_SYS(rt_sigreturn), ALL },
    { SCMP_SYS(sigreturn), ALL }, { SCMP_SYS(sigaltstack), ALL },
    { SCMP_SYS(restart_syscall), ALL }, { SCMP_SYS(exit), ALL },
    { SCMP_SYS(exit_group), ALL },
    { SCMP_SYS(tgkill), ALL }, /* a worker: own_signals_only() */
    /* who and when */
    { SCMP_SYS(getpid), ALL }, { SCMP_SYS(gettid), ALL },
    { SCMP_SYS(getppid), ALL }, { SCMP_SYS(getuid), ALL },
    { SCMP_SYS(getgid), ALL }, { SCMP_SYS(geteuid), ALL },
    { SCMP_SYS(getegid), ALL }, { SCMP_SYS(getuid32), ALL },
    { SCMP_SYS(getgid32), ALL }, { SCMP_SYS(geteuid32), ALL },
    { SCMP_SYS(getegid32), ALL }, { SCMP_SYS(getresuid), ALL },
    { SCMP_SYS(getresgid), ALL }, { SCMP_SYS(getgroups), ALL },
    { SCMP_SYS(getrusage), ALL }, { SCMP_SYS(uname), ALL },
    { SCMP_SYS(sysinfo), ALL }, { SCMP_SYS(getrandom), ALL },
    { SCMP_SYS(time), ALL }, { SCMP_SYS(gettimeofday), ALL },
    { SCMP_SYS(clock_gettime), ALL }, { SCMP_SYS(clock_gettime64), ALL },
    { SCMP_SYS(clock_getres), ALL }, { SCMP_SYS(nanosleep), ALL },
    { SCMP_SYS(clock_nanosleep), ALL },
    { SCMP_SYS(clock_nanosleep_time64), ALL },
    { SCMP_SYS(add_key), ALL }, /* a worker's LOGIN */
    /* the listener: clients in, workers out, its own socket's name */
    { SCMP_SYS(accept), L }, { SCMP_SYS(accept4), L },
    { SCMP_SYS(signalfd4), L }, { SCMP_SYS(wait4), L },
    { SCMP_SYS(waitpid), L }, { SCMP_SYS(waitid), L },
    { SCMP_SYS(kill), L }, { SCMP_SYS(unlink), L },
    { SCMP_SYS(unlinkat), L },
    /* the listener, for a session's history.h */
    { SCMP_SYS(memfd_create), L }, { SCMP_SYS(ftruncate), L },
    { SCMP_SYS(ftruncate64), L },
    /* the listener, for the sandboxes of its workers */
    { SCMP_SYS(seccomp), L }, { SCMP_SYS(landlock_create_ruleset), L },
    { SCMP_SYS(landlock_add_rule), L },
    { SCMP_SYS(landlock_restrict_self), L },
};

/* Allowed if argument number "index", under mask, has this value. */
struct narrow_call {
    int number;
    unsigned roles;
    unsigned index;
    uint64_t mask;
    uint64_t value;
};

#define WHOLE UINT32_MAX /* of an int; the kernel ignores what is above it */
#define SOCKET_KIND 0xf  /* without SOCK_CLOEXEC and SOCK_NONBLOCK */
#define NAMESPACES (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS \
                    | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID \
                    | CLONE_NEWNET)
#define KEY(operation, roles) \
    { SCMP_SYS(keyctl), roles, 0, WHOLE, KEYCTL_##operation }
#define PRCTL(option, roles) \
    { SCMP_SYS(prctl), roles, 0, WHOLE, option }
#define FCNTL(command) \
    { SCMP_SYS(fcntl), ALL, 1, WHOLE, command }, \
    { SCMP_SYS(fcntl64), ALL, 1, WHOLE, command }
#define IOCTL(request) { SCMP_SYS(ioctl), ALL, 1, WHOLE, request }

/* Linux 5.17: glibc names its arenas from 2.38 on. */
#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#endif

static const struct narrow_call narrow_calls[] = {
    /* No code but what a file of the system holds, and none made here. */
    { SCMP_SYS(mprotect), ALL, 2, PROT_EXEC, 0 },
    { SCMP_SYS(mmap), ALL, 2, PROT_EXEC, 0 },
    { SCMP_SYS(mmap), ALL, 2, PROT_EXEC | PROT_WRITE, PROT_EXEC },
    { SCMP_SYS(mmap2), ALL, 2, PROT_EXEC, 0 },
    { SCMP_SYS(mmap2), ALL, 2, PROT_EXEC | PROT_WRITE, PROT_EXEC },
    /* A worker has threads; only the listener makes processes. */
    { SCMP_SYS(clone), ALL, 0, CLONE_THREAD | NAMESPACES, CLONE_THREAD },
    { SCMP_SYS(clone), L, 0, CLONE_THREAD | NAMESPACES, 0 },
    /* Of keys: what keyring.c does; no join, no upcall, no keyring moved. */
    KEY(GET_KEYRING_ID, ALL), KEY(UPDATE, ALL), KEY(REVOKE, ALL),
    KEY(CHOWN, ALL), KEY(SETPERM, ALL), KEY(DESCRIBE, ALL),
    KEY(LINK, ALL), KEY(UNLINK, ALL), KEY(SEARCH, ALL), KEY(READ, ALL),
    KEY(SET_TIMEOUT, ALL), KEY(INVALIDATE, ALL),
    PRCTL(PR_SET_NAME, ALL), PRCTL(PR_GET_NAME, ALL),
    PRCTL(PR_SET_VMA, ALL),
    /* Not F_SETOWN and F_SETSIG: a SIGKILL by way of a socket. */
    FCNTL(F_DUPFD), FCNTL(F_DUPFD_CLOEXEC), FCNTL(F_GETFD), FCNTL(F_SETFD),
    FCNTL(F_GETFL), FCNTL(F_SETFL), FCNTL(F_ADD_SEALS), FCNTL(F_GET_SEALS),
    /* Not TIOCSTI: a terminal may be among what stands open. */
    IOCTL(FIONREAD), IOCTL(FIONBIO), IOCTL(TCGETS),
    { SCMP_SYS(socketpair), ALL, 0, WHOLE, AF_UNIX },
};

/* Two arguments at once: a socket's domain and its type. */
static const int domains[] = { AF_UNIX, AF_INET, AF_INET6 };
static const int types[] = { SOCK_STREAM, SOCK_DGRAM };

/*
 * No library does any of these by mistake: whoever tries is not our program
 * any more.  All else that no table names gets ENOSYS, as on a kernel that has
 * not got it, so that libraries fall back (glibc from clone3, whose flags
 * cannot be seen from here, to clone).
 */
static const int hostile[] = {
    SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(ptrace),
    SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev),
    SCMP_SYS(pidfd_getfd), SCMP_SYS(kcmp), SCMP_SYS(request_key),
    SCMP_SYS(kexec_load), SCMP_SYS(kexec_file_load),
    SCMP_SYS(init_module), SCMP_SYS(finit_module),
    SCMP_SYS(delete_module), SCMP_SYS(bpf), SCMP_SYS(perf_event_open),
    SCMP_SYS(userfaultfd), SCMP_SYS(io_uring_setup),
    SCMP_SYS(open_by_handle_at), SCMP_SYS(mount), SCMP_SYS(umount2),
    SCMP_SYS(move_mount), SCMP_SYS(pivot_root), SCMP_SYS(chroot),
    SCMP_SYS(setns), SCMP_SYS(unshare), SCMP_SYS(setuid),
    SCMP_SYS(setreuid), SCMP_SYS(setresuid), SCMP_SYS(setgid),
    SCMP_SYS(setregid), SCMP_SYS(setresgid), SCMP_SYS(setgroups),
    SCMP_SYS(capset), SCMP_SYS(personality), SCMP_SYS(reboot),
    SCMP_SYS(swapon), SCMP_SYS(modify_ldt), SCMP_SYS(iopl),
    SCMP_SYS(ioperm),
};

#define STEPS_MAX 4096 /* BPF_MAXINSNS, bpf(2) */

struct syscalls {
    enum sandbox_role role;
    unsigned short count;
    struct sock_filter steps[STEPS_MAX];
};

#define COUNT(table) (sizeof(table) / sizeof *(table))

static int add_calls(scmp_filter_ctx filter, unsigned role)
{
    int failed = 0;
    size_t i;

    for (i = 0; i < COUNT(calls) && failed == 0; i++)
        if ((calls[i].roles & role) != 0)
            failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW,
                                      calls[i].number, 0);
    return failed;
}

static int add_narrow(scmp_filter_ctx filter, unsigned role)
{
    int failed = 0;
    size_t i;

    for (i = 0; i < COUNT(narrow_calls) && failed == 0; i++) {
        const struct narrow_call *call = &narrow_calls[i];
        struct scmp_arg_cmp wanted = SCMP_CMP(
            call->index, SCMP_CMP_MASKED_EQ, call->mask, call->value);

        if ((call->roles & role) != 0)
            failed = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW,
                                            call->number, 1, &wanted);
    }
    return failed;
}

/* Netlink, packet and raw sockets are as if they had been compiled out; but
 * for the kernel's audit log, which asks for a capability itself. SCMP_CMP_EQ
 * makes no use of its second datum: clang wants to see it all the same. */
static int add_sockets(scmp_filter_ctx filter)
{
    int failed = 0;
    size_t d, t;

    for (d = 0; d < COUNT(domains); d++)
        for (t = 0; t < COUNT(types) && failed == 0; t++)
            failed = seccomp_rule_add(
                filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 2,
                SCMP_A0_32(SCMP_CMP_EQ, (uint32_t)domains[d], 0),
                SCMP_A1_32(SCMP_CMP_MASKED_EQ, SOCKET_KIND,
                           (uint32_t)types[t]));
#ifdef HAVE_LIBAUDIT
    if (failed == 0)
        failed = seccomp_rule_add(
            filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 2,
            SCMP_A0_32(SCMP_CMP_EQ, AF_NETLINK, 0),
            SCMP_A2_32(SCMP_CMP_EQ, NETLINK_AUDIT, 0));
#endif
    return failed;
}

/* One's own limits can be read, nobody's be set. */
static int add_limits(scmp_filter_ctx filter)
{
    return seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 2,
                            SCMP_A0_32(SCMP_CMP_EQ, 0, 0),
                            SCMP_A2(SCMP_CMP_EQ, 0, 0));
}

static int add_hostile(scmp_filter_ctx filter)
{
    int failed = 0;
    size_t i;

    for (i = 0; i < COUNT(hostile) && failed == 0; i++)
        failed = seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, hostile[i],
                                  0);
    return failed;
}

static int fill(scmp_filter_ctx filter, unsigned role)
{
    /* Another architecture's numbers (int 0x80) would mean other calls. */
    int failed = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH,
                                  SCMP_ACT_KILL_PROCESS);

    if (failed == 0)
        failed = add_calls(filter, role);
    if (failed == 0)
        failed = add_narrow(filter, role);
    if (failed == 0)
        failed = add_sockets(filter);
    if (failed == 0)
        failed = add_limits(filter);
    if (failed == 0)
        failed = add_hostile(filter);
    return failed;
}

/* seccomp_export_bpf(3) writes to a descriptor; a pipe holds 64 KiB. */
static int export(scmp_filter_ctx filter, struct syscalls *list)
{
    ssize_t got;
    int ends[2], failed;

    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
        return -errno;
    failed = seccomp_export_bpf(filter, ends[1]);
    close(ends[1]);
    got = read(ends[0], list->steps, sizeof list->steps);
    close(ends[0]);
    if (failed != 0)
        return failed;
    if (got <= 0 || got == (ssize_t)sizeof list->steps)
        return -E2BIG;
    list->count = (unsigned short)((size_t)got / sizeof *list->steps);
    return 0;
}

static int refused(int number, struct err *err)
{
    err_set_errno(err, ERR_SYSTEM, STAGE_START, number,
                  "the sandbox cannot be set up: seccomp(2)");
    return err_advise(err, "the kernel needs CONFIG_SECCOMP_FILTER, and a "
                           "container must allow seccomp(2)");
}

int syscalls_compile(enum sandbox_role role, struct syscalls **list,
                     struct err *err)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
    struct syscalls *made = calloc(1, sizeof *made);
    int failed = -ENOMEM;

    if (filter != NULL && made != NULL)
        failed = fill(filter, role);
    if (failed == 0)
        failed = export(filter, made);
    seccomp_release(filter);
    if (failed != 0) {
        free(made);
        return refused(-failed, err);
    }
    made->role = role;
    *list = made;
    return 0;
}

void syscalls_free(struct syscalls **list)
{
    free(*list);
    *list = NULL;
}

static int load(struct sock_filter *steps, unsigned short count,
                struct err *err)
{
    const struct sock_fprog program = { .len = count, .filter = steps };

    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0)
        return refused(errno, err);
    return 0;
}

/*
 * Signals to oneself (abort(3), pthread_kill(3)) and to nobody else: without
 * Landlock's scope the one thing that keeps a worker from ending another.  By
 * itself, since each process has its own number.  The architecture is known:
 * the list kills all others.
 */
static int own_signals_only(struct err *err)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    const unsigned low = offsetof(struct seccomp_data, args[0]);
#else
    const unsigned low = offsetof(struct seccomp_data, args[0]) + 4;
#endif
    struct sock_filter steps[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_tgkill, 0, 2),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, low),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)getpid(), 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
    };

    return load(steps, sizeof steps / sizeof *steps, err);
}

int syscalls_restrict(const struct syscalls *list, struct err *err)
{
    struct syscalls copy = *list; /* struct sock_fprog has no const */

    /* First, for the list takes seccomp(2) away from all but the listener. */
    if (list->role != ROLE_LISTENER && own_signals_only(err) != 0)
        return -1;
    return load(copy.steps, copy.count, err);
}
