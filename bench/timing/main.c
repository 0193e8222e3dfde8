/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Interrupts to be counted, instruction by instruction, from outside.
 *
 * bench/timing.py runs this image in QEMU with one line logged an instruction
 * and finds the places by the names of functions; nothing here reads a clock
 * or is in the way. A phase begins with a call of phase_<name>():
 *
 *     native         edges on a line whose vector is a C function
 *     idle           edges of line A while the background runs
 *     main           the guest's main triggers line A from its own code
 *     trace          as idle and main, with the trace on
 *     overrun        edges of line B, whose handler never ends
 *     overrun_trace  the same with the trace on; the last one of them is the
 *                    container's fault
 *     clock          the same edges of line A once by the log and once by the
 *                    clock: "clock <ns>" is printed, to check one by the other
 *
 * The container is the module in the image or, when there is one, the compiled
 * file in the slot.
 *
 * `-icount shift=5`: an instruction is 32 ns, so that times and counts meet.
 */
#include <wio/runtime.h>

#include "firmware/firmware.h"
#include "port.h"
#include "runtime/native.h"
#include "startup/startup.h"

extern const uint8_t board_blob[];
extern const uint8_t board_blob_end[];
extern const uint8_t guest_wasm[];
extern const uint8_t guest_wasm_end[];

#define TRACE_ENTRIES 64u
#define N_EDGES 16u
#define N_RUNAWAYS 12u              /* the board allows one less */

#define STIR 0xe000ef00u            /* DDI 0403E.e, B3.2.26 */

static uint8_t runtime_memory[TIMING_RUNTIME_BYTES]
    __attribute__((aligned(8)));
uint8_t slot_arenas[N_SLOTS][SLOT_ARENA_BYTES] __attribute__((aligned(8)));
static volatile uint32_t native_seen;

#define PHASE(name) \
    __attribute__((noinline)) void phase_##name(void); \
    void phase_##name(void) { __asm__ volatile("" ::: "memory"); }

PHASE(native)
PHASE(idle)
PHASE(main)
PHASE(trace)
PHASE(overrun)
PHASE(overrun_trace)
PHASE(clock)
PHASE(end)

__attribute__((noreturn)) static void
give_up(const char *why, const struct wio_report *report)
{
    console_early_print("fail ");
    console_early_print(why);
    console_early_print(": ");
    console_early_print(report ? report->text : "");
    console_early_print("\n");
    semihost_exit(1);
}

/* As the vector of a firmware without any of this. */
__attribute__((noinline)) void native_handler(void);
void
native_handler(void)
{
    native_seen++;
}

static void
control(void *arg)
{
    (void)arg;
}

static void
wait_us(uint32_t us)
{
    uint64_t until_ns = cm_now_ns() + (uint64_t)us * 1000;

    while (cm_now_ns() < until_ns) {
    }
}

/* Edges further apart than T, each at another instruction of the loop. */
static void
edges(uint32_t line, uint32_t n, uint32_t every_us)
{
    for (uint32_t i = 0; i < n; i++) {
        *startup_reg(STIR) = line;
        wait_us(every_us + i % 7u);
    }
}

static void
use_line(struct wio_runtime *runtime, wio_container_id id, uint32_t line)
{
    struct wio_report report = { .code = 0 };
    uint32_t result;
    uint32_t n;

    if (wio_runtime_call(runtime, id, "use_line", &line, 1, &result, 1, &n,
                         &report)) {
        give_up("use_line", &report);
    }
}

static void
measure(struct wio_runtime *runtime, wio_container_id id)
{
    uint64_t begin_ns;

    startup_set_vector(STARTUP_IRQ(TIMING_LINE_NATIVE), native_handler);
    startup_irq_enable(TIMING_LINE_NATIVE, 0);
    phase_native();
    edges(TIMING_LINE_NATIVE, N_EDGES, 10);
    phase_idle();
    edges(TIMING_LINE_A, N_EDGES, 650);
    phase_clock();
    begin_ns = cm_now_ns();
    edges(TIMING_LINE_A, 2, 650);
    phase_clock();
    begin_ns = cm_now_ns() - begin_ns;
    phase_main();
    use_line(runtime, id, TIMING_LINE_A);
    wait_us(4000u * (N_EDGES / 2));
    use_line(runtime, id, 0);
    wio_runtime_trace_on(runtime, true);
    phase_trace();
    edges(TIMING_LINE_A, N_EDGES, 650);
    use_line(runtime, id, TIMING_LINE_A);
    wait_us(4000u * (N_EDGES / 2));
    wio_runtime_trace_on(runtime, false);
    use_line(runtime, id, 0);
    phase_overrun();
    edges(TIMING_LINE_B, N_RUNAWAYS / 2, 1050);
    wio_runtime_trace_on(runtime, true);
    phase_overrun_trace();
    edges(TIMING_LINE_B, N_RUNAWAYS / 2, 1050);
    phase_end();
    console_early_print("clock ");
    console_early_number(begin_ns);
    console_early_print("\n");
}

/* Of the file in the slot, by its header; 0: there is none. */
static uint32_t
compiled_bytes(void)
{
    const uint8_t *file = slot_modules[0];
    const uint8_t *length = file + WIO_NATIVE_HEADER_AT + 8u;

    return file[1] == 'a' ? (uint32_t)length[0] | (uint32_t)length[1] << 8
                          : 0;
}

int
main(void)
{
    struct wio_report report = { .code = 0 };
    struct wio_container_info info;
    struct wio_runtime *runtime;
    wio_container_id id;
    uint32_t n_bytes;
    const struct wio_runtime_config config = {
        .port = cm_port_start(),
        .board = board_blob,
        .board_len = (uint32_t)(board_blob_end - board_blob),
        .memory = runtime_memory,
        .memory_bytes = sizeof runtime_memory,
        .trace_entries = TRACE_ENTRIES
    };

    if (wio_runtime_create(&config, &runtime, &report)) {
        give_up("create", &report);
    }
    wio_runtime_trace_on(runtime, false);
    if (wio_runtime_host_task(runtime, "control", control, 0)) {
        give_up("host task", 0);
    }
    n_bytes = compiled_bytes();
    if (wio_runtime_load(runtime, n_bytes ? slot_modules[0] : guest_wasm,
                         n_bytes ? n_bytes
                                 : (uint32_t)(guest_wasm_end - guest_wasm),
                         slot_arenas[0], sizeof slot_arenas[0], &id,
                         &report)) {
        give_up("load", &report);
    }
    measure(runtime, id);
    if (wio_runtime_info(runtime, id, &info)) {
        give_up("info", 0);
    }
    console_early_print("faults ");
    console_early_number(info.faults);
    console_early_print("\nend\n");
    return 0;
}
