#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A container that serves another misbehaves on a board in QEMU: it is ended
alone. Prints TAP.

  serve_faults.py --build DIR --board NAME [--engine aot]

The containers are those of tests/sim/test_serve.c; `pl022` is the one below,
for its name may have the controller. Each misdeed is asked for once by an
operation, in the background, and once by the main of the one above.
"""
import sys
import time

from board_tests import (BoardError, BoardTests, add_engine, choose_engine,
                         parser_for)

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


class Tests(BoardTests):
    def deliver(self, board, container):
        code, _, text = board.deliver(self.guest(container))
        if code != 0 or not self.is_as_asked(board):
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

    def test_misdeeds(self):
        with self.board() as board:
            self.deliver(board, "serve_below")
            self.deliver(board, "serve_above")
            result = self.by_main(board, NOTHING, 64, AFTER_WORK)
            self.check(result == OUT_OF_BUDGET, "what does not fit into the "
                       "caller's budget does not begin", result)
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


def main():
    parser = parser_for(__doc__)
    add_engine(parser)
    arguments = parser.parse_args()
    choose_engine(arguments)
    tests = Tests(arguments.build, arguments.board)
    return tests.run_each([tests.test_misdeeds])


if __name__ == "__main__":
    sys.exit(main())
