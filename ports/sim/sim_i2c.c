/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ports/sim/sim_i2c.c - a bus with a tmp105 and a 24c02, and their faults
 *
 * The bus is simulated by the byte (I2C specification, NXP UM10204, section
 * 3.1): nine clocks a byte, START and STOP one each. A fault hits a whole
 * transfer.
 */
#include <stddef.h>

#include "sim_internal.h"

struct transfer {
    struct wio_sim *sim;
    struct sim_target target;
    const struct wio_sim_fault *fault;   /* NULL: none */
    uint16_t addr;
    uint64_t deadline_ns;
};

struct wio_sim_i2c_device *
sim_i2c_device(struct wio_sim *sim, uint32_t bus, uint16_t addr)
{
    for (uint32_t i = 0; i < WIO_SIM_I2C_DEVICES; i++) {
        struct wio_sim_i2c_device *device = &sim->devices[i];

        if (device->model != 0 && device->bus == bus
            && device->addr == addr && sim->now_ns >= device->busy_until_ns) {
            return device;
        }
    }
    return NULL;
}

/* -- TI TMP105, SLLS648D ------------------------------------------------- */

/*
 * The temperature register: two's complement, left-justified, 1/16 degree a
 * bit at 12 bits (table 5). Lower resolutions leave the low bits 0
 * ("Temperature Register", last paragraph).
 */
static uint16_t
tmp105_temperature(const struct wio_sim_i2c_device *device)
{
    const uint32_t bits = 9u + ((device->config >> 5) & 3u);
    const int32_t mc = device->temperature_mc;
    /* To the nearest sixteenth; the sensor's range ends at 127.9375. */
    int32_t sixteenths = (mc * 16 + (mc < 0 ? -500 : 500)) / 1000;

    if (sixteenths > 2047) {
        sixteenths = 2047;
    } else if (sixteenths < -2048) {
        sixteenths = -2048;
    }
    return (uint16_t)(((uint32_t)sixteenths << 4) & (0xffffu << (16 - bits)));
}

/* "Configuration Register", table 7: thermostat mode and polarity. */
#define TMP105_TM 0x02u
#define TMP105_POL 0x04u

/*
 * "High and Low Limit Registers". As a comparator (TM = 0) ALERT is active
 * from T_HIGH on until below T_LOW; as an interrupt, from either crossing
 * until a register is read. Faults in a row (F1 F0) are not counted.
 */
void
sim_tmp105_look(struct wio_sim_i2c_device *device)
{
    const int16_t now = (int16_t)tmp105_temperature(device);
    const bool was_hot = device->hot;

    if (now >= (int16_t)device->limits[1]) {
        device->hot = true;
    } else if (now < (int16_t)device->limits[0]) {
        device->hot = false;
    }
    if ((device->config & TMP105_TM) == 0) {
        device->alert = device->hot;
    } else if (device->hot != was_hot) {
        device->alert = true;
    }
}

bool
sim_tmp105_alert_level(const struct wio_sim_i2c_device *device)
{
    return device->alert == ((device->config & TMP105_POL) != 0);
}

static uint8_t
tmp105_read(struct wio_sim_i2c_device *device, uint32_t i)
{
    uint16_t value;

    if ((device->config & TMP105_TM) != 0) {
        device->alert = false;
    }
    switch (device->pointer & 3u) {
    case 0:
        value = tmp105_temperature(device);
        break;
    case 1:
        return device->config;
    default:
        value = device->limits[(device->pointer & 3u) - 2u];
        break;
    }
    return (uint8_t)(i % 2 == 0 ? value >> 8 : value & 0xffu);
}

/* Always acknowledges. The first byte is the pointer. */
static void
tmp105_write(struct wio_sim_i2c_device *device, uint32_t i, uint8_t byte)
{
    uint16_t *limit;

    if (i == 0) {
        device->pointer = byte & 3u;
        return;
    }
    if (device->pointer == 1 && i == 1) {
        device->config = byte;
        sim_tmp105_look(device);
        return;
    }
    if (device->pointer < 2 || i > 2) {
        return;    /* the temperature is read-only */
    }
    limit = &device->limits[device->pointer - 2u];
    *limit = (uint16_t)(i == 1 ? (uint32_t)byte << 8 | (*limit & 0xffu)
                               : (*limit & 0xff00u) | byte);
    if (i == 2) {
        sim_tmp105_look(device);
    }
}

/* -- 24c02: 256 bytes, pages of 8, 5 ms write cycle ---------------------- */

static void
eeprom_write(struct wio_sim_i2c_device *device, uint32_t i, uint8_t byte)
{
    if (i == 0) {
        device->pointer = byte;
        return;
    }
    device->cells[device->pointer] = byte;
    /* A write never leaves its page: the low three bits wrap. */
    device->pointer = (uint8_t)((device->pointer & 0xf8u)
                                | ((device->pointer + 1u) & 7u));
}

/* -- Either -------------------------------------------------------------- */

void
sim_i2c_write_byte(struct wio_sim_i2c_device *device, uint32_t i, uint8_t byte)
{
    if (device->model == WIO_SIM_TMP105) {
        tmp105_write(device, i, byte);
    } else {
        eeprom_write(device, i, byte);
    }
}

uint8_t
sim_i2c_read_byte(struct wio_sim_i2c_device *device, uint32_t i)
{
    if (device->model == WIO_SIM_TMP105) {
        return tmp105_read(device, i);
    }
    return device->cells[device->pointer++];
}

void
sim_i2c_written(const struct wio_sim *sim, struct wio_sim_i2c_device *device,
                uint32_t w_len)
{
    if (device->model == WIO_SIM_24C02 && w_len > 1) {
        device->busy_until_ns = sim->now_ns + 5000000u;
    }
}

/* -- The transfer -------------------------------------------------------- */

static bool
is_fault(const struct transfer *t, enum wio_sim_fault_kind kind)
{
    return t->fault != NULL && t->fault->kind == kind;
}

/* Lets @n_clocks pass; false when the time limit is reached meanwhile. */
static bool
clocks(struct transfer *t, uint32_t n_clocks)
{
    struct wio_sim *sim = t->sim;
    const uint64_t ns = (uint64_t)n_clocks * 1000000000u / sim->config.i2c_hz;

    if (sim->now_ns >= t->deadline_ns || ns > t->deadline_ns - sim->now_ns) {
        (void)sim_wait_until(sim, t->deadline_ns);
        return false;
    }
    return sim_wait_until(sim, sim->now_ns + ns);
}

/* What goes wrong before the first bit is on the bus; 0 to go on. */
static int
before_start(struct transfer *t)
{
    struct wio_sim *sim = t->sim;
    uint64_t late_ns;

    if (is_fault(t, WIO_SIM_HANG)) {
        (void)sim_wait_until(sim, t->deadline_ns);
        return WIO_ERR_TIMEOUT;
    }
    if (is_fault(t, WIO_SIM_STUCK)) {
        /* UM10204 section 3.1.16: nine clocks to free SDA, here in vain. */
        return clocks(t, 9) ? WIO_ERR_I2C_BUS : WIO_ERR_TIMEOUT;
    }
    if (is_fault(t, WIO_SIM_LATE)) {
        late_ns = (uint64_t)t->fault->value * 1000u;
        if (sim->now_ns >= t->deadline_ns
            || late_ns > t->deadline_ns - sim->now_ns) {
            (void)sim_wait_until(sim, t->deadline_ns);
            return WIO_ERR_TIMEOUT;
        }
        if (!sim_wait_until(sim, sim->now_ns + late_ns)) {
            return WIO_ERR_TIMEOUT;
        }
    }
    return WIO_OK;
}

/* START and the address; *@device is who answers. */
static int
start(struct transfer *t, enum wio_sim_op op,
      struct wio_sim_i2c_device **device)
{
    sim_log(t->sim, t->target, op, t->addr, 1, 0, 0);
    if (!clocks(t, 10)) {
        return WIO_ERR_TIMEOUT;
    }
    if (is_fault(t, WIO_SIM_ARBITRATION)) {
        return WIO_ERR_I2C_ARBITRATION;
    }
    *device = sim_i2c_device(t->sim, t->target.index, t->addr);
    if (*device == NULL || is_fault(t, WIO_SIM_NACK_ADDRESS)) {
        return WIO_ERR_I2C_NACK_ADDRESS;
    }
    return WIO_OK;
}

static int
write_bytes(struct transfer *t, struct wio_sim_i2c_device *device,
            const uint8_t *bytes, uint32_t n_bytes)
{
    for (uint32_t i = 0; i < n_bytes; i++) {
        sim_log(t->sim, t->target, WIO_SIM_OP_WRITE, t->addr, 1, bytes[i], 0);
        if (!clocks(t, 9)) {
            return WIO_ERR_TIMEOUT;
        }
        if (is_fault(t, WIO_SIM_NACK_DATA) && i == t->fault->value) {
            return WIO_ERR_I2C_NACK_DATA;
        }
        sim_i2c_write_byte(device, i, bytes[i]);
    }
    return WIO_OK;
}

static int
read_bytes(struct transfer *t, struct wio_sim_i2c_device *device,
           uint8_t *bytes, uint32_t n_bytes)
{
    for (uint32_t i = 0; i < n_bytes; i++) {
        if (!clocks(t, 9)) {
            return WIO_ERR_TIMEOUT;
        }
        bytes[i] = sim_i2c_read_byte(device, i);
        if (is_fault(t, WIO_SIM_FLIP) && t->fault->value / 8 == i) {
            bytes[i] = (uint8_t)(bytes[i] ^ (0x80u >> t->fault->value % 8));
        }
        sim_log(t->sim, t->target, WIO_SIM_OP_READ, t->addr, 1, bytes[i], 0);
    }
    return WIO_OK;
}

static int
run_transfer(struct transfer *t, const uint8_t *w, uint32_t w_len, uint8_t *r,
             uint32_t r_len)
{
    struct wio_sim_i2c_device *device = NULL;
    int err = before_start(t);

    if (err == WIO_OK && w_len > 0) {
        err = start(t, WIO_SIM_OP_START_WRITE, &device);
        if (err == WIO_OK) {
            err = write_bytes(t, device, w, w_len);
        }
    }
    if (err == WIO_OK && r_len > 0) {
        err = start(t, WIO_SIM_OP_START_READ, &device);
        if (err == WIO_OK) {
            err = read_bytes(t, device, r, r_len);
        }
    }
    if (err == WIO_OK && device != NULL && r_len == 0) {
        sim_i2c_written(t->sim, device, w_len);
    }
    return err;
}

static int
sim_i2c_transfer(void *ctx, uint16_t addr, const uint8_t *w, uint32_t w_len,
                 uint8_t *r, uint32_t r_len, uint64_t deadline_ns)
{
    const struct wio_sim_controller *controller = ctx;
    struct wio_sim *sim = controller->sim;
    struct transfer t = {
        .sim = sim,
        .target = { controller->class, controller->index },
        .addr = addr,
        .deadline_ns = deadline_ns,
    };
    const uint32_t kinds =
        1u << WIO_SIM_NACK_ADDRESS | 1u << WIO_SIM_NACK_DATA
        | 1u << WIO_SIM_ARBITRATION | 1u << WIO_SIM_STUCK
        | 1u << WIO_SIM_HANG | 1u << WIO_SIM_LATE | 1u << WIO_SIM_FLIP;
    int err;

    t.fault = sim_fault(sim, t.target, sim_count(sim, t.target), kinds);
    err = run_transfer(&t, w, w_len, r, r_len);
    sim_log(sim, t.target, WIO_SIM_OP_STOP, addr, 0, 0, err);
    return err;
}

const struct wio_i2c_ops sim_i2c_ops = {
    .transfer = sim_i2c_transfer,
    .submit = sim_submit_i2c,
    .cancel = sim_cancel,
};
