/* busy.c - fault 170. */
#include "cli/busy.h"

#define FAULT_BUSY 170                                  /* ERROR_BUSY */
#define HRESULT_WIN32(code) (0x80070000u | (code))      /* MS-ERREF 2.1.2 */

bool busy_is(const struct err *err)
{
    return err->domain == CODE_FAULT
           && (err->code == FAULT_BUSY
               || err->code == HRESULT_WIN32(FAULT_BUSY));
}

bool busy_again(unsigned *attempt, line_wait_fn *wait, void *arg,
                const struct waiting_time *time, struct err *err)
{
    struct err late = ERR_INIT;

    if (!busy_is(err) || ++*attempt == BUSY_ATTEMPTS)
        return false;
    if (wait(arg, -1, BUSY_PAUSE_MS, &late) != 0
        && (late.cause != ERR_TIMEOUT || waiting_left_ms(time) <= 0)) {
        *err = late;
        return false;
    }
    err_clear(err);
    return true;
}

bool busy_signal_is_due(const struct busy_signal *signal)
{
    return waiting_now_ms() >= signal->due_ms;
}

int busy_signal_wait_ms(const struct busy_signal *signal, int wait_ms)
{
    int64_t left = signal->due_ms - waiting_now_ms();

    if (left >= wait_ms)
        return wait_ms;
    return left > 0 ? (int)left : 0;
}

int busy_signal_passed(struct busy_signal *signal, int rc, struct err *err)
{
    if (rc == 0)
        return 0;
    if (err->domain != CODE_FAULT)
        return -1;
    if (busy_is(err)) {
        if (++signal->attempts == BUSY_ATTEMPTS)
            return -1;
        signal->due_ms = waiting_now_ms() + BUSY_PAUSE_MS;
    }
    err_clear(err);
    return 0;
}
