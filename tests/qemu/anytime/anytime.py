#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A handler's function is called at every instruction of a way in; prints TAP.

    anytime.py --images FOLDER --board NAME

FOLDER has the image that is right and those that have one thing wrong each,
which has to be seen.
"""
import argparse
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", ".."))
import emulator  # noqa: E402
from tap import Tap  # noqa: E402

# An instruction is longer than a tick of 25 MHz, so none is left out.
SHIFT = 6
# What is done, and at how many instructions of wio_engine_enter() it has to be
# interrupted: all of the way in and out, or in and behind a trap, but the first.
KINDS = {
    "a call that returns": 19,
    "a call that traps": 19,
    "an activation that returns": 0,
    "an activation that traps": 0,
}
WRONG = {
    "wrong_in": "the instance is told before the state",
    "wrong_out": "it is told so on the way out",
    "wrong_trapped": "it is told so behind a trap",
    "wrong_slot": "the port tells it so",
}


def run(image, board):
    """[(calls, interrupts, places, wrong)], of KINDS."""
    done = emulator.run(board, image, 60, SHIFT)
    lines = [line.split() for line in done.stdout.splitlines()]
    rows = [tuple(map(int, words[1:])) for words in lines
            if words[:1] == ["row"]]
    if len(rows) != len(KINDS) or ["end"] not in lines:
        raise SystemExit(f"not ok 1 - {image} ends\n# {done.stdout[-300:]}\n"
                         "1..1")
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", required=True)
    parser.add_argument("--board", required=True)
    args = parser.parse_args()
    tap = Tap(args.board)
    for (what, least), row in zip(KINDS.items(),
                                  run(f"{args.images}/anytime.elf",
                                      args.board)):
        calls, interrupts, places, wrong = row
        tap.check(wrong == 0 and places >= least and 100 < interrupts,
                  f"{what}, {calls} times, {interrupts} interrupts, at "
                  f"{places} instructions of wio_engine_enter: {wrong} wrong",
                  row)
    for name, why in WRONG.items():
        rows = run(f"{args.images}/{name}.elf", args.board)
        seen = sum(row[3] for row in rows)
        tap.check(seen > 0, f"{why}: {seen} wrong", rows)
    return tap.end()


sys.exit(main())
