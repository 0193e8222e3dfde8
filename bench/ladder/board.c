/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench/ladder/board.c - the cases of the ladder on a board in QEMU
 *
 * Run with -icount shift=0: one instruction is one nanosecond of virtual time.
 * The clock is the port's, in ns; it ticks every 20 (lm3s6965evb) or 40 ns.
 *
 * With the argument `check` nothing is measured: it shows that what isolates
 * the comparator does so, and with `check-without-mpu` that the check would
 * see it if it did not.
 */
#include "common/cases.h"
#include "ladder/isolation.h"
#include "ladder/machine.h"
#include "m4/measure.h"
#include "port.h"
#include "startup/startup.h"

uint32_t
measure_ticks(void)
{
    return (uint32_t)cm_now_ns();
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

static bool
measure_all(void)
{
    bool ok = measure_cases(bench_cases, bench_n_cases);

    if (!bench_sizes(measure_put_size)) {
        console_early_print("fail sizes ");
        console_early_print(bench_error);
        console_early_print("\n");
        ok = false;
    }
    isolation_start(true);
    ok = measure_cases(isolation_cases, isolation_n_cases) && ok;
    return ok;
}

int
main(void)
{
    char argument[32];
    bool ok = true;

    (void)machine_start();
    console_early_init();
    semihost_command_line(argument, sizeof argument);
    if (is(argument, "check") || is(argument, "check-without-mpu")) {
        isolation_start(is(argument, "check"));
        measure_put_size("isolation", "tried", ISOLATION_N_ATTEMPTS);
        measure_put_size("isolation", "refused", isolation_attempts());
    } else {
        ok = measure_all();
    }
    console_early_print(ok ? "done\n" : "failed\n");
    return ok ? 0 : 1;
}
