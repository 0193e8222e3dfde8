/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/runtime/packed.h - containers and boards from the built files
 *
 * A file that is missing fails the test.
 */
#ifndef TEST_PACKED_H
#define TEST_PACKED_H

#include <stdint.h>

#define PACKED_FILE_BYTES 8192u     /* of a module or a blob, at most */
#define PACKED_BYTES (3 * PACKED_FILE_BYTES)

/* The bytes of @name.@ext, at most PACKED_FILE_BYTES, into @to; how many. */
uint32_t packed_read(const char *name, const char *ext, uint8_t *to);

/* Adds the section wasmio.config with the blob of @config to the module of
 * @len bytes at @to; the new length. */
uint32_t packed_add(uint8_t *to, uint32_t len, const char *config);

#endif
