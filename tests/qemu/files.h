/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/qemu/files.h - files of the host, for images under test
 *
 * Facts: "Semihosting for AArch32 and AArch64" (Arm 2020Q4), chapter 6. QEMU's
 * working directory is where names begin.
 */
#ifndef WIO_TEST_QEMU_FILES_H
#define WIO_TEST_QEMU_FILES_H

#include <stdint.h>

/* The whole file @name, at most @size bytes, to @to; its length, or
 * UINT32_MAX when it cannot be read. */
uint32_t file_read(const char *name, void *to, uint32_t size);

/* Adds @len bytes to @handle's file; of file_create(), UINT32_MAX when it
 * cannot be made. */
uint32_t file_create(const char *name);
void file_write(uint32_t handle, const void *from, uint32_t len);
void file_close(uint32_t handle);

/* The word after the program's name on the command line; "" when there is
 * none or the line is longer than @size. */
const char *file_argument(char *line, uint32_t size);

#endif
