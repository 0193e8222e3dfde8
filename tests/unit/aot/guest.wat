;; SPDX-License-Identifier: Apache-2.0
;; What is asked of native code: what it keeps, how deep it goes, and what two
;; execution contexts of one instance share.
(module
  (import "h" "enter" (func $enter (param i32) (result i32)))
  (memory (export "memory") 1 4)
  (global $sp (export "sp") (mut i32) (i32.const 1000))
  (global $wide (export "wide") (mut i64) (i64.const 0x1122334455667788))
  (data (i32.const 16) "native")

  (func (export "byte") (param i32) (result i32)
    (i32.load8_u (local.get 0)))
  (func (export "word") (param i32) (result i32)
    (i32.load (local.get 0)))
  (func (export "grow") (param i32) (result i32)
    (memory.grow (local.get 0)))
  (func (export "enter") (param i32) (result i32)
    (i32.add (call $enter (local.get 0)) (i32.const 1)))

  ;; Frames are alive until they return.
  (func $deep (export "deep") (param i32) (result i32)
    (if (result i32) (local.get 0)
      (then (i32.add (i32.const 1)
        (call $deep (i32.sub (local.get 0) (i32.const 1)))))
      (else (i32.const 0))))

  ;; As deep behind a host function as without one.
  (func (export "enter-deep") (param i32) (result i32)
    (drop (call $enter (i32.const 0)))
    (call $deep (local.get 0)))

  ;; Stays until it is cut off, and says in memory that it began.
  (func (export "stay") (param i32) (result i32)
    (i32.store (i32.const 32) (i32.const 1))
    (global.set $sp (i32.const 900))
    (loop (br 0)) (unreachable))
  (func (export "handler") (param i32 i64)
    (i64.store (i32.const 40)
      (i64.add (i64.extend_i32_u (local.get 0)) (local.get 1))))
  (table 2 funcref)
  (elem (i32.const 0) $deep)
  (func (export "as-itself") (param i32) (result i32)
    (call_indirect (param i32) (result i32) (i32.const 3) (local.get 0)))
  (func (export "as-another") (param i32) (result i32)
    (call_indirect (param i64) (result i32) (i64.const 3) (local.get 0)))
  (func (export "trap") (param i32) (result i32) (unreachable))
  (func (export "on-interrupt-enter") (param i32 i32 i32)
    (drop (call $enter (local.get 0))))
  (func (export "on-interrupt") (param i32 i32 i32)
    (i32.store (i32.const 48) (local.get 0)))
)
