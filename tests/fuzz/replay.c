/*
 * replay.c - main() of a target without libFuzzer: runs every file of its
 * corpus once, so that what was found stays mended.
 *
 * "fuzz_NAME [FILE-OR-DIRECTORY...]"; without one it is corpus/NAME.
 */
#include "fuzz.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define INPUT_MAX 1048576
#define PREFIX "fuzz_"

static unsigned count;

static int run_file(const char *path)
{
    static uint8_t bytes[INPUT_MAX];
    FILE *file = fopen(path, "rb");
    uint8_t *exact;
    size_t n;

    if (file == NULL) {
        perror(path);
        return -1;
    }
    n = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    exact = malloc(n == 0 ? 1 : n); /* a byte too far is noticed */
    if (exact == NULL)
        return -1;
    memcpy(exact, bytes, n);
    LLVMFuzzerTestOneInput(exact, n);
    free(exact);
    count++;
    return 0;
}

static int run_directory(const char *path)
{
    DIR *directory = opendir(path);
    const struct dirent *entry;
    char file[4096];
    int result = 0;

    if (directory == NULL) {
        perror(path);
        return -1;
    }
    while (result == 0 && (entry = readdir(directory)) != NULL)
        if (entry->d_name[0] != '.'
            && (size_t)snprintf(file, sizeof file, "%s/%s", path,
                                entry->d_name) < sizeof file)
            result = run_file(file);
    closedir(directory);
    return result;
}

static int run(const char *path)
{
    struct stat st;

    if (stat(path, &st) != 0) {
        perror(path);
        return -1;
    }
    return S_ISDIR(st.st_mode) ? run_directory(path) : run_file(path);
}

static int run_corpus(void)
{
    const char *name = strstr(program_invocation_short_name, PREFIX);
    const char *source = getenv("srcdir");
    char path[4096];

    if (name == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/tests/fuzz/corpus/%s",
             source == NULL ? "." : source, name + sizeof PREFIX - 1);
    return run(path);
}

int main(int argc, char **argv)
{
    int result = 0, i;

    LLVMFuzzerInitialize(&argc, &argv);
    if (argc < 2)
        result = run_corpus();
    for (i = 1; i < argc && result == 0; i++)
        result = run(argv[i]);
    printf("%s: %u inputs\n", program_invocation_short_name, count);
    return result == 0 && count > 0 ? 0 : 1;
}
