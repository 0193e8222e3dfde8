;; SPDX-License-Identifier: Apache-2.0
;; Accesses to registers, as memory and as calls, at constant and other offsets.
;; emit_windows.c has what is granted.
(module
  (import "wasmio:mmio@0.1" "read32"
    (func $read32 (param i32 i32) (result i64)))
  (import "wasmio:mmio@0.1" "write32"
    (func $write32 (param i32 i32 i32) (result i32)))
  (import "wasmio:mmio@0.1" "write8"
    (func $write8 (param i32 i32 i32) (result i32)))
  (import "wasmio:mmio@0.1" "regs" (memory $regs 64 64))
  (import "wasmio:mmio@0.1" "other" (memory $other 64 64))
  (memory $own 1)

  ;; 0x00 rw all bits, 0x04 read 0xff, 0x08 written only 0xffff, 0x0c read and
  ;; written in part, 0x10 a byte, 0x12 a halfword; 0x20 to 0x28 rw all bits,
  ;; 0x2c read all bits, 0x34 rw all bits; nothing else.
  (func (export "load-0") (result i32) (i32.load $regs (i32.const 0)))
  (func (export "load-4") (result i32) (i32.load $regs (i32.const 4)))
  (func (export "load-8") (result i32) (i32.load $regs (i32.const 8)))
  (func (export "load-c") (result i32)
    (i32.load $regs offset=8 (i32.const 4)))
  (func (export "load-14") (result i32) (i32.load $regs (i32.const 20)))
  (func (export "load-2") (result i32) (i32.load $regs (i32.const 2)))
  (func (export "load-far") (result i32)
    (i32.load $regs offset=8 (i32.const -8)))
  (func (export "load8s-10") (result i32)
    (i32.load8_s $regs (i32.const 16)))
  (func (export "load8u-10") (result i32)
    (i32.load8_u $regs (i32.const 16)))
  (func (export "load16s-12") (result i32)
    (i32.load16_s $regs (i32.const 18)))
  (func (export "load8-0") (result i32) (i32.load8_u $regs (i32.const 0)))
  (func (export "load-any") (param i32) (result i32)
    (i32.load $regs (local.get 0)))
  (func (export "load8-any") (param i32) (result i32)
    (i32.load8_u $regs (local.get 0)))
  (func (export "load-any-4") (param i32) (result i32)
    (i32.load $regs offset=4 (local.get 0)))
  (func (export "store-any") (param i32 i32) (result i32)
    (i32.store $regs (local.get 0) (local.get 1)) (i32.const 0))
  (func (export "load-other") (result i32) (i32.load $other (i32.const 0)))
  (func (export "store-0") (param i32) (result i32)
    (i32.store $regs (i32.const 0) (local.get 0)) (i32.const 0))
  (func (export "store-4") (param i32) (result i32)
    (i32.store $regs (i32.const 4) (local.get 0)) (i32.const 0))
  (func (export "store-8") (param i32) (result i32)
    (i32.store $regs (i32.const 8) (local.get 0)) (i32.const 0))
  (func (export "store-c") (param i32) (result i32)
    (i32.store $regs (i32.const 12) (local.get 0)) (i32.const 0))
  (func (export "store8-10") (param i32) (result i32)
    (i32.store8 $regs (i32.const 16) (local.get 0)) (i32.const 0))
  (func (export "read-0") (param i32) (result i64)
    (call $read32 (local.get 0) (i32.const 0)))
  (func (export "read-8") (param i32) (result i64)
    (call $read32 (local.get 0) (i32.const 8)))
  (func (export "read-any") (param i32 i32) (result i64)
    (call $read32 (local.get 0) (local.get 1)))
  (func (export "write-any") (param i32 i32) (result i32)
    (call $write32 (i32.const 0x01020304) (local.get 0) (local.get 1)))
  (func (export "write-0") (param i32 i32) (result i32)
    (call $write32 (local.get 0) (i32.const 0) (local.get 1)))
  (func (export "write8-10") (param i32 i32) (result i32)
    (call $write8 (local.get 0) (i32.const 16) (local.get 1)))

  ;; Looked at in the code for a controller: one access each.
  (func (export "just-store") (param i32)
    (i32.store $regs (i32.const 0) (local.get 0)))
  (func (export "just-load") (result i32) (i32.load $regs (i32.const 0)))
  (func (export "just-write") (param i32 i32)
    (drop (call $write32 (local.get 0) (i32.const 0) (local.get 1))))
  (func (export "loop-write") (param $handle i32) (param $n i32)
    (loop $again
      (drop (call $write32 (local.get $handle)
        (i32.and (i32.shl (local.get $n) (i32.const 2)) (i32.const 60))
        (local.get $n)))
      (br_if $again
        (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
)
