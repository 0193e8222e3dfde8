/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The import layer: any host function, with any handle, pointer and length.
 *
 * Input: a sequence of calls, each one byte for the function, then a byte for
 * every argument slot that picks a handle, a place near an edge of memory, a
 * small number, or (top bit and four more bytes) any number at all, and a byte
 * for what comes after it: an edge of the guest's interrupt, time that passes.
 * The memory is exactly as long as the guest's bound says, so that
 * AddressSanitizer sees the first byte outside; the devices behind the grants
 * are fakes. Calls come from a main, from the handler that interrupts it, and
 * from operations in the background, by a scheduler on a port whose time is
 * the input's.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fake_levels.h"
#include "guest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define N_LABELS 13u
#define HANDLER_LEVEL 2u
#define MAIN_LEVEL 3u
#define LOCK_TICKS 60u

struct input {
    const uint8_t *at;
    const uint8_t *end;
};

#define N_BUSES 4u                 /* i2c, spi, a uart's two */
#define N_REQUESTS 6u

/* A controller that goes on when the input says so. */
struct controller {
    struct wio_bus bus;
    struct wio_request *request;
};

/* A guest and everything that calls it. */
struct scene {
    struct guest guest;
    struct input in;
    struct levels levels;
    struct wio_sched sched;
    struct wio_trace_entry ring[16];
    struct wio_entity main;
    struct wio_entity handler;
    struct wio_line line;
    struct controller controllers[N_BUSES];
    bool main_over;                /* its budget, or a lock's limit */
    bool handler_over;
    uint32_t n_edges;
    uint32_t n_functions;
    const struct wio_memory *window;
};

static uint32_t
take(struct input *in)
{
    return in->at < in->end ? *in->at++ : 0;
}

static uint32_t
pick(struct guest *guest, struct input *in)
{
    static const char *const labels[N_LABELS] = {
        "sensor", "led", "button", "port", "regs", "t", "big", "f", "d", "in",
        "din", "alert", "card",
    };
    static const uint32_t edges[] = {
        0, 1, 2, 4, 8, 16, GUEST_MEMORY - 16, GUEST_MEMORY - 8,
        GUEST_MEMORY - 4, GUEST_MEMORY - 1, GUEST_MEMORY, GUEST_MEMORY + 1,
        0x7fffffff, 0x80000000, UINT32_MAX - 3, UINT32_MAX,
    };
    uint32_t byte = take(in);

    if (byte < 3 * N_LABELS) {
        return guest_handle(guest, labels[byte % N_LABELS]);
    }
    if (byte < 48) {
        return guest_handle(guest, labels[byte % N_LABELS]) ^
               1u << byte % 32;
    }
    if (byte < 64) {
        return edges[byte % 16];
    }
    if (byte < 120) {
        return byte - 64;
    }
    if (byte < 128) {
        return guest->bind.requests.slots[byte % N_REQUESTS].handle;
    }
    byte = take(in);
    byte = byte << 8 | take(in);
    byte = byte << 8 | take(in);
    return byte << 8 | take(in);
}

/* Sets the scene: the guest's bytes, and what the devices answer. */
static void
prepare(struct guest *guest, struct input *in)
{
    static const int answers[] = { 0, 0, WIO_ERR_I2C_NACK_ADDRESS,
                                   WIO_ERR_TIMEOUT };
    uint32_t what = take(in);

    for (uint32_t i = 0; i < 64; i++) {
        guest->bytes[i] = (uint8_t)take(in);
    }
    memcpy(guest->bytes + 64, "sensorledbuttonabsentportregs", 29);
    guest->fake.i2c_result = answers[what & 3];
    guest->fake.i2c_hangs = (what >> 2 & 7) == 1;
    guest->fake.i2c_answer = (uint8_t)what;
    guest->fake.spi_result = answers[what & 3];
    guest->fake.uart_n_in = what >> 4;
    guest->bind.strict = (what & 8) != 0;
    if (what & 16) {
        guest->bind.budget_end_ns = guest->fake.now_ns + 30000;
    }
}

/* -- Requests ----------------------------------------------------------------- */

static int
submit(void *ctx, struct wio_request *request)
{
    struct controller *controller = ctx;

    if (controller->request || (request->w_len > 0 && !request->w) ||
        (request->r_len > 0 && !request->r)) {
        abort();
    }
    if (request->w_len == 3) {
        return WIO_ERR_NOT_SUPPORTED;
    }
    controller->request = request;
    request->at = 0;
    return 0;
}

static uint32_t
cancel(void *ctx, struct wio_request *request)
{
    struct controller *controller = ctx;

    if (controller->request != request) {
        abort();
    }
    controller->request = NULL;
    return request->w_len > 0 ? 0 : request->at;
}

/* Its interrupt: a byte each way, or the end. */
static void
go_on(void *arg)
{
    struct controller *controller = arg;
    struct wio_request *request = controller->request;
    static volatile uint8_t wire;

    if (request->at < request->w_len) {
        wire = request->w[request->at];
    }
    if (request->at < request->r_len) {
        request->r[request->at] = wire;
    }
    request->at++;
    if (request->at >= request->w_len && request->at >= request->r_len) {
        controller->request = NULL;
        request->done(request, (int)request->at);
    }
}

/* -- Calls ------------------------------------------------------------------- */

/* Nothing granted is ever another address or a longer transfer, and no bit
 * outside a mask ever reaches a register. */
static void
check_devices(const struct guest *guest)
{
    if ((guest->fake.i2c_addr != 0 && guest->fake.i2c_addr != 0x48) ||
        guest->fake.i2c_w_len > 4 || guest->fake.i2c_r_len > 4 ||
        guest->fake.uart_n_out > 8 || (guest->registers[1] & ~0x0fu) != 0 ||
        guest->registers[2] != 0) {
        abort();
    }
    for (uint32_t i = 0; i < guest->fake.spi_n; i++) {
        const struct wio_spi_segment *s = &guest->fake.spi_segments[i];

        if ((s->len > 4 && !s->polls) || s->delay_ns > 50000) {
            abort();
        }
    }
}

static uint32_t
count_functions(void)
{
    uint32_t n = 0;

    while (wio_bind_function(n)) {
        n++;
    }
    return n;
}

/* What an import of the window "regs" as a memory is linked to. */
static const struct wio_memory *
open_window(struct guest *guest)
{
    static const struct wio_import_info import = {
        .module = { (const uint8_t *)WIO_MODULE_MMIO,
                    sizeof(WIO_MODULE_MMIO) - 1 },
        .name = { (const uint8_t *)"regs", 4 },
        .type = { .kind = WIO_EXTERN_MEMORY },
    };
    struct wio_extern found;

    guest_imports[0] = import;
    guest_n_imports = 1;
    guest->needs[5].size = sizeof guest->registers;
    if (wio_bind_open_windows(&guest->bind, NULL, &guest->arena) != 0 ||
        wio_bind_resolve(&guest->bind, &import, &found, NULL) != 0) {
        abort();
    }
    return found.of.memory;
}

/* An access of 8, 16 or 32 bits anywhere. */
static void
access_window(struct scene *scene)
{
    const struct wio_memory *window = scene->window;
    uint32_t what = take(&scene->in);
    uint32_t n_bytes = 1u << what % 3;
    uint32_t at = pick(&scene->guest, &scene->in);
    uint32_t value = pick(&scene->guest, &scene->in);

    if (what & 4) {
        (void)(n_bytes == 4 ? window->host->store32(window, at, value)
                            : window->host->store(window, at, n_bytes,
                                                  value));
    } else {
        (void)(n_bytes == 4 ? window->host->load32(window, at)
                            : window->host->load(window, at, n_bytes));
    }
}

/* What random numbers hardly ever are: a device that takes requests, short
 * buffers; a request. */
static void
mend_request(struct scene *scene, const struct wio_host_func *function,
             uint32_t *slots)
{
    struct guest *guest = &scene->guest;
    uint32_t n = guest_n_slots(function);

    if (strcmp(function->module, WIO_MODULE_REQUEST) == 0 && n > 0) {
        slots[0] = guest->bind.requests.slots[slots[0] % N_REQUESTS].handle;
    } else if (strncmp(function->name, "submit", 6) == 0) {
        bool is_i2c = strcmp(function->module, WIO_MODULE_I2C) == 0;

        slots[0] = guest_handle(guest,
                                is_i2c ? "sensor"
                                : strcmp(function->module, WIO_MODULE_SPI) == 0
                                    ? "card" : "port");
        slots[1] = is_i2c ? 0 : slots[1];
        for (uint32_t i = is_i2c ? 3 : 2; i < n; i += 2) {
            slots[i] %= 6;
        }
    }
}

static void
call(struct scene *scene)
{
    uint32_t which = take(&scene->in) % (scene->n_functions + 1);
    const struct wio_host_func *function = wio_bind_function(which);
    uint32_t slots[8] = { 0 };

    if (!function) {
        access_window(scene);
        check_devices(&scene->guest);
        return;
    }
    for (uint32_t i = 0; i < guest_n_slots(function); i++) {
        slots[i] = pick(&scene->guest, &scene->in);
    }
    if (strcmp(function->module, WIO_MODULE_IRQ) == 0 &&
        (take(&scene->in) & 1u)) {
        slots[0] = guest_handle(&scene->guest, "alert");
    }
    if (take(&scene->in) & 3u) {
        mend_request(scene, function, slots);
    }
    guest_call(&scene->guest, function, slots);
    check_devices(&scene->guest);
}

/* An edge perhaps, then time. */
static void
pass(struct scene *scene, bool has_edge, uint32_t ns)
{
    if (has_edge) {
        scene->n_edges++;
        levels_edge(&scene->levels, scene->line.source);
    }
    for (uint32_t i = 0; i < N_BUSES; i++) {
        struct controller *controller = &scene->controllers[i];

        if (controller->request && (ns >> i & 1u)) {
            levels_interrupt(&scene->levels, go_on, controller);
        }
    }
    levels_pass(&scene->levels, ns);
}

/* Up to @n calls of an activation; a trap, the end of its budget and a wait
 * end it. */
static void
play(struct scene *scene, uint32_t n, const bool *over)
{
    uint32_t n_raises = scene->guest.n_raises;

    while (n-- > 0 && scene->in.at < scene->in.end && !*over &&
           scene->guest.n_raises == n_raises &&
           !(over == &scene->main_over && scene->guest.bind.waits_for)) {
        uint32_t after;

        call(scene);
        after = take(&scene->in);
        pass(scene, after & 1u, after >> 3);
    }
}

static void
run_main(struct wio_entity *entity)
{
    struct scene *scene = entity->arg;
    struct wio_bind *bind = &scene->guest.bind;

    scene->main_over = false;
    if (bind->waits_for) {
        uint32_t n = wio_bind_end_wait(bind);

        if (n == 0 || (n > WIO_ABI_IRQ_COUNT &&
                       n != (uint32_t)WIO_ERR_TIMEOUT)) {
            abort();
        }
    }
    scene->guest.suspends = true;
    play(scene, 8, &scene->main_over);
    scene->guest.suspends = false;
}

static void
run_handler(struct wio_entity *entity)
{
    struct scene *scene = entity->arg;
    bool suspends = scene->guest.suspends;

    /* A lock keeps it out. */
    if (scene->main.lock_depth > 0 ||
        wio_sched_line_take(&scene->sched, &scene->line).count == 0) {
        abort();
    }
    scene->guest.suspends = false;
    scene->handler_over = false;
    play(scene, 3, &scene->handler_over);
    scene->guest.suspends = suspends;
    if (scene->guest.bind.waits_for == &scene->line) {
        (void)wio_sched_wake(&scene->main);
    }
}

static void
run_operation(struct wio_entity *entity)
{
    struct scene *scene = entity->arg;

    scene->main_over = false;
    play(scene, 4, &scene->main_over);
}

static void
over(struct wio_entity *entity)
{
    struct scene *scene = entity->arg;

    *(entity == &scene->handler ? &scene->handler_over
                                : &scene->main_over) = true;
}

/* -- The scene --------------------------------------------------------------- */

static void
take_requests(struct scene *scene)
{
    struct wio_bind *bind = &scene->guest.bind;
    struct wio_requester *requesters;

    if (wio_requests_create(&bind->requests, 3, N_REQUESTS, 3,
                            &scene->guest.arena) != 0) {
        abort();
    }
    for (uint32_t i = 0; i < N_BUSES; i++) {
        wio_bus_init(&scene->controllers[i].bus, &scene->sched, submit, cancel,
                     &scene->controllers[i]);
    }
    requesters = bind->requests.requesters;
    for (uint32_t i = 0; i < 3; i++) {
        struct wio_bus *bus = &scene->controllers[i].bus;

        requesters[i] = (struct wio_requester){
            .bus = { bus, i == 2 ? &scene->controllers[3].bus : bus },
            .stream = { .interval_ns = 40 },
            .first = (uint8_t)(2 * i),
            .n = 2,
        };
    }
    bind->caps.i2c[0].bus = requesters[0].bus[0];
    bind->caps.i2c[0].requester = &requesters[0];
    bind->caps.spi[0].bus = requesters[1].bus[0];
    bind->caps.spi[0].requester = &requesters[1];
    bind->caps.uart[0].writes = requesters[2].bus[0];
    bind->caps.uart[0].reads = requesters[2].bus[1];
    bind->caps.uart[0].requester = &requesters[2];
}

/* Whatever was asked for, it ends with its container. */
static void
end_requests(struct scene *scene)
{
    wio_requests_close(&scene->guest.bind.requests);
    for (uint32_t i = 0; i < N_BUSES; i++) {
        const struct controller *controller = &scene->controllers[i];

        if (controller->request || controller->bus.active ||
            controller->bus.queue || controller->bus.taken) {
            abort();
        }
    }
}

static void
schedule(struct scene *scene)
{
    const struct wio_source_info info = { .line = 1, .trigger = 1 };
    struct guest *guest = &scene->guest;
    uint32_t what = take(&scene->in);

    levels_init(&scene->levels, true);
    wio_sched_start(&scene->sched, &scene->levels.port, 1, scene->ring, 16);
    scene->sched.lock_limit_ticks = LOCK_TICKS;
    scene->main = (struct wio_entity){
        .run = run_main, .over = over, .arg = scene, .kind = WIO_ENTITY_MAIN,
        .group = 1, .level = MAIN_LEVEL, .budget_ticks = 150,
        .period_ns = 400, .deadline_ns = 400
    };
    scene->handler = (struct wio_entity){
        .run = run_handler, .over = over, .arg = scene,
        .kind = WIO_ENTITY_HANDLER, .group = 1, .level = HANDLER_LEVEL,
        .budget_ticks = 40, .period_ns = 100, .deadline_ns = 100
    };
    scene->line = (struct wio_line){
        .handler = &scene->handler, .overflow = (uint8_t)(what % 3)
    };
    if (wio_sched_add(&scene->sched, &scene->main, 10) != 0 ||
        wio_sched_add(&scene->sched, &scene->handler, UINT64_MAX) != 0 ||
        wio_sched_line_open(&scene->sched, &scene->line, &info) != 0) {
        abort();
    }
    if (what & 8) {
        wio_sched_line_enable(&scene->sched, &scene->line);
    }
    take_requests(scene);
    guest->config.n_needs = 8;
    guest->bind.granted |= 1u << 7;
    guest->bind.caps.irq[0].line = &scene->line;
    guest->bind.sched = &scene->sched;
    guest->bind.main = &scene->main;
    guest->bind.lock_level = HANDLER_LEVEL;
}

/* The background again: nothing is kept out, and every edge was counted once
 * or is still remembered. */
static void
check_rest(const struct scene *scene)
{
    const struct wio_line *line = &scene->line;
    uint32_t n_waiting = scene->levels.sources[line->source].missed +
                         scene->levels.sources[line->source].remembered;

    if (scene->levels.level != LEVELS_NONE ||
        scene->levels.ceiling != LEVELS_NONE || scene->levels.irq_off != 0 ||
        scene->guest.fake.irq_depth != 0 || scene->main.lock_depth != 0 ||
        scene->handler.lock_depth != 0 || scene->sched.current != NULL ||
        line->event.n_accepted + line->n_coalesced + line->n_dropped + n_waiting !=
            scene->n_edges) {
        abort();
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct scene scene;

    memset(&scene, 0, sizeof(scene));
    scene.in = (struct input){ data, data + size };
    scene.n_functions = count_functions();
    guest_init(&scene.guest);
    scene.window = open_window(&scene.guest);
    prepare(&scene.guest, &scene.in);
    schedule(&scene);
    while (scene.in.at < scene.in.end) {
        uint32_t what = take(&scene.in);

        if (what & 1u) {
            struct wio_entity operation = {
                .run = run_operation, .over = over, .arg = &scene,
                .kind = WIO_ENTITY_MAIN, .group = 1, .budget_ticks = 100
            };

            (void)wio_sched_background(&scene.sched, &operation);
        }
        pass(&scene, what & 2u, what >> 1);
        check_rest(&scene);
    }
    end_requests(&scene);
    guest_free(&scene.guest);
    return 0;
}
