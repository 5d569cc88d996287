/* run_many.c - tells what is odd about a fan-out and starts it. */
#include "cli/run_many.h"

#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/run_json.h"

/* Bytes that somebody meant for the command. */
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

static void tell_oddities(const struct run_many *many)
{
    const struct hosts *hosts = &many->hosts;

    if (hosts->doubled > 0)
        fprintf(stderr, "credssp: note: %s is named more than once and runs "
                "once (%zu such names)\n", hosts->double_name,
                hosts->doubled);
    if (!many->read_stdin && many->input == NULL && stdin_has_bytes())
        fprintf(stderr, "credssp: note: standard input goes to none of many "
                "hosts; --input FILE gives a file to each\n");
}

int run_many(const struct run_many *many, struct err *err)
{
    const struct fanout fanout = {
        .hosts = &many->hosts,
        .program = { .run = many->run, .arg = many->arg,
                     .input = many->input },
        .at_once = many->at_once,
        .form = many->json ? FANOUT_OBJECTS
                : many->group ? FANOUT_GROUPED : FANOUT_LINES,
        .fail_fast = many->fail_fast,
        .quiet = many->quiet,
        .retry_file = many->retry_file,
        .object = run_json_absent,
    };

    if (!many->quiet)
        tell_oddities(many);
    return fanout_run(&fanout, err);
}
