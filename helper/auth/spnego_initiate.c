/* spnego_initiate.c - the initiating side: credential, target and flags. */
#include "auth/spnego_private.h"

#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_krb5.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "auth/spnego_error.h"

/* Never GSS_C_DELEG_FLAG: what is delegated goes into authInfo alone. */
#define REQUESTED_FLAGS                                                       \
    (GSS_C_MUTUAL_FLAG | GSS_C_REPLAY_FLAG | GSS_C_SEQUENCE_FLAG              \
     | GSS_C_CONF_FLAG | GSS_C_INTEG_FLAG)

static OM_uint32 initiate(struct spnego *s, OM_uint32 *minor, gss_buffer_t in,
                          gss_buffer_t out)
{
    return gss_init_sec_context(minor, s->cred, &s->context, s->target,
                                s->oid, REQUESTED_FLAGS, 0,
                                GSS_C_NO_CHANNEL_BINDINGS, in, NULL, out,
                                &s->flags, NULL);
}

/* Keeps the first token, for a host that answers it without SPNEGO. */
static OM_uint32 initiate_ntlm(struct spnego *s, OM_uint32 *minor,
                               gss_buffer_t in, gss_buffer_t out)
{
    OM_uint32 major = initiate(s, minor, in, out);

    buf_clear(&s->first);
    if (in == GSS_C_NO_BUFFER && s->oid == spnego_oid() && !GSS_ERROR(major))
        buf_put(&s->first, out->value, out->length);
    return major;
}

static int import_name(struct spnego *s, const void *text, size_t len,
                       gss_OID type, gss_name_t *name, struct err *err)
{
    gss_buffer_desc buffer = { len, (void *)(uintptr_t)text };
    OM_uint32 minor = 0, major;

    major = gss_import_name(&minor, &buffer, type, name);
    if (GSS_ERROR(major))
        return spnego_error(err, s->mechanism, major, minor,
                            "a name cannot be used");
    return 0;
}

/* snprintf(3) into SPNEGO_NAME_MAX bytes; too long is an error. */
PRINTF_LIKE(3, 4)
static int name_of(char *dst, struct err *err, const char *fmt, ...)
{
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(dst, SPNEGO_NAME_MAX, fmt, ap);
    va_end(ap);
    if (n < 0 || n >= SPNEGO_NAME_MAX)
        return err_set(err, ERR_OVERSIZED, STAGE_SPNEGO,
                       "the name '%.64s' is longer than %d bytes", dst,
                       SPNEGO_NAME_MAX - 1);
    return 0;
}

/*
 * A Kerberos principal of no realm, "WSMAN/host@": libkrb5 asks the user's
 * own realm and follows its referrals.  A host-based name would be looked up
 * in DNS when krb5.conf says so; the type of this one never is.
 */
static int target_principal(struct spnego *s, const char *spn,
                            struct err *err)
{
    char name[SPNEGO_NAME_MAX];

    if (strpbrk(spn, "@\\") != NULL)
        return err_set(err, ERR_SPN_UNKNOWN, STAGE_SPNEGO,
                       "'%.128s' is not a service principal name", spn);
    if (name_of(name, err, "%s@", spn) != 0)
        return -1;
    return import_name(s, name, strlen(name),
                       (gss_OID)(uintptr_t)GSS_KRB5_NT_PRINCIPAL_NAME,
                       &s->target, err);
}

/* "WSMAN/host" as GSSAPI's "WSMAN@host"; gss-ntlmssp looks nothing up. */
static int target_service(struct spnego *s, const char *spn, struct err *err)
{
    char name[SPNEGO_NAME_MAX];
    const char *slash = strchr(spn, '/');

    if (slash == NULL)
        return err_set(err, ERR_SPN_UNKNOWN, STAGE_SPNEGO,
                       "'%.128s' is not a service principal name", spn);
    if (name_of(name, err, "%.*s@%s", (int)(slash - spn), spn, slash + 1)
        != 0)
        return -1;
    return import_name(s, name, strlen(name), GSS_C_NT_HOSTBASED_SERVICE,
                       &s->target, err);
}

int spnego_initiate_kerberos(struct kerberos *kerberos, const char *spn,
                             struct spnego **spnego, struct err *err)
{
    struct spnego *s = NULL;

    if (spnego_new(SPNEGO_KERBEROS, &s, err) != 0)
        return -1;
    s->advance = initiate;
    snprintf(s->spn, sizeof s->spn, "%s", spn);
    if (target_principal(s, spn, err) != 0
        || kerberos_ticket(kerberos, spn, err) != 0
        || kerberos_gss(kerberos, &s->cred, err) != 0
        || spnego_only(s, err) != 0) {
        spnego_free(&s);
        return -1;
    }
    *spnego = s;
    return 0;
}

/*
 * gss-ntlmssp reads "DOMAIN\user", and "alice\@REALM" as a user whose name
 * has an '@': a UPN goes whole into the user's name.
 */
static int ntlm_user_text(char text[SPNEGO_NAME_MAX], const char *domain,
                          const char *user, struct err *err)
{
    const char *at = strrchr(user, '@');

    if (domain[0] != '\0')
        return name_of(text, err, "%s\\%s", domain, user);
    if (at != NULL)
        return name_of(text, err, "%.*s\\%s", (int)(at - user), user, at);
    return name_of(text, err, "%s", user);
}

/*
 * The user as an exported name (RFC 2743 section 3.2) of NTLM's, which no
 * other mechanism can import: SPNEGO acquires the credential of every one
 * that can, so Kerberos would send the password to a KDC as well, only for
 * spnego_only() to drop the ticket.
 */
static int ntlm_user(struct spnego *s, const char *domain, const char *user,
                     struct err *err)
{
    const gss_OID_desc *oid = spnego_mechanism_oid(SPNEGO_NTLM);
    struct buf token = BUF_INIT(SPNEGO_NAME_MAX + 64);
    char text[SPNEGO_NAME_MAX];
    int r;

    if (ntlm_user_text(text, domain, user, err) != 0)
        return -1;
    buf_put_u16(&token, 0x0401);
    buf_put_u16(&token, (uint16_t)(oid->length + 2));
    buf_put_u8(&token, 0x06); /* DER: OBJECT IDENTIFIER, a short length */
    buf_put_u8(&token, (uint8_t)oid->length);
    buf_put(&token, oid->elements, oid->length);
    buf_put_block(&token, text, strlen(text) + 1); /* its NUL as well */
    r = buf_ok(&token, STAGE_SPNEGO, err);
    if (r == 0)
        r = import_name(s, token.data, token.len, GSS_C_NT_EXPORT_NAME,
                        &s->user, err);
    buf_free(&token);
    return r;
}

/*
 * What the NEGOTIATE message offers (MS-NLMP 2.2.2.5): all that gss-ntlmssp
 * would by itself but NTLMSSP_NEGOTIATE_OEM.  FreeRDP's acceptor sends the
 * offer back as it is, and gss-ntlmssp refuses an answer of both UNICODE and
 * OEM, which it could not have a use for in the first place.
 */
static int offer_unicode(struct spnego *s, struct err *err)
{
    /* 56, KEY_EXCH, 128, VERSION, EXTENDED_SESSIONSECURITY, ALWAYS_SIGN,
     * NTLM, SEAL, SIGN, REQUEST_TARGET, UNICODE. */
    uint32_t flags = 0xe2088235;
    /* GSS_NTLMSSP_NEG_FLAGS_OID of gssapi_ntlmssp.h: 1.3.6.1.4.1.7165.655.1.5,
     * for gss_set_cred_option(). */
    static unsigned char der[] = { 0x2b, 6, 1, 4, 1, 0xb7, 0x7d, 0x85, 0x0f,
                                   1, 5 };
    gss_OID_desc option = { sizeof der, der };
    gss_buffer_desc value = { sizeof flags, &flags };
    OM_uint32 minor = 0, major;

    major = gss_set_cred_option(&minor, &s->cred, &option, &value);
    if (GSS_ERROR(major))
        return spnego_error(err, SPNEGO_NTLM, major, minor,
                            "NTLM cannot be restricted to Unicode");
    return 0;
}

/*
 * For s->oid alone: gss-ntlmssp hashes the password for each mechanism anew,
 * with an OpenSSL of its own each time, which costs half a TLS handshake.
 */
static int acquire_ntlm(struct spnego *s, struct err *err)
{
    gss_OID_set_desc mechanism = { 1, s->oid };
    gss_buffer_desc typed = { s->password->len, s->password->data };
    OM_uint32 minor = 0, major;

    major = gss_acquire_cred_with_password(&minor, s->user, &typed, 0,
                                           &mechanism, GSS_C_INITIATE,
                                           &s->cred, NULL, NULL);
    if (GSS_ERROR(major))
        return spnego_error(err, SPNEGO_NTLM, major, minor,
                            "no NTLM credential");
    if (offer_unicode(s, err) != 0)
        return -1;
    return s->oid == spnego_oid() ? spnego_only(s, err) : 0;
}

/*
 * 2012R2's WinRM answers NTLM in SPNEGO with a raw CHALLENGE, and so may
 * others (seen in a trace of pypsrp, pull request 16).  MIT's SPNEGO cannot
 * take it, and its own answer would hold a mechListMIC, which a raw host
 * never counts: every seal after it would have the wrong sequence number.  So
 * a context without SPNEGO takes over, if the NEGOTIATE message that it would
 * have sent is the very one that went out inside of SPNEGO: NTLM's MIC is
 * over all three messages (MS-NLMP 3.1.5.1.2).
 */
int spnego_go_raw(struct spnego *s, struct err *err)
{
    gss_buffer_desc token = GSS_C_EMPTY_BUFFER;
    OM_uint32 minor = 0, major, ignored;
    bool same = false;

    gss_delete_sec_context(&ignored, &s->context, GSS_C_NO_BUFFER);
    gss_release_cred(&ignored, &s->cred);
    s->oid = spnego_mechanism_oid(SPNEGO_NTLM);
    if (acquire_ntlm(s, err) != 0)
        return -1;
    major = initiate(s, &minor, GSS_C_NO_BUFFER, &token);
    if (!GSS_ERROR(major) && token.length > 0)
        same = memmem(s->first.data, s->first.len, token.value, token.length)
               != NULL;
    gss_release_buffer(&ignored, &token);
    if (GSS_ERROR(major))
        return spnego_error(err, s->mechanism, major, minor,
                            "no context without SPNEGO");
    if (!same)
        return err_set(err, ERR_MECHANISM, STAGE_SPNEGO,
                       "the host answers NTLM without SPNEGO, and this "
                       "machine's NTLM cannot go on so");
    return 0;
}

static int initiate_ntlm_with(gss_OID oid, const char *domain,
                              const char *user,
                              const struct secret *password, const char *spn,
                              struct spnego **spnego, struct err *err)
{
    struct spnego *s = NULL;

    if (spnego_new(SPNEGO_NTLM, &s, err) != 0)
        return -1;
    s->oid = oid;
    s->advance = initiate_ntlm;
    snprintf(s->spn, sizeof s->spn, "%s", spn);
    if (target_service(s, spn, err) != 0
        || ntlm_user(s, domain, user, err) != 0
        || secret_copy(password->data, password->len, &s->password, err) != 0
        || acquire_ntlm(s, err) != 0) {
        spnego_free(&s);
        return -1;
    }
    *spnego = s;
    return 0;
}

int spnego_initiate_ntlm(const char *domain, const char *user,
                         const struct secret *password, const char *spn,
                         struct spnego **spnego, struct err *err)
{
    return initiate_ntlm_with(spnego_oid(), domain, user, password, spn,
                              spnego, err);
}

int spnego_initiate_raw_ntlm(const char *domain, const char *user,
                             const struct secret *password, const char *spn,
                             struct spnego **spnego, struct err *err)
{
    return initiate_ntlm_with(spnego_mechanism_oid(SPNEGO_NTLM), domain, user,
                              password, spn, spnego, err);
}
