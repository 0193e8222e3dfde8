/* SPDX-License-Identifier: Apache-2.0 */
/* tools/cli/cmd_compile.c - `wasmio compile FILE --target B -o FILE.wio` */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boards/boards.h"
#include "compile.h"
#include "native.h"

static int
usage(const char *what)
{
    return cli_fail(&cli_compile, CLI_USAGE, "%s; `wasmio compile --help` "
                    "shows how to call it", what);
}

static bool
parse_slot(const char *text, uint32_t *slot)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);

    *slot = (uint32_t)value;
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && value < 256;
}

struct files {
    const char *file;
    const char *to;
    bool emit_c;
};

static int
parse(int argc, char **argv, struct compile_options *options,
      struct files *files)
{
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;

        if (argv[i][0] != '-' && !files->file) {
            files->file = argv[i];
            continue;
        }
        if (strcmp(argv[i], "--emit-c") == 0) {
            files->emit_c = true;
            continue;
        }
        if (strcmp(argv[i], "--volatile") == 0) {
            options->is_volatile = true;
            continue;
        }
        if (value && strcmp(argv[i], "--target") == 0) {
            options->target = value;
        } else if (value && strcmp(argv[i], "--beside") == 0) {
            if (options->n_beside == COMPILE_BESIDE_MAX) {
                return usage("at most 16 --beside");
            }
            options->beside[options->n_beside++] = value;
        } else if (value && strcmp(argv[i], "--firmware") == 0) {
            options->firmware = value;
        } else if (value && strcmp(argv[i], "--devicetree") == 0) {
            options->tree = value;
        } else if (value && strcmp(argv[i], "-o") == 0) {
            files->to = value;
        } else if (value && strcmp(argv[i], "--slot") == 0) {
            if (!parse_slot(value, &options->slot)) {
                return usage("--slot takes a number below 256");
            }
        } else {
            return cli_fail(&cli_compile, CLI_USAGE, "\"%s\" is not expected "
                            "here; `wasmio compile --help` shows how to call "
                            "it", argv[i]);
        }
        i++;
    }
    return !files->file ? usage("FILE is missing")
           : !options->target ? usage("--target B is missing")
           : !files->to ? usage("-o OUT is missing")
                  : CLI_OK;
}

/* Counted for hosts, as what is compiled for them. */
static int
write_c(const struct cli_container *container,
        const struct compile_options *options, const char *to)
{
    const struct wio_board_entry *board = wio_boards_find(options->target);
    const bool counted = !board || strcmp(board->kind, "sim") == 0 ||
                         strcmp(board->kind, "linux") == 0;
    const struct wio_emit_options how =
        compile_choose(container, options->is_volatile, counted);
    size_t n = 0;
    char *text = native_emit(&cli_compile, container->module, &how, &n);
    int code = text ? cli_write_file(&cli_compile, to, text, n) : CLI_NO;

    free(text);
    return code;
}

static int
compile(const struct cli_container *container,
        const struct compile_options *options, const struct files *files)
{
    uint8_t *bytes;
    size_t n = 0;
    int code = CLI_OK;

    if (!container->module) {
        return cli_fail(&cli_compile, CLI_NO, "%s: %s", files->file,
                        container->module_report.text);
    }
    if (files->emit_c) {
        return write_c(container, options, files->to);
    }
    if (container->config_report.code) {
        return cli_fail(&cli_compile, CLI_NO, "%s: %s", files->file,
                        container->config_report.text);
    }
    bytes = compile_container(&cli_compile, container, options, &n, &code);
    if (bytes) {
        code = cli_write_file(&cli_compile, files->to, bytes, n);
        free(bytes);
    }
    return code;
}

static int
run(int argc, char **argv)
{
    struct compile_options options = { .slot = 0 };
    struct files files = { .file = NULL };
    struct cli_container container;
    int code = parse(argc, argv, &options, &files);

    if (code) {
        return code;
    }
    code = cli_open_container(&cli_compile, files.file, &container);
    if (code) {
        return code;
    }
    code = compile(&container, &options, &files);
    cli_close_container(&container);
    return code;
}

const struct cli_command cli_compile = {
    .name = "compile",
    .arguments = "FILE --target B [--slot N] [--firmware ELF] "
                 "[--devicetree F]\n                      [--beside FILE]... "
                 "[--volatile] "
                 "[--emit-c] -o OUT",
    .summary = "Compile a container to native code for a board",
    .help =
        "Makes C of the module, has it compiled by the target's gcc, and puts "
        "the code into\nOUT beside everything of FILE but its function "
        "bodies. docs/reference/compiled.md\nhas the file's format.\n\n"
        "  --target B      a board in QEMU, sim, or linux\n"
        "  --slot N        of a controller: the slot that OUT will be "
        "delivered to; 0 unless\n                  told\n"
        "  --firmware ELF  of a controller: its firmware; the one of the build "
        "tree unless told.\n                  OUT runs with exactly this "
        "build\n"
        "  --devicetree F  the one that the firmware was built with, when it is "
        "not the target's:\n                  registers in line are at its "
        "addresses\n"
        "  --beside FILE   is loaded before OUT, and has what it was granted; "
        "in order\n"
        "  --volatile      memory is accessed in program order; always so when "
        "the configuration\n                  has interrupts\n"
        "  --emit-c        write the C instead. A module without a "
        "configuration is good enough\n\n"
        "What gcc has made is kept in $XDG_CACHE_HOME/wasmio.",
    .run = run
};
