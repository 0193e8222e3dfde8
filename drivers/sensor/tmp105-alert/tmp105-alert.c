/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TMP105 with its ALERT pin: says `over-temperature` when a limit is reached,
 * within 20 ms of the alert where the board has wired the pin, else within
 * 100 ms by looking.
 *
 *   ALERT low --handler: flag--> main, at its next period: reads the sensor
 *       ^                            |  (which ends the alert), then ack
 *       +------- masked until -------+
 *
 * A handler cannot wait for a bus, so it leaves the reading to main. The limit
 * is the consumed point `limit`, 80 degrees as long as nobody sets it. What is
 * published is always a reading and never the pin: a pin that is broken off
 * costs time, not the truth.
 */
#include <wasmio/core.h>
#include <wasmio/i2c.h>
#include <wasmio/irq.h>
#include <wasmio/point.h>
#include <wasmio/sync.h>

#include "regs.h"

WASMIO_HANDLER_STACK(64);

#define PERIOD_MS 20u              /* as in tmp105-alert.dts */
#define POLL_PERIODS 5u            /* read every 100 ms, alert or not */
#define SETTLE_PERIODS (TMP105_CONVERSION_MS / PERIOD_MS)

#define LIMIT_MC 80000
#define HYSTERESIS_MC 2000
#define LIMIT_MIN_MC (-53000)      /* the sensor's range, with hysteresis */
#define LIMIT_MAX_MC 127000

static int32_t sensor;
static int32_t alert;
static struct {
    int32_t temperature, over, alerts, limit;
} points;

static struct wasmio_counter alerts;   /* of the handler */
static int32_t limit_mc = LIMIT_MC;
static bool is_set_up;             /* limits and configuration are in it */
static bool over;
static uint32_t settling;          /* periods until a conversion is complete */
static uint32_t until_poll;

WASMIO_EXPORT("on-alert")
void
on_alert(uint32_t count, uint32_t ts_lo, uint32_t ts_hi)
{
    (void)count;
    (void)ts_lo;
    (void)ts_hi;
    wasmio_flag_set(&alerts);
}

static int32_t
read_register(uint8_t reg, uint8_t *bytes, uint32_t n_bytes)
{
    return wasmio_i2c_write_read(sensor, WASMIO_I2C_GRANTED, &reg, 1, bytes,
                                 n_bytes);
}

/* 1/256 degree a bit, the low four 0 (table 5): rounded up, so that no
 * temperature below @mc raises the alert. */
static int32_t
write_limit(uint8_t reg, int32_t mc)
{
    const int32_t raw = (mc * 16 + (mc > 0 ? 999 : 0)) / 1000 * 16;
    const uint8_t bytes[3] = { reg, (uint8_t)(raw >> 8), (uint8_t)raw };

    return wasmio_i2c_write(sensor, WASMIO_I2C_GRANTED, bytes, 3);
}

static int32_t
set_up(void)
{
    static const uint8_t config[2] = { TMP105_CONFIGURATION, TMP105_CONFIG };
    int32_t err = write_limit(TMP105_T_HIGH, limit_mc);

    if (err >= 0) {
        err = write_limit(TMP105_T_LOW, limit_mc - HYSTERESIS_MC);
    }
    if (err >= 0) {
        err = wasmio_i2c_write(sensor, WASMIO_I2C_GRANTED, config, 2);
    }
    if (err >= 0) {
        is_set_up = true;
        settling = SETTLE_PERIODS;
    }
    return err;
}

/* A sensor that lost its power has lost its configuration as well. */
static int32_t
check_config(void)
{
    uint8_t config;
    const int32_t err = read_register(TMP105_CONFIGURATION, &config, 1);

    if (err >= 0 && (config & TMP105_CONFIG_MASK) != TMP105_CONFIG) {
        is_set_up = false;
    }
    return err;
}

static void
publish(int32_t mc)
{
    if (mc >= limit_mc) {
        over = true;
    } else if (mc < limit_mc - HYSTERESIS_MC) {
        over = false;
    }
    (void)wasmio_point_set_i32(points.over, over);
    (void)wasmio_point_set_i32(points.temperature, mc);
}

/* Tables 3 to 5: 12 bits, left-justified, 62.5 thousandths each. */
static int32_t
measure(void)
{
    uint8_t raw[2];
    int32_t err = is_set_up ? check_config() : WIO_OK;

    if (err >= 0 && !is_set_up) {
        err = set_up();
    }
    if (err < 0 || settling > 0) {
        return err;
    }
    err = read_register(TMP105_TEMPERATURE, raw, sizeof(raw));
    if (err >= 0) {
        publish(((int16_t)(uint16_t)((uint32_t)raw[0] << 8 | raw[1]) >> 4) *
                125 / 2);
    }
    return err;
}

static void
take_limit(void)
{
    const int64_t bits = wasmio_point_get_i32(points.limit);
    const int32_t mc = (int32_t)(uint32_t)bits;

    if (bits >= 0 && mc != limit_mc && mc >= LIMIT_MIN_MC &&
        mc <= LIMIT_MAX_MC) {
        limit_mc = mc;
        is_set_up = false;
    }
}

WASMIO_EXPORT("poll")
void
poll(void)
{
    const bool alerted = wasmio_flag_take(&alerts);
    int32_t err;

    take_limit();
    if (settling > 0) {
        settling--;
    }
    if (until_poll > 0 && !alerted && is_set_up) {
        until_poll--;
        return;
    }
    until_poll = POLL_PERIODS - 1;
    err = measure();
    if (err < 0) {
        (void)wasmio_point_set_bad(points.temperature, err);
        (void)wasmio_point_set_bad(points.over, err);
        return;
    }
    (void)wasmio_point_set_i32(points.alerts,
                               (int32_t)wasmio_counter_read(&alerts));
    if (alert >= 0) {
        (void)wasmio_irq_ack(alert);       /* it was read: the alert is over */
    }
}

WASMIO_EXPORT("wasmio-init")
int32_t
init(void)
{
    sensor = WASMIO_OPEN("sensor");
    alert = WASMIO_OPEN("alert");          /* < 0 where it is not wired */
    points.temperature = WASMIO_OPEN("temperature");
    points.over = WASMIO_OPEN("over-temperature");
    points.alerts = WASMIO_OPEN("alerts");
    points.limit = WASMIO_OPEN("limit");
    if (alert >= 0) {
        const int32_t err = wasmio_irq_enable(alert);

        if (err < 0) {
            return err;
        }
    }
    return sensor < 0 ? sensor : WIO_OK;
}
