/*
 * fake_world.h - what lies beneath the broker's decisions, without a keyring,
 * a KDC or a host: release.h, auth/ and channel.h, played by a table of what
 * each should answer and a diary of what was asked.
 */
#ifndef CREDSSP_TESTS_FAKE_WORLD_H
#define CREDSSP_TESTS_FAKE_WORLD_H

#include <stdbool.h>
#include <stddef.h>

#include "auth/credssp.h"
#include "credssp/cred.h"
#include "credssp/err.h"
#include "policy/source.h"

struct fake_world {
    /* The keyring: ERR_NONE, or what a probe or an opening answers. */
    enum err_cause key;
    unsigned char nonce[CRED_SESSION_BYTES];
    enum err_cause mark;         /* of a refused password, in the keyring */
    char mark_host[64];          /* at this host alone; "" */
    enum err_cause mark_fails;   /* what making one comes to */
    useconds_t recall_us;        /* how long looking for one takes */
    unsigned sweeps;             /* of marks */
    unsigned char ticket_byte;   /* a ticket of such bytes opens the key */
    /* The KDC: for the AS exchange, and for each SPN it does not know. */
    enum err_cause kdc;
    const char *known_spn;       /* NULL: it knows every one */
    enum err_cause ntlm;
    /* The host: what the legs and a POST come to; what it answers. */
    enum err_cause host;
    enum err_stage host_stage;   /* where host happens: STAGE_HTTP */
    enum credssp_step host_step; /* and the leg that it ends */
    const char *hang;            /* silent when they got NTLM's proof: "a b" */
    enum err_cause post;
    unsigned post_ms;            /* and how long it takes */
    enum err_cause logon;        /* what channel_delegate() comes to */
    bool leg_alone;              /* and whether it leaves the body out */
    const char *answer;
    int watched_fd;              /* the last channel_watch() */
    /* What it tells a stranger. */
    enum err_cause stranger;
    enum err_stage stranger_stage;
    enum err_cause identify;
    bool no_credssp;
    int64_t clock_ahead_s;
    unsigned ended;              /* the first so many connections have, while
                                    they were idle */
    /* How often, and in which order. */
    unsigned as_exchanges;
    unsigned connections;        /* channel_open() */
    unsigned open_channels;
    unsigned proofs;             /* of the password, that hosts got by NTLM */
    unsigned posts;
    unsigned faults;             /* the next posts get so many with 500 */
    char posted[64];             /* the last body */
    unsigned rides;              /* bodies of channel_delegate() */
    char delegated_domain[64];   /* what the credential's name was made of */
    unsigned deposits;
    char deposited_login[CRED_NAME_MAX];
    unsigned deposited_lifetime;
    bool deposit_checked;
    unsigned sessions;           /* that a logout ends */
    enum err_cause logout_fails;
    char diary[2048];            /* "AS;WSMAN/win1...;open;" */
};

extern struct fake_world fake_world;

/* A world in which everything works. */
void fake_world_begin(void);

/* Waits until so many hosts have got a proof; false: they do not. */
bool fake_world_proofs(unsigned count);
/* From now on these hosts hang, and no others: those answer as fake_world.host
 * says, where ERR_NONE is ERR_TIMEOUT. */
void fake_world_hang(const char *hosts);

/* A policy file of these lines in a temporary place; the name is kept. */
const char *fake_policy_file(const char *lines);
/* The same as a policy that is not loaded yet. */
struct policy_source *fake_policy(const char *lines);
/* The file that was made last gets other lines. */
void fake_policy_write(const char *lines);
void fake_policy_remove(void);

#endif
