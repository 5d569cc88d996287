/* trouble.c - the table of troubles, and the line that chooses one. */
#include "trouble.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define LINE_MAX_BYTES 128
#define WORD_MAX_BYTES 32

static const struct row {
    const char *name;
    enum fault_id fault;
    enum trouble_loss loss;
    const char *help;
} rows[] = {
    { "busy", FAULT_BUSY, LOSS_NONE, "fault 170" },
    { "disconnected", FAULT_DISCONNECTED, LOSS_NONE,
      "the shell is in the state Disconnected" },
    { "stream", FAULT_STREAM, LOSS_NONE, "its stream is" },
    { "missing", FAULT_BAD_SHELL, LOSS_NONE, "there is no such shell" },
    { "directory", FAULT_DIRECTORY, LOSS_NONE,
      "no such WorkingDirectory" },
    { "shells", FAULT_SHELL_QUOTA, LOSS_NONE, "too many shells" },
    { "operations", FAULT_OPERATION_QUOTA, LOSS_NONE, "too many operations" },
    { "system", FAULT_SYSTEM_QUOTA, LOSS_NONE, "the load limit" },
    { "small", FAULT_ENVELOPE_SMALL, LOSS_NONE,
      "the answer does not fit the envelope" },
    { "large", FAULT_ENVELOPE_LARGE, LOSS_NONE,
      "the request is larger than MaxEnvelopeSizekb" },
    { "drop", FAULT_NONE, LOSS_DROP, "runs, and then hangs up" },
    { "hang", FAULT_NONE, LOSS_HANG, "runs, and then says nothing" },
    { "late", FAULT_NONE, LOSS_NOT_YET, "runs, and answers 3 s later" },
};
#define ROW_COUNT (sizeof rows / sizeof *rows)

struct troubles {
    pthread_mutex_t lock;
    const char *path;
    char line[LINE_MAX_BYTES]; /* the last that was read */
    struct timespec written;   /* when that was */
    unsigned given;            /* how often it was obeyed */
};

int troubles_new(const char *path, struct troubles **troubles,
                 struct err *err)
{
    struct troubles *t;

    *troubles = NULL;
    if (path == NULL)
        return 0;
    t = calloc(1, sizeof *t);
    if (t == NULL)
        return err_set(err, ERR_MEMORY, STAGE_START, NULL);
    pthread_mutex_init(&t->lock, NULL);
    t->path = path;
    *troubles = t;
    return 0;
}

void troubles_free(struct troubles **troubles)
{
    if (*troubles == NULL)
        return;
    pthread_mutex_destroy(&(*troubles)->lock);
    free(*troubles);
    *troubles = NULL;
}

/* Under the lock.  Without a file there is no trouble. */
static void read_line(struct troubles *t)
{
    FILE *file = fopen(t->path, "re");
    struct stat st = { .st_size = 0 };

    t->line[0] = '\0';
    if (file == NULL)
        return;
    if (fstat(fileno(file), &st) != 0
        || fgets(t->line, sizeof t->line, file) == NULL)
        t->line[0] = '\0';
    fclose(file);
    if (st.st_mtim.tv_sec == t->written.tv_sec
        && st.st_mtim.tv_nsec == t->written.tv_nsec)
        return;
    t->written = st.st_mtim;
    t->given = 0;
}

/* Under the lock: the row that the line has for this action, or NULL. */
static const struct row *row_for(const struct troubles *t,
                                 const char *action)
{
    char wanted[WORD_MAX_BYTES], name[WORD_MAX_BYTES];
    unsigned most = 0;
    size_t i;
    int words = sscanf(t->line, "%31s %31s %u", wanted, name, &most);

    if (words < 2 || strcmp(wanted, action) != 0
        || (words == 3 && t->given >= most))
        return NULL;
    for (i = 0; i < ROW_COUNT; i++)
        if (strcmp(rows[i].name, name) == 0)
            return &rows[i];
    return NULL;
}

/* The row, if it is one that loses answers, or one that does not. */
static const struct row *obey(struct troubles *t, const char *action,
                              bool loses)
{
    const struct row *row;

    if (t == NULL)
        return NULL;
    pthread_mutex_lock(&t->lock);
    read_line(t);
    row = row_for(t, action);
    if (row != NULL && (row->loss != LOSS_NONE) != loses)
        row = NULL;
    if (row != NULL)
        t->given++;
    pthread_mutex_unlock(&t->lock);
    return row;
}

enum fault_id trouble_fault(struct troubles *troubles, const char *action)
{
    const struct row *row = obey(troubles, action, false);

    return row != NULL ? row->fault : FAULT_NONE;
}

enum trouble_loss trouble_loss(struct troubles *troubles, const char *action)
{
    const struct row *row = obey(troubles, action, true);

    return row != NULL ? row->loss : LOSS_NONE;
}

void trouble_help(FILE *out)
{
    size_t i;

    for (i = 0; i < ROW_COUNT; i++)
        fprintf(out, "    %-20s %s\n", rows[i].name, rows[i].help);
}
