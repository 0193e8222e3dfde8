/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tools/cli/cmd_link.c - `wasmio link`: register functions become accesses
 *
 * The module is loaded before and behind: a module that the engine refuses is
 * not rewritten, and what is written is one that it takes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bind/bind.h"
#include "cli_container.h"
#include "relink.h"

static int
load_again(const struct cli_container *c, const struct bytes *out)
{
    const uint32_t arena_bytes = (1u << 20) + 32u * out->n;
    void *memory = malloc(arena_bytes);
    struct wio_report report = { 0 };
    struct wio_module *module;
    struct wio_arena arena;
    int err;

    if (!memory) {
        return cli_fail(&cli_link, CLI_USAGE, "out of memory");
    }
    wio_arena_init(&arena, memory, arena_bytes);
    err = wio_engine_load(out->at, out->n, WIO_FEATURE_ALL, &arena, &module,
                          &report);
    err = err ? err : wio_bind_check_imports(module, &c->config, &report);
    free(memory);
    return err ? cli_fail(&cli_link, CLI_NO, "%s: what came out does not "
                          "load, which is a fault of this program: %s",
                          c->path, report.text)
               : CLI_OK;
}

static int
rewrite(struct cli_container *c, const char *to)
{
    struct wio_report report = { 0 };
    struct relink r = {
        .module = { c->bytes, (uint32_t)c->n_bytes },
        .config = &c->config,
        .report = &report,
    };
    struct bytes out = { 0 };
    int err = wio_bind_check_imports(c->module, &c->config, &report);

    err = err ? err : relink(&r, &out);
    if (err) {
        err = cli_fail(&cli_link, CLI_NO, "%s: %s", c->path, report.text);
    } else {
        err = load_again(c, &out);
    }
    if (!err) {
        err = cli_write_file(&cli_link, to, out.at, out.n);
    }
    if (!err) {
        printf("%s: windows: %u, accesses: %u, with their address: %u\n", to,
               r.n_windows, r.n_calls, r.n_folded);
    }
    bytes_free(&out);
    return err;
}

static int
link_file(const char *file, const char *to)
{
    struct cli_container c;
    int err = cli_open_container(&cli_link, file, &c);

    if (err) {
        return err;
    }
    if (!c.module) {
        err = cli_fail(&cli_link, CLI_NO, "%s: %s", file,
                       c.module_report.text);
    } else if (!c.has_config || c.config_report.code) {
        err = cli_fail(&cli_link, CLI_NO, "%s: %s", file,
                       c.config_report.text);
    } else {
        err = rewrite(&c, to);
    }
    cli_close_container(&c);
    return err;
}

static int
run(int argc, char **argv)
{
    const char *file = NULL;
    const char *to = NULL;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "-o") == 0 && i + 1 < argc) {
            to = argv[++i];
        } else if (argv[i][0] == '-' || file) {
            return cli_fail(&cli_link, CLI_USAGE, "\"%s\" is not expected "
                            "here; `wasmio link --help` shows how to call it",
                            argv[i]);
        } else {
            file = argv[i];
        }
    }
    if (!file || !to) {
        return cli_fail(&cli_link, CLI_USAGE, "%s is missing; `wasmio link "
                        "--help` shows how to call it", !file ? "FILE"
                                                              : "-o OUT");
    }
    return link_file(file, to);
}

const struct cli_command cli_link = {
    .name = "link",
    .arguments = "FILE -o OUT",
    .summary = "Make the register functions of a container memory accesses "
               "of its windows",
    .help = "The functions \"<need>.read32\" and the like of wasmio:mmio@0.1, "
            "which the SDK's\nregister macros call (wasmio/window.h), become "
            "loads and stores of a memory that\nis the need's window. The "
            "configuration must be in the module: it has the size.\nWithout "
            "this step the host makes the same accesses, at the price of a "
            "call.\ndocs/reference/io-methods.md says when it is worth it.",
    .run = run
};
