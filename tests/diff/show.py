#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""One program of a random module on two engines: where they part.

    tests/diff/show.py --build TREE SEED/NUMBER/PROGRAMS ENGINE ENGINE

as tests/diff/run.py prints it. The other programs of the module are left out
when it differs without them, then as many operators as can be. What is kept of
it (module, C, what each engine saw) lies in the folder that is printed last.
"""
import argparse
import itertools
import os
import shutil
import sys
import tempfile

import run

LARGEST = 1 << 13       # no function has so many operators


class Case:
    """A module, made as small as it is at the moment."""

    def __init__(self, args, seed, number, n_programs):
        self.args = args
        self.number = number
        self.module = run.Module(int(seed, 16), n_programs)
        self.only = False
        self.most = [LARGEST] * 4

    def make(self, folder):
        options = [f"only={self.number}"] * self.only
        options += run.generator_options(self.args)
        options.append("most=" + ",".join(map(str, self.most)))
        run.command(self.args.diff, "generate", self.module.name,
                    str(self.module.n_programs), self.module.name + ".wasm",
                    *options, cwd=folder)

    def records(self, folder):
        """What each of the two engines says of the program."""
        self.make(folder)
        key = (self.module.name, self.number)
        for engine in self.args.engines:
            answer = run.Answer(run.RUN[engine](self.args, folder,
                                                [self.module]))
            record = answer.programs.get(key)
            counted = engine.startswith("interp") or self.module.counted
            yield record and (record if counted else record[:1])

    def differs(self):
        with tempfile.TemporaryDirectory(prefix="wasmio-show-") as folder:
            one, other = self.records(folder)
            if one is None or other is None:
                return one != other
            n = min(len(one), len(other))
            return one[:n] != other[:n]

    def smaller(self):
        """Whether it still differs is asked for each way."""
        self.only = True
        self.only = self.differs()
        for i in range(len(self.most)):
            for most in [1 << k for k in range(LARGEST.bit_length() - 1)]:
                kept = self.most[i]
                self.most[i] = most
                if self.differs():
                    break
                self.most[i] = kept


def told(case, folder):
    """All that each engine sees of the program, line by line."""
    case.make(folder)
    for engine in case.args.engines:
        # Makes the image, too.
        text = run.RUN[engine](case.args, folder, [case.module])
        if engine.endswith("m4"):
            name = engine.replace("/", "-")
            with open(os.path.join(folder, name)) as file:
                words = file.read().split()
            words[1] = str(case.number)
            with open(os.path.join(folder, "tell-" + name), "w") as file:
                file.write(" ".join(words) + "\n")
            image = case.args.image if engine.startswith("interp") else \
                os.path.join(folder, "images.elf")
            text = run.qemu(case.args, folder, image, "tell-" + name)
        else:
            image = "0" if engine.startswith("interp") else \
                f"./{case.module.name}.so"
            text = run.command(case.args.diff, "tell", case.module.name,
                               str(case.number), case.module.name + ".wasm",
                               image, cwd=folder)
        lines = [line for line in text.splitlines() if line.startswith("  ")]
        with open(os.path.join(folder, engine.replace("/", "-") + ".txt"),
                  "w") as file:
            file.write("\n".join(lines) + "\n")
        yield lines


def print_first(engines, texts):
    pairs = list(itertools.zip_longest(*texts, fillvalue="(nothing)"))
    for i, (one, other) in enumerate(pairs):
        if one != other and "steps left" not in one + other:
            for line, _ in pairs[max(0, i - 6):i]:
                print(line)
            print(f"{engines[0]}: {one.strip()}\n"
                  f"{engines[1]}: {other.strip()}")
            return
    print("all that is seen is the same; the steps may not be")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build")
    parser.add_argument("--mutate", default="")
    parser.add_argument("--inline", action="store_true")
    parser.add_argument("--waits", action="store_true")
    parser.add_argument("program", metavar="SEED/NUMBER/PROGRAMS")
    parser.add_argument("engines", nargs=2, metavar="ENGINE")
    args = parser.parse_args()
    run.find_tools(args)
    seed, number, n_programs = args.program.split("/")
    case = Case(args, seed, int(number), int(n_programs))
    if not case.differs():
        print("no difference")
        return 1
    case.smaller()
    folder = tempfile.mkdtemp(prefix="wasmio-show-")
    texts = list(told(case, folder))
    print(f"operators at most {case.most}, "
          f"{'alone' if case.only else 'only together with the others'}")
    print_first(args.engines, texts)
    for name in os.listdir(folder):
        if name.endswith(".d"):
            shutil.rmtree(os.path.join(folder, name))
    print(f"all of it: {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
