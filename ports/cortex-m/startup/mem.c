/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The four functions that gcc may call even in freestanding code (gcc manual,
 * "Standards": memcpy, memmove, memset, memcmp). By words where both sides
 * are aligned alike.
 */
#include <stddef.h>
#include <stdint.h>

typedef uint32_t __attribute__((may_alias)) word;

void *memcpy(void *restrict to, const void *restrict from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *to, int value, size_t n);
int memcmp(const void *a, const void *b, size_t n);

void *
memcpy(void *restrict to, const void *restrict from, size_t n)
{
    uint8_t *d = to;
    const uint8_t *s = from;

    if ((((uintptr_t)d | (uintptr_t)s) & 3u) == 0) {
        for (; n >= 4; n -= 4, d += 4, s += 4) {
            *(word *)(void *)d = *(const word *)(const void *)s;
        }
    }
    while (n-- > 0) {
        *d++ = *s++;
    }
    return to;
}

void *
memmove(void *to, const void *from, size_t n)
{
    uint8_t *d = to;
    const uint8_t *s = from;

    if ((uintptr_t)d - (uintptr_t)s >= n) {
        return memcpy(to, from, n);     /* no byte is read after its write */
    }
    while (n-- > 0) {
        d[n] = s[n];
    }
    return to;
}

void *
memset(void *to, int value, size_t n)
{
    uint8_t *d = to;
    uint32_t pattern = (uint8_t)value * 0x01010101u;

    while (n > 0 && ((uintptr_t)d & 3u) != 0) {
        *d++ = (uint8_t)value;
        n--;
    }
    for (; n >= 4; n -= 4, d += 4) {
        *(word *)(void *)d = pattern;
    }
    while (n-- > 0) {
        *d++ = (uint8_t)value;
    }
    return to;
}

int
memcmp(const void *a, const void *b, size_t n)
{
    const uint8_t *x = a;
    const uint8_t *y = b;

    for (; n > 0; n--, x++, y++) {
        if (*x != *y) {
            return *x - *y;
        }
    }
    return 0;
}
