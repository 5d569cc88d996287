/*
 * others_gss.c - GSSAPI mechanisms allocate in peace: OpenSSL 3.0 itself
 * crashes when a provider that gss-ntlmssp loads gets no memory
 * (OSSL_LIB_CTX_new_child), and neither is ours to mend.
 */
#include "fuzz.h"

#include <gssapi/gssapi_ext.h>

#define IN_PEACE(name, parameters, arguments)                                 \
    OM_uint32 __real_##name parameters;                                       \
    OM_uint32 __wrap_##name parameters;                                       \
    OM_uint32 __wrap_##name parameters                                        \
    {                                                                         \
        uint32_t held = fuzz_hold();                                          \
        OM_uint32 major = __real_##name arguments;                            \
                                                                              \
        fuzz_resume(held);                                                    \
        return major;                                                         \
    }

IN_PEACE(gss_acquire_cred,
         (OM_uint32 * minor, gss_name_t name, OM_uint32 time,
          gss_OID_set mechs, gss_cred_usage_t usage, gss_cred_id_t *cred,
          gss_OID_set *actual, OM_uint32 *left),
         (minor, name, time, mechs, usage, cred, actual, left))
IN_PEACE(gss_acquire_cred_with_password,
         (OM_uint32 * minor, gss_name_t name, gss_buffer_t password,
          OM_uint32 time, gss_OID_set mechs, gss_cred_usage_t usage,
          gss_cred_id_t *cred, gss_OID_set *actual, OM_uint32 *left),
         (minor, name, password, time, mechs, usage, cred, actual, left))
IN_PEACE(gss_init_sec_context,
         (OM_uint32 * minor, gss_cred_id_t cred, gss_ctx_id_t *context,
          gss_name_t target, gss_OID mech, OM_uint32 flags, OM_uint32 time,
          gss_channel_bindings_t bindings, gss_buffer_t in, gss_OID *actual,
          gss_buffer_t out, OM_uint32 *got, OM_uint32 *left),
         (minor, cred, context, target, mech, flags, time, bindings, in,
          actual, out, got, left))
IN_PEACE(gss_accept_sec_context,
         (OM_uint32 * minor, gss_ctx_id_t *context, gss_cred_id_t cred,
          gss_buffer_t in, gss_channel_bindings_t bindings, gss_name_t *peer,
          gss_OID *mech, gss_buffer_t out, OM_uint32 *got, OM_uint32 *left,
          gss_cred_id_t *delegated),
         (minor, context, cred, in, bindings, peer, mech, out, got, left,
          delegated))
IN_PEACE(gss_wrap,
         (OM_uint32 * minor, gss_ctx_id_t context, int seal, gss_qop_t qop,
          gss_buffer_t in, int *sealed, gss_buffer_t out),
         (minor, context, seal, qop, in, sealed, out))
IN_PEACE(gss_unwrap,
         (OM_uint32 * minor, gss_ctx_id_t context, gss_buffer_t in,
          gss_buffer_t out, int *sealed, gss_qop_t *qop),
         (minor, context, in, out, sealed, qop))
