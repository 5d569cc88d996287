/* spill.c - keeps what a host wrote until the host has ended. */
#include "cli/spill.h"

#include <errno.h>

void spill_init(struct spill *spill)
{
    buf_init(&spill->memory, SPILL_MEMORY_MAX);
    spill->file = NULL;
}

void spill_free(struct spill *spill)
{
    buf_free(&spill->memory);
    if (spill->file != NULL)
        fclose(spill->file);
    spill->file = NULL;
}

static int fail(struct err *err)
{
    (void)err_set_errno(err, ERR_SYSTEM, STAGE_OUTPUT, errno,
                        "cannot keep a host's output in /tmp");
    return err_advise(err, "make room there, or do without --group and "
                      "--json");
}

static int write_file(struct spill *spill, const void *bytes, size_t n,
                      struct err *err)
{
    if (n == 0 || fwrite(bytes, 1, n, spill->file) == n)
        return 0;
    return fail(err);
}

static int move_to_file(struct spill *spill, struct err *err)
{
    spill->file = tmpfile();
    if (spill->file == NULL
        || write_file(spill, spill->memory.data, spill->memory.len, err) != 0)
        return fail(err);
    buf_free(&spill->memory);
    return 0;
}

int spill_put(struct spill *spill, const void *bytes, size_t n,
              struct err *err)
{
    if (spill->file == NULL && n <= SPILL_MEMORY_MAX - spill->memory.len) {
        buf_put(&spill->memory, bytes, n);
        return buf_ok(&spill->memory, STAGE_OUTPUT, err);
    }
    if (spill->file == NULL && move_to_file(spill, err) != 0)
        return -1;
    return write_file(spill, bytes, n, err);
}

static int pour_file(struct spill *spill, prefix_write_fn *write, void *arg,
                     char *last, struct err *err)
{
    char block[16384];
    size_t n;

    if (fflush(spill->file) != 0 || fseek(spill->file, 0, SEEK_SET) != 0)
        return fail(err);
    while ((n = fread(block, 1, sizeof block, spill->file)) > 0) {
        if (write(arg, block, n, err) != 0)
            return -1;
        *last = block[n - 1];
    }
    return ferror(spill->file) != 0 ? fail(err) : 0;
}

int spill_pour(struct spill *spill, prefix_write_fn *write, void *arg,
               char *last, struct err *err)
{
    const struct buf *memory = &spill->memory;

    *last = '\n';
    if (spill->file != NULL)
        return pour_file(spill, write, arg, last, err);
    if (memory->len == 0)
        return 0;
    *last = (char)memory->data[memory->len - 1];
    return write(arg, memory->data, memory->len, err);
}

bool spill_is_empty(const struct spill *spill)
{
    return spill->file == NULL && spill->memory.len == 0;
}
