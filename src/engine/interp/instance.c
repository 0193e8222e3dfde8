/* SPDX-License-Identifier: Apache-2.0 */
/* Instances: allocation, initial values, active segments (Core 2.0, section
 * 4.5.4). */
#include "engine/aot/aot.h"
#include "engine/interp/loader.h"

static const struct wio_memory no_memory;

/* -- Parts ---------------------------------------------------------------- */

/* The fewest and the most bytes of a memory; false when the bounds cross. */
static bool
reserve(const struct wio_limits *type, uint32_t most, struct wio_memory *m)
{
    uint64_t min = (uint64_t)type->min << type->page_shift;
    uint32_t max_pages = most >> type->page_shift;

    if (min > most) {
        return false;
    }
    if (max_pages > type->max) {
        max_pages = type->max;
    }
    m->n_bytes = (uint32_t)min;
    m->n_pages = type->min;
    m->max_pages = max_pages;
    m->declared_max = type->max;
    m->page_shift = type->page_shift;
    return true;
}

static int
out_of_memory(struct wio_report *report)
{
    return wio_report_fail(report, WIO_ERR_NO_MEMORY, "the memory given "
                           "cannot hold the instance");
}

static int
make_memory(struct wio_arena *arena, const struct wio_limits *type,
            uint32_t most, struct wio_memory **out, struct wio_report *report)
{
    struct wio_memory *m = wio_arena_take(arena, sizeof *m, 8);

    if (!m) {
        return out_of_memory(report);
    }
    if (!reserve(type, most, m)) {
        return wio_report_fail(report, WIO_ERR_LIMIT, "a memory needs at "
                               "least %u pages of %u bytes, allowed are %u "
                               "bytes", type->min, 1u << type->page_shift,
                               most);
    }
    m->data = wio_arena_take(arena, m->max_pages << m->page_shift, 8);
    if (!m->data) {
        return out_of_memory(report);
    }
    *out = m;
    return 0;
}

/* As make_memory, where the image has a place for it. */
static int
place_memory(const struct wio_aot_image *image, uint32_t i,
             const struct wio_limits *type, uint32_t most,
             struct wio_arena *arena, struct wio_memory **out,
             struct wio_report *report)
{
    const struct wio_aot_place *place = &image->places[i];
    struct wio_memory *m = (struct wio_memory *)(void *)&image->memories[i];
    int err;

    if (!place->data) {
        struct wio_memory *taken;

        /* The code knows it by the image's structure. */
        err = make_memory(arena, type, most, &taken, report);
        if (!err) {
            *m = *taken;
            *out = m;
        }
        return err;
    }
    if (most > place->n_bytes) {
        most = place->n_bytes;
    }
    if (!reserve(type, most, m)) {
        return wio_report_fail(report, WIO_ERR_LIMIT, "a memory needs at "
                               "least %u pages of %u bytes, the native code "
                               "was made for %u bytes; compile with more room",
                               type->min, 1u << type->page_shift, most);
    }
    m->data = place->data;
    wio_fill(m->data, 0, m->max_pages << m->page_shift);
    *out = m;
    return 0;
}

static int
make_table(struct wio_arena *arena, const struct wio_table_info *type,
           uint32_t most, struct wio_table **out, struct wio_report *report)
{
    struct wio_table *t = wio_arena_take(arena, sizeof *t, 8);

    if (!t) {
        return out_of_memory(report);
    }
    if (most > WIO_MAX_TABLE_ELEMENTS) {
        most = WIO_MAX_TABLE_ELEMENTS;
    }
    if (type->min > most) {
        return wio_report_fail(report, WIO_ERR_LIMIT, "a table needs at "
                               "least %u elements, allowed are %u", type->min,
                               most);
    }
    t->n = type->min;
    t->max = type->max < most ? type->max : most;
    t->declared_max = type->max;
    t->value_type = type->value_type;
    t->elements = wio_arena_take(arena, t->max * 4u, 4);
    if (!t->elements) {
        return out_of_memory(report);
    }
    *out = t;
    return 0;
}

int
wio_engine_global_create(struct wio_arena *arena, uint8_t value_type,
                         bool is_mutable, uint64_t bits,
                         struct wio_global **global)
{
    struct wio_global *g = wio_arena_take(arena, sizeof *g, 8);

    if (!g) {
        return WIO_ERR_NO_MEMORY;
    }
    g->value_type = value_type;
    g->is_mutable = is_mutable;
    g->value[0] = (uint32_t)bits;
    g->value[1] = (uint32_t)(bits >> 32);
    *global = g;
    return 0;
}

uint64_t
wio_engine_global_get(const struct wio_global *global)
{
    if (!wio_is_64bit(global->value_type)) {
        return global->value[0];
    }
    return (uint64_t)global->value[1] << 32 | global->value[0];
}

uint32_t *
wio_engine_global_word(struct wio_global *global)
{
    return &global->value[0];
}

uint8_t
wio_engine_global_type(const struct wio_global *global)
{
    return global->value_type;
}

int
wio_engine_table_create(struct wio_arena *arena, uint8_t value_type,
                        uint32_t min, uint32_t max, struct wio_table **table)
{
    struct wio_table_info type = { .min = min, .max = max,
                                   .value_type = value_type };

    return make_table(arena, &type, max == UINT32_MAX ? min : max, table,
                      NULL);
}

int
wio_engine_memory_create(struct wio_arena *arena, uint32_t min, uint32_t max,
                         uint8_t page_shift, struct wio_memory **memory)
{
    struct wio_limits type = { .min = min, .max = max,
                               .page_shift = page_shift };
    uint64_t most = (uint64_t)(max == UINT32_MAX ? min : max) << page_shift;

    if (most > UINT32_MAX) {
        return WIO_ERR_LIMIT;
    }
    return make_memory(arena, &type, (uint32_t)most, memory, NULL);
}

/* -- Instantiation -------------------------------------------------------- */

static uint32_t
least_memory(const struct wio_limits *type)
{
    uint64_t min = (uint64_t)type->min << type->page_shift;

    return min > UINT32_MAX ? UINT32_MAX : (uint32_t)min;
}

static int
take_parts(struct wio_inst *inst, const struct wio_instance_limits *limits,
           struct wio_arena *arena, struct wio_report *report)
{
    const struct wio_module *m = inst->base.module;
    uint32_t align = sizeof(void *);
    int err = 0;

    inst->imports = wio_arena_take(arena, m->n_imported_funcs *
                                   (uint32_t)sizeof *inst->imports, align);
    inst->globals = wio_arena_take(arena, m->n_globals *
                                   (uint32_t)sizeof *inst->globals, align);
    inst->memories = wio_arena_take(arena, m->n_memories *
                                    (uint32_t)sizeof *inst->memories, align);
    inst->imported = wio_arena_take(arena, m->n_imported_memories *
                                    (uint32_t)sizeof *inst->imported, align);
    inst->tables = wio_arena_take(arena, m->n_tables *
                                  (uint32_t)sizeof *inst->tables, align);
    inst->dropped = wio_arena_take(arena,
                                   ((uint32_t)m->n_elems + m->n_data + 7) / 8,
                                   1);
    if (!inst->imports || !inst->globals || !inst->memories ||
        !inst->imported || !inst->tables || !inst->dropped) {
        return out_of_memory(report);
    }
    for (uint32_t i = m->n_imported_globals; !err && i < m->n_globals; i++) {
        if (m->image) {
            inst->globals[i] = (struct wio_global *)(void *)
                &m->image->globals[i - m->n_imported_globals];
            inst->globals[i]->value_type = m->globals[i].value_type;
            inst->globals[i]->is_mutable = m->globals[i].is_mutable;
        } else if (wio_engine_global_create(arena, m->globals[i].value_type,
                                     m->globals[i].is_mutable, 0,
                                     &inst->globals[i])) {
            err = out_of_memory(report);
        }
    }
    for (uint32_t i = m->n_imported_tables; !err && i < m->n_tables; i++) {
        err = make_table(arena, &m->tables[i], limits ? limits->table_elements
                                                      : m->tables[i].min,
                         &inst->tables[i], report);
    }
    for (uint32_t i = m->n_imported_memories; !err && i < m->n_memories; i++) {
        uint32_t most = limits ? limits->memory_bytes
                               : least_memory(&m->memories[i]);

        err = m->image ? place_memory(m->image, i - m->n_imported_memories,
                                      &m->memories[i], most, arena,
                                      &inst->memories[i], report)
                       : make_memory(arena, &m->memories[i], most,
                                     &inst->memories[i], report);
    }
    return err;
}

static void
set_globals(struct wio_inst *inst)
{
    const struct wio_module *m = inst->base.module;
    struct wio_cursor c;

    if (!m->global_section) {
        return;
    }
    c = wio_module_cursor(m, m->global_section);
    wio_read_leb_u32(&c);
    for (uint32_t i = m->n_imported_globals; i < m->n_globals; i++) {
        uint64_t value;

        wio_read_u8(&c);
        wio_read_u8(&c);
        value = wio_eval_expr(inst, &c);
        inst->globals[i]->value[0] = (uint32_t)value;
        inst->globals[i]->value[1] = (uint32_t)(value >> 32);
    }
}

static int
segment_trap(uint32_t cause, const char *what, uint32_t i, uint32_t offset,
             struct wio_trap *trap, struct wio_report *report)
{
    *trap = (struct wio_trap){ .cause = (enum wio_trap_cause)cause,
                               .offset = offset };
    return wio_report_fail(report, WIO_ERR_TRAPPED,
                           "%s: %s segment %u at byte %u of the module does "
                           "not fit", wio_trap_text(trap->cause), what, i,
                           offset);
}

static int
run_elems(struct wio_inst *inst, struct wio_trap *trap,
          struct wio_report *report)
{
    const struct wio_module *m = inst->base.module;

    for (uint32_t i = 0; i < m->n_elems; i++) {
        struct wio_cursor c = wio_module_cursor(m, m->elems_at[i]);
        struct wio_segment s = wio_read_elem(&c);
        uint32_t cause = 0;

        if (s.is_active) {
            cause = wio_table_init(inst, i, s.index,
                                   (uint32_t)wio_eval_expr(inst, &s.offset),
                                   0, s.n);
        }
        if (cause) {
            return segment_trap(cause, "element", i, m->elems_at[i], trap,
                                report);
        }
        if (s.is_active || s.is_declared) {
            inst->dropped[i / 8] |= (uint8_t)(1u << (i % 8));
        }
    }
    return 0;
}

static int
run_data(struct wio_inst *inst, struct wio_trap *trap,
         struct wio_report *report)
{
    const struct wio_module *m = inst->base.module;
    struct wio_cursor c;

    if (!m->data_section) {
        return 0;
    }
    c = wio_module_cursor(m, m->data_section);
    wio_read_leb_u32(&c);
    for (uint32_t i = 0; i < m->n_data; i++) {
        uint32_t at = (uint32_t)(c.at - m->bytes.bytes);
        struct wio_segment s = wio_read_data(&c);
        uint32_t bit = m->n_elems + i;
        uint32_t cause;

        if (!s.is_active) {
            continue;
        }
        cause = wio_memory_init(inst, wio_read_span(&s.content, s.n), s.index,
                                (uint32_t)wio_eval_expr(inst, &s.offset), 0,
                                s.n);
        if (cause) {
            return segment_trap(cause, "data", i, at, trap, report);
        }
        inst->dropped[bit / 8] |= (uint8_t)(1u << (bit % 8));
    }
    return 0;
}

static int
join_store(struct wio_inst *inst, struct wio_store *store,
           struct wio_report *report)
{
    inst->store = store;
    if (!store) {
        return 0;
    }
    if (store->n >= store->capacity || store->n >= 4095) {
        return wio_report_fail(report, WIO_ERR_LIMIT, "the store holds %u "
                               "instances and no more", store->n);
    }
    inst->place = store->n;
    store->instances[store->n++] = &inst->base;
    return 0;
}

int
wio_engine_instantiate(const struct wio_module *module,
                       struct wio_store *store, wio_resolve_fn resolve,
                       void *resolve_ctx, void *host,
                       const struct wio_instance_limits *limits,
                       struct wio_arena *arena,
                       struct wio_instance **instance,
                       struct wio_trap *trap, struct wio_report *report)
{
    struct wio_arena_mark mark = wio_arena_mark(arena);
    struct wio_inst *inst = wio_arena_take(arena, sizeof *inst, 8);
    int err;

    if (!inst) {
        return out_of_memory(report);
    }
    inst->base.host = host;
    inst->base.module = module;
    inst->code = module->code;
    inst->image = module->image;
    inst->funcs = module->funcs;
    inst->n_defined = (uint32_t)(module->n_funcs - module->n_imported_funcs);
    err = take_parts(inst, limits, arena, report);
    if (!err) {
        err = wio_link_imports(inst, resolve, resolve_ctx,
                               limits && limits->exact_time, report);
    }
    if (!err) {
        err = join_store(inst, store, report);
    }
    if (err) {
        wio_arena_return(arena, mark);
        return err;
    }
    inst->base.memory = module->n_memories
                            ? inst->memories[module->main_memory] : NULL;
    if (inst->base.memory && inst->base.memory->host) {
        inst->base.memory = NULL;
    }
    inst->main_memory = inst->base.memory ? inst->base.memory : &no_memory;
    if (inst->image) {
        wio_native_link(inst);
    }
    set_globals(inst);
    /* From here on others may hold references to the instance: it stays. */
    *instance = &inst->base;
    err = run_elems(inst, trap, report);
    return err ? err : run_data(inst, trap, report);
}
