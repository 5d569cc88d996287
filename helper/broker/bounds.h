/* bounds.h - every number that bounds the broker, in one place. */
#ifndef CREDSSP_BROKER_BOUNDS_H
#define CREDSSP_BROKER_BOUNDS_H

/* The listener: connections that it has not accepted yet, whose HELLO has not
 * been read yet, and all of one uid. */
#define LIMIT_BACKLOG 4096 /* the kernel's own limit: net.core.somaxconn */
#define LIMIT_PENDING 256  /* beyond: the one that waits longest is dropped */
#define LIMIT_PENDING_PER_UID 128 /* "run -P 128" begins with so many */
#define LIMIT_CONNECTS_PER_MINUTE 6000 /* one uid; a fan-out is 500 at once */
#define LIMIT_RATED_UIDS 512 /* whose connections and workers are counted */
#define LIMIT_HELLO_MS 5000   /* from accept(2) to the whole HELLO */
#define LIMIT_LINGER_MS 2000  /* a refused client may read its ERROR */

/* Worker processes. */
#define LIMIT_WORKERS 1024
#define LIMIT_WORKERS_PER_UID 16
#define LIMIT_STARTS_PER_MINUTE 600 /* one uid; each costs a fork(2) */

/* Of "credssp login": keys in the account's quota, which all users share. */
#define LIMIT_DEPOSITS_PER_UID 32

/* What "credssp list --log" shows; 160 KiB each at most. */
#define LIMIT_HISTORY 128     /* events of a session */
#define LIMIT_LOGS 256        /* sessions */
#define LIMIT_LOGS_PER_UID 16

/* One worker. */
#define LIMIT_CLIENTS 256 /* threads, one for each connection: "run -P 128",
                             and those that end behind them */
#define LIMIT_CLIENT_STACK 524288       /* libkrb5, NSS modules: theirs too */
#define LIMIT_KEPT 32                  /* idle connections to hosts */
#define LIMIT_KEPT_MS 60000            /* http.sys itself waits 120 s */
#define LIMIT_HEIR_MS 1000             /* an OPEN waits for what comes back */
#define LIMIT_PARTING_MS 500           /* all wills, when the session ends */
#define LIMIT_WORKER_IDLE_MS 70000
#define LIMIT_TICK_MS 400  /* between looks at the sealed key: with the wills
                            * (LIMIT_PARTING_MS) all ends within a second */

/* One client: how long it may take for what. */
#define LIMIT_FIRST_MS 10000   /* for its next request before an OPEN */
#define LIMIT_IDLE_MS 7200000  /* between POSTs: WinRM's own IdleTimeout */
#define LIMIT_FRAME_MS 30000   /* from a frame's first byte to its last */
#define LIMIT_SEND_MS 30000    /* to take an answer */
#define LIMIT_TAKE_MS LIMIT_IDLE_MS /* a REPLY: what a person reads page by
                                       page waits here */
/* Of one session, in answers that wait so long: each is in our memory, 128
 * hosts' of 512 KiB. What comes on top has LIMIT_SEND_MS. */
#define LIMIT_UNTAKEN_BYTES 67108864
#define LIMIT_CLIENT_MS 86400000 /* in total: 24 h, and never past the key */
#define LIMIT_SMALL_FRAME 8192 /* bytes of any request but POST */

/* One host. */
#define LIMIT_CONNECT_MS 10000
#define LIMIT_TEST_CONNECT_MS 5000 /* a person waits */
#define LIMIT_POST_MS 600000      /* the longest answer a client may await */
#define LIMIT_POST_DEFAULT_MS 60000
#define LIMIT_FINAL_MS 10000      /* a POST that nobody waits for */
/* While nobody has taken the password, one host at a time may judge it.  One
 * that does not answer gives its turn away: a domain controller behind it
 * takes a second at most.  It may have counted a wrong password all the same:
 * so many are without an answer at a time, and with those that ended without
 * one, fewer than the 5 after which Windows' security baselines lock an
 * account. */
#define LIMIT_TURN_MS 3000
#define LIMIT_UNANSWERED 3
#define LIMIT_KDC_PAUSE_MS 10000  /* a KDC's answer "no" holds that long */

#endif
