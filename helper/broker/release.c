/* release.c - opens sealed keys for the one call that needs the password. */
#include "broker/release.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "broker/bounds.h"
#include "credssp/keystore.h"

static int same_session(const struct release_source *source,
                        const unsigned char *found, struct err *err)
{
    if (source->session == NULL
        || memcmp(source->session, found, CRED_SESSION_BYTES) == 0)
        return 0;
    /* Serials are reused by the kernel, and keys by a new password; the nonce
     * is not. */
    return err_set(err, ERR_KEY_REPLACED, STAGE_KEYS, NULL);
}

/* The caller clears *cred, after a failure too. */
static int open_key(const struct release_source *source, struct cred *cred,
                    struct err *err)
{
    memset(cred, 0, sizeof *cred);
    if (keystore_open(source->sealed, source->ticket, source->uid, cred,
                      err) != 0)
        return -1;
    if (cred->uid != source->uid)
        return err_set(err, ERR_NOT_YOURS, STAGE_KEYS, NULL);
    if (same_session(source, cred->session, err) != 0)
        return -1;
    return keystore_check_ended(source->sealed, cred->session, err);
}

/* open_key() and the names that protocols want of it. */
static int open_named(const struct release_source *source, struct cred *cred,
                      struct cred_names *names, struct err *err)
{
    if (open_key(source, cred, err) != 0)
        return -1;
    return cred_map_names(cred, source->domain, source->realm, names, err);
}

int release_probe(const struct release_source *source, struct err *err)
{
    struct keystore_header header;

    if (keystore_probe(source->sealed, source->uid, &header, err) != 0
        || same_session(source, header.session, err) != 0)
        return -1;
    return keystore_check_ended(source->sealed, header.session, err);
}

int release_mark_refused(const struct release_source *source,
                         const struct release_refusal *refusal,
                         struct err *err)
{
    struct keystore_header header;

    if (keystore_probe(source->sealed, source->uid, &header, err) != 0
        || same_session(source, header.session, err) != 0)
        return -1;
    return keystore_mark_refused(source->sealed, &header, refusal->why,
                                 refusal->host, err);
}

int release_was_refused(const struct release_source *source,
                        struct release_refusal *refusal, struct err *err)
{
    char host[KEYSTORE_HOST_MAX];

    memset(refusal, 0, sizeof *refusal);
    if (keystore_was_refused(source->sealed, source->session, &refusal->why,
                             host, err) != 0)
        return -1;
    if (strlen(host) < sizeof refusal->host) /* else: at none */
        memcpy(refusal->host, host, strlen(host));
    return 0;
}

void release_sweep_refused(void)
{
    keystore_sweep_refused();
}

int release_end_all(uid_t uid, unsigned *ended, struct err *err)
{
    return keystore_end_all(uid, ended, err);
}

int release_inspect(const struct release_source *source,
                    struct release_facts *facts, struct err *err)
{
    struct keystore_header header;
    struct cred cred = { 0 };
    int result = -1;

    if (keystore_probe(source->sealed, source->uid, &header, err) == 0
        && open_key(source, &cred, err) == 0) {
        memcpy(facts->session, cred.session, sizeof facts->session);
        snprintf(facts->service, sizeof facts->service, "%s", cred.service);
        facts->created = cred.created;
        facts->expires = cred.expires;
        facts->user_readable = header.user_readable;
        result = 0;
    }
    cred_clear(&cred);
    return result;
}

int release_names(const struct release_source *source,
                  struct cred_names *names, struct err *err)
{
    struct cred cred;
    int result = open_named(source, &cred, names, err);

    cred_clear(&cred);
    return result;
}

static int no_realm(const struct cred *cred, struct err *err)
{
    err_set(err, ERR_KERBEROS, STAGE_KDC,
            "no Kerberos realm is known for the login name \"%s\"",
            cred->login);
    return err_advise(err, "set Realm in the policy file, or log in as "
                      "NAME@REALM");
}

int release_kerberos(const struct release_source *source,
                     struct kerberos **kerberos, struct err *err)
{
    struct cred_names names;
    struct cred cred;
    int result = open_named(source, &cred, &names, err);

    if (result == 0 && names.principal[0] == '\0')
        result = no_realm(&cred, err);
    else if (result == 0)
        result = kerberos_login(names.principal, cred.password, kerberos, err);
    cred_clear(&cred);
    return result;
}

int release_ntlm(const struct release_source *source, const char *spn,
                 struct spnego **spnego, struct err *err)
{
    struct cred_names names;
    struct cred cred;
    int result = open_named(source, &cred, &names, err);

    if (result == 0)
        result = spnego_initiate_ntlm(names.domain, names.user, cred.password,
                                      spn, spnego, err);
    cred_clear(&cred);
    return result;
}

int release_delegated(void *arg, struct ts_delegated *identity,
                      struct err *err)
{
    const struct release_source *source = arg;
    struct cred_names names;
    struct cred cred;
    int result = open_named(source, &cred, &names, err);

    if (result == 0) {
        snprintf(identity->domain, sizeof identity->domain, "%s",
                 names.domain);
        snprintf(identity->user, sizeof identity->user, "%s", names.user);
        identity->password = cred.password; /* the caller's from here on */
        cred.password = NULL;
    }
    cred_clear(&cred);
    return result;
}

/* Everything of the new credential but the password. */
static int describe(const struct release_deposit *deposit, struct cred *cred,
                    struct err *err)
{
    if (strlen(deposit->login) >= sizeof cred->login)
        return err_set(err, ERR_OVERSIZED, STAGE_KEYS,
                       "the login name is too long");
    if (getrandom(cred->session, sizeof cred->session, 0)
        != (ssize_t)sizeof cred->session)
        return err_set_errno(err, ERR_SYSTEM, STAGE_KEYS, errno,
                             "no random bytes");
    cred->uid = deposit->uid;
    cred->created = (int64_t)time(NULL);
    cred->expires = cred->created + deposit->lifetime_s;
    snprintf(cred->service, sizeof cred->service, "credssp login");
    snprintf(cred->login, sizeof cred->login, "%s", deposit->login);
    return 0;
}

/* One AS exchange, whose ticket nobody needs. */
static int check_password(const struct cred *cred,
                          const struct cred_names *names, struct err *err)
{
    struct kerberos *kerberos = NULL;
    int result;

    if (names->principal[0] == '\0')
        return no_realm(cred, err);
    result = kerberos_login(names->principal, cred->password, &kerberos, err);
    kerberos_free(&kerberos);
    return result;
}

/* The quota is one for all: no user may have it to himself. */
static int check_count(uid_t uid, struct err *err)
{
    unsigned count = keystore_count_deposited(uid);

    if (count < LIMIT_DEPOSITS_PER_UID)
        return 0;
    err_set(err, ERR_BROKER_BUSY, STAGE_KEYS,
            "%u sessions of yours have a credential of 'credssp login'",
            count);
    return err_advise(err, "run 'credssp logout' in those that need it no "
                      "more, or 'credssp logout --all'");
}

static int store(const struct release_deposit *deposit,
                 const struct cred *cred, int32_t *sealed, struct err *err)
{
    struct cred_names names;

    if (cred_check_password((const char *)cred->password->data,
                            cred->password->len, err) != 0
        || cred_map_names(cred, deposit->domain, deposit->realm, &names,
                          err) != 0
        || check_count(deposit->uid, err) != 0
        || (deposit->check && check_password(cred, &names, err) != 0))
        return -1;
    return keystore_deposit(cred, deposit->ticket, deposit->drop_keyring,
                            sealed, err);
}

int release_deposit(struct release_deposit *deposit,
                    struct release_deposited *deposited, struct err *err)
{
    struct cred cred = { .password = deposit->password };
    int result = -1;

    deposit->password = NULL;
    if (describe(deposit, &cred, err) == 0
        && store(deposit, &cred, &deposited->sealed, err) == 0) {
        memcpy(deposited->session, cred.session, sizeof deposited->session);
        result = 0;
    }
    cred_clear(&cred);
    return result;
}
