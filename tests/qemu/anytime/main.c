/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/aot/test_anytime.c on a Cortex-M4, where a prepared call and a
 * handler's activation by the port are assembly: SysTick interrupts them at one
 * distance after the other, and its handler is a port that calls a handler's
 * native function itself. Prints
 *
 *     row <calls> <interrupts> <places> <wrong>
 *
 * for calls that return, calls that trap, and the same of activations: how often
 * it was called and interrupted within, at how many instructions of
 * wio_engine_enter(), and what was not as it should be.
 *
 * Facts: DDI 0403E.e, B1.5.6 (stacked frame), B3.2.4 (ICSR), B3.3 (SysTick),
 * B3.4.6 (NVIC_ISPR).
 */
#include "direct.h"
#include "startup/startup.h"

#include "engine/aot/attach.h"
#include "engine/aot/image.h"
#include "engine/engine.h"

#define SYST_CSR 0xe000e010u
#define SYST_RVR 0xe000e014u
#define SYST_CVR 0xe000e018u
#define ICSR 0xe000ed04u
#define ICSR_PENDSTCLR (1u << 25)
#define FRAME_PC 6u                 /* words */
#define NVIC_ISPR 0xe000e200u
#define LINE 20u                    /* of no device; less urgent than SysTick */
#define LINE_PRIORITY 2u
#define BUDGET_TICKS 25000u         /* a millisecond: it is not used up */

#define TICKS_MAX 600u              /* longer than any of the calls */
#define ENTER_BYTES 128u            /* more than wio_engine_enter() has */
#define STACK_BYTES 2048u
#define CODE 77

extern const struct wio_aot_image wio_image;
extern const uint8_t guest_wasm[];
extern const uint8_t guest_wasm_end[];

static uint8_t arena_memory[320u << 10] __attribute__((aligned(8)));

static struct {
    struct wio_instance *instance;
    struct wio_exec *exec;
    struct wio_exec *handler_exec;
    struct wio_native_handler handler;
    struct wio_exec *slot_exec;     /* of what the port activates */
    struct wio_port_direct slot;
    const struct wio_exec *expected;   /* whose turn it is in the host */
    bool raises;
    volatile uint32_t n_interrupts;
    volatile uint32_t n_wrong;
    uint8_t seen[ENTER_BYTES / 2u];
} run;

__attribute__((noreturn)) static void
give_up(const char *why)
{
    console_early_print("fail ");
    console_early_print(why);
    console_early_print("\n");
    semihost_exit(1);
}

/* -- The port ------------------------------------------------------------------ */

static void
stop_clock(void)
{
    *startup_reg(SYST_CSR) = 0;
    *startup_reg(ICSR) = ICSR_PENDSTCLR;
}

/* See struct wio_native_handler. @frame: what was interrupted. */
__attribute__((used)) static void
tick(const uint32_t *frame)
{
    const uint32_t at =
        frame[FRAME_PC] - ((uint32_t)(uintptr_t)wio_engine_enter & ~1u);
    uintptr_t *context = run.handler.context;
    const uintptr_t kept[2] = { context[0], context[1] };
    struct wio_trap trap;

    stop_clock();
    context[0] = (uintptr_t)run.handler_exec;
    context[1] = (uintptr_t)&trap - run.handler.room;
    run.instance->exec = run.handler_exec;
    run.handler.call(1, 0, 0);
    context[0] = kept[0];
    context[1] = kept[1];
    run.n_wrong += wio_engine_left_handler(run.handler_exec, run.instance,
                                           &trap) != 0;
    run.n_interrupts++;
    if (at < ENTER_BYTES) {
        run.seen[at / 2u] = 1;
    }
}

__attribute__((naked)) static void
on_tick(void)
{
    __asm__ volatile("mov r0, sp\n b tick");
}

static void
no_unwinding(void *ctx)
{
    (void)ctx;
    give_up("the handler trapped");
}

/* -- The guest ------------------------------------------------------------------- */

static uint32_t
host_enter(struct wio_instance *instance, uint32_t arg)
{
    run.n_wrong += instance->exec != run.expected;
    if (run.raises) {
        wio_engine_raise(instance, WIO_TRAP_HOST, CODE);
    }
    return arg;
}

static int
resolve(void *ctx, const struct wio_import_info *import,
        struct wio_extern *found, struct wio_report *report)
{
    static const struct wio_host_func func = {
        "h", "enter", "i:i", (wio_host_fn)host_enter, 0
    };

    (void)ctx;
    (void)import;
    (void)report;
    *found = (struct wio_extern){ .kind = WIO_EXTERN_FUNC,
                                  .of.host_func = &func };
    return 0;
}

static struct wio_func
find(const char *name)
{
    struct wio_extern found;

    if (!wio_engine_find(run.instance, name, &found)) {
        give_up(name);
    }
    return found.func;
}

static void
load(void)
{
    const struct wio_instance_limits limits = { 2u << 16, 2, false };
    struct wio_report report = { .code = 0 };
    struct wio_module *module;
    struct wio_arena arena;
    struct wio_trap trap;
    struct wio_func func;

    wio_arena_init(&arena, arena_memory, sizeof arena_memory);
    if (wio_engine_load(guest_wasm, (uint32_t)(guest_wasm_end - guest_wasm),
                        WIO_FEATURE_ALL, &arena, &module, &report) ||
        wio_engine_attach(module, &wio_image, &report) ||
        wio_engine_instantiate(module, 0, resolve, 0, 0, &limits, &arena,
                               &run.instance, &trap, &report) ||
        wio_engine_exec_create(&arena, STACK_BYTES, &run.exec) ||
        wio_engine_exec_create(&arena, STACK_BYTES, &run.handler_exec) ||
        wio_engine_exec_create(&arena, STACK_BYTES, &run.slot_exec)) {
        give_up(report.text);
    }
    wio_engine_set_handler(run.handler_exec, true);
    func = find("on-interrupt");
    if (!wio_engine_native_handler(run.handler_exec, &func, no_unwinding, 0,
                                   &run.handler)) {
        give_up("its handler is not native");
    }
}

/* -- Activations ---------------------------------------------------------------------- */

static void *current;
static uint32_t shadow_stack;
static struct wio_port_event event;

static void
begun_over(void *self)
{
    (void)self;
    run.n_wrong++;                  /* no countdown was going on */
}

static void
done(void *self, void *below, uint32_t below_left, bool was_cut)
{
    struct wio_trap trap = { .cause = WIO_TRAP_NONE };
    int err = wio_engine_left_handler(run.slot_exec, run.instance, &trap);

    (void)self;
    (void)below_left;
    current = below;
    (void)cm_soc_budget_swap(0, 0);
    run.n_wrong += run.raises ? err != WIO_ERR_TRAPPED || trap.code != CODE ||
                                    !was_cut
                              : err != 0 || was_cut;
    event.busy = 0;
}

static void
budget_over(void)
{
    give_up("a budget was used up");
}

static void
open_slot(void)
{
    const struct wio_func func = find("on-interrupt-enter");
    struct wio_native_handler native;

    wio_engine_set_handler(run.slot_exec, true);
    if (!wio_engine_native_handler(run.slot_exec, &func, cm_unwind, 0,
                                   &native)) {
        give_up("the slot's handler is not native");
    }
    run.slot = (struct wio_port_direct){
        .budget_ticks = BUDGET_TICKS,
        .current = &current,
        .stack_pointer = &shadow_stack,
        .context = native.context,
        .own = (uintptr_t)run.slot_exec,
        .room = native.room,
        .n_new = &event.n_new,
        .fn = (void (*)(uint32_t, uint32_t, uint32_t,
                        void *))(void (*)(void))native.call,
        .running = (uintptr_t *)(void *)&run.instance->exec,
        .done = done,
        .begun_over = begun_over,
    };
    cm_soc_budget_init(budget_over);
    cm_direct_slot(LINE, &run.slot);
    startup_irq_enable(LINE, LINE_PRIORITY);
}

static void
activate(void)
{
    event = (struct wio_port_event){ .n_new = 1, .busy = 1 };
    wio_engine_set_steps(run.slot_exec, WIO_STEPS_MAX);
    *startup_reg(NVIC_ISPR + LINE / 32u * 4u) = 1u << LINE % 32u;
    __asm__ volatile("dsb\n isb" ::: "memory");
    run.n_wrong += event.busy != 0;
}

/* -- Calls ------------------------------------------------------------------------- */

/* The function that was prepared, or an activation of the slot, interrupted
 * after @ticks. */
static void
call(uint32_t *args, uint32_t ticks)
{
    struct wio_trap trap = { .cause = WIO_TRAP_NONE };
    int err;

    *startup_reg(SYST_RVR) = ticks;
    *startup_reg(SYST_CVR) = 0;
    *startup_reg(SYST_CSR) = 7u;    /* processor clock, interrupt, enable */
    if (args) {
        args[0] = 4;
        wio_engine_set_steps(run.exec, WIO_STEPS_MAX);
        err = wio_engine_enter(run.exec, &trap);
        stop_clock();
        run.n_wrong += run.raises ? err != WIO_ERR_TRAPPED || trap.code != CODE
                                  : err != 0 || args[0] != 5;
    } else {
        activate();
        stop_clock();
    }
    run.n_wrong += run.instance->exec != 0 || run.handler.context[0] != 0;
}

static void
play(uint32_t *args, bool raises)
{
    uint32_t n_places = 0;

    run.expected = args ? run.exec : run.slot_exec;
    run.raises = raises;
    run.n_interrupts = 0;
    run.n_wrong = 0;
    for (uint32_t i = 0; i < sizeof run.seen; i++) {
        run.seen[i] = 0;
    }
    for (uint32_t ticks = 1; ticks <= TICKS_MAX; ticks++) {
        call(args, ticks);
    }
    for (uint32_t i = 0; i < sizeof run.seen; i++) {
        n_places += run.seen[i];
    }
    console_early_print("row ");
    console_early_number(TICKS_MAX);
    console_early_print(" ");
    console_early_number(run.n_interrupts);
    console_early_print(" ");
    console_early_number(n_places);
    console_early_print(" ");
    console_early_number(run.n_wrong);
    console_early_print("\n");
}

int
main(void)
{
    struct wio_func func;
    uint32_t *args;

    console_early_init();
    startup_set_vector(STARTUP_SYSTICK, on_tick);
    load();
    func = find("enter");
    args = wio_engine_prepare(run.exec, &func);
    if (!args) {
        give_up("it cannot be prepared");
    }
    play(args, false);
    play(args, true);
    open_slot();
    play(0, false);
    play(0, true);
    console_early_print("end\n");
    return 0;
}
