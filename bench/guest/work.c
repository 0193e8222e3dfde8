/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench/guest/work.c - general computing: a list, matrices, a scanner
 *
 * Stands where CoreMark would (which is not ours and is not here), with the
 * same three kinds of work and a checksum over them: pointer chasing with calls
 * through function pointers, multiply-accumulate over 16-bit matrices, and a
 * state machine over text with a table of counts. Its ratio to native is
 * comparable with CoreMark's; its absolute counts are not.
 */
#include "kernels.h"

/* Calls stay calls in every build. */
#define LOCAL static __attribute__((noinline))

/* The checksum that ties all results together: CRC-16/ARC, bit by bit. */
LOCAL uint32_t
crc16(uint32_t value, uint32_t crc)
{
    for (uint32_t bit = 0; bit < 16; bit++) {
        uint32_t mix = (value ^ crc) & 1u;

        crc >>= 1;
        value >>= 1;
        if (mix) {
            crc ^= 0xA001u;
        }
    }
    return crc;
}

/* -- A linked list, searched, turned round and sorted --------------------------- */

#define N_NODES 48u

struct node {
    struct node *next;
    int16_t key;
    uint16_t tag;
};

static struct node nodes[N_NODES];

typedef int32_t (*order_fn)(const struct node *a, const struct node *b);

LOCAL int32_t
by_key(const struct node *a, const struct node *b)
{
    return a->key - b->key;
}

LOCAL int32_t
by_tag(const struct node *a, const struct node *b)
{
    return (int32_t)a->tag - (int32_t)b->tag;
}

/* Through memory, so that the calls stay indirect in every build. */
static order_fn volatile orders[2] = { by_key, by_tag };

LOCAL struct node *
list_make(uint32_t seed)
{
    for (uint32_t i = 0; i < N_NODES; i++) {
        seed = seed * 1103515245u + 12345u;
        nodes[i].key = (int16_t)(seed >> 16);
        nodes[i].tag = (uint16_t)i;
        nodes[i].next = i + 1 < N_NODES ? &nodes[i + 1] : (struct node *)0;
    }
    return nodes;
}

LOCAL struct node *
list_reverse(struct node *list)
{
    struct node *done = 0;

    while (list) {
        struct node *next = list->next;

        list->next = done;
        done = list;
        list = next;
    }
    return done;
}

LOCAL const struct node *
list_find(const struct node *list, uint32_t tag)
{
    while (list && list->tag != tag) {
        list = list->next;
    }
    return list;
}

/* Bottom-up merge sort, stable. */
LOCAL struct node *
list_sort(struct node *list, order_fn order)
{
    for (uint32_t width = 1;; width *= 2) {
        struct node *rest = list;
        struct node **tail = &list;
        uint32_t merges = 0;

        while (rest) {
            struct node *a = rest;
            struct node *b = rest;
            uint32_t n_a = 0;
            uint32_t n_b = width;

            merges++;
            while (b && n_a < width) {
                b = b->next;
                n_a++;
            }
            while (n_a > 0 || (n_b > 0 && b)) {
                if (n_a > 0 && (n_b == 0 || !b || order(a, b) <= 0)) {
                    *tail = a;
                    a = a->next;
                    n_a--;
                } else {
                    *tail = b;
                    b = b->next;
                    n_b--;
                }
                tail = &(*tail)->next;
            }
            rest = b;
        }
        *tail = 0;
        if (merges <= 1) {
            return list;
        }
    }
}

LOCAL uint32_t
work_list(uint32_t seed, uint32_t crc)
{
    struct node *list = list_make(seed);

    list = list_reverse(list);
    list = list_sort(list, orders[0]);
    for (uint32_t tag = 0; tag < N_NODES; tag += 3) {
        const struct node *hit = list_find(list, tag);

        crc = crc16((uint16_t)(hit ? hit->key : -1), crc);
    }
    list = list_sort(list, orders[1]);
    for (const struct node *at = list; at; at = at->next) {
        crc = crc16((uint16_t)at->key, crc);
    }
    return crc;
}

/* -- Matrices ----------------------------------------------------------------------- */

#define N_DIM 10u

static int16_t left[N_DIM * N_DIM];
static int16_t right[N_DIM * N_DIM];
static int32_t product[N_DIM * N_DIM];

LOCAL void
matrix_fill(uint32_t seed)
{
    for (uint32_t i = 0; i < N_DIM * N_DIM; i++) {
        seed = seed * 75u + 74u;
        left[i] = (int16_t)(seed & 0x3ffu);
        right[i] = (int16_t)((seed >> 5) & 0x3ffu);
    }
}

LOCAL void
matrix_multiply(void)
{
    for (uint32_t r = 0; r < N_DIM; r++) {
        for (uint32_t c = 0; c < N_DIM; c++) {
            int32_t sum = 0;

            for (uint32_t k = 0; k < N_DIM; k++) {
                sum += left[r * N_DIM + k] * right[k * N_DIM + c];
            }
            product[r * N_DIM + c] = sum;
        }
    }
}

LOCAL void
matrix_add(int16_t *matrix, int16_t value)
{
    for (uint32_t i = 0; i < N_DIM * N_DIM; i++) {
        matrix[i] = (int16_t)(matrix[i] + value);
    }
}

LOCAL int32_t
matrix_sum(int32_t limit)
{
    int32_t sum = 0;
    int32_t rises = 0;
    int32_t before = 0;

    for (uint32_t i = 0; i < N_DIM * N_DIM; i++) {
        sum += product[i] >> 3;
        if (sum > limit) {
            sum = 0;
            rises += 10;
        } else {
            rises += product[i] > before ? 1 : 0;
        }
        before = product[i];
    }
    return rises;
}

LOCAL uint32_t
work_matrix(uint32_t seed, uint32_t crc)
{
    matrix_fill(seed);
    for (int16_t round = 0; round < 4; round++) {
        matrix_add(left, round);
        matrix_multiply();
        crc = crc16((uint32_t)matrix_sum(1000 << round) & 0xffffu, crc);
    }
    return crc;
}

/* -- A scanner of numbers -------------------------------------------------------------- */

enum state {
    STATE_START,
    STATE_SIGN,
    STATE_INT,
    STATE_POINT,
    STATE_FRACTION,
    STATE_EXPONENT,
    STATE_POWER,
    STATE_INVALID,
    N_STATES
};

static const char text_parts[] =
    "5012,1234,-874,+122,35.54400,.1234500,-110.700,+0.64400,"
    "5.500e+3,-.123e-2,-87e+832,+0.6e-12,T0.3e-1F,-T.T++Tq,1T3.4e4z,34.0e-T^,";

static char text[sizeof text_parts];
static uint32_t finals[N_STATES];
static uint32_t moves[N_STATES];

LOCAL enum state
scan_next(enum state state, uint32_t c)
{
    const uint32_t digit = c - '0' <= 9u;

    switch (state) {
    case STATE_START:
        return digit ? STATE_INT
               : c == '+' || c == '-' ? STATE_SIGN
               : c == '.' ? STATE_POINT : STATE_INVALID;
    case STATE_SIGN:
        return digit ? STATE_INT : c == '.' ? STATE_POINT : STATE_INVALID;
    case STATE_INT:
        return digit ? STATE_INT
               : c == '.' ? STATE_POINT
               : c == 'e' ? STATE_EXPONENT : STATE_INVALID;
    case STATE_POINT:
    case STATE_FRACTION:
        return digit ? STATE_FRACTION
               : c == 'e' ? STATE_EXPONENT : STATE_INVALID;
    case STATE_EXPONENT:
        return digit || c == '+' || c == '-' ? STATE_POWER : STATE_INVALID;
    case STATE_POWER:
        return digit ? STATE_POWER : STATE_INVALID;
    default:
        return STATE_INVALID;
    }
}

LOCAL void
scan_text(void)
{
    enum state state = STATE_START;

    for (uint32_t i = 0; i < sizeof text - 1; i++) {
        const uint32_t c = (uint8_t)text[i];

        if (c == ',') {
            finals[state]++;
            state = STATE_START;
        } else {
            const enum state next = scan_next(state, c);

            if (next != state) {
                moves[next]++;
            }
            state = next;
        }
    }
}

LOCAL uint32_t
work_scan(uint32_t seed, uint32_t crc)
{
    for (uint32_t i = 0; i < N_STATES; i++) {
        finals[i] = 0;
        moves[i] = 0;
    }
    for (uint32_t i = 0; i < sizeof text; i++) {
        text[i] = text_parts[i];
    }
    for (uint32_t round = 0; round < 8; round++) {
        const uint32_t at = (seed + round * 11u) % (sizeof text - 1);

        if (text[at] != ',') {
            text[at] = (char)(text[at] ^ (char)(round & 3u));
        }
        scan_text();
    }
    for (uint32_t i = 0; i < N_STATES; i++) {
        crc = crc16(finals[i] & 0xffffu, crc);
        crc = crc16(moves[i] & 0xffffu, crc);
    }
    return crc;
}

uint32_t
KERNEL(work)(uint32_t n)
{
    uint32_t crc = 0;

    for (uint32_t i = 0; i < n; i++) {
        crc = work_list(i * 2654435761u + crc, crc);
        crc = work_matrix(i + crc, crc);
        crc = work_scan(i ^ crc, crc);
    }
    return crc;
}
