/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TMP105 temperature sensor: publishes `temperature` in thousandths of a
 * degree Celsius, ten times a second.
 *
 *   suspect --resolution was lost--> settling --300 ms--> measuring
 *      |                                                   |    ^
 *      +--resolution is as set-----------------------------|----+
 *      ^                                                   |
 *      +-------------------- any bus error ----------------+
 *
 * After power-up the sensor says 0 degrees until its first conversion is done
 * (SLLS648D, "Temperature Register"), and it forgets its resolution. So after
 * any bus error the driver looks whether that is still set before it believes
 * a reading; if not, it sets it and waits for a conversion.
 */
#include <wasmio/core.h>
#include <wasmio/i2c.h>
#include <wasmio/point.h>

#include "regs.h"

#define PERIOD_MS 100u    /* as in tmp105.dts */
#define SETTLE_POLLS (TMP105_CONVERSION_MS / PERIOD_MS)

static int32_t sensor;
static int32_t temperature;
static bool suspect = true;       /* it may have lost its power */
static bool failing;              /* the last poll failed, and it was said */
static uint32_t settling;         /* polls until a conversion is complete */

static int32_t
read_register(uint8_t reg, uint8_t *bytes, uint32_t n_bytes)
{
    return wasmio_i2c_write_read(sensor, WASMIO_I2C_GRANTED, &reg, 1, bytes,
                                 n_bytes);
}

/* Makes sure that the sensor measures with 12 bits. */
static int32_t
check_resolution(void)
{
    uint8_t bytes[2] = { TMP105_CONFIGURATION, 0 };
    int32_t err = read_register(TMP105_CONFIGURATION, &bytes[1], 1);

    if (err < 0 || (bytes[1] & TMP105_R1_R0) == TMP105_R1_R0) {
        return err;
    }
    bytes[1] |= TMP105_R1_R0;
    err = wasmio_i2c_write(sensor, WASMIO_I2C_GRANTED, bytes, 2);
    if (err >= 0) {
        settling = SETTLE_POLLS;
    }
    return err;
}

/*
 * The 12 bits are left-justified in 16, two's complement, 1/16 degree each
 * (tables 3 to 5): 0x1980 is 25.5 degrees, 0xf600 is -10. 62.5 thousandths
 * each; the half goes towards zero.
 */
static int32_t
millidegrees(const uint8_t raw[2])
{
    const int32_t sixteenths =
        (int16_t)(uint16_t)((uint32_t)raw[0] << 8 | raw[1]) >> 4;

    return sixteenths * 125 / 2;
}

/* 0 with a value in *@mc; WIO_ERR_WOULD_BLOCK while the sensor settles; what
 * the bus says. */
static int32_t
measure(int32_t *mc)
{
    uint8_t raw[2];
    int32_t err = WIO_OK;

    if (suspect) {
        err = check_resolution();
        suspect = err < 0;
    }
    if (err < 0) {
        return err;
    }
    if (settling > 0) {
        return WIO_ERR_WOULD_BLOCK;
    }
    err = read_register(TMP105_TEMPERATURE, raw, sizeof(raw));
    if (err < 0) {
        suspect = true;
        return err;
    }
    *mc = millidegrees(raw);
    return WIO_OK;
}

WASMIO_EXPORT("wasmio-init")
int32_t
init(void)
{
    sensor = WASMIO_OPEN("sensor");
    temperature = WASMIO_OPEN("temperature");
    return sensor < 0 ? sensor : temperature < 0 ? temperature : WIO_OK;
}

/* Says a failure and its end once each, not ten times a second. */
static void
say(bool failed)
{
    if (failed && !failing) {
        WASMIO_LOG(WIO_ABI_LOG_WARN, "sensor does not answer");
    } else if (!failed && failing) {
        WASMIO_LOG(WIO_ABI_LOG_INFO, "sensor answers again");
    }
    failing = failed;
}

WASMIO_EXPORT("poll")
void
poll(void)
{
    int32_t mc;
    int32_t err;

    if (settling > 0) {
        settling--;
    }
    err = measure(&mc);
    if (err >= 0) {
        say(false);
        (void)wasmio_point_set_i32(temperature, mc);
    } else if (err != WIO_ERR_WOULD_BLOCK) {
        say(true);
        (void)wasmio_point_set_bad(temperature, err);
    }
}

/*
 * Operation: measure now. The result is 64 bits wide because a temperature may
 * be negative too: >= 0 with the value (i32) in the low 32 bits, or a negative
 * code; WIO_ERR_WOULD_BLOCK while the first conversion is not complete.
 */
WASMIO_EXPORT("read-now")
int64_t
read_now(void)
{
    int32_t mc;
    const int32_t err = measure(&mc);

    return err < 0 ? err : (int64_t)(uint32_t)mc;
}
