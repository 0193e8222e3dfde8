/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What this firmware offers to compiled containers, as its ELF file says it to
 * `wasmio compile`: where its slots are, and functions to link with.
 *
 * The linker keeps only what is referred to, and an image refers to nothing
 * before it exists. So everything that gcc may call by itself (gcc internals
 * manual, "Routines for integer arithmetic" and "for floating point emulation";
 * Run-time ABI for the Arm Architecture, 4.1 to 4.3) is listed here.
 */
#include <stddef.h>

#include <wio/config.h>

#include "natives.h"

void *memcpy(void *restrict to, const void *restrict from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *to, int value, size_t n);

/* Of libgcc; what they take is gcc's business. */
#define ROUTINES(X)                                                          \
    X(__aeabi_lmul) X(__aeabi_ldivmod) X(__aeabi_uldivmod)                    \
    X(__aeabi_llsl) X(__aeabi_llsr) X(__aeabi_lasr)                           \
    X(__aeabi_idiv0) X(__aeabi_ldiv0)                                         \
    X(__clzdi2) X(__ctzdi2) X(__popcountsi2) X(__popcountdi2)

#if WIO_CFG_FLOAT
#define FLOAT_ROUTINES(X)                                                    \
    X(__aeabi_fadd) X(__aeabi_fsub) X(__aeabi_frsub) X(__aeabi_fmul)          \
    X(__aeabi_fdiv) X(__aeabi_dadd) X(__aeabi_dsub) X(__aeabi_drsub)          \
    X(__aeabi_dmul) X(__aeabi_ddiv)                                           \
    X(__aeabi_fcmpeq) X(__aeabi_fcmplt) X(__aeabi_fcmple) X(__aeabi_fcmpge)   \
    X(__aeabi_fcmpgt) X(__aeabi_fcmpun)                                       \
    X(__aeabi_dcmpeq) X(__aeabi_dcmplt) X(__aeabi_dcmple) X(__aeabi_dcmpge)   \
    X(__aeabi_dcmpgt) X(__aeabi_dcmpun)                                       \
    X(__aeabi_f2iz) X(__aeabi_f2uiz) X(__aeabi_f2lz) X(__aeabi_f2ulz)         \
    X(__aeabi_d2iz) X(__aeabi_d2uiz) X(__aeabi_d2lz) X(__aeabi_d2ulz)         \
    X(__aeabi_i2f) X(__aeabi_ui2f) X(__aeabi_l2f) X(__aeabi_ul2f)             \
    X(__aeabi_i2d) X(__aeabi_ui2d) X(__aeabi_l2d) X(__aeabi_ul2d)             \
    X(__aeabi_f2d) X(__aeabi_d2f)
#else
#define FLOAT_ROUTINES(X)
#endif

#define DECLARE(name) void name(void);
#define TAKE(name) (void (*)(void))name,

ROUTINES(DECLARE)
FLOAT_ROUTINES(DECLARE)

__attribute__((section(".natives"), used))
static void (*const functions[])(void) = {
    TAKE(memcpy) TAKE(memmove) TAKE(memset)
    ROUTINES(TAKE)
    FLOAT_ROUTINES(TAKE)
};

__attribute__((section(".natives"), used))
const struct natives_slots natives_slots = {
    .magic = NATIVES_MAGIC,
    .n_slots = N_SLOTS,
    .module_bytes = SLOT_MODULE_BYTES,
    .arena_bytes = SLOT_ARENA_BYTES,
    .modules = slot_modules[0],
    .arenas = slot_arenas[0],
    .board = WIO_BOARD_NAME,
    .cpu = WIO_BOARD_CPU,
};
