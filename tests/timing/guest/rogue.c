/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A container that behaves, or does not: the scenario chooses which handler
 * and which main by writing their names into the configuration.
 */
#include <wasmio/core.h>
#include <wasmio/i2c.h>
#include <wasmio/irq.h>
#include <wasmio/mmio.h>
#include <wasmio/sync.h>
#include <wasmio/time.h>

WASMIO_HANDLER_STACK(128);

static int32_t window;
static int32_t line;
static int32_t bus;                 /* negative where there is none */
static volatile uint32_t work_done;
static volatile uint32_t sink;
static volatile uint32_t handled;
static uint32_t spins_of_handler;
static uint32_t spins_of_main;
static uint32_t spins_locked;

/* With the stubs and timers that come meanwhile less than max-lock-us. */
#define LOCKED_NS 5000u
#ifdef ROGUE_COMPILED
#define SPINS_A_ROUND 1280u         /* native spins are that much shorter */
#else
#define SPINS_A_ROUND 128u
#endif

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
    bus = open_named("bus", 3);
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
spin(uint32_t n)
{
    while (n--) {
        work_done++;
    }
}

#define TRIAL_SPINS 200u
#define N_TRIALS 8u

/* Nanoseconds of a spin: the least of some trials, for others come between. */
static uint32_t
spin_ns(void)
{
    uint32_t least = UINT32_MAX;

    for (uint32_t i = 0; i < N_TRIALS; i++) {
        uint64_t begin = wasmio_now_ns();
        uint32_t took;

        spin(TRIAL_SPINS);
        took = (uint32_t)(wasmio_now_ns() - begin);
        least = took < least ? took : least;
    }
    return least / TRIAL_SPINS + 1;
}

/* How long an activation shall take, processor time. */
WASMIO_EXPORT("set")
int32_t
set(uint32_t handler_us, uint32_t main_us)
{
    uint32_t ns = spin_ns();

    spins_of_handler = handler_us * 1000 / ns;
    spins_of_main = main_us * 1000 / ns;
    spins_locked = LOCKED_NS / ns;
    return 0;
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

HANDLER(handler0, handled++; spin(spins_of_handler);)
HANDLER(handler1, loop();)
HANDLER(handler2, __builtin_trap();)
HANDLER(handler3, sink = (uint32_t)__builtin_wasm_memory_grow(0, 16);)
HANDLER(handler4, sink = smash(400);)
HANDLER(handler5, sink = (uint32_t)wasmio_irq_wait(line, 1000); work(2);)
HANDLER(handler6, wasmio_irq_mask(); loop();)
HANDLER(handler7, wasmio_irq_mask(); work(2);)
HANDLER(handler8, wasmio_irq_disable(line); wasmio_irq_enable(line);
        wasmio_irq_ack(line); work(2);)
HANDLER(handler9, spin(spins_of_handler);)

MAIN(main0, work(8);)
MAIN(main1, loop();)
MAIN(main2, __builtin_trap();)
MAIN(main3, wasmio_irq_mask(); loop();)
MAIN(main4, wasmio_irq_mask(); work(4);)
MAIN(main5, sink = smash(4000);)
MAIN(main6, sink = (uint32_t)__builtin_wasm_memory_grow(0, 16); work(8);)

/* Part of its work is done under its lock: nothing handles a line meanwhile. */
static void
work_locked(void)
{
    uint32_t n_rounds = 1 + spins_of_main / SPINS_A_ROUND;

    for (uint32_t i = 0; i < n_rounds; i++) {
        uint32_t before;

        spin(spins_of_main / n_rounds);
        wasmio_irq_mask();
        before = handled;
        spin(spins_locked);
        if (handled != before) {
            __builtin_trap();
        }
        wasmio_irq_unmask();
    }
}

MAIN(main8, work_locked();)
MAIN(main7, for (;;) { sink = (uint32_t)wasmio_irq_wait(line, 3000); work(4); })

/* No back-edge and no call of a function of its own: nothing that looks at
 * the budget, and nearly all of the time is spent in the host. */
static char text_of_error[96];
#define FOUR(x) x x x x
#define STRAIGHT(x) FOUR(FOUR(FOUR(x)))

static void
ask_straight_on(void)
{
    sink = (uint32_t)wasmio_irq_enable(0x7fffffff);
    STRAIGHT(wasmio_last_error_text(text_of_error, 96);)
    STRAIGHT(wasmio_last_error_text(text_of_error, 96);)
    STRAIGHT(wasmio_last_error_text(text_of_error, 96);)
    STRAIGHT(wasmio_last_error_text(text_of_error, 96);)
}

HANDLER(handlera, ask_straight_on();)
MAIN(maina, ask_straight_on();)
HANDLER(handlerb, for (;;) { wasmio_irq_disable(line);
                             wasmio_irq_enable(line); })
MAIN(mainb, for (;;) { wasmio_irq_disable(line); wasmio_irq_enable(line);
                       wasmio_irq_ack(line); })
MAIN(mainh, wasmio_irq_enable(line);)
HANDLER(handlerc, for (uint32_t i = 0; i < 300; i++) { wasmio_irq_mask(); }
        for (;;) { wasmio_irq_unmask(); })
MAIN(mainc, for (;;) { wasmio_irq_mask(); wasmio_irq_unmask(); })
MAIN(maind, for (;;) { sink = (uint32_t)wasmio_irq_wait(line, 0); })
HANDLER(handlere, for (;;) { wasmio_log(1, text_of_error, 96); })
MAIN(maine, for (;;) { wasmio_log(1, text_of_error, 96); })

/* Waits in every other of its periods, and its operation runs meanwhile. */
WASMIO_EXPORT("poke")
int32_t
poke(void)
{
    return (int32_t)handled;
}

MAIN(mainf, sink = (uint32_t)wasmio_irq_wait(line, 0); work(1);)

/* A transfer is on its way when the budget ends, each time at another place. */
static uint32_t n_before;
MAIN(maing, spin(n_before += 17);
     for (;;) { sink = (uint32_t)wasmio_i2c_read(bus, 0, text_of_error, 16); })
