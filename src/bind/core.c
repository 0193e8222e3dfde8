/* SPDX-License-Identifier: Apache-2.0 */
/* bind/core.c - wasmio:core, wasmio:delay, wasmio:time, and what all share */
#include <wio/abi.h>

#include "bind/internal.h"

/* -- Shared by every class ------------------------------------------------- */

uint32_t
wio_bind_refuse_(struct wio_instance *instance, const char *what,
                 int32_t code, uint32_t handle, uint32_t detail)
{
    wio_bind_of_(instance)->refusal = (struct wio_refusal){
        .code = code,
        .handle = handle,
        .detail = detail,
        .what = what,
    };
    return (uint32_t)code;
}

static uint64_t
now_ns(const struct wio_bind *bind)
{
    return bind->port->core->now_ns(bind->port->ctx);
}

uint64_t
wio_bind_deadline_ns_(const struct wio_bind *bind, uint32_t timeout_us)
{
    uint64_t deadline_ns = now_ns(bind) + (uint64_t)timeout_us * 1000;

    return deadline_ns < bind->budget_end_ns ? deadline_ns
                                             : bind->budget_end_ns;
}

void
wio_bind_check_time_(struct wio_instance *instance)
{
    const struct wio_bind *bind = wio_bind_of_(instance);

    if (now_ns(bind) > bind->budget_end_ns) {
        wio_engine_raise(instance, WIO_TRAP_HOST, WIO_ERR_OUT_OF_BUDGET);
    }
}

uint32_t
wio_bind_give_(struct wio_instance *instance, const char *what,
               uint32_t handle, uint32_t at, uint32_t cap, const void *from,
               uint32_t len)
{
    uint8_t *to = wio_guest_range(instance, at, cap);

    if (!to) {
        return wio_bind_refuse_(instance, what, WIO_ERR_FAULT, handle, at);
    }
    if (wio_bind_is_lent_(wio_bind_of_(instance), at, cap, true)) {
        return wio_bind_refuse_(instance, what, WIO_ERR_BUSY, handle, at);
    }
    if (len > cap) {
        len = cap;
    }
    wio_copy(to, from, len);
    return len;
}

uint32_t
wio_bind_refusal_text(const struct wio_refusal *refusal, char *text,
                      uint32_t size)
{
    if (refusal->code == 0) {
        return wio_format(text, size, "no call was refused");
    }
    return wio_format(text, size, "%s(handle %x, %x): %s", refusal->what,
                      refusal->handle, refusal->detail,
                      wio_strerror(refusal->code));
}

/* -- wasmio:core ----------------------------------------------------------- */

int32_t
wio_bind_need_handle(const struct wio_bind *bind, uint32_t i)
{
    const struct wio_need *needs = bind->config->needs;
    const struct wio_caps *caps = &bind->caps;
    uint32_t place = 0;
    uint32_t n = 0;
    const uint32_t *handle = NULL;

    if ((bind->granted >> i & 1u) == 0) {
        return WIO_ERR_NO_DEVICE;
    }
    for (uint32_t j = 0; j < i; j++) {
        place += needs[j].class == needs[i].class &&
                 (bind->granted >> j & 1u) != 0;
    }
    switch (needs[i].class) {
    case WIO_NEED_I2C_DEVICE:
        n = caps->n_i2c;
        handle = &caps->i2c[place].handle;
        break;
    case WIO_NEED_GPIO:
        n = caps->n_gpio;
        handle = &caps->gpio[place].handle;
        break;
    case WIO_NEED_UART:
        n = caps->n_uart;
        handle = &caps->uart[place].handle;
        break;
    case WIO_NEED_MMIO:
        n = caps->n_mmio;
        handle = &caps->mmio[place].handle;
        break;
    case WIO_NEED_IRQ:
        n = caps->n_irq;
        handle = &caps->irq[place].handle;
        break;
    case WIO_NEED_SPI_DEVICE:
        n = caps->n_spi;
        handle = &caps->spi[place].handle;
        break;
    default:
        return WIO_ERR_NOT_SUPPORTED;
    }
    return place < n ? (int32_t)*handle : WIO_ERR_REVOKED;
}

/* 48 names of 31 characters that differ in the last take hundreds of
 * microseconds: the search ends with the budget. */
static int32_t
open_name(const struct wio_bind *bind, struct wio_span name)
{
    const struct wio_container_config *config = bind->config;

    for (uint32_t i = 0; i < config->n_needs && !wio_bind_is_over_(bind);
         i++) {
        if (wio_span_equal(config->needs[i].label, name)) {
            return wio_bind_need_handle(bind, i);
        }
    }
    for (uint32_t i = 0; i < config->n_points && !wio_bind_is_over_(bind);
         i++) {
        if (wio_span_equal(config->points[i].label, name)) {
            return i < bind->caps.n_points
                       ? (int32_t)bind->caps.points[i].handle
                       : WIO_ERR_REVOKED;
        }
    }
    return WIO_ERR_NO_DEVICE;
}

static uint32_t
core_open(struct wio_instance *instance, uint32_t at, uint32_t len)
{
    const uint8_t *name = wio_guest_range(instance, at, len);

    if (!name) {
        return wio_bind_refuse_(instance, "open", WIO_ERR_FAULT, 0, at);
    }
    return wio_bind_result_(instance, "open",
                            open_name(wio_bind_of_(instance),
                                      (struct wio_span){ name, len }),
                            0, at);
}

static uint32_t
core_close(struct wio_instance *instance, uint32_t handle)
{
    if (!wio_caps_close(&wio_bind_of_(instance)->caps, handle)) {
        return wio_bind_refuse_(instance, "close", WIO_ERR_BAD_HANDLE, handle,
                                0);
    }
    wio_bind_renew_registers_(wio_bind_of_(instance));
    return 0;
}

static uint32_t
window_is_writable(const struct wio_mmio_window *window)
{
    const struct wio_mmio_grant *grant = window->grant;

    for (uint32_t i = 0; i < grant->n_rules; i++) {
        if (grant->rules[i].write_mask != 0) {
            return 1;
        }
    }
    return 0;
}

/* limit, timeout-us and writable of a handle; false when it is none. */
static bool
describe(const struct wio_caps *caps, uint32_t handle, uint32_t of[3])
{
    const void *object = wio_caps_find(
        caps, (enum wio_cap_class)wio_handle_class(handle), handle);

    of[0] = of[1] = of[2] = 0;
    if (!object) {
        return false;
    }
    switch (wio_handle_class(handle)) {
    case WIO_CAP_I2C: {
        const struct wio_i2c_device *i2c = object;

        of[0] = i2c->max_transfer;
        of[1] = i2c->timeout_us;
        of[2] = 1;
        break;
    }
    case WIO_CAP_GPIO: {
        const struct wio_gpio_pin *gpio = object;

        of[0] = of[2] = (gpio->flags & WIO_GPIO_OUTPUT) != 0;
        break;
    }
    case WIO_CAP_UART: {
        const struct wio_uart_line *uart = object;

        of[0] = uart->max_transfer;
        of[1] = uart->timeout_us;
        of[2] = 1;
        break;
    }
    case WIO_CAP_MMIO: {
        const struct wio_mmio_window *mmio = object;

        of[0] = mmio->grant->size;
        of[1] = mmio->grant->timeout_us;
        of[2] = window_is_writable(mmio);
        break;
    }
    case WIO_CAP_SPI: {
        const struct wio_spi_device *spi = object;

        of[0] = spi->max_transfer;
        of[1] = spi->timeout_us;
        of[2] = 1;
        break;
    }
    case WIO_CAP_IRQ: {
        const struct wio_irq *irq = object;

        of[0] = irq->line->overflow;
        of[2] = 1;
        break;
    }
    default: {
        const struct wio_point_cell *point = object;

        of[0] = point->type;
        of[2] = point->provides;
        break;
    }
    }
    return true;
}

static uint32_t
core_info(struct wio_instance *instance, uint32_t handle, uint32_t at,
          uint32_t cap)
{
    uint8_t bytes[WIO_ABI_INFO_SIZE];
    uint32_t words[4];

    if (!describe(&wio_bind_of_(instance)->caps, handle, &words[1])) {
        return wio_bind_refuse_(instance, "info", WIO_ERR_BAD_HANDLE, handle,
                                0);
    }
    words[0] = wio_handle_class(handle);
    for (uint32_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (uint8_t)(words[i / 4] >> (8 * (i % 4)));
    }
    return wio_bind_give_(instance, "info", handle, at, cap, bytes,
                          sizeof(bytes));
}

static uint32_t
core_last_error_text(struct wio_instance *instance, uint32_t at, uint32_t cap)
{
    char text[96];
    uint32_t len = wio_bind_refusal_text(&wio_bind_of_(instance)->refusal,
                                         text, sizeof(text));

    return wio_bind_give_(instance, "last-error-text", 0, at, cap, text, len);
}

static void
write_line(const struct wio_bind *bind, uint32_t level, struct wio_span line)
{
    char text[WIO_ABI_LOG_MAX + WIO_CONFIG_MAX_LABEL + 3];
    uint32_t len = wio_format(text, sizeof(text), "%S: %S",
                              &bind->config->model, &line);

    bind->port->core->log(bind->port->ctx, (enum wio_log_level)level, text,
                          len);
}

/* A line takes the port longer than a budget may be exceeded by: some 10 ms at
 * 115200 baud. So at a level it is kept for the background, which also does
 * not find it in the middle of its own. */
static void
keep_line(struct wio_bind *bind, uint32_t level, struct wio_span line)
{
    const struct wio_port *port = bind->port;
    uint32_t key = port->core->irq_save(port->ctx);
    struct wio_log_line *kept = NULL;

    if (bind->lines_in - bind->lines_out < WIO_BIND_LOG_LINES) {
        kept = &bind->lines[bind->lines_in++ % WIO_BIND_LOG_LINES];
        atomic_store_explicit(&kept->whole, false, memory_order_relaxed);
    } else {
        bind->lines_lost++;
    }
    port->core->irq_restore(port->ctx, key);
    if (kept) {
        kept->level = (uint8_t)level;
        kept->len = (uint8_t)line.len;
        wio_copy(kept->text, line.bytes, line.len);
        atomic_store_explicit(&kept->whole, true, memory_order_release);
    }
}

void
wio_bind_tell_log(struct wio_bind *bind)
{
    const struct wio_port *port = bind->port;
    char text[WIO_CONFIG_MAX_LABEL + 40];
    uint32_t n_lost;
    uint32_t key;

    while (bind->lines_in != bind->lines_out) {
        struct wio_log_line *kept =
            &bind->lines[bind->lines_out % WIO_BIND_LOG_LINES];

        if (!atomic_load_explicit(&kept->whole, memory_order_acquire)) {
            return;
        }
        write_line(bind, kept->level, (struct wio_span){ kept->text,
                                                         kept->len });
        bind->lines_out++;
    }
    key = port->core->irq_save(port->ctx);
    n_lost = bind->lines_lost;
    bind->lines_lost = 0;
    port->core->irq_restore(port->ctx, key);
    if (n_lost > 0) {
        uint32_t len = wio_format(text, sizeof(text), "%S: %u lines lost",
                                  &bind->config->model, n_lost);

        port->core->log(port->ctx, WIO_LOG_WARN, text, len);
    }
}

static uint32_t
core_log(struct wio_instance *instance, uint32_t level, uint32_t at,
         uint32_t len)
{
    struct wio_bind *bind = wio_bind_of_(instance);
    const uint8_t *bytes = wio_guest_range(instance, at, len);
    struct wio_span line = { bytes, len };

    if (!bytes) {
        return wio_bind_refuse_(instance, "log", WIO_ERR_FAULT, level, at);
    }
    if (level > WIO_ABI_LOG_DEBUG) {
        return wio_bind_refuse_(instance, "log", WIO_ERR_INVALID_ARGUMENT,
                                level, at);
    }
    if (line.len > WIO_ABI_LOG_MAX) {
        line.len = WIO_ABI_LOG_MAX;
    }
    if (bind->sched && wio_sched_is_at_level(bind->sched)) {
        keep_line(bind, level, line);
    } else {
        write_line(bind, level, line);
    }
    wio_bind_check_time_(instance);
    return 0;
}

static const struct wio_host_func core_functions[] = {
    { WIO_MODULE_CORE, "open", "ii:i", (wio_host_fn)core_open, 0 },
    { WIO_MODULE_CORE, "close", "i:i", (wio_host_fn)core_close, 0 },
    { WIO_MODULE_CORE, "info", "iii:i", (wio_host_fn)core_info, 0 },
    { WIO_MODULE_CORE, "last-error-text", "ii:i",
      (wio_host_fn)core_last_error_text, 0 },
    { WIO_MODULE_CORE, "log", "iii:i", (wio_host_fn)core_log, 0 },
};

const struct wio_bind_table wio_bind_core_ = {
    WIO_MODULE_CORE, core_functions,
    sizeof(core_functions) / sizeof(core_functions[0]), WIO_BIND_FREE
};

/* -- wasmio:delay ---------------------------------------------------------- */

/* A delay that cannot end within the budget ends the activation at once: the
 * guest asked for time that it has not; waiting would only burn it. */
static void
delay(struct wio_instance *instance, uint64_t ns)
{
    const struct wio_bind *bind = wio_bind_of_(instance);
    uint64_t now = now_ns(bind);

    if (wio_bind_in_handler_(bind)) {
        wio_engine_raise(instance, WIO_TRAP_HOST, WIO_ERR_WOULD_BLOCK);
        return;
    }
    if (now >= bind->budget_end_ns || ns > bind->budget_end_ns - now ||
        (bind->sched && ns > wio_sched_left_ns(bind->sched))) {
        wio_engine_raise(instance, WIO_TRAP_HOST, WIO_ERR_OUT_OF_BUDGET);
        return;
    }
    bind->port->core->delay_ns(bind->port->ctx, ns);
}

static void
delay_ns(struct wio_instance *instance, uint32_t ns)
{
    delay(instance, ns);
}

static void
delay_us(struct wio_instance *instance, uint32_t us)
{
    delay(instance, (uint64_t)us * 1000);
}

static void
delay_ms(struct wio_instance *instance, uint32_t ms)
{
    delay(instance, (uint64_t)ms * 1000000);
}

static const struct wio_host_func delay_functions[] = {
    { WIO_MODULE_DELAY, "delay-ns", "i:", (wio_host_fn)delay_ns, 0 },
    { WIO_MODULE_DELAY, "delay-us", "i:", (wio_host_fn)delay_us, 0 },
    { WIO_MODULE_DELAY, "delay-ms", "i:", (wio_host_fn)delay_ms, 0 },
};

const struct wio_bind_table wio_bind_delay_ = {
    WIO_MODULE_DELAY, delay_functions,
    sizeof(delay_functions) / sizeof(delay_functions[0]), WIO_BIND_FREE
};

/* -- wasmio:time ----------------------------------------------------------- */

static uint64_t
time_now_ns(struct wio_instance *instance)
{
    return now_ns(wio_bind_of_(instance));
}

static const struct wio_host_func time_functions[] = {
    { WIO_MODULE_TIME, "now-ns", ":I", (wio_host_fn)time_now_ns,
      WIO_HOST_LEAF },
};

const struct wio_bind_table wio_bind_time_ = {
    WIO_MODULE_TIME, time_functions,
    sizeof(time_functions) / sizeof(time_functions[0]), WIO_BIND_FREE
};
