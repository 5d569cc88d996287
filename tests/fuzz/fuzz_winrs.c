/*
 * fuzz_winrs.c - a remote shell whose host answers what the fuzzer says.
 *
 * Input: which request, a letter of "create start input receive signal
 * delete"; 'f' for HTTP status 500, else 200; then the answer, in which
 * "@ID@" stands for the request's MessageID.
 */
#include "fuzz.h"

#include <libxml/xmlerror.h>
#include <string.h>

#include "wsman/winrs.h"

#define REQUEST_ID "<wsa:MessageID>uuid:"
#define PLACE "@ID@"
#define ANSWER_MAX 1048576

/* The host: what it will answer. */
struct answers {
    const uint8_t *data;
    size_t size;
    int status;
    struct buf body;
};

static struct answers host;

/* Neither memory nor time of the host's own matter: the buffer is large
 * enough from the start. */
static void fill(const char *id)
{
    const uint8_t *p = host.data, *end = p + host.size, *at;

    buf_clear(&host.body);
    while ((at = memmem(p, (size_t)(end - p), PLACE, strlen(PLACE)))
           != NULL) {
        buf_put(&host.body, p, (size_t)(at - p));
        buf_put(&host.body, id, WSMAN_UUID_BYTES - 1);
        p = at + strlen(PLACE);
    }
    buf_put(&host.body, p, (size_t)(end - p));
}

static int post(void *arg, const unsigned char *body, size_t len, bool final,
                long timeout_ms, struct wsman_answer *answer,
                struct err *err)
{
    const char *id = memmem(body, len, REQUEST_ID, strlen(REQUEST_ID));

    (void)arg;
    (void)timeout_ms;
    (void)err;
    fuzz_require(id != NULL);
    if (final)
        return 0;
    fill(id + strlen(REQUEST_ID));
    answer->status = host.status;
    answer->content_type = "application/soap+xml;charset=UTF-8";
    answer->body = host.body.data;
    answer->len = host.body.failed == ERR_NONE ? host.body.len : 0;
    return 0;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    fuzz_own_libxml2();
    buf_init(&host.body, ANSWER_MAX);
    fuzz_require(buf_reserve(&host.body, ANSWER_MAX) != NULL);
    return 0;
}

/* Reads every byte that it is given. */
static int take(void *arg, bool is_stderr, const void *p, size_t n,
                struct err *err)
{
    unsigned *sum = arg;
    const unsigned char *bytes = p;
    size_t i;

    (void)is_stderr;
    (void)err;
    for (i = 0; i < n; i++)
        *sum += bytes[i];
    return 0;
}

static int ask(uint8_t which, struct wsman *wsman, struct err *err)
{
    static const struct winrs_options none;
    static const char *const arguments[] = { "/c", "ver" };
    struct winrs_shell shell = { .wsman = wsman, .id = "SHELL-1" };
    struct winrs_command command = { .shell = &shell, .id = "CMD-1" };
    struct winrs_state state = { .done = false };
    unsigned sum = 0;

    if (which == 'c')
        return winrs_create(wsman, &none, &shell, err);
    if (which == 's')
        return winrs_start(&shell, "cmd", arguments, 2, false, &command, err);
    if (which == 'i')
        return winrs_send(&command, "input\r\n", 7, true, err);
    if (which == 'b')
        return winrs_signal(&command, WINRS_CTRL_C, false, err);
    if (which == 'd')
        return winrs_delete(&shell, false, err);
    return winrs_receive(&command, take, &sum, &state, err);
}

static int request(const uint8_t *data, size_t size, struct err *err)
{
    uint8_t which = fuzz_u8(&data, &size);
    struct wsman wsman;
    int r;

    host.status = fuzz_u8(&data, &size) == 'f' ? 500 : 200;
    host.data = data;
    host.size = size;
    r = wsman_init(&wsman, "http://win1.corp.example.com:5985/wsman", post,
                   NULL, err);
    if (r == 0)
        r = ask(which, &wsman, err);
    xmlResetLastError();
    return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned seed = fuzz_seed(&data, &size);

    if (size < ANSWER_MAX / 16)
        fuzz_twice(request, seed, data, size);
    return 0;
}
