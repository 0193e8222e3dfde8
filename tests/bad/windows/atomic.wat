;; SPDX-License-Identifier: Apache-2.0
;; A window is accessed atomically.
(module
  (import "wasmio:mmio@0.1" "regs" (memory $regs 64 64))
  (memory $own 1 1)
  (func (export "f")
    (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1)))))
