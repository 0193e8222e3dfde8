/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libFuzzer target: the receiver of deliveries. The input is a sequence of
 * records (kind, length, bytes): kind 0 goes to the line as it is, any other
 * becomes a correct frame of that type, because random bytes would hardly ever
 * get past the frame's checksum. Storage lies in a block of its exact size.
 */
#include <stdint.h>
#include <stdlib.h>

#include <wio/transfer.h>

#include "base/crc32.h"

#define CAPACITY_MAX 600u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(const struct wio_transfer *t, enum wio_transfer_event event)
{
    if (t->n_reply > sizeof(t->reply)) {
        abort();
    }
    if ((t->state == WIO_TRANSFER_RECEIVING ||
         t->state == WIO_TRANSFER_LOADING) &&
        (t->next > t->length || t->length > t->capacity)) {
        abort();
    }
    if (event == WIO_TRANSFER_COMPLETE &&
        (t->next != t->length ||
         wio_crc32(0, t->storage, t->length) != t->crc)) {
        abort();                     /* never complete with a wrong file */
    }
}

static void
feed(struct wio_transfer *t, const uint8_t *bytes, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        enum wio_transfer_event event = wio_transfer_receive(t, bytes[i]);

        check(t, event);
        if (event == WIO_TRANSFER_COMPLETE) {
            wio_transfer_finish(t, -(int32_t)(i & 1u), i, "done");
            check(t, WIO_TRANSFER_REPLY);
        }
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char kinds[] = { 'S', 'B', 'D', 'E', 'A', 's', 'r', '?' };
    uint8_t line[WIO_TRANSFER_LINE_MAX];
    struct wio_transfer transfer;
    uint32_t capacity;
    uint8_t *storage;
    size_t at = 1;

    if (size < 2) {
        return 0;
    }
    capacity = data[0] * CAPACITY_MAX / 255u;
    storage = capacity > 0 ? malloc(capacity) : NULL;
    wio_transfer_init(&transfer);
    wio_transfer_provide(&transfer, storage, capacity);
    while (at + 2 <= size) {
        uint8_t kind = data[at];
        size_t n = data[at + 1];

        at += 2;
        if (n > size - at) {
            n = size - at;
        }
        if (kind == 0) {
            feed(&transfer, data + at, (uint32_t)n);
        } else {
            feed(&transfer, line,
                 wio_transfer_encode((uint8_t)kinds[kind % sizeof(kinds)],
                                     (uint8_t)at, data + at, (uint32_t)n,
                                     line));
        }
        at += n;
    }
    free(storage);
    return 0;
}
