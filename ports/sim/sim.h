/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ports/sim/sim.h - a board without hardware: virtual clock, devices, faults
 *
 *   guest -> core -> wio_port --+-- i2c0..1   buses with tmp105, 24c02
 *                               +-- spi0..1   buses with an SD card, a NOR flash
 *                               +-- gpio0..3  32 pins each
 *   script, wio_sim_set() ------+-- uart0..3  a line with two ends
 *                               +-- mmio0..7  register blocks: PL011, PL022, CMSDK
 *                               |             UART, else plain registers
 *   wio_sim_trace() <-----------+-- log of every access, counters
 *
 * Time is virtual: it moves by what accesses cost, by delays and by
 * wio_sim_advance_ns(), never by itself, so every run gives the same result
 * and a time limit of an hour is tested in a microsecond. Nothing is global:
 * all state is in the caller's struct wio_sim. For hosts only (uses libc).
 *
 * Controllers are named by class and by the order in which the core brings
 * them up, which is their order in the board's devicetree: "i2c0", "gpio0",
 * "mmio1". What a register block simulates follows from its `compatible`.
 * Interrupts (config.scheduled): pins, and what sim_lines.c says of devices.
 *
 * Use:
 *     static struct wio_sim sim;
 *     wio_sim_create(&sim, NULL);
 *     err = wio_sim_script(&sim, "set temperature=25500", &report);
 *     ... wio_runtime_create with .port = wio_sim_port(&sim) ...
 *     for (;;) {
 *         wio_sim_advance_ns(&sim, wio_runtime_run(runtime));
 *     }
 *
 * Context: one thread. The alarm's function is called from inside whatever
 * call moved the clock past its time.
 */
#ifndef WIO_SIM_H
#define WIO_SIM_H

#include <stdbool.h>
#include <stdint.h>

#include <wio/err.h>
#include <wio/port.h>
#include <wio/report.h>

#define WIO_SIM_I2C 2u
#define WIO_SIM_GPIO 4u
#define WIO_SIM_UART 4u
#define WIO_SIM_MMIO 8u
#define WIO_SIM_SPI 2u
#define WIO_SIM_PINS 32u
#define WIO_SIM_I2C_DEVICES 8u
#define WIO_SIM_SPI_CHIPS 4u
#define WIO_SIM_CARD_BLOCKS 16u   /* of 512 bytes, unless others are inserted */
#define WIO_SIM_QUEUE 1024u       /* bytes under way on a line, each way */
#define WIO_SIM_BLOCK_BYTES 1024u /* plain registers of a block */
#define WIO_SIM_EVENTS 64u
#define WIO_SIM_EVENT_TEXT 2048u
#define WIO_SIM_FAULTS 16u
#define WIO_SIM_LOG 4096u
#define WIO_SIM_FOREVER UINT32_MAX
#define WIO_SIM_LEVELS 14u
#define WIO_SIM_SLOTS 16u
#define WIO_SIM_SOURCES 16u
#define WIO_SIM_STORMS 8u
#define WIO_SIM_REQUESTS 12u      /* one a bus, two a UART */
#define WIO_SIM_BACKGROUND 0xffu  /* level of what is below all levels */

/* -- What is simulated (read it in tests; the port writes it) ------------ */

/* Bytes on the way, oldest first. */
struct wio_sim_queue {
    uint8_t bytes[WIO_SIM_QUEUE];
    uint32_t head;
    uint32_t n;
    uint32_t lost;                /* there was no room for them */
};

enum wio_sim_i2c_model {
    WIO_SIM_TMP105 = 1,           /* TI TMP105, SLLS648D */
    WIO_SIM_24C02                 /* 256 bytes, pages of 8, 5 ms a write */
};

struct wio_sim_i2c_device {
    uint8_t model;                /* enum wio_sim_i2c_model; 0: none */
    uint8_t bus;
    uint8_t addr;                 /* 7 bits */
    bool preset;                  /* there since wio_sim_create */
    uint8_t pointer;              /* register or byte it stands at */
    int32_t temperature_mc;       /* tmp105: what it measures */
    uint8_t config;               /* tmp105: register 1 */
    uint16_t limits[2];           /* tmp105: T_LOW, T_HIGH */
    bool hot;                     /* tmp105: reached T_HIGH, not yet T_LOW */
    bool alert;                   /* tmp105: its ALERT output is active */
    uint8_t cells[256];           /* 24c02 */
    uint64_t busy_until_ns;       /* 24c02: writing, does not answer */
};

enum wio_sim_spi_model {
    WIO_SIM_SD = 1,               /* SD card up to 2 GB: addresses are bytes */
    WIO_SIM_SDHC,                 /* addresses are blocks */
    WIO_SIM_NOR                   /* answers RDID as a Winbond W25Q80 */
};

enum wio_sim_card_phase {
    WIO_SIM_CARD_COMMAND = 0,     /* waits for one, or is answering */
    WIO_SIM_CARD_SENDS,           /* a block, behind its answer */
    WIO_SIM_CARD_TOKEN,           /* waits for a block's start */
    WIO_SIM_CARD_TAKES            /* a block */
};

struct wio_sim_chip {
    uint8_t model;                /* enum wio_sim_spi_model; 0: none */
    uint8_t bus;
    uint8_t select;
    bool preset;
    uint8_t command[6];           /* coming in; NOR: the first byte */
    uint8_t n_command;
    uint32_t n_selected;          /* NOR: bytes since it was selected */
    /* The card's */
    uint8_t *blocks;              /* NULL: the board's own card_store */
    uint32_t n_blocks;
    uint8_t phase;                /* enum wio_sim_card_phase */
    bool in_spi;                  /* had CMD0 while selected */
    bool ready;                   /* initialised */
    bool app;                     /* CMD55 came before */
    bool checks;                  /* CMD59: CRCs are looked at */
    bool selected;
    uint8_t n_polls;              /* ACMD41 until it is ready */
    uint8_t answer[8];
    uint8_t n_answer;
    uint8_t answer_at;
    uint32_t block;               /* its number, of what is sent or taken */
    uint8_t data[512 + 2 + 1];    /* token, bytes, CRC */
    uint32_t n_data;
    uint32_t data_at;
    uint64_t ready_ns;            /* when the data begin */
    uint64_t busy_until_ns;       /* programming; UINT64_MAX: for ever */
    uint32_t n_read;              /* whole blocks */
    uint32_t n_written;
};

/* A UART seen at its line: @wire leads to the board, @sent away from it. */
struct wio_sim_line {
    struct wio_sim_queue wire;
    struct wio_sim_queue sent;
    uint64_t next_rx_ns;          /* when the next byte of @wire is complete */
    bool loopback;                /* what is sent comes back */
};

struct wio_sim_uart {
    struct wio_sim_line line;
    uint32_t baud;
};

struct wio_sim_gpio {
    uint32_t flags[WIO_SIM_PINS]; /* enum wio_gpio_flag, as configured */
    uint32_t configured;          /* a bit a pin */
    uint32_t out;                 /* levels driven by the board */
    uint32_t in;                  /* levels driven from outside */
    uintptr_t base;               /* of the board's node */
};

enum wio_sim_block_model {
    WIO_SIM_REGISTERS = 0,        /* what is written can be read */
    WIO_SIM_PL011,                /* ARM DDI 0183G */
    WIO_SIM_CMSDK_UART,           /* ARM DDI 0479D, APB UART */
    WIO_SIM_PL022                 /* ARM DDI 0194G */
};

struct wio_sim_pl011 {
    uint32_t rsr, ilpr, ibrd, fbrd, lcr_h, cr, ifls, imsc, ris;
    uint8_t rx[16];               /* receive FIFO; 1 deep while FEN is 0 */
    uint8_t rx_n;
    uint8_t tx[16];
    uint8_t tx_n;
    bool overrun;                 /* goes with the next characters read */
    uint64_t tx_done_ns;          /* when tx[0] has left */
};

struct wio_sim_cmsdk {
    uint32_t state, ctrl, bauddiv, intstatus;
    uint8_t rx;
    uint8_t tx;
    uint64_t tx_done_ns;
};

struct wio_sim_pl022 {
    uint32_t cr0, cr1, cpsr, imsc, ris;
    uint8_t rx[8];
    uint8_t rx_n;
    uint8_t tx[8];
    uint8_t tx_n;
    uint64_t tx_done_ns;          /* when tx[0] has left */
};

struct wio_sim_block {
    uint8_t model;                /* enum wio_sim_block_model */
    uintptr_t base;               /* of the board's node */
    uint32_t size;
    uint32_t clock_hz;
    struct wio_sim_line line;     /* of a UART */
    struct wio_sim_pl011 pl011;
    struct wio_sim_cmsdk cmsdk;
    struct wio_sim_pl022 pl022;
    uint8_t plain[WIO_SIM_BLOCK_BYTES];
};

/* -- Faults, events, log ------------------------------------------------- */

enum wio_sim_class {
    WIO_SIM_CLASS_I2C = 1,
    WIO_SIM_CLASS_GPIO,
    WIO_SIM_CLASS_UART,
    WIO_SIM_CLASS_MMIO,
    WIO_SIM_CLASS_SPI
};
#define WIO_SIM_CLASSES 6u        /* one more than the last */

enum wio_sim_fault_kind {
    WIO_SIM_NACK_ADDRESS = 1,     /* i2c: nobody answers */
    WIO_SIM_NACK_DATA,            /* i2c: written byte VALUE (0..) is refused */
    WIO_SIM_ARBITRATION,          /* i2c: another master wins */
    WIO_SIM_STUCK,                /* i2c: SDA is held and recovery is in vain;
                                     gpio: reads as VALUE; uart: takes nothing;
                                     mmio: reads as VALUE, writes are lost */
    WIO_SIM_HANG,                 /* i2c: the clock is held for ever, in a
                                     request from byte VALUE of its part on;
                                     spi: the controller makes none */
    WIO_SIM_LATE,                 /* i2c, mmio: VALUE microseconds more; spi: a
                                     block begins, or is programmed, so much
                                     later */
    WIO_SIM_FLIP,                 /* i2c, uart, mmio, spi: bit VALUE of what is
                                     read is inverted; mmio counts from bit 0,
                                     the others from the first byte's bit 7 */
    WIO_SIM_FAILURE,              /* gpio: hardware fault */
    WIO_SIM_FRAMING,              /* uart and UART blocks: on reception */
    WIO_SIM_PARITY,
    WIO_SIM_BREAK,
    WIO_SIM_OVERRUN,
    WIO_SIM_NO_ANSWER,            /* spi: as if no chip were there */
    WIO_SIM_CRC,                  /* a block sent by the card has a wrong CRC */
    WIO_SIM_READ_ERROR,           /* error token VALUE instead of a block */
    WIO_SIM_WRITE_ERROR,          /* the card refuses a block after it */
    WIO_SIM_BUSY,                 /* the card programs for ever */
    WIO_SIM_STORM                 /* uart and UART blocks: byte VALUE comes in
                                     back to back, COUNT times */
};

struct wio_sim_fault {
    uint8_t class;                /* enum wio_sim_class; 0: free */
    uint8_t index;
    uint8_t kind;                 /* enum wio_sim_fault_kind */
    uint32_t value;
    uint32_t first;               /* number of the access it starts at, 1.. */
    uint32_t left;                /* accesses still to hit */
};

/* Edges at a line, or pulses at a pin, that come by themselves. */
struct wio_sim_storm {
    uint64_t at_ns;
    uint64_t period_ns;           /* the mean, when random */
    uint32_t left;
    uint32_t line;                /* or the pin of gpio @index */
    uint32_t random;              /* state of the generator; 0: regular */
    uint8_t index;
    bool is_pin;
};

struct wio_sim_event {
    uint64_t at_ns;
    uint8_t kind;                 /* private */
    uint8_t class;
    uint8_t index;
    uint8_t sub;
    int64_t value;
    uint32_t text_at;
    uint32_t text_len;
    struct wio_sim_fault fault;
    struct wio_sim_storm storm;   /* an edge is a storm of one */
};

enum wio_sim_op {
    WIO_SIM_OP_READ = 1,          /* mmio register, gpio pin, uart byte */
    WIO_SIM_OP_WRITE,
    WIO_SIM_OP_CONFIGURE,         /* gpio: value is flags; uart: baud */
    WIO_SIM_OP_START_WRITE,       /* i2c START + address; offset is address */
    WIO_SIM_OP_START_READ,
    WIO_SIM_OP_STOP,              /* i2c, spi; code tells how it ended */
    WIO_SIM_OP_SELECT             /* spi; offset is the chip select, 0xff none;
                                     value of a READ: sent << 8 | read */
};

struct wio_sim_access {
    uint64_t time_ns;
    uint8_t class;                /* enum wio_sim_class */
    uint8_t index;
    uint8_t op;                   /* enum wio_sim_op */
    uint8_t width;                /* bytes */
    uint32_t offset;              /* register, pin, address */
    uint32_t value;
    int32_t code;                 /* 0 or what the access came to */
};

/* A controller of the board; the ctx of its ops. */
struct wio_sim_controller {
    uint8_t class;                /* enum wio_sim_class */
    uint8_t index;
    struct wio_sim *sim;
};

/* -- Levels and interrupts (config.scheduled) ------------------------------ */

struct wio_sim_slot {
    void (*fn)(void *arg);
    void *arg;
    uint32_t level;
    bool pending;
};

struct wio_sim_source {
    void (*fn)(void *arg);
    void *arg;
    struct wio_source_info info;
    bool open;
    bool masked;
    bool asserted;                /* an edge not taken, or the level */
    uint32_t missed;              /* edges beyond that one */
    uint32_t n_edges;
    uint32_t n_stubs;
};

struct wio_sim_levels {
    struct wio_sim_slot slots[WIO_SIM_SLOTS];
    struct wio_sim_source sources[WIO_SIM_SOURCES];
    struct wio_sim_storm storms[WIO_SIM_STORMS];
    void (*on_timer)(void *arg);
    void (*on_budget)(void *arg);
    void *arg;
    void (*sync)(void *arg);
    void *sync_arg;
    uint64_t timer_ns;
    uint64_t end_ns;              /* of the countdown */
    uint32_t level;               /* of what runs */
    uint32_t ceiling;
    bool counting;
    bool ended;
    bool above;                   /* something above all levels runs */
};

/* -- Requests ------------------------------------------------------------ */

/* A transfer that goes on by itself. */
struct wio_sim_request {
    struct wio_request *request;  /* NULL: none */
    struct wio_sim_controller *controller;
    struct wio_sim_i2c_device *device;
    struct wio_sim_chip *chip;
    uint64_t at_ns;               /* next interrupt of the controller;
                                     UINT64_MAX: none comes */
    struct wio_sim_fault fault;   /* class 0: none */
};

/* -- Creating ------------------------------------------------------------ */

/* What things cost; 0 takes the default. */
struct wio_sim_config {
    uint32_t now_ns;              /* reading the clock; default 100 */
    uint32_t mmio_ns;             /* one register access; default 100 */
    uint32_t gpio_ns;             /* one pin access; default 200 */
    uint32_t i2c_hz;              /* default 100000 */
    uint32_t spi_hz;              /* fastest; default 10000000 */
    uint32_t baud;                /* of every line; default 115200 */
    bool scheduled;               /* the port has levels and interrupts */
    uint32_t stub_ns;             /* with levels: what a stub costs; 0 */
    uint32_t timer_ns;            /* and an expiry of the timer; 0 */
    uint32_t request_ns;          /* and an interrupt of a request; 0 */

    /* Lines that containers or the core log; NULL: they are dropped. */
    void (*log)(void *arg, enum wio_log_level level, const char *text,
                uint32_t len);
    void *log_arg;
};

struct wio_sim {
    struct wio_port port;
    struct wio_sim_config config;

    uint64_t now_ns;
    uint64_t alarm_at_ns;
    void (*alarm_fn)(void *arg);  /* NULL: not set */
    void *alarm_arg;
    uint32_t irq_depth;           /* irq_save not yet restored */
    uint32_t alarms_fired;

    struct wio_sim_controller controllers[WIO_SIM_CLASSES][8];
    uint8_t n_controllers[WIO_SIM_CLASSES];   /* brought up */
    uint32_t n_accesses[WIO_SIM_CLASSES][8];  /* transfers and accesses, by controller */

    struct wio_sim_levels levels;
    struct wio_sim_request requests[WIO_SIM_REQUESTS];
    uint32_t n_request_interrupts;

    struct wio_sim_i2c_device devices[WIO_SIM_I2C_DEVICES];
    struct wio_sim_chip chips[WIO_SIM_SPI_CHIPS];
    struct wio_sim_bus {
        uintptr_t base;           /* of the board's node */
        struct wio_select_pin selects[WIO_SPI_SELECTS];
    } buses[WIO_SIM_SPI];         /* spi0.. */
    uint8_t card_store[WIO_SIM_CARD_BLOCKS * 512u];
    struct wio_sim_gpio gpio[WIO_SIM_GPIO];
    struct wio_sim_uart uart[WIO_SIM_UART];
    struct wio_sim_block mmio[WIO_SIM_MMIO];

    struct wio_sim_fault faults[WIO_SIM_FAULTS];
    struct wio_sim_event events[WIO_SIM_EVENTS];
    uint32_t n_events;            /* sorted by time */
    char event_text[WIO_SIM_EVENT_TEXT];
    uint32_t event_text_used;

    struct wio_sim_access log[WIO_SIM_LOG];   /* ring */
    uint64_t n_log;               /* entries ever made */
};

/* @config: copied; NULL takes every default. A tmp105 (25 degrees) is at 0x48
 * and a 24c02 (erased) at 0x50 of i2c0 until a `device` line of that model; an
 * SD card with 16 erased blocks at select 0 of spi0, a NOR flash at 1. */
void wio_sim_create(struct wio_sim *sim, const struct wio_sim_config *config);

/* The port for wio_runtime_create; lives as long as @sim. */
const struct wio_port *wio_sim_port(struct wio_sim *sim);

/* -- Time ---------------------------------------------------------------- */

uint64_t wio_sim_now_ns(const struct wio_sim *sim);

/* Moves the clock; events and the alarm on the way happen at their time. */
void wio_sim_advance_ns(struct wio_sim *sim, uint64_t ns);

/* -- Stimuli ------------------------------------------------------------- */

/**
 * wio_sim_script - devices, stimuli and faults as text
 *
 * Entries are separated by newlines or ';', '#' starts a comment:
 *
 *     device i2c0 tmp105 0x49             add one; the first of its model
 *                                          replaces the preset one
 *     device spi0 sdhc 0                   a card of model sd or sdhc, or nor,
 *                                          or none, at a chip select
 *     set temperature=-10000              see wio_sim_set
 *     feed uart0 hello\r\n                bytes into a line; \n \r \t \\ \xHH
 *     fault i2c0:nack-address@3x2         see below
 *     edge irq6                           one edge at an interrupt line
 *     edge gpio0.0                        a pulse at a pin: its level and back
 *     storm irq6 50us x1000 [seed 7]      so many, so far apart; with a seed at
 *                                          random distances of that mean
 *     @2s set gpio0.3=1                   any of them at a time (ns us ms s)
 *
 * A fault is NAME:KIND[=VALUE][@FIRST][xCOUNT]: from access FIRST of that
 * controller on, counted from 1 since creation (default: the next one), COUNT
 * times (default 1, `x*`: for ever). KIND is nack-address, nack-data,
 * arbitration, stuck, hang, late, flip, failure, framing, parity, break,
 * overrun, no-answer, crc, read-error, write-error, busy or storm (enum wio_sim_fault_kind). `fault NAME:none` ends all
 * faults of a controller.
 *
 * Times are absolute; one that has passed happens at once. Nothing of @text
 * is kept. Returns 0, or with the sentence in @report (entries before the
 * wrong one hold)
 *   WIO_ERR_INVALID_ARGUMENT  not of this form
 *   WIO_ERR_LIMIT             more devices, events or faults than fit
 */
WIO_MUST_CHECK
int wio_sim_script(struct wio_sim *sim, const char *text,
                   struct wio_report *report);

/**
 * wio_sim_set - drive something from outside
 * @name: "temperature" (the first tmp105, mC), "i2c0.0x48.temperature",
 *        "gpio0.3" (electrical level of a pin, 0 or 1), "uart0.loopback",
 *        "mmio0.loopback", "mmio0.0x10" (a plain register of 32 bits),
 *        "eeprom.7" (byte 7 of the first 24c02)
 * Returns 0, or WIO_ERR_NO_DEVICE (no such name), WIO_ERR_INVALID_ARGUMENT
 * (out of its range).
 */
int wio_sim_set(struct wio_sim *sim, const char *name, int64_t value);

/* The same names; a pin reads as its level now, whoever drives it. */
int wio_sim_get(const struct wio_sim *sim, const char *name, int64_t *value);

/* Another card's blocks, @n_blocks of 512 bytes, which stay the caller's: into
 * the first card. WIO_ERR_NO_DEVICE when there is none. */
int wio_sim_insert(struct wio_sim *sim, void *blocks, uint32_t n_blocks);

/* Bytes into the line of "uart0" or "mmio0". Returns how many fitted. */
uint32_t wio_sim_feed(struct wio_sim *sim, const char *name,
                      const void *bytes, uint32_t n_bytes);

/* Takes bytes that the board has sent on that line; returns how many. */
uint32_t wio_sim_take(struct wio_sim *sim, const char *name, void *bytes,
                      uint32_t size);

/* An edge at an interrupt line of the board. */
void wio_sim_edge(struct wio_sim *sim, uint32_t line);

/* @count edges at a line from @first_ns on, @period_ns apart; with a @seed
 * that is not 0 at random distances of that mean. WIO_ERR_LIMIT when too many
 * are under way. */
int wio_sim_storm(struct wio_sim *sim, uint32_t line, uint64_t first_ns,
                  uint64_t period_ns, uint32_t count, uint32_t seed);

/* -- Looking ------------------------------------------------------------- */

/* Transfers (i2c) or accesses that reached a controller; 0 for no such one. */
uint32_t wio_sim_accesses(const struct wio_sim *sim, const char *name);

/**
 * wio_sim_trace - the log from entry @from on, as text for tests and people
 *
 * One line an access or transfer, without times:
 *     i2c0 S48w 00 S48r 19 80 P
 *     i2c0 S48w ! nack-address
 *     spi0 S0 9f>ff ff>ef ff>50 ff>14 P
 *     mmio0 w4 030=00000301
 *     mmio0 r4 018=00000090
 *     gpio0 w 3=1
 *     uart0 w 41
 * Always terminated, cut at whole lines. Returns the entry to go on from.
 */
uint64_t wio_sim_trace(const struct wio_sim *sim, uint64_t from, char *text,
                       uint32_t size);

#endif
