;; SPDX-License-Identifier: Apache-2.0
;; Interpreted, imported by native code: in the place of its host function.
(module
  (func (export "enter") (param i32) (result i32)
    (if (i32.eq (local.get 0) (i32.const 7)) (then (unreachable)))
    (block (loop
      (br_if 1 (i32.ne (local.get 0) (i32.const 8)))
      (br 0)))
    (i32.add (local.get 0) (i32.const 100)))
)
