/*
 * journal.h - an event as the journal's structured fields: its native
 * protocol, which systemd promises to keep (JOURNAL_NATIVE_PROTOCOL).
 */
#ifndef CREDSSP_BROKER_JOURNAL_H
#define CREDSSP_BROKER_JOURNAL_H

#include "credssp/audit.h"
#include "credssp/buf.h"

#define JOURNAL_SOCKET "/run/systemd/journal/socket"
#define JOURNAL_MESSAGE_MAX 8192

/* MESSAGE=line, PRIORITY, MESSAGE_ID and a CREDSSP_... for each field. */
void journal_message(struct buf *out, const struct audit_record *record,
                     const char *line);

#endif
