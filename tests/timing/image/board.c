/* SPDX-License-Identifier: Apache-2.0 */
/* The image for a Cortex-M board; what to run comes as its command line. */
#include "timing.h"

#include "natives.h"
#include "port.h"
#include "runtime/native.h"
#include "startup/startup.h"

#define NVIC_ISPR 0xe000e200u       /* DDI 0403E.e, B3.4.6 */

/* Compiled containers, when there are some: three files in flash, where the
 * emulator has put them. */
#define GIVEN_BYTES 8192u
#define N_RANDOM_SETS 50u
#define LOCK_LIMIT_US 50u           /* board.dts: max-lock-us */

extern const uint8_t board_blob[];
extern const uint8_t board_blob_end[];
extern const uint8_t rogue_wasm[];
extern const uint8_t rogue_wasm_end[];
extern const uint8_t init_loops_wasm[];
extern const uint8_t init_loops_wasm_end[];

static uint8_t runtime_memory[TIMING_RUNTIME_BYTES] __attribute__((aligned(8)));
uint8_t slot_modules[N_SLOTS][SLOT_MODULE_BYTES] __attribute__((aligned(8)));
uint8_t slot_arenas[N_SLOTS][SLOT_ARENA_BYTES] __attribute__((aligned(8)));

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

static struct timing_blob
given(uint32_t i)
{
    const uint8_t *at = (const uint8_t *)(uintptr_t)(TIMING_GIVEN_AT +
                                                     i * GIVEN_BYTES);
    const volatile uint32_t *words = (const volatile uint32_t *)(uintptr_t)at;

    /* Bytes 28 and 36 of such a file: its magic, its length. */
    return words[7] == WIO_NATIVE_MAGIC
               ? (struct timing_blob){ at, words[9] }
               : (struct timing_blob){ 0, 0 };
}

int
main(void)
{
    static char line[64];
    static char again[64];
    struct timing_platform platform = {
        .port = cm_port_start(),
        .board = { board_blob, (uint32_t)(board_blob_end - board_blob) },
        .rogue = { { rogue_wasm, (uint32_t)(rogue_wasm_end - rogue_wasm) },
                   { rogue_wasm, (uint32_t)(rogue_wasm_end - rogue_wasm) } },
        .init_loops = { init_loops_wasm, (uint32_t)(init_loops_wasm_end -
                                                    init_loops_wasm) },
        .runtime_memory = runtime_memory,
        .runtime_bytes = sizeof runtime_memory,
        .sides = { { slot_modules[0], slot_arenas[0] },
                   { slot_modules[1], slot_arenas[1] } },
        .module_bytes = SLOT_MODULE_BYTES,
        .arena_bytes = SLOT_ARENA_BYTES,
        .trace_entries = 64,
        .lock_limit_ticks = LOCK_LIMIT_US * (WIO_BOARD_CPU_HZ / 1000000u),
        .stretch = 3,
        .put = console_early_write,
        .edge = edge,
        .end = semihost_exit,
    };

    if (given(0).len > 0) {
        platform.rogue[VICTIM] = given(0);
        platform.rogue[ROGUE] = given(1);
        platform.init_loops = given(2);
        platform.compiled = true;
    }
    semihost_command_line(line, sizeof line);
    for (uint32_t i = 0; i < sizeof line; i++) {
        again[i] = line[i];
    }
    /* Word 0 is the image's name. */
    return timing_run(&platform, word(line, 1), word(again, 2),
                      N_RANDOM_SETS);
}
