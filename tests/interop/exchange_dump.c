/*
 * exchange_dump.c - one CredSSP exchange as a hex dump for text2pcap(1), both
 * directions, and the server's key, so that somebody else's program can look
 * into it.
 *
 * usage: exchange_dump ntlm|kerberos KEY-FILE >DUMP
 *
 * The suite is one of RSA key exchange, which needs no key log: who holds the
 * server's key can decrypt it.  The tunnel never offers it outside of the
 * legacy profile.
 */
#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>

#include "exchange.h"

/* text2pcap -D: a direction, then offsets and bytes. */
static void dump(void *arg, bool from_initiator, const struct buf *token)
{
    size_t i;

    (void)arg;
    printf("%c\n", from_initiator ? 'O' : 'I');
    for (i = 0; i < token->len; i++) {
        if (i % 16 == 0)
            printf("%s%06zx", i > 0 ? "\n" : "", i);
        printf(" %02x", token->data[i]);
    }
    printf("\n\n");
}

static int write_key(const struct exchange *x, const char *path)
{
    FILE *file = fopen(path, "w");
    int r;

    if (file == NULL)
        return -1;
    r = PEM_write_PrivateKey(file, x->key, NULL, NULL, 0, NULL, NULL);
    return fclose(file) == 0 && r == 1 ? 0 : -1;
}

int main(int argc, char **argv)
{
    struct err err = ERR_INIT;
    struct exchange x;
    const char *why;
    int r;

    if (argc != 3) {
        fprintf(stderr, "usage: exchange_dump ntlm|kerberos KEY-FILE\n");
        return 2;
    }
    why = exchange_begin(&x, strcmp(argv[1], "ntlm") == 0 ? SPNEGO_NTLM
                                                          : SPNEGO_KERBEROS);
    if (why != NULL) {
        fprintf(stderr, "exchange_dump: %s\n", why);
        exchange_end(&x);
        return 77;
    }
    x.suite = "AES128-GCM-SHA256";
    x.legacy = true;
    x.token = dump;
    r = write_key(&x, argv[2]) != 0 || exchange_play(&x, &err) != 0;
    if (r != 0)
        fprintf(stderr, "exchange_dump: %s\n", err.text);
    exchange_end(&x);
    return r;
}
