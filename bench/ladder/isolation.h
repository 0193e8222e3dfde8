/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench/ladder/isolation.h - what isolates drivers where there is no Wasm
 *
 * The classical way on a Cortex-M: drivers run unprivileged, the MPU gives them
 * a stack and their device's registers, and they call and are called through
 * SVC, which switches regions. In C and assembler, as lean as it may be while
 * it is right: arguments from the stacked frame, numbers checked, the callee's
 * registers its own.
 */
#ifndef BENCH_LADDER_ISOLATION_H
#define BENCH_LADDER_ISOLATION_H

#include <stdbool.h>
#include <stdint.h>

#include "common/cases.h"

extern const struct bench_case isolation_cases[];
extern const uint32_t isolation_n_cases;

/* Vectors, regions, and the MPU on; or, to see what it is good for, off. */
void isolation_start(bool with_mpu);

/* Accesses that the unprivileged driver must not make; how many faulted. */
#define ISOLATION_N_ATTEMPTS 4u
uint32_t isolation_attempts(void);

#endif
