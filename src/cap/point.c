/* SPDX-License-Identifier: Apache-2.0 */
/* cap/point.c - the process image */
#include "cap/point.h"

static void
publish(struct wio_point_cell *cell, uint64_t bits, int32_t code,
        uint64_t now_ns)
{
    uint32_t n = atomic_load_explicit(&cell->n_writes, memory_order_relaxed);
    struct wio_point_slot *slot = &cell->slot[(n + 1) & 1];

    /* The slot is written only after everyone could see that the other one
     * is the present one: a reader of this slot then finds n changed. */
    atomic_thread_fence(memory_order_seq_cst);
    atomic_store_explicit(&slot->bits[0], (uint32_t)bits,
                          memory_order_relaxed);
    atomic_store_explicit(&slot->bits[1], (uint32_t)(bits >> 32),
                          memory_order_relaxed);
    atomic_store_explicit(&slot->ns[0], (uint32_t)now_ns,
                          memory_order_relaxed);
    atomic_store_explicit(&slot->ns[1], (uint32_t)(now_ns >> 32),
                          memory_order_relaxed);
    atomic_store_explicit(&slot->code, code, memory_order_relaxed);
    n++;
    if (n == 0) {
        n = 2;                     /* 0 means never; the slot's parity stays */
    }
    atomic_store_explicit(&cell->n_writes, n, memory_order_release);
}

void
wio_point_write(struct wio_point_cell *cell, uint64_t bits, uint64_t now_ns)
{
    publish(cell, bits, 0, now_ns);
}

void
wio_point_write_bad(struct wio_point_cell *cell, int32_t code,
                    uint64_t now_ns)
{
    struct wio_point_value value;

    wio_point_read(cell, &value);
    publish(cell, value.bits, code < 0 ? code : WIO_ERR_OTHER, now_ns);
}

void
wio_point_read(const struct wio_point_cell *cell,
               struct wio_point_value *value)
{
    uint32_t n = atomic_load_explicit(&cell->n_writes, memory_order_acquire);

    for (;;) {
        const struct wio_point_slot *slot = &cell->slot[n & 1];
        uint32_t again;

        value->bits = atomic_load_explicit(&slot->bits[1],
                                           memory_order_relaxed);
        value->bits = value->bits << 32 |
                      atomic_load_explicit(&slot->bits[0],
                                           memory_order_relaxed);
        value->written_ns = atomic_load_explicit(&slot->ns[1],
                                                 memory_order_relaxed);
        value->written_ns = value->written_ns << 32 |
                            atomic_load_explicit(&slot->ns[0],
                                                 memory_order_relaxed);
        value->code = atomic_load_explicit(&slot->code, memory_order_relaxed);
        value->n_writes = n;
        atomic_thread_fence(memory_order_acquire);
        again = atomic_load_explicit(&cell->n_writes, memory_order_acquire);
        if (again == n) {
            return;
        }
        n = again;
    }
}

bool
wio_point_fits(uint8_t type, uint64_t bits)
{
    uint32_t n_bits;
    uint64_t above;

    switch (type) {
    case WIO_POINT_BOOL:
        return bits <= 1;
    case WIO_POINT_U8:
        return bits <= UINT8_MAX;
    case WIO_POINT_U16:
        return bits <= UINT16_MAX;
    case WIO_POINT_U32:
    case WIO_POINT_F32:
        return bits <= UINT32_MAX;
    case WIO_POINT_I8:
        n_bits = 8;
        break;
    case WIO_POINT_I16:
        n_bits = 16;
        break;
    case WIO_POINT_I32:
        n_bits = 32;
        break;
    case WIO_POINT_I64:
    case WIO_POINT_F64:
        return true;
    default:
        return false;
    }
    /* Sign-extended: the sign bit and all above it are the same. */
    above = bits >> (n_bits - 1);
    return above == 0 || above == UINT64_MAX >> (n_bits - 1);
}
