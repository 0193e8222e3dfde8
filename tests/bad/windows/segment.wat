;; SPDX-License-Identifier: Apache-2.0
;; A data segment is for a window.
(module
  (import "wasmio:mmio@0.1" "regs" (memory $regs 64 64))
  (memory $own 1 1)
  (data (memory $regs) (i32.const 0) "x"))
