/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A port calls a handler's native function itself, at any instruction: also
 * of the engine, while it enters native code, leaves it, or forgets a call
 * that was cut off. Here the processor's trap flag is the interrupt: SIGTRAP
 * comes behind every instruction, and its handler is the port.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/aot/attach.h"
#include "engine/aot/image.h"
#include "engine/engine.h"

#if defined(__x86_64__)

#define STACK_BYTES 8192u
#define CODE 77

extern const struct wio_aot_image wio_image;

struct world {
    uint8_t bytes[8192];
    uint8_t memory[1u << 20];
    struct wio_arena arena;
    struct wio_instance *instance;
    struct wio_exec *exec;
    struct wio_exec *handler;
    struct wio_native_handler native;
    bool leaves;                 /* the host function does not return */
    bool raises;
    uint32_t at;                 /* the instruction that is interrupted */
    uint32_t n_instructions;
    uint32_t n_interrupts;
    uint32_t n_bad;              /* handlers that trapped */
    uint32_t n_stray;            /* the host function saw another exec */
};

static struct world world;
static jmp_buf out;

/* -- The processor ---------------------------------------------------------- */

/* The red zone is the compiler's. */
#define TRAP_FLAG(operation) \
    __asm__ volatile("lea -128(%%rsp), %%rsp\n" \
                     "pushfq\n" operation "\n" \
                     "popfq\n" \
                     "lea 128(%%rsp), %%rsp" ::: "memory", "cc")

static void
step_by_step(void)
{
    TRAP_FLAG("orq $0x100, (%%rsp)");
}

static void
run_freely(void)
{
    TRAP_FLAG("andq $~0x100, (%%rsp)");
}

/* What a port does, see struct wio_native_handler. */
static void
interrupt(int signal_number)
{
    struct world *w = &world;
    uintptr_t *context = w->native.context;
    const uintptr_t kept[2] = { context[0], context[1] };
    struct wio_trap trap;

    (void)signal_number;
    if (w->n_instructions++ != w->at) {
        return;
    }
    context[0] = (uintptr_t)w->handler;
    context[1] = (uintptr_t)__builtin_frame_address(0) - w->native.room;
    w->instance->exec = w->handler;
    w->native.call(1, 0, 0);
    context[0] = kept[0];
    context[1] = kept[1];
    w->n_bad += wio_engine_left_handler(w->handler, w->instance, &trap) != 0;
    w->n_interrupts++;
}

/* -- The host ---------------------------------------------------------------- */

static uint32_t
host_enter(struct wio_instance *instance, uint32_t arg)
{
    struct world *w = instance->host;

    w->n_stray += instance->exec != w->exec;
    if (w->leaves) {
        longjmp(out, 1);
    }
    if (w->raises) {
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
find(struct world *w, const char *name)
{
    struct wio_extern found = { .kind = 0xff };

    if (!wio_engine_find(w->instance, name, &found)) {
        fail_msg("no export %s", name);
    }
    return found.func;
}

static void
no_unwinding(void *ctx)
{
    (void)ctx;
    fail_msg("the handler trapped");
}

static int
set_up(void **state)
{
    const struct wio_instance_limits limits = { 2u << 16, 2, false };
    struct world *w = &world;
    FILE *file = fopen(GUEST, "rb");
    struct wio_module *module;
    struct wio_report report;
    struct wio_trap trap;
    struct wio_func func;
    uint32_t n;

    memset(w, 0, sizeof *w);
    *state = w;
    if (!file) {
        return -1;
    }
    n = (uint32_t)fread(w->bytes, 1, sizeof w->bytes, file);
    (void)fclose(file);
    wio_report_clear(&report);
    wio_arena_init(&w->arena, w->memory, sizeof w->memory);
    if (wio_engine_load(w->bytes, n, WIO_FEATURE_ALL, &w->arena, &module,
                        &report) ||
        wio_engine_attach(module, &wio_image, &report) ||
        wio_engine_instantiate(module, NULL, resolve, NULL, w, &limits,
                               &w->arena, &w->instance, &trap, &report) ||
        wio_engine_exec_create(&w->arena, STACK_BYTES, &w->exec) ||
        wio_engine_exec_create(&w->arena, STACK_BYTES, &w->handler)) {
        (void)fprintf(stderr, "%s\n", report.text);
        return -1;
    }
    wio_engine_set_steps(w->exec, WIO_STEPS_MAX);
    wio_engine_set_steps(w->handler, WIO_STEPS_MAX);
    wio_engine_set_handler(w->handler, true);
    func = find(w, "on-interrupt");
    if (!wio_engine_native_handler(w->handler, &func, no_unwinding, NULL,
                                   &w->native)) {
        return -1;
    }
    return signal(SIGTRAP, interrupt) == SIG_ERR;
}

/* -- Tests ------------------------------------------------------------------- */

/* Makes the call that @make makes, and looks at what came of it, until no
 * instruction is left. */
static void
interrupted_anywhere(struct world *w, uint32_t least,
                     void (*make)(struct world *w))
{
    uint32_t n = 0;

    do {
        w->n_instructions = 0;
        make(w);
        assert_int_equal(w->n_bad, 0);
        assert_int_equal(w->n_stray, 0);
        assert_null(w->instance->exec);
        assert_int_equal(w->native.context[0], 0);
        n += w->n_instructions > w->at;
    } while (w->at++ < w->n_instructions);
    assert_true(n > least);
    assert_int_equal(w->n_interrupts, n);
}

static void
call_enter(struct world *w)
{
    const struct wio_func func = find(w, "enter");
    const uint32_t arg = 4;
    uint32_t result = 0;
    struct wio_trap trap = { .cause = WIO_TRAP_NONE };
    int err;

    step_by_step();
    err = wio_engine_call(w->exec, &func, &arg, 1, &result, &trap);
    run_freely();
    assert_int_equal(err, w->raises ? WIO_ERR_TRAPPED : 0);
    assert_int_equal(w->raises ? trap.code : (int32_t)result,
                     w->raises ? CODE : 5);
}

static void
enter_prepared(struct world *w)
{
    const struct wio_func func = find(w, "enter");
    struct wio_trap trap = { .cause = WIO_TRAP_NONE };
    uint32_t *args = wio_engine_prepare(w->exec, &func);
    int err;

    assert_non_null(args);
    args[0] = 4;
    step_by_step();
    err = wio_engine_enter(w->exec, &trap);
    run_freely();
    assert_int_equal(err, w->raises ? WIO_ERR_TRAPPED : 0);
    assert_int_equal(w->raises ? trap.code : (int32_t)args[0],
                     w->raises ? CODE : 5);
}

static void
forget(struct world *w)
{
    const struct wio_func func = find(w, "enter");
    const uint32_t arg = 4;
    uint32_t result = 0;
    struct wio_trap trap;

    if (setjmp(out) == 0) {
        fail_msg("it came back: %d", wio_engine_call(w->exec, &func, &arg, 1,
                                                     &result, &trap));
    }
    assert_ptr_equal(w->instance->exec, w->exec);
    step_by_step();
    wio_engine_abandon(w->exec, w->instance, NULL);
    run_freely();
}

static void
while_a_function_is_called(void **state)
{
    interrupted_anywhere(*state, 60, call_enter);
}

/* What the host raised reaches the one that it was raised for. */
static void
while_a_trap_ends_it(void **state)
{
    struct world *w = *state;

    w->raises = true;
    interrupted_anywhere(w, 60, call_enter);
}

static void
while_a_prepared_one_is_entered(void **state)
{
    interrupted_anywhere(*state, 40, enter_prepared);
}

static void
while_a_trap_ends_a_prepared_one(void **state)
{
    struct world *w = *state;

    w->raises = true;
    interrupted_anywhere(w, 40, enter_prepared);
}

static void
while_a_call_is_forgotten(void **state)
{
    struct world *w = *state;

    w->leaves = true;
    interrupted_anywhere(w, 8, forget);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(while_a_function_is_called, set_up),
        cmocka_unit_test_setup(while_a_trap_ends_it, set_up),
        cmocka_unit_test_setup(while_a_prepared_one_is_entered, set_up),
        cmocka_unit_test_setup(while_a_trap_ends_a_prepared_one, set_up),
        cmocka_unit_test_setup(while_a_call_is_forgotten, set_up),
    };

    return cmocka_run_group_tests_name("aot_anytime", tests, NULL, NULL);
}
#else
int
main(void)
{
    (void)printf("1..0 # SKIP the trap flag is that of an x86-64\n");
    return 0;
}
#endif
