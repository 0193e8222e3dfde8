/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests, one container a CLASS (requests_*.dts): its exports begin them and
 * count what they came to. In QEMU a bus is through with a request before its
 * submit returns. One waits for another by its need's request-interval-us, see
 * pair(), or on a line on which nothing comes.
 */
#include <wasmio/core.h>
#include <wasmio/i2c.h>
#include <wasmio/irq.h>
#include <wasmio/request.h>
#include <wasmio/spi.h>
#include <wasmio/uart.h>

WASMIO_HANDLER_STACK(128);

#define LENGTH 60u
#define N_AT_A_TIME 4u

enum { UART, SPI, I2C };           /* CLASS: one of these */

static int32_t first;
static int32_t second;
static uint8_t sent[LENGTH];
static uint8_t got[N_AT_A_TIME][LENGTH];
static uint32_t n_got;
static uint32_t n_ended;
static uint32_t n_moved;
static volatile uint32_t seen;

/* The tablet at the serial line passes over '@'; the sensor takes it for the
 * number of its temperature. */
WASMIO_EXPORT("wasmio-init")
int32_t
init(void)
{
    for (uint32_t i = 0; i < LENGTH; i++) {
        sent[i] = '@';
    }
    first = WASMIO_OPEN("first");
    second = WASMIO_OPEN("second");        /* a serial line has none */
    return wasmio_irq_enable(WASMIO_OPEN("done"));
}

WASMIO_EXPORT("on_done") void on_done(uint32_t count, uint32_t lo,
                                      uint32_t hi);
void
on_done(uint32_t count, uint32_t lo, uint32_t hi)
{
    seen = count;
    (void)lo;
    (void)hi;
}

WASMIO_EXPORT("tick") void tick(void);
void
tick(void)
{
}

static uint8_t *
room(void)
{
    return got[n_got++ % N_AT_A_TIME];
}

static int32_t
submit(int32_t device, uint32_t n_written, uint32_t n_read)
{
    uint8_t *into = room();

    switch (CLASS) {
    case SPI:
        return wasmio_spi_submit(device, sent, n_written, into, n_read);
    case I2C:
        return wasmio_i2c_submit(device, WASMIO_I2C_GRANTED, sent, n_written,
                                 into, n_read);
    default:
        return n_written > 0
                   ? wasmio_uart_submit_write(device, sent, n_written)
                   : wasmio_uart_submit_read(device, into, n_read);
    }
}

static void
take_results(void)
{
    int32_t request;

    while ((request = wasmio_request_next_done()) > 0) {
        int32_t result = wasmio_request_result(request);

        n_ended++;
        n_moved += result > 0 ? (uint32_t)result : 0;
    }
}

WASMIO_EXPORT("one")
int32_t one(uint32_t n_written, uint32_t n_read);
int32_t
one(uint32_t n_written, uint32_t n_read)
{
    return submit(first, n_written, n_read);
}

/* A short request of each device, and one more of each, which waits until its
 * interval is over: first that of the first device, and while that request, a
 * long one, is under way the other's. */
WASMIO_EXPORT("pair")
int32_t pair(uint32_t n_written, uint32_t n_read);
int32_t
pair(uint32_t n_written, uint32_t n_read)
{
    const uint32_t n_short = CLASS == SPI ? 1 : 0;
    int32_t err;

    take_results();
    err = submit(first, 1, n_short);
    if (err > 0) {
        err = submit(second, 1, n_short);
    }
    if (err > 0) {
        err = submit(first, n_written, n_read);
    }
    return err > 0 ? submit(second, 1, n_short) : err;
}

/* Requests that have ended since it was asked last, times 65,536, and bytes. */
WASMIO_EXPORT("ended") uint32_t ended(void);
uint32_t
ended(void)
{
    uint32_t all;

    take_results();
    all = n_ended << 16 | n_moved;
    n_ended = n_moved = 0;
    return all;
}
