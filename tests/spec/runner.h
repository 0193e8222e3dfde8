/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/spec/runner.h - runs a script (script.h) against an engine
 *
 * Freestanding: the same code runs in the `wasmio` command and on a
 * controller. It knows the engine by engine/engine.h only.
 *
 * What counts as a check: every command of the list but `register`, as
 * wabt's spectest-interp counts them; a module that must load and
 * instantiate is one. Every check is passed, failed or skipped for one of
 * the reasons in script.h, never two of them.
 */
#ifndef WIO_TEST_SPEC_RUNNER_H
#define WIO_TEST_SPEC_RUNNER_H

#include <stdint.h>

#include "base/arena.h"
#include "base/span.h"
#include "engine/engine.h"

#include "spec/script.h"

struct spec_counts {
    uint32_t passed;
    uint32_t failed;
    uint32_t skipped[SPEC_N_SKIPS];
};

struct spec_config {
    void *memory;               /* for everything; used from the start for
                                   each script */
    uint32_t memory_size;       /* bytes */
    uint32_t stack_bytes;       /* of the guests' frames */
    uint32_t max_pages;         /* most a memory may grow to, of 64 KiB */
    uint32_t max_elements;      /* the same for a table */

    /* Called for each module that is going to be instantiated, after it was
     * loaded; NULL: nothing to do. Not 0: as if instantiating had failed so. */
    int (*loaded)(void *ctx, struct wio_module *module,
                  struct wio_report *report);

    /* Told about every failure: line of the .wast file, the command, what
     * was expected and what came. The texts do not outlive the call. */
    void (*failed)(void *ctx, uint32_t line, const char *command,
                   const char *expected, const char *got);
    void *ctx;
};

/* Adds to @counts. Returns 0, or WIO_ERR_MALFORMED when @script is no script
 * (then @counts holds what came before), or WIO_ERR_NO_MEMORY. */
int spec_run(const struct spec_config *config, struct wio_span script,
             struct spec_counts *counts);

const char *spec_skip_text(enum spec_skip reason);
uint32_t spec_skipped(const struct spec_counts *counts);

#endif
