/*
 * signals.h - Ctrl-C and its kin, counted and turned into something that
 * poll(2) sees.
 */
#ifndef CREDSSP_CLI_SIGNALS_H
#define CREDSSP_CLI_SIGNALS_H

#include "credssp/err.h"

/*
 * From now on SIGINT, SIGTERM, SIGHUP and SIGQUIT are counted instead of
 * killing us; one that was ignored (nohup) stays ignored.  A signal cuts a
 * blocking write(2) short.
 */
int signals_catch(struct err *err) MUST_USE;
void signals_release(void); /* the old dispositions again */

int signals_fd(void);       /* readable when one came; -1: not caught */
void signals_seen(void);    /* not readable any more */
unsigned signals_interrupts(void); /* how many SIGINT */
int signals_end(void);      /* SIGTERM, SIGHUP or SIGQUIT came: which; or 0 */

#endif
