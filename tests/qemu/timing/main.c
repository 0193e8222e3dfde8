/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Interrupts, tasks and containers that misbehave, on the board itself.
 *
 * Everything comes from inside the image, at times that are counted in
 * instructions, so two runs print the same bytes. A scenario loads a victim (a
 * main and a handler that keep their budgets) and a rogue, runs for a while,
 * and prints a line for each entity:
 *
 *     row <scenario> <entity> <kind> <level> <C> <T> <D> <C~> <B> <R>
 *         <max observed> <activations> <overruns> <missed>       (times in ns)
 *     line <scenario> <entity> <accepted> <coalesced> <dropped> <merged>
 *     sent <scenario> <victim's edges> <found pending> <rogue's> <found pending>
 *     state <scenario> <victim faults> <rogue faults>
 *     trace <scenario> <entries> <lost> <checksum>
 *
 * A host task, `stimulus`, pends the two lines; so the cost of stimulating is
 * known to the admission test. What finds its line pending already is an edge
 * that the hardware has merged.
 */
#include <wio/runtime.h>

#include "port.h"
#include "startup/startup.h"

extern const uint8_t board_blob[];
extern const uint8_t board_blob_end[];
extern const uint8_t rogue_wasm[];
extern const uint8_t rogue_wasm_end[];
extern const uint8_t init_loops_wasm[];
extern const uint8_t init_loops_wasm_end[];

#define MODULE_MAX 4096u
#define ARENA_BYTES TIMING_ARENA_BYTES
#define RUNTIME_BYTES TIMING_RUNTIME_BYTES
#define TRACE_ENTRIES 64u

#define NVIC_ISPR 0xe000e200u       /* DDI 0403E.e, B3.4.6 */

static uint8_t runtime_memory[RUNTIME_BYTES] __attribute__((aligned(8)));

static struct side {
    uint8_t module[MODULE_MAX];
    uint8_t arena[ARENA_BYTES] __attribute__((aligned(8)));
    wio_container_id id;
    uint32_t irq;
    uint32_t every;                 /* activations of the stimulus, 0: never */
    bool random;
    volatile uint32_t sent;
    volatile uint32_t found_pending;
} victim = { .irq = TIMING_LINE_A }, rogue = { .irq = TIMING_LINE_B };

static struct wio_runtime *runtime;
static struct wio_report last_report;
static uint32_t seed = 1;

/* -- Printing ------------------------------------------------------------------ */

static void
put(const char *text)
{
    console_early_print(text);
}

static void
put_word(const char *text)
{
    for (; *text; text++) {
        char c = *text == ' ' ? '_' : *text;

        console_early_write(&c, 1);
    }
}

static void
put_number(uint64_t value)
{
    char text[22];
    uint32_t at = sizeof text;

    text[--at] = 0;
    do {
        text[--at] = (char)('0' + value % 10u);
        value /= 10u;
    } while (value);
    text[--at] = ' ';
    put(text + at);
}

__attribute__((noreturn)) static void
give_up(const char *why, const struct wio_report *report)
{
    put("fail ");
    put(why);
    put(": ");
    put(report ? report->text : "");
    put("\n");
    semihost_exit(1);
}

/* -- Stimulus ------------------------------------------------------------------- */

static uint32_t
next_random(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 17;
    seed ^= seed << 5;
    return seed;
}

static void
edge(struct side *side)
{
    volatile uint32_t *ispr = startup_reg(NVIC_ISPR + 4u * (side->irq / 32u));
    uint32_t bit = 1u << (side->irq % 32u);

    side->sent++;
    side->found_pending += (*ispr & bit) != 0;
    *ispr = bit;
}

static void
stimulate(void *arg)
{
    static uint32_t n;

    (void)arg;
    n++;
    if (victim.every && n % victim.every == 0) {
        edge(&victim);
    }
    if (rogue.every && (rogue.random ? next_random() % rogue.every == 0
                                     : n % rogue.every == 0)) {
        edge(&rogue);
    }
}

static uint64_t control_at_ns;
static uint32_t control_min_ns = UINT32_MAX;
static uint32_t control_max_ns;

/* A control task of the host: its jitter is how much the distance of two
 * activations differs from the period. */
static void
control(void *arg)
{
    uint64_t now = cm_now_ns();

    (void)arg;
    if (control_at_ns != 0) {
        uint32_t distance = (uint32_t)(now - control_at_ns);

        control_min_ns = distance < control_min_ns ? distance : control_min_ns;
        control_max_ns = distance > control_max_ns ? distance : control_max_ns;
    }
    control_at_ns = now;
}

/* -- Containers from the template -------------------------------------------------- */

static uint32_t
length(const char *text)
{
    uint32_t n = 0;

    while (text[n]) {
        n++;
    }
    return n;
}

static bool
equal(const uint8_t *a, const char *b, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        if (a[i] != (uint8_t)b[i]) {
            return false;
        }
    }
    return true;
}

static void
replace(struct side *side, uint32_t n_bytes, const char *what,
        const char *with)
{
    uint32_t n = length(what);
    uint32_t n_found = 0;

    for (uint32_t at = 0; at + n <= n_bytes; at++) {
        if (equal(side->module + at, what, n)) {
            for (uint32_t i = 0; i < n; i++) {
                side->module[at + i] = (uint8_t)with[i];
            }
            n_found++;
        }
    }
    if (n_found != 1 || length(with) != n) {
        give_up(what, 0);
    }
}

/* The @i-th time of the configuration, big-endian as in every devicetree. */
static void
set_time(struct side *side, uint32_t n_bytes, uint8_t i, uint32_t us)
{
    const char cell[4] = { 1, 2, 3, (char)(4 + i) };

    for (uint32_t at = 0; at + 4 <= n_bytes; at++) {
        if (equal(side->module + at, cell, 4)) {
            side->module[at] = (uint8_t)(us >> 24);
            side->module[at + 1] = (uint8_t)(us >> 16);
            side->module[at + 2] = (uint8_t)(us >> 8);
            side->module[at + 3] = (uint8_t)us;
            return;
        }
    }
    give_up("no time to set", 0);
}

struct timing {
    uint32_t handler[3];            /* budget, deadline, least distance, us */
    uint32_t main[3];               /* budget, deadline, period, us */
};

struct container {
    const uint8_t *wasm;
    const uint8_t *wasm_end;
    const char *model;
    char handler;                   /* which, '0' to '9' */
    char main;
    struct timing timing;
};

static int
load(struct side *side, const struct container *from,
     struct wio_report *report)
{
    uint32_t n = (uint32_t)(from->wasm_end - from->wasm);
    const char handler[] = { 'h', 'a', 'n', 'd', 'l', 'e', 'r',
                             from->handler, 0 };
    const char entry[] = { 'm', 'a', 'i', 'n', from->main, 0 };

    if (n > MODULE_MAX) {
        give_up("the module is too large", 0);
    }
    for (uint32_t i = 0; i < n; i++) {
        side->module[i] = from->wasm[i];
    }
    replace(side, n, "MODEL0", from->model);
    replace(side, n, "LINEXX", from->model);
    replace(side, n, "HANDLER0", handler);
    replace(side, n, "MAIN0", entry);
    for (uint8_t i = 0; i < 3; i++) {
        set_time(side, n, i, from->timing.handler[i]);
        set_time(side, n, (uint8_t)(3 + i), from->timing.main[i]);
    }
    return wio_runtime_load(runtime, side->module, n, side->arena, ARENA_BYTES,
                            &side->id, report);
}

/* -- Scenarios -------------------------------------------------------------------- */

struct scenario {
    const char *name;
    char handler;                   /* of the rogue */
    char main;
    uint32_t victim_every;          /* 200 us each */
    uint32_t rogue_every;
    bool rogue_random;
    bool init_loops;
    bool slow;                      /* the rogue's handler: 200 ms apart */
    uint32_t ms;
};

static const struct timing victim_timing = {
    { 60, 1000, 1000 }, { 150, 5000, 5000 }
};
static const struct timing rogue_timing = {
    { 50, 2000, 2000 }, { 300, 10000, 10000 }
};
static const struct timing slow_timing = {
    { 50, 2000, 200000 }, { 300, 10000, 10000 }
};

static const struct scenario scenarios[] = {
    { "quiet", '0', '0', 5, 10, false, false, false, 60 },
    { "loop-handler", '1', '0', 5, 10, false, false, false, 60 },
    { "loop-main", '0', '1', 5, 10, false, false, false, 60 },
    { "loop-start", '0', '0', 5, 10, false, true, false, 60 },
    { "storm-10x", '0', '0', 5, 1, false, false, false, 100 },
    { "storm-1000x", '0', '0', 5, 1, false, false, true, 800 },
    { "storm-into-loop", '1', '1', 5, 1, false, false, false, 60 },
    { "hold-handler", '6', '0', 5, 10, false, false, false, 60 },
    { "hold-main", '0', '3', 5, 10, false, false, false, 60 },
    { "leak-handler", '7', '0', 5, 10, false, false, false, 60 },
    { "leak-main", '0', '4', 5, 10, false, false, false, 60 },
    { "trap-handler", '2', '0', 5, 10, false, false, false, 60 },
    { "trap-main", '0', '2', 5, 10, false, false, false, 60 },
    { "smash-handler", '4', '0', 5, 10, false, false, false, 60 },
    { "smash-main", '0', '5', 5, 10, false, false, false, 60 },
    { "grow-handler", '3', '0', 5, 10, false, false, false, 60 },
    { "grow-main", '0', '6', 5, 10, false, false, false, 60 },
    { "wait-handler", '5', '0', 5, 10, false, false, false, 60 },
    { "wait-main", '0', '7', 5, 10, false, false, false, 60 },
    { "repend", '8', '0', 5, 1, false, false, false, 100 },
};

static uint32_t
crc_step(uint32_t crc, uint32_t value)
{
    crc ^= value;
    for (uint32_t i = 0; i < 32; i++) {
        crc = crc >> 1 ^ (0xedb88320u & (0u - (crc & 1u)));
    }
    return crc;
}

/* Reads what the trace has by now into a checksum. */
struct reader {
    uint32_t next;
    uint32_t crc;
    uint32_t n;
    uint32_t lost;
};

static void
drain(struct reader *reader)
{
    struct wio_trace_record records[8];
    uint32_t lost;
    uint32_t n;

    do {
        n = wio_runtime_trace(runtime, &reader->next, records, 8, &lost);
        reader->lost += lost;
        for (uint32_t i = 0; i < n; i++) {
            reader->crc = crc_step(reader->crc, (uint32_t)records[i].at_ns);
            reader->crc = crc_step(reader->crc, records[i].value);
            reader->crc = crc_step(reader->crc,
                                   records[i].kind |
                                       (uint32_t)records[i].who << 8);
        }
        reader->n += n;
    } while (n > 0);
}

static void
run_for(uint32_t ms, struct reader *reader)
{
    uint64_t end_ns = cm_now_ns() + (uint64_t)ms * 1000000u;

    while (cm_now_ns() < end_ns) {
        (void)wio_runtime_run(runtime);
        drain(reader);
    }
}

static void
print_entity(const char *name, const struct wio_entity_info *info)
{
    const uint64_t numbers[] = {
        info->kind, info->level, info->budget_ns, info->period_ns,
        info->deadline_ns, info->cost_ns, info->blocking_ns,
        info->response_ns, info->max_response_ns, info->activations,
        info->overruns, info->missed
    };

    put("row ");
    put(name);
    put(" ");
    put_word(info->name);
    for (uint32_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        put_number(numbers[i]);
    }
    put("\n");
    if (info->has_line) {
        put("line ");
        put(name);
        put(" ");
        put_word(info->name);
        put_number(info->n_accepted);
        put_number(info->n_coalesced);
        put_number(info->n_dropped);
        put_number(info->n_merged);
        put("\n");
    }
}

static uint32_t
faults_of(const struct side *side)
{
    struct wio_container_info info;

    return side->id && wio_runtime_info(runtime, side->id, &info) == 0
               ? info.faults
               : 0;
}

static void
print_all(const char *name, const struct reader *reader)
{
    struct wio_entity_info info;

    for (uint32_t i = 0; wio_runtime_entity(runtime, i, &info) == 0; i++) {
        print_entity(name, &info);
    }
    put("sent ");
    put(name);
    put_number(victim.sent);
    put_number(victim.found_pending);
    put_number(rogue.sent);
    put_number(rogue.found_pending);
    put("\nstate ");
    put(name);
    put_number(faults_of(&victim));
    put_number(faults_of(&rogue));
    put("\njitter ");
    put(name);
    put_number(control_min_ns);
    put_number(control_max_ns);
    put("\ntrace ");
    put(name);
    put_number(reader->n);
    put_number(reader->lost);
    put(" ");
    console_early_hex(reader->crc);
    put("\n");
}

static void
unload(struct side *side)
{
    side->every = 0;
    if (side->id && wio_runtime_unload(runtime, side->id)) {
        give_up("unload", 0);
    }
    side->id = 0;
    side->sent = 0;
    side->found_pending = 0;
}

/* False when the admission test refused one of the two. */
static bool
play(const struct scenario *scenario, const struct timing *of_victim,
     const struct timing *of_rogue)
{
    struct wio_report *report = &last_report;
    struct reader reader = { .crc = UINT32_MAX };
    const struct container good = {
        rogue_wasm, rogue_wasm_end, "victim", '0', '0', *of_victim
    };
    const struct container bad = {
        scenario->init_loops ? init_loops_wasm : rogue_wasm,
        scenario->init_loops ? init_loops_wasm_end : rogue_wasm_end, "rogue0",
        scenario->handler, scenario->main, *of_rogue
    };
    int err = load(&victim, &good, report);

    if (err == WIO_ERR_NOT_ADMITTED) {
        return false;
    }
    if (err) {
        give_up(scenario->name, report);
    }
    wio_runtime_reset_stats(runtime);
    victim.every = scenario->victim_every;
    control_at_ns = 0;
    control_min_ns = UINT32_MAX;
    control_max_ns = 0;
    wio_runtime_trace_on(runtime, true);
    err = load(&rogue, &bad, report);
    if (err == WIO_ERR_NOT_ADMITTED) {
        unload(&victim);
        return false;
    }
    if (err && !scenario->init_loops) {
        give_up(scenario->name, report);
    }
    if (err) {
        rogue.id = 0;                  /* refused: its start never ends */
    }
    rogue.every = scenario->rogue_every;
    rogue.random = scenario->rogue_random;
    run_for(scenario->ms, &reader);
    victim.every = 0;
    rogue.every = 0;
    /* What is on its way arrives, at most a least distance later. */
    run_for(of_rogue->handler[2] / 1000 + 10, &reader);
    wio_runtime_trace_on(runtime, false);
    drain(&reader);
    print_all(scenario->name, &reader);
    unload(&victim);
    unload(&rogue);
    return true;
}

/* -- Random sets -------------------------------------------------------------------- */

static uint32_t
between(uint32_t low, uint32_t high)
{
    return low + next_random() % (high - low + 1);
}

static struct timing
random_timing(void)
{
    static const uint32_t periods[] = { 1000, 2000, 4000, 5000, 10000, 20000 };
    uint32_t handler = periods[next_random() % 5];
    uint32_t entry = periods[1 + next_random() % 5];

    return (struct timing){
        { between(20, handler / 12), handler - between(0, handler / 2),
          handler },
        { between(60, entry / 10), entry - between(0, entry / 3), entry }
    };
}

static void
play_random_sets(uint32_t n_sets)
{
    uint32_t n_refused = 0;

    for (uint32_t n = 0; n < n_sets;) {
        char name[] = "random-00";
        const struct scenario scenario = {
            .name = name,
            .handler = (char)('0' + next_random() % 9),
            .main = (char)('0' + next_random() % 8),
            .victim_every = between(1, 10),
            .rogue_every = between(1, 5),
            .rogue_random = true,
            .ms = 200               /* ten times the longest period */
        };
        struct timing of_victim = random_timing();
        struct timing of_rogue = random_timing();

        name[7] = (char)('0' + n / 10);
        name[8] = (char)('0' + n % 10);
        if (play(&scenario, &of_victim, &of_rogue)) {
            n++;
        } else {
            n_refused++;
        }
    }
    put("refused");
    put_number(n_refused);
    put("\n");
}

static void
count_edges(uint32_t n_edges)
{
    const struct scenario scenario = { "edges", '0', '0', 1, 2, true, false,
                                       false, n_edges / 5 };

    (void)play(&scenario, &victim_timing, &rogue_timing);
}

int
main(void)
{
    struct wio_report report = { .code = 0 };
    const struct wio_runtime_config config = {
        .port = cm_port_start(),
        .board = board_blob,
        .board_len = (uint32_t)(board_blob_end - board_blob),
        .memory = runtime_memory,
        .memory_bytes = sizeof runtime_memory,
        .trace_entries = TRACE_ENTRIES
    };

    if (wio_runtime_create(&config, &runtime, &report)) {
        give_up("create", &report);
    }
    if (wio_runtime_host_task(runtime, "stimulus", stimulate, 0) ||
        wio_runtime_host_task(runtime, "control", control, 0)) {
        give_up("host tasks", 0);
    }
    for (uint32_t i = 0; i < sizeof scenarios / sizeof scenarios[0]; i++) {
        if (!play(&scenarios[i], &victim_timing,
                  scenarios[i].slow ? &slow_timing : &rogue_timing)) {
            give_up(scenarios[i].name, &last_report);
        }
    }
    count_edges(10000);
    play_random_sets(50);
    put("end\n");
    return 0;
}
