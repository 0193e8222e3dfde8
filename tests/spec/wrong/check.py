#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every expectation of wrong.wast must fail: the test of the runner."""
import json
import subprocess
import sys


def main():
    wasmio, folder, source = sys.argv[1:]
    done = subprocess.run([wasmio, "spectest", folder], text=True,
                          capture_output=True)
    with open(folder + "/wrong.json") as file:
        commands = json.load(file)["commands"]
    wrong = {c["line"] for c in commands
             if c["type"] not in ("module", "register")}
    failed = {int(line.split(":")[1]) for line in done.stdout.splitlines()
              if line.startswith("  ")}
    for line in sorted(wrong ^ failed):
        print(f"# {source}:{line} " + ("passes and is wrong" if line in wrong
                                       else "fails and is right"))
    good = wrong == failed and done.returncode == 1
    print(f"{'ok' if good else 'not ok'} 1 - each of {len(wrong)} wrong "
          f"expectations fails, and the exit code says so")
    print("1..1")
    return not good


sys.exit(main())
