/*
 * ntlm_alone.c - an NTLM initiator of GSSAPI's calls and nothing else: no
 * SPNEGO, no TLS, no buffers of ours.
 */
#include "ntlm_alone.h"

#include <gssapi/gssapi_ext.h>
#include <string.h>

#include "auth/spnego_private.h"
#include "exchange.h"
#include "ntlm_users.h"

#define FLAGS                                                                 \
    (GSS_C_MUTUAL_FLAG | GSS_C_REPLAY_FLAG | GSS_C_SEQUENCE_FLAG              \
     | GSS_C_CONF_FLAG | GSS_C_INTEG_FLAG)

struct alone {
    gss_name_t user, target;
    gss_cred_id_t cred;
    gss_ctx_id_t context;
    struct spnego *acceptor;
    struct buf challenge;
    double us;
};

static int failed(const char *what, OM_uint32 major, struct err *err)
{
    return err_set(err, ERR_INTERNAL, STAGE_SPNEGO, "%s: 0x%x", what, major);
}

static int acquire(struct alone *a, struct err *err)
{
    static char user[] = NTLM_DOMAIN "\\" NTLM_USER;
    static char password[] = NTLM_PASSWORD, target[] = "WSMAN@win1";
    gss_buffer_desc who = { strlen(user), user };
    gss_buffer_desc typed = { strlen(password), password };
    gss_buffer_desc service = { strlen(target), target };
    gss_OID_set_desc ntlm = { 1, spnego_mechanism_oid(SPNEGO_NTLM) };
    OM_uint32 minor, major;

    major = gss_import_name(&minor, &who, GSS_C_NT_USER_NAME, &a->user);
    if (!GSS_ERROR(major))
        major = gss_import_name(&minor, &service, GSS_C_NT_HOSTBASED_SERVICE,
                                &a->target);
    if (!GSS_ERROR(major))
        major = gss_acquire_cred_with_password(&minor, a->user, &typed, 0,
                                               &ntlm, GSS_C_INITIATE,
                                               &a->cred, NULL, NULL);
    return GSS_ERROR(major) ? failed("no credential", major, err) : 0;
}

/* One message to the acceptor, whose time does not count. */
static int say(struct alone *a, struct err *err)
{
    gss_buffer_desc in = { a->challenge.len, a->challenge.data };
    gss_buffer_desc out = GSS_C_EMPTY_BUFFER;
    OM_uint32 minor, major;
    double began = exchange_cpu_us();
    bool ignored, done;
    int r;

    major = gss_init_sec_context(&minor, a->cred, &a->context, a->target,
                                 spnego_mechanism_oid(SPNEGO_NTLM), FLAGS, 0,
                                 GSS_C_NO_CHANNEL_BINDINGS, &in, NULL, &out,
                                 NULL, NULL);
    a->us += exchange_cpu_us() - began;
    if (GSS_ERROR(major))
        return failed("no context", major, err);
    buf_clear(&a->challenge);
    r = spnego_step(a->acceptor, out.value, out.length, &a->challenge,
                    &ignored, &done, err);
    gss_release_buffer(&minor, &out);
    return r;
}

/* The binding and the credential; the host's binding costs as much. */
static int seal_thrice(struct alone *a, struct err *err)
{
    char text[96] = "";
    gss_buffer_desc in = { sizeof text, text };
    OM_uint32 minor, major = GSS_S_COMPLETE;
    int i;

    for (i = 0; i < 3 && !GSS_ERROR(major); i++) {
        gss_buffer_desc out = GSS_C_EMPTY_BUFFER;

        major = gss_wrap(&minor, a->context, 1, GSS_C_QOP_DEFAULT, &in, NULL,
                         &out);
        gss_release_buffer(&minor, &out);
    }
    return GSS_ERROR(major) ? failed("no seal", major, err) : 0;
}

static void release(struct alone *a)
{
    OM_uint32 minor;

    gss_delete_sec_context(&minor, &a->context, GSS_C_NO_BUFFER);
    gss_release_cred(&minor, &a->cred);
    gss_release_name(&minor, &a->user);
    gss_release_name(&minor, &a->target);
}

int ntlm_alone_play(double *us, struct err *err)
{
    struct alone a = { .challenge = BUF_INIT(SPNEGO_TOKEN_MAX) };
    double began;
    int r;

    if (spnego_accept_raw_ntlm(&a.acceptor, err) != 0)
        return -1;
    began = exchange_cpu_us();
    r = acquire(&a, err);
    a.us = exchange_cpu_us() - began;
    if (r == 0)
        r = say(&a, err); /* NEGOTIATE */
    if (r == 0)
        r = say(&a, err); /* AUTHENTICATE */
    began = exchange_cpu_us();
    if (r == 0)
        r = seal_thrice(&a, err);
    release(&a);
    *us = a.us + exchange_cpu_us() - began;
    spnego_free(&a.acceptor);
    buf_free(&a.challenge);
    return r;
}
