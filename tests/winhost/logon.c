/* logon.c - checks delegated credentials as LogonUser does. */
#include "logon.h"

#include <krb5/krb5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "auth/kerberos_status.h"

#define STATUS_NO_MEMORY 0xc0000017u
#define STATUS_NO_LOGON_SERVERS 0xc000005eu
#define LINE_MAX_BYTES 2048

/*
 * How Windows reports what its KDC answered without an NTSTATUS of its own
 * (MS-KILE 3.3.5.6, MS-ERREF).  Of a locked account Samba's tells no more than
 * that it is revoked, of the others it does.
 */
static const struct {
    krb5_error_code code;
    uint32_t status;
} statuses[] = {
    { KRB5KDC_ERR_PREAUTH_FAILED, STATUS_LOGON_FAILURE },
    { KRB5KRB_AP_ERR_BAD_INTEGRITY, STATUS_LOGON_FAILURE },
    { KRB5KDC_ERR_C_PRINCIPAL_UNKNOWN, STATUS_LOGON_FAILURE },
    { KRB5KDC_ERR_KEY_EXP, 0xc0000071 },        /* PASSWORD_EXPIRED */
    { KRB5KDC_ERR_CLIENT_REVOKED, 0xc0000234 }, /* ACCOUNT_LOCKED_OUT */
    { KRB5KDC_ERR_NAME_EXP, 0xc0000193 },       /* ACCOUNT_EXPIRED */
    { KRB5KDC_ERR_POLICY, 0xc000006e },         /* ACCOUNT_RESTRICTION */
    { KRB5KRB_AP_ERR_SKEW, 0xc0000133 },        /* TIME_DIFFERENCE_AT_DC */
    { KRB5_KDC_UNREACH, STATUS_NO_LOGON_SERVERS },
    { KRB5_REALM_CANT_RESOLVE, STATUS_NO_LOGON_SERVERS },
    { KRB5_REALM_UNKNOWN, STATUS_NO_LOGON_SERVERS },
};

/* Who is meant: empty domain, or whole UPN as user (MS-CSSP 2.2.1.2.1). */
struct account {
    char domain[IDENTITY_NAME_MAX];
    char user[IDENTITY_NAME_MAX];
};

static void split_name(const char *domain, const char *user,
                       struct account *account)
{
    const char *at = strrchr(user, '@'), *slash = strchr(user, '\\');
    size_t n;

    snprintf(account->domain, sizeof account->domain, "%s", domain);
    snprintf(account->user, sizeof account->user, "%s", user);
    if (domain[0] == '\0' && slash != NULL) {
        n = (size_t)(slash - user);
        account->domain[0] = '\0';
        snprintf(account->domain, sizeof account->domain, "%.*s", (int)n,
                 user);
        snprintf(account->user, sizeof account->user, "%s", slash + 1);
    } else if (domain[0] == '\0' && at != NULL) {
        snprintf(account->domain, sizeof account->domain, "%s", at + 1);
        snprintf(account->user, sizeof account->user, "%.*s",
                 (int)(at - user), user);
    }
}

static bool in_domain(const struct host *host, const char *domain)
{
    return domain[0] == '\0' || strcasecmp(domain, host->domain) == 0
        || strcasecmp(domain, host->realm) == 0;
}

/* What a refusing KDC adds in its e-data (MS-KILE 2.2.1); 0: nothing. */
static uint32_t told_status(krb5_context ctx, krb5_init_creds_context steps)
{
    krb5_error *error = NULL;
    uint32_t status = 0;

    if (krb5_init_creds_get_error(ctx, steps, &error) == 0 && error != NULL)
        status = kerberos_status(error->e_data.data, error->e_data.length);
    krb5_free_error(ctx, error);
    return status;
}

static krb5_error_code ask_kdc(krb5_context ctx, const char *principal,
                               const struct secret *password,
                               uint32_t *status)
{
    krb5_init_creds_context steps = NULL;
    krb5_principal client = NULL;
    krb5_error_code code;

    code = krb5_parse_name(ctx, principal, &client);
    if (code == 0)
        code = krb5_init_creds_init(ctx, client, NULL, NULL, 0, NULL, &steps);
    if (code == 0)
        code = krb5_init_creds_set_password(ctx, steps,
                                            (const char *)password->data);
    if (code == 0)
        code = krb5_init_creds_get(ctx, steps);
    if (code != 0 && steps != NULL)
        *status = told_status(ctx, steps);
    if (steps != NULL)
        krb5_init_creds_free(ctx, steps);
    krb5_free_principal(ctx, client);
    return code;
}

static uint32_t check_realm(const struct host *host,
                            const struct account *account,
                            const struct secret *password)
{
    char principal[2 * IDENTITY_NAME_MAX + 2];
    krb5_error_code code;
    krb5_context ctx;
    uint32_t told = 0;
    size_t i;

    if (!in_domain(host, account->domain) || password->len == 0)
        return STATUS_LOGON_FAILURE;
    snprintf(principal, sizeof principal, "%s@%s", account->user,
             host->realm);
    if (krb5_init_context(&ctx) != 0)
        return STATUS_NO_MEMORY;
    code = ask_kdc(ctx, principal, password, &told);
    krb5_free_context(ctx);
    if (code == 0)
        return STATUS_SUCCESS;
    if (told != 0)
        return told;
    for (i = 0; i < sizeof statuses / sizeof *statuses; i++)
        if (statuses[i].code == code)
            return statuses[i].status;
    return STATUS_LOGON_FAILURE;
}

/* "DOMAIN:user:password", as gss-ntlmssp's NTLM_USER_FILE. */
static bool line_matches(char *line, const struct host *host,
                         const struct account *account,
                         const struct secret *password)
{
    char *user = strchr(line, ':');
    char *word = user == NULL ? NULL : strchr(user + 1, ':');
    size_t n;

    if (word == NULL)
        return false;
    *user++ = '\0';
    *word++ = '\0';
    word[strcspn(word, "\r\n")] = '\0';
    if (strcasecmp(user, account->user) != 0
        || (account->domain[0] != '\0'
            && strcasecmp(line, account->domain) != 0
            && strcasecmp(host->name, account->domain) != 0))
        return false;
    n = strlen(word);
    return n == password->len && memcmp(word, password->data, n) == 0;
}

static uint32_t check_file(const struct host *host,
                           const struct account *account,
                           const struct secret *password)
{
    uint32_t status = STATUS_LOGON_FAILURE;
    FILE *file = host->sam != NULL ? fopen(host->sam, "re") : NULL;
    char line[LINE_MAX_BYTES];

    if (file == NULL)
        return STATUS_NO_LOGON_SERVERS;
    setvbuf(file, NULL, _IONBF, 0); /* no copy of the file in the heap */
    while (status != STATUS_SUCCESS
           && fgets(line, sizeof line, file) != NULL)
        if (line_matches(line, host, account, password))
            status = STATUS_SUCCESS;
    explicit_bzero(line, sizeof line);
    fclose(file);
    return status;
}

static int new_identity(const struct host *host,
                        const struct account *account,
                        struct secret **password,
                        struct identity **identity, struct err *err)
{
    bool local = host->ntlm
        && (account->domain[0] == '\0'
            || strcasecmp(account->domain, host->name) == 0);
    const char *domain = local ? host->name
        : in_domain(host, account->domain) ? host->domain : account->domain;

    if (identity_new(domain, account->user, password, identity, err) != 0)
        return -1;
    (*identity)->local = local;
    return 0;
}

uint32_t logon_user(const struct host *host,
                    const struct ts_delegated *delegated,
                    struct identity **identity)
{
    struct secret *copy = NULL;
    struct account account;
    struct err err = ERR_INIT;
    uint32_t status;

    split_name(delegated->domain, delegated->user, &account);
    status = host->ntlm
        ? check_file(host, &account, delegated->password)
        : check_realm(host, &account, delegated->password);
    if (status != STATUS_SUCCESS)
        return status;
    if (!host->drop_credential &&
        secret_copy(delegated->password->data, delegated->password->len,
                    &copy, &err) != 0)
        return STATUS_NO_MEMORY;
    if (new_identity(host, &account, &copy, identity, &err) != 0)
        status = STATUS_NO_MEMORY;
    secret_free(&copy);
    return status;
}

int logon_network(const struct host *host, const char *name,
                  struct identity **identity, struct err *err)
{
    struct secret *none = NULL;
    struct account account;

    split_name("", name, &account);
    return new_identity(host, &account, &none, identity, err);
}
