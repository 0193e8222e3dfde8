/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench/common/product.c - the register loop through the whole product
 *
 * A runtime, a board whose devicetree grants one window of 16 registers, and a
 * container that opens it: the access passes the engine, the binding, the
 * handle table and the register rights, everything on. The registers are plain
 * memory, so that what is counted is the way to them.
 */
#include "common/cases.h"

#include <wio/runtime.h>

#include "common/guests.h"
#include "common/still.h"

#define RUNTIME_BYTES 65536u

/* -- A port with a clock that stands still and no devices ------------------------- */

/* Nobody answers; enough for a container to be loaded. */
static int
i2c_transfer(void *ctx, uint16_t addr, const uint8_t *w, uint32_t w_len,
             uint8_t *r, uint32_t r_len, uint64_t deadline_ns)
{
    (void)ctx;
    (void)addr;
    (void)w;
    (void)w_len;
    (void)r;
    (void)r_len;
    (void)deadline_ns;
    return WIO_ERR_I2C_NACK_ADDRESS;
}

static const struct wio_i2c_ops i2c_ops = { .transfer = i2c_transfer };

/* Register blocks are memory where the board says. */
static int
controller(void *ctx, const struct wio_controller_info *info,
           struct wio_controller *out)
{
    (void)ctx;
    out->ctx = 0;
    if (info->class == WIO_CONTROLLER_MMIO) {
        out->ops.mmio = 0;
        return 0;
    }
    if (info->class == WIO_CONTROLLER_I2C) {
        out->ops.i2c = &i2c_ops;
        return 0;
    }
    return WIO_ERR_NOT_SUPPORTED;
}

static const struct wio_port port = {
    .name = "bench",
    .core = &bench_still_ops,
    .controller = controller,
};

/* -- What is measured -------------------------------------------------------------- */

static struct wio_report report;

/* The runtime in the first part of the memory, the container in the rest. */
static bool
load(const uint8_t *board, const uint8_t *board_end, const uint8_t *guest,
     const uint8_t *guest_end, struct wio_runtime **runtime,
     wio_container_id *id)
{
    const struct wio_runtime_config config = {
        .port = &port,
        .board = board,
        .board_len = (uint32_t)(board_end - board),
        .memory = bench_memory,
        .memory_bytes = RUNTIME_BYTES,
    };

    wio_report_clear(&report);
    bench_error = report.text;
    return wio_runtime_create(&config, runtime, &report) == 0
           && wio_runtime_load(*runtime, guest, (uint32_t)(guest_end - guest),
                               bench_memory + RUNTIME_BYTES,
                               bench_memory_bytes - RUNTIME_BYTES, id,
                               &report) == 0;
}

static const struct {
    const uint8_t *bytes;
    const uint8_t *end;
} guests[] = {
    [BENCH_LOOP] = { guest_product, guest_product_end },
#if defined(BENCH_LADDER)
    [BENCH_CALLS] = { guest_ladder, guest_ladder_end },
    [BENCH_WINDOWS] = { guest_ladder_linked, guest_ladder_linked_end },
#endif
};

bool
bench_product(const struct bench_case *self, uint32_t n, uint32_t *result)
{
    struct wio_runtime *runtime;
    wio_container_id id;
    uint32_t n_results;
    uint32_t opened;

    return load(guest_board, guest_board_end, guests[self->guest].bytes,
                guests[self->guest].end, &runtime, &id)
           && wio_runtime_call(runtime, id, "open_window", 0, 0, &opened, 1,
                               &n_results, &report) == 0
           && wio_runtime_call(runtime, id, self->of.export_name, &n, 1,
                               result, 1, &n_results, &report) == 0;
}

#if defined(BENCH_TMP105)
bool
bench_tmp105_sizes(void (*emit)(const char *guest, const char *what,
                                uint32_t value))
{
    struct wio_container_info info;
    struct wio_runtime *runtime;
    wio_container_id id;

    if (!load(guest_mps2, guest_mps2_end, guest_tmp105, guest_tmp105_end,
              &runtime, &id)
        || wio_runtime_info(runtime, id, &info) != 0) {
        return false;
    }
    emit("tmp105", "file_bytes", (uint32_t)(guest_tmp105_end - guest_tmp105));
    emit("tmp105", "code_bytes", info.code_bytes);
    emit("tmp105", "compiled_bytes", info.compiled_bytes);
    emit("tmp105", "arena_bytes", info.arena_bytes);
    emit("tmp105", "memory_bytes", info.memory_bytes);
    return true;
}
#endif
