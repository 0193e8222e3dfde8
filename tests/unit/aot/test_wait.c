/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Native functions that wait are left and gone on with. Every function of
 * wait.wat is called three times: interpreted and native with its waits
 * suspended, and native with waits that are answered at once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <wio/abi.h>

#include "fixture.h"

#define STACK_BYTES 8192u

/* What the host functions do, and what they saw. */
static struct {
    bool native;
    bool at_once;                /* a wait is answered */
    bool raises;                 /* and the host raises a trap besides */
    const char *inner;           /* what the plain function calls */
    struct wio_exec *inner_exec;
    uint32_t n_waits;
    uint32_t n_refused;
} host;

static struct world world;

static uint32_t
answer(uint32_t n)
{
    return 1000u + 13u * n;
}

static uint32_t
host_wait(struct wio_instance *instance, uint32_t handle, uint32_t timeout_us)
{
    (void)handle;
    (void)timeout_us;
    if (!host.at_once && !wio_engine_suspend(instance)) {
        host.n_refused++;
        return 5;
    }
    host.n_waits++;
    if (host.at_once) {
        return answer(host.n_waits);
    }
    if (host.raises) {
        wio_engine_raise(instance, WIO_TRAP_HOST, WIO_ERR_REVOKED);
    }
    return 0;
}

static uint32_t
host_plain(struct wio_instance *instance, uint32_t arg)
{
    struct world *w = instance->host;
    struct wio_func func;
    struct wio_trap trap;
    uint32_t result = arg;

    if (host.native && wio_engine_suspend(instance)) {
        fail_msg("nobody makes this one's callers so that they can wait");
    }
    if (host.inner) {
        func = world_find(w, host.inner);
        assert_int_equal(wio_engine_call(host.inner_exec, &func, &arg, 1,
                                         &result, &trap), 0);
    }
    return result;
}

static void
start(struct world *w, bool native)
{
    static const struct wio_host_func funcs[] = {
        { WIO_MODULE_IRQ, "wait", "ii:i", (wio_host_fn)host_wait, 0 },
        { "h", "plain", "i:i", (wio_host_fn)host_plain, 0 }
    };
    const struct rig rig = {
        native ? &wio_image : NULL, funcs, 2, 3u << 16, STACK_BYTES,
        STACK_BYTES
    };

    memset(&host, 0, sizeof host);
    host.native = native;
    if (world_open(w, GUEST) || world_start(w, &rig)) {
        fail_msg("%s", w->report.text);
    }
}

/* With @between called, on the other exec, while it waits. */
static int
run(struct world *w, const char *name, uint32_t arg, const char *between,
    uint32_t *result, struct wio_trap *trap)
{
    const struct wio_func func = world_find(w, name);
    int err = wio_engine_call(w->exec, &func, &arg, 1, result, trap);

    while (err == WIO_ENGINE_SUSPENDED) {
        assert_null(w->instance->exec);
        if (between) {
            const struct wio_func other = world_find(w, between);
            const uint32_t zero = 0;
            struct wio_trap trap_of_other;
            uint32_t nothing;

            /* Growing is refused to a handler, by a trap. */
            if (wio_engine_call(w->handler, &other, &zero, 1, &nothing,
                                &trap_of_other) == WIO_ERR_TRAPPED) {
                assert_int_equal(trap_of_other.cause, WIO_TRAP_HANDLER);
            }
            wio_engine_set_steps(w->handler, WIO_STEPS_MAX);
        }
        err = wio_engine_resume(w->exec, answer(host.n_waits), result, trap);
    }
    return err;
}

static uint32_t
result_of(struct world *w, const char *name, uint32_t arg,
          const char *between)
{
    struct wio_trap trap;
    uint32_t result = 0;

    if (run(w, name, arg, between, &result, &trap)) {
        fail_msg("%s(%u): %s", name, (unsigned)arg,
                 wio_trap_text(trap.cause));
    }
    return result;
}

static const struct {
    const char *name;
    uint32_t arg;
} calls[] = {
    { "once", 4 }, { "types", 9 }, { "types", 0 }, { "turns", 1 },
    { "turns", 12 }, { "indirect", 0 }, { "indirect", 1 }, { "indirect", 2 },
    { "source", 5 }, { "both", 6 }, { "two", 3 }, { "deep", 0 },
    { "deep", 20 }, { "nested", 8 }
};
#define N_CALLS (sizeof calls / sizeof calls[0])

/* -- The same as the interpreter ------------------------------------------------ */

static void
same(const char *between)
{
    struct world *w = &world;
    uint32_t results[3][N_CALLS];
    uint32_t n_waits[3];

    for (uint32_t k = 0; k < 3; k++) {
        start(w, k > 0);
        host.at_once = k == 2;
        for (uint32_t i = 0; i < N_CALLS; i++) {
            results[k][i] = result_of(w, calls[i].name, calls[i].arg,
                                      between);
        }
        n_waits[k] = host.n_waits;
        assert_int_equal(host.n_refused, 0);
    }
    assert_true(n_waits[0] > N_CALLS);
    assert_int_equal(n_waits[0], n_waits[1]);
    assert_memory_equal(results[0], results[1], sizeof results[0]);
    if (!between) {
        assert_int_equal(n_waits[0], n_waits[2]);
        assert_memory_equal(results[0], results[2], sizeof results[0]);
    }
}

static void
what_waits_computes_the_same(void **state)
{
    (void)state;
    same(NULL);
}

static void
also_when_others_run_meanwhile(void **state)
{
    (void)state;
    same("swap");
    same("word");
}

static void
steps_are_the_same(void **state)
{
    struct world *w = &world;
    uint32_t left[2];

    (void)state;
    for (uint32_t k = 0; k < 2; k++) {
        start(w, true);
        host.at_once = k == 1;
        (void)result_of(w, "turns", 10, NULL);
        (void)result_of(w, "indirect", 0, NULL);
        left[k] = wio_engine_steps_left(w->exec);
    }
    /* Going on is an entry, which costs one. */
    assert_int_equal(left[1] - left[0], host.n_waits);
}

/* -- Limits and ends ------------------------------------------------------------ */

static void
all_is_free(struct world *w)
{
    uint32_t result = result_of(w, "deep", 38, NULL);

    assert_int_equal(result, 38 + answer(host.n_waits));
}

static void
what_is_kept_is_bounded(void **state)
{
    struct world *w = &world;
    struct wio_trap trap;
    uint32_t result;

    (void)state;
    start(w, true);
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(run(w, "deep", 5000, NULL, &result, &trap),
                         WIO_ERR_TRAPPED);
        assert_int_equal(trap.cause, WIO_TRAP_STACK);
        assert_null(w->instance->exec);
        all_is_free(w);
    }
}

static void
a_trap_behind_a_wait_leaves_nothing(void **state)
{
    struct world *w = &world;
    struct wio_trap trap;
    uint32_t result;

    (void)state;
    start(w, true);
    for (uint32_t i = 0; i < 200; i++) {
        assert_int_equal(run(w, "trap", 45, NULL, &result, &trap),
                         WIO_ERR_TRAPPED);
        assert_int_equal(trap.cause, WIO_TRAP_UNREACHABLE);
        all_is_free(w);
    }
    assert_int_equal(wio_engine_resume(w->exec, 0, &result, &trap),
                     WIO_ERR_INVALID_ARGUMENT);
}

static void
a_host_that_raises_does_not_wait(void **state)
{
    struct world *w = &world;
    struct wio_trap trap;
    uint32_t result;

    (void)state;
    start(w, true);
    host.raises = true;
    assert_int_equal(run(w, "deep", 3, NULL, &result, &trap),
                     WIO_ERR_TRAPPED);
    assert_int_equal(trap.cause, WIO_TRAP_HOST);
    assert_int_equal(trap.code, WIO_ERR_REVOKED);
    assert_int_equal(wio_engine_resume(w->exec, 0, &result, &trap),
                     WIO_ERR_INVALID_ARGUMENT);
    host.raises = false;
    all_is_free(w);
}

static void
what_waits_can_be_abandoned(void **state)
{
    struct world *w = &world;
    const uint32_t arg = 30;
    struct wio_func func;
    struct wio_trap trap;
    uint32_t result;

    (void)state;
    start(w, true);
    func = world_find(w, "deep");
    for (uint32_t i = 0; i < 50; i++) {
        assert_int_equal(wio_engine_call(w->exec, &func, &arg, 1, &result,
                                         &trap), WIO_ENGINE_SUSPENDED);
        wio_engine_abandon(w->exec, w->instance, NULL);
        assert_int_equal(wio_engine_resume(w->exec, 0, &result, &trap),
                         WIO_ERR_INVALID_ARGUMENT);
    }
    all_is_free(w);
}

/* A handler, and what a host function called. */
static void
others_do_not_wait(void **state)
{
    struct world *w = &world;
    const uint32_t arg = 3;
    struct wio_func func;
    struct wio_trap trap;
    uint32_t result;

    (void)state;
    start(w, true);
    func = world_find(w, "once");
    assert_int_equal(wio_engine_call(w->handler, &func, &arg, 1, &result,
                                     &trap), 0);
    assert_int_equal(result, 3 + 5);
    assert_int_equal(host.n_refused, 1);
    host.inner = "once";
    host.inner_exec = w->exec;
    assert_int_equal(result_of(w, "nested", 3, NULL), 3 + 5 + 1);
    assert_int_equal(host.n_refused, 2);
    host.inner_exec = w->handler;
    assert_int_equal(result_of(w, "nested", 3, NULL), 3 + 5 + 1);
    assert_int_equal(host.n_refused, 3);
}

/* The handler's exec sees nothing of a main that waits in the same function. */
static void
a_handler_is_in_the_same_function(void **state)
{
    struct world *w = &world;
    uint32_t result;

    (void)state;
    start(w, true);
    result = result_of(w, "turns", 6, "once");
    assert_int_equal(host.n_refused, 6);
    start(w, true);
    assert_int_equal(result, result_of(w, "turns", 6, NULL));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_waits_computes_the_same),
        cmocka_unit_test(also_when_others_run_meanwhile),
        cmocka_unit_test(steps_are_the_same),
        cmocka_unit_test(what_is_kept_is_bounded),
        cmocka_unit_test(a_trap_behind_a_wait_leaves_nothing),
        cmocka_unit_test(a_host_that_raises_does_not_wait),
        cmocka_unit_test(what_waits_can_be_abandoned),
        cmocka_unit_test(others_do_not_wait),
        cmocka_unit_test(a_handler_is_in_the_same_function),
    };

    return cmocka_run_group_tests_name("aot_wait", tests, NULL, NULL);
}
