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

/* -- Levels, interrupts, budgets ---------------------------------------------- */

/*
 * How a port runs more than one thing at a time. Everything that runs is an
 * *entity* (a host task, a container's main, a handler) in a *slot* of its own
 * with a *level*: 0 is the most urgent. A slot that is pended runs, once, as
 * soon as nothing of its level or a more urgent one runs; it preempts what is
 * less urgent, at any instruction, and returns before that goes on. Below all
 * levels is the background, where the runtime's own functions are called.
 * Above all levels are the stubs of interrupt sources, the timer and the
 * budget; they do not preempt each other.
 *
 * On Cortex-M a slot is an interrupt line that is pended by software and the
 * hardware is the scheduler; on sim a table and the virtual clock; on a host
 * threads.
 *
 * A port without these operations (wio_port.sched NULL) runs mains one after
 * another from wio_runtime_run() and delivers no interrupts.
 */

/* An interrupt of the board, as its devicetree has it. */
struct wio_source_info {
    bool is_pin;               /* a pin of a GPIO controller; else a line */
    uint32_t line;             /* of the interrupt controller (also the line
                                  of the pin's controller) */
    uint32_t pin;
    uintptr_t base;            /* of the pin's controller */
    uint8_t trigger;           /* devicetree interrupt flags: edge rising 1,
                                  falling 2, both 3, level high 4, low 8 */
};

/* What a stub leaves behind; the port writes it above all levels. */
struct wio_port_event {
    uint32_t n_accepted;       /* one more */
    uint32_t n_new;            /* 1 */
    uint64_t accepted_ns;      /* now */
    uint32_t busy;             /* 1 */
};

/*
 * What a port has to know to make a handler's activation itself (slot_direct).
 * The core's; it stays, and the port writes @below_left only. In this order:
 *
 *     below = *current, *current = self;
 *     below_left = budget_swap(budget_ticks); begun_over(self), when a
 *                  countdown was going on;
 *     *stack_pointer = stack_top, context[0] = own, context[1] = the lowest
 *                  address that C code may use: @room below here;
 *     *running = own, behind the context;
 *     fn(n_new, low and high word of accepted_ns, self), n_new = 0;
 *     the words but *running as they were;
 *     done(self, below, below_left, was_cut).
 */
struct wio_port_direct {
    uint32_t budget_ticks;
    void **current;
    void *self;
    uint32_t *stack_pointer;
    uint32_t stack_top;
    uintptr_t *context;
    uintptr_t own;
    uint32_t room;             /* bytes */
    uint32_t *n_new;           /* of the struct wio_port_event */
    void (*fn)(uint32_t n, uint32_t low, uint32_t high, void *self);
    uintptr_t *running;
    void (*done)(void *self, void *below, uint32_t below_left, bool was_cut);
    void (*begun_over)(void *self);
    uint32_t below_left;
};

struct wio_port_sched_ops {
    uint32_t n_levels;
    uint32_t n_slots;
    uint32_t n_sources;
    uint32_t tick_hz;          /* of budgets */
    uint32_t max_ticks;        /* longest budget */

    /**
     * start - before anything else, once
     * @on_timer:  at or after the time of timer_set()
     * @on_budget: when the countdown of budget_swap() ends, unless the port
     *             cuts off at once what it has ended (guarded)
     * Both are called above all levels.
     */
    void (*start)(void *ctx, void (*on_timer)(void *arg),
                  void (*on_budget)(void *arg), void *arg);

    /* @fn(@arg) runs at @level when the slot is pended. Slots of one @group
     * (0: of none) belong to one container. Background, nothing active.
     * Returns 0 or WIO_ERR_LIMIT. */
    int (*slot_open)(void *ctx, uint32_t slot, uint32_t level, uint32_t group,
                     void (*fn)(void *arg), void *arg);
    /* Another level. Background, nothing active. */
    void (*slot_level)(void *ctx, uint32_t slot, uint32_t level);
    /* Drops a pending request, too. Any context but the slot's own. */
    void (*slot_close)(void *ctx, uint32_t slot);

    /* Any context. A slot that is pending stays so; one that runs is run once
     * more afterwards. */
    void (*pend)(void *ctx, uint32_t slot);

    /* From a level: nothing of @level or a less urgent one begins until
     * lower(); stubs, timer and budget go on. Nests; never lowers. */
    uint32_t (*raise)(void *ctx, uint32_t level);
    void (*lower)(void *ctx, uint32_t key);

    /**
     * budget_swap - one countdown, the budget of what runs now
     * @ticks: to count from now on; 0: no countdown
     * Returns what was left of the one before: 0 when there was none, at least
     * 1 when there was one, even if it had ended: set again, it ends at once,
     * and on_budget is called again. It runs on while stubs and the timer's
     * function run. Any context but those.
     */
    uint32_t (*budget_swap)(void *ctx, uint32_t ticks);
    uint32_t (*budget_left)(void *ctx);

    /**
     * guarded - call @fn(@arg) so that the port can cut it off
     * Returns false when it was cut off after its countdown had ended: only
     * while the engine's loop ran, never inside a host function or a helper.
     * NULL: the port cannot; the engine stops at its next safepoint.
     */
    bool (*guarded)(void *ctx, void (*fn)(void *arg), void *arg);
    /**
     * unwind - what guarded, or slot_direct, has called ends here
     * Called from inside it: as if it were cut off. Does not return. NULL
     * where slot_direct is.
     */
    void (*unwind)(void *ctx);
    /**
     * slot_direct - the port makes a handler's activations itself
     * From now on the slot, when it runs, does what struct wio_port_direct
     * says, with fn called as by guarded, and not slot_open's function: the
     * same in fewer instructions. @direct NULL: slot_open's function again. An
     * activation that has begun goes on as it began. Any context. False, or
     * NULL: it cannot.
     */
    bool (*slot_direct)(void *ctx, uint32_t slot,
                        struct wio_port_direct *direct);

    /* One timer on the clock of now_ns(), absolute; UINT64_MAX: none. Another
     * call replaces it. A time that has passed: at once. Any context. */
    void (*timer_set)(void *ctx, uint64_t at_ns);

    /**
     * source_open - @fn(@arg) is called above all levels at each interrupt
     * The source is opened masked; the function masks it (mask, below) before
     * it returns. @source: 0 .. n_sources - 1, the core's choice. Returns 0,
     * WIO_ERR_NOT_SUPPORTED (no such line or trigger here) or WIO_ERR_BUSY
     * (the line has another owner: never shared).
     */
    int (*source_open)(void *ctx, uint32_t source,
                       const struct wio_source_info *info,
                       void (*fn)(void *arg), void *arg);
    /**
     * source_direct - the port does itself what every stub begins with
     * From now on it masks the source, reads the clock, pends @slot, fills in
     * @event, and then calls @fn, unless it is NULL, with @arg and the time,
     * not source_open's function: the same in fewer instructions. After
     * source_open; any context. False, or NULL: it cannot, and source_open's
     * function goes on doing it.
     */
    bool (*source_direct)(void *ctx, uint32_t source, uint32_t slot,
                          struct wio_port_event *event,
                          void (*fn)(void *arg, uint64_t now_ns), void *arg);
    void (*source_close)(void *ctx, uint32_t source);
    /* While masked the hardware remembers one edge; a level stays as it is.
     * Any context. */
    void (*source_mask)(void *ctx, uint32_t source);
    void (*source_unmask)(void *ctx, uint32_t source);
    /* Drop the edge that came while masked; true when there was one. */
    bool (*source_clear)(void *ctx, uint32_t source);
    /* Events that came while masked since last asked, beyond the one that the
     * hardware remembers, where the port can count them; else NULL. */
    uint32_t (*source_missed)(void *ctx, uint32_t source);

    /* -- For ports whose time is virtual; all NULL on others -- */

    /* How long, in ns of guest execution, until something may happen;
     * UINT64_MAX: never. */
    uint64_t (*virtual_next)(void *ctx);
    /* The guest has executed for @ns. May run what became due. */
    void (*virtual_advance)(void *ctx, uint64_t ns);
    /* Before the port looks at its clock for any reason it calls @sync(@arg),
     * which calls virtual_advance() with what is not yet accounted. NULL: no
     * guest runs. */
    void (*virtual_sync)(void *ctx, void (*sync)(void *arg), void *arg);
};

/* -- Requests ---------------------------------------------------------------- */

/*
 * A transfer that goes on by itself: begun by a controller's submit(), moved on
 * by its interrupt above all levels, ended by @done or by cancel(). At most one
 * at a time is under way on a controller, on a UART one each way, and
 * nothing else is asked of it meanwhile. The memory at @w and @r holds until
 * then.
 */
struct wio_spi_chip;

struct wio_request {
    const uint8_t *w;
    uint8_t *r;
    uint32_t w_len;
    uint32_t r_len;
    uint16_t addr;                 /* i2c: 7 bits */
    const struct wio_spi_chip *chip;      /* spi */
    /* Once, above all levels: bytes moved (of the read when there is one), or
     * an error as of the controller's other operations. */
    void (*done)(struct wio_request *request, int result);
    /* The driver's while it is under way. */
    uint32_t at;
    uint32_t phase;
};

/*
 * submit - begin; returns before it is over, 0 or an error (done never comes
 * then). The driver's interrupt takes a bounded time a byte; @done is never
 * called from within submit.
 * cancel - stop at once: no interrupt of it comes any more, no byte is moved,
 * the bus is left free, done does not come. Returns the bytes that count
 * although it was ended early: of a UART, else 0.
 * Both: above all levels, or with interrupts kept out. NULL: the controller
 * has no interrupt that this port uses; a request is a plain call then.
 */
typedef int (*wio_submit_fn)(void *ctx, struct wio_request *request);
typedef uint32_t (*wio_cancel_fn)(void *ctx, struct wio_request *request);

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
    wio_submit_fn submit;
    wio_cancel_fn cancel;
};

enum wio_spi_mode {
    WIO_SPI_CPHA = 1u << 0,          /* data taken at the second edge */
    WIO_SPI_CPOL = 1u << 1           /* the clock is high between transfers */
};

/* A chip on the bus, as the board's node has it. */
struct wio_spi_chip {
    uint8_t select;                  /* its chip select, see selects below */
    uint8_t mode;                    /* enum wio_spi_mode */
    uint32_t max_hz;
};

/* Waiting for a chip without releasing it: bytes are dropped as long as they
 * are @skip in @skip_mask; the first other one ends the waiting, and must be
 * @want in @want_mask. */
struct wio_spi_poll {
    uint8_t skip;
    uint8_t skip_mask;
    uint8_t want;
    uint8_t want_mask;
};

/* Bytes of 8 bits, most significant bit first, both ways at once. */
struct wio_spi_segment {
    const uint8_t *w;                /* NULL: 0xff is sent */
    uint8_t *r;                      /* NULL: what comes is dropped; else @w
                                        or apart from it */
    uint32_t len;                    /* 0: only the delay */
    uint32_t delay_ns;               /* behind it, nothing is sent meanwhile */
    bool unselected;                 /* clocks for no chip at all */
    bool polls;                      /* at most @len bytes, @w is NULL; @r[0]
                                        is the one that ended it */
    struct wio_spi_poll poll;
};

struct wio_spi_ops {
    /**
     * transfer - the segments one after the other, as one transaction
     * The chip is selected before the first segment and released behind the
     * last, also on an error; between segments it stays as it is while both
     * have the same @unselected. The clock is at most max_hz.
     * Returns 0, or
     *   WIO_ERR_SPI_OVERRUN        bytes came that were not taken in time
     *   WIO_ERR_SPI_MODE_FAULT     the mode is none that the controller has
     *   WIO_ERR_SPI_CHIP_SELECT    the select is none that it has
     *   WIO_ERR_SPI_OTHER          the controller reports anything else, or a
     *                              poll met another byte than it wants
     *   WIO_ERR_TIMEOUT            also: a poll's bytes were all skipped
     */
    int (*transfer)(void *ctx, const struct wio_spi_chip *chip,
                    const struct wio_spi_segment *segments,
                    uint32_t n_segments, uint64_t deadline_ns);
    /* A request is one segment, selected: both lengths are the same, or one is
     * 0 (0xff is sent, or what comes is dropped). */
    wio_submit_fn submit;
    wio_cancel_fn cancel;
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
    /* A request writes or reads, never both. It reads until @r_len bytes are
     * there or the receiver reports an error. */
    wio_submit_fn submit;
    wio_cancel_fn cancel;
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
    WIO_CONTROLLER_MMIO,       /* a register block that containers may drive */
    WIO_CONTROLLER_SPI
};

/* A pin that selects a chip (cs-gpios of an SPI controller). */
struct wio_select_pin {
    uintptr_t base;            /* of the pin's controller; 0: none here, the
                                  SPI controller's own output */
    uint8_t pin;
    bool active_high;
};

#define WIO_SPI_SELECTS 4u     /* most chip selects of a controller */

/* What the board says of a controller, so that the port can find its driver. */
struct wio_controller_info {
    uint8_t class;             /* enum wio_controller_class */
    const char *compatible;    /* first entry of the node, terminated */
    uintptr_t base;            /* reg, bytes */
    uint32_t size;
    uint32_t clock_hz;         /* clock-frequency, 0 when absent */
    uint32_t baud;             /* of a UART: current-speed, or 115200 */
    const struct wio_select_pin *selects;  /* of an SPI controller, in the
                                  order of chip selects; gone when the call is
                                  over */
    uint32_t n_selects;        /* at most WIO_SPI_SELECTS */
    uint8_t n_irqs;            /* interrupt lines of its own, see irqs */
    uint32_t irqs[2];          /* the first of `interrupts` */
};

struct wio_controller {
    union {
        const struct wio_i2c_ops *i2c;
        const struct wio_gpio_ops *gpio;
        const struct wio_uart_ops *uart;
        const struct wio_mmio_ops *mmio;  /* NULL: plain volatile memory at
                                             info->base */
        const struct wio_spi_ops *spi;
    } ops;
    void *ctx;                 /* first argument of the ops */
    bool is_plain;             /* this one has no interrupt: submit is not
                                  to be called */
};

/* -- Compiled containers ------------------------------------------------------ */

enum wio_native_kind {
    WIO_NATIVE_FLAT = 1,       /* linked at an address, executed where it lies */
    WIO_NATIVE_SHARED = 2      /* a shared object of the host's system */
};

#define WIO_NATIVE_BUILD_BYTES 20u
/* No compiled function has a larger frame on such a stack: the compiler of
 * flat images refuses it. */
#define WIO_NATIVE_FRAME_BYTES 256u

/*
 * How a port runs native code that a container was compiled to. The core has
 * found the image whole, and a flat one where it was linked for.
 */
struct wio_port_native_ops {
    uint32_t kind;             /* enum wio_native_kind: which it takes */
    const char *target;        /* "mps2-an386": of `wasmio compile --target` */
    const uint8_t *build;      /* the build that images must be linked with,
                                  WIO_NATIVE_BUILD_BYTES; NULL: any */

    /* The C stack, where the background and all levels share one; NULL: each
     * has its own. Of its bytes: what a load takes at its deepest, what else
     * the background does, and what an activation takes beside compiled
     * functions: being entered, host functions. */
    uint32_t (*stack_bytes)(void *ctx);
    uint32_t stack_load;
    uint32_t stack_background;
    uint32_t stack_each;

    /**
     * open - from now on it may be executed, and guarded() cuts it off
     * @image: of @image_bytes; @text_bytes from its beginning are code. Stays
     *         until close. A flat one is executed there; of a shared object
     *         every open makes a copy with variables of its own.
     * @entry: of a shared object: what its symbol wio_image names
     * Background, nothing active. Returns 0 and fills *@handle, for close;
     * WIO_ERR_LIMIT, or WIO_ERR_MALFORMED: the system does not take it.
     */
    int (*open)(void *ctx, const uint8_t *image, uint32_t image_bytes,
                uint32_t text_bytes, void **handle, const void **entry);
    void (*close)(void *ctx, void *handle);
};

struct wio_port {
    const char *name;
    void *ctx;                 /* first argument of core and controller() */
    const struct wio_port_core_ops *core;
    const struct wio_port_sched_ops *sched;    /* ctx is theirs, too; NULL */
    const struct wio_port_native_ops *native;  /* the same; NULL: none */

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
