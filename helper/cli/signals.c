/* signals.c - counts the signals that end a command. */
#include "cli/signals.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

static const int caught[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
#define CAUGHT (sizeof caught / sizeof *caught)

/* A handler has no other way to reach its program (signal-safety(7)). */
static volatile sig_atomic_t interrupts, end;
static volatile sig_atomic_t event = -1;
static struct sigaction before[CAUGHT];

static void count(int number)
{
    const uint64_t one = 1;
    int saved = errno;
    ssize_t ignored;

    if (number == SIGINT)
        interrupts = interrupts + 1;
    else
        end = number;
    ignored = write((int)event, &one, sizeof one);
    (void)ignored;
    errno = saved;
}

int signals_catch(struct err *err)
{
    struct sigaction action;
    size_t i;
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

    if (fd < 0)
        return err_set_errno(err, ERR_SYSTEM, STAGE_START, errno,
                             "cannot make an eventfd for signals");
    interrupts = end = 0;
    event = fd;
    memset(&action, 0, sizeof action);
    action.sa_handler = count; /* no SA_RESTART: a write shall end */
    sigemptyset(&action.sa_mask);
    for (i = 0; i < CAUGHT; i++) {
        sigaction(caught[i], NULL, &before[i]);
        if (before[i].sa_handler != SIG_IGN)
            sigaction(caught[i], &action, NULL);
    }
    return 0;
}

void signals_release(void)
{
    size_t i;

    if (event < 0)
        return;
    for (i = 0; i < CAUGHT; i++)
        sigaction(caught[i], &before[i], NULL);
    close((int)event);
    event = -1;
}

int signals_fd(void)
{
    return (int)event;
}

void signals_seen(void)
{
    uint64_t n;
    ssize_t ignored = read((int)event, &n, sizeof n);

    (void)ignored; /* EAGAIN: there was none */
}

unsigned signals_interrupts(void)
{
    return (unsigned)interrupts;
}

int signals_end(void)
{
    return (int)end;
}
