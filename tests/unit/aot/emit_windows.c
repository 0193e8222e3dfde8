/* SPDX-License-Identifier: Apache-2.0 */
/* emit_windows WASM C COUNTED: the C of a module that has the window of
 * windows.h. */
#include <stdint.h>
#include <stdio.h>

#include "emit/emit.h"
#include "windows.h"

static uint8_t file[65536];
static uint64_t memory[1u << 17];

int
main(int argc, char **argv)
{
    const struct wio_emit_window window = {
        .need = WINDOW_NEED,
        .label = { (const uint8_t *)"regs", 4 },
        .base = WINDOW_AT,
        .n_bytes = WINDOW_BYTES,
        .rules = window_rules,
        .n_rules = N_WINDOW_RULES,
    };
    const struct wio_emit_options options = {
        .counted = argc > 3 && *argv[3] == '1',
        .is_volatile = true,
        .place = true,
        .memory_bytes = 65536,
        .windows = &window,
        .n_windows = 1,
    };
    struct wio_module *module;
    struct wio_report report;
    struct wio_arena arena;
    FILE *in = argc > 2 ? fopen(argv[1], "rb") : NULL;
    FILE *out = in ? fopen(argv[2], "wb") : NULL;
    uint32_t n;
    int err;

    if (!out) {
        return 2;
    }
    n = (uint32_t)fread(file, 1, sizeof file, in);
    (void)fclose(in);
    wio_report_clear(&report);
    wio_arena_init(&arena, memory, sizeof memory);
    err = wio_engine_load(file, n, WIO_FEATURE_ALL, &arena, &module, &report);
    err = err ? err : wio_emit(module, &options, out, &report);
    if (err) {
        (void)fprintf(stderr, "%s\n", report.text);
    }
    return fclose(out) != 0 || err ? 1 : 0;
}
