/* SPDX-License-Identifier: Apache-2.0 */
/* Host functions with their arguments in slots: the way of every import that
 * the loop does not call at once. */
#include "engine/aot/aot.h"
#include "engine/interp/module.h"

#define ARGS0 c
#define ARGS1 c, s[0]
#define ARGS2 c, s[0], s[1]
#define ARGS3 c, s[0], s[1], s[2]
#define ARGS4 c, s[0], s[1], s[2], s[3]
#define ARGS5 c, s[0], s[1], s[2], s[3], s[4]
#define ARGS6 c, s[0], s[1], s[2], s[3], s[4], s[5]

typedef uint32_t u;
typedef struct wio_instance ctx;
typedef void (*slots_fn)(ctx *, uint32_t *);
typedef void (*self_fn)(ctx *, const struct wio_host_func *, uint32_t *);

#define CALLER(name, R)                                                       \
    static R                                                                  \
    name(wio_host_fn f, uint32_t n, ctx *c, const uint32_t *s)                \
    {                                                                         \
        switch (n) {                                                          \
        case 0:                                                               \
            return ((R (*)(ctx *))f)(ARGS0);                                  \
        case 1:                                                               \
            return ((R (*)(ctx *, u))f)(ARGS1);                               \
        case 2:                                                               \
            return ((R (*)(ctx *, u, u))f)(ARGS2);                            \
        case 3:                                                               \
            return ((R (*)(ctx *, u, u, u))f)(ARGS3);                         \
        case 4:                                                               \
            return ((R (*)(ctx *, u, u, u, u))f)(ARGS4);                      \
        case 5:                                                               \
            return ((R (*)(ctx *, u, u, u, u, u))f)(ARGS5);                   \
        default:                                                              \
            return ((R (*)(ctx *, u, u, u, u, u, u))f)(ARGS6);                \
        }                                                                     \
    }

CALLER(call_u32, uint32_t)
CALLER(call_u64, uint64_t)

static void
call_void(wio_host_fn f, uint32_t n, ctx *c, const uint32_t *s)
{
    switch (n) {
    case 0:
        ((void (*)(ctx *))f)(ARGS0);
        break;
    case 1:
        ((void (*)(ctx *, u))f)(ARGS1);
        break;
    case 2:
        ((void (*)(ctx *, u, u))f)(ARGS2);
        break;
    case 3:
        ((void (*)(ctx *, u, u, u))f)(ARGS3);
        break;
    case 4:
        ((void (*)(ctx *, u, u, u, u))f)(ARGS4);
        break;
    case 5:
        ((void (*)(ctx *, u, u, u, u, u))f)(ARGS5);
        break;
    default:
        ((void (*)(ctx *, u, u, u, u, u, u))f)(ARGS6);
        break;
    }
}

/* Not the host's: of another instance, with native code. */
static void
call_native(struct wio_inst *inst, const struct wio_import *import,
            uint32_t *slots)
{
    uint32_t cause = wio_native_slots(inst->base.exec, import->to.inst,
                                      import->info >> 8 & 0xffffu, slots);

    if (cause) {
        wio_engine_raise(&inst->base, (enum wio_trap_cause)cause,
                         inst->base.exec->code);
    }
}

void
wio_host_call(struct wio_inst *inst, const struct wio_import *import,
              const struct wio_type_info *type, uint32_t *slots)
{
    wio_host_fn f = import->to.fn;
    uint64_t wide;

    if (import->info & WIO_IMPORT_SELF) {
        ((self_fn)import->to.self->fn)(&inst->base, import->to.self, slots);
    } else if (import->info & WIO_IMPORT_NATIVE) {
        call_native(inst, import, slots);
    } else if (import->info & WIO_IMPORT_SLOTS) {
        ((slots_fn)f)(&inst->base, slots);
    } else if (type->n_results == 0) {
        call_void(f, type->n_params, &inst->base, slots);
    } else if (type->result_slots == 1) {
        slots[0] = call_u32(f, type->n_params, &inst->base, slots);
    } else {
        wide = call_u64(f, type->n_params, &inst->base, slots);
        slots[0] = (uint32_t)wide;
        slots[1] = (uint32_t)(wide >> 32);
    }
}
