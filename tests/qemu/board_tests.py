# SPDX-License-Identifier: Apache-2.0
"""What the tests of the firmware in QEMU share: arguments, boards, files."""
import argparse
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, ".."),
                os.path.join(HERE, "..", "..", "tools", "demo")]
from tap import Tap  # noqa: E402
from wioboard import Board, BoardError  # noqa: E402

BOARDS = ("mps2-an386", "lm3s6965evb")


def parser_for(description):
    parser = argparse.ArgumentParser(description=description.split("\n")[0])
    parser.add_argument("--build", required=True, type=os.path.abspath)
    parser.add_argument("--board", required=True, choices=BOARDS)
    return parser


def add_engine(parser):
    parser.add_argument("--engine", choices=("interp", "aot"),
                        default="interp", help="aot: what is delivered is "
                        "compiled before")


def choose_engine(arguments):
    if arguments.engine == "aot":
        Board.compiler = os.path.join(arguments.build, "wasmio")


class BoardTests(Tap):
    def __init__(self, build, name):
        super().__init__(name)
        self.build = build
        self.name = name
        self.firmware = f"{build}/firmware/{name}/firmware.elf"

    def board(self, **options):
        board = Board(self.name, self.firmware, **options)
        try:
            board.wait_line("@ready", 20.0)
        except BoardError:
            board.close()
            raise
        return board

    def read_file(self, name):
        with open(f"{self.build}/{name}.wasm", "rb") as file:
            return file.read()

    def driver(self, name):
        return self.read_file(f"drivers/{name}")

    def guest(self, name):
        return self.read_file(f"tests/qemu/guests/{name}")

    @staticmethod
    def is_as_asked(board):
        """What was delivered last was compiled, or was not."""
        return board.was_compiled == (Board.compiler is not None)

    def run_each(self, tests, *arguments):
        """One that does not come to its end fails, and the next one begins."""
        for test in tests:
            try:
                test(*arguments)
            except (BoardError, OSError, subprocess.SubprocessError,
                    ValueError, KeyError) as error:
                self.check(False, f"{test.__name__.removeprefix('test_')} "
                           "came to its end", repr(error))
        return self.end()
