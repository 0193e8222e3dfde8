/* SPDX-License-Identifier: Apache-2.0 */
/* tests/diff/drivers/libc/stdlib.h - see string.h */
#ifndef WIO_TEST_LIBC_STDLIB_H
#define WIO_TEST_LIBC_STDLIB_H

/* Decimal, or hexadecimal after 0x; @base must be 0. */
long long strtoll(const char *text, char **end, int base);

#endif
