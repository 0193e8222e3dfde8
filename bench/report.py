# SPDX-License-Identifier: Apache-2.0
"""The evaluation as two files: report.json and report.html.

The page is one file without any resource from elsewhere, for a screen and for
paper. Its tables and plots are made of the figures in the JSON, all of them.
"""
import html
import json
import math
import os

import ladder
import matrix

SCHEMA = "wasmio-bench/1"

BOARD_TEXT = {
    "mps2-an386": "mps2-an386 (Cortex-M4, QEMU)",
    "lm3s6965evb": "lm3s6965evb (Cortex-M3, QEMU)",
    "linux": "linux (x86-64, this machine)",
}
COLUMNS = {
    "direct": "native, no check", "native": "native C", "interp": "interp",
    "aot": "aot", "firmware": "firmware", "best": "best", "median": "median",
    "p90": "90 %", "worst": "worst",
}
SECTIONS = (
    ("access", "A register access", "Instructions an access, or a class "
     "call; behind it, how many times the checked native call of the same "
     "driver. Native C checks handle, permission, alignment and bounds. The "
     "device is memory, so that the way to it is what is counted."),
    ("entry", "Entering a container", "Instructions. Native: the same function, "
     "called through a pointer."),
    ("transaction", "A bus transaction", "Instructions, the same driver source "
     "natively and in a container, over the same bus driver of the host. On "
     "mps2-an386 the two wires are worked by hand, and most of it is waiting "
     "for them. On linux the bus is a function."),
    ("isolation", "Against classical isolation", "On the boards instructions "
     "without the exception's entry and exit by the hardware, some "
     f"{matrix.EXCEPTION_CYCLES} cycles each way together. On linux "
     "instructions in user space only: those of the kernel, which are most, "
     "no tool here sees; the system calls are counted instead, and the times "
     "are below. The callee adds one."),
    ("work", "Computing", "Instructions an iteration of work of CoreMark's "
     "kind: list, matrices, scanner."),
    ("load", "Loading", "Instructions to unload the sensor's container and to "
     "load it: decoded, validated, compiled, matched, admitted, started."),
    ("memory", "Text and RAM", "Bytes. Text and static RAM of the firmware by "
     "part, of a container what the runtime holds for it."),
    ("times", "Times", "Microseconds of this machine: never the same twice, "
     "the best is the one to compare."),
)
PLOTS = {"access": True, "entry": True, "transaction": True,
         "isolation": True, "work": True}

LEFT, WIDTH, BAR, GAP = 330, 430, 13, 9


def number(value):
    if value is None:
        return ""
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.2f}".rstrip("0").rstrip(".")


# -- Plots ----------------------------------------------------------------------


def without_engine(figures):
    """Rows of which nothing but the native side is known."""
    return {f["row"] for f in figures} - {
        f["row"] for f in figures if f["value"] is not None
        and (f["engine"] not in ("direct", "native")
             or all(g["engine"] in ("direct", "native") for g in figures
                    if g["row"] == f["row"]))}


def bars(figures, unit):
    """Horizontal bars on a logarithmic axis, a group a row."""
    shown = [f for f in figures if f["value"] and f["unit"] == unit
             and f["row"] not in without_engine(figures)]
    if not shown:
        return ""
    top = math.ceil(math.log10(max(f["value"] for f in shown)) + 0.05)
    bottom = min(0, math.floor(math.log10(min(f["value"] for f in shown))))
    top = max(top, bottom + 1)
    rows = list(dict.fromkeys(f["row"] for f in shown))
    height = 26 + BAR * len(shown) + GAP * len(rows) + 20

    def x(value):
        share = (math.log10(value) - bottom) / (top - bottom)
        return LEFT + WIDTH * max(share, 0)

    out = [f'<svg viewBox="0 0 860 {height}" role="img" aria-label='
           f'"{html.escape(unit)}">']
    for power in range(bottom, top + 1):
        at = x(10 ** power)
        out.append(f'<path class="grid" d="M{at:.1f} 22V{height - 20}"/>'
                   f'<text class="soft" x="{at:.1f}" y="14" text-anchor='
                   f'"middle">{number(10 ** power)}</text>')
    y = 26
    for row in rows:
        group = [f for f in shown if f["row"] == row]
        middle = y + BAR * len(group) / 2 + 4
        out.append(f'<text x="{LEFT - 8}" y="{middle:.1f}" text-anchor="end">'
                   f'{html.escape(shorten(group[0]["text"]))}</text>')
        for f in group:
            out.append(f'<rect class="{f["engine"]}" x="{LEFT}" y="{y}" '
                       f'width="{max(x(f["value"]) - LEFT, 1):.1f}" '
                       f'height="{BAR - 2}"/><text class="soft" '
                       f'x="{x(f["value"]) + 5:.1f}" y="{y + 10}">'
                       f'{number(f["value"])} {COLUMNS[f["engine"]]}</text>')
            y += BAR
        y += GAP
    out.append(f'<text class="soft" x="{LEFT}" y="{height - 4}">'
               f'{html.escape(unit)}, logarithmic</text></svg>')
    return "".join(out)


def shorten(text, n=52):
    return text if len(text) <= n else text[:n - 1] + "\u2026"


# -- Tables ---------------------------------------------------------------------


def cell(figure, notes):
    """@notes: the reasons so far, told below the table."""
    if figure is None:
        return "<td></td>"
    if figure["value"] is None:
        if figure["reason"] not in notes:
            notes.append(figure["reason"])
        return (f'<td class="none" data-id="{figure["id"]}">not measured '
                f'<sup>{notes.index(figure["reason"]) + 1}</sup></td>')
    more = f' <small>{number(figure["ratio"])}x</small>' \
        if "ratio" in figure else ""
    return (f'<td data-id="{figure["id"]}">{number(figure["value"])}{more}'
            "</td>")


def table(figures, unit):
    engines = [e for e in COLUMNS if any(f["engine"] == e for f in figures)]
    notes = []
    out = [f'<table><tr><th>{html.escape(unit)}</th>'
           + "".join(f"<th>{COLUMNS[e]}</th>" for e in engines) + "</tr>"]
    for row in dict.fromkeys(f["row"] for f in figures):
        of = {f["engine"]: f for f in figures if f["row"] == row}
        text = next(iter(of.values()))["text"]
        out.append(f"<tr><td>{html.escape(text)}</td>"
                   + "".join(cell(of.get(e), notes) for e in engines)
                   + "</tr>")
    out.append("</table>")
    if notes:
        out.append('<p class="soft">' + "; ".join(
            f"<sup>{i}</sup> {html.escape(note)}"
            for i, note in enumerate(notes, 1)) + ".</p>")
    return "".join(out)


def board_section(figures, has_plot):
    out = []
    for unit in dict.fromkeys(f["unit"] for f in figures):
        group = [f for f in figures if f["unit"] == unit]
        out.append(table(group, unit))
        if has_plot and len(group) > 1:
            out.append(bars(group, unit))
    commands = dict.fromkeys(f["command"] for f in figures if f["command"])
    out.append('<p class="command">By ' + "; ".join(
        f"<code>{html.escape(c)}</code>" for c in commands) + ".</p>")
    return "\n".join(out)


def goal_row(goal):
    if goal["value"] is None:
        verdict = (f'<td class="none">not measured: '
                   f'{html.escape(goal["reason"])}</td>')
    else:
        word = "met" if goal["met"] else "missed"
        verdict = (f'<td class="{word}">{word} by {goal["by_percent"]:g} %'
                   "</td>")
    limit = "" if goal["limit"] is None else number(goal["limit"])
    return (f'<tr><td>{html.escape(goal["text"])}</td><td class="text">'
            f'{goal["board"]}</td><td>{number(goal["value"])}</td><td>'
            f'{limit}</td><td class="text">{html.escape(goal["unit"])}</td>'
            f"{verdict}</tr>")


def page(report, css):
    boards = report["boards"]
    out = ['<!doctype html>', '<!-- SPDX-License-Identifier: Apache-2.0 -->',
           '<html lang="en"><head><meta charset="utf-8">',
           '<meta name="viewport" content="width=device-width, '
           'initial-scale=1">', "<title>Wasm-IO: the evaluation</title>",
           f"<style>\n{css}</style></head><body>",
           "<h1>Wasm-IO: what isolation by WebAssembly costs</h1>",
           f'<p>{html.escape(report["about"]["note"])}</p>',
           f'<p class="command">Made by <code>'
           f'{html.escape(report["about"]["command"])}</code> with '
           + html.escape(", ".join(report["about"]["tools"])) + ".</p>",
           "<h2>Goals</h2><table><tr><th>figure</th><th class=\"text\">board"
           "</th><th>measured</th><th>at most</th><th class=\"text\">unit"
           "</th><th>verdict</th></tr>",
           *map(goal_row, report["goals"]), "</table>"]
    for key, title, text in SECTIONS:
        figures = [f for f in report["figures"] if f["section"] == key]
        if not figures:
            continue
        out.append(f"<h2>{title}</h2><p>{html.escape(text)}</p>")
        for board in boards:
            of = [f for f in figures if f["board"] == board]
            if of:
                out.append(f"<h3>{BOARD_TEXT[board]}</h3>"
                           + board_section(of, key in PLOTS))
    return "\n".join([*out, "</body></html>", ""])


# -- Files ------------------------------------------------------------------------


def tools():
    """The compilers and counters, in their own words."""
    found = []
    for name in ("gcc", "arm-none-eabi-gcc", "clang-22", "qemu-system-arm",
                 "valgrind"):
        try:
            found.append(ladder.command(name, "--version")[0].splitlines()[0])
        except ladder.Failed:
            found.append(f"{name} is missing")
    return found


def write(path, text):
    try:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise ladder.Failed(f"cannot write {path}: {error.strerror}") \
            from None


def make(directory, build, board, quick, say):
    """Measures and writes; raises ladder.Failed with one sentence."""
    if board != "all" and board not in matrix.BOARDS:
        raise ladder.Failed(f'there is no board "{board}" to measure; there '
                            f'are {", ".join(matrix.BOARDS)} and all')
    boards = list(matrix.BOARDS) if board == "all" else [board]
    try:
        os.makedirs(directory, exist_ok=True)
    except OSError as error:
        raise ladder.Failed(f"cannot make the folder {directory}: "
                            f"{error.strerror}") from None
    if not os.access(directory, os.W_OK):
        raise ladder.Failed(f"cannot write into {directory}")
    measured = matrix.measure(build, boards, quick, say)
    report = {
        "schema": SCHEMA, "boards": boards, "quick": quick,
        "about": {
            "note": "Executed instructions, not cycles and not time: neither "
                    "QEMU nor callgrind models a pipeline, a cache, flash or "
                    "a bus. Each is counted twice and is the same both "
                    "times, or there is no report.",
            "command": f"wasmio bench --board {board} --report DIR"
                       + (" --quick" if quick else ""),
            "tools": tools(),
        },
        "goals": matrix.goals(measured, boards),
        "figures": measured.figures,
    }
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "page",
                           "report.css"), encoding="utf-8") as file:
        css = file.read()
    write(os.path.join(directory, "report.json"),
          json.dumps(report, indent=1) + "\n")
    write(os.path.join(directory, "report.html"), page(report, css))
    return report
