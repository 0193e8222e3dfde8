/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A reader in another thread never sees half a write: every value written has
 * the same word in all its places.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cap/point.h"

#define N_WRITES 300000u

static struct wio_point_cell cell;

static void *
write_all(void *arg)
{
    (void)arg;
    for (uint64_t i = 1; i <= N_WRITES; i++) {
        wio_point_write(&cell, i << 32 | i, i << 32 | i);
    }
    return NULL;
}

static void
reader_sees_whole_writes_in_order(void **state)
{
    struct wio_point_value value = { 0 };
    uint64_t last = 0;
    pthread_t writer;

    (void)state;
    assert_int_equal(pthread_create(&writer, NULL, write_all, NULL), 0);
    while (last < N_WRITES) {
        wio_point_read(&cell, &value);
        if (value.n_writes == 0) {
            continue;
        }
        assert_true(value.bits >> 32 == (value.bits & UINT32_MAX));
        assert_true(value.bits == value.written_ns);
        assert_true((value.bits & UINT32_MAX) == value.n_writes);
        assert_true(value.n_writes >= last);
        last = value.n_writes;
    }
    assert_int_equal(pthread_join(writer, NULL), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reader_sees_whole_writes_in_order),
    };

    return cmocka_run_group_tests_name("point_race", tests, NULL, NULL);
}
