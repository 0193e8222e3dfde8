/* SPDX-License-Identifier: Apache-2.0 */
/* bench/common/cases.c - see cases.h */
#include "common/cases.h"

#include "common/guests.h"
#include "common/native.h"
#include "common/window.h"
#include "engine/engine.h"
#include "guest/kernels.h"

#define STACK_BYTES 4096u

const char *bench_error;

static bool
fail(const char *why)
{
    bench_error = why;
    return false;
}

/* -- Imports of module env: the reference's checked window ------------------------ */

static void
host_write32(struct wio_instance *instance, uint32_t h, uint32_t off,
             uint32_t v)
{
    (void)instance;
    if (BENCH_LIKELY(h < 4) && BENCH_LIKELY(g_win[h].perm & 2)
        && BENCH_LIKELY(!(off & 3)) && BENCH_LIKELY(off < g_win[h].size)) {
        g_win[h].base[off >> 2] = v;
    } else {
        g_faults++;
    }
}

static uint32_t
host_read32(struct wio_instance *instance, uint32_t h, uint32_t off)
{
    (void)instance;
    if (BENCH_LIKELY(h < 4) && BENCH_LIKELY(g_win[h].perm & 1)
        && BENCH_LIKELY(!(off & 3)) && BENCH_LIKELY(off < g_win[h].size)) {
        return g_win[h].base[off >> 2];
    }
    g_faults++;
    return 0;
}

#define ENV(leaf) \
    { \
        { \
            .module = "env", .name = "mmio_write32", .signature = "iii:", \
            .fn = (wio_host_fn)host_write32, .flags = (leaf), \
        }, \
        { \
            .module = "env", .name = "mmio_read32", .signature = "ii:i", \
            .fn = (wio_host_fn)host_read32, .flags = (leaf), \
        }, \
    }

static const struct wio_host_func env[2][2] = {
    ENV(0),
    ENV(WIO_HOST_LEAF),
};

/* @ctx: the two functions of one row above. */
static int
resolve(void *ctx, const struct wio_import_info *import,
        struct wio_extern *found, struct wio_report *report)
{
    const struct wio_host_func *funcs = ctx;

    (void)report;
    for (uint32_t i = 0; i < 2; i++) {
        if (wio_span_is(import->module, funcs[i].module)
            && wio_span_is(import->name, funcs[i].name)) {
            found->kind = WIO_EXTERN_FUNC;
            found->of.host_func = &funcs[i];
            found->func.instance = 0;
            return 0;
        }
    }
    return WIO_ERR_UNLINKABLE;
}

/* -- A guest in the engine -------------------------------------------------------- */

struct loaded {
    struct wio_arena arena;
    struct wio_module *module;
    struct wio_instance *instance;
    struct wio_instance *store_room[1];
    struct wio_store store;
    struct wio_exec *exec;
};

static const struct {
    const char *name;
    const uint8_t *bytes;
    const uint8_t *end;
} guests[] = {
    [BENCH_KERNELS] = { "kernels", guest_kernels, guest_kernels_end },
    [BENCH_WORK] = { "work", guest_work, guest_work_end },
    [BENCH_ALL] = { "all", guest_all, guest_all_end },
};

static bool
load(struct loaded *it, uint8_t guest, bool leaf)
{
    struct wio_instance_limits limits = { .table_elements = 64 };
    const uint32_t n_bytes =
        (uint32_t)(guests[guest].end - guests[guest].bytes);
    static struct wio_report report;
    struct wio_trap trap;

    wio_report_clear(&report);
    wio_arena_init(&it->arena, bench_memory, bench_memory_bytes);
    it->store.instances = it->store_room;
    it->store.capacity = 1;
    it->store.n = 0;
    if (wio_engine_load(guests[guest].bytes, n_bytes, WIO_FEATURE_ALL,
                        &it->arena, &it->module, &report) < 0) {
        return fail(report.code ? report.text : "the guest does not load");
    }
    /* What it begins with and no more: nothing is reserved to grow into. */
    limits.memory_bytes = wio_module_memory(it->module, 0).min << 16;
    if (wio_engine_instantiate(it->module, &it->store, resolve,
                                  (void *)(uintptr_t)env[leaf], 0, &limits,
                                  &it->arena, &it->instance, &trap,
                                  &report) < 0
        || wio_engine_exec_create(&it->arena, STACK_BYTES, &it->exec) < 0) {
        return fail(report.code ? report.text : "the guest does not load");
    }
    return true;
}

static bool
call(struct loaded *it, const struct wio_func *func, const uint32_t *args,
     uint32_t n_args, uint32_t *result)
{
    struct wio_trap trap;

    wio_engine_set_steps(it->exec, WIO_STEPS_MAX);
    if (wio_engine_call(it->exec, func, args, n_args, result, &trap) < 0) {
        return fail(wio_trap_text(trap.cause));
    }
    return true;
}

/* -- Kinds of case ------------------------------------------------------------------ */

static bool
run_native(const struct bench_case *self, uint32_t n, uint32_t *result)
{
    *result = self->of.native(n);
    return g_faults == 0 || fail("an access was refused");
}

static bool
run_interp(const struct bench_case *self, uint32_t n, uint32_t *result)
{
    struct wio_extern found;
    struct loaded it;

    if (!load(&it, self->guest, self->leaf)) {
        return false;
    }
    if (!wio_engine_find(it.instance, self->of.export_name, &found)) {
        return fail("no such export");
    }
    return call(&it, &found.func, &n, 1, result)
           && (g_faults == 0 || fail("an access was refused"));
}

static bool
run_empty(const struct bench_case *self, uint32_t n, uint32_t *result)
{
    struct wio_extern found;
    struct wio_trap trap;
    struct loaded it;

    if (!load(&it, self->guest, self->leaf)
        || !wio_engine_find(it.instance, "empty", &found)) {
        return fail("no such export");
    }
    for (uint32_t i = 0; i < n; i++) {
        wio_engine_set_steps(it.exec, WIO_STEPS_MAX);
        if (wio_engine_call(it.exec, &found.func, 0, 0, 0, &trap) < 0) {
            return fail(wio_trap_text(trap.cause));
        }
    }
    *result = n;
    return true;
}

static bool
run_irq(const struct bench_case *self, uint32_t n, uint32_t *result)
{
    struct wio_extern total;
    struct wio_extern found;
    struct wio_trap trap;
    struct loaded it;

    if (!load(&it, self->guest, self->leaf)
        || !wio_engine_find(it.instance, "irq", &found)
        || !wio_engine_find(it.instance, "irq_total", &total)) {
        return fail("no such export");
    }
    for (uint32_t i = 0; i < n; i++) {
        wio_engine_set_steps(it.exec, WIO_STEPS_MAX);
        if (wio_engine_call(it.exec, &found.func, &i, 1, 0, &trap) < 0) {
            return fail(wio_trap_text(trap.cause));
        }
    }
    return call(&it, &total.func, 0, 0, result);
}

static bool
run_load(const struct bench_case *self, uint32_t n, uint32_t *result)
{
    struct loaded it;

    for (uint32_t i = 0; i < n; i++) {
        if (!load(&it, self->guest, self->leaf)) {
            return false;
        }
    }
    *result = n;
    return true;
}

bool
bench_sizes(void (*emit)(const char *guest, const char *what, uint32_t value))
{
    for (uint8_t guest = BENCH_KERNELS; guest <= BENCH_ALL; guest++) {
        struct wio_module_size size;
        struct loaded it;

        if (!load(&it, guest, false)) {
            return false;
        }
        size = wio_module_size(it.module);
        emit(guests[guest].name, "file_bytes",
             (uint32_t)(guests[guest].end - guests[guest].bytes));
        emit(guests[guest].name, "code_bytes", size.code_bytes);
        emit(guests[guest].name, "compiled_bytes", size.compiled_bytes);
        emit(guests[guest].name, "module_bytes", size.module_bytes);
        emit(guests[guest].name, "arena_bytes", it.arena.used);
        emit(guests[guest].name, "peak_bytes", it.arena.peak);
        emit(guests[guest].name, "memory_bytes", it.instance->memory->n_bytes);
        emit(guests[guest].name, "stack_bytes", STACK_BYTES);
    }
    return true;
}

/* -- The table ------------------------------------------------------------------------ */

/* n: with 40 instructions a tick the difference is exact to 40 / n. */
#define NATIVE(case_name, fn, count) \
    { \
        .name = "native." case_name, .reference = "native." case_name, \
        .n = (count), .run = run_native, .of.native = (fn), \
    }
#define INTERP(case_name, kernel, which, count) \
    { \
        .name = "interp." case_name, .reference = "native." case_name, \
        .n = (count), .run = run_interp, .of.export_name = (kernel), \
        .guest = (which), \
    }
#define LOAD(case_name, which) \
    { \
        .name = "load." case_name, .reference = "load." case_name, .n = 8, \
        .run = run_load, .guest = (which), \
    }

/* Two cases: what they differ in is 16 accesses, 8 in batches and copies. */
#define LADDER(case_name, kernel, which) \
    PRODUCT(case_name "_4", kernel "_4", which), \
    PRODUCT(case_name "_12", kernel "_12", which)
#define PRODUCT(case_name, kernel, which) \
    { \
        .name = "product." case_name, .reference = "native.window_4", \
        .n = 20000, .run = bench_product, .of.export_name = (kernel), \
        .guest = (which), \
    }

const struct bench_case bench_cases[] = {
    NATIVE("mmio_direct", direct_mmio_loop, 20000),
    NATIVE("mmio", native_mmio_loop, 20000),
    NATIVE("window_4", native_ladder_4, 20000),
    NATIVE("window_12", native_ladder_12, 20000),
    NATIVE("mem", native_mem_loop, 20000),
    NATIVE("empty", native_empty_calls, 20000),
    NATIVE("irq", native_irq_calls, 20000),
    NATIVE("pid", native_pid, 20000),
    NATIVE("bme", native_bme, 8192),
    NATIVE("crc", native_crc, 1),
    NATIVE("work", native_work, 8),
    INTERP("mmio", "mmio_loop", BENCH_KERNELS, 20000),
    {
        .name = "interp.mmio_leaf", .reference = "native.mmio", .n = 20000,
        .run = run_interp, .of.export_name = "mmio_loop",
        .guest = BENCH_KERNELS, .leaf = true,
    },
    INTERP("mem", "mem_loop", BENCH_KERNELS, 20000),
    {
        .name = "interp.empty", .reference = "native.empty", .n = 20000,
        .run = run_empty, .guest = BENCH_KERNELS,
    },
    {
        .name = "interp.irq", .reference = "native.irq", .n = 20000,
        .run = run_irq, .guest = BENCH_KERNELS,
    },
    INTERP("pid", "pid", BENCH_KERNELS, 20000),
    INTERP("bme", "bme", BENCH_KERNELS, 8192),
    INTERP("crc", "crc", BENCH_KERNELS, 1),
    INTERP("work", "work", BENCH_WORK, 8),
    LOAD("kernels", BENCH_KERNELS),
    LOAD("work", BENCH_WORK),
    LOAD("all", BENCH_ALL),
#if defined(BENCH_PRODUCT)
    {
        .name = "product.mmio", .reference = "native.mmio", .n = 20000,
        .run = bench_product, .of.export_name = "mmio_loop",
        .guest = BENCH_LOOP,
    },
#endif
#if defined(BENCH_LADDER)
    LADDER("calls", "calls", BENCH_CALLS),
    LADDER("marker", "window", BENCH_CALLS),
    LADDER("window", "window", BENCH_WINDOWS),
    LADDER("batch", "batch", BENCH_CALLS),
    LADDER("copy", "copy", BENCH_CALLS),
#endif
};
const uint32_t bench_n_cases = sizeof bench_cases / sizeof bench_cases[0];
