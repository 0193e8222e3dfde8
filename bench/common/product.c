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

#define RUNTIME_BYTES 65536u

/* -- A port with a clock that stands still and no devices ------------------------- */

static uint64_t
now_ns(void *ctx)
{
    (void)ctx;
    return 0;
}

static void
delay_ns(void *ctx, uint64_t ns)
{
    (void)ctx;
    (void)ns;
}

static uint32_t
irq_save(void *ctx)
{
    (void)ctx;
    return 0;
}

static void
irq_restore(void *ctx, uint32_t key)
{
    (void)ctx;
    (void)key;
}

static void
log_line(void *ctx, enum wio_log_level level, const char *text, uint32_t len)
{
    (void)ctx;
    (void)level;
    (void)text;
    (void)len;
}

/* Register blocks are memory where the board says; nothing else is there. */
static int
controller(void *ctx, const struct wio_controller_info *info,
           struct wio_controller *out)
{
    (void)ctx;
    if (info->class != WIO_CONTROLLER_MMIO) {
        return WIO_ERR_NOT_SUPPORTED;
    }
    out->ops.mmio = 0;
    out->ctx = 0;
    return 0;
}

static const struct wio_port_core_ops core_ops = {
    .now_ns = now_ns,
    .delay_ns = delay_ns,
    .irq_save = irq_save,
    .irq_restore = irq_restore,
    .log = log_line,
};

static const struct wio_port port = {
    .name = "bench",
    .core = &core_ops,
    .controller = controller,
};

/* -- The case ------------------------------------------------------------------------ */

bool
bench_product_mmio(const struct bench_case *self, uint32_t n,
                   uint32_t *result)
{
    static struct wio_report report;
    const struct wio_runtime_config config = {
        .port = &port,
        .board = guest_board,
        .board_len = (uint32_t)(guest_board_end - guest_board),
        .memory = bench_memory,
        .memory_bytes = RUNTIME_BYTES,
    };
    struct wio_runtime *runtime;
    wio_container_id id;
    uint32_t n_results;
    uint32_t opened;

    (void)self;
    wio_report_clear(&report);
    bench_error = report.text;
    return wio_runtime_create(&config, &runtime, &report) == 0
           && wio_runtime_load(runtime, guest_product,
                               (uint32_t)(guest_product_end - guest_product),
                               bench_memory + RUNTIME_BYTES,
                               bench_memory_bytes - RUNTIME_BYTES, &id,
                               &report) == 0
           && wio_runtime_call(runtime, id, "open_window", 0, 0, &opened, 1,
                               &n_results, &report) == 0
           && wio_runtime_call(runtime, id, "mmio_loop", &n, 1, result, 1,
                               &n_results, &report) == 0;
}
