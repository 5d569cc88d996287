/* hostname.c - what is a host name, and its one canonical form. */
#include "policy/hostname.h"

#include <stdbool.h>
#include <string.h>

#define LABEL_MAX 63 /* RFC 1035 section 2.3.4 */

static int refuse(struct err *err, const char *why)
{
    return err_set(err, ERR_HOSTNAME, STAGE_POLICY,
                   "this is not a usable host name: %s", why);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_hex_digit(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f');
}

/* Characters that turn a name into something else get their own words. */
static const struct {
    char c;
    const char *why;
} telling[] = {
    { '\0', "it holds a NUL character" },
    { ':', "an IP address or a port stands where only a name may" },
    { '[', "an IP address cannot be delegated to; policy knows names" },
    { '%', "percent escapes and zones are not allowed" },
    { '@', "a user name does not belong there" },
    { '/', "give the name alone, without a scheme or path" },
    { '*', "a pattern is not a host" },
    { ' ', "it holds a space" },
};

static const char *why_not(char c)
{
    size_t i;

    for (i = 0; i < sizeof telling / sizeof *telling; i++)
        if (telling[i].c == c)
            return telling[i].why;
    if ((unsigned char)c < 0x20 || c == 0x7f)
        return "it holds a control character";
    if ((unsigned char)c >= 0x80)
        return "write an international name in its ASCII form (xn--...)";
    return "only letters, digits, '-', '_' and '.' are allowed";
}

/* Lower case, one trailing dot dropped. */
static int copy_lower(const char *in, size_t len, char out[HOSTNAME_MAX],
                      struct err *err)
{
    size_t i;

    if (len > 0 && in[len - 1] == '.')
        len--;
    if (len == 0)
        return refuse(err, "it is empty");
    if (len > HOSTNAME_MAX - 1)
        return refuse(err, "it is longer than 253 characters");
    for (i = 0; i < len; i++) {
        char c = in[i];

        if (c >= 'A' && c <= 'Z')
            c = (char)(c - 'A' + 'a');
        if (!is_digit(c) && !(c >= 'a' && c <= 'z') && c != '-' && c != '_'
            && c != '.')
            return refuse(err, why_not(memchr(in, '/', len) != NULL ? '/'
                                                                    : c));
        out[i] = c;
    }
    out[len] = '\0';
    return 0;
}

static int check_label(const char *label, size_t len, struct err *err)
{
    if (len == 0)
        return refuse(err, "two dots stand together, or one at the start");
    if (len > LABEL_MAX)
        return refuse(err, "a part of it is longer than 63 characters");
    if (label[0] == '-' || label[len - 1] == '-')
        return refuse(err, "a part of it starts or ends with '-'");
    return 0;
}

/*
 * inet_aton(3) takes "127.1", "0x7f.1" and "2130706433" for addresses: all of
 * them end in a number, and no DNS name does (RFC 3696 section 2).
 */
static bool ends_in_number(const char *label)
{
    size_t i;

    if (label[0] == '0' && label[1] == 'x') {
        for (i = 2; is_hex_digit(label[i]); i++)
            ;
        return label[i] == '\0';
    }
    for (i = 0; is_digit(label[i]); i++)
        ;
    return label[i] == '\0';
}

int hostname_canonical(const char *in, size_t len, char out[HOSTNAME_MAX],
                       struct err *err)
{
    const char *label, *dot;

    if (copy_lower(in, len, out, err) != 0)
        return -1;
    for (label = out; (dot = strchr(label, '.')) != NULL; label = dot + 1)
        if (check_label(label, (size_t)(dot - label), err) != 0)
            return -1;
    if (check_label(label, strlen(label), err) != 0)
        return -1;
    if (ends_in_number(label))
        return refuse(err, "an IP address cannot be delegated to; policy "
                           "and Kerberos know hosts by name");
    return 0;
}
