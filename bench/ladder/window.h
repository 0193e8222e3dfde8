/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench/ladder/window.h - the need `window` as a memory, and batches
 *
 * Functions here; `wasmio link` makes memory instructions of the calls.
 */
#ifndef BENCH_LADDER_WINDOW_H
#define BENCH_LADDER_WINDOW_H

#include <wasmio/guest.h>

WASMIO_IMPORT(WIO_MODULE_MMIO, "window.read32")
uint32_t window_read32(uint32_t off);
WASMIO_IMPORT(WIO_MODULE_MMIO, "window.write32")
void window_write32(uint32_t off, uint32_t value);

WASMIO_IMPORT(WIO_MODULE_MMIO, "batch")
int32_t wasmio_mmio_batch(int32_t handle, struct wio_abi_mmio_op *ops,
                          uint32_t n_ops);

#endif
