/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench/common/cases.h - what is measured, the same on every machine
 *
 * A case runs something n times. Its cost for one is the difference of two
 * runs, (cost(2n) - cost(n)) / n, so that whatever happens once cancels. Each
 * returns a checksum, and the native case named by @reference must return the
 * same for the same n: a figure of a wrong result is no figure.
 */
#ifndef BENCH_CASES_H
#define BENCH_CASES_H

#include <stdbool.h>
#include <stdint.h>

struct bench_case {
    const char *name;
    const char *reference;      /* case with the right result, or its own */
    uint32_t n;                 /* iterations of the first run */
    bool (*run)(const struct bench_case *self, uint32_t n, uint32_t *result);
    union {
        uint32_t (*native)(uint32_t n);
        const char *export_name;
    } of;
    uint8_t guest;              /* enum bench_guest */
    bool leaf;                  /* imports are offered with WIO_HOST_LEAF */
};

enum bench_guest {
    BENCH_NO_GUEST = 0,
    BENCH_KERNELS,
    BENCH_WORK,
    BENCH_ALL,
    BENCH_LOOP,                 /* from here on through the product: its loop, */
    BENCH_CALLS,                /* straight-line code, */
    BENCH_WINDOWS               /* the same behind `wasmio link` */
};

extern const struct bench_case bench_cases[];
extern const uint32_t bench_n_cases;

/* Why the last case returned false; static text. */
extern const char *bench_error;

/* Memory for the engine, 8-aligned; the machine's main file owns it. */
extern uint8_t bench_memory[];
extern const uint32_t bench_memory_bytes;

/* Sizes of a loaded guest: emits "size.<guest>.<what>" and a number. */
bool bench_sizes(void (*emit)(const char *guest, const char *what,
                              uint32_t value));

/* The product's path (product.c): absent from builds without the runtime. */
bool bench_product(const struct bench_case *self, uint32_t n,
                   uint32_t *result);

/* The same as bench_sizes, of the example container on its board. */
bool bench_tmp105_sizes(void (*emit)(const char *guest, const char *what,
                                     uint32_t value));

/* Where the board's blob says the window is. */
#define BENCH_WINDOW_BASE 0x20300000u
#define BENCH_WINDOW_BYTES 4096u

#endif
