#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""main and handler of one container on an emulated board; prints TAP.

    share.py IMAGE

main is interrupted 10,000 times by its own handler, at machine instructions
that a timer chooses, with the whole core around it: nothing is wrong.
"""
import subprocess
import sys

# As tests/sim/share.c reports them, and the container's faults.
REPORTS = ("main rounds", "handlers", "entries", "main wrong", "handler wrong",
           "shared wrong in main", "shared wrong in handler", "edges wrong",
           "plain lost", "atomics", "atomic lost", "C atomics lost", "C torn",
           "faults")
MAY_BE = ("main rounds", "handlers", "entries", "plain lost", "atomics")
ENTRIES = 10000


def main():
    done = subprocess.run(
        ["qemu-system-arm", "-machine", "mps2-an386", "-display", "none",
         "-monitor", "none", "-serial", "stdio", "-icount", "shift=5",
         "-semihosting-config", "enable=on,target=native", "-kernel",
         sys.argv[1]], capture_output=True, text=True, timeout=240)
    lines = [line.split() for line in done.stdout.splitlines()]
    row = {}
    for words in lines:
        if words[:1] == ["row"]:
            row = dict(zip(REPORTS, map(int, words[1:]), strict=True))
    wrong = {what: n for what, n in row.items() if n and what not in MAY_BE}
    good = ["end"] in lines and row and not wrong
    enough = row.get("entries", 0) >= ENTRIES and row.get("atomics") == 1
    print("1..2")
    print(f"{'ok' if good else 'not ok'} 1 - nothing that main or handler "
          "computes or passes on is wrong")
    if not good:
        print(f"# {wrong or done.stdout[-500:]}")
    print(f"{'ok' if enough else 'not ok'} 2 - main was entered "
          f"{row.get('entries', 0)} times")
    return not (good and enough)


sys.exit(main())
