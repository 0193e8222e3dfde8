/* SPDX-License-Identifier: Apache-2.0 */
/* tools/cli/cmd_compile.c - `wasmio compile FILE`: native code of a module */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli_container.h"
#include "native.h"

struct order {
    const char *path;
    const char *out;
    const struct native_target *target;
    bool emit_c;
    bool is_volatile;
};

static int
read_order(int argc, char **argv, struct order *order)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--emit-c") == 0) {
            order->emit_c = true;
        } else if (strcmp(argv[i], "--volatile") == 0) {
            order->is_volatile = true;
        } else if (strcmp(argv[i], "-o") == 0 && i + 1 < argc) {
            order->out = argv[++i];
        } else if (strcmp(argv[i], "--target") == 0 && i + 1 < argc) {
            order->target = native_find_target(argv[++i]);
            if (!order->target) {
                return cli_fail(&cli_compile, CLI_USAGE, "there is no target "
                                "\"%s\"; see wasmio compile --help", argv[i]);
            }
        } else if (argv[i][0] != '-' && !order->path) {
            order->path = argv[i];
        } else {
            return cli_fail(&cli_compile, CLI_USAGE, "%s is not understood; "
                            "see wasmio compile --help", argv[i]);
        }
    }
    if (!order->path || !order->out || !order->target) {
        return cli_fail(&cli_compile, CLI_USAGE, "which FILE, for which "
                        "--target, to which -o OUT?");
    }
    return CLI_OK;
}

/* The configuration says how much memory there is and whether handlers share
 * it; without one memory grows as the module says. */
static struct wio_emit_options
choose(const struct order *order, const struct cli_container *container)
{
    struct wio_emit_options options = {
        .counted = order->target->counted,
        .is_volatile = order->is_volatile,
        .shared = true,
    };

    if (container->has_config && container->config_report.code == 0) {
        options.place = true;
        options.shared = false;
        options.memory_bytes = container->config.memory_bytes;
        for (uint32_t i = 0; i < container->config.n_needs; i++) {
            if (container->config.needs[i].class == WIO_NEED_IRQ) {
                options.is_volatile = true;
            }
        }
    }
    return options;
}

static int
compile(const struct order *order, const struct cli_container *container)
{
    struct wio_emit_options options = choose(order, container);
    size_t n = 0;
    char *text = native_emit(&cli_compile, container->module, &options, &n);
    int code = CLI_OK;

    if (!text) {
        return CLI_NO;
    }
    if (order->emit_c) {
        code = cli_write_file(&cli_compile, order->out, text, n);
    } else if (!native_compile(&cli_compile, order->target, text, n, NULL,
                               order->out)) {
        code = CLI_NO;
    }
    free(text);
    return code;
}

static int
run_compile(int argc, char **argv)
{
    struct order order = { .path = NULL };
    struct cli_container container;
    int code = read_order(argc, argv, &order);

    if (code) {
        return code;
    }
    code = cli_open_container(&cli_compile, order.path, &container);
    if (code) {
        return code;
    }
    if (!container.module) {
        code = cli_fail(&cli_compile, CLI_NO, "%s: %s", order.path,
                        container.module_report.text);
    } else {
        code = compile(&order, &container);
    }
    cli_close_container(&container);
    return code;
}

const struct cli_command cli_compile = {
    .name = "compile",
    .arguments = "FILE --target TARGET -o OUT [--emit-c] [--volatile]",
    .summary = "Make native code of a module's functions",
    .help =
        "  --target linux      a shared object for this computer\n"
        "  --target sim        the same, with virtual time\n"
        "  --target cortex-m4  an object file for the boards\n"
        "  --emit-c            write the C text instead\n"
        "  --volatile          memory is accessed in program order; always so\n"
        "                      when the configuration has interrupts\n"
        "\n"
        "Results are kept in $XDG_CACHE_HOME/wasmio.\n",
    .run = run_compile,
};
