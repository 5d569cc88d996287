/* kerberos.c - a ticket-granting ticket in a MEMORY cache. */
#include "auth/kerberos.h"

#include <gssapi/gssapi_ext.h>
#include <krb5.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/kerberos_status.h"
#include "auth/spnego_error.h"
#include "auth/spnego_private.h"

/*
 * A krb5_context belongs to one thread at a time, a MEMORY cache to the
 * process: only the cache's name is kept, and every call opens a context.
 */
struct kerberos {
    char cache[64];
    int64_t expires;
};

/* What one AS exchange needs, released together. */
struct exchange {
    krb5_context context;
    krb5_principal client;
    krb5_ccache cache;
    krb5_get_init_creds_opt *options;
    krb5_init_creds_context steps;
    krb5_creds creds;
    uint32_t status; /* NTSTATUS of the KDC that refused; or 0 */
};

static void exchange_free(struct exchange *x, bool keep_cache)
{
    if (x->context == NULL)
        return;
    if (x->steps != NULL)
        krb5_init_creds_free(x->context, x->steps); /* zeroes the password */
    krb5_free_cred_contents(x->context, &x->creds);
    krb5_get_init_creds_opt_free(x->context, x->options);
    krb5_free_principal(x->context, x->client);
    if (x->cache != NULL && keep_cache)
        krb5_cc_close(x->context, x->cache);
    else if (x->cache != NULL)
        krb5_cc_destroy(x->context, x->cache);
    krb5_free_context(x->context);
}

/* krb5_get_init_creds_opt_alloc(3): nothing that a login does not need. */
static krb5_error_code set_options(struct exchange *x)
{
    krb5_error_code r =
        krb5_get_init_creds_opt_alloc(x->context, &x->options);

    if (r != 0)
        return r;
    krb5_get_init_creds_opt_set_forwardable(x->options, 0);
    krb5_get_init_creds_opt_set_proxiable(x->options, 0);
    krb5_get_init_creds_opt_set_canonicalize(x->options, 1);
    krb5_get_init_creds_opt_set_change_password_prompt(x->options, 0);
    return krb5_get_init_creds_opt_set_out_ccache(x->context, x->options,
                                                  x->cache);
}

/* Secure: KRB5_CONFIG and its kind are not asked. */
static krb5_error_code prepare(struct exchange *x, const char *principal)
{
    krb5_error_code r = krb5_init_secure_context(&x->context);

    if (r != 0)
        return r;
    r = krb5_parse_name_flags(x->context, principal,
                              KRB5_PRINCIPAL_PARSE_REQUIRE_REALM, &x->client);
    if (r == 0)
        r = krb5_cc_new_unique(x->context, "MEMORY", NULL, &x->cache);
    if (r == 0)
        r = set_options(x);
    return r;
}

/* An older answer (KDC_ERR_PREAUTH_REQUIRED) is not why it failed. */
static void take_status(struct exchange *x, krb5_error_code failure)
{
    krb5_error *error = NULL;

    if (krb5_init_creds_get_error(x->context, x->steps, &error) != 0
        || error == NULL)
        return;
    if ((krb5_error_code)error->error + ERROR_TABLE_BASE_krb5 == failure)
        x->status = kerberos_status(error->e_data.data,
                                    error->e_data.length);
    krb5_free_error(x->context, error);
}

/*
 * Not krb5_get_init_creds_password(3): it drops the KDC's e-data, and asks a
 * second KDC after a refusal, which counts a wrong password twice.
 */
static krb5_error_code ask(struct exchange *x, const struct secret *password)
{
    krb5_error_code r = krb5_init_creds_init(x->context, x->client, NULL,
                                             NULL, 0, x->options, &x->steps);

    if (r == 0)
        r = krb5_init_creds_set_password(x->context, x->steps,
                                         (const char *)password->data);
    if (r != 0)
        return r;
    r = krb5_init_creds_get(x->context, x->steps);
    if (r == 0)
        return krb5_init_creds_get_creds(x->context, x->steps, &x->creds);
    take_status(x, r);
    /* Without preauthentication a wrong password shows only here. */
    if (r == KRB5KRB_AP_ERR_BAD_INTEGRITY)
        r = KRB5KDC_ERR_PREAUTH_FAILED;
    return r;
}

static krb5_error_code keep(struct exchange *x, struct kerberos *kerberos)
{
    char *name = NULL;
    krb5_error_code r = krb5_cc_get_full_name(x->context, x->cache, &name);

    if (r != 0)
        return r;
    snprintf(kerberos->cache, sizeof kerberos->cache, "%s", name);
    krb5_free_string(x->context, name);
    kerberos->expires = (int64_t)(uint32_t)x->creds.times.endtime;
    return 0;
}

int kerberos_login(const char *principal, const struct secret *password,
                   struct kerberos **kerberos, struct err *err)
{
    struct exchange x = { .context = NULL };
    struct kerberos *k = calloc(1, sizeof *k);
    krb5_error_code r;

    if (k == NULL)
        return err_set(err, ERR_MEMORY, STAGE_KDC, NULL);
    r = prepare(&x, principal);
    if (r == 0)
        r = ask(&x, password);
    if (r == 0)
        r = keep(&x, k);
    if (r != 0) {
        char what[ERR_TEXT_MAX];

        snprintf(what, sizeof what, "no ticket for %.256s", principal);
        kerberos_refusal(err, r, x.status, what);
        exchange_free(&x, false);
        free(k);
        return -1;
    }
    exchange_free(&x, true);
    *kerberos = k;
    return 0;
}

void kerberos_free(struct kerberos **kerberos)
{
    krb5_context context = NULL;
    krb5_ccache cache = NULL;

    if (*kerberos == NULL)
        return;
    if (krb5_init_secure_context(&context) == 0) {
        if (krb5_cc_resolve(context, (*kerberos)->cache, &cache) == 0)
            krb5_cc_destroy(context, cache);
        krb5_free_context(context);
    }
    free(*kerberos);
    *kerberos = NULL;
}

int64_t kerberos_expires(const struct kerberos *kerberos)
{
    return kerberos->expires;
}

/* krb5_get_credentials(3): from the cache, or from the KDC into it. */
static krb5_error_code fetch(krb5_context context, krb5_ccache cache,
                             krb5_principal service)
{
    krb5_creds wanted = { .server = service }, *got = NULL;
    krb5_error_code r = krb5_cc_get_principal(context, cache, &wanted.client);

    if (r == 0)
        r = krb5_get_credentials(context, 0, cache, &wanted, &got);
    krb5_free_creds(context, got);
    krb5_free_principal(context, wanted.client);
    return r;
}

/* The service has no realm: libkrb5 asks the user's, and its referrals. */
static krb5_error_code fetch_by_name(krb5_context context, const char *cache,
                                     const char *spn)
{
    krb5_principal service = NULL;
    krb5_ccache handle = NULL;
    krb5_error_code r = krb5_parse_name_flags(
        context, spn, KRB5_PRINCIPAL_PARSE_NO_REALM, &service);

    if (r == 0)
        r = krb5_set_principal_realm(context, service, "");
    if (r == 0)
        r = krb5_cc_resolve(context, cache, &handle);
    if (r == 0)
        r = fetch(context, handle, service);
    if (handle != NULL)
        krb5_cc_close(context, handle);
    krb5_free_principal(context, service);
    return r;
}

int kerberos_ticket(struct kerberos *kerberos, const char *spn,
                    struct err *err)
{
    krb5_context context = NULL;
    krb5_error_code r = krb5_init_secure_context(&context);
    char what[ERR_TEXT_MAX];

    if (r == 0)
        r = fetch_by_name(context, kerberos->cache, spn);
    krb5_free_context(context);
    if (r == 0)
        return 0;
    snprintf(what, sizeof what, "no ticket for %.256s", spn);
    return kerberos_error(err, r, what);
}

/*
 * For SPNEGO, which a credential of gss_krb5_import_cred(3) cannot be used
 * with: that one belongs to the mechanism alone.
 */
int kerberos_gss(struct kerberos *kerberos, gss_cred_id_t *cred,
                 struct err *err)
{
    gss_key_value_element_desc where = { "ccache", kerberos->cache };
    gss_key_value_set_desc store = { 1, &where };
    gss_OID_set_desc spnego = { 1, spnego_oid() };
    OM_uint32 minor = 0, major;

    *cred = GSS_C_NO_CREDENTIAL;
    major = gss_acquire_cred_from(&minor, GSS_C_NO_NAME, 0, &spnego,
                                  GSS_C_INITIATE, &store, cred, NULL, NULL);
    if (GSS_ERROR(major))
        return spnego_error(err, SPNEGO_KERBEROS, major, minor,
                            "the Kerberos ticket cannot be used");
    return 0;
}
