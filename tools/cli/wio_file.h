/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tools/cli/wio_file.h - making a compiled container's file
 *
 * src/runtime/native.h has what it looks like.
 */
#ifndef WIO_WIO_FILE_H
#define WIO_WIO_FILE_H

#include <stddef.h>

#include "base/span.h"
#include "runtime/native.h"

/**
 * wio_file_make - a module and its image, in one file
 * @header: as it is to be; file_bytes, crc, module_crc, module_bytes, image_at
 *          and image_bytes are filled in here
 * @image:  native code
 * @out:    room for wio_file_room() bytes
 * Returns the file's length; 0 when @module, which was validated, has been
 * compiled already.
 */
uint32_t wio_file_make(struct wio_span module, struct wio_native_header *header,
                       struct wio_span image, uint8_t *out);
size_t wio_file_room(struct wio_span module, struct wio_span image);

#endif
