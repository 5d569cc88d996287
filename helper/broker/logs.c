/* logs.c - which session's file is kept, and which goes for another. */
#include "broker/logs.h"

#include <unistd.h>

#include "broker/history.h"

static struct log_file *find(struct logs *logs, uid_t uid, int32_t sealed)
{
    size_t i;

    for (i = 0; i < logs->count; i++)
        if (logs->files[i].uid == uid && logs->files[i].sealed == sealed)
            return &logs->files[i];
    return NULL;
}

/* NULL: there is room.  A user who is at his limit pays for it himself. */
static struct log_file *find_oldest(struct logs *logs, uid_t uid)
{
    struct log_file *own = NULL, *any = NULL;
    unsigned of_uid = 0;
    size_t i;

    for (i = 0; i < logs->count; i++) {
        struct log_file *file = &logs->files[i];

        if (any == NULL || file->used < any->used)
            any = file;
        if (file->uid != uid)
            continue;
        of_uid++;
        if (own == NULL || file->used < own->used)
            own = file;
    }
    if (of_uid >= LIMIT_LOGS_PER_UID)
        return own;
    return logs->count >= LIMIT_LOGS ? any : NULL;
}

int logs_find(struct logs *logs, uid_t uid, int32_t sealed)
{
    struct log_file *file = find(logs, uid, sealed);
    int fd;

    if (file == NULL) {
        fd = history_file();
        if (fd < 0)
            return -1;
        file = find_oldest(logs, uid);
        if (file != NULL)
            close(file->fd);
        else
            file = &logs->files[logs->count++];
        *file = (struct log_file){ .uid = uid, .sealed = sealed, .fd = fd };
    }
    file->used = ++logs->step;
    return file->fd;
}
