#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Instructions of an SD card's block, native and in a container.

    storage.py --image ELF [--native WIO] [--json FILE] [--check]

Runs the image of bench/storage on lm3s6965evb in QEMU at one instruction a
nanosecond, twice, with a card whose contents come from a seed, and prints the
figures; `measured()` is for bench/run. The sums of what was read are the same
natively, in the container, and here, or there is no figure. WIO is
the container compiled for that image. With --check it prints TAP, and each
ratio is to be no more than its goal.
"""
import argparse
import json
import random
import re
import subprocess
import sys
import tempfile

CARD_BYTES = 1 << 20
BLOCK = 512
GOALS = {"interp": 12, "aot": 1.3}      # x native


class Failed(Exception):
    pass


SLOT = 0x38000          # where a compiled container lies: storage/CMakeLists.txt


def run(image, contents, native=None):
    """What the image says; its card holds what it wrote afterwards.
    @native: a compiled container that it is to run instead of its module."""
    slot = ["-device", f"loader,file={native},addr={SLOT:#x},force-raw=on"] \
        if native else []
    with tempfile.NamedTemporaryFile(prefix="wasmio-card-") as card:
        card.write(contents)
        card.flush()
        try:
            done = subprocess.run(
                ["qemu-system-arm", "-M", "lm3s6965evb", "-display", "none",
                 "-monitor", "none", "-serial", "stdio",
                 "-semihosting-config", "enable=on,target=native", "-icount",
                 "shift=0", "-drive", f"if=sd,file={card.name},format=raw",
                 *slot, "-kernel", image], stdin=subprocess.DEVNULL,
                capture_output=True, text=True, timeout=300)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Failed(f"{image}: {error}") from None
    if "\nend\n" not in done.stdout.replace("\r", ""):
        raise Failed(f"{image} said {done.stdout!r} {done.stderr!r}")
    return done.stdout


def sum_of(contents, n):
    total = 0
    for byte in contents[:n * BLOCK]:
        total = (total * 31 + byte) & 0xFFFFFFFF
    return total


def measured(image, native=None):
    """case -> instructions a block."""
    contents = random.Random(1).randbytes(CARD_BYTES)
    text = run(image, contents, native)
    if text != run(image, contents, native):
        raise Failed("two runs gave different counts")
    counts = {}
    for case, *numbers in re.findall(
            r"^count (\S+) (\d+) (\d+) (\d+) (\d+) (\d+)", text, re.M):
        n, ns, ns2, *sums = map(int, numbers)
        if case.endswith("read") and \
                sums != [sum_of(contents, n), sum_of(contents, 2 * n)]:
            raise Failed(f"{case} read something else than the card holds")
        counts[case] = (ns2 - ns) / n
    return counts


def figures(counts):
    """name -> value."""
    return {**{f"sd_block.{case}": round(count)
               for case, count in counts.items()},
            **{f"sd_block.{engine}.{way}_ratio":
               round(counts[f"{engine}.{way}"] / counts[f"native.{way}"], 2)
               for way in ("read", "write") for engine in GOALS
               if f"{engine}.{way}" in counts}}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--image", required=True)
    parser.add_argument("--json")
    parser.add_argument("--native")
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    try:
        counts = measured(arguments.image)
        if arguments.native:
            counts |= measured(arguments.image, arguments.native)
        found = figures(counts)
    except Failed as failure:
        print(f"storage.py: {failure}", file=sys.stderr)
        return 1
    for name, value in found.items():
        print(f"# {name:<28} {value:>10,}" if arguments.check else
              f"{name:<30} {value:>10,}")
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as file:
            json.dump(found, file, indent=2)
            file.write("\n")
    if not arguments.check:
        return 0
    ratios = {name: value for name, value in found.items()
              if name.endswith("_ratio")}
    n_missed = 0
    for n, (name, value) in enumerate(ratios.items(), 1):
        goal = GOALS[name.split(".")[1]]
        n_missed += value > goal
        print(f"{'' if value <= goal else 'not '}ok {n} - {name} is {value}, "
              f"at most {goal:g}")
    print(f"1..{len(ratios)}")
    return 1 if n_missed else 0


if __name__ == "__main__":
    sys.exit(main())
