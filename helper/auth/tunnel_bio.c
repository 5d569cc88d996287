/*
 * tunnel_bio.c - where OpenSSL reads and writes: memory of the caller, for
 * the time of one call.  OpenSSL's own memory BIOs would copy, grow and wipe
 * every byte once more.
 */
#include "auth/tunnel_private.h"

#include <limits.h>
#include <openssl/bio.h>
#include <pthread.h>
#include <string.h>

#define LATE_MAX 4096 /* alerts: RFC 5246 section 7.2, some bytes each */

static pthread_once_t once = PTHREAD_ONCE_INIT;
static BIO_METHOD *method; /* for the life of the process; NULL: no memory */

static int take_input(BIO *bio, char *dst, size_t size, size_t *taken)
{
    struct tunnel_io *io = BIO_get_data(bio);

    BIO_clear_retry_flags(bio);
    *taken = size < io->left ? size : io->left;
    if (*taken == 0) {
        /* Empty means "later", not "end of file". */
        BIO_set_retry_read(bio);
        return 0;
    }
    memcpy(dst, io->in, *taken);
    io->in += *taken;
    io->left -= *taken;
    return 1;
}

static int put_output(BIO *bio, const char *bytes, size_t n, size_t *written)
{
    struct tunnel_io *io = BIO_get_data(bio);
    struct buf *out = io->out != NULL ? io->out : &io->late;

    BIO_clear_retry_flags(bio);
    buf_put(out, bytes, n);
    *written = out->failed == ERR_NONE ? n : 0;
    return out->failed == ERR_NONE;
}

/* BIO_ctrl(3): everything that is put is sent; nothing else is done here. */
static long control(BIO *bio, int command, long number, void *pointer)
{
    (void)bio;
    (void)number;
    (void)pointer;
    return command == BIO_CTRL_FLUSH;
}

static void make_method(void)
{
    BIO_METHOD *made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK,
                                    "tunnel");

    if (made != NULL && BIO_meth_set_read_ex(made, take_input) == 1
        && BIO_meth_set_write_ex(made, put_output) == 1
        && BIO_meth_set_ctrl(made, control) == 1)
        method = made;
    else
        BIO_meth_free(made);
}

BIO *tunnel_io_new(struct tunnel_io *io)
{
    BIO *bio;

    pthread_once(&once, make_method);
    bio = method != NULL ? BIO_new(method) : NULL;
    if (bio == NULL)
        return NULL;
    memset(io, 0, sizeof *io);
    buf_init(&io->late, LATE_MAX);
    BIO_set_data(bio, io);
    BIO_set_init(bio, 1);
    return bio;
}

void tunnel_io_lend(struct tunnel_io *io, const void *in, size_t len,
                    struct buf *out)
{
    io->in = in;
    io->left = len;
    io->out = out;
    if (out == NULL)
        return;
    /* Records are numbered: what OpenSSL had to say before goes first. */
    buf_put(out, io->late.data, io->late.len);
    buf_clear(&io->late);
}

void tunnel_io_return(struct tunnel_io *io)
{
    io->in = NULL;
    io->left = 0;
    io->out = NULL;
}
