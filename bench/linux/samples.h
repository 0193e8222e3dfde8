/* SPDX-License-Identifier: Apache-2.0 */
/* bench/linux/samples.h - times, kept whole and sorted at the end */
#ifndef BENCH_LINUX_SAMPLES_H
#define BENCH_LINUX_SAMPLES_H

#include <stdint.h>

#define SAMPLES_MAX 20000u

struct samples {
    volatile uint32_t n;
    uint32_t ns[SAMPLES_MAX];
};

uint64_t samples_now_ns(void);

/* Beyond SAMPLES_MAX nothing is kept. From one thread at a time. */
void samples_add(struct samples *samples, uint64_t ns);

/* "name,n,min,median,p99,p99.9,max" in microseconds, then a line of the
 * histogram by powers of two. */
void samples_print(struct samples *samples, const char *name);

#endif
