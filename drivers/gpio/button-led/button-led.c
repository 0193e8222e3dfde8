/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A button that switches a lamp on while it is held, without bounce, and
 * counts how often it was pressed.
 */
#include <wasmio/core.h>
#include <wasmio/gpio.h>
#include <wasmio/point.h>

/* A state counts when it was read this often in a row: 4 polls of 5 ms. Most
 * switches bounce for less than 10 ms. */
#define STABLE_POLLS 4u

static int32_t button;
static int32_t led;
static int32_t pressed_point;
static int32_t presses_point;
static bool pressed;              /* what is believed */
static uint32_t differing;        /* polls in a row that said otherwise */
static uint32_t presses;

WASMIO_EXPORT("wasmio-init")
int32_t
init(void)
{
    button = WASMIO_OPEN("button");
    led = WASMIO_OPEN("led");
    pressed_point = WASMIO_OPEN("pressed");
    presses_point = WASMIO_OPEN("presses");
    if (button < 0 || led < 0 || pressed_point < 0 || presses_point < 0) {
        return WIO_ERR_NO_DEVICE;
    }
    (void)wasmio_point_set_i32(pressed_point, 0);
    (void)wasmio_point_set_i32(presses_point, 0);
    return wasmio_gpio_set_inactive(led);
}

static void
changed(void)
{
    const int32_t err = wasmio_gpio_set_state(
        led, pressed ? WIO_ABI_PIN_ACTIVE : WIO_ABI_PIN_INACTIVE);

    if (err < 0) {
        WASMIO_LOG(WIO_ABI_LOG_WARN, "lamp cannot be switched");
    }
    (void)wasmio_point_set_i32(pressed_point, pressed);
    if (pressed) {
        presses++;
        (void)wasmio_point_set_i32(presses_point, (int32_t)presses);
    }
}

WASMIO_EXPORT("poll")
void
poll(void)
{
    const int32_t state = wasmio_gpio_read(button);

    if (state < 0) {
        /* Nothing is known, so nothing is done; the count stays good. */
        differing = 0;
        (void)wasmio_point_set_bad(pressed_point, state);
        return;
    }
    if (wasmio_point_quality(pressed_point) == WIO_ABI_QUALITY_BAD) {
        (void)wasmio_point_set_i32(pressed_point, pressed);
    }
    if ((state == WIO_ABI_PIN_ACTIVE) == pressed) {
        differing = 0;
        return;
    }
    differing++;
    if (differing == STABLE_POLLS) {
        differing = 0;
        pressed = !pressed;
        changed();
    }
}
