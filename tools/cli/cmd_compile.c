/* SPDX-License-Identifier: Apache-2.0 */
/* tools/cli/cmd_compile.c - `wasmio compile FILE --target B -o FILE.wio` */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compile.h"

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

static int
parse(int argc, char **argv, struct compile_options *options,
      const char **file, const char **to)
{
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;

        if (argv[i][0] != '-' && !*file) {
            *file = argv[i];
            continue;
        }
        if (value && strcmp(argv[i], "--target") == 0) {
            options->target = value;
        } else if (value && strcmp(argv[i], "--firmware") == 0) {
            options->firmware = value;
        } else if (value && strcmp(argv[i], "--source") == 0) {
            options->source = value;
        } else if (value && strcmp(argv[i], "-o") == 0) {
            *to = value;
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
    return !*file ? usage("FILE is missing")
           : !options->target ? usage("--target B is missing")
           : !*to ? usage("-o OUT is missing")
                  : CLI_OK;
}

static int
run(int argc, char **argv)
{
    struct compile_options options = { .slot = 0 };
    const char *file = NULL;
    const char *to = NULL;
    struct cli_container container;
    uint8_t *bytes = NULL;
    size_t n = 0;
    int code = parse(argc, argv, &options, &file, &to);

    if (code) {
        return code;
    }
    code = cli_open_container(&cli_compile, file, &container);
    if (code) {
        return code;
    }
    if (!container.module) {
        code = cli_fail(&cli_compile, CLI_NO, "%s: %s", file,
                        container.module_report.text);
    } else if (container.config_report.code) {
        code = cli_fail(&cli_compile, CLI_NO, "%s: %s", file,
                        container.config_report.text);
    } else {
        bytes = compile_container(&cli_compile, &container, &options, &n,
                                  &code);
    }
    if (bytes) {
        code = cli_write_file(&cli_compile, to, bytes, n);
        free(bytes);
    }
    cli_close_container(&container);
    return code;
}

const struct cli_command cli_compile = {
    .name = "compile",
    .arguments = "FILE --target B [--slot N] [--firmware ELF] -o OUT",
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
        "  --source C      compile this instead of what is made of FILE, for "
        "tests of the engine",
    .run = run
};
