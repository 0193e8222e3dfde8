;; SPDX-License-Identifier: Apache-2.0
(module (import "wasmio:core@0.1" "opne" (func (param i32 i32) (result i32))))
