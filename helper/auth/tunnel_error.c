/* tunnel_error.c - what went wrong in TLS, in words for a person. */
#include "auth/tunnel_private.h"

#include <openssl/err.h>

#define BETWEEN_ADVICE                                                        \
    "something may stand between this machine and the host"
#define CLIENT_ADVICE                                                         \
    "CredSSP shows the host no certificate: something else may listen on "    \
    "this port, or stand in between"

/* What the alerts that Windows is known to send mean here. */
static const struct alert_row {
    int alert;
    enum err_cause cause;
    const char *text;
    const char *advice; /* NULL: the cause's */
} alerts[] = {
    { SSL_AD_CLOSE_NOTIFY, ERR_TLS, "the host ended the TLS tunnel",
      NULL },
    { SSL_AD_HANDSHAKE_FAILURE, ERR_TLS,
      "the host and this machine have no TLS cipher suite or signature "
      "algorithm in common",
      "update the host; for Windows Server 2012 R2 set 'LegacyTLS yes' for "
      "it in the policy file" },
    { SSL_AD_PROTOCOL_VERSION, ERR_TLS,
      "the host does not speak TLS 1.2",
      "enable TLS 1.2 on the host (Schannel registry keys)" },
    { SSL_AD_INSUFFICIENT_SECURITY, ERR_TLS,
      "the host finds this machine's TLS cipher suites too weak", NULL },
    { SSL_AD_INTERNAL_ERROR, ERR_TLS,
      "the host's TLS gave up with an internal error", NULL },
    { SSL_AD_BAD_RECORD_MAC, ERR_TLS,
      "the host could not decrypt what it received",
      BETWEEN_ADVICE },
    { SSL_AD_DECRYPT_ERROR, ERR_TLS,
      "the host could not verify the TLS handshake",
      BETWEEN_ADVICE },
    { SSL_AD_UNEXPECTED_MESSAGE, ERR_TLS,
      "the host did not expect this step of the TLS handshake",
      BETWEEN_ADVICE },
    { SSL_AD_RECORD_OVERFLOW, ERR_TLS,
      "the host found a TLS record too long", BETWEEN_ADVICE },
    { SSL_AD_DECODE_ERROR, ERR_TLS,
      "the host could not read a TLS message", BETWEEN_ADVICE },
    { SSL_AD_ILLEGAL_PARAMETER, ERR_TLS,
      "the host finds a parameter of the TLS handshake illegal",
      BETWEEN_ADVICE },
    { SSL_AD_INAPPROPRIATE_FALLBACK, ERR_TLS,
      "the host suspects that TLS was downgraded", BETWEEN_ADVICE },
    { SSL_AD_NO_RENEGOTIATION, ERR_TLS,
      "the host wants no renegotiation of TLS", NULL },
    { SSL_AD_USER_CANCELLED, ERR_TLS,
      "the host gave the TLS handshake up", NULL },
    { SSL_AD_UNSUPPORTED_EXTENSION, ERR_TLS,
      "the host got a TLS extension that it had not offered",
      BETWEEN_ADVICE },
    { SSL_AD_UNRECOGNIZED_NAME, ERR_TLS,
      "the host's TLS does not know the name that it was called by",
      "use the host's full name" },
    /* Of a client certificate, which CredSSP has not: RFC 5246 7.4.6. */
    { SSL_AD_BAD_CERTIFICATE, ERR_CERTIFICATE,
      "the host does not accept a certificate of ours", CLIENT_ADVICE },
    { SSL_AD_UNSUPPORTED_CERTIFICATE, ERR_CERTIFICATE,
      "the host does not accept this kind of certificate", CLIENT_ADVICE },
    { SSL_AD_CERTIFICATE_UNKNOWN, ERR_CERTIFICATE,
      "the host finds a certificate unacceptable", CLIENT_ADVICE },
    { SSL_AD_UNKNOWN_CA, ERR_CERTIFICATE,
      "the host does not know who signed a certificate", CLIENT_ADVICE },
    { SSL_AD_ACCESS_DENIED, ERR_TLS,
      "the host's TLS denies access", CLIENT_ADVICE },
};

static const struct alert_row *find_alert(int alert)
{
    size_t i;

    for (i = 0; i < sizeof alerts / sizeof *alerts; i++)
        if (alerts[i].alert == alert)
            return &alerts[i];
    return NULL;
}

bool tunnel_alert_at(size_t i, int64_t *alert)
{
    if (i >= sizeof alerts / sizeof *alerts)
        return false;
    *alert = alerts[i].alert;
    return true;
}

int tunnel_alert(struct err *err, enum err_stage stage, int alert)
{
    const struct alert_row *row = find_alert(alert);

    if (row != NULL)
        err_set(err, row->cause, stage, "%s", row->text);
    else {
        err_set(err, ERR_TLS, stage, "the host ended TLS with the alert '%s'",
                SSL_alert_desc_string_long(alert));
        err_advise(err, "RFC 5246 section 7.2 and IANA's list of TLS alerts "
                   "explain the number; look at the host's System event log, "
                   "source Schannel");
    }
    if (row != NULL && row->advice != NULL)
        err_advise(err, "%s", row->advice);
    return err_code(err, CODE_TLS_ALERT, alert);
}

int tunnel_error(struct err *err, enum err_stage stage, const char *what)
{
    unsigned long first = ERR_peek_error();
    int reason = ERR_GET_REASON(first);
    const char *words = ERR_reason_error_string(first);

    ERR_clear_error();
    if (ERR_GET_LIB(first) == ERR_LIB_SSL && reason >= SSL_AD_REASON_OFFSET
        && reason <= SSL_AD_REASON_OFFSET + UINT8_MAX)
        return tunnel_alert(err, stage, reason - SSL_AD_REASON_OFFSET);
    if (reason == ERR_R_MALLOC_FAILURE)
        return err_set(err, ERR_MEMORY, stage, NULL);
    return err_set(err, ERR_TLS, stage, "%s: %s", what,
                   words != NULL ? words : "no reason given");
}
