/*
 * err.h - the one error object: cause, stage, foreign code, a sentence for a
 * person and one that says what to do.
 *
 * Functions that can fail return 0 or -1, are MUST_USE, and fill the struct
 * err that their last parameter points to.  An error is set where it is
 * noticed, passed up untouched, and printed or logged once, at the top.
 * Text that came from outside is stored as it came; err_print_* replaces
 * control characters, so that no host can write to a terminal or a log.
 */
#ifndef CREDSSP_ERR_H
#define CREDSSP_ERR_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))

/*
 * X(NAME, "name", "what is wrong", "what to do"): the name is stable and goes
 * into --json, audit events and the broker's ERROR frame; the two sentences
 * are the defaults that err_set() and err_advise() replace.
 */
#define ERR_CAUSES(X)                                                         \
    X(NONE, "none", "no error", "")                                           \
    X(USAGE, "usage", "the command line is not understood",                   \
      "see 'credssp --help'")                                                 \
    X(INTERNAL, "internal", "the program contradicts itself",                 \
      "this is a bug; please report it with the command that shows it")       \
    X(MEMORY, "out-of-memory", "no memory is left",                           \
      "free some memory, or raise the limit (ulimit -v, ulimit -l)")          \
    X(SYSTEM, "system", "the operating system refused a request",             \
      "see the reason above; 'ulimit -a' shows this machine's limits")        \
    X(NO_CREDENTIAL, "no-credential",                                         \
      "this session holds no credential to delegate",                         \
      "run 'credssp login', or log in again with your password")              \
    X(EXPIRED, "credential-expired", "the credential has expired",            \
      "run 'credssp login', or log in again with your password")              \
    X(REVOKED, "credential-revoked",                                          \
      "the credential was taken back when its session ended",                 \
      "run 'credssp login', or log in again with your password")              \
    X(REFUSED_BEFORE, "credential-refused-before",                            \
      "this password was refused before and is not tried again, so that "     \
      "the account is not locked",                                            \
      "run 'credssp login' with the right password")                          \
    X(NOT_YOURS, "not-your-credential",                                       \
      "the credential does not belong to this session",                       \
      "use it from the session that logged in, or run 'credssp login' here")  \
    X(KEY_REPLACED, "key-replaced",                                           \
      "the key belongs to another session or password by now",                \
      "run the command again")                                                \
    X(FORGED_KEY, "forged-key",                                               \
      "the key is not one that pam_credssp made",                             \
      "run 'credssp logout' and log in again; tell the administrator")        \
    X(KEYRING, "keyring", "the kernel keyring refused a request",             \
      "see keyrings(7); 'keyctl show' lists what this session holds")         \
    X(POLICY_FILE, "policy-file", "the policy file cannot be used",           \
      "the administrator must mend the file; "                                \
      "'credssp-broker --check-config' checks it")                            \
    X(POLICY_DENIED, "not-in-policy",                                         \
      "the policy does not allow delegating to this host",                    \
      "'credssp policy check HOST' shows the line that would allow it")       \
    X(POLICY_NTLM, "ntlm-not-in-policy",                                      \
      "the policy does not allow delegating to a host that only NTLM "        \
      "vouches for",                                                          \
      "'credssp policy check HOST' shows the line that would allow it")       \
    X(HOSTNAME, "bad-host-name", "this is not a host name that can be used",  \
      "give the full DNS name of the host, as its administrator knows it")    \
    X(BROKER_DOWN, "broker-down", "the broker does not answer",               \
      "the administrator must start credssp-broker.socket; "                  \
      "'credssp --direct' works without it")                                  \
    X(BROKER_UNTRUSTED, "broker-untrusted",                                   \
      "the socket does not belong to the broker's account",                   \
      "tell the administrator: something listens in the broker's place")      \
    X(BROKER_PROTOCOL, "broker-protocol",                                     \
      "the broker and the command do not understand each other",              \
      "check that both come from the same release")                           \
    X(BROKER_BUSY, "broker-busy", "the broker's limit is reached",            \
      "end other commands of yours, or wait a moment")                        \
    X(NAME_LOOKUP, "name-lookup", "the host name has no address",             \
      "check the spelling and /etc/resolv.conf; 'getent hosts NAME' tries")   \
    X(CONNECT, "connect", "no connection to the host",                        \
      "check that the host is up, that 'winrm quickconfig' was run there, "   \
      "and that no firewall stands between")                                  \
    X(CONNECTION_LOST, "connection-lost", "the connection broke",             \
      "try again; if it repeats, look at the host's event log")               \
    X(TIMEOUT, "timeout", "the host did not answer in time",                  \
      "try again, or check the load of the host and the network")             \
    X(HTTP, "http", "the host's web server refused the request",              \
      "check that the address is the WinRM service, not a proxy or another "  \
      "web server")                                                           \
    X(NO_CREDSSP, "no-credssp", "the host does not offer CredSSP",            \
      "run 'Enable-WSManCredSSP -Role Server -Force' on the host")            \
    X(AUTH_DROPPED, "authentication-dropped",                                 \
      "the host ended the authentication without a reason",                   \
      "look at the host's System and Security event logs of this minute")     \
    X(TLS, "tls", "the TLS handshake failed",                                 \
      "look at the host's System event log, source Schannel")                 \
    X(CERTIFICATE, "certificate", "the host's certificate is not accepted",   \
      "check the certificate, or pin it in the policy file")                  \
    X(KDC_UNREACHABLE, "kdc-unreachable",                                     \
      "no domain controller answered",                                        \
      "check DNS and the network to the domain controllers "                  \
      "(ports 88 and 53)")                                                    \
    X(CLOCK_SKEW, "clock-skew",                                               \
      "the clocks of this machine and the domain differ too much",            \
      "synchronise the clock (chronyc makestep, timedatectl)")                \
    X(SPN_UNKNOWN, "spn-unknown",                                             \
      "the domain does not know this host by this name",                      \
      "use the host's full name; 'setspn -L HOST' on Windows lists its names")\
    X(PRINCIPAL_UNKNOWN, "principal-unknown",                                 \
      "the domain does not know this user",                                   \
      "check the user name and the Realm in /etc/credssp.conf")               \
    X(KERBEROS, "kerberos", "Kerberos failed",                                \
      "'KRB5_TRACE=/dev/stderr kinit' on this machine shows each step")       \
    X(NTLM, "ntlm", "NTLM failed",                                            \
      "look at the host's Security event log of this minute")                 \
    X(MECHANISM, "mechanism",                                                 \
      "the host did not take the one mechanism that was offered",             \
      "check on the host that its domain is reached (Kerberos), or that its " \
      "policies do not restrict NTLM")                                        \
    X(VERSION, "version-too-old",                                             \
      "the host's CredSSP version is older than the policy allows",           \
      "install the host's updates of May 2018 (CVE-2018-0886), or lower "     \
      "MinimumVersion for this host")                                         \
    X(VERSION_CHANGED, "version-changed",                                     \
      "the host changed its CredSSP version during the exchange",             \
      "something may stand between this machine and the host")                \
    X(ORACLE, "encryption-oracle",                                            \
      "the host refuses this client's CredSSP version",                       \
      "look at the host's policy 'Encryption Oracle Remediation'")            \
    X(BINDING, "binding",                                                     \
      "the host could not prove that it owns the TLS key",                    \
      "something may stand between this machine and the host; "               \
      "nothing was delegated")                                                \
    X(MALFORMED, "malformed", "the host sent what cannot be understood",      \
      "check that the host is a WinRM service")                               \
    X(OVERSIZED, "oversized", "the host sent more than is allowed",           \
      "check that the host is a WinRM service")                               \
    X(WRONG_PASSWORD, "wrong-password",                                       \
      "the user name or password is wrong",                                   \
      "run 'credssp login' with the right password")                          \
    X(PASSWORD_EXPIRED, "password-expired", "the password has expired",       \
      "change the password in the domain, then run 'credssp login'")          \
    X(PASSWORD_MUST_CHANGE, "password-must-change",                           \
      "the password must be changed before the first logon",                  \
      "change the password in the domain, then run 'credssp login'")          \
    X(ACCOUNT_LOCKED, "account-locked", "the account is locked",              \
      "wait until the domain unlocks it, or ask its administrators")          \
    X(ACCOUNT_DISABLED, "account-disabled", "the account is disabled",        \
      "ask the domain's administrators")                                      \
    X(ACCOUNT_EXPIRED, "account-expired", "the account has expired",          \
      "ask the domain's administrators")                                      \
    X(ACCOUNT_RESTRICTED, "account-restricted",                               \
      "a restriction of the account forbids this logon",                      \
      "ask the domain's administrators (empty password, Protected Users, "    \
      "authentication policy)")                                               \
    X(LOGON_HOURS, "logon-hours",                                             \
      "the account may not log on at this hour", "try again later")           \
    X(WORKSTATION, "workstation",                                             \
      "the account may not log on from this machine",                         \
      "ask the domain's administrators about the account's workstations")     \
    X(LOGON_TYPE, "logon-type",                                               \
      "the account lacks the right to log on to this host over the network",  \
      "grant 'Access this computer from the network' on the host")            \
    X(TRUST, "trust",                                                         \
      "the host cannot reach or does not trust the account's domain",         \
      "check the host's trust with its domain "                               \
      "(Test-ComputerSecureChannel)")                                         \
    X(LOGON_FAILED, "logon-failed", "the host refused the logon",             \
      "look at the host's Security event log of this minute")                 \
    X(ACCESS_DENIED, "access-denied",                                         \
      "the user may not use WinRM on this host",                              \
      "add the user to 'Remote Management Users' on the host")                \
    X(FAULT, "wsman-fault", "the host answered with a fault",                 \
      "look at the host's event log Microsoft-Windows-WinRM/Operational")     \
    X(QUOTA, "quota", "a quota of the host's WinRM service is used up",       \
      "end other shells there, or raise the quota (winrm get "                \
      "winrm/config)")                                                        \
    X(SHELL_GONE, "shell-gone", "the remote shell is gone",                   \
      "run the command again; the host may have restarted or timed it out")   \
    X(INTERRUPTED, "interrupted", "interrupted", "")                          \
    X(NOT_RUN, "not-run", "this host had no turn",                            \
      "run again for the hosts that --retry-failed lists")

enum err_cause {
#define X(id, name, text, advice) ERR_##id,
    ERR_CAUSES(X)
#undef X
    ERR_CAUSE_COUNT
};

/* Where in the story it happened: X(NAME, "words for a person"). */
#define ERR_STAGES(X)                                                         \
    X(START, "start")                                                         \
    X(KEYS, "credential")                                                     \
    X(BROKER, "broker")                                                       \
    X(POLICY, "policy")                                                       \
    X(DNS, "name lookup")                                                     \
    X(TCP, "connection")                                                      \
    X(HTTPS, "HTTPS")                                                         \
    X(HTTP, "HTTP")                                                           \
    X(KDC, "Kerberos")                                                        \
    X(TLS, "CredSSP TLS handshake")                                           \
    X(SPNEGO, "CredSSP negotiation")                                          \
    X(BINDING, "CredSSP public key binding")                                  \
    X(DELEGATION, "CredSSP delegation")                                       \
    X(SEALING, "message encryption")                                          \
    X(SHELL, "shell")                                                         \
    X(COMMAND, "command")                                                     \
    X(OUTPUT, "output")

enum err_stage {
#define X(id, name) STAGE_##id,
    ERR_STAGES(X)
#undef X
    STAGE_COUNT
};

/* Whose number err.code is: X(NAME, "word", printf format of the number). */
#define ERR_DOMAINS(X)                                                        \
    X(NONE, "")                                                               \
    X(ERRNO, "errno")                                                         \
    X(NTSTATUS, "NTSTATUS")   /* MS-ERREF 2.3, also HRESULTs in errorCode */  \
    X(KRB5, "krb5")           /* com_err code of MIT krb5 */                  \
    X(GSS, "GSS minor")                                                       \
    X(TLS_ALERT, "TLS alert") /* RFC 5246 section 7.2 */                      \
    X(HTTP, "HTTP")                                                           \
    X(CURL, "libcurl")                                                        \
    X(FAULT, "WSManFault")    /* wsmerror.h */

enum err_domain {
#define X(id, name) CODE_##id,
    ERR_DOMAINS(X)
#undef X
    CODE_DOMAIN_COUNT
};

#define ERR_TEXT_MAX 512

struct err {
    enum err_cause cause;
    enum err_stage stage;
    enum err_domain domain;
    int64_t code;              /* 0 with CODE_NONE */
    char text[ERR_TEXT_MAX];   /* one sentence, no final full stop */
    char advice[ERR_TEXT_MAX]; /* one sentence, may be empty */
};

#define ERR_INIT { .cause = ERR_NONE }

/*
 * Sets cause, stage, the sentence (NULL: the cause's own) and the cause's own
 * advice; forgets an older error.  Returns -1, for "return err_set(...)".
 */
int err_set(struct err *err, enum err_cause cause, enum err_stage stage,
            const char *fmt, ...) PRINTF_LIKE(4, 5);

/* The same with strerror(number) appended and the errno kept as the code. */
int err_set_errno(struct err *err, enum err_cause cause, enum err_stage stage,
                  int number, const char *fmt, ...) PRINTF_LIKE(5, 6);

/* Adds the foreign code to an error that was just set. Returns -1. */
int err_code(struct err *err, enum err_domain domain, int64_t code);

/* Replaces the advice of an error that was just set. Returns -1. */
int err_advise(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

void err_clear(struct err *err);

/* Stable names for tables, JSON and frames; "?" for a number out of range. */
const char *err_cause_name(enum err_cause cause);
const char *err_stage_name(enum err_stage stage);
const char *err_domain_name(enum err_domain domain);

/* The cause's default sentence and advice. */
const char *err_cause_text(enum err_cause cause);
const char *err_cause_advice(enum err_cause cause);

/*
 * Prints "credssp: TEXT (STAGE, NTSTATUS 0xc000006d)\n" and, if there is an
 * advice, "  ADVICE\n".  Control characters are printed as '?'.
 */
void err_print(FILE *out, const char *program, const struct err *err);

/* The same on one line, for logs; NUL-terminated, cut at size. */
void err_format(char *dst, size_t size, const struct err *err);

#endif
