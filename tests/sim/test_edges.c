/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Edges and storms of a script: at the time they are told for, as many as they
 * are told, and a sentence for what is not understood.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sim/sim.h"

#define BASE 0x2000u

static struct wio_sim sim;
static uint64_t first_ns;
static uint64_t last_ns;
static uint32_t n_stubs;

/* As a stub that is so fast that nothing is lost. */
static void
on_edge(void *arg)
{
    (void)arg;
    last_ns = wio_sim_now_ns(&sim);
    first_ns = n_stubs++ == 0 ? last_ns : first_ns;
}

static void
never(void *arg)
{
    (void)arg;
}

/* Source 0 is line 6, source 1 is pin 3 of gpio0. */
static void
start(uint8_t pin_trigger)
{
    const struct wio_sim_config config = { .scheduled = true };
    const struct wio_controller_info gpio = {
        .class = WIO_CONTROLLER_GPIO, .compatible = "wasmio,sim-gpio",
        .base = BASE, .size = 0x100,
    };
    const struct wio_source_info line = { .line = 6, .trigger = 1 };
    const struct wio_source_info pin = {
        .is_pin = true, .line = 2, .pin = 3, .base = BASE,
        .trigger = pin_trigger,
    };
    const struct wio_port *port;
    struct wio_controller controller;

    wio_sim_create(&sim, &config);
    port = wio_sim_port(&sim);
    assert_int_equal(port->controller(port->ctx, &gpio, &controller), 0);
    port->sched->start(port->ctx, never, never, NULL);
    assert_int_equal(port->sched->source_open(port->ctx, 0, &line, on_edge,
                                              NULL), 0);
    assert_int_equal(port->sched->source_open(port->ctx, 1, &pin, on_edge,
                                              NULL), 0);
    port->sched->source_unmask(port->ctx, 0);
    port->sched->source_unmask(port->ctx, 1);
    n_stubs = 0;
}

static void
script(const char *text)
{
    struct wio_report report = { 0 };

    assert_int_equal(wio_sim_script(&sim, text, &report), 0);
}

static void
an_edge_comes_once_at_its_time(void **state)
{
    (void)state;
    start(1);
    script("edge irq6");
    assert_int_equal(n_stubs, 1);
    script("@5us edge irq6; @7us edge irq9");
    assert_int_equal(n_stubs, 1);
    wio_sim_advance_ns(&sim, 10000);
    assert_int_equal(n_stubs, 2);
    assert_int_equal(last_ns, 5000);
    assert_int_equal(sim.levels.sources[0].n_edges, 2);
}

static void
a_pulse_has_one_edge_each_way(void **state)
{
    static const uint8_t triggers[] = { 1, 2, 3 };
    static const uint32_t edges[] = { 1, 1, 2 };
    int64_t level = -1;

    (void)state;
    for (uint32_t i = 0; i < 3; i++) {
        start(triggers[i]);
        script("edge gpio0.3; edge gpio0.4");
        assert_int_equal(sim.levels.sources[1].n_edges, edges[i]);
        assert_int_equal(wio_sim_get(&sim, "gpio0.3", &level), 0);
        assert_int_equal(level, 0);
    }
    start(2);
    script("set gpio0.3=1; edge gpio0.3");     /* down and up again */
    assert_int_equal(sim.levels.sources[1].n_edges, 1);
}

static void
a_storm_has_its_distance_and_number(void **state)
{
    (void)state;
    start(1);
    script("@1ms storm irq6 50us x1000");
    wio_sim_advance_ns(&sim, 200000000);
    assert_int_equal(sim.levels.sources[0].n_edges, 1000);
    assert_int_equal(n_stubs, 1000);
    assert_int_equal(first_ns, 1000000);
    assert_int_equal(last_ns, 1000000 + 999 * 50000);
    start(1);
    script("storm gpio0.3 3us x7");
    wio_sim_advance_ns(&sim, 1000000);
    assert_int_equal(n_stubs, 7);
}

static void
a_random_storm_has_its_mean_and_is_the_same_again(void **state)
{
    uint64_t ends[3];
    static const char *const seeds[] = { "7", "7", "8" };
    char text[64];

    (void)state;
    for (uint32_t i = 0; i < 3; i++) {
        start(1);
        strcpy(text, "storm irq6 50us x10000 seed ");
        strcat(text, seeds[i]);
        script(text);
        wio_sim_advance_ns(&sim, 2000000000);
        assert_int_equal(n_stubs, 10000);
        ends[i] = last_ns;
        assert_in_range(ends[i], 10000 * 48000ull, 10000 * 52000ull);
    }
    assert_true(ends[0] == ends[1]);
    assert_true(ends[0] != ends[2]);
}

static void
what_is_no_edge_is_refused_with_a_sentence(void **state)
{
    static const struct {
        const char *text;
        const char *part;
    } wrong[] = {
        { "edge", "not device, set, feed, fault, edge or storm" },
        { "edge pin3", "irq0 to irq1023" },
        { "edge gpio0", "irq0 to irq1023" },
        { "edge gpio0.32", "irq0 to irq1023" },
        { "edge irq-1", "irq0 to irq1023" },
        { "edge irq1024", "irq0 to irq1023" },
        { "@2ms", "'@2ms' is not @NUMBER with ns, us, ms or s" },
        { "@2 edge irq6", "is not @NUMBER with ns, us, ms or s" },
        { "@-1ms edge irq6", "is not @NUMBER with ns, us, ms or s" },
        { "edge irq6 5us", "takes its source only" },
        { "edge gpio3.0", "unknown or out of its range" },
        { "storm irq6", "SOURCE TIME xCOUNT" },
        { "storm irq6 50us", "SOURCE TIME xCOUNT" },
        { "storm irq6 0us x5", "SOURCE TIME xCOUNT" },
        { "storm irq6 50us x0", "SOURCE TIME xCOUNT" },
        { "storm irq6 3s x2", "at most 2 s" },
        { "storm irq6 50us x5 seed 0", "[seed N]" },
        { "storm irq6 50us x5 bleed 1", "[seed N]" },
    };

    (void)state;
    for (uint32_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct wio_report report = { 0 };

        start(1);
        assert_int_equal(wio_sim_script(&sim, wrong[i].text, &report),
                         WIO_ERR_INVALID_ARGUMENT);
        if (!strstr(report.text, wrong[i].part)) {
            fail_msg("%s: %s", wrong[i].text, report.text);
        }
        assert_int_equal(n_stubs, 0);
    }
    start(1);
    for (uint32_t i = 0; i < WIO_SIM_STORMS; i++) {
        script("storm irq6 50us x5");
    }
    {
        struct wio_report report = { 0 };

        assert_int_equal(wio_sim_script(&sim, "storm irq6 50us x5", &report),
                         WIO_ERR_LIMIT);
        assert_non_null(strstr(report.text, "no room"));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_edge_comes_once_at_its_time),
        cmocka_unit_test(a_pulse_has_one_edge_each_way),
        cmocka_unit_test(a_storm_has_its_distance_and_number),
        cmocka_unit_test(a_random_storm_has_its_mean_and_is_the_same_again),
        cmocka_unit_test(what_is_no_edge_is_refused_with_a_sentence),
    };

    return cmocka_run_group_tests_name("sim_edges", tests, NULL, NULL);
}
