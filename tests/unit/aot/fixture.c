/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/aot/attach.h"

int
world_open(struct world *w, const char *path)
{
    FILE *file = fopen(path, "rb");

    memset(w, 0, sizeof *w);
    wio_report_clear(&w->report);
    if (!file) {
        return wio_report_fail(&w->report, WIO_ERR_INVALID, "no file %s", path);
    }
    w->n_bytes = (uint32_t)fread(w->bytes, 1, sizeof w->bytes, file);
    (void)fclose(file);
    return world_load(w);
}

int
world_load(struct world *w)
{
    wio_report_clear(&w->report);
    wio_arena_init(&w->arena, w->memory, sizeof w->memory);
    return wio_engine_load(w->bytes, w->n_bytes, WIO_FEATURE_ALL, &w->arena,
                           &w->module, &w->report);
}

static int
resolve(void *ctx, const struct wio_import_info *import,
        struct wio_extern *found, struct wio_report *report)
{
    const struct rig *rig = ctx;

    for (uint32_t i = 0; i < rig->n_funcs; i++) {
        if (wio_span_is(import->name, rig->funcs[i].name)) {
            *found = (struct wio_extern){ .kind = WIO_EXTERN_FUNC,
                                          .of.host_func = &rig->funcs[i] };
            return 0;
        }
    }
    return wio_report_fail(report, WIO_ERR_UNLINKABLE, "no import %S",
                           &import->name);
}

int
world_start(struct world *w, const struct rig *rig)
{
    const struct wio_instance_limits limits = { rig->memory_bytes, 8, false };
    struct wio_trap trap;
    int err = 0;

    if (rig->image) {
        err = wio_engine_attach(w->module, rig->image, &w->report);
    }
    if (!err) {
        err = wio_engine_instantiate(w->module, NULL, resolve,
                                     (void *)(uintptr_t)rig, w, &limits,
                                     &w->arena, &w->instance, &trap,
                                     &w->report);
    }
    if (!err) {
        err = wio_engine_exec_create(&w->arena, rig->stack_bytes, &w->exec);
    }
    if (!err) {
        err = wio_engine_exec_create(&w->arena, rig->handler_bytes,
                                     &w->handler);
    }
    if (err) {
        return err;
    }
    wio_engine_set_steps(w->exec, WIO_STEPS_MAX);
    wio_engine_set_steps(w->handler, WIO_STEPS_MAX);
    wio_engine_set_handler(w->handler, true);
    return 0;
}

struct wio_func
world_find(struct world *w, const char *name)
{
    struct wio_extern found = { .kind = 0xff };

    if (!wio_engine_find(w->instance, name, &found)) {
        fail_msg("no export %s", name);
    }
    return found.func;
}
