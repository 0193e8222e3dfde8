/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The template, compiled: what was written into a copy of it is no damage. The
 * file's checksum and the image's word of which module it was made of follow.
 */
#include "timing.h"

#include <stddef.h>

#include "base/crc32.h"
#include "engine/aot/attach.h"
#include "runtime/native.h"

static uint32_t
word(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
           (uint32_t)at[3] << 24;
}

static void
put_word(uint8_t *at, uint32_t value)
{
    for (uint32_t i = 0; i < 4; i++) {
        at[i] = (uint8_t)(value >> (8 * i));
    }
}

uint32_t
timing_begin(const struct timing_blob *container)
{
    struct wio_native_file native;

    return wio_native_read((struct wio_span){ container->bytes,
                                              container->len },
                           &native, NULL) == 0 && native.is_there
               ? native.header.image_at + native.header.image_bytes
               : 0;
}

bool
timing_sign(uint8_t *module, const struct timing_blob *from, uint32_t begin)
{
    uint32_t old, now, code, crc;
    uint32_t n_found = 0;

    wio_aot_crcs(from->bytes, from->len, &old, &code);
    wio_aot_crcs(module, from->len, &now, &code);
    for (uint32_t at = WIO_NATIVE_IMAGE_AT; at + 4 <= begin; at += 4) {
        if (word(module + at) == old) {
            put_word(module + at, now);
            n_found++;
        }
    }
    crc = wio_crc32(0, module, WIO_NATIVE_CRC_AT);
    crc = wio_crc32(crc, module + WIO_NATIVE_CRC_AT + 4,
                    from->len - WIO_NATIVE_CRC_AT - 4);
    put_word(module + WIO_NATIVE_CRC_AT, crc);
    return n_found == 1;
}
