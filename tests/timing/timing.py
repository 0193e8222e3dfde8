#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Misbehaving containers: does anybody else notice?

    timing.py --board NAME --image FILE [--table]     on an emulated board
    timing.py --sim PROGRAM [--sets N] [--table]      on the simulated port
    timing.py ... --storm                             a line's load by its rate
    timing.py ... --wasmio PROGRAM --guests DIR       with compiled containers

Runs the scenarios of this folder twice and prints TAP: no entity but the
rogue's may ever take longer than its computed response time, every edge is
counted, and both runs print the same bytes, traces included. Then each
protection is taken away in turn, and the same checks must fail.
"""
import argparse
import os
import subprocess
import sys
import tempfile
from collections import defaultdict

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                ".."))
import emulator  # noqa: E402
from tap import Tap  # noqa: E402

ROW = ("kind", "level", "c", "t", "d", "cost", "b", "r", "seen",
       "activations", "overruns", "missed")
PROTECTIONS = ("throttle", "budget", "lock-limit", "ceiling", "levels")
HANDLER = 3
GIVEN_AT = {"mps2-an386": 0x300000, "lm3s6965evb": 0x38000}   # image/board.c
GIVEN_BYTES = 8192
TIMEOUT_S = 400
# Without a protection a program may well not end; it need not be waited for.
TIMEOUT_WITHOUT_S = 30


class Target:
    def __init__(self, args):
        self.name = args.board or "sim"
        self.sets = args.sets
        self.args = args
        self.compiled = []          # files; boards: where they are put
        if args.wasmio:
            self.name += " compiled"
            self.compile()

    def compile(self):
        """The victim's and the rogue's, each for its slot; its start."""
        self.folder = tempfile.TemporaryDirectory()
        names = ("rogue", "init_loops") if self.args.sim else \
            ("rogue", "rogue", "init_loops")
        for i, name in enumerate(names):
            path = f"{self.folder.name}/{i}"
            command = [self.args.wasmio, "compile",
                       f"{self.args.guests}/timing_{name}_compiled.wasm",
                       "--target", self.args.board or "sim", "-o", path]
            if self.args.board:
                command += ["--slot", str(min(i, 1)), "--firmware",
                            self.args.image]
            subprocess.run(command, check=True)
            self.compiled.append(path)

    def run(self, *words, sets=None):
        if self.args.sim:
            command = [self.args.sim, *words]
            if words[0] != "storm":
                command.append(str(self.sets if sets is None else sets))
            elif self.compiled:
                command.append("0")
            command += self.compiled
        else:
            command = emulator.command(self.args.board, self.args.image,
                                       ("timing", *words))
            for i, path in enumerate(self.compiled):
                at = GIVEN_AT[self.args.board] + i * GIVEN_BYTES
                command += ["-device", f"loader,file={path},addr={at:#x},"
                            "force-raw=on"]
        try:
            return subprocess.run(command, capture_output=True, text=True,
                                  check=False, timeout=TIMEOUT_WITHOUT_S
                                  if words[0] == "without" else TIMEOUT_S
                                  ).stdout
        except subprocess.TimeoutExpired:
            return "fail timeout: it was still running\n"


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


class Collect:
    """The same interface, for a run that is to fail."""

    def __init__(self):
        self.failed = []

    def check(self, holds, what, seen=None):
        if not holds:
            self.failed.append(what)


def has_ended(text):
    return text.splitlines()[-1:] == ["end"]


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
    "nest-handler": True, "flicker-main": True, "wait-none": False,
    "log-handler": True, "log-main": True, "straight-bus": True,
    "operate": False, "repend": False,
}


def late_rogues(scenario):
    """What of the rogue itself took longer than computed."""
    return {name: row for name, row in scenario.rows.items()
            if name.startswith("rogue0") and row["seen"] > row["r"]}


def dear_rogues(scenario):
    """The same where little comes between: than its cost, and one activation of
    everybody who is more urgent."""
    rows = scenario.rows.values()
    return {name: row for name, row in scenario.rows.items()
            if name.startswith("rogue0") and
            row["seen"] > row["cost"] + sum(other["cost"] for other in rows
                                            if other["level"] < row["level"])}


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
    if name.startswith("straight"):
        late = (dear_rogues if name == "straight-bus" else
                late_rogues)(scenario)
        tap.check(not late, f"{name}: host functions end with the budget",
                  late)
    if name in FAULTS:
        tap.check((scenario.state[1] > 0) == FAULTS[name],
                  f"{name}: the rogue is "
                  f"{'faulted' if FAULTS[name] else 'not faulted'}",
                  scenario.state)


def check_storm(tap, scenario):
    rows = [row for name, row in scenario.rows.items()
            if name.startswith("rogue0") and row["kind"] == HANDLER]
    if not rows:
        tap.check(False, "storm-1000x: it was played")
        return
    row = rows[0]
    total_ns = max(r["activations"] * r["t"] for n, r in
                   scenario.rows.items() if n == "control")
    tap.check(row["activations"] <= total_ns // row["t"] + 2,
              "storm-1000x: at most one activation per T", (row, total_ns))


def check_random(tap, scenarios, refused, n_sets):
    sets = [s for name, s in scenarios.items() if name.startswith("random")]
    bad = [others(s) for s in sets
           if worst(s)[0] > 1 or any(r["missed"] for r in others(s).values())]
    faulted = [s.state for s in sets if s.state[0]]
    uncounted = [edges_balance(s) for s in sets
                 if edges_balance(s) and not s.state[1]]
    ratio = max((worst(s)[0] for s in sets), default=0)
    tap.check(len(sets) == n_sets and not bad and not faulted and
              not uncounted,
              f"{len(sets)} random sets ({refused} refused): 0 violations, "
              f"observed/computed at most {ratio:.3f}",
              (bad[:1], faulted[:1], uncounted[:1]))


def check_all(tap, text, n_sets):
    tap.check(has_ended(text), "the program ran to its end",
              text.splitlines()[-3:])
    if not has_ended(text):
        return
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
    check_random(tap, scenarios, refused, n_sets)


def check_protections(tap, target):
    sets = min(target.sets, 50)
    for protection in PROTECTIONS:
        seen = Collect()
        check_all(seen, target.run("without", protection, sets=sets), sets)
        tap.check(seen.failed, f"without {protection} "
                  + (f"{len(seen.failed)} checks fail, the first: "
                     f"{seen.failed[0]}" if seen.failed else "nothing fails"))


def check_storm_is_flat(tap, text):
    """Rates with the passes of the background there and the handler's time:
    more below 1/T, no more beyond. T is five times the stimulus's period, and
    the highest rate one edge each."""
    rows = [tuple(map(int, line.split()[1:])) for line in text.splitlines()
            if line.startswith("storm")]
    idle = rows[0][1] if rows else 1
    load = {rate: 1 - passes / idle for rate, passes, *_ in rows}
    knee = max(load) // 5
    below = [load[rate] for rate in sorted(load) if rate <= knee]
    beyond = [load[rate] for rate in load if rate > knee]
    tap.check(len(rows) >= 8 and below == sorted(below) and
              below[-1] > 5 * below[1] and
              max(beyond) <= 1.02 * below[-1] + 0.002,
              "a line's load grows with its rate up to 1/T and is flat beyond: "
              + ", ".join(f"{rate}/s {100 * share:.1f} %"
                          for rate, share in load.items()), rows)


def print_table(text):
    scenarios, _ = parse(text)
    for name, scenario in scenarios.items():
        for who, row in scenario.rows.items():
            print(f"# {name:16} {who:24} R {row['r'] / 1000:9.1f} us  "
                  f"seen {row['seen'] / 1000:9.1f}  C {row['c'] / 1000}"
                  f"  x{row['activations']}")
        if scenario.jitter and "control" in scenario.rows:
            print(f"# {name:16} control's activations are "
                  f"{scenario.jitter[0] / 1000:.1f} to "
                  f"{scenario.jitter[1] / 1000:.1f} us apart")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--image")
    parser.add_argument("--board")
    parser.add_argument("--sim")
    parser.add_argument("--wasmio")
    parser.add_argument("--guests")
    parser.add_argument("--sets", type=int, default=50)
    parser.add_argument("--storm", action="store_true",
                        help="only print a line's load by its rate, as CSV")
    parser.add_argument("--table", action="store_true",
                        help="print observed and computed of every entity")
    args = parser.parse_args()
    if not args.sim and not (args.image and args.board):
        parser.error("--sim, or --board and --image, are needed")
    target = Target(args)
    storm = target.run("storm")
    if args.storm:
        print("edges_per_second,background_passes,handler_ns,ms")
        for line in storm.splitlines():
            if line.startswith("storm"):
                print(",".join(line.split()[1:]))
        return 0
    tap = Tap(target.name)
    text = target.run("all")
    check_all(tap, text, target.sets)
    tap.check(target.run("all") == text,
              "a second run gives the same bytes, traces included")
    check_storm_is_flat(tap, storm)
    check_protections(tap, target)
    if args.table:
        print_table(text)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
