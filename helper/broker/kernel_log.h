/*
 * kernel_log.h - events in the kernel's audit log, auditd(8)'s: only for a
 * broker that its administrator gave CAP_AUDIT_WRITE (credssp-broker(8)).
 */
#ifndef CREDSSP_BROKER_KERNEL_LOG_H
#define CREDSSP_BROKER_KERNEL_LOG_H

#include "credssp/audit.h"

/* Looks whether we may; before the sandbox, whose children inherit it. */
void kernel_log_open(void);

/* Does nothing without the capability, or when built without libaudit. */
void kernel_log_write(const struct audit_record *record);
void kernel_log_close(void);

#endif
