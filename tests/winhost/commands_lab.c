/* commands_lab.c - what no Windows has: bytes, sums and sleeps for tests. */
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "commands.h"

#define BLOCK_WORDS 8192

/*
 * lab-bytes N [SEED]: N bytes of xorshift64 (Marsaglia 2003), little endian;
 * a test can make the same bytes, or ask for their SHA-256 with "lab-sum
 * bytes N SEED".
 */
void lab_fill(uint64_t *state, uint64_t *words, size_t n)
{
    uint64_t x = *state;
    size_t i;

    for (i = 0; i < n; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        words[i] = x;
    }
    *state = x;
}

struct bytes {
    unsigned long long left;
    uint64_t state;
    uint64_t words[BLOCK_WORDS];
};

static struct bytes *bytes_new(const char *args)
{
    struct bytes *b = calloc(1, sizeof *b);
    char word[32];

    if (b == NULL)
        return NULL;
    if (cmdline_word(&args, word, sizeof word))
        b->left = strtoull(word, NULL, 10);
    b->state = LAB_SEED;
    if (cmdline_word(&args, word, sizeof word))
        b->state ^= strtoull(word, NULL, 10) << 1;
    return b;
}

static size_t bytes_next(struct bytes *b)
{
    size_t n = b->left < sizeof b->words ? (size_t)b->left : sizeof b->words;

    lab_fill(&b->state, b->words, (n + 7) / 8);
    b->left -= n;
    return n;
}

uint32_t lab_bytes(struct call *call)
{
    struct bytes *b = bytes_new(call->args);
    bool alive = true;

    if (b == NULL)
        return 8;
    while (b->left > 0 && alive) {
        size_t n = bytes_next(b);

        alive = call_write(call, call->out, b->words, n);
    }
    free(b);
    return alive ? 0 : CONTROL_C_EXIT;
}

/* The digest of stdin, or with "bytes N SEED" of what lab-bytes prints. */
static bool digest(struct call *call, EVP_MD_CTX *ctx,
                   unsigned long long *total)
{
    const char *args = call->args;
    unsigned char block[16384];
    char word[16];
    ssize_t n;

    *total = 0;
    if (cmdline_word(&args, word, sizeof word)) {
        struct bytes *b = bytes_new(args);

        if (b == NULL)
            return false;
        *total = b->left;
        while (b->left > 0) {
            size_t len = bytes_next(b);

            EVP_DigestUpdate(ctx, b->words, len);
        }
        free(b);
        return true;
    }
    while ((n = command_read(call->command, NULL, block, sizeof block)) > 0) {
        EVP_DigestUpdate(ctx, block, (size_t)n);
        *total += (unsigned long long)n;
    }
    return n == 0;
}

uint32_t lab_sum(struct call *call)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    unsigned char sum[EVP_MAX_MD_SIZE];
    char line[EVP_MAX_MD_SIZE * 2 + 64];
    unsigned long long total;
    unsigned i, n = 0;
    int at;

    if (ctx == NULL || EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) != 1
        || !digest(call, ctx, &total)
        || EVP_DigestFinal_ex(ctx, sum, &n) != 1) {
        EVP_MD_CTX_free(ctx);
        return CONTROL_C_EXIT;
    }
    EVP_MD_CTX_free(ctx);
    for (i = 0, at = 0; i < n; i++)
        at += snprintf(line + at, sizeof line - (size_t)at, "%02x", sum[i]);
    snprintf(line + at, sizeof line - (size_t)at, "  %llu\r\n", total);
    call_print(call, line);
    return 0;
}

/* How much comes, when what it is does not matter: a digest of it would cost
 * more than to bring it here. */
uint32_t lab_size(struct call *call)
{
    unsigned char block[32768];
    unsigned long long total = 0;
    char line[32];
    ssize_t n;

    while ((n = command_read(call->command, NULL, block, sizeof block)) > 0)
        total += (unsigned long long)n;
    snprintf(line, sizeof line, "%llu\r\n", total);
    call_print(call, line);
    return n == 0 ? 0 : CONTROL_C_EXIT;
}

/* Byte for byte, unlike more. */
uint32_t lab_cat(struct call *call)
{
    return text_more(call);
}

uint32_t lab_stderr(struct call *call)
{
    call_fail(call, call->args + (call->args[0] == ' '));
    return 0;
}

/* lab-sleep MILLISECONDS */
uint32_t lab_sleep(struct call *call)
{
    unsigned long ms = strtoul(call->args, NULL, 10);

    return command_sleep(call->command, (unsigned)ms) ? 0 : CONTROL_C_EXIT;
}

/* lab-stubborn MILLISECONDS: whoever presses Ctrl-C has to wait. */
uint32_t lab_stubborn(struct call *call)
{
    unsigned long ms = strtoul(call->args, NULL, 10);
    const struct timespec time = { .tv_sec = (time_t)(ms / 1000),
                                   .tv_nsec = (long)(ms % 1000) * 1000000 };

    nanosleep(&time, NULL);
    return 0;
}
