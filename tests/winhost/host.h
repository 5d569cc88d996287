/*
 * host.h - what one stand-in host is: names, limits, and what it shares.
 *
 * Filled by main.c and never changed while the service runs.
 */
#ifndef WINHOST_HOST_H
#define WINHOST_HOST_H

#include <openssl/types.h>
#include <stdbool.h>
#include <stddef.h>

#define HOST_NAME_MAX_BYTES 256

struct journal;
struct registry;
struct troubles;

struct host {
    /* who it is */
    char name[HOST_NAME_MAX_BYTES];   /* WIN1, as "hostname" prints it */
    char fqdn[HOST_NAME_MAX_BYTES];
    char domain[HOST_NAME_MAX_BYTES]; /* CORP */
    char realm[HOST_NAME_MAX_BYTES];  /* CORP.EXAMPLE.COM */

    /* whom it lets in */
    bool offer_credssp;
    bool offer_negotiate;
    bool ntlm;              /* CredSSP by NTLM: not a member of a domain */
    bool drop_credential;   /* who logs on delegates, and in vain */
    int credssp_version;
    const char *ciphers;    /* of the inner TLS, NULL: OpenSSL's */
    const char *sam;        /* accounts for NTLM; Kerberos asks the KDC */
    X509 *certificate;      /* inner, self-signed */
    EVP_PKEY *key;

    /* winrm/config */
    size_t max_envelope;      /* MaxEnvelopeSizekb, in bytes */
    unsigned max_timeout_ms;  /* MaxTimeoutms */
    unsigned max_shells;      /* MaxShellsPerUser */
    unsigned max_commands;    /* MaxProcessesPerShell */
    unsigned idle_ms;         /* of a connection */
    unsigned shell_idle_ms;   /* of a shell, whatever it asked for; 0: that */

    const char *misbehave;      /* what each connection does wrong, or NULL */
    const char *misbehave_file; /* the same, read for each connection */
    struct troubles *troubles;  /* or NULL */
    const char *smb_conf;     /* smb.conf of the second hop, or NULL */
    const char *pwsh;         /* PowerShell 7, for its endpoint, or NULL */
    struct registry *shells;
    struct journal *journal;
};

#endif
