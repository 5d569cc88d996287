/* main.c - credssp-broker: which of its three roles, and nothing else. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "broker/direct.h"
#include "broker/listen.h"
#include "broker/notice.h"
#include "broker/options.h"
#include "broker/preload.h"
#include "broker/sandbox.h"
#include "broker/server.h"

static int run_direct(const struct options *options, int *status,
                      struct err *err)
{
    if (direct_check(options->direct_fd, err) != 0
        || sandbox_begin(&options->direct_fd, 1, err) != 0)
        return -1;
    notice_open(options->foreground);
    if (preload_libraries(err) != 0
        || sandbox_direct(options->policy_file, err) != 0)
        return -1;
    return direct_run(options->direct_fd, options->policy_file, status, err);
}

static int run_listener(const struct options *options, struct err *err)
{
    const char *path = options->listen_path;
    int fd = -1, result;
    bool own;

    if (path == NULL && listen_inherited(&fd, err) != 0)
        return -1;
    if (sandbox_refuse_root(err) != 0
        || sandbox_begin(&fd, fd >= 0 ? 1 : 0, err) != 0)
        return -1;
    notice_open(options->foreground);
    own = fd < 0;
    if (path == NULL)
        path = BROKER_SOCKET;
    if (own && listen_at(path, &fd, err) != 0)
        return -1;
    result = preload_libraries(err);
    if (result == 0)
        result = sandbox_listener(options->policy_file, own ? path : NULL,
                                  err);
    if (result == 0)
        result = server_run(fd, options->policy_file, err);
    if (own)
        unlink(path);
    return result;
}

static int run(const struct options *options, int *status, struct err *err)
{
    if (options->direct_fd >= 0)
        return run_direct(options, status, err);
    if (options->check_config) {
        notice_open(true);
        *status = server_check_policy(options->policy_file) == 0
                      ? EXIT_SUCCESS : EXIT_FAILURE;
        return 0;
    }
    return run_listener(options, err);
}

int main(int argc, char **argv)
{
    struct options options;
    struct err err = ERR_INIT;
    int status = EXIT_SUCCESS;

    if (options_parse(argc, argv, &options, &err) != 0) {
        err_print(stderr, "credssp-broker", &err);
        return EXIT_FAILURE;
    }
    if (options.help) {
        options_help(stdout);
        return EXIT_SUCCESS;
    }
    if (options.version) {
        printf("credssp-broker %s\n", PACKAGE_VERSION);
        return EXIT_SUCCESS;
    }
    if (run(&options, &status, &err) == 0)
        return status;
    err_print(stderr, "credssp-broker", &err);
    return EXIT_FAILURE;
}
