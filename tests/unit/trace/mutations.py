#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The reader of the trace's ring without one of its checks: test_trace_ring
must fail. Prints TAP.

    mutations.py --cc gcc --root . --build build
"""
import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

# name, text of src/runtime/time.c, replacement
MUTATIONS = [
    ("as it is", "", ""),
    ("overwritten while read", """ &&
           __atomic_load_n(&trace->n, __ATOMIC_RELAXED) - n <=
               trace->mask + 1""", ""),
    ("not wholly written", "serial == (uint16_t)n &&", "serial != 0 &&"),
    ("lost and not counted", "(*lost)++;", ";"),
    ("more than the ring has", "*next += *lost;", ""),
]


def passes(args, work, text):
    (work / "time.c").write_text(text)
    libraries = [args.build / "src" / name / f"libwio_{name}.a" for name in
                 ("runtime", "bind", "board", "sched", "cap", "engine",
                  "base")]
    program = work / "test"
    subprocess.run(
        [args.cc, "-std=c11", "-D_GNU_SOURCE", "-O2", "-w", "-I", args.root / "include", "-I",
         args.root / "src", args.root / "tests/unit/trace/test_trace_ring.c",
         work / "time.c", "-Wl,--start-group", *libraries, "-Wl,--end-group",
         "-lcmocka", "-lpthread", "-o", program], check=True)
    try:
        return subprocess.run([program], capture_output=True, timeout=10,
                              env=os.environ, check=False).returncode == 0
    except subprocess.TimeoutExpired:
        return False               # it waits for entries it never counted


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("--cc", "--root", "--build"):
        parser.add_argument(name, type=str if name == "--cc"
                            else pathlib.Path, required=True)
    args = parser.parse_args()
    source = (args.root / "src/runtime/time.c").read_text()
    failed = 0
    print(f"1..{len(MUTATIONS)}")
    for n, (name, text, replacement) in enumerate(MUTATIONS, 1):
        found = not text or source.count(text) == 1
        with tempfile.TemporaryDirectory() as folder:
            good = found and passes(args, pathlib.Path(folder),
                                    source.replace(text, replacement)
                                    if text else source) == (not text)
        failed += not good
        print(f"{'' if good else 'not '}ok {n} - {name}"
              f"{'' if found else ': the text is not in the source once'}")
    return failed > 0


sys.exit(main())
