/* SPDX-License-Identifier: Apache-2.0 */
#include "samples.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

uint64_t
samples_now_ns(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void
samples_add(struct samples *samples, uint64_t ns)
{
    if (samples->n < SAMPLES_MAX) {
        samples->ns[samples->n] = ns < UINT32_MAX ? (uint32_t)ns : UINT32_MAX;
        samples->n++;
    }
}

static int
compare(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;

    return x < y ? -1 : x > y;
}

static double
at(const struct samples *samples, double part)
{
    return samples->ns[(uint32_t)(part * (samples->n - 1))] / 1e3;
}

static void
print_histogram(const struct samples *samples)
{
    uint32_t i = 0;

    printf("#");
    for (uint32_t limit_ns = 1000; i < samples->n && limit_ns != 0;
         limit_ns *= 2) {
        uint32_t n = 0;

        for (; i < samples->n && samples->ns[i] < limit_ns; i++) {
            n++;
        }
        if (n > 0) {
            printf(" <%g:%u", limit_ns / 1e3, n);
        }
    }
    printf("\n");
}

void
samples_print(struct samples *samples, const char *name)
{
    if (samples->n == 0) {
        printf("%s,0\n", name);
        return;
    }
    qsort(samples->ns, samples->n, sizeof(samples->ns[0]), compare);
    printf("%s,%u,%.1f,%.1f,%.1f,%.1f,%.1f\n", name, samples->n,
           at(samples, 0), at(samples, 0.5), at(samples, 0.99),
           at(samples, 0.999), at(samples, 1));
    print_histogram(samples);
    fflush(stdout);
}
