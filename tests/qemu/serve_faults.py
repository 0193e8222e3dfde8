#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A container that serves another misbehaves on a board in QEMU: it is ended
alone. Prints TAP.

  serve_faults.py --build DIR --board NAME [--engine aot]

The containers are those of tests/sim/test_serve.c; `pl022` is the one below,
for its name may have the controller. Each misdeed is asked for once by an
operation, in the background, and once by the main of the one above.
"""
import argparse
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "..", "tools", "demo"))
from wioboard import Board, BoardError  # noqa: E402

NO_DEVICE, TIMEOUT, OUT_OF_BUDGET = -9, -5, -11      # include/wio/err.h
SPI_MODE_FAULT, SPI_OTHER = -(2 << 16 | 2), -(2 << 16 | 5)
PLAIN, AFTER_WORK = 0, 3                             # serve_user.c
NOTHING, LOOP, TRAP, SMASH, ERROR, NONSENSE = 1, 0xE0, 0xE1, 0xE2, 0xE3, 0xE4
DELAY = 0xE8                                         # serve.h
MISDEEDS = [("an endless loop", LOOP, TIMEOUT, True),
            ("a trap", TRAP, SPI_OTHER, True),
            ("a smashed stack", SMASH, NO_DEVICE, True),
            ("a delay beyond its time", DELAY, TIMEOUT, True),
            ("an error", ERROR, SPI_MODE_FAULT, False),
            ("a code that it cannot give", NONSENSE, SPI_OTHER, False)]


class Tests:
    def __init__(self, build, name):
        self.build = build
        self.name = name
        self.n = 0
        self.n_failed = 0

    def check(self, holds, what, seen=None):
        self.n += 1
        if not holds:
            self.n_failed += 1
            print(f"# saw: {seen!r}")
        print(f"{'' if holds else 'not '}ok {self.n} - {self.name}: {what}",
              flush=True)

    def deliver(self, board, container):
        with open(f"{self.build}/tests/qemu/guests/{container}.wasm",
                  "rb") as file:
            code, _, text = board.deliver(file.read())
        if code != 0 or board.was_compiled != (Board.compiler is not None):
            raise BoardError(f"{container}: {text}")

    @staticmethod
    def call(board, container, operation):
        lines = board.command(f"call {container} {operation}")
        if lines[-1] != "@ok":
            raise BoardError(f"{operation}: {lines[-1]}")
        # Lines about faults come in between.
        results = [line for line in lines if line.startswith("@result ")]
        return int(results[0].split(" ")[2]) if results else 0

    def by_operation(self, board, first, n, how):
        return self.call(board, "user", f"try {first} {n} {how}")

    def by_main(self, board, first, n, how):
        board.command(f"call user arm {first} {n} {how}")
        for _ in range(100):
            result = self.call(board, "user", "result")
            if result != 1:
                return result
            time.sleep(0.02)
        raise BoardError("main did not run")

    @staticmethod
    def states(board):
        return {line.split(" ")[2]: line.split(" ")[4]
                for line in board.command("list")
                if line.startswith("@container ")}

    def misdeed(self, board, way, what, first, code, faults):
        self.deliver(board, "serve_below")
        result = self.by_operation(board, NOTHING, 16, PLAIN)
        self.check(result == 0, f"{what}, {way.__name__}: bytes before it",
                   result)
        result = way(board, first, 16, PLAIN)
        self.check(result == code, f"{what}, {way.__name__}: the code",
                   result)
        states = self.states(board)
        self.check(states == {"user": "running",
                              "pl022": "faulted" if faults else "running"},
                   f"{what}, {way.__name__}: who goes on", states)
        result = self.by_main(board, NOTHING, 16, PLAIN)
        self.check(result == (NO_DEVICE if faults else 0),
                   f"{what}, {way.__name__}: what follows", result)
        board.command("unload pl022")

    def run(self):
        try:
            with Board(self.name, f"{self.build}/firmware/{self.name}/"
                       "firmware.elf") as board:
                board.wait_line("@ready", 20.0)
                self.deliver(board, "serve_below")
                self.deliver(board, "serve_above")
                result = self.by_main(board, NOTHING, 64, AFTER_WORK)
                self.check(result == OUT_OF_BUDGET, "what does not fit into "
                           "the caller's budget does not begin", result)
                n = self.call(board, "pl022", "calls")
                self.check(n == 0, "and is not called", n)
                board.command("unload pl022")
                for misdeed in MISDEEDS:
                    for way in (self.by_operation, self.by_main):
                        self.misdeed(board, way, *misdeed)
                stats = next(line for line in board.command("stats")
                             if line.startswith("@stats "))
                print(f"# {stats}")
                words = stats.split(" ")
                left = int(words[words.index("stack-free") + 1])
                self.check(left >= 256, "the stack was deep enough", left)
        except (BoardError, OSError, ValueError) as error:
            self.check(False, "came to its end", str(error))
        print(f"1..{self.n}")
        return 1 if self.n_failed else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build", required=True)
    parser.add_argument("--board", required=True)
    parser.add_argument("--engine", choices=("interp", "aot"),
                        default="interp")
    arguments = parser.parse_args()
    if arguments.engine == "aot":
        Board.compiler = os.path.join(os.path.abspath(arguments.build),
                                      "wasmio")
    return Tests(os.path.abspath(arguments.build), arguments.board).run()


if __name__ == "__main__":
    sys.exit(main())
