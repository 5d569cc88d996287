/* replace.h - a new content for a file, at once or not at all. */
#ifndef CREDSSP_POLICY_REPLACE_H
#define CREDSSP_POLICY_REPLACE_H

#include <sys/stat.h>

#include "credssp/buf.h"
#include "credssp/err.h"

#define REPLACE_PATH_MAX 280

/* A file "PATH.new" that only one program can have made: lock and successor
 * in one, as passwd(5) is changed. */
struct replacement {
    const char *path; /* borrowed */
    char successor[REPLACE_PATH_MAX];
    int fd;
};

/* ERR_POLICY_FILE when there is one already. */
int replace_begin(struct replacement *replacement, const char *path,
                  struct err *err) MUST_USE;
/* st: owner and mode of the file that is replaced; NULL: there is none yet. */
int replace_commit(struct replacement *replacement, const struct buf *text,
                   const struct stat *st, struct err *err) MUST_USE;
/* Takes back what was not committed; fine after a commit. */
void replace_end(struct replacement *replacement);

#endif
