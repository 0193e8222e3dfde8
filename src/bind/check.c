/* SPDX-License-Identifier: Apache-2.0 */
/* bind/check.c - which imports there are, who may use them, and the linking */
#include <wio/abi.h>

#include "bind/internal.h"

static const struct wio_bind_table *const tables[] = {
    &wio_bind_core_, &wio_bind_delay_, &wio_bind_time_, &wio_bind_gpio_,
    &wio_bind_i2c_, &wio_bind_uart_, &wio_bind_mmio_, &wio_bind_point_,
    &wio_bind_irq_, &wio_bind_spi_, &wio_bind_request_,
};

#define N_TABLES (sizeof(tables) / sizeof(tables[0]))

const struct wio_host_func *
wio_bind_function(uint32_t i)
{
    for (uint32_t t = 0; t < N_TABLES; t++) {
        if (i < tables[t]->n_functions) {
            return &tables[t]->functions[i];
        }
        i -= tables[t]->n_functions;
    }
    return NULL;
}

/* -- Near names ------------------------------------------------------------ */

#define NAME_MAX 24u

/* Single-character changes from @a to @b; many when either is long. */
static uint32_t
distance(struct wio_span a, const char *b)
{
    uint32_t b_len = wio_text_len(b);
    uint8_t row[NAME_MAX + 1];

    if (a.len > NAME_MAX || b_len > NAME_MAX) {
        return UINT32_MAX;
    }
    for (uint32_t j = 0; j <= b_len; j++) {
        row[j] = (uint8_t)j;
    }
    for (uint32_t i = 0; i < a.len; i++) {
        uint32_t diagonal = row[0];

        row[0] = (uint8_t)(i + 1);
        for (uint32_t j = 0; j < b_len; j++) {
            uint32_t best = diagonal + (a.bytes[i] != (uint8_t)b[j]);

            diagonal = row[j + 1];
            if (diagonal + 1 < best) {
                best = diagonal + 1;
            }
            if (row[j] + 1u < best) {
                best = row[j] + 1u;
            }
            row[j + 1] = (uint8_t)best;
        }
    }
    return row[b_len];
}

static const char *
nearest_module(struct wio_span name)
{
    const char *nearest = tables[0]->module;
    uint32_t least = UINT32_MAX;

    for (uint32_t t = 0; t < N_TABLES; t++) {
        uint32_t d = distance(name, tables[t]->module);

        if (d < least) {
            least = d;
            nearest = tables[t]->module;
        }
    }
    return nearest;
}

static const char *
nearest_function(const struct wio_bind_table *table, struct wio_span name)
{
    const char *nearest = table->functions[0].name;
    uint32_t least = UINT32_MAX;

    for (uint32_t i = 0; i < table->n_functions; i++) {
        uint32_t d = distance(name, table->functions[i].name);

        if (d < least) {
            least = d;
            nearest = table->functions[i].name;
        }
    }
    return nearest;
}

/* -- Types ----------------------------------------------------------------- */

static char
type_letter(uint8_t value_type)
{
    switch (value_type) {
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
    case WIO_TYPE_EXTERNREF:
        return 'x';
    default:
        return '?';
    }
}

/* @signature as in struct wio_host_func. */
static bool
is_type(const struct wio_func_type *type, const char *signature)
{
    for (uint32_t i = 0; i < type->params.len; i++, signature++) {
        if (*signature != type_letter(type->params.bytes[i])) {
            return false;
        }
    }
    if (*signature++ != ':') {
        return false;
    }
    for (uint32_t i = 0; i < type->results.len; i++, signature++) {
        if (*signature != type_letter(type->results.bytes[i])) {
            return false;
        }
    }
    return *signature == '\0';
}

/* -- Imports --------------------------------------------------------------- */

static int
find_function(const struct wio_import_info *import,
              const struct wio_bind_table **table,
              const struct wio_host_func **function,
              struct wio_report *report)
{
    *table = NULL;
    for (uint32_t t = 0; t < N_TABLES && !*table; t++) {
        if (wio_span_is(import->module, tables[t]->module)) {
            *table = tables[t];
        }
    }
    if (!*table) {
        return wio_report_fail(report, WIO_ERR_UNLINKABLE,
                               "import %S.%S: this host has no module of that "
                               "name; the nearest is %s", &import->module,
                               &import->name, nearest_module(import->module));
    }
    if (import->type.kind != WIO_EXTERN_FUNC) {
        return wio_report_fail(report, WIO_ERR_UNLINKABLE,
                               "import %S.%S: only functions can be imported, "
                               "and windows from " WIO_MODULE_MMIO "; define "
                               "other memories, tables and globals in the "
                               "module", &import->module, &import->name);
    }
    for (uint32_t i = 0; i < (*table)->n_functions; i++) {
        if (wio_span_is(import->name, (*table)->functions[i].name)) {
            *function = &(*table)->functions[i];
            return 0;
        }
    }
    return wio_report_fail(report, WIO_ERR_UNLINKABLE,
                           "import %S.%S: the module has no such function; "
                           "the nearest is %s", &import->module, &import->name,
                           nearest_function(*table, import->name));
}

static const char *
class_name(uint8_t need_class)
{
    switch (need_class) {
    case WIO_NEED_I2C_DEVICE:
        return "a need of class i2c-device";
    case WIO_NEED_GPIO:
        return "a need of class gpio";
    case WIO_NEED_UART:
        return "a need of class uart";
    case WIO_NEED_MMIO:
        return "a need of class mmio";
    case WIO_NEED_SPI_DEVICE:
        return "a need of class spi-device";
    case WIO_BIND_REQUESTS:
        return "a need with `requests`";
    default:
        return "a point in provides or consumes";
    }
}

static bool
is_declared(const struct wio_container_config *config, uint8_t need_class)
{
    if (need_class == WIO_BIND_FREE) {
        return true;
    }
    if (need_class == WIO_BIND_POINTS) {
        return config->n_points > 0;
    }
    for (uint32_t i = 0; i < config->n_needs; i++) {
        if (config->needs[i].class == need_class ||
            (need_class == WIO_BIND_REQUESTS &&
             config->needs[i].n_requests > 0)) {
            return true;
        }
    }
    return false;
}

int
wio_bind_check_type_(const struct wio_import_info *import,
                     const char *signature, struct wio_report *report)
{
    return is_type(&import->type.func, signature)
               ? 0
               : wio_report_fail(report, WIO_ERR_UNLINKABLE,
                                 "import %S.%S: its type is not %s (one letter "
                                 "a value, i is i32, I is i64, f is f32, F is "
                                 "f64; results after the colon)",
                                 &import->module, &import->name, signature);
}

static int
check_function(const struct wio_import_info *import,
               const struct wio_container_config *config,
               struct wio_report *report)
{
    const struct wio_bind_table *table;
    const struct wio_host_func *function;
    int err = find_function(import, &table, &function, report);

    err = err ? err
              : wio_bind_check_type_(import, function->signature, report);
    if (err || is_declared(config, table->need_class)) {
        return err;
    }
    return wio_report_fail(report, WIO_ERR_UNDECLARED,
                           "import %S.%S: the configuration declares nothing "
                           "for it; declare %s, or do not import it",
                           &import->module, &import->name,
                           class_name(table->need_class));
}

int
wio_bind_check_imports(const struct wio_module *module,
                       const struct wio_container_config *config,
                       struct wio_report *report)
{
    uint32_t n = wio_module_n_imports(module);
    uint32_t n_memories = 0;
    int err = 0;

    for (uint32_t i = 0; i < n && !err; i++) {
        struct wio_memory_use use = { .kind = WIO_USE_PLAIN };
        struct wio_import_info import;

        wio_module_import(module, i, &import);
        if (import.type.kind == WIO_EXTERN_MEMORY) {
            use = wio_module_memory_use(module, n_memories++);
        }
        err = wio_bind_is_window_(&import)
                  ? wio_bind_check_window_(&import, use, config, report)
                  : check_function(&import, config, report);
    }
    return err;
}

int
wio_bind_resolve(void *ctx, const struct wio_import_info *import,
                 struct wio_extern *found, struct wio_report *report)
{
    const struct wio_bind_table *table;
    const struct wio_host_func *function;
    int err;

    if (wio_bind_is_window_(import)) {
        return wio_bind_resolve_window_(ctx, import, found);
    }
    err = find_function(import, &table, &function, report);
    if (err) {
        return err;
    }
    *found = (struct wio_extern){ .kind = WIO_EXTERN_FUNC };
    found->of.host_func = function;
    return 0;
}

/* -- Exports --------------------------------------------------------------- */

/* 1: there is a function of that name and type, 0: there is no such export,
 * else refused. */
static int
check_export(const struct wio_module *module, struct wio_span name,
             const char *what, const char *signature,
             struct wio_report *report)
{
    uint32_t n = wio_module_n_exports(module);

    for (uint32_t i = 0; i < n; i++) {
        struct wio_export_info export;

        wio_module_export(module, i, &export);
        if (!wio_span_equal(export.name, name)) {
            continue;
        }
        if (export.type.kind == WIO_EXTERN_FUNC &&
            is_type(&export.type.func, signature)) {
            return 1;
        }
        return wio_report_fail(report, WIO_ERR_NO_EXPORT,
                               "export %S, which is %s, must be a function of "
                               "type %s (one letter a value, i is i32; results "
                               "after the colon)", &name, what, signature);
    }
    return 0;
}

static int
require_export(const struct wio_module *module, struct wio_span name,
               const char *what, const char *signature,
               struct wio_report *report)
{
    int err = check_export(module, name, what, signature, report);

    if (err == 0) {
        return wio_report_fail(report, WIO_ERR_NO_EXPORT,
                               "the configuration names %S as %s, but the "
                               "module exports no such function", &name, what);
    }
    return err < 0 ? err : 0;
}

/* -- The shadow stack of handlers ---------------------------------------------- */

#define NAME(text) \
    (struct wio_span){ (const uint8_t *)(text), sizeof(text) - 1 }

/* An exported global of type i32; the rest of *@export when found. */
static bool
exports_global(const struct wio_module *module, struct wio_span name,
               bool is_mutable)
{
    uint32_t n = wio_module_n_exports(module);

    for (uint32_t i = 0; i < n; i++) {
        struct wio_export_info export;

        wio_module_export(module, i, &export);
        if (wio_span_equal(export.name, name)) {
            return export.type.kind == WIO_EXTERN_GLOBAL &&
                   export.type.value_type == WIO_TYPE_I32 &&
                   export.type.is_mutable == is_mutable;
        }
    }
    return false;
}

/*
 * Compiled code keeps a stack pointer in a mutable global. A handler that ran
 * on the stack it interrupts would write over it, so the runtime must find
 * that global and a region to use instead.
 */
static int
check_shadow_stack(const struct wio_module *module,
                   const struct wio_container_config *config,
                   struct wio_report *report)
{
    if (config->no_shadow_stack) {
        return 0;
    }
    if (!exports_global(module, NAME(WIO_EXPORT_STACK_POINTER), true)) {
        return wio_report_fail(report, WIO_ERR_NO_EXPORT,
                               "a container with handlers must export its "
                               "stack pointer: build it with HANDLERS "
                               "(--export=" WIO_EXPORT_STACK_POINTER "), or "
                               "say no-shadow-stack in the configuration "
                               "when the code has none");
    }
    if (!exports_global(module, NAME(WIO_EXPORT_HANDLER_STACK), false) ||
        !exports_global(module, NAME(WIO_EXPORT_HANDLER_STACK_END), false)) {
        return wio_report_fail(report, WIO_ERR_NO_EXPORT,
                               "a container with handlers must export a "
                               "stack for them: WASMIO_HANDLER_STACK(bytes) "
                               "in its source, " WIO_EXPORT_HANDLER_STACK
                               " and " WIO_EXPORT_HANDLER_STACK_END);
    }
    return 0;
}

/* What is provided has a function and a place for its bytes. */
static int
check_services(const struct wio_module *module,
               const struct wio_container_config *config,
               struct wio_report *report)
{
    int err = 0;

    for (uint32_t i = 0; i < config->n_services && err == 0; i++) {
        const struct wio_service_decl *service = &config->services[i];

        err = require_export(module, service->entry, "what it provides",
                             "iiii:i", report);
        if (err == 0 && !exports_global(module, service->buffer, false)) {
            err = wio_report_fail(report, WIO_ERR_NO_EXPORT,
                                  "the configuration names %S as the buffer "
                                  "of %S, but the module exports no constant "
                                  "of type i32 of that name",
                                  &service->buffer, &service->label);
        }
    }
    return err;
}

int
wio_bind_check_exports(const struct wio_module *module,
                       const struct wio_container_config *config,
                       struct wio_report *report)
{
    static const char init_name[] = WIO_EXPORT_INIT;
    struct wio_span init = { (const uint8_t *)init_name,
                             sizeof(init_name) - 1 };
    bool has_handlers = config->n_services > 0;
    int err = check_export(module, init, "called once after the start", ":i",
                           report);

    if (err < 0) {
        return err;
    }
    if (config->main.entry.len > 0) {
        err = require_export(module, config->main.entry, "the entry of main",
                             ":", report);
        if (err < 0) {
            return err;
        }
    }
    err = check_services(module, config, report);
    if (err < 0) {
        return err;
    }
    for (uint32_t i = 0; i < config->n_needs; i++) {
        const struct wio_need *need = &config->needs[i];

        if (need->class == WIO_NEED_IRQ) {
            err = require_export(module, need->irq.handler,
                                 "the handler of an interrupt", "iii:",
                                 report);
            if (err < 0) {
                return err;
            }
            has_handlers = true;
        }
    }
    return has_handlers ? check_shadow_stack(module, config, report) : 0;
}
