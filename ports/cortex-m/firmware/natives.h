/* SPDX-License-Identifier: Apache-2.0 */
/*
 * firmware/natives.h - the symbol natives_slots of a firmware's ELF file
 *
 * Read by `wasmio compile` (tools/cli/firmware_elf.c), which knows it by these
 * offsets: seven words, then the names.
 */
#ifndef WIO_NATIVES_H
#define WIO_NATIVES_H

#include <stdint.h>

#define NATIVES_MAGIC 0x544c5357u       /* "WSLT" */

/* A slot's memory: the file as it was delivered, and all else. Compiled
 * containers are linked for these addresses. */
extern uint8_t slot_modules[N_SLOTS][SLOT_MODULE_BYTES];
extern uint8_t slot_arenas[N_SLOTS][SLOT_ARENA_BYTES];

_Static_assert(SLOT_MODULE_BYTES % 8u == 0 && SLOT_ARENA_BYTES % 8u == 0,
               "each begins at a multiple of 8");

struct natives_slots {
    uint32_t magic;
    uint32_t n_slots;
    uint32_t module_bytes;             /* of a slot: the file as delivered */
    uint32_t arena_bytes;              /* and everything else */
    const uint8_t *modules;            /* the first slot's, one behind another */
    const uint8_t *arenas;
    uint32_t reserved;
    char board[32];
    char cpu[32];                      /* as gcc's -mcpu= calls it */
};

#endif
