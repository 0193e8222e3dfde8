/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rights of a container, without Wasm: handles, windows, pins, buses,
 * ports, points. The device behind each counts its accesses.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cap/cap.h"
#include "fake.h"

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))

static struct fake fake;
static _Alignas(16) uint8_t block[8192];
static struct wio_arena arena;
static struct wio_caps caps;

static int
setup(void **state)
{
    const struct wio_caps_counts counts = { 2, 2, 2, 1, 3, 1, 1 };

    (void)state;
    fake_init(&fake);
    wio_arena_init(&arena, block, sizeof(block));
    return wio_caps_create(&caps, 5, &counts, &arena);
}

/* -- Handles --------------------------------------------------------------- */

static void
t07_handle_index_equal_to_size_is_refused(void **state)
{
    (void)state;
    assert_non_null(wio_caps_i2c(&caps, wio_handle_make(5, WIO_CAP_I2C, 1)));
    assert_null(wio_caps_i2c(&caps, wio_handle_make(5, WIO_CAP_I2C, 2)));
    assert_null(wio_caps_i2c(&caps, wio_handle_make(5, WIO_CAP_I2C, 63)));
    assert_null(wio_caps_mmio(&caps, wio_handle_make(5, WIO_CAP_MMIO, 2)));
    assert_null(wio_caps_gpio(&caps, wio_handle_make(5, WIO_CAP_GPIO, 2)));
    assert_null(wio_caps_uart(&caps, wio_handle_make(5, WIO_CAP_UART, 1)));
    assert_null(wio_caps_spi(&caps, wio_handle_make(5, WIO_CAP_SPI, 1)));
    assert_null(wio_caps_point(&caps, wio_handle_make(5, WIO_CAP_POINT, 3)));

    /* Even when the memory behind a table looks like an object. */
    caps.n_mmio = caps.n_gpio = caps.n_i2c = caps.n_uart = caps.n_points = 0;
    assert_null(wio_caps_mmio(&caps, caps.mmio[0].handle));
    assert_null(wio_caps_gpio(&caps, caps.gpio[0].handle));
    assert_null(wio_caps_i2c(&caps, caps.i2c[0].handle));
    assert_null(wio_caps_uart(&caps, caps.uart[0].handle));
    assert_null(wio_caps_point(&caps, caps.points[0].handle));
}

static void
t01_handle_of_another_container_is_refused(void **state)
{
    const struct wio_caps_counts counts = { 2, 2, 2, 1, 3, 1, 1 };
    struct wio_caps other;

    (void)state;
    assert_int_equal(wio_caps_create(&other, 6, &counts, &arena), 0);
    assert_non_null(wio_caps_i2c(&other, other.i2c[0].handle));
    assert_null(wio_caps_i2c(&caps, other.i2c[0].handle));
    assert_null(wio_caps_mmio(&caps, other.mmio[1].handle));
}

static void
handle_of_another_class_is_refused(void **state)
{
    (void)state;
    assert_null(wio_caps_i2c(&caps, caps.gpio[0].handle));
    assert_null(wio_caps_gpio(&caps, caps.i2c[0].handle));
    assert_null(wio_caps_mmio(&caps, caps.uart[0].handle));
    assert_null(wio_caps_uart(&caps, caps.points[0].handle));
    assert_null(wio_caps_point(&caps, caps.mmio[0].handle));
    for (uint32_t class = 0; class < 16; class++) {
        uint32_t handle = wio_handle_make(5, (enum wio_cap_class)class, 0);

        assert_int_equal(wio_caps_uart(&caps, handle) != NULL,
                         class == WIO_CAP_UART);
    }
}

static void
stale_handle_is_refused_after_close(void **state)
{
    uint32_t before = caps.gpio[1].handle;
    uint32_t after;

    (void)state;
    assert_true(wio_caps_close(&caps, before));
    after = caps.gpio[1].handle;
    assert_int_not_equal(before, after);
    assert_null(wio_caps_gpio(&caps, before));
    assert_ptr_equal(wio_caps_gpio(&caps, after), &caps.gpio[1]);
    assert_false(wio_caps_close(&caps, before));
    /* Its neighbours are as before. */
    assert_non_null(wio_caps_gpio(&caps, caps.gpio[0].handle));
}

static void
handles_are_positive_and_survive_many_closes(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 40000; i++) {
        uint32_t handle = caps.uart[0].handle;

        assert_true((int32_t)handle > 0);
        assert_int_equal(wio_handle_class(handle), WIO_CAP_UART);
        assert_int_equal(wio_handle_index(handle), 0);
        assert_true(wio_caps_close(&caps, handle));
    }
}

static void
no_handle_survives_revoke_all(void **state)
{
    uint32_t handles[] = {
        caps.mmio[0].handle, caps.gpio[0].handle, caps.i2c[1].handle,
        caps.uart[0].handle, caps.points[2].handle,
    };

    (void)state;
    wio_caps_revoke_all(&caps);
    for (uint32_t i = 0; i < N_OF(handles); i++) {
        assert_false(wio_caps_close(&caps, handles[i]));
        assert_null(wio_caps_mmio(&caps, handles[i]));
        assert_null(wio_caps_gpio(&caps, handles[i]));
        assert_null(wio_caps_i2c(&caps, handles[i]));
        assert_null(wio_caps_uart(&caps, handles[i]));
        assert_null(wio_caps_point(&caps, handles[i]));
    }
}

static void
zero_and_wild_handles_are_refused(void **state)
{
    static const uint32_t wild[] = { 0, 1, 0x80000000u, UINT32_MAX,
                                     0x40u, 0x7fffffffu };

    (void)state;
    for (uint32_t i = 0; i < N_OF(wild); i++) {
        assert_null(wio_caps_mmio(&caps, wild[i]));
        assert_null(wio_caps_gpio(&caps, wild[i]));
        assert_null(wio_caps_i2c(&caps, wild[i]));
        assert_null(wio_caps_uart(&caps, wild[i]));
        assert_null(wio_caps_point(&caps, wild[i]));
    }
}

static void
tables_need_room(void **state)
{
    const struct wio_caps_counts counts = { 16, 16, 16, 16, 32, 8, 8 };
    struct wio_caps none;

    (void)state;
    wio_arena_init(&arena, block, 256);
    assert_int_equal(wio_caps_create(&none, 1, &counts, &arena),
                     WIO_ERR_NO_MEMORY);
}

/* -- Windows --------------------------------------------------------------- */

static const struct wio_register_rule rules[] = {
    { 0x00, 0xffffffff, 0xffffffff, 4 },
    { 0x04, 0x000000ff, 0, 4 },                    /* read-only, 8 bits */
    { 0x08, 0, 0xffffffff, 4 },                    /* write-only */
    { 0x0c, 0x0000000f, 0x0000000f, 4 },           /* 4 bits, others kept */
    { 0x10, 0, 0x00000003, 4 },                    /* write-only, 2 bits */
    { 0x14, 0xff, 0xff, 1 },
    { 0x15, 0xff, 0, 1 },
    { 0x16, 0xffff, 0x00ff, 2 },
    { 0x20, 0xffffffff, 0x000000f0, 4 },
};

/* Two windows onto the same kind of register block: one by operations, one
 * that is memory. @which makes each test run on both. */
static uint32_t memory[16];

static struct wio_mmio_window *
window(bool by_ops)
{
    struct wio_mmio_window *made = &caps.mmio[by_ops];
    const struct wio_mmio_grant grant = {
        .base = (uintptr_t)memory,
        .size = 0x24,
        .timeout_us = 50,
        .rules = rules,
        .n_rules = N_OF(rules),
        .ops = by_ops ? &fake_mmio_ops : NULL,
        .ctx = &fake,
        .port = &fake.port,
    };

    memset(memory, 0, sizeof(memory));
    assert_int_equal(wio_mmio_open(made, made->handle, &grant, &arena), 0);
    return made;
}

/* As the binding does it: the fast path, else the whole function. */
static int64_t
read32(const struct wio_mmio_window *w, uint32_t off)
{
    uint32_t value;

    if (wio_mmio_try_read32(w, off, &value)) {
        return value;
    }
    return wio_mmio_read(w, off, 4);
}

static int
write32(const struct wio_mmio_window *w, uint32_t off, uint32_t value)
{
    if (wio_mmio_try_write32(w, off, value)) {
        return 0;
    }
    return wio_mmio_write(w, off, 4, value);
}

static void
granted_register_is_read_and_written(void **state)
{
    struct wio_mmio_window *w = window(false);

    (void)state;
    assert_int_equal(write32(w, 0, 0xdeadbeef), 0);
    assert_int_equal(memory[0], 0xdeadbeef);
    assert_true(read32(w, 0) == 0xdeadbeef);
    memory[1] = 0x12345678;
    assert_true(read32(w, 4) == 0x78);
    assert_int_equal(write32(w, 8, 7), 0);
    assert_int_equal(memory[2], 7);
}

static void
every_access_is_one_bus_access_of_its_width(void **state)
{
    struct wio_mmio_window *w = window(true);

    (void)state;
    fake.registers[0] = 0x80000001;
    assert_true(read32(w, 0) == 0x80000001);
    assert_int_equal(fake.n_accesses, 1);
    assert_int_equal(fake.mmio_width, 4);
    assert_int_equal(write32(w, 0, 3), 0);
    assert_int_equal(fake.n_accesses, 2);
    assert_int_equal(wio_mmio_write(w, 0x14, 1, 0x55), 0);
    assert_int_equal(fake.n_accesses, 3);
    assert_int_equal(fake.mmio_width, 1);
    assert_int_equal(fake.mmio_off, 0x14);
    assert_true(wio_mmio_read(w, 0x16, 2) >= 0);
    assert_int_equal(fake.n_accesses, 4);
    assert_int_equal(fake.mmio_width, 2);
}

static void
refused_accesses_reach_no_register(void **state)
{
    static const struct {
        uint32_t off, width;
        int read, write;
    } cases[] = {
        { 0x24, 4, WIO_ERR_MMIO_OUTSIDE, WIO_ERR_MMIO_OUTSIDE },
        { 0x22, 4, WIO_ERR_MMIO_OUTSIDE, WIO_ERR_MMIO_OUTSIDE },
        { 0xfffffffc, 4, WIO_ERR_MMIO_OUTSIDE, WIO_ERR_MMIO_OUTSIDE },
        { 0xffffffff, 1, WIO_ERR_MMIO_OUTSIDE, WIO_ERR_MMIO_OUTSIDE },
        { 0x80000000, 4, WIO_ERR_MMIO_OUTSIDE, WIO_ERR_MMIO_OUTSIDE },
        { 0x01, 4, WIO_ERR_MMIO_ALIGNMENT, WIO_ERR_MMIO_ALIGNMENT },
        { 0x02, 4, WIO_ERR_MMIO_ALIGNMENT, WIO_ERR_MMIO_ALIGNMENT },
        { 0x17, 2, WIO_ERR_MMIO_ALIGNMENT, WIO_ERR_MMIO_ALIGNMENT },
        { 0x18, 4, WIO_ERR_MMIO_NO_REGISTER, WIO_ERR_MMIO_NO_REGISTER },
        { 0x18, 2, WIO_ERR_MMIO_NO_REGISTER, WIO_ERR_MMIO_NO_REGISTER },
        { 0x1f, 1, WIO_ERR_MMIO_NO_REGISTER, WIO_ERR_MMIO_NO_REGISTER },
        { 0x00, 1, WIO_ERR_MMIO_WIDTH, WIO_ERR_MMIO_WIDTH },
        { 0x02, 2, WIO_ERR_MMIO_WIDTH, WIO_ERR_MMIO_WIDTH },
        { 0x03, 1, WIO_ERR_MMIO_WIDTH, WIO_ERR_MMIO_WIDTH },
        { 0x14, 4, WIO_ERR_MMIO_WIDTH, WIO_ERR_MMIO_WIDTH },
        { 0x14, 2, WIO_ERR_MMIO_WIDTH, WIO_ERR_MMIO_WIDTH },
        { 0x16, 1, WIO_ERR_MMIO_WIDTH, WIO_ERR_MMIO_WIDTH },
        { 0x08, 4, WIO_ERR_MMIO_WRITE_ONLY, 0 },
        { 0x04, 4, 0, WIO_ERR_MMIO_READ_ONLY },
        { 0x15, 1, 0, WIO_ERR_MMIO_READ_ONLY },
    };

    (void)state;
    for (uint32_t which = 0; which < 2; which++) {
        struct wio_mmio_window *w = window(which);

        for (uint32_t i = 0; i < N_OF(cases); i++) {
            uint32_t off = cases[i].off;
            uint32_t before = fake.n_accesses;
            int64_t got = cases[i].width == 4
                              ? read32(w, off)
                              : wio_mmio_read(w, off, cases[i].width);
            int err;

            if (cases[i].read) {
                assert_true(got == cases[i].read);
                assert_int_equal(fake.n_accesses, before);
            } else {
                assert_true(got >= 0);
            }
            before = fake.n_accesses;
            memset(memory, 0x11, sizeof(memory));
            err = cases[i].width == 4
                      ? write32(w, off, 1)
                      : wio_mmio_write(w, off, cases[i].width, 1);
            assert_int_equal(err, cases[i].write);
            if (cases[i].write) {
                assert_int_equal(fake.n_accesses, before);
                for (uint32_t j = 0; j < N_OF(memory); j++) {
                    assert_int_equal(memory[j], 0x11111111);
                }
            }
        }
    }
}

static void
bits_outside_the_mask_are_refused_and_kept(void **state)
{
    (void)state;
    for (uint32_t which = 0; which < 2; which++) {
        struct wio_mmio_window *w = window(which);
        uint32_t *reg = which ? &fake.registers[3] : &memory[3];

        *reg = 0xabcd12f5;
        assert_int_equal(write32(w, 0x0c, 0x10), WIO_ERR_MMIO_BITS);
        assert_int_equal(write32(w, 0x0c, 0x80000000), WIO_ERR_MMIO_BITS);
        assert_int_equal(*reg, 0xabcd12f5);
        fake.mmio_masked = false;
        assert_int_equal(write32(w, 0x0c, 0x0a), 0);
        assert_int_equal(*reg, 0xabcd12fa);
        assert_int_equal(fake.mmio_masked, which);
        assert_int_equal(fake.irq_depth, 0);
        assert_true(read32(w, 0x0c) == 0x0a);
    }
    assert_int_equal(fake.n_irq_saves, 2);
}

static void
write_only_register_is_never_read(void **state)
{
    struct wio_mmio_window *w = window(true);

    (void)state;
    fake.registers[4] = 0xffffffff;
    assert_int_equal(write32(w, 0x10, 4), WIO_ERR_MMIO_BITS);
    assert_int_equal(fake.n_accesses, 0);
    assert_int_equal(write32(w, 0x10, 2), 0);
    assert_int_equal(fake.n_accesses, 1);
    assert_int_equal(fake.registers[4], 2);
    assert_int_equal(wio_mmio_modify32(w, 0x10, 1, 1),
                     WIO_ERR_MMIO_WRITE_ONLY);
    assert_int_equal(fake.n_accesses, 1);
}

static void
modify_keeps_other_bits(void **state)
{
    struct wio_mmio_window *w = window(true);

    (void)state;
    fake.registers[8] = 0x12345678;
    assert_int_equal(wio_mmio_modify32(w, 0x20, 0xf0, 0xffffffa0), 0);
    assert_int_equal(fake.registers[8], 0x123456a8);
    assert_true(fake.mmio_masked);
    assert_int_equal(wio_mmio_modify32(w, 0x20, 0x1f0, 0),
                     WIO_ERR_MMIO_BITS);
    assert_int_equal(wio_mmio_modify32(w, 0x04, 1, 0),
                     WIO_ERR_MMIO_READ_ONLY);
    assert_int_equal(wio_mmio_modify32(w, 0x18, 1, 0),
                     WIO_ERR_MMIO_NO_REGISTER);
    assert_int_equal(wio_mmio_modify32(w, 0x14, 1, 0), WIO_ERR_MMIO_WIDTH);
    assert_int_equal(fake.n_accesses, 2);
    assert_int_equal(fake.registers[8], 0x123456a8);
}

static void
poll_ends_by_value_or_by_time(void **state)
{
    struct wio_mmio_window *w = window(true);
    uint64_t start = fake.now_ns;

    (void)state;
    fake.mmio_turns_at = 5;
    assert_int_equal(wio_mmio_poll32(w, 0, 1, 1, 50, UINT64_MAX), 0);
    assert_int_equal(fake.n_accesses, 5);
    assert_int_equal(fake.now_ns - start, 4000);

    /* The window's own limit of 50 us holds whatever the guest asks. */
    fake.mmio_turns_at = 0;
    start = fake.now_ns;
    assert_int_equal(wio_mmio_poll32(w, 0, 1, 1, UINT32_MAX, UINT64_MAX),
                     WIO_ERR_TIMEOUT);
    assert_int_equal(fake.now_ns - start, 50000);
    start = fake.now_ns;
    assert_int_equal(wio_mmio_poll32(w, 0, 1, 1, 50, start + 7000),
                     WIO_ERR_TIMEOUT);
    assert_int_equal(fake.now_ns - start, 7000);
    start = fake.now_ns;
    assert_int_equal(wio_mmio_poll32(w, 0, 1, 1, 0, UINT64_MAX),
                     WIO_ERR_TIMEOUT);
    assert_int_equal(fake.now_ns, start);
}

static void
poll_that_may_not_or_cannot_succeed_is_refused(void **state)
{
    struct wio_mmio_window *w = window(true);

    (void)state;
    assert_int_equal(wio_mmio_poll32(w, 0x04, 0x100, 0, 1, UINT64_MAX),
                     WIO_ERR_MMIO_BITS);
    assert_int_equal(wio_mmio_poll32(w, 0x00, 1, 2, 1, UINT64_MAX),
                     WIO_ERR_INVALID_ARGUMENT);
    assert_int_equal(wio_mmio_poll32(w, 0x08, 1, 1, 1, UINT64_MAX),
                     WIO_ERR_MMIO_WRITE_ONLY);
    assert_int_equal(wio_mmio_poll32(w, 0x18, 1, 1, 1, UINT64_MAX),
                     WIO_ERR_MMIO_NO_REGISTER);
    assert_int_equal(fake.n_accesses, 0);
}

static void
safe_state_writes_use_the_register_s_width(void **state)
{
    struct wio_mmio_window *w = window(true);

    (void)state;
    assert_int_equal(wio_mmio_check_write(w, 0x14, 0x1ff),
                     WIO_ERR_MMIO_BITS);
    assert_int_equal(wio_mmio_check_write(w, 0x04, 0),
                     WIO_ERR_MMIO_READ_ONLY);
    assert_int_equal(wio_mmio_check_write(w, 0x17, 0),
                     WIO_ERR_MMIO_NO_REGISTER);
    assert_int_equal(wio_mmio_check_write(w, 0x14, 0xff), 0);
    assert_int_equal(fake.n_accesses, 0);
    assert_int_equal(wio_mmio_write_any(w, 0x14, 0xff), 0);
    assert_int_equal(fake.mmio_width, 1);
    assert_int_equal(wio_mmio_write_any(w, 0x17, 0),
                     WIO_ERR_MMIO_NO_REGISTER);
}

static void
bad_rules_make_no_window(void **state)
{
    static const struct wio_register_rule bad[][2] = {
        { { 0x24, 1, 1, 4 }, { 0 } },              /* outside */
        { { 0x22, 1, 1, 4 }, { 0 } },              /* partly */
        { { 0xfffffffc, 1, 1, 4 }, { 0 } },
        { { 0x02, 1, 1, 4 }, { 0 } },              /* unaligned */
        { { 0x00, 1, 1, 3 }, { 0 } },              /* width */
        { { 0x00, 1, 1, 0 }, { 0 } },
        { { 0x00, 0x100, 0, 1 }, { 0 } },          /* bits beyond width */
        { { 0x04, 1, 1, 4 }, { 0x06, 1, 1, 2 } },  /* overlap */
        { { 0x04, 1, 1, 4 }, { 0x00, 1, 1, 4 } },  /* order */
        { { 0x04, 1, 1, 4 }, { 0x04, 1, 1, 4 } },  /* twice */
    };
    struct wio_mmio_grant grant = {
        .size = 0x24,
        .ops = &fake_mmio_ops,
        .ctx = &fake,
        .port = &fake.port,
    };

    (void)state;
    for (uint32_t i = 0; i < N_OF(bad); i++) {
        struct wio_mmio_window w;

        grant.rules = bad[i];
        grant.n_rules = i < 7 ? 1 : 2;
        assert_int_equal(wio_mmio_open(&w, 1, &grant, &arena),
                         WIO_ERR_BAD_BOARD);
    }
}

/* -- Pins ------------------------------------------------------------------ */

static struct wio_gpio_pin *
pin(uint32_t flags)
{
    struct wio_gpio_pin *made = &caps.gpio[0];

    made->ops = &fake_gpio_ops;
    made->ctx = &fake;
    made->pin = 3;
    made->flags = (uint8_t)flags;
    assert_int_equal(wio_gpio_configure(made), 0);
    return made;
}

static void
pin_states_are_logical(void **state)
{
    struct wio_gpio_pin *p = pin(WIO_GPIO_OUTPUT);

    (void)state;
    assert_int_equal(wio_gpio_set(p, 1), 0);
    assert_int_equal(fake.gpio_level[3], 1);
    p = pin(WIO_GPIO_OUTPUT | WIO_GPIO_ACTIVE_LOW | WIO_GPIO_INITIAL_HIGH);
    assert_int_equal(fake.gpio_level[3], 1);
    assert_int_equal(wio_gpio_toggle(p), 0);
    assert_int_equal(fake.gpio_level[3], 0);
    assert_int_equal(wio_gpio_toggle(p), 0);
    assert_int_equal(fake.gpio_level[3], 1);
    p = pin(WIO_GPIO_ACTIVE_LOW);
    fake.gpio_level[3] = 0;
    assert_int_equal(wio_gpio_read(p), 1);
    fake.gpio_level[3] = 1;
    assert_int_equal(wio_gpio_read(p), 0);
}

static void
pin_direction_is_kept(void **state)
{
    struct wio_gpio_pin *p = pin(WIO_GPIO_PULL_UP);

    (void)state;
    assert_int_equal(wio_gpio_set(p, 1), WIO_ERR_GPIO_MODE_NOT_ALLOWED);
    assert_int_equal(wio_gpio_toggle(p), WIO_ERR_GPIO_MODE_NOT_ALLOWED);
    p = pin(WIO_GPIO_OUTPUT);
    assert_int_equal(wio_gpio_read(p), WIO_ERR_GPIO_MODE_NOT_ALLOWED);
    assert_int_equal(wio_gpio_set(p, 2), WIO_ERR_INVALID_ARGUMENT);
    assert_int_equal(fake.n_accesses, 0);
}

static void
pin_errors_of_the_port_are_passed_on(void **state)
{
    struct wio_gpio_pin *p = pin(WIO_GPIO_OUTPUT);

    (void)state;
    fake.gpio_result = WIO_ERR_GPIO_HARDWARE_FAULT;
    assert_int_equal(wio_gpio_set(p, 1), WIO_ERR_GPIO_HARDWARE_FAULT);
    fake.gpio_result = 0;
    /* It was not set, so a toggle sets it. */
    assert_int_equal(wio_gpio_toggle(p), 0);
    assert_int_equal(fake.gpio_level[3], 1);
}

/* -- Buses and ports ------------------------------------------------------- */

static struct wio_i2c_device *
device(void)
{
    struct wio_i2c_device *made = &caps.i2c[0];

    made->ops = &fake_i2c_ops;
    made->ctx = &fake;
    made->addr = 0x48;
    made->max_transfer = 4;
    return made;
}

static void
i2c_address_is_the_grant_s(void **state)
{
    struct wio_i2c_device *d = device();
    uint8_t bytes[8] = { 1, 2 };

    (void)state;
    assert_int_equal(wio_i2c_transfer(d, 0x49, bytes, 1, bytes, 0, 9),
                     WIO_ERR_NOT_PERMITTED);
    assert_int_equal(wio_i2c_transfer(d, 0x10048, bytes, 1, bytes, 0, 9),
                     WIO_ERR_NOT_PERMITTED);
    assert_int_equal(fake.n_accesses, 0);
    assert_int_equal(wio_i2c_transfer(d, 0x48, bytes, 1, bytes, 0, 9), 0);
    assert_int_equal(wio_i2c_transfer(d, 0, bytes, 1, bytes, 2, 9), 0);
    assert_int_equal(fake.n_accesses, 2);
    assert_int_equal(fake.i2c_addr, 0x48);
    assert_int_equal(fake.i2c_deadline_ns, 9);
}

static void
i2c_lengths_are_bounded(void **state)
{
    struct wio_i2c_device *d = device();
    uint8_t bytes[8] = { 0 };

    (void)state;
    assert_int_equal(wio_i2c_transfer(d, 0, bytes, 5, bytes, 0, 9),
                     WIO_ERR_NOT_PERMITTED);
    assert_int_equal(wio_i2c_transfer(d, 0, bytes, 0, bytes, 5, 9),
                     WIO_ERR_NOT_PERMITTED);
    assert_int_equal(wio_i2c_transfer(d, 0, bytes, UINT32_MAX, bytes, 1, 9),
                     WIO_ERR_NOT_PERMITTED);
    assert_int_equal(wio_i2c_transfer(d, 0, bytes, 0, bytes, 0, 9),
                     WIO_ERR_INVALID_ARGUMENT);
    assert_int_equal(fake.n_accesses, 0);
    assert_int_equal(wio_i2c_transfer(d, 0, bytes, 4, bytes, 4, 9), 0);
}

static struct wio_spi_device *
chip(void)
{
    struct wio_spi_device *made = &caps.spi[0];

    made->ops = &fake_spi_ops;
    made->ctx = &fake;
    made->chip = (struct wio_spi_chip){ 3, WIO_SPI_CPOL, 400000 };
    made->max_transfer = 4;
    made->timeout_us = 50;
    return made;
}

static int
transfer_one(const struct wio_spi_device *d, struct wio_spi_segment segment)
{
    return wio_spi_transfer(d, &segment, 1, 9);
}

static void
spi_operations_are_bounded(void **state)
{
    struct wio_spi_device *d = chip();
    uint8_t bytes[8] = { 1, 2, 3, 4 };

    (void)state;
    assert_int_equal(transfer_one(d, (struct wio_spi_segment){
                         .w = bytes, .len = 5 }), WIO_ERR_NOT_PERMITTED);
    assert_int_equal(transfer_one(d, (struct wio_spi_segment){
                         .r = bytes, .len = UINT32_MAX }),
                     WIO_ERR_NOT_PERMITTED);
    assert_int_equal(transfer_one(d, (struct wio_spi_segment){ .w = bytes }),
                     WIO_ERR_INVALID_ARGUMENT);
    assert_int_equal(transfer_one(d, (struct wio_spi_segment){
                         .delay_ns = 50001 }), WIO_ERR_NOT_PERMITTED);
    assert_int_equal(fake.n_accesses, 0);
    assert_int_equal(transfer_one(d, (struct wio_spi_segment){
                         .w = bytes, .r = bytes, .len = 4 }), 0);
    assert_int_equal(transfer_one(d, (struct wio_spi_segment){
                         .delay_ns = 50000 }), 0);
    /* What a poll drops is not stored: time bounds it. */
    assert_int_equal(transfer_one(d, (struct wio_spi_segment){
                         .r = bytes, .len = 5, .polls = true }), 0);
    assert_int_equal(fake.n_accesses, 3);
    assert_int_equal(fake.spi_deadline_ns, 9);
    assert_int_equal(fake.spi_chip.select, 3);
    assert_int_equal(fake.spi_chip.mode, WIO_SPI_CPOL);
    assert_int_equal(fake.spi_chip.max_hz, 400000);
}

static void
spi_delays_count_together(void **state)
{
    const struct wio_spi_segment delays[2] = { { .delay_ns = 30000 },
                                               { .delay_ns = 30000 } };
    uint32_t wrong = 9;

    (void)state;
    assert_int_equal(wio_spi_check(chip(), delays, 2, &wrong),
                     WIO_ERR_NOT_PERMITTED);
    assert_int_equal(wrong, 1);
    assert_int_equal(wio_spi_check(chip(), delays, 1, &wrong), 0);
}

static void
spi_buffers_are_the_same_or_apart(void **state)
{
    struct wio_spi_device *d = chip();
    uint8_t bytes[16] = { 0 };

    (void)state;
    for (int32_t by = -6; by <= 6; by++) {
        const struct wio_spi_segment segment = {
            .w = bytes + 8, .r = bytes + 8 + by, .len = 4
        };
        uint32_t wrong = 0;

        assert_int_equal(wio_spi_check(d, &segment, 1, &wrong),
                         by == 0 || by <= -4 || by >= 4
                             ? 0 : WIO_ERR_INVALID_ARGUMENT);
    }
}

static void
uart_lengths_are_bounded(void **state)
{
    struct wio_uart_line *line = &caps.uart[0];
    uint8_t bytes[16] = { 0 };

    (void)state;
    line->ops = &fake_uart_ops;
    line->ctx = &fake;
    line->max_transfer = 8;
    assert_int_equal(wio_uart_write(line, bytes, 9, 1),
                     WIO_ERR_NOT_PERMITTED);
    assert_int_equal(wio_uart_read(line, bytes, 9), WIO_ERR_NOT_PERMITTED);
    assert_int_equal(wio_uart_write(line, bytes, 0, 1), 0);
    assert_int_equal(wio_uart_read(line, bytes, 0), 0);
    assert_int_equal(fake.n_accesses, 0);
    assert_int_equal(wio_uart_write(line, bytes, 8, 1), 8);
    assert_int_equal(wio_uart_read(line, bytes, 8), WIO_ERR_WOULD_BLOCK);
    fake.uart_n_in = 3;
    assert_int_equal(wio_uart_read(line, bytes, 8), 3);
}

/* -- Points ---------------------------------------------------------------- */

static void
point_keeps_the_last_good_value(void **state)
{
    struct wio_point_cell *cell = &caps.points[0];
    struct wio_point_value value;

    (void)state;
    wio_point_read(cell, &value);
    assert_int_equal(value.n_writes, 0);
    wio_point_write(cell, 0x1122334455667788u, 0x99aabbccddeeff00u);
    wio_point_read(cell, &value);
    assert_true(value.bits == 0x1122334455667788u);
    assert_true(value.written_ns == 0x99aabbccddeeff00u);
    assert_int_equal(value.n_writes, 1);
    assert_int_equal(value.code, 0);
    wio_point_write_bad(cell, WIO_ERR_I2C_NACK_ADDRESS, 7);
    wio_point_read(cell, &value);
    assert_true(value.bits == 0x1122334455667788u);
    assert_true(value.written_ns == 7);
    assert_int_equal(value.code, WIO_ERR_I2C_NACK_ADDRESS);
    assert_int_equal(value.n_writes, 2);
    wio_point_write_bad(cell, 3, 8);
    wio_point_read(cell, &value);
    assert_true(value.code < 0);
    wio_point_write(cell, 5, 9);
    wio_point_read(cell, &value);
    assert_true(value.bits == 5 && value.code == 0 && value.n_writes == 4);
}

static void
point_count_wraps_without_becoming_never(void **state)
{
    struct wio_point_cell *cell = &caps.points[0];
    struct wio_point_value value;

    (void)state;
    cell->n_writes = UINT32_MAX;
    wio_point_write(cell, 77, 1);
    wio_point_read(cell, &value);
    assert_int_not_equal(value.n_writes, 0);
    assert_true(value.bits == 77);
}

static void
point_values_must_fit_their_type(void **state)
{
    static const struct {
        uint8_t type;
        uint64_t fits[2], not[2];
    } cases[] = {
        { WIO_POINT_BOOL, { 0, 1 }, { 2, UINT64_MAX } },
        { WIO_POINT_U8, { 0, 255 }, { 256, UINT64_MAX } },
        { WIO_POINT_U16, { 0, 65535 }, { 65536, UINT64_MAX } },
        { WIO_POINT_U32, { 0, UINT32_MAX }, { 1ull << 32, UINT64_MAX } },
        { WIO_POINT_F32, { 0, UINT32_MAX }, { 1ull << 32, UINT64_MAX } },
        { WIO_POINT_I8, { 127, (uint64_t)-128 }, { 128, (uint64_t)-129 } },
        { WIO_POINT_I16, { 32767, (uint64_t)-32768 },
          { 32768, (uint64_t)-32769 } },
        { WIO_POINT_I32, { INT32_MAX, (uint64_t)INT32_MIN },
          { 1ull << 31, (uint64_t)INT32_MIN - 1 } },
        { 0, { 0, 0 }, { 0, 0 } },
        { 11, { 0, 0 }, { 0, 0 } },
    };

    (void)state;
    for (uint32_t i = 0; i < N_OF(cases); i++) {
        bool known = cases[i].type >= 1 && cases[i].type <= 10;

        for (uint32_t j = 0; j < 2; j++) {
            assert_int_equal(wio_point_fits(cases[i].type, cases[i].fits[j]),
                             known);
            assert_false(wio_point_fits(cases[i].type, cases[i].not[j]));
        }
    }
    assert_true(wio_point_fits(WIO_POINT_I64, UINT64_MAX));
    assert_true(wio_point_fits(WIO_POINT_F64, UINT64_MAX));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup(name, setup)
        T(t01_handle_of_another_container_is_refused),
        T(t07_handle_index_equal_to_size_is_refused),
        T(handle_of_another_class_is_refused),
        T(stale_handle_is_refused_after_close),
        T(handles_are_positive_and_survive_many_closes),
        T(no_handle_survives_revoke_all),
        T(zero_and_wild_handles_are_refused),
        T(tables_need_room),
        T(granted_register_is_read_and_written),
        T(every_access_is_one_bus_access_of_its_width),
        T(refused_accesses_reach_no_register),
        T(bits_outside_the_mask_are_refused_and_kept),
        T(write_only_register_is_never_read),
        T(modify_keeps_other_bits),
        T(poll_ends_by_value_or_by_time),
        T(poll_that_may_not_or_cannot_succeed_is_refused),
        T(safe_state_writes_use_the_register_s_width),
        T(bad_rules_make_no_window),
        T(pin_states_are_logical),
        T(pin_direction_is_kept),
        T(pin_errors_of_the_port_are_passed_on),
        T(i2c_address_is_the_grant_s),
        T(i2c_lengths_are_bounded),
        T(spi_operations_are_bounded),
        T(spi_delays_count_together),
        T(spi_buffers_are_the_same_or_apart),
        T(uart_lengths_are_bounded),
        T(point_keeps_the_last_good_value),
        T(point_count_wraps_without_becoming_never),
        T(point_values_must_fit_their_type),
#undef T
    };

    return cmocka_run_group_tests_name("cap", tests, NULL, NULL);
}
