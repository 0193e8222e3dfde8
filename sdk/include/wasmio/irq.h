/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wasmio/irq.h - interrupts (wit/irq.wit)
 *
 * A need of class `irq` names the export that is called. A handler is
 *
 *     WASMIO_EXPORT("on-edge")
 *     void on_edge(uint32_t count, uint32_t ts_lo, uint32_t ts_hi)
 *
 * count & WIO_ABI_IRQ_COUNT is how many events came since the last time, at
 * least that many when WIO_ABI_IRQ_AT_LEAST is set; ts is the host's clock at
 * the first of them, ns. It runs on a stack of its own (WASMIO_HANDLER_STACK),
 * interrupts main at any instruction, and may neither wait nor grow memory:
 * such calls give WIO_ERR_WOULD_BLOCK, or trap. What it shares with main goes
 * through wasmio/sync.h.
 *
 * Each function may fail with WIO_ERR_BAD_HANDLE.
 */
#ifndef WASMIO_IRQ_H
#define WASMIO_IRQ_H

#include <wasmio/guest.h>

/* Every line begins disabled. Events while it is are dropped and counted. */
WASMIO_IMPORT(WIO_MODULE_IRQ, "enable")
int32_t wasmio_irq_enable(int32_t handle);
WASMIO_IMPORT(WIO_MODULE_IRQ, "disable")
int32_t wasmio_irq_disable(int32_t handle);

/* Forgets what came while the line was masked: 1 when there was something, and
 * it counts as dropped. With overflow = "mask" the line stays masked until
 * this is called. */
WASMIO_IMPORT(WIO_MODULE_IRQ, "ack")
int32_t wasmio_irq_ack(int32_t handle);

/* Events accepted whose handler has not begun; events dropped in all. */
WASMIO_IMPORT(WIO_MODULE_IRQ, "pending")
int32_t wasmio_irq_pending(int32_t handle);
WASMIO_IMPORT(WIO_MODULE_IRQ, "dropped")
int32_t wasmio_irq_dropped(int32_t handle);

/*
 * Keep this container's handlers out, and let them in. Nests. The board's
 * policy limits how long (max-lock-us); a longer lock ends the activation. The
 * limit runs on while stubs and the timer run: what is between the two calls
 * has to be shorter by what these take.
 * WIO_ERR_LIMIT beyond 255 levels, WIO_ERR_INVALID_ARGUMENT for an unmask
 * without mask.
 */
WASMIO_IMPORT(WIO_MODULE_IRQ, "mask")
int32_t wasmio_irq_mask(void);
WASMIO_IMPORT(WIO_MODULE_IRQ, "unmask")
int32_t wasmio_irq_unmask(void);

/*
 * main only: waits until the line's handler has run since the last wait, at
 * most @timeout_us (WIO_ABI_IRQ_FOREVER: for ever); others run meanwhile. main
 * goes on with a new budget, but not earlier than a period after its last
 * release. Returns the events, WIO_ERR_TIMEOUT, or WIO_ERR_WOULD_BLOCK in a
 * handler, in wasmio-init, in an operation or while masked.
 */
WASMIO_IMPORT(WIO_MODULE_IRQ, "wait")
int32_t wasmio_irq_wait(int32_t handle, uint32_t timeout_us);

#endif
