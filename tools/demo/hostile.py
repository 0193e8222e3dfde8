# SPDX-License-Identifier: Apache-2.0
"""The third act of the demo: a sensor, the controller's own task, a storm.

On each board a container counts what a sensor tells by interrupts while the
controller's task `control` runs at 1 kHz. A hostile container is loaded beside
them; it holds an interrupt line for ever, then loops in its handler, then in
its main. Printed is what each of them does to the task's jitter, and compared
with what the admission test computed when the containers were loaded.
"""
import os
import random
import time

from encoder import Encoder
from wioboard import Board, BoardError

QUIET, STORM, LOOP_IN_HANDLER, LOOP_IN_MAIN = range(4)
SECONDS_TO_SETTLE = 10.0
STORM_MS = 100                     # at least so long, of the board's time


def fnv1a(data):
    """As drivers/uart/receive/receive.c has it."""
    value = 2166136261
    for byte in data:
        value = (value ^ byte) * 16777619 & 0xFFFFFFFF
    return value


def points(board, name):
    """Values of a container's points that are good, by label."""
    return {words[3]: int(words[4])
            for words in (line.split(" ") for line in
                          board.command(f"points {name}"))
            if words[0] == "@point" and words[2] == name and
            words[5] == "good"}


def settle(board, name, label, value):
    """The points once @label has @value, or the last ones seen."""
    end = time.monotonic() + SECONDS_TO_SETTLE
    while True:
        seen = points(board, name)
        if seen.get(label) == value or time.monotonic() > end:
            return seen


class Times:
    """What `times` says: entities by name, and the task that is watched."""

    def __init__(self, board):
        self.entities = {}
        self.lines = {}
        self.control = None
        names = {}
        for words in (line.split(" ") for line in board.command("times")):
            if words[0] == "@entity":
                entity = dict(zip(words[4:-1:2], map(int, words[5:-1:2]),
                                  strict=True))
                entity["state"] = words[-1]
                names[words[1]] = words[2]
                self.entities[words[2]] = entity
            elif words[0] == "@line":
                self.lines[names[words[1]]] = dict(
                    zip(words[2::2], map(int, words[3::2]), strict=True))
            elif words[0] == "@control":
                self.control = dict(zip(words[1::2], map(int, words[2::2]),
                                        strict=True))
        if self.control is None or "control" not in self.entities:
            raise BoardError(f"{board.name}: the firmware tells no times of "
                             "its task control")

    @property
    def jitter_ns(self):
        """How far two activations were from a period apart, at most."""
        period = self.control["period"]
        return max(self.control["max"] - period, period - self.control["min"])

    @property
    def seen_ns(self):
        return self.entities["control"]["seen"]

    @property
    def computed_ns(self):
        return self.entities["control"]["r"]


class Shaft:
    """Port E of lm3s6965evb: an encoder, turned over QEMU's qtest."""

    container = "quadrature"
    what = "position"

    def __init__(self, board):
        self.board = board
        self.encoder = Encoder(board)
        self.n = 0
        self.edges = 0

    def work(self):
        """Moves the sensor; (what must be said, what is said)."""
        steps = (60, -100, 80, -45)[self.n % 4]
        self.n += 1
        self.edges += abs(steps)
        self.encoder.turn(steps)
        position = self.encoder.position
        seen = settle(self.board, self.container, "position", position)
        return {"position": position, "edges": self.edges, "invalid": 0,
                "late": 0}, seen


class Wire:
    """UART1 of mps2-an386: bytes at the rate at which they are taken."""

    container = "cmsdk-rx"
    what = "rx-bytes"

    def __init__(self, board):
        self.board = board
        self.wire = board.connect(os.path.join(board.folder, "uart1"))
        self.rng = random.Random(1)
        self.sent = b""

    def work(self):
        self.sent += self.rng.randbytes(400)
        for at in range(len(self.sent) - 400, len(self.sent), 100):
            self.wire.sendall(self.sent[at:at + 100])
            self.board.pump(0)
        seen = settle(self.board, self.container, "rx-bytes", len(self.sent))
        return {"rx-bytes": len(self.sent), "checksum": fnv1a(self.sent),
                "lines": self.sent.count(b"\n"), "overruns": 0,
                "rx-errors": 0, "lost": 0}, seen


SENSORS = {"mps2-an386": Wire, "lm3s6965evb": Shaft}
ARGUMENTS = {
    "mps2-an386": ["-serial", "unix:{folder}/uart1,server=on,wait=off"],
    "lm3s6965evb": [],
}


class Act:
    def __init__(self, build, name, say):
        self.build = build
        self.name = name
        self.say = say
        self.n = 0
        self.n_wrong = 0
        self.best_ns = 0

    def check(self, holds):
        self.n += 1
        self.n_wrong += not holds
        return "right" if holds else "WRONG"

    def load(self, board, name):
        with open(f"{self.build}/drivers/{name}.wasm", "rb") as file:
            code, _, text = board.deliver(file.read())
        if code != 0:
            raise BoardError(f"{board.name} refused {name}: {text}")

    def alone(self, board):
        """The best case: nothing is loaded. Its response is the same each
        time, but for what its jitter tells."""
        board.command("times reset")
        self.wait_ms(board, STORM_MS)
        times = Times(board)
        self.best_ns = times.seen_ns - times.jitter_ns
        self.tell("nothing loaded", times)

    def wait_ms(self, board, ms):
        """Of the board's time."""
        def uptime():
            return int(board.command("stats")[-2].split(" ")[2])

        end = uptime() + ms
        give_up = time.monotonic() + SECONDS_TO_SETTLE
        while uptime() < end:
            board.pump(0)
            if time.monotonic() > give_up:
                raise BoardError(f"{board.name}: its clock stands still")

    def tell(self, what, times):
        """Holds when the task was never later than computed, and its distance
        from one activation to the next no farther from the period than the
        computed response time is from the best case."""
        bound_ns = times.computed_ns - self.best_ns
        holds = times.seen_ns <= times.computed_ns and \
            times.jitter_ns <= bound_ns and times.control["n"] > 0 and \
            times.entities["control"]["missed"] == 0
        self.say(f"  {what:<17} control: jitter {times.jitter_ns / 1000:6.2f} "
                 f"us (computed {bound_ns / 1000:6.2f}), response "
                 f"{times.seen_ns / 1000:6.2f} us "
                 f"({times.computed_ns / 1000:6.2f})  {self.check(holds)}")

    def phase(self, board, sensor, what, mode):
        board.command("times reset")
        if mode != QUIET:
            board.command(f"set storm mode {mode}")
        expected, seen = sensor.work()
        self.wait_ms(board, STORM_MS)
        times = Times(board)
        self.tell(what, times)
        self.say(f"  {'':<17} {sensor.container}: {sensor.what} "
                 f"{seen.get(sensor.what)}, nothing lost  "
                 f"{self.check(seen == expected)}")
        return times

    def storm(self, board, sensor):
        """The line is held for ever: taken once in T."""
        times = self.phase(board, sensor, "storm", STORM)
        name, line = next((n, l) for n, l in times.lines.items()
                          if n.startswith("storm"))
        handler = times.entities[name]
        span_ns = times.control["n"] * times.control["period"]
        most = span_ns // handler["t"] + 2
        taken = handler["n"]
        self.say(f"  {'':<17} storm: its line is held, its handler ran "
                 f"{taken} times in {span_ns / 1e6:.0f} ms (at most {most}), "
                 f"{line['dropped']} dropped  "
                 f"{self.check(most // 2 <= taken <= most)}")

    def fault(self, board, sensor, what, mode):
        board.command("unload storm")
        self.load(board, "storm")
        start = len(board.lines)
        self.phase(board, sensor, what, mode)
        faults = [line for line in board.lines[start:]
                  if line.startswith("@fault") and " storm:" in line]
        told = faults[0].split(" ", 2)[2] if faults else "no fault was told"
        self.say(f"  {'':<17} {told}  {self.check(len(faults) == 1)}")

    def run(self):
        firmware = os.path.join(self.build, "firmware", self.name,
                                "firmware.elf")
        self.say(f"== {self.name}: a storm beside the sensor")
        with Board(self.name, firmware,
                   arguments=ARGUMENTS[self.name]) as board:
            board.wait_line("@ready", 20.0)
            board.command("idle awake")
            self.alone(board)
            sensor = SENSORS[self.name](board)
            self.load(board, sensor.container)
            self.phase(board, sensor, sensor.container, QUIET)
            self.load(board, "storm")
            self.storm(board, sensor)
            self.fault(board, sensor, "loop in handler", LOOP_IN_HANDLER)
            self.fault(board, sensor, "loop in main", LOOP_IN_MAIN)
