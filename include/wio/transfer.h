/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wio/transfer.h - delivery of a container over a byte channel
 *
 *   bytes in --> reader --> frame --> receiver --> storage
 *                  |                     |
 *                  +--> console text     +--> reply bytes out
 *
 * Both are pure state machines: bytes in, bytes out, no clock, no I/O, no
 * allocation. The channel may lose, flip, double and cut bytes, and may carry
 * console text between frames. A frame is
 *
 *     STX  escaped(type, sequence, body, CRC-32)  ETX
 *
 * A transfer is named by the CRC-32 and the length of the whole file. It stays
 * where it is when the channel breaks and goes on when the same file is begun
 * again. docs/reference/transfer.md has the protocol, byte by byte.
 *
 * The checksums guard against a bad line, not against people.
 *
 * Context: task context. The host tool uses the reader and the encoder too.
 */
#ifndef WIO_TRANSFER_H
#define WIO_TRANSFER_H

#include <stdbool.h>
#include <stdint.h>

#include <wio/err.h>
#include <wio/report.h>

#define WIO_TRANSFER_PIECE_MAX 128u     /* bytes of the file in one frame */
#define WIO_TRANSFER_BODY_MAX (12u + WIO_REPORT_TEXT_SIZE)
#define WIO_TRANSFER_FRAME_MAX (2u + WIO_TRANSFER_BODY_MAX + 4u)
/* On the line: every byte escaped, and both marks. */
#define WIO_TRANSFER_LINE_MAX (2u * WIO_TRANSFER_FRAME_MAX + 2u)

enum wio_transfer_type {
    /* From the sender. Numbers are little-endian, 32 bits. */
    WIO_TRANSFER_STATUS = 'S',  /* - */
    WIO_TRANSFER_BEGIN = 'B',   /* crc, length */
    WIO_TRANSFER_DATA = 'D',    /* crc, offset, 1..128 bytes */
    WIO_TRANSFER_END = 'E',     /* crc, length */
    WIO_TRANSFER_ABORT = 'A',   /* - */
    /* From the receiver, with the sequence number of what it answers. */
    WIO_TRANSFER_STATE = 's',   /* code, crc, length, next, capacity */
    WIO_TRANSFER_RESULT = 'r'   /* code, crc, container, text */
};

/* -- Frames -- */

enum wio_transfer_event {
    WIO_TRANSFER_NOTHING = 0,
    WIO_TRANSFER_TEXT,          /* the byte is console text */
    WIO_TRANSFER_FRAME,         /* reader: a whole, correct frame is there */
    WIO_TRANSFER_REPLY,         /* receiver: send reply[0 .. n_reply) */
    WIO_TRANSFER_COMPLETE       /* receiver: the file is there; load it, then
                                   call wio_transfer_finish() */
};

struct wio_transfer_reader {
    uint8_t frame[WIO_TRANSFER_FRAME_MAX];  /* unescaped, CRC included */
    uint16_t n;
    bool inside;
    bool escaped;
    uint32_t n_bad;             /* frames dropped: cut, too long, bad CRC */
};

/* On _FRAME: frame[0] is the type, frame[1] the sequence, then n - 6 bytes of
 * body. Valid until the next byte is read. */
enum wio_transfer_event
wio_transfer_read(struct wio_transfer_reader *reader, uint8_t byte);

/**
 * wio_transfer_encode - make the bytes of a frame
 * @body_len: 0 .. WIO_TRANSFER_BODY_MAX
 * @line:     room for WIO_TRANSFER_LINE_MAX bytes
 * Returns how many bytes it made; 0 when the body is too long.
 */
uint32_t wio_transfer_encode(uint8_t type, uint8_t sequence,
                             const uint8_t *body, uint32_t body_len,
                             uint8_t *line);

/* -- Receiver -- */

enum wio_transfer_state {
    WIO_TRANSFER_IDLE = 0,      /* nothing begun */
    WIO_TRANSFER_RECEIVING,
    WIO_TRANSFER_LOADING,       /* complete, the caller is at work on it */
    WIO_TRANSFER_DONE           /* the result stands, until the next begin */
};

struct wio_transfer {
    struct wio_transfer_reader reader;
    uint8_t *storage;           /* where the file goes; the caller's */
    uint32_t capacity;          /* bytes of storage; 0: none is free */
    uint8_t state;              /* enum wio_transfer_state */
    uint8_t sequence;           /* of the request being answered */
    uint32_t crc;               /* of the whole file, as announced */
    uint32_t length;
    uint32_t next;              /* bytes received in order */
    int32_t result_code;
    uint32_t result_id;
    char result_text[WIO_REPORT_TEXT_SIZE];
    uint16_t n_reply;
    uint8_t reply[WIO_TRANSFER_LINE_MAX];
};

void wio_transfer_init(struct wio_transfer *transfer);

/* Where the next file goes, or (NULL, 0) when there is no room. A transfer
 * under way is dropped; a result stays. */
void wio_transfer_provide(struct wio_transfer *transfer, uint8_t *storage,
                          uint32_t capacity);

/* One byte from the channel. Returns _NOTHING, _TEXT, _REPLY or _COMPLETE. */
enum wio_transfer_event
wio_transfer_receive(struct wio_transfer *transfer, uint8_t byte);

/**
 * wio_transfer_finish - what became of a complete file
 * @code: 0, or why it was refused
 * @id:   the container, 0 when refused
 * @text: one sentence, or NULL
 * Makes a reply, which the caller sends. The result is told again to whoever
 * ends the same file again, until another one is begun.
 */
void wio_transfer_finish(struct wio_transfer *transfer, int32_t code,
                         uint32_t id, const char *text);

#endif
