/*
 * kerberos_status.h - Windows' own reason behind a KDC's error.
 *
 * KDC_ERR_CLIENT_REVOKED says that an account is locked, disabled, expired or
 * outside its hours.  Active Directory, and Samba, say in the KRB-ERROR's
 * e-data which (MS-KILE 2.2.1, 2.2.2).
 */
#ifndef CREDSSP_AUTH_KERBEROS_STATUS_H
#define CREDSSP_AUTH_KERBEROS_STATUS_H

#include <stddef.h>
#include <stdint.h>

#define KERBEROS_EDATA_MAX 65536

/* The NTSTATUS; 0: e_data is anything else (RFC 4120 section 5.9.1). */
uint32_t kerberos_status(const void *e_data, size_t len);

#endif
