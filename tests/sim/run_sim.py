#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`wasmio run --board sim`, from the command line to the point; prints TAP.

usage: run_sim.py WASMIO TMP105_CONTAINER
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                ".."))
from tap import Tap  # noqa: E402

# What the guest publishes is exact, since time is virtual.
EXPECTED = """\
    0.300 s  temperature = 25000 mC
log      warn: tmp105: sensor does not answer
    0.900 s  temperature = 25000 mC  (bad:i2c-nack-address)
log      info: tmp105: sensor answers again
    1.201 s  temperature = -5000 mC
log      warn: tmp105: sensor does not answer
    2.005 s  temperature = -5000 mC  (bad:timeout)
log      info: tmp105: sensor answers again
    2.101 s  temperature = -5000 mC
"""
SCRIPT = ("@1s set temperature=-5000; fault i2c0:nack-address@9x3; "
          "@2s fault i2c0:hang")


def run(*arguments):
    return subprocess.run([sys.argv[1], "run", sys.argv[2], "--board", "sim",
                           "--seconds", "4", *arguments],
                          capture_output=True, text=True, timeout=60)


def main():
    tap = Tap()

    def ok(name, good, done):
        tap.check(good, name, done.stdout + done.stderr)

    done = run("--script", SCRIPT)
    points = "".join(line + "\n" for line in done.stdout.splitlines()
                     if line.startswith(("log", " ")))
    ok("a scripted temperature and faults show in the point",
       done.returncode == 0 and points == EXPECTED, done)
    again = run("--script", SCRIPT)
    ok("the same again, to the byte", again.stdout == done.stdout, again)
    done = run("--script", "fault i2c0:nack")
    ok("a wrong script is refused with a sentence",
       done.returncode == 2 and "nack-address nack-data" in done.stderr, done)
    with tempfile.TemporaryDirectory() as folder:
        strange = os.fsencode(folder) + b"/t\xff.wasm"
        shutil.copy(sys.argv[2], strange)
        for command in (["check", "--board", "sim"], ["inspect"]):
            done = subprocess.run([sys.argv[1], *command, "--json", strange],
                                  capture_output=True, text=True, timeout=60)
            try:
                found = json.loads(done.stdout)
            except ValueError:
                found = {}
            found = found[0] if isinstance(found, list) and found else found
            ok(f"{command[0]} --json keeps a file whose name is no UTF-8",
               done.returncode == 0 and "file" in found, done)
    return tap.end()


sys.exit(main())
