/* SPDX-License-Identifier: Apache-2.0 */
/* runtime/look.c - what the host asks: containers, grants, points */
#include "runtime/internal.h"

struct wio_container *
wio_runtime_find_(const struct wio_runtime *runtime, wio_container_id id)
{
    for (uint32_t i = 0; i < runtime->n_containers; i++) {
        if (runtime->containers[i]->id == id) {
            return runtime->containers[i];
        }
    }
    return NULL;
}

wio_container_id
wio_runtime_container(const struct wio_runtime *runtime, uint32_t i)
{
    return i < runtime->n_containers ? runtime->containers[i]->id : 0;
}

/* A text of a container into a field of @size; what is too long is cut. */
static void
put_text(char *to, uint32_t size, struct wio_span text)
{
    wio_format(to, size, "%S", &text);
}

int
wio_runtime_info(const struct wio_runtime *runtime, wio_container_id id,
                 struct wio_container_info *info)
{
    const struct wio_container *container = wio_runtime_find_(runtime, id);
    struct wio_module_size size;

    if (!container) {
        return WIO_ERR_BAD_HANDLE;
    }
    size = wio_module_size(container->module);
    *info = (struct wio_container_info){
        .state = (enum wio_container_state)container->state,
        .n_needs = container->config.n_needs,
        .n_points = container->config.n_points,
        .memory_bytes = container->instance->memory
                            ? container->instance->memory->n_bytes
                            : 0,
        .arena_bytes = container->arena_bytes,
        .compiled_bytes = size.compiled_bytes,
        .code_bytes = size.code_bytes,
        .activations = container->activations,
        .missed = container->missed,
        .faults = container->faults,
    };
    put_text(info->model, sizeof(info->model), container->config.model);
    put_text(info->version, sizeof(info->version), container->config.version);
    wio_runtime_fault_text_((struct wio_container *)container, &info->fault);
    if (container->bind.main) {
        info->missed = container->bind.main->stats.missed;
    }
    return 0;
}

/* -- Grants ---------------------------------------------------------------- */

/* "sensor: ti,tmp105 at address 0x49 of i2c@4002a000" */
int
wio_runtime_grant_text(const struct wio_runtime *runtime, wio_container_id id,
                       uint32_t i, char *text, uint32_t size)
{
    const struct wio_container *container = wio_runtime_find_(runtime, id);

    if (!container) {
        return WIO_ERR_BAD_HANDLE;
    }
    if (i >= container->config.n_needs) {
        return WIO_ERR_INVALID_ARGUMENT;
    }
    return (int)wio_grant_text(&runtime->board, &container->config.needs[i],
                               &container->grants[i], text, size);
}

/* -- Points ---------------------------------------------------------------- */

int
wio_runtime_point(const struct wio_runtime *runtime, wio_container_id id,
                  uint32_t i, struct wio_point *point)
{
    const struct wio_container *container = wio_runtime_find_(runtime, id);
    const struct wio_point_decl *decl;
    struct wio_point_value value;

    if (!container) {
        return WIO_ERR_BAD_HANDLE;
    }
    if (i >= container->config.n_points) {
        return WIO_ERR_INVALID_ARGUMENT;
    }
    decl = &container->config.points[i];
    wio_point_read(&container->bind.caps.points[i], &value);
    *point = (struct wio_point){
        .type = decl->type,
        .provides = decl->provides,
        .quality = value.n_writes == 0 ? WIO_QUALITY_NONE
                   : value.code < 0    ? WIO_QUALITY_BAD
                                       : WIO_QUALITY_GOOD,
        .code = value.code,
        .bits = value.bits,
        .written_ns = value.written_ns,
        .n_writes = value.n_writes,
    };
    put_text(point->label, sizeof(point->label), decl->label);
    put_text(point->unit, sizeof(point->unit), decl->unit);
    return 0;
}

int
wio_runtime_find_point(const struct wio_runtime *runtime, wio_container_id id,
                       const char *label)
{
    const struct wio_container *container = wio_runtime_find_(runtime, id);

    if (!container) {
        return WIO_ERR_BAD_HANDLE;
    }
    for (uint32_t i = 0; i < container->config.n_points; i++) {
        if (wio_span_is(container->config.points[i].label, label)) {
            return (int)i;
        }
    }
    return WIO_ERR_NO_DEVICE;
}

int
wio_runtime_set_point(struct wio_runtime *runtime, wio_container_id id,
                      uint32_t i, uint64_t bits)
{
    const struct wio_container *container = wio_runtime_find_(runtime, id);
    struct wio_point_cell *cell;

    if (!container) {
        return WIO_ERR_BAD_HANDLE;
    }
    if (i >= container->config.n_points) {
        return WIO_ERR_INVALID_ARGUMENT;
    }
    cell = &container->bind.caps.points[i];
    if (cell->provides) {
        return WIO_ERR_NOT_PERMITTED;
    }
    if (!wio_point_fits(cell->type, bits)) {
        return WIO_ERR_INVALID_ARGUMENT;
    }
    wio_point_write(cell, bits, wio_runtime_now_ns_(runtime));
    return 0;
}
