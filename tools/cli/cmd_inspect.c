/* SPDX-License-Identifier: Apache-2.0 */
/* tools/cli/cmd_inspect.c - `wasmio inspect FILE`: what a container wants */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli_container.h"

#include <wio/port.h>

static const char *const class_names[] = {
    [WIO_NEED_I2C_DEVICE] = "i2c-device",
    [WIO_NEED_GPIO] = "gpio",
    [WIO_NEED_UART] = "uart",
    [WIO_NEED_MMIO] = "mmio",
    [WIO_NEED_IRQ] = "irq",
    [WIO_NEED_SPI_DEVICE] = "spi-device"
};

static const char *const type_names[] = {
    "?", "bool", "i8", "u8", "i16", "u16", "i32", "u32", "i64", "f32", "f64"
};

static const char *const kind_names[] = {
    "func", "table", "memory", "global"
};

/* -- Text --------------------------------------------------------------------- */

static void
print_list(struct wio_span list)
{
    struct wio_span text;

    for (uint32_t i = 0; wio_fdt_string(list, i, &text); i++) {
        printf("%s", i ? " or " : "");
        cli_print_text(text, 0);
    }
}

static void
print_need(const struct wio_need *need)
{
    printf("  ");
    cli_print_text(need->label, 14);
    printf(" %-11s ", class_names[need->class]);
    if (need->role.len) {
        printf("role ");
        cli_print_text(need->role, 0);
        printf("%s", need->compatible.len ? ", " : "");
    }
    print_list(need->compatible);
    switch (need->class) {
    case WIO_NEED_I2C_DEVICE:
    case WIO_NEED_SPI_DEVICE:
        printf(", up to %u bytes, %u us", need->max_transfer,
               need->timeout_us);
        break;
    case WIO_NEED_UART:
        if (need->baud) {
            printf(", %u baud", need->baud);
        }
        printf(", up to %u bytes, %u us", need->max_transfer,
               need->timeout_us);
        break;
    case WIO_NEED_GPIO:
        printf(", %s%s%s%s%s",
            need->gpio_flags & WIO_GPIO_OUTPUT ? "output" : "input",
            need->gpio_flags & WIO_GPIO_ACTIVE_LOW ? ", active-low" : "",
            need->gpio_flags & WIO_GPIO_PULL_UP ? ", pull-up" : "",
            need->gpio_flags & WIO_GPIO_PULL_DOWN ? ", pull-down" : "",
            need->gpio_flags & WIO_GPIO_INITIAL_HIGH ? ", begins active" :
            "");
        break;
    case WIO_NEED_MMIO:
        printf(", %u bytes of registers", need->size);
        break;
    case WIO_NEED_IRQ:
        printf("%sof ", need->irq.is_completion ? "requests " : "");
        cli_print_text(need->irq.of, 0);
        printf(", handler ");
        cli_print_text(need->irq.handler, 0);
        printf(", budget %u us, at least %u us apart, deadline %u us",
               need->irq.budget_us, need->irq.min_interarrival_us,
               need->irq.deadline_us);
        break;
    default:
        break;
    }
    if (need->n_requests) {
        printf(", requests: %u at a time, %u us apart", need->n_requests,
               need->request_interval_us);
    }
    printf("%s\n", need->optional ? ", optional" : "");
}

/* Buses that it drives for others. */
static void
print_services(const struct wio_container_config *config)
{
    if (config->n_services) {
        printf("\nserves others:\n");
    }
    for (uint32_t i = 0; i < config->n_services; i++) {
        const struct wio_service_decl *service = &config->services[i];

        printf("  ");
        cli_print_text(service->label, 14);
        printf(" spi, of ");
        cli_print_text(service->of, 0);
        printf(", by ");
        cli_print_text(service->entry, 0);
        printf(": %u bytes a call, %u us and %u ns a byte\n",
               service->max_transfer, service->budget_us, service->byte_ns);
    }
}

static json_t *
json_services(const struct wio_container_config *config)
{
    json_t *services = json_array();

    for (uint32_t i = 0; i < config->n_services; i++) {
        const struct wio_service_decl *service = &config->services[i];

        json_array_append_new(services, json_pack(
            "{s:o, s:s, s:o, s:o, s:I, s:I, s:I}", "label",
            cli_json_text(service->label), "class", "spi", "of",
            cli_json_text(service->of), "entry",
            cli_json_text(service->entry), "max-transfer",
            (json_int_t)service->max_transfer, "budget-us",
            (json_int_t)service->budget_us, "byte-ns",
            (json_int_t)service->byte_ns));
    }
    return services;
}

static void
print_config(const struct wio_container_config *config)
{
    cli_print_text(config->model, 0);
    putchar(' ');
    cli_print_text(config->version, 0);
    printf("\n\nmemory: at most %u bytes", config->memory_bytes);
    if (config->stack_bytes) {
        printf(", %u bytes of engine stack", config->stack_bytes);
    }
    printf("\n\nneeds: %s\n", config->n_needs ? "" : "none");
    for (uint32_t i = 0; i < config->n_needs; i++) {
        print_need(&config->needs[i]);
    }
    printf("\npoints: %s\n", config->n_points ? "" : "none");
    for (uint32_t i = 0; i < config->n_points; i++) {
        const struct wio_point_decl *point = &config->points[i];

        printf("  ");
        cli_print_text(point->label, 14);
        printf(" %-11s %s ", point->provides ? "provides" : "consumes",
               type_names[point->type]);
        cli_print_text(point->unit, 0);
        printf("%s\n", point->optional ? ", optional" : "");
    }
    print_services(config);
    if (config->main.entry.len) {
        printf("\nmain: ");
        cli_print_text(config->main.entry, 0);
        printf(", every %u us, budget %u us, deadline %u us\n",
               config->main.period_us, config->main.budget_us,
               config->main.deadline_us);
    }
    if (config->n_safe_writes) {
        printf("\nsafe state:\n");
    }
    for (uint32_t i = 0; i < config->n_safe_writes; i++) {
        printf("  ");
        cli_print_text(config->safe_writes[i].of, 14);
        printf(" offset 0x%x = 0x%x\n", config->safe_writes[i].offset,
               config->safe_writes[i].value);
    }
}

static void
print_extern(const struct wio_extern_type *type)
{
    char text[64];

    if (type->kind == WIO_EXTERN_FUNC) {
        cli_signature(&type->func, text, sizeof(text));
        printf(" %s", text);
    } else {
        printf(" %s", type->kind < 4 ? kind_names[type->kind] : "?");
    }
}

static void
build_text(const struct wio_native_header *h, char *text)
{
    for (uint32_t i = 0; i < WIO_NATIVE_BUILD_BYTES; i++) {
        snprintf(text + 2 * i, 3, "%02x", h->build[i]);
    }
}

static void
print_native(const struct wio_native_header *h)
{
    char build[2 * WIO_NATIVE_BUILD_BYTES + 1];

    printf("compiled for %s: ", h->target);
    if (h->kind == WIO_NATIVE_FLAT) {
        build_text(h, build);
        printf("slot %u at 0x%08x, firmware build\n%s; %u bytes of code in an "
               "image of %u, %u of variables,\nmemory included", h->slot,
               h->load_at, build, h->text_bytes, h->image_bytes,
               h->bss_bytes);
    } else {
        printf("a shared object of %u bytes", h->image_bytes);
    }
    printf("; made of a module of %u bytes with CRC %08x\n", h->module_bytes,
           h->module_crc);
}

static void
print_module(const struct wio_module *module,
             const struct wio_native_file *native)
{
    struct wio_module_size size = wio_module_size(module);

    printf("\nimports:\n");
    for (uint32_t i = 0; i < wio_module_n_imports(module); i++) {
        struct wio_import_info info;

        wio_module_import(module, i, &info);
        printf("  ");
        cli_print_text(info.module, 16);
        putchar(' ');
        cli_print_text(info.name, 14);
        print_extern(&info.type);
        putchar('\n');
    }
    printf("\nexports:\n");
    for (uint32_t i = 0; i < wio_module_n_exports(module); i++) {
        struct wio_export_info info;

        wio_module_export(module, i, &info);
        printf("  ");
        cli_print_text(info.name, 31);
        print_extern(&info.type);
        putchar('\n');
    }
    printf("\n");
    for (uint32_t i = 0; i < wio_module_n_memories(module); i++) {
        struct wio_limits limits = wio_module_memory(module, i);

        printf("linear memory %u: %llu bytes, grows to ", i,
               (unsigned long long)limits.min << limits.page_shift);
        if (limits.max == UINT32_MAX) {
            printf("what it is allowed");
        } else {
            printf("%llu", (unsigned long long)limits.max <<
                   limits.page_shift);
        }
        printf("\n");
    }
    if (native->is_there) {
        print_native(&native->header);
        return;
    }
    printf("code: %u functions%s%s, %u bytes, compiled to %u; the module holds "
           "%u bytes in all\n", size.n_functions,
           wio_module_has_start(module) ? " and a start function" : "",
           wio_module_has_atomics(module) ? " with atomic instructions" : "",
           size.code_bytes, size.compiled_bytes, size.module_bytes);
}

/* -- JSON ---------------------------------------------------------------------- */

static void
set_u32(json_t *object, const char *name, uint32_t value)
{
    json_object_set_new(object, name, json_integer((json_int_t)value));
}

static json_t *
json_list(struct wio_span list)
{
    json_t *array = json_array();
    struct wio_span text;

    for (uint32_t i = 0; wio_fdt_string(list, i, &text); i++) {
        json_array_append_new(array, cli_json_text(text));
    }
    return array;
}

static json_t *
json_need(const struct wio_need *need)
{
    json_t *json = json_pack("{s:o, s:s, s:b}", "label",
                             cli_json_text(need->label), "class",
                             class_names[need->class], "optional",
                             (int)need->optional);
    uint32_t flags = need->gpio_flags;

    if (need->compatible.len) {
        json_object_set_new(json, "compatible", json_list(need->compatible));
    }
    if (need->role.len) {
        json_object_set_new(json, "role", cli_json_text(need->role));
    }
    if (need->class == WIO_NEED_I2C_DEVICE ||
        need->class == WIO_NEED_SPI_DEVICE || need->class == WIO_NEED_UART) {
        set_u32(json, "max-transfer", need->max_transfer);
    }
    if (need->n_requests) {
        set_u32(json, "requests", need->n_requests);
        set_u32(json, "request-interval-us", need->request_interval_us);
    }
    if (need->class != WIO_NEED_GPIO && need->class != WIO_NEED_IRQ) {
        set_u32(json, "timeout-us", need->timeout_us);
    }
    if (need->class == WIO_NEED_UART && need->baud) {
        set_u32(json, "baud", need->baud);
    }
    if (need->class == WIO_NEED_MMIO) {
        set_u32(json, "size", need->size);
    }
    if (need->class == WIO_NEED_GPIO) {
        json_object_set_new(json, "direction",
            json_string(flags & WIO_GPIO_OUTPUT ? "out" : "in"));
        json_object_set_new(json, "active-low",
            json_boolean(flags & WIO_GPIO_ACTIVE_LOW));
        json_object_set_new(json, "initial",
            json_string(flags & WIO_GPIO_INITIAL_HIGH ? "active"
                                                      : "inactive"));
    }
    if (need->class == WIO_NEED_IRQ) {
        json_object_set_new(json, "of", cli_json_text(need->irq.of));
        json_object_set_new(json, "handler",
                            cli_json_text(need->irq.handler));
        set_u32(json, "budget-us", need->irq.budget_us);
        set_u32(json, "min-interarrival-us", need->irq.min_interarrival_us);
        set_u32(json, "deadline-us", need->irq.deadline_us);
    }
    return json;
}

static void
add_config(json_t *json, const struct wio_container_config *config)
{
    json_t *needs = json_array();
    json_t *points = json_array();
    json_t *writes = json_array();

    json_object_set_new(json, "model", cli_json_text(config->model));
    json_object_set_new(json, "version", cli_json_text(config->version));
    set_u32(json, "memory", config->memory_bytes);
    set_u32(json, "stack", config->stack_bytes);
    for (uint32_t i = 0; i < config->n_needs; i++) {
        json_array_append_new(needs, json_need(&config->needs[i]));
    }
    for (uint32_t i = 0; i < config->n_points; i++) {
        const struct wio_point_decl *point = &config->points[i];

        json_array_append_new(points, json_pack("{s:o, s:s, s:o, s:b, s:b}",
            "label", cli_json_text(point->label), "type",
            type_names[point->type], "unit", cli_json_text(point->unit),
            "provides", (int)point->provides, "optional",
            (int)point->optional));
    }
    for (uint32_t i = 0; i < config->n_safe_writes; i++) {
        const struct wio_safe_write *write = &config->safe_writes[i];

        json_array_append_new(writes, json_pack("{s:o, s:I, s:I}", "of",
            cli_json_text(write->of), "offset", (json_int_t)write->offset,
            "value", (json_int_t)write->value));
    }
    json_object_set_new(json, "needs", needs);
    json_object_set_new(json, "points", points);
    json_object_set_new(json, "services", json_services(config));
    json_object_set_new(json, "safe-state", writes);
    if (config->main.entry.len) {
        json_object_set_new(json, "main", json_pack("{s:o, s:I, s:I, s:I}",
            "entry", cli_json_text(config->main.entry), "period-us",
            (json_int_t)config->main.period_us, "budget-us",
            (json_int_t)config->main.budget_us, "deadline-us",
            (json_int_t)config->main.deadline_us));
    }
}

static void
add_type(json_t *json, const struct wio_extern_type *type)
{
    char text[64];

    json_object_set_new(json, "kind",
        json_string(type->kind < 4 ? kind_names[type->kind] : "?"));
    if (type->kind == WIO_EXTERN_FUNC) {
        cli_signature(&type->func, text, sizeof(text));
        json_object_set_new(json, "signature", json_string(text));
    }
}

static void
add_module(json_t *json, const struct wio_module *module)
{
    struct wio_module_size size = wio_module_size(module);
    json_t *imports = json_array();
    json_t *exports = json_array();
    json_t *memories = json_array();
    json_t *sizes = json_object();

    for (uint32_t i = 0; i < wio_module_n_imports(module); i++) {
        struct wio_import_info info;
        json_t *entry;

        wio_module_import(module, i, &info);
        entry = json_pack("{s:o, s:o}", "module", cli_json_text(info.module),
                          "name", cli_json_text(info.name));
        add_type(entry, &info.type);
        json_array_append_new(imports, entry);
    }
    for (uint32_t i = 0; i < wio_module_n_exports(module); i++) {
        struct wio_export_info info;
        json_t *entry;

        wio_module_export(module, i, &info);
        entry = json_pack("{s:o}", "name", cli_json_text(info.name));
        add_type(entry, &info.type);
        json_array_append_new(exports, entry);
    }
    for (uint32_t i = 0; i < wio_module_n_memories(module); i++) {
        struct wio_limits limits = wio_module_memory(module, i);

        json_array_append_new(memories, json_pack("{s:I, s:o, s:I}", "bytes",
            (json_int_t)limits.min << limits.page_shift, "max-bytes",
            limits.max == UINT32_MAX ? json_null() :
            json_integer((json_int_t)limits.max << limits.page_shift),
            "page-bytes", (json_int_t)1 << limits.page_shift));
    }
    set_u32(sizes, "functions", size.n_functions);
    set_u32(sizes, "code-bytes", size.code_bytes);
    set_u32(sizes, "compiled-bytes", size.compiled_bytes);
    set_u32(sizes, "module-bytes", size.module_bytes);
    json_object_set_new(json, "imports", imports);
    json_object_set_new(json, "exports", exports);
    json_object_set_new(json, "memories", memories);
    json_object_set_new(json, "start",
                        json_boolean(wio_module_has_start(module)));
    json_object_set_new(json, "atomics",
                        json_boolean(wio_module_has_atomics(module)));
    json_object_set_new(json, "sizes", sizes);
}

static void
add_native(json_t *json, const struct wio_native_header *h)
{
    json_t *native = json_pack("{s:s, s:s}", "target", h->target, "kind",
                               h->kind == WIO_NATIVE_FLAT ? "flat"
                                                          : "shared-object");
    char build[2 * WIO_NATIVE_BUILD_BYTES + 1];

    if (h->kind == WIO_NATIVE_FLAT) {
        build_text(h, build);
        json_object_set_new(native, "firmware-build", json_string(build));
        set_u32(native, "slot", h->slot);
        set_u32(native, "address", h->load_at);
        set_u32(native, "code-bytes", h->text_bytes);
        set_u32(native, "variable-bytes", h->bss_bytes);
    }
    set_u32(native, "image-bytes", h->image_bytes);
    set_u32(native, "of-module-bytes", h->module_bytes);
    set_u32(native, "of-module-crc", h->module_crc);
    json_object_set_new(json, "compiled", native);
}

static void
print_json(const struct cli_container *c)
{
    struct wio_span path = { (const uint8_t *)c->path,
                             (uint32_t)strlen(c->path) };
    json_t *json = json_pack("{s:o, s:I}", "file", cli_json_text(path),
                             "bytes", (json_int_t)c->n_bytes);

    if (c->config_report.code == 0) {
        add_config(json, &c->config);
    } else {
        json_object_set_new(json, "config-error",
                            json_string(c->config_report.text));
    }
    if (c->module) {
        add_module(json, c->module);
        if (c->native.is_there) {
            add_native(json, &c->native.header);
        }
    } else {
        json_object_set_new(json, "module-error",
                            json_string(c->module_report.text));
    }
    json_dumpf(json, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII);
    putchar('\n');
    json_decref(json);
}

/* -- The command ---------------------------------------------------------------- */

static int
inspect(const char *path, bool as_json)
{
    struct cli_container c;
    int err = cli_open_container(&cli_inspect, path, &c);
    bool bad;

    if (err) {
        return err;
    }
    bad = !c.module || (c.has_config && c.config_report.code != 0);
    if (as_json) {
        print_json(&c);
    } else {
        printf("%s, %zu bytes: ", path, c.n_bytes);
        if (c.config_report.code == 0) {
            print_config(&c.config);
        } else if (c.module || c.has_config) {
            printf("no container\n\nnote: %s\n", c.config_report.text);
        } else {
            printf("no container\n");       /* not even a module: see below */
        }
        if (c.module) {
            print_module(c.module, &c.native);
        } else {
            printf("\nmodule: %s\n", c.module_report.text);
        }
    }
    cli_close_container(&c);
    return bad ? CLI_NO : CLI_OK;
}

static int
run(int argc, char **argv)
{
    const char *path = NULL;
    bool as_json = false;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0) {
            as_json = true;
        } else if (argv[i][0] == '-' || path) {
            return cli_fail(&cli_inspect, CLI_USAGE, "\"%s\" is not expected "
                            "here; `wasmio inspect --help` shows how to call "
                            "it", argv[i]);
        } else {
            path = argv[i];
        }
    }
    if (!path) {
        return cli_fail(&cli_inspect, CLI_USAGE, "FILE is missing; `wasmio "
                        "inspect --help` shows how to call it");
    }
    return inspect(path, as_json);
}

const struct cli_command cli_inspect = {
    .name = "inspect",
    .arguments = "FILE [--json]",
    .summary = "Show what a container wants: needs, points, timing, memory, "
               "imports, exports",
    .help = "Nothing is run. A module without a configuration is shown with "
            "a note. Exit code 1:\nthe module is invalid or its configuration "
            "is wrong. Signatures: i i32, I i64, f f32,\nF f64, r funcref, x "
            "externref, parameters ':' results.",
    .run = run
};
