/* SPDX-License-Identifier: Apache-2.0 */
/* Scenarios, random sets, edges by the thousand, a storm by rates. */
#include "timing.h"

#define STIMULUS_US 200u           /* as all distances: to be stretched */
#define STUCK_FACTOR 4u            /* times as long as it should take */
#define N_OPERATIONS 20u           /* one after the other */
#define BURN_PERCENT 70u           /* of its budget, by one that behaves */

/* One run of the program; the image has no other state. */
static struct {
    const struct timing_platform *platform;
    struct wio_port port;           /* the platform's, perhaps less something */
    struct wio_runtime *runtime;
    struct wio_report report;
    struct side {
        wio_container_id id;
        uint32_t every;             /* activations of the stimulus, 0: never */
        bool random;
        uint32_t sent;
        uint32_t merged;
    } sides[N_SIDES];
    uint32_t n_stimuli;
    bool evenly;                    /* each stimulus costs the same: when it is
                                       not the rogue's turn a line that nobody
                                       has is pended */
    bool operates;
    uint32_t seed;
    uint64_t stuck_at_ns;
    uint64_t control_at_ns;
    uint32_t control_min_ns;
    uint32_t control_max_ns;
} run;

static uint64_t
now_ns(void)
{
    return run.port.core->now_ns(run.port.ctx);
}

static void
put(const char *text)
{
    timing_put(run.platform, text);
}

static void
put_number(uint64_t value)
{
    timing_put_number(run.platform, value);
}

static void
give_up(const char *why, const char *text)
{
    put("fail ");
    put(why);
    put(": ");
    put(text);
    put("\n");
    run.platform->end(1);
}

/* -- Stimulus ------------------------------------------------------------------- */

static uint32_t
next_random(void)
{
    run.seed ^= run.seed << 13;
    run.seed ^= run.seed >> 17;
    run.seed ^= run.seed << 5;
    return run.seed;
}

static uint32_t
between(uint32_t low, uint32_t high)
{
    return low + next_random() % (high - low + 1);
}

static bool
is_its_turn(const struct side *side)
{
    if (side->every == 0) {
        return false;
    }
    return side->random ? next_random() % side->every == 0
                        : run.n_stimuli % side->every == 0;
}

static void
stimulate(void *arg)
{
    (void)arg;
    run.n_stimuli++;
    for (uint32_t i = run.evenly ? ROGUE : VICTIM; i < N_SIDES; i++) {
        struct side *side = &run.sides[i];

        if (is_its_turn(side)) {
            side->sent++;
            side->merged += !run.platform->edge(i);
        } else if (run.evenly) {
            (void)run.platform->edge(VICTIM);
        }
    }
    /* The most urgent of all sees it when nothing else comes to an end. */
    if (now_ns() > run.stuck_at_ns) {
        give_up("stuck", "what runs does not end");
    }
}

/* A control task of the host: its jitter is how much the distance of two
 * activations differs from the period. */
static void
control(void *arg)
{
    uint64_t now = now_ns();

    (void)arg;
    if (run.control_at_ns != 0) {
        uint32_t distance = (uint32_t)(now - run.control_at_ns);

        if (distance < run.control_min_ns) {
            run.control_min_ns = distance;
        }
        if (distance > run.control_max_ns) {
            run.control_max_ns = distance;
        }
    }
    run.control_at_ns = now;
}

/* Operations of the rogue, if its scenario has some; its main may wait. */
static void
operate(void)
{
    uint32_t results[1];
    uint32_t n;

    for (uint32_t i = 0; i < N_OPERATIONS && run.operates; i++) {
        int err = wio_runtime_call(run.runtime, run.sides[ROGUE].id, "poke",
                                   0, 0, results, 1, &n, &run.report);

        if (err != 0 && err != WIO_ERR_BUSY) {
            put("fault ");
            put(run.report.text);
            put("\n");
        }
    }
}

/* -- Time ----------------------------------------------------------------------- */

static void
run_for(uint32_t ms, struct timing_reader *reader)
{
    uint64_t ns = (uint64_t)ms * run.platform->stretch * 1000000u;
    uint64_t end_ns = now_ns() + ns;

    run.stuck_at_ns = now_ns() + STUCK_FACTOR * ns;
    while (now_ns() < end_ns) {
        (void)wio_runtime_run(run.runtime);
        timing_drain(run.runtime, reader);
        operate();
        if (run.platform->pass_time) {
            run.platform->pass_time();
        }
    }
    run.stuck_at_ns = UINT64_MAX;
}

/* -- Containers ------------------------------------------------------------------- */

static int
load(uint32_t side, const struct timing_container *from)
{
    const struct timing_side *where = &run.platform->sides[side];
    struct timing_container stretched = *from;
    const char *missing;

    for (uint32_t i = 1; i < 3; i++) {
        stretched.timing.handler[i] *= run.platform->stretch;
        stretched.timing.main[i] *= run.platform->stretch;
    }
    if (!timing_fill(where->module, run.platform->module_bytes, &stretched,
                     &missing)) {
        give_up("not the template", missing);
    }
    run.report.code = 0;
    return wio_runtime_load(run.runtime, where->module, from->wasm.len,
                            where->arena, run.platform->arena_bytes,
                            &run.sides[side].id, &run.report);
}

/* Of those that behave, each activation takes most of its budget. A rogue may
 * be faulted before it is told. */
static void
set_work(uint32_t side, const struct timing *timing)
{
    const uint32_t args[2] = { timing->handler[0] * BURN_PERCENT / 100,
                               timing->main[0] * BURN_PERCENT / 100 };
    uint32_t results[1];
    uint32_t n;

    if (wio_runtime_call(run.runtime, run.sides[side].id, "set", args, 2,
                         results, 1, &n, &run.report) && side == VICTIM) {
        give_up("set", run.report.text);
    }
}

static void
unload(uint32_t side)
{
    struct side *s = &run.sides[side];

    s->every = 0;
    if (s->id && wio_runtime_unload(run.runtime, s->id)) {
        give_up("unload", "");
    }
    s->id = 0;
    s->sent = 0;
    s->merged = 0;
}

static uint32_t
faults_of(uint32_t side)
{
    struct wio_container_info info;

    if (!run.sides[side].id ||
        wio_runtime_info(run.runtime, run.sides[side].id, &info)) {
        return 0;
    }
    if (side == VICTIM && info.faults > 0) {
        put("fault ");
        put(info.fault.text);
        put("\n");
    }
    return info.faults;
}

/* -- Scenarios -------------------------------------------------------------------- */

struct scenario {
    const char *name;
    char handler;                   /* of the rogue */
    char main;
    uint32_t victim_every;          /* STIMULUS_US each */
    uint32_t rogue_every;
    bool rogue_random;
    bool init_loops;
    uint32_t ms;
    const struct timing *rogue_timing;
};

static const struct timing victim_timing = {
    { 60, 1000, 1000 }, { 150, 5000, 5000 }
};
static const struct timing rogue_timing = {
    { 50, 2000, 2000 }, { 300, 10000, 10000 }
};
/* Its edges come a thousand times too often. */
static const struct timing slow_timing = {
    { 50, 2000, 200000 }, { 300, 10000, 10000 }
};
/* Its budget is many times what a lock may take. */
static const struct timing long_timing = {
    { 50, 2000, 2000 }, { 2000, 40000, 40000 }
};

/* Its main is released often. */
static const struct timing busy_timing = {
    { 50, 2000, 2000 }, { 120, 1500, 1500 }
};

static const struct scenario scenarios[] = {
    { "quiet", '0', '0', 5, 10, false, false, 60, &rogue_timing },
    { "loop-handler", '1', '0', 5, 10, false, false, 60, &rogue_timing },
    { "loop-main", '0', '1', 5, 10, false, false, 160, &rogue_timing },
    { "loop-start", '0', '0', 5, 10, false, true, 60, &rogue_timing },
    { "storm-10x", '0', '0', 5, 1, false, false, 100, &rogue_timing },
    { "storm-1000x", '0', '0', 5, 1, false, false, 800, &slow_timing },
    { "storm-into-loop", '1', '1', 5, 1, false, false, 60, &rogue_timing },
    { "hold-handler", '6', '0', 5, 10, false, false, 60, &rogue_timing },
    { "hold-main", '0', '3', 5, 10, false, false, 600, &long_timing },
    { "leak-handler", '7', '0', 5, 10, false, false, 60, &rogue_timing },
    { "leak-main", '0', '4', 5, 10, false, false, 60, &rogue_timing },
    { "trap-handler", '2', '0', 5, 10, false, false, 60, &rogue_timing },
    { "trap-main", '0', '2', 5, 10, false, false, 60, &rogue_timing },
    { "smash-handler", '4', '0', 5, 10, false, false, 60, &rogue_timing },
    { "smash-main", '0', '5', 5, 10, false, false, 60, &rogue_timing },
    { "grow-handler", '3', '0', 5, 10, false, false, 60, &rogue_timing },
    { "grow-main", '0', '6', 5, 10, false, false, 60, &rogue_timing },
    { "wait-handler", '5', '0', 5, 10, false, false, 60, &rogue_timing },
    { "wait-main", '0', '7', 5, 10, false, false, 60, &rogue_timing },
    { "straight-handler", 'a', '0', 5, 10, false, false, 160, &rogue_timing },
    { "straight-main", '0', 'a', 5, 10, false, false, 400, &rogue_timing },
    { "toggle-handler", 'b', 'h', 5, 1, false, false, 60, &rogue_timing },
    { "toggle-main", '0', 'b', 5, 1, false, false, 160, &rogue_timing },
    { "nest-handler", 'c', '0', 5, 10, false, false, 60, &rogue_timing },
    { "flicker-main", '0', 'c', 5, 10, false, false, 160, &rogue_timing },
    { "wait-none", '0', 'd', 5, 10, false, false, 60, &rogue_timing },
    { "log-handler", 'e', '0', 5, 10, false, false, 60, &rogue_timing },
    { "log-main", '0', 'e', 5, 10, false, false, 160, &rogue_timing },
    { "straight-bus", '0', 'g', 0, 0, false, false, 400, &rogue_timing },
    { "operate", '0', 'f', 5, 10, false, false, 900, &busy_timing },
    { "repend", '8', '0', 5, 1, false, false, 100, &rogue_timing },
};

static void
print_all(const char *name, const struct timing_reader *reader)
{
    const struct side *sides = run.sides;
    uint32_t n_faults[N_SIDES];

    timing_print_entities(run.platform, run.runtime, name);
    put("sent ");
    put(name);
    for (uint32_t i = 0; i < N_SIDES; i++) {
        put_number(sides[i].sent);
        put_number(sides[i].merged);
    }
    put("\n");
    n_faults[VICTIM] = faults_of(VICTIM);
    n_faults[ROGUE] = faults_of(ROGUE);
    put("state ");
    put(name);
    put_number(n_faults[VICTIM]);
    put_number(n_faults[ROGUE]);
    put("\njitter ");
    put(name);
    put_number(run.control_min_ns);
    put_number(run.control_max_ns);
    put("\n");
    timing_print_trace(run.platform, name, reader);
}

static void
start_victim(const struct scenario *scenario, const struct timing *timing)
{
    set_work(VICTIM, timing);
    wio_runtime_reset_stats(run.runtime);
    run.sides[VICTIM].every = scenario->victim_every;
    run.control_at_ns = 0;
    run.control_min_ns = UINT32_MAX;
    run.control_max_ns = 0;
    wio_runtime_trace_on(run.runtime, true);
}

/* The rogue comes while the victim runs. False: not admitted. */
static bool
start_rogue(const struct scenario *scenario, const struct timing *timing)
{
    const struct timing_container bad = {
        scenario->init_loops ? run.platform->init_loops
                             : run.platform->rogue[ROGUE],
        "rogue0", scenario->handler, scenario->main, *timing
    };
    int err = load(ROGUE, &bad);

    if (err == WIO_ERR_NOT_ADMITTED) {
        return false;
    }
    if (err && !scenario->init_loops) {
        give_up(scenario->name, run.report.text);
    }
    if (err) {
        run.sides[ROGUE].id = 0;       /* refused: its start never ends */
    } else {
        set_work(ROGUE, timing);
    }
    run.sides[ROGUE].every = scenario->rogue_every;
    run.sides[ROGUE].random = scenario->rogue_random;
    return true;
}

/* False when the admission test refused one of the two. */
static bool
play(const struct scenario *scenario, const struct timing *of_victim,
     const struct timing *of_rogue)
{
    struct timing_reader reader = { .crc = UINT32_MAX };
    const struct timing_container good = { run.platform->rogue[VICTIM],
                                             "victim", '0',
                                           '8', *of_victim };
    int err = load(VICTIM, &good);

    if (err == WIO_ERR_NOT_ADMITTED) {
        return false;
    }
    if (err) {
        give_up(scenario->name, run.report.text);
    }
    start_victim(scenario, of_victim);
    if (!start_rogue(scenario, of_rogue)) {
        unload(VICTIM);
        return false;
    }
    run.operates = scenario->main == 'f';
    run_for(scenario->ms, &reader);
    run.operates = false;
    run.sides[VICTIM].every = 0;
    run.sides[ROGUE].every = 0;
    /* What is on its way arrives, at most a least distance later. */
    run_for(of_rogue->handler[2] / 1000 + of_victim->handler[2] / 1000 + 10,
            &reader);
    wio_runtime_trace_on(run.runtime, false);
    timing_drain(run.runtime, &reader);
    print_all(scenario->name, &reader);
    unload(VICTIM);
    unload(ROGUE);
    return true;
}

/* -- Random sets -------------------------------------------------------------------- */

/* The least common multiple is 20 ms. */
static struct timing
random_timing(void)
{
    static const uint32_t periods[] = { 1000, 2000, 4000, 5000, 10000, 20000 };
    uint32_t handler = periods[next_random() % 5];
    uint32_t entry = periods[1 + next_random() % 5];

    return (struct timing){
        { between(20, handler / 5), handler - between(0, handler / 2),
          handler },
        { between(120, entry / 4), entry - between(0, entry / 3), entry }
    };
}

static void
play_random_sets(uint32_t n_sets)
{
    uint32_t n_refused = 0;

    for (uint32_t n = 0; n < n_sets;) {
        char name[] = "random-0000";
        const struct scenario scenario = {
            .name = name,
            .handler = (char)('0' + next_random() % 9),
            .main = (char)('0' + next_random() % 8),
            .victim_every = between(1, 10),
            .rogue_every = between(1, 5),
            .rogue_random = true,
            .ms = 200               /* ten hyperperiods */
        };
        struct timing of_victim = random_timing();
        struct timing of_rogue = random_timing();

        name[7] = (char)('0' + n / 1000 % 10);
        name[8] = (char)('0' + n / 100 % 10);
        name[9] = (char)('0' + n / 10 % 10);
        name[10] = (char)('0' + n % 10);
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
                                       n_edges * STIMULUS_US / 1000,
                                       &rogue_timing };

    (void)play(&scenario, &victim_timing, &rogue_timing);
}

/* -- A storm by rates ----------------------------------------------------------------- */

static uint64_t
run_ns_of_rogue(void)
{
    struct wio_entity_info info;

    for (uint32_t i = 0; wio_runtime_entity(run.runtime, i, &info) == 0; i++) {
        if (info.container == run.sides[ROGUE].id && info.has_line) {
            return info.total_run_ns;
        }
    }
    return 0;
}

/* storm <edges a second> <passes of the background> <ns in the handler> <ms>:
 * the background's passes tell all that the line takes, stubs and timer too. */
static void
storm_at(uint32_t every, const struct timing *timing)
{
    struct timing_reader reader = { 0 };
    const struct scenario scenario = { "storm", '9', '0', 0, every, false,
                                       false, 200, timing };
    uint64_t end_ns;
    uint32_t n_passes = 0;

    if (!start_rogue(&scenario, timing)) {
        give_up("storm", run.report.text);
    }
    run_for(50, &reader);
    wio_runtime_reset_stats(run.runtime);
    end_ns = now_ns() +
             (uint64_t)scenario.ms * run.platform->stretch * 1000000u;
    while (now_ns() < end_ns) {
        n_passes++;
        if (run.platform->pass_time) {
            run.platform->pass_time();
        }
    }
    put("storm");
    put_number(every ? 1000000u / STIMULUS_US / run.platform->stretch / every
                     : 0);
    put_number(n_passes);
    put_number(run_ns_of_rogue());
    put_number(scenario.ms * run.platform->stretch);
    put("\n");
    unload(ROGUE);
}

static void
play_storm(void)
{
    static const uint32_t every[] = { 0, 50, 25, 10, 5, 4, 3, 2, 1 };
    static const struct timing timing = {
        { 100, 1000, 1000 }, { 300, 10000, 10000 }
    };

    run.evenly = true;
    for (uint32_t i = 0; i < sizeof every / sizeof every[0]; i++) {
        storm_at(every[i], &timing);
    }
}

/* -- All of it -------------------------------------------------------------------- */

static void
play_scenarios(void)
{
    for (uint32_t i = 0; i < sizeof scenarios / sizeof scenarios[0]; i++) {
        if (!play(&scenarios[i], &victim_timing, scenarios[i].rogue_timing)) {
            give_up(scenarios[i].name, run.report.text);
        }
    }
}

static bool
is(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

static void
create(void)
{
    const struct timing_platform *platform = run.platform;
    const struct wio_runtime_config config = {
        .port = &run.port,
        .board = platform->board.bytes,
        .board_len = platform->board.len,
        .memory = platform->runtime_memory,
        .memory_bytes = platform->runtime_bytes,
        .trace_entries = platform->trace_entries
    };

    if (wio_runtime_create(&config, &run.runtime, &run.report)) {
        give_up("create", run.report.text);
    }
    if (wio_runtime_host_task(run.runtime, "stimulus", stimulate, 0) ||
        wio_runtime_host_task(run.runtime, "control", control, 0)) {
        give_up("host tasks", "the board's policy has no such ones");
    }
}

int
timing_run(const struct timing_platform *platform, const char *what,
           const char *which, uint32_t n_sets)
{
    run.platform = platform;
    run.port = *platform->port;
    run.seed = 1;
    run.stuck_at_ns = UINT64_MAX;
    if (is(what, "without") &&
        !timing_without(&run.port, which, platform->lock_limit_ticks)) {
        give_up("no such protection", which);
    }
    create();
    if (is(what, "storm")) {
        play_storm();
    } else if (is(what, "random")) {
        play_random_sets(n_sets);
    } else {
        play_scenarios();
        count_edges(10000);
        play_random_sets(n_sets);
    }
    put("end\n");
    return 0;
}
