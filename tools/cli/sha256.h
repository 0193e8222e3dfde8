/* SPDX-License-Identifier: Apache-2.0 */
/* tools/cli/sha256.h - SHA-256 (FIPS 180-4): names for what is kept */
#ifndef WIO_CLI_SHA256_H
#define WIO_CLI_SHA256_H

#include <stddef.h>
#include <stdint.h>

struct sha256 {
    uint32_t h[8];
    uint8_t block[64];
    uint64_t n;                  /* bytes so far */
};

void sha256_begin(struct sha256 *s);
void sha256_add(struct sha256 *s, const void *bytes, size_t n);
/* 64 digits and a zero. */
void sha256_end(struct sha256 *s, char text[65]);

#endif
