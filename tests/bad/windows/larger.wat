;; SPDX-License-Identifier: Apache-2.0
;; A window is larger than its need.
(module
  (import "wasmio:mmio@0.1" "regs" (memory $regs 65 65))
  (memory $own 1 1)
)
