/* kernel_log.c - one AUDIT_TRUSTED_APP message for each event. */
#include "broker/kernel_log.h"

#ifdef HAVE_LIBAUDIT

#include <libaudit.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "credssp/buf.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool allowed;
static int audit_fd = -1;

/* Where the audit field dictionary has a name of its own for what we say. */
static const struct {
    const char *ours, *theirs;
} names[] = {
    { "event", "op" }, { "user", "acct" }, { "uid", "id" },
};

static const char *their_name(const char *ours)
{
    size_t i;

    for (i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i].ours, ours) == 0)
            return names[i].theirs;
    return ours;
}

/* In hex when it could end its field: audit_encode_nv_string(3). */
static void put_field(void *arg, const char *name, const char *value,
                      bool is_text)
{
    struct buf *message = arg;
    const char *space = message->len > 0 ? " " : "";
    char *pair;

    if (!is_text) {
        buf_printf(message, "%s%s=%s", space, their_name(name), value);
        return;
    }
    pair = audit_encode_nv_string(their_name(name), value, 0);
    if (pair != NULL)
        buf_printf(message, "%s%s", space, pair);
    free(pair);
}

void kernel_log_open(void)
{
    allowed = audit_can_write() != 0;
}

/* The kernel answers at once: who holds its audit lock is exempt from the
 * wait for a full backlog (audit_log_start() in kernel/audit.c). */
static void send_message(const char *text, int result)
{
    pthread_mutex_lock(&lock);
    if (audit_fd < 0)
        audit_fd = audit_open();
    if (audit_fd >= 0
        && audit_log_user_message(audit_fd, AUDIT_TRUSTED_APP, text, NULL,
                                  NULL, NULL, result) <= 0) {
        close(audit_fd);
        audit_fd = -1;
    }
    pthread_mutex_unlock(&lock);
}

void kernel_log_write(const struct audit_record *record)
{
    struct buf message = BUF_INIT(MAX_AUDIT_MESSAGE_LENGTH);
    bool failed = record->err != NULL && record->err->cause != ERR_NONE;

    if (!allowed)
        return;
    audit_each_field(record, put_field, &message);
    buf_put_u8(&message, '\0');
    if (message.failed == ERR_NONE)
        send_message((const char *)message.data, !failed);
    buf_free(&message);
}

void kernel_log_close(void)
{
    pthread_mutex_lock(&lock);
    if (audit_fd >= 0)
        close(audit_fd);
    audit_fd = -1;
    pthread_mutex_unlock(&lock);
}

#else

void kernel_log_open(void)
{
}

void kernel_log_write(const struct audit_record *record)
{
    (void)record;
}

void kernel_log_close(void)
{
}

#endif
