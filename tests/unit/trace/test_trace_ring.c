/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ring of the trace: nothing overwritten is handed out, everything lost is
 * counted. What writes is a thread here, as what preempts is on a board.
 */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "runtime/internal.h"

#define RING 4u
#define N_WRITES 300000u

static struct wio_trace_entry entries[RING];
static struct wio_runtime runtime;

static void
start(void)
{
    for (uint32_t i = 0; i < RING; i++) {
        entries[i] = (struct wio_trace_entry){ .serial = 0xffff };
    }
    runtime.sched.trace = (struct wio_trace){
        .entries = entries, .mask = RING - 1, .on = true
    };
}

/* An entry whose fields tell its number. */
static void
put(uint32_t i)
{
    wio_trace_put(&runtime.sched.trace, (uint64_t)i << 32 | i,
                  (enum wio_trace_kind)(i & 0xff), i >> 8 & 0xff, ~i);
}

static uint32_t
number_of(const struct wio_trace_record *record)
{
    uint32_t i = (uint32_t)record->at_ns;

    assert_int_equal(record->at_ns >> 32, i);
    assert_int_equal(record->value, ~i);
    assert_int_equal(record->kind, i & 0xff);
    assert_int_equal(record->who, i >> 8 & 0xff);
    return i;
}

static void
entries_come_in_order_once(void **state)
{
    struct wio_trace_record records[8];
    uint32_t next = 0;
    uint32_t lost;

    (void)state;
    start();
    put(0);
    put(1);
    put(2);
    assert_int_equal(wio_runtime_trace(&runtime, &next, records, 2, &lost), 2);
    assert_int_equal(number_of(&records[0]), 0);
    assert_int_equal(number_of(&records[1]), 1);
    assert_int_equal(lost, 0);
    assert_int_equal(wio_runtime_trace(&runtime, &next, records, 8, &lost), 1);
    assert_int_equal(number_of(&records[0]), 2);
    assert_int_equal(wio_runtime_trace(&runtime, &next, records, 8, &lost), 0);
    assert_int_equal(lost, 0);
}

static void
overwritten_entries_are_counted(void **state)
{
    struct wio_trace_record records[8];
    uint32_t next = 0;
    uint32_t lost;

    (void)state;
    start();
    for (uint32_t i = 0; i < 10; i++) {
        put(i);
    }
    assert_int_equal(wio_runtime_trace(&runtime, &next, records, 8, &lost), 4);
    assert_int_equal(lost, 6);
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(number_of(&records[i]), 6 + i);
    }
}

static void
the_number_of_entries_may_wrap(void **state)
{
    struct wio_trace_record records[8];
    uint32_t next = UINT32_MAX - 1;
    uint32_t lost;

    (void)state;
    start();
    runtime.sched.trace.n = UINT32_MAX - 1;
    for (uint32_t i = 0; i < 6; i++) {
        put(i);
    }
    assert_int_equal(wio_runtime_trace(&runtime, &next, records, 8, &lost), 4);
    assert_int_equal(lost, 2);
    assert_int_equal(number_of(&records[0]), 2);
    assert_int_equal(next, 4);
}

static void
an_entry_that_is_not_whole_is_lost(void **state)
{
    struct wio_trace_record records[8];
    uint32_t next = 0;
    uint32_t lost;

    (void)state;
    start();
    put(0);
    put(1);
    put(2);
    entries[1].serial = 0x1234;        /* its writer was preempted */
    assert_int_equal(wio_runtime_trace(&runtime, &next, records, 8, &lost), 2);
    assert_int_equal(lost, 1);
    assert_int_equal(number_of(&records[0]), 0);
    assert_int_equal(number_of(&records[1]), 2);
}

static void
nothing_is_written_while_it_is_off(void **state)
{
    struct wio_trace_record records[8];
    uint32_t next = 0;
    uint32_t lost;

    (void)state;
    start();
    wio_runtime_trace_on(&runtime, false);
    put(0);
    assert_int_equal(wio_runtime_trace(&runtime, &next, records, 8, &lost), 0);
    wio_runtime_trace_on(&runtime, true);
    put(1);
    assert_int_equal(wio_runtime_trace(&runtime, &next, records, 8, &lost), 1);
    runtime.sched.trace.entries = NULL;
    wio_runtime_trace_on(&runtime, true);
    put(2);                            /* there is no ring: stays off */
    assert_int_equal(wio_runtime_trace(&runtime, &next, records, 8, &lost), 0);
}

/*
 * An entry lies across two pages, its serial in the second. Reading its time,
 * in the first, faults, and the handler of that overwrites the entry: as if
 * a writer had preempted the reader between the two.
 */
static void *first_page;
static size_t page_bytes;
static volatile sig_atomic_t n_faults;

static void
overwrite(int number)
{
    (void)number;
    n_faults++;
    (void)mprotect(first_page, page_bytes, PROT_READ | PROT_WRITE);
    put(RING);                         /* where entry 0 was */
}

static void
an_entry_overwritten_while_it_is_read_is_lost(void **state)
{
    const struct sigaction action = { .sa_handler = overwrite };
    struct wio_trace_record records[8];
    struct sigaction before;
    uint32_t next = 0;
    uint32_t lost;
    uint32_t n;

    (void)state;
    page_bytes = (size_t)sysconf(_SC_PAGESIZE);
    first_page = mmap(NULL, 2 * page_bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(first_page != MAP_FAILED);
    start();
    runtime.sched.trace.entries =
        (struct wio_trace_entry *)(void *)((char *)first_page + page_bytes -
                                           8);
    for (uint32_t i = 0; i < RING; i++) {
        put(i);
    }
    n_faults = 0;
    assert_int_equal(sigaction(SIGSEGV, &action, &before), 0);
    assert_int_equal(mprotect(first_page, page_bytes, PROT_NONE), 0);
    n = wio_runtime_trace(&runtime, &next, records, 8, &lost);
    assert_int_equal(sigaction(SIGSEGV, &before, NULL), 0);
    assert_int_equal(n_faults, 1);
    assert_int_equal(lost, 1);
    assert_int_equal(n, RING - 1);
    assert_int_equal(number_of(&records[0]), 1);
    assert_int_equal(munmap(first_page, 2 * page_bytes), 0);
}

static void *
write_all(void *arg)
{
    (void)arg;
    for (uint32_t i = 0; i < N_WRITES; i++) {
        put(i);
    }
    return NULL;
}

static void
a_reader_never_gets_half_an_entry(void **state)
{
    struct wio_trace_record records[3];
    uint64_t n_read = 0;
    uint64_t n_lost = 0;
    uint32_t next = 0;
    uint32_t after = 0;
    pthread_t writer;

    (void)state;
    start();
    assert_int_equal(pthread_create(&writer, NULL, write_all, NULL), 0);
    while (n_read + n_lost < N_WRITES) {
        uint32_t lost;
        uint32_t n = wio_runtime_trace(&runtime, &next, records, 3, &lost);

        for (uint32_t i = 0; i < n; i++) {
            uint32_t number = number_of(&records[i]);

            assert_true(number >= after);
            after = number + 1;
        }
        n_read += n;
        n_lost += lost;
    }
    assert_int_equal(pthread_join(writer, NULL), 0);
    assert_int_equal(n_read + n_lost, N_WRITES);
    assert_true(n_read > 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_come_in_order_once),
        cmocka_unit_test(overwritten_entries_are_counted),
        cmocka_unit_test(the_number_of_entries_may_wrap),
        cmocka_unit_test(an_entry_that_is_not_whole_is_lost),
        cmocka_unit_test(nothing_is_written_while_it_is_off),
        cmocka_unit_test(an_entry_overwritten_while_it_is_read_is_lost),
        cmocka_unit_test(a_reader_never_gets_half_an_entry),
    };

    return cmocka_run_group_tests_name("trace_ring", tests, NULL, NULL);
}
