/*
 * fake_host.h - a Windows host of few words, for tests of the remote command:
 * it answers what is posted from a script and writes down what was asked.
 */
#ifndef CREDSSP_TESTS_FAKE_HOST_H
#define CREDSSP_TESTS_FAKE_HOST_H

#include <pthread.h>
#include <stdbool.h>

#include "cli/line.h"
#include "cli/remote.h"
#include "credssp/buf.h"

enum fake_answer {
    FAKE_OUTPUT,    /* what stands in the step, and Done if it has one */
    FAKE_TIMED_OUT, /* WSManFault 2150858793 */
    FAKE_FAULT,     /* WSManFault 995 */
    FAKE_LOST,      /* the broker's ERROR: the connection broke */
    FAKE_SILENT,    /* waits until something comes on the second line, and
                       then goes on to the next step */
    FAKE_INTERRUPT, /* Ctrl-C is pressed while this Receive waits */
    FAKE_KILL,      /* SIGTERM comes while this Receive waits */
    FAKE_BUSY,      /* WSManFault 170 */
};

/* What one Receive gets. */
struct fake_step {
    enum fake_answer answer;
    const char *out, *err;
    size_t out_len;        /* 0: strlen(out) */
    bool done;
    uint32_t exit_code;
};

struct fake_host {
    const struct fake_step *steps;
    size_t step;
    const char *refuse;    /* this action is answered with a fault: */
    unsigned refuse_code;  /* 0: 995 */
    unsigned refuse_times; /* 0: always */
    unsigned refuse_dial;  /* no second line can be had */
    unsigned interrupts;   /* Ctrl-Cs while Create waits for its answer */
    struct remote *remote; /* whose wait the main line runs */
    unsigned lines;        /* that were dialled */
    unsigned open;         /* and not closed yet */
    int event[2];          /* a pipe: written to by the second line */
    pthread_mutex_t lock;
    char log[512];         /* "Create Will Command Receive Signal!": ! is final,
                              2: says that it came on a second line */
    char label[64], value[128]; /* of the last will */
    bool deletes;          /* its body is a Delete */
    char first_receive[64]; /* wsman:OperationTimeout of the first Receive */
    char command[256];     /* rsp:Command, rsp:Arguments */
    struct buf input;      /* what Send brought, decoded */
    bool ended;            /* Send with End came */
    struct buf reply;
};

void fake_host_start(struct fake_host *host, const struct fake_step *steps);
void fake_host_stop(struct fake_host *host);

wsman_post_fn fake_post; /* arg: the host */
line_will_fn fake_will;  /* the same */
struct dial fake_dial(struct fake_host *host);

#endif
