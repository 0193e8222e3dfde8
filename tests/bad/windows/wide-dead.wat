;; SPDX-License-Identifier: Apache-2.0
;; The same where no path leads.
(module
  (import "wasmio:mmio@0.1" "regs" (memory $regs 64 64))
  (memory $own 1 1)
  (func (export "f") (unreachable) (i64.store $regs)))
