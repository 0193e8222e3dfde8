/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wasmio/mmio.h - registers of a window (wit/mmio.wit)
 *
 * Each call is exactly one bus access of that width, in program order. The
 * board's policy says which registers may be read and written, and which bits.
 * Offsets are bytes from the start of the window. Errors:
 *   WIO_ERR_BAD_HANDLE         not a window of this container, or closed, or
 *                              the grant was withdrawn
 *   WIO_ERR_MMIO_OUTSIDE       the offset is not in the window
 *   WIO_ERR_MMIO_ALIGNMENT     it is no multiple of the width
 *   WIO_ERR_MMIO_NO_REGISTER   no register that was granted
 *   WIO_ERR_MMIO_WIDTH         not the width of that register
 *   WIO_ERR_MMIO_READ_ONLY, WIO_ERR_MMIO_WRITE_ONLY
 *   WIO_ERR_MMIO_BITS          a written value touches bits outside the grant
 * A refused access has not reached the device.
 */
#ifndef WASMIO_MMIO_H
#define WASMIO_MMIO_H

#include <wasmio/guest.h>

/* The value, zero-extended (>= 0), or a negative error. */
WASMIO_IMPORT(WIO_MODULE_MMIO, "read8")
int64_t wasmio_mmio_read8(int32_t handle, uint32_t off);
WASMIO_IMPORT(WIO_MODULE_MMIO, "read16")
int64_t wasmio_mmio_read16(int32_t handle, uint32_t off);
WASMIO_IMPORT(WIO_MODULE_MMIO, "read32")
int64_t wasmio_mmio_read32(int32_t handle, uint32_t off);

/* 0 or a negative error. */
WASMIO_IMPORT(WIO_MODULE_MMIO, "write8")
int32_t wasmio_mmio_write8(int32_t handle, uint32_t off, uint32_t value);
WASMIO_IMPORT(WIO_MODULE_MMIO, "write16")
int32_t wasmio_mmio_write16(int32_t handle, uint32_t off, uint32_t value);
WASMIO_IMPORT(WIO_MODULE_MMIO, "write32")
int32_t wasmio_mmio_write32(int32_t handle, uint32_t off, uint32_t value);

/* Read, replace the bits of @mask by those of @value, write; no other code
 * comes in between. 0 or a negative error. */
WASMIO_IMPORT(WIO_MODULE_MMIO, "modify32")
int32_t wasmio_mmio_modify32(int32_t handle, uint32_t off, uint32_t mask,
                             uint32_t value);

/* Reads until (value & @mask) == @want. 0, WIO_ERR_TIMEOUT after @timeout_us
 * or the need's timeout-us, whichever is less, or an error above. Not for
 * handlers. */
WASMIO_IMPORT(WIO_MODULE_MMIO, "poll32")
int32_t wasmio_mmio_poll32(int32_t handle, uint32_t off, uint32_t mask,
                           uint32_t want, uint32_t timeout_us);

/**
 * wasmio_mmio_batch - several accesses in one call, all of them or none
 * @ops: 1 to WIO_ABI_MMIO_OPS_MAX of them: WIO_ABI_OP_READ, which fills in
 *       `value`; WIO_ABI_OP_WRITE; WIO_ABI_OP_MODIFY, as modify32
 * Each is checked before the first is made. Returns 0 or a negative error; the
 * `status` of the one that was refused says why, those of what was done are 0.
 */
WASMIO_IMPORT(WIO_MODULE_MMIO, "batch")
int32_t wasmio_mmio_batch(int32_t handle, struct wio_abi_mmio_op *ops,
                          uint32_t n);

/*
 * A block of registers of @width bytes each to memory, and back: @len is a
 * multiple of the width, at most WIO_ABI_MMIO_COPY_MAX accesses. With width |
 * WIO_ABI_MMIO_FIXED all of them are to the register at @off, as for a FIFO.
 * Little-endian in memory. All of them or none; 0 or a negative error.
 */
WASMIO_IMPORT(WIO_MODULE_MMIO, "copy-in")
int32_t wasmio_mmio_copy_in(int32_t handle, uint32_t off, void *to,
                            uint32_t len, uint32_t width);
WASMIO_IMPORT(WIO_MODULE_MMIO, "copy-out")
int32_t wasmio_mmio_copy_out(int32_t handle, uint32_t off, const void *from,
                             uint32_t len, uint32_t width);

#endif
