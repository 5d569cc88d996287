/* spnego_accept.c - the accepting side of SPNEGO, for tests only. */
#include "auth/spnego_private.h"

#include <stdio.h>

#include "auth/spnego_error.h"

static void take_peer(struct spnego *s, gss_name_t name)
{
    gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
    OM_uint32 minor;

    if (name == GSS_C_NO_NAME
        || GSS_ERROR(gss_display_name(&minor, name, &text, NULL)))
        return;
    snprintf(s->peer, sizeof s->peer, "%.*s", (int)text.length,
             (const char *)text.value);
    gss_release_buffer(&minor, &text);
}

static OM_uint32 accept_token(struct spnego *s, OM_uint32 *minor,
                              gss_buffer_t in, gss_buffer_t out)
{
    gss_buffer_desc none = GSS_C_EMPTY_BUFFER;
    gss_name_t name = GSS_C_NO_NAME;
    OM_uint32 major, ignored;

    major = gss_accept_sec_context(minor, &s->context, s->cred,
                                   in != GSS_C_NO_BUFFER ? in : &none,
                                   GSS_C_NO_CHANNEL_BINDINGS, &name, NULL,
                                   out, &s->flags, NULL, NULL);
    take_peer(s, name);
    gss_release_name(&ignored, &name);
    return major;
}

/* oid is SPNEGO's, or the mechanism's own. */
static int new_acceptor(enum spnego_mechanism mechanism, gss_OID oid,
                        struct spnego **spnego, struct err *err)
{
    gss_OID_set_desc mechanisms = { 1, oid };
    OM_uint32 minor = 0, major;
    struct spnego *s = NULL;

    if (spnego_new(mechanism, &s, err) != 0)
        return -1;
    s->advance = accept_token;
    s->oid = oid;
    major = gss_acquire_cred(&minor, GSS_C_NO_NAME, 0, &mechanisms,
                             GSS_C_ACCEPT, &s->cred, NULL, NULL);
    if (GSS_ERROR(major))
        spnego_error(err, mechanism, major, minor,
                     "no credential to accept with");
    if (GSS_ERROR(major)
        || (oid == spnego_oid() && spnego_only(s, err) != 0)) {
        spnego_free(&s);
        return -1;
    }
    *spnego = s;
    return 0;
}

int spnego_accept(enum spnego_mechanism mechanism, struct spnego **spnego,
                  struct err *err)
{
    return new_acceptor(mechanism, spnego_oid(), spnego, err);
}

int spnego_accept_raw_ntlm(struct spnego **spnego, struct err *err)
{
    return new_acceptor(SPNEGO_NTLM, spnego_mechanism_oid(SPNEGO_NTLM),
                        spnego, err);
}
