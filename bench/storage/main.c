/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Blocks of an SD card: the same protocol (drivers/storage/sd-spi/sd.c) above
 * the same PL022 driver, once native and once in a container. A line is
 *     count <case> <n> <ns of n> <ns of 2n> <sum of n> <sum of 2n>
 * The container is the module in the image or, when there is one, the compiled
 * file in the slot; then the case is `aot`, not `interp`.
 * At -icount shift=0 an instruction is a nanosecond; the clock ticks at 50 MHz.
 */
#include <wio/runtime.h>

#include "firmware/firmware.h"
#include "native.h"
#include "runtime/native.h"
#include "startup/startup.h"

extern const uint8_t board_blob[];
extern const uint8_t board_blob_end[];
extern const uint8_t guest_wasm[];
extern const uint8_t guest_wasm_end[];

#define N_BLOCKS 16u
#define RUNTIME_BYTES 4096u

static uint8_t runtime_memory[RUNTIME_BYTES] __attribute__((aligned(8)));
uint8_t slot_arenas[N_SLOTS][SLOT_ARENA_BYTES] __attribute__((aligned(8)));
static uint8_t block[SD_BLOCK];
static struct wio_runtime *runtime;
static wio_container_id id;
static struct sd sd;

static void
put_number(uint64_t value)
{
    console_early_print(" ");
    console_early_number(value);
}

__attribute__((noreturn)) static void
give_up(const char *why, int32_t code, const char *text)
{
    console_early_print("fail ");
    console_early_print(why);
    console_early_print(": ");
    console_early_hex((uint32_t)code);
    console_early_print(" ");
    console_early_print(text);
    console_early_print("\n");
    semihost_exit(1);
}

/* Over every byte, so that a case that skipped one cannot be the faster. */
static uint32_t
sum_of(uint32_t sum, const uint8_t *bytes)
{
    for (uint32_t i = 0; i < SD_BLOCK; i++) {
        sum = sum * 31u + bytes[i];
    }
    return sum;
}

/* -- The two cases --------------------------------------------------------- */

static void
native_block(uint32_t number, bool writes)
{
    int32_t err = writes ? sd_write(&sd, number, block)
                         : sd_read(&sd, number, block);

    if (err) {
        give_up("native", err, "");
    }
}

static void
container_block(uint32_t number, bool writes)
{
    struct wio_report report = { .code = 0 };
    uint32_t result = 0;
    uint32_t n = 0;
    int err = wio_runtime_call(runtime, id,
                               writes ? "write-block" : "read-block", &number,
                               1, &result, 1, &n, &report);

    if (err || result != 0) {
        give_up("container", err ? err : (int32_t)result, report.text);
    }
}

/* The time is the block's alone: what it held is summed up outside. */
static uint64_t
run(void (*one)(uint32_t number, bool writes), bool is_container, bool writes,
    uint32_t n, uint32_t *sum)
{
    uint64_t ns = 0;

    *sum = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint64_t before = cm_now_ns();

        one(i, writes);
        ns += cm_now_ns() - before;
        if (is_container &&
            wio_runtime_read_buffer(runtime, id, 0, block, SD_BLOCK)) {
            give_up("buffer", 0, "");
        }
        *sum = sum_of(*sum, block);
    }
    return ns;
}

static void
measure(const char *name, void (*one)(uint32_t number, bool writes),
        bool is_container, bool writes)
{
    uint32_t sums[2];
    uint64_t ns[2];

    for (uint32_t i = 0; i < 2; i++) {
        ns[i] = run(one, is_container, writes, N_BLOCKS << i, &sums[i]);
    }
    console_early_print("count ");
    console_early_print(name);
    put_number(N_BLOCKS);
    put_number(ns[0]);
    put_number(ns[1]);
    put_number(sums[0]);
    put_number(sums[1]);
    console_early_print("\n");
}

/* -- Coming up ------------------------------------------------------------- */

/* The firmware's own way to the bus, for the native driver. */
static void
start_native(const struct wio_port *port)
{
    static const struct wio_select_pin select = { .base = 0x40007000u };
    static const struct wio_spi_chip chip = { .max_hz = 12500000 };
    static struct wio_controller spi;
    const struct wio_controller_info info = {
        .class = WIO_CONTROLLER_SPI, .compatible = "arm,pl022",
        .base = 0x40008000u, .size = 0x1000, .clock_hz = WIO_BOARD_CPU_HZ,
        .selects = &select, .n_selects = 1
    };
    int32_t err = port->controller(port->ctx, &info, &spi);

    native_bus(&spi, &chip);
    err = err ? err : sd_start(&sd);
    if (err) {
        give_up("native start", err, "");
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

static void
start_container(const struct wio_port *port)
{
    const struct wio_runtime_config config = {
        .port = port,
        .board = board_blob,
        .board_len = (uint32_t)(board_blob_end - board_blob),
        .memory = runtime_memory,
        .memory_bytes = sizeof runtime_memory,
    };
    struct wio_report report = { .code = 0 };
    const uint32_t n_bytes = compiled_bytes();

    if (wio_runtime_create(&config, &runtime, &report) ||
        wio_runtime_load(runtime, n_bytes ? slot_modules[0] : guest_wasm,
                         n_bytes ? n_bytes
                                 : (uint32_t)(guest_wasm_end - guest_wasm),
                         slot_arenas[0], sizeof slot_arenas[0], &id,
                         &report)) {
        give_up("load", report.code, report.text);
    }
}

int
main(void)
{
    const struct wio_port *port = cm_port_start();

    start_native(port);
    measure("native.read", native_block, false, false);
    start_container(port);
    container_block(0, false);       /* starts the card anew */
    measure(compiled_bytes() ? "aot.read" : "interp.read", container_block,
            true, false);
    /* Last: it changes what is read. */
    measure("native.write", native_block, false, true);
    measure(compiled_bytes() ? "aot.write" : "interp.write", container_block,
            true, true);
    console_early_print("end\n");
    return 0;
}
