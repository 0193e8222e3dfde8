#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Is the order of priorities exact across handlers, mains and tasks?

    order.py DUMP

Reads a dump (docs/reference/trace.md) and follows, entry by entry, who is
ready, who runs and who was preempted. What must never happen: that x goes on,
or begins, while a ready y has a higher effective priority. The effective
priority of what runs is that of its level, or of the ceiling of a lock that it
holds.

Written apart from tools/cli/trace_spans.c on purpose: what one misread, the
other shows.
"""
import sys

(RELEASE, BEGIN, END, EVENT, MASK, UNMASK, BUDGET, LOCK, UNLOCK, FAULT, DROP,
 SKIP, LOAD, UNLOAD) = range(1, 15)
BACKGROUND = 0xfe
NOBODY = 0xff
LOWEST = 256


class Entity:
    def __init__(self, words):
        self.slot = int(words[1])
        self.name = words[2]
        self.kind = words[3]
        values = dict(zip(words[4:-1:2], words[5:-1:2]))
        self.level = int(values["level"])
        self.container = int(values["container"])
        self.r = int(values["r"])
        self.d = int(values["d"])
        self.t = int(values["t"])
        self.seen = int(values["seen"])
        self.n = int(values["n"])
        self.source = None


class Dump:
    """Entities by slot; records (at, kind, who, value), a number where so many
    were lost."""

    def __init__(self, lines):
        self.entities = {}
        self.records = []
        for line in lines:
            words = line.split()
            if not words:
                continue
            if words[0] == "@entity":
                entity = Entity(words)
                self.entities[entity.slot] = entity
            elif words[0] == "@line":
                self.entities[int(words[1])].source = int(words[3])
            elif words[0] == "@t":
                self.records.append(tuple(map(int, words[1:])))
            elif words[0] == "@lost":
                self.records.append(int(words[1]))

    def by_time(self):
        """Pieces between losses, each in the order of time: a writer that is
        preempted between reading the clock and taking its entry stands behind
        those that preempted it."""
        piece = []
        for record in self.records:
            if isinstance(record, int):
                yield sorted(piece, key=lambda r: r[0])
                piece = []
            else:
                piece.append(record)
        yield sorted(piece, key=lambda r: r[0])


class Checker:
    def __init__(self, dump):
        self.dump = dump
        self.by_source = {e.source: e for e in dump.entities.values()
                          if e.source is not None}
        self.wrong = []
        self.n_decisions = 0       # beginnings that were judged
        self.n_preemptions = 0

    def start(self, known):
        self.known = known         # the background reads: nothing is active
        self.ready = {}            # slot -> when it was released
        self.stack = []            # slots, what runs last
        self.ceiling = {}          # slot -> level of its lock
        self.stopped = set()       # containers that were faulted

    def level(self, slot):
        entity = self.dump.entities.get(slot)
        return entity.level if entity else LOWEST

    def effective(self):
        """The priority of what runs: a level must be below it to begin."""
        levels = [self.ceiling[s] for s in self.stack if s in self.ceiling]
        if self.stack:
            levels.append(self.level(self.stack[-1]))
        return min(levels, default=LOWEST)

    def most_urgent(self):
        return min(self.ready, key=self.level, default=None)

    def say(self, at, text):
        self.wrong.append(f"at {at}: {text}")

    def name(self, slot):
        entity = self.dump.entities.get(slot)
        return entity.name if entity else f"slot {slot}"

    def goes_on(self, record, lock=LOWEST):
        """The entity on top did something of its own at @at."""
        at = record[0]
        y = self.most_urgent()
        # At the instant of a release it may still be at its last instruction.
        if y is not None and self.level(y) < min(self.effective(), lock) \
                and self.ready[y] < at:
            self.say(at, f"{self.name(self.stack[-1])} goes on while "
                     f"{self.name(y)} is ready since {self.ready[y]}")

    def begin(self, record):
        at, _, x, below = record
        self.n_decisions += 1
        if x not in self.dump.entities:
            self.stack.append(x)   # the background's own
            return
        if x in self.stack:
            self.say(at, f"{self.name(x)} begins within itself")
        if x not in self.ready and self.known:
            self.say(at, f"{self.name(x)} begins and was not released")
        if self.level(x) >= self.effective():
            self.say(at, f"{self.name(x)} begins above "
                     f"{self.name(self.stack[-1])}, which is not less urgent")
        y = self.most_urgent()
        if y is not None and self.level(y) < self.level(x) and \
                self.ready[y] < at:
            self.say(at, f"{self.name(x)} begins while {self.name(y)} is "
                     "ready")
        if self.stack:
            self.n_preemptions += 1
            # What is preempted may have been about to say that it begins.
            if below not in (self.stack[-1], *self.ready):
                self.say(at, f"{self.name(x)} says that it preempts "
                         f"{self.name(below)}, not "
                         f"{self.name(self.stack[-1])}")
        self.ready.pop(x, None)
        self.stack.append(x)

    def end(self, record):
        at, _, x, _ = record
        if not self.stack or self.stack[-1] != x:
            if self.known:
                self.say(at, f"{self.name(x)} ends and is not what runs")
            if x in self.stack:
                del self.stack[self.stack.index(x):]
            return
        self.goes_on(record)
        self.stack.pop()
        self.ceiling.pop(x, None)

    def release(self, slot, at):
        entity = self.dump.entities.get(slot)
        if entity and entity.container not in self.stopped:
            self.ready.setdefault(slot, at)

    def fault(self, record):
        entity = self.dump.entities.get(record[2])
        if entity and entity.container:
            self.stopped.add(entity.container)
            for slot in list(self.ready):
                if self.dump.entities[slot].container == entity.container:
                    del self.ready[slot]

    def take(self, record):
        at, kind, who, value = record
        if kind == RELEASE:
            self.release(who, at)
        elif kind == EVENT and who in self.by_source:
            self.release(self.by_source[who].slot, at)
        elif kind == BEGIN:
            self.begin(record)
        elif kind == END:
            self.end(record)
        elif kind == LOCK and self.stack and self.stack[-1] == who:
            # Raised before it is said: whom the lock keeps out may be ready.
            self.goes_on(record, value)
            self.ceiling[who] = value
        elif kind == UNLOCK and self.stack and self.stack[-1] == who:
            self.goes_on(record)
            self.ceiling.pop(who, None)
        elif kind == FAULT:
            self.fault(record)
        elif kind == UNLOAD:
            self.ready.pop(who, None)

    def run(self):
        for i, piece in enumerate(self.dump.by_time()):
            self.start(known=i == 0)
            for record in piece:
                self.take(record)
        return self.wrong


def check(lines):
    """(violations, decisions judged, preemptions among them)"""
    checker = Checker(Dump(lines))
    return checker.run(), checker.n_decisions, checker.n_preemptions


def main():
    with open(sys.argv[1], encoding="ascii", errors="replace") as file:
        wrong, n, n_preemptions = check(file)
    for text in wrong[:20]:
        print(text)
    print(f"{n} activations began, {n_preemptions} of them by preempting: "
          f"{len(wrong)} out of order")
    return len(wrong) > 0


if __name__ == "__main__":
    sys.exit(main())
