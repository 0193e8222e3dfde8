/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Instances of both kinds call each other: native code imports a function that
 * is interpreted, and interpreted code functions that are native. Traps and
 * steps are as between instances of one kind.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/aot/attach.h"
#include "engine/aot/image.h"
#include "engine/engine.h"

#define STACK_BYTES 65536u
#define STEPS 100000u
enum { BELOW, NATIVE_ONE, ABOVE, N_INSTANCES };

extern const struct wio_aot_image wio_image;

struct world {
    uint8_t bytes[N_INSTANCES][8192];
    uint64_t memory[1u << 16];
    struct wio_arena arena;
    struct wio_store store;
    struct wio_instance *instances[N_INSTANCES];
    struct wio_exec *exec;
};

static struct world world;

/* Each imports from the one below it. */
static int
resolve(void *ctx, const struct wio_import_info *import,
        struct wio_extern *found, struct wio_report *report)
{
    const struct world *w = ctx;

    (void)report;
    return wio_engine_find_span(w->instances[w->store.n - 1], import->name,
                                found)
               ? 0
               : WIO_ERR_UNLINKABLE;
}

static int
start(struct world *w, uint32_t i, const char *path,
      struct wio_report *report)
{
    const struct wio_instance_limits limits = { 65536, 2, false };
    FILE *file = fopen(path, "rb");
    struct wio_module *module;
    struct wio_trap trap;
    uint32_t n;
    int err;

    if (!file) {
        return -1;
    }
    n = (uint32_t)fread(w->bytes[i], 1, sizeof w->bytes[i], file);
    (void)fclose(file);
    err = wio_engine_load(w->bytes[i], n, WIO_FEATURE_ALL, &w->arena, &module,
                          report);
    if (!err && i == NATIVE_ONE) {
        err = wio_engine_attach(module, &wio_image, report);
    }
    return err ? err : wio_engine_instantiate(module, &w->store, resolve, w,
                                              NULL, &limits, &w->arena,
                                              &w->instances[i], &trap,
                                              report);
}

static int
set_up(void **state)
{
    static const char *const paths[] = {
        GUESTS "/below.wasm", GUESTS "/guest.wasm", GUESTS "/above.wasm"
    };
    struct world *w = &world;
    struct wio_report report;

    memset(w, 0, sizeof *w);
    *state = w;
    wio_report_clear(&report);
    wio_arena_init(&w->arena, w->memory, sizeof w->memory);
    w->store = (struct wio_store){ w->instances, N_INSTANCES, 0 };
    for (uint32_t i = 0; i < N_INSTANCES; i++) {
        if (start(w, i, paths[i], &report)) {
            (void)fprintf(stderr, "%s\n", report.text);
            return -1;
        }
    }
    return wio_engine_exec_create(&w->arena, STACK_BYTES, &w->exec);
}

static int
call(uint32_t i, const char *name, uint32_t arg, uint32_t *result,
     struct wio_trap *trap)
{
    struct wio_extern found = { .kind = 0xff };

    assert_true(wio_engine_find(world.instances[i], name, &found));
    wio_engine_set_steps(world.exec, STEPS);
    return wio_engine_call(world.exec, &found.func, &arg, 1, result, trap);
}

static void
gives(uint32_t i, const char *name, uint32_t arg, uint32_t value,
      uint32_t steps)
{
    struct wio_trap trap;
    uint32_t result = 0;

    if (call(i, name, arg, &result, &trap)) {
        fail_msg("%s(%u): %s", name, (unsigned)arg,
                 wio_trap_text(trap.cause));
    }
    assert_int_equal(result, value);
    assert_int_equal(STEPS - wio_engine_steps_left(world.exec), steps);
    for (uint32_t k = 0; k < N_INSTANCES; k++) {
        assert_null(world.instances[k]->exec);
    }
}

static void
traps(uint32_t i, const char *name, uint32_t arg, enum wio_trap_cause cause)
{
    struct wio_trap trap = { .cause = WIO_TRAP_NONE };
    uint32_t result;

    assert_int_equal(call(i, name, arg, &result, &trap), WIO_ERR_TRAPPED);
    assert_int_equal(trap.cause, cause);
}

/* A call by the host and one between instances cost a step each. */
static void
native_code_calls_interpreted(void **state)
{
    (void)state;
    gives(NATIVE_ONE, "enter", 1, 102, 2);
    traps(NATIVE_ONE, "enter", 7, WIO_TRAP_UNREACHABLE);
    gives(NATIVE_ONE, "enter", 2, 103, 2);
    traps(NATIVE_ONE, "enter", 8, WIO_TRAP_STEPS);
    gives(NATIVE_ONE, "enter", 3, 104, 2);
}

static void
interpreted_code_calls_native(void **state)
{
    (void)state;
    gives(ABOVE, "byte", 16, 1000 + 'n', 2);
    traps(ABOVE, "byte", 65536, WIO_TRAP_MEMORY_BOUNDS);
    traps(ABOVE, "trap", 0, WIO_TRAP_UNREACHABLE);
    gives(ABOVE, "deep", 50, 50, 3 + 50);
    assert_memory_equal(wio_guest_range(world.instances[NATIVE_ONE], 40, 8),
                        "\3\0\0\0\1\0\0\0", 8);
    traps(ABOVE, "deep", 1000000, WIO_TRAP_STACK);
    gives(ABOVE, "deep", 50, 50, 3 + 50);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(native_code_calls_interpreted, set_up),
        cmocka_unit_test_setup(interpreted_code_calls_native, set_up),
    };

    return cmocka_run_group_tests_name("aot-mixed", tests, NULL, NULL);
}
