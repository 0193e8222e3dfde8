# SPDX-License-Identifier: Apache-2.0
"""What the report holds: way x engine x board, and the goals.

A figure that could not be measured is there too, without a value and with the
reason. Nothing here is a number of its own but goals and divisors.
"""
import os
import re

import ladder
import parts
import storage
import timing

BOARDS = (*ladder.BOARDS, "linux")
ENGINES = ("direct", "native", "interp", "aot")

# key of the case, what it is, cases' divisor, native case when it is another's
ACCESS = (
    ("pins", "1 class call, gpio.set-state", 1, None),
    ("registers", "2 register call, computed offset", 2, None),
    ("straight", "2 register call, constant offset", 64, None),
    ("window_registers", "3 window, computed offset", 2, "registers"),
    ("window_straight", "3 window, constant offset", 64, "straight"),
    ("batch", "4 batch of 16", 32, "straight"),
)
ENTRY = (
    ("empty", "host calls an empty export, prepared once", 1, None),
    ("irq", "host calls an export with an argument, prepared once", 1, None),
    ("call", "host calls an empty export, any one", 1, "empty"),
    ("operation", "operation: by name, within its budget", 1, "nothing"),
)
EDGE = (
    ("edge_to_wasm", "interrupt's edge to the handler's first instruction"),
    ("handler_whole", "handler, from the edge to the return"),
)
TRANSACTION = (
    ("sensor", "I2C, TMP105: temperature read and converted", 1, None),
    ("sd_read", "SPI, SD card: block of 512 bytes read", 1, None),
    ("sd_write", "SPI, SD card: block of 512 bytes written", 1, None),
)
WORK = (("work", "an iteration: list, matrices, scanner", 1, None),)
LOAD = (("load", "TMP105: unload, load, start", 1, None),)
CALLS = (
    ("call.direct", "direct call"),
    ("call.indirect", "call through a pointer"),
    ("svc.call", "SVC: number checked, dispatched"),
    ("svc.region", "SVC, one MPU region in and out"),
    ("svc.driver", "unprivileged driver: SVC there and back, its stack and "
     "registers instead of the client's"),
    ("svc.access", "register read by the host, for an unprivileged driver"),
)
PROCESS = (
    ("direct", "direct call"),
    ("pipe", "driver process, two pipes"),
    ("eventfd", "driver process, shared memory and two eventfds"),
)
PIN_TEXT = {"none": "anywhere", "same": "one processor",
            "other": "two processors"}

# SVC + MPU on hardware: cycles of the exception's entry and exit, which QEMU
# does not count (Cortex-M4 TRM, DDI 0439B, 3.9.1: 12 in; 10 out, as measured
# by others).
EXCEPTION_CYCLES = 12 + 10
WASM3_COREMARK_RATIO = 4092 / 338      # of instructions, x86-64

REASONS = (                            # first match: row, engine
    (r"sd_", r".*", "the board has no SD card"),
)


def why_not(row, engine):
    return next((text for r, e, text in REASONS
                 if re.match(r, row) and re.match(e, engine)), "")


class Matrix:
    """Figures in order; .figures is what goes into the JSON."""

    def __init__(self):
        self.figures = []
        self.by_id = {}

    def add(self, board, section, row, text, engine, value, unit,
            command="", reason="", kind="count", native=None):
        figure = {"id": f"{board}.{row}.{engine}", "board": board,
                  "section": section, "row": row, "text": text,
                  "engine": engine, "kind": kind, "unit": unit,
                  "value": None if value is None else round(value, 2),
                  "command": command}
        if value is None:
            figure["reason"] = reason
        elif native and engine not in ("direct", "native"):
            figure["ratio"] = round(value / native, 2)
        self.figures.append(figure)
        self.by_id[figure["id"]] = figure

    def value(self, name):
        return self.by_id.get(name, {}).get("value")

    def rows(self, board, section, rows, counts, unit, command):
        """A row's engines, those that have no count with the reason."""
        for row, text, divisor, native_row in rows:
            native_row = native_row or row
            native = counts.get(f"native.{native_row}")
            of_native = next((d for r, _, d, _ in rows if r == native_row),
                             divisor)
            for engine in ENGINES:
                case = row if engine in ("interp", "aot") else native_row
                count = counts.get(f"{engine}.{case}")
                if engine == "direct" and count is None:
                    continue
                if engine == "native" and count is None and row[:3] != "sd_":
                    continue
                by = divisor if engine in ("interp", "aot") else of_native
                self.add(board, section, row, text, engine,
                         None if count is None else count / by, unit, command,
                         why_not(row, engine),
                         native=native and native / of_native)


# -- Parts ----------------------------------------------------------------------


def add_edges(matrix, board, build, quick):
    """Interrupts, of a module and of what it was compiled to."""
    place = os.path.join(build, "bench", "timing", board)
    image = os.path.join(place, "timing.elf")
    measured = {"interp": {}, "aot": {}}
    if board in ladder.BOARDS and not quick:
        try:
            measured["interp"] = timing.figures(timing.measured(image, board))
            measured["aot"] = timing.native_figures(timing.measured(
                image, board, os.path.join(place, "timing.wio")))
        except timing.Failed as failure:
            raise ladder.Failed(str(failure)) from None
    for row, text in EDGE:
        reason = ("left out by --quick" if board in ladder.BOARDS else
                  "edges are times on Linux: bench/linux")
        for engine, figures in measured.items():
            matrix.add(board, "entry", row, text, engine, figures.get(row),
                       "instructions", f"bench/timing.py --board {board}",
                       reason)


def storage_counts(folder, board):
    """Cases of the SD card, which lm3s6965evb has."""
    if board != "lm3s6965evb":
        return {}
    image = os.path.join(folder, "storage", "storage.elf")
    native = os.path.join(folder, "storage", "storage.wio")
    try:
        counts = {**storage.measured(image),
                  **storage.measured(image, native)}
    except storage.Failed as failure:
        raise ladder.Failed(str(failure)) from None
    return {case.replace(".", ".sd_"): n for case, n in counts.items()}


def add_isolation(matrix, board, counts, command):
    for row, text in CALLS:
        matrix.add(board, "isolation", row, text, "native", counts[row],
                   "instructions a call", command)
    for engine in ("interp", "aot"):
        for row, text in (("empty", "container: host calls it"),
                          ("registers", "container: register call of the "
                           "host")):
            value = matrix.value(f"{board}.{row}.{engine}")
            matrix.add(board, "isolation", f"container.{row}", text, engine,
                       value, "instructions a call", command,
                       why_not(row, engine))


def add_process(matrix, folder, quick):
    command = "bench_linux_process run WAY N, by callgrind and strace"
    counts = ladder.measure_process(folder)
    for row, text in PROCESS:
        matrix.add("linux", "isolation", f"process.{row}", text, "native",
                   counts[row], "instructions a call, user space", command)
        calls, reason = None, "a call of a function makes none"
        if row != "direct":
            try:
                calls = ladder.system_calls(folder, row)
            except ladder.Failed as failure:
                reason = str(failure)
        matrix.add("linux", "isolation", f"process.{row}.system_calls",
                   f"{text}: system calls", "native", calls,
                   "system calls a call", command, reason)
    for engine in ("interp", "aot"):
        for row, text in (("empty", "container: host calls it"),
                          ("registers", "container: register call of the "
                           "host")):
            matrix.add("linux", "isolation", f"container.{row}", text, engine,
                       matrix.value(f"linux.{row}.{engine}"),
                       "instructions a call, user space", command,
                       why_not(row, engine))
    times = ladder.process_times(folder, 2000 if quick else 20000)
    command = "bench_linux_process time WAY WHERE N"
    for (way, pin), spread in times.items():
        text = f"{dict(PROCESS)[way]}, {PIN_TEXT[pin]}"
        for name, ns in zip(("best", "median", "p90", "worst"), spread):
            matrix.add("linux", "times", f"process.{way}.{pin}", text, name,
                       ns / 1000, "us a call", command, kind="time")


def add_sizes(matrix, board, sizes, build, command):
    for engine in ("interp", "aot"):
        of = sizes[engine]
        for row, text, value in (
                ("ram.tmp105", "TMP105: all but its linear memory",
                 of["arena_bytes"] - of["memory_bytes"]),
                ("ram.tmp105.memory", "TMP105: linear memory",
                 of["memory_bytes"]),
                ("ram.tmp105.compiled", "TMP105: compiled code, of the first",
                 of["compiled_bytes"]),
                ("module.tmp105", "TMP105: the file, in flash",
                 of["file_bytes"])):
            matrix.add(board, "memory", row, text, engine, value, "bytes",
                       command, kind="size")
    if board not in ladder.BOARDS:
        return
    path = os.path.join(build, "firmware", board, "firmware.map")
    if not os.path.exists(path):
        raise ladder.Failed(f"{path} is not built; `ninja firmware-{board}` "
                            "builds it")
    for part, size in sorted(parts.read_map(path).items()):
        matrix.add(board, "memory", f"text.{part}", f"text: {part}",
                   "firmware", size["text"], "bytes", path_from(path, build),
                   kind="size")
        if size["ram"] and part != parts.REST:
            matrix.add(board, "memory", f"static.{part}",
                       f"static RAM: {part}", "firmware", size["ram"],
                       "bytes", path_from(path, build), kind="size")


def path_from(path, build):
    return os.path.join("build", os.path.relpath(path, build))


def measure(build, boards, quick, say):
    """A Matrix of these boards; everything counted is counted twice."""
    folder = os.path.join(build, "bench")
    matrix = Matrix()
    for board in boards:
        say(f"bench: {board}, twice")
        on_board = board in ladder.BOARDS
        counts, sizes = (ladder.measure_board(folder, board) if on_board
                         else ladder.measure_host(folder))
        command = (ladder.shown_command(folder, board) if on_board else
                   "valgrind --tool=callgrind bench_ladder run CASE N")
        matrix.rows(board, "access", ACCESS, counts,
                    "instructions an access", command)
        matrix.rows(board, "entry", ENTRY, counts, "instructions", command)
        add_edges(matrix, board, build, quick)
        matrix.rows(board, "transaction", TRANSACTION,
                    {**counts, **storage_counts(folder, board)},
                    "instructions", command)
        matrix.rows(board, "work", WORK, counts, "instructions", command)
        if on_board:
            add_isolation(matrix, board, counts, command)
        else:
            add_process(matrix, folder, quick)
        matrix.rows(board, "load", LOAD, counts, "instructions", command)
        if not on_board:
            for engine, spread in ladder.load_times(folder).items():
                for name, ns in zip(("best", "median"), spread):
                    matrix.add(board, "times", f"load.{engine}",
                               f"{LOAD[0][1]}, {engine}", name, ns / 1000,
                               "us", "bench_ladder time", kind="time")
        add_sizes(matrix, board, sizes, build, command)
    return matrix


# -- Goals ------------------------------------------------------------------------

M4 = "mps2-an386"


def ratio(matrix, name, native):
    value, base = matrix.value(name), matrix.value(native)
    return value / base if value is not None and base else None


def goals(matrix, boards):
    """What had to be reached: value, at most, and the figures behind it."""
    svc = matrix.value(f"{M4}.svc.region.native")
    half = svc and (svc + EXCEPTION_CYCLES) / 2
    of_svc = ("half of SVC, one region in and out, and the exception's "
              f"{EXCEPTION_CYCLES} cycles")
    rows = (
        (M4, "window access, constant offset, aot", "instructions", 5,
         "window_straight.aot", None),
        (M4, "checked register call, constant offset, aot", "instructions",
         10, "straight.aot", None),
        (M4, "checked register call, reference loop, aot", "instructions",
         10, "registers.aot", None),
        (M4, "window access in straight-line code, interp", "instructions",
         35, "window_straight.interp", None),
        (M4, "handler entry, aot", "instructions", 60, "edge_to_wasm.aot",
         None),
        ("lm3s6965evb", "SD block read, aot", "x native", 1.3, "sd_read.aot",
         "sd_read.native"),
        ("lm3s6965evb", "SD block read, interp", "x native", 12,
         "sd_read.interp", "sd_read.native"),
        (M4, f"isolated call of the container, aot: {of_svc}",
         "instructions", half, "empty.aot", None),
        (M4, f"isolated call of the host, an access made, aot: {of_svc}",
         "instructions", half, "registers.aot", None),
        (M4, "CoreMark-class work, aot", "x native", 1.5, "work.aot",
         "work.native"),
        (M4, "CoreMark-class work, interp", "x native", 14, "work.interp",
         "work.native"),
        ("linux", "register call, constant offset, aot", "x native checked",
         1.0, "straight.aot", "straight.native"),
        ("linux", "register call, reference loop, aot", "x native checked",
         1.0, "registers.aot", "registers.native"),
        ("linux", "window access, constant offset, aot", "x native checked",
         1.0, "window_straight.aot", "straight.native"),
        ("linux", "CoreMark-class work, aot", "x native", 1.5, "work.aot",
         "work.native"),
        ("linux", "CoreMark-class work, interp: as wasm3 at CoreMark itself",
         "x native", WASM3_COREMARK_RATIO, "work.interp", "work.native"),
    )
    found = []
    for board, text, unit, limit, name, native in rows:
        if board not in boards:
            continue
        of = f"{board}.{name}"
        value = (ratio(matrix, of, f"{board}.{native}") if native
                 else matrix.value(of))
        goal = {"board": board, "text": text, "unit": unit, "figure": of,
                "limit": limit and round(limit, 2),
                "value": None if value is None else round(value, 2)}
        if value is None:
            goal["reason"] = matrix.by_id.get(of, {}).get(
                "reason", "there is no such figure")
        else:
            goal["met"] = value <= limit
            goal["by_percent"] = round(abs(value - limit) / limit * 100, 1)
        found.append(goal)
    return found
