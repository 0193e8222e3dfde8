/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wio/err.h - the result codes shared by host and guest
 *
 * A call returns >= 0 (a value or a count) on success and a negative code on
 * failure. A code carries its domain, a payload and a cause:
 *
 *     -(domain << 16 | payload << 8 | cause)
 *
 * Causes are 1-based and in the order of the WIT files of wasi-i2c, wasi-gpio
 * and wasi-spi where those exist. The numbers are part of the ABI: new ones
 * are appended, none is ever reused. Codes are not traps: a trap ends the
 * guest's activation (engine/engine.h), a code is an answer.
 *
 * This header is freestanding C11 and compiles for guests too.
 */
#ifndef WIO_ERR_H
#define WIO_ERR_H

#include <stdint.h>

#if defined(__GNUC__)
#define WIO_MUST_CHECK __attribute__((warn_unused_result))
#else
#define WIO_MUST_CHECK
#endif

#define WIO_ERR_CODE(domain, payload, cause) \
    (-(int32_t)(((uint32_t)(domain) << 16) | ((uint32_t)(payload) << 8) | \
                (uint32_t)(cause)))
#define WIO_ERR_DOMAIN(err) ((uint32_t)(-(err)) >> 16)
#define WIO_ERR_PAYLOAD(err) (((uint32_t)(-(err)) >> 8) & 0xffu)
#define WIO_ERR_CAUSE(err) ((uint32_t)(-(err)) & 0xffu)

enum wio_err_domain {
    WIO_DOMAIN_COMMON = 0,
    WIO_DOMAIN_I2C = 1,
    WIO_DOMAIN_SPI = 2,
    WIO_DOMAIN_GPIO = 3,
    WIO_DOMAIN_UART = 4,
    WIO_DOMAIN_CAN = 5,
    WIO_DOMAIN_MMIO = 6,
    WIO_DOMAIN_IRQ = 7,
    WIO_DOMAIN_DMA = 8,
    WIO_DOMAIN_LOAD = 9,       /* host only: a container that does not load */
    WIO_DOMAIN_TRANSFER = 10   /* host only: delivery of a container */
};

enum wio_err {
    WIO_OK = 0,

    /* Common: any call of any class. */
    WIO_ERR_BAD_HANDLE = WIO_ERR_CODE(0, 0, 1),    /* 0, stale, other's, or
                                                      of another class */
    WIO_ERR_NOT_PERMITTED = WIO_ERR_CODE(0, 0, 2), /* outside the grant */
    WIO_ERR_INVALID_ARGUMENT = WIO_ERR_CODE(0, 0, 3),
    WIO_ERR_FAULT = WIO_ERR_CODE(0, 0, 4),         /* guest range outside the
                                                      container's memory */
    WIO_ERR_TIMEOUT = WIO_ERR_CODE(0, 0, 5),       /* the need's timeout-us */
    WIO_ERR_WOULD_BLOCK = WIO_ERR_CODE(0, 0, 6),   /* nothing there now, or a
                                                      blocking call where
                                                      none is allowed */
    WIO_ERR_NOT_SUPPORTED = WIO_ERR_CODE(0, 0, 7), /* by this board or build */
    WIO_ERR_REVOKED = WIO_ERR_CODE(0, 0, 8),       /* the grant was withdrawn */
    WIO_ERR_NO_DEVICE = WIO_ERR_CODE(0, 0, 9),     /* no such name declared, or
                                                      an optional need that
                                                      was not granted */
    WIO_ERR_BUSY = WIO_ERR_CODE(0, 0, 10),
    WIO_ERR_OUT_OF_BUDGET = WIO_ERR_CODE(0, 0, 11),
    WIO_ERR_OTHER = WIO_ERR_CODE(0, 0, 12),
    WIO_ERR_CANCELLED = WIO_ERR_CODE(0, 0, 13),    /* a request, by its owner */

    /* I2C, in the order of wasi:i2c error-code. */
    WIO_ERR_I2C_BUS = WIO_ERR_CODE(1, 0, 1),         /* a line is held */
    WIO_ERR_I2C_ARBITRATION = WIO_ERR_CODE(1, 0, 2), /* another master won */
    WIO_ERR_I2C_NACK_ADDRESS = WIO_ERR_CODE(1, 0, 3),
    WIO_ERR_I2C_NACK_DATA = WIO_ERR_CODE(1, 1, 3),
    WIO_ERR_I2C_NACK_UNKNOWN = WIO_ERR_CODE(1, 2, 3),
    WIO_ERR_I2C_OVERRUN = WIO_ERR_CODE(1, 0, 4),
    WIO_ERR_I2C_OTHER = WIO_ERR_CODE(1, 0, 5),

    /* SPI, in the order of wasi:spi error. */
    WIO_ERR_SPI_OVERRUN = WIO_ERR_CODE(2, 0, 1),
    WIO_ERR_SPI_MODE_FAULT = WIO_ERR_CODE(2, 0, 2),
    WIO_ERR_SPI_FRAME_FORMAT = WIO_ERR_CODE(2, 0, 3),
    WIO_ERR_SPI_CHIP_SELECT = WIO_ERR_CODE(2, 0, 4),
    WIO_ERR_SPI_OTHER = WIO_ERR_CODE(2, 0, 5),

    /* GPIO, in the order of wasi:gpio gpio-error. */
    WIO_ERR_GPIO_HARDWARE_FAULT = WIO_ERR_CODE(3, 0, 1),
    WIO_ERR_GPIO_ALREADY_IN_USE = WIO_ERR_CODE(3, 0, 2),
    WIO_ERR_GPIO_PIN_NOT_ALLOWED = WIO_ERR_CODE(3, 0, 3),
    WIO_ERR_GPIO_MODE_NOT_ALLOWED = WIO_ERR_CODE(3, 0, 4),
    WIO_ERR_GPIO_UNDEFINED_LABEL = WIO_ERR_CODE(3, 0, 5),
    WIO_ERR_GPIO_MODE_NOT_AVAILABLE = WIO_ERR_CODE(3, 0, 6),
    WIO_ERR_GPIO_WOULD_BLOCK = WIO_ERR_CODE(3, 0, 7),
    WIO_ERR_GPIO_NOT_SUPPORTED = WIO_ERR_CODE(3, 0, 8),

    /* UART: ours, WASI has no interface for it. */
    WIO_ERR_UART_FRAMING = WIO_ERR_CODE(4, 0, 1),
    WIO_ERR_UART_PARITY = WIO_ERR_CODE(4, 0, 2),
    WIO_ERR_UART_OVERRUN = WIO_ERR_CODE(4, 0, 3),
    WIO_ERR_UART_BREAK = WIO_ERR_CODE(4, 0, 4),

    /* Registers: ours. */
    WIO_ERR_MMIO_OUTSIDE = WIO_ERR_CODE(6, 0, 1),    /* offset not in window */
    WIO_ERR_MMIO_ALIGNMENT = WIO_ERR_CODE(6, 0, 2),  /* offset against width */
    WIO_ERR_MMIO_NO_REGISTER = WIO_ERR_CODE(6, 0, 3),/* not a granted one */
    WIO_ERR_MMIO_WIDTH = WIO_ERR_CODE(6, 0, 4),      /* not its bus width */
    WIO_ERR_MMIO_READ_ONLY = WIO_ERR_CODE(6, 0, 5),
    WIO_ERR_MMIO_WRITE_ONLY = WIO_ERR_CODE(6, 0, 6),
    WIO_ERR_MMIO_BITS = WIO_ERR_CODE(6, 0, 7),       /* touches other bits */

    /* Loading a container. The report (wio/report.h) says where. */
    WIO_ERR_MALFORMED = WIO_ERR_CODE(9, 0, 1),   /* the binary cannot be read */
    WIO_ERR_INVALID = WIO_ERR_CODE(9, 0, 2),     /* it breaks a rule of Wasm */
    WIO_ERR_UNLINKABLE = WIO_ERR_CODE(9, 0, 3),  /* an import has no match */
    WIO_ERR_TRAPPED = WIO_ERR_CODE(9, 0, 4),     /* the guest trapped */
    WIO_ERR_NO_MEMORY = WIO_ERR_CODE(9, 0, 5),   /* the arena is too small */
    WIO_ERR_LIMIT = WIO_ERR_CODE(9, 0, 6),       /* an implementation limit */
    WIO_ERR_NO_CONFIG = WIO_ERR_CODE(9, 0, 7),   /* no wasmio.config section */
    WIO_ERR_BAD_CONFIG = WIO_ERR_CODE(9, 0, 8),  /* the section is wrong */
    WIO_ERR_BAD_BOARD = WIO_ERR_CODE(9, 0, 9),   /* the board blob is wrong */
    WIO_ERR_NO_MATCH = WIO_ERR_CODE(9, 0, 10),   /* a need has no grant */
    WIO_ERR_ABI_VERSION = WIO_ERR_CODE(9, 0, 11),
    WIO_ERR_UNDECLARED = WIO_ERR_CODE(9, 0, 12), /* imports without a need */
    WIO_ERR_NO_EXPORT = WIO_ERR_CODE(9, 0, 13),  /* named export missing or of
                                                    another type */
    WIO_ERR_NOT_ADMITTED = WIO_ERR_CODE(9, 0, 14), /* an entity could miss its
                                                      deadline */

    /* Delivery of a container to a running controller. */
    WIO_ERR_TRANSFER_FRAME = WIO_ERR_CODE(10, 0, 1),  /* cut, too long */
    WIO_ERR_TRANSFER_CHECK = WIO_ERR_CODE(10, 0, 2),  /* checksum differs */
    WIO_ERR_TRANSFER_ORDER = WIO_ERR_CODE(10, 0, 3),  /* not the next piece */
    WIO_ERR_TRANSFER_SIZE = WIO_ERR_CODE(10, 0, 4)    /* larger than storage */
};

#endif
