# SPDX-License-Identifier: Apache-2.0
"""A board in QEMU, its console, and delivery of containers to it.

Used by the demo and by the tests in tests/qemu; standard library only. The
protocol is that of docs/reference/transfer.md, written a second time on
purpose: what one side misread, the other shows.
"""
import ctypes
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import zlib

STX, ETX, DLE = 0x02, 0x03, 0x10
ESCAPED = {STX, ETX, DLE, 0x0A, 0x0D, 0x11, 0x13, 0x00}
PIECE = 128
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))


class BoardError(Exception):
    """One sentence about what went wrong."""


def end_with_parent():
    """In the child: no QEMU outlives us, however we end (prctl(2))."""
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)


def u32(value):
    return (value & 0xFFFFFFFF).to_bytes(4, "little")


def encode(kind, sequence, body=b""):
    raw = kind + bytes([sequence]) + body
    raw += u32(zlib.crc32(raw))
    out = bytearray([STX])
    for byte in raw:
        if byte in ESCAPED:
            out += bytes([DLE, byte ^ 0x40])
        else:
            out.append(byte)
    out.append(ETX)
    return bytes(out)


class Splitter:
    """Separates what a board sends into frames and lines of text."""

    def __init__(self):
        self.frame = None
        self.escape = False
        self.text = bytearray()
        self.frames = []
        self.lines = []

    def feed(self, data):
        for byte in data:
            self._byte(byte)

    def _byte(self, byte):
        if byte == STX:
            self.frame, self.escape = bytearray(), False
        elif self.frame is None:
            if byte == 0x0A:
                line = self.text.decode("ascii", "replace").strip("\r")
                if line:
                    self.lines.append(line)
                self.text = bytearray()
            else:
                self.text.append(byte)
        elif byte == ETX:
            frame, self.frame = bytes(self.frame), None
            if len(frame) >= 6 and u32(zlib.crc32(frame[:-4])) == frame[-4:]:
                self.frames.append(frame[:-4])
        elif byte == DLE and not self.escape:
            self.escape = True
        elif byte in ESCAPED:
            self.frame = None
        else:
            self.frame.append(byte ^ 0x40 if self.escape else byte)
            self.escape = False


class Link:
    """A socket of QEMU's, line by line."""

    def __init__(self, link):
        self.socket = link
        self.received = b""

    def write_line(self, text):
        self.socket.sendall(text.encode() + b"\n")

    def read_line(self, board):
        """What the board says is taken meanwhile: QEMU stands still when
        nobody reads its console, and would not answer."""
        while b"\n" not in self.received:
            ready, _, _ = select.select([self.socket, board.console], [], [],
                                        10)
            if not ready:
                raise BoardError(f"{board.name}: QEMU does not answer")
            if board.console in ready:
                board.pump(0)
            if self.socket in ready:
                data = self.socket.recv(65536)
                if not data:
                    raise BoardError(f"QEMU for {board.name} has ended")
                self.received += data
        line, self.received = self.received.split(b"\n", 1)
        return line.decode()


class Board:
    """QEMU with a firmware; a context manager that always ends it.

    With `compiler` set to a `wasmio` program, what is delivered is what
    `wasmio compile` makes of it, for the slot that it goes to; what cannot be
    compiled goes as it is."""

    compiler = None

    def __init__(self, name, firmware, sensor=True, arguments=(),
                 real_time=True):
        self.name = name
        self.firmware = firmware
        self.compiled = {}          # by slot and module
        self.was_compiled = False   # the last delivery
        self.loaded = {}            # modules by their containers' numbers
        self.lines = []             # every line so far
        self.seen = 0               # lines that wait_line() has gone past
        self.sequence = 0
        self.splitter = Splitter()
        self.qemu = None
        self.qmp_link = None
        self.folder = None
        if not os.path.exists(firmware):
            raise BoardError(f"{firmware} is not there; build it with "
                             "'cmake --build build'.")
        if shutil.which("qemu-system-arm") is None:
            raise BoardError("qemu-system-arm is not installed; run "
                             "'apt-get install qemu-system-arm'.")
        self.folder = tempfile.mkdtemp(prefix="wasmio-")
        self.qmp_path = os.path.join(self.folder, "qmp")
        self.qtest_path = os.path.join(self.folder, "qtest")
        self.qtest_link = None
        command = ["qemu-system-arm", "-display", "none", "-monitor", "none",
                   "-serial", "stdio", "-kernel", firmware,
                   "-semihosting-config", "enable=on,target=native",
                   "-qmp", f"unix:{self.qmp_path},server=on,wait=off",
                   "-qtest", f"unix:{self.qtest_path},server=on,wait=off",
                   "-qtest-log", "/dev/null"]
        with open(f"{ROOT}/boards/{name}/qemu.args") as options:
            for line in options:
                if line[0] == "-" and (sensor or not
                                       line.startswith("-device")):
                    words = line.strip().split(" ", 1)
                    if words[0] == "-icount" and not real_time:
                        words[1] += ",sleep=off"   # idle time costs none
                    command += words
        command += [a.replace("{folder}", self.folder) for a in arguments]
        ours, theirs = socket.socketpair()
        self.console = ours
        self.errors = open(os.path.join(self.folder, "stderr"), "w+b")
        self.qemu = subprocess.Popen(command, stdin=theirs, stdout=theirs,
                                     stderr=self.errors,
                                     preexec_fn=end_with_parent)
        theirs.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        if self.qemu is not None and self.qemu.poll() is None:
            self.qemu.kill()
            self.qemu.wait()
        self.console.close()
        self.errors.close()
        for link in (self.qmp_link, self.qtest_link):
            if link is not None:
                link.socket.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    # -- Console ---------------------------------------------------------

    def pump(self, seconds):
        """Read what the board sends, for at most that long or one read."""
        ready, _, _ = select.select([self.console], [], [], max(0, seconds))
        if ready:
            data = self.console.recv(65536)
            if not data:
                self.errors.seek(0)
                text = self.errors.read().decode("utf-8", "replace").strip()
                raise BoardError(f"QEMU for {self.name} has ended: {text}")
            self.splitter.feed(data)
            self.lines += self.splitter.lines
            self.splitter.lines = []

    def wait_line(self, wanted, seconds=10.0,
                  what="a line that was waited for"):
        """The next line for which wanted(line) holds, or that starts so."""
        if isinstance(wanted, str):
            prefix = wanted
            wanted = lambda line: line.startswith(prefix)  # noqa: E731
        else:
            prefix = what
        end = time.monotonic() + seconds
        while True:
            while self.seen < len(self.lines):
                self.seen += 1
                if wanted(self.lines[self.seen - 1]):
                    return self.lines[self.seen - 1]
            left = end - time.monotonic()
            if left <= 0:
                raise BoardError(f"{self.name}: '{prefix}' did not come "
                                 f"within {seconds:g} s")
            self.pump(left)

    def command(self, line, seconds=10.0):
        """A console command; its lines up to and with @ok or @error."""
        start = len(self.lines)
        self.seen = start
        self.console.sendall(line.encode() + b"\n")
        self.wait_line(lambda l: l == "@ok" or l.startswith("@error"), seconds)
        return self.lines[start:self.seen]

    def points(self, label):
        """Values and qualities told of a point so far."""
        return [tuple(line.split(" ")[4:6]) for line in self.lines
                if line.startswith("@point ") and line.split(" ")[3] == label]

    def wait_point(self, label, value, quality="good", seconds=10.0):
        def wanted(line):
            words = line.split(" ")
            return (words[0] == "@point" and words[3] == label and
                    words[5] == quality and
                    (value is None or words[4] == str(value)))
        return self.wait_line(wanted, seconds,
                              f"{label} {value} {quality}")

    # -- QMP ---------------------------------------------------------------

    def connect(self, path):
        """A socket of QEMU's in our folder."""
        link = socket.socket(socket.AF_UNIX)
        end = time.monotonic() + 10
        while True:
            try:
                link.connect(path)
                return link
            except OSError:
                if time.monotonic() > end:
                    raise BoardError(f"{self.name}: nothing listens at "
                                     f"{os.path.basename(path)}") from None
                time.sleep(0.02)

    def qmp(self, execute, **arguments):
        if self.qmp_link is None:
            self.qmp_link = Link(self.connect(self.qmp_path))
            self.qmp_link.read_line(self)            # the greeting
            self.qmp("qmp_capabilities")
        self.qmp_link.write_line(json.dumps(
            {"execute": execute, "arguments": arguments}))
        while True:
            reply = json.loads(self.qmp_link.read_line(self))
            if "error" in reply:
                raise BoardError(f"QMP {execute}: {reply['error']['desc']}")
            if "return" in reply:
                return reply["return"]

    def set_temperature(self, millidegrees):
        self.qmp("qom-set", path="/machine/peripheral/sensor",
                 property="temperature", value=millidegrees)

    def press(self, key, down):
        """A key of QEMU's, which some boards wire to a pin."""
        self.qmp("input-send-event", events=[{
            "type": "key", "data": {
                "down": down, "key": {"type": "qcode", "data": key}}}])

    def peek(self, address):
        """A 32-bit register, read from outside."""
        text = self.qmp("human-monitor-command",
                        **{"command-line": f"xp /1wx {address:#x}"})
        return int(text.split(":")[1], 16)

    # -- qtest -------------------------------------------------------------

    def qtest(self, command):
        """A command of QEMU's qtest protocol; its result, if it has one."""
        if self.qtest_link is None:
            self.qtest_link = Link(self.connect(self.qtest_path))
        self.qtest_link.write_line(command)
        words = self.qtest_link.read_line(self).split()
        if not words or words[0] != "OK":
            raise BoardError(f"{self.name}: qtest {command}: {words}")
        return int(words[1], 0) if len(words) > 1 else None

    def set_pin(self, device, pin, level):
        self.qtest(f"set_irq_in {device} unnamed-gpio-in {pin} {level}")

    def read_register(self, address):
        return self.qtest(f"readl {address:#x}")

    # -- Delivery ----------------------------------------------------------

    def request(self, kind, body=b"", tries=8, seconds=3.0, damage=None):
        self.sequence = (self.sequence + 1) % 256
        line = encode(kind, self.sequence, body)
        for _ in range(tries):
            self.splitter.frames = []
            self.console.sendall(damage(line) if damage else line)
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                self.pump(end - time.monotonic())
                for frame in self.splitter.frames:
                    if frame[1] == self.sequence:
                        return frame[0:1], frame[2:]
            self.console.sendall(b"\n")    # ends a frame that lost its end
        raise BoardError(f"{self.name} does not answer")

    def state(self, reply):
        kind, body = reply
        if kind != b"s":
            raise BoardError(f"{self.name}: unexpected reply {kind!r}")
        words = [int.from_bytes(body[i:i + 4], "little")
                 for i in range(0, 20, 4)]
        words[0] -= (words[0] >> 31) << 32
        return words                       # code, crc, length, next, capacity

    def compile(self, data, slot):
        """What `wasmio compile` makes of a module, or None."""
        for line in self.lines:
            words = line.split(" ")
            if words[0] == "@unloaded":
                self.loaded.pop(int(words[1]), None)
        key = slot, data, tuple(self.loaded.values())
        if key not in self.compiled:
            path = os.path.join(self.folder, "module")
            with open(path, "wb") as file:
                file.write(data)
            beside = []
            for i, module in enumerate(self.loaded.values()):
                beside += ["--beside", f"{path}-{i}"]
                with open(beside[-1], "wb") as file:
                    file.write(module)
            done = subprocess.run(
                [self.compiler, "compile", path, "--target", self.name,
                 "--firmware", self.firmware, "--slot", str(slot), "-o",
                 path + ".wio", *beside], capture_output=True, text=True, timeout=60)
            self.compiled[key] = None
            if done.returncode == 0:
                with open(path + ".wio", "rb") as file:
                    self.compiled[key] = file.read()
        return self.compiled[key]

    def choose_slot(self):
        """The next delivery goes into the first free slot; its number."""
        slot = 0
        self.console.sendall(b"\n")        # ends a frame that lost its end
        while True:
            line = self.command(f"slot {slot}")[-1]
            if line == "@ok":
                return slot
            if "no slot" in line:
                raise BoardError(f"{self.name}: no slot is free")
            slot += 1

    def deliver(self, data, break_at=None, damage=None):
        """Send a container. Returns (code, id, text), or None when broken off
        on purpose behind break_at bytes. damage(line) is what the line does
        to each frame."""
        module = data
        if self.compiler is not None and len(data) < 65536:
            compiled = self.compile(data, self.choose_slot())
            self.was_compiled = compiled is not None
            data = compiled or data
        crc = zlib.crc32(data)
        name = u32(crc) + u32(len(data))
        ways = {"damage": damage, "tries": 50, "seconds": 0.4} \
            if damage else {}
        code, _, _, at, capacity = self.state(
            self.request(b"B", name, **ways))
        if code != 0:
            raise BoardError(f"{self.name} does not take {len(data)} bytes "
                             f"(code {code}, room for {capacity})")
        self.resumed_at = at
        while at < len(data):
            if break_at is not None and at >= break_at:
                # A cable pulled: half a frame, and then nothing.
                half = encode(b"D", 0, u32(crc) + u32(at) +
                              data[at:at + PIECE])
                self.console.sendall(half[:len(half) // 2])
                return None
            piece = data[at:at + PIECE]
            code, seen, _, at, _ = self.state(
                self.request(b"D", u32(crc) + u32(at) + piece, **ways))
            if code != 0 or seen != crc:
                raise BoardError(f"{self.name} refused a piece, code {code}")
        kind, body = self.request(b"E", name, seconds=10.0)
        if kind != b"r":
            raise BoardError(f"{self.name}: the file did not arrive whole")
        code = int.from_bytes(body[0:4], "little", signed=True)
        if code == 0:
            self.loaded[int.from_bytes(body[8:12], "little")] = module
        return (code, int.from_bytes(body[8:12], "little"),
                body[12:].decode("ascii", "replace"))
