/* waiting.c - polls, writes and time limits that signals may cut short. */
#include "cli/waiting.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/signals.h"

int64_t waiting_now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int waiting_urgent(struct err *err)
{
    if (signals_end() != 0)
        return err_set(err, ERR_INTERRUPTED, STAGE_COMMAND,
                       "ended by signal %d (%s)", signals_end(),
                       strsignal(signals_end()));
    if (signals_interrupts() > 1)
        return err_set(err, ERR_INTERRUPTED, STAGE_COMMAND,
                       "interrupted twice");
    return 0;
}

int waiting_control(void *arg, int fd, int timeout_ms, struct err *err)
{
    struct pollfd p[] = { { .fd = fd, .events = POLLIN },
                          { .fd = signals_fd(), .events = POLLIN } };
    int64_t until = waiting_now_ms() + timeout_ms;

    (void)arg;
    for (;;) {
        int64_t left = until - waiting_now_ms();
        int n;

        if (waiting_urgent(err) != 0)
            return -1;
        n = poll(p, 2, timeout_ms < 0 ? -1 : left > 0 ? (int)left : 0);
        if (n == 0)
            return err_set(err, ERR_TIMEOUT, STAGE_COMMAND,
                           "the host does not take the signal");
        if (n > 0 && p[0].revents != 0)
            return 0;
        if (n > 0)
            signals_seen();
    }
}

int waiting_write(int fd, const void *bytes, size_t n, struct err *err)
{
    struct pollfd ready = { .fd = fd, .events = POLLOUT };
    const unsigned char *p = bytes;

    while (n > 0) {
        ssize_t put = write(fd, p, n);

        if (put >= 0) {
            p += put;
            n -= (size_t)put;
        } else if (errno == EAGAIN) {
            (void)poll(&ready, 1, 1000);
        } else if (errno != EINTR) {
            (void)err_set_errno(err, ERR_SYSTEM, STAGE_OUTPUT, errno,
                                "cannot write the output");
            return err_advise(err, "the remote command was ended, and the "
                              "rest of its output is lost");
        }
        if (n > 0 && waiting_urgent(err) != 0)
            return -1;
    }
    return 0;
}

int64_t waiting_left_ms(const struct waiting_time *time)
{
    int64_t left;

    if (time->limit_s == 0)
        return INT32_MAX;
    left = time->began_ms + (int64_t)time->limit_s * 1000 - waiting_now_ms();
    return left < INT32_MAX ? left : INT32_MAX;
}

int waiting_time_left(const struct waiting_time *time, int64_t answer_due_ms,
                      int *wait_ms, struct err *err)
{
    int64_t left = waiting_left_ms(time);
    int64_t answer = answer_due_ms - waiting_now_ms();

    if (left <= 0) {
        (void)err_set(err, ERR_TIMEOUT, STAGE_COMMAND,
                      "the command ran longer than %u s", time->limit_s);
        return err_advise(err, "it was ended; raise --timeout if it needs "
                          "longer");
    }
    if (answer <= 0)
        return err_set(err, ERR_TIMEOUT, STAGE_COMMAND,
                       "no answer came in time");
    *wait_ms = (int)(answer < left ? answer : left);
    return 0;
}
