/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/aot/test_anytime.c on a Cortex-M4, where a prepared call is
 * entered in assembly: SysTick interrupts a call at one distance after the
 * other, and its handler is the port that calls a handler's native function
 * itself. Prints
 *
 *     row <calls> <interrupts> <places> <wrong>
 *
 * for calls that return and for calls that trap: how often it was called and
 * interrupted within, at how many instructions of wio_engine_enter(), and what
 * was not as it should be.
 *
 * Facts: DDI 0403E.e, B1.5.6 (stacked frame), B3.2.4 (ICSR), B3.3 (SysTick).
 */
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
    run.n_wrong += instance->exec != run.exec;
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
        wio_engine_exec_create(&arena, STACK_BYTES, &run.handler_exec)) {
        give_up(report.text);
    }
    wio_engine_set_handler(run.handler_exec, true);
    func = find("on-interrupt");
    if (!wio_engine_native_handler(run.handler_exec, &func, no_unwinding, 0,
                                   &run.handler)) {
        give_up("its handler is not native");
    }
}

/* -- Calls ------------------------------------------------------------------------- */

static void
call(uint32_t *args, uint32_t ticks)
{
    struct wio_trap trap = { .cause = WIO_TRAP_NONE };
    int err;

    args[0] = 4;
    wio_engine_set_steps(run.exec, WIO_STEPS_MAX);
    *startup_reg(SYST_RVR) = ticks;
    *startup_reg(SYST_CVR) = 0;
    *startup_reg(SYST_CSR) = 7u;    /* processor clock, interrupt, enable */
    err = wio_engine_enter(run.exec, &trap);
    stop_clock();
    if (run.raises) {
        run.n_wrong += err != WIO_ERR_TRAPPED || trap.code != CODE;
    } else {
        run.n_wrong += err != 0 || args[0] != 5;
    }
    run.n_wrong += run.instance->exec != 0 || run.handler.context[0] != 0;
}

static void
play(bool raises)
{
    const struct wio_func func = find("enter");
    uint32_t *args = wio_engine_prepare(run.exec, &func);
    uint32_t n_places = 0;

    if (!args) {
        give_up("it cannot be prepared");
    }
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
    console_early_init();
    startup_set_vector(STARTUP_SYSTICK, on_tick);
    load();
    play(false);
    play(true);
    console_early_print("end\n");
    return 0;
}
