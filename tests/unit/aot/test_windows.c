/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Registers in line: the accesses that the rules allow are made by the code
 * itself, all others reach the host, and with the window closed every one does.
 * The registers are memory at the address that was compiled in.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "engine/aot/attach.h"
#include "engine/aot/image.h"
#include "engine/engine.h"
#include "windows.h"

#define HANDLE 0x01020304u
#define STACK_BYTES 65536u
#define HOST_VALUE 0x77u

extern const struct wio_aot_image wio_image;

struct world {
    uint8_t bytes[8192];
    uint32_t n_bytes;
    uint64_t memory[1u << 16];
    struct wio_instance *instance;
    struct wio_exec *exec;
    uint32_t n_host;             /* accesses that the host was asked for */
    uint32_t n_other;            /* of these: of the other window */
};

static struct world world;
static volatile uint32_t *const regs =
    (volatile uint32_t *)(uintptr_t)WINDOW_AT;

/* -- The host ------------------------------------------------------------- */

static int64_t host_load32(const struct wio_memory *memory, uint32_t at);

static int64_t
host_load(const struct wio_memory *memory, uint32_t at, uint32_t n_bytes)
{
    (void)n_bytes;
    return host_load32(memory, at);
}

static int32_t
host_store32(const struct wio_memory *memory, uint32_t at, uint32_t value)
{
    (void)memory;
    (void)at;
    (void)value;
    world.n_host++;
    return 0;
}

static int32_t
host_store(const struct wio_memory *memory, uint32_t at, uint32_t n_bytes,
           uint32_t value)
{
    (void)n_bytes;
    return host_store32(memory, at, value);
}

static const struct wio_memory_host host = {
    host_load32, host_load, host_store32, host_store
};

static struct wio_memory windows[2];

static int64_t
host_load32(const struct wio_memory *memory, uint32_t at)
{
    (void)at;
    world.n_host++;
    world.n_other += memory == &windows[1];
    return HOST_VALUE;
}

static uint64_t
host_read(struct wio_instance *instance, uint32_t handle, uint32_t off)
{
    (void)instance;
    (void)handle;
    (void)off;
    world.n_host++;
    return HOST_VALUE;
}

static uint32_t
host_write(struct wio_instance *instance, uint32_t handle, uint32_t off,
           uint32_t value)
{
    (void)instance;
    (void)handle;
    (void)off;
    (void)value;
    world.n_host++;
    return HOST_VALUE;
}

static int
resolve(void *ctx, const struct wio_import_info *import,
        struct wio_extern *found, struct wio_report *report)
{
    static const struct wio_host_func funcs[] = {
        { "", "", "ii:I", (wio_host_fn)host_read, WIO_HOST_LEAF },
        { "", "", "iii:i", (wio_host_fn)host_write, WIO_HOST_LEAF },
    };

    (void)ctx;
    (void)report;
    *found = (struct wio_extern){ .kind = import->type.kind };
    if (import->type.kind == WIO_EXTERN_FUNC) {
        found->of.host_func = &funcs[import->type.func.params.len == 3];
    } else {
        found->of.memory = &windows[wio_span_is(import->name, "other")];
    }
    return 0;
}

static int
set_up(void **state)
{
    const struct wio_instance_limits limits = { 65536, 0, false };
    struct world *w = &world;
    struct wio_arena arena;
    struct wio_report report;
    struct wio_module *module;
    struct wio_trap trap;
    FILE *file = fopen(GUEST, "rb");

    memset(w, 0, sizeof *w);
    *state = w;
    if (!file) {
        return -1;
    }
    for (uint32_t i = 0; i < 2; i++) {
        windows[i] = (struct wio_memory){
            .n_bytes = 64u << 16, .n_pages = 64, .max_pages = 64,
            .declared_max = 64, .page_shift = 16, .host = &host
        };
    }
    w->n_bytes = (uint32_t)fread(w->bytes, 1, sizeof w->bytes, file);
    (void)fclose(file);
    wio_report_clear(&report);
    wio_arena_init(&arena, w->memory, sizeof w->memory);
    if (wio_engine_load(w->bytes, w->n_bytes, WIO_FEATURE_ALL, &arena,
                        &module, &report) ||
        wio_engine_attach(module, &wio_image, &report) ||
        wio_engine_instantiate(module, NULL, resolve, NULL, w, &limits,
                               &arena, &w->instance, &trap, &report) ||
        wio_engine_exec_create(&arena, STACK_BYTES, &w->exec)) {
        (void)fprintf(stderr, "%s\n", report.text);
        return -1;
    }
    for (uint32_t i = 0; i < WINDOW_BYTES / 4; i++) {
        regs[i] = 0x81828384u + i;
    }
    wio_image.present[0] = HANDLE;
    return 0;
}

static int
try_call(const char *name, uint32_t a, uint32_t b, uint64_t *result,
         struct wio_trap *trap)
{
    const uint32_t args[2] = { a, b };
    struct wio_extern found = { .kind = 0xff };
    struct wio_func_type type;
    uint32_t results[2] = { 0, 0 };
    int err;

    if (!wio_engine_find(world.instance, name, &found)) {
        fail_msg("no export %s", name);
    }
    wio_engine_set_steps(world.exec, 1000);
    type = wio_engine_func_type(found.func);
    err = wio_engine_call(world.exec, &found.func, args, type.params.len,
                          results, trap);
    *result = (uint64_t)results[1] << 32 | results[0];
    return err;
}

static uint64_t
call(const char *name, uint32_t a, uint32_t b)
{
    struct wio_trap trap;
    uint64_t result;

    if (try_call(name, a, b, &result, &trap)) {
        fail_msg("%s: %s", name, wio_trap_text(trap.cause));
    }
    return result;
}

/* Made in line: @name gives @value, and the host was not asked. */
static void
gives(const char *name, uint32_t a, uint64_t value)
{
    uint32_t before = world.n_host;
    uint64_t got = call(name, a, 0);

    if (got != value || world.n_host != before) {
        fail_msg("%s: 0x%llx, %u times the host", name,
                 (unsigned long long)got, world.n_host - before);
    }
}

static void
asks_the_host(const char *name, uint32_t a, uint32_t b)
{
    uint32_t before = world.n_host;

    (void)call(name, a, b);
    if (world.n_host != before + 1) {
        fail_msg("%s: %u times the host", name, world.n_host - before);
    }
}

/* -- As memory ------------------------------------------------------------ */

static void
loads_are_made_with_their_masks(void **state)
{
    (void)state;
    gives("load-0", 0, 0x81828384u);
    gives("load-4", 0, 0x85u);
    gives("load-c", 0, 0x80u);
    gives("load8u-10", 0, 0x88u);
    gives("load8s-10", 0, 0xffffff88u);
    regs[4] = 0x9abc0000u;
    gives("load16s-12", 0, 0xffff9abcu);
}

static void
stores_are_made_where_one_store_is_enough(void **state)
{
    (void)state;
    gives("store-0", 0x11223344u, 0);
    assert_int_equal(regs[0], 0x11223344u);
    gives("store-8", 0x1234u, 0);
    assert_int_equal(regs[2], 0x1234u);
    gives("store8-10", 0x5aa5u, 0);
    assert_int_equal(regs[4], 0x818283a5u + 0u);
}

static void
what_is_not_granted_is_the_hosts(void **state)
{
    static const char *const loads[] = {
        "load-8", "load-14", "load-2", "load8-0", "load-other"
    };

    (void)state;
    for (uint32_t i = 0; i < sizeof loads / sizeof loads[0]; i++) {
        asks_the_host(loads[i], 0, 0);
    }
    assert_int_equal(world.n_other, 1);
    asks_the_host("store-4", 1, 0);
    asks_the_host("store-8", 0x10000, 0);       /* a bit too much */
    asks_the_host("store-c", 1, 0);             /* read, merged, written */
    asks_the_host("load-any", 0, 0);
    assert_int_equal(regs[1], 0x81828385u);
    assert_int_equal(regs[2], 0x81828386u);
    assert_int_equal(regs[3], 0x81828387u);
}

/* An address and an offset that are together beyond 32 bits are no register's,
 * though their sum modulo 2^32 would be. */
static void
sums_do_not_wrap(void **state)
{
    struct wio_trap trap = { .cause = WIO_TRAP_NONE };
    uint64_t result;

    (void)state;
    assert_int_equal(try_call("load-far", 0, 0, &result, &trap),
                     WIO_ERR_TRAPPED);
    assert_int_equal(trap.cause, WIO_TRAP_MEMORY_BOUNDS);
    assert_int_equal(world.n_host, 0);
}

/* The words that are granted whole, one behind the other: 0x20 to 0x2c to be
 * read, to 0x28 to be written. */
static void
computed_offsets_within_a_run_are_made(void **state)
{
    uint32_t before = world.n_host;

    (void)state;
    for (uint32_t at = 0x20; at <= 0x2c; at += 4) {
        gives("load-any", at, 0x81828384u + at / 4);
        gives("load-any-4", at - 4, 0x81828384u + at / 4);
    }
    for (uint32_t at = 0x20; at <= 0x28; at += 4) {
        assert_int_equal(call("store-any", at, at), 0);
        assert_int_equal(regs[at / 4], at);
        assert_int_equal(call("write-any", at, 7), 0);
        assert_int_equal(regs[at / 4], 7);
    }
    assert_int_equal(world.n_host, before);
    assert_int_equal(call("read-any", HANDLE, 0x24), 7);
    assert_int_equal(world.n_host, before);
}

static void
computed_offsets_beyond_a_run_are_the_hosts(void **state)
{
    static const uint32_t offsets[] = {
        0x00, 0x1c, 0x1f, 0x21, 0x22, 0x23, 0x2e, 0x30, 0x34, 0x38, 0x7fffffff
    };

    (void)state;
    for (uint32_t i = 0; i < sizeof offsets / sizeof offsets[0]; i++) {
        if (offsets[i] < 64) {
            asks_the_host("load-any", offsets[i], 0);
            asks_the_host("store-any", offsets[i], 1);
        }
        asks_the_host("read-any", HANDLE, offsets[i]);
        asks_the_host("write-any", offsets[i], 1);
    }
    asks_the_host("read-any", HANDLE, 0xfffffffcu);
    asks_the_host("read-any", HANDLE + 1, 0x20);
    asks_the_host("store-any", 0x2c, 1);
    asks_the_host("write-any", 0x2c, 1);
    asks_the_host("load8-any", 0x20, 0);
    for (uint32_t i = 0; i < WINDOW_BYTES / 4; i++) {
        assert_int_equal(regs[i], 0x81828384u + i);
    }
}

/* -- As calls ------------------------------------------------------------- */

static void
calls_with_the_present_handle_are_made(void **state)
{
    uint32_t before;

    (void)state;
    gives("read-0", HANDLE, 0x81828384u);
    before = world.n_host;
    assert_int_equal(call("write-0", HANDLE, 9), 0);
    assert_int_equal(call("write8-10", HANDLE, 0x42), 0);
    assert_int_equal(world.n_host, before);
    assert_int_equal(regs[0], 9);
    assert_int_equal(regs[4] & 0xff, 0x42);
}

static void
other_calls_are_the_hosts(void **state)
{
    (void)state;
    asks_the_host("read-0", HANDLE + 1, 0);
    asks_the_host("read-0", 0, 0);
    asks_the_host("read-8", HANDLE, 0);
    asks_the_host("read-any", HANDLE, 0);
    asks_the_host("write-0", HANDLE ^ 0x80000000u, 1);
    asks_the_host("write8-10", HANDLE, 0x100);  /* no such bit */
    assert_int_equal(regs[0], 0x81828384u);
}

/* -- Closed --------------------------------------------------------------- */

static void
a_closed_window_is_the_hosts(void **state)
{
    (void)state;
    wio_image.present[0] = 0;
    asks_the_host("load-0", 0, 0);
    asks_the_host("load8u-10", 0, 0);
    asks_the_host("store-0", 1, 0);
    asks_the_host("read-0", HANDLE, 0);
    asks_the_host("read-0", 0, 0);
    asks_the_host("write-0", HANDLE, 1);
    asks_the_host("write-0", 0, 1);
    asks_the_host("load-any", 0x20, 0);
    asks_the_host("store-any", 0x20, 1);
    asks_the_host("read-any", 0, 0x20);
    assert_int_equal(regs[0], 0x81828384u);
}

static void
it_begins_closed(void **state)
{
    assert_int_equal(set_up(state), 0);
    assert_int_equal(wio_image.n_windows, 1);
    assert_int_equal(wio_image.windows[0].need, WINDOW_NEED);
    assert_int_equal(wio_image.windows[0].base, WINDOW_AT);
    assert_int_equal(wio_image.windows[0].n_bytes, WINDOW_BYTES);
    assert_int_equal(wio_image.windows[0].rules_crc,
                     wio_rights_crc(window_rules, N_WINDOW_RULES));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(loads_are_made_with_their_masks, set_up),
        cmocka_unit_test_setup(stores_are_made_where_one_store_is_enough,
                               set_up),
        cmocka_unit_test_setup(what_is_not_granted_is_the_hosts, set_up),
        cmocka_unit_test_setup(sums_do_not_wrap, set_up),
        cmocka_unit_test_setup(computed_offsets_within_a_run_are_made,
                               set_up),
        cmocka_unit_test_setup(computed_offsets_beyond_a_run_are_the_hosts,
                               set_up),
        cmocka_unit_test_setup(calls_with_the_present_handle_are_made,
                               set_up),
        cmocka_unit_test_setup(other_calls_are_the_hosts, set_up),
        cmocka_unit_test_setup(a_closed_window_is_the_hosts, set_up),
        cmocka_unit_test(it_begins_closed),
    };

    if (mmap((void *)(uintptr_t)WINDOW_AT, 4096, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) ==
        MAP_FAILED) {
        printf("1..0 # SKIP nothing can be mapped at 0x%x here\n", WINDOW_AT);
        return 0;
    }
    return cmocka_run_group_tests_name("aot-windows", tests, NULL, NULL);
}
