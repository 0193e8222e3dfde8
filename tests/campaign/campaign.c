/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random sets against the scheduler and the admission test, on the simulated
 * port: does anybody ever take longer than computed, whatever the others do?
 *
 * An entity burns virtual time. Hostile ones burn until they are stopped,
 * take their lock and keep it, are on a shared bus for as long as they may, or
 * have edges at up to a thousand times their declared rate; a hostile operation
 * does the same in the background. Tasks of the host have levels of their own,
 * and some mains are released with jitter. Everything is computed by the code of the product: the
 * levels and response times by sched/admit.c, the behaviour by sched/.
 *
 *     campaign             1,000 sets, then each protection and each term of
 *                          the analysis taken away: a violation must show
 *     campaign N           N sets, the rest the same
 *     campaign storm       processor time of a line against its raw rate, CSV
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sched/admit.h"
#include "sched/sched.h"
#include "sim/sim.h"

#define MS UINT64_C(1000000)
#define HYPERPERIOD_MS 40u
#define CHUNK_NS 2000u             /* how soon a stop is noticed */
#define STUB_NS 8000u
#define TIMER_NS 4000u
#define MAX 6u
#define LINE(i) (10u + (i))

enum without {
    WITHOUT_NOTHING, WITHOUT_THROTTLE, WITHOUT_BUDGET, WITHOUT_LOCK_LIMIT,
    WITHOUT_CEILING, WITHOUT_STUB_COST, WITHOUT_TIMER_COST, WITHOUT_BLOCKING,
    WITHOUT_ALLOWANCE, WITHOUT_INTERFERENCE, WITHOUT_JITTER, WITHOUT_BUS,
    WITHOUT_ORDER, N_WITHOUT
};

static const char *const without_names[] = {
    "nothing", "throttle", "budget", "lock limit", "ceiling",
    "cost of stubs", "cost of the timer", "blocking", "allowance",
    "interference of one entity", "jitter", "blocking by buses",
    "the order that was computed"
};

enum habit { GOOD, LOOPS, HOLDS_LOCK, LOCKS_A_WHILE, TRANSFERS, N_HABITS };

struct actor {
    struct wio_entity entity;
    struct wio_line line;
    struct campaign *campaign;
    enum habit habit;
    uint64_t c_ns;
    uint64_t budget_ns;            /* with the allowance */
    uint64_t lock_ns;
    uint64_t bus_ns;
    uint64_t jitter_ns;
    uint64_t nominal_ns;           /* next release without jitter */
    uint8_t lock_level;
    uint8_t bus_level;
    bool stop;
    bool in_lock;
};

struct campaign {
    struct wio_sim sim;
    struct wio_port port;
    struct wio_port_sched_ops ops;
    struct wio_sched sched;
    struct actor actors[MAX];
    struct wio_admit_entity planned[MAX];
    struct actor operation;        /* in the background */
    uint32_t n;
    enum without without;
    uint64_t end_ns;
    uint32_t n_broken_locks;
};

static uint32_t seed;

static uint32_t
next_random(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 17;
    seed ^= seed << 5;
    return seed;
}

static uint32_t
between(uint32_t low, uint32_t high)
{
    return low + next_random() % (high - low + 1);
}

/* -- Actors --------------------------------------------------------------------- */

static void
burn(struct actor *actor, uint64_t ns)
{
    /* What nobody stops ends with the run. */
    while (ns > 0 && !actor->stop &&
           actor->campaign->sim.now_ns < actor->campaign->end_ns) {
        uint64_t step = ns < CHUNK_NS ? ns : CHUNK_NS;

        wio_sim_advance_ns(&actor->campaign->sim, step);
        ns -= step;
    }
}

static bool
entity_is_handler(const struct actor *actor)
{
    return actor->entity.kind == WIO_ENTITY_HANDLER;
}

/* No handler of a group runs while another of it holds the group's lock. */
static void
look_for_locks(struct actor *actor)
{
    struct campaign *campaign = actor->campaign;

    for (uint32_t i = 0; entity_is_handler(actor) && i < campaign->n; i++) {
        const struct actor *other = &campaign->actors[i];

        campaign->n_broken_locks += other->in_lock && other != actor &&
                                    other->entity.group == actor->entity.group;
    }
}

/* A transfer: nobody who may be on the bus begins before it is over. */
static void
transfer(struct actor *actor)
{
    struct wio_sched *sched = &actor->campaign->sched;
    uint32_t key = wio_sched_enter(sched, actor->bus_level);

    burn(actor, actor->bus_ns - CHUNK_NS);
    wio_sched_leave(sched, key);
}

/* The next release comes late by up to the jitter; the phase stays. */
static void
jitter(struct actor *actor)
{
    struct wio_entity *entity = &actor->entity;

    if (actor->nominal_ns == 0) {
        actor->nominal_ns = entity->release_ns;
    }
    while (actor->nominal_ns <= entity->release_ns) {
        actor->nominal_ns += entity->period_ns;
    }
    entity->next_ns = actor->nominal_ns + next_random() % actor->jitter_ns;
}

static void
run(struct wio_entity *entity)
{
    struct actor *actor = entity->arg;
    struct wio_sched *sched = &actor->campaign->sched;
    const uint64_t enough = 100 * MS;

    actor->stop = false;
    look_for_locks(actor);
    if (entity->line) {
        (void)wio_sched_line_take(sched, entity->line);
        if (entity->line->overflow == WIO_LINE_MASK) {
            (void)wio_sched_line_ack(sched, entity->line);
        }
    }
    if (actor->jitter_ns > 0) {
        jitter(actor);
    }
    switch (actor->habit) {
    case LOOPS:
        burn(actor, enough);
        break;
    case HOLDS_LOCK:
    case LOCKS_A_WHILE:
        burn(actor, actor->c_ns / 4);
        if (wio_sched_lock(sched, actor->lock_level) == 0) {
            actor->in_lock = true;
            burn(actor, actor->habit == HOLDS_LOCK ? enough
                                                   : actor->lock_ns / 2);
            actor->in_lock = false;
            if (!actor->stop) {
                (void)wio_sched_unlock(sched);
            }
        }
        break;
    case TRANSFERS:
        transfer(actor);
        break;
    default:
        burn(actor, actor->c_ns - CHUNK_NS);
        break;
    }
}

static void
over(struct wio_entity *entity)
{
    struct actor *actor = entity->arg;

    if (actor->campaign->without != WITHOUT_BUDGET) {
        actor->stop = true;
    }
}

/* -- A set ---------------------------------------------------------------------- */

static void
ignore_source(void *ctx, uint32_t source)
{
    (void)ctx;
    (void)source;
}

static uint32_t
raise_nothing(void *ctx, uint32_t level)
{
    (void)level;
    return ((struct wio_sim *)ctx)->levels.ceiling;
}

/* A main of a container, a handler, or a task that the host has pinned. */
static uint8_t
draw_kind(uint32_t i)
{
    if (i == 0 && next_random() % 2 == 0) {
        return WIO_ENTITY_TASK;
    }
    return next_random() % 2 == 0 ? WIO_ENTITY_HANDLER : WIO_ENTITY_MAIN;
}

static void
draw(struct campaign *campaign)
{
    static const uint32_t periods_ms[] = { 1, 2, 4, 5, 8, 10, 20 };

    campaign->n = between(3, MAX);
    for (uint32_t i = 0; i < campaign->n; i++) {
        struct actor *actor = &campaign->actors[i];
        uint64_t t_ns = periods_ms[next_random() % 7] * MS;
        uint8_t kind = draw_kind(i);
        bool is_main = kind == WIO_ENTITY_MAIN;

        memset(actor, 0, sizeof(*actor));
        actor->campaign = campaign;
        actor->c_ns = between(20, (uint32_t)(t_ns / 1000 / campaign->n)) *
                      UINT64_C(1000);
        actor->habit = (enum habit)(next_random() % N_HABITS);
        actor->lock_ns = kind == WIO_ENTITY_TASK ? 0 : 50000;
        actor->bus_ns = is_main && next_random() % 2 == 0 ? 80000 : 0;
        actor->jitter_ns = is_main && next_random() % 2 == 0
                               ? 1 + next_random() % (t_ns / 3)
                               : 0;
        campaign->planned[i] = (struct wio_admit_entity){
            .kind = kind,
            .group = kind == WIO_ENTITY_TASK ? 0 : (uint8_t)(1 + i / 2),
            .pinned = kind == WIO_ENTITY_TASK ? (uint8_t)(next_random() % 3)
                                              : WIO_ADMIT_NONE,
            .c_ns = actor->c_ns,
            .t_ns = t_ns,
            .d_ns = t_ns - next_random() % (t_ns / 2),
            .jitter_ns = actor->jitter_ns,
            .lock_ns = actor->lock_ns,
            .buses = actor->bus_ns > 0,
            .bus_ns = actor->bus_ns,
        };
    }
}

static bool
admit(struct campaign *campaign)
{
    struct wio_admit_set set = {
        .entities = campaign->planned,
        .n = campaign->n,
        .n_levels = WIO_SIM_LEVELS,
        .costs = {
            .entry_exit_ns = 500,
            .stub_ns = STUB_NS + 500,
            .timer_ns = TIMER_NS + 500,
            .overrun_ns = CHUNK_NS + 500,
            .irq_off_ns = 500,
        },
    };
    uint32_t who;

    if (wio_admit_assign(&set, &who) != WIO_ADMIT_OK) {
        return false;
    }
    for (uint32_t i = 0; i < set.n; i++) {
        campaign->actors[i].budget_ns = set.entities[i].c_ns +
                                        set.entities[i].allowance_ns;
    }
    /* The analysis with a term missing: the same behaviour, other answers. */
    switch (campaign->without) {
    case WITHOUT_STUB_COST:
        set.costs.stub_ns = 0;
        break;
    case WITHOUT_TIMER_COST:
        set.costs.timer_ns = 0;
        break;
    case WITHOUT_BLOCKING:
        for (uint32_t i = 0; i < set.n; i++) {
            set.entities[i].lock_ns = 0;
        }
        break;
    case WITHOUT_JITTER:
        for (uint32_t i = 0; i < set.n; i++) {
            set.entities[i].jitter_ns = 0;
        }
        break;
    case WITHOUT_BUS:
        for (uint32_t i = 0; i < set.n; i++) {
            set.entities[i].bus_ns = 0;
        }
        break;
    default:
        break;
    }
    return wio_admit_test(&set, &who) == WIO_ADMIT_OK;
}

/* What R would be without one of those above, at the worst. */
static uint64_t
expected(const struct campaign *campaign, uint32_t i)
{
    const struct wio_admit_entity *me = &campaign->planned[i];
    uint64_t r = me->response_ns;

    if (campaign->without == WITHOUT_ALLOWANCE) {
        return r - me->allowance_ns;
    }
    for (uint32_t j = 0; campaign->without == WITHOUT_INTERFERENCE &&
                         j < campaign->n; j++) {
        if (campaign->planned[j].level < me->level) {
            return r - campaign->planned[j].cost_ns;
        }
    }
    return r;
}

static void
create(struct campaign *campaign)
{
    const struct wio_sim_config config = {
        .now_ns = 1, .scheduled = true, .stub_ns = STUB_NS,
        .timer_ns = TIMER_NS,
    };

    wio_sim_create(&campaign->sim, &config);
    campaign->port = *wio_sim_port(&campaign->sim);
    campaign->ops = *campaign->port.sched;
    if (campaign->without == WITHOUT_THROTTLE) {
        campaign->ops.source_mask = ignore_source;
    }
    if (campaign->without == WITHOUT_CEILING) {
        campaign->ops.raise = raise_nothing;
    }
    campaign->port.sched = &campaign->ops;
    wio_sched_start(&campaign->sched, &campaign->port, 50, NULL, 0);
    if (campaign->without == WITHOUT_LOCK_LIMIT) {
        campaign->sched.lock_limit_ticks = 0x7fffffff;
    }
    campaign->n_broken_locks = 0;
}

static uint8_t
ceiling_of(const struct campaign *campaign, uint8_t group)
{
    uint8_t level = WIO_ADMIT_NONE;

    for (uint32_t i = 0; i < campaign->n; i++) {
        const struct wio_admit_entity *e = &campaign->planned[i];

        if (e->group == group && e->kind == WIO_ENTITY_HANDLER &&
            e->level < level) {
            level = e->level;
        }
    }
    return level;
}

static uint8_t
bus_level(const struct campaign *campaign)
{
    uint8_t level = WIO_ADMIT_NONE;

    for (uint32_t i = 0; i < campaign->n; i++) {
        const struct wio_admit_entity *e = &campaign->planned[i];

        if (e->buses != 0 && e->level < level) {
            level = e->level;
        }
    }
    return level;
}

/* What each may do where it has no lock, no bus, or is the host's. */
static void
choose_habit(const struct campaign *campaign, struct actor *actor,
             const struct wio_admit_entity *e)
{
    bool locks = actor->habit == HOLDS_LOCK || actor->habit == LOCKS_A_WHILE;

    actor->lock_level = ceiling_of(campaign, e->group);
    actor->bus_level = bus_level(campaign);
    if (e->kind == WIO_ENTITY_TASK) {
        actor->habit = GOOD;
    } else if (locks && actor->lock_level == WIO_ADMIT_NONE) {
        actor->habit = LOOPS;
    } else if (actor->habit == TRANSFERS && e->buses == 0) {
        actor->habit = LOOPS;
    }
}

/* The least urgent container's, with its lock or the bus. */
static void
begin_operation(struct campaign *campaign)
{
    struct actor *actor = &campaign->operation;
    const struct wio_admit_entity *e = &campaign->planned[campaign->n - 1];

    memset(actor, 0, sizeof(*actor));
    actor->campaign = campaign;
    actor->c_ns = 200000;
    actor->lock_ns = 50000;
    actor->bus_ns = 80000;
    actor->habit = next_random() % 2 == 0 ? HOLDS_LOCK : TRANSFERS;
    choose_habit(campaign, actor, e);
    if (actor->habit == TRANSFERS && e->buses == 0) {
        actor->habit = LOOPS;
    }
}

static void
operate(struct campaign *campaign)
{
    struct actor *actor = &campaign->operation;

    actor->entity = (struct wio_entity){
        .run = run, .over = over, .arg = actor, .kind = WIO_ENTITY_MAIN,
        .group = campaign->planned[campaign->n - 1].group,
        .budget_ticks = 1000000,
    };
    (void)wio_sched_background(&campaign->sched, &actor->entity);
}

/* Two neighbours change places. */
static uint8_t
level_of(const struct campaign *campaign, uint32_t i)
{
    uint8_t level = campaign->planned[i].level;

    if (campaign->without == WITHOUT_ORDER && level < 2) {
        level ^= 1u;
    }
    return level;
}

static void
start_storm(struct campaign *campaign, uint32_t i, uint64_t t_ns)
{
    static const uint32_t factors[] = { 1, 1, 3, 10, 10, 100, 1000 };
    uint32_t factor = factors[next_random() % 7];
    uint64_t period_ns = t_ns / factor;

    if (campaign->without == WITHOUT_THROTTLE && factor > 10) {
        period_ns = t_ns / 10;             /* enough, and it must end */
    }
    if (wio_sim_storm(&campaign->sim, LINE(i), next_random() % t_ns,
                      period_ns, UINT32_MAX, next_random() | 1u)) {
        abort();
    }
}

static void
begin(struct campaign *campaign)
{
    create(campaign);
    for (uint32_t i = 0; i < campaign->n; i++) {
        struct actor *actor = &campaign->actors[i];
        const struct wio_admit_entity *e = &campaign->planned[i];
        const struct wio_source_info info = { .line = LINE(i), .trigger = 1 };
        bool is_handler = e->kind == WIO_ENTITY_HANDLER;

        actor->entity = (struct wio_entity){
            .run = run, .over = over, .arg = actor, .kind = e->kind,
            .group = e->group, .level = level_of(campaign, i),
            .budget_ticks = (uint32_t)actor->budget_ns,
            .period_ns = e->t_ns, .deadline_ns = e->d_ns,
        };
        choose_habit(campaign, actor, e);
        if (wio_sched_add(&campaign->sched, &actor->entity,
                          is_handler ? UINT64_MAX
                                     : next_random() % e->t_ns)) {
            abort();
        }
        if (is_handler) {
            actor->line = (struct wio_line){
                .handler = &actor->entity,
                .overflow = (uint8_t)(next_random() % 3),
            };
            if (wio_sched_line_open(&campaign->sched, &actor->line, &info)) {
                abort();
            }
            wio_sched_line_enable(&campaign->sched, &actor->line);
            start_storm(campaign, i, e->t_ns);
        }
    }
    begin_operation(campaign);
}

/* Not by deadline: Audsley's search, or the host's levels, made the order. */
static bool
was_searched(const struct campaign *campaign)
{
    for (uint32_t i = 0; i < campaign->n; i++) {
        for (uint32_t j = 0; j < campaign->n; j++) {
            const struct wio_admit_entity *a = &campaign->planned[i];
            const struct wio_admit_entity *b = &campaign->planned[j];

            if (a->pinned == WIO_ADMIT_NONE && b->pinned == WIO_ADMIT_NONE &&
                a->level < b->level && a->d_ns > b->d_ns) {
                return true;
            }
        }
    }
    return false;
}

struct result {
    uint32_t n_sets;
    uint32_t n_refused;
    uint32_t n_searched;
    uint32_t n_violated;
    double max_ratio;
};

static bool
violated(struct campaign *campaign, struct result *result)
{
    bool bad = campaign->n_broken_locks > 0;

    for (uint32_t i = 0; i < campaign->n; i++) {
        const struct wio_entity *entity = &campaign->actors[i].entity;
        uint64_t r = expected(campaign, i);
        double ratio = (double)entity->stats.max_response_ns / (double)r;

        bad |= entity->stats.max_response_ns > r;
        /* One that never ends shows in no response time. */
        bad |= wio_sched_is_busy(entity) &&
               campaign->sim.now_ns - wio_sched_released_ns(entity) > r;
        if (ratio > result->max_ratio) {
            result->max_ratio = ratio;
        }
    }
    return bad;
}

static struct result
play(enum without without, uint32_t n_sets, bool until_violated)
{
    static struct campaign campaign;
    struct result result = { 0, 0, 0, 0, 0 };

    campaign.without = without;
    seed = 20261123;
    while (result.n_sets < n_sets) {
        draw(&campaign);
        if (!admit(&campaign)) {
            result.n_refused++;
            continue;
        }
        begin(&campaign);
        campaign.end_ns = 10 * HYPERPERIOD_MS * MS;
        while (campaign.sim.now_ns < campaign.end_ns) {
            operate(&campaign);
            wio_sim_advance_ns(&campaign.sim, between(1, 20) * 100000u);
        }
        result.n_sets++;
        result.n_searched += was_searched(&campaign);
        result.n_violated += violated(&campaign, &result);
        if (until_violated && result.n_violated > 0) {
            break;
        }
    }
    return result;
}

/* -- Edges and storms ------------------------------------------------------------ */

static struct campaign storm;

/* One line of T = 1 ms, C = 100 us, with edges at @rate_hz for a second. */
static double
share_at(uint64_t rate_hz, uint32_t random, uint32_t count, uint8_t overflow)
{
    memset(&storm, 0, sizeof(storm));
    storm.n = 1;
    storm.end_ns = UINT64_MAX;
    storm.actors[0] = (struct actor){ .campaign = &storm, .c_ns = 100000 };
    storm.actors[0].budget_ns = 110000;
    storm.planned[0] = (struct wio_admit_entity){
        .kind = WIO_ENTITY_HANDLER, .group = 1, .pinned = WIO_ADMIT_NONE,
        .c_ns = 100000, .t_ns = MS, .d_ns = MS,
    };
    begin(&storm);
    storm.sim.levels.storms[0] = (struct wio_sim_storm){
        .at_ns = 1, .period_ns = 1000000000u / rate_hz, .left = count,
        .line = LINE(0), .random = random,
    };
    storm.actors[0].line.overflow = overflow;
    wio_sim_advance_ns(&storm.sim, 1000 * MS);
    return (double)(storm.actors[0].entity.stats.total_run_ticks +
                    (uint64_t)storm.sim.levels.sources[0].n_stubs * STUB_NS) /
           1e9;
}

static const uint32_t rates_hz[] = {
    10, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 100000, 1000000
};

#define N_RATES (sizeof(rates_hz) / sizeof(rates_hz[0]))

static void
print_storm(void)
{
    puts("edges_per_second,share_of_processor");
    for (uint32_t i = 0; i < N_RATES; i++) {
        printf("%" PRIu32 ",%.4f\n", rates_hz[i],
               share_at(rates_hz[i], 0, UINT32_MAX, WIO_LINE_COALESCE));
    }
}

/* Grows with the rate up to 1 / T and is flat beyond. There, events are found
 * when T is over, and cost no stub. */
static bool
storm_is_flat(void)
{
    const double each = 98e-6 + STUB_NS * 1e-9;
    const double most = share_at(1000000, 0, UINT32_MAX, WIO_LINE_COALESCE);

    for (uint32_t i = 0; i < N_RATES; i++) {
        double share = share_at(rates_hz[i], 0, UINT32_MAX,
                                WIO_LINE_COALESCE);
        /* One activation more or less, by where the second begins. */
        bool fits = rates_hz[i] < 1000
                        ? share < (rates_hz[i] + 1.1) * each &&
                              share > (rates_hz[i] - 1) * each
                        : share < most + each && share > most - each;

        if (!fits || share > 1000 * each) {
            printf("# %" PRIu32 " Hz: %f\n", rates_hz[i], share);
            return false;
        }
    }
    return true;
}

/* Random bursts; every edge is accepted, coalesced or dropped. */
static bool
edges_balance(uint8_t overflow)
{
    const struct wio_line *line = &storm.actors[0].line;
    const struct wio_sim_source *source;

    (void)share_at(2000000, 77, 1000000, overflow);
    wio_sim_advance_ns(&storm.sim, 2000 * MS);
    source = &storm.sim.levels.sources[0];
    printf("# %" PRIu32 " edges: %" PRIu32 " accepted, %" PRIu32
           " coalesced, %" PRIu32 " dropped\n", source->n_edges,
           line->event.n_accepted, line->n_coalesced, line->n_dropped);
    return source->n_edges == 1000000 &&
           line->event.n_accepted + line->n_coalesced + line->n_dropped == 1000000;
}

/* -- TAP ------------------------------------------------------------------------- */

static uint32_t n_tests;
static uint32_t n_failed;

static void
check(bool holds, const char *what)
{
    n_tests++;
    n_failed += !holds;
    printf("%sok %" PRIu32 " - campaign: %s\n", holds ? "" : "not ", n_tests,
           what);
    fflush(stdout);
}

int
main(int argc, char **argv)
{
    uint32_t n_sets = 1000;
    struct result result;
    char text[160];

    if (argc > 1 && strcmp(argv[1], "storm") == 0) {
        print_storm();
        return 0;
    }
    if (argc > 1) {
        n_sets = (uint32_t)strtoul(argv[1], NULL, 10);
    }
    result = play(WITHOUT_NOTHING, n_sets, false);
    snprintf(text, sizeof(text), "%" PRIu32 " sets (%" PRIu32 " refused), "
             "%" PRIu32 " violations, observed/computed at most %.3f",
             result.n_sets, result.n_refused, result.n_violated,
             result.max_ratio);
    check(result.n_sets == n_sets && result.n_violated == 0, text);
    snprintf(text, sizeof(text), "%" PRIu32 " of these have an order that only "
             "Audsley's search found", result.n_searched);
    check(result.n_searched > 0, text);
    for (uint32_t i = 1; i < N_WITHOUT; i++) {
        result = play((enum without)i, 1000, true);
        snprintf(text, sizeof(text), "without %s a violation shows (set "
                 "%" PRIu32 ", ratio %.2f)", without_names[i], result.n_sets,
                 result.max_ratio);
        check(result.n_violated > 0, text);
    }
    check(storm_is_flat(), "a storm costs no more than one activation per T");
    check(edges_balance(WIO_LINE_COALESCE),
          "1,000,000 random edges: none is lost uncounted (coalesce)");
    check(edges_balance(WIO_LINE_DROP_NEWEST),
          "1,000,000 random edges: none is lost uncounted (drop-newest)");
    check(edges_balance(WIO_LINE_MASK),
          "1,000,000 random edges: none is lost uncounted (mask)");
    printf("1..%" PRIu32 "\n", n_tests);
    return n_failed != 0;
}
