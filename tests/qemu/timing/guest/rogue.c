/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A container that behaves, or does not: the scenario chooses which handler
 * and which main by writing their names into the configuration.
 */
#include <wasmio/core.h>
#include <wasmio/irq.h>
#include <wasmio/mmio.h>
#include <wasmio/sync.h>

WASMIO_HANDLER_STACK(128);

static int32_t window;
static int32_t line;
static volatile uint32_t work_done;
static volatile uint32_t sink;

static int32_t
open_named(const char *name, uint32_t len)
{
    return wasmio_open(name, len);
}

WASMIO_EXPORT("wasmio-init")
int32_t
init(void)
{
#ifdef ROGUE_INIT_LOOPS
    for (;;) {
        work_done++;
    }
#endif
    window = open_named("window", 6);
    line = open_named("line", 4);
    return wasmio_irq_enable(line);
}

static void
work(uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        work_done += (uint32_t)wasmio_mmio_read32(window, 0);
    }
}

static void
loop(void)
{
    for (;;) {
        work_done++;
    }
}

/* Deeper than any stack: of frames, or of the shadow stack. */
static uint32_t
smash(uint32_t depth)
{
    volatile uint32_t frame[16];

    for (uint32_t i = 0; i < 16; i++) {
        frame[i] = depth + i;
    }
    return depth == 0 ? frame[3] : smash(depth - 1) + frame[depth % 16];
}

#define HANDLER(n, text) \
    WASMIO_EXPORT(#n) void n(uint32_t count, uint32_t ts_lo, uint32_t ts_hi); \
    void n(uint32_t count, uint32_t ts_lo, uint32_t ts_hi) \
    { (void)count; (void)ts_lo; (void)ts_hi; text }
#define MAIN(n, text) \
    WASMIO_EXPORT(#n) void n(void); \
    void n(void) { text }

HANDLER(handler0, work(2);)
HANDLER(handler1, loop();)
HANDLER(handler2, __builtin_trap();)
HANDLER(handler3, sink = (uint32_t)__builtin_wasm_memory_grow(0, 16);)
HANDLER(handler4, sink = smash(400);)
HANDLER(handler5, sink = (uint32_t)wasmio_irq_wait(line, 1000); work(2);)
HANDLER(handler6, wasmio_irq_mask(); loop();)
HANDLER(handler7, wasmio_irq_mask(); work(2);)
HANDLER(handler8, wasmio_irq_disable(line); wasmio_irq_enable(line);
        wasmio_irq_ack(line); work(2);)

MAIN(main0, work(8);)
MAIN(main1, loop();)
MAIN(main2, __builtin_trap();)
MAIN(main3, wasmio_irq_mask(); loop();)
MAIN(main4, wasmio_irq_mask(); work(4);)
MAIN(main5, sink = smash(4000);)
MAIN(main6, sink = (uint32_t)__builtin_wasm_memory_grow(0, 16); work(8);)
MAIN(main7, for (;;) { sink = (uint32_t)wasmio_irq_wait(line, 3000); work(4); })
