/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The runtime on a port with levels, the simulated one: host functions that
 * wait, shared buses, operations beside mains, levels that change. What one
 * container does must not make others later than computed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <wio/runtime.h>

#include "packed.h"
#include "runtime/plan.h"
#include "sim/sim.h"

#define MS UINT64_C(1000000)
#define LINE 7u
#define PULSE_LINE 6u
#define ARENA_BYTES 98304u

static struct wio_sim sim;
static struct wio_port port;
static struct wio_port_sched_ops ops;
static struct wio_runtime *runtime;
static struct wio_report report;
static _Alignas(16) uint8_t runtime_memory[16384];
static _Alignas(16) uint8_t arenas[2][ARENA_BYTES];
static uint8_t board[PACKED_FILE_BYTES];
static uint8_t images[2][PACKED_BYTES];
static uint32_t n_lines;
static uint32_t n_lines_at_a_level;
static char last_line[160];

static void
on_line(void *arg, enum wio_log_level level, const char *text, uint32_t len)
{
    (void)arg;
    (void)level;
    n_lines++;
    n_lines_at_a_level += sim.levels.level != WIO_SIM_BACKGROUND;
    snprintf(last_line, sizeof(last_line), "%.*s", (int)len, text);
}

static wio_container_id
load(uint32_t place, const char *module, const char *config)
{
    uint8_t *to = images[place];
    const uint32_t len = packed_add(to, packed_read(module, "wasm", to),
                                    config);
    wio_container_id id = 0;

    wio_report_clear(&report);
    if (wio_runtime_load(runtime, to, len, arenas[place], ARENA_BYTES,
                         &id, &report)) {
        fail_msg("%s: %s", config, report.text);
    }
    return id;
}

static uint32_t
call(wio_container_id id, const char *name, const uint32_t *arg)
{
    uint32_t result = 0;
    uint32_t n;

    wio_report_clear(&report);
    if (wio_runtime_call(runtime, id, name, arg, arg != NULL, &result, 1, &n,
                         &report)) {
        fail_msg("%s: %s", name, report.text);
    }
    return result;
}

static void
host_task(void *arg)
{
    (void)arg;
    wio_sim_advance_ns(&sim, 1000);
}

static int
setup(void **state)
{
    const struct wio_sim_config sim_config = {
        .scheduled = true, .log = on_line
    };
    struct wio_runtime_config config = {
        .board = board,
        .memory = runtime_memory,
        .memory_bytes = sizeof(runtime_memory),
    };

    (void)state;
    wio_sim_create(&sim, &sim_config);
    port = *wio_sim_port(&sim);
    ops = *port.sched;
    port.sched = &ops;
    config.port = &port;
    config.board_len = packed_read("levels_board", "dtb", board);
    n_lines = n_lines_at_a_level = 0;
    if (wio_runtime_create(&config, &runtime, &report)) {
        fail_msg("create: %s", report.text);
    }
    assert_int_equal(wio_runtime_host_task(runtime, "control", host_task,
                                           NULL), 0);
    assert_int_equal(wio_runtime_host_task(runtime, "slow", host_task, NULL),
                     0);
    return 0;
}

static struct wio_entity_info
entity(const char *name)
{
    struct wio_entity_info info;

    for (uint32_t i = 0; wio_runtime_entity(runtime, i, &info) == 0; i++) {
        if (strcmp(info.name, name) == 0) {
            return info;
        }
    }
    fail_msg("no entity %s", name);
    return info;
}

static void
expect_in_time(const char *name)
{
    struct wio_entity_info info = entity(name);

    assert_true(info.activations > 0);
    if (info.max_response_ns > info.response_ns) {
        fail_msg("%s took %llu ns, computed were %llu", name,
                 (unsigned long long)info.max_response_ns,
                 (unsigned long long)info.response_ns);
    }
}

/* -- Host functions that wait ----------------------------------------------------- */

static void
delay_under_a_lock_ends_with_the_lock(void **state)
{
    (void)state;
    wio_sim_advance_ns(&sim, 800000);     /* just before `control` */
    (void)load(0, "levels", "levels_delays_in_lock");
    wio_sim_advance_ns(&sim, 50 * MS);
    assert_true(entity("levels line").level < entity("control").level);
    expect_in_time("control");
}

static void
poll_ends_with_the_budget(void **state)
{
    (void)state;
    (void)load(0, "levels", "levels_polls");
    wio_sim_advance_ns(&sim, 200 * MS);
    assert_true(entity("levels main").level < entity("slow").level);
    expect_in_time("control");
    expect_in_time("slow");
}

static void
transaction_does_not_wait_in_a_handler(void **state)
{
    wio_container_id id = load(0, "levels", "levels_transaction_in_handler");

    (void)state;
    wio_sim_edge(&sim, LINE);
    wio_sim_advance_ns(&sim, 5 * MS);
    assert_int_equal(call(id, "result", NULL), (uint32_t)WIO_ERR_WOULD_BLOCK);
}

/* At 115200 baud a line takes ten milliseconds. */
static void
log_is_written_in_the_background(void **state)
{
    (void)state;
    (void)load(0, "levels", "levels_log_in_handler");
    wio_sim_edge(&sim, LINE);
    wio_sim_advance_ns(&sim, 5 * MS);
    assert_int_equal(n_lines, 0);
    (void)wio_runtime_run(runtime);
    assert_int_equal(n_lines, 3);
    assert_int_equal(n_lines_at_a_level, 0);
    assert_string_equal(last_line, "levels: 2 lines lost");
    (void)wio_runtime_run(runtime);
    assert_int_equal(n_lines, 3);
}

/* -- Shared buses ------------------------------------------------------------------- */

/* No transfer begins before the one that is on the bus has stopped. */
static void
expect_whole_transfers(void)
{
    uint64_t first = sim.n_log > WIO_SIM_LOG ? sim.n_log - WIO_SIM_LOG : 0;
    uint32_t on_bus = 0;
    uint32_t seen = 0;

    for (uint64_t i = first; i < sim.n_log; i++) {
        const struct wio_sim_access *access = &sim.log[i % WIO_SIM_LOG];

        if (access->class != WIO_SIM_CLASS_I2C) {
            continue;
        }
        seen |= access->offset == 0x48 ? 1u : 2u;
        if (access->op == WIO_SIM_OP_STOP) {
            on_bus = 0;
        } else {
            assert_true(on_bus == 0 || on_bus == access->offset);
            on_bus = access->offset;
        }
    }
    assert_int_equal(seen, 3);
}

/* Each activation of the sensor's main had the bus: it waited for nobody's
 * transfer in vain. */
static void
expect_every_transfer(void)
{
    uint32_t n = 0;

    assert_true(sim.n_log < WIO_SIM_LOG);
    for (uint64_t i = 0; i < sim.n_log; i++) {
        n += sim.log[i].class == WIO_SIM_CLASS_I2C &&
             sim.log[i].op == WIO_SIM_OP_STOP && sim.log[i].offset == 0x48;
    }
    assert_int_equal(n, entity("levels main").activations);
}

static void
transfers_of_two_containers_are_whole(void **state)
{
    (void)state;
    (void)load(0, "levels", "levels_transacts");
    wio_sim_advance_ns(&sim, 15 * MS);
    (void)load(1, "levels_bus", "levels_bus");   /* its init transfers */
    expect_whole_transfers();
    expect_every_transfer();
    expect_in_time("control");
    expect_in_time("levels main");
}

/* Of one that has no main, too. */
static void
transfers_in_the_background_are_in_the_blocking(void **state)
{
    (void)state;
    (void)load(0, "levels", "levels_transacts");
    (void)load(1, "levels_bus", "levels_bus");
    assert_true(entity("levels main").blocking_ns > 5 * MS);
    assert_true(entity("control").blocking_ns < MS);
}

static void
transactions_of_two_containers_are_whole(void **state)
{
    uint32_t on_bus = 0;
    uint32_t seen = 0;

    (void)state;
    (void)load(0, "levels_spi", "levels_spi");
    (void)load(1, "levels_spi", "levels_spi_bus");   /* its init writes */
    for (uint64_t i = sim.n_log - WIO_SIM_LOG; i < sim.n_log; i++) {
        const struct wio_sim_access *access = &sim.log[i % WIO_SIM_LOG];

        if (access->class != WIO_SIM_CLASS_SPI) {
            continue;
        }
        if (access->op == WIO_SIM_OP_STOP) {
            on_bus = 0;
        } else if (access->op == WIO_SIM_OP_SELECT) {
            assert_int_equal(on_bus, 0);
            on_bus = access->offset + 1;
            seen |= on_bus;
        }
    }
    assert_int_equal(seen, 3);
    expect_in_time("spi-main main");
    assert_true(entity("spi-main main").blocking_ns > 300000);
}

/* -- Operations and changes ------------------------------------------------------- */

static void
main_put_off_by_an_operation_keeps_its_distance(void **state)
{
    wio_container_id id = load(0, "levels", "levels");
    const uint32_t us = 19500;
    uint32_t before;

    (void)state;
    wio_sim_advance_ns(&sim, 5 * MS);
    before = call(id, "mains", NULL);
    (void)call(id, "wait", &us);             /* over releases at 10 and 20 */
    wio_sim_advance_ns(&sim, 9 * MS);
    assert_int_equal(call(id, "mains", NULL), before + 1);
}

static void (*slot_level)(void *ctx, uint32_t slot, uint32_t level);
static uint32_t n_level_changes;

/* Whoever is released in the middle must not begin. */
static void
change_level(void *ctx, uint32_t slot, uint32_t level)
{
    n_level_changes++;
    assert_int_equal(sim.levels.ceiling, 0);
    slot_level(ctx, slot, level);
}

static void
levels_change_while_nothing_begins(void **state)
{
    wio_container_id id;

    (void)state;
    slot_level = ops.slot_level;
    ops.slot_level = change_level;
    n_level_changes = 0;
    id = load(0, "levels", "levels");
    assert_true(n_level_changes > 0);
    n_level_changes = 0;
    assert_int_equal(wio_runtime_unload(runtime, id), 0);
    assert_true(n_level_changes > 0);
    assert_int_equal(sim.levels.ceiling, WIO_SIM_BACKGROUND);
}

static void
a_level_that_the_port_has_not_is_said(void **state)
{
    static struct wio_plan plan;
    static struct wio_board fewer;
    struct wio_report said = { 0 };
    struct wio_task_decl *task = &fewer.policy.tasks[0];

    (void)state;
    fewer.policy.n_tasks = 2;
    task[0] = (struct wio_task_decl){
        { (const uint8_t *)"control", 7 }, 1000, 10, 500, 8
    };
    task[1] = task[0];
    task[1].level = 0xff;
    assert_int_equal(wio_plan_make(&plan, &fewer, 8, NULL, 0, &said),
                     WIO_ERR_NOT_ADMITTED);
    assert_string_equal(said.text, "control has wasmio,level 8, and the "
                        "last of the 8 levels is 7; correct the board's "
                        "policy");
    task[0].level = 0;
    assert_int_equal(wio_plan_make(&plan, &fewer, 1, NULL, 0, &said),
                     WIO_ERR_NOT_ADMITTED);
    assert_int_equal(wio_plan_make(&plan, &fewer, 8, NULL, 0, &said), 0);
}

/* A fault of the handler finds main in the middle of a host function: between
 * the check of a write and the write itself, too. */
static void
safe_state_is_not_undone_by_what_the_fault_interrupts(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 60; i++) {
        struct wio_container_info info;
        wio_container_id id;
        int64_t written = 0;

        /* Main is released at the end of the load. */
        assert_int_equal(wio_sim_storm(&sim, PULSE_LINE,
                                       wio_sim_now_ns(&sim) + 100000 + 11 * i,
                                       1, 1, 0), 0);
        id = load(0, "levels", "levels_undoes");
        wio_sim_advance_ns(&sim, 5 * MS);
        assert_int_equal(wio_runtime_info(runtime, id, &info), 0);
        assert_int_equal(info.state, WIO_STATE_FAULTED);
        assert_int_equal(info.faults, 1);
        assert_int_equal(wio_sim_get(&sim, "mmio2.0x0", &written), 0);
        assert_int_equal(written, 5);
        assert_int_equal(wio_runtime_unload(runtime, id), 0);
    }
}

/* It looks at everybody. */
static void
timer_costs_more_with_more_to_look_at(void **state)
{
    static struct wio_board some;
    struct wio_plan plan;
    struct wio_report said = { 0 };

    (void)state;
    memset(&some, 0, sizeof(some));
    some.policy.costs.timer_ns = 1000;
    some.policy.costs.timer_each_ns = 100;
    some.policy.n_tasks = 2;
    for (uint32_t i = 0; i < 2; i++) {
        some.policy.tasks[i] = (struct wio_task_decl){
            { (const uint8_t *)"task", 4 }, 1000, 10, 500, 0xff
        };
    }
    assert_int_equal(wio_plan_make(&plan, &some, 8, NULL, 0, &said), 0);
    assert_int_equal(plan.set.costs.timer_ns, 1200);
    assert_int_equal(plan.entities[1].response_ns, 2 * (10000 + 1200));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup(name, setup)
        T(delay_under_a_lock_ends_with_the_lock),
        T(poll_ends_with_the_budget),
        T(transaction_does_not_wait_in_a_handler),
        T(log_is_written_in_the_background),
        T(transfers_of_two_containers_are_whole),
        T(transfers_in_the_background_are_in_the_blocking),
        T(transactions_of_two_containers_are_whole),
        T(main_put_off_by_an_operation_keeps_its_distance),
        T(levels_change_while_nothing_begins),
        T(safe_state_is_not_undone_by_what_the_fault_interrupts),
        T(timer_costs_more_with_more_to_look_at),
        cmocka_unit_test(a_level_that_the_port_has_not_is_said),
#undef T
    };

    return cmocka_run_group_tests_name("levels", tests, NULL, NULL);
}
