#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""One driver container, the same bytes, reads a real sensor on two boards.

  demo.py [--build DIR]

Starts each board's firmware in QEMU with a tmp105 that nobody here wrote,
delivers the container over the console (broken off once, and resumed), shows
what the board granted, changes the temperature from outside over QMP, and
compares every value with what the sensor must give. Then lets a hostile
container storm beside a sensor (hostile.py). Exit status 0 only when all
values were right and the controller's own task was never later than computed.
"""
import argparse
import hashlib
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import hostile  # noqa: E402
from wioboard import ROOT, Board, BoardError  # noqa: E402

BOARDS = ("mps2-an386", "lm3s6965evb")
BUTTONS = ("lm3s6965evb",)         # QEMU models no pins of the other one
TEMPERATURES = (25500, -10000, 0, 99937, -40000, -63, 21300, 127937)
SECONDS_A_VALUE = 5.0


def sensor_says(millidegrees):
    """What a 12-bit TMP105 must read, in mC as the container publishes it.

    QEMU holds the temperature in 1/256 degree, rounded towards zero; the
    register gives its upper 12 of 16 bits, that is 1/16 degree rounded down
    (SLLS648D, tables 3 to 5). 62.5 mC each; the half goes towards zero.
    """
    raw = int(millidegrees * 256 / 1000)
    sixteenths = raw >> 4
    return int(sixteenths * 125 / 2)


def say(text=""):
    print(text, flush=True)


def deliver_broken_once(board, data):
    half = len(data) // 2
    board.deliver(data, break_at=half)
    say(f"  sent {half // 128 * 128 + (128 if half % 128 else 0)} of "
        f"{len(data)} bytes, then half a frame: line broken on purpose")
    code, container, text = board.deliver(data)
    if board.resumed_at == 0:
        raise BoardError(f"{board.name}: the transfer began anew")
    say(f"  resumed at byte {board.resumed_at}; {board.name}: {text}")
    if code != 0:
        raise BoardError(f"{board.name} refused the container: {text}")
    return container


def press_button(board, build):
    """A second container beside the first. Returns how often it was wrong.

    PE0 is a key of QEMU's; PF0 is the lamp, data register bit 0 alone.
    """
    wrong = 0
    with open(os.path.join(build, "drivers", "button-led.wasm"), "rb") as file:
        code, container, text = board.deliver(file.read())
    if code != 0:
        raise BoardError(f"{board.name} refused the button: {text}")
    for line in board.lines:
        if line.startswith((f"@loaded {container} ", f"@grant {container} ")):
            say(f"  {line[1:]}")
    # QEMU's pins are low from reset to the first event, and low is pressed.
    board.wait_point("pressed", 1)
    board.press("up", True)
    for down in (False, True, False):
        board.press("up", down)
        board.wait_point("pressed", int(down))
        lamp = board.peek(0x40025004)
        wrong += lamp != down
        say(f"  button {'pressed ' if down else 'released'} -> lamp "
            f"{'on ' if lamp else 'off'}  "
            f"{'right' if lamp == down else 'WRONG'}")
    return wrong


def run_board(build, name, data):
    """Returns how many values were wrong."""
    wrong = 0
    firmware = os.path.join(build, "firmware", name, "firmware.elf")
    say(f"== {name}")
    with Board(name, firmware) as board:
        say(f"  {board.wait_line('@ready', 20.0)[1:]}")
        deliver_broken_once(board, data)
        for line in board.lines:
            if line.startswith(("@loaded", "@grant")):
                say(f"  {line[1:]}")
        for millidegrees in TEMPERATURES:
            expected = sensor_says(millidegrees)
            board.set_temperature(millidegrees)
            try:
                line = board.wait_point("temperature", expected,
                                        seconds=SECONDS_A_VALUE)
                result = "right"
                words = line.split(" ")
                shown = f"{words[4]} {words[8]}"
            except BoardError:
                wrong += 1
                result = f"WRONG, expected {expected}"
                told = board.points("temperature")
                shown = " ".join(told[-1]) if told else "nothing"
            say(f"  sensor at {millidegrees / 1000:9.3f} C -> temperature "
                f"{shown:>11}  {result}")
        if name in BUTTONS:
            wrong += press_button(board, build)
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build", default=os.path.join(ROOT, "build"))
    build = parser.parse_args().build
    path = os.path.join(build, "drivers", "tmp105.wasm")
    start = time.monotonic()
    try:
        with open(path, "rb") as file:
            data = file.read()
        say(f"{os.path.relpath(path)}: {len(data)} bytes")
        say(f"sha256 {hashlib.sha256(data).hexdigest()}")
        wrong = sum(run_board(build, name, data) for name in BOARDS)
        acts = [hostile.Act(build, name, say) for name in BOARDS]
        for act in acts:
            act.run()
    except (BoardError, OSError) as error:
        say(f"demo: {error}")
        return 1
    n = len(BOARDS) * len(TEMPERATURES) + 3 * len(BUTTONS) + \
        sum(act.n for act in acts)
    wrong += sum(act.n_wrong for act in acts)
    say(f"== {n - wrong} of {n} values right on {len(BOARDS)} boards, "
        f"{time.monotonic() - start:.1f} s")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
