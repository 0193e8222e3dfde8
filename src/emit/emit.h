/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emit/emit.h - a module's functions as C
 *
 * Host only: libc, stdio, malloc. The module was validated by wio_engine_load;
 * this only translates. The C text names everything by index: no byte of a
 * name, of a custom section or of a string of the module is in it.
 */
#ifndef WIO_EMIT_EMIT_H
#define WIO_EMIT_EMIT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/report.h"
#include "base/rights.h"
#include "engine/engine.h"

/* Goes up whenever the C text, guest.h or image.h changes: what was compiled
 * before is compiled again. */
#define WIO_EMIT_VERSION 5u

/* Registers that the container will be granted, by memory accesses: accesses
 * at constant offsets are made in line, through the memory that the module
 * imports as @label and through the calls of wasmio:mmio. */
struct wio_emit_window {
    uint32_t need;               /* place in the configuration */
    struct wio_span label;
    uint64_t base;
    uint32_t n_bytes;
    const struct wio_register_rule *rules;
    uint32_t n_rules;
};

struct wio_emit_options {
    bool counted;                /* steps and safepoints */
    bool is_volatile;            /* for handlers: accesses in program order */
    bool shared;                 /* others may import its memories and grow
                                    them */
    bool place;                  /* memories are objects of the image, of */
    uint32_t memory_bytes;       /* at most so many bytes each */
    const struct wio_emit_window *windows;
    uint32_t n_windows;
    bool windows_move;           /* where they are is known at load only */
};

/* Returns 0 or, with the sentence in @report, WIO_ERR_NO_MEMORY. */
WIO_MUST_CHECK
int wio_emit(const struct wio_module *module,
             const struct wio_emit_options *options, FILE *out,
             struct wio_report *report);

#endif
