/* SPDX-License-Identifier: Apache-2.0 */
/*
 * board/board.h - the board: its devicetree, the owner's policy, the match
 *
 *   container's needs --+
 *                       +--> match --> one grant or one reason a need
 *   board's nodes ------+
 *
 * The board is a devicetree blob made from boards/<name>/board.dts. What may
 * be granted, to what extent and to whom stands in properties of ours, prefix
 * `wasmio,` (boards/bindings). The match is deterministic: nodes in the order
 * of the blob, the first that fits is taken. It changes nothing; claims do.
 *
 * Task context; allocation from the given arena only.
 */
#ifndef WIO_BOARD_BOARD_H
#define WIO_BOARD_BOARD_H

#include <stdbool.h>
#include <stdint.h>

#include <wio/err.h>
#include <wio/port.h>

#include "base/arena.h"
#include "base/fdt.h"
#include "base/report.h"
#include "base/rights.h"
#include "board/config.h"

#define WIO_BOARD_MAX_CONTROLLERS 16u
#define WIO_BOARD_MAX_CLAIMS 64u
#define WIO_BOARD_MAX_TASKS 8u
#define WIO_BOARD_MAX_LEVELS 64u

/* What the owner allows every container (node /wasmio,policy). */
struct wio_policy {
    uint32_t max_containers;
    uint32_t max_memory_bytes;     /* linear memory, each */
    uint32_t max_module_bytes;
    uint32_t steps_per_us;         /* engine steps a microsecond, for budgets */
    uint32_t init_budget_us;       /* start function and wasmio-init */
    uint32_t operation_budget_us;  /* one call of an operation */
    bool strict_access;            /* a refused register access traps */
    bool compiled_containers;      /* native code is accepted */
    uint32_t levels;               /* of entities; 0: as many as the port has */
    uint32_t container_level;      /* most urgent level of containers */
    uint32_t max_lock_us;          /* irq.mask to irq.unmask */
    uint32_t overruns_allowed;     /* activations in a row over their budget
                                      before a container is faulted: one more */
    struct wio_costs {             /* node costs: overheads, see sched/admit.h */
        uint32_t entry_exit_ns;
        uint32_t stub_ns;
        uint32_t timer_ns;
        uint32_t timer_each_ns;
        uint32_t overrun_ns;
        uint32_t irq_off_ns;
        uint32_t fault_ns;
        uint32_t request_ns;       /* one interrupt of a controller's driver,
                                      for requests: a byte, a turn */
    } costs;
    uint8_t n_tasks;               /* node host-tasks, a node each */
    struct wio_task_decl {
        struct wio_span label;
        uint32_t period_us;
        uint32_t budget_us;
        uint32_t deadline_us;
        uint8_t level;             /* property wasmio,level; 0xff: by deadline */
    } tasks[WIO_BOARD_MAX_TASKS];
};

struct wio_board {
    struct wio_fdt fdt;
    struct wio_span model;
    struct wio_span compatible;    /* first entry */
    struct wio_policy policy;
    uint8_t n_controllers;
    struct {
        struct wio_controller_info info;
        uint32_t node;             /* offset in the blob */
    } controllers[WIO_BOARD_MAX_CONTROLLERS];
};

/**
 * wio_board_read - read and check a board's blob, which must stay
 * Returns 0 or WIO_ERR_BAD_BOARD with the sentence in @report.
 */
WIO_MUST_CHECK
int wio_board_read(struct wio_span blob, struct wio_board *board,
                   struct wio_report *report);

/* The chip selects of a controller of class spi, as struct wio_controller_info
 * has them; how many. */
uint32_t wio_board_selects(const struct wio_board *board, uint32_t controller,
                           struct wio_select_pin pins[WIO_SPI_SELECTS]);

/* -- Grants ------------------------------------------------------------------ */

struct wio_grant {
    bool granted;                  /* false: an optional need without match */
    uint8_t class;                 /* enum wio_need_class */
    bool served;                   /* by the container that has the
                                      controller's registers, not by a native
                                      driver */
    uint8_t controller;            /* index in wio_board.controllers */
    uint8_t n_requests;            /* i2c, uart; at a time */
    uint32_t request_interval_us;
    uint32_t node;                 /* board node: what is claimed */
    union {
        struct {
            uint16_t addr;
            uint32_t max_transfer; /* smaller of need and policy */
            uint32_t timeout_us;
        } i2c;
        struct {
            struct wio_spi_chip chip;
            uint32_t max_transfer;
            uint32_t timeout_us;
        } spi;
        struct {
            uint32_t pin;
            uint32_t flags;        /* enum wio_gpio_flag */
        } gpio;
        struct {
            uint32_t baud;
            uint32_t max_transfer;
            uint32_t timeout_us;
        } uart;
        struct {
            uintptr_t base;
            uint32_t size;
            uint32_t timeout_us;
            const struct wio_register_rule *rules;  /* sorted by offset */
            uint32_t n_rules;
        } mmio;
        struct {
            struct wio_source_info source;
            uint32_t budget_us;          /* the need's; within the policy's */
            uint32_t min_interarrival_us;
            uint32_t deadline_us;
        } irq;
    } of;
};

/* Nodes in use: (board node, owner). A node has one owner; what it provides to
 * others there, and whether another serves it, decides what may be granted
 * besides. */
struct wio_claims {
    uint32_t n;
    struct {
        uint32_t owner;
        uint16_t node;             /* a blob has at most 32768 bytes */
        uint8_t provides;          /* bit i: need class i */
        bool served;
    } of[WIO_BOARD_MAX_CLAIMS];
};

/**
 * wio_board_match - find a grant for every need of a container
 * @claims:  nodes in use, or NULL for an empty board; not changed
 * @arena:   for register rules and the like
 * @grants:  one a need, in the order of config->needs
 * @reasons: one a need, for tools: why not, or what was granted (code 0); or
 *           NULL
 *
 * A refusal says which need, what was looked for, and what comes nearest on
 * the board and why it was not taken. Also checked: memory against the policy.
 *
 * Returns 0, WIO_ERR_NO_MATCH with the first refusal in @report, or
 * WIO_ERR_NO_MEMORY.
 */
WIO_MUST_CHECK
int wio_board_match(const struct wio_board *board,
                    const struct wio_container_config *config,
                    const struct wio_claims *claims, struct wio_arena *arena,
                    struct wio_grant *grants, struct wio_report *reasons,
                    struct wio_report *report);

/* One line for people, terminated; its length: "sensor: ti,tmp105 at address
 * 0x49 of i2c@4002a000". */
uint32_t wio_grant_text(const struct wio_board *board,
                        const struct wio_need *need,
                        const struct wio_grant *grant, char *text,
                        uint32_t size);

/* All nodes of @grants for @owner, or none: WIO_ERR_BUSY, WIO_ERR_LIMIT. */
WIO_MUST_CHECK
int wio_claims_add(struct wio_claims *claims, uint32_t owner,
                   const struct wio_grant *grants, uint32_t n_grants);
/* Notes what their owner provides, of grants that were added. */
void wio_claims_provide(struct wio_claims *claims,
                        const struct wio_container_config *config,
                        const struct wio_grant *grants);
void wio_claims_drop(struct wio_claims *claims, uint32_t owner);

/* -- Buses that containers serve ------------------------------------------------ */

/* The controller that stands for the bus which @service provides: index in
 * board->controllers, or -1 when its window was not granted, or the board does
 * not offer it in that class. */
int32_t wio_board_served_bus(const struct wio_board *board,
                             const struct wio_container_config *config,
                             const struct wio_grant *grants,
                             const struct wio_service_decl *service);

#endif
