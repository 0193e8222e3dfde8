#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Containers that live on interrupts, on one board in QEMU. Prints TAP.

  cases.py --build DIR --board NAME [--engine aot]

What comes from outside comes at the board's pace, never at a moment: the next
edge or byte when the last one was taken. And the board waits awake, so that its
clock goes by instructions alone. So nothing here depends on how fast this
machine is.
"""
import os
import random
import select
import socket
import sys
import tempfile
import time

from board_tests import (BoardError, BoardTests, add_engine, choose_engine,
                         parser_for)
from demo import sensor_says
from encoder import Encoder
from hostile import Act, Times, fnv1a, settle

CHUNK = 256                        # bytes put on the wire between two looks
CHECKS_OF_THE_ACT = 12
JUMPS = 10
TRIES = 5                          # the pin may be about to be let in again
# UART1 at the rate of the container. ARM DDI 0183G, 3.3.6: 50 MHz / 16 / 57600
# in 64ths; ARM DDI 0479D: 25 MHz / 19200.
DIVISORS = {
    "pl011-rx": ((0x4000D024, 54), (0x4000D028, 16)),
    "cmsdk-rx": ((0x40005010, 1302),),
}
PAIRS = {
    "mps2-an386": ("cmsdk-rx",),
    "lm3s6965evb": ("pl011-rx", "quadrature"),
}


def receive(board, wire, n_bytes):
    """As many bytes from a line of the board, and whatever follows at once."""
    got = b""
    end = time.monotonic() + 10
    while len(got) < n_bytes and time.monotonic() < end:
        if select.select([wire], [], [], 0.02)[0]:
            got += wire.recv(4096)
        board.pump(0)
    return got


class Tests(BoardTests):
    def board(self, **options):
        board = super().board(**options)
        board.command("idle awake")      # times are the board's own
        board.command("times reset")
        return board

    def load(self, board, name):
        code, container, text = board.deliver(self.driver(name))
        self.check(code == 0 and self.is_as_asked(board),
                   f"{name} is loaded", text)
        return container

    def no_fault(self, board, name, n=1):
        lines = [line for line in board.command("list")
                 if line.startswith("@container")]
        self.check(len(lines) == n and
                   all(" running " in line and line.endswith("faults 0")
                       for line in lines),
                   f"{name}: running, no fault", lines)
        self.control(board, name)

    def control(self, board, beside):
        """The controller's own task, since the board was started."""
        try:
            times = Times(board)
        except BoardError as error:
            self.skip(f"control beside {beside}", error)
            return
        task = times.entities["control"]
        self.check(times.seen_ns <= times.computed_ns and
                   times.jitter_ns <= times.computed_ns and
                   times.control["n"] > 100 and
                   task["missed"] == task["overruns"] == 0,
                   f"control beside {beside}: response at most "
                   f"{times.seen_ns / 1000} of {times.computed_ns / 1000} us, "
                   f"jitter {times.jitter_ns / 1000} us", task)

    # -- Scenarios ------------------------------------------------------------

    def test_quadrature(self):
        """Port E: the shaft turns forwards, back, trembles, and jumps."""
        with self.board() as board:
            self.load(board, "quadrature")
            shaft = Encoder(board)
            n_edges = 0
            for steps in (203, -509, 1, -1, 1, -1, 306, -150):
                shaft.turn(steps)
                n_edges += abs(steps)
                points = settle(board, "quadrature", "position",
                                shaft.position)
                self.check(points == {"position": shaft.position,
                                      "edges": n_edges, "invalid": 0,
                                      "late": 0},
                           f"{steps:+d} steps: position {shaft.position}, "
                           "none missed", points)
            for _ in range(TRIES):
                n_edges += shaft.step_back_too_soon()
                settle(board, "quadrature", "edges", n_edges)
                shaft.wait_open()
                points = settle(board, "quadrature", "position",
                                shaft.position)
                if points["late"] != 0:
                    break
            self.check(points == {"position": shaft.position,
                                  "edges": n_edges, "invalid": 0, "late": 1},
                       "an edge while its pin is masked is said to be late",
                       points)
            position = shaft.position
            for _ in range(JUMPS):
                shaft.jump()
                n_edges += 2
                points = settle(board, "quadrature", "edges", n_edges)
                shaft.wait_open()
            self.check(points == {"position": position, "edges": n_edges,
                                  "invalid": JUMPS, "late": 1},
                       f"{JUMPS} times two steps at once: missed, counted and "
                       "not guessed", points)
            self.no_fault(board, "quadrature")

    def test_uart(self):
        """UART1 by its interrupt: everything sent is received, once."""
        name = {"mps2-an386": "cmsdk-rx", "lm3s6965evb": "pl011-rx"}[self.name]
        rng = random.Random(8)
        sent = b""
        with self.board(arguments=[
                "-serial", "unix:{folder}/uart1,server=on,wait=off"]) as board:
            wire = board.connect(os.path.join(board.folder, "uart1"))
            divisors = [board.read_register(at) for at, _ in DIVISORS[name]]
            self.check(divisors == [value for _, value in DIVISORS[name]],
                       f"the board sets the rate that {name} is made for",
                       divisors)
            self.load(board, name)
            for n_bytes in (1, 2, 15, 16, 17, 64, 257, 4000):
                chunk = rng.randbytes(n_bytes)
                sent += chunk
                for at in range(0, n_bytes, CHUNK):
                    wire.sendall(chunk[at:at + CHUNK])
                    board.pump(0)
                points = settle(board, name, "rx-bytes", len(sent))
                self.check(points == {
                    "rx-bytes": len(sent), "checksum": fnv1a(sent),
                    "lines": sent.count(b"\n"), "overruns": 0,
                    "rx-errors": 0, "lost": 0},
                    f"{name}: {len(sent)} bytes, none lost, none twice",
                    (points, fnv1a(sent)))
            wire.close()
            self.no_fault(board, name)

    def test_ladder(self):
        """By every way to a register each store is one byte on the wire."""
        device = {"mps2-an386": "cmsdk", "lm3s6965evb": "pl011"}[self.name]
        said = b"Hello, ladder\r\n"
        with self.board(arguments=[
                "-serial", "unix:{folder}/uart1,server=on,wait=off"]) as board:
            wire = board.connect(os.path.join(board.folder, "uart1"))
            for way in ("calls", "markers", "windows", "batch"):
                name = f"ladder-{device}-{way}"
                self.load(board, name)
                seen = receive(board, wire, len(said))
                lines = board.command("call ladder hundred")
                seen += receive(board, wire, 100)
                for byte in b"abc{1}":
                    wire.sendall(bytes([byte]))
                    seen += receive(board, wire, 1)
                self.check(seen == said + 100 * b"." + b"ABC{1}",
                           f"{name}: every byte once", (seen, lines))
                lines = board.command("call ladder refused")
                self.check(lines[-1] != "@ok",
                           f"{name}: a refused access ends it", lines)
                board.command("unload ladder")
            wire.close()

    def test_alert(self):
        """No board here wires the sensor's ALERT: the limit is polled."""
        def over_at(millidegrees):
            board.set_temperature(millidegrees)
            points = settle(board, "tmp105-alert", "temperature",
                            sensor_says(millidegrees))
            return points.get("temperature") == sensor_says(millidegrees) \
                and points["over-temperature"]

        with self.board() as board:
            self.load(board, "tmp105-alert")
            lines = board.command("grants tmp105-alert")
            self.check("@grant 1 alert: not granted, optional" in lines,
                       "it is told that ALERT is not wired", lines)
            seen = [over_at(mc) for mc in
                    (25000, 79900, 80000, 90000, 78100, 77900)]
            self.check(seen == [0, 0, 1, 1, 1, 0],
                       "over the limit from 80 degrees to below 78", seen)
            board.command("set tmp105-alert limit -10000")
            seen = [over_at(mc) for mc in (-9000, -13000, 5000)]
            self.check(seen == [1, 0, 1], "the limit can be set", seen)
            self.no_fault(board, "tmp105-alert")

    def test_async(self):
        """A reading that main does not wait for."""
        with self.board() as board:
            board.set_temperature(25500)
            self.load(board, "tmp105-async")
            seen = settle(board, "tmp105-async", "temperature", 25500)
            board.set_temperature(-10000)
            settle(board, "tmp105-async", "temperature", -10000)
            seen = settle(board, "tmp105-async", "readings", None)
            self.check(seen["temperature"] == -10000 and
                       seen["readings"] > 3,
                       "readings by the completion's handler", seen)
            self.no_fault(board, "tmp105-async")
            for n in range(3):
                lines = board.command("unload tmp105-async")
                self.check(lines[-1].startswith("@ok"),
                           f"unloaded and loaded again, {n}", lines)
                self.load(board, "tmp105-async")
            settle(board, "tmp105-async", "temperature", -10000)
            self.no_fault(board, "tmp105-async")

    def test_requests(self):
        """A UART both ways and eight bytes of SPI, by interrupts alone."""
        card = tempfile.NamedTemporaryFile()
        card.truncate(1 << 20)
        medium = ["-drive", f"if=sd,format=raw,file={card.name}"] \
            if self.name == "lm3s6965evb" else []
        with card, self.board(arguments=[
                *medium, "-serial",
                "unix:{folder}/uart1,server=on,wait=off"]) as board:
            line = socket.socket(socket.AF_UNIX)
            line.settimeout(10)
            line.connect(os.path.join(board.folder, "uart1"))
            data = self.guest("requests")
            code, _, text = board.deliver(data)
            self.check(code == 0, "requests is loaded", text)
            for said in (b"hello, wires", b"and a second", b"more to say."):
                line.sendall(said)
                got = b""
                while len(got) < len(said):
                    got += line.recv(64)
                self.check(got == said.upper(), "answered", got)
            line.sendall(b"five.")         # its time ends it
            got = b""
            while len(got) < 5:            # in one piece, or what was there
                got += line.recv(64)
            self.check(got == b"FIVE.", "the rest in time", got)
            # CMD0 and its checksum to a card, or a flash's identification.
            command, last = (64, 149) if medium else (0x9f, 0)
            lines = board.command(f"call requests exchange {command} {last}")
            self.check(lines[0] == "@result 0 8", "eight bytes", lines)
            seen = [int(board.command(f"call requests got {i}")[0].split()[2])
                    for i in range(8)]
            self.check(1 in seen[6:] if medium else
                       seen[1:4] == [0xef, 0x50, 0x14],
                       "what the medium says", seen)
            self.no_fault(board, "requests")
            # A read is under way, always: the kill ends it, and its line and
            # buffer are the next one's.
            lines = board.command("unload requests")
            self.check(lines[-1] == "@ok", "unloaded with a read under way",
                       lines)
            code, _, text = board.deliver(data)
            self.check(code == 0, "loaded again", text)
            line.sendall(b"once again..")
            got = b""
            while len(got) < 12:
                got += line.recv(64)
            self.check(got == b"ONCE AGAIN..", "and answers again", got)
            line.close()

    def test_pairs(self):
        """Each beside a sensor that is polled: admitted, and both work."""
        for name in PAIRS[self.name]:
            with self.board() as board:
                self.load(board, name)
                self.load(board, "tmp105")
                board.set_temperature(25500)
                seen = settle(board, "tmp105", "temperature",
                              sensor_says(25500))
                self.check(seen == {"temperature": sensor_says(25500)},
                           f"{name} and tmp105: 25.5 degrees", seen)
                self.no_fault(board, f"{name} and tmp105", 2)

    def test_storm(self):
        """The demo's third act: a storm and loops beside a sensor."""
        with self.board() as board:
            if not any("times" in line for line in board.command("help")):
                self.skip("a storm", "this firmware tells no times")
                return
        act = Act(self.build, self.name, lambda text: print(f"# {text}"))
        act.run()
        self.check(act.n == CHECKS_OF_THE_ACT and act.n_wrong == 0,
                   f"a storm beside a sensor: {act.n} checks",
                   (act.n, act.n_wrong))

    def run(self):
        tests = [self.test_uart, self.test_ladder, self.test_alert,
                 self.test_async, self.test_requests, self.test_pairs,
                 self.test_storm]
        if self.name == "lm3s6965evb":
            tests += [self.test_quadrature]
        return self.run_each(tests)


def main():
    parser = parser_for(__doc__)
    add_engine(parser)
    arguments = parser.parse_args()
    choose_engine(arguments)
    return Tests(arguments.build, arguments.board).run()


if __name__ == "__main__":
    sys.exit(main())
