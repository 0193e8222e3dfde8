/* SPDX-License-Identifier: Apache-2.0 */
/* Operations that pass the host's arguments on to the imports, right or wrong:
 * the test says what is tried. */
#include <wasmio/core.h>
#include <wasmio/delay.h>
#include <wasmio/gpio.h>
#include <wasmio/i2c.h>
#include <wasmio/mmio.h>
#include <wasmio/point.h>
#include <wasmio/time.h>
#include <wasmio/uart.h>

WASMIO_EXPORT("open-sensor")
int64_t
open_sensor(void)
{
    return WASMIO_OPEN("sensor");
}

WASMIO_EXPORT("open-uart")
int64_t
open_uart(void)
{
    return WASMIO_OPEN("uart");
}

WASMIO_EXPORT("open-button")
int64_t
open_button(void)
{
    return WASMIO_OPEN("button");
}

WASMIO_EXPORT("open-port")
int64_t
open_port(void)
{
    return WASMIO_OPEN("port");
}

WASMIO_EXPORT("open-small")
int64_t
open_small(void)
{
    return WASMIO_OPEN("small");
}

WASMIO_EXPORT("open-lamp")
int64_t
open_lamp(void)
{
    return WASMIO_OPEN("lamp");
}

WASMIO_EXPORT("open-at")
int64_t
open_at(uint32_t at, uint32_t len)
{
    return wasmio_open((const char *)(uintptr_t)at, len);
}

WASMIO_EXPORT("close")
int64_t
close(int32_t handle)
{
    return wasmio_close(handle);
}

WASMIO_EXPORT("i2c-read")
int64_t
i2c_read(int32_t handle, uint32_t addr, uint32_t at, uint32_t len)
{
    return wasmio_i2c_read(handle, addr, (void *)(uintptr_t)at, len);
}

WASMIO_EXPORT("i2c-write")
int64_t
i2c_write(int32_t handle, uint32_t addr, uint32_t at, uint32_t len)
{
    return wasmio_i2c_write(handle, addr, (const void *)(uintptr_t)at, len);
}

WASMIO_EXPORT("mmio-read")
int64_t
mmio_read(int32_t handle, uint32_t off, uint32_t width)
{
    return width == 1 ? wasmio_mmio_read8(handle, off)
           : width == 2 ? wasmio_mmio_read16(handle, off)
                        : wasmio_mmio_read32(handle, off);
}

WASMIO_EXPORT("mmio-write")
int64_t
mmio_write(int32_t handle, uint32_t off, uint32_t width, uint32_t value)
{
    return width == 1 ? wasmio_mmio_write8(handle, off, value)
           : width == 2 ? wasmio_mmio_write16(handle, off, value)
                        : wasmio_mmio_write32(handle, off, value);
}

WASMIO_EXPORT("mmio-modify")
int64_t
mmio_modify(int32_t handle, uint32_t off, uint32_t mask, uint32_t value)
{
    return wasmio_mmio_modify32(handle, off, mask, value);
}

WASMIO_EXPORT("mmio-poll")
int64_t
mmio_poll(int32_t handle, uint32_t off, uint32_t mask, uint32_t want,
          uint32_t timeout_us)
{
    return wasmio_mmio_poll32(handle, off, mask, want, timeout_us);
}

WASMIO_EXPORT("gpio-set")
int64_t
gpio_set(int32_t handle, int32_t state)
{
    return wasmio_gpio_set_state(handle, state);
}

WASMIO_EXPORT("uart-write")
int64_t
uart_write(int32_t handle, uint32_t at, uint32_t len)
{
    return wasmio_uart_write(handle, (const void *)(uintptr_t)at, len);
}

WASMIO_EXPORT("uart-read")
int64_t
uart_read(int32_t handle, uint32_t at, uint32_t len)
{
    return wasmio_uart_read(handle, (void *)(uintptr_t)at, len);
}

WASMIO_EXPORT("point-set")
int64_t
point_set(int32_t handle, int32_t value)
{
    return wasmio_point_set_i32(handle, value);
}

WASMIO_EXPORT("wait")
int64_t
wait(uint32_t us)
{
    wasmio_delay_us(us);
    return 0;
}

WASMIO_EXPORT("wait-by-clock")
int64_t
wait_by_clock(uint32_t us)
{
    const uint64_t end = wasmio_now_ns() + (uint64_t)us * 1000;

    while (wasmio_now_ns() < end) {
    }
    return 0;
}

WASMIO_EXPORT("spin")
int64_t
spin(void)
{
    for (;;) {
    }
}
