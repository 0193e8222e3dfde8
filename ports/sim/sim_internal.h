/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ports/sim/sim_internal.h - what the files of the simulated board share
 */
#ifndef WIO_SIM_INTERNAL_H
#define WIO_SIM_INTERNAL_H

#include <string.h>

#include "sim/sim.h"

/* A name such as "gpio0.3", taken apart. */
struct sim_target {
    uint8_t class;        /* enum wio_sim_class */
    uint8_t index;
};

/* sim.c */

/* Moves the clock to @at_ns (if that is ahead), doing what is due on the
 * way. */
void sim_run_until(struct wio_sim *sim, uint64_t at_ns);

/* What is due next, UINT64_MAX when nothing is. */
uint64_t sim_next_ns(struct wio_sim *sim);

/* As sim_run_until, but no longer than the budget of whoever waits lasts; false
 * when that ended it. */
bool sim_wait_until(struct wio_sim *sim, uint64_t at_ns);

/* Moves the clock by time of the one who runs: what preempts it comes on
 * top. */
void sim_advance_own(struct wio_sim *sim, uint64_t ns);

/* sim_sched.c */

extern const struct wio_port_sched_ops sim_sched_ops;

/* When a timer, a budget or a storm is due. */
uint64_t sim_next_level_ns(struct wio_sim *sim);
/* Everything due at levels and above them happens. */
void sim_happen(struct wio_sim *sim);
/* A guest's time is told before the clock is looked at. */
void sim_sync(struct wio_sim *sim);
/* WIO_ERR_LIMIT when too many are under way. */
int sim_storm_add(struct wio_sim *sim, const struct wio_sim_storm *storm);
void sim_pin_changed(struct wio_sim *sim, uint32_t index, uint32_t pin,
                     bool high);

/* sim_lines.c */

/* What devices' outputs are now, for sources triggered by levels. */
void sim_lines_follow(struct wio_sim *sim);
/* When one of them may change by itself. */
uint64_t sim_next_line_ns(const struct wio_sim *sim);

/* sim_script.c */

/* Performs an event whose time has come. */
void sim_event_happens(struct wio_sim *sim, const struct wio_sim_event *event);

/* sim_names.c */

/* "i2c0" at the start of @name; *@rest is what follows. False: no such. */
bool sim_parse_target(const char *name, struct sim_target *target,
                      const char **rest);

/* A decimal or 0x number at *@at, which moves behind it. */
bool sim_parse_number(const char **at, int64_t *value);

/* sim_log.c */

void sim_log(struct wio_sim *sim, struct sim_target target,
             enum wio_sim_op op, uint32_t offset, uint32_t width,
             uint32_t value, int code);

/* Counts an access of @target and returns its number, from 1. */
uint32_t sim_count(struct wio_sim *sim, struct sim_target target);

/* The fault that hits access number @n, used up by this; NULL when none
 * does. @kinds: a bit 1 << kind for each kind that the caller can show. */
const struct wio_sim_fault *sim_fault(struct wio_sim *sim,
                                      struct sim_target target, uint32_t n,
                                      uint32_t kinds);

/* sim_bus.c */

bool sim_queue_put(struct wio_sim_queue *queue, uint8_t byte);
bool sim_queue_get(struct wio_sim_queue *queue, uint8_t *byte);

/* The line of a uart or of a UART block; NULL for other targets. */
struct wio_sim_line *sim_line(struct wio_sim *sim, struct sim_target target);

/* Puts bytes on a line at the present time. */
uint32_t sim_line_feed(struct wio_sim *sim, struct sim_target target,
                       const uint8_t *bytes, uint32_t n_bytes);

/* A byte has left the board. */
void sim_line_sent(struct wio_sim_line *line, uint8_t byte, uint64_t now_ns,
                   uint64_t char_ns);

/* The byte that has come in completely by now, if any; a storm supplies one
 * whenever the line is free. */
bool sim_line_arrived(struct wio_sim *sim, struct sim_target target,
                      struct wio_sim_line *line, uint64_t char_ns,
                      uint8_t *byte);

extern const struct wio_gpio_ops sim_gpio_ops;
extern const struct wio_uart_ops sim_uart_ops;
extern const struct wio_mmio_ops sim_mmio_ops;

/* Of a host's UART; in sim_bus.c, too. */
uint64_t sim_uart_char_ns(const struct wio_sim *sim, uint32_t index);
/* What a fault of the receiver is told as. */
int sim_uart_receive_error(const struct wio_sim_fault *fault);

/* sim_requests.c */

int sim_submit_i2c(void *ctx, struct wio_request *request);
int sim_submit_spi(void *ctx, struct wio_request *request);
int sim_submit_uart(void *ctx, struct wio_request *request);
uint32_t sim_cancel(void *ctx, struct wio_request *request);
/* One interrupt of a request that is due now; false when none is. */
bool sim_request_happens(struct wio_sim *sim);
uint64_t sim_next_request_ns(const struct wio_sim *sim);

/* sim_spi.c; a chip is NULL when nobody answers */

struct wio_sim_chip *sim_spi_chip(struct wio_sim *sim, uint32_t bus,
                                  uint32_t select);
void sim_spi_select(struct wio_sim *sim, struct sim_target target,
                    struct wio_sim_chip *chip, uint32_t select, bool selected);
uint8_t sim_spi_exchange(struct wio_sim *sim, struct sim_target target,
                         struct wio_sim_chip *chip, uint8_t out);
uint64_t sim_spi_byte_ns(const struct wio_sim *sim,
                         const struct wio_spi_chip *chip);

/* sim_i2c.c */

extern const struct wio_i2c_ops sim_i2c_ops;

/* Who answers; NULL when nobody does. */
struct wio_sim_i2c_device *sim_i2c_device(struct wio_sim *sim, uint32_t bus,
                                          uint16_t addr);
/* Byte @i of a transfer. */
void sim_i2c_write_byte(struct wio_sim_i2c_device *device, uint32_t i,
                        uint8_t byte);
uint8_t sim_i2c_read_byte(struct wio_sim_i2c_device *device, uint32_t i);
/* A transfer that only wrote @w_len bytes is over. */
void sim_i2c_written(const struct wio_sim *sim,
                     struct wio_sim_i2c_device *device, uint32_t w_len);

/* Compares with the limits, after the temperature or a register changed. */
void sim_tmp105_look(struct wio_sim_i2c_device *device);
/* Of the ALERT pin: true high. */
bool sim_tmp105_alert_level(const struct wio_sim_i2c_device *device);

/* sim_spi.c, sim_card.c */

extern const struct wio_spi_ops sim_spi_ops;

/* A card or flash as it is when power comes. */
void sim_chip_reset(struct wio_sim *sim, struct wio_sim_chip *chip);

/* One byte each way while the card is selected. */
uint8_t sim_card_exchange(struct wio_sim *sim, struct sim_target target,
                          struct wio_sim_chip *card, uint8_t in);
/* Selected, or not any more: what it was about is dropped, but programming. */
void sim_card_select(struct wio_sim_chip *card, bool selected);

/* The oldest byte of a block's FIFO, which has one. */
static inline uint8_t
sim_fifo_take(uint8_t *bytes, uint8_t *n)
{
    const uint8_t first = bytes[0];

    (*n)--;
    memmove(bytes, bytes + 1, *n);
    return first;
}

/* sim_pl022.c; as the UART blocks */

uint32_t sim_pl022_read(struct wio_sim *sim, struct sim_target target,
                        uint32_t off);
void sim_pl022_write(struct wio_sim *sim, struct sim_target target,
                     uint32_t off, uint32_t value);
/* A pin has changed that may select a chip. */
void sim_selects_moved(struct wio_sim *sim);

/* sim_uart_blocks.c; time is at sim->now_ns, offsets are multiples of 4 */

void sim_pl011_reset(struct wio_sim_pl011 *uart);
/* The receiver's interrupt, and when its next byte is complete. */
bool sim_block_interrupts(struct wio_sim *sim, struct sim_target target);
uint64_t sim_block_next_ns(const struct wio_sim *sim,
                           struct sim_target target);
uint32_t sim_pl011_read(struct wio_sim *sim, struct sim_target target,
                        uint32_t off);
void sim_pl011_write(struct wio_sim *sim, struct sim_target target,
                     uint32_t off, uint32_t value);
uint32_t sim_cmsdk_read(struct wio_sim *sim, struct sim_target target,
                        uint32_t off);
void sim_cmsdk_write(struct wio_sim *sim, struct sim_target target,
                     uint32_t off, uint32_t value);

#endif
