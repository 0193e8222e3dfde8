#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A handler enters the interpreter at 100,000 machine instructions; prints TAP.

    nested.py --image FILE --board NAME

What is built and called right has no wrong value; each way to do it wrong has
some, or the test would not see them either.
"""
import argparse
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", ".."))
import emulator  # noqa: E402
from tap import Tap  # noqa: E402

# As tests/sim/share.c reports them, and the traps that the image counts.
REPORTS = ("main rounds", "handlers", "entries", "main wrong", "handler wrong",
           "shared wrong in main", "shared wrong in handler", "edges wrong",
           "plain lost", "atomics", "atomic lost", "C atomics lost", "C torn",
           "traps")
WRONG = ("main wrong", "handler wrong", "shared wrong in main",
         "shared wrong in handler", "edges wrong", "atomic lost", "traps")
FULL = 100000       # entries into main; some ticks come between two calls

# scenario -> why it is wrong, or None
SCENARIOS = {
    "volatile": None,
    "atomics": None,
    "mains-stack": "the handler runs on main's stack",
    "not-put-back": "__stack_pointer stays the handler's",
    "no-lock": "atomics wider than the processor's are several accesses",
}


def run(image, board):
    done = emulator.run(board, image, 240)
    rows = {}
    for line in done.stdout.splitlines():
        words = line.split()
        if words and words[0] == "row":
            rows[words[1]] = dict(zip(REPORTS, map(int, words[2:]),
                                      strict=True))
    return rows, done.stdout


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--image", required=True)
    parser.add_argument("--board", required=True)
    args = parser.parse_args()
    rows, text = run(args.image, args.board)
    tap = Tap(args.board)
    tap.check("end" in text.split(), "all scenarios end", text[-500:])
    for name, why in SCENARIOS.items():
        row = rows.get(name)
        if row is None:
            tap.check(False, f"{name} has a row", text[-500:])
            continue
        wrong = sum(row[what] for what in WRONG)
        if why:
            tap.check(wrong > 0,
                      f"{name}: {why}: {wrong} wrong values are seen", row)
        else:
            tap.check(wrong == 0 and row["entries"] >= FULL and
                      row["main rounds"] >= 100,
                      f"{name}: main entered {row['entries']} times, {wrong} "
                      "wrong values", row)
    # What docs/guide/share-with-a-handler.md says of the ways that are wrong.
    for name, what, text in (
            ("volatile", "plain lost", "volatile n++ in both loses {}"),
            ("atomics", "plain lost", "with ATOMICS too: {}"),
            ("volatile", "C atomics lost",
             "C's atomic add without ATOMICS loses {}"),
            ("volatile", "C torn",
             "C's release store without ATOMICS shows {} unwritten slots")):
        count = rows.get(name, {}).get(what, 0)
        tap.check(count > 0, text.format(count), rows.get(name))
    right = rows.get("atomics", {})
    tap.check(right.get("C atomics lost") == right.get("C torn") == 0,
              "with ATOMICS they are right", right)
    return tap.end()


sys.exit(main())
