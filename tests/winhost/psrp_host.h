/*
 * psrp_host.h - $Host of the stand-in's PowerShell, and the commands that ask
 * the user: calls of the client's host (MS-PSRP 2.2.3.17).
 */
#ifndef WINHOST_PSRP_HOST_H
#define WINHOST_PSRP_HOST_H

#include "psrp_script.h"

/* "$Host.UI..." as an expression; false: it is another one. */
bool host_expression(struct script *s, const char *text, emit_fn *emit,
                     void *arg);
/* "Host.UI.RawUI.WindowTitle" = value; false: it is another variable. */
bool host_assign(struct script *s, const char *name,
                 const struct item *value);

/* "UI.RawUI.WindowTitle..." as it is known; how much of path that is, or 0. */
size_t host_property(const struct console *console, const char *path,
                     struct item *item);

/* Read-Host, Get-Credential; prompt NULL: none was given. */
void host_read(struct script *s, const char *prompt, bool secret,
               emit_fn *emit, void *arg);
void host_credential(struct script *s, const char *message, const char *user,
                     emit_fn *emit, void *arg);

#endif
