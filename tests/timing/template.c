/* SPDX-License-Identifier: Apache-2.0 */
/* Containers from the template guest/rogue.dts: words and times replaced. */
#include "timing.h"

static uint32_t
length(const char *text)
{
    uint32_t n = 0;

    while (text[n]) {
        n++;
    }
    return n;
}

static bool
equal(const uint8_t *a, const char *b, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        if (a[i] != (uint8_t)b[i]) {
            return false;
        }
    }
    return true;
}

static bool
replace(uint8_t *module, uint32_t begin, uint32_t n_bytes, const char *what,
        const char *with)
{
    uint32_t n = length(what);
    uint32_t n_found = 0;

    for (uint32_t at = begin; at + n <= n_bytes; at++) {
        if (equal(module + at, what, n)) {
            for (uint32_t i = 0; i < n; i++) {
                module[at + i] = (uint8_t)with[i];
            }
            n_found++;
        }
    }
    return n_found == 1 && length(with) == n;
}

/* The @i-th time of the configuration, big-endian as in every devicetree. */
static bool
set_time(uint8_t *module, uint32_t begin, uint32_t n_bytes, uint8_t i,
         uint32_t us)
{
    const char cell[4] = { 1, 2, 3, (char)(4 + i) };

    for (uint32_t at = begin; at + 4 <= n_bytes; at++) {
        if (equal(module + at, cell, 4)) {
            module[at] = (uint8_t)(us >> 24);
            module[at + 1] = (uint8_t)(us >> 16);
            module[at + 2] = (uint8_t)(us >> 8);
            module[at + 3] = (uint8_t)us;
            return true;
        }
    }
    return false;
}

bool
timing_fill(uint8_t *module, uint32_t size,
            const struct timing_container *from, const char **missing)
{
    uint32_t n = from->wasm.len;
    uint32_t begin = timing_begin(&from->wasm);
    const char handler[] = { 'h', 'a', 'n', 'd', 'l', 'e', 'r',
                             from->handler, 0 };
    const char entry[] = { 'm', 'a', 'i', 'n', from->main, 0 };
    const struct {
        const char *what;
        const char *with;
    } words[] = {
        { "MODEL0", from->model }, { "LINEXX", from->model },
        { "BUSXXX", from->model },
        { "HANDLER0", handler }, { "MAIN0", entry },
    };

    *missing = "room for the module";
    if (n > size) {
        return false;
    }
    for (uint32_t i = 0; i < n; i++) {
        module[i] = from->wasm.bytes[i];
    }
    for (uint32_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        *missing = words[i].what;
        if (!replace(module, begin, n, words[i].what, words[i].with)) {
            return false;
        }
    }
    for (uint8_t i = 0; i < 3; i++) {
        *missing = "a time";
        if (!set_time(module, begin, n, i, from->timing.handler[i]) ||
            !set_time(module, begin, n, (uint8_t)(3 + i),
                      from->timing.main[i])) {
            return false;
        }
    }
    *missing = "the image's module";
    return begin == 0 || timing_sign(module, &from->wasm, begin);
}
