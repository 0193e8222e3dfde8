/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main and handler of one container on the whole core: scheduler, budgets and
 * guards of the Cortex-M port around what tests/qemu/nested does with the
 * engine alone. A timer that nobody else uses expires at random distances and
 * pends the container's line. Prints the reports of tests/sim/share.c:
 *
 *     row <reports> <faults>
 *
 * Facts: Application Note AN386 (Arm DAI 0386), interrupts; Cortex-M System
 * Design Kit TRM (DDI 0479C), 4.5, dual-input timers.
 */
#include <wio/runtime.h>

#include "port.h"
#include "startup/startup.h"

#define DUALTIMER 0x40002000u
#define DUALTIMER_IRQ 10u
#define TIMER1LOAD 0x00u
#define TIMER1CONTROL 0x08u
#define TIMER1INTCLR 0x0cu
#define ONE_SHOT 0xa3u              /* enable, interrupt, 32 bits, one shot */

#define NVIC_ISPR 0xe000e200u       /* DDI 0403E.e, B3.4.6 */
#define LINE 20u

#define ENTERED_MAIN 2u             /* of the reports */
#define N_REPORTS 13u
#define N_ENTRIES 10000u
#define SECONDS_MAX 120u

extern const uint8_t board_blob[];
extern const uint8_t board_blob_end[];
extern const uint8_t share_wasm[];
extern const uint8_t share_wasm_end[];

static uint8_t runtime_memory[16384] __attribute__((aligned(8)));
static uint8_t arena[49152] __attribute__((aligned(8)));
static struct wio_runtime *runtime;
static uint32_t seed = 1;

static void
put(const char *text)
{
    console_early_print(text);
}

static void
put_number(uint32_t value)
{
    console_early_print(" ");
    console_early_number(value);
}

__attribute__((noreturn)) static void
give_up(const char *why, const struct wio_report *report)
{
    put("fail ");
    put(why);
    put(": ");
    put(report->text);
    put("\n");
    semihost_exit(1);
}

static uint32_t
next_random(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 17;
    seed ^= seed << 5;
    return seed;
}

/* One and a half times the least distance at most, in ticks of 40 ns. */
static void
on_expiry(void)
{
    *startup_reg(DUALTIMER + TIMER1INTCLR) = 1;
    *startup_reg(NVIC_ISPR) = 1u << LINE;
    *startup_reg(DUALTIMER + TIMER1CONTROL) = 0;
    *startup_reg(DUALTIMER + TIMER1LOAD) = 50000u + next_random() % 25000u;
    *startup_reg(DUALTIMER + TIMER1CONTROL) = ONE_SHOT;
}

static uint32_t
report_of(wio_container_id id, uint32_t which)
{
    uint32_t results[2] = { UINT32_MAX, UINT32_MAX };
    struct wio_report report = { .code = 0 };
    struct wio_container_info info;
    uint32_t n;

    if (wio_runtime_info(runtime, id, &info) ||
        info.state != WIO_STATE_RUNNING) {
        give_up("faulted", &info.fault);
    }
    if (wio_runtime_call(runtime, id, "report", &which, 1, results, 2, &n,
                         &report)) {
        give_up("report", &report);
    }
    return results[0];
}

static void
run_for(uint32_t ms)
{
    const uint64_t end_ns = cm_now_ns() + (uint64_t)ms * 1000000u;

    while (cm_now_ns() < end_ns) {
        (void)wio_runtime_run(runtime);
    }
}

static wio_container_id
start(void)
{
    struct wio_report report = { .code = 0 };
    const struct wio_runtime_config config = {
        .port = cm_port_start(),
        .board = board_blob,
        .board_len = (uint32_t)(board_blob_end - board_blob),
        .memory = runtime_memory,
        .memory_bytes = sizeof runtime_memory,
    };
    wio_container_id id;

    if (wio_runtime_create(&config, &runtime, &report) ||
        wio_runtime_load(runtime, share_wasm,
                         (uint32_t)(share_wasm_end - share_wasm), arena,
                         sizeof arena, &id, &report)) {
        give_up("load", &report);
    }
    startup_set_vector(STARTUP_IRQ(DUALTIMER_IRQ), on_expiry);
    startup_irq_enable(DUALTIMER_IRQ, 0);
    on_expiry();
    return id;
}

int
main(void)
{
    struct wio_container_info info;
    wio_container_id id = start();

    for (uint32_t s = 0; s < SECONDS_MAX &&
                         report_of(id, ENTERED_MAIN) < N_ENTRIES; s++) {
        run_for(1000);
    }
    startup_irq_disable(DUALTIMER_IRQ);
    run_for(100);
    put("row");
    for (uint32_t i = 0; i < N_REPORTS; i++) {
        put_number(report_of(id, i));
    }
    (void)wio_runtime_info(runtime, id, &info);
    put_number(info.faults);
    put("\nend\n");
    return 0;
}
