/*
 * render.h - how things read: times, durations, foreign text, JSON objects.
 */
#ifndef CREDSSP_CLI_RENDER_H
#define CREDSSP_CLI_RENDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

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

/* One object on one line; strings are escaped (RFC 8259 section 7). */
struct json {
    FILE *out;
    bool open; /* a member was written */
};
void json_begin(struct json *json, FILE *out);
void json_text(struct json *json, const char *name, const char *value);
void json_number(struct json *json, const char *name, int64_t value);
void json_bool(struct json *json, const char *name, bool value);
/* A member that is an array of objects; members go into the open one. */
void json_array_begin(struct json *json, const char *name);
void json_object_begin(struct json *json);
void json_object_end(struct json *json);
void json_array_end(struct json *json);
void json_end(struct json *json);

#endif
