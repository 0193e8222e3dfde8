#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`wasmio run --board linux`: a container driven by a kernel timer; TAP.

usage: run_linux.py WASMIO TICKER_CONTAINER TMP105_CONTAINER
"""
import json
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                ".."))
from tap import Tap  # noqa: E402


def run(file, *arguments):
    return subprocess.run([sys.argv[1], "run", file, "--board", "linux",
                           *arguments],
                          capture_output=True, text=True, timeout=120)


def main():
    tap = Tap()

    def ok(name, good, done):
        tap.check(good, name, done.stdout + done.stderr)

    done = run(sys.argv[2], "--count", "5", "--json", "--seconds", "60")
    events = [json.loads(line) for line in done.stdout.splitlines()]
    ticks = [e["value"] for e in events if e["event"] == "point"]
    ok("interrupts of a kernel timer are counted by a handler",
       done.returncode == 0 and len(ticks) == 5 and ticks == sorted(ticks)
       and ticks[-1] > 0, done)
    granted = [e["text"] for e in events if e["event"] == "granted"]
    logged = [e["text"] for e in events if e["event"] == "log"]
    ok("what was granted is told, and what the handler logs",
       any("interrupt line 1" in text for text in granted) and
       any("the first tick" in text for text in logged), done)
    rows = {name: list(map(int, numbers.split())) for name, numbers in
            re.findall(r"^  (ticker \w+) +((?:\d+ +)+\d+)$", done.stderr,
                       re.M)}
    edges = re.search(r"edges: (\d+) accepted, (\d+) coalesced, 0 dropped",
                      done.stderr)
    ok("the times at the end name main and handler, and their runs",
       edges is not None and {"ticker main", "ticker tick"} <= rows.keys()
       and rows["ticker tick"][4] == int(edges[1])
       and sum(map(int, edges.groups())) >= ticks[-1]
       and rows["ticker tick"][5] == 0, done)
    done = run(sys.argv[3])
    ok("what the board has not is refused with a sentence",
       done.returncode == 1 and "refused" in done.stdout, done)
    done = run(sys.argv[2], "--set", "ticks=1", "--seconds", "0.1")
    ok("--set of something that is not consumed is refused",
       done.returncode == 2 and "consumed points" in done.stderr, done)
    wrong = [run(sys.argv[2], *arguments) for arguments in (
        ("--qmp", "socket"), ("--script", "edge irq6"), ("--board", "sim"),
        ("--seconds", "1e9"), ("--seconds", "nan"), ("--seconds", "-1"))]
    ok("options that have no place here: one sentence each, nothing runs",
       all(done.returncode == 2 and not done.stdout and
           done.stderr.count("\n") == 1 for done in wrong), wrong[0])
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
