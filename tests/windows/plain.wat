;; SPDX-License-Identifier: Apache-2.0
;; Windows and nothing else imported: where a fuzzer begins.
(module
  (import "wasmio:mmio@0.1" "regs" (memory $regs 64 64))
  (import "wasmio:mmio@0.1" "other" (memory $other 8 8))
  (memory $own 1 1)
  (data (memory $own) (i32.const 16) "own memory")
  (func (export "straight") (result i32)
    (i32.store $regs offset=0x38 (i32.const 0) (i32.const 7))
    (i32.store16 $regs (i32.const 0x10) (i32.load $regs (i32.const 0x38)))
    (i32.store $own (i32.const 0) (i32.load8_s $regs (i32.const 0x12)))
    (i64.store32 $other (i32.const 0) (i64.load $own (i32.const 0)))
    (f32.store $regs (i32.const 0) (f32.load $other (i32.const 4)))
    (i32.add (i32.load $own (i32.const 16)) (memory.size $other)))
  (func (export "loop") (result i64)
    (local $at i32) (local $sum i64)
    (loop $next
      (local.set $sum (i64.add (local.get $sum)
        (i64.load16_u $regs offset=4 (local.get $at))))
      (br_if $next (i32.lt_u
        (local.tee $at (i32.add (local.get $at) (i32.const 2)))
        (i32.const 60))))
    (local.get $sum)))
