;; SPDX-License-Identifier: Apache-2.0
;; Functions that wait in the middle: with values of every type on both sides of
;; the wait, through calls, through a table, in loops. The host makes the call
;; suspended, or answers at once; what comes out must be the same.
(module
  (import "wasmio:irq@0.1" "wait" (func $wait (param i32 i32) (result i32)))
  (import "h" "plain" (func $plain (param i32) (result i32)))
  (memory (export "memory") 1 4)
  (type $unary (func (param i32) (result i32)))
  (type $source (func (result i32)))
  (type $both (func (param i32) (result i32 i32)))
  (table $t (export "table") 5 funcref)
  (elem (i32.const 0) func $once $double $plain $source $both)
  (global $sum (mut i32) (i32.const 0))

  (func $once (export "once") (param i32) (result i32)
    (i32.add (local.get 0) (call $wait (local.get 0) (i32.const 7))))

  (func $double (param i32) (result i32)
    (i32.mul (local.get 0) (i32.const 2)))

  ;; Operands of each type lie below the arguments, and locals beside them.
  (func (export "types") (param i32) (result i32)
    (local $l i64) (local $f f32) (local $d f64)
    (local.set $l (i64.mul (i64.extend_i32_u (local.get 0))
                           (i64.const 0x1_0000_0003)))
    (local.set $f (f32.convert_i32_u (local.get 0)))
    (local.set $d (f64.mul (f64.convert_i32_u (local.get 0))
                           (f64.const 1.5)))
    (i32.const 1000000)
    (i64.add (local.get $l) (i64.const 5))
    (f32.add (local.get $f) (f32.const 0.5))
    (f64.add (local.get $d) (f64.const 0.25))
    (call $once (i32.add (local.get 0) (i32.const 1)))
    (local.set 0)
    (local.set $d (f64.add (local.get $d)))
    (local.set $f (f32.add (local.get $f)))
    (local.set $l (i64.add (local.get $l)))
    (i32.add (local.get 0))
    (i32.add (i32.trunc_f64_u (f64.mul (local.get $d) (f64.const 4))))
    (i32.add (i32.trunc_f32_u (f32.mul (local.get $f) (f32.const 2))))
    (i32.add (i32.wrap_i64 (i64.shr_u (local.get $l) (i64.const 30)))))

  ;; A wait a turn, in a block, with memory that grows meanwhile.
  (func (export "turns") (param i32) (result i32)
    (local $n i32)
    (loop $again
      (if (i32.and (local.get $n) (i32.const 1))
        (then (global.set $sum
          (i32.add (global.get $sum) (call $once (local.get $n)))))
        (else (i32.store (i32.const 16)
          (i32.add (i32.load (i32.const 16))
                   (call $wait (local.get $n) (i32.const 1))))))
      (br_if $again (i32.lt_u
        (local.tee $n (i32.add (local.get $n) (i32.const 1)))
        (local.get 0))))
    (i32.add (global.get $sum) (i32.load (i32.const 16)))
    (i32.add (memory.size)))

  ;; The element is called that was there when the call was made.
  (func (export "indirect") (param i32) (result i32)
    (i32.const 100)
    (call_indirect $t (type $unary) (i32.const 11) (local.get 0))
    (i32.add))
  (func (export "swap") (param i32) (result i32)
    (table.set $t (i32.const 0) (ref.func $double))
    (memory.grow (i32.const 1)))

  ;; More results than arguments: they come to where the element's number was.
  (func $source (result i32)
    (call $wait (i32.const 3) (i32.const 4)))
  (func (export "source") (param i32) (result i32)
    (i32.add (local.get 0) (call_indirect $t (type $source) (i32.const 3))))
  (func $both (param i32) (result i32 i32)
    (call $once (local.get 0)) (call $once (local.get 0)))
  (func (export "both") (param i32) (result i32)
    (call_indirect $t (type $both) (local.get 0) (i32.const 4))
    (i32.mul (i32.const 7)) (i32.add))

  (func $pair (param i32) (result i32 i64)
    (call $once (local.get 0)) (i64.const 77))
  (func (export "two") (param i32) (result i32)
    (local $x i64)
    (call $pair (local.get 0))
    (local.set $x)
    (i32.add (i32.wrap_i64 (local.get $x))))

  ;; What the frames keep does not fit for ever.
  (func $deep (export "deep") (param i32) (result i32)
    (if (result i32) (local.get 0)
      (then (i32.add (i32.const 1)
        (call $deep (i32.sub (local.get 0) (i32.const 1)))))
      (else (call $wait (i32.const 0) (i32.const 0)))))

  (func (export "nested") (param i32) (result i32)
    (i32.add (call $plain (local.get 0)) (i32.const 1)))
  (func (export "trap") (param i32) (result i32)
    (drop (call $once (local.get 0))) (unreachable))
  (func (export "word") (param i32) (result i32)
    (i32.load (local.get 0)))
  (func (export "stay") (param i32) (result i32)
    (drop (call $once (local.get 0)))
    (i32.store (i32.const 32) (i32.const 1))
    (loop (br 0)) (unreachable)))
