/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wio/port.h - what a platform supplies to the core
 *
 * The core declares, a port defines. A port is a struct wio_port that outlives
 * the runtime; ports/template has an empty one that compiles, and
 * docs/guide/port-a-board.md walks through it.
 *
 * Context: every function is called from task context unless it says
 * otherwise. None allocates. Buffers belong to the caller and are not kept.
 * Addresses and sizes are those of the board's devicetree; a port never gets
 * a guest's pointer or a guest's number that was not checked.
 */
#ifndef WIO_PORT_H
#define WIO_PORT_H

#include <stdbool.h>
#include <stdint.h>

#include <wio/err.h>

enum wio_log_level {
    WIO_LOG_ERROR = 0,
    WIO_LOG_WARN = 1,
    WIO_LOG_INFO = 2,
    WIO_LOG_DEBUG = 3
};

/* -- Clock, interrupts, log ------------------------------------------------- */

struct wio_port_core_ops {
    /* Nanoseconds since some start, never backwards. Any context. */
    uint64_t (*now_ns)(void *ctx);

    /* Return no earlier than now + @ns. */
    void (*delay_ns)(void *ctx, uint64_t ns);

    /* Keep every interrupt out; returns a key for irq_restore. Nests. Held by
     * the core for a bounded few instructions only. */
    uint32_t (*irq_save)(void *ctx);
    void (*irq_restore)(void *ctx, uint32_t key);

    /* Call @fn(@arg) from an interrupt (or thread) once @after_ns have passed,
     * unless another alarm_set or alarm_clear came before; one alarm at a
     * time. Used to stop a guest whose time is over. May come late by the
     * port's resolution, never early. NULL: the port has no such timer, and
     * guests are bounded by steps alone. */
    void (*alarm_set)(void *ctx, uint64_t after_ns, void (*fn)(void *arg),
                      void *arg);
    void (*alarm_clear)(void *ctx);

    /* One line without its end, @len bytes, may hold any byte. */
    void (*log)(void *ctx, enum wio_log_level level, const char *text,
                uint32_t len);
};

/* -- Controllers ------------------------------------------------------------- */

/*
 * Every transfer has an absolute @deadline_ns on the clock above and returns
 * WIO_ERR_TIMEOUT when it is not done by then, with the bus left free.
 */
struct wio_i2c_ops {
    /**
     * transfer - write @w_len bytes, then read @r_len bytes, one transaction
     * @addr: 7-bit address
     * Either length may be 0, not both. The read follows by a repeated START
     * where the controller has one, else by STOP and START.
     * Returns 0, or
     *   WIO_ERR_I2C_NACK_ADDRESS  nobody answered
     *   WIO_ERR_I2C_NACK_DATA     a written byte was refused
     *   WIO_ERR_I2C_BUS           a line is held; recovery was tried
     *   WIO_ERR_I2C_ARBITRATION   another master won
     *   WIO_ERR_TIMEOUT
     */
    int (*transfer)(void *ctx, uint16_t addr, const uint8_t *w, uint32_t w_len,
                    uint8_t *r, uint32_t r_len, uint64_t deadline_ns);
};

enum wio_gpio_flag {
    WIO_GPIO_OUTPUT = 1u << 0,       /* else input */
    WIO_GPIO_ACTIVE_LOW = 1u << 1,
    WIO_GPIO_PULL_UP = 1u << 2,
    WIO_GPIO_PULL_DOWN = 1u << 3,
    WIO_GPIO_INITIAL_HIGH = 1u << 4  /* electrical level of an output */
};

/* Levels are electrical: 0 low, 1 high. The core does active-low. */
struct wio_gpio_ops {
    int (*configure)(void *ctx, uint32_t pin, uint32_t flags);
    int (*write)(void *ctx, uint32_t pin, uint32_t level);
    int (*read)(void *ctx, uint32_t pin);           /* 0, 1, or an error */
};

struct wio_uart_ops {
    int (*configure)(void *ctx, uint32_t baud);     /* 8N1 */
    /* Number of bytes taken by @deadline_ns, 1 .. @len, or WIO_ERR_TIMEOUT
     * when none was. */
    int (*write)(void *ctx, const uint8_t *data, uint32_t len,
                 uint64_t deadline_ns);
    /* Number of bytes there now, at most @len; 0 when there are none;
     * WIO_ERR_UART_* when the receiver reports one. Never waits. */
    int (*read)(void *ctx, uint8_t *data, uint32_t len);
};

/*
 * Register access where registers are not simply memory. @off is within the
 * window, aligned to @width (1, 2 or 4 bytes); the access is made exactly
 * once, in program order. Any context.
 */
struct wio_mmio_ops {
    uint32_t (*read)(void *ctx, uint32_t off, uint32_t width);
    void (*write)(void *ctx, uint32_t off, uint32_t width, uint32_t value);
};

enum wio_controller_class {
    WIO_CONTROLLER_I2C = 1,
    WIO_CONTROLLER_GPIO,
    WIO_CONTROLLER_UART,
    WIO_CONTROLLER_MMIO        /* a register block that containers may drive */
};

/* What the board says of a controller, so that the port can find its driver. */
struct wio_controller_info {
    uint8_t class;             /* enum wio_controller_class */
    const char *compatible;    /* first entry of the node, terminated */
    uintptr_t base;            /* reg, bytes */
    uint32_t size;
    uint32_t clock_hz;         /* clock-frequency, 0 when absent */
};

struct wio_controller {
    union {
        const struct wio_i2c_ops *i2c;
        const struct wio_gpio_ops *gpio;
        const struct wio_uart_ops *uart;
        const struct wio_mmio_ops *mmio;  /* NULL: plain volatile memory at
                                             info->base */
    } ops;
    void *ctx;                 /* first argument of the ops */
};

struct wio_port {
    const char *name;
    void *ctx;                 /* first argument of core and controller() */
    const struct wio_port_core_ops *core;

    /**
     * controller - the native driver for a controller of the board
     * Called once a controller while the board is read; brings the hardware
     * up. Returns 0 and fills *@out, WIO_ERR_NOT_SUPPORTED when the port has
     * no driver for it, or WIO_ERR_NO_DEVICE when the hardware is not there.
     */
    int (*controller)(void *ctx, const struct wio_controller_info *info,
                      struct wio_controller *out);
};

#endif
