/*
 * openssl_memory.h - did OpenSSL fail for want of memory?  Then what it was
 * given may be fine: no peer may be blamed.
 */
#ifndef CREDSSP_AUTH_OPENSSL_MEMORY_H
#define CREDSSP_AUTH_OPENSSL_MEMORY_H

#include <openssl/err.h>
#include <stdbool.h>

/* Empties this thread's error queue; true if that stands anywhere in it. */
static inline bool openssl_out_of_memory(void)
{
    bool out = false;
    unsigned long code;

    while ((code = ERR_get_error()) != 0)
        if (ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE)
            out = true;
    return out;
}

#endif
