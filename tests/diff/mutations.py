#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An emitter that is wrong must be found by random programs; prints TAP.

    tests/diff/mutations.py --build TREE

Each mutation is a replacement in the generated C or its header (guest.h), as
tests/diff/run.py makes it with --mutate. Programs are tried until one differs.
And nothing may be without a test: every operator is in the programs.
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile

PROGRAMS = 4000         # at most, a mutation

# what, engine, text, replacement; "inline": of registers that code reaches,
# "waits": of functions that are left and gone on with
MUTATIONS = (
    ("an operator is another", "aot/x86", "rotl32(", "rotr32("),
    ("a load without its sign", "aot/x86", "i64_load16_s(", "i64_load16_u("),
    ("a store of another width", "aot/x86", "i32_store16(", "i32_store8("),
    ("a bound that leaves the width out", "aot/x86",
     "(u64)off + n > size || a > size - (u32)(off + n)",
     "(u64)off > size || a > size - (u32)off"),
    ("a divisor that is not looked at", "aot/x86", "if (UNLIKELY(b == 0))",
     "if (0)"),
    ("a step that is not counted", "aot/x86", "STEP(); goto", "goto"),
    ("an element of another type is called", "aot/x86",
     "trap(TRAP_INDIRECT_TYPE);", ";"),
    ("an operator is another, on a Cortex-M4", "aot/m4", "div_s32(",
     "div_u32("),
    ("bits that may not be read", "aot/m4 inline",
     "return n == 4 ? 0xfffffffu : 0;", "return n == 4 ? 0xffffffffu : 0;"),
    ("bits that may not be written", "aot/x86 inline",
     "(x & ~W##k##_writable(at, n)) == 0", "1"),
    ("what is kept across a wait is another's", "aot/x86 waits",
     "return S.exec->sp -= n;", "return (S.exec->sp -= n) + (n > 1);"),
    ("one register more than the run has", "aot/x86 inline",
     "(x >> 2 | x << 30) < n", "(x >> 2 | x << 30) <= n"),
)

# Opcodes of Core 2.0, 5.4, and of the threads proposal.
OPERATORS = sum((
    [f"{op:02x}" for first, last in (
        (0x00, 0x05), (0x0b, 0x11), (0x1a, 0x1c), (0x20, 0x26), (0x28, 0xc4),
        (0xd0, 0xd2)) for op in range(first, last + 1)],
    [f"fc.{op:02x}" for op in range(0x12)],
    [f"fe.{op:02x}" for first, last in ((0x00, 0x03), (0x10, 0x4e))
     for op in range(first, last + 1)]), [])


def unused(build):
    """Operators that no program of a small run has."""
    missing = set(OPERATORS)
    with tempfile.TemporaryDirectory(prefix="wasmio-diff-") as folder:
        for seed in range(1, 11):
            text = subprocess.run(
                [build + "/tests/diff/diff", "generate", f"{seed:x}", "200",
                 folder + "/module.wasm", "census"], check=True,
                capture_output=True, text=True).stdout
            missing -= {line.split()[0] for line in text.splitlines()}
    return sorted(missing)


def found(build, engine, old, new):
    """Whether a run tells the mutation, and its last words."""
    run = os.path.join(os.path.dirname(os.path.abspath(__file__)), "run.py")
    engine, *options = engine.split()
    done = subprocess.run(
        [sys.executable, run, "--build", build, "--programs", str(PROGRAMS),
         "--seed", "77", "--batch", "1", "--most", "1", "--engines",
         f"interp/x86,{engine}", "--mutate", f"{old}=>{new}",
         *("--" + option for option in options)],
        capture_output=True, text=True, check=False)
    # A player that died of a signal has met what is wrong; a run that could not
    # be made has found nothing.
    seen = re.search(r"different things|other steps|play \S+: exit -\d",
                     done.stdout)
    return (done.returncode == 1 and seen is not None,
            (done.stdout + done.stderr).strip().splitlines()[-6:])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True)
    args = parser.parse_args()
    args.build = os.path.abspath(args.build)
    missing = unused(args.build)
    failed = bool(missing)
    print(f"{'not ok' if missing else 'ok'} 1 - diff: all {len(OPERATORS)} "
          "operators are in 2,000 programs")
    for operator in missing:
        print(f"# {operator} is in none")
    for i, (what, engine, old, new) in enumerate(MUTATIONS, 2):
        good, lines = found(args.build, engine, old, new)
        print(f"{'ok' if good else 'not ok'} {i} - diff: {what}", flush=True)
        failed |= not good
        for line in [] if good else lines:
            print(f"# {line}")
    print(f"1..{len(MUTATIONS) + 1}")
    return failed


if __name__ == "__main__":
    sys.exit(main())
