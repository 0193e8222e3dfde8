#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`wasmio trace`: what it collects on a board and what it writes. Prints TAP.

    test_trace.py --wasmio FILE --board NAME [--runaway] CONTAINER...

On sim a container that counts edges, on the boards an interrupt-driven
transmitter and a sensor; with one that runs into its budget, or without. Each
trace must have the order of priorities exact (order.py), and what is written of
it must nest.
"""
import argparse
import collections
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..")]
import order  # noqa: E402
from tap import Tap  # noqa: E402

# Between `times reset` and the trace, and from there to `times`.
OUTSIDE_MAX_NS = 100_000_000
SCRIPT = "@2ms storm irq6 700us x400 seed 5; @3ms storm irq7 2ms x100"


class Tests(Tap):
    def __init__(self, args, folder):
        super().__init__(args.board)
        self.args = args
        self.folder = folder

    def wasmio(self, *arguments):
        return subprocess.run([self.args.wasmio, "trace", *arguments],
                              capture_output=True, text=True, timeout=240,
                              cwd=self.folder, check=False)

    def path(self, name):
        return os.path.join(self.folder, name)

    def read(self, name):
        with open(self.path(name), encoding="ascii") as file:
            return file.read()

    def collect(self, to):
        sim = ["--script", SCRIPT] if self.args.board == "sim" else []
        # The runaway is loaded last and has 300 ms until it is one.
        seconds = "0.6" if self.args.runaway else "0.3"
        return self.wasmio(*self.args.containers, "--board", self.args.board,
                           "--seconds", seconds, "--out", f"{to}.json",
                           "--html", f"{to}.html", "--dump", f"{to}.dump",
                           *sim)

    # -- What was collected ---------------------------------------------------

    def test_board(self):
        done = self.collect("a")
        self.check(done.returncode == 0 and "activations" in done.stdout,
                   "containers run and are traced", done)
        lines = self.read("a.dump").splitlines()
        dump = order.Dump(lines)
        kinds = sorted(e.kind for e in dump.entities.values())
        self.check(kinds.count("handler") >= 1 and kinds.count("main") >= 2
                   and kinds.count("task") == 1,
                   "a task, mains and handlers are in it", kinds)
        wrong, n, n_preemptions = order.check(lines)
        self.check(not wrong and n > 300 and n_preemptions > 5,
                   f"{n} activations, {n_preemptions} by preempting: the "
                   "order of priorities is exact", (wrong[:5], n))
        lost = [r for r in dump.records if isinstance(r, int)]
        self.check(not lost, "nothing is lost", lost)
        if not lost:
            self.check_responses(dump)
        self.check_chrome(json.loads(self.read("a.json")), dump)
        return lines

    def check_responses(self, dump):
        """What the core has seen at most is what the trace shows."""
        released, seen = {}, collections.Counter()
        by_source = {e.source: e.slot for e in dump.entities.values()}
        counts = collections.Counter()
        for at, kind, who, value in sorted(dump.records,
                                           key=lambda r: r[0]):
            if kind == order.RELEASE:
                released[who] = at - value
            elif kind == order.EVENT:
                # The event of a handler that ends now is the next one's.
                released[by_source[who], "next"] = at
            elif kind == order.BEGIN:
                released[who] = released.pop((who, "next"),
                                             released.get(who))
            elif kind == order.END and released.get(who) is not None:
                seen[who] = max(seen[who], at - released[who])
                counts[who] += 1
        # The core counts from `times reset` on and until `times`: longer, and
        # a busy host makes it longer still (trace_qemu.c). How long, the task
        # says, which misses no period; it is all there for the trace's span.
        task = next(e for e in dump.entities.values() if e.kind == "task")
        span = max(r[0] for r in dump.records) - \
            min(r[0] for r in dump.records)
        beyond = (task.n - counts[task.slot] + 1) * task.t
        self.check(abs(span - counts[task.slot] * task.t) <= 2 * task.t and
                   beyond <= OUTSIDE_MAX_NS,
                   "the task ran in each of its periods",
                   (span, counts[task.slot], task.n))
        differ = {e.name: (seen[s], e.seen, counts[s], e.n)
                  for s, e in dump.entities.items()
                  if seen[s] > e.seen or
                  counts[s] + 2 + beyond // e.t < e.n or
                  counts[s] == e.n and seen[s] != e.seen}
        late = {e.name: (seen[s], e.r) for s, e in dump.entities.items()
                if seen[s] > e.r}
        self.check(not differ, "longest responses are those that the core "
                   "has seen", differ)
        self.check(not late, "nobody takes longer than computed", late)

    # -- What is written --------------------------------------------------------

    def check_chrome(self, trace, dump):
        events = trace["traceEvents"]
        names = {e["tid"]: e["args"]["name"] for e in events
                 if e["ph"] == "M" and e["name"] == "thread_name"}
        levels = [int(names[tid].split()[0]) for tid in sorted(names)]
        self.check(levels == sorted(levels) and
                   len(levels) == len(dump.entities),
                   "a row an entity, most urgent first", names)
        bad = [e for e in events if e["ph"] not in "MBEiC" or
               e["ph"] != "M" and e["ts"] < 0]
        self.check(not bad, "only phases that viewers know", bad[:3])
        self.check(not nesting(events), "every B has its E, properly nested, "
                   "and a row's time never goes back", nesting(events)[:3])
        n_begun = sum(1 for r in dump.records if not isinstance(r, int)
                      and r[1] == order.BEGIN and r[2] in dump.entities)
        of_row = {tid: name.split()[1] for tid, name in names.items()}
        n_written = sum(1 for e in events if e["ph"] == "B"
                        and e["name"] == of_row[e["tid"]])
        self.check(n_begun == n_written, f"{n_begun} activations are written",
                   n_written)
        n_preempted = sum(1 for e in events if e["ph"] == "B"
                          and e["name"].startswith("preempted by "))
        self.check(n_preempted > 5, f"{n_preempted} preemptions show",
                   n_preempted)
        kinds = {e["name"] for e in events if e["ph"] == "i"}
        wanted = {"event", "unmask"} | (
            {"budget", "fault"} if self.args.runaway else set())
        self.check(wanted <= kinds, "marks: " + ", ".join(sorted(wanted)),
                   kinds)
        counters = {e["name"] for e in events if e["ph"] == "C"}
        self.check("ready" in counters and
                   any(c.startswith("events of") for c in counters),
                   "counters: ready entities, events of a line", counters)

    # -- Wrong traces ---------------------------------------------------------------

    def expect_wrong(self, lines, what, part):
        wrong, _, _ = order.check(lines)
        self.check(any(part in text for text in wrong),
                   f"seen as out of order: {what}", wrong[:3])
        with open(self.path("wrong.dump"), "w", encoding="ascii") as file:
            file.write("\n".join(lines) + "\n")
        done = self.wasmio("--from", "wrong.dump", "--out", "wrong.json")
        found = nesting(json.loads(self.read("wrong.json"))["traceEvents"]) \
            if done.returncode == 0 else done
        self.check(not found, "and what is written of it nests all the same",
                   found)

    def test_wrong(self, lines):
        at = find_preemption(lines)
        begin, end = at
        # What was preempted goes on to its end first.
        x = lines[begin].split()[4]
        mine = next(i for i in range(end, len(lines))
                    if lines[i].startswith("@t ") and
                    lines[i].split()[2] == str(order.END) and
                    lines[i].split()[3] == x)
        t = int(lines[begin].split()[1])
        early = lines[mine].split()
        early[1] = str(t - 1)
        moved = lines[:begin] + [" ".join(early)] + lines[begin:mine] + \
            lines[mine + 1:]
        self.expect_wrong(moved, "the preempted goes on while a more urgent "
                          "one is ready", "goes on while")
        # The less urgent of two levels begins first.
        levels = swapped_levels(lines)
        self.expect_wrong(levels, "as if levels were the other way round",
                          "which is not less urgent")
        y = lines[begin].split()[3]
        no_release = [line for line in lines
                      if not is_release(line, y, lines)]
        self.expect_wrong(no_release, "a beginning without a release",
                          "was not released")
        no_end = lines[:end] + lines[end + 1:]
        self.expect_wrong(no_end, "an end is missing", "ends and is not what")
        self.test_waiting(lines)

    def test_waiting(self, lines):
        """A release moved before the beginning of a less urgent one."""
        dump = order.Dump(lines)
        records = [i for i, line in enumerate(lines)
                   if line.startswith("@t ")]
        for i in records:
            _, at, kind, who, _ = lines[i].split()
            entity = dump.entities.get(int(who))
            urgent = min(dump.entities.values(), key=lambda e: e.level)
            if kind == str(order.BEGIN) and entity and entity is not urgent:
                early = f"@t {int(at) - 1} " + (
                    f"{order.RELEASE} {urgent.slot} 0"
                    if urgent.source is None else
                    f"{order.EVENT} {urgent.source} 1")
                self.expect_wrong(lines[:i] + [early] + lines[i:],
                                  "one begins while a more urgent one is "
                                  "ready", "begins while")
                return

    # -- Losses, input ----------------------------------------------------------------

    def test_loss(self, lines):
        first = next(i for i, line in enumerate(lines)
                     if line.startswith("@t "))
        half = (first + len(lines)) // 2
        cut = lines[:half - 40] + ["@lost 40"] + lines[half:]
        with open(self.path("cut.dump"), "w", encoding="ascii") as file:
            file.write("\n".join(cut) + "\n")
        done = self.wasmio("--from", "cut.dump", "--out", "cut.json", "--html",
                           "cut.html")
        trace = json.loads(self.read("cut.json"))
        wrong, n, _ = order.check(cut)
        self.check("40 lost" in done.stdout and
                   trace["otherData"]["lost"] == 40 and
                   not nesting(trace["traceEvents"]),
                   "lost entries are told, and what is left nests", done)
        self.check(not wrong and n > 100,
                   "nothing behind the gap is taken for out of order",
                   wrong[:3])

    def test_same(self, lines):
        again = self.wasmio("--from", "a.dump", "--out", "b.json", "--html",
                            "b.html", "--dump", "b.dump")
        same = all(self.read(f"a.{x}") == self.read(f"b.{x}")
                   for x in ("json", "html", "dump"))
        self.check(again.returncode == 0 and same,
                   "a dump gives the same files as the run it is of", again)
        if self.args.board != "sim":
            return
        done = self.collect("c")
        same = all(self.read(f"a.{x}") == self.read(f"c.{x}")
                   for x in ("json", "html", "dump"))
        self.check(done.returncode == 0 and same and lines,
                   "a second run gives the same bytes", done)

    def test_errors(self):
        with open(self.path("odd.dump"), "w", encoding="ascii") as file:
            file.write("@board x\n@t 12 2 zero 0\n")
        with open(self.path("empty.dump"), "w", encoding="ascii") as file:
            file.write("hello\n")
        with open(self.path("evil.dump"), "w", encoding="latin-1") as file:
            file.write('@board </script>"\\\xff\n@entity 0 <b>"\\\xfe task '
                       "level 0 container 0 c 1 t 2 d 3 cost 4 b 5 r 6 "
                       "seen 7 run 8 n 9 overruns 0 missed 0 ready\n"
                       "@t 5 2 0 255\n@t 4 3 0 0\n@t 99 3 77 0\n@t 9 200 0 0\n"
                       "@t 9 12 250 9\n")
        for arguments, part in (
                (["--board", "simm"], 'did you mean "sim"?'),
                ([], "--board B is missing"),
                (["--board", "sim", "--seconds", "0"], "above 0"),
                (["--board", "sim", "--what"], "--what"),
                (["--board", "sim", "--set", "x"], "NAME=VALUE"),
                (["--board", "sim", "--script", "storm irq6"],
                 "SOURCE TIME xCOUNT"),
                (["--board", "sim", "--script", "edge pin3"], "irq1023"),
                (["--board", "sim", "nothing.wasm"], "nothing.wasm"),
                (["--from", "nowhere"], "nowhere"),
                (["--from", "odd.dump"], "line 2"),
                (["--from", "empty.dump"], "no line of a trace"),
                (["--from", "odd.dump", "--board", "sim"], "without --board"),
                (["--from", "a.dump", "--seconds", "2"], "runs nothing"),
                (["--from", "a.dump", "--script", "edge irq6"],
                 "runs nothing"),
                (["--from", "."], "cannot read ."),
                (["--board", "sim", "--board", "lm3s6965evb"],
                 "--board is there twice"),
                (["--board", "linux"], "no trace of the board"),
                (["--board", "sim", "--seconds", "-1"], "above 0"),
                (["--board", "sim", "--seconds", "nan"], "above 0"),
                (["--board", "mps2-an386", "--script", "edge irq6"],
                 "simulated board"),
                (["--from", "a.dump", "--out", "no/such/folder"],
                 "no/such/folder")):
            done = self.wasmio(*arguments)
            self.check(done.returncode == 2 and part in done.stderr and
                       done.stderr.count("\n") == 1,
                       f"one sentence: {' '.join(arguments)}", done)
        done = self.wasmio("--from", "evil.dump", "--out", "evil.json",
                           "--html", "evil.html")
        page = self.read("evil.html")
        self.check(done.returncode == 0 and not nesting(json.loads(
            self.read("evil.json"))["traceEvents"]) and
            page.count("</script>") == 2,
            "strange names and records do no harm", done)
        done = self.wasmio("--help")
        self.check(done.returncode == 0 and "--html PAGE" in done.stdout,
                   "--help", done)


def nesting(events):
    """What is wrong with B, E and times, row by row."""
    wrong, stacks, last = [], collections.defaultdict(list), {}
    for event in events:
        if event["ph"] == "M":
            continue
        row = event["tid"], event["ph"] == "C" and event["name"]
        if event["ts"] < last.get(row, 0):
            wrong.append(("back in time", event))
        last[row] = event["ts"]
        if event["ph"] == "B":
            stacks[event["tid"]].append(event)
        elif event["ph"] == "E":
            if not stacks[event["tid"]]:
                wrong.append(("E without B", event))
            else:
                stacks[event["tid"]].pop()
    return wrong + [("B without E", s) for s in stacks.values() if s]


def find_preemption(lines):
    """Lines of a beginning that preempts a known entity, and of its end."""
    slots = order.Dump(lines).entities
    for i, line in enumerate(lines):
        words = line.split()
        if words[0] == "@t" and words[2] == str(order.BEGIN) and \
                int(words[3]) in slots and int(words[4]) in slots and \
                words[3] != words[4] and \
                begun(lines, i, words[4]):
            for k in range(i, len(lines)):
                other = lines[k].split()
                if other[0] == "@t" and other[2] == str(order.END) and \
                        other[3] == words[3]:
                    return i, k
    raise SystemExit("not ok - no preemption in the trace")


def begun(lines, i, slot):
    """Whether the last that is said of @slot before @i is that it begins."""
    for line in reversed(lines[:i]):
        words = line.split()
        if words[0] == "@t" and words[3] == slot and \
                words[2] in (str(order.BEGIN), str(order.END)):
            return words[2] == str(order.BEGIN)
    return False


def swapped_levels(lines):
    """The most urgent level and the least urgent one exchanged."""
    levels = sorted(int(line.split()[5]) for line in lines
                    if line.startswith("@entity"))
    out = []
    for line in lines:
        words = line.split()
        if words[0] == "@entity":
            level = levels.index(int(words[5]))
            words[5] = str(levels[len(levels) - 1 - level])
        out.append(" ".join(words))
    return out


def is_release(line, slot, lines):
    words = line.split()
    entity = order.Dump(lines[:40]).entities.get(int(slot))
    return words[0] == "@t" and (
        words[2] == str(order.RELEASE) and words[3] == slot or
        words[2] == str(order.EVENT) and entity is not None and
        words[3] == str(entity.source))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--wasmio", required=True)
    parser.add_argument("--board", required=True)
    parser.add_argument("--runaway", action="store_true",
                        help="one of them never returns from its handler")
    parser.add_argument("containers", nargs="+")
    args = parser.parse_args()
    args.wasmio = os.path.abspath(args.wasmio)
    args.containers = [os.path.abspath(c) for c in args.containers]
    with tempfile.TemporaryDirectory() as folder:
        tests = Tests(args, folder)
        lines = tests.test_board()
        tests.test_wrong(lines)
        tests.test_loss(lines)
        tests.test_same(lines)
        if args.board == "sim":
            tests.test_errors()
        return tests.end()


if __name__ == "__main__":
    sys.exit(main())
