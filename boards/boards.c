/* SPDX-License-Identifier: Apache-2.0 */
#include "boards.h"

#include <stddef.h>
#include <string.h>

/* blobs.S */
extern const uint8_t wio_board_linux[];
extern const uint8_t wio_board_linux_end[];
extern const uint8_t wio_board_lm3s6965evb[];
extern const uint8_t wio_board_lm3s6965evb_end[];
extern const uint8_t wio_board_mps2_an386[];
extern const uint8_t wio_board_mps2_an386_end[];
extern const uint8_t wio_board_sim[];
extern const uint8_t wio_board_sim_end[];

#define N_BOARDS 4u

/* Its lengths are known to the linker only, hence a copy. */
static struct wio_board_entry entries[N_BOARDS] = {
    { "linux", wio_board_linux, 0, "linux",
      "this process: containers as threads, lines from kernel timers" },
    { "lm3s6965evb", wio_board_lm3s6965evb, 0, "qemu",
      "TI Stellaris LM3S6965, Cortex-M3, 64 KiB RAM, I2C controller" },
    { "mps2-an386", wio_board_mps2_an386, 0, "qemu",
      "ARM MPS2 AN386, Cortex-M4F, 4 MiB RAM, bit-banged I2C" },
    { "sim", wio_board_sim, 0, "sim",
      "simulated devices on the host, virtual clock, faults on demand" }
};

const struct wio_board_entry *
wio_boards_at(uint32_t i)
{
    const uint8_t *const ends[N_BOARDS] = {
        wio_board_linux_end, wio_board_lm3s6965evb_end,
        wio_board_mps2_an386_end, wio_board_sim_end
    };

    if (i >= N_BOARDS) {
        return NULL;
    }
    entries[i].len = (uint32_t)(ends[i] - entries[i].blob);
    return &entries[i];
}

const struct wio_board_entry *
wio_boards_find(const char *name)
{
    uint32_t i;

    for (i = 0; i < N_BOARDS; i++) {
        if (strcmp(entries[i].name, name) == 0) {
            return wio_boards_at(i);
        }
    }
    return NULL;
}
