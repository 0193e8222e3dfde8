/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A container that misbehaves when it is told to, by the point `mode`. It has a
 * UART's transmitter raise its interrupt and never ends it: without a throttle
 * the line would be taken again as soon as its handler returned, for ever.
 */
#include <wasmio/core.h>
#include <wasmio/irq.h>
#include <wasmio/mmio.h>
#include <wasmio/point.h>
#include <wasmio/sync.h>

WASMIO_HANDLER_STACK(128);

enum {
    QUIET = 0,
    STORM = 1,                     /* the line is held; the handler returns */
    LOOP_IN_HANDLER = 2,           /* the same, and it does not */
    LOOP_IN_MAIN = 3
};

/* ARM DDI 0183G, 3.3: send something, and let that interrupt. */
#define PL011_DR 0x00u
#define PL011_CR 0x30u
#define PL011_CR_UARTEN_TXE 0x101u
#define PL011_IMSC 0x38u
#define PL011_IMSC_TX 0x020u

/* ARM DDI 0479D, APB UART. */
#define CMSDK_DATA 0x00u
#define CMSDK_CTRL 0x08u
#define CMSDK_CTRL_TX_AND_INTERRUPT 0x05u

static int32_t pl011;
static int32_t cmsdk;
static int32_t line;
static int32_t mode_point;
static uint32_t mode;
static volatile uint32_t sink;

static void
loop(void)
{
    for (;;) {
        sink++;
    }
}

static void
begin(void)
{
    if (pl011 >= 0) {
        (void)wasmio_mmio_write32(pl011, PL011_CR, PL011_CR_UARTEN_TXE);
        (void)wasmio_mmio_write32(pl011, PL011_IMSC, PL011_IMSC_TX);
        (void)wasmio_mmio_write32(pl011, PL011_DR, '!');
    } else {
        (void)wasmio_mmio_write32(cmsdk, CMSDK_CTRL,
                                  CMSDK_CTRL_TX_AND_INTERRUPT);
        (void)wasmio_mmio_write32(cmsdk, CMSDK_DATA, '!');
    }
    (void)wasmio_irq_enable(line);
}

/* The device is left as it is: the line stays high. */
WASMIO_EXPORT("on-line")
void
on_line(uint32_t count, uint32_t ts_lo, uint32_t ts_hi)
{
    (void)count;
    (void)ts_lo;
    (void)ts_hi;
    if (wasmio_load(&mode) == LOOP_IN_HANDLER) {
        loop();
    }
    for (uint32_t i = 0; i < 16; i++) {
        sink++;
    }
}

WASMIO_EXPORT("look")
void
look(void)
{
    const int64_t wanted = wasmio_point_get_i32(mode_point);

    if (wanted < 0 || (uint32_t)wanted == mode) {
        return;
    }
    wasmio_store(&mode, (uint32_t)wanted);
    if (mode == LOOP_IN_MAIN) {
        loop();
    }
    begin();
}

WASMIO_EXPORT("wasmio-init")
int32_t
init(void)
{
    pl011 = WASMIO_OPEN("pl011");
    cmsdk = WASMIO_OPEN("cmsdk");
    line = pl011 >= 0 ? WASMIO_OPEN("pl011-line") : WASMIO_OPEN("cmsdk-line");
    mode_point = WASMIO_OPEN("mode");
    return line < 0 ? line : WIO_OK;
}
