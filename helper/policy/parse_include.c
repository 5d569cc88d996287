/*
 * parse_include.c - the Include line of credssp.conf(5).
 *
 * It names files of one directory, that of the main file's name and ".d", so
 * that what the broker reads is known before it reads anything: its sandbox
 * can be closed first.
 */
#include <dirent.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/parser.h"

static bool has_wildcard(const char *pattern)
{
    return strpbrk(pattern, "*?[") != NULL;
}

/* The pattern within the directory, or NULL after a complaint. */
static const char *inside(struct parser *p, size_t word, const char *dir)
{
    const char *pattern = p->line.words[word];
    size_t n = strlen(dir);

    if (strncmp(pattern, dir, n) == 0 && pattern[n] == '/')
        pattern += n + 1;
    if (pattern[0] != '\0' && pattern[0] != '.'
        && strchr(pattern, '/') == NULL)
        return pattern;
    complain_at(p, word, "'%s': Include takes names of files in %s, such as "
                "*.conf", p->line.words[word], dir);
    return NULL;
}

/* How many files stand between this one and the main file. */
static unsigned depth_of(const struct policy *policy, size_t file)
{
    unsigned depth = 0;

    for (; file != 0; file = policy->files[file].includer)
        depth++;
    return depth;
}

static bool includes_itself(const struct policy *policy, size_t file,
                            const struct stat *st)
{
    for (;; file = policy->files[file].includer) {
        if (policy->files[file].ino == st->st_ino
            && policy->files[file].dev == st->st_dev)
            return true;
        if (file == 0)
            return false;
    }
}

/* The file's own row; 0 after a complaint. */
static size_t enter(struct parser *p, size_t word, const char *path,
                    const struct stat *st)
{
    struct policy *policy = p->policy;
    struct policy_file *files;

    if (includes_itself(policy, p->file, st)) {
        complain_at(p, word, "%s includes itself", path);
        return 0;
    }
    if (depth_of(policy, p->file) + 1 >= POLICY_DEPTH_MAX) {
        complain_at(p, word, "%s: more than %d files include each other",
                    path, POLICY_DEPTH_MAX);
        return 0;
    }
    files = parser_row(p, policy->files, policy->file_count,
                       POLICY_FILES_MAX, sizeof *files);
    if (files == NULL)
        return 0;
    policy->files = files;
    files += policy->file_count;
    snprintf(files->path, sizeof files->path, "%s", path);
    files->dev = st->st_dev;
    files->ino = st->st_ino;
    files->includer = p->file;
    return policy->file_count++;
}

/* Its blocks end with it. */
static void parse_file(struct parser *p, size_t word, const char *dir,
                       const char *name)
{
    struct buf text = BUF_INIT(POLICY_FILE_BYTES_MAX);
    struct err err = ERR_INIT;
    struct parser inner = {
        .policy = p->policy, .block = BLOCK_GLOBAL, .complain = p->complain,
        .arg = p->arg, .lifetime_given = p->lifetime_given,
    };
    char path[POLICY_TEXT_MAX];
    struct stat st;
    int n = snprintf(path, sizeof path, "%s/%s", dir, name);

    if (n < 0 || (size_t)n >= sizeof path)
        complain_at(p, word, "the path %s/%.20s... is too long", dir, name);
    else if (policy_read_file(path, p->policy->owner, false, &text, &st,
                              &err) != 0)
        complain_at(p, word, "%s", err.text);
    else if ((inner.file = enter(p, word, path, &st)) != 0)
        parse_text(&inner, (const char *)text.data, text.len);
    p->errors += inner.errors;
    p->lifetime_given = inner.lifetime_given;
    buf_free(&text);
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static void parse_files(struct parser *p, size_t word, const char *dir,
                        const char *pattern)
{
    struct dirent **entries = NULL;
    int i, count = scandir(dir, &entries, NULL, by_bytes);

    if (count < 0)
        complain_at(p, word, "cannot list %s: %m", dir);
    for (i = 0; i < count; i++) {
        if (fnmatch(pattern, entries[i]->d_name, FNM_PERIOD) == 0)
            parse_file(p, word, dir, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
}

/* Who can put files there could put root's own files of elsewhere there. */
static bool is_safe(struct parser *p, size_t word, const char *dir,
                    bool *exists)
{
    struct err err = ERR_INIT;
    struct stat st;

    *exists = lstat(dir, &st) == 0;
    if (!*exists)
        return true;
    if (!S_ISDIR(st.st_mode))
        complain_at(p, word, "%s is not a directory", dir);
    else if (policy_check_owner(dir, &st, p->policy->owner, &err) != 0)
        complain_at(p, word, "%s", err.text);
    else
        return true;
    return false;
}

void parse_include(struct parser *p, int unused)
{
    char dir[POLICY_TEXT_MAX];
    bool exists = false;
    size_t i;

    (void)unused;
    if (!policy_include_dir(p->policy->path, dir)) {
        complain_at(p, 0, "the path of the policy file is too long for "
                    "Include");
        return;
    }
    if (!is_safe(p, 1, dir, &exists))
        return;
    for (i = 1; i < p->line.count; i++) {
        const char *pattern = inside(p, i, dir);

        if (pattern == NULL)
            continue;
        if (!has_wildcard(pattern))
            parse_file(p, i, dir, pattern);
        else if (exists) /* no file is no error, as in ssh_config(5) */
            parse_files(p, i, dir, pattern);
    }
}
