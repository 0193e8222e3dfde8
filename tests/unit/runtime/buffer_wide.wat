;; SPDX-License-Identifier: Apache-2.0
;; What is exported by the names of a buffer is none.
(module
  (memory (export "memory") 1)
  (global (export "wasmio_buffer") i64 (i64.const 0))
  (global (export "wasmio_buffer_end") i32 (i32.const 16))
)
