/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench/guest/product.c - the register loop through the product's own path
 *
 * The loop of kernels.c, with the imports a real driver has: handles that the
 * host gave, register rights, error codes. read32 answers with 64 bits, the
 * error in the sign; as in the reference loop nobody looks at it here, the
 * checksum does.
 */
#include <stdint.h>

#define EXPORT(name) __attribute__((export_name(#name)))
#define IMPORT(interface, name) \
    __attribute__((import_module("wasmio:" interface "@0.1"), \
                   import_name(name)))

IMPORT("core", "open") int32_t wio_open(const char *name, uint32_t len);
IMPORT("mmio", "write32")
int32_t mmio_write32(uint32_t h, uint32_t off, uint32_t v);
IMPORT("mmio", "read32") int64_t mmio_read32(uint32_t h, uint32_t off);

__asm__(".section .custom_section.wasmio.config,\"\",@\n"
        ".incbin \"product.dtb\"\n"
        ".text\n");

static uint32_t handle;

EXPORT(open_window) int32_t
open_window(void)
{
    const int32_t opened = wio_open("window", 6);

    handle = (uint32_t)opened;
    return opened;
}

EXPORT(mmio_loop) uint32_t
mmio_loop(uint32_t n)
{
    const uint32_t h = handle;
    uint32_t acc = 0;

    for (uint32_t i = 0; i < n; i++) {
        uint32_t off = (i & 15u) << 2;

        mmio_write32(h, off, i);
        acc += (uint32_t)mmio_read32(h, off);
    }
    return acc;
}
