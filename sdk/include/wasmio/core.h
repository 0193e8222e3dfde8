/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wasmio/core.h - handles, and lines for people (wit/core.wit)
 *
 * Every function may be called from any entry, handler and operation, and
 * returns at once.
 */
#ifndef WASMIO_CORE_H
#define WASMIO_CORE_H

#include <wasmio/guest.h>

/**
 * wasmio_open - a handle for a need or a point of this container
 * @name: label as in the configuration, @len bytes without an end
 *
 * Returns a positive handle, which stays valid until it is closed, or
 *   WIO_ERR_NO_DEVICE      the configuration has no such label, or it is an
 *                          optional need that this board could not grant
 *   WIO_ERR_REVOKED        the grant was withdrawn
 *   WIO_ERR_FAULT          @name is not in the container's memory
 */
WASMIO_IMPORT(WIO_MODULE_CORE, "open")
int32_t wasmio_open(const char *name, uint32_t len);

/* The same for a string literal. */
#define WASMIO_OPEN(literal) wasmio_open(literal, sizeof(literal) - 1)

/* Gives a handle back. Returns 0 or WIO_ERR_BAD_HANDLE. */
WASMIO_IMPORT(WIO_MODULE_CORE, "close")
int32_t wasmio_close(int32_t handle);

/**
 * wasmio_info - what a handle is of, and its limits
 * @cap: room in bytes; the first @cap of WIO_ABI_INFO_SIZE are written
 * Returns the number of bytes written, WIO_ERR_BAD_HANDLE or WIO_ERR_FAULT.
 */
WASMIO_IMPORT(WIO_MODULE_CORE, "info")
int32_t wasmio_info(int32_t handle, struct wio_abi_info *info, uint32_t cap);

/**
 * wasmio_last_error_text - one sentence about the last refused call
 * Not terminated. Returns its length, at most @cap, or WIO_ERR_FAULT. When
 * nothing was refused yet the sentence says so.
 */
WASMIO_IMPORT(WIO_MODULE_CORE, "last-error-text")
int32_t wasmio_last_error_text(char *text, uint32_t cap);

/**
 * wasmio_log - one line on the controller's console
 * @level: enum wio_abi_log_level
 * @text:  @len bytes without a line end; what is beyond WIO_ABI_LOG_MAX is cut
 * Returns 0, WIO_ERR_FAULT, or WIO_ERR_INVALID_ARGUMENT for the level.
 */
WASMIO_IMPORT(WIO_MODULE_CORE, "log")
int32_t wasmio_log(int32_t level, const char *text, uint32_t len);

#define WASMIO_LOG(level, literal) \
    ((void)wasmio_log((level), literal, sizeof(literal) - 1))

#endif
