/* cmd_policy_import.c - a group policy's delegation settings as lines. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/domain.h"
#include "cli/policy.h"
#include "cli/render.h"
#include "policy/gpo.h"
#include "policy/registry_pol.h"

struct import_options {
    bool from_domain;
};

static const struct option_row rows[] = {
    { 0, "from-domain", NULL, OPTION_FLAG,
      offsetof(struct import_options, from_domain),
      "fetch the group policies of this machine (root only)" },
};

const struct page page_policy_import = {
    .name = "policy import",
    .usage = "REGISTRY.POL... | --from-domain",
    .summary = "Print a group policy's delegation settings as policy lines",
    .about =
        "Of several files a later one wins over those before it.  Nothing is\n"
        "changed: the lines go to standard output, to be read and put into a\n"
        "file such as " SYSCONFDIR "/credssp.conf.d/domain.conf.  The exit\n"
        "status is 1 if an entry could not be taken.\n",
    PAGE_ROWS(rows),
    .examples =
        "  credssp policy import Registry.pol\n"
        "  credssp policy import --from-domain\n",
};

static int read_all(int fd, const char *path, struct buf *bytes,
                    struct err *err)
{
    for (;;) {
        unsigned char chunk[8192];
        ssize_t n = read(fd, chunk, sizeof chunk);

        if (n == 0)
            return buf_ok(bytes, STAGE_POLICY, err);
        if (n > 0)
            buf_put(bytes, chunk, (size_t)n);
        else if (errno != EINTR)
            return err_set_errno(err, ERR_SYSTEM, STAGE_POLICY, errno,
                                 "cannot read %s", path);
        if (bytes->failed == ERR_OVERSIZED)
            return err_set(err, ERR_OVERSIZED, STAGE_POLICY,
                           "%s is longer than %d bytes", path,
                           REGISTRY_POL_BYTES_MAX);
    }
}

static int apply_file(void *arg, const char *path, struct err *err)
{
    struct buf bytes = BUF_INIT(REGISTRY_POL_BYTES_MAX);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    int result;

    if (fd < 0)
        return err_set_errno(err, ERR_SYSTEM, STAGE_POLICY, errno,
                             "cannot open %s", path);
    result = read_all(fd, path, &bytes, err);
    if (result == 0)
        result = gpo_apply(arg, bytes.data, bytes.len, err);
    close(fd);
    buf_free(&bytes);
    return result;
}

static int apply_files(struct gpo *gpo, const struct words *words,
                       struct err *err)
{
    int i;

    for (i = 0; i < words->n; i++) {
        if (apply_file(gpo, words->v[i], err) != 0)
            return -1;
        render_clean(words->v[i]); /* it must not end the comment */
        printf("# from %s\n", words->v[i]);
    }
    return 0;
}

static int check_words(const struct import_options *options,
                       const struct words *words, struct err *err)
{
    if (options->from_domain == (words->n > 0))
        return options_usage_error(&page_policy_import, err, "a Registry.pol "
                                   "or --from-domain is wanted");
    return 0;
}

int cmd_policy_import(const struct cli *cli, int argc, char **argv,
                      struct err *err)
{
    struct import_options options = { .from_domain = false };
    struct words words;
    struct gpo gpo;
    unsigned refused = 0;
    int r;

    (void)cli;
    if (options_parse(&page_policy_import, argc, argv, &options, &words, err)
            != 0)
        return EXIT_OWN_FAILURE;
    if (words.help)
        return EXIT_SUCCESS;
    gpo_init(&gpo);
    r = check_words(&options, &words, err);
    if (r == 0)
        r = options.from_domain ? domain_policies(apply_file, &gpo, err)
                                : apply_files(&gpo, &words, err);
    if (r == 0)
        refused = gpo_print(&gpo, stdout);
    gpo_clear(&gpo);
    if (r != 0)
        return EXIT_OWN_FAILURE;
    return refused == 0 ? EXIT_SUCCESS : EXIT_DENIED;
}
