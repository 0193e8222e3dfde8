;; SPDX-License-Identifier: Apache-2.0
;; What tests/unit/engine calls, one function a rule.
(module
  (import "env" "back" (func $back (param i32) (result i32)))
  (import "env" "leaf" (func $leaf (param i32) (result i32)))
  (import "env" "wide" (func $wide (param i32 i32) (result i64)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\10\11\12\13\14\15\16\17")

  (func (export "empty"))
  (func (export "spin") (loop $l (br $l)))

  ;; n - 1 taken back-edges, by three forms of the same loop.
  (func $count (export "count") (param $n i32) (result i32) (local $i i32)
    (loop $l
      (br_if $l (i32.ne (local.tee $i (i32.add (local.get $i) (i32.const 1)))
                        (local.get $n))))
    (local.get $i))
  (func (export "count_plain") (param $n i32) (result i32) (local $i i32)
    (loop $l
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (if (i32.lt_u (local.get $i) (local.get $n)) (then (br $l))))
    (local.get $i))
  (func (export "count_table") (param $n i32) (result i32) (local $i i32)
    (block $out
      (loop $l
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br_table $l $out
          (i32.eq (local.get $i) (local.get $n)))))
    (local.get $i))

  ;; Much work without a call or a loop.
  (func (export "fills") (param $n i32)
    (memory.fill (i32.const 0) (i32.const 0) (local.get $n))
    (memory.fill (i32.const 0) (i32.const 0) (local.get $n))
    (memory.copy (i32.const 0) (i32.const 8) (local.get $n))
    (memory.fill (i32.const 0) (i32.const 0) (local.get $n)))

  (func (export "calls_back") (param i32) (result i32)
    (i32.add (call $back (local.get 0)) (i32.const 1)))
  (func (export "calls_leaf") (param i32) (result i32)
    (i32.add (call $leaf (local.get 0)) (i32.const 1)))
  (func (export "calls_wide") (result i64)
    (i64.add (call $wide (i32.const 7) (i32.const 5)) (i64.const 1)))
  (func $recurse (export "recurse") (param i32) (result i32)
    (if (result i32) (local.get 0)
      (then (i32.add (call $recurse (i32.sub (local.get 0) (i32.const 1)))
                     (i32.const 1)))
      (else (i32.const 0))))

  ;; Traps: each has one instruction that can.
  (func (export "trap_unreachable") (nop) (unreachable))
  (func (export "trap_divide") (param i32) (result i32) (local i32)
    (local.set 1 (i32.div_s (i32.const 1) (local.get 0)))
    (local.get 1))
  (func $load (param i32) (result i32)
    (i32.add (i32.const 1) (i32.load offset=4 (local.get 0))))
  (func (export "trap_load") (param i32) (result i32)
    (i32.add (call $load (local.get 0)) (i32.const 3)))

  ;; An address that only the addition's wrap brings into the memory.
  (func (export "wrapped_address") (param i32) (result i32)
    (i32.load8_u (i32.add (local.get 0) (i32.const 65536))))
  ;; A comparison before a label is not the branch's own.
  (func (export "compare_before_label") (param i32 i32) (result i32)
    (block $yes
      (br_if $yes
        (block $value (result i32)
          (drop (br_if $value (i32.const 1) (local.get 1)))
          (i32.lt_s (local.get 0) (i32.const 10))))
      (return (i32.const 0)))
    (i32.const 1))
  ;; The copy of a local on the stack keeps its value through a loop.
  (func (export "alias_through_loop") (param i32) (result i32)
    (local.get 0)
    (loop $l
      (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
      (br_if $l (local.get 0))))
  (func (export "alias_through_if") (param i32 i32) (result i32)
    (local.get 0)
    (if (local.get 1) (then (local.set 0 (i32.const 99))))
    (i32.sub (local.get 0)))
  ;; wrap keeps one slot of a result that has two.
  (func (export "wrap_beside") (param i64) (result i32) (local i32 i32)
    (local.set 2 (i32.const 7))
    (local.set 1 (i32.wrap_i64 (i64.mul (local.get 0) (local.get 0))))
    (i32.add (local.get 1) (local.get 2)))
  ;; A local is zero until it is set, whatever lay on the stack.
  (func (export "zero_on_a_path") (param i32) (result i32) (local i32 i64 i32)
    (if (local.get 0) (then (local.set 1 (i32.const 5))))
    (local.get 1))
  (func (export "swap") (param i32 i32) (result i32 i32)
    (local.get 1) (local.get 0))
  (func (export "dirty") (result i32)
    (call $fill (i32.const -1) (i32.const -1) (i32.const -1) (i32.const -1)
                (i32.const -1) (i32.const -1)))
  (func $fill (param i32 i32 i32 i32 i32 i32) (result i32) (local.get 5))
  (func (export "size") (result i32) (memory.size))
  (func (export "grow") (param i32) (result i32)
    (memory.grow (local.get 0))))
