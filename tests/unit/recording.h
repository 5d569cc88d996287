/*
 * recording.h - a recording of WS-Management messages between a client and a
 * real Windows host: YAML, a list "messages:" of "request:" and "response:",
 * and "transport_error:" with the HTTP status as "code:".
 */
#ifndef CREDSSP_TESTS_RECORDING_H
#define CREDSSP_TESTS_RECORDING_H

#include <stddef.h>

#define RECORDING_MESSAGES_MAX 64

struct recorded {
    char *request;
    char *response;
    int status;
};

struct recording {
    struct recorded messages[RECORDING_MESSAGES_MAX];
    size_t count;
};

/* The folder with recordings, or NULL: $CREDSSP_RECORDINGS, or the one beside
 * the source tree. */
const char *recording_folder(void);

/* Fails the test if the file is not as described above. */
void recording_read(const char *folder, const char *name,
                    struct recording *recording);
void recording_free(struct recording *recording);

#endif
