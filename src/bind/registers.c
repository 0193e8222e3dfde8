/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bind/registers.c - registers that compiled code reaches in line
 *
 *   grant -> window (cap) -> handle ----> image->present[i]: the handle, or 0
 *                                                |
 *             generated code: present? access at a constant address : call
 *
 * The code's constants are those of the board that it was compiled for. Here
 * they are compared with what is granted, before anything runs.
 */
#include "bind/internal.h"

#include "base/rights.h"
#include "engine/aot/image.h"

/* What the window's need has now; NULL: nothing, so it stays with the host. */
static const struct wio_mmio_window *
granted(const struct wio_bind *bind, const struct wio_aot_window *w)
{
    int32_t handle = w->need < bind->config->n_needs
                         ? wio_bind_need_handle(bind, w->need) : 0;

    return handle > 0 ? wio_caps_mmio(&bind->caps, (uint32_t)handle) : NULL;
}

/* Registers that are memory; a host that is asked about each access has others
 * as well, and is asked then. */
static bool
is_there(const struct wio_aot_image *image,
         const struct wio_mmio_window *window,
         const struct wio_aot_window *w)
{
    return !window->grant->ops && (image->bases || window->base == w->base);
}

static bool
is_as_compiled(const struct wio_mmio_window *window,
               const struct wio_aot_window *w)
{
    const struct wio_mmio_grant *grant = window->grant;

    return grant->size == w->n_bytes &&
           wio_rights_crc(grant->rules, grant->n_rules) == w->rules_crc;
}

int
wio_bind_open_registers(struct wio_bind *bind,
                        const struct wio_aot_image *image,
                        struct wio_report *report)
{
    bind->image = NULL;
    for (uint32_t i = 0; i < image->n_windows; i++) {
        const struct wio_aot_window *w = &image->windows[i];
        const struct wio_mmio_window *window = granted(bind, w);

        if (w->need >= bind->config->n_needs ||
            (window && (!is_as_compiled(window, w) ||
                        (!image->bases && !is_there(image, window, w))))) {
            return wio_report_fail(report, WIO_ERR_NO_MATCH,
                                   "the compiled container reaches registers "
                                   "at %x that the board does not grant it "
                                   "so; compile it for this board",
                                   (uint32_t)w->base);
        }
    }
    bind->image = image;
    wio_bind_renew_registers_(bind);
    return 0;
}

void
wio_bind_renew_registers_(struct wio_bind *bind)
{
    const struct wio_aot_image *image = bind->image;

    for (uint32_t i = 0; image && i < image->n_windows; i++) {
        const struct wio_mmio_window *window = granted(bind,
                                                       &image->windows[i]);

        bool is_usable = window && is_there(image, window, &image->windows[i]);

        if (is_usable && image->bases) {
            image->bases[i] = window->base;
        }
        image->present[i] = is_usable ? window->handle : 0;
    }
}

void
wio_bind_close_registers(struct wio_bind *bind)
{
    const struct wio_aot_image *image = bind->image;

    for (uint32_t i = 0; image && i < image->n_windows; i++) {
        image->present[i] = 0;
    }
    bind->image = NULL;
}
