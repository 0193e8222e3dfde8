/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sched/assign.c - levels for a set of entities
 *
 * By deadline, and where that does not hold by Audsley's search (1991). Who
 * holds at a level is what the analysis in admit.c says.
 */
#include "sched/admit.h"

#include "sched/internal.h"

static bool
is_pinned(const struct wio_admit_entity *e)
{
    return e->pinned != WIO_ADMIT_NONE;
}

static bool
may_have(const struct wio_admit_set *set, const struct wio_admit_entity *e,
         uint32_t level)
{
    if (is_pinned(e)) {
        return e->pinned == level;
    }
    return e->group == 0 || level >= set->band_first;
}

/* The first free level from @from on that @e may have; n_levels: none. */
static uint32_t
free_level(const struct wio_admit_set *set, const struct wio_admit_entity *e,
           uint32_t from)
{
    while (from < set->n_levels &&
           (sched_admit_at_level(set, from) < set->n ||
            !may_have(set, e, from))) {
        from++;
    }
    return from;
}

/* The entity without a level that has the shortest deadline, or n. */
static uint32_t
shortest(const struct wio_admit_set *set)
{
    uint32_t found = set->n;

    for (uint32_t i = 0; i < set->n; i++) {
        if (set->entities[i].level == WIO_ADMIT_NONE &&
            (found == set->n ||
             set->entities[i].d_ns < set->entities[found].d_ns)) {
            found = i;
        }
    }
    return found;
}

static enum wio_admit_verdict
assign_by_deadline(struct wio_admit_set *set, uint32_t *who)
{
    uint32_t from = 0;
    uint32_t i;

    for (i = 0; i < set->n; i++) {
        set->entities[i].level = WIO_ADMIT_NONE;
    }
    for (i = 0; i < set->n; i++) {
        struct wio_admit_entity *e = &set->entities[i];

        *who = i;
        if (is_pinned(e) && (e->pinned >= set->n_levels ||
                             sched_admit_at_level(set, e->pinned) < set->n)) {
            return WIO_ADMIT_LEVELS;
        }
        if (is_pinned(e)) {
            e->level = e->pinned;
        }
    }
    while ((i = shortest(set)) < set->n) {
        uint32_t level = free_level(set, &set->entities[i], from);

        if (level >= set->n_levels) {
            *who = i;
            return WIO_ADMIT_LEVELS;
        }
        set->entities[i].level = (uint8_t)level;
        from = level + 1;
    }
    return WIO_ADMIT_OK;
}

static void
swap_levels(struct wio_admit_entity *a, struct wio_admit_entity *b)
{
    uint8_t level = a->level;

    a->level = b->level;
    b->level = level;
}

/*
 * Audsley's search over the levels that the order by deadline uses: from the
 * least urgent up, somebody who holds there takes it; @i changes places with
 * whoever had that level, so that the undecided stay above.
 */
static bool
search(struct wio_admit_set *set)
{
    for (uint32_t level = set->n_levels; level-- > 0;) {
        uint32_t present = sched_admit_at_level(set, level);
        bool found = present == set->n || is_pinned(&set->entities[present]);

        for (uint32_t i = 0; i < set->n && !found; i++) {
            struct wio_admit_entity *e = &set->entities[i];
            struct wio_admit_entity *there = &set->entities[present];

            if (e->level > level || is_pinned(e) ||
                !may_have(set, e, level) || !may_have(set, there, e->level)) {
                continue;
            }
            swap_levels(e, there);
            found = sched_admit_holds_below(set, i);
            if (!found) {
                swap_levels(e, there);
            }
        }
        if (!found) {
            return false;
        }
    }
    return true;
}

enum wio_admit_verdict
wio_admit_assign(struct wio_admit_set *set, uint32_t *who)
{
    enum wio_admit_verdict verdict = sched_admit_ranges(set, who);
    uint32_t ignored;

    if (verdict == WIO_ADMIT_OK) {
        verdict = assign_by_deadline(set, who);
    }
    if (verdict != WIO_ADMIT_OK) {
        return verdict;
    }
    verdict = wio_admit_test(set, who);
    if (verdict != WIO_ADMIT_MISS) {
        return verdict;
    }
    if (search(set) && wio_admit_test(set, &ignored) == WIO_ADMIT_OK) {
        return WIO_ADMIT_OK;
    }
    (void)assign_by_deadline(set, &ignored);
    return wio_admit_test(set, who);
}
