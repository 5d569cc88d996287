/*
 * spnego_private.h - the inside of a SPNEGO context, shared by its initiator
 * (spnego_initiate.c) and the tests' acceptor (spnego_accept.c).
 */
#ifndef CREDSSP_AUTH_SPNEGO_PRIVATE_H
#define CREDSSP_AUTH_SPNEGO_PRIVATE_H

#include <gssapi/gssapi.h>

#include "auth/spnego.h"

#define SPNEGO_NAME_MAX 1024

struct spnego {
    enum spnego_mechanism mechanism;
    gss_OID oid;                    /* SPNEGO's, or NTLM's when raw */
    /* gss_init_sec_context() or gss_accept_sec_context(). */
    OM_uint32 (*advance)(struct spnego *spnego, OM_uint32 *minor,
                         gss_buffer_t in, gss_buffer_t out);
    gss_ctx_id_t context;
    gss_cred_id_t cred;
    gss_name_t target;              /* initiator */
    struct buf first;               /* initiator's first token, till used */
    gss_name_t user;                /* NTLM's initiator, and its password: */
    struct secret *password;        /* till the host has answered once */
    OM_uint32 flags;                /* of the context, as far as known */
    bool can_wrap;
    bool complete;
    bool failed;
    char spn[SPNEGO_NAME_MAX];      /* initiator, for errors */
    char peer[SPNEGO_NAME_MAX];     /* acceptor */
};

gss_OID spnego_oid(void);           /* RFC 4178: 1.3.6.1.5.5.2 */
gss_OID spnego_mechanism_oid(enum spnego_mechanism mechanism);

/* A context that still lacks credential and target. */
int spnego_new(enum spnego_mechanism mechanism, struct spnego **spnego,
               struct err *err) MUST_USE;

/* No other credential will be acquired: wipes the password. */
void spnego_forget_password(struct spnego *spnego);

/* A raw NTLM message instead of SPNEGO's (MS-NLMP 2.2.1)? */
bool spnego_is_raw_ntlm(const void *token, size_t len);

/* The peer answered SPNEGO's NTLM raw: goes on so, if that can be. */
int spnego_go_raw(struct spnego *spnego, struct err *err) MUST_USE;

/* Only this mechanism is offered or accepted, whatever else is installed. */
int spnego_only(struct spnego *spnego, struct err *err) MUST_USE;

#endif
