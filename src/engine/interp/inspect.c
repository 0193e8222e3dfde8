/* SPDX-License-Identifier: Apache-2.0 */
/* What a loaded module offers and wants, read again from its bytes. */
#include "engine/interp/loader.h"

static struct wio_func_type
func_type(const struct wio_module *m, const struct wio_type_info *t)
{
    return (struct wio_func_type){
        .params = { .bytes = wio_type_params(m, t), .len = t->n_params },
        .results = { .bytes = wio_type_results(m, t), .len = t->n_results }
    };
}

uint32_t
wio_module_n_imports(const struct wio_module *module)
{
    return module->n_imports;
}

static void
read_import(const struct wio_module *m, struct wio_cursor *c,
            struct wio_import_info *info)
{
    struct wio_extern_type *type = &info->type;

    info->module = wio_read_span(c, wio_read_leb_u32(c));
    info->name = wio_read_span(c, wio_read_leb_u32(c));
    *type = (struct wio_extern_type){ .kind = wio_read_u8(c) };
    switch (type->kind) {
    case WIO_EXTERN_FUNC:
        type->func = func_type(m, &m->types[wio_read_leb_u32(c)]);
        break;
    case WIO_EXTERN_TABLE:
        type->value_type = wio_read_u8(c);
        type->limits = wio_read_limits(c);
        break;
    case WIO_EXTERN_MEMORY:
        type->limits = wio_read_limits(c);
        break;
    default:
        type->value_type = wio_read_u8(c);
        type->is_mutable = wio_read_u8(c) != 0;
        break;
    }
}

void
wio_module_import(const struct wio_module *module, uint32_t i,
                  struct wio_import_info *info)
{
    struct wio_cursor c = wio_module_cursor(module, module->import_section);

    wio_read_leb_u32(&c);
    do {
        read_import(module, &c, info);
    } while (i-- > 0);
}

uint32_t
wio_module_n_exports(const struct wio_module *module)
{
    return module->n_exports;
}

static struct wio_extern_type
extern_type(const struct wio_module *m, uint8_t kind, uint32_t index)
{
    struct wio_extern_type type = { .kind = kind };

    switch (kind) {
    case WIO_EXTERN_FUNC:
        type.func = func_type(m, wio_type_of(m, index));
        break;
    case WIO_EXTERN_TABLE:
        type.value_type = m->tables[index].value_type;
        type.limits.min = m->tables[index].min;
        type.limits.max = m->tables[index].max;
        break;
    case WIO_EXTERN_MEMORY:
        type.limits = m->memories[index];
        break;
    default:
        type.value_type = m->globals[index].value_type;
        type.is_mutable = m->globals[index].is_mutable != 0;
        break;
    }
    return type;
}

void
wio_module_export(const struct wio_module *module, uint32_t i,
                  struct wio_export_info *info)
{
    struct wio_cursor c = wio_module_cursor(module, module->export_section);
    uint8_t kind;

    wio_read_leb_u32(&c);
    do {
        info->name = wio_read_span(&c, wio_read_leb_u32(&c));
        kind = wio_read_u8(&c);
        info->index = wio_read_leb_u32(&c);
    } while (i-- > 0);
    info->type = extern_type(module, kind, info->index);
}

uint32_t
wio_module_n_memories(const struct wio_module *module)
{
    return module->n_memories;
}

struct wio_limits
wio_module_memory(const struct wio_module *module, uint32_t i)
{
    return module->memories[i];
}

uint32_t
wio_module_n_imported_memories(const struct wio_module *module)
{
    return module->n_imported_memories;
}

struct wio_memory_use
wio_module_memory_use(const struct wio_module *module, uint32_t memory)
{
    return module->uses[memory];
}

bool
wio_module_has_start(const struct wio_module *module)
{
    return module->start != WIO_NO_INDEX;
}

bool
wio_module_has_atomics(const struct wio_module *module)
{
    return module->has_atomics;
}

struct wio_module_size
wio_module_size(const struct wio_module *module)
{
    return (struct wio_module_size){
        .n_functions = (uint32_t)(module->n_funcs - module->n_imported_funcs),
        .code_bytes = module->code_bytes,
        .compiled_bytes = module->compiled_bytes,
        .module_bytes = module->module_bytes
    };
}

/* -- Of an instance ------------------------------------------------------- */

bool
wio_engine_find_span(struct wio_instance *instance, struct wio_span name,
                     struct wio_extern *found)
{
    const struct wio_module *m = instance->module;
    struct wio_inst *inst = wio_inst(instance);
    struct wio_cursor c = wio_module_cursor(m, m->export_section);

    if (m->n_exports) {
        wio_read_leb_u32(&c);
    }
    for (uint32_t i = 0; i < m->n_exports; i++) {
        struct wio_span here = wio_read_span(&c, wio_read_leb_u32(&c));
        uint8_t kind = wio_read_u8(&c);
        uint32_t index = wio_read_leb_u32(&c);

        if (!wio_span_equal(here, name)) {
            continue;
        }
        *found = (struct wio_extern){ .kind = kind };
        if (kind == WIO_EXTERN_FUNC) {
            found->func.instance = instance;
            found->func.index = index;
            wio_prepare(&found->func);
        } else if (kind == WIO_EXTERN_TABLE) {
            found->of.table = inst->tables[index];
        } else if (kind == WIO_EXTERN_MEMORY) {
            found->of.memory = inst->memories[index];
        } else {
            found->of.global = inst->globals[index];
        }
        return true;
    }
    return false;
}

bool
wio_engine_find(struct wio_instance *instance, const char *name,
                struct wio_extern *found)
{
    struct wio_span span = { .bytes = (const uint8_t *)name,
                             .len = wio_text_len(name) };

    return wio_engine_find_span(instance, span, found);
}

struct wio_func_type
wio_engine_func_type(struct wio_func func)
{
    const struct wio_module *m = func.instance->module;

    return func_type(m, wio_type_of(m, func.index));
}

uint32_t
wio_engine_funcref(struct wio_func func)
{
    return func.instance ? wio_ref_func(wio_inst(func.instance), func.index)
                         : 0;
}
