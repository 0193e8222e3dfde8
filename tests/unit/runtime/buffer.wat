;; SPDX-License-Identifier: Apache-2.0
;; A buffer of 16 bytes, whose ends the container can move.
(module
  (memory (export "memory") 1)
  (data (i32.const 100) "0123456789abcdefX")
  (global $from (export "wasmio_buffer") (mut i32) (i32.const 100))
  (global $end (export "wasmio_buffer_end") (mut i32) (i32.const 116))
  (func (export "move") (param i32 i32)
    (global.set $from (local.get 0))
    (global.set $end (local.get 1)))
  (func (export "byte-at") (param i32) (result i32)
    (i32.load8_u (local.get 0)))
)
