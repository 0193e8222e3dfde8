/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an entry of the trace costs, in instructions: QEMU counts time in them
 * (-icount shift=5: 32 ns each), so the difference of two loops is exact.
 *
 *     cost <what> <hundredths of an instruction>
 *
 * put-on, put-off   an entry whose time is known already
 * read-on, read-off an entry that reads the clock
 * run-on, run-off   an activation of an entity that does nothing: release,
 *                   begin and end are three entries
 */
#include "port.h"
#include "sched/internal.h"
#include "startup/startup.h"

#define N 2000u
#define NS_PER_INSTRUCTION 32u
#define RING 16u

static struct wio_trace_entry entries[RING];
static struct wio_sched sched;
static volatile uint32_t sink;

__attribute__((noinline)) static void
loop_empty(void)
{
    for (uint32_t i = 0; i < N; i++) {
        __asm__ volatile("" ::: "memory");
    }
}

__attribute__((noinline)) static void
loop_put(void)
{
    for (uint32_t i = 0; i < N; i++) {
        __asm__ volatile("" ::: "memory");
        wio_trace_put(&sched.trace, i, WIO_TRACE_EVENT, 3, i);
    }
}

__attribute__((noinline)) static void
loop_read(void)
{
    for (uint32_t i = 0; i < N; i++) {
        __asm__ volatile("" ::: "memory");
        sched_trace(&sched, WIO_TRACE_EVENT, 3, i);
    }
}

static void
nothing(struct wio_entity *entity)
{
    (void)entity;
    sink++;
}

static struct wio_entity entity = {
    .run = nothing, .over = nothing, .kind = WIO_ENTITY_TASK,
    .budget_ticks = 100000, .period_ns = 1000000, .deadline_ns = 1000000,
};

/* Pends it from the background, so it runs at once. */
__attribute__((noinline)) static void
loop_run(void)
{
    for (uint32_t i = 0; i < N; i++) {
        entity.release_ns = cm_now_ns();
        wio_sched_again(&entity);
    }
}

static uint64_t
time_of(void (*loop)(void))
{
    uint64_t begin = cm_now_ns();

    loop();
    return cm_now_ns() - begin;
}

static void
say(const char *what, void (*loop)(void), bool on)
{
    uint64_t ns;

    sched.trace.on = on;
    ns = time_of(loop) - time_of(loop_empty);
    console_early_print("cost ");
    console_early_print(what);
    console_early_print(" ");
    console_early_number(ns * 100u / (NS_PER_INSTRUCTION * N));
    console_early_print("\n");
}

int
main(void)
{
    wio_sched_start(&sched, cm_port_start(), 50, entries, RING);
    say("put-on", loop_put, true);
    say("put-off", loop_put, false);
    say("read-on", loop_read, true);
    say("read-off", loop_read, false);
    if (wio_sched_add(&sched, &entity, UINT64_MAX)) {
        console_early_print("fail: no slot\n");
        return 1;
    }
    say("run-on", loop_run, true);
    say("run-off", loop_run, false);
    console_early_print(sink == 2u * N ? "end\n" : "fail: runs\n");
    return sink == 2u * N ? 0 : 1;
}
