/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Broken containers against the whole loading path, on the simulated board.
 *
 *     test_bad_modules N_MUTATIONS FILE...
 *
 * For every FILE: each proper prefix, then its share of N_MUTATIONS seeded
 * mutations, is loaded; what loads is run for a second of virtual time, called
 * and unloaded. It must hold that
 *   - nothing crashes or hangs, and nothing is read or written outside the
 *     module's bytes and the arena (both are allocated to the byte, so that
 *     AddressSanitizer sees the first byte beyond);
 *   - a refusal has a code and one sentence;
 *   - a module refused before its own code ran has not touched a device;
 *   - nothing is half loaded: the runtime holds no container afterwards, and
 *     the good module loads and works again.
 *
 * Deterministic: a seed a file, xorshift32. Prints TAP.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <wio/runtime.h>

#include "boards/boards.h"
#include "ports/sim/sim.h"

#define ARENA_BYTES 40960u
#define RUNTIME_BYTES 16384u
#define MAX_MUTATIONS 6u
#define ONE_SECOND_NS 1000000000u

static const char *const controllers[] = {
    "i2c0", "gpio0", "uart0", "mmio0", "mmio1"
};

struct bench {
    struct wio_sim sim;
    struct wio_runtime *runtime;
    void *runtime_memory;
    uint8_t *arena;
    uint32_t n_tests;
    uint32_t n_bad;
};

struct tally {
    uint32_t n_refused;
    uint32_t n_loaded;
    char first_defect[256];
};

static uint32_t
random_u32(uint32_t *state)
{
    uint32_t x = *state;

    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return *state = x;
}

static void
defect(struct tally *tally, const char *what, uint32_t which)
{
    if (tally->first_defect[0] == '\0') {
        (void)snprintf(tally->first_defect, sizeof tally->first_defect,
                       "%s (case %u)", what, (unsigned)which);
    }
}

static uint32_t
all_accesses(const struct bench *b)
{
    uint32_t n = 0;

    for (size_t i = 0; i < sizeof controllers / sizeof controllers[0]; i++) {
        n += wio_sim_accesses(&b->sim, controllers[i]);
    }
    return n;
}

static bool
own_code_may_have_run(int code)
{
    return code == WIO_ERR_TRAPPED || code == WIO_ERR_OUT_OF_BUDGET ||
           WIO_ERR_DOMAIN(code) != WIO_DOMAIN_LOAD;
}

static void
run_one_second(struct bench *b)
{
    uint64_t end = wio_sim_now_ns(&b->sim) + ONE_SECOND_NS;

    for (int i = 0; i < 64 && wio_sim_now_ns(&b->sim) < end; i++) {
        uint64_t wait = wio_runtime_run(b->runtime);

        wio_sim_advance_ns(&b->sim, wait < ONE_SECOND_NS ? wait
                                                         : ONE_SECOND_NS);
    }
}

/* Loads @bytes from a block of exactly their length, uses what loads. */
static void
try_module(struct bench *b, const uint8_t *bytes, uint32_t n_bytes,
           struct tally *tally, uint32_t which)
{
    struct wio_report report;
    wio_container_id id = 0;
    uint8_t *exact = malloc(n_bytes ? n_bytes : 1);
    uint32_t before = all_accesses(b);
    uint32_t n_results;
    uint32_t results[4];
    int code;

    if (!exact) {
        abort();
    }
    memcpy(exact, bytes, n_bytes);
    wio_report_clear(&report);
    code = wio_runtime_load(b->runtime, exact, n_bytes, b->arena, ARENA_BYTES,
                            &id, &report);
    if (code < 0) {
        tally->n_refused++;
        if (report.code != code || report.text[0] == '\0') {
            defect(tally, "refused without a sentence", which);
        }
        if (!own_code_may_have_run(code) && all_accesses(b) != before) {
            defect(tally, "refused, but a device was touched", which);
        }
    } else {
        tally->n_loaded++;
        run_one_second(b);
        /* Its answer is its own affair; that it comes back is ours. */
        (void)!wio_runtime_call(b->runtime, id, "read-now", NULL, 0, results,
                                4, &n_results, NULL);
        if (wio_runtime_unload(b->runtime, id) != 0) {
            defect(tally, "cannot be unloaded", which);
        }
    }
    if (wio_runtime_container(b->runtime, 0) != 0) {
        defect(tally, "is half loaded", which);
    }
    free(exact);
}

static uint32_t
mutate(uint8_t *bytes, uint32_t n, uint32_t room, uint32_t *seed)
{
    uint32_t at = n ? random_u32(seed) % n : 0;
    uint32_t len = 1 + random_u32(seed) % 4;

    if (n == 0) {
        return 0;
    }
    switch (random_u32(seed) % 8) {
    case 0:                                      /* cut a few bytes out */
        len = len > n - at ? n - at : len;
        memmove(bytes + at, bytes + at + len, n - at - len);
        return n - len;
    case 1:                                      /* push a few bytes in */
        if (len > room - n) {
            return n;
        }
        memmove(bytes + at + len, bytes + at, n - at);
        for (uint32_t i = 0; i < len; i++) {
            bytes[at + i] = (uint8_t)random_u32(seed);
        }
        return n + len;
    case 2:                                      /* an extreme number */
        bytes[at] = (uint8_t[]){ 0, 1, 0x7f, 0x80, 0xff }
                        [random_u32(seed) % 5];
        return n;
    case 3:                                      /* one off */
        bytes[at] = (uint8_t)(bytes[at] + (random_u32(seed) & 2u) - 1u);
        return n;
    case 4:                                      /* any byte */
        bytes[at] = (uint8_t)random_u32(seed);
        return n;
    default:                                     /* one bit */
        bytes[at] ^= (uint8_t)(1u << random_u32(seed) % 8);
        return n;
    }
}

static void
result(struct bench *b, const struct tally *tally, const char *what,
       const char *file)
{
    bool good = tally->first_defect[0] == '\0';

    b->n_tests++;
    b->n_bad += !good;
    printf("%sok %u - %s of %s: %u refused, %u loaded%s%s\n",
           good ? "" : "not ", (unsigned)b->n_tests, what, file,
           (unsigned)tally->n_refused, (unsigned)tally->n_loaded,
           good ? "" : ": ", tally->first_defect);
    (void)fflush(stdout);
}

static void
try_prefixes(struct bench *b, const uint8_t *bytes, uint32_t n_bytes,
             const char *file)
{
    struct tally tally = { 0 };

    for (uint32_t n = 0; n < n_bytes; n++) {
        try_module(b, bytes, n, &tally, n);
    }
    /* The configuration comes last in a container, so no prefix has one. */
    if (tally.n_loaded != 0) {
        defect(&tally, "a cut container loaded", 0);
    }
    result(b, &tally, "every prefix", file);
}

static void
try_mutations(struct bench *b, const uint8_t *bytes, uint32_t n_bytes,
              uint32_t n_mutations, uint32_t seed, const char *file)
{
    struct tally tally = { 0 };
    uint32_t room = n_bytes + 4 * MAX_MUTATIONS;
    uint8_t *mutated = malloc(room);
    char what[64];

    if (!mutated) {
        abort();
    }
    for (uint32_t i = 0; i < n_mutations; i++) {
        uint32_t n = n_bytes;
        /* One defect gets furthest, several find what combines: half each. */
        uint32_t n_times = random_u32(&seed) % 2 == 0
                               ? 1 : 1 + random_u32(&seed) % MAX_MUTATIONS;

        memcpy(mutated, bytes, n_bytes);
        for (uint32_t m = 0; m < n_times; m++) {
            n = mutate(mutated, n, room, &seed);
        }
        try_module(b, mutated, n, &tally, i);
    }
    free(mutated);
    (void)snprintf(what, sizeof what, "%u mutations", (unsigned)n_mutations);
    result(b, &tally, what, file);
}

/* The unharmed container still loads after all that, and its main runs. */
static void
try_good_one(struct bench *b, const uint8_t *bytes, uint32_t n_bytes,
             const char *file)
{
    struct tally tally = { 0 };

    try_module(b, bytes, n_bytes, &tally, 0);
    if (tally.n_loaded != 1) {
        defect(&tally, "the unharmed container loads no more", 0);
    }
    result(b, &tally, "the unharmed copy", file);
}

static bool
create_bench(struct bench *b)
{
    const struct wio_board_entry *board = wio_boards_find("sim");
    struct wio_runtime_config config;
    struct wio_report report;

    wio_sim_create(&b->sim, NULL);
    b->runtime_memory = malloc(RUNTIME_BYTES);
    b->arena = malloc(ARENA_BYTES);
    if (!board || !b->runtime_memory || !b->arena) {
        printf("not ok - no board or no memory\n");
        return false;
    }
    config = (struct wio_runtime_config){
        .port = wio_sim_port(&b->sim),
        .board = board->blob,
        .board_len = board->len,
        .memory = b->runtime_memory,
        .memory_bytes = RUNTIME_BYTES,
    };
    wio_report_clear(&report);
    if (wio_runtime_create(&config, &b->runtime, &report) != 0) {
        printf("not ok - runtime: %s\n", report.text);
        return false;
    }
    return true;
}

static uint8_t *
read_file(const char *path, uint32_t *n_bytes)
{
    FILE *file = fopen(path, "rb");
    uint8_t *bytes = malloc(1u << 20);
    size_t n;

    if (!file || !bytes) {
        printf("not ok - cannot read %s\n", path);
        exit(1);
    }
    n = fread(bytes, 1, 1u << 20, file);
    (void)fclose(file);
    *n_bytes = (uint32_t)n;
    return bytes;
}

int
main(int argc, char **argv)
{
    static struct bench bench;
    uint32_t n_mutations;

    if (argc < 3 || !create_bench(&bench)) {
        return 1;
    }
    n_mutations = (uint32_t)strtoul(argv[1], NULL, 10) / (uint32_t)(argc - 2);
    for (int i = 2; i < argc; i++) {
        const char *slash = strrchr(argv[i], '/');
        const char *file = slash ? slash + 1 : argv[i];
        struct tally first = { 0 };
        uint32_t n_bytes;
        uint8_t *bytes = read_file(argv[i], &n_bytes);

        try_module(&bench, bytes, n_bytes, &first, 0);
        if (first.n_loaded != 1) {
            printf("not ok - %s does not load on the simulated board\n", file);
            bench.n_bad++;
        }
        try_prefixes(&bench, bytes, n_bytes, file);
        try_mutations(&bench, bytes, n_bytes, n_mutations,
                      0x20261122u + (uint32_t)i, file);
        try_good_one(&bench, bytes, n_bytes, file);
        free(bytes);
    }
    printf("1..%u\n", (unsigned)bench.n_tests);
    free(bench.arena);
    free(bench.runtime_memory);
    return bench.n_bad ? 1 : 0;
}
