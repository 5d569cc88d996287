/*
 * psrp_records.h - PowerShell's records, from templates of recorded ones.
 */
#ifndef WINHOST_PSRP_RECORDS_H
#define WINHOST_PSRP_RECORDS_H

#include "psrp_pipeline.h"

/* What there is to say about an error. */
struct error_text {
    const char *message;
    const char *exception;    /* its .NET type */
    const char *id;           /* FullyQualifiedErrorId */
    const char *category;     /* "ObjectNotFound: (x:String) [Get-Item], Y" */
    const char *command;      /* InvocationName, or "" */
    const char *position;     /* PositionMessage, or "" */
};

/* As ERROR_RECORD, or the record of a failed pipeline. */
void records_error(struct pipeline *p, const struct error_text *text);
void records_failed(struct pipeline *p, const struct error_text *text);
/* PipelineState 3 or 4. */
void records_state(struct pipeline *p, int state);
/* DEBUG, VERBOSE or WARNING */
void records_message(struct pipeline *p, enum psrp_type type,
                     const char *message);
/* Write-Host's; a colour is one of System.ConsoleColor, -1: none. */
void records_host(struct pipeline *p, const char *text, int foreground,
                  int background, bool newline);
void records_information(struct pipeline *p, const char *text);
void records_progress(struct pipeline *p, const char *activity,
                      const char *status, int percent, bool completed);

#endif
