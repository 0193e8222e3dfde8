#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The page of `wasmio trace`, in Chromium. Prints TAP.

    test_page.py --wasmio FILE [--screenshot PNG] CONTAINER...
"""
import argparse
import base64
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..")]
from browser import Page, find  # noqa: E402
from tap import Tap  # noqa: E402
from test_trace import SCRIPT  # noqa: E402

BOXES = "document.querySelectorAll('#timeline .box').length"
WINDOW = "document.getElementById('window').textContent"
DETAIL = "document.getElementById('detail').textContent"


class Tests(Tap):
    def __init__(self, page, data):
        super().__init__()
        self.page = page
        self.data = data

    def count(self, selector):
        return self.page.value(
            f"document.querySelectorAll({json.dumps(selector)}).length")

    def window(self):
        """From and to, in ms."""
        words = self.page.value(WINDOW).split()
        return tuple(float(words[i]) / (1 if words[i + 1] == "ms" else 1e3)
                     for i in (0, 3))

    def place(self, selector):
        return self.page.value(
            "(() => { const r = document.querySelector("
            f"{json.dumps(selector)}).getBoundingClientRect(); return "
            "[r.left + r.width / 2, r.top + r.height / 2, r.width]; })()")

    # -- Scenarios --------------------------------------------------------------

    def test_loads(self, path):
        self.page.open(path)
        self.check(not self.page.complaints(), "it loads without an error or "
                   "a line on the console", self.page.complaints())
        asked = [u for u in self.page.requests()
                 if not u.startswith(f"file://{path}")]
        self.check(not asked, "and asks for nothing outside itself", asked)

    def test_content(self):
        entities = self.data["entities"]
        names = self.page.value("[...document.querySelectorAll('.row title')]"
                                ".map(t => t.textContent)")
        self.check(names == [e["name"] for e in entities],
                   f"a row for each of {len(entities)} entities, in order",
                   names)
        levels = [e["level"] for e in entities]
        self.check(levels == sorted(levels), "which is that of levels",
                   levels)
        self.page.key("0")
        n = len(self.data["activations"])
        self.check(self.page.value(BOXES) == n and n > 300,
                   f"with all in sight, as many boxes as activations: {n}",
                   self.page.value(BOXES))
        n_masks = self.count("#timeline .masked")
        self.check(n_masks == len(self.data["masks"]) > 100,
                   f"{n_masks} times a source is masked", n_masks)
        self.check(self.count("#timeline .lock") == len(self.data["locks"])
                   > 10, "locks", self.count("#timeline .lock"))
        marks = [m for m in self.data["marks"]
                 if m[2] in ("budget", "fault", "drop", "skip")]
        self.check(self.count("#timeline .mark") == len(marks) >= 2,
                   "marks of budgets and faults",
                   self.count("#timeline .mark"))
        self.check(self.count("figure") == len(entities) and
                   self.count("figure .rline") == len(entities),
                   "a histogram for each, with its R", self.count("figure"))
        counted = self.page.value(
            "[...document.querySelectorAll('figure .piece title')].reduce("
            "(n, t) => n + parseInt(t.textContent.replace(',', '')), 0)")
        whole = sum(1 for a in self.data["activations"] if not a[1] & 12)
        self.check(counted == whole, f"which count {whole} activations",
                   counted)
        self.check(self.count("#times tbody tr") == len(entities) and
                   self.count("#jitter-bars .piece") >= 1,
                   "the table of times, and the control task's jitter")

    def test_moving(self):
        page = self.page
        page.key("0")
        whole = self.window()
        page.key("+")
        half = self.window()
        self.check(abs((half[1] - half[0]) * 2 - (whole[1] - whole[0])) < 0.1,
                   "the key + shows half of it", (whole, half))
        page.key("ArrowRight")
        right = self.window()
        self.check(right[0] > half[0], "the arrow moves it", right)
        x, y, width = self.place("#timeline")
        page.mouse("mouseWheel", x, y, deltaX=0, deltaY=-300)
        page.value("new Promise(requestAnimationFrame)")
        near = self.window()
        self.check(near[1] - near[0] < (right[1] - right[0]) * 0.6,
                   "the wheel zooms", (right, near))
        page.mouse("mousePressed", x, y, button="left", buttons=1,
                   clickCount=1)
        page.mouse("mouseMoved", x + 100, y, button="left", buttons=1)
        page.mouse("mouseReleased", x + 100, y, button="left", clickCount=1)
        dragged = self.window()
        self.check(dragged[0] < near[0] and
                   abs(dragged[1] - dragged[0] - near[1] + near[0]) < 0.01,
                   "dragging moves it", (near, dragged))
        page.click(*self.place("#whole")[:2])
        self.check(self.window() == whole, "the button shows all again",
                   self.window())
        self.check(not page.complaints(), "all without an error",
                   page.complaints())

    def test_marks(self):
        fault = next(m for m in self.data["marks"] if m[2] == "fault")
        at = fault[1] / 1e6
        self.page.open(self.page.value("location.pathname"))
        window = self.window()
        self.check(window[0] < at < window[1] < window[0] + 20,
                   "it opens where something went wrong", (window, at))
        self.page.key("0")
        self.page.key("p")         # from the middle of all
        window = self.window()
        text = self.page.value(DETAIL)
        self.check(window[0] < at < window[1] < window[0] + 20 and
                   "was faulted" in text, "p goes there and says what it was",
                   (window, text))

    def test_detail(self):
        """The activation that the fault ended, under the pointer."""
        fault = next(a for a in self.data["activations"] if a[1] & 2)
        x, y, width = self.place("#timeline .over .box")
        self.page.mouse("mouseMoved", x, y)
        text = self.page.value(DETAIL)
        name = self.data["entities"][fault[0]]["name"]
        response = f"{(fault[4] - fault[2]) / 1e3:.1f}"
        self.check(name in text and response in text and "budget" in text and
                   width > 3, "what is under the pointer is told", text)
        preempted = next(i for i, a in enumerate(self.data["activations"])
                         if len(a[5]) == 6)
        a = self.data["activations"][preempted]
        self.page.open(self.page.value("location.pathname"),
                       f"#{a[3] / 1e6 - 0.1},{a[4] / 1e6 + 0.1}")
        pieces = self.count(f"#timeline [data-i='{preempted}'] .piece")
        self.check(pieces == 2, "a preempted one is in two pieces", pieces)
        x, y, _ = self.place(f"#timeline [data-i='{preempted}'] .box")
        self.page.mouse("mouseMoved", x, y)
        above = self.data["entities"][a[5][2]]["name"]
        self.check(f"preempted by {above}" in self.page.value(DETAIL),
                   "and says by whom", self.page.value(DETAIL))

    def test_media(self):
        colour = "getComputedStyle(document.body).backgroundColor"
        found = []
        for scheme in ("light", "dark"):
            self.page.ask("Emulation.setEmulatedMedia", features=[
                {"name": "prefers-color-scheme", "value": scheme}])
            found.append(self.page.value(colour))
        self.check(found[0] != found[1], "light and dark", found)
        self.page.ask("Emulation.setEmulatedMedia", media="print")
        shown = self.page.value(
            "getComputedStyle(document.querySelector('.tools')).display")
        self.check(shown == "none" and self.page.value(colour) ==
                   "rgb(255, 255, 255)", "on paper: white, without buttons",
                   shown)
        self.page.ask("Emulation.setEmulatedMedia", media="")
        for width in (1600, 1000, 700):
            self.page.ask("Emulation.setDeviceMetricsOverride", width=width,
                          height=900, deviceScaleFactor=1, mobile=False)
            over = self.page.value("document.documentElement.scrollWidth - "
                                   "document.documentElement.clientWidth")
            self.check(over <= 0, f"at {width} px nothing sticks out", over)
        self.page.ask("Emulation.clearDeviceMetricsOverride")

    def test_dense(self, path):
        """More activations than are drawn one by one."""
        self.page.open(path)
        n = len(data_of(path)["activations"])
        self.page.key("0")
        n_drawn = self.count("#timeline [clip-path] > g .piece")
        self.check(n > 8000 and self.page.value(BOXES) == 0 and
                   n_drawn == 2 * len(self.data["entities"]) and
                   "zoom in" in self.page.value(WINDOW),
                   f"{n} activations are drawn by columns",
                   (n, self.page.value(BOXES), n_drawn))
        self.page.key("+")
        self.page.key("+")
        self.check(self.page.value(BOXES) > n / 8 and
                   not self.page.complaints(), "and one by one when zoomed",
                   self.page.value(BOXES))

    def test_broken(self, path):
        """So that the first test means something."""
        with open(path, encoding="ascii") as file:
            text = file.read().replace('"activations":[', '"activation":[')
        broken = path + ".broken.html"
        with open(broken, "w", encoding="ascii") as file:
            file.write(text)
        self.page.open(broken)
        self.check(self.page.complaints(), "a page that is broken is noticed")

    def screenshot(self, path, to):
        self.page.open(path)
        picture = self.page.ask("Page.captureScreenshot",
                                captureBeyondViewport=True)["data"]
        with open(to, "wb") as file:
            file.write(base64.b64decode(picture))


def data_of(path):
    with open(path, encoding="ascii") as file:
        text = file.read()
    begin = text.index('id="data">') + len('id="data">')
    return json.loads(text[begin:text.index("</script>", begin)])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--wasmio", required=True)
    parser.add_argument("--screenshot")
    parser.add_argument("containers", nargs="+")
    args = parser.parse_args()
    if not find():
        tap = Tap()
        tap.skip("the page", "there is no chromium; "
                 "`tools/install.sh test` installs it")
        return tap.end()
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "trace.html")
        subprocess.run([args.wasmio, "trace", *args.containers, "--board",
                        "sim", "--seconds", "0.2", "--script", SCRIPT,
                        "--html", path], check=True, capture_output=True,
                       timeout=60)
        many = os.path.join(folder, "many.html")
        subprocess.run([args.wasmio, "trace", *args.containers, "--board",
                        "sim", "--seconds", "3.5", "--script",
                        "storm irq6 500us x9000", "--html", many], check=True,
                       capture_output=True, timeout=120)
        with Page() as page:
            tests = Tests(page, data_of(path))
            tests.test_loads(path)
            tests.test_content()
            tests.test_moving()
            tests.test_marks()
            tests.test_detail()
            tests.test_media()
            tests.test_dense(many)
            tests.test_broken(path)
            if args.screenshot:
                tests.screenshot(path, args.screenshot)
        return tests.end()


if __name__ == "__main__":
    sys.exit(main())
