;; SPDX-License-Identifier: Apache-2.0
;; A chip on a bus that others are on: long writes from wasmio-init, in the
;; background, and short ones from main.
(module
  (import "wasmio:core@0.1" "open" (func $open (param i32 i32) (result i32)))
  (import "wasmio:spi@0.1" "write"
    (func $write (param i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "chip")
  (global $chip (mut i32) (i32.const 0))
  (func (export "wasmio-init") (result i32)
    (local $n i32)
    (global.set $chip (call $open (i32.const 0) (i32.const 4)))
    (local.set $n (i32.const 60))
    (loop
      (drop (call $write (global.get $chip) (i32.const 1024)
        (i32.const 256)))
      (local.set $n (i32.sub (local.get $n) (i32.const 1)))
      (br_if 0 (local.get $n)))
    (i32.const 0))
  (func (export "writes")
    (drop (call $write (global.get $chip) (i32.const 1024) (i32.const 8))))
)
