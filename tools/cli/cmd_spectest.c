/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tools/cli/cmd_spectest.c - `wasmio spectest DIR`: the specification's
 * vectors against the engine
 *
 * DIR holds one unpacked set (.json and .wasm files), or a folder a set, or
 * the sets' .tar.xz archives. Each set is run with exactly its proposals:
 * what one makes valid, another one's assert_invalid refuses.
 */
#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <jansson.h>

#include "cli.h"
#include "engine/aot/attach.h"
#include "engine/engine.h"
#include "native.h"
#include "spec/runner.h"
#include "spec_script.h"

#define ARENA_BYTES (1u << 30)  /* address space, not memory */
#define STACK_BYTES (256u << 10)
#define NATIVE_STACK_BYTES (1u << 20)
#define MAX_IMAGES 4096u         /* open at a time: of one file */
#define MAX_PAGES 1024u
#define MAX_ELEMENTS 16384u

extern char **environ;

struct set {
    const char *name;
    uint32_t features;
    const char *reason;         /* not to run it; NULL: run it */
};

/* custom-page-sizes copies between two memories, so it needs both. */
static const struct set sets[] = {
    { "core-2.0", 0, NULL },
    { "multi-memory", WIO_FEATURE_MULTI_MEMORY, NULL },
    { "extended-const", WIO_FEATURE_EXTENDED_CONST, NULL },
    { "custom-page-sizes",
      WIO_FEATURE_CUSTOM_PAGE_SIZES | WIO_FEATURE_MULTI_MEMORY, NULL },
    { "own", WIO_FEATURE_ALL, NULL },
    { "tail-call", 0, "tail calls are not part of Wasm-IO" },
    { "core-2022", 0, "core-2.0 is the same suite, three years younger" },
};

struct session {
    const char *filter;
    const char *scripts;        /* folder to write scripts to, or NULL */
    const char *objects;        /* folder for modules compiled for a board */
    bool tap;
    uint32_t n_tap;
    struct spec_config config;
    struct spec_counts total;
    json_t *json;               /* array of sets */

    const char *file;           /* being run: "core-2.0/linking" */

    bool aot;                   /* modules are compiled */
    bool placed;                /* their memories lie in the image */
    void *images[MAX_IMAGES];
    uint32_t n_images;
};

/* -- Reporting ------------------------------------------------------------ */

static void
on_failure(void *ctx, uint32_t line, const char *command,
           const char *expected, const char *got)
{
    const struct session *session = ctx;

    printf("%s%s.wast:%u: %s: expected %s; got %s\n",
           session->tap ? "# " : "  ", session->file, (unsigned)line, command,
           expected, got);
}

/* "581 about the text format, 3 64-bit memories" */
static void
print_skips(const struct spec_counts *counts)
{
    const char *separator = "";

    for (unsigned i = 0; i < SPEC_N_SKIPS; i++) {
        if (counts->skipped[i] > 0) {
            printf("%s%u %s", separator, (unsigned)counts->skipped[i],
                   spec_skip_text((enum spec_skip)i));
            separator = ", ";
        }
    }
}

static void
add(struct spec_counts *to, const struct spec_counts *counts)
{
    to->passed += counts->passed;
    to->failed += counts->failed;
    for (unsigned i = 0; i < SPEC_N_SKIPS; i++) {
        to->skipped[i] += counts->skipped[i];
    }
}

static json_t *
counts_json(const char *name, const struct spec_counts *counts)
{
    json_t *skipped = json_object();

    for (unsigned i = 0; i < SPEC_N_SKIPS; i++) {
        if (counts->skipped[i] > 0) {
            json_object_set_new(skipped, spec_skip_text((enum spec_skip)i),
                                json_integer(counts->skipped[i]));
        }
    }
    return json_pack("{s:s, s:i, s:i, s:o}", "name", name, "passed",
                     (int)counts->passed, "failed", (int)counts->failed,
                     "skipped", skipped);
}

static void
print_file(struct session *session, const struct spec_counts *counts)
{
    if (!session->tap) {
        return;
    }
    session->n_tap++;
    printf("%s %u - %s: ", counts->failed ? "not ok" : "ok",
           (unsigned)session->n_tap, session->file);
    if (counts->passed + counts->failed == 0) {
        printf("no check # SKIP ");
        print_skips(counts);
    } else {
        printf("%u passed, %u failed", (unsigned)counts->passed,
               (unsigned)counts->failed);
        if (spec_skipped(counts) > 0) {
            printf(", not run: ");
            print_skips(counts);
        }
    }
    printf("\n");
    fflush(stdout);
}

/* The folder of @path, whose own folder is there; false after saying why. */
static bool
make_folder_of(const char *path)
{
    char folder[PATH_MAX];
    char *slash;

    (void)snprintf(folder, sizeof folder, "%s", path);
    slash = strrchr(folder, '/');
    *slash = '\0';
    if (mkdir(folder, 0777) != 0 && errno != EEXIST) {
        cli_fail(&cli_spectest, CLI_USAGE, "%s: %s", folder, strerror(errno));
        return false;
    }
    return true;
}

/* -- Native code ---------------------------------------------------------- */

static int
compile(void *ctx, struct wio_module *module, struct wio_report *report)
{
    struct session *session = ctx;
    const struct native_target *target = native_find_target("sim");
    const struct wio_emit_options options = {
        .counted = true,
        .shared = !session->placed,
        .place = session->placed,
        .memory_bytes = session->placed ? 1u << 20 : 0,
    };
    char folder[PATH_MAX - 32];
    char path[PATH_MAX];
    const struct wio_aot_image *image = NULL;
    size_t n = 0;
    char *text = native_emit(&cli_spectest, module, &options, &n);

    if (text && session->n_images < MAX_IMAGES &&
        native_make_folder(&cli_spectest, folder, sizeof folder)) {
        (void)snprintf(path, sizeof path, "%s/module.so", folder);
        if (native_compile(&cli_spectest, target, text, n, "-O1", path)) {
            image = native_open(&cli_spectest, path,
                                &session->images[session->n_images]);
        }
        native_remove_folder(folder);
    }
    free(text);
    if (!image) {
        return wio_report_fail(report, WIO_ERR_LIMIT, "the module could not "
                               "be compiled to native code");
    }
    session->n_images++;
    return wio_engine_attach(module, image, report);
}

/* For a board, into OUT/SET/FILE.<n>.o; here the interpreter runs it. The
 * vectors' frames are larger than any driver's. */
static int
compile_object(void *ctx, struct wio_module *module,
               struct wio_report *report)
{
    struct session *session = ctx;
    const struct wio_emit_options options = { .shared = true };
    char path[PATH_MAX];
    size_t n = 0;
    char *text = native_emit(&cli_spectest, module, &options, &n);
    bool good;

    (void)snprintf(path, sizeof path, "%s/%s.%u.o", session->objects,
                   session->file, (unsigned)session->n_images++);
    good = text && make_folder_of(path) &&
           native_compile(&cli_spectest, native_find_target("cortex-m4"),
                          text, n, "-Wno-error=frame-larger-than=1024", path);
    free(text);
    return good ? 0
                : wio_report_fail(report, WIO_ERR_LIMIT, "the module could "
                                  "not be compiled for a Cortex-M4");
}

static void
close_images(struct session *session)
{
    if (session->objects) {
        session->n_images = 0;
    }
    while (session->n_images > 0) {
        native_close(session->images[--session->n_images]);
    }
}

/* -- One set -------------------------------------------------------------- */

static bool
write_script(const struct session *session, const struct spec_bytes *script)
{
    char path[PATH_MAX];
    FILE *file;
    bool good;

    (void)snprintf(path, sizeof path, "%s/%s.wios", session->scripts,
                   session->file);
    if (!make_folder_of(path)) {
        return false;
    }
    file = fopen(path, "wb");
    good = file && fwrite(script->at, 1, script->len, file) == script->len;
    good = (!file || fclose(file) == 0) && good;
    if (!good) {
        cli_fail(&cli_spectest, CLI_USAGE, "%s: %s", path, strerror(errno));
    }
    return good;
}

static bool
run_file(struct session *session, const struct spec_source *source,
         const char *file, struct spec_counts *set_counts, json_t *files)
{
    struct spec_bytes script = { 0 };
    struct spec_counts counts = { 0 };
    char label[NAME_MAX * 2];
    int err = 0;
    bool good;

    (void)snprintf(label, sizeof label, "%s/%.*s", source->set,
                   (int)(strlen(file) - strlen(".json")), file);
    if ((session->filter && !strstr(label, session->filter)) ||
        (session->scripts && source->skip_all)) {
        return true;
    }
    session->file = label;
    good = spec_script_build(&cli_spectest, source, file, &script) &&
           (!session->scripts || write_script(session, &script));
    if (good && !session->scripts) {
        err = spec_run(&session->config,
                       (struct wio_span){ script.at, (uint32_t)script.len },
                       &counts);
        if (err) {
            counts.failed++;
            on_failure(session, 0, "script", "one that can be run",
                       wio_strerror(err));
        }
        close_images(session);
        print_file(session, &counts);
        json_array_append_new(files, counts_json(label, &counts));
        add(set_counts, &counts);
        /* Hand the pages back: the next file wants other ones. */
        (void)madvise(session->config.memory, session->config.memory_size,
                      MADV_DONTNEED);
    }
    free(script.at);
    return good;
}

static int
is_json(const struct dirent *entry)
{
    const size_t len = strlen(entry->d_name);

    return len > 5 && strcmp(entry->d_name + len - 5, ".json") == 0;
}

static bool
run_set(struct session *session, const struct set *set, const char *folder)
{
    struct spec_source source = {
        .folder = folder,
        .set = set->name,
        .features = set->features,
        .skip_all = set->reason != NULL,
        .skip_memory64 = (set->features & WIO_FEATURE_CUSTOM_PAGE_SIZES) != 0,
    };
    struct spec_counts counts = { 0 };
    struct dirent **entries;
    const int n = scandir(folder, &entries, is_json, alphasort);
    json_t *files = json_array();
    json_t *json;
    bool good = n > 0;

    for (int i = 0; i < n; i++) {
        good = good &&
               run_file(session, &source, entries[i]->d_name, &counts, files);
        free(entries[i]);
    }
    if (n >= 0) {
        free(entries);
    }
    if (!session->tap && !session->scripts &&
        counts.passed + counts.failed + spec_skipped(&counts) > 0) {
        printf("%s: %u passed, %u failed, %u skipped", set->name,
               (unsigned)counts.passed, (unsigned)counts.failed,
               (unsigned)spec_skipped(&counts));
        if (spec_skipped(&counts) > 0) {
            printf(" (");
            print_skips(&counts);
            printf(")");
        }
        printf("%s%s\n", set->reason ? ": " : "",
               set->reason ? set->reason : "");
        fflush(stdout);
    }
    json = counts_json(set->name, &counts);
    json_object_set_new(json, "files", files);
    json_array_append_new(session->json, json);
    add(&session->total, &counts);
    return good;
}

static const struct set *
find_set(const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++) {
        if (strlen(sets[i].name) == len &&
            strncmp(sets[i].name, name, len) == 0) {
            return &sets[i];
        }
    }
    return NULL;
}

/* -- Archives ------------------------------------------------------------- */

static int
remove_one(const char *path, const struct stat *status, int type,
           struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    return remove(path);
}

static bool
unpack(const char *archive, const char *folder)
{
    const char *const arguments[] = { "tar", "-xJf", archive, "-C", folder,
                                      NULL };
    pid_t pid;
    int status = 0;

    /* posix_spawn's parameter lacks the const it honours. */
    if (posix_spawnp(&pid, "tar", NULL, NULL,
                     (char *const *)(uintptr_t)arguments, environ) != 0 ||
        waitpid(pid, &status, 0) < 0 || status != 0) {
        cli_fail(&cli_spectest, CLI_USAGE,
                 "%s cannot be unpacked: is it whole, and are tar and"
                 " xz-utils installed?", archive);
        return false;
    }
    return true;
}

static bool
run_archive(struct session *session, const struct set *set,
            const char *archive)
{
    const char *base = getenv("TMPDIR");
    char folder[PATH_MAX];
    char inside[PATH_MAX + NAME_MAX + 2];
    bool good;

    (void)snprintf(folder, sizeof folder, "%s/wasmio-spec-XXXXXX",
                   base && *base ? base : "/tmp");
    if (!mkdtemp(folder)) {
        cli_fail(&cli_spectest, CLI_USAGE, "%s: %s", folder, strerror(errno));
        return false;
    }
    (void)snprintf(inside, sizeof inside, "%s/%s", folder, set->name);
    good = unpack(archive, folder) && run_set(session, set, inside);
    (void)nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    return good;
}

/* -- A folder ------------------------------------------------------------- */

static bool
has_json(const char *folder)
{
    struct dirent **entries;
    const int n = scandir(folder, &entries, is_json, NULL);

    for (int i = 0; i < n; i++) {
        free(entries[i]);
    }
    if (n >= 0) {
        free(entries);
    }
    return n > 0;
}

static int
is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* The sets in @folder: archives first choice, else unpacked ones. */
static bool
run_folder(struct session *session, const char *folder, bool *found)
{
    static const char suffix[] = ".tar.xz";
    struct dirent **entries;
    const int n = scandir(folder, &entries, is_visible, alphasort);
    bool good = true;

    for (int i = 0; i < n; i++) {
        const char *name = entries[i]->d_name;
        const size_t len = strlen(name);
        const bool packed = len > sizeof suffix &&
                            strcmp(name + len - (sizeof suffix - 1),
                                   suffix) == 0;
        const struct set *set =
            find_set(name, packed ? len - (sizeof suffix - 1) : len);
        char path[PATH_MAX + NAME_MAX + 2];

        (void)snprintf(path, sizeof path, "%s/%s", folder, name);
        if (packed && !set) {
            cli_fail(&cli_spectest, CLI_USAGE, "%s is a set this tool does"
                     " not know the proposals of", path);
            good = false;
        } else if (packed) {
            *found = true;
            good = run_archive(session, set, path) && good;
        } else if (set && has_json(path)) {
            *found = true;
            good = run_set(session, set, path) && good;
        }
        free(entries[i]);
    }
    if (n >= 0) {
        free(entries);
    }
    return good;
}

static bool
run_path(struct session *session, const char *path)
{
    char real[PATH_MAX];
    bool found = false;
    bool good;

    if (!realpath(path, real)) {
        cli_fail(&cli_spectest, CLI_USAGE, "%s: %s", path, strerror(errno));
        return false;
    }
    if (has_json(real)) {
        const char *name = strrchr(real, '/') + 1;
        const struct set *set = find_set(name, strlen(name));

        if (!set) {
            cli_fail(&cli_spectest, CLI_USAGE, "%s: the folder must be called"
                     " after its set (core-2.0, multi-memory, extended-const,"
                     " custom-page-sizes, own), because the proposals that"
                     " are on depend on it", path);
            return false;
        }
        return run_set(session, set, real);
    }
    good = run_folder(session, real, &found);
    if (good && !found) {
        cli_fail(&cli_spectest, CLI_USAGE, "%s holds neither .json files nor"
                 " .tar.xz archives of vectors", path);
        return false;
    }
    return good;
}

/* -- The command ---------------------------------------------------------- */

static bool
write_json(const struct session *session, const char *path)
{
    json_t *root = counts_json("total", &session->total);
    bool good;

    json_object_set(root, "sets", session->json);
    good = json_dump_file(root, path, JSON_INDENT(1)) == 0;
    json_decref(root);
    if (!good) {
        cli_fail(&cli_spectest, CLI_USAGE, "%s cannot be written: %s", path,
                 strerror(errno));
    }
    return good;
}

static int
run_spectest(int argc, char **argv)
{
    struct session session = { .json = json_array() };
    const char *json_path = NULL;
    const char *folder = NULL;
    void *memory;
    bool good;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--tap") == 0) {
            session.tap = true;
        } else if (strcmp(argv[i], "--json") == 0 && i + 1 < argc) {
            json_path = argv[++i];
        } else if (strcmp(argv[i], "--filter") == 0 && i + 1 < argc) {
            session.filter = argv[++i];
        } else if (strcmp(argv[i], "--scripts") == 0 && i + 1 < argc) {
            session.scripts = argv[++i];
        } else if (strcmp(argv[i], "--objects") == 0 && i + 1 < argc) {
            session.objects = argv[++i];
        } else if (strcmp(argv[i], "--engine") == 0 && i + 1 < argc &&
                   (strcmp(argv[i + 1], "aot") == 0 ||
                    strcmp(argv[i + 1], "interp") == 0)) {
            session.aot = strcmp(argv[++i], "aot") == 0;
        } else if (strcmp(argv[i], "--placed") == 0) {
            session.placed = true;
        } else if (argv[i][0] != '-' && !folder) {
            folder = argv[i];
        } else {
            return cli_fail(&cli_spectest, CLI_USAGE, "%s is not understood;"
                            " see wasmio spectest --help", argv[i]);
        }
    }
    if (!folder) {
        return cli_fail(&cli_spectest, CLI_USAGE,
                        "which folder of vectors shall be run?");
    }
    memory = mmap(NULL, ARENA_BYTES, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) {
        return cli_fail(&cli_spectest, CLI_USAGE,
                        "no 1 GiB of address space: %s", strerror(errno));
    }
    session.config = (struct spec_config){
        .memory = memory,
        .memory_size = ARENA_BYTES,
        .stack_bytes = session.aot ? NATIVE_STACK_BYTES : STACK_BYTES,
        .max_pages = MAX_PAGES,
        .max_elements = MAX_ELEMENTS,
        .loaded = session.objects ? compile_object
                  : session.aot   ? compile
                                  : NULL,
        .failed = on_failure,
        .ctx = &session,
    };
    good = run_path(&session, folder);
    good = (!json_path || write_json(&session, json_path)) && good;
    json_decref(session.json);
    (void)munmap(memory, ARENA_BYTES);
    if (session.tap) {
        printf("1..%u\n", (unsigned)session.n_tap);
    } else if (good && !session.scripts) {
        printf("%u passed, %u failed, %u skipped\n",
               (unsigned)session.total.passed, (unsigned)session.total.failed,
               (unsigned)spec_skipped(&session.total));
    }
    if (!good) {
        return CLI_USAGE;
    }
    if (session.total.failed > 0) {
        return CLI_NO;
    }
    if (!session.scripts && session.total.passed == 0 &&
        spec_skipped(&session.total) == 0) {
        return cli_fail(&cli_spectest, CLI_USAGE, "nothing was run: no file"
                        " of %s is called like --filter says", folder);
    }
    return CLI_OK;
}

const struct cli_command cli_spectest = {
    .name = "spectest",
    .arguments = "DIR [--engine interp|aot] [--filter NAME] [--json FILE] [--tap]"
                 " [--scripts OUT] [--objects OUT]",
    .summary = "Run the WebAssembly specification's test vectors",
    .help =
        "DIR holds one unpacked set (.json and .wasm files, as wabt's\n"
        "wast2json writes them), a folder a set, or the sets' .tar.xz\n"
        "archives. Each set is run with exactly its proposals.\n"
        "\n"
        "  --engine aot    compile every module to native code first\n"
        "  --placed        with it: memories lie in the code's image\n"
        "  --filter NAME   only files with NAME in SET/FILE\n"
        "  --json FILE     write the counts of every file\n"
        "  --tap           one TAP line a file\n"
        "  --scripts OUT   write OUT/SET/FILE.wios for a target's runner\n"
        "                  instead of running\n"
        "  --objects OUT   compile the modules for a Cortex-M4 meanwhile, to\n"
        "                  OUT/SET/FILE.<n>.o in the order of their loading\n"
        "\n"
        "Exit code 1 when a check failed.\n",
    .run = run_spectest,
};
