/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Has a chip on a bus and knows nothing of who drives it. The host calls
 * `try`, or `arm` to have main do it; both send @n bytes that begin with
 * @first and count up.
 */
#include <wasmio/core.h>
#include <wasmio/delay.h>
#ifdef HAS_LINE
#include <wasmio/irq.h>
#endif
#include <wasmio/serve.h>
#include <wasmio/spi.h>

#include "serve.h"

static int32_t chip;
static uint8_t out[64], in[64];
static volatile uint32_t armed, armed_n, armed_how;
static volatile int32_t last = 1;
static volatile uint32_t n_runs;

#ifdef HAS_LINE
WASMIO_HANDLER_STACK(256);

WASMIO_EXPORT("on-edge") void
on_edge(uint32_t count, uint32_t ts_lo, uint32_t ts_hi)
{
    (void)count;
    (void)ts_lo;
    (void)ts_hi;
    __builtin_trap();
}
#endif

#ifdef SERVES
WASMIO_HANDLER_STACK(256);
WASMIO_SERVE_BUFFER(16);

WASMIO_EXPORT("serve") int32_t
serve(uint32_t select, uint32_t flags, uint32_t divisor, uint32_t n_bytes)
{
    return (int32_t)(select & flags & divisor & n_bytes & 0);
}
#endif

enum { PLAIN, TRANSACTION, TWICE, AFTER_WORK, POLL, POLL_OTHER };

/* At most @n bytes until the chip answers. */
static int32_t
wait_for(uint32_t n, uint8_t want)
{
    struct wio_abi_op ops[3] = {
        { .kind = WIO_ABI_OP_WRITE, .ptr = (uint32_t)out, .len = 2 },
        { .kind = WIO_ABI_OP_POLL, .ptr = (uint32_t)in, .len = n,
          .arg = WIO_ABI_POLL(0x80, 0x80, want, 0xff) },
        { .kind = WIO_ABI_OP_READ, .ptr = (uint32_t)(in + 1), .len = 1 },
    };
    int32_t err = wasmio_spi_transaction(chip, ops, 3);

    return err ? err : in[0] == SERVE_ANSWER ? 0 : WIO_ERR_OTHER;
}

static int32_t
transact(uint32_t n)
{
    struct wio_abi_op ops[4] = {
        { .kind = WIO_ABI_OP_WRITE, .flags = WIO_ABI_OP_UNSELECTED,
          .ptr = (uint32_t)out + 1, .len = 2 },
        { .kind = WIO_ABI_OP_WRITE, .ptr = (uint32_t)out, .len = n },
        { .kind = WIO_ABI_OP_READ, .ptr = (uint32_t)in, .len = n },
        { .kind = WIO_ABI_OP_DELAY, .len = 20000 },
    };

    return wasmio_spi_transaction(chip, ops, 4);
}

static int32_t
is_inverted(uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        if (in[i] != (uint8_t)~out[i]) {
            return WIO_ERR_OTHER;
        }
    }
    return 0;
}

static int32_t
go(uint32_t first, uint32_t n, uint32_t how)
{
    int32_t err;

    for (uint32_t i = 0; i < sizeof out; i++) {
        out[i] = (uint8_t)(first + i);
    }
    if (how == POLL || how == POLL_OTHER) {
        return wait_for(n, how == POLL ? SERVE_ANSWER : 0x41);
    }
    if (how == TRANSACTION) {
        return transact(n);
    }
    if (how == AFTER_WORK) {
        wasmio_delay_us(2000);
    }
    err = wasmio_spi_transfer(chip, out, in, n);
    if (err == 0 && how == TWICE) {
        err = wasmio_spi_transfer(chip, out, in, n);
    }
    return err ? err : is_inverted(n);
}

WASMIO_EXPORT("try") int32_t
try(uint32_t first, uint32_t n, uint32_t how)
{
    return go(first, n, how);
}

WASMIO_EXPORT("arm") void
arm(uint32_t first, uint32_t n, uint32_t how)
{
    armed = first;
    armed_n = n;
    armed_how = how;
    last = 1;
}

WASMIO_EXPORT("result") int32_t
result(void)
{
    return last;
}

WASMIO_EXPORT("runs") uint32_t
runs(void)
{
    return n_runs;
}

WASMIO_EXPORT("poll") void
poll(void)
{
    n_runs = n_runs + 1;
    if (armed) {
        uint32_t first = armed;

        armed = 0;
        last = go(first, armed_n, armed_how);
    }
}

WASMIO_EXPORT("wasmio-init") int32_t
init(void)
{
    chip = WASMIO_OPEN("chip");
#ifdef HAS_LINE
    (void)wasmio_irq_enable(WASMIO_OPEN("line"));
#endif
    return chip < 0 ? chip : 0;
}
