/* main.c - winhost: a stand-in for a Windows host's WinRM service. */
#include <errno.h>
#include <getopt.h>
#include <libxml/parser.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "certificate.h"
#include "credssp/buf.h"
#include "farm.h"
#include "journal.h"
#include "listen.h"
#include "misbehave.h"
#include "pwsh.h"
#include "shells.h"
#include "trouble.h"

#define PEM_MAX 65536
#define KEPT_BUFFER_BYTES (32 << 20) /* no larger threshold is taken */
#define KEPT_BYTES (64 << 20)

struct settings {
    struct host host;
    const char *bind, *log, *cert, *key, *keytab, *farm, *trouble;
    const char *pwsh;        /* "none": the interpreter alone */
    unsigned farm_size;
    unsigned port, https_port; /* HTTPS: only with --cert */
};

enum kind { TEXT, NAME, NUMBER, FLAG, AUTH, MECHANISM };

/* One row for each option: its name, kind, place, and a line of help. */
#define AT(member) offsetof(struct settings, member)
static const struct {
    const char *name;
    enum kind kind;
    size_t at;
    unsigned long most;
    const char *help;
} rows[] = {
    { "name", NAME, AT(host.name), 0, "the computer's name, WIN1" },
    { "fqdn", NAME, AT(host.fqdn), 0, "its DNS name" },
    { "domain", NAME, AT(host.domain), 0, "NetBIOS name of its domain" },
    { "realm", NAME, AT(host.realm), 0, "Kerberos realm" },
    { "port", NUMBER, AT(port), 65535, "HTTP port (5985; 0: any)" },
    { "https-port", NUMBER, AT(https_port), 65535, "HTTPS port (5986)" },
    { "cert", TEXT, AT(cert), 0, "PEM file: serve HTTPS too" },
    { "key", TEXT, AT(key), 0, "PEM file with its key" },
    { "auth", AUTH, 0, 0, "credssp,negotiate: what is offered" },
    { "mechanism", MECHANISM, 0, 0, "kerberos or ntlm, within CredSSP" },
    { "keytab", TEXT, AT(keytab), 0, "keys of the host's principals" },
    { "sam", TEXT, AT(host.sam), 0, "DOMAIN:user:password lines, for NTLM" },
    { "drop-credential", FLAG, AT(host.drop_credential), 0,
      "keep nothing of what is delegated" },
    { "version", NUMBER, AT(host.credssp_version), 6, "CredSSP, 2 to 6" },
    { "ciphers", TEXT, AT(host.ciphers), 0, "OpenSSL cipher list, inside" },
    { "bind", TEXT, AT(bind), 0, "numeric address to listen on" },
    { "log", TEXT, AT(log), 0, "file for one line per event" },
    { "smb-conf", TEXT, AT(host.smb_conf), 0, "smb.conf of the second hop" },
    { "pwsh", TEXT, AT(pwsh), 0, "program of the endpoint PowerShell.7; "
      "none (that in PATH)" },
    { "misbehave", TEXT, AT(host.misbehave), 0, "NAME: do this wrong" },
    { "misbehave-file", TEXT, AT(host.misbehave_file), 0,
      "the same, from a file, read for each connection" },
    { "trouble", TEXT, AT(trouble), 0,
      "file, read for each request: ACTION TROUBLE [COUNT]" },
    { "max-envelope", NUMBER, AT(host.max_envelope), 1048576,
      "MaxEnvelopeSizekb" },
    { "max-timeout-ms", NUMBER, AT(host.max_timeout_ms), 600000,
      "MaxTimeoutms" },
    { "max-shells", NUMBER, AT(host.max_shells), 100000,
      "MaxShellsPerUser" },
    { "max-commands", NUMBER, AT(host.max_commands), 64,
      "MaxProcessesPerShell" },
    { "farm", TEXT, AT(farm), 0, "numeric address: many hosts, from it on" },
    { "farm-size", NUMBER, AT(farm_size), 1000, "how many (500)" },
    { "idle-ms", NUMBER, AT(host.idle_ms), 3600000,
      "idle time of a connection, rounded up to seconds" },
    { "shell-idle-ms", NUMBER, AT(host.shell_idle_ms), 7200000,
      "the longest idle time of a shell (0: what it asks for)" },
};
#define ROW_COUNT (sizeof rows / sizeof *rows)

static void usage(FILE *out)
{
    size_t i;

    fprintf(out, "usage: winhost --name NAME --fqdn NAME [OPTION]...\n");
    for (i = 0; i < ROW_COUNT; i++)
        fprintf(out, "  --%-15s %s\n", rows[i].name, rows[i].help);
    fprintf(out, "  What it can do wrong, in the answer to a leg of 1 to 6:\n");
    misbehave_help(out);
    fprintf(out, "  The troubles of --trouble:\n");
    trouble_help(out);
}

static int set_auth(struct host *host, const char *value, struct err *err)
{
    const char *p = value;

    host->offer_credssp = host->offer_negotiate = false;
    for (;;) {
        size_t n = strcspn(p, ",");

        if (n == 7 && strncmp(p, "credssp", n) == 0)
            host->offer_credssp = true;
        else if (n == 9 && strncmp(p, "negotiate", n) == 0)
            host->offer_negotiate = true;
        else
            return err_set(err, ERR_USAGE, STAGE_START,
                           "--auth takes credssp and negotiate, not %s",
                           value);
        if (p[n] == '\0')
            return 0;
        p += n + 1;
    }
}

static int set_number(void *field, size_t row, const char *value,
                      struct err *err)
{
    char *end;
    unsigned long n;

    errno = 0;
    n = strtoul(value, &end, 10);
    if (errno != 0 || *value == '\0' || *end != '\0' || n > rows[row].most)
        return err_set(err, ERR_USAGE, STAGE_START,
                       "--%s takes a number up to %lu, not %s",
                       rows[row].name, rows[row].most, value);
    if (strcmp(rows[row].name, "max-envelope") == 0)
        *(size_t *)field = n * 1024;
    else
        *(unsigned *)field = (unsigned)n;
    return 0;
}

static int set_option(struct settings *s, size_t row, const char *value,
                      struct err *err)
{
    char *field = (char *)s + rows[row].at;

    switch (rows[row].kind) {
    case TEXT:
        memcpy(field, &value, sizeof value);
        return 0;
    case NAME:
        if (strlen(value) >= HOST_NAME_MAX_BYTES)
            return err_set(err, ERR_USAGE, STAGE_START, "--%s is too long",
                           rows[row].name);
        memcpy(field, value, strlen(value) + 1);
        return 0;
    case NUMBER:
        return set_number(field, row, value, err);
    case FLAG:
        *(bool *)field = true;
        return 0;
    case AUTH:
        return set_auth(&s->host, value, err);
    case MECHANISM:
        s->host.ntlm = strcmp(value, "ntlm") == 0;
        if (!s->host.ntlm && strcmp(value, "kerberos") != 0)
            return err_set(err, ERR_USAGE, STAGE_START,
                           "--mechanism is kerberos or ntlm, not %s", value);
        return 0;
    }
    return -1;
}

static int check(const struct settings *s, struct err *err)
{
    const struct host *host = &s->host;
    struct misbehaviour unused;

    if (host->name[0] == '\0' || host->fqdn[0] == '\0')
        return err_set(err, ERR_USAGE, STAGE_START,
                       "--name and --fqdn are needed");
    if (!host->ntlm && host->offer_credssp && host->realm[0] == '\0')
        return err_set(err, ERR_USAGE, STAGE_START,
                       "a host with Kerberos needs --realm");
    if (host->ntlm && host->sam == NULL)
        return err_set(err, ERR_USAGE, STAGE_START,
                       "a host with NTLM needs --sam");
    if (host->credssp_version < 2)
        return err_set(err, ERR_USAGE, STAGE_START,
                       "CredSSP begins with version 2");
    if (host->misbehave != NULL
        && misbehave_parse(host->misbehave, &unused, err) != 0)
        return -1;
    if ((s->cert == NULL) != (s->key == NULL))
        return err_set(err, ERR_USAGE, STAGE_START,
                       "--cert and --key come together");
    return 0;
}

/* 0; 1 for --help, which was printed; -1. */
static int parse(int argc, char **argv, struct settings *s, struct err *err)
{
    struct option options[ROW_COUNT + 2] = { { NULL, 0, NULL, 0 } };
    size_t i;
    int c, row;

    for (i = 0; i < ROW_COUNT; i++) {
        options[i].name = rows[i].name;
        options[i].has_arg = rows[i].kind == FLAG ? no_argument
                                                  : required_argument;
    }
    options[i].name = "help";
    while ((c = getopt_long(argc, argv, "", options, &row)) != -1) {
        if (c == '?')
            return err_set(err, ERR_USAGE, STAGE_START, NULL);
        if ((size_t)row == ROW_COUNT) {
            usage(stdout);
            return 1;
        }
        if (set_option(s, (size_t)row, optarg, err) != 0)
            return -1;
    }
    if (optind < argc)
        return err_set(err, ERR_USAGE, STAGE_START, "%s is not an option",
                       argv[optind]);
    return check(s, err);
}

static int read_pem(const char *path, struct buf *text, struct err *err)
{
    FILE *file = fopen(path, "re");
    char block[4096];
    size_t n;

    if (file == NULL)
        return err_set_errno(err, ERR_SYSTEM, STAGE_START, errno,
                             "cannot read %s", path);
    while ((n = fread(block, 1, sizeof block, file)) > 0)
        buf_put(text, block, n);
    explicit_bzero(block, sizeof block);
    fclose(file);
    buf_put_u8(text, 0);
    return buf_ok(text, STAGE_START, err);
}

static int start_https(const struct settings *s, struct listener **https,
                       struct err *err)
{
    struct buf cert = BUF_INIT(PEM_MAX), key = BUF_INIT(PEM_MAX);
    struct listener_params params = { .address = s->bind,
                                      .port = (uint16_t)s->https_port };
    int rc = -1;

    if (read_pem(s->cert, &cert, err) == 0
        && read_pem(s->key, &key, err) == 0) {
        params.certificate = (const char *)cert.data;
        params.key = (const char *)key.data;
        rc = listener_start(&s->host, &params, https, err);
    }
    buf_free(&cert);
    buf_free(&key);
    return rc;
}

/* Serves until SIGTERM or SIGINT, which every thread has blocked. */
static int serve(const struct settings *s, const sigset_t *signals,
                 struct err *err)
{
    struct listener_params params = { .address = s->bind,
                                      .port = (uint16_t)s->port };
    struct listener *http = NULL, *https = NULL;
    struct farm *farm = NULL;
    int rc = 0, got;

    if (s->farm != NULL)
        rc = farm_new(&s->host, s->farm, s->farm_size, &farm, err);
    params.farm = farm;
    if (rc == 0)
        rc = listener_start(&s->host, &params, &http, err);
    if (rc == 0 && s->cert != NULL)
        rc = start_https(s, &https, err);
    if (rc == 0) {
        printf("ready http=%s:%u", s->bind, listener_port(http));
        if (https != NULL)
            printf(" https=%s:%u", s->bind, listener_port(https));
        putchar('\n');
        fflush(stdout);
        sigwait(signals, &got);
    }
    /* Commands first: a Receive may wait for one. */
    registry_drain(s->host.shells);
    listener_stop(&http);
    listener_stop(&https);
    farm_free(&farm);
    return rc;
}

/*
 * mallopt(3): what is freed stays.  A large message takes some buffers of half
 * a megabyte; to fault their pages in each time costs more than to seal it.
 */
static void keep_memory(void)
{
    mallopt(M_MMAP_THRESHOLD, KEPT_BUFFER_BYTES);
    mallopt(M_TRIM_THRESHOLD, KEPT_BYTES);
}

static int run(struct settings *s, struct err *err)
{
    char *found; /* for as long as the process */
    sigset_t signals;

    keep_memory();
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    signal(SIGPIPE, SIG_IGN);
    prctl(PR_SET_DUMPABLE, 0); /* it holds delegated passwords */
    xmlInitParser();
    found = s->pwsh == NULL ? pwsh_find() : NULL;
    s->host.pwsh = found;
    if (s->pwsh != NULL && strcmp(s->pwsh, "none") != 0)
        s->host.pwsh = s->pwsh;
    /* Where the GSSAPI acceptors look. */
    if ((s->keytab != NULL && setenv("KRB5_KTNAME", s->keytab, 1) != 0)
        || (s->host.sam != NULL
            && setenv("NTLM_USER_FILE", s->host.sam, 1) != 0))
        return err_set(err, ERR_MEMORY, STAGE_START, NULL);
    if (journal_open(s->log, &s->host.journal, err) != 0
        || registry_new(&s->host.shells, err) != 0
        || troubles_new(s->trouble, &s->host.troubles, err) != 0
        || certificate_new(s->host.name, &s->host.certificate, &s->host.key,
                           err) != 0)
        return -1;
    return serve(s, &signals, err);
}

int main(int argc, char **argv)
{
    static struct settings settings = {
        .bind = "127.0.0.1", .port = 5985, .https_port = 5986,
        .farm_size = 500,
        .host = { .offer_credssp = true, .offer_negotiate = true,
                  .credssp_version = 6, .max_envelope = 500 * 1024,
                  .max_timeout_ms = 60000, .max_shells = 30,
                  .max_commands = 25, .idle_ms = 120000 },
    };
    struct err err = ERR_INIT;
    int rc = parse(argc, argv, &settings, &err);

    if (rc == 1)
        return 0;
    if (rc == 0)
        rc = run(&settings, &err);
    if (rc != 0) {
        err_print(stderr, "winhost", &err);
        return 2;
    }
    return 0;
}
