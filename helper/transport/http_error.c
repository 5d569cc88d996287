/* http_error.c - what libcurl's failures mean to a person. */
#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "base/egress.h"
#include "transport/http_parts.h"

struct code_row {
    CURLcode code;
    enum err_cause cause;
    enum err_stage stage;
    const char *sentence;
};

static const struct code_row code_rows[] = {
    { CURLE_COULDNT_RESOLVE_HOST, ERR_NAME_LOOKUP, STAGE_DNS,
      "the name has no address" },
    { CURLE_COULDNT_CONNECT, ERR_CONNECT, STAGE_TCP, "no connection" },
    { CURLE_INTERFACE_FAILED, ERR_CONNECT, STAGE_TCP, "no connection" },
    { CURLE_SEND_ERROR, ERR_CONNECTION_LOST, STAGE_HTTP,
      "the connection broke while a request was sent" },
    { CURLE_RECV_ERROR, ERR_CONNECTION_LOST, STAGE_HTTP,
      "the connection broke before the answer was there" },
    { CURLE_GOT_NOTHING, ERR_CONNECTION_LOST, STAGE_HTTP,
      "the host closed the connection instead of answering" },
    { CURLE_PARTIAL_FILE, ERR_CONNECTION_LOST, STAGE_HTTP,
      "the host closed the connection in the middle of its answer" },
    { CURLE_UNSUPPORTED_PROTOCOL, ERR_HTTP, STAGE_HTTP,
      "what listens there does not speak HTTP" },
    { CURLE_WEIRD_SERVER_REPLY, ERR_MALFORMED, STAGE_HTTP,
      "the answer is not proper HTTP" },
    { CURLE_BAD_CONTENT_ENCODING, ERR_MALFORMED, STAGE_HTTP,
      "the answer has an encoding that was not asked for" },
    { CURLE_SSL_CONNECT_ERROR, ERR_TLS, STAGE_HTTPS,
      "the TLS handshake of HTTPS failed" },
    { CURLE_SSL_CIPHER, ERR_TLS, STAGE_HTTPS,
      "no common cipher for HTTPS" },
    { CURLE_PEER_FAILED_VERIFICATION, ERR_CERTIFICATE, STAGE_HTTPS,
      "the HTTPS certificate is not accepted" },
    { CURLE_SSL_ISSUER_ERROR, ERR_CERTIFICATE, STAGE_HTTPS,
      "the HTTPS certificate is not accepted" },
    { CURLE_SSL_CACERT_BADFILE, ERR_CERTIFICATE, STAGE_HTTPS,
      "this machine's CA certificates cannot be read" },
    { CURLE_OUT_OF_MEMORY, ERR_MEMORY, STAGE_HTTP, "no memory is left" },
};

struct errno_row {
    int number;
    const char *sentence;
};

static const struct errno_row errno_rows[] = {
    { ECONNREFUSED, "refused: nothing listens on this port" },
    { EHOSTUNREACH, "no route: the host is down or a firewall forbids it" },
    { ENETUNREACH, "no route to its network" },
    { ETIMEDOUT, "no answer to the attempt to connect" },
    { EACCES, "forbidden by this machine's own firewall or sandbox" },
    { EPERM, "forbidden by this machine's own firewall or sandbox" },
};

static const struct code_row *find_code(CURLcode code)
{
    size_t i;

    for (i = 0; i < sizeof code_rows / sizeof *code_rows; i++)
        if (code_rows[i].code == code)
            return &code_rows[i];
    return NULL;
}

static int error_connect(const struct http *http, struct err *err)
{
    const char *sentence = NULL;
    long number = 0;
    size_t i;

    curl_easy_getinfo(http->easy, CURLINFO_OS_ERRNO, &number);
    for (i = 0; i < sizeof errno_rows / sizeof *errno_rows; i++)
        if (errno_rows[i].number == number)
            sentence = errno_rows[i].sentence;
    if (sentence == NULL)
        sentence = number != 0 ? strerror((int)number) : http->problem;
    err_set(err, ERR_CONNECT, STAGE_TCP, "no connection to %s port %u: %s",
            http->host, http->port, sentence);
    return number != 0 ? err_code(err, CODE_ERRNO, number) : -1;
}

/* The address that was tried, if this machine itself keeps us from it. */
static bool is_forbidden(const struct http *http)
{
    return http->resolved && !http->connected
           && egress_is_forbidden((const struct sockaddr *)&http->tried,
                                  http->tried_size);
}

static int error_forbidden(const struct http *http, struct err *err)
{
    err_set(err, ERR_CONNECT, STAGE_TCP, "no connection to %s port %u: this "
            "machine itself forbids it", http->host, http->port);
    err_advise(err, "%s", EGRESS_ADVICE);
    return err_code(err, CODE_ERRNO, EPERM);
}

static int error_name_server(const struct http *http, const char *server,
                             struct err *err)
{
    err_set(err, ERR_NAME_LOOKUP, STAGE_DNS, "%s cannot be looked up: this "
            "machine itself forbids packets to the name server %s",
            http->host, server);
    err_advise(err, "%s", EGRESS_ADVICE);
    return err_code(err, CODE_ERRNO, EPERM);
}

static int error_pin(const struct http *http, struct err *err)
{
    char found[HTTP_SHA256_BYTES * 2 + 1];
    size_t n;

    if (OPENSSL_buf2hexstr_ex(found, sizeof found, &n, http->pin.found,
                              sizeof http->pin.found, '\0') != 1)
        return err_set(err, ERR_MEMORY, STAGE_HTTPS, NULL);
    err_set(err, ERR_CERTIFICATE, STAGE_HTTPS,
            "the HTTPS certificate of %s is not the pinned one; its SHA-256 "
            "is %s", http->host, found);
    return err_advise(err, "make sure that it is the host's new certificate "
                           "before you change the pin");
}

static int error_certificate(const struct http *http, struct err *err)
{
    long verdict = X509_V_OK;

    if (http->pin.set && http->pin.differs)
        return error_pin(http, err);
    curl_easy_getinfo(http->easy, CURLINFO_SSL_VERIFYRESULT, &verdict);
    /* "Unspecified": the chain is fine, and libcurl says what is not: the
     * name. */
    return err_set(err, ERR_CERTIFICATE, STAGE_HTTPS,
                   "the HTTPS certificate of %s is not accepted: %s",
                   http->host,
                   verdict != X509_V_OK && verdict != X509_V_ERR_UNSPECIFIED
                       ? X509_verify_cert_error_string(verdict)
                       : http->problem);
}

/* OpenSSL's words for an answer that is no TLS record. */
static bool is_no_tls(const char *problem)
{
    return strstr(problem, "wrong version number") != NULL
           || strstr(problem, "http request") != NULL;
}

static int error_no_tls(const struct http *http, struct err *err)
{
    err_set(err, ERR_TLS, STAGE_HTTPS,
            "%s port %u does not speak HTTPS: its answer is no TLS",
            http->host, http->port);
    return err_advise(err, "check the lines Port and HTTPS for this host: "
                      "WinRM has HTTP on 5985 and HTTPS on 5986");
}

/*
 * libcurl before 8.5 calls a header line over its own limit of 100 KiB "out
 * of memory" (Curl_dyn_addn); whether memory is short can be tried.
 */
static bool is_memory_short(void)
{
    void *p = malloc(1048576);

    free(p);
    return p == NULL;
}

bool http_code_at(size_t i, int64_t *code)
{
    if (i >= sizeof code_rows / sizeof *code_rows)
        return false;
    *code = code_rows[i].code;
    return true;
}

/*
 * libcurl calls a chunk that breaks RFC 9112 7.1 a failure to receive, with
 * "... in chunked-encoding" as its only difference from a broken connection.
 */
static bool is_bad_chunk(const struct http *http, CURLcode code)
{
    return code == CURLE_RECV_ERROR
           && strcasestr(http->problem, "chunk") != NULL;
}

int http_error(const struct http *http, CURLcode code, struct err *err)
{
    const struct code_row *row =
        find_code(is_bad_chunk(http, code) ? CURLE_WEIRD_SERVER_REPLY : code);
    char server[INET6_ADDRSTRLEN];

    if (http->intake.refused.cause != ERR_NONE) {
        *err = http->intake.refused;
        return -1;
    }
    if (http->second_refused || http->ended)
        return http_error_ended(http, err);
    if (code == CURLE_OPERATION_TIMEDOUT)
        return http_error_late(http, err);
    if (code == CURLE_COULDNT_RESOLVE_HOST && egress_name_server(server))
        return error_name_server(http, server, err);
    if (code == CURLE_COULDNT_CONNECT)
        return is_forbidden(http) ? error_forbidden(http, err)
                                  : error_connect(http, err);
    if (code == CURLE_PEER_FAILED_VERIFICATION)
        return error_certificate(http, err);
    if (code == CURLE_SSL_CONNECT_ERROR && is_no_tls(http->problem))
        return error_no_tls(http, err);
    if (code == CURLE_OUT_OF_MEMORY && !is_memory_short())
        return err_set(err, ERR_OVERSIZED, STAGE_HTTP,
                       "the host's answer has an endless header");
    if (row == NULL) {
        err_set(err, ERR_HTTP, STAGE_HTTP,
                "%s port %u: the HTTP library gave up: %s", http->host,
                http->port, curl_easy_strerror(code));
        err_advise(err, "libcurl-errors(3) explains the code");
    } else if (row->stage == STAGE_HTTPS && http->problem[0] != '\0')
        err_set(err, row->cause, row->stage, "%s port %u: %s: %s",
                http->host, http->port, row->sentence, http->problem);
    else
        err_set(err, row->cause, row->stage, "%s port %u: %s", http->host,
                http->port, row->sentence);
    return err_code(err, CODE_CURL, code);
}

int http_error_late(const struct http *http, struct err *err)
{
    double waited = 0;

    curl_easy_getinfo(http->easy, CURLINFO_TOTAL_TIME, &waited);
    if (!http->resolved)
        return err_set(err, ERR_TIMEOUT, STAGE_DNS,
                       "looking up %s took longer than %.1f s", http->host,
                       waited);
    if (!http->connected && !http->pin.begun) {
        if (is_forbidden(http))
            return error_forbidden(http, err);
        err_set(err, ERR_TIMEOUT, STAGE_TCP,
                "no connection to %s port %u within %.1f s", http->host,
                http->port, waited);
        return err_advise(err, "%s", err_cause_advice(ERR_CONNECT));
    }
    if (!http->connected) {
        err_set(err, ERR_TIMEOUT, STAGE_HTTPS,
                "%s port %u did not finish the TLS handshake of HTTPS within "
                "%.1f s", http->host, http->port, waited);
        return err_advise(err, "check that this port speaks HTTPS");
    }
    if (http->intake.received == 0)
        return err_set(err, ERR_TIMEOUT, STAGE_HTTP,
                       "no answer from %s within %.1f s", http->host,
                       (double)http->total_ms / 1000);
    return err_set(err, ERR_TIMEOUT, STAGE_HTTP,
                   "the answer of %s was not complete within %.1f s",
                   http->host, (double)http->total_ms / 1000);
}

int http_error_stalled(const struct http *http, struct err *err)
{
    return err_set(err, ERR_TIMEOUT, STAGE_HTTP,
                   "the answer of %s stood still for %.1f s", http->host,
                   (double)http->stall_ms / 1000);
}

int http_error_ended(const struct http *http, struct err *err)
{
    return err_set(err, ERR_CONNECTION_LOST, STAGE_HTTP,
                   "the connection to %s port %u has ended", http->host,
                   http->port);
}
