/*
 * login.h - a login of alice's as the module sees it, the broker's answer to
 * her ticket, and her "credssp login", for the tests of keystore.c.
 */
#ifndef CREDSSP_TESTS_UNIT_LOGIN_H
#define CREDSSP_TESTS_UNIT_LOGIN_H

#include "session.h"

#include <time.h>

#include "credssp/keystore.h"

#define SESSION KEY_SPEC_SESSION_KEYRING

static struct keystore_keys keys;

static inline void fill(struct cred *cred, unsigned lifetime_s)
{
    struct err err = ERR_INIT;

    *cred = (struct cred){ .uid = ALICE, .session = "0123456789abcde",
                           .service = "sshd", .login = "alice" };
    cred->created = (int64_t)time(NULL);
    cred->expires = cred->created + lifetime_s;
    assert_ok(secret_copy("hunter2", 7, &cred->password, &err), &err);
}

static inline int capture(unsigned lifetime_s, struct err *err)
{
    struct cred cred;
    int r;

    fill(&cred, lifetime_s);
    r = keystore_capture(&cred, BROKER, &keys, err);
    cred_clear(&cred);
    return r;
}

/* A login of alice's, as far as open_session. */
static inline int log_in(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    if (!is_root_with_keyrings())
        return 0; /* need_root() says it in each test */
    fresh_session(ALICE);
    assert_ok(keystore_check_session(ALICE, 0, &err), &err);
    assert_ok(capture(60, &err), &err);
    return 0;
}

/* What goes from the session to the broker. */

struct handed {
    unsigned char ticket[POSSESSION_TICKET_BYTES];
    int32_t sealed;
    int32_t drop;
    uid_t uid;
    enum err_cause cause;
};

static inline int user_reads_ticket(void *arg)
{
    struct handed *handed = arg;
    struct possession own;
    struct err err = ERR_INIT;

    CHECK(possession_find(&own, &err) == 0);
    memcpy(handed->ticket, own.ticket->data, sizeof handed->ticket);
    handed->sealed = own.sealed_serial;
    possession_clear(&own);
    return 0;
}

static inline int broker_opens(void *arg)
{
    struct handed *handed = arg;
    struct keystore_header header;
    struct secret *ticket = NULL;
    struct err err = ERR_INIT;
    struct cred cred;

    CHECK(secret_copy(handed->ticket, sizeof handed->ticket, &ticket, &err)
          == 0);
    err.cause = ERR_NONE;
    if (keystore_open(handed->sealed, ticket, handed->uid, &cred, &err)
        == 0) {
        CHECK(strcmp((char *)cred.password->data, "hunter2") == 0);
        CHECK(keystore_probe(handed->sealed, handed->uid, &header, &err)
              == 0);
        CHECK(header.uid == ALICE && !header.user_readable);
        CHECK(memcmp(header.session, cred.session, 16) == 0);
        cred_clear(&cred);
    }
    secret_free(&ticket);
    handed->cause = err.cause;
    return 0;
}

static inline enum err_cause broker_says(struct handed *handed)
{
    assert_int_equal(play(BROKER, IN_ANOTHER_SESSION, broker_opens, handed),
                     0);
    return handed->cause;
}

/* "credssp login": the broker's key in the user's session. */

static inline int broker_deposits(void *arg)
{
    struct handed *handed = arg;
    struct secret *ticket = NULL;
    struct err err = ERR_INIT;
    struct cred cred;

    fill(&cred, 60);
    CHECK(secret_copy(handed->ticket, sizeof handed->ticket, &ticket, &err)
          == 0);
    err.cause = ERR_NONE;
    if (keystore_deposit(&cred, ticket, handed->drop, &handed->sealed, &err)
        == 0)
        err.cause = ERR_NONE;
    handed->cause = err.cause;
    secret_free(&ticket);
    cred_clear(&cred);
    return 0;
}

static inline void deposit(struct handed *handed)
{
    struct possession_offer offer;
    struct err err = ERR_INIT;

    become(ALICE);
    assert_ok(possession_offer(&offer, &err), &err);
    memcpy(handed->ticket, offer.ticket->data, sizeof handed->ticket);
    handed->drop = offer.drop_keyring;
    handed->uid = ALICE;
    become_root();
    assert_int_equal(play(BROKER, IN_ANOTHER_SESSION, broker_deposits,
                          handed), 0);
    assert_int_equal(handed->cause, ERR_NONE);
    become(ALICE);
    assert_ok(possession_accept(&offer, handed->sealed, 60, &err), &err);
    become_root();
    keys.sealed = handed->sealed;
    keys.ticket = entry("credssp:ticket");
}

#endif
