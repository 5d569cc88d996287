/* tunnel_error.c - what went wrong in TLS, in words for a person. */
#include "auth/tunnel_private.h"

#include <openssl/err.h>

/* What the alerts that Windows is known to send mean here. */
static const struct alert_row {
    int alert;
    const char *text;
    const char *advice;
} alerts[] = {
    { SSL_AD_CLOSE_NOTIFY, "the host ended the TLS tunnel", NULL },
    { SSL_AD_HANDSHAKE_FAILURE,
      "the host and this machine have no TLS cipher suite or signature "
      "algorithm in common",
      "update the host; for Windows Server 2012 R2 set 'LegacyTLS yes' for "
      "it in the policy file" },
    { SSL_AD_PROTOCOL_VERSION, "the host does not speak TLS 1.2",
      "enable TLS 1.2 on the host (Schannel registry keys)" },
    { SSL_AD_INSUFFICIENT_SECURITY,
      "the host finds this machine's TLS cipher suites too weak", NULL },
    { SSL_AD_INTERNAL_ERROR,
      "the host's TLS gave up with an internal error", NULL },
    { SSL_AD_BAD_RECORD_MAC,
      "the host could not decrypt what it received",
      "something may stand between this machine and the host" },
    { SSL_AD_DECRYPT_ERROR,
      "the host could not verify the TLS handshake",
      "something may stand between this machine and the host" },
};

static const struct alert_row *find_alert(int alert)
{
    size_t i;

    for (i = 0; i < sizeof alerts / sizeof *alerts; i++)
        if (alerts[i].alert == alert)
            return &alerts[i];
    return NULL;
}

int tunnel_alert(struct err *err, enum err_stage stage, int alert)
{
    const struct alert_row *row = find_alert(alert);

    if (row != NULL)
        err_set(err, ERR_TLS, stage, "%s", row->text);
    else
        err_set(err, ERR_TLS, stage, "the host sent the TLS alert '%s'",
                SSL_alert_desc_string_long(alert));
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
