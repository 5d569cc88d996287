/*
 * wire_parts.h - what wire.c and wire_test.c share about frames; nobody else
 * includes it.
 */
#ifndef CREDSSP_BROKER_WIRE_PARTS_H
#define CREDSSP_BROKER_WIRE_PARTS_H

#include "broker/wire.h"

/* A frame from here to wire_end(), which gets what wire_begin() returned. */
size_t wire_begin(struct buf *out, enum wire_type type);
void wire_end(struct buf *out, size_t start);

void wire_put_bool(struct buf *out, bool v);
bool wire_get_bool(struct reader *in);

/* The fields of an ERROR, which a failed STAGE carries as well. */
void wire_put_error_fields(struct buf *out, const struct err *error);
void wire_get_error_fields(struct reader *in, struct err *error);

/* 0 when all was read, else -1 with ERR_BROKER_PROTOCOL. */
int wire_done(const struct reader *in, enum wire_type type, struct err *err)
    MUST_USE;

#endif
