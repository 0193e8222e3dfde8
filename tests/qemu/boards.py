#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The firmware of one board in QEMU, from outside. Prints TAP.

  boards.py --build DIR --board NAME [--engine aot]

Stimuli come at host time, so each check waits for what must follow and never
for a moment; what is compared does not depend on when it came.
"""
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time

from board_tests import (Board, BoardError, BoardTests, add_engine,
                         choose_engine, parser_for)
from demo import sensor_says

GRANTS = {
    "mps2-an386": "sensor: ti,tmp105 at address 0x48 of i2c@4002a000",
    "lm3s6965evb": "sensor: ti,tmp105 at address 0x49 of i2c@40020000",
}


class Tests(BoardTests):
    def follows(self, board, millidegrees):
        expected = sensor_says(millidegrees)
        board.set_temperature(millidegrees)
        try:
            board.wait_point("temperature", expected, seconds=10.0)
            return True
        except BoardError:
            return False

    # -- Scenarios ------------------------------------------------------------

    def test_native(self):
        """Clock, alarm and bus drivers of the port, without a runtime."""
        image = f"{self.build}/tests/qemu/native/{self.name}/native.elf"
        with Board(self.name, image, arguments=["-S"],
                   real_time=False) as board:
            board.set_temperature(25500)
            board.qmp("cont")
            board.wait_line("1..", 30.0)
            results = [line for line in board.lines if " - " in line]
            plan = int(board.lines[-1][3:])
            for line in results:
                self.check(line.startswith("ok "),
                           "native: " + line.split(": ", 1)[1], line)
            self.check(len(results) == plan, "native: all of them ran",
                       len(results))

    def test_sensor(self):
        """Delivery, broken three times and resumed; the point follows."""
        data = self.driver("tmp105")
        with self.board() as board:
            resumed = []
            for at in (1, 300, 1000):
                board.deliver(data, break_at=at)
                resumed.append(board.resumed_at)
            code, container, text = board.deliver(data)
            resumed.append(board.resumed_at)
            self.check(resumed == [0, 128, 384, 1024],
                       "a broken transfer is resumed", resumed)
            self.check(code == 0 and self.is_as_asked(board),
                       "the container is loaded", text)
            grants = [line for line in board.lines
                      if line.startswith("@grant")]
            self.check(grants == [f"@grant {container} {GRANTS[self.name]}"],
                       "it says what was granted", grants)
            for value in (25500, -10000, -63, 99937):
                self.check(self.follows(board, value),
                           f"the point follows to {value} mC",
                           board.points("temperature"))
            lines = board.command("call tmp105 read-now")
            self.check(lines[-1] == "@ok" and
                       f"@result 0 {sensor_says(99937)}" in lines,
                       "an operation measures", lines)
            code, _, text = board.deliver(data)
            self.check(code != 0 and text.count("\n") == 0 and len(text) > 10,
                       "the same device is not granted twice", (code, text))
            lines = board.command("unload tmp105")
            self.check(lines[-1] == "@ok", "it is unloaded", lines)
            code, _, text = board.deliver(data)
            self.check(code == 0 and self.follows(board, 1500),
                       "and loaded again in the same memory", text)

    def test_bad_line(self):
        """Bytes lost, flipped and doubled, by a seed."""
        data = self.driver("tmp105")
        rng = random.Random(1)

        def damage(line):
            out = bytearray()
            for byte in line:
                dice = rng.randrange(1000)
                if dice < 2:
                    out.append(byte ^ 1 << rng.randrange(8))
                elif dice < 4:
                    out += bytes([byte, byte])
                elif dice >= 6:
                    out.append(byte)
            return bytes(out)

        with self.board() as board:
            code, _, text = board.deliver(data, damage=damage)
            lines = board.command("stats")
            n_bad = int(lines[0].split(" ")[-1])
            self.check(code == 0 and n_bad > 0,
                       "a bad line delays a delivery, no more",
                       (code, text, n_bad))

    def test_refusals(self):
        data = self.driver("tmp105")
        wrong = {
            "text": b"this is no container\n" * 10,
            "no configuration": b"\0asm\1\0\0\0",
            "another version": b"\0asm\2\0\0\0" + data[8:],
            "one flipped bit": data[:200] + bytes([data[200] ^ 1]) +
            data[201:],
        }
        with self.board() as board:
            for what, bad in wrong.items():
                code, container, text = board.deliver(bad)
                if what == "one flipped bit" and code == 0:
                    board.command(f"unload {container}")
                    continue
                self.check(code != 0 and container == 0 and len(text) > 10 and
                           "\n" not in text, f"refused: {what}", (code, text))
            refused = [board.deliver(data[:n])[0] != 0
                       for n in range(1, len(data), 53)]
            self.check(all(refused), "every cut container is refused",
                       [i * 53 + 1 for i, r in enumerate(refused) if not r])
            capacity = board.state(board.request(b"S"))[4]
            try:
                board.deliver(bytes(capacity + 1))
                taken = True
            except BoardError:
                taken = False
            self.check(not taken, "a file larger than its room is not begun")
            lines = board.command("list")
            self.check(lines == ["@ok"], "nothing was left behind", lines)
            code, _, text = board.deliver(data)
            self.check(code == 0 and self.follows(board, -40000),
                       "a good container runs after all that", text)

    def test_no_sensor(self):
        """Nothing answers at the sensor's address."""
        with self.board(sensor=False) as board:
            code, _, text = board.deliver(self.driver("tmp105"))
            self.check(code == 0, "loads without the device", text)
            try:
                line = board.wait_point("temperature", None,
                                        "bad:i2c-nack-address")
            except BoardError as error:
                line = None
                board.lines.append(str(error))
            self.check(line is not None, "the point is bad, with the cause",
                       board.lines[-5:])
            lines = board.command("list")
            self.check(len(lines) == 2 and " running " in lines[0] and
                       lines[0].endswith("faults 0"),
                       "an absent device is no fault", lines)

    def test_isolation(self):
        """An endless loop is ended, and the others do not notice."""
        with self.board() as board:
            board.deliver(self.driver("tmp105"))
            self.check(self.follows(board, 20000), "the sensor is read",
                       board.lines[-3:])
            code, _, text = board.deliver(self.guest("loop"))
            self.check(code == 0, "the endless loop is loaded", text)
            try:
                fault = board.wait_line("@fault", 10.0)
            except BoardError:
                fault = ""
            self.check(fault.endswith(": main poll was stopped at the end of "
                                      "its budget"),
                       "and stopped, with a sentence", fault)
            self.check(self.follows(board, 30000), "the sensor is still read",
                       board.lines[-3:])
            board.command("unload loop")
            code, _, text = board.deliver(self.guest("calc"))
            lines = board.command("call calc add 40 0x2")
            self.check(code == 0 and lines == ["@result 0 42", "@ok"],
                       "an operation answers", (text, lines))
            board.command("set calc input -21")
            try:
                board.wait_point("twice", -42)
                good = True
            except BoardError:
                good = False
            self.check(good, "a consumed point arrives", board.lines[-3:])
            lines = board.command("call calc spin")
            self.check(lines[-1].startswith("@error out-of-budget"),
                       "an endless operation is stopped", lines)
            lines = board.command("call calc add 1 2")
            self.check(lines[-1].startswith("@error busy"),
                       "what is faulted is not called", lines)
            self.check(self.follows(board, -5000), "the sensor is still read",
                       board.lines[-3:])
            words = board.command("stats")[0].split(" ")
            free = int(words[words.index("stack-free") + 1])
            self.check(free >= 4096, "4 KiB of stack were never used", free)

    def test_console(self):
        with self.board() as board:
            for line, what in (
                    ("launch", "an unknown command"),
                    ("call", "too few arguments"),
                    ("unload nothing", "an unknown container"),
                    ("x" * 500, "a line too long"),
                    ("a b c d e f g h i j k l", "too many words")):
                lines = board.command(line)
                self.check(len(lines) == 1 and
                           lines[0].startswith("@error ") and
                           len(lines[0]) > 15, f"console: {what}", lines)
            lines = board.command("help")
            self.check(lines[-1] == "@ok" and len(lines) > 5, "console: help",
                       lines)

    def test_hostile_names(self):
        """A model with blanks shifts no words; one that looks like a number
        is not taken for another container's."""
        calc = self.guest("calc")
        with self.board() as board:
            board.deliver(calc.replace(b"calc\0", b"c 9c\0"))
            loaded = board.wait_line("@loaded").split(" ")
            self.check(loaded[1:4] == ["1", "c_9c", "1.0.0"] and
                       len(loaded) == 12, "a model with blanks is one word",
                       loaded)
            lines = board.command("call c_9c add 40 2")
            self.check(lines == ["@result 0 42", "@ok"],
                       "and found by that word", lines)
            board.command("unload c_9c")
            board.deliver(calc.replace(b"calc\0", b"0x03\0"))
            board.deliver(self.driver("tmp105"))
            lines = board.command("grants 0x03")
            self.check(lines == [f"@grant 3 {GRANTS[self.name]}", "@ok"],
                       "a number is a container's, not a model", lines)

    def test_button(self):
        """PE0 is a key of QEMU's; PF0 is the lamp."""
        def key(down):
            board.press("up", down)

        def lamp():
            return board.peek(0x40025004)

        with self.board() as board:
            code, _, text = board.deliver(self.driver("button-led"))
            self.check(code == 0, "the button's container is loaded", text)
            # QEMU's pins are low from reset to the first event: pressed.
            board.wait_line(lambda line: " pressed 1 good" in line)
            key(True)
            key(False)
            board.wait_line(lambda line: " pressed 0 good" in line)
            self.check(lamp() == 0, "released: the lamp is off", lamp())
            key(True)
            board.wait_line(lambda line: " pressed 1 good" in line)
            self.check(lamp() == 1, "pressed: the lamp is on", lamp())
            key(False)
            board.wait_line(lambda line: " pressed 0 good" in line)
            self.check(lamp() == 0, "released again: off", lamp())
            key(True)
            board.wait_line(lambda line: " pressed 1 good" in line)
            self.check(lamp() == 1, "pressed again: on", lamp())

    def test_uart(self):
        """A container works the registers of UART1; we are at the line."""
        with self.board(arguments=[
                "-serial", "unix:{folder}/uart1,server=on,wait=off"]) as board:
            line = socket.socket(socket.AF_UNIX)
            line.settimeout(10)
            line.connect(os.path.join(board.folder, "uart1"))
            code, _, text = board.deliver(self.driver("pl011"))
            self.check(code == 0, "the UART's container is loaded", text)
            line.sendall(b"hello, wires")
            got = b""
            end = time.monotonic() + 10
            while len(got) < 12 and time.monotonic() < end:
                got += line.recv(64)
            self.check(got == b"HELLO, WIRES", "and answers on its line", got)
            line.close()

    def test_command(self):
        """`wasmio run` on this board."""
        wasmio = os.path.join(self.build, "wasmio")
        sensor = f"{self.build}/drivers/tmp105.wasm"
        engine = "aot" if Board.compiler else "interp"
        done = subprocess.run(
            [wasmio, "run", sensor, "--board", self.name, "--json", "--count",
             "1", "--seconds", "20", "--set", "temperature=-12345",
             "--engine", engine],
            capture_output=True, text=True, timeout=60)
        events = [json.loads(line) for line in done.stdout.splitlines()]
        points = [e["value"] for e in events if e["event"] == "point"]
        self.check(done.returncode == 0 and points == [sensor_says(-12345)],
                   "wasmio run gives the value", (done.returncode, events,
                                                  done.stderr))
        self.check([e["text"] for e in events if e["event"] == "granted"] ==
                   [GRANTS[self.name]], "wasmio run says what was granted",
                   events)
        done = subprocess.run(
            [wasmio, "run", os.path.abspath(__file__), "--board", self.name],
            capture_output=True, text=True, timeout=60)
        self.check(done.returncode == 1, "wasmio run refuses: exit code 1",
                   (done.returncode, done.stdout))
        process = subprocess.Popen(
            [wasmio, "run", sensor, "--board", self.name],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        try:
            status = process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            status = None
        process.stdout.close()
        self.check(status == 0, "wasmio run ends at Ctrl-C", status)

    def run(self):
        tests = [self.test_native, self.test_sensor, self.test_bad_line,
                 self.test_refusals, self.test_no_sensor, self.test_isolation,
                 self.test_hostile_names, self.test_console,
                 self.test_command]
        if Board.compiler is not None:
            tests = [self.test_sensor, self.test_refusals, self.test_no_sensor,
                     self.test_isolation, self.test_hostile_names,
                     self.test_command]
        if self.name == "lm3s6965evb":
            tests += [self.test_button, self.test_uart]
        return self.run_each(tests)


def main():
    parser = parser_for(__doc__)
    add_engine(parser)
    arguments = parser.parse_args()
    choose_engine(arguments)
    return Tests(arguments.build, arguments.board).run()


if __name__ == "__main__":
    sys.exit(main())
