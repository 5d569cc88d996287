/*
 * rules.h - a policy in memory: what the parser builds and policy.c reads.
 * Private to helper/policy.
 */
#ifndef CREDSSP_POLICY_RULES_H
#define CREDSSP_POLICY_RULES_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "credssp/buf.h"
#include "policy/pattern.h"
#include "policy/policy.h"

#define POLICY_ROWS_MAX 4096 /* of each kind, in all files */
#define POLICY_LINE_MAX 4096 /* bytes of one line */
#define POLICY_FILES_MAX 64  /* the main file and what it includes */
#define POLICY_DEPTH_MAX 4   /* files that include each other */

enum rule_kind { RULE_ALLOW, RULE_ALLOW_NTLM, RULE_DENY };

/* "Match User a,!b Group c": comma lists of patterns, "" for no condition. */
enum criterion {
    CRITERION_USER, CRITERION_GROUP, CRITERION_SERVICE, CRITERION_COUNT
};
struct match {
    char lists[CRITERION_COUNT][POLICY_TEXT_MAX];
    bool negated[CRITERION_COUNT]; /* "Match !User a" */
};
/* In match.c: do all conditions hold for who asks? */
bool match_applies(const struct match *match,
                   const struct policy_query *query);

struct rule {
    enum rule_kind kind;
    struct spn_pattern pattern;
    size_t match;                 /* index + 1 into matches; 0: everyone */
    size_t file;                  /* index into files */
    unsigned line;
    char text[POLICY_TEXT_MAX];   /* keyword and pattern, as written */
};

/* Which settings a Host block gives; the first block that gives one wins. */
enum host_setting {
    HOST_PORT, HOST_HTTPS, HOST_MINIMUM_VERSION, HOST_LEGACY_TLS, HOST_SPN,
    HOST_PIN, HOST_HTTPS_PIN, HOST_TRUSTED_CHAIN, HOST_SETTING_COUNT
};

struct host_block {
    bool given[HOST_SETTING_COUNT];
    unsigned given_line[HOST_SETTING_COUNT];
    size_t first_name;            /* index into names; all stand together */
    size_t file;
    unsigned line;
    uint16_t port;
    bool https;
    int minimum_version;
    bool legacy_tls;
    char spn_service[32];
    char pinned_sha256[65];
    char https_pinned_sha256[65];
    bool trusted_chain;
};

/* A name of a Host line. */
struct host_name {
    struct spn_pattern pattern;   /* its service is not used */
    bool negated;                 /* "!dc1.corp.example.com" */
    size_t block;                 /* index into blocks */
};

/* The main file is files[0]; dev and ino tell a file that includes itself. */
struct policy_file {
    char path[POLICY_TEXT_MAX];
    dev_t dev;
    ino_t ino;
    size_t includer;              /* of files[0]: 0 */
};

struct policy {
    atomic_uint references;
    enum policy_owner owner;
    char path[POLICY_TEXT_MAX];   /* the main file's */
    char domain[POLICY_TEXT_MAX];
    char realm[POLICY_TEXT_MAX];
    unsigned lifetime_s;
    struct policy_file *files;
    size_t file_count;
    struct rule *rules;
    size_t rule_count;
    struct match *matches;
    size_t match_count;
    struct host_block *blocks;
    size_t block_count;
    struct host_name *names;
    size_t name_count;
};

/* NULL without memory. One reference: policy_free() gives it back. */
struct policy *policy_new(const char *path, enum policy_owner owner);
struct policy *policy_share(struct policy *policy);

/*
 * Parses the main file's text into *policy, and what it includes.  Every
 * error goes to complain; returns their number.
 */
size_t policy_parse(struct policy *policy, const char *text, size_t len,
                    policy_complaint_fn *complain, void *arg);

/* The file and line of a rule. */
void policy_cite(const struct policy *policy, const struct rule *rule,
                 struct policy_rule *cited);

/* Does a Host block speak of the host?  In policy.c. */
bool host_block_matches(const struct policy *policy, size_t block,
                        const char *host);

/* "Port 5986", as a line would say it; in parse_host.c. */
void host_setting_text(const struct host_block *block,
                       enum host_setting setting,
                       char dst[POLICY_TEXT_MAX]);

/*
 * In policy_load.c: one file, whole, if nobody but its owner could have
 * written it.  A link is followed for the main file only: what is included
 * lies in one known directory.
 */
int policy_read_file(const char *path, enum policy_owner owner,
                     bool follow_link, struct buf *text, struct stat *st,
                     struct err *err) MUST_USE;
int policy_check_owner(const char *path, const struct stat *st,
                       enum policy_owner owner, struct err *err) MUST_USE;
/* "/etc/credssp.conf.d" of "/etc/credssp.conf". False: too long. */
bool policy_include_dir(const char *path, char dir[POLICY_TEXT_MAX]);

#endif
