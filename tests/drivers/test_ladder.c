/* SPDX-License-Identifier: Apache-2.0 */
/* drivers/uart/ladder: whatever way it reaches its registers, the device sees
 * the same accesses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "rig.h"

#define GREETING "Hello, ladder\r\n"

static struct rig rig;

static const struct {
    const char *name;
    const char *block;             /* on the simulated board */
    const char *stores;            /* a dot to the data register */
    const char *status;            /* a read of the status register */
} devices[] = {
    { "pl011", "mmio0", "mmio0 w4 000=0000002e\n", "mmio0 r4 018=" },
    { "cmsdk", "mmio1", "mmio1 w4 000=0000002e\n", "mmio1 r4 004=" },
};

static const char *const ways[] = { "calls", "markers", "windows", "batch" };

static void
start(uint32_t device, uint32_t way)
{
    char name[64];

    (void)snprintf(name, sizeof name, "ladder-%s-%s.wasm",
                   devices[device].name, ways[way]);
    rig_start(&rig, name, NULL);
}

/* Everything the driver did with bytes on its line, one every two releases:
 * the CMSDK's UART keeps one only. */
static const char *
run(uint32_t device, uint32_t way)
{
    static const char bytes[] = "Hello{7}";
    char script[64];

    start(device, way);
    rig_run_ns(&rig, 20 * MS);
    for (uint32_t i = 0; i < sizeof bytes - 1; i++) {
        (void)snprintf(script, sizeof script, "feed %s %c",
                       devices[device].block, bytes[i]);
        rig_script(&rig, script);
        rig_run_ns(&rig, 2 * MS);
    }
    rig_run_ns(&rig, 2 * MS);
    rig_assert_running(&rig);
    return rig_trace(&rig);
}

static uint32_t
count(const char *all, const char *one)
{
    uint32_t n = 0;

    for (const char *at = all; (at = strstr(at, one)) != NULL; at++) {
        n++;
    }
    return n;
}

static void
every_way_makes_the_same_accesses(void **state)
{
    static char first[sizeof rig.text];

    (void)state;
    for (uint32_t device = 0; device < 2; device++) {
        (void)strcpy(first, run(device, 0));
        assert_true(count(first, "\n") > 50);
        for (uint32_t way = 1; way < 4; way++) {
            if (strcmp(run(device, way), first) != 0) {
                fail_msg("%s by %s:\n%s\nby calls:\n%s",
                         devices[device].name, ways[way], rig.text, first);
            }
        }
    }
}

static void
every_byte_is_sent_once(void **state)
{
    char sent[128];

    (void)state;
    for (uint32_t device = 0; device < 2; device++) {
        for (uint32_t way = 0; way < 4; way++) {
            uint32_t n;

            (void)run(device, way);
            n = wio_sim_take(&rig.sim, devices[device].block, sent,
                             sizeof sent - 1);
            sent[n] = '\0';
            assert_string_equal(sent, GREETING "HELLO{7}");
            rig_assert_good(&rig, "sent", n);
        }
    }
}

static void
a_hundred_equal_stores_are_a_hundred_accesses(void **state)
{
    (void)state;
    for (uint32_t device = 0; device < 2; device++) {
        for (uint32_t way = 0; way < 4; way++) {
            start(device, way);
            (void)rig_trace(&rig);
            (void)rig_call(&rig, "hundred");
            (void)rig_trace(&rig);
            assert_int_equal(count(rig.text, devices[device].stores), 100);
            assert_int_equal(count(rig.text, "\n"), 100);
        }
    }
}

/* The second of three accesses is refused: where each is checked when it is
 * made the first was made, in a batch none. The third never is. */
static void
a_refused_access_ends_it(void **state)
{
    (void)state;
    for (uint32_t device = 0; device < 2; device++) {
        for (uint32_t way = 0; way < 4; way++) {
            int err;

            start(device, way);
            (void)rig_trace(&rig);
            (void)rig_call_with(&rig, "refused", NULL, 0, &err);
            assert_int_equal(err, WIO_ERR_TRAPPED);
            (void)rig_trace(&rig);
            assert_int_equal(count(rig.text, devices[device].status),
                             way < 3 ? 1 : 0);
            assert_int_equal(count(rig.text, "\n"), way < 3 ? 1 : 0);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_way_makes_the_same_accesses),
        cmocka_unit_test(every_byte_is_sent_once),
        cmocka_unit_test(a_hundred_equal_stores_are_a_hundred_accesses),
        cmocka_unit_test(a_refused_access_ends_it),
    };

    return cmocka_run_group_tests_name("ladder", tests, NULL, NULL);
}
