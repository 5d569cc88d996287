/* ntstatus.c - Windows' logon codes (MS-ERREF 2.1.1 and 2.3.1). */
#include "auth/ntstatus.h"

#include <stddef.h>

struct ntstatus_row {
    uint32_t code;
    const char *name;
    enum err_cause cause;
    const char *text;   /* NULL: the cause's */
    const char *advice; /* NULL: the cause's */
};

#define ORACLE_ADVICE                                                         \
    "look at the host's policy 'Encryption Oracle Remediation' and at "       \
    "'AllowEncryptionOracle' in its registry"

#define PACKAGE_ADVICE                                                        \
    "check that CredSSP and its mechanism are enabled on the host"

#define SMARTCARD_ADVICE                                                      \
    "CredSSP delegates passwords; use an account that has one"

static const struct ntstatus_row rows[] = {
    /* Who and what. */
    { 0xc000006d, "STATUS_LOGON_FAILURE", ERR_WRONG_PASSWORD, NULL, NULL },
    { 0xc000006a, "STATUS_WRONG_PASSWORD", ERR_WRONG_PASSWORD,
      "the password is wrong", NULL },
    { 0xc0000064, "STATUS_NO_SUCH_USER", ERR_PRINCIPAL_UNKNOWN,
      "the host does not know this user", NULL },
    { 0xc0000062, "STATUS_INVALID_ACCOUNT_NAME", ERR_PRINCIPAL_UNKNOWN,
      "the host finds the user's name malformed", NULL },
    { 0xc0000225, "STATUS_NOT_FOUND", ERR_PRINCIPAL_UNKNOWN,
      "the host does not find what it needs of this user", NULL },
    { 0xc0000061, "STATUS_PRIVILEGE_NOT_HELD", ERR_LOGON_TYPE, NULL, NULL },
    { 0xc0000022, "STATUS_ACCESS_DENIED", ERR_ACCESS_DENIED, NULL, NULL },
    { 0x80070005, "E_ACCESSDENIED", ERR_ACCESS_DENIED, NULL, NULL },
    { 0x8007052e, "ERROR_LOGON_FAILURE", ERR_WRONG_PASSWORD, NULL, NULL },
    { 0x8007052b, "ERROR_WRONG_PASSWORD", ERR_WRONG_PASSWORD,
      "the password is wrong", NULL },
    { 0x80070525, "ERROR_NO_SUCH_USER", ERR_PRINCIPAL_UNKNOWN,
      "the host does not know this user", NULL },
    { 0x80070522, "ERROR_PRIVILEGE_NOT_HELD", ERR_LOGON_TYPE, NULL, NULL },
    { 0x8009030c, "SEC_E_LOGON_DENIED", ERR_WRONG_PASSWORD,
      "the host refused the logon: the user name or password is wrong, or "
      "the logon is not allowed", NULL },
    { 0x8009030e, "SEC_E_NO_CREDENTIALS", ERR_LOGON_FAILED,
      "the host found no credentials in what was delegated", NULL },
    { 0x8009030d, "SEC_E_UNKNOWN_CREDENTIALS", ERR_LOGON_FAILED,
      "the host did not recognise the credentials", NULL },

    /* The password's and the account's state. */
    { 0xc0000071, "STATUS_PASSWORD_EXPIRED", ERR_PASSWORD_EXPIRED, NULL,
      NULL },
    { 0xc0000224, "STATUS_PASSWORD_MUST_CHANGE", ERR_PASSWORD_MUST_CHANGE,
      NULL, NULL },
    { 0x80070532, "ERROR_PASSWORD_EXPIRED", ERR_PASSWORD_EXPIRED, NULL,
      NULL },
    { 0x80070773, "ERROR_PASSWORD_MUST_CHANGE", ERR_PASSWORD_MUST_CHANGE,
      NULL, NULL },
    { 0xc0000234, "STATUS_ACCOUNT_LOCKED_OUT", ERR_ACCOUNT_LOCKED, NULL,
      NULL },
    { 0x80070775, "ERROR_ACCOUNT_LOCKED_OUT", ERR_ACCOUNT_LOCKED, NULL,
      NULL },
    { 0xc0000072, "STATUS_ACCOUNT_DISABLED", ERR_ACCOUNT_DISABLED, NULL,
      NULL },
    { 0x80070533, "ERROR_ACCOUNT_DISABLED", ERR_ACCOUNT_DISABLED, NULL,
      NULL },
    { 0xc0000193, "STATUS_ACCOUNT_EXPIRED", ERR_ACCOUNT_EXPIRED, NULL,
      NULL },
    { 0x80070701, "ERROR_ACCOUNT_EXPIRED", ERR_ACCOUNT_EXPIRED, NULL, NULL },

    { 0xc000006c, "STATUS_PASSWORD_RESTRICTION", ERR_ACCOUNT_RESTRICTED,
      "the password does not meet the host's policy",
      "change the password in the domain" },

    /* Where, when and how the account may log on. */
    { 0xc000006e, "STATUS_ACCOUNT_RESTRICTION", ERR_ACCOUNT_RESTRICTED, NULL,
      NULL },
    { 0x8007052f, "ERROR_ACCOUNT_RESTRICTION", ERR_ACCOUNT_RESTRICTED, NULL,
      NULL },
    { 0xc000006f, "STATUS_INVALID_LOGON_HOURS", ERR_LOGON_HOURS, NULL,
      NULL },
    { 0x80070530, "ERROR_INVALID_LOGON_HOURS", ERR_LOGON_HOURS, NULL, NULL },
    { 0xc0000070, "STATUS_INVALID_WORKSTATION", ERR_WORKSTATION, NULL,
      NULL },
    { 0x80070531, "ERROR_INVALID_WORKSTATION", ERR_WORKSTATION, NULL, NULL },
    { 0xc000015b, "STATUS_LOGON_TYPE_NOT_GRANTED", ERR_LOGON_TYPE, NULL,
      NULL },
    { 0x80070569, "ERROR_LOGON_TYPE_NOT_GRANTED", ERR_LOGON_TYPE, NULL,
      NULL },
    { 0xc0000155, "STATUS_LOGON_NOT_GRANTED", ERR_LOGON_TYPE, NULL, NULL },
    { 0x80070564, "ERROR_LOGON_NOT_GRANTED", ERR_LOGON_TYPE, NULL, NULL },
    { 0xc0000247, "STATUS_LOGIN_TIME_RESTRICTION", ERR_LOGON_HOURS, NULL,
      NULL },
    { 0xc0000248, "STATUS_LOGIN_WKSTA_RESTRICTION", ERR_WORKSTATION, NULL,
      NULL },
    { 0xc000010b, "STATUS_INVALID_LOGON_TYPE", ERR_LOGON_TYPE, NULL, NULL },
    { 0xc00002fa, "STATUS_SMARTCARD_LOGON_REQUIRED", ERR_ACCOUNT_RESTRICTED,
      "the account may log on with a smart card only", SMARTCARD_ADVICE },
    { 0x8009033e, "SEC_E_SMARTCARD_LOGON_REQUIRED", ERR_ACCOUNT_RESTRICTED,
      "the account may log on with a smart card only", SMARTCARD_ADVICE },
    { 0xc0000199, "STATUS_NOLOGON_WORKSTATION_TRUST_ACCOUNT",
      ERR_ACCOUNT_RESTRICTED, "this is a machine's account, not a person's",
      "use a user's account" },
    { 0xc000019a, "STATUS_NOLOGON_SERVER_TRUST_ACCOUNT",
      ERR_ACCOUNT_RESTRICTED, "this is a domain controller's account, not a "
      "person's", "use a user's account" },
    { 0xc0000198, "STATUS_NOLOGON_INTERDOMAIN_TRUST_ACCOUNT",
      ERR_ACCOUNT_RESTRICTED, "this is a trust's account, not a person's",
      "use a user's account" },
    { 0xc0000413, "STATUS_AUTHENTICATION_FIREWALL_FAILED",
      ERR_ACCOUNT_RESTRICTED,
      "selective authentication of the trust does not let this user in",
      "grant 'Allowed to authenticate' on the host's computer object" },
    { 0x8007078f, "ERROR_AUTHENTICATION_FIREWALL_FAILED",
      ERR_ACCOUNT_RESTRICTED,
      "selective authentication of the trust does not let this user in",
      "grant 'Allowed to authenticate' on the host's computer object" },
    { 0xc0000418, "STATUS_NTLM_BLOCKED", ERR_NTLM,
      "the host's policy forbids NTLM", "reach the host with Kerberos" },
    { 0xc000009a, "STATUS_INSUFFICIENT_RESOURCES", ERR_LOGON_FAILED,
      "the host lacks the resources for another logon",
      "look at the host's memory and its number of sessions" },
    { 0x80090300, "SEC_E_INSUFFICIENT_MEMORY", ERR_LOGON_FAILED,
      "the host lacks the memory for another logon",
      "look at the host's memory and its number of sessions" },
    { 0xc0000259, "STATUS_LICENSE_QUOTA_EXCEEDED", ERR_LOGON_FAILED,
      "the host's licenses allow no further logon",
      "end other sessions on the host" },
    { 0xc000005f, "STATUS_NO_SUCH_LOGON_SESSION", ERR_LOGON_FAILED,
      "the host lost the logon session that it had just made", NULL },
    { 0xc00000fe, "STATUS_NO_SUCH_PACKAGE", ERR_MECHANISM,
      "the host lacks the security package that was asked for",
      PACKAGE_ADVICE },
    { 0xc000015a, "STATUS_TOO_MANY_CONTEXT_IDS", ERR_LOGON_FAILED,
      "the user is a member of too many groups for a logon",
      "ask the domain's administrators to thin out the groups" },

    /* The host and its domain. */
    { 0xc000005e, "STATUS_NO_LOGON_SERVERS", ERR_TRUST,
      "the host reaches no domain controller that could check the password",
      "check the host's network and DNS" },
    { 0x8007051f, "ERROR_NO_LOGON_SERVERS", ERR_TRUST,
      "the host reaches no domain controller that could check the password",
      "check the host's network and DNS" },
    { 0x8007054b, "ERROR_NO_SUCH_DOMAIN", ERR_TRUST,
      "the host does not know the user's domain",
      "check the domain part of the user's name" },
    { 0x800706fa, "ERROR_NO_TRUST_LSA_SECRET", ERR_TRUST, NULL, NULL },
    { 0x800706fb, "ERROR_NO_TRUST_SAM_ACCOUNT", ERR_TRUST,
      "the domain has no account for the host", NULL },
    { 0x800706fc, "ERROR_TRUSTED_DOMAIN_FAILURE", ERR_TRUST, NULL, NULL },
    { 0x800706fd, "ERROR_TRUSTED_RELATIONSHIP_FAILURE", ERR_TRUST, NULL,
      NULL },
    { 0x80070700, "ERROR_NETLOGON_NOT_STARTED", ERR_TRUST,
      "the Netlogon service does not run on the host",
      "start Netlogon there (Start-Service Netlogon)" },
    { 0xc000019b, "STATUS_DOMAIN_TRUST_INCONSISTENT", ERR_TRUST, NULL, NULL },
    { 0x80090311, "SEC_E_NO_AUTHENTICATING_AUTHORITY", ERR_TRUST,
      "the host reaches no authority that could check the password",
      "check the host's network and DNS" },
    { 0xc000018a, "STATUS_NO_TRUST_LSA_SECRET", ERR_TRUST, NULL, NULL },
    { 0xc000018b, "STATUS_NO_TRUST_SAM_ACCOUNT", ERR_TRUST,
      "the domain has no account for the host", NULL },
    { 0xc000018c, "STATUS_TRUSTED_DOMAIN_FAILURE", ERR_TRUST, NULL, NULL },
    { 0xc000018d, "STATUS_TRUSTED_RELATIONSHIP_FAILURE", ERR_TRUST, NULL,
      NULL },
    { 0xc000018e, "STATUS_EVENTLOG_FILE_CORRUPT", ERR_LOGON_FAILED,
      "the host's event log is damaged, so it refuses logons", NULL },
    { 0xc0000192, "STATUS_NETLOGON_NOT_STARTED", ERR_TRUST,
      "the Netlogon service does not run on the host",
      "start Netlogon there (Start-Service Netlogon)" },
    { 0xc00000dc, "STATUS_INVALID_SERVER_STATE", ERR_TRUST, NULL, NULL },
    { 0xc00000df, "STATUS_NO_SUCH_DOMAIN", ERR_TRUST,
      "the host does not know the user's domain",
      "check the domain part of the user's name" },
    { 0xc0000190, "STATUS_TRUST_FAILURE", ERR_TRUST, NULL, NULL },
    { 0xc0000233, "STATUS_DOMAIN_CONTROLLER_NOT_FOUND", ERR_TRUST,
      "the host finds no domain controller",
      "check the host's network and DNS" },
    { 0xc0000133, "STATUS_TIME_DIFFERENCE_AT_DC", ERR_CLOCK_SKEW,
      "the clocks of the host and its domain controller differ too much",
      "synchronise the host's clock (w32tm /resync)" },
    { 0x80090324, "SEC_E_TIME_SKEW", ERR_CLOCK_SKEW, NULL, NULL },
    { 0x80090303, "SEC_E_TARGET_UNKNOWN", ERR_SPN_UNKNOWN, NULL, NULL },
    { 0x80090322, "SEC_E_WRONG_PRINCIPAL", ERR_SPN_UNKNOWN,
      "the ticket is not for this host, or the host's key has changed",
      NULL },
    { 0xc00002fd, "STATUS_KDC_UNKNOWN_ETYPE", ERR_KERBEROS,
      "the host and its domain have no encryption type in common",
      "the host's machine account may need AES keys" },
    { 0x80090342, "SEC_E_KDC_UNKNOWN_ETYPE", ERR_KERBEROS,
      "the host and its domain have no encryption type in common",
      "the host's machine account may need AES keys" },

    { 0xc0000132, "STATUS_LOGON_SERVER_CONFLICT", ERR_TRUST,
      "two machines of the domain both believe to be its controller", NULL },
    { 0xc0000080, "STATUS_SERVER_DISABLED", ERR_TRUST,
      "the domain controller that the host asked is disabled", NULL },
    { 0xc00002fb, "STATUS_KDC_INVALID_REQUEST", ERR_TRUST,
      "the domain controller did not take the host's request", NULL },
    { 0x80090340, "SEC_E_KDC_INVALID_REQUEST", ERR_TRUST,
      "the domain controller did not take the host's request", NULL },
    { 0xc00002fc, "STATUS_KDC_UNABLE_TO_REFER", ERR_TRUST,
      "no trust leads from the host's domain to the user's", NULL },
    { 0x80090341, "SEC_E_KDC_UNABLE_TO_REFER", ERR_TRUST,
      "no trust leads from the host's domain to the user's", NULL },
    { 0xc000015d, "STATUS_NT_CROSS_ENCRYPTION_REQUIRED", ERR_LOGON_FAILED,
      "the host wants the password in a form of NT's that it has not got",
      NULL },

    /* The protocol itself. */
    { 0xc00002ee, "STATUS_UNFINISHED_CONTEXT_DELETED", ERR_LOGON_FAILED,
      "the host gave the logon up before its end", NULL },
    { 0x80090333, "SEC_E_UNFINISHED_CONTEXT_DELETED", ERR_LOGON_FAILED,
      "the host gave the logon up before its end", NULL },
    { 0x80090317, "SEC_E_CONTEXT_EXPIRED", ERR_LOGON_FAILED,
      "the host finds the authentication too old", NULL },
    { 0x80090310, "SEC_E_OUT_OF_SEQUENCE", ERR_BINDING,
      "the host received a message out of its order",
      "something may stand between this machine and the host" },
    { 0x80090330, "SEC_E_DECRYPT_FAILURE", ERR_BINDING,
      "the host could not decrypt a message",
      "something may stand between this machine and the host" },
    { 0x80090326, "SEC_E_ILLEGAL_MESSAGE", ERR_TLS,
      "the host did not understand a TLS message", NULL },
    { 0xc00002f6, "STATUS_STRONG_CRYPTO_NOT_SUPPORTED", ERR_TLS,
      "the host demands stronger encryption than it finds", NULL },
    { 0x8009033a, "SEC_E_STRONG_CRYPTO_NOT_SUPPORTED", ERR_TLS,
      "the host demands stronger encryption than it finds", NULL },
    { 0x80090325, "SEC_E_UNTRUSTED_ROOT", ERR_CERTIFICATE,
      "the host does not trust the authority of a certificate", NULL },
    { 0x80090327, "SEC_E_CERT_UNKNOWN", ERR_CERTIFICATE,
      "the host cannot use a certificate", NULL },
    { 0x80090302, "SEC_E_UNSUPPORTED_FUNCTION", ERR_ORACLE,
      "the host does not support what was asked: it may refuse this CredSSP "
      "version, or NTLM", ORACLE_ADVICE },
    { 0xc00000bb, "STATUS_NOT_SUPPORTED", ERR_MECHANISM,
      "the host does not support what was asked of it",
      PACKAGE_ADVICE },
    { 0x80090305, "SEC_E_SECPKG_NOT_FOUND", ERR_MECHANISM,
      "the host lacks the security package that was asked for",
      PACKAGE_ADVICE },
    { 0x80090308, "SEC_E_INVALID_TOKEN", ERR_LOGON_FAILED,
      "the host could not use the authentication token",
      "look at the host's System and Security event logs of this minute" },
    { 0x8009030f, "SEC_E_MESSAGE_ALTERED", ERR_BINDING,
      "the host received an altered message",
      "something may stand between this machine and the host" },
    { 0x80090346, "SEC_E_BAD_BINDINGS", ERR_BINDING,
      "the host's view of the TLS key differs from ours",
      "something may stand between this machine and the host" },
    { 0x80090304, "SEC_E_INTERNAL_ERROR", ERR_LOGON_FAILED,
      "the host's Local Security Authority failed", NULL },
    { 0x80090363, "SEC_E_MUTUAL_AUTH_FAILED", ERR_BINDING,
      "the host could not finish mutual authentication", NULL },
    { 0x80090345, "SEC_E_DELEGATION_REQUIRED", ERR_LOGON_FAILED,
      "the host demands delegation", NULL },
    { 0x80090347, "SEC_E_MULTIPLE_ACCOUNTS", ERR_SPN_UNKNOWN,
      "two accounts hold the same name", "'setspn -X' on Windows finds them" },
    { 0x80090331, "SEC_E_ALGORITHM_MISMATCH", ERR_TLS,
      "the host and this machine have no algorithm in common", NULL },
    { 0x80090328, "SEC_E_CERT_EXPIRED", ERR_CERTIFICATE,
      "a certificate has expired", NULL },
    { 0xc000000d, "STATUS_INVALID_PARAMETER", ERR_LOGON_FAILED,
      "the host found a part of the delegated credential invalid", NULL },
    { 0x8009035e, "SEC_E_DELEGATION_POLICY", ERR_ORACLE,
      "a policy of the host forbids the delegation", ORACLE_ADVICE },
    { 0x8009035f, "SEC_E_POLICY_NLTM_ONLY", ERR_NTLM,
      "a policy of the host forbids delegation with NTLM alone",
      "reach the host with Kerberos" },
    { 0xc0000388, "STATUS_DOWNGRADE_DETECTED", ERR_LOGON_FAILED,
      "the host suspects a downgrade attack or cannot reach its domain "
      "controller", "check the host's network and DNS" },
    { 0x80090350, "SEC_E_DOWNGRADE_DETECTED", ERR_LOGON_FAILED,
      "the host suspects a downgrade attack or cannot reach its domain "
      "controller", "check the host's network and DNS" },
    { 0x8009030a, "SEC_E_QOP_NOT_SUPPORTED", ERR_MECHANISM,
      "the host does not support the protection that was asked for", NULL },
};

static const struct ntstatus_row *find_row(uint32_t code)
{
    size_t i;

    for (i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].code == code)
            return &rows[i];
    return NULL;
}

const char *ntstatus_name(uint32_t code)
{
    const struct ntstatus_row *row = find_row(code);

    return row != NULL ? row->name : NULL;
}

bool ntstatus_code_at(size_t i, int64_t *code)
{
    if (i >= sizeof rows / sizeof *rows)
        return false;
    *code = rows[i].code;
    return true;
}

int ntstatus_error(struct err *err, enum err_stage stage, uint32_t code)
{
    const struct ntstatus_row *row = find_row(code);

    if (row == NULL) {
        err_set(err, ERR_LOGON_FAILED, stage,
                "the host refused the logon for a reason that is not known "
                "here, 0x%08x", (unsigned)code);
        err_advise(err, "'certutil -error 0x%08x' on Windows explains the "
                   "code (MS-ERREF 2); look at the host's Security event log "
                   "of this minute", (unsigned)code);
        return err_code(err, CODE_NTSTATUS, code);
    }
    err_set(err, row->cause, stage, "%s: %s",
            row->text != NULL ? row->text : err_cause_text(row->cause),
            row->name);
    if (row->advice != NULL)
        err_advise(err, "%s", row->advice);
    return err_code(err, CODE_NTSTATUS, code);
}
