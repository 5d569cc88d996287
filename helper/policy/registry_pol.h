/*
 * registry_pol.h - a group policy's Registry.pol, record by record: MS-GPREG
 * 2.2.1.  It comes from the domain's SYSVOL, whoever wrote it.
 */
#ifndef CREDSSP_POLICY_REGISTRY_POL_H
#define CREDSSP_POLICY_REGISTRY_POL_H

#include <stddef.h>
#include <stdint.h>

#include "credssp/err.h"

#define REGISTRY_POL_BYTES_MAX 16777216
#define REGISTRY_POL_NAME_MAX 1024 /* bytes of a key or value name in UTF-8 */
#define REGISTRY_POL_DATA_MAX 65535 /* "0 to 65535 bytes" */

/* winnt.h: the types that this program looks at. */
#define REGISTRY_SZ 1u
#define REGISTRY_DWORD 4u

struct registry_record {
    char key[REGISTRY_POL_NAME_MAX];   /* UTF-8, without a hive: HKLM */
    char value[REGISTRY_POL_NAME_MAX]; /* "" for the key itself */
    uint32_t type;
    const unsigned char *data;         /* borrowed */
    size_t len;
};

typedef int registry_record_fn(void *arg, const struct registry_record *record,
                               struct err *err);

/* ERR_MALFORMED says where; fn has had the records before that by then. */
int registry_pol_parse(const unsigned char *bytes, size_t len,
                       registry_record_fn *fn, void *arg, struct err *err)
    MUST_USE;

/* The data of a REG_SZ, up to its NUL; -1 when it is none or too long. */
int registry_text(const struct registry_record *record, char *dst,
                  size_t size) MUST_USE;
int registry_dword(const struct registry_record *record, uint32_t *n)
    MUST_USE;

#endif
