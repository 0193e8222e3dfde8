/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/aot/attach.h - native code for a module's functions
 *
 *   wio_engine_load --> wio_engine_attach --> wio_engine_instantiate --> ...
 *
 * The code is trusted as the firmware is; what is checked is that it belongs
 * to this module and this engine. Everything else of the module stays as it
 * is. An image is one instance: instantiate once at a time.
 */
#ifndef WIO_ENGINE_AOT_ATTACH_H
#define WIO_ENGINE_AOT_ATTACH_H

#include <stdint.h>

#include <wio/err.h>

#include "base/report.h"

struct wio_module;
struct wio_aot_image;

#define WIO_AOT_SECTION "wasmio.native"    /* custom section of a .wio */

/* Before the module is instantiated. WIO_ERR_INVALID with the sentence. */
WIO_MUST_CHECK
int wio_engine_attach(struct wio_module *module,
                      const struct wio_aot_image *image,
                      struct wio_report *report);

/* What is attached, or NULL. */
const struct wio_aot_image *wio_module_image(const struct wio_module *module);

/* By these an image knows its module: of all sections but the code and the one
 * that holds an image, and of the code. Both are 0 for an empty module. */
void wio_aot_crcs(const uint8_t *bytes, uint32_t n_bytes, uint32_t *shape,
                  uint32_t *code);

#endif
