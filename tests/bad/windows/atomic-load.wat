;; SPDX-License-Identifier: Apache-2.0
;; An atomic load is one of them, whatever its width.
(module
  (import "wasmio:mmio@0.1" "regs" (memory $regs 64 64))
  (memory $own 1 1)
  (func (export "f") (drop (i32.atomic.load (i32.const 0)))))
