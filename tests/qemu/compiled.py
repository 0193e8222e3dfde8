#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compiled containers that must be refused, and what native code does wrong.

  compiled.py --build DIR --board NAME

Each defect of a file has a sentence of its own, and nothing of it is executed:
the control task's times stay, nothing is left behind, and a good one loads
afterwards. tests/unit/native has every field; here are those that only a
controller can tell, and the way from end to end. Prints TAP.
"""
import os
import re
import subprocess
import sys
import zlib

from board_tests import BOARDS, BoardError, BoardTests, parser_for
from wioboard import u32

CRC_AT, IMAGE_AT = 40, 160
KIND, TEXT, ENTRY, LOAD, BSS, BSS_BYTES, BUILD, TARGET = (
    44, 56, 60, 64, 68, 72, 88, 108)
SHAPE_CRC = 8                       # in struct wio_aot_image


def word(data, at):
    return int.from_bytes(data[at:at + 4], "little")


def signed(data):
    """With a checksum that fits."""
    crc = zlib.crc32(data[CRC_AT + 4:], zlib.crc32(data[:CRC_AT]))
    return data[:CRC_AT] + u32(crc) + data[CRC_AT + 4:]


def put(data, at, value):
    return signed(data[:at] + u32(value) + data[at + 4:])


def without_section(good):
    """Its first section is wasmio.native, of a length in five bytes."""
    length = sum((good[9 + i] & 0x7f) << 7 * i for i in range(5))
    return good[:8] + good[14 + length:]


def defects(good, others):
    """name -> file, what its sentence says."""
    entry = IMAGE_AT + word(good, ENTRY)
    return {
        # t11: a valid module, all of whose functions trap.
        "no section": (without_section(good), "unreachable in function"),
        "a flipped bit of the code":
            (good[:IMAGE_AT + 9] + bytes([good[IMAGE_AT + 9] ^ 1]) +
             good[IMAGE_AT + 10:], "is damaged"),
        "a file that is cut": (good[:-40], "where it was made with"),
        "a file that is cut in the code": (good[:IMAGE_AT + 20],
                                           "cut short"),
        "another kind": (put(good, KIND, 2), "and this is"),
        "code beyond the image": (put(good, TEXT, 0x7fffffff), "code is "),
        "an entry outside": (put(good, ENTRY, 0xfffffff0), "entry lies"),
        "an address that is not its own":
            (put(good, LOAD, word(good, LOAD) + 8), "for slot 0"),
        "the address of the vector table": (put(good, LOAD, 0), "for slot 0"),
        "variables in the firmware's memory":
            (put(good, BSS, word(good, BSS) ^ 0x8000), "for slot 0"),
        "more variables than the slot has":
            (put(good, BSS_BYTES, 0xfffffff8), "and its slot has"),
        "another build of the firmware":
            (put(good, BUILD, word(good, BUILD) ^ 1), "for build"),
        "another board": (others["board"], "compiled for"),
        "another slot": (others["slot"], "for slot 1"),
        "code of another module":
            (put(good, entry + SHAPE_CRC, 1), "made of another module"),
        "no image at its entry": (put(good, entry, 0), "does not begin"),
        "another ABI within":
            (put(good, entry + 4, word(good, entry + 4) + 1),
             "version"),
    }


class Tests(BoardTests):
    def compile(self, board, name, *more, target=None):
        path = os.path.join(board.folder, "compiled")
        done = subprocess.run(
            [f"{self.build}/wasmio", "compile", f"{self.build}/{name}.wasm",
             "--target", target or self.name, *more, "-o", path],
            capture_output=True, text=True, timeout=60)
        if done.returncode:
            raise BoardError(done.stderr)
        with open(path, "rb") as file:
            return file.read()

    def test_refusals(self, board):
        good = self.compile(board, "drivers/tmp105")
        other = BOARDS[self.name == BOARDS[0]]
        files = defects(good, {
            "board": self.compile(board, "drivers/tmp105", target=other),
            "slot": self.compile(board, "drivers/tmp105", "--slot", "1"),
        })
        self.check(signed(good) == good, "the good one's checksum is ours")
        seen = {}
        for what, (data, words) in files.items():
            code, container, text = board.deliver(data)
            self.check(code != 0 and container == 0 and words in text and
                       "\n" not in text and not text.endswith("..."),
                       f"refused: {what}", (code, text))
            seen[text] = what
        self.check(board.command("list") == ["@ok"], "nothing was left behind")
        code, _, text = board.deliver(good)
        self.check(code == 0, "the good one loads after all that", text)
        board.command("slot 1")
        code, _, text = board.deliver(good)
        self.check(code != 0 and "for slot 0" in text,
                   "and not in the next slot", text)

    def test_path_with_comma(self, board):
        """A folder's name is no option of the linker's."""
        folder = os.path.join(board.folder, "a,b")
        os.mkdir(folder)
        link = os.path.join(folder, "firmware.elf")
        os.symlink(self.firmware, link)
        try:
            same = (self.compile(board, "drivers/tmp105", "--firmware", link)
                    == self.compile(board, "drivers/tmp105"))
            seen = "other bytes"
        except BoardError as error:
            same, seen = False, str(error)
        self.check(same, "linked with a firmware in a folder a,b", seen)

    def test_traps(self, board):
        """Traps of native code are told as any other's."""
        data = self.compile(board, "tests/qemu/guests/calc", "--slot", "1")
        for trap, words in (("divide 7 0", "integer divide by zero"),
                            ("divide 0x80000000 -1", "integer overflow"),
                            ("descend 5000", "call stack exhausted"),
                            ("spin", "out-of-budget")):
            board.command("slot 1")
            code, _, text = board.deliver(data)
            self.check(code == 0, "calc is loaded into slot 1", text)
            for call, right in (("add 40 2", "@result 0 42"),
                                ("descend 5", "@result 0 15"),
                                ("divide -7 2", "@result 0 -3"),
                                (trap, words)):
                lines = board.command(f"call calc {call}")
                self.check(any(right in line for line in lines),
                           f"calc {call}: {right}", lines)
            lines = board.command("call calc add 1 2")
            self.check(lines[-1].startswith("@error busy"),
                       "then it is faulted", lines)
            board.command("unload calc")

    def test_stack_of_an_operation(self, board):
        """It may be another container's than that which is loaded."""
        if self.name != "lm3s6965evb":
            return
        for slot, name, good in ((1, "well", True), (2, "shaft", False)):
            data = self.compile(board, f"tests/qemu/guests/{name}", "--slot",
                                str(slot))
            board.command(f"slot {slot}")
            code, _, text = board.deliver(data)
            self.check((code == 0) == good and
                       (good or "the C stack needs" in text),
                       f"{name} is {'loaded' if good else 'refused'}: its "
                       "stack and that of an operation", text)
        board.command("unload well")
        needs = []
        for name in ("brim", "brim-keeps"):
            data = self.compile(board, f"tests/qemu/guests/{name}", "--slot",
                                "1")
            board.command("slot 1")
            text = board.deliver(data)[2]
            found = re.search(r"the C stack needs (\d+) bytes", text)
            needs.append(int(found.group(1)) if found else text)
        self.check(isinstance(needs[1], int) and needs[1] == needs[0] + 168,
                   "host functions that keep an array are in the sum", needs)

    def test_stack(self, board):
        """One that declares more C stack than is left beside the others."""
        data = self.compile(board, "tests/qemu/guests/deep", "--slot", "1")
        board.command("slot 1")
        code, _, text = board.deliver(data)
        if self.name == "lm3s6965evb":
            self.check(code != 0 and "the C stack needs" in text,
                       "refused: more stack than the board has", text)
            return
        self.check(code == 0, "6 KiB of stack are admitted", text)
        lines = board.command("call deep descend 100")
        self.check("@result 0 5050" in lines, "and are there", lines)

    def run(self):
        with self.board() as board:
            return self.run_each([self.test_refusals,
                                  self.test_path_with_comma, self.test_traps,
                                  self.test_stack_of_an_operation,
                                  self.test_stack], board)


def main():
    arguments = parser_for(__doc__).parse_args()
    return Tests(arguments.build, arguments.board).run()


if __name__ == "__main__":
    sys.exit(main())
