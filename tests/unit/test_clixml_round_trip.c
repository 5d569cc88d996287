/*
 * test_clixml_round_trip.c - what is written is read back the same, whatever
 * it is; and no document makes the reader take more than it may.
 */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clixml_text.h"
#include "psrp/clixml_writer.h"
#include "psrp/types.h"

#define ROUNDS 3000
#define TEXT_MAX 40
#define KINDS 6
#define MEMBERS_MAX 8

/* A generator of our own: the same values with every run. */
static uint64_t next_random;

static unsigned draw(unsigned below)
{
    next_random = next_random * 6364136223846793005U + 1442695040888963407U;
    return (unsigned)(next_random >> 33) % below;
}

/* Characters that escapes, XML and UTF-16 have words about. */
static size_t draw_text(char *out)
{
    static const char *const parts[] = {
        "a", "Z", " ", "\n", "\r", "\t", "_", "_x", "_x0041_", "_X005F_",
        "__", "x", "&", "<", ">", "\"", "'", "]]>", "\x01", "\x7f",
        "\xc2\x85", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80",
        "\xef\xbf\xbd", "\xed\x9f\xbf", "\xef\xbb\xbf"
    };
    size_t n = 0, wanted = draw(TEXT_MAX - 8);

    while (n < wanted) {
        const char *part = parts[draw(sizeof parts / sizeof *parts)];

        memcpy(out + n, part, strlen(part));
        n += strlen(part);
    }
    out[n] = '\0';
    return n;
}

struct member {
    unsigned kind;
    char name[TEXT_MAX + 8], text[TEXT_MAX + 8];
    size_t len;
    int64_t number;
};

static void write_member(struct clixml_writer *w, struct member *m)
{
    m->kind = draw(KINDS);
    m->len = draw_text(m->text);
    m->number = (int64_t)(next_random ^ next_random << 21);
    if (draw_text(m->name) == 0)
        m->name[0] = 'n', m->name[1] = '\0';
    switch (m->kind) {
    case 0:
        clixml_put_nil(w, m->name);
        return;
    case 1:
        clixml_put_string(w, m->name, m->text, m->len);
        return;
    case 2:
        m->number = (int32_t)m->number;
        clixml_put_i32(w, m->name, (int32_t)m->number);
        return;
    case 3:
        clixml_put_i64(w, m->name, m->number);
        return;
    case 4:
        m->number &= 1;
        clixml_put_bool(w, m->name, m->number != 0);
        return;
    case 5:
        m->number = (int32_t)m->number;
        clixml_put_enum(w, m->name, type_method, m->text,
                        (int32_t)m->number);
        return;
    }
}

static void check_member(const struct clixml *value, const struct member *m)
{
    int64_t number;

    assert_string_equal(value->name, m->name);
    switch (m->kind) {
    case 0:
        assert_int_equal(value->kind, CLIXML_NIL);
        return;
    case 1:
        assert_int_equal(value->kind, CLIXML_STRING);
        assert_int_equal(value->len, m->len);
        assert_memory_equal(value->text, m->text, m->len + 1);
        return;
    case 4:
        assert_int_equal(value->kind, CLIXML_BOOL);
        assert_true(clixml_bool(value, m->number == 0) == (m->number != 0));
        return;
    case 5:
        assert_string_equal(value->to_string, m->text);
        assert_true(clixml_is(value, "System.Enum"));
        assert_string_equal(value->types->text, type_method[0]);
        break;
    }
    assert_true(clixml_int(value, &number));
    assert_true(number == m->number);
}

/* Objects within objects, members and items at random. */
struct tree {
    struct member members[MEMBERS_MAX];
    unsigned count;
    bool is_list, has_types;
};

static void write_tree(struct clixml_writer *w, struct tree *trees,
                       unsigned depth)
{
    struct tree *t = trees;
    unsigned i;

    t->count = draw(MEMBERS_MAX);
    t->is_list = draw(2) != 0;
    t->has_types = draw(2) != 0;
    clixml_begin_object(w, NULL);
    if (t->has_types)
        clixml_put_types(w, type_array_list);
    if (t->is_list) {
        clixml_begin(w, "LST");
        if (depth > 0)
            write_tree(w, trees + 1, depth - 1);
        clixml_end(w, "LST");
    }
    clixml_begin(w, "MS");
    for (i = 0; i < t->count; i++)
        write_member(w, &t->members[i]);
    clixml_end(w, "MS");
    clixml_end_object(w);
}

static void check_tree(const struct clixml *value, const struct tree *trees,
                       unsigned depth)
{
    const struct tree *t = trees;
    const struct clixml *member = value->members;
    unsigned i;

    assert_int_equal(value->kind, CLIXML_OBJECT);
    assert_true(t->has_types == (value->types != NULL));
    assert_true(t->is_list == (value->container == CLIXML_LIST));
    if (t->is_list && depth > 0) {
        check_tree(value->items, trees + 1, depth - 1);
        assert_null(value->items->next);
    }
    for (i = 0; i < t->count; i++, member = member->next)
        check_member(member, &t->members[i]);
    assert_null(member);
}

static void whatever_is_written_is_read_back(void **state)
{
    struct clixml_reader reader;
    unsigned round;

    (void)state;
    next_random = 1;
    clixml_reader_init(&reader);
    for (round = 0; round < ROUNDS; round++) {
        struct buf out = BUF_INIT(1048576);
        struct tree trees[5];
        struct clixml_writer w;

        clixml_writer_init(&w, &out);
        write_tree(&w, trees, 4);
        buf_put_u8(&out, 0);
        assert_int_equal(out.failed, ERR_NONE);
        check_tree(clixml_of(&reader, (char *)out.data), trees, 4);
        buf_free(&out);
    }
    clixml_reader_free(&reader);
}

/* -- memory -- */

#define DOCUMENT_BYTES 100000000
#define MEMORY_MAX_KB 65536

static const struct document {
    const char *head, *part;
} documents[] = {
    { "<Obj RefId=\"0\"><LST>", "<Nil/>" },
    { "<Obj RefId=\"0\"><LST>", "<S></S>" },
    { "<Obj RefId=\"0\"><LST>", "<Obj/>" },
    { "<Obj RefId=\"0\"><LST>", "<Obj RefId=\"262143\"><TN RefId=\"262143\">"
      "<T>a</T></TN></Obj>" },
    { "<Obj RefId=\"0\"><MS>", "<S N=\"a\">b</S>" },
    { "<S>", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" },
    { "<S N=\"", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" },
    { "", "<Obj><LST>" },
    { "<Obj", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" },
    { "<Obj RefId=\"0\"><LST>", "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n" },
};

static void feed_until_refused(const struct document *document)
{
    struct clixml_reader reader;
    struct err err = ERR_INIT;
    size_t n = strlen(document->part), sent = 0;
    char part[65536];
    size_t len = 0;
    int rc;

    while (len + n <= sizeof part) {
        memcpy(part + len, document->part, n);
        len += n;
    }
    clixml_reader_init(&reader);
    rc = clixml_reader_begin(&reader, NULL, NULL, &err);
    if (rc == 0)
        rc = clixml_reader_feed(&reader,
                                (const unsigned char *)document->head,
                                strlen(document->head), &err);
    for (; rc == 0 && sent < DOCUMENT_BYTES; sent += len)
        rc = clixml_reader_feed(&reader, (const unsigned char *)part, len,
                                &err);
    clixml_reader_free(&reader);
}

/* The peak of a child that reads the document, or nothing, in kilobytes. */
static long peak_of(const struct document *document)
{
    struct rusage usage;
    int status;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        if (document != NULL)
            feed_until_refused(document);
        _exit(0);
    }
    assert_true(wait4(pid, &status, 0, &usage) == pid);
    assert_int_equal(status, 0);
    return usage.ru_maxrss;
}

static void no_document_takes_more_than_64_mb(void **state)
{
    long nothing = peak_of(NULL);
    size_t i;

    (void)state;
#ifdef __SANITIZE_ADDRESS__
    print_message("AddressSanitizer keeps what is freed: not the real size\n");
    skip();
#endif
    for (i = 0; i < sizeof documents / sizeof *documents; i++) {
        long peak = peak_of(&documents[i]) - nothing;

        if (peak > MEMORY_MAX_KB)
            fail_msg("%s...: %ld kB", documents[i].part, peak);
        print_message("  %zu: %ld kB\n", i, peak);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_is_written_is_read_back),
        cmocka_unit_test(no_document_takes_more_than_64_mb),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
