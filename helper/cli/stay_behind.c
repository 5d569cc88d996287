/* stay_behind.c - a process without a terminal or streams. */
#include "cli/stay_behind.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/* Whoever reads our output must see its end when the command leaves. */
static bool let_go_of_streams(void)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    return null >= 0 && dup2(null, STDIN_FILENO) >= 0
        && dup2(null, STDOUT_FILENO) >= 0 && dup2(null, STDERR_FILENO) >= 0;
}

bool stay_behind(void)
{
    if (fork() != 0)
        return false;
    setsid();
    if (!let_go_of_streams())
        _exit(EXIT_FAILURE);
    return true;
}
