/*
 * fuzz_credssp.c - the step machine in both roles, with NTLM, in memory: at
 * one leg the peer's token is not the honest one.
 *
 * Input: who is attacked, 'i' or 'a', and 'I' or 'A' where the initiator
 * holds the credential back until it is asked; the leg, '0' to '4'; how:
 *   r  the bytes are the token
 *   s  the bytes are the TSRequest, sealed in the tunnel
 *   n  the bytes are its negoToken
 *   w  the bytes are what pubKeyAuth or authInfo holds, wrapped
 *   e  the bytes edit the honest message: see edit()
 * and the bytes.  At leg 4 to an initiator that holds they are what the host
 * says although nothing was asked.  Keys are the attacker's own in all of
 * this: a Windows host that turned bad has them.
 */
#include "fuzz.h"

#include <openssl/err.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "auth/credssp_private.h"
#include "gss_leaks.h"
#include "static_key.h"

#define SPN "WSMAN/win1.corp.example.com"
#define PASSWORD "Sommer"
#define USERS "CORP:alice:" PASSWORD "\n"
#define LEGS_MAX 12

/* What the fuzzer wants. */
struct attack {
    unsigned seed;
    bool on_initiator;
    bool hold;
    unsigned leg;
    uint8_t how;
    const uint8_t *data;
    size_t size;
};

struct play {
    struct attack attack;
    struct credssp *initiator, *acceptor;
    struct buf to_acceptor, to_initiator;
    bool initiator_done, acceptor_done, attacked, held;
    unsigned failed, released, logged_on;
};

static EVP_PKEY *key;
static X509 *certificate;

static int release(void *arg, struct ts_delegated *who, struct err *err)
{
    struct play *play = arg;

    play->released++;
    snprintf(who->domain, sizeof who->domain, "CORP");
    snprintf(who->user, sizeof who->user, "alice");
    return secret_copy(PASSWORD, strlen(PASSWORD), &who->password, err);
}

static uint32_t logon(void *arg, const struct ts_delegated *delegated)
{
    struct play *play = arg;

    fuzz_require(delegated->password != NULL);
    play->logged_on++;
    return 0;
}

static int new_initiator(struct play *play, struct err *err)
{
    struct credssp_initiator params = { .minimum_version = 2,
                                        .hold = play->attack.hold,
                                        .release = release,
                                        .release_arg = play };
    struct secret *password = NULL;
    int r;

    if (secret_copy(PASSWORD, strlen(PASSWORD), &password, err) != 0)
        return -1;
    r = spnego_initiate_ntlm("CORP", "alice", password, SPN, &params.spnego,
                             err);
    secret_free(&password);
    if (r != 0)
        return r;
    return credssp_new_initiator(&params, &play->initiator, err);
}

static int new_acceptor(struct play *play, struct err *err)
{
    struct credssp_acceptor params = { .certificate = certificate,
                                       .key = key, .version = 6,
                                       .logon = logon, .logon_arg = play };

    if (spnego_accept(SPNEGO_NTLM, &params.spnego, err) != 0)
        return -1;
    return credssp_new_acceptor(&params, &play->acceptor, err);
}

/* Allocations fail for the one who is attacked, in each call otherwise. */
static void arm(const struct play *play, bool initiator, unsigned turn)
{
    const struct attack *attack = &play->attack;

    if (attack->seed != 0 && attack->on_initiator == initiator)
        fuzz_arm(attack->seed + 2 * turn);
}

static int judge(struct play *play, int r, const struct err *err)
{
    unsigned failed = fuzz_disarm();

    play->failed += failed;
    fuzz_check(r, err, failed);
    return r;
}

static int begin(struct play *play)
{
    struct err err = ERR_INIT;
    int r;

    buf_init(&play->to_acceptor, CREDSSP_TOKEN_MAX);
    buf_init(&play->to_initiator, CREDSSP_TOKEN_MAX);
    arm(play, true, 0);
    r = judge(play, new_initiator(play, &err), &err);
    if (r == 0) {
        arm(play, false, 0);
        r = judge(play, new_acceptor(play, &err), &err);
    }
    return r;
}

/*
 * The first byte cuts that many bytes off the end, or, less 128, appends as
 * many zeros; then come changes of three bytes each: offset and what to XOR.
 */
static void edit(struct buf *message, const uint8_t *data, size_t size)
{
    unsigned tail = fuzz_u8(&data, &size);

    if (tail < 128 && tail <= message->len)
        message->len -= tail;
    for (; tail > 128; tail--)
        buf_put_u8(message, 0);
    for (; size >= 3 && message->len > 0; data += 3, size -= 3)
        message->data[(size_t)(data[0] << 8 | data[1]) % message->len]
            ^= data[2];
}

/* The attacker wraps in the place of what it had wrapped honestly. */
static void rewrap(struct credssp *from, struct credssp *to,
                   struct buf *field, const struct attack *attack)
{
    struct buf honest = BUF_INIT(TSREQUEST_MAX);
    struct err err = ERR_INIT;

    if (to->can_wrap
        && spnego_unwrap(to->spnego, field->data, field->len, &honest, &err)
           == 0) {
        buf_clear(field);
        /* NTLM wraps no empty message: then there is nothing to send. */
        if (spnego_wrap(from->spnego, attack->data, attack->size, field,
                        &err) != 0)
            buf_clear(field);
    }
    buf_free(&honest);
}

static void replace_field(struct credssp *from, struct credssp *to,
                          struct buf *der, const struct attack *attack)
{
    struct tsrequest request;
    struct err err = ERR_INIT;

    tsrequest_init(&request);
    if (tsrequest_decode(der->data, der->len, &request, &err) == 0) {
        if (attack->how == 'n') {
            request.has_nego = true;
            buf_clear(&request.nego);
            buf_put(&request.nego, attack->data, attack->size);
        } else if (request.has_pub_key_auth) {
            rewrap(from, to, &request.pub_key_auth, attack);
        } else if (request.has_auth_info) {
            rewrap(from, to, &request.auth_info, attack);
        }
        buf_clear(der);
        if (tsrequest_encode(&request, der, &err) != 0)
            buf_clear(der);
    }
    tsrequest_free(&request);
}

static void replace_inner(struct credssp *from, struct credssp *to,
                          struct buf *token, const struct attack *attack)
{
    struct buf der = BUF_INIT(TSREQUEST_MAX * 2);
    struct err err = ERR_INIT;

    fuzz_require(tunnel_open(to->tunnel, token->data, token->len, &der, &err)
                 == 0);
    if (attack->how == 's') {
        buf_clear(&der);
        buf_put(&der, attack->data, attack->size);
    } else if (attack->how == 'e') {
        edit(&der, attack->data, attack->size);
    } else {
        replace_field(from, to, &der, attack);
    }
    buf_clear(token);
    if (der.len > 0)
        fuzz_require(tunnel_seal(from->tunnel, der.data, der.len, token,
                                 &err) == 0);
    buf_free(&der);
}

/* Legs 0 and 1 belong to TLS: there is nothing inside to replace. */
static void replace(struct play *play, struct credssp *from,
                    struct credssp *to, struct buf *token, unsigned leg)
{
    const struct attack *attack = &play->attack;

    play->attacked = true;
    if (attack->how == 'r') {
        buf_clear(token);
        buf_put(token, attack->data, attack->size);
    } else if (leg < 2) {
        edit(token, attack->data, attack->size);
    } else if (token->len > 0) {
        replace_inner(from, to, token, attack);
    }
    ERR_clear_error();
}

/* After a failure the machine only fails, and says nothing more. */
static void expect_end(struct credssp *c)
{
    struct buf out = BUF_INIT(CREDSSP_TOKEN_MAX);
    struct err err = ERR_INIT;
    bool done;

    fuzz_require(credssp_step(c, "x", 1, &out, &done, &err) == -1);
    fuzz_require(err.cause == ERR_INTERNAL && out.len == 0 && !done);
    buf_free(&out);
}

static int step(struct play *play, bool initiator, unsigned leg)
{
    struct credssp *c = initiator ? play->initiator : play->acceptor;
    struct buf *in = initiator ? &play->to_initiator : &play->to_acceptor;
    struct buf *out = initiator ? &play->to_acceptor : &play->to_initiator;
    bool *done = initiator ? &play->initiator_done : &play->acceptor_done;
    struct err err = ERR_INIT;
    int r;

    arm(play, initiator, leg + 1);
    r = judge(play, credssp_step(c, in->data, in->len, out, done, &err),
              &err);
    ERR_clear_error();
    if (r != 0)
        expect_end(c);
    return r;
}

static bool is_held(const struct play *play)
{
    struct credssp_facts facts;

    credssp_facts(play->initiator, &facts);
    return facts.step == CREDSSP_DELEGATE;
}

/* The server is verified, and nothing has left: asked now, by no token, the
 * initiator lets the credential go; a token is one too many. */
static int let_go(struct play *play, unsigned leg)
{
    const struct attack *attack = &play->attack;
    bool spoke = attack->on_initiator && leg == attack->leg
        && attack->size > 0;
    int r;

    play->held = true;
    fuzz_require(attack->hold && !play->initiator_done);
    fuzz_require(play->released == 0 && play->to_acceptor.len == 0);
    buf_clear(&play->to_initiator);
    if (spoke)
        buf_put(&play->to_initiator, attack->data, attack->size);
    play->attacked |= spoke;
    r = step(play, true, leg);
    fuzz_require(!spoke || (r != 0 && play->released == 0));
    return r;
}

static int turn(struct play *play, bool initiator, unsigned leg)
{
    struct credssp *self = initiator ? play->initiator : play->acceptor;
    struct credssp *peer = initiator ? play->acceptor : play->initiator;
    int r = step(play, initiator, leg);

    if (r == 0 && initiator && is_held(play))
        r = let_go(play, leg);
    if (r == 0 && initiator != play->attack.on_initiator
        && leg == play->attack.leg)
        replace(play, self, peer,
                initiator ? &play->to_acceptor : &play->to_initiator, leg);
    return r;
}

static void act(struct play *play)
{
    unsigned leg;

    if (begin(play) != 0)
        return;
    for (leg = 0; leg < LEGS_MAX; leg++)
        if (turn(play, true, leg) != 0 || turn(play, false, leg) != 0
            || play->initiator_done)
            break;
}

/* The credential left only for one who had the tunnel's and SPNEGO's keys
 * and said the binding. */
static void applaud(const struct play *play)
{
    const struct attack *attack = &play->attack;
    bool forged = attack->how == 'r' || attack->how == 'w';

    fuzz_require(play->released <= 1 && play->logged_on <= 1);
    fuzz_require(play->released == 0 || play->held == attack->hold);
    if (play->attacked && attack->on_initiator && attack->leg < 4 && forged
        && attack->leg != 2)
        fuzz_require(play->released == 0);
    if (play->attacked && !attack->on_initiator && attack->how == 'r')
        fuzz_require(play->logged_on == 0);
    if (!play->attacked && play->failed == 0)
        fuzz_require(play->released == 1 && play->logged_on == 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct play play = { .released = 0 };
    uint8_t who;

    play.attack.seed = fuzz_seed(&data, &size);
    who = fuzz_u8(&data, &size);
    play.attack.on_initiator = who != 'a' && who != 'A';
    play.attack.hold = who == 'I' || who == 'A';
    play.attack.leg = (unsigned)(fuzz_u8(&data, &size) - '0') % 8;
    play.attack.how = fuzz_u8(&data, &size);
    play.attack.data = data;
    play.attack.size = size;
    act(&play);
    applaud(&play);
    credssp_free(&play.initiator);
    credssp_free(&play.acceptor);
    buf_free(&play.to_acceptor);
    buf_free(&play.to_initiator);
    return 0;
}

/* A file of users that leaves nothing behind: gss_ntlmssp(8). */
static void make_users(void)
{
    char path[64];
    int fd = memfd_create("users", 0);

    fuzz_require(fd >= 0);
    fuzz_require(write(fd, USERS, strlen(USERS)) == (ssize_t)strlen(USERS));
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    fuzz_require(setenv("NTLM_USER_FILE", path, 1) == 0);
}

/* One honest play first: what libraries keep they have by then. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static const uint8_t honest[] = "00i7r";

    (void)argc;
    (void)argv;
    fuzz_own_openssl();
    make_users();
    key = static_key();
    certificate = static_certificate(key);
    return LLVMFuzzerTestOneInput(honest, sizeof honest - 1);
}
