/* SPDX-License-Identifier: Apache-2.0 */
/* tests/qemu/spec/image/native.h - native code of the vectors' modules, linked
 * beside the runner; ../vectors.py writes the table */
#ifndef WIO_TEST_SPEC_NATIVE_H
#define WIO_TEST_SPEC_NATIVE_H

#include <stdint.h>

#include "engine/aot/image.h"

struct spec_native {
    const char *file;              /* of the script, as in the list */
    const struct wio_aot_image *const *images;
    uint32_t n;                    /* one a module, in order of loading */
};

extern const struct spec_native spec_natives[];
extern const uint32_t spec_n_natives;      /* 0: all is interpreted */

#endif
