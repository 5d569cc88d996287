/*
 * wire.h - the frames between the credssp command and the broker.
 * The text of the protocol is PROTOCOL in this directory.
 *
 * A frame is a u32 length (of all that follows), a u8 type and the fields of
 * its type, big endian.  A string is a u32 length and UTF-8 without NUL.
 * One file for both ends: what is encoded here is decoded here.
 */
#ifndef CREDSSP_BROKER_WIRE_H
#define CREDSSP_BROKER_WIRE_H

#include <stdbool.h>
#include <stdint.h>

#include "credssp/audit.h"
#include "credssp/buf.h"
#include "credssp/cred.h"
#include "credssp/err.h"
#include "credssp/secret.h"

#define WIRE_VERSION 1
#define WIRE_FRAME_MAX 4194560  /* REPLY: a body of 4 MiB and its head */
#define WIRE_BODY_MAX 1048576   /* POST */
#define WIRE_TEXT_MAX 512
#define WIRE_TICKET_BYTES 32
#define WIRE_LABEL_MAX 2048     /* WILL */
#define WIRE_VALUE_MAX 512
#define WIRE_WILL_MAX 4096
#define WIRE_POOLED_MAX 64      /* connections in one answer */

/* X(number, NAME) */
#define WIRE_TYPES(X)                                                         \
    X(1, HELLO)                                                               \
    X(2, TICKET)                                                              \
    X(3, OPEN)                                                                \
    X(4, OPENED)                                                              \
    X(5, POST)                                                                \
    X(6, REPLY)                                                               \
    X(7, LOGIN)                                                               \
    X(8, STORED)                                                              \
    X(9, LIST)                                                                \
    X(10, LISTED)                                                             \
    X(11, CHECK)                                                              \
    X(12, CHECKED)                                                            \
    X(13, ERROR)                                                              \
    X(14, TEST)                                                               \
    X(15, STAGE)                                                              \
    X(16, TESTED)                                                             \
    X(17, LOGOUT)                                                             \
    X(18, LOGGED_OUT)                                                         \
    X(19, LOG)                                                                \
    X(20, EVENT)                                                              \
    X(21, LOGGED)                                                             \
    X(22, WILL)                                                               \
    X(23, POOL)                                                               \
    X(24, POOLED)                                                             \
    X(25, SHOW)                                                               \
    X(26, LINE)                                                               \
    X(27, SHOWN)

enum wire_type {
#define X(number, name) WIRE_##name = number,
    WIRE_TYPES(X)
#undef X
};

/* HELLO is the only frame the listener reads: always this many bytes. */
#define WIRE_HELLO_BYTES 13
struct wire_hello {
    uint32_t version;
    int32_t sealed;              /* 0: no credential (LOGIN, CHECK) */
};

struct wire_open {
    char host[WIRE_TEXT_MAX];    /* as the user typed it */
    uint16_t port;               /* 0: what the policy says */
    uint32_t flags;              /* WIRE_OPEN_... */
};
#define WIRE_OPEN_FRESH 1u       /* no kept connection, please */
#define WIRE_OPEN_WITH_BODY 2u   /* a POST follows at once that may be sent
                                    twice: PROTOCOL 5 */

struct wire_opened {
    char host[WIRE_TEXT_MAX];    /* canonical */
    uint16_t port;
    bool https;
    bool reused;
    char mechanism[32];          /* "Kerberos" or "NTLM" */
    char spn[WIRE_TEXT_MAX];
    uint8_t credssp_version;
    char tls[128];
    uint32_t requests;           /* HTTP requests that this took */
    char value[WIRE_VALUE_MAX];  /* of the WILL that is inherited; or "" */
};

#define WIRE_POST_FINAL 1u       /* nobody waits for the reply */
struct wire_post {
    uint32_t flags;
    uint32_t timeout_ms;         /* how long the answer may take */
    const unsigned char *body;   /* borrowed */
    size_t len;
};

struct wire_reply {
    uint16_t status;
    char content_type[128];
    const unsigned char *body;   /* borrowed */
    size_t len;
};

#define WIRE_LOGIN_CHECK 1u      /* store it only if the domain takes it */
struct wire_login {
    uint32_t flags;              /* WIRE_LOGIN_... */
    int32_t drop_keyring;
    uint32_t lifetime_s;         /* 0: the policy's */
    char login[CRED_NAME_MAX];
    struct secret *password;     /* owned by the struct after a decode */
};

struct wire_stored {
    int32_t sealed;
    uint32_t lifetime_s;
};

/* LOGOUT: every credential of the user, in all of his sessions. */
struct wire_logged_out {
    uint32_t ended;              /* how many */
};

struct wire_listed {
    char principal[WIRE_TEXT_MAX]; /* "alice@CORP.EXAMPLE.COM" */
    char delegated[WIRE_TEXT_MAX]; /* "CORP\alice" as hosts will see it */
    char service[CRED_SERVICE_MAX];
    int64_t created;
    int64_t expires;
    bool is_protected;           /* the user cannot read the key */
    enum err_cause refused;      /* why the password was; ERR_NONE */
};

/* LOG is answered by EVENTs, the oldest first, and LOGGED.  Texts are cut to
 * their room. */
struct wire_event {
    int64_t time;
    enum audit_event event;
    char host[256];
    char spn[WIRE_TEXT_MAX / 2];
    char mechanism[16];
    uint8_t credssp_version;     /* 0: none was agreed on */
    char tls[128];
    char rule[WIRE_TEXT_MAX];    /* FILE:LINE, or "" */
    enum err_cause cause;        /* ERR_NONE: it went well */
    char error[WIRE_TEXT_MAX / 2];
    uint32_t duration_ms;
};

struct wire_logged {
    uint32_t forgotten;          /* older events that are kept no more */
};

/* Of whom CHECK and SHOW ask. */
struct wire_whose {
    uint32_t uid;                /* WIRE_SELF, or root asks for another */
    char service[CRED_SERVICE_MAX]; /* that the password was typed to; "":
                                    the session's. Root's to give. */
};
#define WIRE_SELF UINT32_MAX

struct wire_check {
    char host[WIRE_TEXT_MAX];
    struct wire_whose whose;
};

struct wire_checked {
    char host[WIRE_TEXT_MAX];    /* canonical */
    bool kerberos;
    bool ntlm;
    char kerberos_rule[WIRE_TEXT_MAX]; /* "file:line: text", or "" */
    char ntlm_rule[WIRE_TEXT_MAX];
    char advice[WIRE_TEXT_MAX];  /* the line that would allow it */
};

struct wire_show {
    struct wire_whose whose;
};

/* X(NAME, "name"): the lines of a policy, in the order of their telling. */
#define WIRE_LINES(X)                                                         \
    X(ALLOW, "AllowFreshCredentials")                                         \
    X(ALLOW_NTLM, "AllowFreshCredentialsWhenNTLMOnly")                        \
    X(DENY, "DenyFreshCredentials")                                           \
    X(HOST, "Host")                                                           \
    X(SETTING, "setting") /* of the HOST before it */

enum wire_line_kind {
#define X(name, word) WIRE_LINE_##name,
    WIRE_LINES(X)
#undef X
    WIRE_LINE_COUNT
};

struct wire_line {
    enum wire_line_kind kind;
    char text[WIRE_TEXT_MAX];    /* a pattern; names; "Port 5986" */
    char file[WIRE_TEXT_MAX];
    uint32_t line;
};

struct wire_shown {
    char user[WIRE_TEXT_MAX];
    char service[CRED_SERVICE_MAX];
    char file[WIRE_TEXT_MAX];
    int64_t loaded;              /* seconds since 1970 */
    bool is_newest;              /* no newer file is broken */
    char domain[WIRE_TEXT_MAX];
    char realm[WIRE_TEXT_MAX];
    uint32_t lifetime_s;
};

/* The stages of a TEST, in their order: X(NAME, "word for a person"). */
#define WIRE_STAGES(X)                                                        \
    X(NAME, "name")                                                           \
    X(POLICY, "policy")                                                       \
    X(DNS, "DNS")                                                             \
    X(TCP, "TCP")                                                             \
    X(HTTPS, "HTTPS")                                                         \
    X(HTTP, "HTTP")                                                           \
    X(IDENTIFY, "Identify")                                                   \
    X(OFFERED, "offered")                                                     \
    X(CREDENTIAL, "credential")                                               \
    X(KERBEROS, "Kerberos")                                                   \
    X(NTLM, "NTLM")                                                           \
    X(TLS, "TLS")                                                             \
    X(SPNEGO, "SPNEGO")                                                       \
    X(BINDING, "binding")                                                     \
    X(DELEGATION, "delegation")                                               \
    X(COMMAND, "command")     /* the client's own */

enum wire_stage_id {
#define X(name, word) WIRE_STAGE_##name,
    WIRE_STAGES(X)
#undef X
    WIRE_STAGE_COUNT
};

/* X(NAME, "word"): how a stage ended. */
#define WIRE_OUTCOMES(X)                                                      \
    X(OK, "ok")                                                               \
    X(FAILED, "failed")                                                       \
    X(SKIPPED, "skipped")

enum wire_outcome {
#define X(name, word) WIRE_##name,
    WIRE_OUTCOMES(X)
#undef X
    WIRE_OUTCOME_COUNT
};

#define WIRE_TEST_IDENTIFY 1u    /* end with the stage Identify */
struct wire_test {
    char host[WIRE_TEXT_MAX];    /* as the user typed it */
    uint32_t flags;              /* WIRE_TEST_... */
};

#define WIRE_IDENTIFY_MAX 4096
struct wire_stage {
    enum wire_stage_id id;
    enum wire_outcome outcome;
    uint64_t duration_us;
    char detail[WIRE_TEXT_MAX];  /* what was found or negotiated; or "" */
    struct err err;              /* why, of a failed one */
    const unsigned char *identity; /* borrowed: what the host answered to
                                      Identify, unread */
    size_t identity_len;
};

/* opened: POST may follow, as after OPENED. */
struct wire_tested {
    bool opened;
    char host[WIRE_TEXT_MAX];    /* canonical, when opened */
    uint16_t port;
    bool https;
};

/* What a client leaves when it goes: PROTOCOL 9. */
struct wire_will {
    char label[WIRE_LABEL_MAX];  /* what an heir asks for; "": nobody is */
    char value[WIRE_VALUE_MAX];  /* what it is told */
    const unsigned char *body;   /* borrowed; posted when there is no heir */
    size_t len;                  /* 0: nothing is posted */
};

/* The connections that wait for the session's next OPEN. */
struct wire_pooled {
    uint32_t count;
    struct wire_pooled_one {
        char host[256];          /* canonical */
        uint16_t port;
        bool https;
        char mechanism[32];
        uint32_t age_s;          /* since it was authenticated */
        uint32_t idle_s;         /* since its last request */
        uint32_t left_s;         /* until it is closed */
        bool has_will;           /* something is kept with it */
    } list[WIRE_POOLED_MAX];
};

/* Encoders append one whole frame; ask buf_ok() once at the end. */
void wire_put_hello(struct buf *out, const struct wire_hello *hello);
void wire_put_ticket(struct buf *out, const struct secret *ticket);
void wire_put_open(struct buf *out, const struct wire_open *request);
void wire_put_opened(struct buf *out, const struct wire_opened *opened);
void wire_put_post(struct buf *out, const struct wire_post *post);
void wire_put_reply(struct buf *out, const struct wire_reply *reply);
/* All but the body, which is long and goes behind them: wire_send_with(). */
void wire_put_post_head(struct buf *out, const struct wire_post *post);
void wire_put_reply_head(struct buf *out, const struct wire_reply *reply);
void wire_put_login(struct buf *out, const struct wire_login *login);
void wire_put_logout(struct buf *out);
void wire_put_logged_out(struct buf *out,
                         const struct wire_logged_out *logged_out);
void wire_put_stored(struct buf *out, const struct wire_stored *stored);
void wire_put_list(struct buf *out);
void wire_put_listed(struct buf *out, const struct wire_listed *listed);
void wire_put_check(struct buf *out, const struct wire_check *check);
void wire_put_checked(struct buf *out, const struct wire_checked *checked);
void wire_put_error(struct buf *out, const struct err *error);
/* In wire_log.c. */
void wire_put_log(struct buf *out);
void wire_put_event(struct buf *out, const struct wire_event *event);
void wire_put_logged(struct buf *out, const struct wire_logged *logged);
/* In wire_test.c. */
void wire_put_test(struct buf *out, const struct wire_test *test);
void wire_put_stage(struct buf *out, const struct wire_stage *stage);
void wire_put_tested(struct buf *out, const struct wire_tested *tested);
/* In wire_will.c. */
void wire_put_will(struct buf *out, const struct wire_will *will);
void wire_put_pool(struct buf *out);
void wire_put_pooled(struct buf *out, const struct wire_pooled *pooled);
/* In wire_policy.c. */
void wire_put_show(struct buf *out, const struct wire_show *show);
void wire_put_line(struct buf *out, const struct wire_line *line);
void wire_put_shown(struct buf *out, const struct wire_shown *shown);

/*
 * Decoders take the fields behind the type and consume all or refuse with
 * ERR_BROKER_PROTOCOL.
 */
int wire_get_hello(struct reader *in, struct wire_hello *hello,
                   struct err *err) MUST_USE;
int wire_get_ticket(struct reader *in, struct secret **ticket,
                    struct err *err) MUST_USE;
int wire_get_open(struct reader *in, struct wire_open *request,
                  struct err *err) MUST_USE;
int wire_get_opened(struct reader *in, struct wire_opened *opened,
                    struct err *err) MUST_USE;
int wire_get_post(struct reader *in, struct wire_post *post,
                  struct err *err) MUST_USE;
int wire_get_reply(struct reader *in, struct wire_reply *reply,
                   struct err *err) MUST_USE;
int wire_get_login(struct reader *in, struct wire_login *login,
                   struct err *err) MUST_USE;
int wire_get_logout(struct reader *in, struct err *err) MUST_USE;
int wire_get_logged_out(struct reader *in,
                        struct wire_logged_out *logged_out, struct err *err)
    MUST_USE;
int wire_get_stored(struct reader *in, struct wire_stored *stored,
                    struct err *err) MUST_USE;
int wire_get_list(struct reader *in, struct err *err) MUST_USE;
int wire_get_listed(struct reader *in, struct wire_listed *listed,
                    struct err *err) MUST_USE;
int wire_get_check(struct reader *in, struct wire_check *check,
                   struct err *err) MUST_USE;
int wire_get_checked(struct reader *in, struct wire_checked *checked,
                     struct err *err) MUST_USE;
/* The peer's error becomes ours: always -1 with *err filled. */
int wire_get_error(struct reader *in, struct err *err);

int wire_get_log(struct reader *in, struct err *err) MUST_USE;
int wire_get_event(struct reader *in, struct wire_event *event,
                   struct err *err) MUST_USE;
int wire_get_logged(struct reader *in, struct wire_logged *logged,
                    struct err *err) MUST_USE;

int wire_get_test(struct reader *in, struct wire_test *test,
                  struct err *err) MUST_USE;
int wire_get_stage(struct reader *in, struct wire_stage *stage,
                   struct err *err) MUST_USE;
int wire_get_tested(struct reader *in, struct wire_tested *tested,
                    struct err *err) MUST_USE;
int wire_get_show(struct reader *in, struct wire_show *show,
                  struct err *err) MUST_USE;
int wire_get_line(struct reader *in, struct wire_line *line,
                  struct err *err) MUST_USE;
int wire_get_shown(struct reader *in, struct wire_shown *shown,
                   struct err *err) MUST_USE;

int wire_get_will(struct reader *in, struct wire_will *will,
                  struct err *err) MUST_USE;
int wire_get_pool(struct reader *in, struct err *err) MUST_USE;
int wire_get_pooled(struct reader *in, struct wire_pooled *pooled,
                    struct err *err) MUST_USE;

const char *wire_type_name(unsigned type);
/* "AllowFreshCredentials" */
const char *wire_line_name(enum wire_line_kind kind);
const char *wire_stage_name(enum wire_stage_id id);
const char *wire_outcome_name(enum wire_outcome outcome);

/*
 * Blocking frame I/O on a unix stream socket, for both ends; in wire_io.c.
 * deadline_ms: how long the whole frame may take; -1: for ever.  An end of
 * stream is ERR_BROKER_DOWN, with CODE_NONE when the peer closed in order.
 * max bounds the frame's length and "in" must have room for 5 bytes more.
 * The frame stays in "in", which is wiped by the next receive or by its
 * owner; *fields reads behind its type.
 */
int wire_send(int fd, const struct buf *frames, int deadline_ms,
              struct err *err) MUST_USE;
/* The same, and body, which the last of frames ends with, behind them. */
int wire_send_with(int fd, const struct buf *frames, const void *body,
                   size_t len, int deadline_ms, struct err *err) MUST_USE;
int wire_receive(int fd, size_t max, int deadline_ms, struct buf *in,
                 unsigned *type, struct reader *fields, struct err *err)
    MUST_USE;

#endif
