/* options.c - the table of options: parser and help read the same rows. */
#include "broker/options.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum option_kind { OPTION_FLAG, OPTION_TEXT, OPTION_DESCRIPTOR };

struct option_row {
    const char *name;
    const char *argument; /* its name in the help; NULL: takes none */
    enum option_kind kind;
    size_t offset;        /* in struct options */
    const char *help;
};

#define FIELD(name) offsetof(struct options, name)

static const struct option_row rows[] = {
    { "--listen", "PATH", OPTION_TEXT, FIELD(listen_path),
      "listen there (systemd's socket, or " BROKER_SOCKET ")" },
    { "--policy", "FILE", OPTION_TEXT, FIELD(policy_file),
      "the policy file (" SYSCONFDIR "/credssp.conf)" },
    { "--foreground", NULL, OPTION_FLAG, FIELD(foreground),
      "write every line of the log to stderr as well" },
    { "--check-config", NULL, OPTION_FLAG, FIELD(check_config),
      "say what is wrong with the policy file (or one named after it)" },
    { "--direct", "FD", OPTION_DESCRIPTOR, FIELD(direct_fd),
      "serve one connected socket, as the user (credssp --direct)" },
    { "--help", NULL, OPTION_FLAG, FIELD(help), "print this" },
    { "--version", NULL, OPTION_FLAG, FIELD(version), "print the version" },
};

static const struct option_row *find(const char *name)
{
    size_t i;

    for (i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strcmp(rows[i].name, name) == 0)
            return &rows[i];
    return NULL;
}

static int set_descriptor(int *field, const char *value, struct err *err)
{
    char *end;
    long number;

    errno = 0;
    number = strtol(value, &end, 10);
    if (errno != 0 || end == value || *end != '\0' || number < 0
        || number > INT_MAX)
        return err_set(err, ERR_USAGE, STAGE_START,
                       "'%s' is not the number of a descriptor", value);
    *field = (int)number;
    return 0;
}

static int set(struct options *options, const struct option_row *row,
               const char *value, struct err *err)
{
    char *field = (char *)options + row->offset;
    bool on = true;

    switch (row->kind) {
    case OPTION_FLAG:
        memcpy(field, &on, sizeof on);
        return 0;
    case OPTION_TEXT:
        memcpy(field, &value, sizeof value);
        return 0;
    case OPTION_DESCRIPTOR:
        return set_descriptor(&options->direct_fd, value, err);
    }
    return err_set(err, ERR_INTERNAL, STAGE_START, NULL);
}

static int not_understood(struct err *err, const char *what, const char *name)
{
    err_set(err, ERR_USAGE, STAGE_START, "%s: '%s'", what, name);
    return err_advise(err, "see 'credssp-broker --help'");
}

/* "my.conf" of "credssp --direct -F my.conf". */
static int make_absolute(struct options *options, struct err *err)
{
    char here[PATH_MAX];
    int len;

    if (options->policy_file[0] == '/')
        return 0;
    if (getcwd(here, sizeof here) == NULL)
        return err_set_errno(err, ERR_SYSTEM, STAGE_START, errno,
                             "the current directory has no name");
    len = snprintf(options->policy_path, sizeof options->policy_path,
                   "%s/%s", here, options->policy_file);
    if (len < 0 || (size_t)len >= sizeof options->policy_path)
        return err_set(err, ERR_USAGE, STAGE_START,
                       "the path of the policy file is too long");
    options->policy_file = options->policy_path;
    return 0;
}

int options_parse(int argc, char *const *argv, struct options *options,
                  struct err *err)
{
    int i;

    *options = (struct options){
        .policy_file = SYSCONFDIR "/credssp.conf", .direct_fd = -1,
    };
    for (i = 1; i < argc; i++) {
        const struct option_row *row = find(argv[i]);
        const char *value = NULL;

        if (row == NULL && options->check_config && argv[i][0] != '-') {
            options->policy_file = argv[i]; /* "--check-config FILE" */
            continue;
        }
        if (row == NULL)
            return not_understood(err, "no such option", argv[i]);
        if (row->kind != OPTION_FLAG) {
            if (++i == argc)
                return not_understood(err, "a value is missing", row->name);
            value = argv[i];
        }
        if (set(options, row, value, err) != 0)
            return -1;
    }
    return make_absolute(options, err);
}

void options_help(FILE *out)
{
    size_t i;

    fprintf(out, "usage: credssp-broker [OPTION]...\n"
            "Delegates the credentials of login sessions to the hosts that "
            "policy allows.\n\n");
    for (i = 0; i < sizeof rows / sizeof *rows; i++)
        fprintf(out, "  %-14s %-5s  %s\n", rows[i].name,
                rows[i].argument != NULL ? rows[i].argument : "",
                rows[i].help);
    fprintf(out, "\nSee credssp-broker(8) and credssp.conf(5).\n");
}
