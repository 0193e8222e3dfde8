/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A port whose devices count: a refused call must never reach one. The clock
 * stands still but for delays, transfers, and what a test adds.
 */
#ifndef FAKE_H
#define FAKE_H

#include <wio/port.h>

struct fake {
    struct wio_port port;
    uint64_t now_ns;
    uint32_t now_step_ns;          /* added at each look at the clock */
    uint32_t irq_depth;
    uint32_t n_irq_saves;
    uint64_t alarm_ns;             /* absolute; 0: none */
    void (*alarm_fn)(void *arg);
    void *alarm_arg;
    uint32_t n_logs;
    char log[200];

    uint32_t n_accesses;           /* of any device, configure not counted */
    uint32_t n_configures;

    uint16_t i2c_addr;
    uint8_t i2c_written[64];
    uint32_t i2c_w_len, i2c_r_len;
    uint8_t i2c_answer;            /* value of every byte read */
    int i2c_result;
    uint64_t i2c_takes_ns;
    uint64_t i2c_deadline_ns;
    bool i2c_hangs;                /* acknowledges, then waits for ever */

    uint32_t spi_n;                /* segments of the last transfer */
    struct wio_spi_segment spi_segments[8];   /* pointers: whose they were */
    struct wio_spi_chip spi_chip;
    uint8_t spi_written[64];       /* of all segments */
    uint32_t spi_w_len;
    uint8_t spi_answer;            /* value of every byte read */
    int spi_result;
    uint64_t spi_takes_ns;
    uint64_t spi_deadline_ns;

    uint32_t gpio_level[8];
    uint32_t gpio_flags[8];
    int gpio_result;
    uint64_t gpio_takes_ns;

    uint8_t uart_out[64];
    uint32_t uart_n_out;
    uint32_t uart_n_in;            /* bytes waiting, all 'u' */

    uint32_t registers[64];        /* behind mmio operations */
    uint32_t mmio_width;           /* of the last access */
    uint32_t mmio_off;
    bool mmio_masked;              /* interrupts were kept out in it */
    uint32_t mmio_turns_at;        /* poll: n_accesses at which ~0 is read */
};

void fake_init(struct fake *fake);
void fake_advance(struct fake *fake, uint64_t ns);

extern const struct wio_i2c_ops fake_i2c_ops;
extern const struct wio_spi_ops fake_spi_ops;
extern const struct wio_gpio_ops fake_gpio_ops;
extern const struct wio_uart_ops fake_uart_ops;
extern const struct wio_mmio_ops fake_mmio_ops;

#endif
