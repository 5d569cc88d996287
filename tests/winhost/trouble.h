/*
 * trouble.h - what becomes of requests on a host that is busy, out of quota,
 * or about to break down: a fault in place of the operation, or an answer
 * that is lost behind it.
 *
 * A file has one line, "ACTION TROUBLE [COUNT]", and is read for each request:
 * so a test changes it while connections and shells stay.  COUNT begins anew
 * when it is written.
 */
#ifndef WINHOST_TROUBLE_H
#define WINHOST_TROUBLE_H

#include <stdio.h>

#include "credssp/err.h"
#include "fault.h"

struct troubles;

enum trouble_loss {
    LOSS_NONE,
    LOSS_DROP, /* the connection ends instead */
    LOSS_HANG, /* nothing comes */
    LOSS_NOT_YET, /* it comes some seconds late */
};

/* path NULL: a host without troubles. */
int troubles_new(const char *path, struct troubles **troubles,
                 struct err *err) MUST_USE;
void troubles_free(struct troubles **troubles);

/* The fault that this action gets and that keeps it from running, or
 * FAULT_NONE; "Create", as action_name() has it.  troubles may be NULL. */
enum fault_id trouble_fault(struct troubles *troubles, const char *action);

/* What becomes of the answer to this action, which did run. */
enum trouble_loss trouble_loss(struct troubles *troubles, const char *action);

void trouble_help(FILE *out);

#endif
