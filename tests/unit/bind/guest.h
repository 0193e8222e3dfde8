/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest without an engine: an instance with a memory and a module whose
 * imports and exports a test makes up. Calls go to the host functions as the
 * engine makes them, by signature.
 */
#ifndef GUEST_H
#define GUEST_H

#include "bind/bind.h"
#include "fake.h"

#define GUEST_MEMORY 256u

struct guest {
    struct wio_instance instance;  /* first: what host functions are given */
    struct wio_memory memory;
    uint8_t *bytes;                /* GUEST_MEMORY of them, from malloc, so
                                      that ASan sees the first one beyond */
    struct wio_bind bind;
    struct wio_container_config config;
    struct wio_need needs[8];
    struct wio_point_decl points[6];
    struct fake fake;
    struct wio_arena arena;
    uint8_t *block;
    uint32_t registers[4];         /* behind the window "regs", memory */
    enum wio_trap_cause raised;
    int32_t raised_code;
    uint32_t n_raises;
    bool suspends;                 /* what wio_engine_suspend() says */
};

/*
 * needs:  sensor (i2c 0x48, 4 bytes, 50 us), led (output), button (input),
 *         port (uart, 8 bytes), regs (window of 16 bytes), card (spi, select
 *         1, 4 bytes, 50 us)
 * points: i16 "t", i64 "big", f32 "f", f64 "d" provided; u8 "in", f64 "din"
 *         consumed
 * Beyond them stands a need "alert" (irq of sensor), which a test that has a
 * scheduler declares and grants: config.n_needs 8, caps.irq[0].line, granted.
 */
void guest_init(struct guest *guest);
void guest_free(struct guest *guest);

/* The present handle of a label, from the host's side; 0 when there is none. */
uint32_t guest_handle(struct guest *guest, const char *label);

/* The host function, or NULL. */
const struct wio_host_func *guest_function(const char *module,
                                           const char *name);

/* Calls it with argument slots as its signature wants; an i32 result is
 * sign-extended. */
int64_t guest_call(struct guest *guest, const struct wio_host_func *function,
                   const uint32_t *slots);

/* Slots of the parameters. */
uint32_t guest_n_slots(const struct wio_host_func *function);

/* What wio_module_import and wio_module_export give. */
extern struct wio_import_info guest_imports[8];
extern uint32_t guest_n_imports;
extern struct wio_export_info guest_exports[8];
extern uint32_t guest_n_exports;
extern struct wio_memory_use guest_memory_use;   /* of every memory */

#endif
