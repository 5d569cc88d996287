/*
 * once.c - runs a command and prints what it cost, to descriptor 3:
 * "WALL-microseconds CPU-microseconds PEAK-RSS-KiB".
 */
#include <errno.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

static int64_t now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int64_t us(struct timeval t)
{
    return (int64_t)t.tv_sec * 1000000 + t.tv_usec;
}

int main(int argc, char **argv)
{
    struct rusage used;
    int64_t began;
    int failed, status = 0;
    pid_t pid;

    if (argc < 2) {
        fprintf(stderr, "usage: once COMMAND [ARG...] 3>FILE\n");
        return 2;
    }
    began = now_us();
    failed = posix_spawnp(&pid, argv[1], NULL, NULL, argv + 1, environ);
    if (failed != 0) {
        fprintf(stderr, "once: %s: %s\n", argv[1], strerror(failed));
        return 127;
    }
    while (wait4(pid, &status, 0, &used) < 0)
        if (errno != EINTR) {
            perror("once: wait4");
            return 1;
        }
    dprintf(3, "%lld %lld %ld\n", (long long)(now_us() - began),
            (long long)(us(used.ru_utime) + us(used.ru_stime)),
            used.ru_maxrss);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}
