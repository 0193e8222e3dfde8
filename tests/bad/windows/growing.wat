;; SPDX-License-Identifier: Apache-2.0
;; A window may grow.
(module
  (import "wasmio:mmio@0.1" "regs" (memory $regs 64 65))
  (memory $own 1 1)
)
