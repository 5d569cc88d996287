/* psrp_expectations.h - what must come out of recorded pools and pipelines;
 * test_psrp_recordings.c's. */
#ifndef CREDSSP_TESTS_PSRP_EXPECTATIONS_H
#define CREDSSP_TESTS_PSRP_EXPECTATIONS_H

#include <stddef.h>

#include "comparison.h"

/* A line for each event, in the order of the recording. */
struct psrp_expectation {
    const char *name;
    const char *log;
};

extern const struct psrp_expectation psrp_expectations[];
extern const size_t psrp_expectation_count;

/* Where we differ from the recorded client, and mean it: not in envelopes. */
extern struct difference psrp_payload_differences[];
extern const size_t psrp_payload_difference_count;

#endif
