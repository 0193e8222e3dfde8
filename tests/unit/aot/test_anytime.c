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

#include "fixture.h"

#if defined(__x86_64__)

#define STACK_BYTES 8192u
#define CODE 77
#define EACH_MAX 1500u           /* instructions, each of which is interrupted */

/* What a call meets, and what was seen of it. */
static struct {
    struct wio_native_handler handler;
    bool leaves;                 /* the host function does not return */
    bool raises;
    uint32_t at;                 /* the instruction that is interrupted */
    uint32_t n_instructions;
    uint32_t n_interrupts;
    uint32_t n_bad;              /* handlers that trapped */
    uint32_t n_stray;            /* the host function saw another exec */
} play;

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
    uintptr_t *context = play.handler.context;
    const uintptr_t kept[2] = { context[0], context[1] };
    struct wio_trap trap;

    (void)signal_number;
    if (play.n_instructions++ != play.at) {
        return;
    }
    context[0] = (uintptr_t)w->handler;
    context[1] = (uintptr_t)__builtin_frame_address(0) - play.handler.room;
    w->instance->exec = w->handler;
    play.handler.call(1, 0, 0);
    context[0] = kept[0];
    context[1] = kept[1];
    play.n_bad += wio_engine_left_handler(w->handler, w->instance, &trap) != 0;
    play.n_interrupts++;
}

/* -- The host ---------------------------------------------------------------- */

static uint32_t
host_enter(struct wio_instance *instance, uint32_t arg)
{
    struct world *w = instance->host;

    play.n_stray += instance->exec != w->exec;
    if (play.leaves) {
        longjmp(out, 1);
    }
    if (play.raises) {
        wio_engine_raise(instance, WIO_TRAP_HOST, CODE);
    }
    return arg;
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
    static const struct wio_host_func funcs[] = {
        { "h", "enter", "i:i", (wio_host_fn)host_enter, 0 }
    };
    const struct rig rig = {
        &wio_image, funcs, 1, 2u << 16, STACK_BYTES, STACK_BYTES
    };
    struct world *w = &world;
    struct wio_func func;

    memset(&play, 0, sizeof play);
    *state = w;
    if (world_open(w, GUEST) || world_start(w, &rig)) {
        (void)fprintf(stderr, "%s\n", w->report.text);
        return -1;
    }
    func = world_find(w, "on-interrupt");
    if (!wio_engine_native_handler(w->handler, &func, no_unwinding, NULL,
                                   &play.handler)) {
        return -1;
    }
    return signal(SIGTRAP, interrupt) == SIG_ERR;
}

/* -- Tests ------------------------------------------------------------------- */

/* From one instruction to the next: sanitizers make a call ten times as long,
 * and look for something else. */
static uint32_t
stride(void)
{
    return play.n_instructions <= EACH_MAX ? 1
                                           : 1 + play.n_instructions / 50u;
}

/* Makes the call that @make makes, and looks at what came of it, until no
 * instruction is left. */
static void
interrupted_anywhere(struct world *w, uint32_t least,
                     void (*make)(struct world *w))
{
    uint32_t n = 0;

    do {
        play.n_instructions = 0;
        make(w);
        assert_int_equal(play.n_bad, 0);
        assert_int_equal(play.n_stray, 0);
        assert_null(w->instance->exec);
        assert_int_equal(play.handler.context[0], 0);
        n += play.n_instructions > play.at;
        play.at += stride();
    } while (play.at <= play.n_instructions);
    assert_true(n > least || play.n_instructions > EACH_MAX);
    assert_int_equal(play.n_interrupts, n);
}

static void
call_enter(struct world *w)
{
    const struct wio_func func = world_find(w, "enter");
    const uint32_t arg = 4;
    uint32_t result = 0;
    struct wio_trap trap = { .cause = WIO_TRAP_NONE };
    int err;

    step_by_step();
    err = wio_engine_call(w->exec, &func, &arg, 1, &result, &trap);
    run_freely();
    assert_int_equal(err, play.raises ? WIO_ERR_TRAPPED : 0);
    assert_int_equal(play.raises ? trap.code : (int32_t)result,
                     play.raises ? CODE : 5);
}

static void
enter_prepared(struct world *w)
{
    const struct wio_func func = world_find(w, "enter");
    struct wio_trap trap = { .cause = WIO_TRAP_NONE };
    uint32_t *args = wio_engine_prepare(w->exec, &func);
    int err;

    assert_non_null(args);
    args[0] = 4;
    step_by_step();
    err = wio_engine_enter(w->exec, &trap);
    run_freely();
    assert_int_equal(err, play.raises ? WIO_ERR_TRAPPED : 0);
    assert_int_equal(play.raises ? trap.code : (int32_t)args[0],
                     play.raises ? CODE : 5);
}

static void
forget(struct world *w)
{
    const struct wio_func func = world_find(w, "enter");
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

    play.raises = true;
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

    play.raises = true;
    interrupted_anywhere(w, 40, enter_prepared);
}

static void
while_a_call_is_forgotten(void **state)
{
    struct world *w = *state;

    play.leaves = true;
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
