/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sends a line over a UART, a byte an interrupt: main writes the first one of
 * each line, the handler of "transmitter empty" the others. SENDER_CMSDK: the
 * UART of the Cortex-M System Design Kit (ARM DDI 0479D), else a PrimeCell
 * UART (ARM DDI 0183G). SENDER_RUNAWAY: its handler never returns from the
 * 330th time on.
 */
#include <wasmio/core.h>
#include <wasmio/irq.h>
#include <wasmio/mmio.h>
#include <wasmio/point.h>
#include <wasmio/sync.h>

#ifdef SENDER_CMSDK
#define DATA 0x00u
#define CONTROL 0x08u
#define CONTROL_ON 0x05u          /* transmitter, its interrupt */
#define CLEAR 0x0cu
#define CLEAR_TX 0x01u
#else
#define DATA 0x00u
#define CONTROL 0x38u             /* UARTIMSC */
#define CONTROL_ON 0x20u          /* TXIM */
#define CLEAR 0x44u               /* UARTICR */
#define CLEAR_TX 0x20u            /* TXIC */
#define UARTCR 0x30u
#define UARTCR_ON 0x101u          /* UARTEN TXE */
#endif

WASMIO_HANDLER_STACK(128);

static const char text[] = "edges become bytes\n";
#define N_BYTES ((uint32_t)(sizeof text - 1))

static int32_t uart;
static int32_t empty;
static int32_t sent;
static uint32_t next;             /* main resets it when nothing is under way */
static struct wasmio_counter lines;

WASMIO_EXPORT("wasmio-init")
int32_t
init(void)
{
    uart = WASMIO_OPEN("uart");
    empty = WASMIO_OPEN("empty");
    sent = WASMIO_OPEN("lines");
#ifndef SENDER_CMSDK
    (void)wasmio_mmio_write32(uart, UARTCR, UARTCR_ON);
#endif
    (void)wasmio_mmio_write32(uart, CLEAR, CLEAR_TX);
    (void)wasmio_mmio_write32(uart, CONTROL, CONTROL_ON);
    return wasmio_irq_enable(empty);
}

WASMIO_EXPORT("on-empty")
void on_empty(uint32_t count, uint32_t ts_lo, uint32_t ts_hi);
void
on_empty(uint32_t count, uint32_t ts_lo, uint32_t ts_hi)
{
    uint32_t at = wasmio_load(&next);

#ifdef SENDER_RUNAWAY
    static volatile uint32_t n;

    while (n >= 330u) {
        n++;
    }
    n++;
#endif
    (void)count;
    (void)ts_lo;
    (void)ts_hi;
    (void)wasmio_mmio_write32(uart, CLEAR, CLEAR_TX);
    if (at < N_BYTES) {
        (void)wasmio_mmio_write32(uart, DATA, (uint8_t)text[at]);
    } else if (at == N_BYTES) {
        wasmio_counter_add(&lines, 1);
    }
    wasmio_store(&next, at + 1);
}

WASMIO_EXPORT("poll")
void poll(void);
void
poll(void)
{
    uint32_t at;

    (void)wasmio_irq_mask();
    at = wasmio_load(&next);
    (void)wasmio_irq_unmask();
    (void)wasmio_point_set_i32(sent, (int32_t)wasmio_counter_read(&lines));
    if (at == 0 || at > N_BYTES) {
        wasmio_store(&next, 1);
        (void)wasmio_mmio_write32(uart, DATA, (uint8_t)text[0]);
    }
}
