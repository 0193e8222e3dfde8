/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/stack.c - the C stack of a controller, which all share
 *
 *   top  background: idle, telling, an operation    or: a load
 *        one activation a level, each on top of what it preempted
 *
 * Compiled functions take their frames from it; where it ends is data. So a
 * compiled container is loaded only when everybody fits, each at its deepest,
 * all at once: what runs, below the load of another one, and with it, below
 * the background. An exec's declared stack bounds its functions' frames (the
 * engine's word to them is where they may reach), but for the last one.
 */
#include <wio/abi.h>

#include "engine/aot/attach.h"
#include "engine/aot/image.h"
#include "runtime/internal.h"

/* Of compiled containers that declare none, in bytes; see design note. */
#define NATIVE_DEFAULT 384u
/* A main that may wait is entered by wio_engine_call(), for it may be new or go
 * on: its frames and those of the functions on its way (Cortex-M, gcc 12, from
 * their first instructions: 256 bytes) less wio_engine_enter()'s 64. */
#define WAITS_BYTES 192u
/* Host functions that keep what they have checked, before they act: an array of
 * operations or accesses. They and what they call have up to 516 bytes (Cortex-M,
 * gcc 12, -fcallgraph-info=su), the others less than 352. */
#define KEEPS_BYTES 168u

static const struct wio_port_native_ops *
sharing(const struct wio_runtime *runtime)
{
    const struct wio_port_native_ops *ops = runtime->port->native;

    return ops && ops->stack_bytes ? ops : NULL;
}

uint32_t
wio_runtime_stack_bytes_(const struct wio_runtime *runtime,
                         const struct wio_container *container)
{
    uint32_t declared = container->config.stack_bytes;

    if (declared) {
        return declared & ~7u;
    }
    return container->native && sharing(runtime) ? NATIVE_DEFAULT
                                                 : WIO_STACK_DEFAULT;
}

static bool
keeps_arrays(const struct wio_import_info *import)
{
    return wio_span_is(import->name, "transaction") ||
           (wio_span_is(import->module, WIO_MODULE_MMIO) &&
            (wio_span_is(import->name, "batch") ||
             wio_span_is(import->name, "copy-in") ||
             wio_span_is(import->name, "copy-out")));
}

static bool
calls_keepers(const struct wio_module *module)
{
    struct wio_import_info import;

    for (uint32_t i = 0; i < wio_module_n_imports(module); i++) {
        wio_module_import(module, i, &import);
        if (keeps_arrays(&import)) {
            return true;
        }
    }
    return false;
}

/* What an activation of @container takes. */
static uint32_t
each(const struct wio_runtime *runtime, const struct wio_container *container)
{
    uint32_t n = sharing(runtime)->stack_each;
    const struct wio_aot_image *image = wio_module_image(container->module);

    if (image && (image->flags & WIO_AOT_WAITS)) {
        n += WAITS_BYTES;
    }
    if (calls_keepers(container->module)) {
        n += KEEPS_BYTES;
    }
    return container->native ? n + WIO_NATIVE_FRAME_BYTES +
                               wio_runtime_stack_bytes_(runtime, container)
                             : n;
}

/* Activations of it at a time: what it provides runs for others, once each. */
static uint32_t
n_of(const struct wio_container *container)
{
    return container->n_jobs + container->n_services;
}

int
wio_runtime_check_stack_(struct wio_runtime *runtime,
                         const struct wio_container *container,
                         struct wio_report *report)
{
    const struct wio_port_native_ops *ops = sharing(runtime);
    uint32_t below, own, has, of_one, operation;
    bool any = container->native != NULL;

    if (!ops) {
        return 0;
    }
    below = runtime->board.policy.n_tasks * ops->stack_each;
    of_one = each(runtime, container);
    operation = of_one;
    for (uint32_t i = 0; i < runtime->n_containers; i++) {
        const struct wio_container *other = runtime->containers[i];
        const uint32_t of_other = each(runtime, other);

        any |= other->native != NULL;
        below += n_of(other) * of_other;
        if (of_other > operation) {
            operation = of_other;
        }
    }
    own = n_of(container) * of_one;
    has = ops->stack_bytes(runtime->port->ctx);
    /* One operation at a time is called from the background, of anybody. */
    own += ops->stack_background + operation;
    if (own < ops->stack_load) {
        own = ops->stack_load;
    }
    if (any && (below > has || own > has - below)) {
        return wio_report_fail(report, WIO_ERR_NO_MEMORY,
                               "%S: with what is loaded the C stack needs %u "
                               "bytes, and the board has %u; declare a smaller "
                               "stack, or unload a compiled container",
                               &container->config.model, below + own, has);
    }
    return 0;
}
