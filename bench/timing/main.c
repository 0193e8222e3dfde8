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
 *     request_uart   requests, each class by a container of its own, which is
 *     request_spi    loaded when the one before is unloaded: those that wait
 *     request_i2c    for their turn, their interrupts, an end that begins the
 *                    next one, one that its time ends; the trace on, and off
 *
 * The first container is the module in the image or, when there is one, the
 * compiled file in the slot.
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
extern const uint8_t uart_wasm[];
extern const uint8_t uart_wasm_end[];
#if TIMING_HAS_BUSES
extern const uint8_t spi_wasm[];
extern const uint8_t spi_wasm_end[];
extern const uint8_t i2c_wasm[];
extern const uint8_t i2c_wasm_end[];
#endif

#define TRACE_ENTRIES 64u
#define N_EDGES 16u
#define N_RUNAWAYS 12u              /* the board allows one less */

#define STIR 0xe000ef00u            /* DDI 0403E.e, B3.2.26 */

/* Of guest/requests_*.dts, and time beyond. */
#define REQUEST_TIMEOUT_US 8000u
#define REQUEST_INTERVAL_US 3000u
#define BEYOND_US 250u

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
PHASE(request_uart)
#if TIMING_HAS_BUSES
PHASE(request_spi)
PHASE(request_i2c)
#endif

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

static uint32_t
call(struct wio_runtime *runtime, wio_container_id id, const char *name,
     const uint32_t *args, uint32_t n_args)
{
    struct wio_report report = { .code = 0 };
    uint32_t result = 0;
    uint32_t n;

    if (wio_runtime_call(runtime, id, name, args, n_args, &result, 1, &n,
                         &report)) {
        give_up(name, &report);
    }
    return result;
}

static void
use_line(struct wio_runtime *runtime, wio_container_id id, uint32_t line)
{
    (void)call(runtime, id, "use_line", &line, 1);
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

/* -- Requests --------------------------------------------------------------- */

/* Begins one or more, and waits until others may be begun. */
static void
begin(struct wio_runtime *runtime, wio_container_id id, const char *how,
      uint32_t n_written, uint32_t n_read)
{
    const uint32_t args[] = { n_written, n_read };
    int32_t request = (int32_t)call(runtime, id, how, args, 2);

    if (request < 0) {
        give_up(wio_strerror(request), 0);
    }
    wait_us(REQUEST_INTERVAL_US + BEYOND_US);
}

/* They have come to what they should: else something else was measured. */
static void
check_ended(struct wio_runtime *runtime, wio_container_id id, uint32_t n,
            uint32_t n_bytes)
{
    uint32_t ended = call(runtime, id, "ended", 0, 0);

    if (ended != (n << 16 | n_bytes)) {
        console_early_number(ended >> 16);
        console_early_print(" requests ended, with bytes: ");
        console_early_number(ended & 0xffffu);
        console_early_print("\n");
        give_up("they should end otherwise", 0);
    }
}

/* What is at the line sends. It is QEMU's tablet: behind arm,pl011 it has
 * something to say at first, and does as soon as the register was looked at;
 * behind arm,cmsdk-uart it answers. */
static void
make_bytes_come(void)
{
    volatile uint32_t *data = startup_reg(TIMING_UART_DATA);

    (void)*data;
    *data = '~';
    *data = '#';
}

/* Two readings of which the first is ended by its time and the second goes on;
 * one more that waits for it, and sending beside it; then bytes come. At last
 * the tablet has said everything, and a reading sees a single byte. */
static void
serial_line(struct wio_runtime *runtime, wio_container_id id)
{
    wio_runtime_trace_on(runtime, true);
    phase_request_uart();
    begin(runtime, id, "one", 0, 1);
    begin(runtime, id, "one", 0, 1);
    wait_us(REQUEST_TIMEOUT_US - 2u * REQUEST_INTERVAL_US);
    begin(runtime, id, "one", 0, 2);
    begin(runtime, id, "one", 20, 0);
    make_bytes_come();
    wait_us(REQUEST_INTERVAL_US);
    check_ended(runtime, id, 4, 0 + 1 + 2 + 20);
    wio_runtime_trace_on(runtime, false);
    begin(runtime, id, "one", 1, 0);
    begin(runtime, id, "one", 0, 1);
    begin(runtime, id, "one", 0, 10);
    begin(runtime, id, "one", 20, 0);
    check_ended(runtime, id, 4, 1 + 1 + 10 + 20);
    for (uint32_t i = 0; i < 4; i++) {
        begin(runtime, id, "one", 0, i == 2 ? 6 : 20);
        wait_us(REQUEST_TIMEOUT_US);
    }
    check_ended(runtime, id, 4, TIMING_UART_BYTES - 1 - 2 - 1 - 10);
}

#if TIMING_HAS_BUSES
/* One request of @n bytes each way, then two devices' of one bus at once, without
 * the trace and with it. @n_bytes: of all that end. */
static void
on_a_bus(struct wio_runtime *runtime, wio_container_id id, uint32_t n,
         uint32_t n_bytes)
{
    for (uint32_t traced = 0; traced < 2; traced++) {
        wio_runtime_trace_on(runtime, traced != 0);
        begin(runtime, id, "one", n, n);
        begin(runtime, id, "pair", n, n);
        wait_us(REQUEST_INTERVAL_US);
        check_ended(runtime, id, 5, n_bytes);
    }
}

static void
two_chips(struct wio_runtime *runtime, wio_container_id id)
{
    phase_request_spi();
    on_a_bus(runtime, id, 60, 60 + 1 + 1 + 60 + 1);
}

/* Nobody answers the second device's. */
static void
two_addresses(struct wio_runtime *runtime, wio_container_id id)
{
    phase_request_i2c();
    on_a_bus(runtime, id, 16, 16 + 1 + 16);
}
#endif

/* -- Containers ------------------------------------------------------------- */

static wio_container_id
load(struct wio_runtime *runtime, const uint8_t *bytes, uint32_t n_bytes)
{
    struct wio_report report = { .code = 0 };
    wio_container_id id;

    if (wio_runtime_load(runtime, bytes, n_bytes, slot_arenas[0],
                         sizeof slot_arenas[0], &id, &report)) {
        give_up("load", &report);
    }
    return id;
}

/* One after the other in the memory of the first. */
static void
load_and(struct wio_runtime *runtime, const uint8_t *bytes,
         const uint8_t *end,
         void (*fn)(struct wio_runtime *runtime, wio_container_id id))
{
    wio_container_id id = load(runtime, bytes, (uint32_t)(end - bytes));

    fn(runtime, id);
    phase_end();
    if (wio_runtime_unload(runtime, id)) {
        give_up("unload", 0);
    }
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
    id = n_bytes ? load(runtime, slot_modules[0], n_bytes)
                 : load(runtime, guest_wasm,
                        (uint32_t)(guest_wasm_end - guest_wasm));
    measure(runtime, id);
    if (wio_runtime_info(runtime, id, &info)) {
        give_up("info", 0);
    }
    console_early_print("faults ");
    console_early_number(info.faults);
    console_early_print("\n");
    if (wio_runtime_unload(runtime, id)) {
        give_up("unload", 0);
    }
    load_and(runtime, uart_wasm, uart_wasm_end, serial_line);
#if TIMING_HAS_BUSES
    load_and(runtime, spi_wasm, spi_wasm_end, two_chips);
    load_and(runtime, i2c_wasm, i2c_wasm_end, two_addresses);
#endif
    console_early_print("end\n");
    return 0;
}
