/*
 * render.h - how things read: times, durations, foreign text, JSON.
 */
#ifndef CREDSSP_CLI_RENDER_H
#define CREDSSP_CLI_RENDER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "credssp/err.h"

#define RENDER_TIME_MAX 64

/* "2026-11-22 10:00:01", in the local time zone. */
void render_time(char dst[RENDER_TIME_MAX], int64_t seconds);
/* "2026-11-22T10:00:01Z" (RFC 3339). */
void render_time_utc(char dst[RENDER_TIME_MAX], int64_t seconds);
/* "9 h 59 min", "59 s", "2 d 3 h": the two largest units. */
void render_duration(char dst[RENDER_TIME_MAX], int64_t seconds);

/* Foreign text for a terminal: control characters become '?', in place. */
void render_clean(char *s);

/* Valid UTF-8 and no control character but tab and newline. */
bool render_is_text(const char *s);

/* A string for JSON; what is no UTF-8 becomes '?', byte by byte.  NULL: no
 * memory. */
json_t *render_string(const char *s);
/* The same, and NULL for an empty one: json_pack() leaves out an "o*". */
json_t *render_string_if(const char *s);
/* An object: cause, stage, text, advice, code_domain, code; null: no error. */
json_t *render_error(const struct err *err);
/* A compact line with its newline, to be freed; takes *value over.  NULL: no
 * memory. */
char *render_line(json_t *value);
/* One line.  Takes *value over; NULL is the want of memory that made it so. */
int render_json(json_t *value, FILE *out, struct err *err) MUST_USE;

#endif
