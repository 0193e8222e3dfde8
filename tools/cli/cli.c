/* SPDX-License-Identifier: Apache-2.0 */
#include "cli.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define TREE_MAX_BYTES (1u << 20)

int
cli_fail(const struct cli_command *command, int code, const char *format, ...)
{
    va_list args;

    fflush(stdout);
    fprintf(stderr, "wasmio %s: ", command->name);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    return code;
}

/* Everything from @file up to @max_bytes; one byte more says "too large". */
static uint8_t *
read_all(FILE *file, size_t max_bytes, size_t *n_bytes)
{
    size_t size = 4096;
    size_t n = 0;
    uint8_t *bytes = malloc(size);

    while (bytes) {
        n += fread(bytes + n, 1, size - n, file);
        if (n < size || n > max_bytes) {
            break;
        }
        size *= 2;
        uint8_t *more = realloc(bytes, size);
        if (!more) {
            free(bytes);
        }
        bytes = more;
    }
    *n_bytes = n;
    return bytes;
}

uint8_t *
cli_read_file(const struct cli_command *command, const char *path,
              size_t max_bytes, size_t *n_bytes)
{
    FILE *file = fopen(path, "rb");
    uint8_t *bytes;
    int error;

    if (!file) {
        (void)cli_fail(command, 0, "cannot open %s: %s", path,
                       strerror(errno));
        return NULL;
    }
    errno = 0;
    bytes = read_all(file, max_bytes, n_bytes);
    error = ferror(file) ? errno : 0;
    fclose(file);
    if (!bytes || error) {
        (void)cli_fail(command, 0, "cannot read %s: %s", path,
                       error ? strerror(error) : "out of memory");
        free(bytes);
        return NULL;
    }
    if (*n_bytes > max_bytes) {
        (void)cli_fail(command, 0, "%s has more than the %zu bytes allowed",
                       path, max_bytes);
        free(bytes);
        return NULL;
    }
    return bytes;
}

int
cli_write_file(const struct cli_command *command, const char *path,
               const void *bytes, size_t n_bytes)
{
    FILE *file = fopen(path, "wb");
    struct stat info;
    bool is_file;
    bool good;
    int why;

    if (!file) {
        return cli_fail(command, CLI_USAGE, "cannot create %s: %s", path,
                        strerror(errno));
    }
    is_file = fstat(fileno(file), &info) == 0 && S_ISREG(info.st_mode);
    good = fwrite(bytes, 1, n_bytes, file) == n_bytes;
    good = fclose(file) == 0 && good;
    if (!good) {
        why = errno;
        if (is_file) {
            (void)remove(path);          /* half of it is of no use */
        }
        return cli_fail(command, CLI_USAGE, "cannot write %s: %s", path,
                        strerror(why));
    }
    return 0;
}

/* In the child: the file as its standard input, so that a name that looks
 * like an option is none. */
static void
exec_dtc(const char *path, int out)
{
    static const char *const argv[] = {
        "dtc", "-I", "dts", "-O", "dtb", "-o", "-", "-", NULL
    };

    if (!freopen(path, "rb", stdin)) {
        fprintf(stderr, "cannot open %s: %s\n", path, strerror(errno));
        _exit(126);
    }
    if (dup2(out, STDOUT_FILENO) < 0) {
        _exit(126);
    }
    execvp(argv[0], (char *const *)(uintptr_t)argv);
    fprintf(stderr, "cannot start dtc: %s; install the package "
            "device-tree-compiler\n", strerror(errno));
    _exit(127);
}

uint8_t *
cli_dtc(const struct cli_command *command, const char *path, size_t *n_bytes)
{
    uint8_t *bytes = NULL;
    FILE *out;
    pid_t child;
    int ends[2];
    int status = -1;

    fflush(NULL);
    if (pipe(ends) != 0) {
        (void)cli_fail(command, 0, "no pipe to dtc: %s", strerror(errno));
        return NULL;
    }
    child = fork();
    if (child == 0) {
        close(ends[0]);
        exec_dtc(path, ends[1]);
    }
    close(ends[1]);
    out = fdopen(ends[0], "rb");
    if (out) {
        bytes = read_all(out, TREE_MAX_BYTES, n_bytes);
        fclose(out);
    } else {
        close(ends[0]);
    }
    if (child < 0 || waitpid(child, &status, 0) < 0 || status != 0 ||
        !bytes || *n_bytes == 0) {
        (void)cli_fail(command, 0, "%s is no devicetree source that dtc can "
                       "compile", path);
        free(bytes);
        return NULL;
    }
    return bytes;
}

uint8_t *
cli_read_tree(const struct cli_command *command, const char *path,
              size_t *n_bytes)
{
    static const uint8_t magic[4] = { 0xd0, 0x0d, 0xfe, 0xed };
    uint8_t *bytes = cli_read_file(command, path, TREE_MAX_BYTES, n_bytes);

    if (!bytes || (*n_bytes >= 4 && memcmp(bytes, magic, 4) == 0)) {
        return bytes;
    }
    free(bytes);
    return cli_dtc(command, path, n_bytes);
}

bool
cli_own_folder(char *path, size_t size)
{
    ssize_t n = readlink("/proc/self/exe", path, size - 1);
    char *slash;

    if (n <= 0) {
        return false;
    }
    path[n] = '\0';
    slash = strrchr(path, '/');
    if (!slash) {
        return false;
    }
    *slash = '\0';
    return true;
}

int
cli_run_program(char *const *argv)
{
    int status = -1;
    pid_t child;

    fflush(NULL);
    child = fork();
    if (child == 0) {
        dup2(STDERR_FILENO, STDOUT_FILENO);
        execvp(argv[0], argv);
        _exit(127);
    }
    if (child < 0 || waitpid(child, &status, 0) < 0 || !WIFEXITED(status)) {
        return -1;
    }
    return WEXITSTATUS(status);
}

/* Letters to insert, delete or replace; long words are never near. */
static size_t
distance(const char *a, const char *b)
{
    size_t row[33];
    size_t n = strlen(b);

    if (strlen(a) > 32 || n > 32) {
        return SIZE_MAX;
    }
    for (size_t j = 0; j <= n; j++) {
        row[j] = j;
    }
    for (size_t i = 1; a[i - 1] != '\0'; i++) {
        size_t diagonal = row[0];

        row[0] = i;
        for (size_t j = 1; j <= n; j++) {
            size_t best = diagonal + (a[i - 1] != b[j - 1]);

            diagonal = row[j];
            best = row[j] + 1 < best ? row[j] + 1 : best;
            best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
            row[j] = best;
        }
    }
    return row[n];
}

const char *
cli_nearest(const char *word, const char *const *names)
{
    const char *nearest = NULL;
    size_t least = strlen(word) / 2 < 3 ? strlen(word) / 2 + 1 : 4;

    for (; *names; names++) {
        size_t d = distance(word, *names);

        if (d < least) {
            least = d;
            nearest = *names;
        }
    }
    return nearest;
}
