/* many_hosts.c - which hosts a command goes to, and the start of a fan-out. */
#include "cli/many_hosts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/client.h"
#include "cli/command.h"

static int check_host(const struct page *page, const char *host,
                      struct err *err)
{
    if (host[0] == '\0')
        return options_usage_error(page, err, "the host is empty");
    if (strchr(host, '@') != NULL)
        return options_usage_error(page, err, "what is run there runs as the "
                                   "user of this session's credential; give "
                                   "the host alone, not '%s'", host);
    return 0;
}

/* One host is as ssh has it, unless something is asked for that ssh has not. */
static bool is_wide(const struct many_options *o, const char *host)
{
    return o->hosts_file != NULL || o->group || o->fail_fast
           || o->retry_failed != NULL || strchr(host, ',') != NULL;
}

int many_hosts_take(struct many_hosts *many, struct words *words,
                    struct err *err)
{
    const struct many_options *o = many->options;

    if (o->hosts_file == NULL && words->n == 0)
        return options_usage_error(many->page, err, "no host is given");
    if (o->at_once == 0 || o->at_once > FANOUT_MAX)
        return options_usage_error(many->page, err, "-P wants a number from "
                                   "1 to %d, not %u", FANOUT_MAX, o->at_once);
    if (o->hosts_file == NULL) {
        many->host = *words->v++;
        words->n--;
    }
    many->wide = is_wide(o, many->host);
    if (!many->wide)
        return check_host(many->page, many->host, err);
    if (o->hosts_file != NULL && strcmp(o->hosts_file, "-") == 0)
        many->read_stdin = true;
    if ((o->hosts_file != NULL
             ? hosts_add_file(&many->hosts, o->hosts_file, err)
             : hosts_add_list(&many->hosts, many->host, err)) != 0)
        return -1;
    return hosts_check(&many->hosts, err);
}

void many_hosts_free(struct many_hosts *many)
{
    hosts_free(&many->hosts);
}

int many_hosts_open_input(const struct many_hosts *many, int *fd,
                          struct err *err)
{
    const char *path = many->options->input;

    *fd = STDIN_FILENO;
    if (path == NULL)
        return 0;
    *fd = open(path, O_RDONLY | O_CLOEXEC);
    if (*fd < 0) {
        (void)err_set_errno(err, ERR_USAGE, STAGE_START, errno,
                            "cannot open the input %s", path);
        return err_advise(err, "--input wants a file that you may read; "
                          "nothing was run");
    }
    if (!many->wide)
        return 0;
    close(*fd);
    *fd = STDIN_FILENO;
    return 0;
}

/* Bytes that somebody meant for what is run. */
static bool stdin_has_bytes(void)
{
    struct stat is;
    int waiting = 0;

    if (fstat(STDIN_FILENO, &is) != 0)
        return false;
    if (S_ISREG(is.st_mode))
        return lseek(STDIN_FILENO, 0, SEEK_CUR) < is.st_size;
    return (S_ISFIFO(is.st_mode) || S_ISSOCK(is.st_mode))
           && ioctl(STDIN_FILENO, FIONREAD, &waiting) == 0 && waiting > 0;
}

static void tell_oddities(const struct many_hosts *many)
{
    const struct hosts *hosts = &many->hosts;

    if (hosts->doubled == 1)
        fprintf(stderr, "credssp: note: %s is named twice and runs once\n",
                hosts->double_name);
    else if (hosts->doubled > 1)
        fprintf(stderr, "credssp: note: %zu names are repetitions and each "
                "host runs once; the first is %s\n", hosts->doubled,
                hosts->double_name);
    if (!many->read_stdin && many->options->input == NULL
        && stdin_has_bytes())
        fprintf(stderr, "credssp: note: standard input goes to none of many "
                "hosts; --input FILE gives a file to each\n");
}

/* Told once, and not once for each host. */
static int check_credential(struct err *err)
{
    struct client client;
    int r;

    client_init(&client);
    r = client_begin_session(&client, err);
    client_close(&client, true);
    return r;
}

int many_hosts_run(const struct many_hosts *many, struct err *err)
{
    const struct many_options *o = many->options;
    const struct fanout fanout = {
        .hosts = &many->hosts,
        .program = { .run = many->run, .arg = many->arg,
                     .input = o->input },
        .at_once = o->at_once,
        .form = many->form,
        .fail_fast = o->fail_fast,
        .quiet = many->quiet,
        .retry_file = o->retry_failed,
        .object = many->object,
    };

    if (check_credential(err) != 0)
        return EXIT_OWN_FAILURE;
    if (!many->quiet)
        tell_oddities(many);
    return fanout_run(&fanout, err);
}
