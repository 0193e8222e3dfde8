/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a freestanding compiler may call by itself. Linked only when it does.
 * Built with -fno-builtin, or the loops would become calls of themselves.
 */
#include <stddef.h>
#include <stdint.h>

void *memcpy(void *restrict to, const void *restrict from, size_t n_bytes);
void *memmove(void *to, const void *from, size_t n_bytes);
void *memset(void *to, int value, size_t n_bytes);
int memcmp(const void *a, const void *b, size_t n_bytes);

void *
memcpy(void *restrict to, const void *restrict from, size_t n_bytes)
{
    uint8_t *t = to;
    const uint8_t *f = from;

    while (n_bytes-- > 0) {
        *t++ = *f++;
    }
    return to;
}

void *
memmove(void *to, const void *from, size_t n_bytes)
{
    uint8_t *t = to;
    const uint8_t *f = from;

    if (t < f) {
        return memcpy(to, from, n_bytes);
    }
    while (n_bytes-- > 0) {
        t[n_bytes] = f[n_bytes];
    }
    return to;
}

void *
memset(void *to, int value, size_t n_bytes)
{
    uint8_t *t = to;

    while (n_bytes-- > 0) {
        *t++ = (uint8_t)value;
    }
    return to;
}

int
memcmp(const void *a, const void *b, size_t n_bytes)
{
    const uint8_t *x = a;
    const uint8_t *y = b;

    for (; n_bytes > 0; n_bytes--, x++, y++) {
        if (*x != *y) {
            return *x < *y ? -1 : 1;
        }
    }
    return 0;
}
