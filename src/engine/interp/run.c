/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The interpreter's loop. One handler an operator, written with three macros:
 *
 *   H(name)   begins the handler of an operator; ip points at the operator
 *   N(k)      goes on to the next one, k bytes further
 *   TRAP(x)   ends the activation; ip still points at the operator
 *
 * so that computed goto (the default) and a portable switch share the text.
 * The file is built at -O2 in every product: -8 % instructions for +0.9 KB.
 *
 * Steps: a call of a defined function and a taken back-edge each cost one, a
 * bulk operator one for every WIO_BULK_PER_STEP bytes or elements it moved.
 * `fuel` is local and counts down against exec->steps.limit, which is 0 until
 * wio_engine_stop() or wio_engine_pause_after() raises it; exec.c has the rules
 * by which none of them is lost.
 *
 * A nested call on another exec of the same instance may come at any machine
 * instruction. What the two share: instance->exec, which each call puts back,
 * and guest memory, globals and tables, which cannot grow meanwhile. All else
 * is in the exec or in locals. tests/qemu/nested does it 100,000 times a build.
 */
#include "engine/interp/module.h"
#include "engine/interp/opcodes.h"

#if !WIO_CFG_SWITCH_DISPATCH && !defined(__GNUC__)
#error "build with WIO_CFG_SWITCH_DISPATCH=1: no computed goto here"
#endif

#if defined(__GNUC__)
/* Labels as values are no C11; WIO_CFG_SWITCH_DISPATCH is the way without. */
#pragma GCC diagnostic ignored "-Wpedantic"
#define UNLIKELY(x) __builtin_expect((x), 0)
#else
#define UNLIKELY(x) (x)
#endif

static const uint8_t restore_code[1] = { WIO_OP_restore };

/* Guest data is little-endian and may lie at any address; copies of constant
 * size become single loads and stores where the processor allows it. */
static inline uint32_t
get16(const uint8_t *p)
{
    uint16_t x;

    __builtin_memcpy(&x, p, 2);
    return x;
}

static inline uint32_t
get32(const uint8_t *p)
{
    uint32_t x;

    __builtin_memcpy(&x, p, 4);
    return x;
}

static inline uint64_t
get64(const void *p)
{
    uint64_t x;

    __builtin_memcpy(&x, p, 8);
    return x;
}

static inline void
put16(uint8_t *p, uint32_t value)
{
    uint16_t x = (uint16_t)value;

    __builtin_memcpy(p, &x, 2);
}

static inline void
put32(uint8_t *p, uint32_t x)
{
    __builtin_memcpy(p, &x, 4);
}

static inline void
put64(void *p, uint64_t x)
{
    __builtin_memcpy(p, &x, 8);
}

/* Arguments of the typed imports' slow path, by operator from h0v on. */
static const struct {
    uint8_t n;
    uint8_t constant;
    uint8_t result;
} shapes[] = {
    { 0, 0, 0 }, { 1, 0, 0 }, { 2, 0, 0 }, { 3, 0, 0 }, { 4, 0, 0 },
    { 1, 1, 0 }, { 2, 1, 0 }, { 3, 1, 0 }, { 4, 1, 0 },
    { 0, 0, 1 }, { 1, 0, 1 }, { 2, 0, 1 }, { 3, 0, 1 }, { 4, 0, 1 },
    { 1, 1, 1 }, { 2, 1, 1 }, { 3, 1, 1 }, { 4, 1, 1 },
    { 0, 0, 1 }, { 1, 0, 1 }, { 2, 0, 1 }, { 1, 1, 1 }, { 2, 1, 1 }
};

typedef struct wio_instance ctx;
typedef void (*v0)(ctx *);
typedef void (*v1)(ctx *, uint32_t);
typedef void (*v2)(ctx *, uint32_t, uint32_t);
typedef void (*v3)(ctx *, uint32_t, uint32_t, uint32_t);
typedef void (*v4)(ctx *, uint32_t, uint32_t, uint32_t, uint32_t);
typedef uint32_t (*i0)(ctx *);
typedef uint32_t (*i1)(ctx *, uint32_t);
typedef uint32_t (*i2)(ctx *, uint32_t, uint32_t);
typedef uint32_t (*i3)(ctx *, uint32_t, uint32_t, uint32_t);
typedef uint32_t (*i4)(ctx *, uint32_t, uint32_t, uint32_t, uint32_t);
typedef uint64_t (*l0)(ctx *);
typedef uint64_t (*l1)(ctx *, uint32_t);
typedef uint64_t (*l2)(ctx *, uint32_t, uint32_t);

#define U16(n) get16(ip + (n))
/* Sign-extended. */
#define S16(n) (uint32_t)((int32_t)(int16_t)get16(ip + (n)))
#define S8(n) (uint32_t)((int32_t)(int8_t)ip[n])
#define U32(n) get32(ip + (n))
#define R(n) fp[ip[n]]
#define RL(n) get64(fp + ip[n])
#define WL(n, x) put64(fp + ip[n], (x))

#if WIO_CFG_SWITCH_DISPATCH
#define H(name) case WIO_OP_##name:
#define NEXT break
#else
#define H(name) L_##name:
#define NEXT goto *labels[*ip]
#endif
#define N(k) { ip += (k); NEXT; }
#define TRAP(x) { cause = (x); goto trap; }

/* A safepoint: costs a step. The operator is done again when it resumes. */
#define STEP if (UNLIKELY(--fuel < exec->steps.limit)) { goto safepoint; }

#define LOAD_MEMORY (memory = inst->main_memory)

#define BINARY(name, e) \
    H(name) { uint32_t a = R(2), b = R(3); R(1) = (uint32_t)(e); N(4) }
#define BINARY_I(name, e) \
    H(name) { uint32_t a = R(2), b = S16(3); R(1) = (uint32_t)(e); N(5) }
#define BINARY_L(name, e) \
    H(name) { uint64_t a = RL(2), b = RL(3); WL(1, (uint64_t)(e)); N(4) }
#define BINARY_LI(name, e) \
    H(name) { \
        uint64_t a = RL(2), b = (uint64_t)(int64_t)(int32_t)S16(3); \
        WL(1, (uint64_t)(e)); \
        N(5) \
    }
#define COMPARE_L(name, e) \
    H(name) { uint64_t a = RL(2), b = RL(3); R(1) = (e); N(4) }

/* Forward: a branch not taken goes on behind the operator. */
#define BRANCH(name, e) \
    H(br##name) { \
        uint32_t a = R(3), b = R(4); \
        if (e) { ip += U16(1); NEXT; } \
        N(5) \
    } \
    H(br##name##_b) { \
        uint32_t a = R(3), b = R(4); \
        if (e) { STEP ip -= U16(1); NEXT; } \
        N(5) \
    } \
    H(br##name##i) { \
        uint32_t a = R(3), b = S16(4); \
        if (e) { ip += U16(1); NEXT; } \
        N(6) \
    } \
    H(br##name##i_b) { \
        uint32_t a = R(3), b = S16(4); \
        if (e) { STEP ip -= U16(1); NEXT; } \
        N(6) \
    }

/* The compiler chose these where offset + size <= the memory's minimum, so
 * the subtraction cannot wrap and one comparison is enough. */
#define LOAD(name, size, store) \
    H(name) { \
        uint32_t a = R(2), off = U16(3); \
        const uint8_t *p = memory->data + off + a; \
        if (UNLIKELY(a > memory->n_bytes - off - (size))) { goto bounds; } \
        store; \
        N(5) \
    }
#define STORE(name, size, store) \
    H(name) { \
        uint32_t a = R(2), off = U16(3); \
        uint8_t *p = memory->data + off + a; \
        if (UNLIKELY(a > memory->n_bytes - off - (size))) { goto bounds; } \
        store; \
        N(5) \
    }

/*
 * Typed imports. A leaf has info 0 and is called at once. For one that may
 * call back, steps and stack are written back first, and WIO_REENTERED makes
 * the one test behind the call see that they must be read again. @b is the place
 * of the base in the operator, @n the slots from there on.
 *
 * A stop that came during the call ends it there: whoever calls one host
 * function after the other may not come to a safepoint for long, and is hardly
 * ever met in the loop.
 */
#define IMPORT(b, n) \
    const struct wio_import *import = &inst->imports[ip[1]]; \
    if (UNLIKELY(import->info != 0)) { \
        if (import->info != WIO_IMPORT_TYPED) { goto import_slow; } \
        exec->steps.left = fuel; \
        exec->sp = fp + ip[b] + (n); \
        exec->raised = WIO_REENTERED; \
    }
#define CALLED(k) \
    if (UNLIKELY((exec->raised | (uint32_t)exec->steps.limit) != 0)) { \
        next = ip + (k); \
        goto imported; \
    } \
    N(k)
#define F(type) ((type)import->to.fn)
#define CTX &inst->base

/*
 * What is needed only when the call ends is volatile: it stays in the C frame
 * and out of the registers, which the loop wants for exec, inst, memory, fp,
 * ip, fuel and labels.
 */
int
wio_engine_call(struct wio_exec *exec, const struct wio_func *called,
                const uint32_t *args, uint32_t n_args,
                uint32_t *volatile results, struct wio_trap *volatile trap)
{
#if !WIO_CFG_SWITCH_DISPATCH
    static const void *const labels[] = {
#define WIO_OP_LABEL(name) &&L_##name,
        WIO_OPCODES(WIO_OP_LABEL)
#undef WIO_OP_LABEL
    };
#endif
    struct wio_inst *inst;
    struct wio_exec *volatile outer;     /* what the instance ran on */
    const struct wio_func *volatile entry = called;
    uint32_t *fp;
    const uint8_t *ip;
    int32_t fuel;
    const struct wio_memory *memory;
    uint32_t cause;
    /* Of the call being made. */
    uint32_t base, func;
    uint32_t refused;
    const uint8_t *next;
    struct wio_inst *callee;

    ip = called->code;
    if (n_args == WIO_PREPARED) {
        fp = exec->stack;
        goto prepared;
    }
    if (UNLIKELY(!ip || n_args != called->param_slots)) {
        return wio_call_rare(exec, called, args, n_args, results, trap);
    }
    if (UNLIKELY(exec->raised != 0)) {
        fp = wio_nested(exec, called, trap);
        if (!fp) {
            return WIO_ERR_TRAPPED;
        }
    } else {
        fp = exec->stack;
        if (UNLIKELY(called->frame > exec->n_slots)) {
            return wio_no_stack(called->index, trap);
        }
    }
    for (uint32_t i = 0; i < n_args; i++) {
        fp[i] = args[i];
    }
prepared:
    inst = wio_inst(called->instance);
    outer = inst->base.exec;
    inst->base.exec = exec;
    LOAD_MEMORY;
    fuel = exec->steps.left;
    if (UNLIKELY(--fuel < 0)) {
        goto safepoint;
    }

again:
#if WIO_CFG_SWITCH_DISPATCH
    for (;;) { switch (*ip) {
#else
    NEXT;
#endif

    /* -- Control ----------------------------------------------------------- */

    H(leave) {
        wio_leave(exec);
        goto done;
    }
    H(halt) {
        exec->links = exec->top;
    done:
        exec->steps.left = fuel;
        inst->base.exec = outer;
        for (uint32_t i = 0, n = entry->result_slots; i < n; i++) {
            results[i] = fp[i];
        }
        return 0;
    }
    H(resume) {
        inst->base.exec = NULL;
        inst = exec->wait.inst;
        inst->base.exec = exec;
        LOAD_MEMORY;
        fp = exec->wait.fp;
        ip = exec->wait.ip;
        NEXT;
    }
    H(unreachable) TRAP(WIO_TRAP_UNREACHABLE)
    H(zero) {
        uint32_t *p = fp + ip[1];
        uint32_t n = ip[2];

        do {
            *p++ = 0;
        } while (--n);
        N(3)
    }
    H(farin) {
        uint32_t n = U16(1);
        uint32_t *p = fp + 8 + n;    /* WIO_BIG_SCRATCH */

        for (uint32_t i = n; i > 0; i--) {
            fp[8 + i - 1] = fp[i - 1];
        }
        for (n = U16(3); n > 0; n--) {
            *p++ = 0;
        }
        N(5)
    }
    H(jmp) { ip += U16(1); NEXT; }
    H(jmp_b) { STEP ip -= U16(1); NEXT; }
    H(jmpw) { ip += U32(1); NEXT; }
    H(jmpw_b) { STEP ip -= U32(1); NEXT; }
    H(brt) {
        uint32_t a = R(1), n = U16(2);

        ip += 4 + 2 * (a < n ? a : n);
        ip += U16(0) - 1;
        NEXT;
    }
    H(brtw) {
        uint32_t a = R(1), n = U32(2);

        ip += 6 + 4 * (a < n ? a : n);
        ip += U32(0) - 1;
        NEXT;
    }
    H(ret1) { fp[0] = R(1); goto ret; }
    H(ret2) { put64(fp, RL(1)); goto ret; }
    H(ret) {
    ret: {
            struct wio_link *links = exec->links;

            ip = links->ip;
            fp = links->fp;
            exec->links = links + 1;
            NEXT;
        }
    }
    H(restore) {
        /* The callee was of another instance; its link kept ours. */
        inst->base.exec = NULL;
        inst = (struct wio_inst *)(void *)fp;
        inst->base.exec = exec;
        LOAD_MEMORY;
        goto ret;
    }

    /* -- Calls ------------------------------------------------------------- */

    H(callf) {
        base = U16(1);
        func = U16(3);
        next = ip + 5;
        goto call;
    }
    H(call) {
        base = ip[1];
        func = ip[2];
        next = ip + 3;
    }
    call: {
        const struct wio_func_info *f = &inst->funcs[func];
        uint32_t *callee_fp = fp + base;

        struct wio_link *links = exec->links;

        if (UNLIKELY((uint32_t)((uint32_t *)(void *)links - callee_fp) <
                     f->frame)) {
            TRAP(WIO_TRAP_STACK)
        }
        STEP
        links--;
        exec->links = links;
        links->ip = next;
        links->fp = fp;
        fp = callee_fp;
        ip = inst->code + f->code;
        NEXT;
    }
    H(callx) {
        base = ip[1];
        func = ip[2];
        next = ip + 3;
        callee = inst;
        goto call_import;
    }
    H(callxf) {
        base = U16(1);
        func = U16(3);
        next = ip + 5;
        callee = inst;
        goto call_import;
    }
    H(calli) {
        base = ip[1];
        next = ip + 6;
        goto call_indirect;
    }
    H(callif) {
        base = U16(1);
        next = ip + 7;
    }
    call_indirect: {
        const struct wio_table *table = inst->tables[next[-2]];
        uint32_t i = fp[next[-1]];
        const struct wio_type_info *want =
            &inst->base.module->types[get16(next - 4)];
        const struct wio_type_info *have;

        if (UNLIKELY(i >= table->n)) {
            TRAP(WIO_TRAP_UNDEFINED_ELEMENT)
        }
        i = table->elements[i];
        if (UNLIKELY(i == 0)) {
            TRAP(WIO_TRAP_UNINITIALIZED_ELEMENT)
        }
        i--;
        callee = inst;
        if (i >> 20 != inst->place && inst->store) {
            callee = wio_inst(inst->store->instances[i >> 20]);
        }
        func = i & 0xfffffu;
        have = wio_type_of(callee->base.module, func);
        if (UNLIKELY(have != want) &&
            (callee == inst ||
             !wio_types_equal(callee->base.module, have, inst->base.module,
                              want))) {
            TRAP(WIO_TRAP_INDIRECT_TYPE)
        }
        if (func >= callee->base.module->n_imported_funcs) {
            func -= callee->base.module->n_imported_funcs;
            if (callee == inst) {
                goto call;
            }
            goto call_other;
        }
    }
    call_import: {
        const struct wio_import *import = &callee->imports[func];
        const struct wio_type_info *t = wio_type_of(callee->base.module, func);
        uint32_t n = t->param_slots;
        struct wio_exec *before;

        if (import->info & WIO_IMPORT_WASM) {
            func = import->info & 0xfffffu;
            callee = import->to.inst;
            if (callee == inst) {
                goto call;
            }
            goto call_other;
        }
        if (n < t->result_slots) {
            n = t->result_slots;
        }
        exec->steps.left = fuel;
        exec->sp = fp + base + n;
        exec->raised = WIO_REENTERED;
        before = callee->base.exec;
        callee->base.exec = exec;
        wio_host_call(callee, import, t, fp + base);
        callee->base.exec = before;
    }
    imported: {
        /* Behind a host function that raised a trap or may have changed what
         * is kept in locals. */
        cause = exec->raised;
        exec->raised = 0;
        if (cause & WIO_REENTERED) {
            fuel = exec->steps.left;
        }
        if (UNLIKELY(cause != WIO_REENTERED && cause != 0)) {
            cause &= 0xffu;
            if (cause) {
                goto trap;
            }
            /* The function waits; nobody else comes here with 0. */
            inst->base.exec = NULL;
            entry->instance->exec = outer;
            return wio_suspended(exec, entry, inst, fp, ip, next);
        }
        if (UNLIKELY(exec->steps.limit == WIO_LIMIT_STOP)) {
            exec->steps.limit = 0;
            TRAP(WIO_TRAP_STOPPED)
        }
        ip = next;
        NEXT;
    }
    call_other: {
        /* Two links: back to the caller, and back to its instance. */
        const struct wio_func_info *f = &callee->funcs[func];
        uint32_t *callee_fp = fp + base;

        struct wio_link *links = exec->links;

        if (UNLIKELY((uint32_t)((uint32_t *)(void *)links - callee_fp) <
                     f->frame + WIO_LINK_SLOTS)) {
            TRAP(WIO_TRAP_STACK)
        }
        STEP
        links -= 2;
        exec->links = links;
        links[1].ip = next;
        links[1].fp = fp;
        links->ip = restore_code;
        links->fp = (uint32_t *)(void *)inst;
        inst->base.exec = NULL;
        inst = callee;
        inst->base.exec = exec;
        LOAD_MEMORY;
        fp = callee_fp;
        ip = inst->code + f->code;
        NEXT;
    }
    import_slow: {
        /* As a general call, with the arguments put where it wants them; a
         * result is moved on by the `mov` behind the operator. */
        uint32_t shape = (uint32_t)*ip - WIO_OP_h0v;
        uint32_t n = shapes[shape].n;
        uint32_t i = 0;
        uint32_t v[4];

        next = ip + 2;
        func = ip[1];
        if (shapes[shape].constant) {
            v[i++] = S16(2);
            next += 2;
        }
        while (i < n) {
            v[i++] = fp[*next++];
        }
        base = shapes[shape].result ? next[2] : *next++;
        for (i = 0; i < n; i++) {
            fp[base + i] = v[i];
        }
        callee = inst;
        goto call_import;
    }

    H(h0v) { IMPORT(2, 0) F(v0)(CTX); CALLED(3) }
    H(h1v) { IMPORT(3, 1) F(v1)(CTX, R(2)); CALLED(4) }
    H(h2v) { IMPORT(4, 2) F(v2)(CTX, R(2), R(3)); CALLED(5) }
    H(h3v) { IMPORT(5, 3) F(v3)(CTX, R(2), R(3), R(4)); CALLED(6) }
    H(h4v) { IMPORT(6, 4) F(v4)(CTX, R(2), R(3), R(4), R(5)); CALLED(7) }
    H(h1vk) { IMPORT(4, 1) F(v1)(CTX, S16(2)); CALLED(5) }
    H(h2vk) { IMPORT(5, 2) F(v2)(CTX, S16(2), R(4)); CALLED(6) }
    H(h3vk) { IMPORT(6, 3) F(v3)(CTX, S16(2), R(4), R(5)); CALLED(7) }
    H(h4vk) { IMPORT(7, 4) F(v4)(CTX, S16(2), R(4), R(5), R(6)); CALLED(8) }
    H(h0i) { IMPORT(4, 1) R(3) = F(i0)(CTX); CALLED(5) }
    H(h1i) { IMPORT(5, 1) R(4) = F(i1)(CTX, R(2)); CALLED(6) }
    H(h2i) { IMPORT(6, 2) R(5) = F(i2)(CTX, R(2), R(3)); CALLED(7) }
    H(h3i) { IMPORT(7, 3) R(6) = F(i3)(CTX, R(2), R(3), R(4)); CALLED(8) }
    H(h4i) { IMPORT(8, 4) R(7) = F(i4)(CTX, R(2), R(3), R(4), R(5)); CALLED(9) }
    H(h1ik) { IMPORT(6, 1) R(5) = F(i1)(CTX, S16(2)); CALLED(7) }
    H(h2ik) { IMPORT(7, 2) R(6) = F(i2)(CTX, S16(2), R(4)); CALLED(8) }
    H(h3ik) { IMPORT(8, 3) R(7) = F(i3)(CTX, S16(2), R(4), R(5)); CALLED(9) }
    H(h4ik) {
        IMPORT(9, 4)
        R(8) = F(i4)(CTX, S16(2), R(4), R(5), R(6));
        CALLED(10)
    }
    H(h0l) { IMPORT(4, 2) WL(3, F(l0)(CTX)); CALLED(5) }
    H(h1l) { IMPORT(5, 2) WL(4, F(l1)(CTX, R(2))); CALLED(6) }
    H(h2l) { IMPORT(6, 2) WL(5, F(l2)(CTX, R(2), R(3))); CALLED(7) }
    H(h1lk) { IMPORT(6, 2) WL(5, F(l1)(CTX, S16(2))); CALLED(7) }
    H(h2lk) { IMPORT(7, 2) WL(6, F(l2)(CTX, S16(2), R(4))); CALLED(8) }

    /* -- Moves and constants ----------------------------------------------- */

    H(mov) { R(1) = R(2); N(3) }
    H(mov2) { WL(1, RL(2)); N(3) }
    H(movn) {
        uint32_t *d = fp + U16(1);
        const uint32_t *a = fp + U16(3);

        for (uint32_t n = U16(5); n > 0; n--) {
            *d++ = *a++;
        }
        N(7)
    }
    H(k8) { R(1) = S8(2); N(3) }
    H(k16) { R(1) = S16(2); N(4) }
    H(k32) { R(1) = U32(2); N(6) }
    H(k64s) { WL(1, (uint64_t)(int64_t)(int32_t)S16(2)); N(4) }
    H(k64) { WL(1, get64(ip + 2)); N(10) }

    /* -- i32 --------------------------------------------------------------- */

    BINARY(add, a + b)
    BINARY(sub, a - b)
    BINARY(mul, a * b)
    H(divs) {
        uint32_t a = R(2), b = R(3);

        if (UNLIKELY(b == 0)) {
            TRAP(WIO_TRAP_INTEGER_DIVIDE)
        }
        if (UNLIKELY(a == 0x80000000u && b == UINT32_MAX)) {
            TRAP(WIO_TRAP_INTEGER_OVERFLOW)
        }
        R(1) = (uint32_t)((int32_t)a / (int32_t)b);
        N(4)
    }
    H(divu) {
        uint32_t a = R(2), b = R(3);

        if (UNLIKELY(b == 0)) {
            TRAP(WIO_TRAP_INTEGER_DIVIDE)
        }
        R(1) = a / b;
        N(4)
    }
    H(rems) {
        uint32_t a = R(2), b = R(3);

        if (UNLIKELY(b == 0)) {
            TRAP(WIO_TRAP_INTEGER_DIVIDE)
        }
        R(1) = b == UINT32_MAX ? 0 : (uint32_t)((int32_t)a % (int32_t)b);
        N(4)
    }
    H(remu) {
        uint32_t a = R(2), b = R(3);

        if (UNLIKELY(b == 0)) {
            TRAP(WIO_TRAP_INTEGER_DIVIDE)
        }
        R(1) = a % b;
        N(4)
    }
    BINARY(and, a & b)
    BINARY(or, a | b)
    BINARY(xor, a ^ b)
    BINARY(shl, a << (b & 31u))
    BINARY(shrs, (int32_t)a >> (b & 31u))
    BINARY(shru, a >> (b & 31u))
    BINARY(rotl, a << (b & 31u) | a >> (-b & 31u))
    BINARY(rotr, a >> (b & 31u) | a << (-b & 31u))
    BINARY_I(addi, a + b)
    BINARY_I(muli, a * b)
    BINARY_I(andi, a & b)
    BINARY_I(ori, a | b)
    BINARY_I(xori, a ^ b)
    H(shli) { R(1) = R(2) << ip[3]; N(4) }
    H(shrsi) { R(1) = (uint32_t)((int32_t)R(2) >> ip[3]); N(4) }
    H(shrui) { R(1) = R(2) >> ip[3]; N(4) }
    H(addb) { uint32_t k = S8(3); R(1) = R(2) + k; N(4) }
    H(addk) { R(1) = R(2) + U32(3); N(7) }
    H(ext8) { R(1) = (uint32_t)(int8_t)R(2); N(3) }
    H(ext16) { R(1) = (uint32_t)(int16_t)R(2); N(3) }

    BINARY(eq, a == b)
    BINARY(ne, a != b)
    BINARY(lts, (int32_t)a < (int32_t)b)
    BINARY(ges, (int32_t)a >= (int32_t)b)
    BINARY(ltu, a < b)
    BINARY(geu, a >= b)
    BINARY_I(eqi, a == b)
    BINARY_I(nei, a != b)
    BINARY_I(ltsi, (int32_t)a < (int32_t)b)
    BINARY_I(gesi, (int32_t)a >= (int32_t)b)
    BINARY_I(ltui, a < b)
    BINARY_I(geui, a >= b)

    BRANCH(eq, a == b)
    BRANCH(ne, a != b)
    BRANCH(lts, (int32_t)a < (int32_t)b)
    BRANCH(ges, (int32_t)a >= (int32_t)b)
    BRANCH(ltu, a < b)
    BRANCH(geu, a >= b)
    H(brz) { if (R(3) == 0) { ip += U16(1); NEXT; } N(4) }
    H(brnz) { if (R(3) != 0) { ip += U16(1); NEXT; } N(4) }
    H(brz_b) { if (R(3) == 0) { STEP ip -= U16(1); NEXT; } N(4) }
    H(brnz_b) { if (R(3) != 0) { STEP ip -= U16(1); NEXT; } N(4) }
    H(incbr_b) {
        uint32_t k = S8(5);
        uint32_t a = R(3) + k;
        uint32_t b;

        R(3) = a;
        b = R(4);
        if (a != b) { STEP ip -= U16(1); NEXT; }
        N(6)
    }

    /* -- i64 --------------------------------------------------------------- */

    BINARY_L(addl, a + b)
    BINARY_L(subl, a - b)
    BINARY_L(mull, a * b)
    BINARY_L(andl, a & b)
    BINARY_L(orl, a | b)
    BINARY_L(xorl, a ^ b)
    BINARY_L(shll, a << (b & 63u))
    BINARY_L(shrsl, (int64_t)a >> (b & 63u))
    BINARY_L(shrul, a >> (b & 63u))
    BINARY_LI(addli, a + b)
    BINARY_LI(andli, a & b)
    H(shlli) { WL(1, RL(2) << ip[3]); N(4) }
    H(shrsli) { WL(1, (uint64_t)((int64_t)RL(2) >> ip[3])); N(4) }
    H(shruli) { WL(1, RL(2) >> ip[3]); N(4) }
    COMPARE_L(eql, a == b)
    COMPARE_L(nel, a != b)
    COMPARE_L(ltsl, (int64_t)a < (int64_t)b)
    COMPARE_L(gesl, (int64_t)a >= (int64_t)b)
    COMPARE_L(ltul, a < b)
    COMPARE_L(geul, a >= b)
    H(exts) { WL(1, (uint64_t)(int64_t)(int32_t)R(2)); N(3) }
    H(extu) { WL(1, (uint64_t)R(2)); N(3) }

    /* -- The rest ---------------------------------------------------------- */

    H(sel) { R(1) = R(4) ? R(2) : R(3); N(5) }
    H(sel2) { WL(1, R(4) ? RL(2) : RL(3)); N(5) }
    H(gget) { R(1) = inst->globals[ip[2]]->value[0]; N(3) }
    H(gset) { inst->globals[ip[2]]->value[0] = R(1); N(3) }
    H(gget2) { WL(1, get64(inst->globals[ip[2]]->value)); N(3) }
    H(gset2) { put64(inst->globals[ip[2]]->value, RL(1)); N(3) }

    LOAD(ld32, 4u, R(1) = get32(p))
    LOAD(ld8s, 1u, R(1) = (uint32_t)(int8_t)*p)
    LOAD(ld8u, 1u, R(1) = *p)
    LOAD(ld16s, 2u, R(1) = (uint32_t)(int16_t)get16(p))
    LOAD(ld16u, 2u, R(1) = get16(p))
    LOAD(ld64, 8u, WL(1, get64(p)))
    LOAD(ld32sl, 4u, WL(1, (uint64_t)(int64_t)(int32_t)get32(p)))
    LOAD(ld32ul, 4u, WL(1, (uint64_t)get32(p)))
    STORE(st32, 4u, put32(p, R(1)))
    STORE(st8, 1u, *p = (uint8_t)R(1))
    STORE(st16, 2u, put16(p, R(1)))
    STORE(st64, 8u, put64(p, RL(1)))
    H(ld32a) { R(1) = get32(memory->data + U16(2)); N(4) }
    H(st32a) { put32(memory->data + U16(2), R(1)); N(4) }
    H(memx) {
        cause = wio_mem_op(inst, ip, fp);
        if (UNLIKELY(cause != 0)) {
            goto trap;
        }
        N(9)
    }
    H(ld32h) {
        const struct wio_imported_memory *m = &inst->imported[ip[2]];
        int64_t value;

        exec->steps.left = fuel;
        value = m->load32(m->memory, U16(3));
        R(1) = (uint32_t)value;
        refused = (uint32_t)(value >> 32);
        if (UNLIKELY((refused | (uint32_t)exec->steps.limit) != 0)) {
            goto loaded;
        }
        N(5)
    }
    H(st32h) {
        const struct wio_imported_memory *m = &inst->imported[ip[2]];

        exec->steps.left = fuel;
        cause = (uint32_t)m->store32(m->memory, U16(3), R(1));
        if (UNLIKELY((cause | (uint32_t)exec->steps.limit) != 0)) {
            goto stored;
        }
        N(5)
    }
    loaded:
        /* The host refused, or somebody wants to stop or to pause. */
        cause = refused ? R(1) : 0;
    stored: {
        cause = wio_accessed(inst, inst->memories[ip[2]], U16(3), 4,
                             (int32_t)cause);
        if (cause != 0) {
            goto trap;
        }
        N(5)
    }
    H(memh) {
        exec->steps.left = fuel;
        cause = wio_imported_op(inst, ip, fp);
        if (UNLIKELY(cause != 0)) {
            goto trap;
        }
        N(9)
    }
    H(num) {
        cause = wio_num_op(ip[4], fp + ip[1], fp + ip[2], fp + ip[3]);
        if (UNLIKELY(cause != 0)) {
            goto trap;
        }
        N(5)
    }
    H(misc) {
        exec->steps.left = fuel;
        cause = wio_misc_op(inst, ip, fp);
        fuel = exec->steps.left;
        if (UNLIKELY(cause != 0)) {
            goto trap;
        }
        N(9)
    }

#if WIO_CFG_SWITCH_DISPATCH
    default:
        TRAP(WIO_TRAP_UNREACHABLE)   /* no such operator is ever emitted */
    } }
#endif

safepoint:
    /* The step was not made. After a pause the operator is done again, and
     * only incbr_b has done something already. */
    fuel++;
    exec->steps.left = fuel;
    cause = wio_safepoint(exec, 1);
    if (cause == 0) {
        fuel = exec->steps.left;
        if (*ip == WIO_OP_incbr_b) {
            uint32_t k = S8(5);

            R(3) -= k;
        }
        goto again;
    }
    goto trap;
bounds:
    cause = WIO_TRAP_MEMORY_BOUNDS;
    goto trap;
trap:
    exec->steps.left = fuel;
    inst->base.exec = NULL;
    entry->instance->exec = outer;
    return wio_trapped(exec, cause, inst->base.module, ip, entry, trap);
}
