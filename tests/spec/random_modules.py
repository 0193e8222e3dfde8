#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Random modules, with the answers of wabt's interpreter, as vectors.

    random_modules.py FOLDER --seed N --count N

writes FOLDER/random.json and its modules for `wasmio spectest`. The code is
valid by construction: a walk that keeps the types of the operand stack, the
locals and the labels, and picks any instruction that fits. It makes shapes
no compiler and no hand-written vector has: operands that wait below blocks,
locals overwritten while they wait, branches with values from everywhere, code
after branches. wabt (another implementation, a stack machine) says what each
function returns or why it traps; an engine that compiles to registers must
say the same.

Every loop burns fuel, so every function ends. Bits of NaN never leave float
values (there the specification leaves a choice).
"""
import argparse
import json
import os
import random
import re
import subprocess

TYPES = ("i32", "i64", "f32", "f64")
MEMORY_MASK = 0xFFF
N_FUNCTIONS = 12
N_GLOBALS = 4
N_FILLER = 14000        # instructions, for branches over more than 64 KiB

INT_BINARY = ("add sub mul and or xor shl shr_s shr_u rotl rotr div_s div_u "
              "rem_s rem_u").split()
INT_COMPARE = "eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u".split()
FLOAT_BINARY = "add sub mul div min max".split()
FLOAT_COMPARE = "eq ne lt gt le ge".split()
FLOAT_UNARY = "abs neg sqrt ceil floor trunc nearest".split()

# name, operands, result
OPERATORS = []
for _t in ("i32", "i64"):
    OPERATORS += [(f"{_t}.{op}", (_t, _t), _t) for op in INT_BINARY]
    OPERATORS += [(f"{_t}.{op}", (_t, _t), "i32") for op in INT_COMPARE]
    OPERATORS += [(f"{_t}.{op}", (_t,), _t)
                  for op in "clz ctz popcnt extend8_s extend16_s".split()]
    OPERATORS += [(f"{_t}.eqz", (_t,), "i32")] * 3
    for _f in ("f32", "f64"):
        for _s in "su":
            OPERATORS += [(f"{_t}.trunc_sat_{_f}_{_s}", (_f,), _t),
                          (f"{_t}.trunc_{_f}_{_s}", (_f,), _t),
                          (f"{_f}.convert_{_t}_{_s}", (_t,), _f)]
for _f in ("f32", "f64"):
    OPERATORS += [(f"{_f}.{op}", (_f, _f), _f) for op in FLOAT_BINARY]
    OPERATORS += [(f"{_f}.{op}", (_f, _f), "i32") for op in FLOAT_COMPARE]
    OPERATORS += [(f"{_f}.{op}", (_f,), _f) for op in FLOAT_UNARY]
OPERATORS += [("i32.wrap_i64", ("i64",), "i32"),
              ("i64.extend_i32_s", ("i32",), "i64"),
              ("i64.extend_i32_u", ("i32",), "i64"),
              ("i64.extend32_s", ("i64",), "i64"),
              ("f32.demote_f64", ("f64",), "f32"),
              ("f64.promote_f32", ("f32",), "f64")]

LOADS = [("i32.load", "i32"), ("i32.load8_s", "i32"), ("i32.load8_u", "i32"),
         ("i32.load16_s", "i32"), ("i32.load16_u", "i32"),
         ("i64.load", "i64"), ("i64.load8_s", "i64"), ("i64.load16_u", "i64"),
         ("i64.load32_s", "i64"), ("i64.load32_u", "i64")]
STORES = [("i32.store", "i32"), ("i32.store8", "i32"), ("i32.store16", "i32"),
          ("i64.store", "i64"), ("i64.store8", "i64"), ("i64.store32", "i64")]

# name, operands behind the address, result or None
ATOMICS = []
for _t, _n in (("i32", ""), ("i64", ""), ("i32", "8"), ("i32", "16"),
               ("i64", "8"), ("i64", "16"), ("i64", "32")):
    _u = "_u" if _n else ""
    ATOMICS += [(f"{_t}.atomic.load{_n}{_u}", (), _t),
                (f"{_t}.atomic.store{_n}", (_t,), None),
                (f"{_t}.atomic.rmw{_n}.cmpxchg{_u}", (_t, _t), _t)]
    ATOMICS += [(f"{_t}.atomic.rmw{_n}.{op}{_u}", (_t,), _t)
                for op in "add sub and or xor xchg".split()]


class Function:
    """One function's body, as a list of lines."""

    def __init__(self, rng, module, params, results):
        self.rng = rng
        self.module = module
        self.params = params
        self.results = results
        few = rng.randrange(6)
        self.locals = params + [rng.choice(TYPES) for _ in range(
            few if rng.random() < 0.95 else 150)]
        self.lines = []
        self.stack = []
        self.floor = 0              # operands below belong to outer blocks
        self.labels = [results]     # innermost last
        self.depth = 0
        self.left = rng.randrange(10, 80)
        self.filler = N_FILLER if rng.random() < 0.02 else 0
        self.body(results)

    def emit(self, line):
        self.lines.append("  " * (self.depth + 2) + line)

    # -- Operands ------------------------------------------------------------

    def constant(self, kind):
        rng = self.rng
        if kind in ("i32", "i64"):
            bits = 32 if kind == "i32" else 64
            value = rng.choice((
                rng.randrange(-4, 20), rng.randrange(-300, 300),
                rng.choice((127, 128, 255, 256, 32767, 32768, 65535, 65536)),
                1 << rng.randrange(bits), -(1 << rng.randrange(bits)),
                rng.getrandbits(bits)))
            value &= (1 << bits) - 1
            self.emit(f"{kind}.const {value}")
        else:
            self.emit(f"{kind}.const " + rng.choice(
                ("0", "-0", "1", "-1.5", "0.5", "2.5", "1e10", "-3e9", "inf",
                 "1e-40", "4294967296", str(rng.randrange(-99, 99)))))
        self.stack.append(kind)

    def value(self, kind):
        """One operand of type @kind more on the stack."""
        found = [i for i, t in enumerate(self.locals) if t == kind]
        if found and self.rng.random() < 0.75:
            self.emit(f"local.get {self.rng.choice(found)}")
            self.stack.append(kind)
        else:
            self.constant(kind)

    def want(self, kinds):
        """Makes the stack end in @kinds, using what lies there already."""
        have = len(self.stack) - self.floor
        for n in range(min(have, len(kinds)), -1, -1):
            if tuple(self.stack[len(self.stack) - n:]) == tuple(kinds[:n]):
                for kind in kinds[n:]:
                    self.value(kind)
                return

    def pop(self, n):
        if n:
            del self.stack[-n:]

    def drop_to(self, height):
        while len(self.stack) > height:
            kind = self.stack[-1]
            same = [i for i, t in enumerate(self.locals) if t == kind]
            if same and self.rng.random() < 0.7:
                self.emit(f"local.set {self.rng.choice(same)}")
            else:
                self.emit("drop")
            self.pop(1)

    def finish(self, results):
        """The stack of this block becomes exactly @results."""
        have = self.stack[self.floor:]
        if have != list(results):
            keep = 0
            while keep < min(len(have), len(results)) \
                    and have[keep] == results[keep]:
                keep += 1
            self.drop_to(self.floor + keep)
            for kind in results[keep:]:
                self.value(kind)

    # -- Instructions ----------------------------------------------------------

    def operator(self):
        name, operands, result = self.rng.choice(OPERATORS)
        top = self.stack[self.floor:]
        if top and self.rng.random() < 0.8:
            fits = [o for o in OPERATORS if o[1][0] == top[-1]]
            name, operands, result = self.rng.choice(fits)
        self.want(operands)
        if re.search(r"div|rem|trunc_f", name) and self.rng.random() < 0.8:
            self.tame(name, operands)
        self.emit(name)
        self.pop(len(operands))
        self.stack.append(result)

    def tame(self, name, operands):
        """Mostly no trap: a divisor without zero, a float in range."""
        kind = operands[-1]
        if kind in ("i32", "i64"):
            self.emit(f"{kind}.const {self.rng.choice((1, 3, 8))}")
            self.emit(f"{kind}.or")
            self.emit(f"{kind}.const 0x7fff")
            self.emit(f"{kind}.and")
        else:
            self.emit(f"{kind}.abs")
            self.emit(f"{kind}.const 1e9")
            self.emit(f"{kind}.min")
            self.emit("i64.trunc_sat_%s_u" % kind)
            self.emit(f"{kind}.convert_i64_u")

    def address(self):
        self.want(("i32",))
        if self.rng.random() < 0.97:
            self.emit(f"i32.const {MEMORY_MASK}")
            self.emit("i32.and")
        memory = " 1" if self.rng.random() < 0.2 else ""
        return memory + self.rng.choice(
            ("", "", " offset=4", " offset=61000"))

    def load(self):
        name, kind = self.rng.choice(LOADS)
        offset = self.address()
        self.emit(name + offset)
        self.pop(1)
        self.stack.append(kind)

    def atomic(self):
        """Within memory 0, and mostly aligned: wabt has one text for both."""
        name, operands, result = self.rng.choice(ATOMICS)
        self.want(("i32",))
        mask = MEMORY_MASK if self.rng.random() < 0.03 else MEMORY_MASK & ~7
        self.emit(f"i32.const {mask}")
        self.emit("i32.and")
        for kind in operands:
            self.value(kind)
        self.emit(name + self.rng.choice(("", "", " offset=8",
                                          " offset=61000")))
        self.pop(1 + len(operands))
        if result:
            self.stack.append(result)

    def store(self):
        name, kind = self.rng.choice(STORES)
        offset = self.address()
        self.value(kind)
        if self.rng.random() < 0.3:
            self.emit(f"{kind}.const 3")
            self.emit(f"{kind}.add")
        self.emit(name + offset)
        self.pop(2)

    def set_local(self):
        top = self.stack[self.floor:]
        if not self.locals:
            return
        i = self.rng.randrange(len(self.locals))
        if top and self.rng.random() < 0.7:
            same = [j for j, t in enumerate(self.locals) if t == top[-1]]
            i = self.rng.choice(same) if same else i
        self.want((self.locals[i],))
        if self.rng.random() < 0.4:
            self.emit(f"local.tee {i}")
        else:
            self.emit(f"local.set {i}")
            self.pop(1)

    def get_local(self):
        if self.locals:
            i = self.rng.randrange(len(self.locals))
            self.emit(f"local.get {i}")
            self.stack.append(self.locals[i])

    def use_global(self):
        i = self.rng.randrange(N_GLOBALS)
        kind = TYPES[i]
        if self.rng.random() < 0.5:
            self.emit(f"global.get {i}")
            self.stack.append(kind)
        else:
            self.want((kind,))
            self.emit(f"global.set {i}")
            self.pop(1)

    def select(self):
        kind = self.rng.choice(TYPES)
        self.want((kind, kind, "i32"))
        self.emit("select" if self.rng.random() < 0.7
                  else f"select (result {kind})")
        self.pop(2)

    def call(self):
        if not self.module.signatures:
            return
        i = self.rng.randrange(len(self.module.signatures))
        params, results = self.module.signatures[i]
        self.want(params)
        if self.rng.random() < 0.3:
            wrong = self.rng.random() < 0.05
            self.emit(f"i32.const {i + (100 if wrong else 0)}")
            self.emit(f"call_indirect (type $t{i})")
        else:
            self.emit(f"call $f{i}")
        self.pop(len(params))
        self.stack += results

    def bulk(self):
        kind = self.rng.choice(("copy", "fill", "size", "grow"))
        if kind == "size":
            self.emit("memory.size " + self.rng.choice("01"))
            self.stack.append("i32")
            return
        if kind == "grow":
            self.want(("i32",))
            self.emit("i32.const 1")
            self.emit("i32.and")
            self.emit("memory.grow " + self.rng.choice("01"))
            return
        for _ in range(2):
            self.value("i32")
            self.emit(f"i32.const {MEMORY_MASK}")
            self.emit("i32.and")
        self.value("i32")
        self.emit("i32.const 63")
        self.emit("i32.and")
        self.emit(f"memory.{kind} " + (self.rng.choice(
            ("0 0", "0 1", "1 0", "1 1")) if kind == "copy"
            else self.rng.choice("01")))
        self.pop(3)

    # -- Control -----------------------------------------------------------------

    def signature(self):
        some = [self.rng.choice(TYPES) for _ in range(self.rng.randrange(3))]
        top = self.stack[self.floor:]
        n = self.rng.randrange(len(top) + 1) if top else 0
        return top[len(top) - min(n, 3):] if n else [], some

    def block(self):
        if self.depth > 6:
            return
        kind = self.rng.choice(("block", "loop", "if", "if"))
        if kind == "if" and self.rng.random() < 0.6:
            self.want(("i32",))
            if len(self.stack) - self.floor < 1:
                return
            self.pop(1)
            params, results = self.signature()
            self.stack.append("i32")
        elif kind == "if":
            params, results = self.signature()
            self.value("i32")
        else:
            params, results = self.signature()
        has_else = kind == "if" and (self.rng.random() < 0.7
                                     or params != results)
        text = kind
        if params:
            text += " (param " + " ".join(params) + ")"
        if results:
            text += " (result " + " ".join(results) + ")"
        self.emit(text)
        if kind == "if":
            self.pop(1)
        base = len(self.stack) - len(params)
        outer = self.floor
        self.floor = base
        self.depth += 1
        self.labels.append(params if kind == "loop" else results)
        if kind == "loop":
            self.burn()
        self.body(results, kind)
        if has_else:
            self.depth -= 1
            self.emit("else")
            self.depth += 1
            self.stack = self.stack[:base] + list(params)
            self.body(results)
        self.labels.pop()
        self.depth -= 1
        self.floor = outer
        self.stack = self.stack[:base] + list(results)
        self.emit("end")

    def burn(self):
        self.emit("(global.set $fuel (i32.sub (global.get $fuel) "
                  "(i32.const 1)))")
        self.emit("(if (i32.eqz (global.get $fuel)) (then (unreachable)))")

    def branch_if(self):
        depth = self.rng.randrange(len(self.labels))
        kinds = self.labels[-1 - depth]
        self.want(tuple(kinds) + ("i32",))
        self.emit(f"br_if {depth}")
        self.pop(1)

    def leave(self):
        """Unconditional: what follows is dead code until the block ends."""
        way = self.rng.random()
        if way < 0.2 and self.depth == 0:
            self.want(tuple(self.results))
            self.emit("return")
        elif way < 0.25:
            self.emit("unreachable")
        elif way < 0.6:
            depth = self.rng.randrange(len(self.labels))
            kinds = self.labels[-1 - depth]
            alike = [d for d in range(len(self.labels))
                     if self.labels[-1 - d] == kinds]
            self.want(tuple(kinds) + ("i32",))
            if self.rng.random() < 0.5:
                self.emit("i32.const 3")
                self.emit("i32.and")
            self.emit("br_table " + " ".join(
                str(self.rng.choice(alike)) for _ in range(4)))
        else:
            depth = self.rng.randrange(len(self.labels))
            self.want(tuple(self.labels[-1 - depth]))
            self.emit(f"br {depth}")
        self.stack = self.stack[:self.floor]
        for _ in range(self.rng.randrange(3)):
            self.dead()

    def dead(self):
        self.emit(self.rng.choice(
            ("drop", "i32.add drop", "select drop", "i64.eqz drop", "nop",
             "br_if 0 drop" if self.labels[-1] == ["i32"] else "nop",
             "f64.neg drop", "i32.const 1 drop")))

    def body(self, results, kind="block"):
        left = self.rng.randrange(1, 14) if self.depth else self.left
        steps = ((self.operator, 40), (self.get_local, 12),
                 (self.set_local, 14), (self.load, 6), (self.store, 6),
                 (self.atomic, 5),
                 (self.use_global, 5), (self.select, 4), (self.call, 6),
                 (self.bulk, 2), (self.block, 10), (self.branch_if, 6))
        names = [s for s, _ in steps]
        weights = [w for _, w in steps]
        for _ in range(left):
            self.rng.choices(names, weights)[0]()
            if self.filler and self.depth:
                self.fill()
            if len(self.stack) - self.floor > 8:
                self.drop_to(self.floor + self.rng.randrange(6))
        if self.depth and self.rng.random() < 0.2:
            self.leave()
            if self.rng.random() < 0.5:     # else the stack's bottom gives
                self.finish(results)
        else:
            self.finish(results)
            if kind == "loop" and self.rng.random() < 0.7:
                self.next_round(results)

    def next_round(self, results):
        """The branches back that compilers make: count and compare, or ask
        whether something is zero."""
        numbers = [i for i, t in enumerate(self.locals) if t == "i32"]
        if self.labels[-1] or len(numbers) < 2:
            return
        a, b = self.rng.sample(numbers, 2)
        way = self.rng.randrange(4)
        if way < 3:
            self.emit(f"local.get {a}")
            self.emit(f"i32.const {self.rng.choice((1, -1, 4, 40000))}")
            self.emit(f"i32.add local.{'set' if way else 'tee'} {a}")
            if way:
                self.emit(f"local.get {a}")
            if self.rng.random() < 0.3:
                self.emit(f"i32.const {self.rng.choice((0, 9, 50, 70000))}")
            else:
                self.emit(f"local.get {b}")
            self.emit("i32." + self.rng.choice(["ne"] * 5 + INT_COMPARE))
        else:
            self.emit(f"local.get {a}")
            self.emit(self.rng.choice(("i32.eqz", "i32.popcnt", "nop")))
        self.emit("br_if 0")

    def fill(self):
        """Much code that does little."""
        self.filler = 0
        numbers = [i for i, t in enumerate(self.locals) if t == "i32"]
        if not numbers:
            return
        for n in range(N_FILLER):
            i = numbers[n % len(numbers)]
            self.emit(f"(local.set {i} (i32.xor (local.get {i}) "
                      f"(i32.const {n})))")

    def text(self, i):
        lines = [f"  (func $f{i} (type $t{i})"]
        extra = self.locals[len(self.params):]
        if extra:
            lines.append("    (local " + " ".join(extra) + ")")
        return "\n".join(lines + self.lines + ["  )"])


class Module:
    def __init__(self, rng):
        self.rng = rng
        self.signatures = []
        self.functions = []
        for _ in range(N_FUNCTIONS):
            params = [rng.choice(TYPES) for _ in range(rng.randrange(5))]
            results = [rng.choice(TYPES) for _ in range(
                rng.choice((0, 1, 1, 1, 2, 3)))]
            self.functions.append(Function(rng, self, params, results))
            self.signatures.append((params, results))

    def wrapper(self, i, turn):
        """An export that calls $f<i> and mixes its results into one i64."""
        params, results = self.signatures[i]
        lines = [f'  (func (export "f{i}-{turn}") (result i64)',
                 "    (local i32 i64 f32 f64 i64)",
                 "    (global.set $fuel (i32.const 1000))"]
        for kind in params:
            if kind in ("i32", "i64"):
                value = self.rng.choice((
                    0, 1, self.rng.randrange(-20, 20),
                    self.rng.getrandbits(32 if kind == "i32" else 64)))
            else:
                value = self.rng.choice((0, 1, -2.5, 1e10, 7))
            lines.append(f"    ({kind}.const {value})")
        lines.append(f"    (call $f{i})")
        for kind in reversed(results):
            lines.append("    " + self.to_i64(kind))
            lines.append("    (local.get 4) (i64.const 7) (i64.rotl)"
                         " (i64.xor) (local.set 4)")
        lines += ["    (local.get 4) (call $state) (i64.add))"]
        return "\n".join(lines)

    @staticmethod
    def to_i64(kind):
        if kind == "i64":
            return ""
        if kind == "i32":
            return "(i64.extend_i32_u)"
        n = TYPES.index(kind)
        bits = ("(i64.extend_i32_u (i32.reinterpret_f32 (local.get 2)))"
                if kind == "f32" else "(i64.reinterpret_f64 (local.get 3))")
        return (f"(local.set {n}) (if (result i64) ({kind}.eq (local.get {n}) "
                f"(local.get {n})) (then {bits}) (else (i64.const 77)))")

    def text(self):
        types = "\n".join(
            f"  (type $t{i} (func (param {' '.join(p)}) "
            f"(result {' '.join(r)})))"
            for i, (p, r) in enumerate(self.signatures))
        bodies = "\n".join(f.text(i) for i, f in enumerate(self.functions))
        elems = " ".join(f"$f{i}" for i in range(N_FUNCTIONS))
        calls = "\n".join(self.wrapper(i, turn) for turn in range(3)
                          for i in range(N_FUNCTIONS))
        return f"""(module
{types}
  (memory 1 3)
  (memory 1 1)
  (data (i32.const 0) "The quick brown fox jumps over the lazy dog.")
  (global (mut i32) (i32.const 1))
  (global (mut i64) (i64.const 2))
  (global (mut f32) (f32.const 3))
  (global (mut f64) (f64.const 4))
  (global $fuel (mut i32) (i32.const 1000))
  (table funcref (elem {elems}))
{bodies}
  (func $state (result i64)
    (local $at i32) (local $sum i64)
    (local.set $sum (i64.add (i64.extend_i32_u (global.get 0))
      (global.get 1)))
    (loop $next
      (local.set $sum (i64.add (i64.rotl (local.get $sum) (i64.const 5))
        (i64.xor (i64.load (local.get $at)) (i64.load 1 (local.get $at)))))
      (br_if $next (i32.lt_u
        (local.tee $at (i32.add (local.get $at) (i32.const 64)))
        (i32.const 65536))))
    (local.get $sum))
{calls}
)
"""


# -- wabt's answers -------------------------------------------------------------

TRAPS = ("unreachable", "integer divide by zero", "integer overflow",
         "invalid conversion to integer", "out of bounds memory access",
         "indirect call type mismatch", "undefined element",
         "uninitialized element", "call stack exhausted", "unaligned atomic")


def answers(path):
    """(export, value or None, trap or None) as wasm-interp says."""
    text = subprocess.run(["wasm-interp", "--enable-multi-memory",
                           "--enable-threads", "--run-all-exports", path],
                          capture_output=True, text=True, timeout=60).stdout
    for line in text.splitlines():
        match = re.match(r"(f\d+-\d+)\(\) => (?:i64:(\d+)|error: (.*))$", line)
        if not match:
            raise SystemExit(f"random_modules.py: wasm-interp said {line!r}")
        name, value, error = match.groups()
        if error is None:
            yield name, value, None
            continue
        if error.startswith("invalid atomic access"):
            error = "unaligned atomic"
        if error.startswith("undefined table index"):
            error = "undefined element"
        found = [t for t in TRAPS if error.startswith(t)]
        if not found:
            raise SystemExit(f"random_modules.py: unknown trap {error!r}")
        yield name, None, found[0]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=20)
    args = parser.parse_args()

    os.makedirs(args.folder, exist_ok=True)
    commands = []
    for n in range(args.seed, args.seed + args.count):
        module = Module(random.Random(n))
        path = os.path.join(args.folder, f"random.{n}")
        with open(path + ".wat", "w") as file:
            file.write(module.text())
        subprocess.run(["wat2wasm", "--enable-multi-memory",
                        "--enable-threads", path + ".wat", "-o",
                        path + ".wasm"], check=True)
        line = n * 1000
        commands.append({"type": "module", "line": line,
                         "filename": f"random.{n}.wasm"})
        for name, value, trap in answers(path + ".wasm"):
            line += 1
            command = {"line": line, "action": {
                "type": "invoke", "field": name, "args": []}}
            if trap:
                command |= {"type": "assert_trap", "text": trap}
            else:
                command |= {"type": "assert_return", "expected": [
                    {"type": "i64", "value": value}]}
            commands.append(command)
    with open(os.path.join(args.folder, "random.json"), "w") as file:
        json.dump({"source_filename": "random_modules.py",
                   "commands": commands}, file, indent=1)


if __name__ == "__main__":
    main()
