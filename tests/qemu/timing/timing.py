#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Misbehaving containers on an emulated board: does anybody else notice?

    timing.py --image FILE --board NAME [--table]

Runs the image of this folder twice and prints TAP: no entity but the rogue's
may ever take longer than its computed response time, every edge is counted,
and both runs print the same bytes, traces included.
"""
import argparse
import subprocess
import sys
from collections import defaultdict

ROW = ("kind", "level", "c", "t", "d", "cost", "b", "r", "seen",
       "activations", "overruns", "missed")


def run(image, board):
    done = subprocess.run(
        ["qemu-system-arm", "-machine", board, "-display", "none", "-monitor",
         "none", "-serial", "stdio", "-icount", "shift=5",
         "-semihosting-config", "enable=on,target=native", "-kernel", image],
        capture_output=True, text=True, timeout=240)
    return done.stdout


class Scenario:
    def __init__(self):
        self.rows = {}
        self.lines = {}
        self.sent = self.state = self.trace = self.jitter = None


def parse(text):
    scenarios = defaultdict(Scenario)
    refused = 0
    for line in text.splitlines():
        words = line.split()
        if not words:
            continue
        if words[0] == "row":
            scenarios[words[1]].rows[words[2]] = dict(
                zip(ROW, map(int, words[3:]), strict=True))
        elif words[0] == "line":
            scenarios[words[1]].lines[words[2]] = tuple(map(int, words[3:]))
        elif words[0] in ("sent", "state", "jitter"):
            setattr(scenarios[words[1]], words[0],
                    tuple(map(int, words[2:])))
        elif words[0] == "trace":
            scenarios[words[1]].trace = words[2:]
        elif words[0] == "refused":
            refused = int(words[1])
    return scenarios, refused


class Tap:
    def __init__(self, board):
        self.board = board
        self.n = 0
        self.n_failed = 0

    def check(self, holds, what, seen=None):
        self.n += 1
        if not holds:
            self.n_failed += 1
            print(f"# saw: {seen!r}")
        print(f"{'' if holds else 'not '}ok {self.n} - {self.board}: {what}",
              flush=True)


def others(scenario):
    """Everybody but the rogue."""
    return {name: row for name, row in scenario.rows.items()
            if not name.startswith("rogue0")}


def worst(scenario):
    """Largest observed / computed, and whose."""
    return max((row["seen"] / row["r"], name)
               for name, row in others(scenario).items()
               if row["activations"])


def edges_balance(scenario):
    """Accepted + coalesced + dropped + found pending = sent, for each line."""
    for i, who in enumerate(("victim", "rogue0")):
        lines = [line for name, line in scenario.lines.items()
                 if name.startswith(who)]
        if not lines:
            continue
        accepted, coalesced, dropped, _ = lines[0]
        sent, pending = scenario.sent[2 * i:2 * i + 2]
        if accepted + coalesced + dropped + pending != sent:
            return f"{who}: {lines[0]} of {sent}, {pending} pending"
    return None


FAULTS = {  # scenario -> whether the rogue must be faulted by it
    "quiet": False, "loop-handler": True, "loop-main": True,
    "storm-10x": False, "storm-1000x": False, "storm-into-loop": True,
    "hold-handler": True, "hold-main": True, "trap-handler": True,
    "trap-main": True, "smash-handler": True, "smash-main": True,
    "grow-handler": True, "wait-handler": False, "wait-main": False,
    "repend": False,
}


def check_scenario(tap, name, scenario):
    ratio, who = worst(scenario)
    missed = [n for n, row in others(scenario).items() if row["missed"]]
    tap.check(ratio <= 1 and not missed,
              f"{name}: observed/computed at most {ratio:.3f} ({who})",
              (missed, others(scenario)))
    tap.check(edges_balance(scenario) is None or scenario.state[1],
              f"{name}: every edge is counted", edges_balance(scenario))
    tap.check(scenario.state[0] == 0, f"{name}: the victim is not faulted",
              scenario.state)
    if name in FAULTS:
        tap.check((scenario.state[1] > 0) == FAULTS[name],
                  f"{name}: the rogue is "
                  f"{'faulted' if FAULTS[name] else 'not faulted'}",
                  scenario.state)


def check_storm(tap, scenario):
    row = next(row for name, row in scenario.rows.items()
               if name == "rogue0_line" or "handler" in name
               and name.startswith("rogue0"))
    total_ns = max(r["activations"] * r["t"] for n, r in
                   scenario.rows.items() if n == "control")
    tap.check(row["activations"] <= total_ns // row["t"] + 2,
              "storm-1000x: at most one activation per T",
              (row, total_ns))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--image", required=True)
    parser.add_argument("--board", required=True)
    parser.add_argument("--table", action="store_true",
                        help="print observed and computed of every entity")
    args = parser.parse_args()
    tap = Tap(args.board)
    text = run(args.image, args.board)
    if not text.endswith("end\n"):
        print(f"not ok 1 - {args.board}: the image ran to its end")
        print("# " + "\n# ".join(text.splitlines()[-5:]))
        print("1..1")
        return 1
    scenarios, refused = parse(text)
    for name, scenario in scenarios.items():
        if not name.startswith("random"):
            check_scenario(tap, name, scenario)
    check_storm(tap, scenarios["storm-1000x"])
    edges = scenarios["edges"].sent
    tap.check(edges[0] + edges[2] >= 10000 and
              edges_balance(scenarios["edges"]) is None,
              f"{edges[0] + edges[2]} edges: accepted + coalesced + dropped "
              "+ merged by hardware = sent", scenarios["edges"].lines)
    sets = [s for name, s in scenarios.items() if name.startswith("random")]
    bad = [others(s) for s in sets
           if worst(s)[0] > 1 or any(r["missed"] for r in others(s).values())]
    ratio = max(worst(s)[0] for s in sets)
    tap.check(len(sets) >= 50 and not bad,
              f"{len(sets)} random sets ({refused} refused): 0 violations, "
              f"observed/computed at most {ratio:.3f}", bad[:1])
    tap.check(run(args.image, args.board) == text,
              "a second run gives the same bytes, traces included")
    print(f"1..{tap.n}")
    if args.table:
        for name, scenario in scenarios.items():
            for who, row in scenario.rows.items():
                print(f"# {name:16} {who:24} R {row['r'] / 1000:9.1f} us  "
                      f"seen {row['seen'] / 1000:9.1f}  C {row['c'] / 1000}"
                      f"  x{row['activations']}")
    return 1 if tap.n_failed else 0


if __name__ == "__main__":
    sys.exit(main())
