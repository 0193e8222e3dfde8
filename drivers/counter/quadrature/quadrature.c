/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A quadrature encoder on two pins: position in steps, all four edges of a
 * period counted. Forwards A leads:
 *
 *     A  __|~~~~|____|~~~~      state AB   00 -> 10 -> 11 -> 01 -> 00
 *     B  ____|~~~~|____|~~
 *
 * Every edge of either track is an interrupt; its handler reads both tracks
 * and moves on from the state before. Levels and not edges are what counts: an
 * edge too many (a bounce that is over) changes nothing.
 *
 * What cannot be known is counted and not guessed. Both tracks changed since
 * the last look: a step was missed and its direction is open (`invalid`). Edges
 * came while their pin was masked: the hardware remembers one and may hide
 * more (`late`). While both stay 0, the position is exact.
 */
#include <wasmio/core.h>
#include <wasmio/gpio.h>
#include <wasmio/irq.h>
#include <wasmio/point.h>
#include <wasmio/sync.h>

WASMIO_HANDLER_STACK(128);

#define INVALID 2

/* By the state before and the state now, A in bit 1 and B in bit 0. */
static const int8_t moves[16] = {
    0, -1, 1, INVALID,
    1, 0, INVALID, -1,
    -1, INVALID, 0, 1,
    INVALID, 1, -1, 0,
};

static int32_t pin_a;
static int32_t pin_b;

/* Of the handlers, which keep each other out; main reads. */
static uint32_t state;
static uint32_t position;          /* wraps as an i32 does */
static uint32_t edges;
static uint32_t invalid;
static uint32_t late;
static uint32_t read_error;        /* a code, negative */

static struct {
    int32_t position, edges, invalid, late;
} points;

static uint32_t
read_state(void)
{
    const int32_t a = wasmio_gpio_read(pin_a);
    const int32_t b = wasmio_gpio_read(pin_b);

    if (a < 0 || b < 0) {
        wasmio_store(&read_error, (uint32_t)(a < 0 ? a : b));
        return state;
    }
    return (a == WIO_ABI_PIN_ACTIVE ? 2u : 0u) |
           (b == WIO_ABI_PIN_ACTIVE ? 1u : 0u);
}

static void
look(void)
{
    const uint32_t now = read_state();
    const int32_t move = moves[state << 2 | now];

    state = now;
    if (move == INVALID) {
        wasmio_store(&invalid, invalid + 1);
    } else {
        wasmio_store(&position, position + (uint32_t)move);
    }
}

/* The two handlers run at levels of their own, and one would come into the
 * other's look. */
static void
on_edge(uint32_t count)
{
    (void)wasmio_irq_mask();
    look();
    wasmio_store(&edges, edges + (count & WIO_ABI_IRQ_COUNT));
    if ((count & WIO_ABI_IRQ_AT_LEAST) != 0) {
        wasmio_store(&late, late + 1);
    }
    (void)wasmio_irq_unmask();
}

WASMIO_EXPORT("on-a")
void
on_a(uint32_t count, uint32_t ts_lo, uint32_t ts_hi)
{
    (void)ts_lo;
    (void)ts_hi;
    on_edge(count);
}

WASMIO_EXPORT("on-b")
void
on_b(uint32_t count, uint32_t ts_lo, uint32_t ts_hi)
{
    (void)ts_lo;
    (void)ts_hi;
    on_edge(count);
}

static void
tell(int32_t point, const uint32_t *value)
{
    (void)wasmio_point_set_i32(point, (int32_t)wasmio_load(value));
}

WASMIO_EXPORT("publish")
void
publish(void)
{
    const int32_t err = (int32_t)wasmio_load(&read_error);

    tell(points.edges, &edges);
    tell(points.invalid, &invalid);
    tell(points.late, &late);
    if (err < 0) {
        /* A step may have been missed: bad from here on. */
        (void)wasmio_point_set_bad(points.position, err);
    } else {
        tell(points.position, &position);
    }
}

WASMIO_EXPORT("wasmio-init")
int32_t
init(void)
{
    const int32_t a_edge = WASMIO_OPEN("a-edge");
    const int32_t b_edge = WASMIO_OPEN("b-edge");
    int32_t err;

    pin_a = WASMIO_OPEN("a");
    pin_b = WASMIO_OPEN("b");
    points.position = WASMIO_OPEN("position");
    points.edges = WASMIO_OPEN("edges");
    points.invalid = WASMIO_OPEN("invalid");
    points.late = WASMIO_OPEN("late");
    state = read_state();
    err = (int32_t)read_error;
    if (err >= 0) {
        err = wasmio_irq_enable(a_edge);
    }
    return err < 0 ? err : wasmio_irq_enable(b_edge);
}
