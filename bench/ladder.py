# SPDX-License-Identifier: Apache-2.0
"""The ladder's images, run and counted: every case, twice.

A case runs n and 2n times; its cost is the difference by n. On the boards an
instruction is a nanosecond of QEMU's virtual clock (-icount shift=0), on the
build machine callgrind counts the process.
"""
import concurrent.futures
import os
import re
import subprocess

BOARDS = ("mps2-an386", "lm3s6965evb")
PROCESS_CALLS = 2000
PINS = ("none", "same", "other")


class Failed(Exception):
    """One sentence about what went wrong."""


def command(*args, timeout=600):
    """Run to the end; stdout and stderr."""
    try:
        done = subprocess.run(args, capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=timeout,
                              env={**os.environ, "LC_ALL": "C"}, check=False)
    except FileNotFoundError:
        raise Failed(f"{args[0]} is not there; install or build it") from None
    except subprocess.TimeoutExpired:
        raise Failed(f"{args[0]} did not end within {timeout} s") from None
    if done.returncode != 0:
        words = (done.stderr or done.stdout).strip().splitlines()
        raise Failed(f"{' '.join(args)} ended with {done.returncode}: "
                     f"{words[-1] if words else 'it said nothing'}")
    return done.stdout, done.stderr


# -- Boards -------------------------------------------------------------------


def board_command(folder, board, argument=""):
    """The image's own qemu.args say what lies in which slot."""
    place = os.path.join(folder, "ladder", board)
    image = os.path.join(place, "ladder.elf")
    if not os.path.exists(image):
        raise Failed(f"{image} is not built; `ninja bench` builds it")
    with open(os.path.join(place, "qemu.args"), encoding="utf-8") as file:
        devices = file.read().split()
    return ("qemu-system-arm", "-M", board, "-display", "none", "-monitor",
            "none", "-serial", "stdio", "-semihosting-config",
            "enable=on,target=native" + (f",arg={argument}" if argument
                                         else ""),
            "-icount", "shift=0", *devices, "-kernel", image)


def shown_command(folder, board):
    """The same for people, without the folders of this machine."""
    return re.sub(r"(?<=[ =])/[^ ,]*/", "", " ".join(
        board_command(folder, board)))


def read_cases(text, where):
    """case -> instructions for one; fails on a result that is not native's."""
    counts, results = {}, {}
    for case, n, one, two, a, b in re.findall(
            r"^count (\S+) (\d+) (\d+) (\d+) (\S+) (\S+)$", text, re.M):
        counts[case] = (int(two) - int(one)) / int(n)
        results[case] = (a, b)
    check_results(results, where)
    return counts


RIGHT = {"svc": "call.direct", "call": "call.direct"}
RIGHT_ROW = {"call": "empty", "window_registers": "registers", "window_straight": "straight",
             "batch": "straight"}
NO_RIGHT = ("operation", "load")         # these check themselves


def check_results(results, where):
    """Of a wrong result there is no figure. A case is compared with the
    native one of the same work; calls by the SVC's way with a direct call."""
    for case, result in results.items():
        kind, _, row = case.partition(".")
        right = RIGHT.get(kind, f"native.{RIGHT_ROW.get(row, row)}")
        if row in NO_RIGHT:
            continue
        if right not in results:
            raise Failed(f"{where}: there is no {right} to compare {case} "
                         "with")
        if results[right] != result:
            raise Failed(f"{where}: {case} gives {result[0]}, not "
                         f"{results[right][0]} as {right} does")


def read_sizes(text):
    """guest -> what -> bytes"""
    sizes = {}
    for guest, what, value in re.findall(r"^size (\S+) (\S+) (\d+)$", text,
                                         re.M):
        sizes.setdefault(guest, {})[what] = int(value)
    return sizes


def measure_board(folder, board):
    """(counts, sizes) of an image; two runs are the same to the byte."""
    first, second = (command(*board_command(folder, board))[0]
                     for _ in range(2))
    if first != second:
        raise Failed(f"two runs on {board} gave different counts")
    if not first.endswith("done\n"):
        raise Failed(f"{board}: a case did not run: {first.strip()[-200:]}")
    return read_cases(first, board), read_sizes(first)


def isolation(folder, board, argument):
    """(tried, refused): accesses that the SVC + MPU driver must not make."""
    sizes = read_sizes(command(*board_command(folder, board, argument))[0])
    return sizes["isolation"]["tried"], sizes["isolation"]["refused"]


# -- The build machine ----------------------------------------------------------


def callgrind(*args):
    """(instructions of all its processes, what it printed)"""
    out, log = command("valgrind", "--tool=callgrind", "--trace-children=yes",
                       "--callgrind-out-file=/dev/null", *args)
    return sum(map(int, re.findall(r"Collected : (\d+)", log))), out


def difference(pool, n, *args):
    """Instructions for one, (two results); counted twice and compared."""
    runs = [pool.submit(callgrind, *args, str(n * i))
            for i in (1, 2, 1, 2)]
    (one, a), (two, b), *again = (run.result() for run in runs)
    if [(one, a), (two, b)] != again:
        raise Failed(f"two runs of {' '.join(args)} {n} by callgrind gave "
                     "different counts")
    return (two - one) / n, tuple(text.split()[-1] for text in (a, b))


def measure_host(folder):
    """(counts, sizes) of bench_ladder."""
    host = os.path.join(folder, "bench_ladder")
    listed = re.findall(r"^case (\S+) (\S+) (\d+)$",
                        command(host, "list")[0], re.M)
    counts, results = {}, {}
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool, \
            concurrent.futures.ThreadPoolExecutor(len(listed)) as waiting:
        runs = {case: waiting.submit(difference, pool, int(n), host, "run",
                                     case) for case, _, n in listed}
        for case, run in runs.items():
            counts[case], results[case] = run.result()
    check_results(results, "linux")
    return counts, read_sizes(command(host, "sizes")[0])


def measure_process(folder):
    """way -> instructions in user space of a call, client and driver."""
    program = os.path.join(folder, "linux", "bench_linux_process")
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return {way: difference(pool, PROCESS_CALLS, program, "run", way)[0]
                for way in ("direct", "pipe", "eventfd")}


def system_calls(folder, way, n=PROCESS_CALLS):
    """Of one call, client and driver, counted by strace."""
    program = os.path.join(folder, "linux", "bench_linux_process")
    totals = []
    for i in (1, 2):
        _, log = command("strace", "-f", "-c", program, "run", way, str(n * i))
        totals.append(int(re.search(r"^100\.00\s.*?(\d+)\s+(?:\d+\s+)?total$",
                                    log, re.M)[1]))
    return (totals[1] - totals[0]) / n


def process_times(folder, n):
    """(way, pin) -> (best, median, 90 %, worst), ns"""
    program = os.path.join(folder, "linux", "bench_linux_process")
    times = {}
    for way in ("direct", "pipe", "eventfd"):
        for pin in PINS:
            if pin == "other" and os.cpu_count() < 2:
                continue
            out, _ = command(program, "time", way, pin, str(n))
            times[way, pin] = tuple(map(int, out.split()[3:]))
    return times


def load_times(folder):
    """engine -> (best, median), ns, of a load of the sensor's container."""
    out, _ = command(os.path.join(folder, "bench_ladder"), "time")
    return {engine: (int(best), int(median)) for engine, best, median in
            re.findall(r"^time (\w+)\.load (\d+) (\d+)$", out, re.M)}
