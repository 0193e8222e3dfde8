/* SPDX-License-Identifier: Apache-2.0 */
/* tests/diff/image_linked.c - native code of modules beside the player: image
 * n of a list, from 1, is the nth of diff_images, which run.py writes */
#include "diff/image.h"
#include "engine/aot/attach.h"
#include "engine/aot/image.h"

extern const struct wio_aot_image *const diff_images[];
extern const uint32_t diff_n_images;

static int
attach(struct wio_module *module, const void *image,
       struct wio_report *report)
{
    return wio_engine_attach(module, image, report);
}

bool
diff_image_open(const char *name, struct diff_player *player)
{
    uint32_t n = 0;

    while (*name) {
        n = n * 10 + (uint32_t)(*name++ - '0');
    }
    player->counts = true;
    if (n == 0) {
        return true;
    }
    if (n > diff_n_images) {
        return false;
    }
    player->image = diff_images[n - 1];
    player->attach = attach;
    player->counts = (diff_images[n - 1]->flags & WIO_AOT_COUNTED) != 0;
    return true;
}

void
diff_image_close(struct diff_player *player)
{
    player->attach = NULL;
}
