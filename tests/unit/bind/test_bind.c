/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The imports, called as the engine calls them. Tests named tNN_ are those of
 * the numbered faults seen in neighbouring systems (docs/reference/abi.md).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <wio/abi.h>

#include "base/rights.h"
#include "engine/aot/image.h"
#include "guest.h"

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))

#define CORE WIO_MODULE_CORE
#define DELAY WIO_MODULE_DELAY
#define GPIO WIO_MODULE_GPIO
#define I2C WIO_MODULE_I2C
#define UART WIO_MODULE_UART
#define MMIO WIO_MODULE_MMIO
#define POINT WIO_MODULE_POINT
#define SPI WIO_MODULE_SPI

static struct guest guest;

static int
setup(void **state)
{
    (void)state;
    guest_init(&guest);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    guest_free(&guest);
    return 0;
}

/* call("module", "name", slots...) */
#define call(module, name, ...) \
    call_slots(module, name, (const uint32_t[8]){ __VA_ARGS__ })

static int64_t
call_slots(const char *module, const char *name, const uint32_t *slots)
{
    const struct wio_host_func *function = guest_function(module, name);

    assert_non_null(function);
    return guest_call(&guest, function, slots);
}

static uint32_t
handle(const char *label)
{
    uint32_t h = guest_handle(&guest, label);

    assert_int_not_equal(h, 0);
    return h;
}

static void
put(uint32_t at, const char *s)
{
    memcpy(guest.bytes + at, s, strlen(s));
}

/* -- Handles --------------------------------------------------------------- */

/* Every function of a class, whose first argument is a handle. */
static void
each_handle_function(uint32_t bad, bool own_class_too)
{
    static const struct {
        const char *module;
        const char *label;         /* of a need of its class */
    } classes[] = {
        { GPIO, "led" }, { I2C, "sensor" }, { UART, "port" },
        { MMIO, "regs" }, { POINT, "t" }, { SPI, "card" },
    };
    const struct wio_host_func *function;

    for (uint32_t i = 0; (function = wio_bind_function(i)) != NULL; i++) {
        for (uint32_t c = 0; c < N_OF(classes); c++) {
            uint32_t slots[8] = { bad, 0, 0, 0, 0, 0 };
            int64_t result;

            if (strcmp(function->module, classes[c].module) != 0) {
                continue;
            }
            if (!own_class_too &&
                wio_handle_class(bad) ==
                    wio_handle_class(handle(classes[c].label))) {
                continue;
            }
            result = guest_call(&guest, function, slots);
            if (result != WIO_ERR_BAD_HANDLE) {
                print_message("%s.%s: %lld\n", function->module,
                              function->name, (long long)result);
            }
            assert_true(result == WIO_ERR_BAD_HANDLE);
        }
    }
    assert_int_equal(guest.fake.n_accesses, 0);
}

static void
t01_handle_of_another_container_is_refused(void **state)
{
    uint32_t other = WIO_HANDLE_SERIAL_MASK & 4u << WIO_HANDLE_SERIAL_SHIFT;

    (void)state;
    for (uint32_t i = 0; i < 6; i++) {
        static const char *const labels[] = { "sensor", "led", "port", "regs",
                                              "t", "card" };
        uint32_t h = (handle(labels[i]) & ~WIO_HANDLE_SERIAL_MASK) | other;

        each_handle_function(h, true);
        assert_true(call(CORE, "info", h, 0, 16) == WIO_ERR_BAD_HANDLE);
        assert_true(call(CORE, "close", h) == WIO_ERR_BAD_HANDLE);
    }
}

static void
t07_handle_index_equal_to_size_is_refused(void **state)
{
    (void)state;
    each_handle_function(handle("sensor") + 1, true);
    each_handle_function(handle("button") + 1, true);
    each_handle_function(handle("port") + 1, true);
    each_handle_function(handle("regs") + 1, true);
    each_handle_function(handle("card") + 1, true);
    each_handle_function(handle("din") + 1, true);
    each_handle_function(0, true);
    each_handle_function(UINT32_MAX, true);
}

static void
handle_of_another_class_is_refused(void **state)
{
    (void)state;
    each_handle_function(handle("sensor"), false);
    each_handle_function(handle("led"), false);
    each_handle_function(handle("port"), false);
    each_handle_function(handle("regs"), false);
    each_handle_function(handle("t"), false);
    each_handle_function(handle("card"), false);
}

static void
closed_handle_is_refused_and_open_gives_the_next(void **state)
{
    uint32_t before = handle("led");
    int64_t after;

    (void)state;
    put(0, "led");
    assert_true(call(CORE, "open", 0, 3) == before);
    assert_true(call(CORE, "close", before) == 0);
    assert_true(call(GPIO, "set-active", before) == WIO_ERR_BAD_HANDLE);
    assert_true(call(CORE, "close", before) == WIO_ERR_BAD_HANDLE);
    assert_int_equal(guest.fake.n_accesses, 0);
    after = call(CORE, "open", 0, 3);
    assert_true(after > 0 && after != before);
    assert_true(call(GPIO, "set-active", (uint32_t)after) == 0);
    assert_int_equal(guest.fake.n_accesses, 1);
}

static void
t08_revoked_handle_is_refused(void **state)
{
    uint32_t h = handle("sensor");

    (void)state;
    put(0, "sensor");
    wio_caps_revoke_all(&guest.bind.caps);
    assert_true(call(I2C, "read", h, 0, 0, 1) == WIO_ERR_BAD_HANDLE);
    assert_true(call(CORE, "open", 0, 6) == WIO_ERR_REVOKED);
    put(0, "t");
    assert_true(call(CORE, "open", 0, 1) == WIO_ERR_REVOKED);
    assert_int_equal(guest.fake.n_accesses, 0);
}

/* The names may be many and long. */
static void
open_ends_with_the_budget(void **state)
{
    struct wio_entity entity = { .slot = WIO_SCHED_MAX_ENTITIES };
    struct wio_sched sched = { .current = &entity };

    (void)state;
    put(0, "sensordin");
    guest.bind.sched = &sched;
    assert_true(call(CORE, "open", 0, 6) == handle("sensor"));
    assert_true(call(CORE, "open", 6, 3) == handle("din"));
    entity.overrun = WIO_OVERRUN_BUDGET;
    assert_true(call(CORE, "open", 0, 6) == WIO_ERR_NO_DEVICE);
    assert_true(call(CORE, "open", 6, 3) == WIO_ERR_NO_DEVICE);
    guest.bind.sched = NULL;
}

static void
open_knows_declared_names_only(void **state)
{
    (void)state;
    put(0, "sensorbuttonabsentdin");
    assert_true(call(CORE, "open", 0, 6) == handle("sensor"));
    assert_true(call(CORE, "open", 6, 6) == handle("button"));
    assert_true(call(CORE, "open", 18, 3) == handle("din"));
    assert_true(call(CORE, "open", 12, 6) == WIO_ERR_NO_DEVICE);
    assert_true(call(CORE, "open", 0, 5) == WIO_ERR_NO_DEVICE);
    assert_true(call(CORE, "open", 0, 7) == WIO_ERR_NO_DEVICE);
    assert_true(call(CORE, "open", 0, 0) == WIO_ERR_NO_DEVICE);
    assert_true(call(CORE, "open", 0, GUEST_MEMORY) == WIO_ERR_NO_DEVICE);
}

static void
t04_name_is_not_kept_after_open(void **state)
{
    int64_t h;

    (void)state;
    put(0, "led");
    h = call(CORE, "open", 0, 3);
    memset(guest.bytes, 0xff, GUEST_MEMORY);
    assert_true(call(GPIO, "set-active", (uint32_t)h) == 0);
    assert_true(call(CORE, "info", (uint32_t)h, 0, 16) == 16);
}

/* -- Guest ranges ---------------------------------------------------------- */

static void
t03_guest_ranges_at_and_over_the_end(void **state)
{
    static const struct {
        uint32_t at, len;
        bool fault;
    } cases[] = {
        { GUEST_MEMORY - 4, 4, false },
        { GUEST_MEMORY - 1, 1, false },
        { GUEST_MEMORY - 3, 4, true },
        { GUEST_MEMORY - 1, 2, true },
        { GUEST_MEMORY, 1, true },
        { UINT32_MAX, 1, true },
        { UINT32_MAX, 2, true },           /* wraps to 1 */
        { UINT32_MAX - 1, 4, true },
        { 0x80000000u, 4, true },
        { GUEST_MEMORY + 1, 0, true },     /* empty, but beyond */
        { UINT32_MAX, 0, true },
    };
    uint32_t i2c = handle("sensor"), uart = handle("port");

    (void)state;
    for (uint32_t i = 0; i < N_OF(cases); i++) {
        uint32_t at = cases[i].at, len = cases[i].len;
        struct {
            const char *module, *name;
            uint32_t slots[6];
        } calls[] = {
            { I2C, "read", { i2c, 0, at, len } },
            { I2C, "write", { i2c, 0, at, len } },
            { I2C, "write-read", { i2c, 0, at, len, 0, 1 } },
            { I2C, "write-read", { i2c, 0, 0, 1, at, len } },
            { UART, "write", { uart, at, len } },
            { UART, "read", { uart, at, len } },
        };

        for (uint32_t c = 0; c < N_OF(calls); c++) {
            uint32_t before = guest.fake.n_accesses;
            int64_t result;

            guest.fake.uart_n_in = 8;
            result = call_slots(calls[c].module, calls[c].name,
                                calls[c].slots);
            if (cases[i].fault) {
                assert_true(result == WIO_ERR_FAULT);
                assert_int_equal(guest.fake.n_accesses, before);
            } else {
                assert_true(result >= 0);
                assert_int_equal(guest.fake.n_accesses, before + 1);
            }
        }
        if (cases[i].fault) {
            assert_true(call(CORE, "open", at, len) == WIO_ERR_FAULT);
            assert_true(call(CORE, "log", 0, at, len) == WIO_ERR_FAULT);
            assert_true(call(CORE, "info", i2c, at, len) == WIO_ERR_FAULT);
            assert_true(call(CORE, "last-error-text", at, len) ==
                        WIO_ERR_FAULT);
            assert_true(call(GPIO, "get-config", handle("led"), at, len) ==
                        WIO_ERR_FAULT);
            assert_int_equal(guest.fake.n_logs, 0);
        }
    }
    assert_true(call(CORE, "log", 0, GUEST_MEMORY, 0) == 0);
}

static void
lengths_far_beyond_memory_are_a_fault_before_a_limit(void **state)
{
    (void)state;
    assert_true(call(I2C, "write", handle("sensor"), 0, 0, UINT32_MAX) ==
                WIO_ERR_FAULT);
    assert_true(call(I2C, "write", handle("sensor"), 0, 0, GUEST_MEMORY) ==
                WIO_ERR_NOT_PERMITTED);
    assert_int_equal(guest.fake.n_accesses, 0);
}

static void
a_guest_without_memory_has_no_ranges(void **state)
{
    (void)state;
    guest.instance.memory = NULL;
    assert_true(call(I2C, "read", handle("sensor"), 0, 0, 1) ==
                WIO_ERR_FAULT);
    assert_true(call(CORE, "open", 0, 0) == WIO_ERR_FAULT);
    assert_int_equal(guest.fake.n_accesses, 0);
}

static void
what_the_host_gives_is_cut_at_cap(void **state)
{
    (void)state;
    memset(guest.bytes, 0xee, GUEST_MEMORY);
    assert_true(call(CORE, "info", handle("sensor"), 0, 6) == 6);
    assert_int_equal(guest.bytes[0], WIO_ABI_CLASS_I2C);
    assert_int_equal(guest.bytes[4], 4);
    assert_int_equal(guest.bytes[6], 0xee);
    assert_true(call(CORE, "info", handle("sensor"), 0, 100) == 16);
    assert_int_equal(guest.bytes[8], 50);
    assert_int_equal(guest.bytes[16], 0xee);
    assert_true(call(GPIO, "get-config", handle("button"), 32, 9) == 4);
    assert_memory_equal(guest.bytes + 32, "\0\0\1\0\xee", 5);
    assert_true(call(GPIO, "get-config", handle("led"), 32, 2) == 2);
    assert_memory_equal(guest.bytes + 32, "\1\1\1\0\xee", 5);
}

/* -- I2C ------------------------------------------------------------------- */

static void
i2c_moves_the_guest_s_bytes(void **state)
{
    uint32_t h = handle("sensor");

    (void)state;
    put(8, "ab");
    guest.fake.i2c_answer = 0x5a;
    assert_true(call(I2C, "write-read", h, 0x48, 8, 2, 9, 2) == 0);
    assert_int_equal(guest.fake.i2c_addr, 0x48);
    assert_memory_equal(guest.fake.i2c_written, "ab", 2);
    assert_memory_equal(guest.bytes + 8, "a\x5a\x5a\0", 4);
    assert_true(call(I2C, "read", h, 0, 0, 1) == 0);
    assert_int_equal(guest.bytes[0], 0x5a);
    assert_true(call(I2C, "write", h, 0, 8, 4) == 0);
    assert_int_equal(guest.fake.i2c_w_len, 4);
    guest.fake.i2c_result = WIO_ERR_I2C_NACK_ADDRESS;
    assert_true(call(I2C, "read", h, 0, 0, 1) == WIO_ERR_I2C_NACK_ADDRESS);
}

static void
i2c_keeps_to_the_grant(void **state)
{
    uint32_t h = handle("sensor");

    (void)state;
    assert_true(call(I2C, "read", h, 0x49, 0, 1) == WIO_ERR_NOT_PERMITTED);
    assert_true(call(I2C, "write", h, 0x10048, 0, 1) ==
                WIO_ERR_NOT_PERMITTED);
    assert_true(call(I2C, "write", h, 0, 0, 5) == WIO_ERR_NOT_PERMITTED);
    assert_true(call(I2C, "write-read", h, 0, 0, 1, 8, 5) ==
                WIO_ERR_NOT_PERMITTED);
    assert_true(call(I2C, "read", h, 0, 0, 0) == WIO_ERR_INVALID_ARGUMENT);
    assert_int_equal(guest.fake.n_accesses, 0);
}

static void
t12_device_that_hangs_ends_by_timeout(void **state)
{
    uint64_t start = guest.fake.now_ns;

    (void)state;
    guest.fake.i2c_hangs = true;
    assert_true(call(I2C, "read", handle("sensor"), 0, 0, 1) ==
                WIO_ERR_TIMEOUT);
    assert_int_equal(guest.fake.now_ns - start, 50000);
    assert_int_equal(guest.n_raises, 0);
    /* Within a budget that ends earlier. */
    start = guest.fake.now_ns;
    guest.bind.budget_end_ns = start + 10000;
    assert_true(call(I2C, "read", handle("sensor"), 0, 0, 1) ==
                WIO_ERR_TIMEOUT);
    assert_int_equal(guest.fake.now_ns - start, 10000);
}

static void
bus_time_beyond_the_budget_ends_the_activation(void **state)
{
    (void)state;
    guest.fake.i2c_takes_ns = 10001;
    guest.bind.budget_end_ns = guest.fake.now_ns + 10000;
    call(I2C, "read", handle("sensor"), 0, 0, 1);
    assert_int_equal(guest.raised, WIO_TRAP_HOST);
    assert_int_equal(guest.raised_code, WIO_ERR_OUT_OF_BUDGET);
}

static void
put_op(uint32_t at, uint8_t kind, uint32_t ptr, uint32_t len)
{
    uint8_t *op = guest.bytes + at;

    memset(op, 0, WIO_ABI_OP_SIZE);
    op[0] = kind;
    op[2] = 0xcc;
    for (uint32_t i = 0; i < 4; i++) {
        op[4 + i] = (uint8_t)(ptr >> (8 * i));
        op[8 + i] = (uint8_t)(len >> (8 * i));
    }
}

static void
transaction_joins_a_write_and_a_read(void **state)
{
    (void)state;
    guest.fake.i2c_answer = 9;
    put_op(0, WIO_ABI_OP_WRITE, 100, 1);
    put_op(16, WIO_ABI_OP_READ, 101, 2);
    put_op(32, WIO_ABI_OP_READ, 103, 1);
    assert_true(call(I2C, "transaction", handle("sensor"), 0, 0, 3) == 0);
    assert_int_equal(guest.fake.n_accesses, 2);
    assert_memory_equal(guest.bytes + 100, "\0\x9\x9\x9\0", 5);
    assert_int_equal(guest.bytes[2], 0);
    assert_int_equal(guest.bytes[18], 0);
    assert_int_equal(guest.bytes[34], 0);
}

static void
transaction_checks_every_operation_first(void **state)
{
    static const struct {
        uint8_t kind, flags;
        uint32_t ptr, len;
        int32_t err;
    } cases[] = {
        { 2, 0, 0, 1, WIO_ERR_INVALID_ARGUMENT },
        { 0, 1, 0, 1, WIO_ERR_INVALID_ARGUMENT },
        { 0, 0, GUEST_MEMORY, 1, WIO_ERR_FAULT },
        { 1, 0, UINT32_MAX, 2, WIO_ERR_FAULT },
        { 1, 0, 0, 5, WIO_ERR_NOT_PERMITTED },
        { 0, 0, 0, 5, WIO_ERR_NOT_PERMITTED },
        { 0, 0, 0, 0, WIO_ERR_INVALID_ARGUMENT },
    };
    uint32_t h = handle("sensor");

    (void)state;
    for (uint32_t i = 0; i < N_OF(cases); i++) {
        put_op(0, WIO_ABI_OP_WRITE, 100, 1);
        put_op(16, cases[i].kind, cases[i].ptr, cases[i].len);
        guest.bytes[17] = cases[i].flags;
        assert_true(call(I2C, "transaction", h, 0, 0, 2) == cases[i].err);
        assert_int_equal(guest.fake.n_accesses, 0);
        assert_int_equal(guest.bytes[18], WIO_ERR_CAUSE(cases[i].err));
    }
    put_op(0, WIO_ABI_OP_WRITE, 100, 1);
    assert_true(call(I2C, "transaction", h, 0x47, 0, 1) ==
                WIO_ERR_NOT_PERMITTED);
    assert_true(call(I2C, "transaction", h, 0, 0, 0) ==
                WIO_ERR_INVALID_ARGUMENT);
    assert_true(call(I2C, "transaction", h, 0, 0, 9) ==
                WIO_ERR_INVALID_ARGUMENT);
    assert_true(call(I2C, "transaction", h, 0, 0, 0x10000001) ==
                WIO_ERR_INVALID_ARGUMENT);
    assert_true(call(I2C, "transaction", h, 0, GUEST_MEMORY - 15, 1) ==
                WIO_ERR_FAULT);
    assert_int_equal(guest.fake.n_accesses, 0);
}

static void
transaction_reads_over_its_own_operations_harmlessly(void **state)
{
    /* The first read overwrites the second operation's pointer. */
    (void)state;
    guest.fake.i2c_answer = 0xff;
    put_op(0, WIO_ABI_OP_READ, 16 + 4, 4);
    put_op(16, WIO_ABI_OP_READ, 100, 1);
    assert_true(call(I2C, "transaction", handle("sensor"), 0, 0, 2) == 0);
    assert_int_equal(guest.bytes[100], 0xff);
    assert_int_equal(guest.fake.n_accesses, 2);
}

static void
transaction_names_the_operation_that_failed(void **state)
{
    (void)state;
    guest.fake.i2c_result = WIO_ERR_I2C_NACK_DATA;
    put_op(0, WIO_ABI_OP_WRITE, 100, 1);
    put_op(16, WIO_ABI_OP_WRITE, 100, 1);
    assert_true(call(I2C, "transaction", handle("sensor"), 0, 0, 2) ==
                WIO_ERR_I2C_NACK_DATA);
    assert_int_equal(guest.fake.n_accesses, 1);
    assert_int_equal(guest.bytes[2], 3);
    assert_int_equal(guest.bytes[18], 0xcc);
}

/* -- SPI ------------------------------------------------------------------- */

static void
put_spi_op(uint32_t at, uint8_t kind, uint32_t ptr, uint32_t len, uint32_t arg)
{
    put_op(at, kind, ptr, len);
    for (uint32_t i = 0; i < 4; i++) {
        guest.bytes[at + 12 + i] = (uint8_t)(arg >> (8 * i));
    }
}

static void
spi_moves_the_guest_s_bytes(void **state)
{
    uint32_t h = handle("card");

    (void)state;
    guest.fake.spi_answer = 7;
    put(100, "abcd");
    assert_true(call(SPI, "write", h, 100, 4) == 0);
    assert_memory_equal(guest.fake.spi_written, "abcd", 4);
    assert_null(guest.fake.spi_segments[0].r);
    assert_true(call(SPI, "read", h, 200, 2) == 0);
    assert_null(guest.fake.spi_segments[0].w);
    assert_memory_equal(guest.bytes + 200, "\7\7\0", 3);
    assert_true(call(SPI, "transfer", h, 100, 210, 3) == 0);
    assert_memory_equal(guest.bytes + 210, "\7\7\7\0", 4);
    assert_memory_equal(guest.bytes + 100, "abcd", 4);
    assert_true(call(SPI, "transfer-in-place", h, 100, 3) == 0);
    assert_memory_equal(guest.fake.spi_written, "abc", 3);
    assert_memory_equal(guest.bytes + 100, "\7\7\7d", 4);
    assert_int_equal(guest.fake.n_accesses, 4);
    assert_int_equal(guest.fake.spi_chip.select, 1);
}

static void
spi_keeps_to_the_grant(void **state)
{
    uint32_t h = handle("card");

    (void)state;
    assert_true(call(SPI, "read", h, 0, 5) == WIO_ERR_NOT_PERMITTED);
    assert_true(call(SPI, "write", h, 0, 0) == WIO_ERR_INVALID_ARGUMENT);
    assert_true(call(SPI, "read", h, GUEST_MEMORY - 1, 2) == WIO_ERR_FAULT);
    assert_true(call(SPI, "write", h, UINT32_MAX, 2) == WIO_ERR_FAULT);
    assert_true(call(SPI, "transfer", h, 0, GUEST_MEMORY, 1) ==
                WIO_ERR_FAULT);
    assert_true(call(SPI, "transfer", h, GUEST_MEMORY, 0, 1) ==
                WIO_ERR_FAULT);
    assert_true(call(SPI, "transfer", h, 100, 102, 4) ==
                WIO_ERR_INVALID_ARGUMENT);
    assert_int_equal(guest.fake.n_accesses, 0);
    guest.fake.spi_takes_ns = 10001;
    guest.bind.budget_end_ns = guest.fake.now_ns + 10000;
    assert_true(call(SPI, "read", h, 0, 1) == 0);
    assert_int_equal(guest.fake.spi_deadline_ns, guest.bind.budget_end_ns);
    assert_int_equal(guest.raised_code, WIO_ERR_OUT_OF_BUDGET);
}

static void
spi_transaction_is_one_on_the_bus(void **state)
{
    const struct wio_spi_segment *s = guest.fake.spi_segments;

    (void)state;
    guest.fake.spi_answer = 0xfe;
    put(200, "wxyz");
    put_spi_op(0, WIO_ABI_OP_WRITE, 200, 2, 0);
    put_spi_op(16, WIO_ABI_OP_POLL, 210, 1000,
               WIO_ABI_POLL(0xff, 0xfe, 0x01, 0x80));
    put_spi_op(32, WIO_ABI_OP_DELAY, 0, 5000, 0);
    put_spi_op(48, WIO_ABI_OP_TRANSFER, 200, 4, 212);
    put_spi_op(64, WIO_ABI_OP_TRANSFER_IN_PLACE, 202, 1, 0);
    put_spi_op(80, WIO_ABI_OP_READ, 220, 1, 0);
    guest.bytes[81] = WIO_ABI_OP_UNSELECTED;
    assert_true(call(SPI, "transaction", handle("card"), 0, 6) == 0);
    assert_int_equal(guest.fake.n_accesses, 1);
    assert_int_equal(guest.fake.spi_n, 6);
    assert_true(s[1].polls && s[1].len == 1000);
    assert_int_equal(s[1].poll.skip, 0xff);
    assert_int_equal(s[1].poll.skip_mask, 0xfe);
    assert_int_equal(s[1].poll.want, 0x01);
    assert_int_equal(s[1].poll.want_mask, 0x80);
    assert_int_equal(s[2].delay_ns, 5000);
    assert_int_equal(s[2].len, 0);
    assert_true(s[5].unselected && !s[4].unselected);
    assert_memory_equal(guest.fake.spi_written, "wxwxyzy", 7);
    assert_memory_equal(guest.bytes + 202, "\xfez", 2);
    assert_memory_equal(guest.bytes + 210, "\xfe\0\xfe\xfe\xfe\xfe\0", 7);
    for (uint32_t i = 0; i < 6; i++) {
        assert_int_equal(guest.bytes[16 * i + 2], 0);
    }
}

static void
spi_transaction_checks_every_operation_first(void **state)
{
    static const struct {
        uint8_t kind, flags;
        uint32_t ptr, len, arg;
        int32_t err;
    } cases[] = {
        { 6, 0, 0, 1, 0, WIO_ERR_INVALID_ARGUMENT },
        { WIO_ABI_OP_READ, 2, 0, 1, 0, WIO_ERR_INVALID_ARGUMENT },
        { WIO_ABI_OP_READ, 0, 0, 1, 1, WIO_ERR_INVALID_ARGUMENT },
        { WIO_ABI_OP_READ, 0, 0, 0, 0, WIO_ERR_INVALID_ARGUMENT },
        { WIO_ABI_OP_READ, 0, 0, 5, 0, WIO_ERR_NOT_PERMITTED },
        { WIO_ABI_OP_READ, 0, GUEST_MEMORY, 1, 0, WIO_ERR_FAULT },
        { WIO_ABI_OP_WRITE, 0, UINT32_MAX, 2, 0, WIO_ERR_FAULT },
        { WIO_ABI_OP_TRANSFER, 0, 0, 1, GUEST_MEMORY, WIO_ERR_FAULT },
        { WIO_ABI_OP_TRANSFER, 0, GUEST_MEMORY, 1, 0, WIO_ERR_FAULT },
        { WIO_ABI_OP_TRANSFER, 0, 100, 4, 103, WIO_ERR_INVALID_ARGUMENT },
        { WIO_ABI_OP_TRANSFER_IN_PLACE, 0, GUEST_MEMORY - 1, 2, 0,
          WIO_ERR_FAULT },
        { WIO_ABI_OP_TRANSFER_IN_PLACE, 0, 0, 1, 4,
          WIO_ERR_INVALID_ARGUMENT },
        { WIO_ABI_OP_DELAY, 0, 0, 50001, 0, WIO_ERR_NOT_PERMITTED },
        { WIO_ABI_OP_DELAY, 0, 4, 1, 0, WIO_ERR_INVALID_ARGUMENT },
        { WIO_ABI_OP_DELAY, 0, 0, 0, 0, WIO_ERR_INVALID_ARGUMENT },
        { WIO_ABI_OP_POLL, 0, GUEST_MEMORY, 1, 0, WIO_ERR_FAULT },
        { WIO_ABI_OP_POLL, 0, 0, 0, 0, WIO_ERR_INVALID_ARGUMENT },
    };
    uint32_t h = handle("card");

    (void)state;
    for (uint32_t i = 0; i < N_OF(cases); i++) {
        put_spi_op(0, WIO_ABI_OP_WRITE, 100, 1, 0);
        put_spi_op(16, cases[i].kind, cases[i].ptr, cases[i].len,
                   cases[i].arg);
        guest.bytes[17] = cases[i].flags;
        assert_true(call(SPI, "transaction", h, 0, 2) == cases[i].err);
        assert_int_equal(guest.fake.n_accesses, 0);
        assert_int_equal(guest.bytes[2], 0xcc);
        assert_int_equal(guest.bytes[18], WIO_ERR_CAUSE(cases[i].err));
    }
    put_spi_op(0, WIO_ABI_OP_WRITE, 100, 1, 0);
    assert_true(call(SPI, "transaction", h, 0, 0) == WIO_ERR_INVALID_ARGUMENT);
    assert_true(call(SPI, "transaction", h, 0, 9) == WIO_ERR_INVALID_ARGUMENT);
    assert_true(call(SPI, "transaction", h, 0, 0x10000001) ==
                WIO_ERR_INVALID_ARGUMENT);
    assert_true(call(SPI, "transaction", h, GUEST_MEMORY - 15, 1) ==
                WIO_ERR_FAULT);
    assert_int_equal(guest.fake.n_accesses, 0);
}

static void
spi_transaction_tells_what_the_bus_said(void **state)
{
    (void)state;
    guest.fake.spi_result = WIO_ERR_SPI_OVERRUN;
    put_spi_op(0, WIO_ABI_OP_WRITE, 100, 1, 0);
    put_spi_op(16, WIO_ABI_OP_WRITE, 100, 1, 0);
    assert_true(call(SPI, "transaction", handle("card"), 0, 2) ==
                WIO_ERR_SPI_OVERRUN);
    assert_int_equal(guest.bytes[2], 1);
    assert_int_equal(guest.bytes[18], 1);
}

static void
spi_does_not_wait_in_a_handler(void **state)
{
    static const char *const names[] = { "read", "write", "transfer",
                                         "transfer-in-place", "transaction" };
    struct wio_entity handler = { .kind = WIO_ENTITY_HANDLER };
    struct wio_sched sched = { .current = &handler };

    (void)state;
    guest.bind.sched = &sched;
    put_spi_op(0, WIO_ABI_OP_WRITE, 100, 1, 0);
    for (uint32_t i = 0; i < N_OF(names); i++) {
        assert_true(call(SPI, names[i], handle("card"), 0, 1, 1) ==
                    WIO_ERR_WOULD_BLOCK);
    }
    assert_int_equal(guest.fake.n_accesses, 0);
    handler.kind = WIO_ENTITY_MAIN;
    assert_true(call(SPI, "write", handle("card"), 0, 1) == 0);
}

/* -- Pins, ports, registers ------------------------------------------------ */

static void
gpio_speaks_in_logical_states(void **state)
{
    uint32_t led = handle("led"), button = handle("button");

    (void)state;
    assert_true(call(GPIO, "set-active", led) == 0);
    assert_int_equal(guest.fake.gpio_level[1], 0);
    assert_true(call(GPIO, "set-state", led, 0) == 0);
    assert_int_equal(guest.fake.gpio_level[1], 1);
    assert_true(call(GPIO, "toggle", led) == 0);
    assert_int_equal(guest.fake.gpio_level[1], 0);
    assert_true(call(GPIO, "set-inactive", led) == 0);
    assert_int_equal(guest.fake.gpio_level[1], 1);
    guest.fake.gpio_level[2] = 1;
    assert_true(call(GPIO, "read", button) == 1);
    assert_true(call(GPIO, "is-active", button) == 1);
    assert_true(call(GPIO, "is-inactive", button) == 0);
    guest.fake.gpio_level[2] = 0;
    assert_true(call(GPIO, "is-inactive", button) == 1);
    assert_true(call(GPIO, "is-inactive", led) ==
                WIO_ERR_GPIO_MODE_NOT_ALLOWED);
    assert_true(call(GPIO, "set-active", button) ==
                WIO_ERR_GPIO_MODE_NOT_ALLOWED);
    assert_true(call(GPIO, "set-state", led, 2) == WIO_ERR_INVALID_ARGUMENT);
}

static void
uart_reads_what_is_there(void **state)
{
    uint32_t h = handle("port");

    (void)state;
    put(0, "hello");
    assert_true(call(UART, "write", h, 0, 5) == 5);
    assert_memory_equal(guest.fake.uart_out, "hello", 5);
    assert_true(call(UART, "read", h, 0, 4) == WIO_ERR_WOULD_BLOCK);
    guest.fake.uart_n_in = 2;
    assert_true(call(UART, "read", h, 0, 4) == 2);
    assert_memory_equal(guest.bytes, "uullo", 5);
    assert_true(call(UART, "write", h, 0, 9) == WIO_ERR_NOT_PERMITTED);
}

static void
registers_are_reached_by_right(void **state)
{
    uint32_t h = handle("regs");

    (void)state;
    assert_true(call(MMIO, "write32", h, 0, 0x80000001) == 0);
    assert_true(call(MMIO, "read32", h, 0) == 0x80000001);
    guest.registers[1] = 0xabcdef12;
    assert_true(call(MMIO, "read32", h, 4) == 0x12);
    assert_true(call(MMIO, "write32", h, 4, 0x05) == 0);
    assert_int_equal(guest.registers[1], 0xabcdef15);
    assert_true(call(MMIO, "modify32", h, 4, 0x03, 0x02) == 0);
    assert_int_equal(guest.registers[1], 0xabcdef16);
    guest.registers[2] = 0x44;
    assert_true(call(MMIO, "read8", h, 8) == 0x44);
    assert_true(call(MMIO, "poll32", h, 0, 1, 1, 5) == 0);
}

/* -- Registers that compiled code reaches in line ---------------------------- */

static volatile uint32_t present[1];

/* An image that was made for what the guest has as "regs". */
static struct wio_aot_image
image_of_regs(struct wio_aot_window *window)
{
    const struct wio_mmio_window *regs = wio_caps_mmio(&guest.bind.caps,
                                                       handle("regs"));
    uint32_t need = 0;

    while (!wio_span_is(guest.bind.config->needs[need].label, "regs")) {
        need++;
    }
    *window = (struct wio_aot_window){
        .need = need,
        .base = regs->base,
        .n_bytes = regs->grant->size,
        .rules_crc = wio_rights_crc(regs->grant->rules, regs->grant->n_rules),
    };
    present[0] = 0;
    return (struct wio_aot_image){
        .n_windows = 1, .windows = window, .present = present
    };
}

static void
compiled_code_has_the_present_handle(void **state)
{
    struct wio_aot_window window;
    struct wio_aot_image image = image_of_regs(&window);
    struct wio_report report;
    uint32_t before = handle("regs");

    (void)state;
    wio_report_clear(&report);
    assert_int_equal(wio_bind_open_registers(&guest.bind, &image, &report), 0);
    assert_int_equal(present[0], before);
    assert_true(call(CORE, "close", before) == 0);
    assert_int_not_equal(present[0], before);
    assert_int_equal(present[0], handle("regs"));
    wio_bind_close_registers(&guest.bind);
    assert_int_equal(present[0], 0);
    assert_true(call(CORE, "close", handle("regs")) == 0);
    assert_int_equal(present[0], 0);
}

static void
compiled_code_for_other_registers_is_refused(void **state)
{
    struct wio_aot_window right, wrong[5];
    struct wio_aot_image image = image_of_regs(&right);
    struct wio_mmio_window *regs = wio_caps_mmio(&guest.bind.caps,
                                                 handle("regs"));
    const struct wio_mmio_ops ops = { .read = NULL };
    struct wio_mmio_grant by_functions = *regs->grant;

    (void)state;
    for (uint32_t i = 0; i < 5; i++) {
        wrong[i] = right;
    }
    wrong[0].base += 4;
    wrong[1].n_bytes += 4;
    wrong[2].rules_crc ^= 1;
    wrong[3].need = guest.bind.config->n_needs;
    by_functions.ops = &ops;
    for (uint32_t i = 0; i < 5; i++) {
        struct wio_report report;

        if (i == 4) {
            regs->grant = &by_functions;
        }
        image.windows = &wrong[i];
        wio_report_clear(&report);
        assert_int_equal(wio_bind_open_registers(&guest.bind, &image,
                                                 &report),
                         WIO_ERR_NO_MATCH);
        assert_non_null(strstr(report.text, "compile it for this board"));
        assert_int_equal(present[0], 0);
    }
}

static void
refused_register_accesses_change_nothing(void **state)
{
    uint32_t h = handle("regs");
    uint32_t n_irq_saves = guest.fake.n_irq_saves;

    (void)state;
    memset(guest.registers, 0x11, sizeof(guest.registers));
    assert_true(call(MMIO, "write32", h, 4, 0x10) == WIO_ERR_MMIO_BITS);
    assert_true(call(MMIO, "write8", h, 8, 0) == WIO_ERR_MMIO_READ_ONLY);
    assert_true(call(MMIO, "write32", h, 16, 0) == WIO_ERR_MMIO_OUTSIDE);
    assert_true(call(MMIO, "write32", h, 1, 0) == WIO_ERR_MMIO_ALIGNMENT);
    assert_true(call(MMIO, "write16", h, 0, 0) == WIO_ERR_MMIO_WIDTH);
    assert_true(call(MMIO, "write32", h, 8, 0) == WIO_ERR_MMIO_WIDTH);
    assert_true(call(MMIO, "read32", h, 12) == WIO_ERR_MMIO_WRITE_ONLY);
    assert_true(call(MMIO, "read16", h, 10) == WIO_ERR_MMIO_NO_REGISTER);
    assert_true(call(MMIO, "modify32", h, 4, 0x30, 0) == WIO_ERR_MMIO_BITS);
    assert_true(call(MMIO, "poll32", h, 0, 1, 0, 5) == WIO_ERR_TIMEOUT);
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(guest.registers[i], 0x11111111);
    }
    assert_int_equal(guest.n_raises, 0);
    /* Nor are interrupts off while a register is looked for. */
    assert_int_equal(guest.fake.n_irq_saves, n_irq_saves);
}

static void
strict_mode_traps_on_a_refused_access(void **state)
{
    (void)state;
    guest.bind.strict = true;
    assert_true(call(MMIO, "poll32", handle("regs"), 0, 1, 1, 5) ==
                WIO_ERR_TIMEOUT);
    assert_int_equal(guest.n_raises, 0);
    call(MMIO, "read32", handle("regs"), 12);
    assert_int_equal(guest.raised, WIO_TRAP_DENIED);
    assert_int_equal(guest.raised_code, WIO_ERR_MMIO_WRITE_ONLY);
    guest.n_raises = 0;
    call(MMIO, "write32", handle("led"), 0, 0);
    assert_int_equal(guest.raised_code, WIO_ERR_BAD_HANDLE);
}

/* -- Many accesses ---------------------------------------------------------- */

static void
put_access(uint32_t i, uint32_t kind, uint32_t width, uint32_t off,
           uint32_t value, uint32_t mask)
{
    const struct wio_abi_mmio_op op = {
        .kind = (uint8_t)kind, .width = (uint8_t)width, .status = 0xffff,
        .off = off, .value = value, .mask = mask,
    };

    memcpy(guest.bytes + i * WIO_ABI_OP_SIZE, &op, sizeof op);
}

static struct wio_abi_mmio_op
access_at(uint32_t i)
{
    struct wio_abi_mmio_op op;

    memcpy(&op, guest.bytes + i * WIO_ABI_OP_SIZE, sizeof op);
    return op;
}

static void
a_batch_makes_its_accesses_in_order(void **state)
{
    uint32_t h = handle("regs");

    (void)state;
    guest.registers[1] = 0xabcdef12;
    put_access(0, WIO_ABI_OP_WRITE, 4, 0, 0x1234, 0);
    put_access(1, WIO_ABI_OP_READ, 4, 0, 0, 0);
    put_access(2, WIO_ABI_OP_MODIFY, 4, 4, 0x06, 0x03);
    put_access(3, WIO_ABI_OP_WRITE, 4, 0, 0x5678, 0);
    put_access(4, WIO_ABI_OP_READ, 1, 8, 0xffffffff, 0);
    guest.registers[2] = 0x11223344;
    assert_true(call(MMIO, "batch", h, 0, 5) == 0);
    assert_int_equal(guest.registers[0], 0x5678);
    assert_int_equal(guest.registers[1], 0xabcdef12);
    assert_int_equal(access_at(1).value, 0x1234);
    assert_int_equal(access_at(4).value, 0x44);
    for (uint32_t i = 0; i < 5; i++) {
        assert_int_equal(access_at(i).status, 0);
    }
}

/* The first could be made, the last may not: neither is. */
static void
assert_batch_refused(uint32_t kind, uint32_t width, uint32_t off,
                     uint32_t value, uint32_t mask, int err)
{
    memset(guest.registers, 0x11, sizeof(guest.registers));
    put_access(0, WIO_ABI_OP_WRITE, 4, 0, 0x77, 0);
    put_access(1, kind, width, off, value, mask);
    assert_true(call(MMIO, "batch", handle("regs"), 0, 2) == err);
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(guest.registers[i], 0x11111111);
    }
    assert_int_equal(access_at(0).status, 0xffff);
    assert_int_equal(access_at(1).status, WIO_ERR_CAUSE(err));
    assert_int_equal(guest.bind.refusal.detail, off);
}

static void
a_batch_is_made_whole_or_not_at_all(void **state)
{
    uint32_t h = handle("regs");

    (void)state;
    assert_batch_refused(WIO_ABI_OP_WRITE, 4, 4, 0x10, 0, WIO_ERR_MMIO_BITS);
    assert_batch_refused(WIO_ABI_OP_WRITE, 1, 8, 0, 0,
                         WIO_ERR_MMIO_READ_ONLY);
    assert_batch_refused(WIO_ABI_OP_READ, 4, 12, 0, 0,
                         WIO_ERR_MMIO_WRITE_ONLY);
    assert_batch_refused(WIO_ABI_OP_READ, 4, 16, 0, 0, WIO_ERR_MMIO_OUTSIDE);
    assert_batch_refused(WIO_ABI_OP_READ, 2, 0, 0, 0, WIO_ERR_MMIO_WIDTH);
    assert_batch_refused(WIO_ABI_OP_MODIFY, 4, 4, 0, 0x30,
                         WIO_ERR_MMIO_BITS);
    assert_batch_refused(WIO_ABI_OP_MODIFY, 4, 12, 0, 1,
                         WIO_ERR_MMIO_WRITE_ONLY);
    assert_batch_refused(WIO_ABI_OP_MODIFY, 1, 8, 0, 1,
                         WIO_ERR_INVALID_ARGUMENT);
    assert_batch_refused(WIO_ABI_OP_WRITE, 4, 0, 0, 1,
                         WIO_ERR_INVALID_ARGUMENT);
    assert_batch_refused(WIO_ABI_OP_READ, 3, 0, 0, 0,
                         WIO_ERR_INVALID_ARGUMENT);
    assert_batch_refused(2, 4, 0, 0, 0, WIO_ERR_INVALID_ARGUMENT);
    assert_true(call(MMIO, "batch", h, 0, 0) == WIO_ERR_INVALID_ARGUMENT);
    assert_true(call(MMIO, "batch", h, 0, 17) == WIO_ERR_INVALID_ARGUMENT);
    assert_true(call(MMIO, "batch", h, GUEST_MEMORY - 16, 2) ==
                WIO_ERR_FAULT);
    assert_true(call(MMIO, "batch", 0, 0, 1) == WIO_ERR_BAD_HANDLE);
}

static void
copies_go_through_a_block_of_registers(void **state)
{
    uint32_t h = handle("regs");
    uint32_t words[2];

    (void)state;
    guest.registers[0] = 0x11223344;
    guest.registers[1] = 0xffffff55;
    assert_true(call(MMIO, "copy-in", h, 0, 8, 8, 4) == 0);
    memcpy(words, guest.bytes + 8, 8);
    assert_int_equal(words[0], 0x11223344);
    assert_int_equal(words[1], 0x55);
    words[0] = 0xcafe;
    words[1] = 0x0a;
    memcpy(guest.bytes + 3, words, 8);
    assert_true(call(MMIO, "copy-out", h, 0, 3, 8, 4) == 0);
    assert_int_equal(guest.registers[0], 0xcafe);
    assert_int_equal(guest.registers[1], 0xffffff5a);
    /* All to one register, and its last value stays. */
    assert_true(call(MMIO, "copy-out", h, 0, 3, 8,
                     4 | WIO_ABI_MMIO_FIXED) == 0);
    assert_int_equal(guest.registers[0], 0x0a);
    assert_true(call(MMIO, "copy-in", h, 0, 0, 64,
                     4 | WIO_ABI_MMIO_FIXED) == 0);
    assert_int_equal(guest.bytes[60], 0x0a);
    assert_true(call(MMIO, "copy-in", h, 0, GUEST_MEMORY, 0, 4) == 0);
}

static void
a_copy_is_made_whole_or_not_at_all(void **state)
{
    uint32_t h = handle("regs");

    (void)state;
    memset(guest.registers, 0x11, sizeof(guest.registers));
    memset(guest.bytes, 0x22, GUEST_MEMORY);
    /* The second register takes other bits; the third is read by bytes. */
    assert_true(call(MMIO, "copy-out", h, 0, 0, 8, 4) == WIO_ERR_MMIO_BITS);
    assert_int_equal(guest.bind.refusal.detail, 4);
    assert_true(call(MMIO, "copy-in", h, 0, 0, 12, 4) == WIO_ERR_MMIO_WIDTH);
    assert_true(call(MMIO, "copy-in", h, 12, 0, 4, 4) ==
                WIO_ERR_MMIO_WRITE_ONLY);
    assert_true(call(MMIO, "copy-in", h, 12, 0, 8, 4) ==
                WIO_ERR_MMIO_WRITE_ONLY);
    assert_true(call(MMIO, "copy-in", h, 0xfffffffc, 0, 8, 4) ==
                WIO_ERR_MMIO_OUTSIDE);
    assert_true(call(MMIO, "copy-in", h, 0, 0, 7, 4) ==
                WIO_ERR_INVALID_ARGUMENT);
    assert_true(call(MMIO, "copy-in", h, 0, 0, 8, 0) ==
                WIO_ERR_INVALID_ARGUMENT);
    assert_true(call(MMIO, "copy-in", h, 8, 0, 65,
                     1 | WIO_ABI_MMIO_FIXED) == WIO_ERR_INVALID_ARGUMENT);
    assert_true(call(MMIO, "copy-in", h, 0, GUEST_MEMORY - 3, 4, 4) ==
                WIO_ERR_FAULT);
    assert_true(call(MMIO, "copy-out", handle("led"), 0, 0, 4, 4) ==
                WIO_ERR_BAD_HANDLE);
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(guest.registers[i], 0x11111111);
    }
    for (uint32_t i = 0; i < GUEST_MEMORY; i++) {
        assert_int_equal(guest.bytes[i], 0x22);
    }
}

/* -- Time, log, errors ----------------------------------------------------- */

static void
delays_end_within_the_budget(void **state)
{
    uint64_t start = guest.fake.now_ns;

    (void)state;
    guest.bind.budget_end_ns = start + 5000000;
    call(DELAY, "delay-ns", 500);
    call(DELAY, "delay-us", 999);
    call(DELAY, "delay-ms", 4);
    assert_int_equal(guest.fake.now_ns - start, 4999500);
    assert_int_equal(guest.n_raises, 0);
    call(DELAY, "delay-ns", 501);
    assert_int_equal(guest.fake.now_ns - start, 4999500);
    assert_int_equal(guest.raised_code, WIO_ERR_OUT_OF_BUDGET);
    guest.n_raises = 0;
    call(DELAY, "delay-ms", UINT32_MAX);
    assert_int_equal(guest.n_raises, 1);
    assert_int_equal(guest.fake.now_ns - start, 4999500);
}

static void
time_is_the_port_s(void **state)
{
    (void)state;
    guest.fake.now_ns = 0x123456789abcu;
    assert_true(call(WIO_MODULE_TIME, "now-ns", 0) == 0x123456789abc);
}

/* A container that can do without its line has the imports all the same; the
 * port here has no levels, so there is nothing to mask. */
static void
irq_without_levels_is_not_supported(void **state)
{
    (void)state;
    assert_int_equal(call(WIO_MODULE_IRQ, "mask", 0), WIO_ERR_NOT_SUPPORTED);
    assert_int_equal(call(WIO_MODULE_IRQ, "unmask", 0), WIO_ERR_NOT_SUPPORTED);
    assert_int_equal(call(WIO_MODULE_IRQ, "wait", 1, 100), WIO_ERR_BAD_HANDLE);
    assert_int_equal(call(WIO_MODULE_IRQ, "enable", 1), WIO_ERR_BAD_HANDLE);
}

static void
log_lines_are_named_cut_and_cleaned(void **state)
{
    (void)state;
    memset(guest.bytes, 'x', GUEST_MEMORY);
    put(0, "a\n\x1b[2Jb");
    assert_true(call(CORE, "log", WIO_ABI_LOG_INFO, 0, 7) == 0);
    assert_string_equal(guest.fake.log, "model: a??[2Jb");
    assert_true(call(CORE, "log", 0, 0, GUEST_MEMORY) == 0);
    assert_true(strlen(guest.fake.log) <= 7 + WIO_ABI_LOG_MAX);
    assert_true(call(CORE, "log", 4, 0, 1) == WIO_ERR_INVALID_ARGUMENT);
    assert_int_equal(guest.fake.n_logs, 2);
}

static void
last_error_text_tells_of_the_last_refusal(void **state)
{
    (void)state;
    assert_true(call(CORE, "last-error-text", 0, 100) > 0);
    assert_memory_equal(guest.bytes, "no call was refused", 19);
    call(MMIO, "write32", handle("regs"), 1, 0);
    call(GPIO, "set-active", handle("led"));
    memset(guest.bytes, 0, GUEST_MEMORY);
    assert_true(call(CORE, "last-error-text", 0, 100) > 0);
    assert_non_null(strstr((char *)guest.bytes, "write32"));
    assert_non_null(strstr((char *)guest.bytes, "alignment"));
    assert_true(call(CORE, "last-error-text", 0, 5) == 5);
}

/* -- Points ---------------------------------------------------------------- */

static struct wio_point_value
point(const char *label)
{
    struct wio_point_value value;

    wio_point_read(wio_caps_point(&guest.bind.caps, handle(label)), &value);
    return value;
}

static void
points_are_set_by_type_and_range(void **state)
{
    uint32_t t = handle("t"), big = handle("big");

    (void)state;
    assert_true(call(POINT, "quality", t) == WIO_ABI_QUALITY_NONE);
    assert_true(call(POINT, "set-i32", t, (uint32_t)-32768) == 0);
    assert_true((int64_t)point("t").bits == -32768);
    assert_true(call(POINT, "set-i32", t, 32768) == WIO_ERR_INVALID_ARGUMENT);
    assert_true(call(POINT, "set-i32", big, 1) == WIO_ERR_INVALID_ARGUMENT);
    assert_true(call(POINT, "set-i64", t, 1, 0) == WIO_ERR_INVALID_ARGUMENT);
    assert_true(call(POINT, "set-i64", big, 1, 0x80000000u) == 0);
    assert_true(point("big").bits == 0x8000000000000001u);
    assert_true(call(POINT, "set-f32", handle("f"), 0x3f800000) == 0);
    assert_true(point("f").bits == 0x3f800000);
    assert_true(call(POINT, "set-f64", handle("d"), 2, 3) == 0);
    assert_true(point("d").bits == 0x300000002u);
    assert_true(call(POINT, "quality", t) == WIO_ABI_QUALITY_GOOD);
    assert_int_equal(point("t").n_writes, 1);
    assert_true(point("t").written_ns == guest.fake.now_ns);
}

static void
bad_points_keep_their_value(void **state)
{
    uint32_t t = handle("t");

    (void)state;
    call(POINT, "set-i32", t, 21);
    assert_true(call(POINT, "set-bad", t, (uint32_t)WIO_ERR_TIMEOUT) == 0);
    assert_true(call(POINT, "quality", t) == WIO_ABI_QUALITY_BAD);
    assert_true(point("t").bits == 21);
    assert_int_equal(point("t").code, WIO_ERR_TIMEOUT);
    assert_true(call(POINT, "set-bad", t, 5) == WIO_ERR_INVALID_ARGUMENT);
    assert_true(call(POINT, "get-i32", t) == WIO_ERR_TIMEOUT);
}

static void
consumed_points_are_read_only(void **state)
{
    uint32_t in = handle("in"), din = handle("din");

    (void)state;
    assert_true(call(POINT, "set-i32", in, 1) == WIO_ERR_NOT_PERMITTED);
    assert_true(call(POINT, "set-bad", in, UINT32_MAX) ==
                WIO_ERR_NOT_PERMITTED);
    assert_true(call(POINT, "get-i32", in) == WIO_ERR_WOULD_BLOCK);
    wio_point_write(wio_caps_point(&guest.bind.caps, in), 200, 1);
    assert_true(call(POINT, "get-i32", in) == 200);
    assert_true(call(POINT, "get-i32", din) == WIO_ERR_INVALID_ARGUMENT);
    wio_point_write(wio_caps_point(&guest.bind.caps, din),
                    0x0807060504030201u, 1);
    assert_true(call(POINT, "get-f64", din, GUEST_MEMORY - 8) == 0);
    assert_memory_equal(guest.bytes + GUEST_MEMORY - 8,
                        "\1\2\3\4\5\6\7\10", 8);
    assert_true(call(POINT, "get-f64", din, GUEST_MEMORY - 7) ==
                WIO_ERR_FAULT);
    assert_true(call(POINT, "get-i64", din, 0) == WIO_ERR_INVALID_ARGUMENT);
}

/* -- Imports and exports --------------------------------------------------- */

static struct wio_report report;

static struct wio_span
span(const char *s)
{
    return (struct wio_span){ (const uint8_t *)s, (uint32_t)strlen(s) };
}

static int
check_import(const char *module, const char *name, const char *params,
             const char *results)
{
    guest_n_imports = 1;
    guest_imports[0] = (struct wio_import_info){
        .module = span(module),
        .name = span(name),
        .type = { .kind = WIO_EXTERN_FUNC,
                  .func = { span(params), span(results) } },
    };
    wio_report_clear(&report);
    return wio_bind_check_imports(NULL, &guest.config, &report);
}

static void
declared_imports_are_accepted(void **state)
{
    struct wio_extern found;

    (void)state;
    assert_int_equal(check_import(I2C, "write-read",
                                  "\x7f\x7f\x7f\x7f\x7f\x7f", "\x7f"), 0);
    assert_int_equal(wio_bind_resolve(NULL, &guest_imports[0], &found,
                                      &report), 0);
    assert_ptr_equal(found.of.host_func, guest_function(I2C, "write-read"));
    assert_int_equal(check_import(MMIO, "read32", "\x7f\x7f", "\x7e"), 0);
    assert_int_equal(check_import(POINT, "set-f64", "\x7f\x7c", "\x7f"), 0);
    assert_int_equal(check_import(DELAY, "delay-ns", "\x7f", ""), 0);
    guest_n_imports = 0;
    assert_int_equal(wio_bind_check_imports(NULL, &guest.config, &report), 0);
}

static void
unknown_imports_are_refused_with_the_nearest_name(void **state)
{
    (void)state;
    assert_int_equal(check_import("wasmio:i2c@0.2", "read", "", ""),
                     WIO_ERR_UNLINKABLE);
    assert_non_null(strstr(report.text, "wasmio:i2c@0.1"));
    assert_int_equal(check_import(I2C, "write_read", "", ""),
                     WIO_ERR_UNLINKABLE);
    assert_non_null(strstr(report.text, "nearest is write-read"));
    assert_int_equal(check_import(GPIO, "set-activ", "", ""),
                     WIO_ERR_UNLINKABLE);
    assert_non_null(strstr(report.text, "set-active"));
    assert_int_equal(check_import("wasi_snapshot_preview1_of_great_length",
                                  "fd_write", "", ""), WIO_ERR_UNLINKABLE);
    assert_int_equal(check_import("", "", "", ""), WIO_ERR_UNLINKABLE);
}

static void
imports_of_another_type_are_refused(void **state)
{
    (void)state;
    assert_int_equal(check_import(GPIO, "toggle", "\x7f\x7f", "\x7f"),
                     WIO_ERR_UNLINKABLE);
    assert_int_equal(check_import(GPIO, "toggle", "\x7f", ""),
                     WIO_ERR_UNLINKABLE);
    assert_int_equal(check_import(GPIO, "toggle", "\x7e", "\x7f"),
                     WIO_ERR_UNLINKABLE);
    assert_int_equal(check_import(GPIO, "toggle", "", "\x7f"),
                     WIO_ERR_UNLINKABLE);
    assert_int_equal(check_import(GPIO, "toggle", "\x7f", "\x7f\x7f"),
                     WIO_ERR_UNLINKABLE);
    assert_int_equal(check_import(GPIO, "toggle", "\x7f", "\x7f"), 0);
    guest_imports[0].type.kind = WIO_EXTERN_MEMORY;
    assert_int_equal(wio_bind_check_imports(NULL, &guest.config, &report),
                     WIO_ERR_UNLINKABLE);
}

static int
check_window(const char *name, uint32_t min, uint32_t max, uint8_t page_shift,
             enum wio_memory_use_kind use)
{
    guest_n_imports = 1;
    guest_imports[0] = (struct wio_import_info){
        .module = span(MMIO),
        .name = span(name),
        .type = { .kind = WIO_EXTERN_MEMORY,
                  .limits = { min, max, page_shift } },
    };
    guest_memory_use = (struct wio_memory_use){ 77, (uint8_t)use };
    guest.needs[5].size = 16;
    wio_report_clear(&report);
    return wio_bind_check_imports(NULL, &guest.config, &report);
}

static void
a_window_has_the_size_of_its_need(void **state)
{
    (void)state;
    assert_int_equal(check_window("regs", 16, 16, 0, WIO_USE_PLAIN), 0);
    assert_int_equal(check_window("regs", 15, 16, 0, WIO_USE_PLAIN),
                     WIO_ERR_UNLINKABLE);
    assert_non_null(strstr(report.text, "(memory 16 16 (pagesize 1))"));
    assert_int_equal(check_window("regs", 16, 20, 0, WIO_USE_PLAIN),
                     WIO_ERR_UNLINKABLE);
    assert_int_equal(check_window("regs", 16, UINT32_MAX, 0, WIO_USE_PLAIN),
                     WIO_ERR_UNLINKABLE);
    assert_int_equal(check_window("regs", 16, 16, 16, WIO_USE_PLAIN),
                     WIO_ERR_UNLINKABLE);
    assert_int_equal(check_window("sensor", 16, 16, 0, WIO_USE_PLAIN),
                     WIO_ERR_UNDECLARED);
    assert_int_equal(check_window("reg", 16, 16, 0, WIO_USE_PLAIN),
                     WIO_ERR_UNDECLARED);
    assert_non_null(strstr(report.text, "no need reg of class mmio"));
}

static void
what_a_window_cannot_do_is_refused(void **state)
{
    static const char *const texts[] = {
        [WIO_USE_WIDE] = "64 bits", [WIO_USE_ATOMIC] = "atomically",
        [WIO_USE_BULK] = "copies or fills", [WIO_USE_GROW] = "grows",
        [WIO_USE_SEGMENT] = "data segment",
    };

    (void)state;
    for (uint32_t use = WIO_USE_WIDE; use <= WIO_USE_SEGMENT; use++) {
        assert_int_equal(check_window("regs", 16, 16, 0,
                                      (enum wio_memory_use_kind)use),
                         WIO_ERR_UNLINKABLE);
        assert_non_null(strstr(report.text, "byte 77"));
        assert_non_null(strstr(report.text, texts[use]));
    }
}

/* What an import of the window is linked to. */
static const struct wio_memory *
link_window(const char *name)
{
    struct wio_extern found;

    assert_int_equal(check_window(name, 16, 16, 0, WIO_USE_PLAIN), 0);
    assert_int_equal(wio_bind_open_windows(&guest.bind, NULL, &guest.arena),
                     0);
    assert_int_equal(wio_bind_resolve(&guest.bind, &guest_imports[0], &found,
                                      &report), 0);
    assert_int_equal(found.kind, WIO_EXTERN_MEMORY);
    assert_int_equal(found.of.memory->n_bytes, 16);
    assert_null(found.of.memory->data);
    return found.of.memory;
}

static void
a_window_makes_accesses_by_the_rights_of_its_registers(void **state)
{
    const struct wio_memory *w = link_window("regs");

    (void)state;
    memset(guest.registers, 0x11, sizeof(guest.registers));
    assert_int_equal(w->host->store32(w, 0, 0x80000001), 0);
    assert_int_equal(guest.registers[0], 0x80000001);
    assert_true(w->host->load32(w, 0) == 0x80000001);
    assert_true(w->host->load(w, 8, 1) == 0x11);
    assert_int_equal(w->host->store32(w, 4, 0x05), 0);
    assert_int_equal(guest.registers[1], 0x11111115);
    guest.registers[1] = 0x11111111;
    assert_int_equal(w->host->store32(w, 4, 0x10), WIO_ERR_MMIO_BITS);
    assert_int_equal(w->host->store(w, 8, 1, 0), WIO_ERR_MMIO_READ_ONLY);
    assert_int_equal(w->host->store32(w, 16, 0), WIO_ERR_MMIO_OUTSIDE);
    assert_int_equal(w->host->store32(w, 2, 0), WIO_ERR_MMIO_ALIGNMENT);
    assert_true(w->host->load32(w, 12) == WIO_ERR_MMIO_WRITE_ONLY);
    assert_true(w->host->load(w, 10, 2) == WIO_ERR_MMIO_NO_REGISTER);
    assert_int_equal(guest.registers[1], 0x11111111);
    assert_int_equal(guest.bind.refusal.code, WIO_ERR_MMIO_NO_REGISTER);
    assert_int_equal(guest.bind.refusal.detail, 10);
    assert_string_equal(guest.bind.refusal.what, "load16");
}

/* It has no handle that could become stale: the grant is what counts. */
static void
a_window_takes_no_access_when_its_grant_is_gone(void **state)
{
    const struct wio_memory *w = link_window("regs");

    (void)state;
    assert_true(call(CORE, "close", handle("regs")) == 0);
    assert_int_equal(w->host->store32(w, 0, 1), 0);
    wio_caps_revoke_all(&guest.bind.caps);
    memset(guest.registers, 0x11, sizeof(guest.registers));
    assert_int_equal(w->host->store32(w, 0, 2), WIO_ERR_REVOKED);
    assert_int_equal(w->host->store(w, 0, 4, 2), WIO_ERR_REVOKED);
    assert_true(w->host->load32(w, 0) == WIO_ERR_REVOKED);
    assert_true(w->host->load(w, 8, 1) == WIO_ERR_REVOKED);
    assert_int_equal(guest.registers[0], 0x11111111);
}

static void
markers_have_a_need_and_a_type(void **state)
{
    (void)state;
    guest.needs[5].size = 16;
    assert_int_equal(check_import(MMIO, "regs.read32", "\x7f", "\x7f"), 0);
    assert_int_equal(check_import(MMIO, "regs.write8", "\x7f\x7f", ""), 0);
    assert_int_equal(check_import(MMIO, "regs.write8", "\x7f\x7f", "\x7f"),
                     WIO_ERR_UNLINKABLE);
    assert_int_equal(check_import(MMIO, "regs.read32", "\x7f", "\x7e"),
                     WIO_ERR_UNLINKABLE);
    assert_int_equal(check_import(MMIO, "regs.read64", "\x7f", "\x7e"),
                     WIO_ERR_UNLINKABLE);
    assert_int_equal(check_import(MMIO, "led.read32", "\x7f", "\x7f"),
                     WIO_ERR_UNDECLARED);
    assert_int_equal(check_import(MMIO, ".read32", "\x7f", "\x7f"),
                     WIO_ERR_UNDECLARED);
    assert_int_equal(check_import(GPIO, "led.read32", "\x7f", "\x7f"),
                     WIO_ERR_UNLINKABLE);
}

static void
undeclared_classes_are_refused(void **state)
{
    (void)state;
    guest.config.n_needs = 1;      /* the sensor */
    guest.config.n_points = 0;
    assert_int_equal(check_import(GPIO, "toggle", "\x7f", "\x7f"),
                     WIO_ERR_UNDECLARED);
    assert_non_null(strstr(report.text, "gpio"));
    assert_int_equal(check_import(UART, "read", "\x7f\x7f\x7f", "\x7f"),
                     WIO_ERR_UNDECLARED);
    assert_int_equal(check_import(MMIO, "read32", "\x7f\x7f", "\x7e"),
                     WIO_ERR_UNDECLARED);
    assert_int_equal(check_import(POINT, "quality", "\x7f", "\x7f"),
                     WIO_ERR_UNDECLARED);
    assert_int_equal(check_import(I2C, "read", "\x7f\x7f\x7f\x7f", "\x7f"),
                     0);
    guest.config.n_needs = 0;
    assert_int_equal(check_import(I2C, "read", "\x7f\x7f\x7f\x7f", "\x7f"),
                     WIO_ERR_UNDECLARED);
    assert_int_equal(check_import(CORE, "close", "\x7f", "\x7f"), 0);
}

static int
check_export(const char *name, const char *params, const char *results)
{
    guest_n_exports = 1;
    guest_exports[0] = (struct wio_export_info){
        .name = span(name),
        .type = { .kind = WIO_EXTERN_FUNC,
                  .func = { span(params), span(results) } },
    };
    wio_report_clear(&report);
    return wio_bind_check_exports(NULL, &guest.config, &report);
}

static void
named_exports_must_exist_with_their_type(void **state)
{
    (void)state;
    assert_int_equal(check_export("other", "\x7f", ""), 0);
    guest.config.main.entry = span("poll");
    assert_int_equal(check_export("other", "", ""), WIO_ERR_NO_EXPORT);
    assert_non_null(strstr(report.text, "poll"));
    assert_int_equal(check_export("poll", "\x7f", ""), WIO_ERR_NO_EXPORT);
    assert_int_equal(check_export("poll", "", "\x7f"), WIO_ERR_NO_EXPORT);
    assert_int_equal(check_export("poll", "", ""), 0);
    guest_exports[0].type.kind = WIO_EXTERN_GLOBAL;
    assert_int_equal(wio_bind_check_exports(NULL, &guest.config, &report),
                     WIO_ERR_NO_EXPORT);
    guest.config.main.entry = span("");
    assert_int_equal(check_export(WIO_EXPORT_INIT, "", ""),
                     WIO_ERR_NO_EXPORT);
    assert_int_equal(check_export(WIO_EXPORT_INIT, "", "\x7f"), 0);
    guest.needs[5].class = WIO_NEED_IRQ;
    guest.needs[5].irq.handler = span("on-alert");
    assert_int_equal(check_export("on-alert", "", ""), WIO_ERR_NO_EXPORT);
    assert_int_equal(check_export("on-alert", "\x7f\x7f\x7f", ""),
                     WIO_ERR_NO_EXPORT);         /* no stack for it */
    assert_non_null(strstr(report.text, "__stack_pointer"));
    guest.config.no_shadow_stack = true;
    assert_int_equal(check_export("on-alert", "\x7f\x7f\x7f", ""), 0);
    guest.config.no_shadow_stack = false;
    guest_n_exports = 0;
}

static void
export_global(const char *name, bool is_mutable, uint8_t type)
{
    guest_exports[guest_n_exports++] = (struct wio_export_info){
        .name = span(name),
        .type = { .kind = WIO_EXTERN_GLOBAL, .value_type = type,
                  .is_mutable = is_mutable },
    };
}

static void
assert_lacks(const char *what)
{
    wio_report_clear(&report);
    assert_int_equal(wio_bind_check_exports(NULL, &guest.config, &report),
                     WIO_ERR_NO_EXPORT);
    assert_non_null(strstr(report.text, what));
    assert_null(strstr(report.text, "..."));       /* nothing is cut off */
}

static void
handlers_need_a_stack_pointer_and_a_stack(void **state)
{
    static const char pointer[] = "must export its stack pointer";
    static const char stack[] = "must export a stack for them";

    (void)state;
    guest.needs[5].class = WIO_NEED_IRQ;
    guest.needs[5].irq.handler = span("on-alert");
    (void)check_export("on-alert", "\x7f\x7f\x7f", "");
    export_global(WIO_EXPORT_HANDLER_STACK, false, WIO_TYPE_I32);
    export_global(WIO_EXPORT_HANDLER_STACK_END, false, WIO_TYPE_I32);
    assert_lacks(pointer);
    export_global(WIO_EXPORT_STACK_POINTER, false, WIO_TYPE_I32);
    assert_lacks(pointer);                         /* no handler can set it */
    guest_exports[3].type.is_mutable = true;
    guest_exports[3].type.value_type = WIO_TYPE_I64;
    assert_lacks(pointer);
    guest_exports[3].type.value_type = WIO_TYPE_I32;
    assert_int_equal(wio_bind_check_exports(NULL, &guest.config, &report), 0);
    guest_exports[1].type.is_mutable = true;
    assert_lacks(stack);
    guest_exports[1].type.is_mutable = false;
    guest_exports[2].name = span("other");
    assert_lacks(stack);
    guest_exports[2].type.kind = WIO_EXTERN_FUNC;
    guest_exports[2].name = span(WIO_EXPORT_HANDLER_STACK_END);
    assert_lacks(stack);
    guest_n_exports = 0;
}

static void
every_host_function_has_a_signature_the_engine_can_call(void **state)
{
    const struct wio_host_func *function;
    uint32_t i;

    (void)state;
    for (i = 0; (function = wio_bind_function(i)) != NULL; i++) {
        const char *colon = strchr(function->signature, ':');

        assert_non_null(colon);
        assert_true(strlen(colon + 1) <= 1);
        assert_non_null(function->fn);
        if ((function->flags & WIO_HOST_SLOTS) == 0) {
            assert_true(colon - function->signature <= 6);
            assert_int_equal(strspn(function->signature, "i"),
                             colon - function->signature);
            assert_true(strspn(colon + 1, "iI") == strlen(colon + 1));
        }
        assert_ptr_equal(guest_function(function->module, function->name),
                         function);
    }
    assert_true(i > 40);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        T(t01_handle_of_another_container_is_refused),
        T(t03_guest_ranges_at_and_over_the_end),
        T(t04_name_is_not_kept_after_open),
        T(t07_handle_index_equal_to_size_is_refused),
        T(t08_revoked_handle_is_refused),
        T(t12_device_that_hangs_ends_by_timeout),
        T(handle_of_another_class_is_refused),
        T(closed_handle_is_refused_and_open_gives_the_next),
        T(open_ends_with_the_budget),
        T(open_knows_declared_names_only),
        T(lengths_far_beyond_memory_are_a_fault_before_a_limit),
        T(a_guest_without_memory_has_no_ranges),
        T(what_the_host_gives_is_cut_at_cap),
        T(i2c_moves_the_guest_s_bytes),
        T(i2c_keeps_to_the_grant),
        T(bus_time_beyond_the_budget_ends_the_activation),
        T(transaction_joins_a_write_and_a_read),
        T(transaction_checks_every_operation_first),
        T(transaction_reads_over_its_own_operations_harmlessly),
        T(transaction_names_the_operation_that_failed),
        T(spi_moves_the_guest_s_bytes),
        T(spi_keeps_to_the_grant),
        T(spi_transaction_is_one_on_the_bus),
        T(spi_transaction_checks_every_operation_first),
        T(spi_transaction_tells_what_the_bus_said),
        T(spi_does_not_wait_in_a_handler),
        T(gpio_speaks_in_logical_states),
        T(uart_reads_what_is_there),
        T(registers_are_reached_by_right),
        T(compiled_code_has_the_present_handle),
        T(compiled_code_for_other_registers_is_refused),
        T(refused_register_accesses_change_nothing),
        T(strict_mode_traps_on_a_refused_access),
        T(a_batch_makes_its_accesses_in_order),
        T(a_batch_is_made_whole_or_not_at_all),
        T(copies_go_through_a_block_of_registers),
        T(a_copy_is_made_whole_or_not_at_all),
        T(delays_end_within_the_budget),
        T(time_is_the_port_s),
        T(irq_without_levels_is_not_supported),
        T(log_lines_are_named_cut_and_cleaned),
        T(last_error_text_tells_of_the_last_refusal),
        T(points_are_set_by_type_and_range),
        T(bad_points_keep_their_value),
        T(consumed_points_are_read_only),
        T(declared_imports_are_accepted),
        T(unknown_imports_are_refused_with_the_nearest_name),
        T(imports_of_another_type_are_refused),
        T(a_window_has_the_size_of_its_need),
        T(what_a_window_cannot_do_is_refused),
        T(a_window_makes_accesses_by_the_rights_of_its_registers),
        T(a_window_takes_no_access_when_its_grant_is_gone),
        T(markers_have_a_need_and_a_type),
        T(undeclared_classes_are_refused),
        T(named_exports_must_exist_with_their_type),
        T(handlers_need_a_stack_pointer_and_a_stack),
        T(every_host_function_has_a_signature_the_engine_can_call),
#undef T
    };

    return cmocka_run_group_tests_name("bind", tests, NULL, NULL);
}
