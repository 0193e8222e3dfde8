/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TMP105 without waiting: main asks for a reading and goes, the handler takes
 * it when the bus is done.
 *
 *   main: submit -----> pointer, two bytes on the bus -----> on-done: publish
 *
 * Registers and conversion: Texas Instruments SLLS648D, tables 2 to 5; the
 * sensor is used as it comes up, with 9 bits.
 */
#include <wasmio/core.h>
#include <wasmio/i2c.h>
#include <wasmio/irq.h>
#include <wasmio/point.h>
#include <wasmio/request.h>

WASMIO_HANDLER_STACK(128);

static int32_t sensor;
static int32_t done;               /* < 0: main looks itself */
static int32_t temperature;
static int32_t readings;
static uint32_t n_readings;        /* of who takes them */
static uint8_t raw[2];             /* lent while a reading is under way */

/* Left-justified, 1/256 degree a bit. */
static void
publish(int32_t result)
{
    if (result < 0) {
        (void)wasmio_point_set_bad(temperature, result);
        return;
    }
    (void)wasmio_point_set_i32(
        temperature, ((int16_t)(uint16_t)((uint32_t)raw[0] << 8 | raw[1]) >>
                      4) * 125 / 2);
    n_readings++;
    (void)wasmio_point_set_i32(readings, (int32_t)n_readings);
}

static void
take(void)
{
    const int32_t request = wasmio_request_next_done();

    if (request > 0) {
        publish(wasmio_request_result(request));
    }
}

WASMIO_EXPORT("on-done")
void
on_done(uint32_t count, uint32_t ts_lo, uint32_t ts_hi)
{
    (void)count;
    (void)ts_lo;
    (void)ts_hi;
    take();
}

WASMIO_EXPORT("poll")
void
poll(void)
{
    static const uint8_t pointer = 0;      /* the temperature */
    int32_t request;

    if (done < 0) {
        take();
    }
    request = wasmio_i2c_submit(sensor, WASMIO_I2C_GRANTED, &pointer, 1, raw,
                                sizeof(raw));
    if (request < 0 && request != WIO_ERR_BUSY) {
        (void)wasmio_point_set_bad(temperature, request);
    }
}

WASMIO_EXPORT("wasmio-init")
int32_t
init(void)
{
    sensor = WASMIO_OPEN("sensor");
    done = WASMIO_OPEN("done");
    temperature = WASMIO_OPEN("temperature");
    readings = WASMIO_OPEN("readings");
    if (done >= 0) {
        const int32_t err = wasmio_irq_enable(done);

        if (err < 0) {
            return err;
        }
    }
    return sensor < 0 ? sensor : WIO_OK;
}
