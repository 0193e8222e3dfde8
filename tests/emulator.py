# SPDX-License-Identifier: Apache-2.0
"""Images that run to their end on an emulated board, and print what they saw.

An instruction takes 32 ns of the board's time, or another power of two, so each
run is the same.
"""
import subprocess


def command(board, image, words=(), shift=5):
    """@words are the image's arguments, its name first."""
    given = "".join(f",arg={word}" for word in words)
    return ["qemu-system-arm", "-machine", board, "-display", "none",
            "-monitor", "none", "-serial", "stdio", "-icount", f"shift={shift}",
            "-semihosting-config", "enable=on,target=native" + given,
            "-kernel", image]


def run(board, image, timeout_s, shift=5):
    return subprocess.run(command(board, image, shift=shift),
                          capture_output=True,
                          text=True, timeout=timeout_s, check=False)
