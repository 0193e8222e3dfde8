#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Run the tests of one or more build trees and count them.

Every test registered with CTest prints TAP ("ok 1 - name"); this script runs
them, shows the failures and the reasons of skips, and prints as its last line

    N passed, N failed, N skipped

A test that prints no TAP line, or exits non-zero without a failed line, counts
as failed: silence is no success.
"""
import argparse
import concurrent.futures
import json
import os
import re
import subprocess
import sys
import time

LINE = re.compile(r"^(not )?ok\b\s*\d*\s*-?\s*(.*)$")
SKIP = re.compile(r"#\s*SKIP\b\s*(.*)", re.IGNORECASE)
TIMEOUT_S = 600


class Result:
    def __init__(self, name):
        self.name = name
        self.passed = 0
        self.failed = []
        self.skipped = []
        self.output = ""
        self.seconds = 0.0


def listed(tree):
    """The tests CTest knows in a tree, as (name, command, environment, ...)."""
    text = subprocess.run(["ctest", "--test-dir", tree, "--show-only=json-v1"],
                          check=True, capture_output=True, text=True).stdout
    for test in json.loads(text)["tests"]:
        if "command" not in test:
            yield test["name"], None, {}, ".", TIMEOUT_S, False
            continue
        props = {p["name"]: p["value"] for p in test.get("properties", [])}
        env = dict(e.split("=", 1) for e in props.get("ENVIRONMENT", []))
        yield (test["name"], test["command"], env,
               props.get("WORKING_DIRECTORY", tree),
               props.get("TIMEOUT", TIMEOUT_S),
               bool(props.get("RUN_SERIAL", False)))


def count(result, status):
    """Reads TAP out of a test's output."""
    for line in result.output.splitlines():
        match = LINE.match(line)
        if not match:
            continue
        skip = SKIP.search(line)
        if skip:
            result.skipped.append(match.group(2))
        elif match.group(1):
            result.failed.append(match.group(2))
        else:
            result.passed += 1
    if status != 0 and not result.failed:
        result.failed.append(f"exit status {status}")
    if not (result.passed or result.failed or result.skipped):
        result.failed.append("printed no TAP line")


def run(tree, name, command, env, cwd, timeout):
    result = Result(f"{tree}/{name}")
    start = time.monotonic()
    if command is None:
        result.failed.append("was not built")
        return result
    try:
        done = subprocess.run(command, cwd=cwd, env={**os.environ, **env},
                              stdin=subprocess.DEVNULL, timeout=timeout,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        result.output = done.stdout.decode("utf-8", "replace")
        count(result, done.returncode)
    except subprocess.TimeoutExpired as late:
        result.output = (late.stdout or b"").decode("utf-8", "replace")
        result.failed.append(f"still running after {timeout} s")
    except OSError as error:
        result.failed.append(str(error))
    result.seconds = time.monotonic() - start
    return result


def show(result, verbose):
    state = "FAIL" if result.failed else "ok"
    print(f"{state:4} {result.name}: {result.passed} passed, "
          f"{len(result.failed)} failed, {len(result.skipped)} skipped "
          f"({result.seconds:.1f} s)", flush=True)
    for text in result.skipped:
        print(f"       skipped: {text}")
    for text in result.failed:
        print(f"       FAILED: {text}")
    if result.failed or verbose:
        for line in result.output.splitlines()[-60:]:
            print(f"       | {line}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tree", action="append", required=True,
                        help="a build tree; may be given more than once")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("words", nargs="*",
                        help="only tests whose names contain one of these")
    args = parser.parse_args()

    together, alone = [], []
    for tree in args.tree:
        for name, command, env, cwd, timeout, serial in listed(tree):
            if args.words and not any(w in f"{tree}/{name}"
                                      for w in args.words):
                continue
            job = (tree, name, command, env, cwd, timeout)
            (alone if serial else together).append(job)

    results = []
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        for future in concurrent.futures.as_completed(
                [pool.submit(run, *job) for job in together]):
            results.append(future.result())
            show(results[-1], args.verbose)
    for job in alone:
        results.append(run(*job))
        show(results[-1], args.verbose)

    passed = sum(r.passed for r in results)
    failed = sum(len(r.failed) for r in results)
    skipped = sum(len(r.skipped) for r in results)
    if not results:
        print("no test matches")
        failed = 1
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
