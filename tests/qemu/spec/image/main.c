/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/qemu/spec/image/main.c - the specification's vectors on a Cortex-M4
 *
 * The engine as in the boards' firmware, soft float, on QEMU's mps2-an386. The
 * command line is `spec LIST`: LIST is a file of the host with the name of one
 * script (tests/spec/script.h) a line. Each is read into RAM, run, and
 * answered by a line on the console:
 *
 *     @file NAME PASSED FAILED SKIPPED...       one number a reason
 *
 * with `@fail LINE COMMAND: ...` before it for each failure. The exit code is
 * 0 when nothing failed, 1 when something did, 2 when a file cannot be read.
 *
 * Facts: memory map of Application Note AN386: 16 MiB of PSRAM at 0x21000000.
 */
#include <stdbool.h>
#include <stddef.h>

#include "startup/startup.h"

#include "base/report.h"
#include "base/span.h"
#include "engine/aot/attach.h"
#include "native.h"
#include "qemu/files.h"
#include "spec/runner.h"

#define PSRAM_BASE 0x21000000u
#define PSRAM_SIZE 0x01000000u
#define LIST_SIZE 8192u
#define STACK_BYTES (64u << 10)
#define MAX_PAGES 42u
#define MAX_ELEMENTS 1024u

static void
on_failure(void *ctx, uint32_t line, const char *command,
           const char *expected, const char *got)
{
    char text[64];

    (void)ctx;
    (void)wio_format(text, sizeof text, "@fail %u %s: expected ", line,
                     command);
    console_early_print(text);
    console_early_print(expected);
    console_early_print("; got ");
    console_early_print(got);
    console_early_print("\n");
}

static void
answer(const char *name, const struct spec_counts *counts)
{
    char text[16];

    console_early_print("@file ");
    console_early_print(name);
    (void)wio_format(text, sizeof text, " %u %u", counts->passed,
                     counts->failed);
    console_early_print(text);
    for (uint32_t i = 0; i < SPEC_N_SKIPS; i++) {
        (void)wio_format(text, sizeof text, " %u", counts->skipped[i]);
        console_early_print(text);
    }
    console_early_print("\n");
}

/* -- Native code ---------------------------------------------------------- */

static struct {
    const struct spec_native *native;      /* of this file; NULL: none */
    uint32_t n_loaded;
} now;

static bool
is_same(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

static void
begin_file(const char *name)
{
    now.native = NULL;
    now.n_loaded = 0;
    for (uint32_t i = 0; i < spec_n_natives; i++) {
        if (is_same(spec_natives[i].file, name)) {
            now.native = &spec_natives[i];
        }
    }
}

/* Where there is native code, no module goes without. */
static int
loaded(void *ctx, struct wio_module *module, struct wio_report *report)
{
    (void)ctx;
    if (!now.native || now.n_loaded == now.native->n) {
        return wio_report_fail(report, WIO_ERR_INVALID,
                               "no native code of module %u is linked",
                               now.n_loaded);
    }
    return wio_engine_attach(module, now.native->images[now.n_loaded++],
                             report);
}

/* -- Files ---------------------------------------------------------------- */

/* The script lies at the start of the PSRAM, the engine works in the rest. */
static int
run_file(const char *name)
{
    uint8_t *psram = (uint8_t *)(uintptr_t)PSRAM_BASE;
    struct spec_counts counts = { 0 };
    const uint32_t len = file_read(name, psram, PSRAM_SIZE / 4);
    const uint32_t used = (len + 15u) & ~15u;
    int err;

    begin_file(name);
    if (len == UINT32_MAX) {
        console_early_print("@unreadable ");
        console_early_print(name);
        console_early_print("\n");
        return 2;
    }
    err = spec_run(&(struct spec_config){
                       .memory = psram + used,
                       .memory_size = PSRAM_SIZE - used,
                       .stack_bytes = STACK_BYTES,
                       .max_pages = MAX_PAGES,
                       .max_elements = MAX_ELEMENTS,
                       .loaded = spec_n_natives ? loaded : NULL,
                       .failed = on_failure,
                   },
                   (struct wio_span){ psram, len }, &counts);
    if (err) {
        counts.failed++;
        on_failure(NULL, 0, "script", "one that can be run",
                   wio_strerror(err));
    }
    answer(name, &counts);
    return counts.failed > 0;
}

int
main(void)
{
    static char list[LIST_SIZE + 1];
    static char line[256];
    char *at = list;
    uint32_t len;
    int code = 0;

    console_early_init();
    len = file_read(file_argument(line, sizeof line), list, LIST_SIZE);
    if (len == UINT32_MAX) {
        console_early_print("@unreadable list\n");
        return 2;
    }
    list[len] = '\0';
    while (*at) {
        const char *name = at;
        int one;

        while (*at && *at != '\n') {
            at++;
        }
        if (*at) {
            *at++ = '\0';
        }
        one = run_file(name);
        code = one > code ? one : code;
    }
    console_early_print("@done\n");
    return code;
}
