/*
 * host_info.h - what a runspace is told about the terminal it writes to
 * (MS-PSRP 2.2.3.14, HostInfo and its default data).
 */
#ifndef CREDSSP_PSRP_HOST_INFO_H
#define CREDSSP_PSRP_HOST_INFO_H

#include <stdbool.h>

#include "psrp/clixml_writer.h"

/* present false: no host, and the host never calls. */
struct host_info {
    bool present;
    unsigned width, height;   /* of the window, in characters */
    const char *title;
};

void host_info_put(struct clixml_writer *w, const struct host_info *info);

#endif
