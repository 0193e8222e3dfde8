/* SPDX-License-Identifier: Apache-2.0 */
/* runtime/buffer.c - the part of a container's memory that is the host's, too */
#include <wio/abi.h>

#include "runtime/internal.h"

static bool
find_address(const struct wio_container *container, const char *name,
             uint32_t *address)
{
    struct wio_extern found;

    if (!wio_engine_find(container->instance, name, &found) ||
        found.kind != WIO_EXTERN_GLOBAL ||
        wio_engine_global_type(found.of.global) != WIO_TYPE_I32) {
        return false;
    }
    *address = *wio_engine_global_word(found.of.global);
    return true;
}

/* @len bytes from @offset of the buffer on; a guest may have changed what it
 * exports, so every look at it is checked. */
static int
find_bytes(const struct wio_runtime *runtime, wio_container_id id,
           uint32_t offset, uint32_t len, uint8_t **bytes)
{
    const struct wio_container *container = wio_runtime_find_(runtime, id);
    uint32_t from;
    uint32_t end;

    if (!container) {
        return WIO_ERR_BAD_HANDLE;
    }
    if (runtime->active) {
        return WIO_ERR_BUSY;
    }
    if (!find_address(container, WIO_EXPORT_BUFFER, &from) ||
        !find_address(container, WIO_EXPORT_BUFFER_END, &end) || end < from) {
        return WIO_ERR_NO_EXPORT;
    }
    if (len > end - from || offset > end - from - len) {
        return WIO_ERR_INVALID_ARGUMENT;
    }
    *bytes = wio_guest_range(container->instance, from + offset, len);
    return *bytes ? 0 : WIO_ERR_NO_EXPORT;
}

int
wio_runtime_read_buffer(const struct wio_runtime *runtime,
                        wio_container_id id, uint32_t offset, void *to,
                        uint32_t len)
{
    uint8_t *bytes;
    int err = find_bytes(runtime, id, offset, len, &bytes);

    if (!err) {
        wio_copy(to, bytes, len);
    }
    return err;
}

int
wio_runtime_write_buffer(struct wio_runtime *runtime, wio_container_id id,
                         uint32_t offset, const void *from, uint32_t len)
{
    uint8_t *bytes;
    int err = find_bytes(runtime, id, offset, len, &bytes);

    if (!err) {
        wio_copy(bytes, from, len);
    }
    return err;
}
