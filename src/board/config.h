/* SPDX-License-Identifier: Apache-2.0 */
/*
 * board/config.h - the configuration inside a container, read and checked
 *
 * `wasmio.config` is a custom section with a flattened devicetree blob
 * (Devicetree Specification v0.4, chapter 5). docs/reference/configuration.md
 * has every property. The blob is untrusted: every offset, length, string and
 * depth is checked, unknown nodes and properties are refused, and so are
 * values out of range. Texts are spans into the blob, which must stay.
 *
 * Task context. Nothing recurses; allocation from the given arena only.
 */
#ifndef WIO_BOARD_CONFIG_H
#define WIO_BOARD_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include <wio/err.h>

#include "base/arena.h"
#include "base/report.h"
#include "base/rights.h"
#include "base/span.h"

#define WIO_CONFIG_SECTION "wasmio.config"
#define WIO_ABI_MAJOR 0u
#define WIO_ABI_MINOR 1u

/* Implementation limits of a configuration. */
#define WIO_CONFIG_MAX_BYTES 8192u
#define WIO_CONFIG_MAX_NEEDS 16u
#define WIO_CONFIG_MAX_POINTS 32u
#define WIO_CONFIG_MAX_SAFE_WRITES 16u
#define WIO_CONFIG_MAX_REQUESTS 4u    /* of one need */
#define WIO_CONFIG_MAX_SERVICES 2u
#define WIO_CONFIG_MAX_LABEL 31u      /* characters of a node name */

enum wio_need_class {
    WIO_NEED_I2C_DEVICE = 1,          /* class = "i2c-device" */
    WIO_NEED_GPIO,                    /* "gpio" */
    WIO_NEED_UART,                    /* "uart" */
    WIO_NEED_MMIO,                    /* "mmio" */
    WIO_NEED_IRQ,                     /* "irq" */
    WIO_NEED_SPI_DEVICE               /* "spi-device" */
};

enum wio_trigger {
    WIO_TRIGGER_EDGE_RISING = 1,      /* numbers of the devicetree's */
    WIO_TRIGGER_EDGE_FALLING = 2,     /* interrupt flags */
    WIO_TRIGGER_EDGE_BOTH = 3,
    WIO_TRIGGER_LEVEL_HIGH = 4,
    WIO_TRIGGER_LEVEL_LOW = 8
};

enum wio_overflow {
    WIO_OVERFLOW_COALESCE = 0,
    WIO_OVERFLOW_DROP_NEWEST = 1,
    WIO_OVERFLOW_MASK = 2
};

struct wio_need {
    struct wio_span label;            /* node name: what the guest opens */
    struct wio_span compatible;       /* string list as in the blob, or empty */
    struct wio_span role;             /* `role` property: the label of a pin or
                                         port on the board, or empty */
    uint8_t class;                    /* enum wio_need_class */
    bool optional;
    uint32_t max_transfer;            /* bytes a call (spi: an operation);
                                         i2c-device, spi-device, uart */
    uint32_t timeout_us;              /* those, and mmio (poll32) */
    uint32_t n_requests;              /* of those on a bus, and uart: not ended
                                         or taken at a time; 0: none */
    uint32_t request_interval_us;     /* least distance of their beginnings */
    uint32_t gpio_flags;              /* enum wio_gpio_flag of wio/port.h;
                                         _INITIAL_HIGH here: begins active,
                                         the match makes it electrical */
    uint32_t baud;                    /* uart; 0: as the board has it */
    uint32_t size;                    /* mmio: bytes of window it must have */
    struct {                          /* irq */
        struct wio_span of;           /* label of the need it belongs to */
        struct wio_span handler;      /* export */
        struct wio_span source;       /* which of the device's interrupts, by
                                         interrupt-names of the board; empty:
                                         the first */
        uint32_t budget_us;
        uint32_t min_interarrival_us;
        uint32_t deadline_us;
        uint8_t trigger;              /* enum wio_trigger */
        uint8_t overflow;             /* enum wio_overflow */
        bool is_completion;           /* of requests of the need `of` */
    } irq;
};

struct wio_point_decl {
    struct wio_span label;
    struct wio_span unit;             /* free text, may be empty */
    uint8_t type;                     /* enum wio_point_type */
    bool provides;                    /* else consumes */
    bool optional;                    /* consumes only */
};

/* A class that the container provides to others: the bus whose controller's
 * registers it has. */
struct wio_service_decl {
    struct wio_span label;
    struct wio_span of;               /* label of the mmio need */
    struct wio_span entry;            /* export that is called */
    struct wio_span buffer;           /* export: where its bytes lie */
    uint8_t class;                    /* enum wio_need_class that it serves */
    uint32_t max_transfer;            /* bytes of the buffer */
    uint32_t budget_us;               /* C of one call without its bytes */
    uint32_t byte_ns;                 /* and of each byte */
};

/* A write the host performs when the container faults. */
struct wio_safe_write {
    struct wio_span of;               /* label of a gpio or mmio need */
    uint32_t offset;                  /* mmio: register */
    uint32_t value;                   /* gpio: 0 inactive, 1 active */
};

struct wio_main_decl {
    struct wio_span entry;            /* export; empty: no main */
    uint32_t period_us;
    uint32_t budget_us;
    uint32_t deadline_us;
};

struct wio_container_config {
    struct wio_span model;            /* the container's name */
    struct wio_span version;
    uint32_t memory_bytes;            /* upper bound of linear memory */
    uint32_t stack_bytes;             /* engine stack; 0: the default */
    struct wio_need *needs;
    struct wio_point_decl *points;
    struct wio_safe_write *safe_writes;
    struct wio_service_decl *services;
    uint8_t n_needs;
    uint8_t n_points;
    uint8_t n_safe_writes;
    uint8_t n_services;
    bool no_shadow_stack;             /* `no-shadow-stack`: handlers need none */
    struct wio_main_decl main;
};

/**
 * wio_config_read - read and check a configuration
 *
 * Returns 0, or with the sentence in @report and @arena as it was
 *   WIO_ERR_BAD_CONFIG   not a blob, or a rule of the format is broken
 *   WIO_ERR_ABI_VERSION  wasmio,abi is not one this core serves
 *   WIO_ERR_NO_MEMORY
 */
WIO_MUST_CHECK
int wio_config_read(struct wio_span blob, struct wio_arena *arena,
                    struct wio_container_config *config,
                    struct wio_report *report);

#endif
