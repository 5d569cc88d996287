/* negotiate.c - GSSAPI acceptor of a logon without delegation. */
#include "negotiate.h"

#include <gssapi/gssapi_ext.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NTLM_SIGNATURE_BYTES 16 /* MS-NLMP 2.2.2.9 */

struct negotiate {
    gss_ctx_id_t ctx;
    bool ntlm;
    char name[512];
};

/* 1.3.6.1.4.1.311.2.2.10 */
static const unsigned char ntlm_oid[] = { 0x2b, 0x06, 0x01, 0x04, 0x01, 0x82,
                                          0x37, 0x02, 0x02, 0x0a };

static int gss_failure(struct err *err, const char *what, OM_uint32 major,
                       OM_uint32 minor)
{
    err_set(err, ERR_LOGON_FAILED, STAGE_SPNEGO, "%s: GSSAPI major 0x%x",
            what, major);
    return err_code(err, CODE_GSS, minor);
}

int negotiate_new(struct negotiate **negotiate, struct err *err)
{
    *negotiate = calloc(1, sizeof **negotiate);
    if (*negotiate == NULL)
        return err_set(err, ERR_MEMORY, STAGE_SPNEGO, NULL);
    (*negotiate)->ctx = GSS_C_NO_CONTEXT;
    return 0;
}

void negotiate_free(struct negotiate **negotiate)
{
    struct negotiate *n = *negotiate;
    OM_uint32 minor;

    *negotiate = NULL;
    if (n == NULL)
        return;
    gss_delete_sec_context(&minor, &n->ctx, GSS_C_NO_BUFFER);
    free(n);
}

static int learn_peer(struct negotiate *n, gss_name_t name, struct err *err)
{
    gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
    gss_OID mech = GSS_C_NO_OID;
    OM_uint32 major, minor;

    major = gss_inquire_context(&minor, n->ctx, NULL, NULL, NULL, &mech,
                                NULL, NULL, NULL);
    if (GSS_ERROR(major))
        return gss_failure(err, "gss_inquire_context", major, minor);
    n->ntlm = mech->length == sizeof ntlm_oid
        && memcmp(mech->elements, ntlm_oid, sizeof ntlm_oid) == 0;
    major = gss_display_name(&minor, name, &text, NULL);
    if (GSS_ERROR(major))
        return gss_failure(err, "gss_display_name", major, minor);
    snprintf(n->name, sizeof n->name, "%.*s", (int)text.length,
             (const char *)text.value);
    gss_release_buffer(&minor, &text);
    return 0;
}

int negotiate_step(struct negotiate *n, const void *in, size_t len,
                   struct buf *out, bool *complete, struct err *err)
{
    gss_buffer_desc input = { len, (void *)(uintptr_t)in };
    gss_buffer_desc output = GSS_C_EMPTY_BUFFER;
    gss_name_t name = GSS_C_NO_NAME;
    OM_uint32 major, minor, ignored;
    int rc = 0;

    major = gss_accept_sec_context(&minor, &n->ctx, GSS_C_NO_CREDENTIAL,
                                   &input, GSS_C_NO_CHANNEL_BINDINGS, &name,
                                   NULL, &output, NULL, NULL, NULL);
    buf_put(out, output.value, output.length);
    gss_release_buffer(&ignored, &output);
    *complete = major == GSS_S_COMPLETE;
    if (GSS_ERROR(major))
        rc = gss_failure(err, "gss_accept_sec_context", major, minor);
    else if (*complete)
        rc = learn_peer(n, name, err);
    gss_release_name(&ignored, &name);
    return rc;
}

const char *negotiate_name(const struct negotiate *negotiate)
{
    return negotiate->name;
}

const char *negotiate_mechanism(const struct negotiate *negotiate)
{
    return negotiate->ntlm ? "ntlm" : "kerberos";
}

static void put_le32(struct buf *out, size_t n)
{
    size_t i;

    for (i = 0; i < 4; i++)
        buf_put_u8(out, (uint8_t)(n >> (8 * i) & 0xff));
}

/* gss-ntlmssp knows no gss_wrap_iov(3); its token is signature and data. */
static int seal_ntlm(struct negotiate *n, const void *plain, size_t len,
                     struct buf *out, struct err *err)
{
    gss_buffer_desc input = { len, (void *)(uintptr_t)plain };
    gss_buffer_desc token = GSS_C_EMPTY_BUFFER;
    OM_uint32 major, minor;
    int sealed;

    major = gss_wrap(&minor, n->ctx, 1, GSS_C_QOP_DEFAULT, &input, &sealed,
                     &token);
    if (GSS_ERROR(major) || !sealed)
        return gss_failure(err, "gss_wrap", major, minor);
    put_le32(out, NTLM_SIGNATURE_BYTES);
    buf_put(out, token.value, token.length);
    gss_release_buffer(&minor, &token);
    return 0;
}

static int seal_kerberos(struct negotiate *n, const void *plain, size_t len,
                         struct buf *out, struct err *err)
{
    gss_iov_buffer_desc iov[3] = {
        { GSS_IOV_BUFFER_TYPE_HEADER | GSS_IOV_BUFFER_FLAG_ALLOCATE,
          GSS_C_EMPTY_BUFFER },
        { GSS_IOV_BUFFER_TYPE_DATA, { len, NULL } },
        { GSS_IOV_BUFFER_TYPE_PADDING | GSS_IOV_BUFFER_FLAG_ALLOCATE,
          GSS_C_EMPTY_BUFFER },
    };
    unsigned char *copy = malloc(len + 1); /* encrypted in place */
    OM_uint32 major, minor;
    int sealed = 0;

    if (copy == NULL)
        return err_set(err, ERR_MEMORY, STAGE_SEALING, NULL);
    memcpy(copy, plain, len);
    iov[1].buffer.value = copy;
    major = gss_wrap_iov(&minor, n->ctx, 1, GSS_C_QOP_DEFAULT, &sealed, iov,
                         3);
    if (!GSS_ERROR(major) && sealed) {
        put_le32(out, iov[0].buffer.length);
        buf_put(out, iov[0].buffer.value, iov[0].buffer.length);
        buf_put(out, copy, len);
        buf_put(out, iov[2].buffer.value, iov[2].buffer.length);
    }
    free(copy);
    iov[1].buffer.value = NULL;
    gss_release_iov_buffer(&minor, iov, 3);
    if (GSS_ERROR(major) || !sealed)
        return gss_failure(err, "gss_wrap_iov", major, minor);
    return 0;
}

int negotiate_seal(struct negotiate *n, const void *plain, size_t len,
                   struct buf *out, struct err *err)
{
    return n->ntlm ? seal_ntlm(n, plain, len, out, err)
                   : seal_kerberos(n, plain, len, out, err);
}

int negotiate_open(struct negotiate *n, const void *token, size_t len,
                   struct buf *plain, struct err *err)
{
    gss_buffer_desc input = { len, (void *)(uintptr_t)token };
    gss_buffer_desc output = GSS_C_EMPTY_BUFFER;
    OM_uint32 major, minor;
    int sealed = 0;

    major = gss_unwrap(&minor, n->ctx, &input, &output, &sealed, NULL);
    if (GSS_ERROR(major))
        return gss_failure(err, "gss_unwrap", major, minor);
    buf_put(plain, output.value, output.length);
    gss_release_buffer(&minor, &output);
    return sealed ? 0 : err_set(err, ERR_MALFORMED, STAGE_SEALING,
                                "the message is signed but not sealed");
}
