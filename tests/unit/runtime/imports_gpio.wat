;; SPDX-License-Identifier: Apache-2.0
(module
  (import "wasmio:gpio@0.1" "toggle" (func (param i32) (result i32))))
