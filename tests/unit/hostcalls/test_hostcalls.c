/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls of host functions, every signature the engine calls directly: 0 to 6
 * parameters, no result, i32 or i64, with operands from locals, constants and
 * other calls, near and far in the frame, leaf or not, and the same by slots.
 * The modules are made here, so that the native answer stands beside them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/engine.h"

#define N_LOCALS 6u            /* parameters of the guest's function */
#define MAX_ARGS 6u
#define ARENA_BYTES (256u << 10)

static uint8_t arena_bytes[ARENA_BYTES];

/* -- Host functions ------------------------------------------------------- */

struct host {
    uint64_t seen;              /* of the last call's arguments */
    uint32_t n_calls;
    bool raise;
};

/* Order, number and value of the arguments all count. */
static uint64_t
mix(uint32_t n, const uint32_t *a)
{
    uint64_t sum = 0x9e3779b97f4a7c15u + n;

    for (uint32_t i = 0; i < n; i++) {
        sum = (sum ^ a[i]) * 0xbf58476d1ce4e5b9u;
        sum ^= sum >> 29;
    }
    return sum;
}

static uint64_t
called(struct wio_instance *instance, uint32_t n, const uint32_t *a)
{
    struct host *host = instance->host;

    host->seen = mix(n, a);
    host->n_calls++;
    if (host->raise) {
        wio_engine_raise(instance, WIO_TRAP_DENIED, WIO_ERR_MMIO_WIDTH);
    }
    return host->seen;
}

#define C struct wio_instance *c
#define U uint32_t
/* A function of each result type; @params and @list begin with a comma. */
#define HOST(n, params, ...)                                                 \
    static void v##n(C params) { const U a[7] = { __VA_ARGS__ };             \
        (void)called(c, n, a); }                                             \
    static U i##n(C params) { const U a[7] = { __VA_ARGS__ };                \
        return (U)called(c, n, a); }                                         \
    static uint64_t l##n(C params) { const U a[7] = { __VA_ARGS__ };         \
        return called(c, n, a); }
#define P(...) , __VA_ARGS__
HOST(0, , 0)
HOST(1, P(U p), p)
HOST(2, P(U p, U q), p, q)
HOST(3, P(U p, U q, U r), p, q, r)
HOST(4, P(U p, U q, U r, U s), p, q, r, s)
HOST(5, P(U p, U q, U r, U s, U t), p, q, r, s, t)
HOST(6, P(U p, U q, U r, U s, U t, U u), p, q, r, s, t, u)

static const wio_host_fn typed[3][MAX_ARGS + 1] = {
#define ROW(x) { (wio_host_fn)x##0, (wio_host_fn)x##1, (wio_host_fn)x##2,    \
                 (wio_host_fn)x##3, (wio_host_fn)x##4, (wio_host_fn)x##5,    \
                 (wio_host_fn)x##6 }
    ROW(v), ROW(i), ROW(l)
};

/* By slots the number of arguments is not known to the function: one each. */
#define SLOTS(n)                                                             \
    static void s##n(C, U *slots)                                            \
    {                                                                        \
        const uint64_t got = called(c, n, slots);                            \
                                                                             \
        slots[0] = (U)got;                                                   \
        slots[1] = (U)(got >> 32);                                           \
    }
SLOTS(0)
SLOTS(1)
SLOTS(2)
SLOTS(3)
SLOTS(4)
SLOTS(5)
SLOTS(6)
static const wio_host_fn by_slots[MAX_ARGS + 1] = {
    (wio_host_fn)s0, (wio_host_fn)s1, (wio_host_fn)s2, (wio_host_fn)s3,
    (wio_host_fn)s4, (wio_host_fn)s5, (wio_host_fn)s6
};
#undef C
#undef U

/* -- Guests --------------------------------------------------------------- */

enum result {
    RESULT_NONE,
    RESULT_I32,
    RESULT_I64
};

struct shape {
    uint32_t n_args;
    enum result result;
    uint32_t flags;             /* enum wio_host_flag */
    uint32_t n_extra;           /* locals in front of the operands */
    bool keep;                  /* an operand waits below the call */
};

struct bytes {
    uint8_t at[1024];
    uint32_t n;
};

static void
put(struct bytes *b, uint32_t byte)
{
    assert_true(b->n < sizeof b->at);
    b->at[b->n++] = (uint8_t)byte;
}

static void
put_u(struct bytes *b, uint32_t value)
{
    while (value > 0x7f) {
        put(b, (value & 0x7f) | 0x80);
        value >>= 7;
    }
    put(b, value);
}

static void
put_s(struct bytes *b, int32_t value)
{
    for (;;) {
        const uint32_t low = (uint32_t)value & 0x7f;
        const int32_t rest =
            (int32_t)((value - (int32_t)low) / 128);

        if ((rest == 0 && !(low & 0x40)) || (rest == -1 && (low & 0x40))) {
            put(b, low);
            return;
        }
        put(b, low | 0x80);
        value = rest;
    }
}

static void
put_section(struct bytes *out, uint32_t id, const struct bytes *body)
{
    put(out, id);
    put_u(out, body->n);
    for (uint32_t i = 0; i < body->n; i++) {
        put(out, body->at[i]);
    }
}

static uint64_t
next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* One argument: a parameter, a parameter plus one, or a constant of a size
 * that some form of the register code may hold. Returns its value. */
static uint32_t
put_argument(struct bytes *code, uint64_t *seed, const uint32_t *params)
{
    static const int32_t constants[] = {
        0, 1, -1, 127, 128, 255, 256, 32767, 32768, -32768, -32769, 65535,
        65536, INT32_MAX, INT32_MIN
    };
    const uint64_t r = next(seed);
    const uint32_t local = (uint32_t)(r >> 8) % N_LOCALS;
    const int32_t constant =
        constants[(r >> 16) % (sizeof constants / sizeof constants[0])];

    if (r % 8 < 4) {
        put(code, 0x20);                     /* local.get */
        put_u(code, local);
        return params[local];
    }
    if (r % 8 == 4) {
        put(code, 0x20);
        put_u(code, local);
        put(code, 0x41);
        put_s(code, 1);
        put(code, 0x6a);                     /* i32.add */
        return params[local] + 1;
    }
    put(code, 0x41);                         /* i32.const */
    put_s(code, constant);
    return (uint32_t)constant;
}

/*
 * (import "h" "f" (func n x i32 -> result))
 * (func (export "g") (param 6 x i32) (result i64) ...)
 * Writes what the import will see to @args and returns the expected result.
 */
static uint64_t
build(struct bytes *out, const struct shape *shape, uint64_t *seed,
      const uint32_t params[N_LOCALS], uint32_t args[MAX_ARGS])
{
    struct bytes s = { .n = 0 };
    struct bytes code = { .n = 0 };
    uint64_t want;

    out->n = 0;
    for (const char *c = "\0asm\1\0\0\0"; c && out->n < 8; c++) {
        put(out, (uint8_t)*c);
    }
    put(&s, 2);
    put(&s, 0x60);
    put(&s, shape->n_args);
    for (uint32_t i = 0; i < shape->n_args; i++) {
        put(&s, WIO_TYPE_I32);
    }
    put(&s, shape->result != RESULT_NONE);
    if (shape->result != RESULT_NONE) {
        put(&s, shape->result == RESULT_I32 ? WIO_TYPE_I32 : WIO_TYPE_I64);
    }
    put(&s, 0x60);
    put(&s, N_LOCALS);
    for (uint32_t i = 0; i < N_LOCALS; i++) {
        put(&s, WIO_TYPE_I32);
    }
    put(&s, 1);
    put(&s, WIO_TYPE_I64);
    put_section(out, 1, &s);
    s = (struct bytes){ .at = { 1, 1, 'h', 1, 'f', 0, 0 }, .n = 7 };
    put_section(out, 2, &s);
    s = (struct bytes){ .at = { 1, 1 }, .n = 2 };
    put_section(out, 3, &s);
    s = (struct bytes){ .at = { 1, 1, 'g', 0, 1 }, .n = 5 };
    put_section(out, 7, &s);

    put(&code, shape->n_extra != 0);
    if (shape->n_extra) {
        put_u(&code, shape->n_extra);
        put(&code, WIO_TYPE_I64);
    }
    if (shape->keep) {
        put(&code, 0x20);
        put_u(&code, 1);                     /* below the call's operands */
    }
    for (uint32_t i = 0; i < shape->n_args; i++) {
        args[i] = put_argument(&code, seed, params);
    }
    put(&code, 0x10);
    put(&code, 0);                           /* call 0 */
    want = mix(shape->n_args, args);
    if (shape->result == RESULT_NONE) {
        put(&code, 0x41);
        put_s(&code, 5);
        want = 5;
    }
    if (shape->result == RESULT_I32) {
        want = (uint32_t)want;
    }
    if (shape->result != RESULT_I64) {
        put(&code, 0xad);                    /* i64.extend_i32_u */
    }
    if (shape->keep) {
        put(&code, 0x21);                    /* to the last local and back */
        put_u(&code, N_LOCALS + shape->n_extra - 1);
        put(&code, 0xad);
        put(&code, 0x20);
        put_u(&code, N_LOCALS + shape->n_extra - 1);
        put(&code, 0x7c);                    /* i64.add */
        want += params[1];
    }
    put(&code, 0x0b);
    s = (struct bytes){ .n = 0 };
    put(&s, 1);
    put_u(&s, code.n);
    for (uint32_t i = 0; i < code.n; i++) {
        put(&s, code.at[i]);
    }
    put_section(out, 10, &s);
    return want;
}

/* -- Running -------------------------------------------------------------- */

static int
resolve(void *ctx, const struct wio_import_info *import,
        struct wio_extern *found, struct wio_report *report)
{
    (void)import;
    (void)report;
    *found = (struct wio_extern){ .kind = WIO_EXTERN_FUNC,
                                  .of.host_func = ctx };
    return 0;
}

struct guest {
    struct wio_exec *exec;
    struct wio_instance *instance;
    struct wio_extern g;
};

static void
start(struct guest *guest, const struct bytes *module,
      struct wio_host_func *func, struct host *host)
{
    static struct wio_instance *instances[1];
    static struct wio_store store;
    const struct wio_instance_limits limits = { 0, 0, false };
    struct wio_arena arena;
    struct wio_module *loaded;
    struct wio_report report;
    struct wio_trap trap;

    store = (struct wio_store){ instances, 1, 0 };
    wio_report_clear(&report);
    wio_arena_init(&arena, arena_bytes, sizeof arena_bytes);
    if (wio_engine_load(module->at, module->n, WIO_FEATURE_ALL, &arena,
                        &loaded, &report) ||
        wio_engine_instantiate(loaded, &store, resolve, func, host, &limits,
                               &arena, &guest->instance, &trap, &report) ||
        wio_engine_exec_create(&arena, 16384, &guest->exec)) {
        fail_msg("%s", report.text);
    }
    assert_true(wio_engine_find(guest->instance, "g", &guest->g));
}

static const char *
signature(char text[16], const struct shape *shape)
{
    char *at = text;

    for (uint32_t i = 0; i < shape->n_args; i++) {
        *at++ = 'i';
    }
    *at++ = ':';
    if (shape->result != RESULT_NONE) {
        *at++ = shape->result == RESULT_I32 ? 'i' : 'I';
    }
    *at = '\0';
    return text;
}

static void
check(const struct shape *shape, uint64_t *seed)
{
    char text[16];
    struct wio_host_func func = {
        .module = "h",
        .name = "f",
        .signature = signature(text, shape),
        .fn = shape->flags & WIO_HOST_SLOTS
                  ? by_slots[shape->n_args]
                  : typed[shape->result][shape->n_args],
        .flags = shape->flags,
    };
    struct host host = { 0 };
    struct guest guest;
    struct bytes module;
    uint32_t params[N_LOCALS];
    uint32_t args[MAX_ARGS] = { 0 };
    uint32_t results[2] = { 0, 0 };
    struct wio_trap trap;
    uint64_t want;
    uint64_t got;

    for (uint32_t i = 0; i < N_LOCALS; i++) {
        params[i] = (uint32_t)(next(seed) >> 32);
    }
    want = build(&module, shape, seed, params, args);
    start(&guest, &module, &func, &host);
    for (uint32_t turn = 1; turn <= 2; turn++) {
        wio_engine_set_steps(guest.exec, 1000);
        assert_int_equal(wio_engine_call(guest.exec, &guest.g.func, params,
                                         N_LOCALS, results, &trap), 0);
        got = results[0] | (uint64_t)results[1] << 32;
        if (host.n_calls != turn || host.seen != mix(shape->n_args, args) ||
            got != want) {
            fail_msg("\"%s\", flags %u, %u extra locals, keep %d: %u calls,"
                     " saw %llx of %llx, result %llx of %llx",
                     func.signature, (unsigned)shape->flags,
                     (unsigned)shape->n_extra, shape->keep,
                     (unsigned)host.n_calls, (unsigned long long)host.seen,
                     (unsigned long long)mix(shape->n_args, args),
                     (unsigned long long)got, (unsigned long long)want);
        }
    }

    /* A host function that ends the activation, and one good call after. */
    if (!(shape->flags & WIO_HOST_LEAF)) {
        host.raise = true;
        assert_int_equal(wio_engine_call(guest.exec, &guest.g.func, params,
                                         N_LOCALS, results, &trap),
                         WIO_ERR_TRAPPED);
        assert_int_equal(trap.cause, WIO_TRAP_DENIED);
        assert_int_equal(trap.code, WIO_ERR_MMIO_WIDTH);
        host.raise = false;
        assert_int_equal(wio_engine_call(guest.exec, &guest.g.func, params,
                                         N_LOCALS, results, &trap), 0);
        assert_true((results[0] | (uint64_t)results[1] << 32) == want);
    }
}

static void
check_all(uint32_t flags)
{
    uint64_t seed = 0x1234567 + flags;

    for (uint32_t round = 0; round < 60; round++) {
        for (uint32_t n = 0; n <= MAX_ARGS; n++) {
            for (int result = RESULT_NONE; result <= RESULT_I64; result++) {
                const bool keep = (round & 1) != 0;
                const struct shape shape = {
                    .n_args = n,
                    .result = (enum result)result,
                    .flags = flags,
                    /* 1: a local to keep in; 140 wide ones: beyond what one
                     * byte can name. */
                    .n_extra = round % 6 == 5 ? 140 : keep,
                    .keep = keep,
                };

                check(&shape, &seed);
            }
        }
    }
}

static void
direct(void **unused)
{
    (void)unused;
    check_all(0);
}

static void
direct_leaf(void **unused)
{
    (void)unused;
    check_all(WIO_HOST_LEAF);
}

static void
slots(void **unused)
{
    (void)unused;
    check_all(WIO_HOST_SLOTS);
}

static void
slots_leaf(void **unused)
{
    (void)unused;
    check_all(WIO_HOST_SLOTS | WIO_HOST_LEAF);
}

/* A signature that is not the import's is refused when linking. */
static void
wrong_signature(void **unused)
{
    static const char *const wrong[] = { "", ":", "i:", "ii:I", "iii:i",
                                         "iI:i", "ii:ii", "ii", "ii:i " };
    const struct shape shape = { .n_args = 2, .result = RESULT_I32 };
    const struct wio_instance_limits limits = { 0, 0, false };
    const uint32_t params[N_LOCALS] = { 0 };
    uint32_t args[MAX_ARGS];
    uint64_t seed = 99;
    struct bytes module;

    (void)unused;
    (void)build(&module, &shape, &seed, params, args);
    for (uint32_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct wio_host_func func = { "h", "f", wrong[i], typed[1][2], 0 };
        struct wio_instance *instances[1];
        struct wio_store store = { instances, 1, 0 };
        struct wio_instance *instance;
        struct wio_module *loaded;
        struct wio_arena arena;
        struct wio_report report;
        struct wio_trap trap;

        wio_report_clear(&report);
        wio_arena_init(&arena, arena_bytes, sizeof arena_bytes);
        assert_int_equal(wio_engine_load(module.at, module.n, 0, &arena,
                                         &loaded, &report), 0);
        assert_int_equal(wio_engine_instantiate(loaded, &store, resolve,
                                                &func, NULL, &limits, &arena,
                                                &instance, &trap, &report),
                         WIO_ERR_UNLINKABLE);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(direct),
        cmocka_unit_test(direct_leaf),
        cmocka_unit_test(slots),
        cmocka_unit_test(slots_leaf),
        cmocka_unit_test(wrong_signature),
    };

    return cmocka_run_group_tests_name("hostcalls", tests, NULL, NULL);
}
