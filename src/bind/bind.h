/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bind/bind.h - the imports: where a guest's pointer meets a device
 *
 *   guest --call--> bind: whole guest range checked, copied by reference
 *                     |
 *                     +--> cap: handle, rights, limits --> port
 *
 * This layer is the only one that sees both sides. A host function checks
 * everything first and acts after; a refused call has not touched the device.
 * No guest pointer is kept when it returns.
 *
 * The two check functions need no board and no device: `wasmio check` uses
 * them offline, the runtime before it matches.
 *
 * Context: task context. No allocation.
 */
#ifndef WIO_BIND_BIND_H
#define WIO_BIND_BIND_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <wio/abi.h>
#include <wio/err.h>
#include <wio/port.h>

#include "base/report.h"
#include "base/span.h"
#include "bind/request.h"
#include "board/config.h"
#include "cap/cap.h"
#include "engine/engine.h"
#include "sched/sched.h"

/**
 * wio_bind_check_imports - every import is known, declared and of its type
 *
 * A module may import a class only when the configuration declares a need of
 * that class (or a point); core, delay and time are free. A memory imported
 * from wasmio:mmio is the window of the need of its name: of its exact size,
 * and the module makes single accesses of 8, 16 and 32 bits only.
 *
 * Returns 0, or with the sentence in @report
 *   WIO_ERR_UNLINKABLE  an unknown module or function (with the nearest name),
 *                       another signature, an import that is neither function
                       nor window, a window of another size or used in other
                       ways (with the byte of the module)
 *   WIO_ERR_UNDECLARED  a class without a need
 */
WIO_MUST_CHECK
int wio_bind_check_imports(const struct wio_module *module,
                           const struct wio_container_config *config,
                           struct wio_report *report);

/**
 * wio_bind_check_exports - what the configuration names is there
 *
 * main's entry: () -> (). A handler: (count i32, ts-lo i32, ts-hi i32) -> ().
 * `wasmio-init`, when exported: () -> i32.
 *
 * Returns 0, or WIO_ERR_NO_EXPORT with the sentence in @report.
 */
WIO_MUST_CHECK
int wio_bind_check_exports(const struct wio_module *module,
                           const struct wio_container_config *config,
                           struct wio_report *report);

/**
 * wio_bind_check_memory - the memories fit what the configuration declares
 *
 * Counted is what they may grow to, each within the declared bound. Imported
 * ones are windows and do not count.
 *
 * Returns 0, or WIO_ERR_LIMIT with the sentence in @report.
 */
WIO_MUST_CHECK
int wio_bind_check_memory(const struct wio_module *module,
                          const struct wio_container_config *config,
                          struct wio_report *report);

/* Which host functions exist, for tools: the @i-th, NULL beyond the last. */
const struct wio_host_func *wio_bind_function(uint32_t i);

/* Lines of a container that wait for the background; more are lost. */
#define WIO_BIND_LOG_LINES 2u

struct wio_log_line {
    atomic_bool whole;             /* else it is being written */
    uint8_t level;                 /* enum wio_log_level */
    uint8_t len;
    uint8_t text[WIO_ABI_LOG_MAX];
};

struct wio_bind;

/* A window as a memory: what the engine is linked to. */
struct wio_bind_window {
    struct wio_memory memory;      /* must be first: what accesses are given */
    const struct wio_mmio_window *window;
    struct wio_bind *bind;
};

/* A marker import: a single kind of access to one window. */
struct wio_bind_marker {
    struct wio_host_func func;     /* must be first: what calls are given */
    const struct wio_bind_window *window;
    uint8_t which;
};

/* The last refused call of a container; its text is made when asked for. */
struct wio_refusal {
    int32_t code;                  /* enum wio_err, 0: none so far */
    uint32_t handle;
    uint32_t detail;               /* offset, address or length */
    const char *what;              /* the function's name */
};

/*
 * What a container's host functions work on: the `host` of its instance. The
 * runtime owns it. The capability table comes first, for the hot paths.
 */
struct wio_bind {
    struct wio_caps caps;
    const struct wio_port *port;
    const struct wio_container_config *config;
    uint64_t budget_end_ns;        /* of this activation; UINT64_MAX: none, or
                                      the scheduler's (sched) */
    struct wio_sched *sched;       /* NULL: mains run one after another */
    struct wio_entity *main;       /* with sched: its main, or NULL */
    uint8_t lock_level;            /* its most urgent handler; 0xff: none */
    uint8_t next_lock_level;       /* what it is to become */
    struct wio_line *waits_for;  /* main does, in irq.wait, or NULL */
    struct wio_requests requests;
    struct wio_refusal refusal;
    struct wio_log_line lines[WIO_BIND_LOG_LINES];
    uint32_t lines_in;
    uint32_t lines_out;
    uint32_t lines_lost;
    uint16_t granted;              /* bit i: need i has a grant */
    bool strict;                   /* a refused register access traps */
    struct wio_bind_window *windows;   /* one a need, of whatever class; NULL:
                                          the module imports none */
    struct wio_bind_marker *markers;
    uint32_t n_markers;            /* linked so far */
    const struct wio_aot_image *image; /* reaches registers in line, or NULL */
};

/* Compiled code may reach the registers that it was made for: @image is that of
 * the container's module. WIO_ERR_NO_MATCH with the sentence when the board
 * grants other ones than it had then. Nothing of the container runs yet. */
WIO_MUST_CHECK
int wio_bind_open_registers(struct wio_bind *bind,
                            const struct wio_aot_image *image,
                            struct wio_report *report);
/* From now on each access goes to the host, which refuses it. Any context. */
void wio_bind_close_registers(struct wio_bind *bind);

/* The present handle of need @i: place among the granted ones of its class.
 * WIO_ERR_NO_DEVICE when it was not granted, WIO_ERR_REVOKED when the grant
 * was withdrawn, WIO_ERR_NOT_SUPPORTED for a class without handles. */
int32_t wio_bind_need_handle(const struct wio_bind *bind, uint32_t i);

/* What irq.wait returns to a main that is released again; ends the wait. */
uint32_t wio_bind_end_wait(struct wio_bind *bind);

/* Logs the lines that were kept at a level. Background. */
void wio_bind_tell_log(struct wio_bind *bind);

/**
 * wio_bind_open_windows - what the imports of windows will be linked to
 * Once, when all handles are there and before instantiation.
 * Returns 0 or WIO_ERR_NO_MEMORY.
 */
WIO_MUST_CHECK
int wio_bind_open_windows(struct wio_bind *bind,
                          const struct wio_module *module,
                          struct wio_arena *arena);

/* A wio_resolve_fn that offers the host functions and, @ctx being the
 * container's struct wio_bind, its windows. */
int wio_bind_resolve(void *ctx, const struct wio_import_info *import,
                     struct wio_extern *found, struct wio_report *report);

/* One sentence about the last refused call, terminated; its length. */
uint32_t wio_bind_refusal_text(const struct wio_refusal *refusal, char *text,
                               uint32_t size);

#endif
