/* SPDX-License-Identifier: Apache-2.0 */
#include "base/crc32.h"

/* What four bits at the low end become while they are shifted out. */
static const uint32_t of_bits[16] = {
    0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
    0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
    0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c
};

uint32_t
wio_crc32(uint32_t crc, const void *bytes, uint32_t n_bytes)
{
    const uint8_t *at = bytes;

    crc = ~crc;
    while (n_bytes-- > 0) {
        crc ^= *at++;
        crc = crc >> 4 ^ of_bits[crc & 15u];
        crc = crc >> 4 ^ of_bits[crc & 15u];
    }
    return ~crc;
}
