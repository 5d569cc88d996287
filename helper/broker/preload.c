/* preload.c - OpenSSL, libcurl and the GSSAPI mechanisms. */
#include "broker/preload.h"

#include <curl/curl.h>
#include <gssapi/gssapi.h>
#include <openssl/ssl.h>

int preload_libraries(struct err *err)
{
    gss_OID_set mechanisms = GSS_C_NO_OID_SET;
    OM_uint32 minor;
    SSL_CTX *tls;

    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return err_set(err, ERR_SYSTEM, STAGE_START,
                       "libcurl cannot be initialised");
    /* Making a context loads providers, ciphers and error strings. */
    tls = SSL_CTX_new(TLS_client_method());
    if (tls == NULL)
        return err_set(err, ERR_SYSTEM, STAGE_START,
                       "OpenSSL cannot be initialised");
    SSL_CTX_free(tls);
    /* Loads the plugins of /etc/gss/mech.d, gss-ntlmssp among them. */
    if (GSS_ERROR(gss_indicate_mechs(&minor, &mechanisms)))
        return err_set(err, ERR_SYSTEM, STAGE_START,
                       "GSSAPI has no mechanisms");
    gss_release_oid_set(&minor, &mechanisms);
    return 0;
}
