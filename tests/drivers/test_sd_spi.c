/* SPDX-License-Identifier: Apache-2.0 */
/*
 * drivers/storage/sd-spi on the simulated bus: cards of both kinds, blocks byte
 * for byte, every access of a start, each fault, and what follows it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "drivers/storage/sd-spi/sd.h"
#include "rig.h"

#define N_BLOCKS 2048u

static struct rig rig;
static uint8_t card[N_BLOCKS * SD_BLOCK];
static uint8_t before[N_BLOCKS * SD_BLOCK];

/* xorshift32, for contents that no mistake gets right by chance. */
static void
fill(uint8_t *bytes, uint32_t n, uint32_t seed)
{
    for (uint32_t i = 0; i < n; i++) {
        seed ^= seed << 13;
        seed ^= seed >> 17;
        seed ^= seed << 5;
        bytes[i] = (uint8_t)(seed >> 11);
    }
}

static void
insert(const char *script)
{
    rig_start(&rig, "sd-spi.wasm", script);
    fill(card, sizeof(card), 1);
    memcpy(before, card, sizeof(card));
    assert_int_equal(wio_sim_insert(&rig.sim, card, N_BLOCKS), 0);
}

static int
setup(void **state)
{
    (void)state;
    insert("");
    return 0;
}

static int32_t
operate(const char *name, uint32_t block)
{
    return rig_operate(&rig, name, &block, 1);
}

static void
get(uint8_t bytes[SD_BLOCK])
{
    assert_int_equal(wio_runtime_read_buffer(rig.runtime, rig.id, 0, bytes,
                                             SD_BLOCK), 0);
}

static void
assert_reads(uint32_t block)
{
    uint8_t bytes[SD_BLOCK];

    assert_int_equal(operate("read-block", block), 0);
    get(bytes);
    assert_memory_equal(bytes, card + block * SD_BLOCK, SD_BLOCK);
}

/* 6.4.1.1: 80 clocks and more without a select, CMD0; 4.3.13: CMD8; then each
 * of figure 7-2 as this card answers it. */
static void
starts_as_the_specification_says(void **state)
{
    static const char clocks[] =
        "spi0 ff>ff ff>ff ff>ff ff>ff ff>ff ff>ff ff>ff ff>ff P\n";
    char expected[512];
    const char *trace;

    (void)state;
    assert_int_equal(rig_operate(&rig, "start", NULL, 0), 0);
    trace = rig_trace(&rig);
    (void)snprintf(expected, sizeof(expected), "%s%s%s%s", clocks, clocks,
        "spi0 S0 ff>ff 40>ff 00>ff 00>ff 00>ff 00>ff 95>ff ff>ff ff>01 U ff>ff P\n"
        "spi0 S0 ff>ff 48>ff 00>ff 00>ff 01>ff aa>ff 87>ff ff>ff ff>01 "
        "ff>00 ff>00 ff>01 ff>aa U ff>ff P\n",
        "spi0 S0 ff>ff 7b>ff 00>ff 00>ff 00>ff 01>ff 83>ff ff>ff ff>01 U ff>ff P\n");
    assert_memory_equal(trace, expected, strlen(expected));
    rig_assert_running(&rig);
}

static void
reads_and_writes(void **state)
{
    uint8_t bytes[SD_BLOCK];

    (void)state;
    for (uint32_t i = 0; i < N_BLOCKS; i += 341) {
        assert_reads(i);
    }
    assert_reads(N_BLOCKS - 1);
    fill(bytes, SD_BLOCK, 77);
    assert_int_equal(wio_runtime_write_buffer(rig.runtime, rig.id, 0, bytes,
                                              SD_BLOCK), 0);
    assert_int_equal(operate("write-block", 9), 0);
    assert_memory_equal(card + 9 * SD_BLOCK, bytes, SD_BLOCK);
    memcpy(before + 9 * SD_BLOCK, bytes, SD_BLOCK);
    assert_memory_equal(card, before, sizeof(card));
    assert_reads(9);
    rig_assert_running(&rig);
}

static void
both_kinds_of_card(void **state)
{
    static const char *const kinds[] = { "device spi0 sd 0",
                                         "device spi0 sdhc 0" };

    for (uint32_t i = 0; i < 2; i++) {
        insert(kinds[i]);
        assert_int_equal(rig_operate(&rig, "start", NULL, 0), i);
        reads_and_writes(state);
    }
}

/* A block that is not there is not sent, and says nothing of the card. */
static void
blocks_that_are_not_there(void **state)
{
    static const uint32_t numbers[] = { N_BLOCKS, 0x800000, UINT32_MAX };

    (void)state;
    assert_reads(0);
    for (uint32_t i = 0; i < 3; i++) {
        uint32_t n = rig.sim.chips[0].n_read;

        (void)rig_trace(&rig);
        assert_int_equal(operate("write-block", numbers[i]), SD_ERR_REFUSED);
        assert_int_equal(operate("read-block", numbers[i]), SD_ERR_REFUSED);
        assert_true(strlen(rig_trace(&rig)) < 200);
        assert_int_equal(rig.sim.chips[0].n_read, n);
        assert_int_equal(rig.sim.chips[0].n_written, 0);
    }
    assert_reads(1);
    assert_memory_equal(card, before, sizeof(card));
}

/* What each fault comes to in a read and in a write, in bounded time; the
 * operation after it works. */
static void
faults_are_told_and_pass(void **state)
{
    static const struct {
        const char *fault;
        int32_t read, write;
    } cases[] = {
        { "no-answerx*", SD_ERR_NO_CARD, SD_ERR_NO_CARD },
        { "hangx*", SD_ERR_NO_CARD, SD_ERR_NO_CARD },
        { "overrunx*", WIO_ERR_SPI_OVERRUN, WIO_ERR_SPI_OVERRUN },
        { "crcx*", SD_ERR_CRC, 0 },
        { "flip=200x*", SD_ERR_CRC, 0 },
        { "read-error=8x*", SD_ERR_READ, 0 },
        { "write-errorx*", 0, SD_ERR_WRITE },
        { "late=20000x*", 0, 0 },
        { "late=60000x*", WIO_ERR_TIMEOUT, SD_ERR_BUSY },
    };

    (void)state;
    for (uint32_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        for (uint32_t writes = 0; writes < 2; writes++) {
            const char *name = writes ? "write-block" : "read-block";
            const int32_t expected = writes ? cases[i].write : cases[i].read;
            char text[64];
            uint64_t start;
            int32_t result;

            insert("");
            assert_reads(3);
            (void)snprintf(text, sizeof(text), "fault spi0:%s",
                           cases[i].fault);
            rig_script(&rig, text);
            start = wio_sim_now_ns(&rig.sim);
            result = operate(name, 3);
            if (result != expected) {
                fail_msg("%s, %s: %d, not %d", name, text, result, expected);
            }
            assert_true(wio_sim_now_ns(&rig.sim) - start < 51 * MS);
            rig_script(&rig, "fault spi0:none");
            rig_run_ns(&rig, 100 * MS);
            assert_reads(4);
            rig_assert_running(&rig);
        }
    }
}

/* A card that never ends programming, until it is another one. */
static void
a_card_that_stays_busy(void **state)
{
    (void)state;
    assert_reads(0);
    rig_script(&rig, "fault spi0:busy");
    assert_int_equal(operate("write-block", 1), SD_ERR_BUSY);
    assert_int_equal(operate("read-block", 1), SD_ERR_NO_CARD);
    rig_script(&rig, "device spi0 sd 0");
    assert_int_equal(wio_sim_insert(&rig.sim, card, N_BLOCKS), 0);
    assert_reads(1);
    rig_assert_running(&rig);
}

static void
no_card(void **state)
{
    (void)state;
    rig_script(&rig, "device spi0 none 0");
    assert_int_equal(rig_operate(&rig, "start", NULL, 0), SD_ERR_NO_CARD);
    assert_int_equal(operate("read-block", 0), SD_ERR_NO_CARD);
    rig_script(&rig, "device spi0 nor 0");
    assert_int_equal(operate("read-block", 0), SD_ERR_NO_CARD);
    rig_assert_running(&rig);
}

/* Another card in the slot forgets all that was said to the first. */
static void
another_card(void **state)
{
    (void)state;
    assert_reads(0);
    rig_script(&rig, "device spi0 sdhc 0");
    assert_int_equal(wio_sim_insert(&rig.sim, card, N_BLOCKS), 0);
    assert_int_equal(operate("read-block", 5), SD_ERR_NO_CARD);
    assert_reads(5);
}

/* The buffer is all that the host reaches. */
static void
the_buffer_is_bounded(void **state)
{
    uint8_t bytes[SD_BLOCK + 1] = { 0 };

    (void)state;
#define READ(id, at, n) wio_runtime_read_buffer(rig.runtime, id, at, bytes, n)
#define WRITE(id, at, n) wio_runtime_write_buffer(rig.runtime, id, at, bytes, n)
    assert_int_equal(READ(rig.id, 0, SD_BLOCK), 0);
    assert_int_equal(READ(rig.id, SD_BLOCK, 0), 0);
    assert_int_equal(READ(rig.id, 0, SD_BLOCK + 1), WIO_ERR_INVALID_ARGUMENT);
    assert_int_equal(READ(rig.id, 1, SD_BLOCK), WIO_ERR_INVALID_ARGUMENT);
    assert_int_equal(WRITE(rig.id, UINT32_MAX, 2), WIO_ERR_INVALID_ARGUMENT);
    assert_int_equal(WRITE(rig.id, 2, UINT32_MAX), WIO_ERR_INVALID_ARGUMENT);
    assert_int_equal(READ(rig.id + 1, 0, 1), WIO_ERR_BAD_HANDLE);
    assert_int_equal(WRITE(rig.id, 4, 4), 0);
#undef READ
#undef WRITE
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup(name, setup)
        T(starts_as_the_specification_says),
        T(reads_and_writes),
        T(both_kinds_of_card),
        T(blocks_that_are_not_there),
        T(faults_are_told_and_pass),
        T(a_card_that_stays_busy),
        T(no_card),
        T(another_card),
        T(the_buffer_is_bounded),
#undef T
    };

    return cmocka_run_group_tests_name("sd-spi", tests, NULL, NULL);
}
