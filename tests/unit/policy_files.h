/* policy_files.h - a policy file of its own, and what it includes. */
#ifndef CREDSSP_TESTS_POLICY_FILES_H
#define CREDSSP_TESTS_POLICY_FILES_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"

static char folder[] = "/tmp/test_policy_files.XXXXXX";
static char conf[64], conf_d[64];

static inline int make_folder(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(conf, sizeof conf, "%s/credssp.conf", folder);
    snprintf(conf_d, sizeof conf_d, "%s/credssp.conf.d", folder);
    return mkdir(conf_d, 0755);
}

static inline int remove_one(const char *path, const struct stat *st, int type,
                             struct FTW *where)
{
    (void)st;
    (void)type;
    (void)where;
    return remove(path);
}

static inline int remove_folder(void **state)
{
    (void)state;
    return nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static inline void write_to(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

/* "NAME" in the folder of included files. */
static inline const char *included(const char *name)
{
    static char path[128];

    snprintf(path, sizeof path, "%s/%s", conf_d, name);
    return path;
}

/* The file's text, in a buffer of its own that the next call overwrites. */
static inline const char *text_of(const char *path)
{
    static char text[8192];
    FILE *f = fopen(path, "r");
    size_t n;

    assert_non_null(f);
    n = fread(text, 1, sizeof text - 1, f);
    fclose(f);
    text[n] = '\0';
    return text;
}

#endif
