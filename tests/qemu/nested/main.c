/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine entered by an interrupt, at any machine instruction of itself.
 *
 * main runs the guest tests/sim/share.c; SysTick, set to a random distance,
 * interrupts it wherever it is - between two operators of the loop, in the
 * middle of one, in a host's function of the engine - and calls the guest's
 * handler on an execution context of its own. Nothing is deferred: this is
 * more than a port does, which enters from an interrupt of its own as well but
 * with a scheduler around it. A scenario prints
 *
 *     row <scenario> <the guest's reports, in their order> <traps>
 *
 * Beside the two builds of the guest done right there are the same with one
 * protection left out; these must be wrong.
 *
 * Facts: DDI 0403E.e, B3.2.4 (ICSR), B3.3 (SysTick).
 */
#include "startup/startup.h"

#include "engine/engine.h"

#define SYST_CSR 0xe000e010u
#define SYST_RVR 0xe000e014u
#define SYST_CVR 0xe000e018u
#define ICSR 0xe000ed04u
#define ICSR_PENDSTCLR (1u << 25)

#define ARENA_BYTES 24576u
#define EXEC_BYTES 4096u
#define STEPS 50000u                /* of one call: a spoilt loop ends */
#define N_REPORTS 13u
#define FEW 3000u
#define MANY 101000u

extern const uint8_t guest_wasm[];
extern const uint8_t guest_wasm_end[];
extern const uint8_t atomics_wasm[];
extern const uint8_t atomics_wasm_end[];

struct scenario {
    const char *name;
    bool atomics;
    bool mains_stack;               /* the handler goes on where main stands */
    bool not_put_back;              /* __stack_pointer after the handler */
    bool no_lock;
    uint32_t n_entries;
};

static const struct scenario scenarios[] = {
    { "volatile", false, false, false, false, MANY },
    { "atomics", true, false, false, false, MANY },
    { "mains-stack", true, true, false, false, FEW },
    { "not-put-back", true, false, true, false, FEW },
    { "no-lock", true, false, false, true, MANY },
};

static uint8_t arena_memory[ARENA_BYTES] __attribute__((aligned(8)));

static struct {
    const struct scenario *scenario;
    struct wio_instance *instance;
    struct wio_exec *main_exec;
    struct wio_exec *handler_exec;
    struct wio_func handler;
    uint32_t *stack_pointer;
    uint32_t handler_stack_end;
    volatile uint32_t n_left;
    volatile uint32_t n_traps;
} run;

static uint32_t seed = 1;

/* -- Printing ------------------------------------------------------------------ */

static void
put(const char *text)
{
    console_early_print(text);
}

static void
put_number(uint32_t value)
{
    console_early_print(" ");
    console_early_number(value);
}

__attribute__((noreturn)) static void
give_up(const char *why)
{
    put("fail ");
    put(why);
    put("\n");
    semihost_exit(1);
}

/* -- Interrupts ------------------------------------------------------------------ */

static uint32_t
next_random(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 17;
    seed ^= seed << 5;
    return seed;
}

/* From the next few instructions to some thousand, as often each. */
static void
arm(void)
{
    uint32_t mask = (2u << next_random() % 11u) - 1u;

    *startup_reg(SYST_RVR) = 1u + (next_random() & mask);
    *startup_reg(SYST_CVR) = 0;
    *startup_reg(SYST_CSR) = 7u;    /* processor clock, interrupt, enable */
}

static void
on_tick(void)
{
    const uint32_t args[3] = { 1, 0, 0 };
    struct wio_trap trap;
    uint32_t sp = *run.stack_pointer;

    *startup_reg(SYST_CSR) = 0;
    *startup_reg(ICSR) = ICSR_PENDSTCLR;    /* a short one is over again */
    if (!run.scenario->mains_stack) {
        *run.stack_pointer = run.handler_stack_end;
    }
    wio_engine_set_steps(run.handler_exec, STEPS);
    if (wio_engine_call(run.handler_exec, &run.handler, args, 3, 0, &trap)) {
        run.n_traps++;
    }
    if (!run.scenario->not_put_back) {
        *run.stack_pointer = sp;
    }
    if (--run.n_left > 0) {
        arm();
    }
}

static uint32_t
enter_lock(void *ctx)
{
    uint32_t key;

    (void)ctx;
    __asm__ volatile("mrs %0, primask\n cpsid i" : "=r"(key) :: "memory");
    return key;
}

static void
leave_lock(void *ctx, uint32_t key)
{
    (void)ctx;
    __asm__ volatile("msr primask, %0" :: "r"(key) : "memory");
}

static const struct wio_engine_lock lock = { enter_lock, leave_lock, 0 };

/* -- The guest -------------------------------------------------------------------- */

static struct wio_extern
find(const char *name)
{
    struct wio_extern found;

    if (!wio_engine_find(run.instance, name, &found)) {
        give_up(name);
    }
    return found;
}

static int
no_imports(void *ctx, const struct wio_import_info *import,
           struct wio_extern *found, struct wio_report *report)
{
    (void)ctx;
    (void)import;
    (void)found;
    (void)report;
    return WIO_ERR_UNLINKABLE;
}

static void
load(const struct scenario *scenario)
{
    const uint8_t *bytes = scenario->atomics ? atomics_wasm : guest_wasm;
    const uint8_t *end = scenario->atomics ? atomics_wasm_end
                                           : guest_wasm_end;
    const struct wio_instance_limits limits = {
        .memory_bytes = ARENA_BYTES, .table_elements = 4
    };
    struct wio_module *module;
    struct wio_report report = { .code = 0 };
    struct wio_arena arena;
    struct wio_trap trap;

    wio_arena_init(&arena, arena_memory, sizeof arena_memory);
    if (wio_engine_load(bytes, (uint32_t)(end - bytes), WIO_FEATURE_ALL,
                        &arena, &module, &report) ||
        wio_engine_instantiate(module, 0, no_imports, 0, 0, &limits, &arena,
                               &run.instance, &trap, &report) ||
        wio_engine_exec_create(&arena, EXEC_BYTES, &run.main_exec) ||
        wio_engine_exec_create(&arena, EXEC_BYTES, &run.handler_exec)) {
        give_up(report.text);
    }
    wio_engine_set_handler(run.handler_exec, true);
    wio_engine_set_lock(run.instance, scenario->no_lock ? 0 : &lock);
    run.scenario = scenario;
    run.handler = find("on-edge").func;
    run.stack_pointer =
        wio_engine_global_word(find("__stack_pointer").of.global);
    run.handler_stack_end =
        *wio_engine_global_word(find("wasmio_handler_stack_end").of.global);
    run.n_left = scenario->n_entries;
    run.n_traps = 0;
}

/* The low word of what it returns. */
static uint32_t
call(const char *name, const uint32_t *args, uint32_t n_args)
{
    struct wio_extern found = find(name);
    struct wio_trap trap;
    uint32_t results[2] = { 0, 0 };

    wio_engine_set_steps(run.main_exec, STEPS);
    if (wio_engine_call(run.main_exec, &found.func, args, n_args, results,
                        &trap)) {
        run.n_traps++;
    }
    return results[0];
}

static void
play(const struct scenario *scenario)
{
    load(scenario);
    if (call("wasmio-init", 0, 0)) {
        give_up("init");
    }
    arm();
    while (run.n_left > 0) {
        (void)call("poll", 0, 0);
    }
    put("row ");
    put(scenario->name);
    for (uint32_t i = 0; i < N_REPORTS; i++) {
        put_number(call("report", &i, 1));
    }
    put_number(run.n_traps);
    put("\n");
}

int
main(void)
{
    console_early_init();
    startup_set_vector(STARTUP_SYSTICK, on_tick);
    for (uint32_t i = 0; i < sizeof scenarios / sizeof scenarios[0]; i++) {
        play(&scenarios[i]);
    }
    put("end\n");
    return 0;
}
