/* fake_world.c - keyring, KDC and host for tests of the broker. */
#include "fake_world.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "broker/release.h"
#include "transport/channel.h"
#include "transport/probe.h"

struct fake_world fake_world;

/* Some tests have several clients at once. */
static pthread_mutex_t world_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t world_changed = PTHREAD_COND_INITIALIZER;

void fake_world_begin(void)
{
    memset(&fake_world, 0, sizeof fake_world);
    memset(fake_world.nonce, 0x11, sizeof fake_world.nonce);
    fake_world.ticket_byte = 't';
    fake_world.answer = "<reply/>";
    fake_world.host_stage = STAGE_HTTP;
    fake_world.hang = "";
}

static void note(const char *what)
{
    size_t used;

    pthread_mutex_lock(&world_lock);
    used = strlen(fake_world.diary);
    snprintf(fake_world.diary + used, sizeof fake_world.diary - used, "%s;",
             what);
    pthread_mutex_unlock(&world_lock);
}

bool fake_world_proofs(unsigned count)
{
    struct timespec until;
    bool come;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 2;
    pthread_mutex_lock(&world_lock);
    while (fake_world.proofs < count
           && pthread_cond_timedwait(&world_changed, &world_lock, &until) == 0)
        continue;
    come = fake_world.proofs >= count;
    pthread_mutex_unlock(&world_lock);
    return come;
}

void fake_world_hang(const char *hosts)
{
    pthread_mutex_lock(&world_lock);
    fake_world.hang = hosts;
    pthread_cond_broadcast(&world_changed);
    pthread_mutex_unlock(&world_lock);
}

static int outcome(enum err_cause cause, enum err_stage stage,
                   struct err *err)
{
    return cause == ERR_NONE ? 0 : err_set(err, cause, stage, NULL);
}

/* -- broker/release.h -- */

int release_probe(const struct release_source *source, struct err *err)
{
    if (outcome(fake_world.key, STAGE_KEYS, err) != 0)
        return -1;
    if (source->session != NULL
        && memcmp(source->session, fake_world.nonce, CRED_SESSION_BYTES) != 0)
        return err_set(err, ERR_KEY_REPLACED, STAGE_KEYS, NULL);
    return 0;
}

int release_mark_refused(const struct release_source *source,
                         const struct release_refusal *refusal,
                         struct err *err)
{
    if (release_probe(source, err) != 0
        || outcome(fake_world.mark_fails, STAGE_KEYS, err) != 0)
        return -1;
    fake_world.mark = refusal->why;
    snprintf(fake_world.mark_host, sizeof fake_world.mark_host, "%.63s",
             refusal->host);
    return 0;
}

int release_was_refused(const struct release_source *source,
                        struct release_refusal *refusal, struct err *err)
{
    (void)source;
    (void)err;
    refusal->why = fake_world.mark;
    snprintf(refusal->host, sizeof refusal->host, "%s", fake_world.mark_host);
    usleep(fake_world.recall_us);
    return 0;
}

void release_sweep_refused(void)
{
    fake_world.sweeps++;
}

static int open_key(const struct release_source *source, struct err *err)
{
    if (release_probe(source, err) != 0)
        return -1;
    return source->ticket->data[0] == fake_world.ticket_byte
               ? 0 : err_set(err, ERR_NOT_YOURS, STAGE_KEYS, NULL);
}

int release_end_all(uid_t uid, unsigned *ended, struct err *err)
{
    (void)uid;
    *ended = fake_world.sessions;
    fake_world.sessions = 0;
    return outcome(fake_world.logout_fails, STAGE_KEYS, err);
}

int release_inspect(const struct release_source *source,
                    struct release_facts *facts, struct err *err)
{
    if (open_key(source, err) != 0)
        return -1;
    memcpy(facts->session, fake_world.nonce, sizeof facts->session);
    snprintf(facts->service, sizeof facts->service, "sshd");
    facts->created = 1000;
    facts->expires = 2000;
    facts->user_readable = false;
    return 0;
}

int release_names(const struct release_source *source,
                  struct cred_names *names, struct err *err)
{
    if (open_key(source, err) != 0)
        return -1;
    snprintf(names->principal, sizeof names->principal, "alice@%s",
             source->realm);
    snprintf(names->domain, sizeof names->domain, "%s", source->domain);
    snprintf(names->user, sizeof names->user, "alice");
    return 0;
}

/* Never looked into: tests link no Kerberos. */
struct kerberos {
    int64_t expires;
};

int release_kerberos(const struct release_source *source,
                     struct kerberos **kerberos, struct err *err)
{
    note("AS");
    fake_world.as_exchanges++;
    if (open_key(source, err) != 0
        || outcome(fake_world.kdc, STAGE_KDC, err) != 0)
        return -1;
    *kerberos = calloc(1, sizeof **kerberos);
    if (*kerberos == NULL)
        return err_set(err, ERR_MEMORY, STAGE_KDC, NULL);
    (*kerberos)->expires = (int64_t)time(NULL) + 36000;
    return 0;
}

struct spnego {
    enum spnego_mechanism mechanism;
    bool known;
};

static struct spnego *new_spnego(enum spnego_mechanism mechanism, bool known)
{
    struct spnego *spnego = calloc(1, sizeof *spnego);

    if (spnego == NULL)
        abort();
    spnego->mechanism = mechanism;
    spnego->known = known;
    return spnego;
}

int release_ntlm(const struct release_source *source, const char *spn,
                 struct spnego **spnego, struct err *err)
{
    note("NTLM");
    note(spn);
    if (open_key(source, err) != 0
        || outcome(fake_world.ntlm, STAGE_SPNEGO, err) != 0)
        return -1;
    *spnego = new_spnego(SPNEGO_NTLM, true);
    return 0;
}

int release_delegated(void *arg, struct ts_delegated *identity,
                      struct err *err)
{
    const struct release_source *source = arg;

    (void)identity;
    snprintf(fake_world.delegated_domain, sizeof fake_world.delegated_domain,
             "%s", source->domain);
    return open_key(source, err);
}

int release_deposit(struct release_deposit *deposit,
                    struct release_deposited *deposited, struct err *err)
{
    secret_free(&deposit->password);
    if (outcome(fake_world.key, STAGE_KEYS, err) != 0)
        return -1;
    fake_world.deposits++;
    snprintf(fake_world.deposited_login, sizeof fake_world.deposited_login,
             "%s", deposit->login);
    fake_world.deposited_lifetime = deposit->lifetime_s;
    fake_world.deposit_checked = deposit->check;
    deposited->sealed = 4711;
    memset(deposited->session, 0x22, sizeof deposited->session);
    return 0;
}

/* -- auth/ -- */

void kerberos_free(struct kerberos **kerberos)
{
    free(*kerberos);
    *kerberos = NULL;
}

int64_t kerberos_expires(const struct kerberos *kerberos)
{
    return kerberos->expires;
}

const char *spnego_mechanism_name(enum spnego_mechanism mechanism)
{
    return mechanism == SPNEGO_KERBEROS ? "Kerberos" : "NTLM";
}

int spnego_initiate_kerberos(struct kerberos *kerberos, const char *spn,
                             struct spnego **spnego, struct err *err)
{
    if (kerberos == NULL)
        return err_set(err, ERR_INTERNAL, STAGE_KDC, NULL);
    note(spn);
    *spnego = new_spnego(SPNEGO_KERBEROS,
                         fake_world.known_spn == NULL
                             || strcmp(spn, fake_world.known_spn) == 0);
    return 0;
}

struct credssp {
    enum spnego_mechanism mechanism;
    bool hold;
    credssp_release_fn *release;
    void *release_arg;
    credssp_prove_fn *prove;
    void *prove_arg;
};

/* The first token is made here: an unknown SPN shows here. */
int credssp_new_initiator(const struct credssp_initiator *params,
                          struct credssp **credssp, struct err *err)
{
    bool known = params->spnego->known;
    enum spnego_mechanism mechanism = params->spnego->mechanism;

    free(params->spnego);
    if (params->tls.pinned_sha256 != NULL)
        note("pinned");
    if (params->tls.trusted_host != NULL) {
        note("trusted");
        note(params->tls.trusted_host);
    }
    if (!known)
        return err_set(err, ERR_SPN_UNKNOWN, STAGE_KDC, NULL);
    *credssp = calloc(1, sizeof **credssp);
    if (*credssp == NULL)
        return err_set(err, ERR_MEMORY, STAGE_SPNEGO, NULL);
    (*credssp)->mechanism = mechanism;
    (*credssp)->hold = params->hold;
    (*credssp)->release = params->release;
    (*credssp)->release_arg = params->release_arg;
    (*credssp)->prove = params->prove;
    (*credssp)->prove_arg = params->prove_arg;
    return 0;
}

/* -- transport/channel.h -- */

struct channel {
    struct credssp *credssp;
    unsigned number;             /* from 1 */
};

/* The host gets NTLM's proof of the password, and may say nothing to it. */
static int take_proof(const char *host, struct err *err)
{
    bool hung = false;

    pthread_mutex_lock(&world_lock);
    fake_world.proofs++;
    pthread_cond_broadcast(&world_changed);
    while (strstr(fake_world.hang, host) != NULL) {
        hung = true;
        pthread_cond_wait(&world_changed, &world_lock);
    }
    pthread_mutex_unlock(&world_lock);
    return hung && fake_world.host == ERR_NONE
               ? err_set(err, ERR_TIMEOUT, STAGE_HTTP, NULL) : 0;
}

/* The legs of an exchange, as far as the world lets them come. */
static int run_legs(const struct http_params *params,
                    const struct credssp *credssp,
                    channel_progress_fn *progress, void *arg,
                    struct err *err)
{
    const struct credssp_facts facts = { .version = 6, .tls = "TLSv1.2 test",
                                         .mechanism = credssp->mechanism };
    enum credssp_step step, end = fake_world.host == ERR_NONE
                                      ? CREDSSP_DONE : fake_world.host_step;

    for (step = CREDSSP_HELLO; step < end; step++) {
        if (step == CREDSSP_NEGOTIATE
            && credssp->prove(credssp->prove_arg, err) != 0)
            return -1;
        progress(arg, step, 1000, &facts);
        if (step == CREDSSP_NEGOTIATE && credssp->mechanism == SPNEGO_NTLM
            && take_proof(params->host, err) != 0)
            return -1;
    }
    return outcome(fake_world.host, fake_world.host_stage, err);
}

int channel_open_watched(const struct http_params *params,
                         struct credssp *credssp,
                         channel_progress_fn *progress, void *arg,
                         struct channel **channel, struct err *err)
{
    note("open");
    __atomic_add_fetch(&fake_world.connections, 1, __ATOMIC_SEQ_CST);
    if (run_legs(params, credssp, progress, arg, err) != 0) {
        free(credssp);
        return -1;
    }
    *channel = calloc(1, sizeof **channel);
    if (*channel == NULL)
        return err_set(err, ERR_MEMORY, STAGE_HTTP, NULL);
    (*channel)->credssp = credssp;
    (*channel)->number = fake_world.connections;
    __atomic_add_fetch(&fake_world.open_channels, 1, __ATOMIC_SEQ_CST);
    return 0;
}

/* -- transport/probe.h -- */

int probe_offers(const struct http_params *params,
                 struct probe_answer *answer, struct err *err)
{
    (void)params;
    note("offers");
    memset(answer, 0, sizeof *answer);
    answer->times = (struct http_times){ 400, 200, 300, 900, false };
    if (outcome(fake_world.stranger, fake_world.stranger_stage, err) != 0)
        return -1;
    answer->credssp = !fake_world.no_credssp;
    answer->has_clock = true;
    answer->clock_ahead_s = fake_world.clock_ahead_s;
    snprintf(answer->server, sizeof answer->server, "Microsoft-HTTPAPI/2.0");
    snprintf(answer->schemes, sizeof answer->schemes, "Negotiate%s",
             answer->credssp ? ", CredSSP" : "");
    return 0;
}

int probe_identify(const struct http_params *params, struct buf *identity,
                   struct http_times *times, struct err *err)
{
    (void)params;
    note("identify");
    memset(times, 0, sizeof *times);
    if (outcome(fake_world.identify, STAGE_HTTP, err) != 0)
        return -1;
    buf_printf(identity, "<identity/>");
    return 0;
}

void channel_free(struct channel **channel)
{
    if (*channel == NULL)
        return;
    __atomic_sub_fetch(&fake_world.open_channels, 1, __ATOMIC_SEQ_CST);
    free((*channel)->credssp);
    free(*channel);
    *channel = NULL;
}

void channel_reply_init(struct channel_reply *reply)
{
    memset(reply, 0, sizeof *reply);
    buf_init(&reply->body, CHANNEL_BODY_MAX);
}

void channel_reply_free(struct channel_reply *reply)
{
    buf_free(&reply->body);
}

int channel_post(struct channel *channel, const void *body, size_t len,
                 long total_ms, struct channel_reply *reply, struct err *err)
{
    (void)channel;
    (void)total_ms;
    if (len < sizeof fake_world.posted) {
        memcpy(fake_world.posted, body, len);
        fake_world.posted[len] = '\0';
    }
    fake_world.posts++;
    usleep(fake_world.post_ms * 1000);
    if (outcome(fake_world.post, STAGE_HTTP, err) != 0)
        return -1;
    reply->status = fake_world.faults > 0 ? 500 : 200;
    fake_world.faults -= fake_world.faults > 0;
    snprintf(reply->content_type, sizeof reply->content_type, "text/xml");
    buf_put(&reply->body, fake_world.answer, strlen(fake_world.answer));
    return 0;
}

bool channel_is_held(const struct channel *channel)
{
    return channel->credssp->hold;
}

int channel_delegate(struct channel *channel, const void *body, size_t len,
                     long total_ms, struct channel_reply *reply,
                     struct err *err)
{
    struct credssp *credssp = channel->credssp;
    struct ts_delegated identity;

    note("delegate");
    credssp->hold = false;
    fake_world.rides += len > 0;
    reply->status = 0;
    if (credssp->release(credssp->release_arg, &identity, err) != 0)
        return -1;
    if (outcome(fake_world.logon, STAGE_DELEGATION, err) != 0)
        return -1;
    if (len == 0 || fake_world.leg_alone)
        return 0;
    fake_world.posts--; /* it is no request of its own */
    return channel_post(channel, body, len, total_ms, reply, err);
}

bool channel_is_alive(const struct channel *channel)
{
    return channel->number > fake_world.ended;
}

void channel_rest(struct channel *channel)
{
    (void)channel;
    note("rest");
}

void channel_watch(struct channel *channel, int cancel_fd)
{
    (void)channel;
    fake_world.watched_fd = cancel_fd;
}

void channel_facts(const struct channel *channel,
                   struct credssp_facts *facts)
{
    *facts = (struct credssp_facts){
        .step = CREDSSP_DONE,
        .version = 6,
        .mechanism = channel->credssp->mechanism,
        .tls = "TLSv1.2 test",
    };
}

unsigned channel_requests(const struct channel *channel)
{
    return channel->credssp->hold ? 4 : 5;
}

/* -- a policy file -- */

static char policy_path[] = "/tmp/credssp-unit-XXXXXX";
static bool policy_made;
static struct policy_source policy_source;

const char *fake_policy_file(const char *lines)
{
    FILE *file;
    int fd;

    fake_policy_remove();
    memcpy(policy_path + sizeof policy_path - 7, "XXXXXX", 6);
    fd = mkstemp(policy_path);
    if (fd < 0 || (file = fdopen(fd, "w")) == NULL)
        abort();
    policy_made = true;
    fputs(lines, file);
    fclose(file);
    return policy_path;
}

void fake_policy_write(const char *lines)
{
    FILE *file = fopen(policy_path, "w");

    if (file == NULL)
        abort();
    fputs(lines, file);
    fclose(file);
}

struct policy_source *fake_policy(const char *lines)
{
    const char *path = fake_policy_file(lines);

    policy_source_init(&policy_source, path, POLICY_OWNER_USER);
    return &policy_source;
}

void fake_policy_remove(void)
{
    if (policy_made)
        unlink(policy_path);
    policy_free(&policy_source.policy);
    policy_made = false;
}
