/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libFuzzer target: decoder, validator and compiler; then, when the module
 * loads, instantiation with no imports and its exports without parameters,
 * each with a bounded number of steps.
 *
 * libFuzzer gives the input in a block of its exact length, so that
 * AddressSanitizer reports the first byte read beyond it.
 */
#include <stdint.h>

#include "engine/engine.h"

#define ARENA_BYTES (192u * 1024u)
#define MAX_INPUT 65536u
#define STEPS 2000u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
resolve_nothing(void *ctx, const struct wio_import_info *import,
                struct wio_extern *found, struct wio_report *report)
{
    (void)ctx;
    (void)import;
    (void)found;
    (void)report;
    return WIO_ERR_UNLINKABLE;
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
    static _Alignas(16) uint8_t memory[ARENA_BYTES];

    if (size > MAX_INPUT) {
        return 0;
    }
    wio_arena_init(&arena, memory, ARENA_BYTES);
    wio_report_clear(&report);
    if (wio_engine_load(data, (uint32_t)size, WIO_FEATURE_ALL, &arena, &module,
                        &report) == 0 &&
        wio_engine_exec_create(&arena, 4096, &exec) == 0 &&
        wio_engine_instantiate(module, &store, resolve_nothing, NULL, NULL,
                               &limits, &arena, &instance, &trap,
                               &report) == 0) {
        wio_engine_set_steps(exec, STEPS);
        (void)!wio_engine_start(exec, instance, &trap);
        call_exports(instance, exec);
    }
    return 0;
}
