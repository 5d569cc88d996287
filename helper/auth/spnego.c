/* spnego.c - a GSSAPI context with one mechanism: its tokens and seals. */
#include "auth/spnego_private.h"

#include <gssapi/gssapi_ext.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/spnego_error.h"
#include "auth/spnego_token.h"

#define REQUIRED_FLAGS (GSS_C_CONF_FLAG | GSS_C_INTEG_FLAG)

/* Whose length keys_exist() asks for; any will do. */
#define PROBE_BYTES 1024

#define NTLM_SIGNATURE 16 /* MS-NLMP 2.2.2.9.1 */

gss_OID spnego_oid(void)
{
    static unsigned char der[] = { 0x2b, 6, 1, 5, 5, 2 };
    static gss_OID_desc oid = { sizeof der, der };

    return &oid;
}

gss_OID spnego_mechanism_oid(enum spnego_mechanism mechanism)
{
    /* RFC 4121: 1.2.840.113554.1.2.2; NTLM: 1.3.6.1.4.1.311.2.2.10. */
    static unsigned char kerberos[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12,
                                        1, 2, 2 };
    static unsigned char ntlm[] = { 0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 2, 10 };
    static gss_OID_desc oids[] = {
        [SPNEGO_KERBEROS] = { sizeof kerberos, kerberos },
        [SPNEGO_NTLM] = { sizeof ntlm, ntlm },
    };

    return &oids[mechanism];
}

const char *spnego_mechanism_name(enum spnego_mechanism mechanism)
{
    switch (mechanism) {
    case SPNEGO_KERBEROS:
        return "Kerberos";
    case SPNEGO_NTLM:
        return "NTLM";
    }
    return "?";
}

int spnego_new(enum spnego_mechanism mechanism, struct spnego **spnego,
               struct err *err)
{
    struct spnego *s = calloc(1, sizeof *s);

    if (s == NULL)
        return err_set(err, ERR_MEMORY, STAGE_SPNEGO, NULL);
    s->mechanism = mechanism;
    s->oid = spnego_oid();
    buf_init(&s->first, SPNEGO_TOKEN_MAX);
    s->context = GSS_C_NO_CONTEXT;
    s->cred = GSS_C_NO_CREDENTIAL;
    s->target = GSS_C_NO_NAME;
    s->user = GSS_C_NO_NAME;
    *spnego = s;
    return 0;
}

void spnego_forget_password(struct spnego *spnego)
{
    OM_uint32 minor;

    gss_release_name(&minor, &spnego->user);
    secret_free(&spnego->password);
}

void spnego_free(struct spnego **spnego)
{
    struct spnego *s = *spnego;
    OM_uint32 minor;

    if (s == NULL)
        return;
    gss_delete_sec_context(&minor, &s->context, GSS_C_NO_BUFFER);
    gss_release_cred(&minor, &s->cred);
    gss_release_name(&minor, &s->target);
    spnego_forget_password(s);
    buf_free(&s->first);
    free(s);
    *spnego = NULL;
}

int spnego_only(struct spnego *spnego, struct err *err)
{
    gss_OID_set_desc only = { 1, spnego_mechanism_oid(spnego->mechanism) };
    OM_uint32 minor = 0, major;

    major = gss_set_neg_mechs(&minor, spnego->cred, &only);
    if (GSS_ERROR(major))
        return spnego_error(err, spnego->mechanism, major, minor,
                            "the mechanism cannot be offered");
    return 0;
}

/*
 * NTLM's keys exist after AUTHENTICATE, although SPNEGO still waits for the
 * peer's mechListMIC and hides GSS_C_PROT_READY_FLAG until then; this asks
 * the mechanism itself.
 */
static bool keys_exist(const struct spnego *s)
{
    OM_uint32 minor, max = 0;

    return s->context != GSS_C_NO_CONTEXT
        && gss_wrap_size_limit(&minor, s->context, 1, GSS_C_QOP_DEFAULT,
                               PROBE_BYTES, &max) == GSS_S_COMPLETE;
}

/* The mechanism and protection that were asked for, and nothing else. */
static int check_context(struct spnego *s, struct err *err)
{
    OM_uint32 minor = 0, major, flags = 0;
    gss_OID mechanism = GSS_C_NO_OID;

    major = gss_inquire_context(&minor, s->context, NULL, NULL, NULL,
                                &mechanism, &flags, NULL, NULL);
    if (GSS_ERROR(major))
        return spnego_error(err, s->mechanism, major, minor,
                            "the context cannot be examined");
    /* Before the end this is SPNEGO itself, which took the one offered. */
    if (!gss_oid_equal(mechanism, spnego_mechanism_oid(s->mechanism))
        && (s->complete || !gss_oid_equal(mechanism, s->oid)))
        return err_set(err, ERR_MECHANISM, STAGE_SPNEGO,
                       "the host chose another mechanism than %s",
                       spnego_mechanism_name(s->mechanism));
    s->flags = flags;
    if ((flags & REQUIRED_FLAGS) != REQUIRED_FLAGS)
        return err_set(err, ERR_MECHANISM, STAGE_SPNEGO,
                       "%s with this host does not protect messages",
                       spnego_mechanism_name(s->mechanism));
    if (s->mechanism == SPNEGO_KERBEROS && !(flags & GSS_C_MUTUAL_FLAG))
        return err_set(err, ERR_MECHANISM, STAGE_SPNEGO,
                       "the host did not prove itself to Kerberos");
    return 0;
}

static int check_turn(const struct spnego *s, size_t len, struct err *err)
{
    if (s->failed)
        return err_set(err, ERR_INTERNAL, STAGE_SPNEGO,
                       "a failed SPNEGO context was used again");
    if (len > SPNEGO_TOKEN_MAX)
        return err_set(err, ERR_OVERSIZED, STAGE_SPNEGO,
                       "a SPNEGO token of %zu bytes is longer than %d", len,
                       SPNEGO_TOKEN_MAX);
    if (s->complete)
        return err_set(err, ERR_MALFORMED, STAGE_SPNEGO,
                       "a SPNEGO token came after the last one");
    /* RFC 2743 section 2.2.1: only the first call has none; MIT 1.20's SPNEGO
     * crashes in a later one. */
    if (len == 0 && s->context != GSS_C_NO_CONTEXT)
        return err_set(err, ERR_MALFORMED, STAGE_SPNEGO,
                       "an empty SPNEGO token came");
    return 0;
}

/* Why GSSAPI did not take the token; in may tell more than its status. */
static int advance_error(const struct spnego *s, gss_buffer_t in,
                         OM_uint32 major, OM_uint32 minor, struct err *err)
{
    char what[SPNEGO_NAME_MAX + 64], other[128];

    if (spnego_token_chooses_other(in->value, in->length, s->mechanism, other,
                                   sizeof other))
        return err_set(err, ERR_MECHANISM, STAGE_SPNEGO,
                       "the host chose %s although only %s was offered",
                       other, spnego_mechanism_name(s->mechanism));
    snprintf(what, sizeof what, "no context with %.255s",
             s->spn[0] != '\0' ? s->spn : "the initiator");
    return spnego_error(err, s->mechanism, major, minor, what);
}

static int advance(struct spnego *s, const void *in, size_t len,
                   struct buf *out, struct err *err)
{
    gss_buffer_desc input = { len, (void *)(uintptr_t)in };
    gss_buffer_desc output = GSS_C_EMPTY_BUFFER;
    OM_uint32 major, minor = 0, ignored;

    major = s->advance(s, &minor, len > 0 ? &input : GSS_C_NO_BUFFER,
                       &output);
    if (!GSS_ERROR(major))
        buf_put(out, output.value, output.length);
    gss_release_buffer(&ignored, &output);
    if (GSS_ERROR(major))
        return advance_error(s, &input, major, minor, err);
    s->complete = major == GSS_S_COMPLETE;
    return buf_ok(out, STAGE_SPNEGO, err);
}

/* The first answer decides whether another credential is needed. */
static int hear(struct spnego *s, const void *in, size_t len,
                struct err *err)
{
    int r = 0;

    if (s->first.len > 0 && spnego_is_raw_ntlm(in, len))
        r = spnego_go_raw(s, err);
    spnego_forget_password(s);
    return r;
}

int spnego_step(struct spnego *spnego, const void *in, size_t len,
                struct buf *out, bool *can_wrap, bool *complete,
                struct err *err)
{
    if (check_turn(spnego, len, err) != 0)
        return -1;
    spnego->failed = true; /* until proved otherwise */
    if (len > 0 && hear(spnego, in, len, err) != 0)
        return -1;
    if (advance(spnego, in, len, out, err) != 0)
        return -1;
    if (spnego->complete || keys_exist(spnego)) {
        if (check_context(spnego, err) != 0)
            return -1;
        spnego->can_wrap = true;
    }
    spnego->failed = false;
    *can_wrap = spnego->can_wrap;
    *complete = spnego->complete;
    return 0;
}

int spnego_wrap(struct spnego *spnego, const void *in, size_t len,
                struct buf *out, struct err *err)
{
    gss_buffer_desc input = { len, (void *)(uintptr_t)in };
    gss_buffer_desc output = GSS_C_EMPTY_BUFFER;
    OM_uint32 major, minor = 0, ignored;
    int sealed = 0;

    major = gss_wrap(&minor, spnego->context, 1, GSS_C_QOP_DEFAULT, &input,
                     &sealed, &output);
    if (!GSS_ERROR(major) && sealed)
        buf_put(out, output.value, output.length);
    gss_release_buffer(&ignored, &output);
    if (GSS_ERROR(major))
        return spnego_error(err, spnego->mechanism, major, minor,
                            "a message cannot be sealed");
    if (!sealed)
        return err_set(err, ERR_MECHANISM, STAGE_SPNEGO,
                       "the mechanism does not encrypt");
    return buf_ok(out, STAGE_SPNEGO, err);
}

static int not_genuine(struct err *err)
{
    return err_set(err, ERR_BINDING, STAGE_BINDING,
                   "a sealed CredSSP message is not genuine");
}

int spnego_unwrap(struct spnego *spnego, const void *in, size_t len,
                  struct buf *out, struct err *err)
{
    gss_buffer_desc input = { len, (void *)(uintptr_t)in };
    gss_buffer_desc output = GSS_C_EMPTY_BUFFER;
    OM_uint32 major, minor = 0, ignored;
    int sealed = 0;

    /* gss-ntlmssp 1.2 subtracts the signature's length without a look. */
    if (spnego->mechanism == SPNEGO_NTLM && len < NTLM_SIGNATURE)
        return not_genuine(err);
    major = gss_unwrap(&minor, spnego->context, &input, &output, &sealed,
                       NULL);
    if (major == GSS_S_COMPLETE && sealed)
        buf_put(out, output.value, output.length);
    if (output.value != NULL)
        explicit_bzero(output.value, output.length);
    gss_release_buffer(&ignored, &output);
    /* Duplicates and gaps are supplementary bits, not errors: refuse too. */
    if (major != GSS_S_COMPLETE || !sealed) {
        not_genuine(err);
        return err_code(err, CODE_GSS, minor);
    }
    return buf_ok(out, STAGE_BINDING, err);
}

/*
 * gss-ntlmssp only echoes the initiator's GSS_C_MUTUAL_FLAG: with NTLM the
 * peer proves no more than that some domain vouches for it.
 */
bool spnego_is_mutual(const struct spnego *spnego)
{
    return spnego->mechanism == SPNEGO_KERBEROS && spnego->can_wrap
        && (spnego->flags & GSS_C_MUTUAL_FLAG) != 0;
}

enum spnego_mechanism spnego_mechanism(const struct spnego *spnego)
{
    return spnego->mechanism;
}

const char *spnego_peer_name(const struct spnego *spnego)
{
    return spnego->peer;
}
