/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wio/runtime.h - the host's side: load containers, run them, read them
 *
 *   create --> load (check, match, grant, instantiate, start, init)
 *                |            \
 *                v             +--> refused: one sentence, nothing is kept
 *             running --trap, over budget--> faulted --unload--> gone
 *
 * The runtime lives in memory that the caller gives, one block for itself and
 * one for each container, and allocates nothing after a load. A container's
 * bytes must stay, unchanged, until it is unloaded.
 *
 * Context: task context, one caller at a time, except where a function says
 * "any context".
 */
#ifndef WIO_RUNTIME_H
#define WIO_RUNTIME_H

#include <stdbool.h>
#include <stdint.h>

#include <wio/err.h>
#include <wio/port.h>
#include <wio/report.h>

struct wio_runtime;

typedef uint32_t wio_container_id;   /* 1.. ; 0 is none */

struct wio_runtime_config {
    const struct wio_port *port;     /* must outlive the runtime */
    const uint8_t *board;            /* devicetree blob of the board; stays */
    uint32_t board_len;
    void *memory;                    /* 8-aligned; the runtime lives in it */
    uint32_t memory_bytes;
    uint32_t trace_entries;          /* of the trace, 16 bytes each of @memory;
                                        rounded down to a power of two; 0: no
                                        trace */
};

/**
 * wio_runtime_create - read the board, bring its controllers up
 * Returns 0, WIO_ERR_BAD_BOARD or WIO_ERR_NO_MEMORY with the sentence in
 * @report. A controller that the port has no driver for is no error: needs
 * that lead to it find no match.
 */
WIO_MUST_CHECK
int wio_runtime_create(const struct wio_runtime_config *config,
                       struct wio_runtime **runtime,
                       struct wio_report *report);

/**
 * wio_runtime_load - check a container and make it run
 * @memory: 8-aligned, for everything of this container: compiled code, linear
 *          memory, stack, handles. Reusable after unload or a refusal.
 *
 * All or nothing: on an error no grant is held, and no device was touched
 * except by the container's own start function and `wasmio-init`, right before
 * which its pins and serial ports are brought into their modes; a refusal
 * after that leaves the declared safe state behind.
 *
 * main is released first at the end of the load, then every period from there.
 *
 * Returns 0, or with the sentence in @report any code of domain LOAD, or
 *   WIO_ERR_BUSY           a container of that model is loaded, or one runs now
 *   WIO_ERR_NOT_ADMITTED   with it, somebody could miss a deadline
 *   WIO_ERR_OUT_OF_BUDGET  start function or `wasmio-init` took longer than the
 *                          policy's init-budget-us
 */
WIO_MUST_CHECK
int wio_runtime_load(struct wio_runtime *runtime, const uint8_t *bytes,
                     uint32_t n_bytes, void *memory, uint32_t memory_bytes,
                     wio_container_id *id, struct wio_report *report);

/* Ends a container: safe state written, handles revoked, grants free, memory
 * the caller's again. WIO_ERR_BAD_HANDLE, or WIO_ERR_BUSY while it runs. */
int wio_runtime_unload(struct wio_runtime *runtime, wio_container_id id);

/* With a port that has levels mains, handlers and host tasks run by themselves,
 * and this does what belongs to the background: it tells faults. Returns
 * UINT64_MAX then. Without levels it
 * runs every main that is due, most urgent (least period) first, each at most
 * once. Releases that passed unserved are skipped and counted as missed.
 * Returns the nanoseconds until the next one is due, UINT64_MAX when there is
 * none. */
uint64_t wio_runtime_run(struct wio_runtime *runtime);

/**
 * wio_runtime_call - an operation: call an export, in bounded time
 * @args:    slots, low word first for 64-bit values
 * @results: room for @max_results slots; @n_results tells how many there are
 * Returns 0, or
 *   WIO_ERR_BAD_HANDLE        no such container
 *   WIO_ERR_NO_EXPORT         no such function
 *   WIO_ERR_INVALID_ARGUMENT  other arguments than its type, or no room
 *   WIO_ERR_BUSY              the container is faulted
 *   WIO_ERR_OUT_OF_BUDGET     stopped after the policy's operation-budget-us
 *   WIO_ERR_TRAPPED
 * The last two put the container into `faulted`.
 */
WIO_MUST_CHECK
int wio_runtime_call(struct wio_runtime *runtime, wio_container_id id,
                     const char *export_name, const uint32_t *args,
                     uint32_t n_args, uint32_t *results, uint32_t max_results,
                     uint32_t *n_results, struct wio_report *report);

/**
 * wio_runtime_read_buffer, wio_runtime_write_buffer - what does not fit into an
 * operation's arguments and results
 * A container may export a part of its memory for this (wio/abi.h,
 * WIO_EXPORT_BUFFER). @offset and @len are within that part. Copied between
 * operations, from the background: a main that uses the buffer too must take
 * turns with the host by an operation.
 * Returns 0, or with nothing copied
 *   WIO_ERR_BAD_HANDLE        no such container
 *   WIO_ERR_NO_EXPORT         it exports no buffer, or none that it has
 *   WIO_ERR_INVALID_ARGUMENT  not within the buffer
 *   WIO_ERR_BUSY              a container runs now
 */
WIO_MUST_CHECK
int wio_runtime_read_buffer(const struct wio_runtime *runtime,
                            wio_container_id id, uint32_t offset, void *to,
                            uint32_t len);
WIO_MUST_CHECK
int wio_runtime_write_buffer(struct wio_runtime *runtime, wio_container_id id,
                             uint32_t offset, const void *from, uint32_t len);

/* -- Looking ------------------------------------------------------------------ */

enum wio_container_state {
    WIO_STATE_NONE = 0,
    WIO_STATE_LOADED,
    WIO_STATE_RUNNING,
    WIO_STATE_FAULTED
};

struct wio_container_info {
    enum wio_container_state state;
    char model[32];
    char version[16];
    uint32_t n_needs;
    uint32_t n_points;
    uint32_t memory_bytes;       /* linear memory now */
    uint32_t arena_bytes;        /* everything it holds, linear memory too */
    uint32_t compiled_bytes;     /* of these: compiled code */
    uint32_t code_bytes;         /* function bodies in the module */
    uint32_t activations;        /* of main */
    uint32_t missed;             /* releases of main that were skipped */
    uint32_t faults;
    struct wio_report fault;     /* the last one */
};

/* Ids of the loaded containers in order; 0 when @i is beyond. */
wio_container_id wio_runtime_container(const struct wio_runtime *runtime,
                                       uint32_t i);
int wio_runtime_info(const struct wio_runtime *runtime, wio_container_id id,
                     struct wio_container_info *info);

/* One line a need: "sensor: ti,tmp105 at address 0x49 of i2c@4002a000". */
int wio_runtime_grant_text(const struct wio_runtime *runtime,
                           wio_container_id id, uint32_t i, char *text,
                           uint32_t size);

/* -- Time: entities, lines, trace -------------------------------------------------- */

/**
 * wio_runtime_host_task - the firmware's function for a task of the policy
 * The board's policy declares the task (node host-tasks/<label>: period,
 * budget, deadline) and the admission test counts it in whether or not a
 * function is given. @fn(@arg) is called every period at the task's level.
 * Returns 0, WIO_ERR_NO_DEVICE (the policy has no such task), WIO_ERR_BUSY (it
 * has a function already) or WIO_ERR_NOT_SUPPORTED (the port has no levels).
 */
int wio_runtime_host_task(struct wio_runtime *runtime, const char *label,
                          void (*fn)(void *arg), void *arg);

/* Something that runs: a host task, a container's main, a handler. */
struct wio_entity_info {
    char name[64];               /* "control", "edge-counter main",
                                    "edge-counter on-edge" */
    uint8_t kind;                /* 1 host task, 2 main, 3 handler */
    uint8_t slot;                /* its number in the trace */
    uint8_t level;               /* 0: most urgent */
    wio_container_id container;  /* 0: the host's */
    uint32_t budget_ns;          /* C */
    uint64_t period_ns;          /* T */
    uint64_t deadline_ns;        /* D */
    uint64_t cost_ns;            /* C~, with overheads */
    uint64_t blocking_ns;        /* B */
    uint64_t response_ns;        /* R: computed */
    uint64_t max_response_ns;    /* observed since the load */
    uint64_t max_run_ns;         /* longest activation, processor time */
    uint64_t total_run_ns;       /* all of them */
    uint32_t activations;
    uint32_t overruns;
    uint32_t missed;
    bool suspended;
    bool has_line;               /* handlers: */
    uint8_t source;              /* its number in the trace */
    uint32_t n_accepted;         /* events, see docs/reference/priority-model */
    uint32_t n_coalesced;
    uint32_t n_dropped;
    uint32_t n_merged;
};

/* The @i-th; WIO_ERR_NO_DEVICE beyond the last, WIO_ERR_NOT_SUPPORTED when the
 * port has no levels. */
int wio_runtime_entity(const struct wio_runtime *runtime, uint32_t i,
                       struct wio_entity_info *info);

/* Forgets the observed maxima and counts of all entities. */
void wio_runtime_reset_stats(struct wio_runtime *runtime);

/* An entry of the trace; kinds are in docs/reference/trace.md. */
struct wio_trace_record {
    uint64_t at_ns;
    uint32_t value;
    uint8_t kind;
    uint8_t who;
};

/* Copies entries from number *@next on, oldest first, at most @max; returns
 * how many and moves *@next; @lost is how many had been overwritten. */
uint32_t wio_runtime_trace(const struct wio_runtime *runtime, uint32_t *next,
                           struct wio_trace_record *records, uint32_t max,
                           uint32_t *lost);
void wio_runtime_trace_on(struct wio_runtime *runtime, bool on);

/* -- Points (the process image) ------------------------------------------------ */

enum wio_point_quality {
    WIO_QUALITY_NONE = 0,        /* never written */
    WIO_QUALITY_GOOD = 1,
    WIO_QUALITY_BAD = 2          /* the last attempt failed; @code says why */
};

struct wio_point {
    char label[32];
    char unit[16];
    uint8_t type;                /* as in wio/abi.h: bool
                                    1, i8 2, u8 3, i16 4, u16 5, i32 6, u32 7,
                                    i64 8, f32 9, f64 10 */
    bool provides;               /* else the container consumes it */
    uint8_t quality;             /* enum wio_point_quality */
    int32_t code;                /* enum wio_err, for _BAD */
    uint64_t bits;               /* the value: integers sign- or zero-extended
                                    to 64 bits, floats as their bits; the last
                                    good one while _BAD */
    uint64_t written_ns;         /* port's clock at the last write */
    uint32_t n_writes;
};

/* Any context, without locks: a reader sees one whole write or another. */
int wio_runtime_point(const struct wio_runtime *runtime, wio_container_id id,
                      uint32_t i, struct wio_point *point);
/* The place of a point by label, or WIO_ERR_NO_DEVICE. */
int wio_runtime_find_point(const struct wio_runtime *runtime,
                           wio_container_id id, const char *label);
/* The host sets a consumed point. WIO_ERR_NOT_PERMITTED for a provided one,
 * WIO_ERR_INVALID_ARGUMENT when the value does not fit the type. */
int wio_runtime_set_point(struct wio_runtime *runtime, wio_container_id id,
                          uint32_t i, uint64_t bits);

#endif
