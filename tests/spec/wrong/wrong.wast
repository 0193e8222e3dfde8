;; SPDX-License-Identifier: Apache-2.0
;; Expectations that are wrong, one kind each: a runner that passes one of
;; them could pass anything. Only the modules and register here are right.

(module $m
  (memory 1)
  (table 1 funcref)
  (global (export "g") i32 (i32.const 1))
  (func (export "one") (result i32) (i32.const 1))
  (func (export "wide") (result i64) (i64.const 0x100000001))
  (func (export "pair") (result i32 i32) (i32.const 1) (i32.const 2))
  (func (export "nothing"))
  (func (export "minus-zero") (result f64) (f64.const -0))
  (func (export "nan-payload") (result f32) (f32.const nan:0x400001))
  (func (export "nan-signalling") (result f64) (f64.const nan:0x1))
  (func (export "number") (result f32) (f32.const 1))
  (func (export "null-func") (result funcref) (ref.null func))
  (func (export "extern") (param externref) (result externref) (local.get 0))
  (func (export "load") (result i32) (i32.load (i32.const -1)))
  (func (export "divide") (result i32) (i32.div_u (i32.const 1) (i32.const 0)))
  (func (export "call-null") (call_indirect (i32.const 0))))
(register "m" $m)

;; Values and kinds.
(assert_return (invoke "one") (i32.const 2))
(assert_return (invoke "one") (i64.const 1))
(assert_return (invoke "one"))
(assert_return (invoke "nothing") (i32.const 0))
(assert_return (invoke "wide") (i64.const 1))
(assert_return (invoke "pair") (i32.const 1) (i32.const 3))
(assert_return (invoke "pair") (i32.const 1))
(assert_return (invoke "minus-zero") (f64.const 0))
(assert_return (invoke "nan-payload") (f32.const nan:canonical))
(assert_return (invoke "nan-signalling") (f64.const nan:arithmetic))
(assert_return (invoke "number") (f32.const nan:arithmetic))
(assert_return (invoke "null-func") (ref.func))
(assert_return (invoke "extern" (ref.extern 0)) (ref.null extern))
(assert_return (invoke "extern" (ref.extern 1)) (ref.extern 2))
(assert_return (invoke "extern" (ref.null extern)) (ref.extern 0))
(assert_return (get "g") (i32.const 2))
(assert_return (invoke "one" (i32.const 1)) (i32.const 1))
(assert_return (invoke "absent") (i32.const 1))
(assert_return (get "one") (i32.const 1))

;; Traps.
(assert_trap (invoke "one") "unreachable")
(assert_trap (invoke "load") "out of bounds table access")
(assert_trap (invoke "divide") "integer overflow")
(assert_trap (invoke "divide") "integer divide")
(assert_trap (invoke "call-null") "undefined element")
(assert_return (invoke "load") (i32.const 0))
(assert_exhaustion (invoke "one") "call stack exhausted")
(assert_exhaustion (invoke "load") "call stack exhausted")
(invoke "divide")

;; Modules: right ones, wrong ones of another kind, and other reasons.
(assert_invalid (module binary "\00asm" "\01\00\00\00") "type mismatch")
(assert_malformed (module binary "\00asm" "\01\00\00\00") "unexpected end")
(assert_invalid (module binary "\00asm" "\01\00\00\00" "\00") "unexpected end")
(assert_malformed
  (module binary "\00asm" "\01\00\00\00"
    "\01\05\01\60\00\01\7f" "\03\02\01\00" "\0a\04\01\02\00\0b")
  "type mismatch")
(assert_unlinkable (module (import "m" "one" (func (result i32))))
  "unknown import")
(assert_trap (module (memory 1) (data (i32.const 0) "x"))
  "out of bounds memory access")
(assert_trap (module (memory 1) (data (i32.const 65536) "x"))
  "out of bounds table access")
