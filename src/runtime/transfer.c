/* SPDX-License-Identifier: Apache-2.0 */
#include <wio/transfer.h>

#include "base/crc32.h"
#include "base/span.h"

/* ASCII (ISO 646): never part of console text. */
#define STX 0x02u
#define ETX 0x03u
#define DLE 0x10u
#define ESCAPE_FLIP 0x40u

/*
 * Line ends are escaped as well, so that one in a frame proves its end was
 * lost, and the console text behind it is not swallowed. XON and XOFF, because
 * lines with software flow control eat them.
 */
static bool
must_escape(uint8_t byte)
{
    return byte == STX || byte == ETX || byte == DLE || byte == '\n' ||
           byte == '\r' || byte == 0x11u || byte == 0x13u || byte == 0;
}

static uint32_t
get_u32(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
           (uint32_t)at[3] << 24;
}

static void
put_u32(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)value;
    at[1] = (uint8_t)(value >> 8);
    at[2] = (uint8_t)(value >> 16);
    at[3] = (uint8_t)(value >> 24);
}

/* -- Frames -- */

static void
drop_frame(struct wio_transfer_reader *reader)
{
    reader->inside = false;
    reader->n = 0;
    reader->n_bad++;
}

static enum wio_transfer_event
end_frame(struct wio_transfer_reader *reader)
{
    uint32_t n = reader->n;

    if (reader->escaped || n < 6u ||
        get_u32(reader->frame + n - 4u) !=
            wio_crc32(0, reader->frame, n - 4u)) {
        drop_frame(reader);
        return WIO_TRANSFER_NOTHING;
    }
    reader->inside = false;
    return WIO_TRANSFER_FRAME;
}

enum wio_transfer_event
wio_transfer_read(struct wio_transfer_reader *reader, uint8_t byte)
{
    if (byte == STX) {          /* always starts anew */
        if (reader->inside) {
            drop_frame(reader);
        }
        reader->inside = true;
        reader->escaped = false;
        reader->n = 0;
        return WIO_TRANSFER_NOTHING;
    }
    if (!reader->inside) {
        return byte == ETX || byte == DLE ? WIO_TRANSFER_NOTHING
                                          : WIO_TRANSFER_TEXT;
    }
    if (byte == ETX) {
        return end_frame(reader);
    }
    if (byte == DLE && !reader->escaped) {
        reader->escaped = true;
        return WIO_TRANSFER_NOTHING;
    }
    if (must_escape(byte) || reader->n == sizeof reader->frame) {
        drop_frame(reader);
        return WIO_TRANSFER_NOTHING;
    }
    if (reader->escaped) {
        byte ^= ESCAPE_FLIP;
        reader->escaped = false;
    }
    reader->frame[reader->n++] = byte;
    return WIO_TRANSFER_NOTHING;
}

static uint32_t
put_escaped(uint8_t *line, uint32_t n, uint8_t byte)
{
    if (must_escape(byte)) {
        line[n++] = DLE;
        byte ^= ESCAPE_FLIP;
    }
    line[n++] = byte;
    return n;
}

uint32_t
wio_transfer_encode(uint8_t type, uint8_t sequence, const uint8_t *body,
                    uint32_t body_len, uint8_t *line)
{
    const uint8_t head[2] = { type, sequence };
    uint8_t check[4];
    uint32_t crc = wio_crc32(0, head, 2);
    uint32_t n = 0;
    uint32_t i;

    if (body_len > WIO_TRANSFER_BODY_MAX) {
        return 0;
    }
    put_u32(check, wio_crc32(crc, body, body_len));
    line[n++] = STX;
    n = put_escaped(line, n, type);
    n = put_escaped(line, n, sequence);
    for (i = 0; i < body_len; i++) {
        n = put_escaped(line, n, body[i]);
    }
    for (i = 0; i < sizeof check; i++) {
        n = put_escaped(line, n, check[i]);
    }
    line[n++] = ETX;
    return n;
}

/* -- Receiver -- */

void
wio_transfer_init(struct wio_transfer *transfer)
{
    *transfer = (struct wio_transfer){ .state = WIO_TRANSFER_IDLE };
}

void
wio_transfer_provide(struct wio_transfer *transfer, uint8_t *storage,
                     uint32_t capacity)
{
    transfer->storage = storage;
    transfer->capacity = storage ? capacity : 0;
    if (transfer->state == WIO_TRANSFER_RECEIVING ||
        transfer->state == WIO_TRANSFER_LOADING) {
        transfer->state = WIO_TRANSFER_IDLE;
    }
}

static void
reply_state(struct wio_transfer *transfer, int32_t code)
{
    uint8_t body[20] = { 0 };

    put_u32(body, (uint32_t)code);
    if (transfer->state != WIO_TRANSFER_IDLE) {
        put_u32(body + 4, transfer->crc);
        put_u32(body + 8, transfer->length);
        put_u32(body + 12, transfer->next);
    }
    put_u32(body + 16, transfer->capacity);
    transfer->n_reply = (uint16_t)wio_transfer_encode(
        WIO_TRANSFER_STATE, transfer->sequence, body, sizeof body,
        transfer->reply);
}

static void
reply_result(struct wio_transfer *transfer)
{
    uint8_t body[WIO_TRANSFER_BODY_MAX];
    uint32_t len = wio_text_len(transfer->result_text);

    put_u32(body, (uint32_t)transfer->result_code);
    put_u32(body + 4, transfer->crc);
    put_u32(body + 8, transfer->result_id);
    wio_copy(body + 12, transfer->result_text, len);
    transfer->n_reply = (uint16_t)wio_transfer_encode(
        WIO_TRANSFER_RESULT, transfer->sequence, body, 12u + len,
        transfer->reply);
}

static bool
is_current(const struct wio_transfer *transfer, uint32_t crc)
{
    return (transfer->state == WIO_TRANSFER_RECEIVING ||
            transfer->state == WIO_TRANSFER_LOADING) &&
           transfer->crc == crc;
}

static int32_t
begin(struct wio_transfer *transfer, uint32_t crc, uint32_t length)
{
    if (transfer->state == WIO_TRANSFER_LOADING) {
        return WIO_ERR_BUSY;
    }
    if (is_current(transfer, crc) && transfer->length == length) {
        return WIO_OK;                      /* go on at `next` */
    }
    if (transfer->capacity == 0) {
        return WIO_ERR_BUSY;
    }
    if (length == 0 || length > transfer->capacity) {
        return WIO_ERR_TRANSFER_SIZE;
    }
    transfer->state = WIO_TRANSFER_RECEIVING;
    transfer->crc = crc;
    transfer->length = length;
    transfer->next = 0;
    return WIO_OK;
}

static int32_t
take_piece(struct wio_transfer *transfer, uint32_t crc, uint32_t off,
           const uint8_t *bytes, uint32_t len)
{
    if (transfer->state != WIO_TRANSFER_RECEIVING || transfer->crc != crc) {
        return WIO_ERR_TRANSFER_ORDER;
    }
    if (off != transfer->next) {
        /* Seen already: its acknowledgement was lost. Else a gap. */
        return off < transfer->next ? WIO_OK : WIO_ERR_TRANSFER_ORDER;
    }
    if (len == 0 || len > WIO_TRANSFER_PIECE_MAX ||
        len > transfer->length - transfer->next) {
        return WIO_ERR_TRANSFER_SIZE;
    }
    wio_copy(transfer->storage + off, bytes, len);
    transfer->next += len;
    return WIO_OK;
}

/* The last request: is the whole file there, and is it the announced one? */
static enum wio_transfer_event
end(struct wio_transfer *transfer, uint32_t crc, uint32_t length)
{
    if (transfer->state == WIO_TRANSFER_DONE && transfer->crc == crc &&
        transfer->length == length) {
        reply_result(transfer);
        return WIO_TRANSFER_REPLY;
    }
    if (!is_current(transfer, crc) || transfer->length != length ||
        transfer->next != length) {
        reply_state(transfer, WIO_ERR_TRANSFER_ORDER);
        return WIO_TRANSFER_REPLY;
    }
    if (transfer->state == WIO_TRANSFER_LOADING) {
        reply_state(transfer, WIO_ERR_BUSY);
        return WIO_TRANSFER_REPLY;
    }
    if (wio_crc32(0, transfer->storage, length) != crc) {
        transfer->state = WIO_TRANSFER_IDLE;
        reply_state(transfer, WIO_ERR_TRANSFER_CHECK);
        return WIO_TRANSFER_REPLY;
    }
    transfer->state = WIO_TRANSFER_LOADING;
    return WIO_TRANSFER_COMPLETE;
}

static enum wio_transfer_event
handle(struct wio_transfer *transfer)
{
    const uint8_t *body = transfer->reader.frame + 2;
    uint32_t len = (uint32_t)transfer->reader.n - 6u;
    uint32_t a = len >= 8u ? get_u32(body) : 0;
    uint32_t b = len >= 8u ? get_u32(body + 4) : 0;
    int32_t code = WIO_ERR_TRANSFER_FRAME;

    transfer->sequence = transfer->reader.frame[1];
    switch (transfer->reader.frame[0]) {
    case WIO_TRANSFER_STATUS:
        code = len == 0 ? WIO_OK : WIO_ERR_TRANSFER_FRAME;
        break;
    case WIO_TRANSFER_BEGIN:
        if (len == 8u) {
            code = begin(transfer, a, b);
        }
        break;
    case WIO_TRANSFER_DATA:
        if (len > 8u) {
            code = take_piece(transfer, a, b, body + 8, len - 8u);
        }
        break;
    case WIO_TRANSFER_END:
        if (len == 8u) {
            return end(transfer, a, b);
        }
        break;
    case WIO_TRANSFER_ABORT:
        if (len == 0) {
            bool loading = transfer->state == WIO_TRANSFER_LOADING;

            transfer->state = loading ? transfer->state : WIO_TRANSFER_IDLE;
            code = loading ? WIO_ERR_BUSY : WIO_OK;
        }
        break;
    default:
        code = WIO_ERR_NOT_SUPPORTED;
        break;
    }
    reply_state(transfer, code);
    return WIO_TRANSFER_REPLY;
}

enum wio_transfer_event
wio_transfer_receive(struct wio_transfer *transfer, uint8_t byte)
{
    enum wio_transfer_event event = wio_transfer_read(&transfer->reader, byte);

    return event == WIO_TRANSFER_FRAME ? handle(transfer) : event;
}

void
wio_transfer_finish(struct wio_transfer *transfer, int32_t code, uint32_t id,
                    const char *text)
{
    uint32_t len = text ? wio_text_len(text) : 0;

    if (len > sizeof transfer->result_text - 1u) {
        len = sizeof transfer->result_text - 1u;
    }
    wio_copy(transfer->result_text, text, len);
    transfer->result_text[len] = '\0';
    transfer->result_code = code;
    transfer->result_id = id;
    transfer->state = WIO_TRANSFER_DONE;
    reply_result(transfer);
}
