/*
 * ntlm_users.h - a user file for gss-ntlmssp's acceptor, in a directory of
 * its own.  gss_ntlmssp(8): one "DOMAIN:user:password" in a line.
 */
#ifndef CREDSSP_TESTS_NTLM_USERS_H
#define CREDSSP_TESTS_NTLM_USERS_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define NTLM_DOMAIN "CORP"
#define NTLM_USER "alice"
#define NTLM_PASSWORD "Sommer\xc3\xbc" "ber42!"

static char ntlm_users_path[64];

static inline int ntlm_users_make(void)
{
    static const char line[] =
        NTLM_DOMAIN ":" NTLM_USER ":" NTLM_PASSWORD "\n";
    int fd;

    snprintf(ntlm_users_path, sizeof ntlm_users_path,
             "/tmp/credssp-users.XXXXXX");
    fd = mkstemp(ntlm_users_path);
    if (fd < 0)
        return -1;
    if (write(fd, line, sizeof line - 1) != (ssize_t)(sizeof line - 1))
        return -1;
    close(fd);
    return setenv("NTLM_USER_FILE", ntlm_users_path, 1);
}

static inline int ntlm_users_remove(void)
{
    return unlink(ntlm_users_path);
}

#endif
