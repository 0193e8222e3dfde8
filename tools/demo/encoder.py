# SPDX-License-Identifier: Apache-2.0
"""A shaft with a quadrature encoder at two pins of a board in QEMU."""
import itertools
import time

from wioboard import BoardError

# Tracks A and B, forwards: A leads.
STATES = ((0, 0), (1, 0), (1, 1), (0, 1))
SECONDS_A_STEP = 10.0
SECONDS_A_LOOK = 0.0002            # a look holds the board up
LOOKS = 20                         # more, and it has been and gone

# PL061 (ARM DDI 0190B, 3.2): which pins may interrupt.
GPIOIM = 0x410

# lm3s6965evb: port E as QEMU names it, and its registers.
PORT_E = "/machine/unattached/device[12]"
PORT_E_BASE = 0x40024000


class Encoder:
    """Steps as fast as the board takes them, and no faster: the next edge
    comes when the last one is in `position` and both pins are let in again,
    which the controller does after the least distance that was declared."""

    def __init__(self, board, pin_a=1, pin_b=2):
        self.board = board
        self.pins = (pin_a, pin_b)
        self.mask = 1 << pin_a | 1 << pin_b
        self.at = 0
        self.position = 0

    def is_open(self):
        return self.board.read_register(PORT_E_BASE + GPIOIM) & self.mask == \
            self.mask

    def wait_open(self):
        end = time.monotonic() + SECONDS_A_STEP
        while not self.is_open():
            time.sleep(SECONDS_A_LOOK)
            if time.monotonic() > end:
                raise BoardError(f"{self.board.name}: no edge is taken any "
                                 "more")

    def step(self, direction):
        before = STATES[self.at % 4]
        self.at += direction
        self.position += direction
        for pin, old, new in zip(self.pins, before, STATES[self.at % 4],
                                 strict=True):
            if old != new:
                self.board.set_pin(PORT_E, pin, new)

    def jump(self):
        """Two steps forwards in no time: the board sees them as one."""
        self.board.qmp("stop")
        self.step(1)
        self.step(1)
        self.board.qmp("cont")

    def step_back_too_soon(self):
        """A step and back again while its pin is masked. Returns the number of
        edges that it took: one more for each time it came too late."""
        end = time.monotonic() + SECONDS_A_STEP
        direction = 1
        for edges in itertools.count(2):
            self.wait_open()
            self.step(direction)
            for _ in range(LOOKS):
                if not self.is_open():
                    break
            self.board.qmp("stop")
            was_masked = not self.is_open()
            if was_masked:
                self.step(-direction)
            self.board.qmp("cont")
            if was_masked:
                return edges
            self.board.wait_point("position", self.position,
                                  seconds=SECONDS_A_STEP)
            direction = -direction
            if time.monotonic() > end:
                raise BoardError(f"{self.board.name}: never seen masked")

    def turn(self, steps):
        for _ in range(abs(steps)):
            self.wait_open()
            self.step(1 if steps > 0 else -1)
            self.board.wait_point("position", self.position,
                                  seconds=SECONDS_A_STEP)
        self.wait_open()
