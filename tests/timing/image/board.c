/* SPDX-License-Identifier: Apache-2.0 */
/* The image for a Cortex-M board; what to run comes as its command line. */
#include "timing.h"

#include "port.h"
#include "startup/startup.h"

#define NVIC_ISPR 0xe000e200u       /* DDI 0403E.e, B3.4.6 */

#define MODULE_BYTES 5120u
#define N_RANDOM_SETS 50u
#define LOCK_LIMIT_US 50u           /* board.dts: max-lock-us */

extern const uint8_t board_blob[];
extern const uint8_t board_blob_end[];
extern const uint8_t rogue_wasm[];
extern const uint8_t rogue_wasm_end[];
extern const uint8_t init_loops_wasm[];
extern const uint8_t init_loops_wasm_end[];

static uint8_t runtime_memory[TIMING_RUNTIME_BYTES] __attribute__((aligned(8)));
static uint8_t modules[N_SIDES][MODULE_BYTES];
static uint8_t arenas[N_SIDES][TIMING_ARENA_BYTES] __attribute__((aligned(8)));

static const uint32_t lines[N_SIDES] = { TIMING_LINE_A, TIMING_LINE_B };

static volatile uint32_t *
ispr(uint32_t side)
{
    return startup_reg(NVIC_ISPR + 4u * (lines[side] / 32u));
}

/* With interrupts kept out: what is pending may be taken at any moment. */
static bool
edge(uint32_t side)
{
    uint32_t bit = 1u << (lines[side] % 32u);
    uint32_t key = cm_irq_save();
    bool merged = (*ispr(side) & bit) != 0;

    *ispr(side) = bit;
    cm_irq_restore(key);
    return !merged;
}

/* The @i-th word of the command line, cut out in place. */
static const char *
word(char *line, uint32_t i)
{
    for (;;) {
        char *begin;

        while (*line == ' ') {
            line++;
        }
        begin = line;
        while (*line && *line != ' ') {
            line++;
        }
        if (i-- == 0 || !*line) {
            *line = 0;
            return begin;
        }
        line++;
    }
}

int
main(void)
{
    static char line[64];
    static char again[64];
    const struct timing_platform platform = {
        .port = cm_port_start(),
        .board = { board_blob, (uint32_t)(board_blob_end - board_blob) },
        .rogue = { rogue_wasm, (uint32_t)(rogue_wasm_end - rogue_wasm) },
        .init_loops = { init_loops_wasm, (uint32_t)(init_loops_wasm_end -
                                                    init_loops_wasm) },
        .runtime_memory = runtime_memory,
        .runtime_bytes = sizeof runtime_memory,
        .sides = { { modules[0], arenas[0] }, { modules[1], arenas[1] } },
        .module_bytes = MODULE_BYTES,
        .arena_bytes = TIMING_ARENA_BYTES,
        .trace_entries = 64,
        .lock_limit_ticks = LOCK_LIMIT_US * (WIO_BOARD_CPU_HZ / 1000000u),
        .stretch = 3,
        .put = console_early_write,
        .edge = edge,
        .end = semihost_exit,
    };

    semihost_command_line(line, sizeof line);
    for (uint32_t i = 0; i < sizeof line; i++) {
        again[i] = line[i];
    }
    /* Word 0 is the image's name. */
    return timing_run(&platform, word(line, 1), word(again, 2),
                      N_RANDOM_SETS);
}
