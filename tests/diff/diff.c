/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/diff/diff.c - the host's side of the differential test
 *
 *   diff generate SEED PROGRAMS FILE [only=N] [most=E,H1,H2,H3]
 *                 [features=MASK] [census]
 *   diff emit FILE OUT [counted] [volatile] [place]       the module as C
 *   diff play LIST                       answers on standard output (list.h)
 *   diff tell SEED NUMBER FILE IMAGE     all that is seen of one program
 *
 * run.py calls it.
 */
#define _GNU_SOURCE
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "diff/gen.h"
#include "diff/image.h"
#include "diff/list.h"
#include "emit/emit.h"

#define MEMORY_BYTES (16u << 20)
#define STACK_BYTES (256u << 10)
#define ANSWER_BYTES (1u << 18)

static uint64_t memory[MEMORY_BYTES / 8];
static uint8_t module_bytes[DIFF_MODULE_BYTES];

static int
give_up(const char *what, const char *which)
{
    (void)fprintf(stderr, "diff: %s: %s\n", what, which);
    return 2;
}

/* All of a file, with a zero behind it; NULL when it cannot be read. */
static char *
read_text(const char *name, uint32_t *len)
{
    FILE *file = fopen(name, "rb");
    const size_t size = 8u << 20;
    char *text = malloc(size);

    if (!file || !text) {
        free(text);
        return NULL;
    }
    *len = (uint32_t)fread(text, 1, size - 1, file);
    text[*len] = '\0';
    (void)fclose(file);
    return text;
}

/* -- generate ------------------------------------------------------------- */

static void
print_census(const char *group, const uint32_t *counts, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        if (counts[i] > 0) {
            (void)printf("%s%02x %" PRIu32 "\n", group, i, counts[i]);
        }
    }
}

static bool
read_option(const char *text, struct diff_recipe *recipe, bool *census)
{
    if (sscanf(text, "only=%" SCNu32, &recipe->only) == 1 ||
        sscanf(text, "features=%" SCNu32, &recipe->features) == 1 ||
        sscanf(text, "most=%" SCNu32 ",%" SCNu32 ",%" SCNu32 ",%" SCNu32,
               &recipe->most[0], &recipe->most[1], &recipe->most[2],
               &recipe->most[3]) == 4) {
        return true;
    }
    *census = strcmp(text, "census") == 0;
    return *census;
}

static int
generate(char **args, int n_args)
{
    static struct diff_census counts;
    struct diff_recipe recipe = { .only = DIFF_ALL,
                                  .features = DIFF_EVERYTHING };
    bool census = false;
    uint32_t len;
    FILE *file;

    recipe.seed = strtoull(args[0], NULL, 16);
    recipe.n_programs = (uint32_t)strtoul(args[1], NULL, 10);
    if (recipe.n_programs == 0 || recipe.n_programs > DIFF_MAX_PROGRAMS) {
        return give_up("1 to 200 programs a module, not", args[1]);
    }
    for (int i = 3; i < n_args; i++) {
        if (!read_option(args[i], &recipe, &census)) {
            return give_up("no such option", args[i]);
        }
    }
    len = diff_generate(&recipe, module_bytes, sizeof module_bytes, &counts);
    file = fopen(args[2], "wb");
    if (len == 0 || !file ||
        fwrite(module_bytes, 1, len, file) != len || fclose(file) != 0) {
        return give_up("cannot write", args[2]);
    }
    if (census) {
        print_census("", counts.plain, 256);
        print_census("fc.", counts.fc, 32);
        print_census("fe.", counts.fe, 128);
    }
    return 0;
}

/* -- emit ----------------------------------------------------------------- */

static int
emit(char **args, int n_args)
{
    const struct wio_emit_window window = {
        .label = { (const uint8_t *)"window", 6 },
        .base = DIFF_DEVICE,
        .n_bytes = DIFF_WINDOW_BYTES,
        .rules = diff_rules,
        .n_rules = DIFF_N_RULES,
    };
    struct wio_emit_options options = {
        .memory_bytes = 2u << 16, .windows = &window, .n_windows = 1
    };
    struct wio_report report = { .code = 0 };
    struct wio_module *module;
    struct wio_arena arena;
    uint32_t len;
    char *bytes = read_text(args[0], &len);
    FILE *out = fopen(args[1], "w");

    for (int i = 2; i < n_args; i++) {
        options.counted |= strcmp(args[i], "counted") == 0;
        options.is_volatile |= strcmp(args[i], "volatile") == 0;
        options.place |= strcmp(args[i], "place") == 0;
        if (strcmp(args[i], "no-window") == 0) {
            options.n_windows = 0;         /* a driver, not a program */
        }
    }
    if (!bytes || !out) {
        free(bytes);
        return give_up("cannot read or write", args[bytes ? 1 : 0]);
    }
    wio_arena_init(&arena, memory, sizeof memory);
    if (wio_engine_load((const uint8_t *)bytes, len, WIO_FEATURE_ALL, &arena,
                        &module, &report) ||
        wio_emit(module, &options, out, &report) || fclose(out) != 0) {
        return give_up(args[0], report.text);
    }
    free(bytes);
    return 0;
}

/* -- play ----------------------------------------------------------------- */

static void
print_line(void *ctx, const char *line)
{
    (void)ctx;
    (void)puts(line);
}

static int
play_one(const struct diff_entry *entry, uint32_t first, uint32_t end,
         bool tell)
{
    static char text[ANSWER_BYTES];
    struct diff_answer answer = { .text = text, .size = sizeof text };
    struct diff_player player = {
        .memory = memory,
        .memory_bytes = sizeof memory,
        .stack_bytes = STACK_BYTES,
        .tell = tell ? print_line : NULL,
    };
    uint32_t len;
    char *bytes = read_text(entry->file, &len);

    if (!bytes) {
        return give_up("cannot read", entry->file);
    }
    if (!diff_image_open(entry->image, &player)) {
        free(bytes);
        return give_up("cannot load", entry->image);
    }
    diff_answer(&player, (const uint8_t *)bytes, len, entry->seed, first, end,
                &answer);
    (void)fputs(text, stdout);
    diff_image_close(&player);
    free(bytes);
    return 0;
}

static int
play(const char *name)
{
    uint32_t len;
    char *list = read_text(name, &len);
    const char *at = list;
    struct diff_entry entry;
    int code = 0;

    if (!list) {
        return give_up("cannot read", name);
    }
    while (code == 0 && diff_next(&at, &entry)) {
        code = play_one(&entry, 0, entry.n_programs, false);
    }
    free(list);
    (void)puts("@done");
    return code;
}

static int
tell(char **args)
{
    const uint32_t number = (uint32_t)strtoul(args[1], NULL, 10);
    struct diff_entry entry = { .seed = strtoull(args[0], NULL, 16) };

    (void)snprintf(entry.file, sizeof entry.file, "%s", args[2]);
    (void)snprintf(entry.image, sizeof entry.image, "%s", args[3]);
    return play_one(&entry, number, number + 1, true);
}

/* What DIFF_INLINE's registers are. */
static bool
make_device(void)
{
    void *at = (void *)(uintptr_t)DIFF_DEVICE;

    return mmap(at, 4096, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1,
                0) == at;
}

int
main(int argc, char **argv)
{
    if (!make_device()) {
        return give_up("no memory at DIFF_DEVICE", "mmap");
    }
    if (argc >= 5 && strcmp(argv[1], "generate") == 0) {
        return generate(argv + 2, argc - 2);
    }
    if (argc >= 4 && strcmp(argv[1], "emit") == 0) {
        return emit(argv + 2, argc - 2);
    }
    if (argc == 3 && strcmp(argv[1], "play") == 0) {
        return play(argv[2]);
    }
    if (argc == 6 && strcmp(argv[1], "tell") == 0) {
        return tell(argv + 2);
    }
    (void)fputs("usage: diff generate SEED PROGRAMS FILE [only=N] "
                "[most=E,H1,H2,H3] [features=MASK] [census]\n"
                "       diff emit FILE OUT [counted] [volatile] [place] [no-window]\n"
                "       diff play LIST\n"
                "       diff tell SEED NUMBER FILE IMAGE\n", stderr);
    return 2;
}
