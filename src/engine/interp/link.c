/* SPDX-License-Identifier: Apache-2.0 */
/* Imports meet what the host offers (Core 2.0, section 3.2.8). */
#include "engine/interp/loader.h"

static char
letter(uint8_t type)
{
    switch (type) {
    case WIO_TYPE_I32:
        return 'i';
    case WIO_TYPE_I64:
        return 'I';
    case WIO_TYPE_F32:
        return 'f';
    case WIO_TYPE_F64:
        return 'F';
    case WIO_TYPE_FUNCREF:
        return 'r';
    default:
        return 'x';
    }
}

static bool
signature_matches(const char *s, const struct wio_func_type *type)
{
    for (uint32_t i = 0; i < type->params.len; i++) {
        if (*s++ != letter(type->params.bytes[i])) {
            return false;
        }
    }
    if (*s++ != ':') {
        return false;
    }
    for (uint32_t i = 0; i < type->results.len; i++) {
        if (*s++ != letter(type->results.bytes[i])) {
            return false;
        }
    }
    return *s == '\0';
}

/* What the engine can call with C arguments. */
static bool
can_be_typed(const struct wio_func_type *type)
{
    if (type->params.len > 6 || type->results.len > 1 ||
        (type->results.len == 1 && type->results.bytes[0] != WIO_TYPE_I32 &&
         type->results.bytes[0] != WIO_TYPE_I64)) {
        return false;
    }
    for (uint32_t i = 0; i < type->params.len; i++) {
        if (type->params.bytes[i] != WIO_TYPE_I32) {
            return false;
        }
    }
    return true;
}

static bool
link_host(struct wio_import *import, const struct wio_host_func *f,
          const struct wio_func_type *type, bool exact_time)
{
    if (!f || !f->fn || !signature_matches(f->signature, type)) {
        return false;
    }
    if (f->flags & WIO_HOST_SELF) {
        import->info = WIO_IMPORT_SELF;
        import->to.self = f;
        return true;
    }
    if (f->flags & WIO_HOST_SLOTS) {
        import->info = WIO_IMPORT_SLOTS;
    } else if (!can_be_typed(type)) {
        return false;
    } else {
        import->info = f->flags & WIO_HOST_LEAF && !exact_time
                           ? 0 : WIO_IMPORT_TYPED;
    }
    import->to.fn = f->fn;
    return true;
}

static bool
link_func(struct wio_inst *inst, uint32_t index,
          const struct wio_extern *found, const struct wio_func_type *type,
          bool exact_time)
{
    struct wio_import *import = &inst->imports[index];
    struct wio_inst *other;
    const struct wio_module *om;

    if (!found->func.instance) {
        return link_host(import, found->of.host_func, type, exact_time);
    }
    other = wio_inst(found->func.instance);
    om = other->base.module;
    if (found->func.index >= om->n_funcs ||
        !wio_types_equal(om, wio_type_of(om, found->func.index),
                         inst->base.module,
                         wio_type_of(inst->base.module, index))) {
        return false;
    }
    if (found->func.index < om->n_imported_funcs) {
        *import = other->imports[found->func.index];   /* no chains */
    } else if (other->image) {
        import->to.inst = other;
        import->info = WIO_IMPORT_NATIVE | WIO_IMPORT_SLOTS |
                       (found->func.index - om->n_imported_funcs) << 8;
    } else {
        import->to.inst = other;
        import->info = WIO_IMPORT_WASM |
                       (found->func.index - om->n_imported_funcs);
    }
    return true;
}

static bool
limits_match(uint32_t n, uint32_t declared_max, uint32_t min, uint32_t max)
{
    return n >= min && (max == UINT32_MAX || declared_max <= max);
}

static bool
link_one(struct wio_inst *inst, const struct wio_import_info *info,
         const struct wio_extern *found, uint32_t next[4], bool exact_time)
{
    const struct wio_extern_type *type = &info->type;
    uint32_t index = next[type->kind]++;

    if (found->kind != type->kind) {
        return false;
    }
    switch (type->kind) {
    case WIO_EXTERN_FUNC:
        return link_func(inst, index, found, &type->func, exact_time);
    case WIO_EXTERN_TABLE:
        inst->tables[index] = found->of.table;
        return found->of.table->value_type == type->value_type &&
               limits_match(found->of.table->n,
                            found->of.table->declared_max, type->limits.min,
                            type->limits.max);
    case WIO_EXTERN_MEMORY:
        inst->memories[index] = found->of.memory;
        inst->imported[index] = wio_imported(found->of.memory);
        return found->of.memory->page_shift == type->limits.page_shift &&
               limits_match(found->of.memory->n_pages,
                            found->of.memory->declared_max, type->limits.min,
                            type->limits.max);
    default:
        inst->globals[index] = found->of.global;
        return found->of.global->value_type == type->value_type &&
               found->of.global->is_mutable == type->is_mutable;
    }
}

/* A memory that lies with the host has no bytes to move or to initialise. */
static int
check_use(const struct wio_inst *inst, const struct wio_import_info *info,
          const struct wio_extern *found, uint32_t index,
          struct wio_report *report)
{
    struct wio_memory_use use;

    if (info->type.kind != WIO_EXTERN_MEMORY ||
        found->kind != WIO_EXTERN_MEMORY || !found->of.memory->host) {
        return 0;
    }
    use = wio_module_memory_use(inst->base.module, index);
    return use.kind == WIO_USE_PLAIN
               ? 0
               : wio_report_fail(report, WIO_ERR_UNLINKABLE,
                                 "incompatible import type: memory \"%S\" of "
                                 "\"%S\" takes accesses of 8, 16 and 32 bits "
                                 "only, byte %u of the module does something "
                                 "else", &info->name, &info->module,
                                 use.offset);
}

int
wio_link_imports(struct wio_inst *inst, wio_resolve_fn resolve, void *ctx,
                 bool exact_time, struct wio_report *report)
{
    const struct wio_module *m = inst->base.module;
    uint32_t next[4] = { 0, 0, 0, 0 };

    for (uint32_t i = 0; i < m->n_imports; i++) {
        struct wio_import_info info;
        struct wio_extern found = { .kind = 0xff };
        int err;

        wio_module_import(m, i, &info);
        err = resolve ? resolve(ctx, &info, &found, report)
                      : WIO_ERR_UNLINKABLE;
        if (err) {
            return wio_report_fail(report, err, "unknown import: nothing is "
                                   "called \"%S\" in \"%S\"", &info.name,
                                   &info.module);
        }
        err = check_use(inst, &info, &found, next[WIO_EXTERN_MEMORY], report);
        if (err) {
            return err;
        }
        if (!link_one(inst, &info, &found, next, exact_time)) {
            return wio_report_fail(report, WIO_ERR_UNLINKABLE,
                                   "incompatible import type: \"%S\" of "
                                   "\"%S\" is of another type here",
                                   &info.name, &info.module);
        }
    }
    return 0;
}
