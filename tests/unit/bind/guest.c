/* SPDX-License-Identifier: Apache-2.0 */
#include "guest.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES 4096u

struct wio_import_info guest_imports[8];
uint32_t guest_n_imports;
struct wio_export_info guest_exports[8];
uint32_t guest_n_exports;
struct wio_memory_use guest_memory_use;

/* -- In place of the engine ------------------------------------------------ */

uint32_t
wio_module_n_imports(const struct wio_module *module)
{
    (void)module;
    return guest_n_imports;
}

void
wio_module_import(const struct wio_module *module, uint32_t i,
                  struct wio_import_info *info)
{
    (void)module;
    *info = guest_imports[i];
}

uint32_t
wio_module_n_exports(const struct wio_module *module)
{
    (void)module;
    return guest_n_exports;
}

void
wio_module_export(const struct wio_module *module, uint32_t i,
                  struct wio_export_info *info)
{
    (void)module;
    *info = guest_exports[i];
}

struct wio_memory_use
wio_module_memory_use(const struct wio_module *module, uint32_t memory)
{
    (void)module;
    (void)memory;
    return guest_memory_use;
}

void
wio_engine_raise(struct wio_instance *instance, enum wio_trap_cause cause,
                 int32_t code)
{
    struct guest *guest = (struct guest *)instance;

    if (guest->n_raises++ == 0) {
        guest->raised = cause;
        guest->raised_code = code;
    }
}

bool
wio_engine_suspend(struct wio_instance *instance)
{
    return ((struct guest *)instance)->suspends;
}

/* -- The guest ------------------------------------------------------------- */

static struct wio_span
text(const char *s)
{
    return (struct wio_span){ (const uint8_t *)s, (uint32_t)strlen(s) };
}

static void
declare(struct guest *guest)
{
    static const struct {
        const char *label;
        uint8_t class;
    } needs[] = {
        { "sensor", WIO_NEED_I2C_DEVICE }, { "led", WIO_NEED_GPIO },
        { "absent", WIO_NEED_GPIO },       { "button", WIO_NEED_GPIO },
        { "port", WIO_NEED_UART },         { "regs", WIO_NEED_MMIO },
        { "card", WIO_NEED_SPI_DEVICE },   { "alert", WIO_NEED_IRQ },
    };
    static const struct {
        const char *label;
        uint8_t type;
        bool provides;
    } points[] = {
        { "t", WIO_POINT_I16, true },   { "big", WIO_POINT_I64, true },
        { "f", WIO_POINT_F32, true },   { "d", WIO_POINT_F64, true },
        { "in", WIO_POINT_U8, false },  { "din", WIO_POINT_F64, false },
    };

    for (uint32_t i = 0; i < 8; i++) {
        guest->needs[i].label = text(needs[i].label);
        guest->needs[i].class = needs[i].class;
    }
    for (uint32_t i = 0; i < 6; i++) {
        guest->points[i].label = text(points[i].label);
        guest->points[i].type = points[i].type;
        guest->points[i].provides = points[i].provides;
    }
    guest->config.model = text("model");
    guest->config.needs = guest->needs;
    guest->config.n_needs = 7;
    guest->config.points = guest->points;
    guest->config.n_points = 6;
}

static void
grant(struct guest *guest)
{
    static const struct wio_register_rule rules[] = {
        { 0, UINT32_MAX, UINT32_MAX, 4 },
        { 4, 0xff, 0x0f, 4 },
        { 8, 0xff, 0, 1 },
        { 12, 0, UINT32_MAX, 4 },
    };
    const struct wio_caps_counts counts = {
        .mmio = 1, .gpio = 2, .i2c = 1, .uart = 1, .points = 6, .irq = 1,
        .spi = 1
    };
    const struct wio_mmio_grant window = {
        .base = (uintptr_t)guest->registers,
        .size = sizeof(guest->registers),
        .timeout_us = 20,
        .rules = rules,
        .n_rules = 4,
        .port = &guest->fake.port,
    };
    struct wio_caps *caps = &guest->bind.caps;

    if (wio_caps_create(caps, 3, &counts, &guest->arena) != 0 ||
        wio_mmio_open(&caps->mmio[0], caps->mmio[0].handle, &window,
                      &guest->arena) != 0) {
        abort();
    }
    caps->i2c[0] = (struct wio_i2c_device){
        caps->i2c[0].handle, &fake_i2c_ops, &guest->fake, 4, 50, 0x48, 0, 0,
        NULL, NULL
    };
    caps->spi[0] = (struct wio_spi_device){
        caps->spi[0].handle, &fake_spi_ops, &guest->fake, 4, 50,
        { 1, 0, 1000000 }, 0, 0, NULL, NULL
    };
    caps->gpio[0] = (struct wio_gpio_pin){
        caps->gpio[0].handle, &fake_gpio_ops, &guest->fake, 1,
        WIO_GPIO_OUTPUT | WIO_GPIO_ACTIVE_LOW, 0
    };
    caps->gpio[1] = (struct wio_gpio_pin){
        caps->gpio[1].handle, &fake_gpio_ops, &guest->fake, 2,
        WIO_GPIO_PULL_UP, 0
    };
    caps->uart[0] = (struct wio_uart_line){
        caps->uart[0].handle, &fake_uart_ops, &guest->fake, 0, 8, 50, 0, 0,
        NULL, NULL, NULL
    };
    for (uint32_t i = 0; i < 6; i++) {
        caps->points[i].type = guest->points[i].type;
        caps->points[i].provides = guest->points[i].provides;
    }
    guest->bind.granted = 0x7b;    /* all but "absent" */
}

void
guest_init(struct guest *guest)
{
    memset(guest, 0, sizeof(*guest));
    fake_init(&guest->fake);
    guest->bytes = malloc(GUEST_MEMORY);
    guest->block = malloc(BLOCK_BYTES);
    if (!guest->bytes || !guest->block) {
        abort();
    }
    memset(guest->bytes, 0, GUEST_MEMORY);
    wio_arena_init(&guest->arena, guest->block, BLOCK_BYTES);
    guest->memory.data = guest->bytes;
    guest->memory.n_bytes = GUEST_MEMORY;
    guest->instance.memory = &guest->memory;
    guest->instance.host = &guest->bind;
    guest->bind.port = &guest->fake.port;
    guest->bind.config = &guest->config;
    guest->bind.budget_end_ns = UINT64_MAX;
    declare(guest);
    grant(guest);
}

void
guest_free(struct guest *guest)
{
    free(guest->bytes);
    free(guest->block);
}

uint32_t
guest_handle(struct guest *guest, const char *label)
{
    for (uint32_t i = 0; i < guest->config.n_needs; i++) {
        if (wio_span_is(guest->needs[i].label, label)) {
            int32_t handle = wio_bind_need_handle(&guest->bind, i);

            return handle > 0 ? (uint32_t)handle : 0;
        }
    }
    for (uint32_t i = 0; i < 6; i++) {
        if (wio_span_is(guest->points[i].label, label)) {
            return guest->bind.caps.points[i].handle;
        }
    }
    return 0;
}

const struct wio_host_func *
guest_function(const char *module, const char *name)
{
    const struct wio_host_func *function;

    for (uint32_t i = 0; (function = wio_bind_function(i)) != NULL; i++) {
        if (strcmp(function->module, module) == 0 &&
            strcmp(function->name, name) == 0) {
            return function;
        }
    }
    return NULL;
}

uint32_t
guest_n_slots(const struct wio_host_func *function)
{
    uint32_t n = 0;

    for (const char *s = function->signature; *s != ':'; s++) {
        n += *s == 'I' || *s == 'F' ? 2 : 1;
    }
    return n;
}

typedef struct wio_instance *inst;

static uint64_t
call_wide(struct guest *g, wio_host_fn fn, uint32_t n, const uint32_t *a)
{
    inst i = &g->instance;

    switch (n) {
    case 0:
        return ((uint64_t (*)(inst))fn)(i);
    case 1:
        return ((uint64_t (*)(inst, uint32_t))fn)(i, a[0]);
    case 2:
        return ((uint64_t (*)(inst, uint32_t, uint32_t))fn)(i, a[0], a[1]);
    default:
        abort();
    }
}

static uint32_t
call_narrow(struct guest *g, wio_host_fn fn, uint32_t n, const uint32_t *a)
{
    inst i = &g->instance;

    switch (n) {
    case 0:
        return ((uint32_t (*)(inst))fn)(i);
    case 1:
        return ((uint32_t (*)(inst, uint32_t))fn)(i, a[0]);
    case 2:
        return ((uint32_t (*)(inst, uint32_t, uint32_t))fn)(i, a[0], a[1]);
    case 3:
        return ((uint32_t (*)(inst, uint32_t, uint32_t, uint32_t))fn)(
            i, a[0], a[1], a[2]);
    case 4:
        return ((uint32_t (*)(inst, uint32_t, uint32_t, uint32_t,
                              uint32_t))fn)(i, a[0], a[1], a[2], a[3]);
    case 5:
        return ((uint32_t (*)(inst, uint32_t, uint32_t, uint32_t, uint32_t,
                              uint32_t))fn)(i, a[0], a[1], a[2], a[3], a[4]);
    case 6:
        return ((uint32_t (*)(inst, uint32_t, uint32_t, uint32_t, uint32_t,
                              uint32_t, uint32_t))fn)(i, a[0], a[1], a[2],
                                                      a[3], a[4], a[5]);
    default:
        abort();
    }
}

int64_t
guest_call(struct guest *guest, const struct wio_host_func *function,
           const uint32_t *slots)
{
    uint32_t n = guest_n_slots(function);
    char result = strchr(function->signature, ':')[1];

    if ((function->flags & WIO_HOST_SLOTS) != 0) {
        uint32_t all[16] = { 0 };

        memcpy(all, slots, n * sizeof(all[0]));
        ((void (*)(inst, uint32_t *))function->fn)(&guest->instance, all);
        return (int32_t)all[0];
    }
    if (result == '\0') {
        ((void (*)(inst, uint32_t))function->fn)(&guest->instance, slots[0]);
        return 0;
    }
    return result == 'I' ? (int64_t)call_wide(guest, function->fn, n, slots)
                         : (int32_t)call_narrow(guest, function->fn, n, slots);
}
