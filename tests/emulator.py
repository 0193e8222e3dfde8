# SPDX-License-Identifier: Apache-2.0
"""Images that run to their end on an emulated board, and print what they saw.

An instruction takes 32 ns of the board's time, so each run is the same.
"""
import subprocess


def command(board, image, words=()):
    """@words are the image's arguments, its name first."""
    given = "".join(f",arg={word}" for word in words)
    return ["qemu-system-arm", "-machine", board, "-display", "none",
            "-monitor", "none", "-serial", "stdio", "-icount", "shift=5",
            "-semihosting-config", "enable=on,target=native" + given,
            "-kernel", image]


def run(board, image, timeout_s):
    return subprocess.run(command(board, image), capture_output=True,
                          text=True, timeout=timeout_s, check=False)
