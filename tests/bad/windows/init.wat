;; SPDX-License-Identifier: Apache-2.0
;; A passive segment is written to a window.
(module
  (import "wasmio:mmio@0.1" "regs" (memory $regs 64 64))
  (memory $own 1 1)
  (data $passive "x")
  (func (export "f")
    (memory.init $regs $passive (i32.const 0) (i32.const 0) (i32.const 1))))
