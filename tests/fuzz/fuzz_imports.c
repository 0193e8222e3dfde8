/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The import layer: any host function, with any handle, pointer and length.
 *
 * Input: a sequence of calls, each one byte for the function, then a byte for
 * every argument slot that picks a handle, a place near an edge of memory, a
 * small number, or (top bit and four more bytes) any number at all. The memory
 * is exactly as long as the guest's bound says, so that AddressSanitizer sees
 * the first byte outside; the devices behind the grants are fakes.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "guest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
    const uint8_t *at;
    const uint8_t *end;
};

static uint32_t
take(struct input *in)
{
    return in->at < in->end ? *in->at++ : 0;
}

static uint32_t
pick(struct guest *guest, struct input *in)
{
    static const char *const labels[] = {
        "sensor", "led", "button", "port", "regs", "t", "big", "f", "d", "in",
        "din",
    };
    static const uint32_t edges[] = {
        0, 1, 2, 4, 8, 16, GUEST_MEMORY - 16, GUEST_MEMORY - 8,
        GUEST_MEMORY - 4, GUEST_MEMORY - 1, GUEST_MEMORY, GUEST_MEMORY + 1,
        0x7fffffff, 0x80000000, UINT32_MAX - 3, UINT32_MAX,
    };
    uint32_t byte = take(in);

    if (byte < 11) {
        return guest_handle(guest, labels[byte]);
    }
    if (byte < 32) {
        return guest_handle(guest, labels[byte % 11]) ^ (1u << byte);
    }
    if (byte < 64) {
        return edges[byte % 16];
    }
    if (byte < 128) {
        return byte - 64;
    }
    byte = take(in);
    byte = byte << 8 | take(in);
    byte = byte << 8 | take(in);
    return byte << 8 | take(in);
}

/* Sets the scene: the guest's bytes, and what the devices answer. */
static void
prepare(struct guest *guest, struct input *in)
{
    static const int answers[] = { 0, 0, WIO_ERR_I2C_NACK_ADDRESS,
                                   WIO_ERR_TIMEOUT };
    uint32_t what = take(in);

    for (uint32_t i = 0; i < 64; i++) {
        guest->bytes[i] = (uint8_t)take(in);
    }
    memcpy(guest->bytes + 64, "sensorledbuttonabsentportregs", 29);
    guest->fake.i2c_result = answers[what & 3];
    guest->fake.i2c_hangs = (what >> 2 & 7) == 1;
    guest->fake.i2c_answer = (uint8_t)what;
    guest->fake.uart_n_in = what >> 4;
    guest->bind.strict = (what & 8) != 0;
    if (what & 16) {
        guest->bind.budget_end_ns = guest->fake.now_ns + 30000;
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = { data, data + size };
    struct guest guest;

    guest_init(&guest);
    prepare(&guest, &in);
    while (in.at < in.end) {
        const struct wio_host_func *function = wio_bind_function(take(&in));
        uint32_t slots[8] = { 0 };

        if (!function) {
            continue;
        }
        for (uint32_t i = 0; i < guest_n_slots(function); i++) {
            slots[i] = pick(&guest, &in);
        }
        guest_call(&guest, function, slots);
        /* Nothing granted is ever another address or a longer transfer, and
         * no bit outside a mask ever reaches a register. */
        if ((guest.fake.i2c_addr != 0 && guest.fake.i2c_addr != 0x48) ||
            guest.fake.i2c_w_len > 4 || guest.fake.i2c_r_len > 4 ||
            guest.fake.uart_n_out > 8 || (guest.registers[1] & ~0x0fu) != 0 ||
            guest.registers[2] != 0) {
            abort();
        }
    }
    guest_free(&guest);
    return 0;
}
