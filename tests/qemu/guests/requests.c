/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests on the controllers of a board: the handler of a UART's completions
 * sends back in capitals what came, and an operation resets a card, or asks a
 * flash for its identification, eight bytes at once.
 */
#include <wasmio/core.h>
#include <wasmio/irq.h>
#include <wasmio/request.h>
#include <wasmio/spi.h>
#include <wasmio/uart.h>

WASMIO_HANDLER_STACK(128);

#define LENGTH 12u
#define TRIES 20000u

static int32_t port;
static int32_t card;
static uint8_t text[LENGTH];
static uint8_t sent[8];
static uint8_t got[8];
static int32_t reading;            /* requests; 0: none */
static int32_t writing;

static void
read_on(void)
{
    reading = wasmio_uart_submit_read(port, text, LENGTH);
}

static void
send_back(uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        text[i] = text[i] >= 'a' && text[i] <= 'z' ? (uint8_t)(text[i] - 32)
                                                   : text[i];
    }
    writing = wasmio_uart_submit_write(port, text, n);
}

/* A reading that ends with fewer, at its time, is answered as well. */
WASMIO_EXPORT("on-done")
void
on_done(uint32_t count, uint32_t ts_lo, uint32_t ts_hi)
{
    int32_t result;

    (void)count;
    (void)ts_lo;
    (void)ts_hi;
    if (reading > 0 &&
        wasmio_request_status(reading) == WIO_ABI_REQUEST_DONE) {
        result = wasmio_request_result(reading);
        reading = 0;
        if (result > 0) {
            send_back((uint32_t)result);
        } else {
            read_on();
        }
    } else if (writing > 0 &&
               wasmio_request_status(writing) == WIO_ABI_REQUEST_DONE) {
        (void)wasmio_request_result(writing);
        writing = 0;
        read_on();
    }
}

WASMIO_EXPORT("poll")
void
poll(void)
{
}

/* The SD card's first answer is at the 7th or 8th byte; the flash's
 * identification behind the first. */
WASMIO_EXPORT("exchange")
int32_t
exchange(uint32_t command, uint32_t last)
{
    int32_t request;
    uint32_t n = 0;

    for (uint32_t i = 0; i < sizeof(sent); i++) {
        sent[i] = i > 5 ? 0xff : 0;
    }
    sent[0] = (uint8_t)command;
    sent[5] = (uint8_t)last;
    request = wasmio_spi_submit(card, sent, 8, got, 8);
    while (request > 0 && n++ < TRIES &&
           wasmio_request_status(request) != WIO_ABI_REQUEST_DONE) {
    }
    return request > 0 ? wasmio_request_result(request) : request;
}

WASMIO_EXPORT("got")
uint32_t
byte_got(uint32_t i)
{
    return i < sizeof(got) ? got[i] : 0;
}

WASMIO_EXPORT("wasmio-init")
int32_t
init(void)
{
    const int32_t done = WASMIO_OPEN("done");
    int32_t err;

    port = WASMIO_OPEN("port");
    card = WASMIO_OPEN("card");
    err = wasmio_irq_enable(done);
    if (err >= 0) {
        read_on();
        err = reading < 0 ? reading : WIO_OK;
    }
    return err < 0 ? err : WIO_OK;
}
