/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/load.c - the way of a container from bytes to running
 *
 *   section -> configuration -> module -> imports, exports -> match -> claims
 *     -> handles -> instance -> pins, ports -> start -> wasmio-init -> running
 *
 * Every step may refuse. Until the pins are brought into their modes no device
 * was touched; a refusal after that leaves the declared safe state behind.
 */
#include <wio/abi.h>

#include "engine/aot/attach.h"
#include "runtime/native.h"
#include "runtime/service.h"

/* -- Create ---------------------------------------------------------------- */

static void
run_task(struct wio_entity *entity)
{
    struct wio_host_task *task = (struct wio_host_task *)(void *)entity;

    task->fn(task->arg);
}

/* The host's own code is trusted: an overrun is counted, no more. */
static void
let_run(struct wio_entity *entity)
{
    (void)entity;
}

static void
make_tasks(struct wio_runtime *runtime)
{
    for (uint32_t i = 0; i < runtime->board.policy.n_tasks; i++) {
        const struct wio_task_decl *decl = &runtime->board.policy.tasks[i];

        runtime->tasks[i].entity = (struct wio_entity){
            .run = run_task,
            .over = let_run,
            .arg = runtime,
            .kind = WIO_ENTITY_TASK,
            .period_ns = (uint64_t)decl->period_us * 1000,
            .deadline_ns = (uint64_t)decl->deadline_us * 1000,
        };
    }
}

/* The largest power of two that is not more. */
static uint32_t
power_of_two(uint32_t n)
{
    uint32_t power = n > 0;

    while (power > 0 && power <= n / 2) {
        power *= 2;
    }
    return power;
}

static int
start_levels(struct wio_runtime *runtime,
             const struct wio_runtime_config *config, struct wio_arena *arena,
             struct wio_report *report)
{
    const struct wio_policy *policy = &runtime->board.policy;
    uint32_t n = power_of_two(config->trace_entries);
    struct wio_trace_entry *entries = NULL;
    struct wio_plan plan;
    int err;

    if (!runtime->port->sched) {
        return 0;
    }
    runtime->has_levels = true;
    if (runtime->port->sched->virtual_next) {
        runtime->ns_per_step = policy->steps_per_us < 1000
                                   ? 1000 / policy->steps_per_us
                                   : 1;
    }
    wio_runtime_choose_calls_(runtime);
    if (n > 0) {
        entries = wio_arena_take(arena, n * (uint32_t)sizeof(*entries), 8);
        n = entries ? n : 0;
    }
    wio_sched_start(&runtime->sched, runtime->port, policy->max_lock_us,
                    entries, n);
    make_tasks(runtime);
    err = wio_runtime_plan_(runtime, NULL, &plan, report);
    if (err) {
        return err;
    }
    wio_runtime_apply_plan_(runtime, &plan, NULL);
    return 0;
}

int
wio_runtime_host_task(struct wio_runtime *runtime, const char *label,
                      void (*fn)(void *arg), void *arg)
{
    if (!runtime->has_levels) {
        return WIO_ERR_NOT_SUPPORTED;
    }
    for (uint32_t i = 0; i < runtime->board.policy.n_tasks; i++) {
        struct wio_host_task *task = &runtime->tasks[i];

        if (!wio_span_is(runtime->board.policy.tasks[i].label, label)) {
            continue;
        }
        if (task->fn) {
            return WIO_ERR_BUSY;
        }
        task->fn = fn;
        task->arg = arg;
        return wio_sched_add(&runtime->sched, &task->entity,
                             wio_runtime_now_ns_(runtime) +
                                 task->entity.period_ns);
    }
    return WIO_ERR_NO_DEVICE;
}

/* Whose turn it is on a controller that can go on by itself. */
static int
make_buses(struct wio_runtime *runtime, uint32_t i, struct wio_arena *arena)
{
    const struct wio_controller *controller = &runtime->controllers[i];
    uint8_t class = runtime->board.controllers[i].info.class;
    uint32_t n = class == WIO_CONTROLLER_UART ? 2 : 1;
    wio_submit_fn submit = NULL;
    wio_cancel_fn cancel = NULL;

    if (controller->is_plain) {
        return 0;
    }
    if (class == WIO_CONTROLLER_I2C) {
        submit = controller->ops.i2c->submit;
        cancel = controller->ops.i2c->cancel;
    } else if (class == WIO_CONTROLLER_SPI) {
        submit = controller->ops.spi->submit;
        cancel = controller->ops.spi->cancel;
    } else if (class == WIO_CONTROLLER_UART) {
        submit = controller->ops.uart->submit;
        cancel = controller->ops.uart->cancel;
    }
    for (uint32_t k = 0; submit && runtime->has_levels && k < n; k++) {
        struct wio_bus *bus = wio_arena_take(arena, sizeof(*bus), 8);

        if (!bus) {
            return WIO_ERR_NO_MEMORY;
        }
        wio_bus_init(bus, &runtime->sched, submit, cancel, controller->ctx);
        runtime->buses[i][k] = bus;
    }
    return 0;
}

static int
bring_up(struct wio_runtime *made, struct wio_arena *arena)
{
    for (uint32_t i = 0; i < made->board.n_controllers; i++) {
        struct wio_controller_info info = made->board.controllers[i].info;
        struct wio_select_pin selects[WIO_SPI_SELECTS];

        if (info.class == WIO_CONTROLLER_SPI) {
            info.selects = selects;
            info.n_selects = wio_board_selects(&made->board, i, selects);
        }
        if (made->port->controller(made->port->ctx, &info,
                                   &made->controllers[i]) == 0) {
            made->present |= 1u << i;
            if (make_buses(made, i, arena)) {
                return WIO_ERR_NO_MEMORY;
            }
        }
    }
    return 0;
}

int
wio_runtime_create(const struct wio_runtime_config *config,
                   struct wio_runtime **runtime, struct wio_report *report)
{
    struct wio_arena arena;
    struct wio_runtime *made;
    struct wio_span blob = { config->board, config->board_len };
    int err;

    wio_arena_init(&arena, config->memory, config->memory_bytes);
    made = wio_arena_take(&arena, sizeof(*made), 8);
    if (!made) {
        goto no_memory;
    }
    made->port = config->port;
    made->lock = (struct wio_engine_lock){
        .enter = config->port->core->irq_save,
        .leave = config->port->core->irq_restore,
        .ctx = config->port->ctx,
    };
    err = wio_board_read(blob, &made->board, report);
    if (err) {
        return err;
    }
    err = start_levels(made, config, &arena, report);
    if (err) {
        return err;
    }
    made->max_containers = made->board.policy.max_containers;
    made->containers = wio_arena_take(&arena, made->max_containers *
                                      (uint32_t)sizeof(*made->containers), 8);
    if (!made->containers) {
        goto no_memory;
    }
    if (bring_up(made, &arena)) {
        goto no_memory;
    }
    *runtime = made;
    return 0;

no_memory:
    return wio_report_fail(report, WIO_ERR_NO_MEMORY,
                           "%u bytes are too few for the runtime; give it "
                           "more", config->memory_bytes);
}

/* -- Reading --------------------------------------------------------------- */

struct load {
    struct wio_runtime *runtime;
    struct wio_container *container;
    struct wio_arena arena;
    struct wio_span bytes;
    struct wio_report *report;
    struct wio_native_file native;
    bool claimed;
    bool touched;                  /* devices were */
    bool planned;                  /* levels count this container in */
};

static int
too_little(const struct load *load, const char *what)
{
    return wio_report_fail(load->report, WIO_ERR_NO_MEMORY,
                           "%u bytes of memory are too few for the "
                           "container's %s; give it more", load->arena.size,
                           what);
}

static int
check_room(const struct load *load)
{
    const struct wio_runtime *runtime = load->runtime;
    const struct wio_policy *policy = &runtime->board.policy;

    if (runtime->active) {
        return wio_report_fail(load->report, WIO_ERR_BUSY,
                               "a container runs now; load when it is done");
    }
    if (runtime->n_containers >= runtime->max_containers) {
        return wio_report_fail(load->report, WIO_ERR_LIMIT,
                               "the board's policy allows %u containers and "
                               "all are loaded; unload one",
                               runtime->max_containers);
    }
    if (load->bytes.len > policy->max_module_bytes) {
        return wio_report_fail(load->report, WIO_ERR_LIMIT,
                               "the module has %u bytes, the board's policy "
                               "allows %u", load->bytes.len,
                               policy->max_module_bytes);
    }
    return 0;
}

/* A compiled container: its variables are the first in its memory, where it was
 * linked for. */
static int
read_native(struct load *load)
{
    const struct wio_runtime *runtime = load->runtime;
    struct wio_native_file *native = &load->native;
    int err = wio_native_read(load->bytes, native, load->report);

    if (err || !native->is_there) {
        return err;
    }
    if (!runtime->board.policy.compiled_containers) {
        return wio_report_fail(load->report, WIO_ERR_NOT_PERMITTED,
                               "the board's policy accepts no compiled "
                               "containers (compiled-containers); deliver the "
                               "module");
    }
    err = wio_native_check_place(native, runtime->port, load->arena.base,
                                 load->arena.size, load->report);
    if (!err && native->header.bss_bytes > 0 &&
        !wio_arena_take(&load->arena, native->header.bss_bytes, 8)) {
        err = too_little(load, "compiled code");
    }
    return err;
}

/* Steps are the time, or the port cannot cut off what does not end. */
static bool
must_count(const struct wio_runtime *runtime)
{
    const struct wio_port_sched_ops *ops = runtime->port->sched;

    return runtime->ns_per_step != 0 || !ops || !ops->guarded;
}

static bool
has_handlers(const struct wio_container_config *config)
{
    for (uint32_t i = 0; i < config->n_needs; i++) {
        if (config->needs[i].class == WIO_NEED_IRQ) {
            return true;
        }
    }
    return false;
}

/* Native code runs the module's functions from now on. */
static int
open_native(struct load *load)
{
    const struct wio_port *port = load->runtime->port;
    const struct wio_native_header *h = &load->native.header;
    struct wio_container *container = load->container;
    const void *entry = load->native.image;
    int err;

    if (!load->native.is_there) {
        return 0;
    }
    if (h->kind == WIO_NATIVE_FLAT) {
        entry = load->native.image + h->entry;
    }
    err = port->native->open(port->ctx, load->native.image, h->image_bytes,
                             h->text_bytes, &container->native, &entry);
    if (err) {
        container->native = NULL;
        return wio_report_fail(load->report, err,
                               "the compiled container's code cannot be "
                               "opened here: %s", wio_strerror(err));
    }
    err = wio_engine_attach(container->module, entry, load->report);
    return err ? err
               : wio_native_check_form(entry, must_count(load->runtime),
                                       has_handlers(&container->config),
                                       load->report);
}

static void
close_native(const struct wio_runtime *runtime, struct wio_container *container)
{
    if (container->native) {
        runtime->port->native->close(runtime->port->ctx, container->native);
        container->native = NULL;
    }
}

static int
read_config(struct load *load)
{
    struct wio_container_config *config = &load->container->config;
    const struct wio_runtime *runtime = load->runtime;
    struct wio_span section;
    uint32_t n_sections = 0;
    int err;

    if (!wio_engine_custom_section(load->bytes.bytes, load->bytes.len,
                                   WIO_CONFIG_SECTION, &section,
                                   &n_sections)) {
        /* Bytes that are no module at all deserve the other sentence. */
        err = wio_engine_load(load->bytes.bytes, load->bytes.len,
                              WIO_FEATURE_ALL, &load->arena,
                              &load->container->module, load->report);
        return err ? err : wio_report_fail(load->report, WIO_ERR_NO_CONFIG,
                                           "the module has no section "
                                           WIO_CONFIG_SECTION "; put one in "
                                           "with `wasmio pack`");
    }
    if (n_sections != 1) {
        return wio_report_fail(load->report, WIO_ERR_BAD_CONFIG,
                               "the module has %u sections "
                               WIO_CONFIG_SECTION "; exactly one is wanted",
                               n_sections);
    }
    err = wio_config_read(section, &load->arena, config, load->report);
    if (err) {
        return err;
    }
    for (uint32_t i = 0; i < runtime->n_containers; i++) {
        if (wio_span_equal(runtime->containers[i]->config.model,
                           config->model)) {
            return wio_report_fail(load->report, WIO_ERR_BUSY,
                                   "a container called %S is loaded already; "
                                   "unload it first", &config->model);
        }
    }
    return 0;
}

static int
read_module(struct load *load)
{
    struct wio_container *container = load->container;
    int err = wio_engine_load(load->bytes.bytes, load->bytes.len,
                              WIO_FEATURE_ALL, &load->arena,
                              &container->module, load->report);

    if (err == 0) {
        err = wio_bind_check_imports(container->module, &container->config,
                                     load->report);
    }
    if (err == 0) {
        err = wio_bind_check_exports(container->module, &container->config,
                                     load->report);
    }
    return err ? err : wio_bind_check_memory(container->module,
                                             &container->config,
                                             load->report);
}

/* -- Granting -------------------------------------------------------------- */

/* A grant whose controller has no driver in this port is none. */
static int
check_present(struct load *load, uint32_t i)
{
    const struct wio_runtime *runtime = load->runtime;
    struct wio_container *container = load->container;
    struct wio_grant *grant = &container->grants[i];
    const struct wio_need *need = &container->config.needs[i];

    if (grant->granted && grant->class == WIO_NEED_IRQ &&
        !runtime->has_levels) {
        grant->granted = false;
        return need->optional
                   ? 0
                   : wio_report_fail(load->report, WIO_ERR_NO_MATCH,
                                     "need %S: this port delivers no "
                                     "interrupts", &need->label);
    }
    if (!grant->granted || grant->served ||
        (runtime->present >> grant->controller & 1u) != 0) {
        return 0;
    }
    grant->granted = false;
    if (need->optional) {
        return 0;
    }
    return wio_report_fail(load->report, WIO_ERR_NO_MATCH,
                           "need %S: the board has it, but this firmware has "
                           "no driver for %s%s", &need->label,
                           runtime->board.controllers[grant->controller]
                               .info.compatible,
                           grant->class == WIO_NEED_SPI_DEVICE
                               ? "; load a container that provides it first"
                               : "");
}

static int
match(struct load *load)
{
    struct wio_runtime *runtime = load->runtime;
    struct wio_container *container = load->container;
    uint32_t n = container->config.n_needs;
    int err;

    container->grants = wio_arena_take(&load->arena, (n ? n : 1) *
                                       (uint32_t)sizeof(*container->grants),
                                       8);
    if (!container->grants) {
        return too_little(load, "grants");
    }
    err = wio_board_match(&runtime->board, &container->config,
                          &runtime->claims, &load->arena, container->grants,
                          NULL, load->report);
    for (uint32_t i = 0; i < n && err == 0; i++) {
        err = check_present(load, i);
    }
    if (err) {
        return err;
    }
    err = wio_claims_add(&runtime->claims, container->id, container->grants,
                         n);
    if (err) {
        return wio_report_fail(load->report, err, "%S cannot have what it "
                               "needs: %s", &container->config.model,
                               wio_strerror(err));
    }
    wio_claims_provide(&runtime->claims, &container->config,
                       container->grants);
    load->claimed = true;
    return 0;
}

static void
fill_points(struct wio_container *container)
{
    struct wio_caps *caps = &container->bind.caps;

    for (uint32_t i = 0; i < caps->n_points; i++) {
        caps->points[i].type = container->config.points[i].type;
        caps->points[i].provides = container->config.points[i].provides;
    }
}

/* The slots of need @i, behind those of the needs before it; NULL when it has
 * none. */
static struct wio_requester *
requester_of(struct load *load, uint32_t need)
{
    struct wio_container *container = load->container;
    const struct wio_grant *grant = &container->grants[need];
    struct wio_bus *const *buses = load->runtime->buses[grant->controller];
    struct wio_requester *requester = container->bind.requests.requesters;
    uint32_t first = 0;

    if (grant->n_requests == 0) {
        return NULL;
    }
    for (uint32_t i = 0; i < need; i++) {
        const struct wio_grant *before = &container->grants[i];

        if (before->granted && before->n_requests > 0) {
            first += before->n_requests;
            requester++;
        }
    }
    *requester = (struct wio_requester){
        .bus = { buses[0], grant->class == WIO_NEED_UART ? buses[1]
                                                         : buses[0] },
        .stream = { .interval_ns =
                        (uint64_t)grant->request_interval_us * 1000 },
        .first = (uint8_t)first,
        .n = grant->n_requests,
        .need = (uint8_t)need,
    };
    return requester;
}

/* The object of one granted need; its first handle is there already. */
static int
fill_object(struct load *load, uint32_t need, uint32_t handle)
{
    const struct wio_grant *grant = &load->container->grants[need];
    struct wio_bus *const *buses = load->runtime->buses[grant->controller];
    const struct wio_controller *controller =
        &load->runtime->controllers[grant->controller];
    struct wio_caps *caps = &load->container->bind.caps;

    switch (grant->class) {
    case WIO_NEED_I2C_DEVICE:
        *wio_caps_i2c(caps, handle) = (struct wio_i2c_device){
            .handle = handle,
            .ops = controller->ops.i2c,
            .ctx = controller->ctx,
            .max_transfer = grant->of.i2c.max_transfer,
            .timeout_us = grant->of.i2c.timeout_us,
            .addr = grant->of.i2c.addr,
            .bus = buses[0],
            .requester = requester_of(load, need),
        };
        return 0;
    case WIO_NEED_GPIO:
        *wio_caps_gpio(caps, handle) = (struct wio_gpio_pin){
            .handle = handle,
            .ops = controller->ops.gpio,
            .ctx = controller->ctx,
            .pin = grant->of.gpio.pin,
            .flags = (uint8_t)grant->of.gpio.flags,
        };
        return 0;
    case WIO_NEED_UART:
        *wio_caps_uart(caps, handle) = (struct wio_uart_line){
            .handle = handle,
            .ops = controller->ops.uart,
            .ctx = controller->ctx,
            .baud = grant->of.uart.baud,
            .max_transfer = grant->of.uart.max_transfer,
            .timeout_us = grant->of.uart.timeout_us,
            .writes = buses[0],
            .reads = buses[1],
            .requester = requester_of(load, need),
        };
        return 0;
    case WIO_NEED_SPI_DEVICE:
        *wio_caps_spi(caps, handle) = (struct wio_spi_device){
            .handle = handle,
            .ops = grant->served ? &wio_runtime_spi_served_
                                 : controller->ops.spi,
            .ctx = grant->served
                       ? &load->runtime->served[grant->controller]
                       : controller->ctx,
            .max_transfer = grant->of.spi.max_transfer,
            .timeout_us = grant->of.spi.timeout_us,
            .chip = grant->of.spi.chip,
            .bus = buses[0],
            .requester = requester_of(load, need),
        };
        return 0;
    case WIO_NEED_IRQ:
        return 0;                  /* its line comes with its job */
    default: {
        const struct wio_mmio_grant window = {
            .base = grant->of.mmio.base,
            .size = grant->of.mmio.size,
            .timeout_us = grant->of.mmio.timeout_us,
            .rules = grant->of.mmio.rules,
            .n_rules = grant->of.mmio.n_rules,
            .ops = controller->ops.mmio,
            .ctx = controller->ctx,
            .port = load->runtime->port,
        };

        return wio_mmio_open(wio_caps_mmio(caps, handle), handle, &window,
                             &load->arena);
    }
    }
}

static int
make_handles(struct load *load)
{
    struct wio_container *container = load->container;
    struct wio_bind *bind = &container->bind;
    struct wio_caps_counts counts = { .points = container->config.n_points };
    uint32_t n_requesters = 0;
    uint32_t n_slots = 0;
    int err;

    for (uint32_t i = 0; i < container->config.n_needs; i++) {
        const struct wio_grant *grant = &container->grants[i];

        if (!grant->granted) {
            continue;
        }
        counts.irq += grant->class == WIO_NEED_IRQ;
        bind->granted |= (uint16_t)(1u << i);
        counts.i2c += grant->class == WIO_NEED_I2C_DEVICE;
        counts.gpio += grant->class == WIO_NEED_GPIO;
        counts.uart += grant->class == WIO_NEED_UART;
        counts.mmio += grant->class == WIO_NEED_MMIO;
        counts.spi += grant->class == WIO_NEED_SPI_DEVICE;
        n_slots += grant->n_requests;
        n_requesters += grant->n_requests > 0;
    }
    err = wio_caps_create(&bind->caps, container->id, &counts, &load->arena);
    err = err ? err : wio_requests_create(&bind->requests, container->id,
                                          n_slots, n_requesters,
                                          &load->arena);
    if (err) {
        return too_little(load, "handles");
    }
    fill_points(container);
    for (uint32_t i = 0; i < container->config.n_needs; i++) {
        if ((bind->granted >> i & 1) != 0) {
            err = fill_object(load, i,
                              (uint32_t)wio_bind_need_handle(bind, i));
            if (err) {
                return wio_report_fail(load->report, err,
                                       "need %S: its window cannot be made: "
                                       "%s", &container->config.needs[i].label,
                                       wio_strerror(err));
            }
        }
    }
    err = wio_bind_open_windows(bind, container->module, &load->arena);
    return err ? too_little(load, "windows") : 0;
}

/* A safe-state write that could not be made later is refused now. */
static int
check_safe_writes(const struct load *load)
{
    const struct wio_container *container = load->container;
    const struct wio_container_config *config = &container->config;

    for (uint32_t w = 0; w < config->n_safe_writes; w++) {
        const struct wio_safe_write *write = &config->safe_writes[w];
        int err = WIO_ERR_NO_DEVICE;

        for (uint32_t i = 0; i < config->n_needs; i++) {
            const struct wio_grant *grant = &container->grants[i];
            uint32_t handle;

            if (!wio_span_equal(config->needs[i].label, write->of)) {
                continue;
            }
            handle = (uint32_t)wio_bind_need_handle(&container->bind, i);
            err = WIO_ERR_NOT_SUPPORTED;
            if (!grant->granted) {
                err = 0;           /* optional: nothing to make safe */
            } else if (grant->class == WIO_NEED_GPIO) {
                err = (grant->of.gpio.flags & WIO_GPIO_OUTPUT) == 0
                          ? (int)WIO_ERR_GPIO_MODE_NOT_ALLOWED
                          : write->value > 1 ? (int)WIO_ERR_INVALID_ARGUMENT
                                             : 0;
            } else if (grant->class == WIO_NEED_MMIO) {
                err = wio_mmio_check_write(
                    wio_caps_mmio(&container->bind.caps, handle),
                    write->offset, write->value);
            }
            break;
        }
        if (err) {
            return wio_report_fail(load->report, WIO_ERR_BAD_CONFIG,
                                   "safe-state %S: the write cannot be made: "
                                   "%s", &write->of, wio_strerror(err));
        }
    }
    return 0;
}

/* -- Making it run --------------------------------------------------------- */

static int
instantiate(struct load *load)
{
    struct wio_container *container = load->container;
    struct wio_instance_limits limits = {
        .memory_bytes = container->config.memory_bytes,
        .table_elements = WIO_TABLE_MAX,
        .exact_time = load->runtime->ns_per_step != 0,
    };
    struct wio_trap trap = { .cause = WIO_TRAP_NONE };
    struct wio_extern found;
    int err;

    container->store = (struct wio_store){ container->in_store, 1, 0 };
    err = wio_engine_instantiate(container->module, &container->store,
                                 wio_bind_resolve, &container->bind,
                                 &container->bind, &limits, &load->arena,
                                 &container->instance, &trap, load->report);
    if (err) {
        return err;
    }
    if (wio_module_image(container->module)) {
        err = wio_bind_open_registers(&container->bind,
                                      wio_module_image(container->module),
                                      load->report);
        if (err) {
            return err;
        }
    }
    wio_engine_set_lock(container->instance, &load->runtime->lock);
    err = wio_engine_exec_create(&load->arena,
                                 wio_runtime_stack_bytes_(load->runtime,
                                                          container),
                                 &container->exec);
    if (err) {
        return too_little(load, "stack");
    }
    if (container->config.main.entry.len > 0 &&
        wio_engine_find_span(container->instance,
                             container->config.main.entry, &found)) {
        container->main = found.func;
    }
    return 0;
}

static int
configure_devices(struct load *load)
{
    struct wio_caps *caps = &load->container->bind.caps;
    int err = 0;

    load->touched = true;
    for (uint32_t i = 0; i < caps->n_gpio && err >= 0; i++) {
        err = wio_gpio_configure(&caps->gpio[i]);
    }
    for (uint32_t i = 0; i < caps->n_uart && err >= 0; i++) {
        err = wio_uart_configure(&caps->uart[i]);
    }
    if (err < 0) {
        return wio_report_fail(load->report, WIO_ERR_NO_MATCH,
                               "a pin or serial port of %S cannot be brought "
                               "into its mode: %s",
                               &load->container->config.model,
                               wio_strerror(err));
    }
    return 0;
}

static int
start(struct load *load)
{
    struct wio_runtime *runtime = load->runtime;
    struct wio_container *container = load->container;
    uint32_t result = 0;
    struct wio_activation activation = {
        .results = &result,
        .budget_us = runtime->board.policy.init_budget_us,
    };
    struct wio_extern found;
    struct wio_trap trap;
    int err = wio_runtime_activate_(runtime, container, &activation, &trap);

    if (err) {
        return wio_runtime_report_trap_(load->report, err, container, &trap);
    }
    if (!wio_engine_find(container->instance, WIO_EXPORT_INIT, &found)) {
        return 0;
    }
    activation.func = found.func;
    err = wio_runtime_activate_(runtime, container, &activation, &trap);
    if (err) {
        return wio_runtime_report_trap_(load->report, err, container, &trap);
    }
    if ((int32_t)result < 0) {
        return wio_report_fail(load->report, WIO_ERR_TRAPPED,
                               "%S: its " WIO_EXPORT_INIT " refused to run: "
                               "%s", &container->config.model,
                               wio_strerror((int32_t)result));
    }
    return 0;
}

/* -- With levels --------------------------------------------------------------- */

/* Everybody's response times with this container, before it touches anything. */
static int
admit(struct load *load)
{
    struct wio_plan plan;

    return load->runtime->has_levels
               ? wio_runtime_plan_(load->runtime, load->container, &plan,
                                   load->report)
               : 0;
}

static int
make_jobs(struct load *load)
{
    struct wio_runtime *runtime = load->runtime;
    struct wio_container *container = load->container;
    struct wio_plan plan;
    int err;

    err = wio_runtime_make_services_(runtime, container, &load->arena,
                                     load->report);
    if (err || !runtime->has_levels) {
        return err;
    }
    container->bind.sched = &runtime->sched;
    container->bind.budget_end_ns = UINT64_MAX;
    err = wio_runtime_make_jobs_(runtime, container, &load->arena,
                                 load->report);
    err = err ? err : wio_runtime_check_stack_(runtime, container,
                                               load->report);
    err = err ? err : wio_runtime_plan_(runtime, container, &plan,
                                        load->report);
    if (err) {
        return err;
    }
    wio_runtime_apply_plan_(runtime, &plan, container);
    load->planned = true;
    return wio_runtime_start_jobs_(runtime, container, load->report);
}

/* Levels without a container that is gone. Fewer entities cannot be worse. */
static void
plan_again(struct wio_runtime *runtime)
{
    struct wio_plan plan;
    struct wio_report ignored;

    if (wio_runtime_plan_(runtime, NULL, &plan, &ignored) == 0) {
        wio_runtime_apply_plan_(runtime, &plan, NULL);
    }
}

/* main is released from now on. */
static int
set_going(struct load *load)
{
    struct wio_runtime *runtime = load->runtime;
    struct wio_container *container = load->container;

    const struct wio_port *port = runtime->port;
    uint32_t key = port->core->irq_save(port->ctx);
    bool faulted = container->state == WIO_STATE_FAULTED;

    /* A handler may run since wasmio-init enabled its line, and may fault. */
    if (!faulted) {
        wio_runtime_open_services_(runtime, container);
        container->due_ns = wio_runtime_now_ns_(runtime);
        container->state = WIO_STATE_RUNNING;
        runtime->containers[runtime->n_containers++] = container;
        if (container->bind.main) {
            wio_sched_resume(container->bind.main, container->due_ns);
        }
    }
    port->core->irq_restore(port->ctx, key);
    if (faulted) {
        wio_runtime_fault_text_(container, load->report);
        return load->report->code ? load->report->code
                                  : (int)WIO_ERR_TRAPPED;
    }
    return 0;
}

/* -- Load and unload ------------------------------------------------------- */

/* An id whose handles are no loaded container's. */
static wio_container_id
next_id(struct wio_runtime *runtime)
{
    bool taken = true;

    while (taken) {
        taken = ++runtime->last_id == 0;
        for (uint32_t i = 0; i < runtime->n_containers; i++) {
            taken |= ((runtime->containers[i]->id ^ runtime->last_id) &
                      WIO_HANDLE_SERIAL_MAX) == 0;
        }
    }
    return runtime->last_id;
}

static int
load_all(struct load *load)
{
    static int (*const steps[])(struct load *) = {
        read_config, read_module, open_native, match, admit, make_handles,
    };
    int err = 0;

    for (uint32_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && !err; i++) {
        err = steps[i](load);
    }
    err = err ? err : check_safe_writes(load);
    err = err ? err : instantiate(load);
    err = err ? err : make_jobs(load);
    err = err ? err : configure_devices(load);
    err = err ? err : start(load);
    return err ? err : set_going(load);
}

static void
undo(struct load *load)
{
    wio_requests_close(&load->container->bind.requests);
    if (load->runtime->has_levels) {
        wio_runtime_stop_jobs_(load->runtime, load->container);
    }
    if (load->touched) {
        wio_runtime_make_safe_(load->container);
    }
    wio_caps_revoke_all(&load->container->bind.caps);
    if (load->claimed) {
        wio_claims_drop(&load->runtime->claims, load->container->id);
    }
    if (load->planned) {
        plan_again(load->runtime);
    }
    close_native(load->runtime, load->container);
}

int
wio_runtime_load(struct wio_runtime *runtime, const uint8_t *bytes,
                 uint32_t n_bytes, void *memory, uint32_t memory_bytes,
                 wio_container_id *id, struct wio_report *report)
{
    struct load load = {
        .runtime = runtime,
        .bytes = { bytes, n_bytes },
        .report = report,
    };
    struct wio_container *container;
    int err;

    wio_arena_init(&load.arena, memory, memory_bytes);
    err = check_room(&load);
    err = err ? err : read_native(&load);
    if (err) {
        return err;
    }
    container = wio_arena_take(&load.arena, sizeof(*container), 8);
    if (!container) {
        return too_little(&load, "description");
    }
    load.container = container;
    container->id = next_id(runtime);
    container->state = WIO_STATE_LOADED;
    container->bind.port = runtime->port;
    container->bind.config = &container->config;
    container->bind.strict = runtime->board.policy.strict_access;
    err = load_all(&load);
    if (err) {
        undo(&load);
        return err;
    }
    container->arena_bytes = load.arena.used;
    *id = container->id;
    return 0;
}

int
wio_runtime_unload(struct wio_runtime *runtime, wio_container_id id)
{
    struct wio_container *container = wio_runtime_find_(runtime, id);
    uint32_t i = 0;

    if (!container) {
        return WIO_ERR_BAD_HANDLE;
    }
    if (runtime->active) {
        return WIO_ERR_BUSY;
    }
    wio_requests_close(&container->bind.requests);
    if (runtime->has_levels) {
        wio_runtime_stop_jobs_(runtime, container);
    }
    wio_runtime_close_services_(runtime, container);
    wio_runtime_tell_(runtime, container);
    /* Nobody drives the outputs from now on. */
    wio_runtime_make_safe_(container);
    wio_caps_revoke_all(&container->bind.caps);
    wio_claims_drop(&runtime->claims, id);
    while (runtime->containers[i] != container) {
        i++;
    }
    close_native(runtime, container);
    runtime->n_containers--;
    for (; i < runtime->n_containers; i++) {
        runtime->containers[i] = runtime->containers[i + 1];
    }
    if (runtime->has_levels) {
        plan_again(runtime);
    }
    return 0;
}
