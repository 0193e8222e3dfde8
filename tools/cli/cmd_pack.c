/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tools/cli/cmd_pack.c - `wasmio pack`: put a configuration into a module
 *
 * Sections are copied as they are; a wasmio.config that is there is left out,
 * and the new one goes to the end (custom sections may stand anywhere: Core
 * 2.0, section 5.5.16).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/leb.h"
#include "cli_container.h"

#define NAME_LEN ((uint32_t)sizeof(WIO_CONFIG_SECTION) - 1u)

/* A section's payload is that of the configuration. */
static bool
is_config(struct wio_span payload)
{
    struct wio_cursor c = wio_cursor(payload.bytes, payload.len);
    uint32_t len = wio_read_leb_u32(&c);
    struct wio_span name = wio_read_span(&c, len);

    return !c.bad && wio_span_is(name, WIO_CONFIG_SECTION);
}

static size_t
put_leb(uint8_t *at, uint32_t value)
{
    size_t n = 0;

    do {
        at[n] = (uint8_t)(value & 0x7f);
        value >>= 7;
        at[n] |= (uint8_t)(value ? 0x80 : 0);
        n++;
    } while (value);
    return n;
}

/* It says which module it was made of: the section cannot be exchanged. */
static bool
is_compiled(struct wio_span module)
{
    struct wio_native_file native;
    struct wio_report ignored = { 0 };

    return wio_native_read(module, &native, &ignored) != 0 || native.is_there;
}

/* Into @out, which has room; its length, or 0 when the bytes are no module. */
static size_t
rewrite(struct wio_span module, struct wio_span blob, uint8_t *out)
{
    static const uint8_t head[8] = { 0, 'a', 's', 'm', 1, 0, 0, 0 };
    struct wio_cursor c = wio_cursor(module.bytes, module.len);
    size_t n = 8;

    if (module.len < 8 || memcmp(module.bytes, head, 8) != 0) {
        return 0;
    }
    memcpy(out, head, 8);
    (void)wio_read_span(&c, 8);
    while (c.at < c.end) {
        const uint8_t *begin = c.at;
        uint8_t id = wio_read_u8(&c);
        uint32_t len = wio_read_leb_u32(&c);
        struct wio_span payload = wio_read_span(&c, len);

        if (c.bad) {
            return 0;
        }
        if (id == 0 && is_config(payload)) {
            continue;
        }
        memcpy(out + n, begin, (size_t)(c.at - begin));
        n += (size_t)(c.at - begin);
    }
    out[n++] = 0;
    n += put_leb(out + n, 1 + NAME_LEN + blob.len);
    out[n++] = (uint8_t)NAME_LEN;
    memcpy(out + n, WIO_CONFIG_SECTION, NAME_LEN);
    n += NAME_LEN;
    memcpy(out + n, blob.bytes, blob.len);
    return n + blob.len;
}

static int
check_config(const char *path, struct wio_span blob)
{
    static max_align_t memory[65536 / sizeof(max_align_t)];
    struct wio_container_config config;
    struct wio_report report = { 0 };
    struct wio_arena arena;

    wio_arena_init(&arena, memory, sizeof(memory));
    if (wio_config_read(blob, &arena, &config, &report) != 0) {
        return cli_fail(&cli_pack, CLI_NO, "%s: %s", path, report.text);
    }
    return CLI_OK;
}

static int
pack(const char *file, const char *tree, const char *to)
{
    size_t n_module = 0;
    size_t n_blob = 0;
    uint8_t *module = cli_read_file(&cli_pack, file, CLI_MODULE_MAX_BYTES,
                                    &n_module);
    uint8_t *blob = module ? cli_read_tree(&cli_pack, tree, &n_blob) : NULL;
    uint8_t *out = blob ? malloc(n_module + n_blob + 64) : NULL;
    struct wio_span config = { blob, (uint32_t)n_blob };
    int err = CLI_USAGE;

    if (out && is_compiled((struct wio_span){ module, (uint32_t)n_module })) {
        err = cli_fail(&cli_pack, CLI_NO, "%s is compiled; pack the module, "
                       "then compile it", file);
        goto done;
    }
    if (out) {
        err = check_config(tree, config);
    }
    if (out && !err) {
        size_t n = rewrite((struct wio_span){ module, (uint32_t)n_module },
                           config, out);

        err = n == 0 ? cli_fail(&cli_pack, CLI_NO, "%s is no WebAssembly "
                                "module, or is cut short", file)
                     : cli_write_file(&cli_pack, to, out, n);
    }
done:
    free(out);
    free(blob);
    free(module);
    return err;
}

static int
run(int argc, char **argv)
{
    const char *file = NULL;
    const char *tree = NULL;
    const char *to = NULL;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--config") == 0 && i + 1 < argc) {
            tree = argv[++i];
        } else if (strcmp(argv[i], "-o") == 0 && i + 1 < argc) {
            to = argv[++i];
        } else if (argv[i][0] == '-' || file) {
            return cli_fail(&cli_pack, CLI_USAGE, "\"%s\" is not expected "
                            "here; `wasmio pack --help` shows how to call it",
                            argv[i]);
        } else {
            file = argv[i];
        }
    }
    if (!file || !tree || !to) {
        return cli_fail(&cli_pack, CLI_USAGE, "%s is missing; `wasmio pack "
                        "--help` shows how to call it", !file ? "FILE" :
                        !tree ? "--config DTS" : "-o OUT");
    }
    return pack(file, tree, to);
}

const struct cli_command cli_pack = {
    .name = "pack",
    .arguments = "FILE --config DTS|DTB -o OUT",
    .summary = "Put a configuration into a module, replacing one that is "
               "there",
    .help = "The configuration is compiled by dtc when it is text, checked, "
            "and refused with\nits reason when it is wrong: then nothing is "
            "written. docs/reference/configuration.md\nhas every property.",
    .run = run
};
