/* source.c - the policy in force, and when its files have changed. */
#include "policy/source.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "policy/rules.h"

/* Two writes within a tick of the clock leave the same times (stat(2)): a
 * file so young is read again at the next look. */
#define YOUNG_S 2

void policy_source_init(struct policy_source *source, const char *path,
                        enum policy_owner owner)
{
    memset(source, 0, sizeof *source);
    source->path = path;
    source->owner = owner;
    pthread_mutex_init(&source->lock, NULL);
}

void policy_source_clear(struct policy_source *source)
{
    policy_free(&source->policy);
    pthread_mutex_destroy(&source->lock);
}

/* FNV-1a: tells versions apart; it keeps nobody out. */
static void mix(uint64_t *stamp, uint64_t value)
{
    int i;

    for (i = 0; i < 8; i++) {
        *stamp = (*stamp ^ (value & 0xff)) * 0x100000001b3u;
        value >>= 8;
    }
}

static void mix_file(uint64_t *stamp, const char *path, bool *young)
{
    struct stat st;

    if (stat(path, &st) != 0) {
        mix(stamp, (uint64_t)errno);
        return;
    }
    mix(stamp, (uint64_t)st.st_dev);
    mix(stamp, (uint64_t)st.st_ino);
    mix(stamp, (uint64_t)st.st_size);
    mix(stamp, (uint64_t)st.st_uid << 32 | st.st_mode);
    mix(stamp, (uint64_t)st.st_mtim.tv_sec);
    mix(stamp, (uint64_t)st.st_mtim.tv_nsec);
    mix(stamp, (uint64_t)st.st_ctim.tv_sec);
    mix(stamp, (uint64_t)st.st_ctim.tv_nsec);
    if (S_ISREG(st.st_mode) && time(NULL) - st.st_ctim.tv_sec < YOUNG_S)
        *young = true;
}

/* The sum does not depend on the order in which readdir(3) lists. */
static void mix_directory(uint64_t *stamp, const char *dir, bool *young)
{
    const struct dirent *entry;
    uint64_t sum = 0;
    DIR *open = opendir(dir);

    if (open == NULL) {
        mix(stamp, (uint64_t)errno);
        return;
    }
    while ((entry = readdir(open)) != NULL) {
        uint64_t one = 0xcbf29ce484222325u;
        char path[POLICY_TEXT_MAX + sizeof entry->d_name + 1];

        snprintf(path, sizeof path, "%s/%s", dir, entry->d_name);
        mix_file(&one, path, young);
        sum += one;
    }
    closedir(open);
    mix(stamp, sum);
}

static uint64_t stamp_of(const struct policy_source *source, bool *young)
{
    uint64_t stamp = 0xcbf29ce484222325u;
    char dir[POLICY_TEXT_MAX];

    *young = false;
    mix_file(&stamp, source->path, young);
    if (policy_include_dir(source->path, dir))
        mix_directory(&stamp, dir, young);
    return stamp;
}

/* Without its file there is no policy: taking it away allows nothing more. */
static bool is_gone(const struct err *why)
{
    return why->domain == CODE_ERRNO && why->code == ENOENT;
}

static enum policy_change take(struct policy_source *source,
                               policy_complaint_fn *complain, void *arg)
{
    struct policy *newer = NULL;
    struct err why = ERR_INIT;
    bool changed;

    if (policy_load(source->path, source->owner, &newer, &why) == 0) {
        policy_free(&source->policy);
        source->policy = newer;
        source->loaded = (int64_t)time(NULL);
        err_clear(&source->why);
        return POLICY_TAKEN;
    }
    changed = strcmp(source->why.text, why.text) != 0;
    source->why = why;
    if (is_gone(&why))
        policy_free(&source->policy);
    /* Once more, for all errors: the text above holds a few. */
    if (changed && complain != NULL
        && policy_check_file(source->path, source->owner, complain, arg,
                             &why) == 0)
        source->looked = false; /* mended meanwhile */
    if (!changed)
        return POLICY_SAME;
    return source->policy != NULL ? POLICY_KEPT : POLICY_NONE;
}

/* Under the lock. */
static enum policy_change look(struct policy_source *source,
                               policy_complaint_fn *complain, void *arg)
{
    bool young;
    uint64_t stamp = stamp_of(source, &young);
    enum policy_change change;
    bool same = source->looked && stamp == source->stamp;

    if (same)
        return POLICY_SAME;
    source->looked = !young;
    change = take(source, complain, arg);
    same = stamp == source->stamp && change == POLICY_TAKEN;
    source->stamp = stamp;
    return same ? POLICY_SAME : change; /* read again, as it was young */
}

enum policy_change policy_source_look(struct policy_source *source,
                                      policy_complaint_fn *complain,
                                      void *arg)
{
    enum policy_change change;

    pthread_mutex_lock(&source->lock);
    change = look(source, complain, arg);
    pthread_mutex_unlock(&source->lock);
    return change;
}

int policy_source_get(struct policy_source *source, struct policy **policy,
                      struct err *err)
{
    int result = 0;

    pthread_mutex_lock(&source->lock);
    (void)look(source, NULL, NULL);
    policy_free(policy);
    if (source->policy != NULL) {
        *policy = policy_share(source->policy);
    } else {
        *err = source->why;
        result = -1;
    }
    pthread_mutex_unlock(&source->lock);
    return result;
}

void policy_source_facts(struct policy_source *source, int64_t *loaded,
                         struct err *why)
{
    pthread_mutex_lock(&source->lock);
    *loaded = source->loaded;
    *why = source->why;
    pthread_mutex_unlock(&source->lock);
}
