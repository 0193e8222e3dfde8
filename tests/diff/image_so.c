/* SPDX-License-Identifier: Apache-2.0 */
/* tests/diff/image_so.c - native code of a module in a shared object */
#include <dlfcn.h>
#include <stdio.h>

#include "diff/image.h"
#include "engine/aot/attach.h"
#include "engine/aot/image.h"

static void *object;

static int
attach(struct wio_module *module, const void *image,
       struct wio_report *report)
{
    return wio_engine_attach(module, image, report);
}

bool
diff_image_open(const char *name, struct diff_player *player)
{
    const struct wio_aot_image *image;

    player->counts = true;
    if (name[0] == '0' && name[1] == '\0') {
        return true;
    }
    object = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (!object) {
        (void)fprintf(stderr, "%s\n", dlerror());
        return false;
    }
    image = dlsym(object, "wio_image");
    if (!image) {
        diff_image_close(player);
        return false;
    }
    player->image = image;
    player->attach = attach;
    player->counts = (image->flags & WIO_AOT_COUNTED) != 0;
    return true;
}

void
diff_image_close(struct diff_player *player)
{
    player->attach = NULL;
    if (object) {
        (void)dlclose(object);
        object = NULL;
    }
}
