#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The console's commands about time, on a board in QEMU. Prints TAP.

    test_console.py --build DIR --board NAME
"""
import argparse
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, ".."),
                os.path.join(HERE, "..", "..", "tools", "demo")]
import order  # noqa: E402
from tap import Tap  # noqa: E402
from wioboard import Board  # noqa: E402

GUESTS = {"lm3s6965evb": "sender-pl011", "mps2-an386": "sender-cmsdk"}


class Tests(Tap):
    def __init__(self, board, name):
        super().__init__(name)
        self.board = board

    def command(self, line, seconds=10.0):
        """Its answer; points that change meanwhile are told in between."""
        return [answer for answer in self.board.command(line, seconds)
                if not answer.startswith("@point ")]

    def entities(self):
        lines = self.command("times")
        return {e.name: e for e in order.Dump(lines).entities.values()}, lines

    def test_times(self, guest):
        entities, lines = self.entities()
        self.check(list(entities) == ["control"] and lines[-1] == "@ok" and
                   any(line.startswith("@control period 1000000 n ")
                       for line in lines),
                   "before anything is loaded there is the control task",
                   lines)
        with open(guest, "rb") as file:
            code, _, text = self.board.deliver(file.read())
        entities, lines = self.entities()
        self.check(code == 0 and sorted(entities) == [
            "control", "sender_empty", "sender_main"],
            "then a main and a handler, too", (text, lines))
        self.check(all(0 < e.r <= e.d for e in entities.values()) and
                   entities["sender_empty"].source is not None,
                   "with R within D, and a line", lines)
        before = entities["control"].n
        self.command("times reset")
        entities, _ = self.entities()
        self.check(entities["control"].n < before + 50,
                   "times reset forgets", (before, entities["control"].n))

    def test_trace(self):
        lines = self.command("trace 100", 60.0)
        text = self.entities()[1] + lines
        dump = order.Dump(text)
        times = [r[0] for r in dump.records if not isinstance(r, int)]
        self.check(lines[-1] == "@ok" and len(times) > 500 and
                   0.95e8 < max(times) - min(times) < 1.1e8,
                   f"trace 100 says {len(times)} entries of 100 ms",
                   (lines[-1], len(times)))
        wrong, n, _ = order.check(text)
        self.check(not wrong and n > 100, "in the exact order of priorities",
                   wrong[:5])
        lines = self.command("trace")
        self.check(lines == ["@ok"], "and nothing is left", lines)

    def test_on_off(self):
        self.command("trace on")
        lines = []
        while len(lines) < 200:
            lines += self.command("trace")[:-1]
        self.command("trace off")
        lines += self.command("trace")[:-1]
        n_known = sum(line.startswith("@t ") for line in lines)
        n_lost = sum(int(line.split()[1]) for line in lines
                     if line.startswith("@lost "))
        self.check(n_known + n_lost >= 200 and
                   self.command("trace") == ["@ok"],
                   "trace on, off, and what came in between",
                   (n_known, n_lost))

    def test_printing(self):
        """A console that prints all the time delays nobody."""
        # In one go: QEMU lets idle time pass by the host's clock.
        self.command("times reset\ntrace 200\ntimes")
        start = len(self.board.lines)
        for _ in range(2):
            self.board.wait_line(lambda line: line == "@ok", 60.0)
        lines = self.board.lines[start:]
        entities = {e.name: e for e in order.Dump(lines).entities.values()}
        late = {e.name: (e.seen, e.r) for e in entities.values()
                if e.seen > e.r}
        self.check(not late and entities["control"].n >= 190,
                   "nobody is later than computed while the console prints",
                   lines)

    def test_errors(self):
        for line, part in (("times never", "times reset"),
                           ("trace maybe", "trace on"),
                           ("trace 0", "1 to 60000 ms"),
                           ("trace 60001", "1 to 60000 ms"),
                           ("trace on off", "wrong number of arguments")):
            answer = self.command(line)
            self.check(len(answer) == 1 and answer[0].startswith("@error ")
                       and part in answer[0], f"one sentence: {line}", answer)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True)
    parser.add_argument("--board", required=True)
    args = parser.parse_args()
    firmware = f"{args.build}/firmware/{args.board}/firmware.elf"
    with Board(args.board, firmware) as board:
        board.wait_line("@ready", 20.0)
        tests = Tests(board, args.board)
        tests.test_times(f"{args.build}/tests/trace/guests/"
                         f"{GUESTS[args.board]}.wasm")
        tests.test_trace()
        tests.test_on_off()
        tests.test_printing()
        tests.test_errors()
        return tests.end()


if __name__ == "__main__":
    sys.exit(main())
