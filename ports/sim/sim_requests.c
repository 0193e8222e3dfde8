/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ports/sim/sim_requests.c - transfers that go on by the controller's
 * interrupt: one at each byte boundary, on the virtual clock
 *
 * A byte is taken in or given out when its interrupt is: not while interrupts
 * are kept out. The bus then waits, as a controller does that stretches its
 * clock. Faults hit a request as they hit a transfer; a bus that hangs goes on
 * nodding until byte VALUE and then nothing comes any more.
 */
#include <stddef.h>

#include "sim_internal.h"

enum phase {
    ADDRESS_WRITE, WRITE, ADDRESS_READ, READ, SEND, RECEIVE, EXCHANGE, HELD
};

static struct sim_target
target_of(const struct wio_sim_controller *controller)
{
    return (struct sim_target){ controller->class, controller->index };
}

static bool
is_fault(const struct wio_sim_request *r, enum wio_sim_fault_kind kind)
{
    return r->fault.class != 0 && r->fault.kind == kind;
}

/* Bits of the bus from now on until the next interrupt. */
static void
go_on(struct wio_sim *sim, struct wio_sim_request *r, uint32_t n_clocks)
{
    r->at_ns = sim->now_ns +
               (uint64_t)n_clocks * 1000000000u / sim->config.i2c_hz;
}

static void
finish(struct wio_sim *sim, struct wio_sim_request *r, int result)
{
    struct wio_request *request = r->request;

    r->request = NULL;
    if (r->controller->class == WIO_SIM_CLASS_I2C) {
        sim_log(sim, target_of(r->controller), WIO_SIM_OP_STOP, request->addr,
                0, 0, result < 0 ? result : 0);
    } else if (r->controller->class == WIO_SIM_CLASS_SPI) {
        sim_spi_select(sim, target_of(r->controller), r->chip, 0, false);
        sim_log(sim, target_of(r->controller), WIO_SIM_OP_STOP, 0, 0, 0,
                result < 0 ? result : 0);
    }
    request->done(request, result);
}

/* -- I2C ------------------------------------------------------------------------- */

/* START and address. */
static void
address(struct wio_sim *sim, struct wio_sim_request *r, enum phase phase)
{
    struct wio_request *request = r->request;

    request->phase = phase;
    request->at = 0;
    sim_log(sim, target_of(r->controller),
            phase == ADDRESS_WRITE ? WIO_SIM_OP_START_WRITE
                                   : WIO_SIM_OP_START_READ,
            request->addr, 1, 0, 0);
    go_on(sim, r, 10);
}

/* The next byte to write is on its way, or what comes behind the last. */
static void
put_byte(struct wio_sim *sim, struct wio_sim_request *r)
{
    struct wio_request *request = r->request;

    if (request->at == request->w_len) {
        if (request->r_len > 0) {
            address(sim, r, ADDRESS_READ);
            return;
        }
        sim_i2c_written(sim, r->device, request->w_len);
        finish(sim, r, (int)request->w_len);
        return;
    }
    if (is_fault(r, WIO_SIM_HANG) && request->at >= r->fault.value) {
        r->at_ns = UINT64_MAX;
        return;
    }
    sim_log(sim, target_of(r->controller), WIO_SIM_OP_WRITE, request->addr, 1,
            request->w[request->at], 0);
    go_on(sim, r, 9);
}

static void
get_byte(struct wio_sim *sim, struct wio_sim_request *r)
{
    const struct wio_request *request = r->request;

    if (is_fault(r, WIO_SIM_HANG) && request->at >= r->fault.value) {
        r->at_ns = UINT64_MAX;
        return;
    }
    go_on(sim, r, 9);
}

static void
address_over(struct wio_sim *sim, struct wio_sim_request *r)
{
    struct wio_request *request = r->request;

    r->device = sim_i2c_device(sim, r->controller->index, request->addr);
    if (is_fault(r, WIO_SIM_ARBITRATION)) {
        finish(sim, r, WIO_ERR_I2C_ARBITRATION);
    } else if (r->device == NULL || is_fault(r, WIO_SIM_NACK_ADDRESS)) {
        finish(sim, r, WIO_ERR_I2C_NACK_ADDRESS);
    } else if (request->phase == ADDRESS_WRITE) {
        request->phase = WRITE;
        put_byte(sim, r);
    } else {
        request->phase = READ;
        get_byte(sim, r);
    }
}

static void
written(struct wio_sim *sim, struct wio_sim_request *r)
{
    struct wio_request *request = r->request;
    const uint32_t i = request->at++;

    if (is_fault(r, WIO_SIM_NACK_DATA) && i == r->fault.value) {
        finish(sim, r, WIO_ERR_I2C_NACK_DATA);
        return;
    }
    sim_i2c_write_byte(r->device, i, request->w[i]);
    put_byte(sim, r);
}

static void
received(struct wio_sim *sim, struct wio_sim_request *r)
{
    struct wio_request *request = r->request;
    const uint32_t i = request->at++;
    uint8_t byte = sim_i2c_read_byte(r->device, i);

    if (is_fault(r, WIO_SIM_FLIP) && r->fault.value / 8 == i) {
        byte = (uint8_t)(byte ^ (0x80u >> r->fault.value % 8));
    }
    request->r[i] = byte;
    sim_log(sim, target_of(r->controller), WIO_SIM_OP_READ, request->addr, 1,
            byte, 0);
    if (request->at == request->r_len) {
        finish(sim, r, (int)request->r_len);
    } else {
        get_byte(sim, r);
    }
}

/* -- SPI ------------------------------------------------------------------------- */

static void
exchanged(struct wio_sim *sim, struct wio_sim_request *r)
{
    struct wio_request *request = r->request;
    const uint32_t len = request->w_len > 0 ? request->w_len : request->r_len;
    const uint32_t i = request->at++;
    const uint8_t out = request->w_len > 0 ? request->w[i] : 0xff;
    uint8_t in = sim_spi_exchange(sim, target_of(r->controller), r->chip, out);

    if (is_fault(r, WIO_SIM_FLIP) && r->fault.value / 8 == i) {
        in = (uint8_t)(in ^ (0x80u >> r->fault.value % 8));
    }
    sim_log(sim, target_of(r->controller), WIO_SIM_OP_READ, 0, 1,
            (uint32_t)out << 8 | in, 0);
    if (request->r_len > 0) {
        request->r[i] = in;
    }
    r->at_ns = sim->now_ns + sim_spi_byte_ns(sim, request->chip);
    if (is_fault(r, WIO_SIM_OVERRUN)) {
        finish(sim, r, WIO_ERR_SPI_OVERRUN);
    } else if (request->at == len) {
        finish(sim, r, (int)len);
    }
}

/* -- UART ------------------------------------------------------------------------ */

static void
sent(struct wio_sim *sim, struct wio_sim_request *r)
{
    struct wio_request *request = r->request;
    const uint64_t char_ns = sim_uart_char_ns(sim, r->controller->index);
    const uint8_t byte = request->w[request->at++];

    sim_log(sim, target_of(r->controller), WIO_SIM_OP_WRITE, 0, 1, byte, 0);
    sim_line_sent(&sim->uart[r->controller->index].line, byte, sim->now_ns,
                  char_ns);
    r->at_ns = sim->now_ns + char_ns;
    if (request->at == request->w_len) {
        finish(sim, r, (int)request->w_len);
    }
}

/* False: nothing has come, there is no interrupt. */
static bool
arrived(struct wio_sim *sim, struct wio_sim_request *r)
{
    struct wio_request *request = r->request;
    const uint64_t char_ns = sim_uart_char_ns(sim, r->controller->index);
    const struct sim_target target = target_of(r->controller);
    uint8_t byte;

    r->at_ns = sim->now_ns + char_ns;
    if (!sim_line_arrived(sim, target, &sim->uart[target.index].line, char_ns,
                          &byte)) {
        return false;
    }
    if (r->fault.class != 0 && !is_fault(r, WIO_SIM_FLIP)) {
        finish(sim, r, sim_uart_receive_error(&r->fault));
        return true;
    }
    if (is_fault(r, WIO_SIM_FLIP) && r->fault.value / 8 == request->at) {
        byte = (uint8_t)(byte ^ (0x80u >> r->fault.value % 8));
    }
    request->r[request->at++] = byte;
    sim_log(sim, target, WIO_SIM_OP_READ, 0, 1, byte, 0);
    if (request->at == request->r_len) {
        finish(sim, r, (int)request->r_len);
    }
    return true;
}

/* -- Interrupts ------------------------------------------------------------------ */

static bool
step(struct wio_sim *sim, struct wio_sim_request *r)
{
    switch ((enum phase)r->request->phase) {
    case ADDRESS_WRITE:
    case ADDRESS_READ:
        address_over(sim, r);
        return true;
    case WRITE:
        written(sim, r);
        return true;
    case READ:
        received(sim, r);
        return true;
    case SEND:
        sent(sim, r);
        return true;
    case RECEIVE:
        return arrived(sim, r);
    case EXCHANGE:
        exchanged(sim, r);
        return true;
    default:
        finish(sim, r, WIO_ERR_I2C_BUS);
        return true;
    }
}

bool
sim_request_happens(struct wio_sim *sim)
{
    for (uint32_t i = 0; i < WIO_SIM_REQUESTS; i++) {
        struct wio_sim_request *r = &sim->requests[i];

        if (r->request != NULL && r->at_ns <= sim->now_ns) {
            sim->levels.above = true;
            if (step(sim, r)) {
                sim->n_request_interrupts++;
                sim->now_ns += sim->config.request_ns;
            }
            sim->levels.above = false;
            return true;
        }
    }
    return false;
}

uint64_t
sim_next_request_ns(const struct wio_sim *sim)
{
    uint64_t at = UINT64_MAX;

    for (uint32_t i = 0; i < WIO_SIM_REQUESTS; i++) {
        const struct wio_sim_request *r = &sim->requests[i];

        if (r->request != NULL && r->at_ns < at) {
            at = r->at_ns;
        }
    }
    return at;
}

/* -- Operations ------------------------------------------------------------------ */

static struct wio_sim_request *
take(struct wio_sim_controller *controller, struct wio_request *request)
{
    struct wio_sim *sim = controller->sim;

    for (uint32_t i = 0; i < WIO_SIM_REQUESTS; i++) {
        struct wio_sim_request *r = &sim->requests[i];

        if (r->request == NULL) {
            *r = (struct wio_sim_request){
                .request = request, .controller = controller,
            };
            request->at = 0;
            return r;
        }
    }
    return NULL;
}

static void
take_fault(struct wio_sim_request *r, uint32_t kinds)
{
    struct wio_sim *sim = r->controller->sim;
    const struct sim_target target = target_of(r->controller);
    const struct wio_sim_fault *fault =
        sim_fault(sim, target, sim_count(sim, target), kinds);

    if (fault != NULL) {
        r->fault = *fault;
        r->fault.class = r->controller->class;
    }
}

int
sim_submit_i2c(void *ctx, struct wio_request *request)
{
    struct wio_sim_controller *controller = ctx;
    struct wio_sim *sim = controller->sim;
    struct wio_sim_request *r = take(controller, request);
    const uint32_t kinds =
        1u << WIO_SIM_NACK_ADDRESS | 1u << WIO_SIM_NACK_DATA
        | 1u << WIO_SIM_ARBITRATION | 1u << WIO_SIM_STUCK
        | 1u << WIO_SIM_HANG | 1u << WIO_SIM_LATE | 1u << WIO_SIM_FLIP;

    if (r == NULL) {
        return WIO_ERR_BUSY;
    }
    take_fault(r, kinds);
    if (is_fault(r, WIO_SIM_STUCK)) {
        request->phase = HELD;
        go_on(sim, r, 9);
        return WIO_OK;
    }
    address(sim, r, request->w_len > 0 ? ADDRESS_WRITE : ADDRESS_READ);
    if (is_fault(r, WIO_SIM_LATE)) {
        r->at_ns += (uint64_t)r->fault.value * 1000u;
    }
    return WIO_OK;
}

int
sim_submit_spi(void *ctx, struct wio_request *request)
{
    struct wio_sim_controller *controller = ctx;
    struct wio_sim *sim = controller->sim;
    struct wio_sim_request *r = take(controller, request);

    if (r == NULL) {
        return WIO_ERR_BUSY;
    }
    take_fault(r, 1u << WIO_SIM_HANG | 1u << WIO_SIM_FLIP
                      | 1u << WIO_SIM_OVERRUN | 1u << WIO_SIM_NO_ANSWER);
    request->phase = EXCHANGE;
    if (!is_fault(r, WIO_SIM_NO_ANSWER)) {
        r->chip = sim_spi_chip(sim, controller->index, request->chip->select);
    }
    sim_spi_select(sim, target_of(controller), r->chip, request->chip->select,
                   true);
    r->at_ns = is_fault(r, WIO_SIM_HANG)
                   ? UINT64_MAX
                   : sim->now_ns + sim_spi_byte_ns(sim, request->chip);
    return WIO_OK;
}

int
sim_submit_uart(void *ctx, struct wio_request *request)
{
    struct wio_sim_controller *controller = ctx;
    struct wio_sim *sim = controller->sim;
    struct wio_sim_request *r = take(controller, request);
    const bool writes = request->w_len > 0;

    if (r == NULL) {
        return WIO_ERR_BUSY;
    }
    take_fault(r, writes ? 1u << WIO_SIM_STUCK
                         : 1u << WIO_SIM_FRAMING | 1u << WIO_SIM_PARITY
                               | 1u << WIO_SIM_BREAK | 1u << WIO_SIM_OVERRUN
                               | 1u << WIO_SIM_FLIP);
    request->phase = writes ? SEND : RECEIVE;
    r->at_ns = is_fault(r, WIO_SIM_STUCK)
                   ? UINT64_MAX
                   : sim->now_ns
                         + (writes ? sim_uart_char_ns(sim, controller->index)
                                   : 0);
    return WIO_OK;
}

uint32_t
sim_cancel(void *ctx, struct wio_request *request)
{
    struct wio_sim_controller *controller = ctx;
    struct wio_sim *sim = controller->sim;

    for (uint32_t i = 0; i < WIO_SIM_REQUESTS; i++) {
        struct wio_sim_request *r = &sim->requests[i];

        if (r->request != request) {
            continue;
        }
        r->request = NULL;
        if (controller->class == WIO_SIM_CLASS_SPI) {
            sim_spi_select(sim, target_of(controller), r->chip, 0, false);
            sim_log(sim, target_of(controller), WIO_SIM_OP_STOP, 0, 0, 0,
                    WIO_ERR_CANCELLED);
            return 0;
        }
        if (controller->class == WIO_SIM_CLASS_I2C) {
            sim_log(sim, target_of(controller), WIO_SIM_OP_STOP,
                    request->addr, 0, 0, WIO_ERR_CANCELLED);
            return 0;
        }
        return request->at;
    }
    return 0;
}
