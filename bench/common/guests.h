/* SPDX-License-Identifier: Apache-2.0 */
/* bench/common/guests.h - the modules, linked in as bytes (guests.S) */
#ifndef BENCH_GUESTS_H
#define BENCH_GUESTS_H

#include <stdint.h>

#define BENCH_GUEST(name) \
    extern const uint8_t guest_##name[]; \
    extern const uint8_t guest_##name##_end[]

BENCH_GUEST(kernels);   /* the reference kernels; imports env.mmio_* */
BENCH_GUEST(work);      /* general computing; no imports */
BENCH_GUEST(all);       /* both, loops unrolled: something larger to load */
BENCH_GUEST(product);   /* mmio_loop through wasmio:mmio@0.1, with its needs */
BENCH_GUEST(ladder);    /* straight-line accesses, two ways of the ladder */
BENCH_GUEST(ladder_linked);   /* the same behind `wasmio link` */
BENCH_GUEST(board);     /* no module: the board's blob for `product` */
BENCH_GUEST(tmp105);    /* the example container */
BENCH_GUEST(mps2);      /* the blob of a board that has its sensor */

#endif
