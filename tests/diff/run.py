#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Random programs on several engines and targets: all must see the same.

    tests/diff/run.py --build TREE --programs N --seed S [--engines E,E,...]

Engines: interp/x86 interp/m4 aot/x86 aot/m4. Each program's results, traps,
memories, globals and calls of the host are compared between all of them, and
its steps between those that count them. Prints TAP, or with --report what a
record of a long run needs.

A difference is printed with the command that shows it again.
"""
import argparse
import concurrent.futures
import os
import subprocess
import sys
import tempfile
import time

ENGINES = ("interp/x86", "interp/m4", "aot/x86", "aot/m4")
CAUSES = ("returned", "unreachable", "memory bounds", "table bounds",
          "undefined element", "uninitialized element", "indirect type",
          "integer divide", "integer overflow", "invalid conversion",
          "stack", "steps", "stopped", "host", "denied", "handler",
          "unaligned", "not shared")
EACH = 100              # programs a module
BATCH = 8               # modules a QEMU run
QEMU_S = 300            # seconds one may take
MASK = (1 << 64) - 1


def module_seed(seed, number):
    """Far apart for seeds that are neighbours: splitmix64's finish."""
    z = (seed * 0x9e3779b97f4a7c15 + number + 1) & MASK
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9 & MASK
    z = (z ^ z >> 27) * 0x94d049bb133111eb & MASK
    return z ^ z >> 31


class Failure(Exception):
    """Something did not run at all."""


class Module:
    def __init__(self, seed, n_programs):
        self.seed = seed
        self.n_programs = n_programs
        self.name = f"{seed:016x}"
        # Both ways of compiling, whatever the run's seed.
        self.counted = seed & 1 == 0
        self.level = "-O2" if seed >> 1 & 7 == 0 else "-O1"


def command(*args, cwd):
    done = subprocess.run(args, cwd=cwd, capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        raise Failure(f"{' '.join(args)}: exit {done.returncode}: "
                      f"{done.stderr[-800:]}{done.stdout[-200:]}")
    return done.stdout


def write_list(folder, name, modules, image):
    with open(os.path.join(folder, name), "w") as file:
        for i, module in enumerate(modules):
            file.write(f"{module.name} {module.n_programs} "
                       f"{module.name}.wasm {image(i, module)}\n")


def no_image(_i, _module):
    return "0"


# -- The engines ------------------------------------------------------------------

def interp_x86(args, folder, modules):
    write_list(folder, "interp-x86", modules, no_image)
    return command(args.diff, "play", "interp-x86", cwd=folder)


def qemu(args, folder, image, name):
    """Runs the list @name; what it answers."""
    line = ["qemu-system-arm", "-M", "mps2-an386", "-display", "none",
            "-monitor", "none", "-serial", "stdio", "-semihosting-config",
            f"enable=on,target=native,arg=diff,arg={name}", "-kernel", image]
    # Each in a folder of its own, for the answer's name is always the same.
    own = os.path.join(folder, name + ".d")
    os.mkdir(own)
    for file in os.listdir(folder):
        if file.endswith(".wasm") or file == name:
            os.link(os.path.join(folder, file), os.path.join(own, file))
    try:
        done = subprocess.run(line, cwd=own, capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=QEMU_S,
                              check=False)
    except subprocess.TimeoutExpired:
        raise Failure(f"{name}: QEMU still ran after {QEMU_S} s") from None
    try:
        with open(os.path.join(own, "answer")) as file:
            return file.read() + done.stdout
    except OSError:
        raise Failure(f"{name}: no answer, exit {done.returncode}: "
                      f"{done.stdout[-400:]}") from None


def interp_m4(args, folder, modules):
    write_list(folder, "interp-m4", modules, no_image)
    return qemu(args, folder, args.image, "interp-m4")


RUN = {"interp/x86": interp_x86, "interp/m4": interp_m4}


# -- Comparing --------------------------------------------------------------------

class Answer:
    """What an engine says of a batch."""

    def __init__(self, text):
        self.programs = {}
        self.causes = [0] * len(CAUSES)
        self.refused = []
        done = False
        for line in text.splitlines():
            words = line.split()
            if not words:
                continue
            if words[0] == "@program":
                self.programs[words[1], int(words[2])] = words[3:5]
            elif words[0] == "@module":
                self.causes = [a + int(b)
                               for a, b in zip(self.causes, words[2:])]
            elif words[0] == "@refused":
                self.refused.append(line)
            elif words[0] == "@done":
                done = True
        if not done:
            self.refused.append("it did not come to the end: " + text[-300:])


class Total:
    def __init__(self, engines):
        self.engines = engines
        self.programs = 0
        self.differences = []
        self.failures = []
        self.steps_compared = 0
        self.causes = [0] * len(CAUSES)

    def compare(self, modules, answers):
        first = self.engines[0]
        for engine, answer in answers.items():
            for line in answer.refused:
                self.failures.append(f"{engine}: {line}")
        self.causes = [a + b
                       for a, b in zip(self.causes, answers[first].causes)]
        for module in modules:
            for number in range(module.n_programs):
                self.one(module, number, answers)

    def one(self, module, number, answers):
        key = (module.name, number)
        found = {engine: answer.programs.get(key)
                 for engine, answer in answers.items()}
        if not all(found.values()):
            missing = [e for e in found if not found[e]]
            self.differences.append((module, number, "no record of "
                                     + " and ".join(missing)))
            return
        self.programs += 1
        base, (seen, steps) = next(iter(found.items()))
        for engine, (other, other_steps) in found.items():
            if other != seen:
                self.differences.append(
                    (module, number, f"{base} and {engine} see different "
                     f"things"))
                return
            counted = engine.startswith("interp") or module.counted
            if counted and other_steps != steps:
                self.differences.append(
                    (module, number, f"{base} and {engine} count other "
                     "steps, or see different things when they run out"))
                return
            self.steps_compared += counted and engine != base


# -- A run ------------------------------------------------------------------------

def make_modules(args):
    left = args.programs
    number = 0
    while left > 0:
        yield Module(module_seed(args.seed, number), min(left, EACH))
        left -= EACH
        number += 1


def run_batch(args, modules):
    """Each engine's answer, or the exception that came instead."""
    with tempfile.TemporaryDirectory(prefix="wasmio-diff-") as folder:
        for module in modules:
            command(args.diff, "generate", module.name,
                    str(module.n_programs), module.name + ".wasm",
                    cwd=folder)
        return {engine: Answer(RUN[engine](args, folder, modules))
                for engine in args.engines}


def batches(args):
    modules = list(make_modules(args))
    for i in range(0, len(modules), BATCH):
        yield modules[i:i + BATCH]


def run(args):
    total = Total(args.engines)
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        jobs = [(batch, pool.submit(run_batch, args, batch))
                for batch in batches(args)]
        for batch, job in jobs:
            try:
                total.compare(batch, job.result())
            except Failure as failure:
                total.failures.append(str(failure))
            if args.report:
                print(f"\r{total.programs} programs, "
                      f"{len(total.differences)} differences", end="",
                      file=sys.stderr, flush=True)
            if len(total.differences) + len(total.failures) > args.most:
                pool.shutdown(cancel_futures=True)
                break
    if args.report:
        print(file=sys.stderr)
    return total


def show(args, total):
    for module, number, what in total.differences[:args.most]:
        print(f"# seed {args.seed}, module {module.name}, program {number}: "
              f"{what}")
        print(f"#   again: tests/diff/run.py --build {args.build} --engines "
              f"{','.join(args.engines)} --show {module.name}/{number}")
    for failure in total.failures[:args.most]:
        print(f"# {failure}")


def summary(total):
    causes = ", ".join(f"{CAUSES[i]} {n}"
                       for i, n in enumerate(total.causes) if n)
    return (f"{total.programs} programs on {', '.join(total.engines)}: "
            f"{len(total.differences)} differences",
            f"{sum(total.causes)} calls: {causes}",
            f"steps compared {total.steps_compared} times")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build", help="the build tree")
    parser.add_argument("--programs", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--engines", default=",".join(RUN))
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--most", type=int, default=10,
                        help="differences to stop after")
    parser.add_argument("--report", action="store_true",
                        help="no TAP, but progress and the seeds")
    args = parser.parse_args()

    args.engines = args.engines.split(",")
    for engine in args.engines:
        if engine not in RUN:
            parser.error(f"no engine {engine}; there are {', '.join(RUN)}")
    args.diff = os.path.abspath(args.build + "/tests/diff/diff")
    args.image = os.path.abspath(args.build + "/tests/diff/image/diff_m4.elf")
    begin = time.monotonic()
    total = run(args)
    good = not total.differences and not total.failures and \
        total.programs == args.programs
    lines = summary(total)
    show(args, total)
    if args.report:
        print(f"seed {args.seed}")
    else:
        print(f"{'ok' if good else 'not ok'} 1 - {lines[0]}")
        print("1..1")
    for line in lines if args.report else lines[1:]:
        print(line if args.report else "# " + line)
    print(f"# {time.monotonic() - begin:.0f} s")
    return not good


if __name__ == "__main__":
    sys.exit(main())
