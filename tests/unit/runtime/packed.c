/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/runtime/packed.c - see packed.h */
#include "packed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

uint32_t
packed_read(const char *name, const char *ext, uint8_t *to)
{
    char path[512];
    FILE *f;
    size_t n;

    snprintf(path, sizeof(path), "%s/%s.%s", GUESTS, name, ext);
    f = fopen(path, "rb");
    if (!f) {
        fail_msg("cannot open %s", path);
        return 0;
    }
    n = fread(to, 1, PACKED_FILE_BYTES, f);
    fclose(f);
    return (uint32_t)n;
}

static uint32_t
put_leb(uint8_t *to, uint32_t value)
{
    uint32_t n = 0;

    do {
        to[n++] = (uint8_t)((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
        value >>= 7;
    } while (value);
    return n;
}

uint32_t
packed_add(uint8_t *to, uint32_t len, const char *config)
{
    static const char name[] = "wasmio.config";
    uint8_t blob[PACKED_FILE_BYTES];
    uint32_t blob_len = packed_read(config, "dtb", blob);

    to[len++] = 0;
    len += put_leb(to + len, 1 + sizeof(name) - 1 + blob_len);
    to[len++] = sizeof(name) - 1;
    memcpy(to + len, name, sizeof(name) - 1);
    len += sizeof(name) - 1;
    memcpy(to + len, blob, blob_len);
    return len + blob_len;
}
