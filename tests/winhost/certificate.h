/* certificate.h - the self-signed certificate inside CredSSP's TLS. */
#ifndef WINHOST_CERTIFICATE_H
#define WINHOST_CERTIFICATE_H

#include <openssl/types.h>

#include "credssp/err.h"

/* CN=CREDSSP-<host>, RSA-2048, SHA-256 as Windows' own. */
int certificate_new(const char *host, X509 **certificate, EVP_PKEY **key,
                    struct err *err) MUST_USE;

/* RSA-1024 and SHA-1, as Server 2012 R2 makes it. */
int certificate_new_weak(const char *host, X509 **certificate,
                         EVP_PKEY **key, struct err *err) MUST_USE;

#endif
