#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`wasmio bench`: its report, what a browser makes of it, and refusals.

    test_report.py --wasmio PROGRAM --build DIR

Measures every board, one of them again, without the interrupts. Prints TAP.
"""
import argparse
import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
sys.path[:0] = [os.path.join(ROOT, "tests"),
                os.path.join(ROOT, "tests", "trace"),
                os.path.join(ROOT, "bench")]
import browser  # noqa: E402
import ladder  # noqa: E402
from tap import Tap  # noqa: E402

FIELDS = {"id": str, "board": str, "section": str, "row": str, "text": str,
          "engine": str, "kind": str, "unit": str, "command": str}
KINDS = ("count", "size", "time")


def bench(wasmio, *args):
    return subprocess.run([wasmio, "bench", *args], capture_output=True,
                          text=True, stdin=subprocess.DEVNULL, check=False)


def wrong_fields(report):
    """What does not have the form that bench/README.md says."""
    wrong = []
    if report.get("schema") != "wasmio-bench/1":
        wrong.append("schema")
    for figure in report["figures"]:
        name = figure.get("id", "?")
        wrong += [f"{name}: {key}" for key, kind in FIELDS.items()
                  if not isinstance(figure.get(key), kind)]
        if figure.get("kind") not in KINDS:
            wrong.append(f"{name}: kind")
        if figure.get("value") is None and not figure.get("reason"):
            wrong.append(f"{name}: neither a value nor a reason")
        elif figure.get("value") is not None and figure["value"] < 0:
            wrong.append(f"{name}: negative")
        if not figure.get("command") or not figure.get("unit"):
            wrong.append(f"{name}: no command or no unit")
    names = [figure["id"] for figure in report["figures"]]
    wrong += sorted({name for name in names if names.count(name) > 1})
    for goal in report["goals"]:
        if goal["value"] is None and not goal.get("reason"):
            wrong.append(f"goal {goal['text']}: no reason")
        elif goal["value"] is not None and \
                goal["met"] != (goal["value"] <= goal["limit"]):
            wrong.append(f"goal {goal['text']}: its verdict")
    return wrong


def counted(report):
    return {f["id"]: f["value"] for f in report["figures"]
            if f["kind"] != "time"}


def shown(value):
    """As the page writes a figure."""
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.2f}".rstrip("0").rstrip(".")


def check_page(tap, folder, report):
    path = os.path.join(folder, "report.html")
    with browser.Page() as page:
        page.open(path)
        cells = json.loads(page.value(
            "JSON.stringify([...document.querySelectorAll('[data-id]')]"
            ".map(c => [c.dataset.id, c.firstChild.textContent.trim()]))"))
        want = [(f["id"], "not measured" if f["value"] is None
                 else shown(f["value"])) for f in report["figures"]]
        tap.check(sorted(map(tuple, cells)) == sorted(want),
                  "the page has every figure of the JSON, once",
                  set(want) ^ set(map(tuple, cells)))
        tap.check(page.value("document.querySelectorAll('svg rect').length")
                  > 0, "and plots")
        tap.check(page.complaints() == [], "without a complaint",
                  page.complaints())
        tap.check(all(url.startswith("file:") and url.endswith("report.html")
                      for url in page.requests()),
                  "it is one file and asks for no other", page.requests())
        page.ask("Emulation.setEmulatedMedia", media="print")
        tap.check(page.value("getComputedStyle(document.body).padding")
                  == "0px", "it has a style for paper")
        pdf = base64.b64decode(page.ask("Page.printToPDF",
                                        preferCSSPageSize=True)["data"])
        tap.check(pdf.startswith(b"%PDF") and len(pdf) > 10000,
                  "and prints")
        tap.check(page.value("document.documentElement.scrollWidth <= "
                             "window.innerWidth"), "nothing runs out at the "
                  "side")


def refused(tap, done, word, what):
    lines = done.stderr.strip().splitlines()
    tap.check(done.returncode != 0 and len(lines) == 1 and word in lines[0],
              f"refused with one sentence: {what}",
              f"exit code {done.returncode}\n{done.stderr}")


def check_refusals(tap, wasmio, folder):
    report = os.path.join(folder, "report")
    refused(tap, bench(wasmio), "--board", "nothing said")
    refused(tap, bench(wasmio, "--board", "linux"), "--report", "no folder")
    refused(tap, bench(wasmio, "--board", "linux", "--board", "linux",
                       "--report", report), "twice", "an option twice")
    refused(tap, bench(wasmio, "--board", "none", "--report", report,
                       "--no-build"), '"none"', "no such board")
    refused(tap, bench(wasmio, "--board", "linux", "--report", "/dev/null",
                       "--no-build"), "/dev/null", "a folder that is none")
    alone = os.path.join(folder, "wasmio")
    shutil.copy(wasmio, alone)
    refused(tap, bench(alone, "--board", "linux", "--report", report),
            "source tree", "an installed wasmio without the source tree")


def check_wrong_images(tap, build):
    """A build whose images count wrongly gives no report."""
    with tempfile.TemporaryDirectory() as folder:
        def image(text, once=""):
            """Something in QEMU's place that prints @text."""
            path = os.path.join(folder, "qemu-system-arm")
            with open(path, "w", encoding="ascii") as file:
                file.write(f"#!/bin/sh\n{once}\nprintf '{text}'\n")
            os.chmod(path, 0o755)

        def outcome():
            path = os.environ["PATH"]
            os.environ["PATH"] = folder + ":" + path
            try:
                ladder.measure_board(os.path.join(build, "bench"),
                                     "mps2-an386")
            except ladder.Failed as failure:
                return str(failure)
            finally:
                os.environ["PATH"] = path
            return "a report"

        right = r"count native.a 1 1 2 05 06\ncount interp.a 1 1 9 05 06\n"
        image(right + r"done\n")
        tap.check(outcome() == "a report", "what is right is taken")
        image(right.replace("9 05 06", "9 05 07") + r"done\n")
        tap.check("interp.a gives" in outcome(), "a wrong result is not",
                  outcome())
        image(right + r"failed\n")
        tap.check("did not run" in outcome(), "nor a case that failed",
                  outcome())
        image(right + r"size a b %d\ndone\n",
              once=f"n=$(cat {folder}/n 2>/dev/null || echo 0); "
                   f"n=$((n + 1)); echo $n > {folder}/n; set -- $n")
        with open(os.path.join(folder, "qemu-system-arm"), "a",
                  encoding="ascii") as file:
            file.write("printf 'size c d %d\\ndone\\n' $1\n")
        tap.check("different counts" in outcome(), "nor runs that differ",
                  outcome())


def check_isolation(tap, build):
    folder = os.path.join(build, "bench")
    for board in ladder.BOARDS:
        tried, refusals = ladder.isolation(folder, board, "check")
        tap.check(tried == refusals > 0, f"{board}: the MPU refuses the "
                  "isolated driver what it may not", (tried, refusals))
        _, refusals = ladder.isolation(folder, board, "check-without-mpu")
        tap.check(refusals == 0, f"{board}: without it nothing is refused")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--wasmio", required=True)
    parser.add_argument("--build", required=True)
    args = parser.parse_args()
    tap = Tap()
    with tempfile.TemporaryDirectory() as folder:
        reports = []
        for i, board in enumerate(("all", "lm3s6965evb")):
            out = os.path.join(folder, str(i))
            done = bench(args.wasmio, "--board", board, "--report", out,
                         "--quick", "--no-build")
            tap.check(done.returncode == 0, f"a report of {board} is made",
                      done.stderr)
            if done.returncode != 0:
                return tap.end()
            with open(os.path.join(out, "report.json"),
                      encoding="utf-8") as file:
                reports.append(json.load(file))
        wrong = wrong_fields(reports[0])
        tap.check(not wrong, "its JSON has the form it should have",
                  "\n".join(wrong))
        first, again = map(counted, reports)
        differ = {name: (first.get(name), value)
                  for name, value in again.items()
                  if first.get(name, -1) != value}
        tap.check(len(again) > 10 and not differ, f"{len(again)} counts and "
                  "sizes are the same in both", differ)
        if browser.find():
            check_page(tap, os.path.join(folder, "0"), reports[0])
        else:
            print("# no chromium: the page is not looked at")
        check_refusals(tap, args.wasmio, folder)
    check_wrong_images(tap, args.build)
    check_isolation(tap, args.build)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
