/* SPDX-License-Identifier: Apache-2.0 */
/* Sets a kernel timer's period and counts its interrupts. */
#include <wasmio/core.h>
#include <wasmio/irq.h>
#include <wasmio/mmio.h>
#include <wasmio/point.h>
#include <wasmio/sync.h>

#define PERIOD 0u
#define PERIOD_US 12000u

WASMIO_HANDLER_STACK(128);

static struct wasmio_counter ticks;
static int32_t point;
static bool told;

WASMIO_EXPORT("wasmio-init")
int32_t
init(void)
{
    int32_t timer = wasmio_open("timer", 5);
    int32_t err;

    point = wasmio_open("ticks", 5);
    err = wasmio_mmio_write32(timer, PERIOD, PERIOD_US);
    return err ? err : wasmio_irq_enable(wasmio_open("tick", 4));
}

WASMIO_EXPORT("on-tick")
void on_tick(uint32_t count, uint32_t ts_lo, uint32_t ts_hi);
void
on_tick(uint32_t count, uint32_t ts_lo, uint32_t ts_hi)
{
    (void)ts_lo;
    (void)ts_hi;
    wasmio_counter_add(&ticks, count & WIO_ABI_IRQ_COUNT);
    if (!told) {
        told = true;
        WASMIO_LOG(WIO_ABI_LOG_INFO, "the first tick");
    }
}

WASMIO_EXPORT("publish")
void publish(void);
void
publish(void)
{
    (void)wasmio_point_set_i32(point, (int32_t)wasmio_counter_read(&ticks));
}
