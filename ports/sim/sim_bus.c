/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ports/sim/sim_bus.c - lines of bytes, pins, UARTs, and the way into blocks
 */
#include <stddef.h>
#include <string.h>

#include "sim_internal.h"

/* -- Queues and lines ---------------------------------------------------- */

bool
sim_queue_put(struct wio_sim_queue *queue, uint8_t byte)
{
    if (queue->n == WIO_SIM_QUEUE) {
        queue->lost++;
        return false;
    }
    queue->bytes[(queue->head + queue->n) % WIO_SIM_QUEUE] = byte;
    queue->n++;
    return true;
}

bool
sim_queue_get(struct wio_sim_queue *queue, uint8_t *byte)
{
    if (queue->n == 0) {
        return false;
    }
    *byte = queue->bytes[queue->head];
    queue->head = (queue->head + 1) % WIO_SIM_QUEUE;
    queue->n--;
    return true;
}

struct wio_sim_line *
sim_line(struct wio_sim *sim, struct sim_target target)
{
    if (target.class == WIO_SIM_CLASS_UART) {
        return &sim->uart[target.index].line;
    }
    if (target.class == WIO_SIM_CLASS_MMIO) {
        return &sim->mmio[target.index].line;
    }
    return NULL;
}

uint32_t
sim_line_feed(struct wio_sim *sim, struct sim_target target,
              const uint8_t *bytes, uint32_t n_bytes)
{
    struct wio_sim_line *line = sim_line(sim, target);
    uint32_t n = 0;

    if (line == NULL) {
        return 0;
    }
    if (line->wire.n == 0) {
        /* The first one begins to come in now; sim_line_arrived adds the
         * time that it takes. */
        line->next_rx_ns = sim->now_ns;
    }
    while (n < n_bytes && sim_queue_put(&line->wire, bytes[n])) {
        n++;
    }
    return n;
}

void
sim_line_sent(struct wio_sim_line *line, uint8_t byte, uint64_t now_ns,
              uint64_t char_ns)
{
    sim_queue_put(&line->sent, byte);
    if (line->loopback) {
        /* It came in while it went out. */
        if (line->wire.n == 0) {
            line->next_rx_ns = now_ns > char_ns ? now_ns - char_ns : 0;
        }
        sim_queue_put(&line->wire, byte);
    }
}

bool
sim_line_arrived(struct wio_sim *sim, struct sim_target target,
                 struct wio_sim_line *line, uint64_t char_ns, uint8_t *byte)
{
    const struct wio_sim_fault *storm;

    if (sim->now_ns - line->next_rx_ns < char_ns
        || sim->now_ns < line->next_rx_ns) {
        return false;
    }
    if (sim_queue_get(&line->wire, byte)) {
        line->next_rx_ns += char_ns;
        return true;
    }
    storm = sim_fault(sim, target, UINT32_MAX, 1u << WIO_SIM_STORM);
    if (storm != NULL) {
        *byte = (uint8_t)storm->value;
        line->next_rx_ns += char_ns;
        return true;
    }
    line->next_rx_ns = sim->now_ns;
    return false;
}

/* -- GPIO ---------------------------------------------------------------- */

static struct sim_target
target_of(const struct wio_sim_controller *controller)
{
    return (struct sim_target){ controller->class, controller->index };
}

static int
sim_gpio_configure(void *ctx, uint32_t pin, uint32_t flags)
{
    const struct wio_sim_controller *controller = ctx;
    struct wio_sim *sim = controller->sim;
    struct wio_sim_gpio *gpio = &sim->gpio[controller->index];

    if (pin >= WIO_SIM_PINS) {
        return WIO_ERR_GPIO_UNDEFINED_LABEL;
    }
    gpio->flags[pin] = flags;
    gpio->configured |= 1u << pin;
    if ((flags & WIO_GPIO_OUTPUT) != 0) {
        gpio->out = (gpio->out & ~(1u << pin))
                    | ((flags & WIO_GPIO_INITIAL_HIGH) != 0 ? 1u << pin : 0u);
    } else if ((flags & WIO_GPIO_PULL_UP) != 0) {
        gpio->in |= 1u << pin;
    }
    sim_selects_moved(sim);
    sim_log(sim, target_of(controller), WIO_SIM_OP_CONFIGURE, pin, 1, flags,
            0);
    return WIO_OK;
}

/* The fault of one pin access; its cost in time too. */
static const struct wio_sim_fault *
gpio_access(const struct wio_sim_controller *controller)
{
    struct wio_sim *sim = controller->sim;

    wio_sim_advance_ns(sim, sim->config.gpio_ns);
    return sim_fault(sim, target_of(controller),
                     sim_count(sim, target_of(controller)),
                     1u << WIO_SIM_STUCK | 1u << WIO_SIM_FAILURE);
}

static int
sim_gpio_write(void *ctx, uint32_t pin, uint32_t level)
{
    const struct wio_sim_controller *controller = ctx;
    struct wio_sim *sim = controller->sim;
    struct wio_sim_gpio *gpio = &sim->gpio[controller->index];
    const struct wio_sim_fault *fault;
    int err = WIO_OK;

    if (pin >= WIO_SIM_PINS) {
        return WIO_ERR_GPIO_UNDEFINED_LABEL;
    }
    fault = gpio_access(controller);
    if (fault != NULL && fault->kind == WIO_SIM_FAILURE) {
        err = WIO_ERR_GPIO_HARDWARE_FAULT;
    } else if (fault == NULL) {
        gpio->out = (gpio->out & ~(1u << pin))
                    | (level != 0 ? 1u << pin : 0u);
        sim_selects_moved(sim);
    }
    sim_log(sim, target_of(controller), WIO_SIM_OP_WRITE, pin, 1, level != 0,
            err);
    return err;
}

static int
sim_gpio_read(void *ctx, uint32_t pin)
{
    const struct wio_sim_controller *controller = ctx;
    struct wio_sim *sim = controller->sim;
    const struct wio_sim_gpio *gpio = &sim->gpio[controller->index];
    const struct wio_sim_fault *fault;
    uint32_t level;
    int err = WIO_OK;

    if (pin >= WIO_SIM_PINS) {
        return WIO_ERR_GPIO_UNDEFINED_LABEL;
    }
    fault = gpio_access(controller);
    level = ((gpio->flags[pin] & WIO_GPIO_OUTPUT) != 0 ? gpio->out : gpio->in)
            >> pin & 1u;
    if (fault != NULL && fault->kind == WIO_SIM_FAILURE) {
        err = WIO_ERR_GPIO_HARDWARE_FAULT;
    } else if (fault != NULL) {
        level = fault->value & 1u;
    }
    sim_log(sim, target_of(controller), WIO_SIM_OP_READ, pin, 1, level, err);
    return err < 0 ? err : (int)level;
}

const struct wio_gpio_ops sim_gpio_ops = {
    .configure = sim_gpio_configure,
    .write = sim_gpio_write,
    .read = sim_gpio_read,
};

/* -- UART ---------------------------------------------------------------- */

#define UART_RECEIVE_KINDS                                                \
    (1u << WIO_SIM_FRAMING | 1u << WIO_SIM_PARITY | 1u << WIO_SIM_BREAK   \
     | 1u << WIO_SIM_OVERRUN)

uint64_t
sim_uart_char_ns(const struct wio_sim *sim, uint32_t index)
{
    return 10u * 1000000000ull / sim->uart[index].baud;   /* start, 8 data,
                                                             stop */
}

static int
sim_uart_configure(void *ctx, uint32_t baud)
{
    const struct wio_sim_controller *controller = ctx;
    struct wio_sim *sim = controller->sim;

    if (baud == 0) {
        return WIO_ERR_INVALID_ARGUMENT;
    }
    sim->uart[controller->index].baud = baud;
    sim_log(sim, target_of(controller), WIO_SIM_OP_CONFIGURE, 0, 4, baud, 0);
    return WIO_OK;
}

static int
sim_uart_write(void *ctx, const uint8_t *data, uint32_t len,
               uint64_t deadline_ns)
{
    const struct wio_sim_controller *controller = ctx;
    struct wio_sim *sim = controller->sim;
    struct wio_sim_uart *uart = &sim->uart[controller->index];
    const uint64_t char_ns = sim_uart_char_ns(sim, controller->index);
    const struct sim_target target = target_of(controller);
    uint32_t n = 0;

    if (sim_fault(sim, target, sim_count(sim, target), 1u << WIO_SIM_STUCK)
        != NULL) {
        (void)sim_wait_until(sim, deadline_ns);
        return WIO_ERR_TIMEOUT;
    }
    while (n < len && sim->now_ns < deadline_ns
           && char_ns <= deadline_ns - sim->now_ns) {
        if (!sim_wait_until(sim, sim->now_ns + char_ns)) {
            return n > 0 ? (int)n : WIO_ERR_TIMEOUT;
        }
        sim_log(sim, target, WIO_SIM_OP_WRITE, 0, 1, data[n], 0);
        sim_line_sent(&uart->line, data[n], sim->now_ns, char_ns);
        n++;
    }
    if (n < len) {
        (void)sim_wait_until(sim, deadline_ns);
    }
    return n > 0 ? (int)n : WIO_ERR_TIMEOUT;
}

int
sim_uart_receive_error(const struct wio_sim_fault *fault)
{
    switch (fault->kind) {
    case WIO_SIM_FRAMING:
        return WIO_ERR_UART_FRAMING;
    case WIO_SIM_PARITY:
        return WIO_ERR_UART_PARITY;
    case WIO_SIM_BREAK:
        return WIO_ERR_UART_BREAK;
    default:
        return WIO_ERR_UART_OVERRUN;
    }
}

static int
sim_uart_read(void *ctx, uint8_t *data, uint32_t len)
{
    const struct wio_sim_controller *controller = ctx;
    struct wio_sim *sim = controller->sim;
    struct wio_sim_uart *uart = &sim->uart[controller->index];
    const struct sim_target target = target_of(controller);
    const struct wio_sim_fault *fault;
    uint32_t n = 0;

    wio_sim_advance_ns(sim, sim->config.mmio_ns);
    fault = sim_fault(sim, target, sim_count(sim, target),
                      UART_RECEIVE_KINDS | 1u << WIO_SIM_FLIP);
    if (fault != NULL && fault->kind != WIO_SIM_FLIP) {
        const int err = sim_uart_receive_error(fault);

        sim_log(sim, target, WIO_SIM_OP_READ, 0, 1, 0, err);
        return err;
    }
    while (n < len
           && sim_line_arrived(sim, target, &uart->line,
                               sim_uart_char_ns(sim, target.index),
                               &data[n])) {
        if (fault != NULL && fault->value / 8 == n) {
            data[n] = (uint8_t)(data[n] ^ (0x80u >> fault->value % 8));
        }
        sim_log(sim, target, WIO_SIM_OP_READ, 0, 1, data[n], 0);
        n++;
    }
    return (int)n;
}

const struct wio_uart_ops sim_uart_ops = {
    .configure = sim_uart_configure,
    .write = sim_uart_write,
    .read = sim_uart_read,
    .submit = sim_submit_uart,
    .cancel = sim_cancel,
};

/* -- Register blocks ----------------------------------------------------- */

#define BLOCK_KINDS \
    (1u << WIO_SIM_STUCK | 1u << WIO_SIM_LATE | 1u << WIO_SIM_FLIP)

static uint32_t
plain_read(const struct wio_sim_block *block, uint32_t off, uint32_t width)
{
    uint32_t value = 0;

    for (uint32_t i = 0; i < width && off + i < WIO_SIM_BLOCK_BYTES; i++) {
        value |= (uint32_t)block->plain[off + i] << 8 * i;
    }
    return value;
}

static void
plain_write(struct wio_sim_block *block, uint32_t off, uint32_t width,
            uint32_t value)
{
    for (uint32_t i = 0; i < width && off + i < WIO_SIM_BLOCK_BYTES; i++) {
        block->plain[off + i] = (uint8_t)(value >> 8 * i);
    }
}

static const struct wio_sim_fault *
block_access(const struct wio_sim_controller *controller)
{
    struct wio_sim *sim = controller->sim;
    const struct sim_target target = target_of(controller);
    const struct wio_sim_fault *fault;

    wio_sim_advance_ns(sim, sim->config.mmio_ns);
    fault = sim_fault(sim, target, sim_count(sim, target), BLOCK_KINDS);
    if (fault != NULL && fault->kind == WIO_SIM_LATE) {
        wio_sim_advance_ns(sim, (uint64_t)fault->value * 1000u);
    }
    return fault;
}

static uint32_t
width_mask(uint32_t width)
{
    return width >= 4 ? UINT32_MAX : (1u << 8 * width) - 1u;
}

static uint32_t
sim_mmio_read(void *ctx, uint32_t off, uint32_t width)
{
    const struct wio_sim_controller *controller = ctx;
    struct wio_sim *sim = controller->sim;
    const struct wio_sim_block *block = &sim->mmio[controller->index];
    const struct sim_target target = target_of(controller);
    const struct wio_sim_fault *fault = block_access(controller);
    const uint32_t shift = 8u * (off & 3u);
    uint32_t value;

    if (fault != NULL && fault->kind == WIO_SIM_STUCK) {
        value = fault->value;
    } else if (block->model == WIO_SIM_PL011) {
        value = sim_pl011_read(sim, target, off & ~3u) >> shift;
    } else if (block->model == WIO_SIM_CMSDK_UART) {
        value = sim_cmsdk_read(sim, target, off & ~3u) >> shift;
    } else if (block->model == WIO_SIM_PL022) {
        value = sim_pl022_read(sim, target, off & ~3u) >> shift;
    } else {
        value = plain_read(block, off, width);
    }
    if (fault != NULL && fault->kind == WIO_SIM_FLIP) {
        value ^= 1u << (fault->value & 31u);
    }
    value &= width_mask(width);
    sim_log(sim, target, WIO_SIM_OP_READ, off, width, value, 0);
    return value;
}

static void
sim_mmio_write(void *ctx, uint32_t off, uint32_t width, uint32_t value)
{
    const struct wio_sim_controller *controller = ctx;
    struct wio_sim *sim = controller->sim;
    struct wio_sim_block *block = &sim->mmio[controller->index];
    const struct sim_target target = target_of(controller);
    const struct wio_sim_fault *fault = block_access(controller);

    value &= width_mask(width);
    sim_log(sim, target, WIO_SIM_OP_WRITE, off, width, value, 0);
    if (fault != NULL && fault->kind == WIO_SIM_STUCK) {
        return;
    }
    if (block->model == WIO_SIM_PL011) {
        sim_pl011_write(sim, target, off & ~3u, value << 8u * (off & 3u));
    } else if (block->model == WIO_SIM_CMSDK_UART) {
        sim_cmsdk_write(sim, target, off & ~3u, value << 8u * (off & 3u));
    } else if (block->model == WIO_SIM_PL022) {
        sim_pl022_write(sim, target, off & ~3u, value << 8u * (off & 3u));
    } else {
        plain_write(block, off, width, value);
    }
}

const struct wio_mmio_ops sim_mmio_ops = {
    .read = sim_mmio_read,
    .write = sim_mmio_write,
};
