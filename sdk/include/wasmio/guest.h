/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wasmio/guest.h - the few attributes every other header builds on
 *
 * A container is a WebAssembly module whose imports are functions of the host
 * and whose configuration is a devicetree in the section `wasmio.config`.
 */
#ifndef WASMIO_GUEST_H
#define WASMIO_GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <wio/abi.h>
#include <wio/err.h>

/* In front of a declaration: this function is the host's. */
#define WASMIO_IMPORT(module, name) \
    __attribute__((import_module(module), import_name(name)))

/*
 * In front of a definition: the host may call this function by @name. What the
 * configuration names as an entry or a handler, `wasmio-init`, and operations.
 *
 *     WASMIO_EXPORT("poll") void poll(void) { ... }
 */
#define WASMIO_EXPORT(name) __attribute__((export_name(name)))

/*
 * Once in a container that has handlers, at top level: the stack that they use
 * instead of main's, @bytes in all, divided equally among them; at least 64
 * each, a multiple of 16. Build with HANDLERS (sdk/cmake, sdk/wasmio.mk), which
 * exports it.
 */
#define WASMIO_HANDLER_STACK(bytes)                                 \
    __attribute__((aligned(16), visibility("default")))             \
    uint8_t wasmio_handler_stack[bytes];                            \
    __asm__(".globl wasmio_handler_stack_end\n"                     \
            ".set wasmio_handler_stack_end, "                       \
            "wasmio_handler_stack + " #bytes "\n")

/*
 * Once in a container, at top level: `wasmio_buffer`, @bytes of its memory that
 * the host reads and writes between operations, for what does not fit into
 * their arguments and results.
 */
#define WASMIO_BUFFER(bytes)                                        \
    __attribute__((aligned(4), visibility("default")))              \
    uint8_t wasmio_buffer[bytes];                                   \
    __asm__(".globl wasmio_buffer_end\n"                            \
            ".set wasmio_buffer_end, wasmio_buffer + " #bytes "\n")

/*
 * Once in a container, at top level: the file (made by dtc) becomes the custom
 * section `wasmio.config`. sdk/cmake and sdk/wasmio.mk do this by themselves;
 * use it when you build without them. Only an assembler directive makes a
 * custom section: __attribute__((section)) would make a data segment.
 */
#define WASMIO_CONFIG(file)                                         \
    __asm__(".section .custom_section.wasmio.config,\"\",@\n"       \
            ".incbin \"" file "\"\n"                                \
            ".text\n")

#endif
