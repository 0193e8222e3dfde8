/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The delivery protocol: each request by itself, then a sender and a receiver
 * over a line that loses, flips, doubles and cuts bytes and carries console
 * text, by a seed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <wio/transfer.h>

#include "base/crc32.h"

#define FILE_MAX 4000u

struct rig {
    struct wio_transfer transfer;
    struct wio_transfer_reader reader;   /* the sender's */
    uint8_t storage[FILE_MAX + 16];      /* the last 16 must stay 0xa5 */
    uint8_t sequence;
    uint32_t n_text;
    uint32_t n_complete;
};

static void
put_u32(uint8_t *at, uint32_t value)
{
    for (int i = 0; i < 4; i++) {
        at[i] = (uint8_t)(value >> (8 * i));
    }
}

static uint32_t
get_u32(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
           (uint32_t)at[3] << 24;
}

static void
rig_init(struct rig *rig)
{
    memset(rig, 0, sizeof *rig);
    memset(rig->storage, 0xa5, sizeof rig->storage);
    wio_transfer_init(&rig->transfer);
    wio_transfer_provide(&rig->transfer, rig->storage, FILE_MAX);
}

/* Bytes to the receiver; what it replies to the reader. True: a frame came. */
static bool
feed(struct rig *rig, const uint8_t *bytes, uint32_t n)
{
    bool answered = false;

    for (uint32_t i = 0; i < n; i++) {
        enum wio_transfer_event event =
            wio_transfer_receive(&rig->transfer, bytes[i]);

        if (event == WIO_TRANSFER_TEXT) {
            rig->n_text++;
        }
        if (event == WIO_TRANSFER_COMPLETE) {
            rig->n_complete++;
            wio_transfer_finish(&rig->transfer, 0, 7, "loaded");
            event = WIO_TRANSFER_REPLY;
        }
        if (event == WIO_TRANSFER_REPLY) {
            for (uint32_t k = 0; k < rig->transfer.n_reply; k++) {
                answered |= wio_transfer_read(&rig->reader,
                                              rig->transfer.reply[k]) ==
                            WIO_TRANSFER_FRAME;
            }
        }
    }
    return answered;
}

static void
request(struct rig *rig, uint8_t type, const uint8_t *body, uint32_t len)
{
    uint8_t line[WIO_TRANSFER_LINE_MAX];
    uint32_t n = wio_transfer_encode(type, ++rig->sequence, body, len, line);

    assert_true(n > 0);
    assert_true(feed(rig, line, n));
    assert_int_equal(rig->reader.frame[1], rig->sequence);
}

static int32_t
code(const struct rig *rig)
{
    return (int32_t)get_u32(rig->reader.frame + 2);
}

static int32_t
request_u32(struct rig *rig, uint8_t type, uint32_t a, uint32_t b)
{
    uint8_t body[8];

    put_u32(body, a);
    put_u32(body + 4, b);
    request(rig, type, body, 8);
    return code(rig);
}

static int32_t
piece(struct rig *rig, uint32_t crc, uint32_t off, const uint8_t *bytes,
      uint32_t len)
{
    uint8_t body[8 + WIO_TRANSFER_BODY_MAX];

    put_u32(body, crc);
    put_u32(body + 4, off);
    memcpy(body + 8, bytes, len);
    request(rig, WIO_TRANSFER_DATA, body, 8 + len);
    return code(rig);
}

static uint32_t
state_next(const struct rig *rig)
{
    assert_int_equal(rig->reader.frame[0], WIO_TRANSFER_STATE);
    return get_u32(rig->reader.frame + 14);
}

static void
fill(uint8_t *bytes, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        bytes[i] = (uint8_t)(i * 37u ^ i >> 8);
    }
}

static void
test_whole_file(void **ctx)
{
    struct rig rig;
    uint8_t file[300];
    uint32_t crc;

    (void)ctx;
    rig_init(&rig);
    fill(file, sizeof file);
    crc = wio_crc32(0, file, sizeof file);
    assert_int_equal(request_u32(&rig, WIO_TRANSFER_BEGIN, crc, 300), 0);
    assert_int_equal(piece(&rig, crc, 0, file, 128), 0);
    assert_int_equal(state_next(&rig), 128);
    assert_int_equal(piece(&rig, crc, 0, file, 128), 0);   /* doubled */
    assert_int_equal(state_next(&rig), 128);
    assert_int_equal(piece(&rig, crc, 256, file + 256, 44),
                     WIO_ERR_TRANSFER_ORDER);
    assert_int_equal(request_u32(&rig, WIO_TRANSFER_END, crc, 300),
                     WIO_ERR_TRANSFER_ORDER);
    assert_int_equal(piece(&rig, crc, 128, file + 128, 128), 0);
    assert_int_equal(piece(&rig, crc, 256, file + 256, 44), 0);
    assert_int_equal(request_u32(&rig, WIO_TRANSFER_END, crc, 300), 0);
    assert_int_equal(rig.reader.frame[0], WIO_TRANSFER_RESULT);
    assert_int_equal(get_u32(rig.reader.frame + 10), 7);
    assert_memory_equal(rig.reader.frame + 14, "loaded", 6);
    assert_memory_equal(rig.storage, file, 300);
    /* The result is told again, and the file is not loaded again. */
    assert_int_equal(request_u32(&rig, WIO_TRANSFER_END, crc, 300), 0);
    assert_int_equal(rig.reader.frame[0], WIO_TRANSFER_RESULT);
    assert_int_equal(rig.n_complete, 1);
}

static void
test_resume(void **ctx)
{
    struct rig rig;
    uint8_t file[200];
    uint32_t crc;

    (void)ctx;
    rig_init(&rig);
    fill(file, sizeof file);
    crc = wio_crc32(0, file, sizeof file);
    assert_int_equal(request_u32(&rig, WIO_TRANSFER_BEGIN, crc, 200), 0);
    assert_int_equal(piece(&rig, crc, 0, file, 100), 0);
    /* The same file goes on where it stood. */
    request(&rig, WIO_TRANSFER_STATUS, NULL, 0);
    assert_int_equal(get_u32(rig.reader.frame + 6), crc);
    assert_int_equal(request_u32(&rig, WIO_TRANSFER_BEGIN, crc, 200), 0);
    assert_int_equal(state_next(&rig), 100);
    /* Another length or checksum is another file: from the start. */
    assert_int_equal(request_u32(&rig, WIO_TRANSFER_BEGIN, crc, 199), 0);
    assert_int_equal(state_next(&rig), 0);
    assert_int_equal(request_u32(&rig, WIO_TRANSFER_BEGIN, crc, 200), 0);
    assert_int_equal(piece(&rig, crc, 0, file, 100), 0);
    assert_int_equal(request_u32(&rig, WIO_TRANSFER_BEGIN, crc ^ 1, 200), 0);
    assert_int_equal(state_next(&rig), 0);
    assert_int_equal(piece(&rig, crc, 0, file, 100), WIO_ERR_TRANSFER_ORDER);
    request(&rig, WIO_TRANSFER_ABORT, NULL, 0);
    assert_int_equal(piece(&rig, crc ^ 1, 0, file, 1), WIO_ERR_TRANSFER_ORDER);
}

static void
test_bounds(void **ctx)
{
    struct rig rig;
    uint8_t bytes[WIO_TRANSFER_BODY_MAX];
    uint8_t line[WIO_TRANSFER_LINE_MAX];

    (void)ctx;
    rig_init(&rig);
    memset(bytes, 0x02, sizeof bytes);
    assert_int_equal(wio_transfer_encode('D', 0, bytes,
                                         WIO_TRANSFER_BODY_MAX + 1, line), 0);
    assert_int_equal(request_u32(&rig, WIO_TRANSFER_BEGIN, 1, FILE_MAX + 1),
                     WIO_ERR_TRANSFER_SIZE);
    assert_int_equal(request_u32(&rig, WIO_TRANSFER_BEGIN, 1, 0),
                     WIO_ERR_TRANSFER_SIZE);
    assert_int_equal(request_u32(&rig, WIO_TRANSFER_BEGIN, 1, UINT32_MAX),
                     WIO_ERR_TRANSFER_SIZE);
    assert_int_equal(request_u32(&rig, WIO_TRANSFER_BEGIN, 1, 10), 0);
    assert_int_equal(piece(&rig, 1, 0, bytes, 11), WIO_ERR_TRANSFER_SIZE);
    assert_int_equal(piece(&rig, 1, 0, bytes, WIO_TRANSFER_PIECE_MAX + 1),
                     WIO_ERR_TRANSFER_SIZE);
    assert_int_equal(piece(&rig, 1, UINT32_MAX, bytes, 8),
                     WIO_ERR_TRANSFER_ORDER);
    assert_int_equal(piece(&rig, 1, 0, bytes, 10), 0);
    assert_int_equal(piece(&rig, 1, 10, bytes, 1), WIO_ERR_TRANSFER_SIZE);
    assert_int_equal(request_u32(&rig, WIO_TRANSFER_END, 1, 10),
                     WIO_ERR_TRANSFER_CHECK);
    request(&rig, WIO_TRANSFER_STATUS, bytes, 3);
    assert_int_equal(code(&rig), WIO_ERR_TRANSFER_FRAME);
    request(&rig, 'Z', NULL, 0);
    assert_int_equal(code(&rig), WIO_ERR_NOT_SUPPORTED);
    wio_transfer_provide(&rig.transfer, NULL, 99);
    assert_int_equal(request_u32(&rig, WIO_TRANSFER_BEGIN, 1, 10),
                     WIO_ERR_BUSY);
    for (int i = 0; i < 16; i++) {
        assert_int_equal(rig.storage[FILE_MAX + (uint32_t)i], 0xa5);
    }
}

static void
test_text_between(void **ctx)
{
    struct rig rig;
    uint8_t line[WIO_TRANSFER_LINE_MAX];
    uint32_t n;

    (void)ctx;
    rig_init(&rig);
    assert_false(feed(&rig, (const uint8_t *)"list\r\n", 6));
    assert_int_equal(rig.n_text, 6);
    /* A frame whose end is lost takes no more than the rest of its line. */
    n = wio_transfer_encode(WIO_TRANSFER_STATUS, 1, NULL, 0, line);
    assert_false(feed(&rig, line, n - 1));
    assert_false(feed(&rig, (const uint8_t *)"help\nlist\n", 10));
    assert_int_equal(rig.n_text, 11);
    request(&rig, WIO_TRANSFER_STATUS, NULL, 0);
    assert_int_equal(code(&rig), 0);
}

/* Every single byte of a request dropped, doubled, and every bit flipped: the
 * receiver never takes a wrong piece. */
static void
test_each_byte_damaged(void **ctx)
{
    struct rig rig;
    uint8_t file[64];
    uint8_t body[72];
    uint8_t line[WIO_TRANSFER_LINE_MAX];
    uint8_t bad[WIO_TRANSFER_LINE_MAX + 1];
    uint32_t n;
    uint32_t crc;

    (void)ctx;
    fill(file, sizeof file);
    crc = wio_crc32(0, file, sizeof file);
    put_u32(body, crc);
    put_u32(body + 4, 0);
    memcpy(body + 8, file, 64);
    n = wio_transfer_encode(WIO_TRANSFER_DATA, 9, body, 72, line);
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t how = 0; how < 10; how++) {
            uint32_t m = n;

            rig_init(&rig);
            (void)request_u32(&rig, WIO_TRANSFER_BEGIN, crc, 64);
            memcpy(bad, line, n);
            if (how < 8) {
                bad[i] ^= (uint8_t)(1u << how);
            } else if (how == 8) {
                memmove(bad + i, bad + i + 1, n - i - 1);
                m--;
            } else {
                memmove(bad + i + 1, bad + i, n - i);
                m++;
            }
            (void)feed(&rig, bad, m);
            if (rig.transfer.next != 0) {
                assert_memory_equal(rig.storage, file, 64);
            }
            /* And the next, good frame is understood (a line end first, as
             * a sender does after silence). */
            (void)feed(&rig, (const uint8_t *)"\n", 1);
            assert_int_equal(piece(&rig, crc, 0, file, 64), 0);
            assert_memory_equal(rig.storage, file, 64);
        }
    }
}

/* -- A bad line -- */

static uint32_t
random_next(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

/* @per_mille of the bytes are lost, flipped or doubled; text between. */
static uint32_t
damage(const uint8_t *line, uint32_t n, uint32_t per_mille, uint32_t *seed,
       uint8_t *out)
{
    uint32_t m = 0;

    for (uint32_t i = 0; i < n; i++) {
        uint32_t r = random_next(seed);

        if (r % 1000u >= per_mille) {
            out[m++] = line[i];
        } else if ((r >> 16) % 3u == 0) {
            out[m++] = (uint8_t)(line[i] ^ (1u << (r >> 24 & 7u)));
        } else if ((r >> 16) % 3u == 1) {
            out[m++] = line[i];
            out[m++] = line[i];
        }
    }
    if (random_next(seed) % 5u == 0) {
        memcpy(out + m, "stats\n", 6);
        m += 6;
    }
    return m;
}

/* A sender that repeats what was not answered. Returns rounds used. */
static uint32_t
send_over_bad_line(struct rig *rig, const uint8_t *file, uint32_t len,
                   uint32_t per_mille, uint32_t seed)
{
    uint8_t line[WIO_TRANSFER_LINE_MAX];
    uint8_t bad[2 * WIO_TRANSFER_LINE_MAX + 16];
    uint8_t body[8 + WIO_TRANSFER_PIECE_MAX];
    uint32_t crc = wio_crc32(0, file, len);
    uint32_t next = 0;
    bool begun = false;

    for (uint32_t round = 1; round < 20000; round++) {
        uint8_t type = !begun ? WIO_TRANSFER_BEGIN
                       : next < len ? WIO_TRANSFER_DATA : WIO_TRANSFER_END;
        uint32_t part = len - next;
        uint32_t n;

        if (part > WIO_TRANSFER_PIECE_MAX) {
            part = WIO_TRANSFER_PIECE_MAX;
        }
        put_u32(body, crc);
        put_u32(body + 4, type == WIO_TRANSFER_DATA ? next : len);
        memcpy(body + 8, file + next, part);
        n = wio_transfer_encode(type, (uint8_t)round, body,
                                type == WIO_TRANSFER_DATA ? 8 + part : 8, line);
        n = damage(line, n, per_mille, &seed, bad);
        if (!feed(rig, bad, n) || rig->reader.frame[1] != (uint8_t)round) {
            (void)feed(rig, (const uint8_t *)"\n", 1);
            continue;
        }
        if (random_next(&seed) % 1000u < 10u * per_mille) {
            continue;                       /* the reply was lost */
        }
        if (rig->reader.frame[0] == WIO_TRANSFER_RESULT) {
            return round;
        }
        begun = code(rig) == 0 && get_u32(rig->reader.frame + 6) == crc;
        next = begun ? state_next(rig) : 0;
    }
    return 0;
}

static void
test_bad_line(void **ctx)
{
    static const uint32_t rates[] = { 0, 1, 5, 15 };
    struct rig rig;
    uint8_t file[FILE_MAX];

    (void)ctx;
    fill(file, sizeof file);
    for (uint32_t k = 0; k < sizeof rates / sizeof *rates; k++) {
        for (uint32_t seed = 1; seed <= 25; seed++) {
            uint32_t len = 1u + seed * 157u % FILE_MAX;

            rig_init(&rig);
            assert_true(send_over_bad_line(&rig, file, len, rates[k],
                                           seed * 2654435761u) > 0);
            assert_memory_equal(rig.storage, file, len);
            assert_int_equal(rig.n_complete, 1);
        }
    }
}

static void
test_noise(void **ctx)
{
    struct rig rig;
    uint32_t seed = 1;

    (void)ctx;
    rig_init(&rig);
    for (uint32_t i = 0; i < 1000000; i++) {
        uint8_t byte = (uint8_t)random_next(&seed);

        if (seed >> 24 < 8) {
            byte = (uint8_t)(seed >> 20 & 3u);
        }
        (void)feed(&rig, &byte, 1);
    }
    assert_int_equal(rig.n_complete, 0);
    (void)feed(&rig, (const uint8_t *)"\n", 1);
    request(&rig, WIO_TRANSFER_STATUS, NULL, 0);
    assert_int_equal(code(&rig), 0);
    for (int i = 0; i < 16; i++) {
        assert_int_equal(rig.storage[FILE_MAX + (uint32_t)i], 0xa5);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_file),
        cmocka_unit_test(test_resume),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_text_between),
        cmocka_unit_test(test_each_byte_damaged),
        cmocka_unit_test(test_bad_line),
        cmocka_unit_test(test_noise)
    };

    return cmocka_run_group_tests_name("transfer", tests, NULL, NULL);
}
