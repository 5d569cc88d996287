/* spnego_error.c - a GSS failure as cause, sentence and code. */
#include "auth/spnego_error.h"

#include <stdio.h>

#include "auth/spnego_private.h"

/* MIT's own minor codes of SPNEGO, which no public header names
 * (gssapiP_spnego.h of krb5 1.20). */
#define SPNEGO_MINOR_NO_MECH_FROM_ACCEPTOR 0x20000003
#define SPNEGO_MINOR_NEGOTIATION_FAILED 0x20000004
#define SPNEGO_MINOR_NO_TOKEN_FROM_ACCEPTOR 0x20000005

static const struct gss_row {
    OM_uint32 major; /* 0: any */
    OM_uint32 minor; /* 0: any */
    enum err_cause cause;
} rows[] = {
    { 0, SPNEGO_MINOR_NO_MECH_FROM_ACCEPTOR, ERR_MECHANISM },
    { 0, SPNEGO_MINOR_NEGOTIATION_FAILED, ERR_MECHANISM },
    { 0, SPNEGO_MINOR_NO_TOKEN_FROM_ACCEPTOR, ERR_MECHANISM },
    { GSS_S_BAD_MECH, 0, ERR_MECHANISM },
    { GSS_S_DEFECTIVE_TOKEN, 0, ERR_MALFORMED },
};

static const struct gss_row *find_row(OM_uint32 major, OM_uint32 minor)
{
    size_t i;

    for (i = 0; i < sizeof rows / sizeof *rows; i++)
        if ((rows[i].major == 0 || rows[i].major == GSS_ROUTINE_ERROR(major))
            && (rows[i].minor == 0 || rows[i].minor == minor))
            return &rows[i];
    return NULL;
}

/* The first line that GSSAPI has to say about a status. */
static void words(char *dst, size_t size, OM_uint32 status, int type,
                  enum spnego_mechanism mechanism)
{
    gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
    OM_uint32 minor, more = 0;

    dst[0] = '\0';
    if (GSS_ERROR(gss_display_status(&minor, status, type,
                                     spnego_mechanism_oid(mechanism), &more,
                                     &text)))
        return;
    snprintf(dst, size, "%.*s", (int)text.length, (const char *)text.value);
    gss_release_buffer(&minor, &text);
}

/* A mechanism is a library of its own, which may not be there. */
static bool is_installed(enum spnego_mechanism mechanism)
{
    gss_OID_set all = GSS_C_NO_OID_SET;
    OM_uint32 minor;
    int present = 1;

    if (GSS_ERROR(gss_indicate_mechs(&minor, &all))
        || GSS_ERROR(gss_test_oid_set_member(
               &minor, spnego_mechanism_oid(mechanism), all, &present)))
        present = 1; /* not known to be missing */
    gss_release_oid_set(&minor, &all);
    return present != 0;
}

static int not_installed(struct err *err, enum spnego_mechanism mechanism)
{
    if (mechanism == SPNEGO_KERBEROS) {
        err_set(err, ERR_KERBEROS, STAGE_SPNEGO,
                "this machine's GSSAPI has no Kerberos");
        return err_advise(err, "install libgssapi-krb5-2, or mend "
                          "/etc/gss/mech.d");
    }
    err_set(err, ERR_NTLM, STAGE_SPNEGO,
            "NTLM is not installed on this machine");
    return err_advise(err, "install gss-ntlmssp; it is in /etc/gss/mech.d "
                      "then");
}

int spnego_error(struct err *err, enum spnego_mechanism mechanism,
                 OM_uint32 major, OM_uint32 minor, const char *what)
{
    const struct gss_row *row = find_row(major, minor);
    char general[160], special[160];
    int32_t code = 0;

    words(general, sizeof general, major, GSS_C_GSS_CODE, mechanism);
    words(special, sizeof special, minor, GSS_C_MECH_CODE, mechanism);
    if (mechanism == SPNEGO_KERBEROS && minor != 0)
        code = kerberos_code_of(special);
    if (code != 0)
        return kerberos_error(err, code, what);
    if (!is_installed(mechanism)) {
        not_installed(err, mechanism);
        return err_code(err, CODE_GSS, minor);
    }
    err_set(err, row != NULL ? row->cause
            : mechanism == SPNEGO_KERBEROS ? ERR_KERBEROS : ERR_NTLM,
            STAGE_SPNEGO, "%s: %s (%s)", what,
            minor != 0 && special[0] != '\0' ? special : general,
            spnego_mechanism_name(mechanism));
    return err_code(err, CODE_GSS, minor);
}
