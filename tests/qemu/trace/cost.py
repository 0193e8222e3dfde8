#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What an entry of the trace costs, in instructions. Prints TAP.

    cost.py --image FILE --board NAME

The lines that begin with '# ' have the figures of docs/reference/trace.md.
"""
import argparse
import subprocess
import sys

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
    done = subprocess.run(
        ["qemu-system-arm", "-machine", args.board, "-display", "none",
         "-monitor", "none", "-serial", "stdio", "-icount", "shift=5",
         "-semihosting-config", "enable=on,target=native", "-kernel",
         args.image], capture_output=True, text=True, timeout=120, check=False)
    costs = {}
    for line in done.stdout.splitlines():
        words = line.split()
        if words and words[0] == "cost":
            costs[words[1]] = int(words[2]) / 100
    print("1..6")
    whole = done.stdout.endswith("end\n") and len(costs) == 6
    print(f"{'' if whole else 'not '}ok 1 - {args.board}: the image ran to "
          "its end")
    if not whole:
        print("# " + "\n# ".join((done.stdout + done.stderr).splitlines()))
        return 1
    failed = 0
    for n, (name, limit) in enumerate(LIMITS.items(), 2):
        good = 0 <= costs[name] <= limit
        failed += not good
        print(f"{'' if good else 'not '}ok {n} - {args.board}: {TEXTS[name]}: "
              f"{costs[name]:.1f} instructions, at most {limit}")
    each = (costs["run-on"] - costs["run-off"]) / 3
    good = 0 < each <= LIMITS["read-on"]
    failed += not good
    print(f"{'' if good else 'not '}ok 6 - {args.board}: release, begin and "
          f"end of an activation: {each:.1f} instructions each")
    for name, cost in costs.items():
        print(f"# {args.board} trace {name} {cost:.2f} instructions")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
