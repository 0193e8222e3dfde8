# SPDX-License-Identifier: Apache-2.0
"""A page in Chromium, by its DevTools protocol over a pipe (--remote-
debugging-pipe: file descriptors 3 and 4, JSON texts that end with a zero
byte). Standard library only."""
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
         "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--disable-extensions", "--mute-audio",
         "--remote-debugging-pipe"]


class BrowserError(Exception):
    """One sentence about what went wrong."""


def find():
    return shutil.which("chromium")


class Page:
    """A context manager: Chromium with one page."""

    def __init__(self, width=1300, height=1000):
        self.folder = tempfile.mkdtemp(prefix="wasmio-page-")
        self.n = 0
        self.events = []
        self.session = None
        self.buffer = b""
        to_child, self.to = os.pipe()
        self.back, from_child = os.pipe()

        def give_pipes():
            # Out of the way first: 3 or 4 may be one of the two.
            a, b = os.dup(to_child), os.dup(from_child)
            a, b = (os.dup(f) if f < 5 else f for f in (a, b))
            os.dup2(a, 3)
            os.dup2(b, 4)

        self.child = subprocess.Popen(
            [find(), *FLAGS, f"--user-data-dir={self.folder}",
             f"--window-size={width},{height}", "about:blank"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, close_fds=False,
            preexec_fn=give_pipes)
        os.close(to_child)
        os.close(from_child)

    def __enter__(self):
        target = next(t for t in self.ask("Target.getTargets")["targetInfos"]
                      if t["type"] == "page")
        self.session = self.ask("Target.attachToTarget",
                                targetId=target["targetId"],
                                flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.ask(f"{domain}.enable")
        return self

    def __exit__(self, *_):
        self.child.kill()
        self.child.wait()
        os.close(self.to)
        os.close(self.back)
        shutil.rmtree(self.folder, ignore_errors=True)

    # -- Messages -------------------------------------------------------------

    def message(self, end):
        while b"\0" not in self.buffer:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.back], [], [], left)[0]:
                raise BrowserError("the browser does not answer")
            data = os.read(self.back, 1 << 16)
            if not data:
                raise BrowserError("the browser has ended")
            self.buffer += data
        text, _, self.buffer = self.buffer.partition(b"\0")
        return json.loads(text)

    def ask(self, method, **params):
        self.n += 1
        request = {"id": self.n, "method": method, "params": params}
        if self.session:
            request["sessionId"] = self.session
        os.write(self.to, json.dumps(request).encode() + b"\0")
        end = time.monotonic() + 60
        while True:
            message = self.message(end)
            if message.get("id") == self.n:
                if "error" in message:
                    raise BrowserError(f"{method}: {message['error']}")
                return message["result"]
            self.events.append(message)

    # -- The page -------------------------------------------------------------

    def open(self, path, fragment=""):
        """Loads a file; what it complained of and asked for is forgotten."""
        self.ask("Page.navigate", url="about:blank")
        self.value("1")
        self.events.clear()
        self.ask("Page.navigate", url=f"file://{path}{fragment}")
        end = time.monotonic() + 60
        while self.value("document.readyState") != "complete" or \
                self.value("location.protocol") != "file:":
            if time.monotonic() > end:
                raise BrowserError(f"{path} does not load")
            time.sleep(0.05)

    def value(self, expression):
        result = self.ask("Runtime.evaluate", expression=expression,
                          returnByValue=True)
        if "exceptionDetails" in result:
            raise BrowserError(result["exceptionDetails"]["text"])
        return result["result"].get("value")

    def complaints(self):
        """Uncaught errors and everything on the page's console."""
        self.value("1")
        return [e for e in self.events if e.get("method") in (
            "Runtime.exceptionThrown", "Runtime.consoleAPICalled",
            "Log.entryAdded")]

    def requests(self):
        return [e["params"]["request"]["url"] for e in self.events
                if e.get("method") == "Network.requestWillBeSent"]

    # -- Input, as from a user ------------------------------------------------

    def key(self, key):
        text = key if len(key) == 1 else ""
        self.ask("Input.dispatchKeyEvent", type="keyDown", key=key, text=text)
        self.ask("Input.dispatchKeyEvent", type="keyUp", key=key)

    def mouse(self, kind, x, y, **more):
        self.ask("Input.dispatchMouseEvent", type=kind, x=x, y=y, **more)

    def click(self, x, y):
        self.mouse("mousePressed", x, y, button="left", buttons=1,
                   clickCount=1)
        self.mouse("mouseReleased", x, y, button="left", clickCount=1)
