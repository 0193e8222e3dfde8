# SPDX-License-Identifier: Apache-2.0
"""TAP, as every test in Python prints it: a line a check, then the plan."""

SEEN_MAX = 4000                    # characters of what a failed check saw


class Tap:
    def __init__(self, name=""):
        """@name, where one test runs on several boards, is on every line."""
        self.prefix = f"{name}: " if name else ""
        self.n = 0
        self.n_failed = 0

    def check(self, holds, what, seen=None):
        """@seen explains a failure: a text by its lines, anything else as
        Python writes it."""
        self.n += 1
        self.n_failed += not holds
        print(f"{'' if holds else 'not '}ok {self.n} - {self.prefix}{what}",
              flush=True)
        if not holds and seen is not None:
            text = seen if isinstance(seen, str) else f"saw: {seen!r}"
            for line in text[:SEEN_MAX].splitlines():
                print(f"# {line}", flush=True)
        return holds

    def skip(self, what, reason):
        self.n += 1
        print(f"ok {self.n} - {self.prefix}{what} # SKIP {reason}", flush=True)

    def end(self):
        """The plan, and the program's exit code."""
        print(f"1..{self.n}", flush=True)
        return 1 if self.n_failed or self.n == 0 else 0
