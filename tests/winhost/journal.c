/* journal.c - writes the log that tests count. */
#include "journal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct journal {
    FILE *file;
};

int journal_open(const char *path, struct journal **journal, struct err *err)
{
    struct journal *j = calloc(1, sizeof *j);

    if (j == NULL)
        return err_set(err, ERR_MEMORY, STAGE_START, NULL);
    if (path != NULL) {
        j->file = fopen(path, "ae");
        if (j->file == NULL) {
            free(j);
            return err_set_errno(err, ERR_SYSTEM, STAGE_START, errno,
                                 "cannot open the log %s", path);
        }
        setvbuf(j->file, NULL, _IOLBF, 0);
    }
    *journal = j;
    return 0;
}

void journal_close(struct journal **journal)
{
    if (*journal == NULL)
        return;
    if ((*journal)->file != NULL)
        fclose((*journal)->file);
    free(*journal);
    *journal = NULL;
}

void journal_write(struct journal *journal, const char *event,
                   const char *fmt, ...)
{
    struct timespec now;
    va_list ap;

    if (journal == NULL || journal->file == NULL)
        return;
    clock_gettime(CLOCK_REALTIME, &now);
    flockfile(journal->file); /* lines of threads do not mix */
    fprintf(journal->file, "time=%lld.%03ld event=%s ",
            (long long)now.tv_sec, now.tv_nsec / 1000000, event);
    va_start(ap, fmt);
    vfprintf(journal->file, fmt, ap);
    va_end(ap);
    fputc('\n', journal->file);
    funlockfile(journal->file);
}

struct journal_value journal_clean(const char *text)
{
    struct journal_value value;
    size_t i;

    for (i = 0; i + 1 < sizeof value.text && text[i] != '\0'; i++) {
        unsigned char c = (unsigned char)text[i];

        value.text[i] = c <= ' ' || c == '"' || c == 0x7f ? '_' : text[i];
    }
    value.text[i] = '\0';
    return value;
}
