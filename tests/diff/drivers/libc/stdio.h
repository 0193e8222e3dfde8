/* SPDX-License-Identifier: Apache-2.0 */
/* tests/diff/drivers/libc/stdio.h - see string.h */
#ifndef WIO_TEST_LIBC_STDIO_H
#define WIO_TEST_LIBC_STDIO_H

#include <stdarg.h>
#include <stddef.h>

/* Of %s, %c, %d, %u, %x and %zu, with 0 and a width, also by `*`. */
int snprintf(char *text, size_t size, const char *format, ...);
int vsnprintf(char *text, size_t size, const char *format, va_list args);

#endif
