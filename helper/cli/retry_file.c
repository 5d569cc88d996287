/* retry_file.c - writes the list of hosts for the next run. */
#include "cli/retry_file.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int fail(const char *path, struct err *err)
{
    (void)err_set_errno(err, ERR_SYSTEM, STAGE_OUTPUT, errno,
                        "cannot write the hosts to retry to %s", path);
    return err_advise(err, "--retry-failed wants a file that you may write");
}

/* What rename(2) would replace: a list, but no device and no link. */
static int check_target(const char *path, struct err *err)
{
    struct stat is;

    if (lstat(path, &is) != 0)
        return errno == ENOENT ? 0 : fail(path, err);
    if (S_ISREG(is.st_mode))
        return 0;
    (void)err_set(err, ERR_USAGE, STAGE_START,
                  "%s is there and is no regular file", path);
    return err_advise(err, "name another file for --retry-failed");
}

static int put_lines(FILE *file, const struct retry_line *lines, size_t count)
{
    size_t i;

    fprintf(file, "# %zu hosts for --hosts\n", count);
    for (i = 0; i < count; i++)
        fprintf(file, "%s  # %s\n", lines[i].host, lines[i].why);
    return fflush(file) == 0 && ferror(file) == 0 && fsync(fileno(file)) == 0
               ? 0 : -1;
}

int retry_file_write(const char *path, const struct retry_line *lines,
                     size_t count, struct err *err)
{
    char name[PATH_MAX];
    FILE *file;
    int n = snprintf(name, sizeof name, "%s.%ld.new", path,
                         (long)getpid());

    if (n < 0 || (size_t)n >= sizeof name) {
        errno = ENAMETOOLONG;
        return fail(path, err);
    }
    if (check_target(path, err) != 0)
        return -1;
    file = fopen(name, "wxe");
    if (file == NULL)
        return fail(path, err);
    if (put_lines(file, lines, count) != 0 || rename(name, path) != 0) {
        (void)fail(path, err);
        unlink(name);
    }
    fclose(file);
    return err->cause == ERR_NONE ? 0 : -1;
}
