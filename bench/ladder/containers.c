/* SPDX-License-Identifier: Apache-2.0 */
#include "ladder/containers.h"

#include "common/cases.h"
#include "engine/aot/attach.h"
#include "ladder/guests.h"
#include "ladder/machine.h"
#include "runtime/native.h"

#define ENTRY_STACK 512u

struct entry {
    struct wio_arena arena;
    struct wio_module *module;
    struct wio_instance *instance;
    struct wio_instance *room[1];
    struct wio_store store;
    struct wio_exec *exec;
};

static const struct {
    const uint8_t *bytes;
    const uint8_t *end;
} modules[LADDER_N_CONTAINERS] = {
    [LADDER_DRIVER] = { guest_driver, guest_driver_end },
    [LADDER_SENSOR] = { guest_sensor, guest_sensor_end },
    [LADDER_ENTRY] = { guest_entry, guest_entry_end },
};

static wio_container_id ids[LADDER_N_CONTAINERS];
static enum ladder_engine engines[LADDER_N_CONTAINERS];
static struct wio_runtime *runtime;
static const struct wio_port *port;
static struct wio_report report;

const char *bench_error = report.text;

bool
ladder_fail(const char *why)
{
    bench_error = why;
    return false;
}

static struct wio_report *
fresh_report(void)
{
    wio_report_clear(&report);
    bench_error = report.text;
    return &report;
}

/* The file of a container: the module, or what it was compiled to. */
static struct wio_span
file_of(enum ladder_container which, enum ladder_engine engine)
{
    struct wio_span file = {
        modules[which].bytes,
        (uint32_t)(modules[which].end - modules[which].bytes)
    };

    if (engine == LADDER_AOT) {
        file.len = machine_compiled(which, &file.bytes);
    }
    return file;
}

uint32_t
ladder_file_bytes(enum ladder_container which, enum ladder_engine engine)
{
    return file_of(which, engine).len;
}

bool
ladder_start(void)
{
    struct wio_runtime_config config = {
        .board = guest_board,
        .board_len = (uint32_t)(guest_board_end - guest_board),
        .memory = machine_runtime_memory,
        .memory_bytes = machine_runtime_bytes,
    };

    if (!runtime) {
        port = machine_start();
        config.port = port;
        return wio_runtime_create(&config, &runtime, fresh_report()) == 0;
    }
    return true;
}

static bool
load(enum ladder_container which, enum ladder_engine engine)
{
    const struct wio_span file = file_of(which, engine);

    if (file.len == 0) {
        return ladder_fail("its compiled file is not there");
    }
    engines[which] = engine;
    return wio_runtime_load(runtime, file.bytes, file.len,
                            machine_arena(which), machine_arena_bytes,
                            &ids[which], fresh_report()) == 0;
}

static bool
unload(enum ladder_container which)
{
    const wio_container_id id = ids[which];

    ids[which] = 0;
    return id == 0 || wio_runtime_unload(runtime, id) == 0 ||
           ladder_fail("it cannot be unloaded");
}

bool
ladder_have(enum ladder_container which, enum ladder_engine engine,
            bool *is_new)
{
    *is_new = false;
    if (!ladder_start()) {
        return false;
    }
    if (ids[which] != 0 && engines[which] == engine) {
        return true;
    }
    *is_new = true;
    return unload(which) && load(which, engine);
}

bool
ladder_reload(enum ladder_container which, enum ladder_engine engine)
{
    return unload(which) && load(which, engine);
}

bool
ladder_call(enum ladder_container which, const char *name,
            const uint32_t *args, uint32_t n_args, uint32_t results[2])
{
    uint32_t n;

    return wio_runtime_call(runtime, ids[which], name, args, n_args, results,
                            2, &n, fresh_report()) == 0;
}

bool
ladder_info(enum ladder_container which, struct wio_container_info *info)
{
    return wio_runtime_info(runtime, ids[which], info) == 0;
}

/* -- By the engine alone ---------------------------------------------------------- */

static int
resolve_nothing(void *ctx, const struct wio_import_info *import,
                struct wio_extern *found, struct wio_report *why)
{
    (void)ctx;
    (void)import;
    (void)found;
    (void)why;
    return WIO_ERR_UNLINKABLE;
}

/* As runtime/load.c does it. */
static bool
attach(struct entry *entry, const struct wio_native_file *native)
{
    const struct wio_native_header *h = &native->header;
    const void *image = native->image + h->entry;
    void *handle;

    if (wio_native_check_place(native, port, machine_arena(LADDER_ENTRY),
                               machine_arena_bytes, &report) != 0) {
        return false;
    }
    if (port->native->open(port->ctx, native->image, h->image_bytes,
                           h->text_bytes, &handle, &image) != 0) {
        return ladder_fail("its native code cannot be opened");
    }
    return wio_engine_attach(entry->module, image, &report) == 0;
}

static bool
instantiate(struct entry *entry)
{
    struct wio_instance_limits limits = { .table_elements = 1 };
    struct wio_trap trap;

    limits.memory_bytes = wio_module_memory(entry->module, 0).min;
    return wio_engine_instantiate(entry->module, &entry->store,
                                  resolve_nothing, 0, 0, &limits,
                                  &entry->arena, &entry->instance, &trap,
                                  &report) >= 0 &&
           wio_engine_exec_create(&entry->arena, ENTRY_STACK,
                                  &entry->exec) >= 0;
}

bool
ladder_entry(enum ladder_engine engine, struct wio_instance **instance,
             struct wio_exec **exec)
{
    static struct entry entries[LADDER_N_ENGINES];
    const struct wio_span file = file_of(LADDER_ENTRY, engine);
    struct entry *entry = &entries[engine];
    struct wio_native_file native;
    uint32_t used;

    if (!ladder_start()) {
        return false;
    }
    if (!entry->exec) {
        if (file.len == 0) {
            return ladder_fail("its compiled file is not there");
        }
        if (wio_native_read(file, &native, fresh_report()) != 0) {
            return false;
        }
        /* Two halves: variables of the image and the compiled one, the other. */
        used = native.is_there ? native.header.bss_bytes
                               : machine_arena_bytes / 2u;
        wio_arena_init(&entry->arena, machine_arena(LADDER_ENTRY) + used,
                       (native.is_there ? machine_arena_bytes / 2u
                                        : machine_arena_bytes) - used);
        entry->store.instances = entry->room;
        entry->store.capacity = 1;
        if (wio_engine_load(file.bytes, file.len, WIO_FEATURE_ALL,
                            &entry->arena, &entry->module, &report) < 0 ||
            (native.is_there && !attach(entry, &native)) ||
            !instantiate(entry)) {
            return false;
        }
    }
    *instance = entry->instance;
    *exec = entry->exec;
    return true;
}
