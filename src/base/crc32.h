/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/crc32.h - CRC-32 as of IEEE 802.3 (reflected, 0xEDB88320)
 *
 * Guards deliveries against transmission errors, not against people. Four bits
 * at a time: bit by bit it was the largest part of loading a compiled container,
 * and byte by byte the table is not of 64 bytes but of 1 KiB of flash. Any
 * context.
 */
#ifndef WIO_BASE_CRC32_H
#define WIO_BASE_CRC32_H

#include <stdint.h>

/* Continue @crc over @n_bytes; start with 0. wio_crc32(0, "123456789", 9) is
 * 0xCBF43926. */
uint32_t wio_crc32(uint32_t crc, const void *bytes, uint32_t n_bytes);

#endif
