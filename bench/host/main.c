/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench/host/main.c - the cases on the build machine
 *
 *   bench_host list           names and first counts
 *   bench_host run CASE N     runs one; callgrind counts its instructions
 *   bench_host check          every case, small n, against its reference
 *   bench_host sizes          bytes of the loaded guests
 *   bench_host time           nanoseconds of loads, best and median of 101
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <sys/mman.h>

#include "common/cases.h"

#define MEMORY_BYTES (4u << 20)
#define N_ROUNDS 101u

_Alignas(16) uint8_t bench_memory[MEMORY_BYTES];
const uint32_t bench_memory_bytes = MEMORY_BYTES;

static const struct bench_case *
find(const char *name)
{
    for (uint32_t i = 0; i < bench_n_cases; i++) {
        if (strcmp(bench_cases[i].name, name) == 0) {
            return &bench_cases[i];
        }
    }
    fprintf(stderr, "bench_host: there is no case '%s'; see 'list'\n", name);
    return NULL;
}

static int
run(const char *name, uint32_t n)
{
    const struct bench_case *one = find(name);
    uint32_t result = 0;

    if (!one) {
        return 2;
    }
    if (!one->run(one, n, &result)) {
        fprintf(stderr, "bench_host: %s: %s\n", name, bench_error);
        return 1;
    }
    printf("result %s %u %08x\n", name, (unsigned)n, (unsigned)result);
    return 0;
}

/* Prints TAP: a case is right when its result is its reference's. */
static int
check(void)
{
    int status = 0;

    printf("1..%u\n", (unsigned)bench_n_cases);
    for (uint32_t i = 0; i < bench_n_cases; i++) {
        const struct bench_case *one = &bench_cases[i];
        const struct bench_case *reference = find(one->reference);
        const uint32_t n = one->n < 1000u ? one->n : 1000u;
        uint32_t want = 0;
        uint32_t got = 0;

        if (!reference) {
            return 2;
        }
        if (!reference->run(reference, n, &want) || !one->run(one, n, &got)) {
            printf("not ok %u - %s: %s\n", (unsigned)i + 1, one->name,
                   bench_error);
            status = 1;
        } else if (want != got) {
            printf("not ok %u - %s: %08x, natively %08x\n", (unsigned)i + 1,
                   one->name, (unsigned)got, (unsigned)want);
            status = 1;
        } else {
            printf("ok %u - %s\n", (unsigned)i + 1, one->name);
        }
    }
    return status;
}

static void
print_size(const char *guest, const char *what, uint32_t value)
{
    printf("size %s %s %u\n", guest, what, (unsigned)value);
}

static int
sizes(void)
{
    bool ok = bench_sizes(print_size);

#if defined(BENCH_TMP105)
    ok = bench_tmp105_sizes(print_size) && ok;
#endif
    if (!ok) {
        fprintf(stderr, "bench_host: sizes: %s\n", bench_error);
    }
    return ok ? 0 : 1;
}

/* The registers of the product's window: memory where its board has them. */
static bool
map_window(void)
{
    void *want = (void *)(uintptr_t)BENCH_WINDOW_BASE;

    return mmap(want, BENCH_WINDOW_BYTES, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0)
           == want;
}

static int
compare(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a;
    const uint64_t y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

static uint64_t
now_ns(void)
{
    struct timespec at;

    (void)clock_gettime(CLOCK_MONOTONIC, &at);
    return (uint64_t)at.tv_sec * 1000000000u + (uint64_t)at.tv_nsec;
}

static int
time_loads(void)
{
    static uint64_t ns[N_ROUNDS];

    for (uint32_t i = 0; i < bench_n_cases; i++) {
        const struct bench_case *one = &bench_cases[i];
        uint32_t result;

        if (strncmp(one->name, "load.", 5) != 0 &&
            strstr(one->name, ".load") == NULL) {
            continue;
        }
        for (uint32_t round = 0; round < N_ROUNDS; round++) {
            const uint64_t before = now_ns();

            if (!one->run(one, 1, &result)) {
                fprintf(stderr, "bench_host: %s: %s\n", one->name,
                        bench_error);
                return 1;
            }
            ns[round] = now_ns() - before;
        }
        qsort(ns, N_ROUNDS, sizeof ns[0], compare);
        printf("time %s %llu %llu\n", one->name, (unsigned long long)ns[0],
               (unsigned long long)ns[N_ROUNDS / 2]);
    }
    return 0;
}

int
main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";

    if (!map_window()) {
        fprintf(stderr, "bench_host: address %#x is taken\n",
                (unsigned)BENCH_WINDOW_BASE);
        return 1;
    }
    if (strcmp(what, "list") == 0) {
        for (uint32_t i = 0; i < bench_n_cases; i++) {
            printf("case %s %s %u\n", bench_cases[i].name,
                   bench_cases[i].reference, (unsigned)bench_cases[i].n);
        }
        return 0;
    }
    if (strcmp(what, "run") == 0 && argc == 4) {
        return run(argv[2], (uint32_t)strtoul(argv[3], NULL, 10));
    }
    if (strcmp(what, "check") == 0) {
        return check();
    }
    if (strcmp(what, "sizes") == 0) {
        return sizes();
    }
    if (strcmp(what, "time") == 0) {
        return time_loads();
    }
    fprintf(stderr, "usage: bench_host list | run CASE N | check | sizes | "
                    "time\n");
    return 2;
}
