/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A UART at register level, by every way to a register from this one source:
 * says a line, then sends back what it receives in upper case, and counts.
 * WASMIO_WAY chooses the way (wasmio/window.h), a file the device.
 *
 * The baud rate stays what the board's owner has set.
 */
#include <wasmio/core.h>
#include <wasmio/point.h>
#include <wasmio/window.h>

#if defined(LADDER_CMSDK)
#include "cmsdk.h"
#else
#include "pl011.h"
#endif

WASMIO_WINDOW(uart, "uart")

/* Most bytes an activation, so that a flood cannot use up the budget: by the
 * dearest way, a batch an access. */
#define BYTES_A_POLL 4u

static const char greeting[] = "Hello, ladder\r\n";
static uint32_t n_said;
static uint32_t n_sent;
static uint32_t n_published;
static int32_t sent;

WASMIO_EXPORT("wasmio-init")
int32_t
init(void)
{
    static struct wio_abi_mmio_op steps[] = DEVICE_SET_UP;

    sent = WASMIO_OPEN("sent");
    uart_run(steps, sizeof(steps) / sizeof(steps[0]));
    return wasmio_point_set_i32(sent, 0);
}

/* The next byte to send, or -1. */
static int32_t
next_byte(uint32_t status)
{
    uint32_t byte;

    if (n_said < sizeof(greeting) - 1) {
        return greeting[n_said++];
    }
    if ((status & DEVICE_RX_MASK) != DEVICE_RX_THERE) {
        return -1;
    }
    byte = uart_read32(DEVICE_DATA) & 0xffu;
    return (int32_t)(byte >= 'a' && byte <= 'z' ? byte - ('a' - 'A') : byte);
}

static bool
work(void)
{
    const uint32_t status = uart_read32(DEVICE_STATUS);
    int32_t byte = -1;

    if ((status & DEVICE_TX_FULL) == 0) {
        byte = next_byte(status);
    }
    if (byte >= 0) {
        uart_write32(DEVICE_DATA, (uint32_t)byte);
        n_sent++;
    }
    return byte >= 0;
}

WASMIO_EXPORT("poll")
void
poll(void)
{
    for (uint32_t i = 0; i < BYTES_A_POLL && work(); i++) {
    }
    if (n_sent != n_published) {
        n_published = n_sent;
        (void)wasmio_point_set_i32(sent, (int32_t)n_sent);
    }
}

/* A hundred equal stores to the data register are a hundred bytes. */
WASMIO_EXPORT("hundred")
int64_t
hundred(void)
{
    for (uint32_t i = 0; i < 100; i++) {
        uart_write32(DEVICE_DATA, '.');
    }
    return 100;
}

/* Refused on every board, and none of its accesses is made where all are
 * checked first: the second register does not exist. */
WASMIO_EXPORT("refused")
void
refused(void)
{
    struct wio_abi_mmio_op steps[] = {
        WASMIO_READ(4, DEVICE_STATUS),
        WASMIO_WRITE(4, 0x40, 0),
        WASMIO_READ(4, DEVICE_STATUS),
    };

    uart_run(steps, 3);
}
