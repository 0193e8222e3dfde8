/* SPDX-License-Identifier: Apache-2.0 */
/* The handler's first act is a store that the bench sees; main computes. */
#include <wasmio/core.h>
#include <wasmio/irq.h>
#include <wasmio/mmio.h>

WASMIO_HANDLER_STACK(128);

static int32_t window;
#ifdef PROBE_LOOPS
static volatile uint32_t rounds;
#endif

WASMIO_EXPORT("wasmio-init")
int32_t
init(void)
{
    window = wasmio_open("window", 6);
    return wasmio_irq_enable(wasmio_open("line", 4));
}

WASMIO_EXPORT("on-edge")
void on_edge(uint32_t count, uint32_t ts_lo, uint32_t ts_hi);
void
on_edge(uint32_t count, uint32_t ts_lo, uint32_t ts_hi)
{
    (void)ts_lo;
    (void)ts_hi;
    (void)wasmio_mmio_write32(window, 0, count);
}

WASMIO_EXPORT("compute")
void compute(void);
void
compute(void)
{
#ifdef PROBE_LOOPS
    for (;;) {
        rounds++;
    }
#endif
}
