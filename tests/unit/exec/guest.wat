;; SPDX-License-Identifier: Apache-2.0
;; Loops of every form the compiler has, calls of every kind, and traps at
;; places that the test finds again: each stands behind a constant of its own.
(module
  (type $void (func))
  (type $one (func (param i32)))
  (import "h" "host" (func $host (param i32) (result i32)))
  (import "h" "leaf" (func $leaf (param i32) (result i32)))
  (memory 1)
  (table 3 funcref)
  (elem (i32.const 0) $nothing)

  ;; n rounds: n - 1 branches back.
  (func $count-down (export "count-down") (param i32)
    (loop (br_if 0
      (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
  (func (export "count-up") (param i32)
    (local i32)
    (loop
      (local.set 1 (i32.add (local.get 1) (i32.const 1)))
      (br_if 0 (i32.ne (local.get 1) (local.get 0)))))
  (func (export "less-than") (param i32)
    (local i32)
    (loop
      (local.set 1 (i32.add (local.get 1) (i32.const 1)))
      (br_if 0 (i32.lt_u (local.get 1) (local.get 0)))))
  (func (export "jump") (param i32)
    (block (loop
      (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
      (br_if 1 (i32.eqz (local.get 0)))
      (br 0))))
  (func (export "table") (param i32)
    (block (loop
      (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
      (br_table 1 0 (local.get 0)))))
  (func (export "wide") (param i32)
    (local i64)
    (local.set 1 (i64.extend_i32_u (local.get 0)))
    (loop
      (local.set 1 (i64.sub (local.get 1) (i64.const 1)))
      (br_if 0 (i64.ne (local.get 1) (i64.const 0)))))
  (func (export "with-values") (param i32)
    (i32.const 0)
    (loop (param i32)
      (i32.add (i32.const 1))
      (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))
      (if (param i32) (then (br 1)) (else (drop)))))
  (func (export "nested") (param i32)
    (local i32)
    (loop $outer                          ;; n - 1, each with 2 inside
      (local.set 1 (i32.const 3))
      (loop (br_if 0
        (local.tee 1 (i32.sub (local.get 1) (i32.const 1)))))
      (br_if $outer
        (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))

  ;; Calls: n of them, in a loop of n - 1 branches back.
  (func $nothing)
  (func (export "calls") (param i32)
    (loop
      (call $nothing)
      (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
  (func (export "indirect") (param i32)
    (loop
      (call_indirect (type $void) (i32.const 0))
      (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
  (func $down (export "recursion") (param i32)
    (if (local.get 0)
      (then (call $down (i32.sub (local.get 0) (i32.const 1))))))

  (func (export "host") (param i32) (result i32)
    (i32.add (call $host (local.get 0)) (i32.const 1)))
  ;; No safepoint of their own between the calls.
  (func (export "hosts") (param i32)
    (drop (call $host (call $host (call $host (local.get 0))))))
  (func (export "leaves") (param i32)
    (drop (call $leaf (call $leaf (call $leaf (local.get 0))))))
  (func (export "host-then-loop") (param i32) (result i32)
    (drop (call $host (i32.const 1)))
    (call $count-down (local.get 0))
    (i32.const 1))
  (func (export "forever") (loop (br 0)))

  ;; Atomic accesses.
  (func (export "wait") (param i32) (result i32)
    (memory.atomic.wait32 (local.get 0) (i32.const 0) (i64.const 0)))
  (func (export "add8") (param i32) (result i32)
    (i32.atomic.rmw8.add_u (local.get 0) (i32.const 1)))
  (func (export "add64") (param i32) (result i64)
    (i64.atomic.rmw.add (local.get 0) (i64.const 1)))

  ;; Traps.
  (func (export "t-unreachable")
    (i32.const 70001) (drop) (unreachable))
  (func (export "t-load") (result i32)
    (i32.add (i32.const 1)
      (i32.load (i32.add (i32.const -70002) (i32.const 70001)))))
  (func (export "t-store")
    (i32.store (i32.const -70003) (i32.const 1)))
  (func (export "t-divide") (param i32) (result i32)
    (i32.div_s (i32.const 70004) (local.get 0)))
  (func (export "t-trunc") (result i32)
    (drop (i32.const 70005))
    (i32.trunc_f32_s (f32.const nan)))
  (func (export "t-indirect")
    (i32.const 70006) (call_indirect (type $void)))
  (func (export "t-type")
    (drop (i32.const 70011))
    (call_indirect (type $one) (i32.const 1) (i32.const 0)))
  (func (export "t-null")
    (drop (i32.const 70007))
    (call_indirect (type $void) (i32.const 1)))
  (func (export "t-fill")
    (memory.fill (i32.const 65536) (i32.const 0) (i32.const 70008)))
  (func (export "t-atomic")
    (drop (i32.const 1))
    (drop (i32.atomic.load (i32.const 70010))))
  (func $deep (param i32)
    (if (local.get 0)
      (then (call $deep (i32.sub (local.get 0) (i32.const 1))))
      (else (drop (i32.const 70009)) (unreachable))))
  (func (export "t-deep") (call $deep (i32.const 5)))
)
