/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libFuzzer target: decoder, validator and compiler; then, when the module
 * loads, instantiation with no imports but memories that lie with the host, and
 * its exports without parameters, each with a bounded number of steps.
 *
 * libFuzzer gives the input in a block of its exact length, so that
 * AddressSanitizer reports the first byte read beyond it.
 */
#include <stdint.h>
#include <stdlib.h>

#include "engine/engine.h"

#define ARENA_BYTES (192u * 1024u)
#define MAX_INPUT 65536u
#define STEPS 2000u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MAX_WINDOWS 8u

/* Memories that lie with the host; there is nothing behind them. */
static struct wio_memory windows[MAX_WINDOWS];

/* Refuses what is outside and every fifth address; an access of another width
 * is a fault of the engine's. */
static int32_t
answer(const struct wio_memory *memory, uint32_t at, uint32_t n_bytes)
{
    if (memory < windows || memory >= windows + MAX_WINDOWS ||
        (n_bytes != 1 && n_bytes != 2 && n_bytes != 4)) {
        abort();
    }
    return n_bytes > memory->n_bytes || at > memory->n_bytes - n_bytes ||
                   at % 5 == 4
               ? (int32_t)WIO_ERR_MMIO_OUTSIDE : 0;
}

static int64_t
load_window(const struct wio_memory *memory, uint32_t at, uint32_t n_bytes)
{
    int32_t err = answer(memory, at, n_bytes);

    return err ? err : (int64_t)(0xfedcba98u >> (32 - 8 * n_bytes));
}

static int64_t
load32_window(const struct wio_memory *memory, uint32_t at)
{
    return load_window(memory, at, 4);
}

static int32_t
store_window(const struct wio_memory *memory, uint32_t at, uint32_t n_bytes,
             uint32_t value)
{
    (void)value;
    return answer(memory, at, n_bytes);
}

static int32_t
store32_window(const struct wio_memory *memory, uint32_t at, uint32_t value)
{
    return store_window(memory, at, 4, value);
}

static const struct wio_memory_host window_host = {
    load32_window, load_window, store32_window, store_window
};

/* @ctx: how many windows there are already. */
static int
resolve_windows(void *ctx, const struct wio_import_info *import,
                struct wio_extern *found, struct wio_report *report)
{
    const struct wio_limits *limits = &import->type.limits;
    uint32_t *n = ctx;

    (void)report;
    if (import->type.kind != WIO_EXTERN_MEMORY || *n == MAX_WINDOWS ||
        limits->min > 65536) {
        return WIO_ERR_UNLINKABLE;
    }
    windows[*n] = (struct wio_memory){
        .n_bytes = limits->page_shift ? 64 : limits->min,
        .n_pages = limits->min, .max_pages = limits->min,
        .declared_max = limits->min, .page_shift = limits->page_shift,
        .host = &window_host,
    };
    *found = (struct wio_extern){ .kind = WIO_EXTERN_MEMORY };
    found->of.memory = &windows[(*n)++];
    return 0;
}

static void
call_exports(struct wio_instance *instance, struct wio_exec *exec)
{
    uint32_t n = wio_module_n_exports(instance->module);
    uint32_t results[64];
    struct wio_export_info info;
    struct wio_extern found;
    struct wio_trap trap;

    for (uint32_t i = 0; i < n && i < 8; i++) {
        wio_module_export(instance->module, i, &info);
        if (info.type.kind != WIO_EXTERN_FUNC ||
            info.type.func.params.len != 0 ||
            info.type.func.results.len > 32 ||
            !wio_engine_find_span(instance, info.name, &found)) {
            continue;
        }
        wio_engine_set_steps(exec, STEPS);
        (void)!wio_engine_call(exec, &found.func, NULL, 0, results, &trap);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wio_instance *slots[1];
    struct wio_store store = { .instances = slots, .capacity = 1 };
    const struct wio_instance_limits limits = { .memory_bytes = 65536,
                                                .table_elements = 1024 };
    struct wio_arena arena;
    struct wio_module *module;
    struct wio_instance *instance;
    struct wio_exec *exec;
    struct wio_report report;
    struct wio_trap trap;
    uint32_t n_windows = 0;
    static _Alignas(16) uint8_t memory[ARENA_BYTES];

    if (size > MAX_INPUT) {
        return 0;
    }
    wio_arena_init(&arena, memory, ARENA_BYTES);
    wio_report_clear(&report);
    if (wio_engine_load(data, (uint32_t)size, WIO_FEATURE_ALL, &arena, &module,
                        &report) == 0 &&
        wio_engine_exec_create(&arena, 4096, &exec) == 0 &&
        wio_engine_instantiate(module, &store, resolve_windows, &n_windows,
                               NULL, &limits, &arena, &instance, &trap,
                               &report) == 0) {
        wio_engine_set_steps(exec, STEPS);
        (void)!wio_engine_start(exec, instance, &trap);
        call_exports(instance, exec);
    }
    return 0;
}
