;; SPDX-License-Identifier: Apache-2.0
;; Transfers from wasmio-init, in the background, for as long as it may.
(module
  (import "wasmio:core@0.1" "open" (func $open (param i32 i32) (result i32)))
  (import "wasmio:i2c@0.1" "transaction"
    (func $transaction (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "memory")
  ;; A write of eight bytes at 128.
  (data (i32.const 64) "\01\00\00\00\80\00\00\00\08\00\00\00\00\00\00\00")
  (func (export "wasmio-init") (result i32)
    (local $handle i32)
    (local $n i32)
    (local.set $handle (call $open (i32.const 0) (i32.const 6)))
    (local.set $n (i32.const 60))
    (loop
      (drop (call $transaction (local.get $handle) (i32.const 0)
        (i32.const 64) (i32.const 1)))
      (local.set $n (i32.sub (local.get $n) (i32.const 1)))
      (br_if 0 (local.get $n)))
    (i32.const 0))
)
