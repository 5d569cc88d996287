/* credential.c - the requests TICKET, LIST, LOG, LOGIN and LOGOUT. */
#include <stdio.h>
#include <time.h>

#include "broker/client.h"
#include "broker/logon.h"
#include "broker/monotonic.h"
#include "broker/release.h"

#define LOGIN_SERVICE "credssp login" /* of events, as the credential's */

static void audit_refused(struct client *client, const char *service,
                          const struct err *err)
{
    struct audit_record record = {
        .event = AUDIT_REFUSED, .service = service, .err = err,
    };

    client_audit(client, &record);
}

/* A ticket that opens the key is the proof of possession: it is kept. */
int request_ticket(struct client *client, struct reader *fields,
                   struct err *err)
{
    struct release_source source;
    struct secret *ticket = NULL;
    struct err unknown = ERR_INIT;

    if (wire_get_ticket(fields, &ticket, err) != 0)
        return -1;
    client->ticket = ticket;
    if (client->session->sealed == 0)
        return 0; /* LOGIN seals a new key under it */
    client_source(client, &source);
    if (release_inspect(&source, &client->facts, err) == 0
        && session_enter(client->session, client->facts.session, err) == 0) {
        session_describe(client->session, NULL, client->facts.service);
        /* The session's last event names him; only OPEN must know him. */
        if (client_identity(client, &unknown) != 0)
            err_clear(&unknown);
        return 0;
    }
    /* The command asks the next worker; that is no event. */
    if (err->cause != ERR_KEY_REPLACED)
        audit_refused(client, NULL, err);
    secret_free(&client->ticket);
    return -1;
}

int request_list(struct client *client, struct reader *fields,
                 struct err *err)
{
    struct release_refusal refusal;
    struct wire_listed listed = { 0 };
    struct release_source source;
    struct cred_names names;

    if (reader_done(fields, STAGE_BROKER, "LIST", err) != 0
        || client_policy(client, err) != 0)
        return -1;
    client_source(client, &source);
    if (release_names(&source, &names, err) != 0)
        return -1;
    snprintf(listed.principal, sizeof listed.principal, "%s",
             names.principal);
    if (names.domain[0] != '\0')
        snprintf(listed.delegated, sizeof listed.delegated,
                 "%.250s\\%.255s", names.domain, names.user);
    else
        snprintf(listed.delegated, sizeof listed.delegated, "%s", names.user);
    snprintf(listed.service, sizeof listed.service, "%s",
             client->facts.service);
    listed.created = client->facts.created;
    listed.expires = client->facts.expires;
    /* Direct mode is the user's own process, even where he is root. */
    listed.is_protected = !client->facts.user_readable
                          && !client->session->direct;
    logon_refused(client->session, &refusal);
    if (refusal.host[0] == '\0') /* one host's silence is no refusal */
        listed.refused = refusal.why;
    wire_put_listed(&client->out, &listed);
    return 0;
}

/* A ticket has opened the session: it has a name, and this is its own. */
int request_log(struct client *client, struct reader *fields, struct err *err)
{
    if (wire_get_log(fields, err) != 0)
        return -1;
    history_tell(&client->session->history, client->session->name,
                 &client->out);
    return 0;
}

/* What was asked for, but never more than the policy gives. */
static unsigned lifetime(const struct policy *policy, uint32_t asked)
{
    unsigned most = policy_lifetime(policy);

    return asked == 0 || asked > most ? most : asked;
}

static void audit_deposit(struct client *client,
                          const struct release_deposited *deposited,
                          int64_t started)
{
    char name[SESSION_NAME_BYTES];
    size_t i;

    for (i = 0; i < (sizeof name - 1) / 2; i++)
        snprintf(name + 2 * i, 3, "%02x", deposited->session[i]);
    audit_write(&(struct audit_record){
        .event = AUDIT_DEPOSITED,
        .user = client->identified ? client->identity.user : NULL,
        .uid = client->session->uid,
        .session = name,
        .service = LOGIN_SERVICE,
        .duration_ms = (unsigned)(monotonic_ms() - started),
    });
}

static int deposit(struct client *client, struct wire_login *login,
                   struct err *err)
{
    int64_t started = monotonic_ms();
    struct release_deposited deposited;
    struct wire_stored stored;
    struct release_deposit request = {
        .uid = client->session->uid,
        .ticket = client->ticket,
        .drop_keyring = login->drop_keyring,
        .login = login->login,
        .password = login->password,
        .domain = policy_domain(client->policy),
        .realm = policy_realm(client->policy),
        .lifetime_s = lifetime(client->policy, login->lifetime_s),
        .check = (login->flags & WIRE_LOGIN_CHECK) != 0,
    };

    login->password = NULL; /* release_deposit() wipes it */
    if (release_deposit(&request, &deposited, err) != 0)
        return -1;
    stored.sealed = deposited.sealed;
    stored.lifetime_s = request.lifetime_s;
    wire_put_stored(&client->out, &stored);
    audit_deposit(client, &deposited, started);
    return 0;
}

int request_login(struct client *client, struct reader *fields,
                  struct err *err)
{
    struct wire_login login = { 0 };
    int result = -1;

    if (wire_get_login(fields, &login, err) == 0) {
        buf_clear(&client->in); /* the frame held the password */
        if (client_policy(client, err) == 0
            && client_identity(client, err) == 0)
            result = deposit(client, &login, err);
        if (result != 0)
            audit_refused(client, LOGIN_SERVICE, err);
    }
    secret_free(&login.password);
    return result;
}

/*
 * The peer's uid is all that it takes: a process of the same user could end
 * these sessions by kill(2), too.
 */
int request_logout(struct client *client, struct reader *fields,
                   struct err *err)
{
    struct audit_record record = { .event = AUDIT_ENDED,
                                   .service = "credssp logout --all" };
    struct wire_logged_out logged_out;
    unsigned ended;
    int result;

    if (wire_get_logout(fields, err) != 0
        || client_identity(client, err) != 0)
        return -1;
    result = release_end_all(client->session->uid, &ended, err);
    record.err = result == 0 ? NULL : err;
    record.user = client->identity.user;
    record.uid = client->session->uid;
    if (ended > 0 || result != 0)
        audit_write(&record);
    logged_out.ended = ended;
    if (result == 0)
        wire_put_logged_out(&client->out, &logged_out);
    return result;
}
