/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cap/mmio.h - a window onto device registers, right by right
 *
 * The policy of the board lists the registers of a window that are granted:
 * offset, width, bits to read, bits to write. An access must hit such a
 * register exactly, at its offset and with its width. It then makes exactly
 * one bus access of that width (a merging write makes two: see below), in
 * program order; a refused one makes none.
 *
 *   read    the value with the bits outside @read_mask cleared.
 *   write   @write_mask is all bits of the register: one store.
 *           Else a value with other bits set is refused (MMIO_BITS). If the
 *           register may be read (@read_mask not 0), its other bits are kept:
 *           read, merge, store with interrupts kept out. If it is write-only,
 *           the value is stored as it is and other bits are written 0: a
 *           write-only register is often a command register, whose read has
 *           an effect or another meaning. For a register that is read and
 *           written but whose read has an effect (a data register), the policy
 *           grants all bits for writing.
 *   modify  for registers with rights to read and to write; @mask must lie
 *           within @write_mask; interrupts are kept out between read and
 *           store.
 *   poll    reads until (value & mask) == want, with 1 us between two reads.
 *
 * 32-bit registers that are memory have a fast path in this header: a byte for
 * every word of the window leads to the pair of masks, and masks of 0 mean "not
 * here". An offset rotated right by two is a word number when it is aligned and
 * beyond every window when it is not, so one comparison checks bounds and
 * alignment. What the fast path does not take, the functions below do, or they
 * say why not; they alone decide what is refused.
 *
 * Context: any that the port's register access allows; no allocation but in
 * wio_mmio_open.
 */
#ifndef WIO_CAP_MMIO_H
#define WIO_CAP_MMIO_H

#include <stdbool.h>
#include <stdint.h>

#include <wio/err.h>
#include <wio/port.h>

#include "base/arena.h"
#include "base/rights.h"

struct wio_mmio_masks {
    uint32_t read;                 /* 0: not by the fast path */
    uint32_t write;                /* not all ones: not by the fast path */
};

/* What a window is made from. @rules must stay. */
struct wio_mmio_grant {
    uintptr_t base;
    uint32_t size;                 /* bytes */
    uint32_t timeout_us;           /* most a poll may take */
    const struct wio_register_rule *rules;   /* sorted by offset */
    uint32_t n_rules;
    const struct wio_mmio_ops *ops;          /* NULL: memory at @base */
    void *ctx;
    const struct wio_port *port;
};

struct wio_mmio_window {
    uint32_t handle;               /* first, in every class */
    uint32_t n_words;              /* words with an entry in @index */
    const uint8_t *index;          /* word -> place in @masks; 0: none */
    const struct wio_mmio_masks *masks;  /* [0] is {0, 0} */
    uintptr_t base;
    const struct wio_mmio_grant *grant;
    uint32_t reserved[2];          /* a power of two where pointers are 32
                                      bits: the table is indexed by a shift */
};

/**
 * wio_mmio_open - build the tables of a window
 * Returns 0, WIO_ERR_NO_MEMORY, WIO_ERR_LIMIT (over 255 registers), or
 * WIO_ERR_BAD_BOARD when a rule lies outside the window, against its
 * alignment, has bits outside its width, or overlaps the one before.
 */
WIO_MUST_CHECK
int wio_mmio_open(struct wio_mmio_window *window, uint32_t handle,
                  const struct wio_mmio_grant *grant,
                  struct wio_arena *arena);

/* One access of @width bytes. Value, or a negative code sign-extended. */
WIO_MUST_CHECK
int64_t wio_mmio_read(const struct wio_mmio_window *window, uint32_t off,
                      uint32_t width);
WIO_MUST_CHECK
int wio_mmio_write(const struct wio_mmio_window *window, uint32_t off,
                   uint32_t width, uint32_t value);
WIO_MUST_CHECK
int wio_mmio_modify32(const struct wio_mmio_window *window, uint32_t off,
                      uint32_t mask, uint32_t value);
/* Not beyond @deadline_ns, nor beyond the window's own time limit. */
WIO_MUST_CHECK
int wio_mmio_poll32(const struct wio_mmio_window *window, uint32_t off,
                    uint32_t mask, uint32_t want, uint32_t timeout_us,
                    uint64_t deadline_ns);

/* Whether the functions above would make the access: 0 or their refusal.
 * Touches nothing. For several accesses that are all made or none. */
int wio_mmio_check_read(const struct wio_mmio_window *window, uint32_t off,
                        uint32_t width);
int wio_mmio_check_store(const struct wio_mmio_window *window, uint32_t off,
                         uint32_t width, uint32_t value);
int wio_mmio_check_modify32(const struct wio_mmio_window *window, uint32_t off,
                            uint32_t mask);

/* Whether a write of @value would be allowed: 0 or the refusal. Touches
 * nothing. For what is checked long before it is done. */
int wio_mmio_check_write(const struct wio_mmio_window *window, uint32_t off,
                         uint32_t value);
/* A write with the width that the register has. */
WIO_MUST_CHECK
int wio_mmio_write_any(const struct wio_mmio_window *window, uint32_t off,
                       uint32_t value);

static inline uint32_t
wio_mmio_word(uint32_t off)
{
    return off >> 2 | off << 30;
}

/* What may be read of a register on the fast path; 0: nothing, or none. */
static inline uint32_t
wio_mmio_readable32(const struct wio_mmio_window *window, uint32_t off)
{
    uint32_t word = wio_mmio_word(off);

    return word < window->n_words ? window->masks[window->index[word]].read
                                  : 0;
}

/* Whether all of a register may be written, on the fast path. */
static inline bool
wio_mmio_is_writable32(const struct wio_mmio_window *window, uint32_t off)
{
    uint32_t word = wio_mmio_word(off);

    return word < window->n_words &&
           window->masks[window->index[word]].write == UINT32_MAX;
}

/* The fast path: true when the access was made. */
static inline bool
wio_mmio_try_read32(const struct wio_mmio_window *window, uint32_t off,
                    uint32_t *value)
{
    uint32_t mask = wio_mmio_readable32(window, off);

    if (mask == 0) {
        return false;
    }
    *value = *(const volatile uint32_t *)(window->base + off) & mask;
    return true;
}

static inline bool
wio_mmio_try_write32(const struct wio_mmio_window *window, uint32_t off,
                     uint32_t value)
{
    if (!wio_mmio_is_writable32(window, off)) {
        return false;
    }
    *(volatile uint32_t *)(window->base + off) = value;
    return true;
}

#endif
