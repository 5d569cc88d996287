/* domain.c - fetch-gpo: started, awaited, and what it left behind read. */
#include "cli/domain.h"

#include <errno.h>
#include <ftw.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/render.h"

#define FETCH PKGLIBEXECDIR "/fetch-gpo"
#define PATH_MAX_BYTES 512
#define NAME_MAX_BYTES 256

/* The first line of DIR/name, clean; "" when there is none. */
static void read_word(const char *dir, const char *name, char *dst,
                      size_t size)
{
    char path[PATH_MAX_BYTES];
    FILE *file;

    snprintf(path, sizeof path, "%s/%s", dir, name);
    file = fopen(path, "re");
    if (file == NULL || fgets(dst, (int)size, file) == NULL)
        dst[0] = '\0';
    if (file != NULL)
        fclose(file);
    dst[strcspn(dst, "\n")] = '\0';
    render_clean(dst);
}

static int run(char *dir, struct err *err)
{
    /* Nothing of root's environment says where the domain is. */
    char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin", locale[] = "LC_ALL=C";
    char program[] = FETCH;
    char *const argv[] = { program, dir, NULL };
    char *const environment[] = { path, locale, NULL };
    char why[ERR_TEXT_MAX / 2];
    pid_t pid;
    int status = 0, failed = posix_spawn(&pid, FETCH, NULL, NULL, argv,
                                         environment);

    if (failed != 0)
        return err_set_errno(err, ERR_SYSTEM, STAGE_START, failed,
                             "cannot start %s", FETCH);
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return err_set_errno(err, ERR_SYSTEM, STAGE_START, errno,
                                 "cannot wait for %s", FETCH);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return 0;
    read_word(dir, "why", why, sizeof why);
    (void)err_set(err, ERR_KERBEROS, STAGE_POLICY, "the domain's policies "
                  "cannot be fetched: %s",
                  why[0] != '\0' ? why : "fetch-gpo ended early");
    return err_advise(err, "'kinit -k' and 'net ads gpo list' with the "
                      "machine's account, by hand, tell more; or copy "
                      "Registry.pol from SYSVOL and import the file");
}

/* DIR/1.pol, DIR/1.name, DIR/2.pol ... in the order of their use. */
static int take_each(const char *dir, domain_file_fn *fn, void *arg,
                     struct err *err)
{
    unsigned i;

    for (i = 1;; i++) {
        char name[16], path[PATH_MAX_BYTES], gpo[NAME_MAX_BYTES];

        snprintf(name, sizeof name, "%u.name", i);
        read_word(dir, name, gpo, sizeof gpo);
        if (gpo[0] == '\0')
            return 0;
        snprintf(path, sizeof path, "%s/%u.pol", dir, i);
        if (access(path, F_OK) != 0) {
            printf("# group policy %s sets nothing for machines\n", gpo);
            continue;
        }
        printf("# group policy %s\n", gpo);
        if (fn(arg, path, err) != 0)
            return -1;
    }
}

static int remove_one(const char *path, const struct stat *st, int type,
                      struct FTW *where)
{
    (void)st;
    (void)type;
    (void)where;
    return remove(path);
}

/* Samba's programs leave folders of their own. */
static void clean_up(const char *dir)
{
    (void)nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

int domain_policies(domain_file_fn *fn, void *arg, struct err *err)
{
    char dir[64]; /* /run is root's: nobody else can make its name */
    int result;

    if (geteuid() != 0) {
        (void)err_set(err, ERR_USAGE, STAGE_START, "only root has the key of "
                      "this machine's account");
        return err_advise(err, "run it with sudo");
    }
    snprintf(dir, sizeof dir, "/run/credssp-gpo.%ld", (long)getpid());
    if (mkdir(dir, 0700) != 0)
        return err_set_errno(err, ERR_SYSTEM, STAGE_START, errno,
                             "cannot make the folder %s", dir);
    result = run(dir, err);
    if (result == 0)
        result = take_each(dir, fn, arg, err);
    clean_up(dir);
    return result;
}
