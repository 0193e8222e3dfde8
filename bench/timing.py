#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Interrupts, counted to the instruction, and what the board declares of them.

    bench/timing.py --image FILE --board NAME

Runs the image of bench/timing twice in QEMU, one instruction a line of its log
(-singlestep -d exec,nochain,int), and counts between places that are found by
the names of functions. What requests move is counted by the accesses of the
controllers' data registers, which the log has, too. Prints TAP: every overhead
that the admission test takes from the board's `costs` is at least what was
measured, the log and the board's clock agree, both runs give the same counts.
bench/run prints the figures themselves.
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections import defaultdict

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
NS = 32                          # an instruction, at shift=5
BUDGET = {"mps2-an386": 16 + 8, "lm3s6965evb": 16 + 19}
TIMER = {"mps2-an386": 16 + 9, "lm3s6965evb": 16 + 21}
# Controllers whose requests are served by interrupts: their lines, and where a
# byte is moved, by a read, a write or either; None: one an interrupt.
CONTROLLERS = {
    "mps2-an386": {"uart": ((2, 3), (0x40005000, "read write"))},
    "lm3s6965evb": {"uart": ((6,), (0x4000d000, "read write")),
                    "spi": ((7,), (0x40008008, "read")),
                    "i2c": ((8,), None)},
}
# What is plugged in: at the serial line something that answers at once, by no
# clock but the image's.
DEVICES = {
    "mps2-an386": ["-serial", "wctablet"],
    "lm3s6965evb": ["-serial", "wctablet",
                    "-device", "tmp105,bus=i2c,address=0x49"],
}
LINE = {"mps2-an386": (20, 21, 18), "lm3s6965evb": (60, 61, 62)}
LOOP = "wio_engine_call"         # the interpreter's
# Where a compiled container lies: timing/CMakeLists.txt.
SLOT, SLOT_BYTES = 0x38000, 8192


class Failed(Exception):
    pass


def disassemble(image):
    """Places in the image: branches to operators, PRIMASK off and on, entries
    of functions, what follows a call."""
    text = subprocess.run(["arm-none-eabi-objdump", "-d", image],
                          capture_output=True, text=True, check=True).stdout
    jumps, off, on, entries, behind = set(), set(), set(), {}, {}
    function = ""
    for line in text.splitlines():
        head = re.match(r"([0-9a-f]{8}) <(.+)>:", line)
        if head:
            function = head[2]
            entries[int(head[1], 16)] = function
            continue
        code = re.match(r" *([0-9a-f]+):\t([0-9a-f ]+)\t(\S+)\s*(.*)", line)
        if not code:
            continue
        at, name, args = int(code[1], 16), code[3], code[4]
        if name in ("bl", "blx"):
            behind[at] = at + len(code[2].replace(" ", "")) // 2
        if function == LOOP and ((name == "bx" and args != "lr")
                                 or (name == "mov" and args.startswith("pc"))):
            jumps.add(at)
        if name == "cpsid":
            off.add(at)
        elif name == "cpsie" or name == "msr" and "PRIMASK" in args:
            on.add(at)
    return jumps, off, on, entries, behind


def counted_as():
    """As how many interrupts of a byte the admission test counts a beginning
    and an end."""
    path = os.path.join(ROOT, "src", "runtime", "plan.c")
    with open(path, encoding="utf-8") as file:
        found = dict(re.findall(r"^#define (BEGIN|END) (\d+)u$", file.read(),
                                re.M))
    return int(found["BEGIN"]), int(found["END"])


BEGIN, END = counted_as()


class Cost:
    """Instructions for requests, and what was done in them."""

    def __init__(self, n=0):
        self.n = n
        self.n_bytes = 0
        self.begins = 0
        self.ends = 0
        self.until = None        # of a call: where it returns to

    def weight(self):
        return self.n_bytes + BEGIN * self.begins + END * self.ends

    def kind(self):
        return "_".join(name for name, n in (("end", self.ends),
                                             ("begin", self.begins)) if n)


class Frame:
    """An exception being handled, or thread mode; counts its own
    instructions, without those of what preempts it."""

    def __init__(self, vector):
        self.vector = vector
        self.n = 0
        self.in_loop = False
        self.before = None       # the function it is in
        self.edge = None         # instructions of the stub, for a handler
        self.is_handler = False  # a handler of the guest
        self.first = None        # n at its first operator
        self.operator = None     # n at the operator begun last
        self.cut_from = None     # n of the budget's first interrupt
        self.cut_extra = 0       # instructions of the budget's interrupts
        self.last_cut = 0        # of them, the last one's
        self.resumed = None      # n at the first instruction of the cut
        self.cut_back = None     # n when the wrapper was back
        self.releases = 0
        self.unmasks = 0
        self.calls = {}
        self.requests = Cost()   # of the frame, or of a call in it
        self.aside = 0           # instructions that are a request's cost


class Counter:
    """Reads the log, keeps a list of counts for each question."""

    def __init__(self, image, board):
        (self.jumps, self.off, self.on, self.entries,
         self.behind) = disassemble(image)
        self.board = board
        self.counts = defaultdict(list)
        self.stack = [Frame(0)]
        self.phase = "load"
        self.off_depth = 0
        self.off_n = 0
        self.total = 0
        self.clock = None
        self.edge = None         # of the stub that ran last
        self.prev = None
        self.moves = {16 + line: data
                      for lines, data in CONTROLLERS[board].values()
                      for line in lines}
        self.unsettled = Cost()  # what was done last for a request

    def add(self, what, n):
        self.counts[self.phase, what].append(n)

    # -- Exceptions ----------------------------------------------------------

    def enter(self, vector):
        self.stack.append(Frame(vector))
        self.prev = None

    def leave(self):
        frame = self.stack.pop()
        below = self.stack[-1]
        a, b, native = (16 + line for line in LINE[self.board])
        self.prev = None
        if frame.vector == native:
            self.add("native", frame.n)
        elif frame.vector in (a, b):
            self.add("stub", frame.n)
            self.edge = frame.n if frame.vector == a else None
        elif frame.vector in self.moves:
            frame.requests.n = frame.n
            if self.moves[frame.vector] is None:
                frame.requests.n_bytes = 1
            self.did(frame.requests)
        elif frame.vector == TIMER[self.board]:
            n_due = frame.releases + frame.unmasks
            frame.n -= frame.aside
            if n_due == 1:
                self.add("timer_release" if frame.releases else
                         "timer_unmask", frame.n)
            self.add("timer", -(-frame.n // max(n_due, 1)))
        elif frame.vector == BUDGET[self.board]:
            if below.cut_from is None:
                below.cut_from = below.n
            below.cut_extra += frame.n
            below.last_cut = frame.n
        elif frame.first is not None:
            self.left_slot(frame)
        elif frame.vector > 16 and "activate" in frame.calls:
            self.add("task", frame.n)      # its function is a `bx lr`

    def left_slot(self, frame):
        kind = "handler" if frame.is_handler else "main"
        if frame.cut_from is not None:
            self.add("overrun", frame.n + frame.cut_extra - frame.cut_from)
            return
        self.add(f"{kind}_entry", frame.first)
        self.add(f"{kind}_exit", frame.n - frame.operator)
        self.add(f"{kind}_entry_exit", frame.first + frame.n - frame.operator)
        if frame.edge is not None:
            self.add("edge", frame.edge + frame.first)
            self.add("whole", frame.edge + frame.n)

    # -- Requests ------------------------------------------------------------

    def did(self, cost):
        """An interrupt that moves nothing behind a beginning is the look at
        what was there before, and a part of it."""
        if cost.weight() == 0 and self.unsettled.begins:
            self.unsettled.n += cost.n
            return
        self.settle()
        self.unsettled = cost

    def settle(self):
        cost, self.unsettled = self.unsettled, Cost()
        if cost.n == 0:
            return
        self.add("request", -(-cost.n // max(cost.weight(), 1)))
        if cost.kind():
            self.add("request_" + cost.kind(), cost.n)
        else:
            self.add("request_byte", -(-cost.n // max(cost.n_bytes, 1)))

    def call_ends(self, frame):
        """A call into sched/bus.c, in a submit or in the timer's interrupt."""
        cost = frame.requests
        frame.requests = Cost()
        cost.n = frame.n - cost.n
        if cost.begins or cost.ends:
            frame.aside += cost.n
            self.did(cost)

    def request(self, frame, name):
        """A function is entered of those by which requests go on."""
        if name in ("wio_bus_submit", "on_alarm"):
            frame.requests = Cost(frame.n)
            frame.requests.until = self.behind[self.prev]
        elif frame.vector in self.moves or frame.requests.until:
            frame.requests.begins += name == "submit"      # the drivers'
            frame.requests.ends += name in ("on_done", "cancel")

    def moved(self, line):
        """An access of a device, in the log by its address."""
        access = re.search(r"memory_region_ops_(\w+) .* addr 0x([0-9a-f]+) ",
                           line)
        for data in self.moves.values():
            if (data and access and int(access[2], 16) == data[0]
                    and access[1] in data[1].split()):
                self.stack[-1].requests.n_bytes += 1
                return

    # -- Instructions --------------------------------------------------------

    def step(self, pc, function):
        frame = self.stack[-1]
        if pc == frame.requests.until:
            self.call_ends(frame)
        if self.prev in self.jumps and function == LOOP:
            if frame.first is None:
                frame.first = frame.n
            frame.operator = frame.n
        elif SLOT <= pc < SLOT + SLOT_BYTES:     # native code
            if frame.first is None:
                frame.first = frame.n
            frame.operator = frame.n + 1
        if pc in self.entries:
            self.called(frame, self.entries[pc])
        elif function != frame.before:
            self.back(frame, function)
        frame.before = function
        frame.n += 1
        self.total += 1
        self.primask(pc)
        self.prev = pc

    def primask(self, pc):
        if self.off_depth:
            self.off_n += 1
        if pc in self.off:
            if self.off_depth == 0:
                self.off_n = 1
            self.off_depth += 1
        elif pc in self.on and self.off_depth:
            self.off_depth -= 1
            if self.off_depth == 0:
                self.add("irq_off", self.off_n)

    def called(self, frame, name):
        if name.startswith("phase_") and name != "phase_clock":
            self.settle()
            self.phase = name[6:]
        elif name == "phase_clock":
            if self.phase != "clock":
                self.clock = self.total
            else:
                self.clock = self.total - self.clock
            self.phase = "clock" if self.phase != "clock" else "between"
        # Of ports/cortex-m/guard.c, of direct.c.
        if name in ("resume", "cm_direct_resume"):
            frame.resumed = frame.n
        if name in ("irq_mask", "irq_unmask"):
            frame.calls[name] = frame.n
        if name.startswith("activate") or name.startswith("dispatch"):
            frame.calls["activate"] = frame.n
        # By the scheduler, or by ports/cortex-m/direct.c.
        if name in ("wio_runtime_run_handler_", "slot"):
            frame.is_handler = True
            frame.edge = self.edge
            self.edge = None
        if name in ("done_direct", "done_native") and frame.cut_from is not None:
            self.was_cut(frame)
        if frame.vector == TIMER[self.board]:
            frame.releases += name == "pend"
            frame.unmasks += name == "source_unmask"
        if name in ("wio_bus_submit", "on_alarm", "submit", "on_done",
                    "cancel"):
            self.request(frame, name)

    def back(self, frame, function):
        """The function changed, and not to the beginning of another one."""
        if function == LOOP:
            for name in ("irq_mask", "irq_unmask"):
                if name in frame.calls:
                    self.add(name, frame.n - frame.calls.pop(name))
        if (frame.cut_from is not None and frame.cut_back is None
                and function.startswith(("call_guest", "wio_runtime_run"))):
            self.was_cut(frame)

    def was_cut(self, frame):
        """The runaway's wrapper in the runtime has control back."""
        frame.cut_back = frame.n
        if frame.resumed is not None:    # else it came to a safepoint
            self.add("abort", frame.last_cut + frame.n - frame.resumed)
        self.add("overshoot", frame.cut_extra + frame.n - frame.cut_from)

    # -- The log -------------------------------------------------------------

    def read(self, lines):
        held = None              # an instruction that may not come to be
        for line in lines:
            if line.startswith("Trace 0:"):
                if held:
                    self.step(*held)
                pc = line.split("/", 2)[1]
                held = int(pc, 16), line[line.rindex("]") + 1:].strip()
                continue
            if "memory_region_ops_" in line:
                self.moved(line)
                continue
            if line.startswith(("Stopped execution", "cpu_io_recompile")):
                held = None
                continue
            if held:
                self.step(*held)
                held = None
            if line.startswith("Exception return: magic PC"):
                self.leave()
            elif line.startswith("...taking pending"):
                self.enter(int(line.split()[-1]))
        if held:
            self.step(*held)


def run(image, board, native=None):
    """A Counter that has read a whole run, and what the image printed.
    @native: a compiled container that it is to run instead of its module."""
    counter = Counter(image, board)
    with tempfile.NamedTemporaryFile("r", encoding="utf-8") as serial:
        command = ["qemu-system-arm", "-machine", board, "-display", "none",
                   "-monitor", "none", "-serial", f"file:{serial.name}",
                   "-icount", "shift=5", "-singlestep", "-d",
                   "exec,nochain,int,trace:memory_region_ops_read,"
                   "trace:memory_region_ops_write", "-D", "/dev/stdout",
                   "-semihosting-config", "enable=on,target=native",
                   "-kernel", image, *DEVICES[board]]
        if native:
            command += ["-device", f"loader,file={native},addr={SLOT:#x},"
                        "force-raw=on"]
        with subprocess.Popen(command, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True) as qemu:
            counter.read(qemu.stdout)
        printed = serial.read()
    if not printed.endswith("end\n"):
        raise Failed(f"{image} did not run to its end; it printed: {printed}")
    return counter, printed


# -- Figures ----------------------------------------------------------------

PLAIN = ("idle", "clock", "main")        # without the trace
TRACED = ("trace",)


def worst(counter, what, phases=None):
    """The largest count, in some phases or in all."""
    found = [n for (phase, name), counts in counter.counts.items()
             if name == what and (phases is None or phase in phases)
             for n in counts]
    if not found:
        raise Failed(f"nothing of the kind `{what}` was seen")
    return max(found)


def figures(counter):
    """name -> instructions"""
    def plain(what):
        return worst(counter, what, PLAIN)

    def by_trace(what):
        return worst(counter, what, TRACED) - plain(what)

    return {
        "edge_to_wasm": worst(counter, "edge", ("idle", "clock")),
        "edge_to_wasm_over_main": worst(counter, "edge", ("main",)),
        "stub": plain("stub"),
        "handler_exit": plain("handler_exit"),
        "handler_whole": plain("whole"),
        "native_handler": worst(counter, "native"),
        "main_entry": plain("main_entry"),
        "main_exit": plain("main_exit"),
        "timer_release": plain("timer_release"),
        "timer_unmask": plain("timer_unmask"),
        "irq_mask": plain("irq_mask"),
        "irq_unmask": plain("irq_unmask"),
        "abort": worst(counter, "abort", ("overrun",)),
        "overshoot": worst(counter, "overshoot"),
        "irq_off": worst(counter, "irq_off"),
        "request_byte": worst(counter, "request_byte"),
        "request_begin": worst(counter, "request_begin"),
        "request_end": worst(counter, "request_end"),
        "request_end_begin": worst(counter, "request_end_begin"),
        "trace_of_edge": by_trace("edge"),
        "trace_of_handler": by_trace("whole"),
        "trace_of_timer": by_trace("timer_release"),
    }


def native_figures(counter):
    """Of figures(), those that a compiled container has too."""
    return {
        "edge_to_wasm": worst(counter, "edge", ("idle", "clock")),
        "edge_to_wasm_over_main": worst(counter, "edge", ("main",)),
        "handler_exit": worst(counter, "handler_exit", PLAIN),
        "handler_whole": worst(counter, "whole", PLAIN),
        "main_entry": worst(counter, "main_entry", PLAIN),
        "main_exit": worst(counter, "main_exit", PLAIN),
        "overshoot": worst(counter, "overshoot"),
    }


def costs(counter):
    """cost -> instructions, the trace on or off, whichever is more."""
    entry_exit = max(worst(counter, "handler_entry_exit"),
                     worst(counter, "main_entry_exit"),
                     worst(counter, "task"))
    return {
        "entry-exit-ns": entry_exit,
        "stub-ns": worst(counter, "stub"),
        "timer-ns": worst(counter, "timer"),
        # Of one that computes: until its wrapper has control back. What may
        # come on top, a host function and the fault, is fault-ns.
        "overrun-ns": worst(counter, "abort", ("overrun",)),
        "irq-off-ns": worst(counter, "irq_off"),
        "fault-ns": worst(counter, "overrun"),
        # By what src/runtime/plan.c takes it for, see Cost.weight().
        "request-ns": max(worst(counter, "request", (f"request_{name}",))
                          for name in CONTROLLERS[counter.board]),
    }


# By an expiry of the timer, in the image: control, a main, two handlers and
# their lines.
# While requests are made there are as many, or one more: then also two for each
# need with requests, but no more than one handler.
N_LOOKED_AT = 6


def declared(board):
    """cost -> ns, from the board's own devicetree."""
    path = os.path.join(ROOT, "boards", board, "board.dts")
    with open(path, encoding="utf-8") as file:
        found = re.search(r"costs \{(.*?)\}", file.read(), re.S)
    if not found:
        raise Failed(f"{path} has no node `costs`; without it nothing is "
                     "known of this port's overheads")
    says = {name: int(ns) for name, ns in
            re.findall(r"([a-z-]+-ns) = <(\d+)>", found[1])}
    says["timer-ns"] += N_LOOKED_AT * says.pop("timer-each-ns", 0)
    return says


def too_low(counter, board):
    """(cost, measured ns, declared ns) of what the board declares too low."""
    board_says = declared(board)
    return [(name, n * NS, board_says.get(name, 0))
            for name, n in costs(counter).items()
            if n * NS > board_says.get(name, 0)]


def clock_differs(counter, printed):
    """The same stretch by the board's clock, in instructions; its ticks are
    some instructions long at either end."""
    by_clock = int(re.search(r"^clock (\d+)", printed, re.M)[1]) / NS
    return abs(by_clock - counter.clock) > 2


def measured(image, board, native=None):
    """What one run says, checked against the clock and against a second."""
    counter, printed = run(image, board, native)
    again, _ = run(image, board, native)
    if counter.counts != again.counts:
        raise Failed(f"two runs of {image} gave different counts")
    if clock_differs(counter, printed):
        raise Failed(f"{image}: {counter.clock} instructions by the log, but "
                     f"the clock says otherwise: {printed.splitlines()[0]} ns")
    return counter


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--image", required=True)
    parser.add_argument("--board", required=True, choices=LINE)
    parser.add_argument("--native",
                        help="the image's container compiled, to run instead")
    args = parser.parse_args()
    try:
        counter = measured(args.image, args.board, args.native)
        board_says = declared(args.board)
        rows = costs(counter)
    except Failed as failure:
        print(f"not ok 1 - {args.board}: its interrupts can be counted")
        print(f"# {failure}\n1..1")
        return 1
    print(f"ok 1 - {args.board}: two runs and the board's clock agree on "
          f"{counter.total} instructions")
    for i, (name, n) in enumerate(rows.items(), 2):
        holds = n * NS <= board_says.get(name, 0)
        print(f"{'' if holds else 'not '}ok {i} - {args.board}: {name} "
              f"declared {board_says.get(name, 0)}, measured {n * NS}")
        if not holds:
            print(f"# raise {name} in boards/{args.board}/board.dts, or make "
                  "the way shorter: until then response times are computed "
                  "too short")
    print(f"1..{1 + len(rows)}")
    return 1 if too_low(counter, args.board) else 0


if __name__ == "__main__":
    sys.exit(main())
