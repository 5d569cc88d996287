/*
 * policy.h - /etc/credssp.conf: who may delegate to which host, and how.
 * credssp.conf(5) has the grammar.
 *
 * A loaded policy is immutable and may be shared by threads.
 */
#ifndef CREDSSP_POLICY_POLICY_H
#define CREDSSP_POLICY_POLICY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "credssp/err.h"
#include "policy/hostname.h"

#define POLICY_FILE_BYTES_MAX 1048576
#define POLICY_TEXT_MAX 256

struct policy;

enum policy_owner {
    POLICY_OWNER_ROOT, /* the system's: owner 0, writable by nobody else */
    POLICY_OWNER_USER, /* direct mode: owner 0 or the caller, as strict */
};

/*
 * Reads and checks the whole file and what it includes; every error in it is reported at once, one
 * line each, in err->text (cut at its size), ERR_POLICY_FILE.
 */
int policy_load(const char *path, enum policy_owner owner,
                struct policy **policy, struct err *err) MUST_USE;
/* Gives this reference back; the last one frees. */
void policy_free(struct policy **policy);

/* Where policy_load() says what; the file's errors one by one. */
typedef void policy_complaint_fn(void *arg, const char *file, unsigned line,
                                 unsigned column, const char *what);
int policy_check_file(const char *path, enum policy_owner owner,
                      policy_complaint_fn *complain, void *arg,
                      struct err *err) MUST_USE;

/* Who asks, for what. groups are names; strings are borrowed. */
struct policy_query {
    const char *user;           /* login name on this machine */
    const char *const *groups;  /* group_count names */
    size_t group_count;
    const char *service;        /* PAM service that captured it, or "" */
    const char *host;           /* canonical */
};

/* A line of the file that decided; line 0: none did. */
struct policy_rule {
    char file[POLICY_TEXT_MAX];
    unsigned line;
    char text[POLICY_TEXT_MAX]; /* "AllowFreshCredentials WSMAN/..." */
};

struct policy_verdict {
    bool kerberos;              /* may delegate when Kerberos vouches */
    bool ntlm;                  /* may delegate when only NTLM does, or
                                   NTLM and a certificate (policy.c) */
    struct policy_rule kerberos_rule;
    struct policy_rule ntlm_rule;
    char file[POLICY_TEXT_MAX]; /* the policy file, for advice */
    /* From the Host block that names it, or the defaults: */
    uint16_t port;              /* 5985, or 5986 with HTTPS */
    bool https;
    int minimum_version;        /* 2 to 6; 5 */
    bool legacy_tls;            /* 2012R2: SHA-1 signatures, CBC, RSA-1024 */
    char spn_service[32];       /* "" : WSMAN, then HTTP, then host */
    char pinned_sha256[65];     /* hex of the inner certificate's, or "" */
    char https_pinned_sha256[65];
    bool trusted_chain;         /* the inner one must come from a CA */
};

/*
 * Decides. Nothing is allowed until a line allows it; a Deny line wins over
 * every Allow line. Never fails: no match is a verdict with line 0.
 */
void policy_decide(const struct policy *policy,
                   const struct policy_query *query,
                   struct policy_verdict *verdict);

/* ERR_POLICY_DENIED with the rule that denies or the line that would allow. */
int policy_refuse(const struct policy_query *query,
                  const struct policy_verdict *verdict, bool ntlm,
                  struct err *err);

/*
 * For a host that no line allows: the line that was probably meant for it,
 * and what is wrong with it.  The nearer, the later in this list.
 */
enum policy_nearness {
    POLICY_FAR,           /* no line comes near */
    POLICY_OTHER_SERVICE, /* TERMSRV/host: WinRM asks about WSMAN */
    POLICY_DOMAIN_LINE,   /* WSMAN/corp.example.com: not "*." before it */
    POLICY_SHORT_LINE,    /* WSMAN/win1: lacks the domain's suffix */
    POLICY_SHORT_HOST,    /* the user left the suffix away */
    POLICY_NOT_FOR_YOU,   /* a Match above it leaves this user out */
};
struct policy_near {
    enum policy_nearness nearness;
    struct policy_rule rule;
    char full[HOSTNAME_MAX]; /* SHORT_HOST: the name that the line allows */
};
void policy_nearest(const struct policy *policy, const char *host,
                    struct policy_near *near);

/*
 * What of the policy applies to who asks (query->host is not looked at), line
 * by line: the rules, and of the Host blocks those that speak of a host which
 * a rule allows.  HOST is a Host line's names; the settings below it follow.
 */
enum policy_line_kind {
    POLICY_LINE_ALLOW, POLICY_LINE_ALLOW_NTLM, POLICY_LINE_DENY,
    POLICY_LINE_HOST, POLICY_LINE_SETTING,
};
typedef int policy_line_fn(void *arg, enum policy_line_kind kind,
                           const char *text, const char *file, unsigned line,
                           struct err *err);
/* Stops at the first line that fn fails for. */
int policy_list(const struct policy *policy, const struct policy_query *query,
                policy_line_fn *fn, void *arg, struct err *err) MUST_USE;

/* Domain, Realm ("" when not set) and Lifetime (seconds; 36000). */
const char *policy_domain(const struct policy *policy);
const char *policy_realm(const struct policy *policy);
unsigned policy_lifetime(const struct policy *policy);

#endif
