/* SPDX-License-Identifier: Apache-2.0 */
/*
 * drivers/bus/pl022 on the simulated block, with drivers/storage/sd-spi above
 * it: the same container of a card as on a native bus, and the same blocks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "drivers/storage/sd-spi/sd.h"
#include "rig.h"

#define N_BLOCKS 64u
#define BUS 1u                     /* spi1: the node of the block */
#define MMIO 4u                    /* mmio4, its registers */

static struct rig rig;
static uint8_t board[32768];
static uint8_t card[N_BLOCKS * SD_BLOCK];
static uint8_t before[N_BLOCKS * SD_BLOCK];
static wio_container_id pl022, sd;

static uint32_t
read_board(void)
{
    FILE *file = fopen(BOARD, "rb");
    size_t n;

    assert_non_null(file);
    n = fread(board, 1, sizeof(board), file);
    (void)fclose(file);
    assert_true(n > 0 && n < sizeof(board));
    return (uint32_t)n;
}

static int
setup(void **state)
{
    (void)state;
    rig_start_on(&rig, board, read_board(), "pl022.wasm", "");
    rig.sim.chips[0].bus = BUS;
    pl022 = rig.id;
    sd = rig_load(&rig, "sd-spi.wasm");
    for (uint32_t i = 0; i < sizeof(card); i++) {
        card[i] = (uint8_t)(i * 2654435761u >> 13);
    }
    memcpy(before, card, sizeof(card));
    assert_int_equal(wio_sim_insert(&rig.sim, card, N_BLOCKS), 0);
    rig.id = sd;
    return 0;
}

static int32_t
operate(const char *name, uint32_t block)
{
    return rig_operate(&rig, name, &block, 1);
}

static void
assert_reads(uint32_t block)
{
    uint8_t bytes[SD_BLOCK];

    assert_int_equal(operate("read-block", block), 0);
    assert_int_equal(wio_runtime_read_buffer(rig.runtime, sd, 0, bytes,
                                             SD_BLOCK), 0);
    assert_memory_equal(bytes, card + block * SD_BLOCK, SD_BLOCK);
}

static void
assert_running(wio_container_id id)
{
    wio_container_id was = rig.id;

    rig.id = id;
    rig_assert_running(&rig);
    rig.id = was;
}

static void
blocks_are_read_and_written(void **state)
{
    uint8_t bytes[SD_BLOCK];

    (void)state;
    for (uint32_t i = 0; i < N_BLOCKS; i += 9) {
        assert_reads(i);
    }
    for (uint32_t i = 0; i < SD_BLOCK; i++) {
        bytes[i] = (uint8_t)(i * 7 + 3);
    }
    assert_int_equal(wio_runtime_write_buffer(rig.runtime, sd, 0, bytes,
                                              SD_BLOCK), 0);
    assert_int_equal(operate("write-block", 5), 0);
    memcpy(before + 5 * SD_BLOCK, bytes, SD_BLOCK);
    assert_memory_equal(card, before, sizeof(card));
    assert_reads(5);
    assert_int_equal(operate("read-block", N_BLOCKS), SD_ERR_REFUSED);
    assert_running(pl022);
    assert_running(sd);
}

/* 3.3.1: 50 MHz by 2 * (1 + 2) is the fastest that is no more than the card's
 * 10 MHz; eight bits, mode 0. The select is released in between. */
static void
mode_and_select_are_the_boards(void **state)
{
    const struct wio_sim_pl022 *ssp = &rig.sim.mmio[MMIO].pl022;

    (void)state;
    assert_int_equal(rig.sim.mmio[MMIO].model, WIO_SIM_PL022);
    assert_true((rig.sim.gpio[0].out >> 8 & 1u) != 0);
    assert_reads(1);
    assert_int_equal(ssp->cr0, 2u << 8 | 0x07u);
    assert_int_equal(ssp->cpsr, 2);
    assert_int_equal(ssp->cr1, 0x02);
    assert_int_equal(ssp->ris & 1u, 0);
    assert_int_equal(ssp->rx_n, 0);
    assert_true((rig.sim.gpio[0].out >> 8 & 1u) != 0);
    assert_false(rig.sim.chips[0].selected);
}

/* A block that never answers: registers that read as 0 for ever. */
static void
block_that_hangs_is_nobodys_fault(void **state)
{
    char text[64];

    (void)state;
    assert_reads(1);
    (void)snprintf(text, sizeof(text), "fault mmio%u:stuck=0x*", MMIO);
    rig_script(&rig, text);
    assert_true(operate("read-block", 2) < 0);
    assert_running(pl022);
    assert_running(sd);
}

static void
controller_goes_and_comes_back(void **state)
{
    (void)state;
    assert_reads(1);
    assert_int_equal(wio_runtime_unload(rig.runtime, pl022), 0);
    assert_int_equal(operate("read-block", 2), WIO_ERR_NO_DEVICE);
    /* Its safe state: block off, chip released. */
    assert_int_equal(rig.sim.mmio[MMIO].pl022.cr1, 0);
    assert_true((rig.sim.gpio[0].out >> 8 & 1u) != 0);
    rig.n_loaded = 0;
    pl022 = rig_load(&rig, "pl022.wasm");
    assert_reads(2);
    assert_running(sd);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(blocks_are_read_and_written, setup),
        cmocka_unit_test_setup(mode_and_select_are_the_boards, setup),
        cmocka_unit_test_setup(block_that_hangs_is_nobodys_fault, setup),
        cmocka_unit_test_setup(controller_goes_and_comes_back, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
