;; SPDX-License-Identifier: Apache-2.0
;; Interpreted, with functions of native code as imports.
(module
  (import "n" "byte" (func $byte (param i32) (result i32)))
  (import "n" "deep" (func $deep (param i32) (result i32)))
  (import "n" "trap" (func $trap (param i32) (result i32)))
  (import "n" "handler" (func $handler (param i32 i64)))
  (func (export "byte") (param i32) (result i32)
    (i32.add (call $byte (local.get 0)) (i32.const 1000)))
  (func (export "deep") (param i32) (result i32)
    (call $handler (i32.const 3) (i64.const 0x100000000))
    (call $deep (local.get 0)))
  (func (export "trap") (param i32) (result i32)
    (call $trap (local.get 0)))
)
