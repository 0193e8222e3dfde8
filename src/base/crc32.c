/* SPDX-License-Identifier: Apache-2.0 */
#include "base/crc32.h"

uint32_t
wio_crc32(uint32_t crc, const void *bytes, uint32_t n_bytes)
{
    const uint8_t *at = bytes;

    crc = ~crc;
    while (n_bytes-- > 0) {
        crc ^= *at++;
        for (uint32_t bit = 0; bit < 8; bit++) {
            crc = (crc >> 1) ^ (0xEDB88320u & (0u - (crc & 1u)));
        }
    }
    return ~crc;
}
