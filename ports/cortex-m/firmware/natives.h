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
