/* options.c - the module's options: one row for each. */
#include "module.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "credssp/duration.h"

#define MINIMUM_UID_DEFAULT 1000

enum option_kind {
    OPTION_FLAG,     /* bool */
    OPTION_TEXT,     /* const char *, not empty */
    OPTION_UID,      /* uid_t */
    OPTION_LIFETIME, /* unsigned, seconds */
    OPTION_ACCEPTED, /* what other modules take; says what we do anyway */
};

struct option_row {
    const char *name; /* with its '=' when it takes a value */
    enum option_kind kind;
    size_t at; /* offset in struct options */
};

#define AT(member) offsetof(struct options, member)

static const struct option_row rows[] = {
    { "debug", OPTION_FLAG, AT(debug) },
    { "silent", OPTION_FLAG, AT(silent) },
    { "ignore_root", OPTION_FLAG, AT(ignore_root) },
    { "minimum_uid=", OPTION_UID, AT(minimum_uid) },
    { "lifetime=", OPTION_LIFETIME, AT(lifetime_s) },
    { "domain=", OPTION_TEXT, AT(domain) },
    { "realm=", OPTION_TEXT, AT(realm) },
    { "group=", OPTION_TEXT, AT(group) },
    /* The password of the stack is the only one: there is no prompt here. */
    { "use_first_pass", OPTION_ACCEPTED, 0 },
    { "try_first_pass", OPTION_ACCEPTED, 0 },
};

void options_init(struct options *options)
{
    memset(options, 0, sizeof *options);
    options->minimum_uid = MINIMUM_UID_DEFAULT;
    options->lifetime_s = LIFETIME_DEFAULT_S;
}

static int set_uid(uid_t *uid, const char *value, struct err *err)
{
    unsigned long number;
    char *end;

    errno = 0;
    number = strtoul(value, &end, 10);
    /* strtoul(3) would take a sign and spaces as well. */
    if (*value < '0' || *value > '9' || *end != '\0' || errno != 0
        || number >= (uid_t)-1)
        return err_set(err, ERR_USAGE, STAGE_START,
                       "option minimum_uid: '%s' is not a user id", value);
    *uid = (uid_t)number;
    return 0;
}

static int set_lifetime(unsigned *lifetime, const char *value,
                        struct err *err)
{
    if (!duration_parse(value, lifetime))
        return err_set(err, ERR_USAGE, STAGE_START,
                       "option lifetime: '%s' is not a time as in 10h, 30m "
                       "or 3600", value);
    return 0;
}

static int set_text(const char **text, const char *name, const char *value,
                    struct err *err)
{
    if (*value == '\0' || strlen(value) >= CRED_NAME_MAX)
        return err_set(err, ERR_USAGE, STAGE_START,
                       "option %s needs a value of at most %d bytes", name,
                       CRED_NAME_MAX - 1);
    *text = value;
    return 0;
}

static int set_option(struct options *options, const struct option_row *row,
                      const char *value, struct err *err)
{
    void *member = (char *)options + row->at;

    switch (row->kind) {
    case OPTION_FLAG:
        *(bool *)member = true;
        return 0;
    case OPTION_TEXT:
        return set_text(member, row->name, value, err);
    case OPTION_UID:
        return set_uid(member, value, err);
    case OPTION_LIFETIME:
        return set_lifetime(member, value, err);
    case OPTION_ACCEPTED:
        return 0;
    }
    return err_set(err, ERR_INTERNAL, STAGE_START, NULL);
}

int options_take(struct options *options, const char *word, struct err *err)
{
    size_t i;

    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t n = strlen(rows[i].name);
        bool has_value = rows[i].name[n - 1] == '=';

        if (has_value ? strncmp(word, rows[i].name, n) == 0
                      : strcmp(word, rows[i].name) == 0)
            return set_option(options, &rows[i], word + n, err);
    }
    return err_set(err, ERR_USAGE, STAGE_START,
                   "unknown option '%s', see pam_credssp(8)", word);
}
