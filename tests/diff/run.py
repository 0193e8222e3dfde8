#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Random programs on several engines and targets: all must see the same.

    tests/diff/run.py --build TREE --programs N --seed S [--engines E,E,...]

Engines: interp/x86 interp/m4 aot/x86 aot/m4. Each program's results, traps,
memories, globals and calls of the host are compared between all of them, and
its steps between those that count them. Prints TAP, or with --report the table
of docs/reference/differential.md.

A difference is printed with the command that shows it again.
"""
import argparse
import concurrent.futures
import os
import re
import subprocess
import sys
import tempfile
import time

CAUSES = ("returned", "unreachable", "memory bounds", "table bounds",
          "undefined element", "uninitialized element", "indirect type",
          "integer divide", "integer overflow", "invalid conversion",
          "stack", "steps", "stopped", "host", "denied", "handler",
          "unaligned", "not shared")
EACH = 200              # programs a module
BATCH = 5               # modules a QEMU run
QEMU_S = 300            # seconds one may take
MASK = (1 << 64) - 1
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))


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
        self.counted = seed & 3 != 0
        self.options = ["counted"] * self.counted + \
            ["volatile"] * (seed >> 2 & 1) + ["place"] * (seed >> 3 & 1)
        # The C compiler is what takes the time.
        as_product = seed >> 4 & 7 == 0
        self.level = {"x86": "-O2" if as_product else "-O1",
                      "m4": "-Os" if as_product else "-O1"}


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


# -- The engines -------------------------------------------------------------

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


def compiler_options():
    """The product's, but for the level and the target's."""
    with open(os.path.join(ROOT, "tools/cli/native.c")) as file:
        text = re.search(r"#define COMMON (.*?[^\\])\n", file.read(), re.S)[1]
    return re.findall(r'"(-[^"]*)"', text) + [
        "-DWIO_DEPTH=1", "-I", os.path.join(ROOT, "src/emit"),
        "-I", os.path.join(ROOT, "src/engine/aot")]


def emit(args, folder, module):
    """The module as C; the same for both targets."""
    name = module.name + ".c"
    if not os.path.exists(os.path.join(folder, name)):
        command(args.diff, "emit", module.name + ".wasm", name,
                *module.options, cwd=folder)
        mutate(args, os.path.join(folder, name))
    return name


def mutate(args, path):
    """What tests the test: something is wrong in the C text or its header."""
    if not args.mutate:
        return
    old, new = args.mutate.split("=>")
    header = os.path.join(os.path.dirname(path), "guest.h")
    for source, to in ((path, path), (ROOT + "/src/emit/guest.h", header)):
        with open(source) as file:
            text = file.read()
        with open(to, "w") as file:
            file.write(text.replace(old, new))


def aot_x86(args, folder, modules):
    for module in modules:
        command("gcc", module.level["x86"], *compiler_options(), "-fPIC",
                "-shared", "-nostdlib", emit(args, folder, module), "-o",
                module.name + ".so", cwd=folder)
    write_list(folder, "aot-x86", modules,
               lambda _i, module: f"./{module.name}.so")
    return command(args.diff, "play", "aot-x86", cwd=folder)


M4 = ("-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=soft")


def aot_m4(args, folder, modules):
    """The modules' code beside the player, all in one image."""
    objects = []
    declared, listed = "", ""
    for i, module in enumerate(modules):
        command("arm-none-eabi-gcc", module.level["m4"], *compiler_options(),
                *M4, "-ffreestanding", "-ffunction-sections", "-fdata-sections",
                f"-Dwio_image=image{i}", "-c", emit(args, folder, module),
                "-o", module.name + ".o", cwd=folder)
        objects.append(module.name + ".o")
        declared += f"extern const struct wio_aot_image image{i};\n"
        listed += f"    &image{i},\n"
    with open(os.path.join(folder, "images.c"), "w") as file:
        file.write('#include "image.h"\n' + declared +
                   "extern const struct wio_aot_image *const diff_images[];\n"
                   "extern const uint32_t diff_n_images;\n"
                   "const struct wio_aot_image *const diff_images[] = {\n" +
                   listed + "};\n"
                   f"const uint32_t diff_n_images = {len(modules)};\n")
    base = os.path.dirname(args.image)
    command("arm-none-eabi-gcc", *M4, "-nostdlib", "-nostartfiles", "-T",
            base + "/link.ld", "-Wl,--gc-sections",
            "-Wl,--no-warn-rwx-segments", "-I", ROOT + "/src/engine/aot",
            "-ffreestanding", "images.c", *objects, "-Wl,--whole-archive",
            base + "/libdiff_player.a", "-Wl,--no-whole-archive",
            base + "/src/engine/libwio_engine.a",
            base + "/src/cap/libwio_cap.a",
            base + "/src/base/libwio_base.a", "-lgcc", "-o", "images.elf",
            cwd=folder)
    write_list(folder, "aot-m4", modules, lambda i, _module: str(i + 1))
    return qemu(args, folder, os.path.join(folder, "images.elf"), "aot-m4")


RUN = {"interp/x86": interp_x86, "interp/m4": interp_m4,
       "aot/x86": aot_x86, "aot/m4": aot_m4}


# -- Comparing ---------------------------------------------------------------

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
                                     + " and ".join(missing),
                                     self.engines[:1] + missing[:1]))
            return
        self.programs += 1
        base, (seen, steps) = next(iter(found.items()))
        for engine, (other, other_steps) in found.items():
            if other != seen:
                self.differences.append(
                    (module, number, f"{base} and {engine} see different "
                     "things", [base, engine]))
                return
            counted = engine.startswith("interp") or module.counted
            if counted and other_steps != steps:
                self.differences.append(
                    (module, number, f"{base} and {engine} count other "
                     "steps, or see different things when they run out",
                     [base, engine]))
                return
            self.steps_compared += counted and engine != base


# -- A run -------------------------------------------------------------------

def make_modules(args):
    left = args.programs
    number = 0
    while left > 0:
        yield Module(module_seed(args.seed, number), min(left, EACH))
        left -= EACH
        number += 1


def generator_options(args):
    return [f"features={0x7f | 0x80 * args.inline | 0x100 * args.waits}"]


def run_batch(args, modules):
    """Each engine's answer, or the exception that came instead."""
    with tempfile.TemporaryDirectory(prefix="wasmio-diff-") as folder:
        for module in modules:
            command(args.diff, "generate", module.name,
                    str(module.n_programs), module.name + ".wasm",
                    *generator_options(args), cwd=folder)
        return {engine: Answer(RUN[engine](args, folder, modules))
                for engine in args.engines}


def batches(args):
    modules = list(make_modules(args))
    for i in range(0, len(modules), args.batch):
        yield modules[i:i + args.batch]


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
            if len(total.differences) + len(total.failures) >= args.most:
                pool.shutdown(cancel_futures=True)
                break
    if args.report:
        print(file=sys.stderr)
    return total


def show(args, total):
    for module, number, what, engines in total.differences[:args.most]:
        print(f"# seed {args.seed}, module {module.name}, program {number}: "
              f"{what}")
        print(f"#   where: tests/diff/show.py --build {args.build} "
              + "--inline " * args.inline + "--waits " * args.waits +
              f"{module.name}/{number}/{module.n_programs} "
              f"{' '.join(engines)}")
    for failure in total.failures[:args.most]:
        print(f"# {failure}")


def summary(total):
    causes = ", ".join(f"{CAUSES[i]} {n}"
                       for i, n in enumerate(total.causes) if n)
    return (f"{total.programs} programs on {', '.join(total.engines)}: "
            f"{len(total.differences)} differences",
            f"{sum(total.causes)} calls: {causes}",
            f"steps compared {total.steps_compared} times")


def report(args):
    """Runs of several seeds, a row of a table each; whether all was good."""
    good = True
    sums = [0, 0, 0, 0]
    print("| seed | programs | calls | that trapped | differences |\n"
          "|---:|---:|---:|---:|---:|", flush=True)
    for args.seed in range(args.seed, args.seed + args.runs):
        total = run(args)
        calls = sum(total.causes)
        row = [total.programs, calls, calls - total.causes[0],
               len(total.differences)]
        print(f"| {args.seed} | " + " | ".join(f"{n:,}" for n in row) + " |",
              flush=True)
        show(args, total)
        sums = [a + b for a, b in zip(sums, row)]
        good = good and is_good(args, total)
    print("| all | " + " | ".join(f"{n:,}" for n in sums) + " |")
    return good


def is_good(args, total):
    return not total.differences and not total.failures and \
        total.programs == args.programs


def find_tools(args):
    args.diff = os.path.abspath(args.build + "/tests/diff/diff")
    args.image = os.path.abspath(args.build + "/tests/diff/image/diff_m4.elf")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build", help="the build tree")
    parser.add_argument("--programs", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--engines", default=",".join(RUN))
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--inline", action="store_true",
                        help="registers that native code reaches itself")
    parser.add_argument("--waits", action="store_true",
                        help="programs that irq.wait leaves and goes on with")
    parser.add_argument("--batch", type=int, default=BATCH,
                        help="modules at a time")
    parser.add_argument("--mutate", metavar="TEXT=>TEXT", default="",
                        help="replace that in the generated C")
    parser.add_argument("--most", type=int, default=10,
                        help="differences to stop after")
    parser.add_argument("--report", action="store_true",
                        help="no TAP, but progress and a table")
    parser.add_argument("--runs", type=int, default=1,
                        help="with it: so many, of seeds one after another")
    args = parser.parse_args()

    args.engines = args.engines.split(",")
    for engine in args.engines:
        if engine not in RUN:
            parser.error(f"no engine {engine}; there are {', '.join(RUN)}")
    find_tools(args)
    if args.report:
        return not report(args)
    begin = time.monotonic()
    total = run(args)
    good = is_good(args, total)
    lines = summary(total)
    show(args, total)
    print(f"{'ok' if good else 'not ok'} 1 - {lines[0]}\n1..1")
    for line in lines[1:]:
        print("# " + line)
    print(f"# {time.monotonic() - begin:.0f} s")
    return not good


if __name__ == "__main__":
    sys.exit(main())
