/* SPDX-License-Identifier: Apache-2.0 */
#include "m4/measure.h"

#include "common/cases.h"
#include "startup/startup.h"

static void
put_decimal(uint32_t value)
{
    console_early_print(" ");
    console_early_number(value);
}

static void
put_hex(uint32_t value)
{
    console_early_print(" ");
    console_early_hex(value);
}

void
measure_put_size(const char *guest, const char *what, uint32_t value)
{
    console_early_print("size ");
    console_early_print(guest);
    console_early_print(" ");
    console_early_print(what);
    put_decimal(value);
    console_early_print("\n");
}

static bool
measure(const struct bench_case *one)
{
    uint32_t results[2];
    uint32_t ticks[2];

    /* Once first: what is loaded at the first use is no part of it. */
    (void)one->run(one, 1, &results[0]);
    for (uint32_t i = 0; i < 2; i++) {
        const uint32_t before = measure_ticks();

        if (!one->run(one, one->n << i, &results[i])) {
            console_early_print("fail ");
            console_early_print(one->name);
            console_early_print(" ");
            console_early_print(bench_error);
            console_early_print("\n");
            return false;
        }
        ticks[i] = measure_ticks() - before;
    }
    console_early_print("count ");
    console_early_print(one->name);
    put_decimal(one->n);
    put_decimal(ticks[0]);
    put_decimal(ticks[1]);
    put_hex(results[0]);
    put_hex(results[1]);
    console_early_print("\n");
    return true;
}

bool
measure_cases(const struct bench_case *cases, uint32_t n_cases)
{
    bool ok = true;

    for (uint32_t i = 0; i < n_cases; i++) {
        ok = measure(&cases[i]) && ok;
    }
    return ok;
}
