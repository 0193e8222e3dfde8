#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Media on the SPI buses of a board in QEMU: an SD card whose image is made
here, and a flash. Prints TAP.

  storage.py --build DIR --board NAME [--served] [--engine aot]

With --served the container `pl022` is loaded first, which drives the bus and
serves it to the others; without, the firmware's driver does.
Contents and places come from a seed; what a container reads is compared with
the image byte for byte, and the image, after QEMU has ended, with what was
written.
"""
import random
import sys
import tempfile

from board_tests import (BoardError, BoardTests, add_engine, choose_engine,
                         parser_for)

BLOCK = 512
REFUSED = -4            # drivers/storage/sd-spi/sd.h
NO_DEVICE = -9          # include/wio/err.h
N_READ, N_WRITTEN = 24, 12
LINE_BYTES = 40         # of hexadecimal on a line of the console


class Tests(BoardTests):
    def __init__(self, build, name, served):
        super().__init__(build, name)
        self.served = served

    def board_with(self, container, arguments=(), plugged=True):
        board = self.board(arguments=arguments, sensor=plugged)
        try:
            for each in (["pl022"] if self.served else []) + [container]:
                self.deliver(board, each)
        except BoardError:
            board.close()
            raise
        return board

    def deliver(self, board, container):
        code, _, text = board.deliver(self.driver(container))
        self.check(code == 0, f"{container} is loaded", text)

    def runs_on(self, board, what):
        lines = board.command("list")[:-1]
        self.check(len(lines) == 1 + self.served and
                   all(" running " in line and line.endswith("faults 0")
                       for line in lines), f"{what}: the container runs on",
                   lines)

    def operate(self, board, container, operation):
        """The result of an operation; 32 bits, signed."""
        lines = board.command(f"call {container} {operation}")
        if lines[-1] != "@ok":
            raise BoardError(f"{operation}: {lines[-1]}")
        return int(lines[0].split(" ")[2])

    # -- Card -----------------------------------------------------------------

    def read(self, board, block):
        result = self.operate(board, "sd-spi", f"read-block {block}")
        if result != 0:
            raise BoardError(f"reading block {block} gave {result}")
        lines = board.command(f"read sd-spi 0 {BLOCK}")
        return bytes.fromhex("".join(line.split(" ")[2]
                                     for line in lines[:-1]))

    def write(self, board, block, data):
        for at in range(0, BLOCK, LINE_BYTES):
            piece = data[at:at + LINE_BYTES].hex()
            if board.command(f"write sd-spi {at} {piece}") != ["@ok"]:
                raise BoardError("the buffer was not written")
        result = self.operate(board, "sd-spi", f"write-block {block}")
        if result != 0:
            raise BoardError(f"writing block {block} gave {result}")

    def card(self, size, by_block):
        """Blocks at random places of a card of @size bytes, mostly holes."""
        kind = f"card of {size >> 20} MiB"
        rng = random.Random(size)
        n_blocks = size // BLOCK
        places = rng.sample(range(1, n_blocks - 1), N_READ - 2)
        held = {block: rng.randbytes(BLOCK)
                for block in [0, n_blocks - 1, *places]}
        with tempfile.NamedTemporaryFile(prefix="wasmio-card-") as image:
            image.truncate(size)
            for block, data in held.items():
                image.seek(block * BLOCK)
                image.write(data)
            image.flush()
            with self.board_with("sd-spi", [
                    "-drive", f"if=sd,file={image.name},format=raw"]) as board:
                kind_seen = self.operate(board, "sd-spi", "start")
                self.check(kind_seen == by_block,
                           f"{kind}: counts {'blocks' if by_block else 'bytes'}",
                           kind_seen)
                self.check(self.operate(board, "sd-spi", "start") == by_block,
                           f"{kind}: is started anew")
                wrong = [block for block, data in held.items()
                         if self.read(board, block) != data]
                self.check(not wrong, f"{kind}: {N_READ} blocks are read as "
                           "they are in the image", wrong)
                result = self.operate(board, "sd-spi",
                                      f"read-block {n_blocks}")
                self.check(result == REFUSED,
                           f"{kind}: no block beyond its end", result)
                written = rng.sample(sorted(held), N_WRITTEN - 2) + \
                    [places[0] + 1, n_blocks - 2]
                for block in written:
                    held[block] = rng.randbytes(BLOCK)
                    self.write(board, block, held[block])
                block = written[0]
                self.check(self.read(board, block) == held[block],
                           f"{kind}: a written block is read back")
                self.runs_on(board, kind)
            wrong = []
            with open(image.name, "rb") as file:
                for block, data in held.items():
                    file.seek(block * BLOCK)
                    if file.read(BLOCK) != data:
                        wrong.append(block)
                # Nothing beside them: neighbours of what was written are as
                # they were.
                for block in written:
                    for beside in (block - 1, block + 1):
                        if beside in held or not 0 <= beside < n_blocks:
                            continue
                        file.seek(beside * BLOCK)
                        if any(file.read(BLOCK)):
                            wrong.append(beside)
            self.check(not wrong, f"{kind}: {N_WRITTEN} written blocks are in "
                       "the image, and nothing beside them", wrong)

    def no_card(self):
        with self.board_with("sd-spi") as board:
            for operation in ("start", "read-block 0", "write-block 0"):
                result = self.operate(board, "sd-spi", operation)
                self.check(result < 0, f"no card: {operation} says so", result)
            self.runs_on(board, "no card")

    # -- Flash ----------------------------------------------------------------

    def flash(self):
        with self.board_with("nor-id") as board:
            result = self.operate(board, "nor-id", "read-id")
            self.check(result == 0xEF5014, "the flash identifies itself",
                       hex(result))
        with self.board_with("nor-id", plugged=False) as board:
            result = self.operate(board, "nor-id", "read-id")
            self.check(result == NO_DEVICE, "no flash: said so", result)

    # -- Who drives the bus ---------------------------------------------------

    def result_of(self, board):
        """Of what the container above the bus does, whichever it is. The flash
        has no select here and answers with six bytes, of which three are read:
        every other time it gives the rest of those."""
        if self.name != "mps2-an386":
            return self.operate(board, "sd-spi", "start")
        return max(self.operate(board, "nor-id", "read-id")
                   for _ in range(2))

    def replace(self):
        """The container below goes, comes back, and then the firmware's own
        driver has the bus."""
        above = "nor-id" if self.name == "mps2-an386" else "sd-spi"
        with tempfile.NamedTemporaryFile(prefix="wasmio-card-") as image:
            image.truncate(16 << 20)
            image.flush()
            drive = [] if above == "nor-id" else [
                "-drive", f"if=sd,file={image.name},format=raw"]
            with self.board_with(above, drive) as board:
                good = self.result_of(board)
                self.check(good >= 0, "served: it works", good)
                lines = board.command("unload pl022")
                self.check(lines[-1] == "@ok", "pl022 is unloaded", lines)
                result = self.result_of(board)
                self.check(result == NO_DEVICE,
                           "nobody drives the bus: said so", result)
                self.deliver(board, "pl022")
                result = self.result_of(board)
                self.check(result == good, "served again", result)
                self.runs_on(board, "served again")
                for name in (above, "pl022"):
                    board.command(f"unload {name}")
                self.deliver(board, above)
                result = self.result_of(board)
                self.check(result == good, "the firmware drives it again",
                           result)
                code, _, text = board.deliver(self.driver("pl022"))
                self.check(code != 0 and "in use without it" in text,
                           "and no container takes it away", text)

    def small_card(self):
        self.card(16 << 20, False)

    def large_card(self):
        self.card(4 << 30, True)

    def run(self):
        tests = [self.flash] if self.name == "mps2-an386" else [
            self.small_card, self.large_card, self.no_card]
        if self.served:
            tests.append(self.replace)
        return self.run_each(tests)


def main():
    parser = parser_for(__doc__)
    parser.add_argument("--served", action="store_true")
    add_engine(parser)
    arguments = parser.parse_args()
    choose_engine(arguments)
    return Tests(arguments.build, arguments.board, arguments.served).run()


if __name__ == "__main__":
    sys.exit(main())
