/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/spec/spectest.h - the host module the vectors import from
 *
 * Functions print* that do nothing, constants global_i32 = global_i64 = 666
 * and global_f32 = global_f64 = 666.6, a table of 10 to 20 functions, and a
 * memory of 1 to 2 pages (WebAssembly/spec, interpreter/host/spectest.ml).
 */
#ifndef WIO_TEST_SPEC_SPECTEST_H
#define WIO_TEST_SPEC_SPECTEST_H

#include "engine/engine.h"

struct spectest {
    struct wio_global *global_i32;
    struct wio_global *global_i64;
    struct wio_global *global_f32;
    struct wio_global *global_f64;
    struct wio_table *table;
    struct wio_memory *memory;
};

/* Returns 0, or WIO_ERR_NO_MEMORY. */
int spectest_create(struct spectest *host, struct wio_arena *arena);

/* False when it offers nothing called @name. */
bool spectest_find(const struct spectest *host, struct wio_span name,
                   struct wio_extern *found);

#endif
