/*
 * ntlm_alone.h - gss-ntlmssp by itself, as far as CredSSP needs it: the floor
 * of what a handshake with NTLM can cost.
 */
#ifndef CREDSSP_TESTS_NTLM_ALONE_H
#define CREDSSP_TESTS_NTLM_ALONE_H

#include "credssp/err.h"

/* The initiator's CPU in *us; ntlm_users.h's user must exist. */
int ntlm_alone_play(double *us, struct err *err) MUST_USE;

#endif
