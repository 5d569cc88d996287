/* fixes.c - what a person did wrong, by stage and cause, and what to do. */
#include "broker/fixes.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "broker/bounds.h"

#define ENABLE "Enable-WSManCredSSP -Role Server -Force"
#define RESTART "Restart-Service WinRM"
#define SEC_E_INVALID_TOKEN 0x80090308 /* MS-ERREF 2.1.1 */
#define SKEW_SEEN_S 60   /* less is no explanation */
#define SKEW_MOST_S 300  /* what Kerberos allows (Windows, MIT krb5) */

typedef void fix_fn(const struct fix_facts *facts, struct err *err);

static bool is_address(const char *text)
{
    unsigned char address[sizeof(struct in6_addr)];

    return inet_pton(AF_INET, text, address) == 1
           || inet_pton(AF_INET6, text, address) == 1;
}

static void fix_name(const struct fix_facts *facts, struct err *err)
{
    if (!is_address(facts->typed))
        return;
    err_set(err, ERR_HOSTNAME, STAGE_POLICY,
            "'%.64s' is an IP address; Kerberos and the policy know hosts by "
            "name", facts->typed);
    err_advise(err, "use the host's full DNS name, as in "
                    "win1.corp.example.com; 'getent hosts %.64s' may tell "
                    "it", facts->typed);
}

/* What is wrong with the line that was probably meant for this host. */
static void fix_near_line(const struct policy_near *near, const char *host,
                          struct err *err)
{
    const struct policy_rule *rule = &near->rule;

    switch (near->nearness) {
    case POLICY_FAR:
        break;
    case POLICY_OTHER_SERVICE:
        err_advise(err, "%s:%u is about another service (%s); WinRM needs "
                   "WSMAN/%s", rule->file, rule->line, rule->text, host);
        break;
    case POLICY_DOMAIN_LINE:
        err_advise(err, "%s:%u names the domain itself, not the hosts in it "
                   "(%s); '*.' in front of it does", rule->file, rule->line,
                   rule->text);
        break;
    case POLICY_SHORT_LINE:
        err_advise(err, "%s:%u lacks the domain's suffix (%s); the "
                   "administrator must write WSMAN/%s there", rule->file,
                   rule->line, rule->text, host);
        break;
    case POLICY_SHORT_HOST:
        err_advise(err, "use the full name, %s: %s:%u allows that one (%s)",
                   near->full, rule->file, rule->line, rule->text);
        break;
    case POLICY_NOT_FOR_YOU:
        err_advise(err, "%s:%u allows it (%s), but the Match above that line "
                   "leaves you, or this way of logging in, out", rule->file,
                   rule->line, rule->text);
        break;
    }
}

static void fix_policy(const struct fix_facts *facts, struct err *err)
{
    struct policy_near near;

    /* A line that denies is named already. */
    if (facts->policy == NULL || facts->terms->verdict.kerberos_rule.line != 0)
        return;
    policy_nearest(facts->policy, facts->terms->host, &near);
    fix_near_line(&near, facts->terms->host, err);
}

static void fix_lookup(const struct fix_facts *facts, struct err *err)
{
    if (err->code == EPERM)
        return; /* the advice is better: egress.h */
    err_advise(err, "check the spelling, and that the host is in DNS: "
                    "'getent hosts %s', /etc/resolv.conf",
               facts->terms->host);
}

static void fix_dropped(const struct fix_facts *facts, struct err *err)
{
    unsigned port = facts->terms->verdict.port;

    err_set(err, ERR_TIMEOUT, STAGE_TCP,
            "no answer on port %u within %d s: a firewall drops the packets, "
            "or the host is down", port, LIMIT_TEST_CONNECT_MS / 1000);
    err_advise(err, "on the host: Enable-NetFirewallRule -DisplayGroup "
                    "'Windows Remote Management'; in between: let TCP port "
                    "%u pass from here", port);
}

static void fix_refused(const struct fix_facts *facts, struct err *err)
{
    unsigned port = facts->terms->verdict.port;

    if (err->code == EPERM)
        return; /* the advice is better: egress.h */
    if (err->code == ECONNREFUSED)
        err_advise(err, "WinRM does not listen on port %u, or a firewall "
                   "refuses: run 'Enable-PSRemoting -Force' on the host; "
                   "'winrm enumerate winrm/config/listener' shows its ports",
                   port);
    else
        err_advise(err, "check that the host is up and can be reached from "
                   "here ('ip route get ADDRESS'), and the firewalls in "
                   "between (port %u)", port);
}

static void fix_other_server(const struct fix_facts *facts, struct err *err)
{
    err_advise(err, "a proxy or another web server answers on port %u; WinRM "
                    "calls itself Microsoft-HTTPAPI. Check the port ('winrm "
                    "enumerate winrm/config/listener' on the host) and what "
                    "stands in between",
               (unsigned)facts->terms->verdict.port);
}

static void fix_not_offered(const struct fix_facts *facts, struct err *err)
{
    bool is_windows = strncasecmp(facts->server, "Microsoft-HTTPAPI", 17)
                      == 0;

    err_advise(err, "run on the host, in an elevated PowerShell: " ENABLE
                    "; then " RESTART "%s",
               is_windows ? "" : " (if it is WinRM at all: it does not call "
                                 "itself Microsoft-HTTPAPI)");
}

static void fix_switched_off(const struct fix_facts *facts, struct err *err)
{
    (void)facts;
    err_advise(err, "CredSSP was offered a moment ago: somebody switched it "
                    "off meanwhile. On the host: Get-Item WSMan:\\localhost\\"
                    "Service\\Auth\\CredSSP; " ENABLE "; " RESTART);
}

static void fix_not_restarted(const struct fix_facts *facts, struct err *err)
{
    (void)facts;
    err_advise(err, "run on the host: " RESTART " (CredSSP may have been "
                    "enabled, or its certificate changed, without that); "
                    "else see its System event log, source Schannel");
}

static void fix_spn(const struct fix_facts *facts, struct err *err)
{
    const char *host = facts->terms->host;
    char computer[16]; /* a NetBIOS name: 15 characters */
    size_t i;

    for (i = 0; i + 1 < sizeof computer && host[i] != '.' && host[i] != '\0';
         i++)
        computer[i] = (char)toupper((unsigned char)host[i]);
    computer[i] = '\0';
    if (strchr(host, '.') == NULL) {
        err_advise(err, "use the full name, as in %s.corp.example.com", host);
        return;
    }
    err_advise(err, "if %s is its real name, a domain administrator runs: "
                    "setspn -S WSMAN/%s %s; if it is an alias, use the real "
                    "one; if it is in no domain, the policy needs "
                    "'AllowFreshCredentialsWhenNTLMOnly WSMAN/%s'",
               host, host, computer, host);
}

void fix_describe_clock(int64_t ahead_s, char dst[FIX_CLOCK_MAX])
{
    long long off = ahead_s < 0 ? -ahead_s : ahead_s;

    snprintf(dst, FIX_CLOCK_MAX, "%lld min %lld s %s", off / 60, off % 60,
             ahead_s < 0 ? "behind" : "ahead of");
}

static void blame_clock(int64_t ahead_s, struct err *err)
{
    enum err_domain domain = err->domain;
    int64_t code = err->code;
    char clock[FIX_CLOCK_MAX];

    fix_describe_clock(ahead_s, clock);
    err_set(err, ERR_CLOCK_SKEW, err->stage,
            "the clocks differ too much: the host's is %s this machine's",
            clock);
    err_code(err, domain, code);
    err_advise(err, "Kerberos allows 5 minutes. Here: 'chronyc makestep' or "
                    "'timedatectl'; on the host: w32tm /resync");
}

static void fix_skew(const struct fix_facts *facts, struct err *err)
{
    if (!facts->has_clock)
        return;
    if (facts->clock_ahead_s < SKEW_SEEN_S
        && facts->clock_ahead_s > -SKEW_SEEN_S) {
        err_advise(err, "the clocks of the host and of this machine agree, "
                        "so it is the domain controller's that is wrong");
        return;
    }
    blame_clock(facts->clock_ahead_s, err);
}

/* More than Kerberos takes, so that no ticket is of any use. */
static bool clocks_differ(const struct fix_facts *facts)
{
    return facts->has_clock && (facts->clock_ahead_s > SKEW_MOST_S
                                || facts->clock_ahead_s < -SKEW_MOST_S);
}

static void advise_ticket(const struct fix_facts *facts, struct err *err)
{
    err_advise(err, "the host's machine account may be out of step with the "
                    "domain (Test-ComputerSecureChannel -Repair), or another "
                    "account holds its SPN (setspn -Q WSMAN/%s)",
               facts->terms->host);
}

/*
 * A host says STATUS_LOGON_FAILURE of a Kerberos ticket that it does not
 * accept.  The password is not to blame: the domain has just taken it, and
 * the host has not seen it.
 */
static void fix_ticket(const struct fix_facts *facts, struct err *err)
{
    enum err_domain domain = err->domain;
    int64_t code = err->code;

    if (!facts->kerberos)
        return;
    if (clocks_differ(facts)) {
        blame_clock(facts->clock_ahead_s, err);
        return;
    }
    err_set(err, ERR_KERBEROS, err->stage,
            "the host does not accept the Kerberos ticket that the domain "
            "made for it");
    err_code(err, domain, code);
    advise_ticket(facts, err);
}

/* Many things are called so; one of them is what the host says of a token. */
static void fix_failure(const struct fix_facts *facts, struct err *err)
{
    if (facts->kerberos && clocks_differ(facts))
        blame_clock(facts->clock_ahead_s, err);
    else if (err->domain == CODE_NTSTATUS && err->code == SEC_E_INVALID_TOKEN)
        fix_ticket(facts, err);
}

/* Who says nothing is not made to say something: only the advice. */
static void fix_silence(const struct fix_facts *facts, struct err *err)
{
    if (!facts->kerberos)
        return;
    if (clocks_differ(facts))
        blame_clock(facts->clock_ahead_s, err);
    else
        advise_ticket(facts, err);
}

/* WIRE_STAGE_COUNT stands for any stage; the first row that fits is it. */
static const struct {
    enum wire_stage_id stage;
    enum err_cause cause;
    fix_fn *fix;
} fixes[] = {
    { WIRE_STAGE_COUNT, ERR_CLOCK_SKEW, fix_skew },
    { WIRE_STAGE_NAME, ERR_HOSTNAME, fix_name },
    { WIRE_STAGE_POLICY, ERR_POLICY_DENIED, fix_policy },
    { WIRE_STAGE_DNS, ERR_NAME_LOOKUP, fix_lookup },
    { WIRE_STAGE_TCP, ERR_TIMEOUT, fix_dropped },
    { WIRE_STAGE_TCP, ERR_CONNECT, fix_refused },
    { WIRE_STAGE_HTTP, ERR_HTTP, fix_other_server },
    { WIRE_STAGE_HTTP, ERR_MALFORMED, fix_other_server },
    { WIRE_STAGE_OFFERED, ERR_NO_CREDSSP, fix_not_offered },
    { WIRE_STAGE_COUNT, ERR_NO_CREDSSP, fix_switched_off },
    { WIRE_STAGE_KERBEROS, ERR_SPN_UNKNOWN, fix_spn },
    { WIRE_STAGE_SPNEGO, ERR_WRONG_PASSWORD, fix_ticket },
    { WIRE_STAGE_SPNEGO, ERR_LOGON_FAILED, fix_failure },
    { WIRE_STAGE_SPNEGO, ERR_AUTH_DROPPED, fix_silence },
    { WIRE_STAGE_TLS, ERR_AUTH_DROPPED, fix_not_restarted },
};

static fix_fn *find_fix(enum wire_stage_id stage, enum err_cause cause)
{
    size_t i;

    for (i = 0; i < sizeof fixes / sizeof *fixes; i++)
        if (fixes[i].cause == cause
            && (fixes[i].stage == stage
                || fixes[i].stage == WIRE_STAGE_COUNT))
            return fixes[i].fix;
    return NULL;
}

bool fix_is_known(enum wire_stage_id stage, enum err_cause cause)
{
    return find_fix(stage, cause) != NULL;
}

void fix_advise(enum wire_stage_id stage, const struct fix_facts *facts,
                struct err *err)
{
    fix_fn *fix = find_fix(stage, err->cause);

    if (fix != NULL)
        fix(facts, err);
}
