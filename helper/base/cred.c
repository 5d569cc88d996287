/* cred.c - the credential: its bytes for sealing, and the names in it. */
#include "credssp/cred.h"

#include <stdbool.h>
#include <string.h>

#include "credssp/buf.h"

#define ENCODING_VERSION 1
#define PAD 256            /* the encoding's length is a multiple of it */
#define ENCODED_MAX 2048   /* every field at its longest, padded */
#define SEPARATORS "\\+@"

void cred_clear(struct cred *cred)
{
    secret_free(&cred->password);
    explicit_bzero(cred, sizeof *cred);
}

static bool is_control(unsigned char c)
{
    return c < 0x20 || c == 0x7f;
}

/* What a person has typed, and can type again. */
static int not_a_password(struct err *err)
{
    return err_advise(err, "nothing was stored; try again");
}

int cred_check_password(const char *password, size_t len, struct err *err)
{
    size_t i;

    if (len == 0) {
        err_set(err, ERR_USAGE, STAGE_KEYS, "the password is empty");
        return not_a_password(err);
    }
    if (len > CRED_PASSWORD_MAX) {
        err_set(err, ERR_USAGE, STAGE_KEYS,
                "the password has more than %d bytes", CRED_PASSWORD_MAX);
        return not_a_password(err);
    }
    for (i = 0; i < len; i++)
        if (is_control((unsigned char)password[i])) {
            err_set(err, ERR_USAGE, STAGE_KEYS,
                    "the password has control characters");
            return not_a_password(err);
        }
    return 0;
}

static void put_padding(struct buf *b)
{
    static const unsigned char zeros[PAD];

    buf_put(b, zeros, (PAD - b->len % PAD) % PAD);
}

int cred_encode(const struct cred *cred, struct secret **out,
                struct err *err)
{
    struct buf b = BUF_INIT(ENCODED_MAX);
    int r;

    if (cred_check_password((const char *)cred->password->data,
                            cred->password->len, err) != 0)
        return -1;
    buf_put_u8(&b, ENCODING_VERSION);
    buf_put_u32(&b, cred->uid);
    buf_put(&b, cred->session, sizeof cred->session);
    buf_put_u64(&b, (uint64_t)cred->created);
    buf_put_u64(&b, (uint64_t)cred->expires);
    buf_put_string(&b, cred->service);
    buf_put_string(&b, cred->login);
    buf_put_string(&b, cred->domain);
    buf_put_string(&b, cred->realm);
    buf_put_block(&b, cred->password->data, cred->password->len);
    put_padding(&b);
    r = buf_ok(&b, STAGE_KEYS, err);
    if (r == 0)
        r = secret_copy(b.data, b.len, out, err);
    buf_free(&b);
    return r;
}

/* What is left must be less than PAD zeros. */
static void take_padding(struct reader *r)
{
    if (r->left >= PAD)
        r->failed = true;
    while (!r->failed && r->left > 0)
        if (reader_u8(r) != 0)
            r->failed = true;
}

static int read_fields(struct reader *r, struct cred *cred, struct err *err)
{
    const unsigned char *p;
    size_t n;

    if (reader_u8(r) != ENCODING_VERSION)
        return err_set(err, ERR_MALFORMED, STAGE_KEYS,
                       "the sealed credential is of another release");
    cred->uid = reader_u32(r);
    p = reader_bytes(r, sizeof cred->session);
    if (p != NULL)
        memcpy(cred->session, p, sizeof cred->session);
    cred->created = (int64_t)reader_u64(r);
    cred->expires = (int64_t)reader_u64(r);
    reader_string(r, cred->service, sizeof cred->service);
    reader_string(r, cred->login, sizeof cred->login);
    reader_string(r, cred->domain, sizeof cred->domain);
    reader_string(r, cred->realm, sizeof cred->realm);
    p = reader_block(r, CRED_PASSWORD_MAX, &n);
    take_padding(r);
    if (reader_done(r, STAGE_KEYS, "the sealed credential", err) != 0)
        return -1;
    if (cred_check_password((const char *)p, n, err) != 0)
        return -1;
    return secret_copy(p, n, &cred->password, err);
}

int cred_decode(const struct secret *in, struct cred *cred, struct err *err)
{
    struct reader r = READER_INIT(in->data, in->len);

    memset(cred, 0, sizeof *cred);
    if (in->len == 0 || in->len > ENCODED_MAX || in->len % PAD != 0)
        return err_set(err, ERR_MALFORMED, STAGE_KEYS,
                       "the sealed credential has %zu bytes", in->len);
    if (read_fields(&r, cred, err) != 0) {
        cred_clear(cred);
        return -1;
    }
    return 0;
}

/* Realms and NetBIOS names: ASCII only, whatever the locale is. */
static char ascii_upper(char c)
{
    return (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
}

static void upper(char *s)
{
    for (; *s != '\0'; s++)
        *s = ascii_upper(*s);
}

static bool same_name(const char *a, const char *b)
{
    while (*a != '\0' && ascii_upper(*a) == ascii_upper(*b)) {
        a++;
        b++;
    }
    return ascii_upper(*a) == ascii_upper(*b);
}

static int not_a_name(struct err *err)
{
    return err_advise(err, "a name is user, DOMAIN\\user or user@REALM");
}

static int check_login(const char *login, struct err *err)
{
    size_t part = strcspn(login, SEPARATORS), i;
    const char *rest = login + part;

    for (i = 0; login[i] != '\0'; i++)
        if (is_control((unsigned char)login[i])) {
            err_set(err, ERR_USAGE, STAGE_KEYS,
                    "the user name has control characters");
            return not_a_name(err);
        }
    if (part == 0 || (rest[0] != '\0' && rest[1] == '\0')) {
        err_set(err, ERR_USAGE, STAGE_KEYS,
                "the user name '%s' has an empty part", login);
        return not_a_name(err);
    }
    if (rest[0] != '\0' && strpbrk(rest + 1, SEPARATORS) != NULL) {
        err_set(err, ERR_USAGE, STAGE_KEYS, "the user name '%s' has more "
                "than one of '\\', '+' and '@'", login);
        return not_a_name(err);
    }
    return 0;
}

/* "user@REALM", or nothing without a realm. */
static void set_principal(struct cred_names *names, const char *user,
                          size_t user_len, const char *realm)
{
    size_t realm_len = strlen(realm);
    char *p = names->principal;

    if (realm_len == 0 || user_len >= CRED_NAME_MAX
        || realm_len >= CRED_NAME_MAX)
        return;
    memcpy(p, user, user_len);
    p[user_len] = '@';
    memcpy(p + user_len + 1, realm, realm_len + 1);
}

static void copy_name(char dst[static CRED_NAME_MAX], const char *src,
                      size_t len)
{
    if (len >= CRED_NAME_MAX)
        len = CRED_NAME_MAX - 1;
    memcpy(dst, src, len);
    dst[len] = '\0';
}

/*
 * "CORP\alice": the realm is known if CORP is the domain that the realm was
 * configured for, or if it is a DNS name itself.
 */
static void map_qualified(const char *login, size_t domain_len,
                          const char *domain, const char *realm,
                          struct cred_names *names)
{
    const char *user = login + domain_len + 1;
    char own_realm[CRED_NAME_MAX] = "";

    copy_name(names->domain, login, domain_len);
    copy_name(names->user, user, strlen(user));
    if (same_name(names->domain, domain)) {
        copy_name(own_realm, realm, strlen(realm));
    } else if (strchr(names->domain, '.') != NULL) {
        copy_name(own_realm, names->domain, domain_len);
        upper(own_realm);
    }
    set_principal(names, user, strlen(user), own_realm);
}

/* MS-CSSP 2.2.1.2.1: with a UPN as userName, domainName stays empty. */
static void map_upn(const char *login, size_t user_len,
                    struct cred_names *names)
{
    char realm[CRED_NAME_MAX];

    copy_name(names->user, login, strlen(login));
    copy_name(realm, login + user_len + 1, strlen(login + user_len + 1));
    upper(realm);
    set_principal(names, login, user_len, realm);
}

int cred_map_names(const struct cred *cred, const char *default_domain,
                   const char *default_realm, struct cred_names *names,
                   struct err *err)
{
    const char *domain = *cred->domain ? cred->domain : default_domain;
    const char *realm = *cred->realm ? cred->realm : default_realm;
    size_t part = strcspn(cred->login, SEPARATORS);

    memset(names, 0, sizeof *names);
    if (check_login(cred->login, err) != 0)
        return -1;
    if (cred->login[part] == '@') {
        map_upn(cred->login, part, names);
    } else if (cred->login[part] != '\0') {
        map_qualified(cred->login, part, domain, realm, names);
    } else {
        copy_name(names->domain, domain, strlen(domain));
        copy_name(names->user, cred->login, part);
        set_principal(names, cred->login, part, realm);
    }
    return 0;
}
