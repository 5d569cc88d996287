/*
 * stay_behind.h - the command leaves at once, and a process of it stays for
 * the one answer without which it cannot clean up.
 */
#ifndef CREDSSP_CLI_STAY_BEHIND_H
#define CREDSSP_CLI_STAY_BEHIND_H

#include <stdbool.h>

/*
 * Forks; only while there is one thread.  True in the process that stays: it
 * has no terminal and no descriptor but ours, and nobody sees what it writes.
 * False in the one that leaves, and when there is no other.
 */
bool stay_behind(void);

#endif
