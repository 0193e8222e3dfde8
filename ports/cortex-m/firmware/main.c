/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware.h"
#include "port.h"
#include "startup/startup.h"

extern const uint8_t board_blob[];
extern const uint8_t board_blob_end[];

static uint8_t runtime_memory[RUNTIME_BYTES + 16u * TRACE_ENTRIES]
    __attribute__((aligned(8)));
static struct firmware firmware;

uint8_t slot_modules[N_SLOTS][SLOT_MODULE_BYTES] __attribute__((aligned(8)));
uint8_t slot_arenas[N_SLOTS][SLOT_ARENA_BYTES] __attribute__((aligned(8)));

void
offer(struct firmware *fw, struct slot *slot)
{
    if (fw->receiving == slot) {
        return;                    /* a broken delivery may go on there */
    }
    fw->receiving = slot;
    wio_transfer_provide(&fw->transfer, slot_modules[slot - fw->slots],
                         SLOT_MODULE_BYTES);
}

void
offer_slot(struct firmware *fw)
{
    uint32_t i;

    for (i = 0; i < N_SLOTS; i++) {
        if (fw->slots[i].id == 0) {
            offer(fw, &fw->slots[i]);
            return;
        }
    }
    fw->receiving = 0;
    wio_transfer_provide(&fw->transfer, 0, 0);
}

/* A whole, checked file lies in the receiving slot. */
static void
load_received(struct firmware *fw)
{
    struct wio_container_info info;
    struct wio_report report = { .code = 0 };
    struct slot *slot = fw->receiving;
    wio_container_id id = 0;
    uint32_t i = (uint32_t)(slot - fw->slots);
    int err = wio_runtime_load(fw->runtime, slot_modules[i],
                               fw->transfer.length, slot_arenas[i],
                               SLOT_ARENA_BYTES, &id, &report);

    if (err) {
        say("@refused %s %s", wio_strerror(err), report.text);
        wio_transfer_finish(&fw->transfer, err, 0, report.text);
        return;
    }
    slot->id = id;
    fw->receiving = 0;
    slot->faults_told = 0;
    for (i = 0; i < POINTS_MAX; i++) {
        slot->points_told[i] = 0;
    }
    if (wio_runtime_info(fw->runtime, id, &info) == 0) {
        say("@loaded %u %w %w memory %u arena %u compiled %u code %u", id,
            info.model, info.version, info.memory_bytes, info.arena_bytes,
            info.compiled_bytes, info.code_bytes);
    }
    say_grants(fw, id);
    wio_transfer_finish(&fw->transfer, 0, id, "loaded");
    offer_slot(fw);
}

static void
reply(struct firmware *fw)
{
    cm_console_write(fw->transfer.reply, fw->transfer.n_reply);
}

static void
text_byte(struct firmware *fw, uint8_t byte)
{
    if (byte == '\r' || byte == '\n') {
        fw->line[fw->n_line] = '\0';
        if (fw->line_too_long) {
            say("@error a line is at most %u characters", LINE_MAX - 1u);
        } else if (fw->n_line > 0) {
            command_line(fw, fw->line);
        }
        fw->n_line = 0;
        fw->line_too_long = false;
    } else if (byte == 8 || byte == 127) {     /* backspace, delete */
        fw->n_line -= fw->n_line > 0;
    } else if (fw->n_line == LINE_MAX - 1u) {
        fw->line_too_long = true;
    } else {
        fw->line[fw->n_line++] = byte >= ' ' && byte <= '~' ? (char)byte : '?';
    }
}

static void
take_byte(struct firmware *fw, uint8_t byte)
{
    switch (wio_transfer_receive(&fw->transfer, byte)) {
    case WIO_TRANSFER_TEXT:
        text_byte(fw, byte);
        break;
    case WIO_TRANSFER_COMPLETE:
        load_received(fw);
        reply(fw);
        break;
    case WIO_TRANSFER_REPLY:
        reply(fw);
        break;
    default:
        break;
    }
}

int
main(void)
{
    struct firmware *fw = &firmware;
    struct wio_report report = { .code = 0 };
    const struct wio_port *port = cm_port_start();
    const struct wio_runtime_config config = {
        .port = port,
        .board = board_blob,
        .board_len = (uint32_t)(board_blob_end - board_blob),
        .memory = runtime_memory,
        .memory_bytes = sizeof runtime_memory,
        .trace_entries = TRACE_ENTRIES
    };
    int err = wio_runtime_create(&config, &fw->runtime, &report);

    if (err) {
        say("@panic %s", report.text);
        return 1;
    }
    wio_runtime_trace_on(fw->runtime, false);      /* until `trace on` */
    err = control_start(&fw->control, fw->runtime);
    if (err && err != WIO_ERR_NO_DEVICE) {         /* the board wants none */
        say("@panic control: %s", wio_strerror(err));
        return 1;
    }
    wio_transfer_init(&fw->transfer);
    offer_slot(fw);
    say("@ready " WIO_BOARD_NAME " slots %u", (uint32_t)N_SLOTS);
    for (;;) {
        uint64_t due_ns;
        uint8_t byte;

        while (cm_console_read(&byte)) {
            take_byte(fw, byte);
        }
        due_ns = wio_runtime_run(fw->runtime);
        say_changes(fw);
        if (due_ns > 0) {
            cm_idle(due_ns, cm_console_has_byte);
        }
    }
}
