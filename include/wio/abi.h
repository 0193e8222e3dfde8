/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wio/abi.h - what host and guest share besides the result codes
 *
 * Names of import modules, the structures that cross the border, and the
 * numbers in them. docs/reference/abi.md has every function with its core
 * signature. Numbers are part of the ABI: appended, never reused.
 *
 * All structures are little-endian and laid out without padding, so that the
 * guest's own struct and the host's bytes agree; the host reads and writes
 * them byte by byte and needs no alignment.
 *
 * This header is freestanding C11 and compiles for wasm32 too.
 */
#ifndef WIO_ABI_H
#define WIO_ABI_H

#include <stdint.h>

#include <wio/err.h>

/* -- Names ----------------------------------------------------------------- */

#define WIO_MODULE_CORE "wasmio:core@0.1"
#define WIO_MODULE_DELAY "wasmio:delay@0.1"
#define WIO_MODULE_TIME "wasmio:time@0.1"
#define WIO_MODULE_GPIO "wasmio:gpio@0.1"
#define WIO_MODULE_I2C "wasmio:i2c@0.1"
#define WIO_MODULE_UART "wasmio:uart@0.1"
#define WIO_MODULE_MMIO "wasmio:mmio@0.1"
#define WIO_MODULE_POINT "wasmio:point@0.1"
#define WIO_MODULE_IRQ "wasmio:irq@0.1"
#define WIO_MODULE_SPI "wasmio:spi@0.1"
#define WIO_MODULE_REQUEST "wasmio:request@0.1"

/* Exports the host looks for. All are optional but those the configuration
 * names. */
#define WIO_EXPORT_INIT "wasmio-init"   /* () -> i32; negative: refuse to run */

/* -- Handles --------------------------------------------------------------- */

/*
 * A handle is a positive i32; 0 is never one. It holds for one container and
 * one grant until `close`, the grant's withdrawal, or unload. Guests compare
 * and pass handles, nothing else; the layout is the host's.
 */
typedef uint32_t wio_abi_handle;

#define WIO_ABI_HANDLE_NONE 0u

/* What `info` says a handle is of. */
enum wio_abi_class {
    WIO_ABI_CLASS_I2C = 1,     /* limit: largest transfer in bytes */
    WIO_ABI_CLASS_GPIO = 2,    /* limit: 0 input, 1 output */
    WIO_ABI_CLASS_UART = 3,    /* limit: largest transfer in bytes */
    WIO_ABI_CLASS_MMIO = 4,    /* limit: bytes of the window */
    WIO_ABI_CLASS_POINT = 5,   /* limit: type of the point, as in the
                                  configuration: bool 1, i8 2, u8 3, i16 4,
                                  u16 5, i32 6, u32 7, i64 8, f32 9, f64 10 */
    WIO_ABI_CLASS_IRQ = 6,     /* limit: what happens to events too many */
    WIO_ABI_CLASS_SPI = 7      /* limit: largest operation in bytes */
};

/* core.info(h, buf, cap): as much of this as @cap has room for. */
struct wio_abi_info {
    uint32_t handle_class;     /* enum wio_abi_class */
    uint32_t limit;
    uint32_t timeout_us;       /* of one call; 0: none that waits */
    uint32_t writable;         /* 1: gpio output, provided point, or a window
                                  with a register that may be written */
};
#define WIO_ABI_INFO_SIZE 16u

/* -- core.log -------------------------------------------------------------- */

enum wio_abi_log_level {
    WIO_ABI_LOG_ERROR = 0,
    WIO_ABI_LOG_WARN = 1,
    WIO_ABI_LOG_INFO = 2,
    WIO_ABI_LOG_DEBUG = 3
};
#define WIO_ABI_LOG_MAX 96u    /* bytes of a line; the rest is cut */

/* -- gpio ------------------------------------------------------------------ */

enum wio_abi_pin_state {
    WIO_ABI_PIN_INACTIVE = 0,  /* logical: active-low is done by the host */
    WIO_ABI_PIN_ACTIVE = 1
};

enum wio_abi_pin_mode { WIO_ABI_PIN_IN = 0, WIO_ABI_PIN_OUT = 1 };
enum wio_abi_active_level { WIO_ABI_ACTIVE_HIGH = 0, WIO_ABI_ACTIVE_LOW = 1 };
enum wio_abi_pull {
    WIO_ABI_PULL_NONE = 0,
    WIO_ABI_PULL_UP = 1,
    WIO_ABI_PULL_DOWN = 2
};

/* gpio.get-config(h, buf, cap): as much of this as @cap has room for. */
struct wio_abi_gpio_config {
    uint8_t mode;              /* enum wio_abi_pin_mode */
    uint8_t active_level;      /* enum wio_abi_active_level */
    uint8_t pull;              /* enum wio_abi_pull */
    uint8_t reserved;          /* 0 */
};
#define WIO_ABI_GPIO_CONFIG_SIZE 4u

/* -- Operations (i2c.transaction, spi.transaction, mmio.batch) ------------- */

enum wio_abi_op_kind {
    WIO_ABI_OP_READ = 0,
    WIO_ABI_OP_WRITE = 1,
    WIO_ABI_OP_TRANSFER = 2,          /* spi, and those below */
    WIO_ABI_OP_DELAY = 3,
    WIO_ABI_OP_TRANSFER_IN_PLACE = 4,
    WIO_ABI_OP_POLL = 5,              /* wait for a chip's answer, see below */
    WIO_ABI_OP_MODIFY = 6             /* mmio only */
};

/*
 * A poll reads bytes and drops them as long as (byte & skip_mask) == skip. The
 * first other one is stored at ptr; the transaction goes on when it is @want
 * in @want_mask, else it ends with WIO_ERR_SPI_OTHER. When all of len bytes
 * were skipped, it ends with WIO_ERR_TIMEOUT.
 */
#define WIO_ABI_POLL(skip, skip_mask, want, want_mask) \
    ((uint32_t)(skip) | (uint32_t)(skip_mask) << 8 | (uint32_t)(want) << 16 | \
     (uint32_t)(want_mask) << 24)

/* spi: the chip is not selected while this operation lasts (an SD card wants
 * clocks so before its first command). */
#define WIO_ABI_OP_UNSELECTED 0x01u

/*
 * One operation of an array. Every one is checked before the first bus
 * action. The host writes @status of the operation that failed: the cause
 * (WIO_ERR_CAUSE) of the code that the call returns; and 0 into those done.
 */
struct wio_abi_op {
    uint8_t kind;              /* enum wio_abi_op_kind */
    uint8_t flags;             /* 0, spi: or WIO_ABI_OP_UNSELECTED */
    uint16_t status;           /* host to guest */
    uint32_t ptr;              /* guest address of the buffer; delay: 0 */
    uint32_t len;              /* bytes; delay: nanoseconds; poll: bytes at
                                  most */
    uint32_t arg;              /* transfer: where to read to; poll:
                                  WIO_ABI_POLL; others: 0 */
};
#define WIO_ABI_OP_SIZE 16u
#define WIO_ABI_OPS_MAX 8u     /* operations of one transaction */

/* One access of mmio.batch, in the same 16 bytes. All are checked before the
 * first is made; @status as above. */
struct wio_abi_mmio_op {
    uint8_t kind;              /* enum wio_abi_op_kind */
    uint8_t width;             /* bytes: 1, 2 or 4; MODIFY: 4 */
    uint16_t status;           /* host to guest */
    uint32_t off;              /* of the register */
    uint32_t value;            /* written; host to guest for READ */
    uint32_t mask;             /* MODIFY: bits that are replaced; else 0 */
};
#define WIO_ABI_MMIO_OPS_MAX 16u

/* mmio.copy-in and copy-out: the width in bytes, and this when all accesses
 * are to the one register at the offset (a FIFO), not to one after the other. */
#define WIO_ABI_MMIO_FIXED 0x100u
#define WIO_ABI_MMIO_COPY_MAX 64u   /* accesses of one call */

/* -- Serving other containers (provides, class spi) --------------------------- */

/*
 * The export that a container provides a bus with:
 *     (select i32, flags i32, divisor i32, len i32) -> i32
 * The @len bytes to send are in the container's buffer; what comes takes their
 * place. @divisor: of the block's input clock, for the fastest rate that the
 * chip takes, rounded up; 0 when the board does not say that clock. @len is at
 * most max-transfer, and may be 0: then there is only a chip
 * to select or release. 0, or a code of domain spi, or `timeout`: the chip is
 * released then, too.
 */
#define WIO_EXPORT_SERVE_BUFFER "wasmio_serve_buffer"   /* unless `buffer`
                                                            names another */
#define WIO_ABI_SERVE_ARGS 4u
#define WIO_ABI_SERVE_SELECT 0x01u      /* select the chip before the bytes */
#define WIO_ABI_SERVE_RELEASE 0x02u     /* release it behind them */
#define WIO_ABI_SERVE_CPHA 0x04u
#define WIO_ABI_SERVE_CPOL 0x08u
#define WIO_ABI_SERVE_UNSELECTED 0x10u  /* clocks for no chip */
/* Instead: at most @len bytes 0xff are sent until one comes that is not @skip
 * in @skip_mask, the first two bytes of the buffer, and that one is put there.
 * 1: it came; 0: it did not. */
#define WIO_ABI_SERVE_POLL 0x20u
#define WIO_ABI_SERVE_POLL_BYTES 2u

/* -- irq ------------------------------------------------------------------- */

/* First argument of a handler: events since its last activation began, and
 * this bit when the hardware may have merged some of them. */
#define WIO_ABI_IRQ_COUNT 0x7fffffffu
#define WIO_ABI_IRQ_AT_LEAST 0x80000000u

/* Exports that a container with handlers and a shadow stack has: the global of
 * the shadow stack pointer, and the region that handlers use instead, from
 * ..._STACK up to ..._STACK_END (global addresses). */
#define WIO_EXPORT_STACK_POINTER "__stack_pointer"
#define WIO_EXPORT_HANDLER_STACK "wasmio_handler_stack"
#define WIO_EXPORT_HANDLER_STACK_END "wasmio_handler_stack_end"
#define WIO_ABI_HANDLER_STACK_MIN 64u   /* bytes a handler, multiple of 16 */

/* The part of its memory that a container shares with the host's operations,
 * from _BUFFER up to _BUFFER_END (global addresses): what does not fit into
 * arguments and results of an operation. Optional. */
#define WIO_EXPORT_BUFFER "wasmio_buffer"
#define WIO_EXPORT_BUFFER_END "wasmio_buffer_end"

/* irq.wait: no time limit. */
#define WIO_ABI_IRQ_FOREVER UINT32_MAX

/* -- request --------------------------------------------------------------- */

/* request.status(request). */
enum wio_abi_request_status {
    WIO_ABI_REQUEST_QUEUED = 0,    /* its turn has not come */
    WIO_ABI_REQUEST_ACTIVE = 1,    /* on the bus */
    WIO_ABI_REQUEST_DONE = 2       /* request.result tells how it ended */
};

/* `source` of an irq need whose events are ended requests. */
#define WIO_SOURCE_COMPLETION "completion"

/* -- point ----------------------------------------------------------------- */

enum wio_abi_quality {
    WIO_ABI_QUALITY_NONE = 0,  /* never written */
    WIO_ABI_QUALITY_GOOD = 1,
    WIO_ABI_QUALITY_BAD = 2
};

#endif
