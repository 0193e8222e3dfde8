/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sched/admit.c - response-time analysis
 *
 * Joseph & Pandya 1986, Audsley, Burns et al. 1993 (response times for fixed
 * priorities); Sha, Rajkumar & Lehoczky 1990, Baker 1991 (blocking under
 * ceilings: at most one section).
 *
 * Saturating arithmetic: a sum that does not fit is UINT64_MAX, which is later
 * than every deadline.
 */
#include "sched/admit.h"

#include "sched/internal.h"

#define NEVER UINT64_MAX
/*
 * Near a utilisation of 1 the fixed point is approached in ever smaller steps,
 * and whoever chooses the times chooses their number: 37 at 0.95, 1,834 at
 * 0.999 and 30,001 at 0.99999 for one entity of 1 ms or 100 ms above another.
 * So they are bounded, and what takes more is refused.
 */
#define STEPS_MAX 1000u
#define TIME_MAX (UINT64_C(1) << 56)   /* two years; so sums of a few fit */

static uint64_t
plus(uint64_t a, uint64_t b)
{
    return b > NEVER - a ? NEVER : a + b;
}

static uint64_t
times(uint64_t a, uint64_t b)
{
    return a != 0 && b > NEVER / a ? NEVER : a * b;
}

/* How often something of distance @t_ns can come in a window. */
static uint64_t
arrivals(uint64_t window_ns, uint64_t jitter_ns, uint64_t t_ns)
{
    uint64_t w = plus(window_ns, jitter_ns);

    return w / t_ns + (w % t_ns != 0);
}

/* Stubs and timer expiries in a window: above all levels, so on everybody's
 * account, whoever they are for. */
static uint64_t
above_all(const struct wio_admit_set *set, uint64_t window_ns)
{
    uint64_t sum = 0;

    for (uint32_t j = 0; j < set->n; j++) {
        const struct wio_admit_entity *e = &set->entities[j];
        uint64_t each = set->costs.timer_ns;

        if (e->kind == WIO_ENTITY_HANDLER) {
            each += set->costs.stub_ns;
        } else if (e->kind == WIO_ENTITY_MAIN) {
            /* One that waits, or was put off, is released later than the
             * timer was set for: that expiry comes, too. */
            each *= 2;
        }
        sum = plus(sum, times(arrivals(window_ns, e->jitter_ns, e->t_ns),
                              each));
    }
    for (uint32_t s = 0; s < set->n_streams; s++) {
        const struct wio_admit_stream *stream = &set->streams[s];

        sum = plus(sum, times(plus(arrivals(window_ns, 0, stream->t_ns),
                                   stream->n_carried), stream->each_ns));
    }
    return sum;
}

static bool
is_above(const struct wio_admit_set *set, uint32_t j, uint32_t i)
{
    return j != i && set->entities[j].level < set->entities[i].level;
}

uint64_t
wio_admit_interference(const struct wio_admit_set *set, uint32_t i,
                       uint32_t j, uint64_t window_ns)
{
    const struct wio_admit_entity *e = &set->entities[j];

    if (!is_above(set, j, i)) {
        return 0;
    }
    return times(arrivals(window_ns, e->jitter_ns, e->t_ns), e->cost_ns);
}

/* A container that is over its budget in a host function, or traps, takes
 * longer than its budget, but never again: it is faulted. */
static uint64_t
faults_above(const struct wio_admit_set *set, uint32_t i)
{
    uint32_t serve = 0;
    uint64_t sum = 0;

    for (uint32_t j = 0; j < set->n; j++) {
        uint8_t group = set->entities[j].group;
        bool is_first = group != 0 && group != set->entities[i].group &&
                        is_above(set, j, i);

        for (uint32_t k = 0; k < j && is_first; k++) {
            is_first = set->entities[k].group != group || !is_above(set, k, i);
        }
        sum = plus(sum, is_first ? set->costs.fault_ns : 0);
        if (j == i || is_above(set, j, i)) {
            serve |= set->entities[j].served;
        }
    }
    /* Who serves runs in those, and so does its end. */
    for (; serve != 0; serve &= serve - 1) {
        sum = plus(sum, (uint64_t)set->costs.fault_ns +
                            set->costs.overrun_ns);
    }
    return sum;
}

/* -- Blocking ------------------------------------------------------------------ */

/* The most urgent level that a lock of @j keeps out; WIO_ADMIT_NONE: it has
 * none. */
static uint8_t
lock_ceiling(const struct wio_admit_set *set, const struct wio_admit_entity *j)
{
    uint8_t ceiling = WIO_ADMIT_NONE;

    for (uint32_t k = 0; k < set->n; k++) {
        const struct wio_admit_entity *e = &set->entities[k];

        if (((e->group == j->group && e->group != 0 &&
              e->kind == WIO_ENTITY_HANDLER) ||
             (e->served & j->serves) != 0) && e->level < ceiling) {
            ceiling = e->level;
        }
    }
    return ceiling;
}

/* The same for the shared buses of @j; one that has several may be on the one
 * with the most urgent ceiling. */
static uint8_t
bus_ceiling(const struct wio_admit_set *set, const struct wio_admit_entity *j)
{
    uint8_t ceiling = WIO_ADMIT_NONE;

    for (uint32_t k = 0; k < set->n; k++) {
        const struct wio_admit_entity *e = &set->entities[k];

        if ((e->buses & j->buses) != 0 && e->level < ceiling) {
            ceiling = e->level;
        }
    }
    return ceiling;
}

/*
 * The longest section that keeps @i from running though it is less urgent. A
 * container's lock may also be taken by an operation in the background, below
 * all levels, and so may a bus: the entity that stands for either here need
 * not be less urgent than @i, and may be @i.
 */
static void
find_blocking(const struct wio_admit_set *set, uint32_t i)
{
    struct wio_admit_entity *me = &set->entities[i];

    me->blocking_ns = 0;
    me->blocker = WIO_ADMIT_NONE;
    for (uint32_t j = 0; j < set->n; j++) {
        const struct wio_admit_entity *e = &set->entities[j];
        uint64_t longest = 0;

        if (e->lock_ns > 0 && lock_ceiling(set, e) <= me->level) {
            /* Its fault is counted: whose lock reaches @i has a handler above
             * it, or is of the same container and gone with it. */
            longest = plus(e->lock_ns, set->costs.overrun_ns);
        }
        if (e->bus_ns > 0 && bus_ceiling(set, e) <= me->level &&
            plus(e->bus_ns, set->costs.overrun_ns) > longest) {
            longest = plus(e->bus_ns, set->costs.overrun_ns);
        }
        if (longest > me->blocking_ns) {
            me->blocking_ns = longest;
            me->blocker = (uint8_t)j;
        }
    }
    me->blocking_ns = plus(me->blocking_ns, set->costs.irq_off_ns);
}

/* -- Response times --------------------------------------------------------------- */

/* The least fixed point with @me's present cost, from @w on, which is no more
 * than it; NEVER beyond @limit_ns, or when it takes too long to find. */
static uint64_t
fixed_point(const struct wio_admit_set *set, uint32_t i, uint64_t w,
            uint64_t limit_ns)
{
    const struct wio_admit_entity *me = &set->entities[i];
    uint64_t base = plus(plus(me->blocking_ns, me->cost_ns),
                         faults_above(set, i));

    w = w > base ? w : base;
    for (uint32_t step = 0; step < STEPS_MAX; step++) {
        uint64_t next = plus(base, above_all(set, w));

        for (uint32_t j = 0; j < set->n; j++) {
            next = plus(next, wio_admit_interference(set, i, j, w));
        }
        if (plus(next, me->jitter_ns) > limit_ns) {
            return NEVER;
        }
        if (next == w) {
            return w + me->jitter_ns;
        }
        w = next;
    }
    return NEVER;
}

/* What may be charged to one activation that is not its own work: stubs and
 * timer, and the few instructions at either end of each preemption. */
static uint64_t
allowance(const struct wio_admit_set *set, uint32_t i, uint64_t window_ns)
{
    uint64_t sum = above_all(set, window_ns);

    for (uint32_t j = 0; j < set->n; j++) {
        if (is_above(set, j, i)) {
            sum = plus(sum, times(arrivals(window_ns,
                                           set->entities[j].jitter_ns,
                                           set->entities[j].t_ns),
                                  set->costs.stub_ns));
        }
    }
    return set->entities[i].served ? times(sum, 2) : sum;
}

static void
set_cost(const struct wio_admit_set *set, struct wio_admit_entity *e,
         uint64_t allowance_ns)
{
    e->allowance_ns = allowance_ns;
    e->cost_ns = plus(e->c_ns, set->costs.entry_exit_ns);
    /* The host's own tasks are trusted with their C and never cut off. What
     * is of a container may use up the allowance itself. */
    if (e->group != 0) {
        e->cost_ns = plus(e->cost_ns, plus(allowance_ns,
                                           set->costs.overrun_ns));
    }
}

/* Those above @i have their costs already. The allowance depends on the
 * response time and is part of it: both grow until they agree. */
static void
respond(const struct wio_admit_set *set, uint32_t i)
{
    struct wio_admit_entity *me = &set->entities[i];
    /* Four times the deadline: how late somebody is, is worth knowing. */
    uint64_t limit_ns = times(me->d_ns, 4);
    uint64_t extra = 0;
    uint64_t w = 0;

    find_blocking(set, i);
    for (uint32_t step = 0; step < STEPS_MAX; step++) {
        uint64_t next;

        set_cost(set, me, extra);
        me->response_ns = fixed_point(set, i, w, limit_ns);
        if (me->response_ns == NEVER) {
            return;
        }
        w = me->response_ns - me->jitter_ns;
        next = allowance(set, i, me->response_ns);
        if (next <= extra) {
            return;
        }
        extra = next;
    }
    me->response_ns = NEVER;
}

uint32_t
sched_admit_at_level(const struct wio_admit_set *set, uint32_t level)
{
    uint32_t i = 0;

    while (i < set->n && set->entities[i].level != level) {
        i++;
    }
    return i;
}

uint32_t
wio_admit_utilisation(const struct wio_admit_set *set)
{
    uint64_t sum = 0;

    for (uint32_t i = 0; i < set->n; i++) {
        const struct wio_admit_entity *e = &set->entities[i];
        uint64_t each = plus(e->c_ns, (uint64_t)set->costs.entry_exit_ns +
                                          set->costs.timer_ns);

        if (e->kind == WIO_ENTITY_HANDLER) {
            each = plus(each, set->costs.stub_ns);
        }
        sum = plus(sum, times(each, 1000) / e->t_ns);
    }
    for (uint32_t s = 0; s < set->n_streams; s++) {
        sum = plus(sum, times(set->streams[s].each_ns, 1000) /
                            set->streams[s].t_ns);
    }
    return sum < UINT32_MAX ? (uint32_t)sum : UINT32_MAX;
}

enum wio_admit_verdict
sched_admit_ranges(const struct wio_admit_set *set, uint32_t *who)
{
    for (uint32_t i = 0; i < set->n; i++) {
        const struct wio_admit_entity *e = &set->entities[i];

        *who = i;
        if (e->c_ns == 0 || e->d_ns == 0 || e->t_ns == 0 ||
            e->c_ns > TIME_MAX || e->t_ns > TIME_MAX || e->d_ns > e->t_ns ||
            e->lock_ns > TIME_MAX || e->bus_ns > TIME_MAX ||
            e->jitter_ns > TIME_MAX) {
            return WIO_ADMIT_RANGE;
        }
    }
    return WIO_ADMIT_OK;
}

enum wio_admit_verdict
wio_admit_test(struct wio_admit_set *set, uint32_t *who)
{
    enum wio_admit_verdict verdict = sched_admit_ranges(set, who);

    if (verdict != WIO_ADMIT_OK) {
        return verdict;
    }
    for (uint32_t level = 0; level < set->n_levels; level++) {
        uint32_t i = sched_admit_at_level(set, level);

        if (i == set->n) {
            continue;
        }
        respond(set, i);
        if (verdict == WIO_ADMIT_OK &&
            set->entities[i].response_ns > set->entities[i].d_ns) {
            *who = i;
            verdict = wio_admit_utilisation(set) > 1000 ? WIO_ADMIT_OVERLOAD
                                                        : WIO_ADMIT_MISS;
        }
    }
    return verdict;
}

bool
sched_admit_holds_below(struct wio_admit_set *set, uint32_t i)
{
    for (uint32_t j = 0; j < set->n; j++) {
        set_cost(set, &set->entities[j],
                 allowance(set, j, set->entities[j].d_ns));
    }
    find_blocking(set, i);
    return fixed_point(set, i, 0, set->entities[i].d_ns) <=
           set->entities[i].d_ns;
}
