;; SPDX-License-Identifier: Apache-2.0
;; A window has no maximum.
(module
  (import "wasmio:mmio@0.1" "regs" (memory $regs 64))
  (memory $own 1 1)
)
