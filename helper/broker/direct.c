/* direct.c - "credssp --direct": HELLO, then a worker in this process. */
#include "broker/direct.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "broker/bounds.h"
#include "broker/wire.h"
#include "broker/worker.h"

int direct_check(int fd, struct err *err)
{
    struct ucred peer;
    socklen_t size = sizeof peer;

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0)
        return 0;
    return err_set_errno(err, ERR_USAGE, STAGE_START, errno,
                         "descriptor %d is no connected unix socket", fd);
}

static int read_hello(int fd, struct wire_hello *hello, struct err *err)
{
    struct buf in = BUF_INIT(WIRE_HELLO_BYTES);
    struct reader fields;
    unsigned type = 0;
    int result = wire_receive(fd, WIRE_HELLO_BYTES, LIMIT_HELLO_MS, &in,
                              &type, &fields, err);

    if (result == 0 && type != WIRE_HELLO)
        result = err_set(err, ERR_BROKER_PROTOCOL, STAGE_BROKER,
                         "the first frame is not a HELLO");
    if (result == 0)
        result = wire_get_hello(&fields, hello, err);
    buf_free(&in);
    return result;
}

static void tell(int fd, const struct err *err)
{
    struct buf out = BUF_INIT(LIMIT_SMALL_FRAME);
    struct err ignored = ERR_INIT;

    wire_put_error(&out, err);
    if (buf_ok(&out, STAGE_BROKER, &ignored) != 0
        || wire_send(fd, &out, LIMIT_LINGER_MS, &ignored) != 0)
        close(fd); /* the caller prints what went wrong */
    buf_free(&out);
}

int direct_run(int fd, const char *policy_file, int *status, struct err *err)
{
    struct policy_source policy;
    struct worker_task task = {
        .uid = getuid(), .direct = true, .policy = &policy,
        .control = -1, .client = fd,
    };
    struct wire_hello hello;

    if (read_hello(fd, &hello, err) != 0) {
        tell(fd, err);
        return -1;
    }
    task.sealed = hello.sealed;
    policy_source_init(&policy, policy_file, POLICY_OWNER_USER);
    *status = worker_run(&task);
    policy_source_clear(&policy);
    return 0;
}
