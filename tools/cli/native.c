/* SPDX-License-Identifier: Apache-2.0 */
#include "native.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "native_cache.h"

#define MAX_ARGUMENTS 48u

/* A module is anybody's, and may take a compiler long and much: one function of
 * 280 KB takes gcc a minute and 1.6 GiB at -O1. A driver takes it a second and
 * 50 MiB. */
#define COMPILER_SECONDS 300u    /* of processor time */
#define COMPILER_MIB 2048u       /* of address space */
#define NOT_STARTED 127          /* the exit code of a child that is no compiler */


/* -- Targets -------------------------------------------------------------- */

/*
 * -ffp-contract=off: a fused multiply-add rounds once, WebAssembly twice.
 * -fsignaling-nans:  x * 1 quiets a NaN and is no x.
 * -fno-strict-aliasing: of the structures shared with the engine.
 * -fno-optimize-sibling-calls: a call that never returns must reach the limit
 *                    of the stack, not go on for ever.
 * The largest frame is what the C stack has below the limit that code looks
 * at; larger ones are refused.
 */
#define COMMON "-std=gnu11", "-fno-strict-aliasing", "-ffp-contract=off", \
    "-fsignaling-nans", "-fno-math-errno", "-fvisibility=hidden", \
    "-fno-optimize-sibling-calls", "-fno-asynchronous-unwind-tables", \
    "-fomit-frame-pointer"

static const char *const host_arguments[] = {
    "-O2", COMMON, "-fPIC", "-shared", "-nostdlib", "-DWIO_DEPTH=1",
    "-Werror=frame-larger-than=65536", NULL
};

/* -Os: on CoreMark as fast as -O2 and smaller; -O3 gains nothing. */
#define CORTEX_M "-Os", COMMON, "-c", "-mthumb", "-mfloat-abi=soft", \
    "-ffreestanding", "-ffunction-sections", "-fdata-sections", \
    "-DWIO_DEPTH=1", "-Werror=frame-larger-than=1024"

static const char *const cortex_m3_arguments[] = {
    CORTEX_M, "-mcpu=cortex-m3", NULL
};

static const char *const cortex_m4_arguments[] = {
    CORTEX_M, "-mcpu=cortex-m4", NULL
};

const struct native_target native_targets[] = {
    { "linux", "a shared object for this computer", "gcc", host_arguments,
      true, false, true },
    { "sim", "the same, with virtual time", "gcc", host_arguments, true, false,
      true },
    { "cortex-m3", "an object file for the boards", "arm-none-eabi-gcc",
      cortex_m3_arguments, false, true, false },
    { "cortex-m4", "an object file for the boards", "arm-none-eabi-gcc",
      cortex_m4_arguments, false, true, false },
    { NULL, NULL, NULL, NULL, false, false, false }
};

const struct native_target *
native_find_target(const char *name)
{
    for (uint32_t i = 0; native_targets[i].name; i++) {
        if (strcmp(native_targets[i].name, name) == 0) {
            return &native_targets[i];
        }
    }
    return NULL;
}

/* -- Folders -------------------------------------------------------------- */

bool
native_make_folder(const struct cli_command *command, char *path, size_t size)
{
    const char *base = getenv("TMPDIR");

    (void)snprintf(path, size, "%s/wasmio-native-XXXXXX",
                   base && *base ? base : "/tmp");
    if (!mkdtemp(path)) {
        (void)cli_fail(command, 0, "%s: %s", path, strerror(errno));
        return false;
    }
    return true;
}

static int
remove_one(const char *path, const struct stat *status, int type,
           struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    return remove(path);
}

void
native_remove_folder(const char *path)
{
    (void)nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static bool
write_text(const struct cli_command *command, const char *folder,
           const char *name, const char *text, size_t n_bytes)
{
    char path[PATH_MAX];

    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return cli_write_file(command, path, text, n_bytes) == 0;
}

bool
native_write_headers(const struct cli_command *command, const char *folder)
{
    return write_text(command, folder, "guest.h", native_guest_h,
                      strlen(native_guest_h)) &&
           write_text(command, folder, "image.h", native_image_h,
                      strlen(native_image_h));
}

static bool
copy_file(const char *from, const char *to)
{
    FILE *in = fopen(from, "rb");
    FILE *out = in ? fopen(to, "wb") : NULL;
    char buffer[65536];
    size_t n;
    bool good = out != NULL;

    while (good && (n = fread(buffer, 1, sizeof buffer, in)) > 0) {
        good = fwrite(buffer, 1, n, out) == n;
    }
    good = good && !ferror(in);
    if (in) {
        (void)fclose(in);
    }
    return (!out || fclose(out) == 0) && good;
}

/* -- The C text ----------------------------------------------------------- */

char *
native_emit(const struct cli_command *command,
            const struct wio_module *module,
            const struct wio_emit_options *options, size_t *n_bytes)
{
    struct wio_report report;
    char *text = NULL;
    FILE *out = open_memstream(&text, n_bytes);
    int err;

    wio_report_clear(&report);
    if (!out) {
        (void)cli_fail(command, 0, "out of memory");
        return NULL;
    }
    err = wio_emit(module, options, out, &report);
    if (fclose(out) != 0 || err) {
        (void)cli_fail(command, 0, "%s",
                       err ? report.text : "out of memory");
        free(text);
        return NULL;
    }
    return text;
}

/* -- The compiler --------------------------------------------------------- */

static bool
limit(__rlimit_resource_t resource, rlim_t most)
{
    struct rlimit limits;

    if (getrlimit(resource, &limits) != 0) {
        return false;
    }
    if (limits.rlim_cur > most) {
        limits.rlim_cur = most;
    }
    return setrlimit(resource, &limits) == 0;
}

/* In the child. What it says goes to the file @messages, in the words that
 * `shortages` has. */
_Noreturn static void
exec_compiler(const char *messages, const char *const *arguments)
{
    int file = open(messages, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    if (file >= 0 && dup2(file, STDERR_FILENO) >= 0 &&
        setenv("LC_ALL", "C", 1) == 0 &&
        limit(RLIMIT_CPU, COMPILER_SECONDS) &&
        limit(RLIMIT_AS, (rlim_t)COMPILER_MIB << 20)) {
        (void)execvp(arguments[0], (char *const *)(uintptr_t)arguments);
    }
    (void)dprintf(STDERR_FILENO, "%s", strerror(errno));
    _exit(NOT_STARTED);
}

/* What the compiler, or a program of its, says when a limit stops it. */
static const struct {
    const char *said;
    const char *of_what;
} shortages[] = {
    { "annot allocate memory", "memory" },
    { "out of memory", "memory" },
    { "std::bad_alloc", "memory" },
    { "CPU time limit exceeded", "time" },
    { NULL, NULL }
};

static void
explain(const struct cli_command *command, const char *compiler, int status,
        const uint8_t *said, size_t n)
{
    const int n_shown = n < 4000 ? (int)n : 4000;
    uint32_t i = 0;

    if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_STARTED) {
        (void)cli_fail(command, 0, "%s cannot be started: %.*s; install it "
                       "(tools/packages.txt)", compiler, n_shown, said);
        return;
    }
    while (shortages[i].said && !memmem(said, n, shortages[i].said,
                                        strlen(shortages[i].said))) {
        i++;
    }
    if (shortages[i].said) {
        (void)cli_fail(command, 0, "%s ran out of %s over the module's "
                       "functions; it may take %u MiB and %u seconds: make "
                       "the functions smaller", compiler, shortages[i].of_what,
                       COMPILER_MIB, COMPILER_SECONDS);
        return;
    }
    (void)fprintf(stderr, "%.*s", n_shown, said);
    (void)cli_fail(command, 0, "%s could not compile the module's functions: "
                   "a frame larger than the target's stack allows, or a "
                   "mistake of the emitter", compiler);
}

static bool
run_compiler(const struct cli_command *command, const char *folder,
             const char *const *arguments)
{
    char messages[PATH_MAX + 16];
    uint8_t *said;
    size_t n = 0;
    pid_t pid;
    int status = -1;

    (void)snprintf(messages, sizeof messages, "%s/messages", folder);
    pid = fork();
    if (pid == 0) {
        exec_compiler(messages, arguments);
    }
    if (pid < 0) {
        (void)cli_fail(command, 0, "%s cannot be started: %s", arguments[0],
                       strerror(errno));
        return false;
    }
    if (waitpid(pid, &status, 0) == pid && status == 0) {
        return true;
    }
    said = cli_read_file(command, messages, NATIVE_MAX_BYTES, &n);
    if (said) {
        explain(command, arguments[0], status, said, n);
    }
    free(said);
    return false;
}

static bool
compile_in(const struct cli_command *command,
           const struct native_target *target, const char *folder,
           const char *level, const char *made)
{
    const char *arguments[MAX_ARGUMENTS];
    char source[PATH_MAX + 16];
    uint32_t n = 0;

    (void)snprintf(source, sizeof source, "%s/guest.c", folder);
    arguments[n++] = target->compiler;
    for (uint32_t i = 0; target->arguments[i] && n < MAX_ARGUMENTS - 7; i++) {
        arguments[n++] = target->arguments[i];
    }
    if (level) {
        arguments[n++] = level;
    }
    arguments[n++] = "-o";
    arguments[n++] = made;
    arguments[n++] = source;
    if (target->loads) {
        arguments[n++] = "-lgcc";
    }
    arguments[n] = NULL;
    return run_compiler(command, folder, arguments);
}

bool
native_compile(const struct cli_command *command,
               const struct native_target *target, const char *text,
               size_t n_bytes, const char *level, const char *out)
{
    char kept[PATH_MAX];
    char folder[PATH_MAX - 32];
    char made[PATH_MAX];
    bool cached = native_cache_find(target, text, n_bytes, level, kept,
                                    sizeof kept);
    bool good;

    if (cached && native_cache_take(command, kept, out)) {
        return true;
    }
    if (!native_make_folder(command, folder, sizeof folder)) {
        return false;
    }
    (void)snprintf(made, sizeof made, "%s/guest.out", folder);
    good = native_write_headers(command, folder) &&
           write_text(command, folder, "guest.c", text, n_bytes) &&
           compile_in(command, target, folder, level, made);
    if (good && !copy_file(made, out)) {
        good = cli_fail(command, 0, "%s cannot be written: %s", out,
                        strerror(errno)) != 0;
    }
    if (good && cached) {
        native_cache_keep(command, made, kept);
    }
    native_remove_folder(folder);
    return good;
}

/* -- Loading -------------------------------------------------------------- */

const struct wio_aot_image *
native_open(const struct cli_command *command, const char *path,
            void **handle)
{
    char folder[PATH_MAX - 32];
    char copy[PATH_MAX];
    const struct wio_aot_image *image = NULL;

    *handle = NULL;
    if (!native_make_folder(command, folder, sizeof folder)) {
        return NULL;
    }
    (void)snprintf(copy, sizeof copy, "%s/guest.so", folder);
    if (copy_file(path, copy)) {
        *handle = dlopen(copy, RTLD_NOW | RTLD_LOCAL);
    }
    native_remove_folder(folder);
    if (*handle) {
        image = (const struct wio_aot_image *)dlsym(*handle, "wio_image");
    }
    if (!image) {
        (void)cli_fail(command, 0, "%s is no native code for this computer; "
                       "`wasmio compile` makes it", path);
        native_close(*handle);
        *handle = NULL;
    }
    return image;
}

void
native_close(void *handle)
{
    if (handle) {
        (void)dlclose(handle);
    }
}
