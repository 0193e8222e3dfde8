/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bind/window.c - wasmio:mmio, windows as memories of the guest's
 *
 *   (import "wasmio:mmio@0.1" "<need>" (memory N N (pagesize 1)))
 *   (import "wasmio:mmio@0.1" "<need>.read32" (func (param i32) (result i32)))
 *
 * The first makes the window of a need a memory: each load and store is one
 * access by the rights of the registers, as by the register calls, or traps.
 * The second are markers: what the SDK's macros compile to and `wasmio link`
 * replaces by loads and stores of the first. Left in place they do the same.
 *
 * A window is the grant's, not a handle's: `close` does not take it away, a
 * withdrawn grant does.
 */
#include <wio/abi.h>

#include "bind/internal.h"

/* What a need that was not granted leads to. */
static const struct wio_mmio_window no_window = { .handle = UINT32_MAX };

/* -- Accesses ---------------------------------------------------------------- */

static const struct wio_bind_window *
window_of(const struct wio_memory *memory)
{
    return (const struct wio_bind_window *)(const void *)memory;
}

/* 0, or why there is no window at all. */
static int
check_grant(const struct wio_bind_window *w)
{
    if (w->window == &no_window) {
        return WIO_ERR_NO_DEVICE;
    }
    return w->window->handle == 0 ? (int)WIO_ERR_REVOKED : 0;
}

/* The log2 of a width is also its place in what names it. */
static uint32_t
place_of(uint32_t n_bytes)
{
    return n_bytes >> 1;
}

static int32_t
refuse(const struct wio_bind_window *w, const char *what, int32_t code,
       uint32_t at)
{
    w->bind->refusal = (struct wio_refusal){
        .code = code,
        .handle = w->window->handle == UINT32_MAX ? 0 : w->window->handle,
        .detail = at,
        .what = what,
    };
    return code;
}

static int64_t
window_load(const struct wio_memory *memory, uint32_t at, uint32_t n_bytes)
{
    static const char *const whats[] = { "load8", "load16", "load32" };
    const struct wio_bind_window *w = window_of(memory);
    int64_t value = check_grant(w);

    if (value == 0) {
        value = wio_mmio_read(w->window, at, n_bytes);
    }
    return value < 0 ? refuse(w, whats[place_of(n_bytes)], (int32_t)value, at)
                     : value;
}

static int32_t
window_store(const struct wio_memory *memory, uint32_t at, uint32_t n_bytes,
             uint32_t value)
{
    static const char *const whats[] = { "store8", "store16", "store32" };
    const struct wio_bind_window *w = window_of(memory);
    int err = check_grant(w);

    if (err == 0) {
        err = wio_mmio_write(w->window, at, n_bytes, value);
    }
    return err < 0 ? refuse(w, whats[place_of(n_bytes)], err, at) : 0;
}

/* A withdrawn window has no words, so the fast path needs no other check. Not
 * inlined, and called last: the hot functions need no frame. */
static int64_t __attribute__((noinline))
slow_load32(const struct wio_memory *memory, uint32_t at)
{
    return window_load(memory, at, 4);
}

static int64_t
window_load32(const struct wio_memory *memory, uint32_t at)
{
    uint32_t value;

    if (wio_mmio_try_read32(window_of(memory)->window, at, &value)) {
        return value;
    }
    return slow_load32(memory, at);
}

static int32_t __attribute__((noinline))
slow_store32(const struct wio_memory *memory, uint32_t at, uint32_t value)
{
    return window_store(memory, at, 4, value);
}

static int32_t
window_store32(const struct wio_memory *memory, uint32_t at, uint32_t value)
{
    if (wio_mmio_try_write32(window_of(memory)->window, at, value)) {
        return 0;
    }
    return slow_store32(memory, at, value);
}

static const struct wio_memory_host accesses = {
    .load32 = window_load32,
    .load = window_load,
    .store32 = window_store32,
    .store = window_store,
};

/* -- Markers ------------------------------------------------------------------- */

static const struct {
    const char *name;
    const char *signature;
} markers[] = {
    { "read8", "i:i" },   { "read16", "i:i" },   { "read32", "i:i" },
    { "write8", "ii:" },  { "write16", "ii:" },  { "write32", "ii:" },
};

#define N_MARKERS (sizeof(markers) / sizeof(markers[0]))
#define FIRST_WRITE 3u

/* One import of them: the engine gives the function its own description. */
static void
call_marker(struct wio_instance *instance, const struct wio_host_func *self,
            uint32_t *slots)
{
    const struct wio_bind_marker *marker =
        (const struct wio_bind_marker *)(const void *)self;
    const struct wio_memory *memory = &marker->window->memory;
    const uint32_t n_bytes = 1u << marker->which % FIRST_WRITE;
    const uint32_t at = slots[0];
    int64_t result;

    if (marker->which < FIRST_WRITE) {
        result = n_bytes == 4 ? window_load32(memory, at)
                              : window_load(memory, at, n_bytes);
        slots[0] = (uint32_t)result;
    } else {
        /* As a store: the bits above the width are not looked at. */
        result = n_bytes == 4
                     ? window_store32(memory, at, slots[1])
                     : window_store(memory, at, n_bytes,
                                    slots[1] & ((1u << 8 * n_bytes) - 1));
    }
    if (result < 0) {
        wio_engine_raise(instance,
                         n_bytes > memory->n_bytes ||
                                 at > memory->n_bytes - n_bytes
                             ? WIO_TRAP_MEMORY_BOUNDS
                             : WIO_TRAP_DENIED,
                         (int32_t)result);
    }
}

/* -- Names --------------------------------------------------------------------- */

/* What an import of wasmio:mmio names beside a function. */
struct name {
    struct wio_span label;
    uint32_t marker;               /* N_MARKERS: the memory itself */
};

static bool
read_name(const struct wio_import_info *import, struct name *name)
{
    uint32_t dot = import->name.len;
    struct wio_span rest;

    *name = (struct name){ import->name, N_MARKERS };
    if (!wio_span_is(import->module, WIO_MODULE_MMIO)) {
        return false;
    }
    if (import->type.kind == WIO_EXTERN_MEMORY) {
        return true;
    }
    while (dot > 0 && import->name.bytes[dot - 1] != '.') {
        dot--;
    }
    if (import->type.kind != WIO_EXTERN_FUNC || dot == 0) {
        return false;
    }
    name->label.len = dot - 1;
    rest = (struct wio_span){ import->name.bytes + dot,
                              import->name.len - dot };
    name->marker = 0;
    while (name->marker < N_MARKERS &&
           !wio_span_is(rest, markers[name->marker].name)) {
        name->marker++;
    }
    return name->marker < N_MARKERS;
}

/* The place of the need, or n_needs. */
static uint32_t
find_need(const struct wio_container_config *config, struct wio_span label)
{
    uint32_t i = 0;

    while (i < config->n_needs &&
           (config->needs[i].class != WIO_NEED_MMIO ||
            !wio_span_equal(config->needs[i].label, label))) {
        i++;
    }
    return i;
}

bool
wio_bind_is_window_(const struct wio_import_info *import)
{
    struct name name;

    return read_name(import, &name);
}

/* -- Checking ------------------------------------------------------------------- */

static int
check_use(const struct wio_import_info *import, struct wio_memory_use use,
          struct wio_report *report)
{
    static const char *const uses[] = {
        [WIO_USE_WIDE] = "accesses 64 bits of it",
        [WIO_USE_ATOMIC] = "accesses it atomically",
        [WIO_USE_BULK] = "copies or fills it",
        [WIO_USE_GROW] = "grows it",
        [WIO_USE_SEGMENT] = "is a data segment for it",
    };

    if (use.kind == WIO_USE_PLAIN) {
        return 0;
    }
    return wio_report_fail(report, WIO_ERR_UNLINKABLE,
                           "window %S: the instruction or segment at byte %u "
                           "of the module %s; a window takes single loads and "
                           "stores of 8, 16 and 32 bits", &import->name,
                           use.offset, uses[use.kind]);
}

int
wio_bind_check_window_(const struct wio_import_info *import,
                       struct wio_memory_use use,
                       const struct wio_container_config *config,
                       struct wio_report *report)
{
    const struct wio_limits *limits = &import->type.limits;
    struct name name;
    uint32_t i;
    uint32_t size;

    (void)read_name(import, &name);
    i = find_need(config, name.label);
    if (i == config->n_needs) {
        return wio_report_fail(report, WIO_ERR_UNDECLARED,
                               "import %S.%S: the configuration has no need "
                               "%S of class mmio; declare it, or do not import "
                               "it", &import->module, &import->name,
                               &name.label);
    }
    if (name.marker < N_MARKERS) {
        return wio_bind_check_type_(import, markers[name.marker].signature,
                                    report);
    }
    size = config->needs[i].size;
    if (limits->page_shift != 0 || limits->min != size ||
        limits->max != size) {
        return wio_report_fail(report, WIO_ERR_UNLINKABLE,
                               "window %S: it must be imported as (memory %u "
                               "%u (pagesize 1)), after the `size` of its "
                               "need", &name.label, size, size);
    }
    return check_use(import, use, report);
}

/* -- Linking -------------------------------------------------------------------- */

static const struct wio_mmio_window *
granted_window(const struct wio_bind *bind, uint32_t need)
{
    int32_t handle = wio_bind_need_handle(bind, need);
    const struct wio_mmio_window *window =
        handle > 0 ? wio_caps_mmio(&bind->caps, (uint32_t)handle) : NULL;

    return window ? window : &no_window;
}

int
wio_bind_open_windows(struct wio_bind *bind, const struct wio_module *module,
                      struct wio_arena *arena)
{
    const struct wio_container_config *config = bind->config;
    uint32_t n_markers = 0;
    uint32_t n = 0;

    for (uint32_t i = 0; i < wio_module_n_imports(module); i++) {
        struct wio_import_info import;
        struct name name;

        wio_module_import(module, i, &import);
        if (read_name(&import, &name)) {
            n = config->n_needs;
            n_markers += name.marker < N_MARKERS;
        }
    }
    if (n == 0) {
        return 0;
    }
    bind->windows = wio_arena_take(arena, n *
                                   (uint32_t)sizeof(*bind->windows), 8);
    bind->markers = wio_arena_take(arena, n_markers *
                                   (uint32_t)sizeof(*bind->markers), 8);
    if (!bind->windows || !bind->markers) {
        return WIO_ERR_NO_MEMORY;
    }
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t size = config->needs[i].size;

        bind->windows[i].memory = (struct wio_memory){
            .n_bytes = size,
            .n_pages = size,
            .max_pages = size,
            .declared_max = size,
            .host = &accesses,
        };
        bind->windows[i].bind = bind;
        bind->windows[i].window = config->needs[i].class == WIO_NEED_MMIO
                                      ? granted_window(bind, i)
                                      : &no_window;
    }
    return 0;
}

int
wio_bind_resolve_window_(struct wio_bind *bind,
                         const struct wio_import_info *import,
                         struct wio_extern *found)
{
    struct wio_bind_marker *marker;
    struct name name;
    uint32_t i;

    if (!read_name(import, &name) || !bind || !bind->windows) {
        return WIO_ERR_UNLINKABLE;
    }
    i = find_need(bind->config, name.label);
    if (i == bind->config->n_needs) {
        return WIO_ERR_UNDECLARED;
    }
    *found = (struct wio_extern){ .kind = import->type.kind };
    if (name.marker == N_MARKERS) {
        found->of.memory = &bind->windows[i].memory;
        return 0;
    }
    marker = &bind->markers[bind->n_markers++];
    *marker = (struct wio_bind_marker){
        .func = {
            .module = WIO_MODULE_MMIO,
            .name = markers[name.marker].name,
            .signature = markers[name.marker].signature,
            .fn = (wio_host_fn)call_marker,
            .flags = WIO_HOST_SELF,
        },
        .window = &bind->windows[i],
        .which = (uint8_t)name.marker,
    };
    found->of.host_func = &marker->func;
    return 0;
}
