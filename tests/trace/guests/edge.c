/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counts edges in a handler and publishes their number from main, which keeps
 * the handler out while it reads two words that belong together. EDGE_RUNAWAY:
 * its handler never returns from the twentieth time on.
 */
#include <wasmio/core.h>
#include <wasmio/irq.h>
#include <wasmio/mmio.h>
#include <wasmio/point.h>
#include <wasmio/sync.h>

#define AWRY 20u

WASMIO_HANDLER_STACK(128);

static int32_t window;
static int32_t line;
static int32_t edges;
static struct wasmio_counter seen;
static uint32_t low;
static volatile uint32_t work_done;

WASMIO_EXPORT("wasmio-init")
int32_t
init(void)
{
    window = WASMIO_OPEN("window");
    line = WASMIO_OPEN("line");
    edges = WASMIO_OPEN("edges");
    return wasmio_irq_enable(line);
}

static void
work(uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        work_done += (uint32_t)wasmio_mmio_read32(window, 0);
    }
}

WASMIO_EXPORT("on-edge")
void on_edge(uint32_t count, uint32_t ts_lo, uint32_t ts_hi);
void
on_edge(uint32_t count, uint32_t ts_lo, uint32_t ts_hi)
{
    (void)ts_hi;
    wasmio_counter_add(&seen, count & 0x7fffffffu);
    wasmio_store(&low, ts_lo);
    work(30);
#ifdef EDGE_RUNAWAY
    while (wasmio_load(&seen.added) >= AWRY) {
        work_done++;
    }
#endif
}

WASMIO_EXPORT("poll")
void poll(void);
void
poll(void)
{
    uint32_t n;

    work(500);
    (void)wasmio_irq_mask();
    n = wasmio_counter_read(&seen);
    work_done = wasmio_load(&low);
    work(20);
    (void)wasmio_irq_unmask();
    (void)wasmio_point_set_i32(edges, (int32_t)n);
    work(250);
}
