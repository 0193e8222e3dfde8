/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench/guest/kernels.c - the reference kernels
 *
 * Texts, constants and right results are those of the reference loops that
 * peers were measured with, so that figures can be laid beside theirs:
 *     mmio_loop(1e7) = mem_loop(1e7) = 0x87F0D4C0     crc(200) = 0x45C7762A
 *     pid(1e6) = 0x55350261                           bme(1e6) = 0x0CE6424B
 * Do not tidy: a change of the text changes the Wasm and breaks the comparison.
 */
#include "kernels.h"

#if defined(__wasm__)
#define IMPORT(name) \
    __attribute__((import_module("env"), import_name(#name)))
IMPORT(mmio_write32) void mmio_write32(uint32_t h, uint32_t off, uint32_t v);
IMPORT(mmio_read32) uint32_t mmio_read32(uint32_t h, uint32_t off);
#else
#include "common/window.h"
#endif

uint32_t
KERNEL(mmio_loop)(uint32_t n)
{
    uint32_t acc = 0;

    for (uint32_t i = 0; i < n; i++) {
        uint32_t off = (i & 15u) << 2;

        mmio_write32(1, off, i);
        acc += mmio_read32(1, off);
    }
    return acc;
}

static volatile uint32_t bank[16];

uint32_t
KERNEL(mem_loop)(uint32_t n)
{
    uint32_t acc = 0;

    for (uint32_t i = 0; i < n; i++) {
        bank[i & 15u] = i;
        acc += bank[i & 15u];
    }
    return acc;
}

/* -- Entry calls ------------------------------------------------------------ */

static volatile uint32_t irq_count;

void
KERNEL(empty)(void)
{
}

void
KERNEL(irq)(uint32_t n)
{
    irq_count += n;
}

uint32_t
KERNEL(irq_total)(void)
{
    return irq_count;
}

/* -- CRC-32 by table ---------------------------------------------------------- */

static uint32_t tab[256];
static uint8_t buf[BENCH_CRC_BYTES];

uint32_t
KERNEL(crc)(uint32_t n)
{
    uint32_t c = 0xFFFFFFFFu;

    for (uint32_t i = 0; i < 256; i++) {
        uint32_t t = i;

        for (int k = 0; k < 8; k++) {
            t = (t & 1u) ? 0xEDB88320u ^ (t >> 1) : t >> 1;
        }
        tab[i] = t;
    }
    for (uint32_t i = 0; i < sizeof buf; i++) {
        buf[i] = (uint8_t)(i * 31u + (i >> 8));
    }
    for (uint32_t r = 0; r < n; r++) {
        for (uint32_t i = 0; i < sizeof buf; i++) {
            c = tab[(c ^ buf[i]) & 0xFF] ^ (c >> 8);
        }
    }
    return ~c;
}

/* -- PID controller, Q16.16, with a first-order plant -------------------------- */

struct pid {
    int32_t kp, ki, kd, integ, prev, lo, hi;
};

static struct pid P;

uint32_t
KERNEL(pid)(uint32_t n)
{
    int32_t acc = 0;
    int32_t y = 0;

    P = (struct pid){ 52428, 3277, 6553, 0, 0, -100 * 65536, 100 * 65536 };
    struct pid *p = &P;

    __asm__ volatile("" : "+r"(p) :: "memory");
    for (uint32_t i = 0; i < n; i++) {
        int32_t e = (((i >> 10) & 1) ? 40 * 65536 : 10 * 65536) - y;
        int32_t d = e - p->prev;

        p->prev = e;
        int32_t ig = p->integ + (int32_t)(((int64_t)p->ki * e) >> 16);

        ig = ig > p->hi ? p->hi : ig < p->lo ? p->lo : ig;
        p->integ = ig;
        int64_t u = (((int64_t)p->kp * e) >> 16) + ig
                    + (((int64_t)p->kd * d) >> 16);

        if (u > p->hi) {
            u = p->hi;
        } else if (u < p->lo) {
            u = p->lo;
        }
        y += ((int32_t)u - y) >> 4;
        acc += y;
    }
    return (uint32_t)acc;
}

/* -- Sensor compensation in the manner of a BME280 ------------------------------ */

struct bme {
    uint16_t T1;
    int16_t T2, T3;
    uint16_t P1;
    int16_t P2, P3, P4, P5, P6, P7, P8, P9;
    uint8_t H1;
    int16_t H2;
    uint8_t H3;
    int16_t H4, H5;
    int8_t H6;
};

static struct bme C;

uint32_t
KERNEL(bme)(uint32_t n)
{
    uint32_t acc = 0;

    C = (struct bme){
        .T1 = 27504, .T2 = 26435, .T3 = -1000,
        .P1 = 36477, .P2 = -10685, .P3 = 3024, .P4 = 2855, .P5 = 140,
        .P6 = -7, .P7 = 15500, .P8 = -14600, .P9 = 6000,
        .H1 = 75, .H2 = 370, .H3 = 0, .H4 = 310, .H5 = 50, .H6 = 30,
    };
    struct bme *c = &C;

    __asm__ volatile("" : "+r"(c) :: "memory");
    for (uint32_t i = 0; i < n; i++) {
        int32_t aT = (int32_t)(519888 + (i & 4095));
        int32_t aP = (int32_t)(415148 + (i * 7 & 8191));
        int32_t aH = (int32_t)(28000 + (i * 3 & 2047));
        int32_t d = (aT >> 4) - c->T1;
        int32_t tf = (((aT >> 3) - (c->T1 << 1)) * c->T2 >> 11)
                     + ((d * d >> 12) * c->T3 >> 14);
        int32_t T = (tf * 5 + 128) >> 8;
        int64_t w = tf - 128000LL;
        int64_t v = w * w * c->P6 + w * c->P5 * (1 << 17)
                    + c->P4 * (1LL << 35);

        w = (((1LL << 47) + (w * w * c->P3 >> 8) + w * c->P2 * (1 << 12))
             * c->P1) >> 33;
        uint32_t p = 0;

        if (w) {
            int64_t q = ((1048576 - aP) * (1LL << 31) - v) * 3125 / w;

            p = (uint32_t)(((q + (c->P9 * (q >> 13) * (q >> 13) >> 25)
                             + (c->P8 * q >> 19)) >> 8) + c->P7 * 16);
        }
        int32_t h = tf - 76800;

        h = (((aH << 14) - c->H4 * (1 << 20) - c->H5 * h + 16384) >> 15)
            * (((((h * c->H6 >> 10) * ((h * c->H3 >> 11) + 32768) >> 10)
                 + 2097152) * c->H2 + 8192) >> 14);
        h -= ((h >> 15) * (h >> 15) >> 7) * c->H1 >> 4;
        if (h < 0) {
            h = 0;
        }
        if (h > 419430400) {
            h = 419430400;
        }
        acc += p + (uint32_t)T + (uint32_t)(h >> 12);
    }
    return acc;
}
