#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What an entry of the trace costs, in instructions. Prints TAP.

    cost.py --image FILE --board NAME

The lines that begin with '# ' have the figures of docs/reference/trace.md.
"""
import argparse
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", ".."))
import emulator  # noqa: E402
from tap import Tap  # noqa: E402

# Instructions; what was measured, and room for another compiler.
LIMITS = {"put-on": 24, "put-off": 6, "read-on": 70, "read-off": 4}
TEXTS = {
    "put-on": "an entry, its time known", "put-off": "the same, trace off",
    "read-on": "an entry that reads the clock",
    "read-off": "the same, trace off",
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--image", required=True)
    parser.add_argument("--board", required=True)
    args = parser.parse_args()
    done = emulator.run(args.board, args.image, 120)
    costs = {}
    for line in done.stdout.splitlines():
        words = line.split()
        if words and words[0] == "cost":
            costs[words[1]] = int(words[2]) / 100
    tap = Tap(args.board)
    if not tap.check(done.stdout.endswith("end\n") and len(costs) == 6,
                     "the image ran to its end", done.stdout + done.stderr):
        return tap.end()
    for name, limit in LIMITS.items():
        tap.check(0 <= costs[name] <= limit,
                  f"{TEXTS[name]}: {costs[name]:.1f} instructions, at most "
                  f"{limit}")
    each = (costs["run-on"] - costs["run-off"]) / 3
    tap.check(0 < each <= LIMITS["read-on"], "release, begin and end of an "
              f"activation: {each:.1f} instructions each")
    for name, cost in costs.items():
        print(f"# {args.board} trace {name} {cost:.2f} instructions")
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
