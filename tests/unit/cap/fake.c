/* SPDX-License-Identifier: Apache-2.0 */
#include "fake.h"

#include <string.h>

void
fake_advance(struct fake *fake, uint64_t ns)
{
    fake->now_ns += ns;
    if (fake->alarm_ns && fake->now_ns >= fake->alarm_ns) {
        fake->alarm_ns = 0;
        fake->alarm_fn(fake->alarm_arg);
    }
}

static uint64_t
now_ns(void *ctx)
{
    struct fake *fake = ctx;

    fake_advance(fake, fake->now_step_ns);
    return fake->now_ns;
}

static void
delay_ns(void *ctx, uint64_t ns)
{
    fake_advance(ctx, ns);
}

static uint32_t
irq_save(void *ctx)
{
    struct fake *fake = ctx;

    fake->n_irq_saves++;
    return fake->irq_depth++;
}

static void
irq_restore(void *ctx, uint32_t key)
{
    struct fake *fake = ctx;

    fake->irq_depth = key;
}

static void
alarm_set(void *ctx, uint64_t after_ns, void (*fn)(void *), void *arg)
{
    struct fake *fake = ctx;

    fake->alarm_ns = fake->now_ns + after_ns;
    fake->alarm_fn = fn;
    fake->alarm_arg = arg;
}

static void
alarm_clear(void *ctx)
{
    struct fake *fake = ctx;

    fake->alarm_ns = 0;
}

static void
log_line(void *ctx, enum wio_log_level level, const char *text, uint32_t len)
{
    struct fake *fake = ctx;

    (void)level;
    fake->n_logs++;
    if (len >= sizeof(fake->log)) {
        len = sizeof(fake->log) - 1;
    }
    memcpy(fake->log, text, len);
    fake->log[len] = '\0';
}

static const struct wio_port_core_ops core_ops = {
    .now_ns = now_ns,
    .delay_ns = delay_ns,
    .irq_save = irq_save,
    .irq_restore = irq_restore,
    .alarm_set = alarm_set,
    .alarm_clear = alarm_clear,
    .log = log_line,
};

/* -- Devices --------------------------------------------------------------- */

static int
i2c_transfer(void *ctx, uint16_t addr, const uint8_t *w, uint32_t w_len,
             uint8_t *r, uint32_t r_len, uint64_t deadline_ns)
{
    struct fake *fake = ctx;

    fake->n_accesses++;
    fake->i2c_addr = addr;
    fake->i2c_w_len = w_len;
    fake->i2c_r_len = r_len;
    fake->i2c_deadline_ns = deadline_ns;
    if (fake->i2c_hangs) {
        if (deadline_ns > fake->now_ns) {
            fake_advance(fake, deadline_ns - fake->now_ns);
        }
        return WIO_ERR_TIMEOUT;
    }
    fake_advance(fake, fake->i2c_takes_ns);
    if (fake->i2c_result) {
        return fake->i2c_result;
    }
    if (w_len > 0) {
        memcpy(fake->i2c_written, w, w_len < 64 ? w_len : 64);
    }
    if (r_len > 0) {
        memset(r, fake->i2c_answer, r_len);
    }
    return 0;
}

const struct wio_i2c_ops fake_i2c_ops = { .transfer = i2c_transfer };

static int
spi_transfer(void *ctx, const struct wio_spi_chip *chip,
             const struct wio_spi_segment *segments, uint32_t n,
             uint64_t deadline_ns)
{
    struct fake *fake = ctx;

    fake->n_accesses++;
    fake->spi_chip = *chip;
    fake->spi_n = n;
    fake->spi_deadline_ns = deadline_ns;
    fake->spi_w_len = 0;
    fake_advance(fake, fake->spi_takes_ns);
    for (uint32_t i = 0; i < n; i++) {
        fake->spi_segments[i & 7] = segments[i];
        for (uint32_t b = 0; segments[i].w && b < segments[i].len; b++) {
            fake->spi_written[fake->spi_w_len++ & 63] = segments[i].w[b];
        }
        if (segments[i].r) {
            memset(segments[i].r, fake->spi_answer,
                   segments[i].polls ? 1 : segments[i].len);
        }
    }
    return fake->spi_result;
}

const struct wio_spi_ops fake_spi_ops = { .transfer = spi_transfer };

static int
gpio_configure(void *ctx, uint32_t pin, uint32_t flags)
{
    struct fake *fake = ctx;

    fake->n_configures++;
    fake->gpio_flags[pin & 7] = flags;
    fake->gpio_level[pin & 7] = (flags & WIO_GPIO_INITIAL_HIGH) != 0;
    return fake->gpio_result;
}

static int
gpio_write(void *ctx, uint32_t pin, uint32_t level)
{
    struct fake *fake = ctx;

    fake->n_accesses++;
    fake_advance(fake, fake->gpio_takes_ns);
    if (fake->gpio_result == 0) {
        fake->gpio_level[pin & 7] = level;
    }
    return fake->gpio_result;
}

static int
gpio_read(void *ctx, uint32_t pin)
{
    struct fake *fake = ctx;

    fake->n_accesses++;
    return fake->gpio_result ? fake->gpio_result
                             : (int)fake->gpio_level[pin & 7];
}

const struct wio_gpio_ops fake_gpio_ops = {
    .configure = gpio_configure,
    .write = gpio_write,
    .read = gpio_read,
};

static int
uart_configure(void *ctx, uint32_t baud)
{
    struct fake *fake = ctx;

    (void)baud;
    fake->n_configures++;
    return 0;
}

static int
uart_write(void *ctx, const uint8_t *data, uint32_t len, uint64_t deadline_ns)
{
    struct fake *fake = ctx;

    (void)deadline_ns;
    fake->n_accesses++;
    memcpy(fake->uart_out, data, len < 64 ? len : 64);
    fake->uart_n_out = len;
    return (int)len;
}

static int
uart_read(void *ctx, uint8_t *data, uint32_t len)
{
    struct fake *fake = ctx;
    uint32_t n = len < fake->uart_n_in ? len : fake->uart_n_in;

    fake->n_accesses++;
    memset(data, 'u', n);
    fake->uart_n_in -= n;
    return (int)n;
}

const struct wio_uart_ops fake_uart_ops = {
    .configure = uart_configure,
    .write = uart_write,
    .read = uart_read,
};

static void
note_access(struct fake *fake, uint32_t off, uint32_t width)
{
    fake->n_accesses++;
    fake->mmio_off = off;
    fake->mmio_width = width;
    fake->mmio_masked = fake->irq_depth > 0;
}

static uint32_t
mmio_read(void *ctx, uint32_t off, uint32_t width)
{
    struct fake *fake = ctx;

    note_access(fake, off, width);
    if (fake->mmio_turns_at && fake->n_accesses >= fake->mmio_turns_at) {
        return UINT32_MAX;
    }
    return fake->registers[off / 4 % 64];
}

static void
mmio_write(void *ctx, uint32_t off, uint32_t width, uint32_t value)
{
    struct fake *fake = ctx;

    note_access(fake, off, width);
    fake->registers[off / 4 % 64] = value;
}

const struct wio_mmio_ops fake_mmio_ops = {
    .read = mmio_read,
    .write = mmio_write,
};

/* -- The port -------------------------------------------------------------- */

static int
controller(void *ctx, const struct wio_controller_info *info,
           struct wio_controller *out)
{
    out->ctx = ctx;
    switch (info->class) {
    case WIO_CONTROLLER_I2C:
        out->ops.i2c = &fake_i2c_ops;
        return 0;
    case WIO_CONTROLLER_SPI:
        out->ops.spi = &fake_spi_ops;
        return 0;
    case WIO_CONTROLLER_GPIO:
        out->ops.gpio = &fake_gpio_ops;
        return 0;
    case WIO_CONTROLLER_UART:
        out->ops.uart = &fake_uart_ops;
        return 0;
    case WIO_CONTROLLER_MMIO:
        out->ops.mmio = &fake_mmio_ops;
        return 0;
    default:
        return WIO_ERR_NOT_SUPPORTED;
    }
}

void
fake_init(struct fake *fake)
{
    memset(fake, 0, sizeof(*fake));
    fake->now_ns = 1000;
    fake->port = (struct wio_port){
        .name = "fake",
        .ctx = fake,
        .core = &core_ops,
        .controller = controller,
    };
}
