;; SPDX-License-Identifier: Apache-2.0
;; A window is smaller than its need.
(module
  (import "wasmio:mmio@0.1" "regs" (memory $regs 60 60))
  (memory $own 1 1)
)
