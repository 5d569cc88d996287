/*
 * test_ps_memory.c - whatever a host sends, "credssp ps" reads it and prints
 * it within 64 MB.
 */
#include "unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/ps_print.h"
#include "psrp/incoming.h"

#define MEMORY_MAX_KB 65536
#define BLOB 32768

#define TEN(x) x x x x x x x x x x
#define REF(n) "<Ref RefId=\"" n "\" />"
#define LEVEL(n, below) \
    "<Obj RefId=\"" n "\"><LST>" TEN(REF(below)) "</LST></Obj>"
#define WARNING "<Obj RefId=\"0\"><MS><S N=\"InformationalRecord_Message\">"
#define PROGRESS "<Obj RefId=\"0\"><MS><S N=\"Activity\">"
#define LINE "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct message {
    const char *what;
    enum ps_form form;
    enum message_type type;
    const char *head, *part;  /* the part so often that it has "bytes" */
    size_t bytes;
    const char *tail;
    enum err_cause cause;
} messages[] = {
    { "nothing", PS_TEXT, MESSAGE_PIPELINE_OUTPUT, "<Nil />", "", 0, "",
      ERR_NONE },
    { "a long string as text", PS_TEXT, MESSAGE_PIPELINE_OUTPUT,
      "<S>", LINE, 200000000, "</S>", ERR_NONE },
    { "a long string as CLIXML", PS_CLIXML, MESSAGE_PIPELINE_OUTPUT,
      "<Obj><S>", LINE, 25000000, "</S></Obj>", ERR_NONE },
    { "a long string as JSON", PS_JSON, MESSAGE_PIPELINE_OUTPUT,
      "<Obj><S>", LINE, 25000000, "</S></Obj>", ERR_NONE },
    { "an object's long text", PS_TEXT, MESSAGE_PIPELINE_OUTPUT,
      "<Obj><ToString>", LINE, 25000000, "</ToString></Obj>", ERR_NONE },
    { "a longer one", PS_JSON, MESSAGE_PIPELINE_OUTPUT,
      "<Obj><S>", LINE, 30000000, "</S></Obj>", ERR_OVERSIZED },
    { "control characters", PS_JSON, MESSAGE_PIPELINE_OUTPUT,
      "<Obj><S>", "_x0001_", 70000000, "</S></Obj>", ERR_NONE },
    { "many members", PS_JSON, MESSAGE_PIPELINE_OUTPUT,
      "<Obj><MS>", "<S N=\"a\">b</S>", 1000000, "</MS></Obj>", ERR_NONE },
    { "more than one would count", PS_JSON, MESSAGE_PIPELINE_OUTPUT,
      "<Obj><LST><Obj RefId=\"0\"><LST><I32>1</I32></LST></Obj>"
      LEVEL("1", "0") LEVEL("2", "1") LEVEL("3", "2") LEVEL("4", "3")
      LEVEL("5", "4") LEVEL("6", "5") LEVEL("7", "6") LEVEL("8", "7"),
      "", 0, "</LST></Obj>", ERR_OVERSIZED },
    { "a string a hundred times", PS_JSON, MESSAGE_PIPELINE_OUTPUT,
      "<Obj><LST><Obj RefId=\"0\"><S>", LINE, 20000000,
      "</S></Obj>" TEN(TEN(REF("0"))) "</LST></Obj>", ERR_OVERSIZED },
    { "and ten times", PS_JSON, MESSAGE_PIPELINE_OUTPUT,
      "<Obj><LST><Obj RefId=\"0\"><S>", LINE, 20000000,
      "</S></Obj>" TEN(REF("0")) "</LST></Obj>", ERR_NONE },
    { "a warning", PS_TEXT, MESSAGE_WARNING_RECORD, WARNING, LINE, 15000000,
      "</S></MS></Obj>", ERR_NONE },
    { "a longer warning", PS_TEXT, MESSAGE_WARNING_RECORD, WARNING, LINE,
      25000000, "</S></MS></Obj>", ERR_OVERSIZED },
    { "progress", PS_TEXT, MESSAGE_PROGRESS_RECORD, PROGRESS, LINE, 25000000,
      "</S></MS></Obj>", ERR_NONE },
};

struct pump {
    struct incoming incoming;
    struct ps_print print;
    const struct message *message;
    unsigned char blob[BLOB];
    size_t have;
    uint64_t fragments;
};

static int take(void *arg, const struct incoming_message *message,
                struct err *err)
{
    struct pump *p = arg;
    struct ps_output output = ps_print_output(&p->print);

    if (p->message->type == MESSAGE_PIPELINE_OUTPUT)
        return output.value(output.arg, message, err);
    return output.record(output.arg, p->message->type, message->value, err);
}

static int take_text(void *arg, const char *text, size_t n, struct err *err)
{
    struct pump *p = arg;
    struct ps_output output = ps_print_output(&p->print);

    return output.text(output.arg, text, n, err);
}

/* MS-PSRP 2.2.4 */
static int send(struct pump *p, bool last, struct err *err)
{
    struct buf header = BUF_INIT(64);
    int rc;

    buf_put_u64(&header, 1);
    buf_put_u64(&header, p->fragments);
    buf_put_u8(&header, (uint8_t)((p->fragments == 0) | last << 1));
    buf_put_u32(&header, (uint32_t)p->have);
    rc = incoming_feed(&p->incoming, header.data, header.len, err);
    if (rc == 0)
        rc = incoming_feed(&p->incoming, p->blob, p->have, err);
    p->fragments++;
    p->have = 0;
    buf_free(&header);
    return rc;
}

static int put(struct pump *p, const void *bytes, size_t n, struct err *err)
{
    const unsigned char *from = bytes;

    for (; n > 0; n--) {
        p->blob[p->have++] = *from++;
        if (p->have == BLOB && send(p, false, err) != 0)
            return -1;
    }
    return 0;
}

static int put_message(struct pump *p, struct err *err)
{
    const struct message_header header = { .destination = TO_CLIENT,
                                           .type = p->message->type };
    const struct message *m = p->message;
    struct buf head = BUF_INIT(64);
    size_t n = strlen(m->part), sent;
    int rc;

    message_put_header(&head, &header);
    rc = put(p, head.data, head.len, err);
    if (rc == 0)
        rc = put(p, m->head, strlen(m->head), err);
    for (sent = 0; rc == 0 && sent < m->bytes; sent += n)
        rc = put(p, m->part, n, err);
    if (rc == 0)
        rc = put(p, m->tail, strlen(m->tail), err);
    if (rc == 0)
        rc = send(p, true, err);
    buf_free(&head);
    return rc;
}

static enum err_cause print(const struct message *message)
{
    static struct pump p;
    struct err err = ERR_INIT;
    struct ps_output output;
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

    p.message = message;
    ps_print_init(&p.print, message->form, null, null);
    p.print.progress = true;
    output = ps_print_output(&p.print);
    incoming_init(&p.incoming, take, output.text != NULL ? take_text : NULL,
                  &p);
    p.incoming.on_raw = output.raw;
    p.incoming.raw_arg = output.arg;
    if (put_message(&p, &err) == 0)
        (void)output.flush(output.arg, &err);
    incoming_free(&p.incoming);
    ps_print_free(&p.print);
    close(null);
    return err.cause;
}

/* The peak of a child that prints the message, in kilobytes. */
static long peak_of(const struct message *message)
{
    struct rusage usage;
    int status;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0)
        _exit(print(message) == message->cause ? 0 : 1);
    assert_true(wait4(pid, &status, 0, &usage) == pid);
    if (status != 0)
        fail_msg("%s: not what was expected", message->what);
    return usage.ru_maxrss;
}

static void no_message_takes_more_than_64_mb(void **state)
{
    size_t i;
    long nothing;

    (void)state;
#ifdef __SANITIZE_ADDRESS__
    print_message("AddressSanitizer keeps what is freed: not the real size\n");
    skip();
#endif
    nothing = peak_of(&messages[0]);
    for (i = 1; i < sizeof messages / sizeof *messages; i++) {
        long peak = peak_of(&messages[i]) - nothing;

        print_message("  %s: %ld kB\n", messages[i].what, peak);
        if (peak > MEMORY_MAX_KB)
            fail_msg("%s: %ld kB", messages[i].what, peak);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_message_takes_more_than_64_mb),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
