#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Run specification vectors on a Cortex-M4 under QEMU, one TAP line a file.

The host packs each file of vectors into a script (`wasmio spectest
--scripts`); the image (image/main.c) reads them through semihosting and
answers on its console. Our own vectors always run; those of ../shared/
spec-tests, every set, when they are there.
"""
import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time

TIMEOUT_S = 240

# In the order of enum spec_skip (tests/spec/script.h).
SKIPS = ("about the text format", "64-bit memories", "vector instructions",
         "proposals that are not implemented",
         "more memory than this target has")


def scripts(args, folder):
    """Names of scripts below @folder, relative to it, in order."""
    for source in args.folders:
        if os.path.isdir(source):
            subprocess.run([args.wasmio, "spectest", "--scripts", folder,
                            source], check=True)
    return sorted(os.path.join(name, file) for name in os.listdir(folder)
                  for file in os.listdir(os.path.join(folder, name)))


def tap(number, fields, failures):
    name, passed, failed, *skipped = fields
    text = f"m4 {name.removesuffix('.wios')}: "
    reasons = ", ".join(f"{n} {why}" for n, why in zip(skipped, SKIPS)
                        if n != "0")
    if passed == failed == "0":
        text += "no check # SKIP " + reasons
    else:
        text += f"{passed} passed, {failed} failed"
        text += ", not run: " + reasons if reasons else ""
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
    watchdog = threading.Timer(TIMEOUT_S, qemu.kill)
    watchdog.start()
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
    watchdog.cancel()
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
    parser.add_argument("folders", nargs="+",
                        help="of vectors, as `wasmio spectest` takes them")
    args = parser.parse_args()

    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="wasmio-spec-m4-") as folder:
        names = scripts(args, folder)
        answered, total = run(args, folder, names)
    for source in args.folders:
        if not os.path.isdir(source):
            answered += 1
            print(f"ok {answered} - m4 vectors # SKIP {source} is not there")
    print(f"1..{answered}")
    print(f"# Cortex-M4: {total[0]} passed, {total[1]} failed, {total[2]} "
          f"skipped, {time.monotonic() - begin:.0f} s")
    return total[1] > 0


sys.exit(main())
