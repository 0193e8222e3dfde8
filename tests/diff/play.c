/* SPDX-License-Identifier: Apache-2.0 */
/* tests/diff/play.c - see play.h */
#include "diff/play.h"

#include <wio/abi.h>

#include "diff/rng.h"
#include "engine/aot/image.h"

#define MAX_SLOTS 16u
#define PLENTY 1000000u            /* steps */
#define OTHER_BYTES 4096u          /* of stack */

struct play {
    const struct diff_player *player;
    struct wio_arena arena;
    struct wio_module *module;
    struct wio_instance *instance;
    struct wio_instance *instances[1];
    struct wio_store store;
    struct wio_exec *exec;
    struct wio_exec *other;        /* of what is called while one waits */
    struct wio_global *imported[2];
    struct diff_host host;
    struct wio_report *report;
    uint64_t seed;
    uint32_t program;
};

static void
tell(const struct play *play, const char *what, uint64_t a, uint64_t b)
{
    char text[96];

    if (play->player->tell) {
        (void)wio_format(text, sizeof text, "  %s %x:%x %x:%x", what,
                         (uint32_t)(a >> 32), (uint32_t)a,
                         (uint32_t)(b >> 32), (uint32_t)b);
        play->player->tell(play->player->ctx, text);
    }
}

/* -- An instance ---------------------------------------------------------- */

static int
resolve(void *ctx, const struct wio_import_info *import,
        struct wio_extern *found, struct wio_report *report)
{
    struct play *play = ctx;

    *found = (struct wio_extern){ .kind = import->type.kind };
    if (import->type.kind == WIO_EXTERN_MEMORY) {
        found->of.memory = &play->host.window;
        return wio_span_is(import->module, DIFF_HOST)
                   ? 0
                   : diff_host_inline(&play->host, &play->arena);
    }
    if (import->type.kind == WIO_EXTERN_GLOBAL) {
        found->of.global = play->imported[import->type.is_mutable];
        return 0;
    }
    if (wio_span_is(import->module, WIO_MODULE_IRQ)) {
        found->of.host_func = &diff_host_wait;
        return 0;
    }
    for (uint32_t i = 0; i < DIFF_N_IMPORTS; i++) {
        const struct wio_host_func *func = diff_host_func(i);

        if (wio_span_is(import->name, func->name)) {
            found->of.host_func = func;
            return 0;
        }
    }
    return wio_report_fail(report, WIO_ERR_UNLINKABLE, "no import %S",
                           &import->name);
}

static int
instantiate(struct play *play)
{
    const struct wio_instance_limits limits = {
        .memory_bytes = 2u << 16, .table_elements = 2000
    };
    struct wio_trap trap;
    struct wio_extern callback;
    int err = wio_engine_global_create(&play->arena, WIO_TYPE_I32, false,
                                       0x80000001u, &play->imported[0]);

    if (!err) {
        err = wio_engine_global_create(&play->arena, WIO_TYPE_I64, true,
                                       0x100000002u, &play->imported[1]);
    }
    play->store = (struct wio_store){ .instances = play->instances,
                                      .capacity = 1 };
    diff_host_init(&play->host, play->player);
    if (!err) {
        err = wio_engine_instantiate(play->module, &play->store, resolve, play,
                                     &play->host, &limits, &play->arena,
                                     &play->instance, &trap, play->report);
    }
    if (!err) {
        err = wio_engine_exec_create(&play->arena, play->player->stack_bytes,
                                     &play->exec);
    }
    if (!err) {
        err = wio_engine_exec_create(&play->arena, OTHER_BYTES, &play->other);
    }
    if (!err && play->player->attach) {
        const struct wio_aot_image *image = play->player->image;

        for (uint32_t i = 0; i < image->n_windows; i++) {
            image->present[i] = play->host.mmio.handle;
        }
    }
    if (!err && wio_engine_find(play->instance, "callback", &callback)) {
        play->host.callback = callback.func;
    }
    return err;
}

/* -- What is seen --------------------------------------------------------- */

/* Every NaN is the canonical one: an engine may choose its bits. */
static uint64_t
value_bits(uint8_t type, const uint32_t *slots)
{
    uint64_t bits = slots[0];

    if (type == WIO_TYPE_I64 || type == WIO_TYPE_F64) {
        bits |= (uint64_t)slots[1] << 32;
    }
    if (type == WIO_TYPE_F32 && (bits & 0x7fffffffu) > 0x7f800000u) {
        bits = 0x7fc00000u;
    }
    if (type == WIO_TYPE_F64 &&
        (bits & 0x7fffffffffffffffu) > 0x7ff0000000000000u) {
        bits = 0x7ff8000000000000u;
    }
    return bits;
}

static uint64_t
memory_hash(const struct wio_memory *memory)
{
    uint32_t hash = memory->n_bytes;
    uint32_t i = 0;

    for (; i + 4 <= memory->n_bytes; i += 4) {
        uint32_t word;

        __builtin_memcpy(&word, memory->data + i, 4);
        hash = (hash ^ word) * 0x9e3779b1u;
        hash ^= hash >> 15;
    }
    for (; i < memory->n_bytes; i++) {
        hash = (hash ^ memory->data[i]) * 0x9e3779b1u;
        hash ^= hash >> 15;
    }
    return hash;
}

/* Memories, globals that are numbers, and what the host was asked. */
static uint64_t
state_hash(struct play *play, uint64_t hash)
{
    char name[4] = "m0";
    struct wio_extern found;

    for (uint32_t i = 0; i < 3; i++) {
        name[0] = 'm';
        name[1] = (char)('0' + i);
        found = (struct wio_extern){ .kind = WIO_EXTERN_MEMORY };
        if (wio_engine_find(play->instance, name, &found)) {
            const uint64_t one = memory_hash(found.of.memory);

            hash = diff_hash(hash, one);
            tell(play, "memory", found.of.memory->n_bytes, one);
        }
    }
    for (uint32_t i = 0; i < 14; i++) {
        name[0] = 'g';
        name[1] = (char)('0' + i % 10);
        name[2] = '\0';
        if (i >= 10) {
            name[1] = '1';
            name[2] = (char)('0' + i - 10);
            name[3] = '\0';
        }
        found = (struct wio_extern){ .kind = WIO_EXTERN_GLOBAL };
        if (wio_engine_find(play->instance, name, &found)) {
            uint64_t bits = wio_engine_global_get(found.of.global);

            /* A reference's bits are the engine's own. */
            if (wio_engine_global_type(found.of.global) == WIO_TYPE_FUNCREF) {
                bits = bits != 0;
            }
            hash = diff_hash(hash, bits);
            tell(play, "global", i, bits);
        }
    }
    for (uint32_t i = 0; play->host.is_inline && i < DIFF_WINDOW_BYTES / 4;
         i++) {
        const uint32_t word = ((volatile uint32_t *)(uintptr_t)DIFF_DEVICE)[i];

        hash = diff_hash(hash, word);
        tell(play, "register", 4 * i, word);
    }
    tell(play, "log", play->host.n_calls, play->host.log);
    return diff_hash(diff_hash(hash, play->host.log), play->host.n_calls);
}

/* -- Calls ---------------------------------------------------------------- */

static uint32_t
choose_arguments(struct rng *rng, struct wio_span types, uint32_t *slots)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < types.len; i++) {
        const uint8_t type = types.bytes[i];
        const bool wide = type == WIO_TYPE_I64 || type == WIO_TYPE_F64;
        uint64_t bits = rng_below(rng, 4);           /* an externref */

        if (type == WIO_TYPE_I32 || type == WIO_TYPE_I64) {
            bits = rng_integer(rng, wide ? 64 : 32);
        } else if (type == WIO_TYPE_F32 || type == WIO_TYPE_F64) {
            bits = rng_float(rng, wide ? 64 : 32);
        }
        slots[n++] = (uint32_t)bits;
        if (wide) {
            slots[n++] = (uint32_t)(bits >> 32);
        }
    }
    return n;
}

/* Each second time something else runs on the instance. */
static void
meanwhile(struct play *play)
{
    const uint32_t arg = play->host.n_waits;
    uint32_t result = 0;
    struct wio_trap trap;
    int err;

    if (arg % 2 == 0) {
        return;
    }
    wio_engine_set_steps(play->other, PLENTY);
    err = wio_engine_call(play->other, &play->host.callback, &arg, 1, &result,
                          &trap);
    play->host.log = diff_hash(play->host.log, err ? UINT32_MAX : result);
}

/* One call of the program; what came of it is hashed into *@hash. Returns
 * the trap's cause, 0 for none. */
static uint32_t
call(struct play *play, const struct wio_func *func, uint32_t number,
     uint32_t steps, uint64_t *hash)
{
    const struct wio_func_type type = wio_engine_func_type(*func);
    struct rng rng = rng_part(play->seed ^ 0x5ca1ab1eu,
                              play->program * 64u + number);
    uint32_t slots[MAX_SLOTS];
    uint32_t results[MAX_SLOTS] = { 0 };
    const uint32_t n = choose_arguments(&rng, type.params, slots);
    struct wio_trap trap = { .cause = WIO_TRAP_NONE };
    uint32_t at = 0;
    int err;

    tell(play, "call with steps", number, steps);
    for (uint32_t i = 0; i < n; i++) {
        tell(play, "argument slot", i, slots[i]);
    }
    wio_engine_set_steps(play->exec, steps);
    err = wio_engine_call(play->exec, func, slots, n, results, &trap);
    while (err == WIO_ENGINE_SUSPENDED) {
        tell(play, "waits", play->host.n_waits, play->host.answer);
        meanwhile(play);
        err = wio_engine_resume(play->exec, play->host.answer, results, &trap);
    }
    *hash = diff_hash(*hash, (uint64_t)trap.cause);
    if (err) {
        if (trap.cause == WIO_TRAP_HOST || trap.cause == WIO_TRAP_DENIED) {
            *hash = diff_hash(*hash, (uint32_t)trap.code);
        }
        tell(play, "trap", (uint64_t)trap.cause, (uint32_t)trap.code);
        return trap.cause ? (uint32_t)trap.cause : WIO_TRAP_HOST;
    }
    for (uint32_t i = 0; i < type.results.len; i++) {
        const uint8_t t = type.results.bytes[i];
        const uint64_t bits = value_bits(t, results + at);

        at += t == WIO_TYPE_I64 || t == WIO_TYPE_F64 ? 2 : 1;
        *hash = diff_hash(*hash, bits);
        tell(play, "result", t, bits);
    }
    return 0;
}

static void
count(const struct play *play, struct diff_record *record, uint32_t cause)
{
    const uint32_t left = wio_engine_steps_left(play->exec);

    record->n_calls++;
    record->causes[cause < DIFF_N_CAUSES ? cause : 0]++;
    if (play->player->counts) {
        record->steps = diff_hash(record->steps, left);
        tell(play, "steps left", 0, left);
    }
}

static int
find(struct play *play, struct wio_func *func)
{
    char name[8];
    struct wio_extern found = { .kind = WIO_EXTERN_FUNC };

    (void)wio_format(name, sizeof name, "p%u", play->program);
    if (!wio_engine_find(play->instance, name, &found)) {
        return wio_report_fail(play->report, WIO_ERR_NO_EXPORT,
                               "the module has no %s", name);
    }
    *func = found.func;
    return 0;
}

/* How deep it came before the stack was used up is the engine's own, and with
 * it everything but that it was. */
static void
play_calls(struct play *play, const struct wio_func *func,
           struct diff_record *record)
{
    bool stack = false;

    for (uint32_t i = 0; i < DIFF_N_CALLS && !stack; i++) {
        const uint32_t cause = call(play, func, i, PLENTY, &record->seen);

        count(play, record, cause);
        stack = cause == WIO_TRAP_STACK;
    }
    if (stack) {
        record->seen = WIO_TRAP_STACK;
        record->steps = 0;
    } else {
        record->seen = state_hash(play, record->seen);
    }
}

/* With so few steps that most calls run out of them. */
static void
play_short(struct play *play, const struct wio_func *func,
           struct diff_record *record)
{
    struct rng rng = rng_part(play->seed, 0x57e9u + play->program);
    const uint32_t cause = call(play, func, 0, 1 + rng_below(&rng, 24),
                                &record->steps);

    count(play, record, cause);
    record->steps = state_hash(play, record->steps);
}

static int
play_program(struct play *play, struct diff_record *record)
{
    const struct wio_arena_mark mark = wio_arena_mark(&play->arena);
    struct wio_func func;
    int err = instantiate(play);

    err = err ? err : find(play, &func);
    if (!err) {
        play_calls(play, &func, record);
    }
    wio_arena_return(&play->arena, mark);
    if (err || !play->player->counts || record->causes[WIO_TRAP_STACK]) {
        return err;
    }
    err = instantiate(play);
    err = err ? err : find(play, &func);
    if (!err) {
        play_short(play, &func, record);
    }
    wio_arena_return(&play->arena, mark);
    return err;
}

int
diff_play(const struct diff_player *player, const uint8_t *bytes,
          uint32_t n_bytes, uint64_t seed, uint32_t first, uint32_t end,
          void (*done)(void *ctx, uint32_t program,
                       const struct diff_record *record),
          void *ctx, struct wio_report *report)
{
    struct play play = { .player = player, .report = report, .seed = seed };
    int err;

    wio_arena_init(&play.arena, player->memory, player->memory_bytes);
    err = wio_engine_load(bytes, n_bytes, WIO_FEATURE_ALL, &play.arena,
                          &play.module, report);
    if (!err && player->attach) {
        err = player->attach(play.module, player->image, report);
    }
    for (uint32_t i = first; !err && i < end; i++) {
        struct diff_record record = { 0 };

        play.program = i;
        err = play_program(&play, &record);
        if (!err) {
            done(ctx, i, &record);
        }
    }
    return err;
}
