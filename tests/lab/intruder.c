/*
 * intruder.c - code inside a real worker, as if a hostile host had taken it
 * over: preloaded into the broker, it runs when a worker looks up the name of
 * its user, sandbox and all.  The first worker tries what it may survive, each
 * later one an attack that kills.
 *
 * /etc/intruder says what else there is to attack; the answers go to stderr.
 */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <linux/keyctl.h>
#include <pwd.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "attacks.h"

#define TARGETS "/etc/intruder"
#define ERROR_FRAME 13 /* PROTOCOL 1 */

typedef int getpwuid_r_fn(uid_t uid, struct passwd *entry, char *lines,
                          size_t size, struct passwd **found);

/* Another session's keys, another worker, the listener, another host. */
static struct targets {
    int sealed, ticket, sibling;
    char socket[64], host[64];
} targets;

/* Shared by all workers: how many have been taken over. */
static atomic_uint *turns;

__attribute__((constructor)) static void prepare(void)
{
    turns = mmap(NULL, sizeof *turns, PROT_READ | PROT_WRITE,
                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

static void answer(const char *name, int number)
{
    dprintf(STDERR_FILENO, "intruder: %s %s\n", name, attack_answer(number));
}

static int key(int operation, int serial, long argument)
{
    char copy[4096];
    long result = operation == KEYCTL_READ
        ? syscall(SYS_keyctl, operation, serial, copy, sizeof copy)
        : syscall(SYS_keyctl, operation, serial, argument);

    return result < 0 ? errno : 0;
}

/* HELLO for the other session's key: EACCES when the answer is ERROR. */
static int ask_listener(void)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    unsigned char hello[13] = { 0, 0, 0, 9, 1, 0, 0, 0, 1,
        (unsigned char)(targets.sealed >> 24),
        (unsigned char)(targets.sealed >> 16),
        (unsigned char)(targets.sealed >> 8),
        (unsigned char)targets.sealed };
    unsigned char head[5] = { 0 };
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    memcpy(address.sun_path, targets.socket, sizeof targets.socket);
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) != 0
        || send(fd, hello, sizeof hello, MSG_NOSIGNAL) < 0
        || recv(fd, head, sizeof head, MSG_WAITALL) < 0)
        return errno;
    return head[4] == ERROR_FRAME ? EACCES : 0;
}

static int reach_host(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons(5985) };
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    if (inet_pton(AF_INET, targets.host, &address.sin_addr) != 1)
        return EINVAL;
    return connect(fd, (const struct sockaddr *)&address, sizeof address) != 0
               ? errno : 0;
}

static void read_targets(void)
{
    FILE *in = fopen(TARGETS, "re");

    if (in == NULL
        || fscanf(in, "%d %d %d %63s %63s", &targets.sealed, &targets.ticket,
                  &targets.sibling, targets.socket, targets.host) != 5)
        dprintf(STDERR_FILENO, "intruder: no targets\n");
    if (in != NULL)
        fclose(in);
    attack_victim = targets.sibling;
}

static void survive_all(void)
{
    size_t i;

    answer("other-sealed-read", key(KEYCTL_READ, targets.sealed, 0));
    answer("other-sealed-revoke", key(KEYCTL_REVOKE, targets.sealed, 0));
    answer("other-sealed-invalidate",
           key(KEYCTL_INVALIDATE, targets.sealed, 0));
    answer("other-sealed-timeout", key(KEYCTL_SET_TIMEOUT, targets.sealed, 1));
    answer("other-sealed-setperm",
           key(KEYCTL_SETPERM, targets.sealed, 0x3f3f3f3f));
    answer("other-ticket-read", key(KEYCTL_READ, targets.ticket, 0));
    answer("other-ticket-link",
           key(KEYCTL_LINK, targets.ticket, KEY_SPEC_PROCESS_KEYRING));
    answer("listener", ask_listener());
    answer("other-host", reach_host());
    for (i = 0; i < attack_count; i++)
        if (attacks[i].by_seccomp != DIES)
            answer(attacks[i].name, attacks[i].attempt());
}

/* Number n of those that kill. */
static void die_of(unsigned n)
{
    size_t i;

    for (i = 0; i < attack_count; i++) {
        if (attacks[i].by_seccomp != DIES || n-- > 0)
            continue;
        dprintf(STDERR_FILENO, "intruder: %s tried\n", attacks[i].name);
        answer(attacks[i].name, attacks[i].attempt());
        return;
    }
    dprintf(STDERR_FILENO, "intruder: none left\n");
}

static void take_turn(void)
{
    unsigned turn = atomic_fetch_add(turns, 1);

    read_targets();
    if (turn == 0)
        survive_all();
    else
        die_of(turn - 1);
}

int getpwuid_r(uid_t uid, struct passwd *entry, char *lines, size_t size,
               struct passwd **found)
{
    getpwuid_r_fn *real;

    /* A worker from before there were targets goes on untouched. */
    if (access(TARGETS, F_OK) == 0)
        take_turn();
    /* POSIX lets dlsym(3)'s pointer be a function's. */
    *(void **)&real = dlsym(RTLD_NEXT, "getpwuid_r");
    return real(uid, entry, lines, size, found);
}
