/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Native code and the engine: what is refused, what the two sides share, and
 * that nothing is left behind by what ended in the middle. That functions
 * compute what they should is asked by tests/spec.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>

#include <cmocka.h>

#include "engine/aot/attach.h"
#include "fixture.h"

#define STACK_BYTES (64u << 10)
#define HANDLER_BYTES (16u << 10)

/* What the host function does, and what came of it. */
static struct {
    const char *inner;           /* what it calls */
    bool on_handler;             /* on the other exec */
    bool prepared;               /* by wio_engine_enter */
    bool waits;                  /* it asks to wait */
    bool waited;                 /* and was allowed to */
    int inner_err;
    struct wio_trap inner_trap;
    uint32_t inner_result;
} host;

static struct world world;

/* -- The host ------------------------------------------------------------- */

static uint32_t
host_enter(struct wio_instance *instance, uint32_t arg)
{
    struct world *w = instance->host;
    struct wio_func func;

    if (host.waits) {
        host.waited = wio_engine_suspend(instance);
    }
    if (!host.inner) {
        return arg;
    }
    func = world_find(w, host.inner);
    if (host.prepared) {
        uint32_t *args = wio_engine_prepare(w->handler, &func);

        assert_non_null(args);
        args[0] = arg;
        host.inner_err = wio_engine_enter(w->handler, &host.inner_trap);
        host.inner_result = args[0];
        return args[0];
    }
    host.inner_err = wio_engine_call(host.on_handler ? w->handler : w->exec,
                                     &func, &arg, 1, &host.inner_result,
                                     &host.inner_trap);
    return host.inner_result;
}

static const struct wio_host_func funcs[] = {
    { "h", "enter", "i:i", (wio_host_fn)host_enter, 0 }
};
static const struct rig native = {
    &wio_image, funcs, 1, 2u << 16, STACK_BYTES, HANDLER_BYTES
};

static int
set_up(void **state)
{
    memset(&host, 0, sizeof host);
    *state = &world;
    return world_open(&world, GUEST);
}

static int
set_up_running(void **state)
{
    if (set_up(state) || world_start(&world, &native)) {
        (void)fprintf(stderr, "%s\n", world.report.text);
        return -1;
    }
    return 0;
}

static int
call(struct world *w, const char *name, uint32_t arg, uint32_t *result,
     struct wio_trap *trap)
{
    const struct wio_func func = world_find(w, name);

    return wio_engine_call(w->exec, &func, &arg, 1, result, trap);
}

static uint32_t
result_of(struct world *w, const char *name, uint32_t arg)
{
    struct wio_trap trap;
    uint32_t result = 0;

    if (call(w, name, arg, &result, &trap)) {
        fail_msg("%s(%u): %s", name, (unsigned)arg,
                 wio_trap_text(trap.cause));
    }
    return result;
}

static void
traps(struct world *w, const char *name, uint32_t arg,
      enum wio_trap_cause cause)
{
    struct wio_trap trap = { .cause = WIO_TRAP_NONE };
    uint32_t result;

    assert_int_equal(call(w, name, arg, &result, &trap), WIO_ERR_TRAPPED);
    if (trap.cause != cause) {
        fail_msg("%s(%u): %s", name, (unsigned)arg,
                 wio_trap_text(trap.cause));
    }
}

/* -- Refused -------------------------------------------------------------- */

static void
refused(struct world *w, const struct wio_aot_image *image, const char *why)
{
    wio_report_clear(&w->report);
    assert_int_equal(wio_engine_attach(w->module, image, &w->report),
                     WIO_ERR_INVALID);
    if (!strstr(w->report.text, why)) {
        fail_msg("\"%s\" says nothing of \"%s\"", w->report.text, why);
    }
    assert_null(wio_module_image(w->module));
}

static void
no_image_is_refused(void **state)
{
    struct wio_aot_image image = wio_image;

    image.magic ^= 1u;
    refused(*state, &image, "does not begin");
}

static void
another_interface_is_refused(void **state)
{
    struct wio_aot_image image = wio_image;

    image.abi++;
    refused(*state, &image, "version");
}

static void
other_numbers_are_refused(void **state)
{
    struct wio_aot_image images[4] = {
        wio_image, wio_image, wio_image, wio_image
    };

    images[0].n_funcs--;
    images[1].n_imports++;
    images[2].n_memories++;
    images[3].n_globals--;
    for (uint32_t i = 0; i < 4; i++) {
        refused(*state, &images[i], "other numbers");
    }
}

static void
missing_parts_are_refused(void **state)
{
    struct wio_aot_image images[5] = {
        wio_image, wio_image, wio_image, wio_image, wio_image
    };

    images[0].calls = NULL;
    images[1].state = NULL;
    images[2].memories = NULL;
    images[3].places = NULL;
    images[4].globals = NULL;
    for (uint32_t i = 0; i < 5; i++) {
        refused(*state, &images[i], "missing");
    }
}

/* One constant of one function; one byte of data. */
static void
another_module_is_refused(void **state)
{
    static const char *const places[] = { "native", "\x41\x84\x07" };
    struct world *w = *state;

    for (uint32_t i = 0; i < 2; i++) {
        const size_t len = strlen(places[i]);
        uint32_t at = 0;

        while (memcmp(w->bytes + at, places[i], len) != 0) {
            at++;
            assert_in_range(at, 1, w->n_bytes - len);
        }
        w->bytes[at + len - 2] ^= 1u;
        assert_int_equal(world_load(w), 0);
        refused(w, &wio_image, "another module");
        w->bytes[at + len - 2] ^= 1u;
    }
    assert_int_equal(world_load(w), 0);
    assert_int_equal(wio_engine_attach(w->module, &wio_image, &w->report), 0);
}

/* A memory that the image has no room for. */
static void
too_much_memory_is_refused(void **state)
{
    static const struct wio_aot_place small[1] = { { world.bytes, 100 } };
    struct wio_aot_image image = wio_image;
    struct rig rig = native;
    struct world *w = *state;

    image.places = small;
    rig.image = &image;
    rig.memory_bytes = 4u << 16;
    assert_int_equal(world_start(w, &rig), WIO_ERR_LIMIT);
    assert_non_null(strstr(w->report.text, "compile with more room"));
}

/* -- A .wio --------------------------------------------------------------- */

static uint32_t
put_leb(uint8_t *to, uint32_t n)
{
    uint32_t at = 0;

    for (; n >= 0x80; n >>= 7) {
        to[at++] = (uint8_t)(n | 0x80);
    }
    to[at++] = (uint8_t)n;
    return at;
}

static uint32_t
get_leb(const uint8_t *from, uint32_t *at)
{
    uint32_t n = 0;

    for (uint32_t shift = 0;; shift += 7) {
        n |= (uint32_t)(from[*at] & 0x7f) << shift;
        if (!(from[(*at)++] & 0x80)) {
            return n;
        }
    }
}

/* The module with every body `unreachable`, and a section for an image. */
static uint32_t
strip(const uint8_t *from, uint32_t n_bytes, uint8_t *to)
{
    static const uint8_t section[] = "\x00\x12\x0dwasmio.nativeABCD";
    uint32_t n = 8, at = 8;

    memcpy(to, from, 8);
    memcpy(to + n, section, sizeof section - 1);
    n += (uint32_t)sizeof section - 1;
    while (at < n_bytes) {
        uint32_t begin = at;
        uint32_t id = from[at++];
        uint32_t size = get_leb(from, &at);

        if (id != 10) {
            memcpy(to + n, from + begin, at - begin + size);
            n += at - begin + size;
        } else {
            uint32_t inside = at;
            uint32_t n_funcs = get_leb(from, &inside);
            uint8_t count[5];
            uint32_t n_count = put_leb(count, n_funcs);

            to[n++] = 10;
            n += put_leb(to + n, n_count + 4 * n_funcs);
            memcpy(to + n, count, n_count);
            n += n_count;
            for (uint32_t i = 0; i < n_funcs; i++) {
                memcpy(to + n, "\x03\x00\x00\x0b", 4);
                n += 4;
            }
        }
        at += size;
    }
    return n;
}

static void
bodies_are_not_needed(void **state)
{
    static uint8_t stripped[MODULE_BYTES + 64];
    struct rig interpreted = native;
    struct world *w = *state;
    struct wio_trap trap;
    uint32_t result = 0;

    w->n_bytes = strip(w->bytes, w->n_bytes, stripped);
    memcpy(w->bytes, stripped, w->n_bytes);
    assert_int_equal(world_load(w), 0);
    assert_int_equal(world_start(w, &native), 0);
    assert_int_equal(call(w, "byte", 16, &result, &trap), 0);
    assert_int_equal(result, 'n');

    /* Without the image every call would trap. */
    assert_int_equal(world_load(w), 0);
    interpreted.image = NULL;
    assert_int_equal(world_start(w, &interpreted), 0);
    assert_int_equal(call(w, "byte", 16, &result, &trap), WIO_ERR_TRAPPED);
    assert_int_equal(trap.cause, WIO_TRAP_UNREACHABLE);
}

/* -- What both sides share ------------------------------------------------ */

static void
globals_and_memory_are_the_instances(void **state)
{
    struct world *w = *state;
    struct wio_extern sp = { .kind = 0xff };
    struct wio_extern wide = { .kind = 0xff };

    assert_true(wio_engine_find(w->instance, "sp", &sp));
    assert_true(wio_engine_find(w->instance, "wide", &wide));
    assert_int_equal(*wio_engine_global_word(sp.of.global), 1000);
    assert_true(wio_engine_global_get(wide.of.global) == 0x1122334455667788u);
    assert_memory_equal(wio_guest_range(w->instance, 16, 6), "native", 6);
    assert_null(wio_guest_range(w->instance, 65535, 2));
    assert_int_equal(result_of(w, "grow", 1), 1);
    assert_non_null(wio_guest_range(w->instance, 65535, 2));
    assert_int_equal(result_of(w, "word", 2 * 65536 - 4), 0);
    traps(w, "word", 2 * 65536 - 3, WIO_TRAP_MEMORY_BOUNDS);
    assert_int_equal(result_of(w, "grow", 1), UINT32_MAX);
}

static void
bounds_are_exact(void **state)
{
    static const uint32_t outside[] = {
        65533, 65536, 0x7fffffff, 0x80000000, 0xfffffffc, 0xffffffff
    };
    struct world *w = *state;

    assert_int_equal(result_of(w, "word", 65532), 0);
    for (uint32_t i = 0; i < sizeof outside / sizeof outside[0]; i++) {
        traps(w, "word", outside[i], WIO_TRAP_MEMORY_BOUNDS);
    }
}

static void
references_have_types(void **state)
{
    struct world *w = *state;

    assert_int_equal(result_of(w, "as-itself", 0), 3);
    traps(w, "as-another", 0, WIO_TRAP_INDIRECT_TYPE);
    traps(w, "as-itself", 1, WIO_TRAP_UNINITIALIZED_ELEMENT);
    traps(w, "as-itself", 2, WIO_TRAP_UNDEFINED_ELEMENT);
    traps(w, "as-itself", 0xffffffff, WIO_TRAP_UNDEFINED_ELEMENT);
}

/* As many bytes below the entry as the exec has for frames. */
static void
depth_is_bounded(void **state)
{
    struct world *w = *state;

    assert_int_equal(result_of(w, "deep", 100), 100);
    for (uint32_t i = 0; i < 3; i++) {
        traps(w, "deep", 1000000, WIO_TRAP_STACK);
        assert_int_equal(result_of(w, "deep", 100), 100);
    }
}

/* -- Two at a time -------------------------------------------------------- */

static void
limits_of_a_handler(struct world *w, bool prepared)
{
    uint32_t least = 0, most = 1000000;

    /* How deep main may go. */
    while (most - least > 1) {
        uint32_t middle = least + (most - least) / 2;
        struct wio_trap trap;
        uint32_t result;

        *(call(w, "deep", middle, &result, &trap) ? &most : &least) = middle;
    }
    host.inner = "deep";
    host.on_handler = true;
    host.prepared = prepared;
    host.inner_err = 1;
    assert_int_equal(wio_engine_steps_left(w->handler), WIO_STEPS_MAX);
    assert_int_equal(result_of(w, "enter", 20), 21);
    assert_int_equal(host.inner_err, 0);
    assert_int_equal(wio_engine_steps_left(w->handler), WIO_STEPS_MAX - 21);
    /* Main could go so deep, with four times the stack. */
    (void)result_of(w, "enter", least / 2);
    assert_int_equal(host.inner_err, WIO_ERR_TRAPPED);
    assert_int_equal(host.inner_trap.cause, WIO_TRAP_STACK);
    host.inner = "deep";
    wio_engine_set_steps(w->exec, WIO_STEPS_MAX);
    assert_int_equal(result_of(w, "enter-deep", least - 100), least - 100);
    assert_int_equal(wio_engine_steps_left(w->exec),
                     WIO_STEPS_MAX - 2 - (least - 100));
    host.inner = NULL;
    assert_int_equal(result_of(w, "deep", least - 100), least - 100);
    traps(w, "deep", most + 100, WIO_TRAP_STACK);
}

static void
a_handler_has_limits_of_its_own(void **state)
{
    limits_of_a_handler(*state, false);
}

static void
so_has_one_that_was_prepared(void **state)
{
    limits_of_a_handler(*state, true);
}

static void
a_handler_grows_nothing(void **state)
{
    struct world *w = *state;

    host.inner = "grow";
    host.on_handler = true;
    (void)result_of(w, "enter", 1);
    assert_int_equal(host.inner_err, WIO_ERR_TRAPPED);
    assert_int_equal(host.inner_trap.cause, WIO_TRAP_HANDLER);
    host.on_handler = false;
    assert_int_equal(result_of(w, "enter", 1), 2);
    assert_int_equal(host.inner_err, 0);
}

static void
a_trap_inside_stays_inside(void **state)
{
    struct world *w = *state;

    host.inner = "trap";
    for (uint32_t i = 0; i < 3; i++) {
        host.on_handler = i >= 1;
        host.prepared = i == 2;
        host.inner_result = 6;
        (void)result_of(w, "enter", 1);
        assert_int_equal(host.inner_err, WIO_ERR_TRAPPED);
        assert_int_equal(host.inner_trap.cause, WIO_TRAP_UNREACHABLE);
    }
}

static sigjmp_buf out;

static void
cut(int signal_number)
{
    (void)signal_number;
    siglongjmp(out, 1);
}

/* On a C stack that lies elsewhere: far below. */
__attribute__((noinline)) static uint32_t
deep_from_below(struct world *w)
{
    volatile uint8_t frame[2 * STACK_BYTES];

    frame[0] = 1;
    return result_of(w, "deep", 100) + frame[0] - 1;
}

/* As a port does it: away from the middle of a loop. */
static void
what_is_cut_off_leaves_nothing(void **state)
{
    struct world *volatile w = *state;
    const struct itimerval soon = { .it_value = { 0, 3000 } };

    assert_true(signal(SIGALRM, cut) != SIG_ERR);
    for (volatile uint32_t i = 0; i < 5; i++) {
        memset(wio_guest_range(w->instance, 32, 4), 0, 4);
        if (sigsetjmp(out, 1) == 0) {
            struct wio_trap trap;
            uint32_t result;

            assert_int_equal(setitimer(ITIMER_REAL, &soon, NULL), 0);
            (void)call(w, "stay", 0, &result, &trap);
            fail_msg("it came back");
        }
        wio_engine_abandon(w->exec, w->instance, NULL);
        assert_null(w->instance->exec);
        assert_int_equal(result_of(w, "word", 32), 1);
        assert_int_equal(deep_from_below(w), 100);
        traps(w, "deep", 1000000, WIO_TRAP_STACK);
    }
}

static void
nobody_waits_in_native_code(void **state)
{
    struct world *w = *state;

    host.waits = true;
    host.waited = true;
    assert_int_equal(result_of(w, "enter", 4), 5);
    assert_false(host.waited);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(no_image_is_refused, set_up),
        cmocka_unit_test_setup(another_interface_is_refused, set_up),
        cmocka_unit_test_setup(other_numbers_are_refused, set_up),
        cmocka_unit_test_setup(missing_parts_are_refused, set_up),
        cmocka_unit_test_setup(another_module_is_refused, set_up),
        cmocka_unit_test_setup(too_much_memory_is_refused, set_up),
        cmocka_unit_test_setup(bodies_are_not_needed, set_up),
        cmocka_unit_test_setup(globals_and_memory_are_the_instances,
                               set_up_running),
        cmocka_unit_test_setup(bounds_are_exact, set_up_running),
        cmocka_unit_test_setup(references_have_types, set_up_running),
        cmocka_unit_test_setup(depth_is_bounded, set_up_running),
        cmocka_unit_test_setup(a_handler_has_limits_of_its_own,
                               set_up_running),
        cmocka_unit_test_setup(so_has_one_that_was_prepared, set_up_running),
        cmocka_unit_test_setup(a_handler_grows_nothing, set_up_running),
        cmocka_unit_test_setup(a_trap_inside_stays_inside, set_up_running),
        cmocka_unit_test_setup(what_is_cut_off_leaves_nothing,
                               set_up_running),
        cmocka_unit_test_setup(nobody_waits_in_native_code, set_up_running),
    };

    return cmocka_run_group_tests_name("aot", tests, NULL, NULL);
}
