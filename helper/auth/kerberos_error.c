/* kerberos_error.c - what libkrb5's codes mean (RFC 4120 section 7.5.9). */
#include "auth/kerberos.h"

#include <errno.h>
#include <krb5.h>
#include <stdbool.h>
#include <string.h>

#include "auth/ntstatus.h"
#include "base/egress.h"

struct krb5_row {
    krb5_error_code code;
    enum err_cause cause;
    const char *text;   /* NULL: libkrb5's own words */
    const char *advice; /* NULL: the cause's */
};

static const struct krb5_row rows[] = {
    { ENOMEM, ERR_MEMORY, NULL, NULL },
    { KRB5_KDC_UNREACH, ERR_KDC_UNREACHABLE,
      "no domain controller of the realm answered",
      "check the network to the domain controllers (ports 88 and 53), and "
      "that IPAddressAllow= of the broker's unit names it "
      "(credssp-broker(8))" },
    { KRB5_REALM_CANT_RESOLVE, ERR_KDC_UNREACHABLE,
      "the realm's domain controllers cannot be found in DNS",
      "check the realm's name and DNS (_kerberos._udp SRV records)" },
    { KRB5_REALM_UNKNOWN, ERR_KDC_UNREACHABLE,
      "no domain controller is known for the realm",
      "check the realm's name, DNS (_kerberos._udp SRV records) and "
      "/etc/krb5.conf" },
    { KRB5KDC_ERR_SVC_UNAVAILABLE, ERR_KDC_UNREACHABLE,
      "the domain controller is up, but not ready", "try again in a minute" },
    { KRB5KRB_AP_ERR_SKEW, ERR_CLOCK_SKEW, NULL, NULL },
    { KRB5_KDCREP_SKEW, ERR_CLOCK_SKEW, NULL, NULL },
    { KRB5KRB_AP_ERR_TKT_NYV, ERR_CLOCK_SKEW, NULL, NULL },
    { KRB5KDC_ERR_PREAUTH_FAILED, ERR_WRONG_PASSWORD,
      "the domain does not accept the password", NULL },
    { KRB5KDC_ERR_C_PRINCIPAL_UNKNOWN, ERR_PRINCIPAL_UNKNOWN, NULL, NULL },
    { KRB5KDC_ERR_WRONG_REALM, ERR_PRINCIPAL_UNKNOWN,
      "the user belongs to another realm", NULL },
    { KRB5_PARSE_MALFORMED, ERR_PRINCIPAL_UNKNOWN,
      "the user's name is not a Kerberos principal", NULL },
    { KRB5KDC_ERR_KEY_EXP, ERR_PASSWORD_EXPIRED,
      "the password has expired, or must be changed before the first logon",
      NULL },
    /* Of KDCs that say no more than this; see kerberos_refusal(). */
    { KRB5KDC_ERR_CLIENT_REVOKED, ERR_ACCOUNT_RESTRICTED,
      "the account is locked, disabled, expired or outside its logon hours "
      "(the domain controller does not say which)",
      "ask the domain's administrators; a locked account opens again after "
      "a while" },
    { KRB5KDC_ERR_NAME_EXP, ERR_ACCOUNT_EXPIRED, NULL, NULL },
    { KRB5KDC_ERR_CLIENT_NOTYET, ERR_ACCOUNT_RESTRICTED,
      "the account is not valid yet", NULL },
    { KRB5KDC_ERR_POLICY, ERR_ACCOUNT_RESTRICTED,
      "a policy of the domain forbids this logon", NULL },
    { KRB5KDC_ERR_ETYPE_NOSUPP, ERR_KERBEROS,
      "the domain and this machine have no encryption type in common",
      "the account may need AES keys (set its password anew), or "
      "/etc/krb5.conf forbids what the domain has" },
    { KRB5_PREAUTH_FAILED, ERR_KERBEROS,
      "the domain wants another proof than a password",
      "the account may be marked 'smart card is required'" },
    { KRB5_GET_IN_TKT_LOOP, ERR_KERBEROS,
      "the domain asks for the same proof again and again",
      "'KRB5_TRACE=/dev/stderr kinit' shows each step" },
    { KRB5KRB_ERR_GENERIC, ERR_KERBEROS,
      "the domain controller failed without saying why",
      "look at the domain controller's System event log, source Kdc" },
    { KRB5KDC_ERR_TGT_REVOKED, ERR_KERBEROS,
      "the domain took the Kerberos ticket back", "run 'credssp login'" },
    { KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN, ERR_SPN_UNKNOWN, NULL, NULL },
    { KRB5_ERR_HOST_REALM_UNKNOWN, ERR_SPN_UNKNOWN, NULL, NULL },
    { KRB5KRB_AP_ERR_TKT_EXPIRED, ERR_EXPIRED,
      "the Kerberos ticket has expired", NULL },
    { KRB5KRB_AP_ERR_BAD_INTEGRITY, ERR_KERBEROS,
      "a Kerberos message cannot be decrypted: the peer has another key",
      "the host's machine account may be out of step with the domain "
      "(Test-ComputerSecureChannel), or two accounts hold its SPN" },
    { KRB5KRB_AP_ERR_MODIFIED, ERR_KERBEROS,
      "the host cannot decrypt the ticket that the domain made for it",
      "the host's machine account may be out of step with the domain "
      "(Test-ComputerSecureChannel), or two accounts hold its SPN" },
    { KRB5_MUTUAL_FAILED, ERR_KERBEROS,
      "the host could not prove who it is",
      "something may stand between this machine and the host" },
    { KRB5_KDCREP_MODIFIED, ERR_KERBEROS,
      "the domain controller's answer does not fit the question",
      "something may stand between this machine and the domain controller" },
    { KRB5_CONFIG_BADFORMAT, ERR_KERBEROS,
      "/etc/krb5.conf cannot be understood", "mend /etc/krb5.conf" },
    { KRB5_CONFIG_CANTOPEN, ERR_KERBEROS,
      "/etc/krb5.conf cannot be opened", "check /etc/krb5.conf" },
};

static const struct krb5_row *find_row(int32_t code)
{
    size_t i;

    for (i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].code == code)
            return &rows[i];
    return NULL;
}

/* libkrb5 does not tell why it heard nothing of a realm. */
static int no_name_server(struct err *err, int32_t code, const char *what,
                          const char *server)
{
    err_set(err, ERR_KDC_UNREACHABLE, STAGE_KDC, "%s: this machine itself "
            "forbids packets to the name server %s", what, server);
    err_advise(err, "%s", EGRESS_ADVICE);
    return err_code(err, CODE_KRB5, code);
}

int kerberos_error(struct err *err, int32_t code, const char *what)
{
    const struct krb5_row *row = find_row(code);
    char server[INET6_ADDRSTRLEN];
    const char *own;

    if (row != NULL && row->cause == ERR_KDC_UNREACHABLE
        && egress_name_server(server))
        return no_name_server(err, code, what, server);
    own = krb5_get_error_message(NULL, code);
    if (row == NULL) {
        err_set(err, ERR_KERBEROS, STAGE_KDC, "%s: %s", what, own);
        err_advise(err, "the code is libkrb5's (RFC 4120 section 7.5.9); "
                   "'KRB5_TRACE=/dev/stderr kinit' shows each step");
    } else if (row->text != NULL || row->cause == ERR_MEMORY) {
        err_set(err, row->cause, STAGE_KDC, "%s: %s", what,
                row->text != NULL ? row->text : "no memory is left");
    } else {
        err_set(err, row->cause, STAGE_KDC, "%s: %s", what,
                err_cause_text(row->cause));
    }
    krb5_free_error_message(NULL, own);
    if (row != NULL && row->advice != NULL)
        err_advise(err, "%s", row->advice);
    return err_code(err, CODE_KRB5, code);
}

/*
 * What a KDC knows of an account better than its error code says.  Other
 * NTSTATUS codes have sentences that speak of a host.
 */
static bool is_about_account(enum err_cause cause)
{
    static const enum err_cause causes[] = {
        ERR_PASSWORD_EXPIRED,  ERR_PASSWORD_MUST_CHANGE,
        ERR_ACCOUNT_LOCKED,    ERR_ACCOUNT_DISABLED,
        ERR_ACCOUNT_EXPIRED,   ERR_ACCOUNT_RESTRICTED,
        ERR_LOGON_HOURS,       ERR_WORKSTATION,
    };
    size_t i;

    for (i = 0; i < sizeof causes / sizeof *causes; i++)
        if (causes[i] == cause)
            return true;
    return false;
}

int kerberos_refusal(struct err *err, int32_t code, uint32_t status,
                     const char *what)
{
    struct err said = ERR_INIT;

    if (status != 0)
        ntstatus_error(&said, STAGE_KDC, status);
    if (!is_about_account(said.cause))
        return kerberos_error(err, code, what);
    err_set(err, said.cause, STAGE_KDC, "%s: %.300s", what, said.text);
    err_advise(err, "%s", said.advice);
    return err_code(err, CODE_NTSTATUS, status);
}

bool kerberos_code_at(size_t i, int64_t *code)
{
    if (i >= sizeof rows / sizeof *rows)
        return false;
    *code = rows[i].code;
    return true;
}

int32_t kerberos_code_of(const char *message)
{
    size_t i;

    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *own = krb5_get_error_message(NULL, rows[i].code);
        bool same = strcmp(message, own) == 0;

        krb5_free_error_message(NULL, own);
        if (same)
            return rows[i].code;
    }
    return 0;
}
