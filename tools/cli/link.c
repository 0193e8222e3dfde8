/* SPDX-License-Identifier: Apache-2.0 */
#include "link.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/crc32.h"

#define TRIES 8
#define ANSWER_MS 2000
#define LOAD_MS 20000          /* the last answer waits for the load */

static uint32_t
get_u32(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
           (uint32_t)at[3] << 24;
}

static void
put_u32(uint8_t *at, uint32_t value)
{
    for (int i = 0; i < 4; i++) {
        at[i] = (uint8_t)(value >> (8 * i));
    }
}

static int64_t
now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void
take_byte(struct link *link, uint8_t byte)
{
    switch (wio_transfer_read(&link->reader, byte)) {
    case WIO_TRANSFER_FRAME:
        link->has_frame = true;
        break;
    case WIO_TRANSFER_TEXT:
        if (byte == '\n') {
            link->line[link->n_line] = '\0';
            link->n_line = 0;
            link->on_line(link->arg, link->line);
        } else if (byte != '\r' && link->n_line < LINK_LINE_MAX - 1u) {
            link->line[link->n_line++] = (char)byte;
        }
        break;
    default:
        break;
    }
}

/* In one piece: who reads slowly holds the board back. */
static bool
fill(struct link *link, int ms)
{
    struct pollfd wait = { .fd = link->fd, .events = POLLIN };
    ssize_t n;

    link->at = link->n_bytes = 0;
    if (poll(&wait, 1, ms) <= 0) {
        return true;
    }
    n = read(link->fd, link->bytes, sizeof(link->bytes));
    if (n > 0) {
        link->n_bytes = (uint32_t)n;
    } else if (n == 0 || (errno != EINTR && errno != EAGAIN)) {
        link->has_ended = true;
    }
    return !link->has_ended;
}

bool
link_pump(struct link *link, int ms)
{
    if (*link->stop || link->has_ended) {
        return false;
    }
    link->has_frame = false;
    if (link->at == link->n_bytes && !fill(link, ms)) {
        return false;
    }
    /* Up to a frame: what follows must not overwrite it. */
    while (!link->has_frame && link->at < link->n_bytes) {
        take_byte(link, link->bytes[link->at++]);
    }
    return *link->stop == 0;
}

static bool
send_all(struct link *link, const void *bytes, size_t n)
{
    const uint8_t *at = bytes;

    while (n > 0) {
        ssize_t sent = write(link->fd, at, n);

        if (sent > 0) {
            at += sent;
            n -= (size_t)sent;
        } else if (errno != EINTR) {
            return false;
        }
    }
    return true;
}

bool
link_say(struct link *link, const char *line)
{
    return send_all(link, line, strlen(line)) && send_all(link, "\n", 1);
}

/* Until the answer with the request's number is in reader.frame. */
static bool
await(struct link *link, int ms)
{
    int64_t end = now_ms() + ms;

    for (int64_t left = ms; left > 0; left = end - now_ms()) {
        if (!link_pump(link, (int)left)) {
            return false;
        }
        if (link->has_frame && link->reader.frame[1] == link->sequence) {
            return true;
        }
    }
    return false;
}

static bool
request(struct link *link, uint8_t type, const uint8_t *body, uint32_t len,
        int ms)
{
    uint8_t line[WIO_TRANSFER_LINE_MAX];
    uint32_t n = wio_transfer_encode(type, ++link->sequence, body, len, line);

    for (int i = 0; i < TRIES; i++) {
        if (!send_all(link, line, n)) {
            return false;
        }
        if (await(link, ms)) {
            return true;
        }
        if (*link->stop || link->has_ended || !send_all(link, "\n", 1)) {
            return false;
        }
    }
    return false;
}

struct state {
    int32_t code;
    uint32_t crc;
    uint32_t length;
    uint32_t next;
};

static bool
request_state(struct link *link, uint8_t type, const uint8_t *body,
              uint32_t len, struct state *state)
{
    const uint8_t *at = link->reader.frame + 2;

    if (!request(link, type, body, len, ANSWER_MS) ||
        link->reader.frame[0] != WIO_TRANSFER_STATE ||
        link->reader.n != 26u) {
        return false;
    }
    state->code = (int32_t)get_u32(at);
    state->crc = get_u32(at + 4);
    state->length = get_u32(at + 8);
    state->next = get_u32(at + 12);
    return true;
}

static bool
take_result(const struct link *link, struct link_result *result)
{
    const uint8_t *at = link->reader.frame + 2;
    uint32_t len = link->reader.n - 6u;

    if (link->reader.frame[0] != WIO_TRANSFER_RESULT || len < 12u ||
        len - 12u >= sizeof(result->text)) {
        return false;
    }
    result->code = (int32_t)get_u32(at);
    result->id = get_u32(at + 8);
    memcpy(result->text, at + 12, len - 12u);
    result->text[len - 12u] = '\0';
    return true;
}

bool
link_deliver(struct link *link, const uint8_t *bytes, uint32_t n_bytes,
             struct link_result *result, const char **error)
{
    uint8_t body[8 + WIO_TRANSFER_PIECE_MAX];
    uint32_t crc = wio_crc32(0, bytes, n_bytes);
    struct state state;

    *result = (struct link_result){ .code = 0 };
    *error = "the controller does not answer";
    put_u32(body, crc);
    put_u32(body + 4, n_bytes);
    if (!request_state(link, WIO_TRANSFER_BEGIN, body, 8, &state)) {
        return false;
    }
    if (state.code != 0) {
        result->code = state.code;
        strcpy(result->text, state.code == WIO_ERR_TRANSFER_SIZE
            ? "the file is larger than the controller has room for"
            : "the controller has no free slot; unload a container first");
        return true;
    }
    result->resumed_at = state.next;
    while (state.next < n_bytes) {
        uint32_t at = state.next;
        uint32_t len = n_bytes - at;

        if (len > WIO_TRANSFER_PIECE_MAX) {
            len = WIO_TRANSFER_PIECE_MAX;
        }
        put_u32(body + 4, at);
        memcpy(body + 8, bytes + at, len);
        if (!request_state(link, WIO_TRANSFER_DATA, body, 8 + len, &state)) {
            return false;
        }
        if (state.code != 0 || state.crc != crc) {
            *error = "the controller refused a piece; is somebody else "
                     "sending to it?";
            return false;
        }
    }
    put_u32(body + 4, n_bytes);
    if (!request(link, WIO_TRANSFER_END, body, 8, LOAD_MS)) {
        return false;
    }
    *error = "the file did not arrive whole; send it again";
    return take_result(link, result);
}
