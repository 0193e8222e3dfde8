/* SPDX-License-Identifier: Apache-2.0 */
/* tests/diff/host.c - the host functions of random programs: imports.h */
#include <stddef.h>

#include <wio/abi.h>

#include "diff/play.h"

const struct diff_import diff_imports[DIFF_N_IMPORTS] = {
#define X(name, signature, is_rare, flags) { #name, signature, is_rare },
    DIFF_IMPORTS(X)
#undef X
};

static struct diff_host *
note(struct wio_instance *instance, enum diff_import_place place,
     const uint32_t *slots, uint32_t n)
{
    struct diff_host *host = instance->host;

    host->n_calls++;
    host->log = diff_hash(host->log, (uint64_t)place);
    for (uint32_t i = 0; i < n; i++) {
        host->log = diff_hash(host->log, slots[i]);
    }
    if (host->player->tell) {
        char text[160];
        uint32_t at = wio_format(text, sizeof text, "    host %s",
                                 diff_imports[place].name);

        for (uint32_t i = 0; i < n; i++) {
            at += wio_format(text + at, (uint32_t)sizeof text - at, " %x",
                             slots[i]);
        }
        host->player->tell(host->player->ctx, text);
    }
    return host;
}

static void
host_log(struct wio_instance *instance, uint32_t a)
{
    (void)note(instance, DIFF_IMPORT_log, &a, 1);
}

static void
host_log64(struct wio_instance *instance, uint32_t *slots)
{
    (void)note(instance, DIFF_IMPORT_log64, slots, 2);
}

static void
host_logf(struct wio_instance *instance, uint32_t *slots)
{
    (void)note(instance, DIFF_IMPORT_logf, slots, 1);
}

static void
host_logd(struct wio_instance *instance, uint32_t *slots)
{
    (void)note(instance, DIFF_IMPORT_logd, slots, 2);
}

static void
host_logx(struct wio_instance *instance, uint32_t *slots)
{
    (void)note(instance, DIFF_IMPORT_logx, slots, 1);
}

static void
host_nothing(struct wio_instance *instance)
{
    (void)note(instance, DIFF_IMPORT_nothing, NULL, 0);
}

static uint32_t
host_count(struct wio_instance *instance)
{
    return note(instance, DIFF_IMPORT_count, NULL, 0)->n_calls;
}

static uint32_t
host_leaf1(struct wio_instance *instance, uint32_t a)
{
    return a + note(instance, DIFF_IMPORT_leaf1, &a, 1)->n_calls;
}

static uint32_t
host_leaf2(struct wio_instance *instance, uint32_t a, uint32_t b)
{
    (void)note(instance, DIFF_IMPORT_leaf2, (uint32_t[]){ a, b }, 2);
    return a - b;
}

static void
host_leaf3(struct wio_instance *instance, uint32_t a, uint32_t b, uint32_t c)
{
    (void)note(instance, DIFF_IMPORT_leaf3, (uint32_t[]){ a, b, c }, 3);
}

static uint32_t
host_leaf4(struct wio_instance *instance, uint32_t a, uint32_t b, uint32_t c,
           uint32_t d)
{
    (void)note(instance, DIFF_IMPORT_leaf4, (uint32_t[]){ a, b, c, d }, 4);
    return (a ^ b) + (c ^ d << 1);
}

static uint32_t
host_leaf6(struct wio_instance *instance, uint32_t a, uint32_t b, uint32_t c,
           uint32_t d, uint32_t e, uint32_t f)
{
    (void)note(instance, DIFF_IMPORT_leaf6,
               (uint32_t[]){ a, b, c, d, e, f }, 6);
    return a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f;
}

static uint64_t
host_wide(struct wio_instance *instance, uint32_t a, uint32_t b)
{
    (void)note(instance, DIFF_IMPORT_wide, (uint32_t[]){ a, b }, 2);
    return (uint64_t)a << 32 | (b + 1u);
}

/* The double comes back. */
static void
host_mixed(struct wio_instance *instance, uint32_t *slots)
{
    (void)note(instance, DIFF_IMPORT_mixed, slots, 6);
    slots[0] = slots[4];
    slots[1] = slots[5];
}

/* (i64, f64) -> (f32 of 1.5, low i32, the f64's bits as an i64) */
static void
host_several(struct wio_instance *instance, uint32_t *slots)
{
    (void)note(instance, DIFF_IMPORT_several, slots, 4);
    slots[1] = slots[0];
    slots[0] = 0x3fc00000u;
}

static void
host_is_null(struct wio_instance *instance, uint32_t *slots)
{
    slots[0] = slots[0] == 0;
    (void)note(instance, DIFF_IMPORT_is_null, slots, 1);
}

/* The next reference of three; null stays. */
static void
host_other(struct wio_instance *instance, uint32_t *slots)
{
    (void)note(instance, DIFF_IMPORT_other, slots, 1);
    slots[0] = slots[0] ? slots[0] % 3u + 1u : 0;
}

/* Adds @value to up to 15 bytes of memory 0. */
static uint32_t
host_poke(struct wio_instance *instance, uint32_t at, uint32_t len,
          uint32_t value)
{
    uint8_t *bytes = wio_guest_range(instance, at & 0x1ffu, len & 15u);

    (void)note(instance, DIFF_IMPORT_poke, (uint32_t[]){ at, len, value }, 3);
    for (uint32_t i = 0; bytes && i < (len & 15u); i++) {
        bytes[i] = (uint8_t)(bytes[i] + value);
    }
    return bytes != NULL;
}

/* Calls the guest, from the guest. */
static uint32_t
host_back(struct wio_instance *instance, uint32_t a)
{
    struct diff_host *host = note(instance, DIFF_IMPORT_back, &a, 1);
    uint32_t result = 0;
    struct wio_trap trap;
    int err;

    if (host->depth > 2) {
        return 0;
    }
    host->depth++;
    err = wio_engine_call(instance->exec, &host->callback, &a, 1, &result,
                          &trap);
    host->depth--;
    if (err) {
        host->log = diff_hash(host->log, (uint64_t)trap.cause);
    }
    return result;
}

static void
host_raise(struct wio_instance *instance, uint32_t a)
{
    (void)note(instance, DIFF_IMPORT_raise, &a, 1);
    wio_engine_raise(instance, WIO_TRAP_HOST, (int32_t)(a & 15u));
}

/* Seen is whether it waits, too: both engines must let the same ones. */
static uint32_t
host_wait(struct wio_instance *instance, uint32_t a, uint32_t b)
{
    struct diff_host *host = note(instance, DIFF_IMPORT_leaf2,
                                  (uint32_t[]){ a, b }, 2);

    host->answer = a - b;
    if (host->n_waits < DIFF_MAX_WAITS && wio_engine_suspend(instance)) {
        host->n_waits++;
        host->log = diff_hash(host->log, host->n_waits);
    }
    return host->answer;
}

const struct wio_host_func diff_host_wait = {
    .module = WIO_MODULE_IRQ, .name = "wait", .signature = "ii:i",
    .fn = (wio_host_fn)host_wait,
};

const struct wio_host_func *
diff_host_func(uint32_t i)
{
    static const struct wio_host_func funcs[DIFF_N_IMPORTS] = {
#define X(name_, signature_, is_rare_, flags_)                            \
    { .module = DIFF_HOST, .name = #name_, .signature = signature_,       \
      .fn = (wio_host_fn)host_##name_, .flags = flags_ },
        DIFF_IMPORTS(X)
#undef X
    };

    return &funcs[i];
}

/* -- The window ----------------------------------------------------------- */

static struct diff_host *
host_of(const struct wio_memory *memory)
{
    return (struct diff_host *)(void *)((uintptr_t)memory -
                                        offsetof(struct diff_host, window));
}

/* Registers at 8 to 15 cannot be written, those at 16 to 23 cannot be read. */
static int32_t
check(const struct wio_memory *memory, uint32_t at, uint32_t n_bytes,
      bool write)
{
    if (at > memory->n_bytes || memory->n_bytes - at < n_bytes) {
        return WIO_ERR_FAULT;
    }
    if (at % n_bytes != 0) {
        return WIO_ERR_INVALID_ARGUMENT;
    }
    return at / 8 == (write ? 1u : 2u) ? WIO_ERR_NOT_PERMITTED : 0;
}

static void
note_access(struct diff_host *host, bool write, uint32_t at, uint32_t n_bytes,
            uint32_t value)
{
    host->n_calls++;
    host->log = diff_hash(host->log, 0x1000u + write);
    host->log = diff_hash(host->log, (uint64_t)at << 8 | n_bytes);
    host->log = diff_hash(host->log, value);
    if (host->player->tell) {
        char text[64];

        (void)wio_format(text, sizeof text, "    window %s%u %x=%x",
                         write ? "w" : "r", n_bytes, at, value);
        host->player->tell(host->player->ctx, text);
    }
}

static int64_t
window_load(const struct wio_memory *memory, uint32_t at, uint32_t n_bytes)
{
    struct diff_host *host = host_of(memory);
    const int32_t code = check(memory, at, n_bytes, false);
    uint32_t value;

    if (host->is_inline) {
        return wio_mmio_read(&host->mmio, at, n_bytes);
    }
    if (code) {
        return code;
    }
    value = host->registers[at / 4]++ >> 8 * (at % 4);
    value &= UINT32_MAX >> (32 - 8 * n_bytes);
    note_access(host, false, at, n_bytes, value);
    return value;
}

static int32_t
window_store(const struct wio_memory *memory, uint32_t at, uint32_t n_bytes,
             uint32_t value)
{
    struct diff_host *host = host_of(memory);
    const int32_t code = check(memory, at, n_bytes, true);

    if (host->is_inline) {
        return wio_mmio_write(&host->mmio, at, n_bytes, value);
    }
    if (code == 0) {
        host->registers[at / 4] ^= value << 8 * (at % 4);
        note_access(host, true, at, n_bytes, value);
    }
    return code;
}

static int64_t
window_load32(const struct wio_memory *memory, uint32_t at)
{
    return window_load(memory, at, 4);
}

static int32_t
window_store32(const struct wio_memory *memory, uint32_t at, uint32_t value)
{
    return window_store(memory, at, 4, value);
}

void
diff_host_init(struct diff_host *host, const struct diff_player *player)
{
    static const struct wio_memory_host functions = {
        .load32 = window_load32, .load = window_load,
        .store32 = window_store32, .store = window_store,
    };

    *host = (struct diff_host){
        .player = player,
        .window = { .n_bytes = DIFF_WINDOW_BYTES,
                    .n_pages = DIFF_WINDOW_BYTES,
                    .max_pages = DIFF_WINDOW_BYTES,
                    .declared_max = DIFF_WINDOW_BYTES,
                    .host = &functions },
    };
}

/* -- The same as memory ---------------------------------------------------- */

const struct wio_register_rule diff_rules[DIFF_N_RULES] = {
    { 0, UINT32_MAX, UINT32_MAX, 4 },
    { 4, UINT32_MAX, 0, 4 },
    { 8, 0, UINT32_MAX, 4 },
    { 12, 0x00ffff00u, 0x0000ffffu, 4 },
    { 16, 0xffffu, 0xffffu, 2 },
    { 18, 0xffffu, 0, 2 },
    { 20, 0xffu, 0xffu, 1 },
    { 21, 0xffu, 0, 1 },
    { 22, 0, 0xffu, 1 },                  /* and none at 23 */
    { 24, UINT32_MAX, 0xf0f0f0f0u, 4 },
    { 28, 0, 0x0000ff00u, 4 },
    { 32, UINT32_MAX, UINT32_MAX, 4 },
    { 36, 0x0fffffffu, UINT32_MAX, 4 },
    { 40, 0x8000ffffu, 0xffffu, 4 },
    { 44, 0xffffu, 0x0ff0u, 2 },
    { 46, 0x7fffu, 0xffffu, 2 },
    { 48, 0x7fu, 0xffu, 1 },
    { 49, 0xffu, 0x0fu, 1 },
    { 52, UINT32_MAX, UINT32_MAX, 4 },    /* and none behind */
};

static uint32_t
irq_save(void *ctx)
{
    (void)ctx;
    return 0;
}

static void
irq_restore(void *ctx, uint32_t key)
{
    (void)ctx;
    (void)key;
}

int
diff_host_inline(struct diff_host *host, struct wio_arena *arena)
{
    static const struct wio_port_core_ops core = {
        .irq_save = irq_save, .irq_restore = irq_restore,
    };
    static const struct wio_port port = { .core = &core };
    static const struct wio_mmio_grant grant = {
        .base = DIFF_DEVICE,
        .size = DIFF_WINDOW_BYTES,
        .rules = diff_rules,
        .n_rules = DIFF_N_RULES,
        .port = &port,
    };

    for (uint32_t i = 0; i < DIFF_WINDOW_BYTES / 4; i++) {
        ((volatile uint32_t *)(uintptr_t)DIFF_DEVICE)[i] = 0x9e3779b1u * (i + 1);
    }
    host->is_inline = true;
    return wio_mmio_open(&host->mmio, 1, &grant, arena);
}
