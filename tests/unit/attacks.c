/* attacks.c - one function for each way out of a worker. */
#include "attacks.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

char attack_file[64] = "/tmp/attack";
pid_t attack_victim = 1;

static int outcome(long result)
{
    return result < 0 ? errno : 0;
}

/* -- Other programs, other processes -- */

static int run_program(void)
{
    char *argv[] = { (char *)(uintptr_t)"true", NULL }, *none[] = { NULL };

    return outcome(execve("/bin/true", argv, none));
}

static int run_descriptor(void)
{
    char *argv[] = { (char *)(uintptr_t)"true", NULL }, *none[] = { NULL };

    return outcome(syscall(SYS_execveat, AT_FDCWD, "/bin/true", argv, none,
                           0));
}

static int make_process(void)
{
    pid_t pid = fork();

    if (pid == 0)
        _exit(0);
    if (pid > 0)
        waitpid(pid, NULL, 0);
    return outcome(pid);
}

static int trace(void)
{
    return outcome(ptrace(PTRACE_SEIZE, attack_victim, NULL, NULL));
}

static int read_memory(void)
{
    char byte;
    struct iovec here = { .iov_base = &byte, .iov_len = 1 };
    struct iovec there = { .iov_base = &byte, .iov_len = 1 };

    return outcome(process_vm_readv(attack_victim, &here, 1, &there, 1, 0));
}

static int read_memory_file(void)
{
    char path[64];

    snprintf(path, sizeof path, "/proc/%ld/maps", (long)attack_victim);
    return outcome(open(path, O_RDONLY));
}

static int send_signal(void)
{
    return outcome(kill(attack_victim, 0));
}

static int signal_thread(void)
{
    return outcome(syscall(SYS_tgkill, attack_victim, attack_victim, 0));
}

/* fcntl(2): the kernel would send F_SETSIG's signal for us. */
static int signal_by_socket(void)
{
    return outcome(fcntl(STDERR_FILENO, F_SETOWN, attack_victim));
}

static int steal_descriptor(void)
{
    return outcome(syscall(SYS_pidfd_getfd, -1, 0, 0));
}

/* -- Code, and what would let more of it in -- */

static int writable_code(void)
{
    void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return p == MAP_FAILED ? errno : 0;
}

static int make_executable(void)
{
    void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return outcome(mprotect(p, 4096, PROT_READ | PROT_EXEC));
}

static int file_without_name(void)
{
    return outcome(memfd_create("code", 0));
}

static int other_architecture(void)
{
#ifdef __x86_64__
    long result;

    /* getpid(2) of the 32-bit table. */
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(20) : "memory");
    return result < 0 ? (int)-result : 0;
#else
    return outcome(syscall(SYS_execve, NULL, NULL, NULL));
#endif
}

static int load_bpf(void)
{
    return outcome(syscall(SYS_bpf, 0, NULL, 0));
}

static int open_ring(void)
{
    return outcome(syscall(SYS_io_uring_setup, 1, NULL));
}

static int load_kernel(void)
{
    return outcome(syscall(SYS_kexec_load, 0, 0, NULL, 0));
}

/* -- Privilege, and taking back what was given up -- */

static int new_namespace(void)
{
    return outcome(unshare(CLONE_NEWUSER));
}

static int thread_in_namespace(void)
{
    return outcome(syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL,
                           NULL, NULL));
}

static int change_user(void)
{
    return outcome(syscall(SYS_setuid, getuid()));
}

static int change_root(void)
{
    return outcome(chroot("/"));
}

static int be_dumpable(void)
{
    return outcome(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0));
}

static int allow_core(void)
{
    const struct rlimit none = { 0, 0 };

    return outcome(setrlimit(RLIMIT_CORE, &none));
}

/* -- Files -- */

static int read_file(void)
{
    return outcome(open(attack_file, O_RDONLY));
}

static int write_file(void)
{
    return outcome(open(attack_file, O_WRONLY));
}

static int make_file(void)
{
    return outcome(open("/tmp/attack-made", O_WRONLY | O_CREAT, 0600));
}

static int remove_file(void)
{
    return outcome(unlink(attack_file));
}

static int make_folder(void)
{
    return outcome(mkdir("/tmp/attack-folder", 0700));
}

static int change_mode(void)
{
    return outcome(chmod(attack_file, 0666));
}

static int list_processes(void)
{
    return outcome(open("/proc", O_RDONLY | O_DIRECTORY));
}

/* -- The network -- */

static int netlink(void)
{
    return outcome(socket(AF_NETLINK, SOCK_RAW, 0));
}

static int packet(void)
{
    return outcome(socket(AF_PACKET, SOCK_DGRAM, 0));
}

static int raw(void)
{
    return outcome(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
}

static int vsock(void)
{
    return outcome(socket(AF_VSOCK, SOCK_STREAM, 0));
}

static int take_port(void)
{
    struct sockaddr_in any = { .sin_family = AF_INET };
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    return outcome(bind(fd, (const struct sockaddr *)&any, sizeof any));
}

static int be_server(void)
{
    return outcome(listen(socket(AF_INET, SOCK_STREAM, 0), 1));
}

/* -- Keys -- */

static int join_session(void)
{
    return outcome(syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL));
}

static int session_to_parent(void)
{
    return outcome(syscall(SYS_keyctl, KEYCTL_SESSION_TO_PARENT));
}

static int clear_keyring(void)
{
    return outcome(syscall(SYS_keyctl, KEYCTL_CLEAR,
                           KEY_SPEC_PROCESS_KEYRING));
}

static int call_helper(void)
{
    return outcome(syscall(SYS_request_key, "user", "attack", "", 0));
}

/* -- The terminal -- */

static int type_keys(void)
{
    char key = ' ';

    return outcome(ioctl(STDERR_FILENO, TIOCSTI, &key));
}

const struct attack attacks[] = {
    { "execve", run_program, DIES, EACCES, 1 },
    { "execveat", run_descriptor, DIES, EACCES, 1 },
    { "fork", make_process, ENOSYS, 0, 0 },
    { "ptrace", trace, DIES, EPERM, 1 },
    { "process_vm_readv", read_memory, DIES, EPERM, 1 },
    { "proc-maps", read_memory_file, EACCES, EACCES, 1 },
    { "kill", send_signal, ENOSYS, EPERM, 6 },
    { "tgkill", signal_thread, ENOSYS, EPERM, 6 },
    { "fcntl-setown", signal_by_socket, ENOSYS, 0, 0 },
    { "pidfd_getfd", steal_descriptor, DIES, 0, 0 },
    { "mmap-write-exec", writable_code, ENOSYS, 0, 0 },
    { "mprotect-exec", make_executable, ENOSYS, 0, 0 },
    { "memfd_create", file_without_name, ENOSYS, 0, 0 },
    { "other-architecture", other_architecture, DIES, 0, 0 },
    { "bpf", load_bpf, DIES, 0, 0 },
    { "io_uring", open_ring, DIES, 0, 0 },
    { "kexec", load_kernel, DIES, 0, 0 },
    { "unshare", new_namespace, DIES, 0, 0 },
    { "clone-namespace", thread_in_namespace, ENOSYS, 0, 0 },
    { "setuid", change_user, DIES, 0, 0 },
    { "chroot", change_root, DIES, 0, 0 },
    { "dumpable", be_dumpable, ENOSYS, 0, 0 },
    { "core-limit", allow_core, ENOSYS, 0, 0 },
    { "read-file", read_file, EACCES, EACCES, 1 },
    { "write-file", write_file, EACCES, EACCES, 1 },
    { "make-file", make_file, EACCES, EACCES, 1 },
    { "unlink", remove_file, ENOSYS, EACCES, 1 },
    { "mkdir", make_folder, ENOSYS, EACCES, 1 },
    { "chmod", change_mode, ENOSYS, 0, 0 },
    { "list-proc", list_processes, EACCES, EACCES, 1 },
    { "netlink", netlink, ENOSYS, 0, 0 },
    { "packet", packet, ENOSYS, 0, 0 },
    { "raw", raw, ENOSYS, 0, 0 },
    { "vsock", vsock, ENOSYS, 0, 0 },
    { "bind", take_port, ENOSYS, EACCES, 4 },
    { "listen", be_server, ENOSYS, 0, 0 },
    { "join-session", join_session, ENOSYS, 0, 0 },
    { "session-to-parent", session_to_parent, ENOSYS, 0, 0 },
    { "clear-keyring", clear_keyring, ENOSYS, 0, 0 },
    { "request_key", call_helper, DIES, 0, 0 },
    { "tiocsti", type_keys, ENOSYS, 0, 0 },
};

const size_t attack_count = sizeof attacks / sizeof *attacks;

const char *attack_answer(int number)
{
    return number == 0 ? "ok" : strerrorname_np(number);
}
