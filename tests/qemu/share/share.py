#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""main and handler of one container on an emulated board; prints TAP.

    share.py IMAGE

main is interrupted 10,000 times by its own handler, at machine instructions
that a timer chooses, with the whole core around it: nothing is wrong.
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", ".."))
import emulator  # noqa: E402
from tap import Tap  # noqa: E402

# As tests/sim/share.c reports them, and the container's faults.
REPORTS = ("main rounds", "handlers", "entries", "main wrong", "handler wrong",
           "shared wrong in main", "shared wrong in handler", "edges wrong",
           "plain lost", "atomics", "atomic lost", "C atomics lost", "C torn",
           "faults")
MAY_BE = ("main rounds", "handlers", "entries", "plain lost", "atomics")
ENTRIES = 10000


def main():
    done = emulator.run("mps2-an386", sys.argv[1], 240)
    lines = [line.split() for line in done.stdout.splitlines()]
    row = {}
    for words in lines:
        if words[:1] == ["row"]:
            row = dict(zip(REPORTS, map(int, words[1:]), strict=True))
    wrong = {what: n for what, n in row.items() if n and what not in MAY_BE}
    good = ["end"] in lines and row and not wrong
    enough = row.get("entries", 0) >= ENTRIES and row.get("atomics") == 1
    tap = Tap()
    tap.check(good, "nothing that main or handler computes or passes on is "
              "wrong", wrong or done.stdout[-500:])
    tap.check(enough, f"main was entered {row.get('entries', 0)} times")
    return tap.end()


sys.exit(main())
