/* SPDX-License-Identifier: Apache-2.0 */
/*
 * on_a keeps its budget, on_b never ends, tick is what on_a interrupts: it
 * triggers line A itself, from the middle of its own code.
 */
#include <wasmio/core.h>
#include <wasmio/irq.h>
#include <wasmio/mmio.h>
#include <wasmio/sync.h>

WASMIO_HANDLER_STACK(128);

static int32_t trigger;
static int32_t window;
static int32_t line_a;
static int32_t line_b;
static uint32_t line_number;
static uint32_t n_runaways;
static volatile uint32_t seen;
static volatile uint32_t work_done;
static volatile uint8_t block[64];

WASMIO_EXPORT("wasmio-init")
int32_t
init(void)
{
    trigger = wasmio_open("trigger", 7);
    line_a = wasmio_open("line-a", 6);
    window = wasmio_open("window", 6);
    line_b = wasmio_open("line-b", 6);
    if (trigger < 0 || line_a < 0 || window < 0 || line_b < 0) {
        return -1;
    }
    (void)wasmio_irq_enable(line_a);
    return wasmio_irq_enable(line_b);
}

/* What tick triggers, 0: nothing. */
WASMIO_EXPORT("use_line") int32_t use_line(uint32_t number);
int32_t
use_line(uint32_t number)
{
    line_number = number;
    return 0;
}

WASMIO_EXPORT("on_a") void on_a(uint32_t count, uint32_t lo, uint32_t hi);
void
on_a(uint32_t count, uint32_t lo, uint32_t hi)
{
    seen = count;
    (void)lo;
    (void)hi;
}

/* Endless: pure computation, calls of a host function, bulk memory. */
WASMIO_EXPORT("on_b") void on_b(uint32_t count, uint32_t lo, uint32_t hi);
void
on_b(uint32_t count, uint32_t lo, uint32_t hi)
{
    (void)count;
    (void)lo;
    (void)hi;
    switch (n_runaways++ % 3u) {
    case 0:
        for (;;) {
            work_done++;
        }
    case 1:
        for (;;) {
            work_done += (uint32_t)wasmio_mmio_read32(window, 0);
        }
    default:
        for (;;) {
            __builtin_memset((void *)(uintptr_t)block, 1, sizeof block);
            work_done++;
        }
    }
}

static void
work(uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        work_done += i;
    }
}

WASMIO_EXPORT("tick") void tick(void);
void
tick(void)
{
    static uint32_t phase;

    phase = (phase + 1u) % 7u;
    work(phase);
    if (line_number != 0) {
        (void)wasmio_mmio_write32(trigger, 0, line_number);
    }
    work(5);
    (void)wasmio_irq_mask();
    (void)wasmio_irq_unmask();
    work(5);
}
