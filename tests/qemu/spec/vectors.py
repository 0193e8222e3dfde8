#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Run specification vectors on a Cortex-M4 under QEMU, one TAP line a file.

The host packs each file of vectors into a script (`wasmio spectest
--scripts`); the image (image/main.c) reads them through semihosting and
answers on its console. Our own vectors always run; those of ../shared/
spec-tests when they are there: a sample, or with --all the whole of core-2.0.
"""
import argparse
import os
import subprocess
import sys
import tempfile
import time

# Integers, floats (soft float: rounding, NaN, conversions), control, memory,
# tables, linking, decoding. Chosen to touch every part once; the host runs
# all of them.
SAMPLE = """
address align binary br_table bulk call_indirect conversions elem
f32 f32_cmp f64 float_misc i32 i64 linking memory_grow memory_trap table_copy
unwind
""".split()

# In the order of enum spec_skip (tests/spec/script.h).
SKIPS = ("about the text format", "64-bit memories", "vector instructions",
         "proposals that are not implemented",
         "more memory than this target has")


def pack(args, source, folder, *more):
    subprocess.run([args.wasmio, "spectest", "--scripts", folder, source,
                    *more], check=True)


def scripts(args, folder):
    """Names of scripts below @folder, relative to it, in order."""
    names = []
    if args.own:
        pack(args, args.own, folder)
        names += sorted("own/" + n for n in os.listdir(folder + "/own"))
    if args.vectors and os.path.isdir(args.vectors):
        pack(args, args.vectors, folder, "--filter", "core-2.0/")
        core = sorted(os.listdir(folder + "/core-2.0"))
        if args.sample:
            core = [n for n in core if n.removesuffix(".wios") in SAMPLE]
            if len(core) != len(SAMPLE):
                raise SystemExit("vectors.py: a file of the sample is not in "
                                 + args.vectors)
        names += ["core-2.0/" + n for n in core]
    return names


def tap(number, fields, failures):
    name, passed, failed, *skipped = fields
    text = f"m4 {name.removesuffix('.wios')}: {passed} passed, {failed} failed"
    reasons = [f"{n} {why}" for n, why in zip(skipped, SKIPS) if n != "0"]
    if reasons:
        text += ", not run: " + ", ".join(reasons)
    for line in failures:
        print("# " + line)
    print(f"{'ok' if failed == '0' else 'not ok'} {number} - {text}",
          flush=True)
    return [int(passed), int(failed), sum(map(int, skipped))]


def run(args, folder, names):
    with open(folder + "/list", "w") as file:
        file.write("\n".join(names))
    qemu = subprocess.Popen(
        ["qemu-system-arm", "-M", "mps2-an386", "-display", "none",
         "-monitor", "none", "-serial", "stdio", "-semihosting-config",
         "enable=on,target=native,arg=spec,arg=list", "-kernel",
         os.path.abspath(args.image)],
        cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        text=True, errors="replace")
    total = [0, 0, 0]
    answered = 0
    failures = []
    done = False
    for line in qemu.stdout:
        line = line.rstrip()
        if line.startswith("@file "):
            answered += 1
            one = tap(answered, line.split()[1:], failures)
            total = [a + b for a, b in zip(total, one)]
            failures = []
        elif line == "@done":
            done = True
        elif line:
            failures.append(line)
    code = qemu.wait()
    if not done or answered != len(names) or code != (total[1] > 0):
        answered += 1
        for line in failures:
            print("# " + line)
        print(f"not ok {answered} - m4: the image ended with code {code} "
              f"after {answered - 1} of {len(names)} files")
        total[1] += 1
    return answered, total


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--wasmio", required=True)
    parser.add_argument("--image", required=True)
    parser.add_argument("--own", help="folder of our own vectors, converted")
    parser.add_argument("--vectors", help="folder of the suite's archives")
    group = parser.add_mutually_exclusive_group(required=True)
    group.add_argument("--sample", action="store_true")
    group.add_argument("--all", action="store_true")
    args = parser.parse_args()

    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="wasmio-spec-m4-") as folder:
        names = scripts(args, folder)
        answered, total = run(args, folder, names)
    if args.vectors and not os.path.isdir(args.vectors):
        answered += 1
        print(f"ok {answered} - m4 specification's vectors # SKIP "
              "../shared/spec-tests is not there")
    print(f"1..{answered}")
    print(f"# Cortex-M4: {total[0]} passed, {total[1]} failed, {total[2]} "
          f"skipped, {time.monotonic() - begin:.0f} s")
    return total[1] > 0


sys.exit(main())
