/* SPDX-License-Identifier: Apache-2.0 */
/* tests/diff/drivers/libc/string.h - what ports/sim takes of the C library, for
 * a controller that has none; libc.c and ports/cortex-m/startup/mem.c */
#ifndef WIO_TEST_LIBC_STRING_H
#define WIO_TEST_LIBC_STRING_H

#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *to, int value, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *text);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
char *strchr(const char *text, int c);
size_t strcspn(const char *text, const char *stop);

#endif
