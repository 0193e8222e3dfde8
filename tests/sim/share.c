/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A container whose main and handler share one instance: both compute things
 * whose results are known, on frames of every kind, and pass on values by
 * everything that wasmio/sync.h has. Whatever the interruption spoils is
 * counted; the host asks for the counts.
 *
 * SHARE_BARE: without a host but the engine (tests/qemu/nested).
 */
#include <wasmio/sync.h>
#ifndef SHARE_BARE
#include <wasmio/core.h>
#include <wasmio/irq.h>
#endif

WASMIO_HANDLER_STACK(1024);

#define SEEDS 8u
#define MAIN_DEPTH 6u
#ifndef ROUNDS
#define ROUNDS 250u                  /* of a call of main */
#endif
#ifndef HANDLER_DEPTH
#define HANDLER_DEPTH 2u
#endif

/* One writer each, read by `report` when nothing runs. */
static volatile uint32_t main_rounds, main_wrong, main_share_wrong;
static volatile uint32_t handled, handler_wrong, handler_share_wrong;
static volatile uint32_t main_runs, entered_main;

/* -- Work with known results ------------------------------------------------- */

static uint32_t
mix(uint32_t x)
{
    x ^= x << 13;
    x ^= x >> 17;
    return x ^ x << 5;
}

/* Calls nobody: a compiler with a red zone leaves the stack pointer alone and
 * writes below it. */
static __attribute__((noinline)) uint32_t
leaf(uint32_t x)
{
    volatile uint32_t frame[8];
    uint32_t sum = 0;

    for (uint32_t i = 0; i < 8; i++) {
        frame[i] = x = mix(x);
    }
    for (uint32_t i = 0; i < 8; i++) {
        sum = (sum ^ frame[i]) * 0x9e3779b1u;
    }
    return sum;
}

/* No frame at all: locals of the engine's stack only. */
static __attribute__((noinline)) uint32_t
registers(uint32_t x)
{
    uint64_t wide = x;

    for (uint32_t i = 0; i < 6; i++) {
        x = mix(x + i);
        wide = wide * 0x5851f42d4c957f2du + x;
    }
    return (uint32_t)(wide >> 32) ^ x;
}

static __attribute__((noinline)) uint32_t
recurse(uint32_t depth, uint32_t x)
{
    volatile uint32_t frame[20];
    uint32_t sum;

    for (uint32_t i = 0; i < 20; i++) {
        frame[i] = x = mix(x);
    }
    sum = depth == 0 ? leaf(x) : recurse(depth - 1, x);
    for (uint32_t i = 0; i < 20; i++) {
        sum = (sum ^ frame[i]) * 0x9e3779b1u;
    }
    return sum;
}

/* One deep frame around the others. */
static __attribute__((noinline)) uint32_t
work(uint32_t seed, uint32_t depth)
{
    volatile uint32_t frame[60];
    uint32_t sum;

    for (uint32_t i = 0; i < 60; i += 7) {
        frame[i] = mix(seed + i);
    }
    sum = leaf(seed + 1) ^ registers(seed + 2) ^ recurse(depth, seed + 3);
    for (uint32_t i = 0; i < 60; i += 7) {
        sum = (sum ^ frame[i]) * 0x9e3779b1u;
    }
    return sum;
}

static uint32_t expected_main[SEEDS];
static uint32_t expected_handler[SEEDS];

/* -- Sharing ------------------------------------------------------------------- */

static uint8_t up_bytes[8], down_bytes[8];
static struct wasmio_ring up = { .bytes = up_bytes, .size = 8 };
static struct wasmio_ring down = { .bytes = down_bytes, .size = 8 };
static uint8_t up_put, up_got, down_put, down_got;    /* of one side each */
static struct wasmio_counter edges, flag;
static uint32_t edges_taken, message;

/* Written by both sides: what is lost when it is done wrongly. */
static volatile uint32_t plain_sum;
static uint32_t plain_main, plain_handler;

/* C's own atomics: right with ATOMICS only. Slots are filled before what is
 * published names them. */
static uint32_t c_sum, c_slots[8], c_published, c_torn;

static void
put_by_c(void)
{
    uint32_t n = c_published;

    c_slots[n % 8] = n ^ 0x5a5a5a5au;
    __atomic_store_n(&c_published, n + 1, __ATOMIC_RELEASE);
    (void)__atomic_fetch_add(&c_sum, 1, __ATOMIC_SEQ_CST);
}

static void
look_by_c(void)
{
    uint32_t n = __atomic_load_n(&c_published, __ATOMIC_ACQUIRE);

    if (n > 0 && c_slots[(n - 1) % 8] != ((n - 1) ^ 0x5a5a5a5au)) {
        c_torn++;
    }
    (void)__atomic_fetch_add(&c_sum, 1, __ATOMIC_SEQ_CST);
}

#if WASMIO_ATOMICS
static uint8_t sum8;
static uint16_t sum16;
static uint32_t sum32;
static uint64_t sum64, swapped;
static uint64_t pair = 0xffffffff00000000u;   /* halves that are opposites */

static bool
halves_fit(uint64_t value)
{
    return (uint32_t)value == ~(uint32_t)(value >> 32);
}

/* The same from both sides; @n is what it adds. False: a torn value. */
static bool
add_everywhere(uint32_t n)
{
    uint64_t seen = __atomic_load_n(&pair, __ATOMIC_SEQ_CST);
    uint64_t half = (uint32_t)seen + n;
    uint64_t other;

    (void)__atomic_fetch_add(&sum8, (uint8_t)n, __ATOMIC_SEQ_CST);
    (void)__atomic_fetch_sub(&sum16, (uint16_t)(0u - n), __ATOMIC_SEQ_CST);
    (void)wasmio_add(&sum32, n);
    (void)__atomic_fetch_add(&sum64, (uint64_t)n << 32 | n, __ATOMIC_SEQ_CST);
    half = (~half & 0xffffffffu) << 32 | (half & 0xffffffffu);
    other = __atomic_exchange_n(&pair, half, __ATOMIC_SEQ_CST);
    half = __atomic_load_n(&swapped, __ATOMIC_SEQ_CST);
    while (!__atomic_compare_exchange_n(&swapped, &half, half + n, false,
                                        __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
    }
    return halves_fit(seen) && halves_fit(other);
}

static uint32_t
lost(void)
{
    uint32_t want = plain_main + plain_handler;

    return (sum8 != (uint8_t)want) + (sum16 != (uint16_t)want) +
           (sum32 != want) + ((uint32_t)sum64 != want) +
           ((uint32_t)swapped != want);
}
#endif

/* Nine bytes at most, so that neither side is busy for long. */
static bool
take_in_order(struct wasmio_ring *ring, uint8_t *next)
{
    bool good = true;
    uint8_t byte;

    for (uint32_t i = 0; i < 9 && wasmio_ring_get(ring, &byte); i++) {
        good &= byte == (*next)++;
    }
    return good;
}

static void
put_in_order(struct wasmio_ring *ring, uint8_t *next)
{
    if (wasmio_ring_put(ring, *next)) {
        (*next)++;
    }
}

static bool
share_in_main(void)
{
    bool good = take_in_order(&up, &up_got);

    put_in_order(&down, &down_put);
    edges_taken += wasmio_counter_take(&edges);
    if (wasmio_flag_take(&flag)) {
        /* Written before the flag that was taken. */
        good &= wasmio_load(&message) >= flag.taken;
    }
    /* Allowed in main only: it must still be known that this is main. */
    good &= __builtin_wasm_memory_grow(0, 0) != SIZE_MAX;
    put_by_c();
    plain_sum++;
    plain_main++;
#if WASMIO_ATOMICS
    good &= add_everywhere(1);
#endif
    return good;
}

static bool
share_in_handler(void)
{
    bool good = take_in_order(&down, &down_got);

    put_in_order(&up, &up_put);
    wasmio_counter_add(&edges, 1);
    wasmio_store(&message, handled + 1);
    wasmio_flag_set(&flag);
    look_by_c();
    plain_sum++;
    plain_handler++;
#if WASMIO_ATOMICS
    good &= add_everywhere(1);
#endif
    return good;
}

/* -- Exports --------------------------------------------------------------------- */

WASMIO_EXPORT("wasmio-init")
int32_t
init(void)
{
    for (uint32_t i = 0; i < SEEDS; i++) {
        expected_main[i] = work(i, MAIN_DEPTH);
        expected_handler[i] = work(i, HANDLER_DEPTH);
    }
#ifdef SHARE_BARE
    return 0;
#else
    return wasmio_irq_enable(WASMIO_OPEN("line"));
#endif
}

static void
round_of_main(void)
{
    uint32_t seed = main_rounds % SEEDS;

    main_wrong += work(seed, MAIN_DEPTH) != expected_main[seed];
    main_share_wrong += !share_in_main();
    main_rounds++;
}

WASMIO_EXPORT("poll")
void
poll(void)
{
    main_runs = 1;
    for (uint32_t i = 0; i < ROUNDS; i++) {
        round_of_main();
    }
    main_runs = 0;
}

WASMIO_EXPORT("on-edge")
void
on_edge(uint32_t count, uint32_t ts_lo, uint32_t ts_hi)
{
    uint32_t seed = handled % SEEDS;

    entered_main += main_runs;
    (void)count;
    (void)ts_lo;
    (void)ts_hi;
    handler_wrong += work(seed, HANDLER_DEPTH) != expected_handler[seed];
    handler_share_wrong += !share_in_handler();
    handled++;
}

/* Nothing runs and no handler comes: sums are complete. */
WASMIO_EXPORT("report")
int64_t
report(uint32_t which)
{
    switch (which) {
    case 0:
        return main_rounds;
    case 1:
        return handled;
    case 2:
        return entered_main;
    case 3:
        return main_wrong;
    case 4:
        return handler_wrong;
    case 5:
        return main_share_wrong;
    case 6:
        return handler_share_wrong;
    case 7:
        return edges_taken + wasmio_counter_take(&edges) != handled;
    case 8:
        return (int64_t)plain_main + plain_handler - plain_sum;
    case 9:
        return WASMIO_ATOMICS;
    case 10:
#if WASMIO_ATOMICS
        return lost();
#else
        return 0;
#endif
    case 11:
        return (int64_t)plain_main + plain_handler - c_sum;
    case 12:
        return c_torn;
    default:
        return -1;
    }
}
