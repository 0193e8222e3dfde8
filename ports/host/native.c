/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A shared object from memory: written into a file that has no name
 * (memfd_create(2)), which the dynamic linker opens by its number. Each such
 * file is another one to the linker, so each open gets variables of its own;
 * it goes by names, too, and so the number stays in use as long as the object.
 */
#include "host/native.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* All that are open: a process may end with containers loaded, and then they
 * are not lost. Background only. */
static struct image {
    struct image *next;
    void *object;
    int fd;
} *images;

static bool
write_all(int fd, const uint8_t *bytes, uint32_t n_bytes)
{
    while (n_bytes > 0) {
        ssize_t n = write(fd, bytes, n_bytes);

        if (n <= 0) {
            return false;
        }
        bytes += n;
        n_bytes -= (uint32_t)n;
    }
    return true;
}

static void
close_image(void *ctx, void *handle)
{
    struct image *image = handle;
    struct image **at = &images;

    (void)ctx;
    while (*at != image) {
        at = &(*at)->next;
    }
    *at = image->next;
    if (image->object) {
        dlclose(image->object);
    }
    close(image->fd);
    free(image);
}

static int
open_image(void *ctx, const uint8_t *bytes, uint32_t n_bytes,
           uint32_t text_bytes, void **handle, const void **entry)
{
    struct image *image = calloc(1, sizeof(*image));
    char path[32];

    (void)text_bytes;
    if (!image) {
        return WIO_ERR_LIMIT;
    }
    image->fd = memfd_create("wasmio-container", MFD_CLOEXEC);
    if (image->fd < 0) {
        free(image);
        return WIO_ERR_LIMIT;
    }
    image->next = images;
    images = image;
    snprintf(path, sizeof(path), "/proc/self/fd/%d", image->fd);
    if (write_all(image->fd, bytes, n_bytes)) {
        image->object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    }
    *entry = image->object ? dlsym(image->object, "wio_image") : NULL;
    if (!*entry) {
        close_image(ctx, image);
        return WIO_ERR_MALFORMED;
    }
    *handle = image;
    return 0;
}

const struct wio_port_native_ops wio_host_native_sim = {
    .kind = WIO_NATIVE_SHARED,
    .target = "sim",
    .open = open_image,
    .close = close_image
};

const struct wio_port_native_ops wio_host_native_linux = {
    .kind = WIO_NATIVE_SHARED,
    .target = "linux",
    .open = open_image,
    .close = close_image
};
