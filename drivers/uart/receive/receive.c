/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Receives a UART by its interrupt, byte by byte:
 *
 *   line --> device --interrupt: handler--> ring --main, 10 ms--> count,
 *                                                      checksum, lines
 *
 * A byte is lost in one of three places, and each says so: in the device
 * (overruns), on the wire (rx-errors), in the ring (lost). Else it is in the
 * count and in the checksum, FNV-1a of everything received: whoever sent the
 * bytes can compare.
 */
#include <wasmio/core.h>
#include <wasmio/irq.h>
#include <wasmio/point.h>
#include <wasmio/sync.h>

#include "device.h"

WASMIO_HANDLER_STACK(128);

/* The ring has room for what the handler can take in 20 ms, twice main's
 * period: 160 bytes of a PL011. Main keeps up with it, 80 in 10 ms. */
#define RING_BYTES 256u
#define BYTES_A_PERIOD 96u

static int32_t uart;
static int32_t line;
static uint8_t bytes[RING_BYTES];
static struct wasmio_ring ring = { .bytes = bytes, .size = RING_BYTES };
static struct wasmio_counter overruns;     /* of the handler */
static struct wasmio_counter errors;

static uint32_t n_bytes;                   /* of main */
static uint32_t n_lines;
static uint32_t checksum = 2166136261u;

static struct {
    int32_t bytes, checksum, lines, overruns, errors, lost;
} points;

WASMIO_EXPORT("on-receive")
void
on_receive(uint32_t count, uint32_t ts_lo, uint32_t ts_hi)
{
    (void)count;                           /* of a level: it asks again */
    (void)ts_lo;
    (void)ts_hi;
    for (uint32_t i = 0; i < device_bytes; i++) {
        const int32_t taken = device_take(uart);

        if (taken < 0) {
            return;
        }
        if (((uint32_t)taken & DEVICE_OVERRUN) != 0) {
            wasmio_counter_add(&overruns, 1);
        }
        if (((uint32_t)taken & DEVICE_BAD) != 0) {
            wasmio_counter_add(&errors, 1);
        } else {
            (void)wasmio_ring_put(&ring, (uint8_t)taken);
        }
    }
}

static void
publish(void)
{
    (void)wasmio_point_set_i32(points.checksum, (int32_t)checksum);
    (void)wasmio_point_set_i32(points.lines, (int32_t)n_lines);
    (void)wasmio_point_set_i32(points.overruns,
                               (int32_t)wasmio_counter_read(&overruns));
    (void)wasmio_point_set_i32(points.errors,
                               (int32_t)wasmio_counter_read(&errors));
    (void)wasmio_point_set_i32(points.lost, (int32_t)wasmio_load(&ring.lost));
    (void)wasmio_point_set_i32(points.bytes, (int32_t)n_bytes);
}

WASMIO_EXPORT("take")
void
take(void)
{
    uint8_t byte;

    for (uint32_t i = 0; i < BYTES_A_PERIOD && wasmio_ring_get(&ring, &byte);
         i++) {
        n_bytes++;
        n_lines += byte == '\n';
        checksum = (checksum ^ byte) * 16777619u;
    }
    publish();
}

WASMIO_EXPORT("wasmio-init")
int32_t
init(void)
{
    int32_t err;

    uart = WASMIO_OPEN("uart");
    line = WASMIO_OPEN("received");
    points.bytes = WASMIO_OPEN("rx-bytes");
    points.checksum = WASMIO_OPEN("checksum");
    points.lines = WASMIO_OPEN("lines");
    points.overruns = WASMIO_OPEN("overruns");
    points.errors = WASMIO_OPEN("rx-errors");
    points.lost = WASMIO_OPEN("lost");
    err = uart < 0 ? uart : device_start(uart);
    return err < 0 ? err : wasmio_irq_enable(line);
}
