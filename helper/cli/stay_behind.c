/* stay_behind.c - a process without a terminal or streams. */
#include "cli/stay_behind.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define DESCRIPTORS "/proc/self/fd" /* proc(5) */

/* Whoever reads our output must see its end when the command leaves. */
static bool let_go_of_streams(void)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    return null >= 0 && dup2(null, STDIN_FILENO) >= 0
        && dup2(null, STDOUT_FILENO) >= 0 && dup2(null, STDERR_FILENO) >= 0;
}

/*
 * Ours all close on exec; one that does not is from whoever started us, who
 * may wait for its end, or for the lock that it is (flock(2)).
 */
static void let_go_of_inherited(void)
{
    DIR *all = opendir(DESCRIPTORS);
    const struct dirent *one;

    while (all != NULL && (one = readdir(all)) != NULL) {
        int fd = (int)strtol(one->d_name, NULL, 10);
        int flags = fd > STDERR_FILENO ? fcntl(fd, F_GETFD) : -1;

        if (flags >= 0 && (flags & FD_CLOEXEC) == 0)
            close(fd);
    }
    if (all != NULL)
        closedir(all);
}

bool stay_behind(void)
{
    if (fork() != 0)
        return false;
    setsid();
    if (!let_go_of_streams())
        _exit(EXIT_FAILURE);
    let_go_of_inherited();
    return true;
}
