/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See compile.h. native.c makes C of the module and an object of that; here is
 * what a board adds: where it is linked, and with what.
 */
#include "compile.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "boards/boards.h"
#include "elf32.h"
#include "native.h"
#include "registers.h"
#include "wio_file.h"

#define ELF_MAX_BYTES (64u << 20)
#define FRAME_LIMIT "-Werror=frame-larger-than=256"  /* WIO_NATIVE_FRAME_BYTES */
#define IMAGE_SYMBOL "wio_image"

/* ports/cortex-m/firmware/natives.h, by offset. */
#define SLOTS_MAGIC 0x544c5357u
#define SLOTS_BYTES (7u * 4u + 32u + 32u)

struct job {
    const struct cli_command *command;
    const struct cli_container *container;
    const struct compile_options *options;
    char folder[PATH_MAX - 64];
    char firmware[PATH_MAX + 96];
    const struct native_target *compiler;
    uint32_t module_bytes;         /* of the slot */
    uint32_t arena_bytes;
    struct wio_native_header header;
    uint8_t *image_file;           /* as linked */
    size_t n_image_file;
    struct wio_span image;         /* the part that is executed */
};

static int
fail(const struct job *job, int code, const char *what)
{
    return cli_fail(job->command, code, "%s: %s", job->container->path, what);
}

static void
in_folder(const struct job *job, const char *name, char *path, size_t size)
{
    snprintf(path, size, "%s/%s", job->folder, name);
}

/* -- The firmware --------------------------------------------------------------- */

static bool
find_firmware(struct job *job)
{
    const struct compile_options *options = job->options;
    char tree[PATH_MAX];

    if (options->firmware) {
        snprintf(job->firmware, sizeof(job->firmware), "%s",
                 options->firmware);
        return true;
    }
    if (!cli_own_folder(tree, sizeof(tree))) {
        return false;
    }
    snprintf(job->firmware, sizeof(job->firmware),
             "%s/firmware/%s/firmware.elf", tree, options->target);
    return true;
}

/* The linker's note: three words, "GNU", the id. */
static bool
read_build(const struct elf32 *elf, uint8_t *build)
{
    struct elf32_section note;
    const uint8_t *at;

    if (!elf32_section(elf, ".note.gnu.build-id", &note) ||
        note.n_bytes != 16u + WIO_NATIVE_BUILD_BYTES) {
        return false;
    }
    at = elf->bytes + note.at;
    memcpy(build, at + 16, WIO_NATIVE_BUILD_BYTES);
    return elf32_word(at + 4) == WIO_NATIVE_BUILD_BYTES;
}

/* Addresses of the slot, and which build it is. */
static int
read_slots(struct job *job, const struct elf32 *elf)
{
    struct wio_native_header *h = &job->header;
    const struct compile_options *options = job->options;
    const uint8_t *slots = NULL;
    char cpu[32];
    uint32_t address;
    uint32_t n_slots;

    if (elf32_symbol(elf, "natives_slots", &address)) {
        slots = elf32_at(elf, address, SLOTS_BYTES);
    }
    if (!slots || elf32_word(slots) != SLOTS_MAGIC ||
        !read_build(elf, h->build)) {
        return cli_fail(job->command, CLI_USAGE, "%s is no firmware that runs "
                        "compiled containers", job->firmware);
    }
    n_slots = elf32_word(slots + 4);
    if (options->slot >= n_slots) {
        return cli_fail(job->command, CLI_USAGE, "%s has no slot %u; they are "
                        "0 to %u", options->target, options->slot,
                        n_slots - 1);
    }
    if (strncmp((const char *)slots + 28, options->target, 32) != 0) {
        return cli_fail(job->command, CLI_USAGE, "%s is the firmware of %.32s, "
                        "not of %s", job->firmware, slots + 28,
                        options->target);
    }
    job->module_bytes = elf32_word(slots + 8);
    job->arena_bytes = elf32_word(slots + 12);
    h->load_at = elf32_word(slots + 16) + options->slot * job->module_bytes +
                 WIO_NATIVE_IMAGE_AT;
    h->bss_at = elf32_word(slots + 20) + options->slot * job->arena_bytes;
    snprintf(cpu, sizeof(cpu), "%.31s", slots + 60);
    job->compiler = native_find_target(cpu);
    return job->compiler ? CLI_OK
                         : cli_fail(job->command, CLI_USAGE, "nothing is "
                                    "compiled here for a %s", cpu);
}

static int
read_firmware(struct job *job)
{
    struct elf32 elf;
    size_t n = 0;
    uint8_t *bytes;
    int code;

    if (!find_firmware(job)) {
        return cli_fail(job->command, CLI_USAGE, "cannot tell where this "
                        "program is, and so not where the firmware is; say "
                        "--firmware ELF");
    }
    if (!job->options->firmware && access(job->firmware, R_OK) != 0) {
        return cli_fail(job->command, CLI_USAGE, "%s is not there; build it "
                        "(target firmware-%s), or say --firmware ELF",
                        job->firmware, job->options->target);
    }
    bytes = cli_read_file(job->command, job->firmware, ELF_MAX_BYTES, &n);
    if (!bytes) {
        return CLI_USAGE;
    }
    code = elf32_open(bytes, n, &elf)
               ? read_slots(job, &elf)
               : cli_fail(job->command, CLI_USAGE, "%s is no ELF file of a "
                          "32-bit controller", job->firmware);
    free(bytes);
    return code;
}

/* -- Compiling ------------------------------------------------------------------ */

static bool
has_handlers(const struct wio_container_config *config)
{
    for (uint32_t i = 0; i < config->n_needs; i++) {
        if (config->needs[i].class == WIO_NEED_IRQ) {
            return true;
        }
    }
    return false;
}

/* The configuration says how much memory there is and whether handlers share
 * it; without one memory grows as the module says. */
struct wio_emit_options
compile_choose(const struct cli_container *container, bool is_volatile,
               bool counted)
{
    const struct wio_container_config *config = &container->config;

    if (!container->has_config || container->config_report.code != 0) {
        return (struct wio_emit_options){
            .counted = counted, .is_volatile = is_volatile, .shared = true
        };
    }
    return (struct wio_emit_options){
        .counted = counted,
        .is_volatile = is_volatile || has_handlers(config),
        .place = true,
        .memory_bytes = config->memory_bytes
    };
}

/* Into the file @object. */
static int
make_object(const struct job *job, const char *object)
{
    struct wio_emit_options options = compile_choose(
        job->container, job->options->is_volatile, job->compiler->counted);
    struct registers registers = { .n_windows = 0 };
    int code = CLI_OK;
    size_t n = 0;
    char *text;

    /* Registers of a controller are at the addresses that the board's tree says;
     * those of a process it finds when it begins, and on sim there are none. */
    if (strcmp(job->options->target, "sim") != 0) {
        options.windows_move = job->header.kind != WIO_NATIVE_FLAT;
        code = registers_find(job->command, job->container,
                              job->options->tree ? job->options->tree
                                                 : job->options->target,
                              job->options->beside, job->options->n_beside,
                              &registers);
        options.windows = registers.windows;
        options.n_windows = registers.n_windows;
    }
    text = code ? NULL : native_emit(job->command, job->container->module,
                                     &options, &n);
    if (!code && (!text || !native_compile(job->command, job->compiler, text, n,
                                           job->header.kind == WIO_NATIVE_FLAT
                                               ? FRAME_LIMIT : NULL,
                                           object))) {
        code = CLI_NO;
    }
    free(text);
    registers_free(&registers);
    return code;
}

/* Code first, for that is what may be cut off; variables in the slot's memory.
 * Symbols mark what the header says. */
static int
write_script(const struct job *job, const char *path)
{
    char text[1024];
    int n = snprintf(text, sizeof(text),
        "ENTRY(" IMAGE_SYMBOL ")\n"
        "SECTIONS {\n"
        "    . = 0x%x;\n"
        "    .image : {\n"
        "        *(.text .text.*)\n"
        "        . = ALIGN(8);\n"
        "        wio_text_end = .;\n"
        "        *(.rodata .rodata.*)\n"
        "        *(.data .data.*)\n"
        "        . = ALIGN(8);\n"
        "    }\n"
        "    .bss 0x%x (NOLOAD) : {\n"
        "        *(.bss .bss.* COMMON)\n"
        "        . = ALIGN(8);\n"
        "        wio_bss_end = .;\n"
        "    }\n"
        "    /DISCARD/ : { *(.ARM.*) *(.comment) *(.note*) }\n"
        "}\n", job->header.load_at, job->header.bss_at);

    return cli_write_file(job->command, path, text, (size_t)n);
}

static int
link_flat(const struct job *job, const char *object, const char *image)
{
    char script[PATH_MAX];
    char symbols[sizeof(job->firmware) + 32];   /* may have commas: no -Wl */
    const char *const args[] = {
        job->compiler->compiler, "-nostdlib", "-Wl,--gc-sections",
        "-Wl,--build-id=none", "-Wl,--no-warn-rwx-segments",
        "-Xlinker", symbols, "-T", script, "-o", image, object, NULL
    };
    int code;

    in_folder(job, "image.ld", script, sizeof(script));
    code = write_script(job, script);
    if (code) {
        return code;
    }
    snprintf(symbols, sizeof(symbols), "--just-symbols=%s", job->firmware);
    if (cli_run_program((char *const *)(uintptr_t)args) != 0) {
        return fail(job, CLI_NO, "its code cannot be linked with the "
                    "firmware; the linker says why above");
    }
    return CLI_OK;
}

/* -- What became of it ------------------------------------------------------------- */

static int
take_flat(struct job *job)
{
    struct wio_native_header *h = &job->header;
    struct elf32_section image;
    struct elf32 elf;
    uint32_t entry, text_end, bss_end;

    if (!elf32_open(job->image_file, job->n_image_file, &elf) ||
        !elf32_section(&elf, ".image", &image) ||
        !elf32_symbol(&elf, IMAGE_SYMBOL, &entry) ||
        !elf32_symbol(&elf, "wio_text_end", &text_end) ||
        !elf32_symbol(&elf, "wio_bss_end", &bss_end) ||
        image.address != h->load_at || entry < h->load_at ||
        text_end < h->load_at || bss_end < h->bss_at) {
        return fail(job, CLI_USAGE, "the linked image has no " IMAGE_SYMBOL
                    " where it is looked for");
    }
    h->entry = entry - h->load_at;
    h->text_bytes = text_end - h->load_at;
    h->bss_bytes = bss_end - h->bss_at;
    job->image = (struct wio_span){ job->image_file + image.at,
                                    image.n_bytes };
    if (h->bss_bytes > job->arena_bytes) {
        return cli_fail(job->command, CLI_NO, "%s: its memory and variables "
                        "take %u bytes, and a slot of %s has %u",
                        job->container->path, h->bss_bytes,
                        job->options->target, job->arena_bytes);
    }
    return CLI_OK;
}

static int
build_image(struct job *job)
{
    const bool is_flat = job->header.kind == WIO_NATIVE_FLAT;
    char object[PATH_MAX];
    char linked[PATH_MAX];
    int code;

    in_folder(job, "image.o", object, sizeof(object));
    in_folder(job, "image.elf", linked, sizeof(linked));
    code = make_object(job, is_flat ? object : linked);
    if (!code && is_flat) {
        code = link_flat(job, object, linked);
    }
    if (!code) {
        job->image_file = cli_read_file(job->command, linked, ELF_MAX_BYTES,
                                        &job->n_image_file);
        code = job->image_file ? CLI_OK : CLI_USAGE;
    }
    if (!code && is_flat) {
        return take_flat(job);
    }
    job->image = (struct wio_span){ job->image_file,
                                    (uint32_t)job->n_image_file };
    return code;
}

static uint8_t *
assemble(struct job *job, size_t *n_bytes, int *code)
{
    const struct cli_container *c = job->container;
    const struct wio_span module = { c->bytes, (uint32_t)c->n_bytes };
    uint8_t *out = malloc(wio_file_room(module, job->image));

    if (!out) {
        *code = fail(job, CLI_USAGE, "out of memory");
        return NULL;
    }
    *n_bytes = wio_file_make(module, &job->header, job->image, out);
    if (*n_bytes == 0) {
        *code = fail(job, CLI_NO, "it is compiled already");
    } else if (job->header.kind == WIO_NATIVE_FLAT &&
               *n_bytes > job->module_bytes) {
        *code = cli_fail(job->command, CLI_NO, "%s: compiled it has %zu bytes, "
                         "and a slot of %s takes files of %u", c->path,
                         *n_bytes, job->options->target, job->module_bytes);
    }
    if (*code) {
        free(out);
        return NULL;
    }
    return out;
}

/* What kind of image the target takes. */
static int
look_at_target(struct job *job)
{
    const char *name = job->options->target;
    const struct wio_board_entry *board = wio_boards_find(name);

    if (!board) {
        return cli_fail(job->command, CLI_USAGE, "there is no target \"%s\"; "
                        "`wasmio boards` lists them", name);
    }
    snprintf(job->header.target, sizeof(job->header.target), "%s", name);
    job->header.slot = job->options->slot;
    if (strcmp(board->kind, "sim") != 0 && strcmp(board->kind, "linux") != 0) {
        job->header.kind = WIO_NATIVE_FLAT;
        return read_firmware(job);
    }
    job->header.kind = WIO_NATIVE_SHARED;
    job->compiler = native_find_target(board->kind);
    return job->options->slot == 0 && !job->options->firmware
               ? CLI_OK
               : cli_fail(job->command, CLI_USAGE, "--slot and --firmware are "
                          "for controllers; %s has neither", name);
}

uint8_t *
compile_container(const struct cli_command *command,
                  const struct cli_container *container,
                  const struct compile_options *options, size_t *n_bytes,
                  int *code)
{
    struct job job = {
        .command = command, .container = container, .options = options
    };
    uint8_t *out = NULL;

    *code = look_at_target(&job);
    if (*code) {
        return NULL;
    }
    if (!native_make_folder(command, job.folder, sizeof(job.folder))) {
        *code = CLI_USAGE;
        return NULL;
    }
    *code = build_image(&job);
    if (!*code) {
        out = assemble(&job, n_bytes, code);
    }
    native_remove_folder(job.folder);
    free(job.image_file);
    return out;
}
