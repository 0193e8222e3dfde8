/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/aot/fixture.h - one instance of a module, native or interpreted */
#ifndef WIO_TEST_AOT_FIXTURE_H
#define WIO_TEST_AOT_FIXTURE_H

#include "engine/aot/image.h"
#include "engine/engine.h"

#define MODULE_BYTES 8192u

extern const struct wio_aot_image wio_image;      /* the module's */

struct world {
    uint8_t bytes[MODULE_BYTES];
    uint32_t n_bytes;
    uint8_t memory[1u << 20];
    struct wio_arena arena;
    struct wio_module *module;
    struct wio_instance *instance;         /* whose host is this world */
    struct wio_exec *exec;
    struct wio_exec *handler;              /* marked as one */
    struct wio_report report;
};

/* How an instance is made. */
struct rig {
    const struct wio_aot_image *image;     /* NULL: interpreted */
    const struct wio_host_func *funcs;     /* imported by their names */
    uint32_t n_funcs;
    uint32_t memory_bytes;                 /* at most */
    uint32_t stack_bytes;
    uint32_t handler_bytes;
};

/* Begins @w anew with the module in the file @path, loaded. These three are 0,
 * or an error that w->report explains. */
int world_open(struct world *w, const char *path);
/* Once more, as w->bytes are now. */
int world_load(struct world *w);
/* An instance, and both execs with all the steps there are. */
int world_start(struct world *w, const struct rig *rig);

/* An exported function; the test fails without it. */
struct wio_func world_find(struct world *w, const char *name);

#endif
