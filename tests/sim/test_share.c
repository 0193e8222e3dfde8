/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main and handler of one container at once: main is interrupted at random
 * points, 100,000 times and more, and nothing that either computes or passes
 * on is ever wrong.
 *
 *     test_share [N]               N entries into main, not SHARE_ENTRIES
 *
 * The containers (share.c) are compiled with a red zone, which the SDK does
 * not have: what then lies below main's stack pointer must stay, too.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <wio/runtime.h>

#include "sim/sim.h"

#define LINE 5u
#define MS UINT64_C(1000000)

/* What share.c reports, by number. */
enum {
    MAIN_ROUNDS, HANDLED, ENTERED_MAIN, MAIN_WRONG, HANDLER_WRONG,
    MAIN_SHARE_WRONG, HANDLER_SHARE_WRONG, EDGES_WRONG, PLAIN_LOST, ATOMICS,
    ATOMIC_LOST, C_ATOMICS_LOST, C_TORN, N_REPORTS
};

static struct wio_sim sim;
static struct wio_runtime *runtime;
static uint64_t runtime_memory[8192];
static uint64_t container_memory[16384];
static uint8_t module[16384];
static uint8_t board[8192];
static uint32_t n_entries = SHARE_ENTRIES;

static uint32_t
read_file(const char *path, uint8_t *bytes, uint32_t size)
{
    FILE *file = fopen(path, "rb");
    size_t n;

    if (file == NULL) {
        fail_msg("cannot open %s", path);
    }
    n = fread(bytes, 1, size, file);
    (void)fclose(file);
    assert_true(n > 0 && n < size);
    return (uint32_t)n;
}

static wio_container_id
load(const char *path)
{
    const struct wio_sim_config sim_config = {
        .mmio_ns = 50, .scheduled = true, .stub_ns = 500, .timer_ns = 300,
    };
    struct wio_runtime_config config = {
        .board = board,
        .board_len = read_file(SHARE_BOARD, board, sizeof board),
        .memory = runtime_memory,
        .memory_bytes = sizeof runtime_memory,
    };
    struct wio_report report = { .code = 0 };
    uint32_t n = read_file(path, module, sizeof module);
    wio_container_id id = 0;

    wio_sim_create(&sim, &sim_config);
    config.port = wio_sim_port(&sim);
    if (wio_runtime_create(&config, &runtime, &report) ||
        wio_runtime_load(runtime, module, n, container_memory,
                         sizeof container_memory, &id, &report)) {
        fail_msg("%s: %s", path, report.text);
    }
    return id;
}

static void
run_ns(uint64_t ns)
{
    const uint64_t end_ns = wio_sim_now_ns(&sim) + ns;

    while (wio_sim_now_ns(&sim) < end_ns) {
        const uint64_t wait_ns = wio_runtime_run(runtime);
        const uint64_t now_ns = wio_sim_now_ns(&sim);

        if (now_ns < end_ns) {
            wio_sim_advance_ns(&sim, wait_ns < end_ns - now_ns
                                         ? wait_ns
                                         : end_ns - now_ns);
        }
    }
}

static uint32_t
report_of(wio_container_id id, uint32_t which)
{
    uint32_t results[2] = { UINT32_MAX, UINT32_MAX };
    struct wio_report report = { .code = 0 };
    uint32_t n;

    if (wio_runtime_call(runtime, id, "report", &which, 1, results, 2, &n,
                         &report)) {
        fail_msg("report %u: %s", which, report.text);
    }
    return results[0];
}

/* Edges at random distances around the least one, until main was entered
 * often enough. */
static void
interrupt_main(wio_container_id id)
{
    struct wio_container_info info;

    for (uint32_t seed = 1; report_of(id, ENTERED_MAIN) < n_entries; seed++) {
        assert_in_range(seed, 1, 4000);
        assert_int_equal(wio_sim_storm(&sim, LINE, wio_sim_now_ns(&sim),
                                       110000, 1000, seed), 0);
        run_ns(115 * MS);
        assert_int_equal(wio_runtime_info(runtime, id, &info), 0);
        if (info.state != WIO_STATE_RUNNING) {
            fail_msg("%s", info.fault.text);
        }
    }
}

static void
expect_nothing_wrong(const char *path, bool atomics)
{
    wio_container_id id = load(path);
    uint32_t got[N_REPORTS];

    interrupt_main(id);
    for (uint32_t i = 0; i < N_REPORTS; i++) {
        got[i] = report_of(id, i);
    }
    print_message("%u rounds of main, entered %u times by %u handlers\n",
                  got[MAIN_ROUNDS], got[ENTERED_MAIN], got[HANDLED]);
    assert_int_equal(got[MAIN_WRONG], 0);
    assert_int_equal(got[HANDLER_WRONG], 0);
    assert_int_equal(got[MAIN_SHARE_WRONG], 0);
    assert_int_equal(got[HANDLER_SHARE_WRONG], 0);
    assert_int_equal(got[EDGES_WRONG], 0);
    assert_int_equal(got[ATOMICS], atomics);
    assert_int_equal(got[ATOMIC_LOST], 0);
    if (atomics) {
        assert_int_equal(got[C_ATOMICS_LOST], 0);
        assert_int_equal(got[C_TORN], 0);
    }
    assert_in_range(got[ENTERED_MAIN], n_entries, UINT32_MAX);
    assert_int_equal(wio_runtime_unload(runtime, id), 0);
}

static void
shared_by_volatile_accesses(void **state)
{
    (void)state;
    expect_nothing_wrong(SHARE_CONTAINERS "/share.wasm", false);
}

static void
shared_by_atomic_instructions(void **state)
{
    (void)state;
    expect_nothing_wrong(SHARE_CONTAINERS "/share-atomics.wasm", true);
}

int
main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shared_by_volatile_accesses),
        cmocka_unit_test(shared_by_atomic_instructions),
    };

    if (argc > 1) {
        n_entries = (uint32_t)strtoul(argv[1], NULL, 10);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
