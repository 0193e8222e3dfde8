#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Registers in line cost what was promised on a Cortex-M4; prints TAP.

    instructions.py WINDOWS_C ROOT

Compiles the C text as `wasmio compile` does for the boards and counts the
instructions on the way without a call, but for saving and restoring registers:
of a store and a load through a window, and of a register call with its handle
checked. Of a loop of such calls, at an offset that is computed, once around:
the offset's two instructions and the loop's own are in it.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

FLAGS = ("-Os -std=gnu11 -w -mcpu=cortex-m4 -mthumb -mfloat-abi=soft"
         " -ffreestanding -ffunction-sections -fno-strict-aliasing"
         " -ffp-contract=off -fsignaling-nans -fno-math-errno"
         " -fno-optimize-sibling-calls -fomit-frame-pointer"
         # One function an access, and nothing in it but that.
         " -fno-inline -fno-ipa-icf -DWIO_DEPTH=0").split()
# Places of the functions in windows.wat, three imported ones before them.
LIMITS = [("a store through a window", 30, 5, "str"),
          ("a load through a window", 31, 5, "ldr"),
          ("a register call", 32, 10, "str")]
LOOP = ("a register call in a loop, computed offset", 33, 13, "str")
LINE = re.compile(r"\s*([0-9a-f]+):\s+(?:[0-9a-f]{4} ?){1,2}\s+(\S+)\s*(.*)")


def functions(listing):
    name, found = None, {}
    for line in listing.splitlines():
        head = re.match(r"[0-9a-f]+ <(\w+)>:", line)
        if head:
            name = head.group(1)
            found[name] = []
        match = LINE.match(line)
        if match and name:
            found[name].append((int(match.group(1), 16), match.group(2),
                                match.group(3)))
    return found


def is_return(what, operands):
    return (what.startswith("bx") and "lr" in operands) \
        or (what.startswith(("pop", "ldmia")) and "pc" in operands)


def shortest(code, first=0, last=None):
    """The way from the first instruction to a return without a call; or to
    the last one."""
    where = {at: i for i, (at, _, _) in enumerate(code)}
    ways, seen = [(first, [])], set()
    while ways:
        i, way = ways.pop(0)
        if i in seen or i >= len(code):
            continue
        seen.add(i)
        at, what, operands = code[i]
        if i == last:
            return way + [f"{what} {operands}"]
        if is_return(what, operands):
            if last is None:
                return way
            continue
        if what in ("bl", "blx", ".word", ".short"):
            continue
        if not what.startswith(("push", "stmdb")):
            way = way + [f"{what} {operands}"]
        target = re.search(r"([0-9a-f]+) <", operands)
        if what.startswith(("b", "cb")) and target \
                and what not in ("bic", "bic.w", "bfi", "bfc"):
            to = where.get(int(target.group(1), 16))
            if to is not None:
                ways.append((to, way))
            if what in ("b", "b.n", "b.w"):
                continue
        ways.append((i + 1, way))
    return None


def around(code, access):
    """The shortest way around a loop without a call that has @access."""
    where = {at: i for i, (at, _, _) in enumerate(code)}
    ways = []
    for last, (at, what, operands) in enumerate(code):
        target = re.search(r"([0-9a-f]+) <", operands)
        if target and what not in ("bl", "blx"):
            first = where.get(int(target.group(1), 16))
            if first is not None and first <= last:
                ways.append(shortest(code, first, last))
    return min((way for way in ways
                if way and any(step.startswith(access) for step in way)),
               key=len, default=None)


def main():
    source, root = sys.argv[1:]
    src = pathlib.Path(root) / "src"
    with tempfile.TemporaryDirectory() as work:
        made = pathlib.Path(work) / "windows.o"
        subprocess.run(["arm-none-eabi-gcc", *FLAGS, "-I", src / "emit",
                        "-I", src / "engine/aot", "-c", source, "-o", made],
                       check=True)
        listing = subprocess.run(["arm-none-eabi-objdump", "-d", made],
                                 check=True, capture_output=True,
                                 text=True).stdout
    found = functions(listing)
    bad = 0
    for n, (what, index, limit, access) in enumerate([*LIMITS, LOOP], 1):
        code = found.get(f"F{index}", [])
        way = around(code, access) if what == LOOP[0] else shortest(code)
        good = way is not None and len(way) <= limit \
            and any(step.startswith(access) for step in way)
        bad += not good
        print(f"{'ok' if good else 'not ok'} {n} - {what}: "
              f"{len(way) if way else '?'} instructions, at most {limit}")
        for step in way or []:
            print(f"#   {step}")
    print(f"1..{len(LIMITS) + 1}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
