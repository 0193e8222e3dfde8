/* SPDX-License-Identifier: Apache-2.0 */
/* tests/spec/spectest.c - see spectest.h */
#include "spec/spectest.h"

static void
print_nothing(struct wio_instance *instance, uint32_t *slots)
{
    (void)instance;
    (void)slots;
}

static const struct wio_host_func *
host_func(struct wio_span name)
{
#define PRINT(text, types)                                                   \
    { .module = "spectest", .name = text, .signature = types,                \
      .fn = (wio_host_fn)print_nothing, .flags = WIO_HOST_SLOTS }
    static const struct wio_host_func funcs[] = {
        PRINT("print", ":"),
        PRINT("print_i32", "i:"),
        PRINT("print_i64", "I:"),
        PRINT("print_f32", "f:"),
        PRINT("print_f64", "F:"),
        PRINT("print_i32_f32", "if:"),
        PRINT("print_f64_f64", "FF:"),
    };
#undef PRINT

    for (uint32_t i = 0; i < sizeof funcs / sizeof funcs[0]; i++) {
        if (wio_span_is(name, funcs[i].name)) {
            return &funcs[i];
        }
    }
    return NULL;
}

bool
spectest_find(const struct spectest *host, struct wio_span name,
              struct wio_extern *found)
{
    const struct {
        const char *name;
        struct wio_global *global;
    } globals[] = {
        { "global_i32", host->global_i32 },
        { "global_i64", host->global_i64 },
        { "global_f32", host->global_f32 },
        { "global_f64", host->global_f64 },
    };

    for (uint32_t i = 0; i < sizeof globals / sizeof globals[0]; i++) {
        if (wio_span_is(name, globals[i].name)) {
            found->kind = WIO_EXTERN_GLOBAL;
            found->of.global = globals[i].global;
            return true;
        }
    }
    if (wio_span_is(name, "table")) {
        found->kind = WIO_EXTERN_TABLE;
        found->of.table = host->table;
        return true;
    }
    if (wio_span_is(name, "memory")) {
        found->kind = WIO_EXTERN_MEMORY;
        found->of.memory = host->memory;
        return true;
    }
    found->kind = WIO_EXTERN_FUNC;
    found->of.host_func = host_func(name);
    return found->of.host_func != NULL;
}

/* Bits of 666.6 (IEEE 754); the test suite's host/spectest.ml has the list. */
int
spectest_create(struct spectest *host, struct wio_arena *arena)
{
    int err;

    err = wio_engine_global_create(arena, WIO_TYPE_I32, false, 666,
                                   &host->global_i32);
    if (!err) {
        err = wio_engine_global_create(arena, WIO_TYPE_I64, false, 666,
                                       &host->global_i64);
    }
    if (!err) {
        err = wio_engine_global_create(arena, WIO_TYPE_F32, false,
                                       0x4426a666u, &host->global_f32);
    }
    if (!err) {
        err = wio_engine_global_create(arena, WIO_TYPE_F64, false,
                                       0x4084d4cccccccccdu, &host->global_f64);
    }
    if (!err) {
        err = wio_engine_table_create(arena, WIO_TYPE_FUNCREF, 10, 20,
                                      &host->table);
    }
    if (!err) {
        err = wio_engine_memory_create(arena, 1, 2, 16, &host->memory);
    }
    return err;
}
