/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "ti,stellaris-i2c": the I2C master of the LM3S6965.
 *
 * Data sheet DS-LM3S6965-12746.2515, "Inter-Integrated Circuit (I2C)
 * Interface": command sequences, initialisation, registers.
 *
 * The read follows by STOP and START. The chip has a repeated START, but
 * QEMU's model (7.2, hw/arm/stellaris.c) ignores one while it owns the bus;
 * no device of ours tells the two apart.
 */
#include "levels.h"

#include <stddef.h>

#define I2CMSA 0x00u             /* address << 1 | read */
#define I2CMCS 0x04u
#define I2CMDR 0x08u
#define I2CMTPR 0x0cu
#define I2CMIMR 0x10u
#define I2CMRIS 0x14u
#define I2CMICR 0x1cu
#define I2CMCR 0x20u
#define MCR_MFE 0x10u

#define MCS_RUN 0x01u            /* written */
#define MCS_START 0x02u
#define MCS_STOP 0x04u
#define MCS_ACK 0x08u

#define MCS_BUSY 0x01u           /* read */
#define MCS_ERROR 0x02u
#define MCS_ADRACK 0x04u         /* 1: the address was not acknowledged */
#define MCS_DATACK 0x08u         /* 1: a byte was not acknowledged */
#define MCS_ARBLST 0x10u
#define MCS_BUSBSY 0x40u

#define BUS_HZ 100000u

static int
wait_idle(uintptr_t base, uint64_t deadline_ns)
{
    while (*cm_reg(base, I2CMCS) & MCS_BUSY) {
        if (cm_past(deadline_ns)) {
            return WIO_ERR_TIMEOUT;
        }
    }
    return WIO_OK;
}

/*
 * Lost arbitration means that somebody else has the bus, and then it is busy.
 * A free bus after it is what QEMU's model makes of an address that nobody
 * answers (observed on lm3s6965evb, QEMU 7.2.22).
 */
static int
cause(uint32_t mcs)
{
    if (mcs & MCS_ARBLST) {
        return mcs & MCS_BUSBSY ? WIO_ERR_I2C_ARBITRATION
                                : WIO_ERR_I2C_NACK_ADDRESS;
    }
    if (mcs & MCS_ADRACK) {
        return WIO_ERR_I2C_NACK_ADDRESS;
    }
    if (mcs & MCS_DATACK) {
        return WIO_ERR_I2C_NACK_DATA;
    }
    return WIO_ERR_I2C_OTHER;
}

/* One command; on an error the bus is left free. */
static int
command(uintptr_t base, uint32_t bits, uint64_t deadline_ns)
{
    uint32_t mcs;
    int err;

    *cm_reg(base, I2CMCS) = bits;
    err = wait_idle(base, deadline_ns);
    mcs = *cm_reg(base, I2CMCS);
    if (!err && !(mcs & MCS_ERROR)) {
        return WIO_OK;
    }
    if (!err) {
        err = cause(mcs);
    }
    if (!(mcs & MCS_ARBLST) && !(bits & MCS_STOP)) {
        *cm_reg(base, I2CMCS) = MCS_STOP;
    }
    if (err == WIO_ERR_TIMEOUT) {
        *cm_reg(base, I2CMCR) = 0;       /* the master lets its lines go */
        *cm_reg(base, I2CMCR) = MCR_MFE;
    }
    return err;
}

static int
write_bytes(uintptr_t base, uint16_t addr, const uint8_t *out, uint32_t n,
            uint64_t deadline_ns)
{
    uint32_t i;

    *cm_reg(base, I2CMSA) = (uint32_t)addr << 1;
    for (i = 0; i < n; i++) {
        uint32_t bits = MCS_RUN | (i == 0 ? MCS_START : 0) |
                        (i + 1u == n ? MCS_STOP : 0);
        int err;

        *cm_reg(base, I2CMDR) = out[i];
        err = command(base, bits, deadline_ns);
        if (err) {
            return err;
        }
    }
    return WIO_OK;
}

static int
read_bytes(uintptr_t base, uint16_t addr, uint8_t *in, uint32_t n,
           uint64_t deadline_ns)
{
    uint32_t i;

    *cm_reg(base, I2CMSA) = (uint32_t)addr << 1 | 1u;
    for (i = 0; i < n; i++) {
        uint32_t bits = MCS_RUN | (i == 0 ? MCS_START : 0) |
                        (i + 1u == n ? MCS_STOP : MCS_ACK);
        int err = command(base, bits, deadline_ns);

        if (err) {
            return err;
        }
        in[i] = (uint8_t)*cm_reg(base, I2CMDR);
    }
    return WIO_OK;
}

static int
transfer(void *ctx, uint16_t addr, const uint8_t *out, uint32_t n_out,
         uint8_t *in, uint32_t n_in, uint64_t deadline_ns)
{
    const struct cm_device *device = ctx;
    int err = WIO_OK;

    while (*cm_reg(device->base, I2CMCS) & MCS_BUSBSY) {
        if (cm_past(deadline_ns)) {
            return WIO_ERR_I2C_BUS;
        }
    }
    if (n_out > 0) {
        err = write_bytes(device->base, addr, out, n_out, deadline_ns);
    }
    if (n_in > 0 && !err) {
        err = read_bytes(device->base, addr, in, n_in, deadline_ns);
    }
    return err;
}

/* -- Requests --------------------------------------------------------------------- */

enum phase { WRITE, READ };

/* One command; its interrupt comes when it is over. QEMU's model raises none
 * for one that fails, which it does at once: looked at here. */
static void
issue(const struct cm_device *device, uint32_t bits)
{
    uint32_t mcs;

    *cm_reg(device->base, I2CMCS) = bits;
    mcs = *cm_reg(device->base, I2CMCS);
    if (!(mcs & MCS_BUSY) && (mcs & MCS_ERROR)) {
        cm_line_pend(device->irqs[0]);
    }
}

static uint32_t
n_of(const struct wio_request *request)
{
    return request->phase == WRITE ? request->w_len : request->r_len;
}

/* Byte request->at of the present part. */
static void
begin_byte(const struct cm_device *device, const struct wio_request *request)
{
    uint32_t i = request->at;
    bool is_last = i + 1u == n_of(request);
    uint32_t bits = MCS_RUN | (i == 0 ? MCS_START : 0) |
                    (is_last ? MCS_STOP : 0);

    if (request->phase == WRITE) {
        *cm_reg(device->base, I2CMDR) = request->w[i];
    } else if (!is_last) {
        bits |= MCS_ACK;
    }
    issue(device, bits);
}

static void
begin_part(const struct cm_device *device, struct wio_request *request,
           enum phase phase)
{
    request->phase = phase;
    request->at = 0;
    *cm_reg(device->base, I2CMSA) = (uint32_t)request->addr << 1 |
                                    (phase == READ);
    begin_byte(device, request);
}

/* No interrupt comes any more. */
static void
quiet(struct cm_device *device)
{
    device->requests[0] = NULL;
    *cm_reg(device->base, I2CMIMR) = 0;
    *cm_reg(device->base, I2CMICR) = 1;
    cm_line_drop(device->irqs[0]);
}

static void
finish(struct cm_device *device, int result)
{
    struct wio_request *request = device->requests[0];

    quiet(device);
    request->done(request, result);
}

static void
on_interrupt(void *arg)
{
    struct cm_device *device = arg;
    struct wio_request *request = device->requests[0];
    uint32_t mcs = *cm_reg(device->base, I2CMCS);

    *cm_reg(device->base, I2CMICR) = 1;
    if (!request || (mcs & MCS_BUSY)) {
        return;
    }
    if (mcs & MCS_ERROR) {
        if (!(mcs & MCS_ARBLST) && request->at + 1u < n_of(request)) {
            *cm_reg(device->base, I2CMCS) = MCS_STOP;
        }
        finish(device, cause(mcs));
        return;
    }
    if (request->phase == READ) {
        request->r[request->at] = (uint8_t)*cm_reg(device->base, I2CMDR);
    }
    request->at++;
    if (request->at < n_of(request)) {
        begin_byte(device, request);
    } else if (request->phase == WRITE && request->r_len > 0) {
        begin_part(device, request, READ);
    } else {
        finish(device, (int)request->at);
    }
}

static int
submit(void *ctx, struct wio_request *request)
{
    struct cm_device *device = ctx;

    if (*cm_reg(device->base, I2CMCS) & MCS_BUSBSY) {
        return WIO_ERR_I2C_BUS;            /* another master, or a line held */
    }
    if (!cm_line_take(device->irqs[0], on_interrupt, device)) {
        return WIO_ERR_BUSY;
    }
    device->requests[0] = request;
    *cm_reg(device->base, I2CMICR) = 1;
    *cm_reg(device->base, I2CMIMR) = 1;
    begin_part(device, request, request->w_len > 0 ? WRITE : READ);
    return WIO_OK;
}

/* A byte may be half done: then the master lets its lines go, and the next
 * START resets whoever was in the middle of it (UM10204, 3.1.10). */
static uint32_t
cancel(void *ctx, struct wio_request *request)
{
    struct cm_device *device = ctx;

    if (device->requests[0] == request) {
        uint32_t mcs = *cm_reg(device->base, I2CMCS);

        quiet(device);
        if (mcs & MCS_BUSY) {
            *cm_reg(device->base, I2CMCR) = 0;
            *cm_reg(device->base, I2CMCR) = MCR_MFE;
        } else if (mcs & MCS_BUSBSY) {
            *cm_reg(device->base, I2CMCS) = MCS_STOP;
        }
    }
    return 0;
}

/* I2CMTPR: TPR = clock / (2 * (SCL_LP + SCL_HP) * bus) - 1, with SCL_LP 6 and
 * SCL_HP 4. */
int
cm_i2c_stellaris_start(struct cm_device *device)
{
    uint32_t hz = device->clock_hz ? device->clock_hz : 50000000u;

    *cm_reg(device->base, I2CMCR) = MCR_MFE;
    *cm_reg(device->base, I2CMTPR) = (hz / (20u * BUS_HZ) - 1u) & 0xffu;
    return WIO_OK;
}

const struct wio_i2c_ops cm_i2c_stellaris_ops = {
    .transfer = transfer,
    .submit = submit,
    .cancel = cancel
};
