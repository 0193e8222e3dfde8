#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What keeps order on the Linux port, taken away piece by piece: TAP.

    mutations.py --cc gcc --root . [NAME...]

Each mutation is a replacement in a copy of ports/linux; the test that is named
beside it must fail, or never end. Without any mutation every one of those
tests must pass. As tests/mutations.py for the core.
"""
import argparse
import pathlib
import shutil
import subprocess
import sys
import tempfile

LEVELS, PORT = "levels", "port"
ORDER = "urgent_preempts_and_ends_first"
STORM = "storm_is_coalesced"
LOCK = "lock_keeps_out_and_has_a_limit"
LOOPS = "loops_are_stopped_and_others_go_on"
STILL = "budget_stands_still_while_preempted"
PATIENCE_S = 120
TRIES = 5               # a process is scheduled by others: once may be luck
HANG_S = 15              # long for a test of one or two seconds

# name, program, test that notices, file, text, replacement
MUTATIONS = [
    ("preempted-waits", LEVELS, ORDER, "processor.c",
     "    (void)wait_for_turn(self);\n", ""),
    ("equals-do-not-preempt", LEVELS, ORDER, "processor.c",
     "port->slots[i].level < floor", "port->slots[i].level <= floor"),
    ("ceiling", LEVELS, LOCK, "processor.c",
     "port->level < port->ceiling ? port->level\n"
     "                                                 : port->ceiling",
     "port->level"),
    ("level-after-preemption", LEVELS, LOOPS, "processor.c",
     "    port->level = level;\n", ""),
    ("signal-while-closed", PORT, "interrupts_are_kept_out_until_restored",
     "processor.c", "!atomic_load(&me->port->closed)", "true"),
    ("look-when-restored", PORT, "interrupts_are_kept_out_until_restored",
     "processor.c", "    if (key == 0) {\n        settle(ctx);\n    }\n",
     "    ((struct wio_linux *)ctx)->closed = key != 0;\n"),
    ("masked-source", PORT, "interrupts_are_kept_out_until_restored",
     "lines.c", "!source->open || source->masked", "!source->open"),
    ("every-edge-counted", LEVELS, STORM, "lines.c",
     "source->count += n;", "source->count += 1;"),
    ("budget-stands-still", LEVELS, STILL, "clock.c",
     "    port->since_ns = own_ns(port);\n", ""),
    ("budget-goes-on", LEVELS, STILL, "clock.c",
     "    port->spent_ns = spent_ns(port);\n", ""),
    ("budget-is-told-again", PORT, "end_of_budget_is_told_until_it_is_swapped",
     "clock.c", "spent + AGAIN_NS", "UINT64_MAX"),
    ("timer-never-early", PORT, "timer_is_never_early", "clock.c",
     "    if (port->timer_ns <= now) {\n", "    {\n"),
    ("refusal-is-told", PORT,
     "refused_priority_is_told_once_and_everything_works", "realtime.c",
     "        warn(port, why);\n", ""),
]


class Build:
    """A copy of the sources; objects that do not change are made once."""

    def __init__(self, cc, root, work):
        self.cc = cc
        self.root = root
        self.work = work
        self.port = work / "ports" / "linux"
        shutil.copytree(root / "ports" / "linux", self.port)
        shutil.copytree(root / "ports" / "host", work / "ports" / "host")
        self.objects = {}

    def compile(self, source):
        made = self.work / (source.parent.name + "-" + source.stem + ".o")
        subprocess.run(
            [self.cc, "-std=c11", "-O1", "-w", "-D_GNU_SOURCE",
             f"-I{self.work / 'ports'}", f"-I{self.root / 'include'}",
             f"-I{self.root / 'src'}", f"-I{self.root / 'tests/linux'}",
             "-c", source, "-o", made], check=True)
        return made

    def once(self, source):
        if source not in self.objects:
            self.objects[source] = self.compile(source)
        return self.objects[source]

    def program(self, name, changed=None):
        sources = [self.root / "tests/linux" / f"test_{name}.c",
                   self.root / "tests/linux/storm.c"]
        sources += [self.root / "src/sched" / f"{stem}.c"
                    for stem in ("sched", "line", "lock")]
        sources += sorted(self.port.glob("*.c"))
        sources.append(self.work / "ports/host/native.c")
        objects = [self.compile(source) if source == changed
                   else self.once(source) for source in sources]
        if changed:
            self.objects.pop(changed, None)
        made = self.work / f"test_{name}"
        subprocess.run([self.cc, "-pthread", *objects, "-lcmocka", "-o", made],
                       check=True)
        return made


def passes(program, name, test, limit_s):
    arguments = ["plain", test] if name == LEVELS else [test]
    try:
        return subprocess.run([program, *arguments], timeout=limit_s,
                              stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def try_one(build, mutation):
    """None when it is noticed, else why not."""
    _, name, test, file, text, replacement = mutation
    path = build.port / file
    before = path.read_text()
    if before.count(text) != 1:
        return f"the text is in {file} {before.count(text)} times"
    path.write_text(before.replace(text, replacement))
    try:
        program = build.program(name, path)
        passed = all(passes(program, name, test, HANG_S)
                     for _ in range(TRIES))
    finally:
        path.write_text(before)
    return f"{test} does not notice" if passed else None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cc", default="cc")
    parser.add_argument("--root", type=pathlib.Path, required=True)
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    chosen = [m for m in MUTATIONS if not args.names or m[0] in args.names]
    failed = n = 0
    with tempfile.TemporaryDirectory() as work:
        build = Build(args.cc, args.root.resolve(), pathlib.Path(work))
        for name, test in sorted({(m[1], m[2]) for m in chosen}):
            n += 1
            good = passes(build.program(name), name, test, PATIENCE_S)
            failed += not good
            print(f"{'' if good else 'not '}ok {n} - unchanged: {test}",
                  flush=True)
        for mutation in chosen:
            n += 1
            why = try_one(build, mutation)
            failed += why is not None
            print(f"{'not ' if why else ''}ok {n} - {mutation[0]}"
                  f"{': ' + why if why else ''}", flush=True)
    print(f"1..{n}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
