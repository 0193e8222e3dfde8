;; SPDX-License-Identifier: Apache-2.0
;; The atomic instructions on a memory that is not shared: what they are refused
;; for, waiting and waking, and the shapes that compiling to register code makes.
;; atomics.py has every one of them with its values.

(module
  (memory 1 1)
  (global $g (mut i32) (i32.const 0))
  (func (export "notify") (param i32) (result i32)
    (memory.atomic.notify offset=8 (local.get 0) (i32.const 5)))
  (func (export "wait32") (param i32) (result i32)
    (memory.atomic.wait32 (local.get 0) (i32.const 0) (i64.const 0)))
  (func (export "wait64") (param i32) (result i32)
    (memory.atomic.wait64 (local.get 0) (i64.const 0) (i64.const -1)))
  (func (export "fence") (result i32)
    (i32.store (i32.const 0) (i32.const 77))
    (atomic.fence)
    (i32.load (i32.const 0)))

  ;; Locals as operands, the result into one of them, operands that wait below.
  (func (export "locals") (param i32 i32) (result i32)
    (local i32)
    (local.set 2 (i32.const 100))
    (local.get 2)
    (local.set 1 (i32.atomic.rmw.add (local.get 0) (local.get 1)))
    (local.set 0 (i32.atomic.load (local.get 0)))
    (i32.add (i32.mul (local.get 1) (i32.const 1000)) (local.get 0))
    (i32.add))
  (func (export "overwritten") (param i32) (result i32)
    (local.get 0)
    (local.get 0)
    (local.tee 0 (i32.const 16))
    (i32.atomic.rmw.xchg)                 ;; at the old local: the new one
    (drop)
    (i32.atomic.load))
  (func (export "values-below") (result i64)
    (i64.const 1000)
    (i32.const 32)
    (i64.atomic.rmw.add (i32.const 32) (i64.const 5))
    (drop)
    (i64.atomic.rmw.cmpxchg (i64.const 5) (i64.const 9))
    (i64.add)
    (i64.add (i64.atomic.load (i32.const 32))))
  (func (export "in-blocks") (param i32) (result i32)
    (i32.const 40)
    (block (param i32) (result i32)
      (if (param i32) (result i32) (local.get 0)
        (then (i32.atomic.rmw8.or_u (i32.const 0x41)))
        (else (i32.atomic.rmw8.and_u (i32.const 0x0f)))))
    (drop)
    (i32.atomic.load8_u (i32.const 40)))
  (func (export "loop") (param i32) (result i64)
    (loop
      (drop (i64.atomic.rmw32.sub_u (i32.const 48) (i64.const 1)))
      (br_if 0 (i32.ne (i32.const 0)
        (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
    (i64.atomic.load (i32.const 48)))
  (func (export "dead") (result i32)
    (return (i32.const 3))
    (i32.atomic.rmw.cmpxchg)
    (drop)
    (drop (i64.atomic.rmw.add (i32.const 0) (i64.const 1)))
    (memory.atomic.wait64)
    (i32.atomic.store (i32.const 1) (i32.const 0))
    (drop (i32.const 1)))
  (func (export "far-offset") (param i32) (result i32)
    (i32.atomic.rmw.add offset=4294967292 (local.get 0) (i32.const 1)))
)

(assert_return (invoke "notify" (i32.const 0)) (i32.const 0))
(assert_return (invoke "notify" (i32.const 65524)) (i32.const 0))
(assert_trap (invoke "notify" (i32.const 2)) "unaligned atomic")
(assert_trap (invoke "notify" (i32.const 65528)) "out of bounds memory access")
(assert_trap (invoke "wait32" (i32.const 0)) "expected shared memory")
(assert_trap (invoke "wait32" (i32.const 2)) "unaligned atomic")
(assert_trap (invoke "wait32" (i32.const 65536)) "out of bounds memory access")
(assert_trap (invoke "wait64" (i32.const 8)) "expected shared memory")
(assert_trap (invoke "wait64" (i32.const 4)) "unaligned atomic")
(assert_trap (invoke "wait64" (i32.const -8)) "out of bounds memory access")
(assert_return (invoke "fence") (i32.const 77))

(assert_return (invoke "locals" (i32.const 4) (i32.const 6)) (i32.const 106))
(assert_return (invoke "locals" (i32.const 4) (i32.const 1)) (i32.const 6107))
(assert_return (invoke "overwritten" (i32.const 12)) (i32.const 16))
(assert_return (invoke "values-below") (i64.const 1014))
(assert_return (invoke "values-below") (i64.const 1028))
(assert_return (invoke "in-blocks" (i32.const 1)) (i32.const 0x41))
(assert_return (invoke "in-blocks" (i32.const 0)) (i32.const 0x01))
(assert_return (invoke "loop" (i32.const 3)) (i64.const 0xfffffffd))
(assert_return (invoke "dead") (i32.const 3))
(assert_trap (invoke "far-offset" (i32.const 4)) "out of bounds memory access")
(assert_trap (invoke "far-offset" (i32.const 1)) "unaligned atomic")
(assert_trap (invoke "far-offset" (i32.const 0)) "out of bounds memory access")

;; Addresses that are known when the code is compiled.
(module
  (memory 1 1)
  (data (i32.const 100) "\81\82\83\84\85\86\87\88")
  (func (export "load") (result i32) (i32.atomic.load (i32.const 100)))
  (func (export "load-offset") (result i32)
    (i32.atomic.load offset=96 (i32.const 8)))
  (func (export "load8") (result i32)
    (i32.atomic.load8_u offset=101 (i32.const 0)))
  (func (export "load16") (result i32)
    (i32.atomic.load16_u offset=102 (i32.const 0)))
  (func (export "load-wide") (result i64)
    (i64.atomic.load (i32.const 104)))
  (func (export "load-32-wide") (result i64)
    (i64.atomic.load32_u (i32.const 100)))
  (func (export "store") (param i32)
    (i32.atomic.store offset=200 (i32.const 0) (local.get 0)))
  (func (export "store8") (param i32)
    (i32.atomic.store8 offset=201 (i32.const 0) (local.get 0)))
  (func (export "store16") (param i32)
    (i32.atomic.store16 (i32.const 202) (local.get 0)))
  (func (export "stored") (result i32) (i32.load (i32.const 200)))
  (func (export "last") (result i32) (i32.atomic.load (i32.const 65532)))
  (func (export "beyond") (result i32) (i32.atomic.load (i32.const 65536)))
  (func (export "odd") (result i32) (i32.atomic.load (i32.const 102)))
  (func (export "odd-sum") (result i32)
    (i32.atomic.load offset=1 (i32.const 100)))
  (func (export "even-sum") (result i32)
    (i32.atomic.load offset=2 (i32.const 98)))
  (func (export "odd16") (i32.atomic.store16 (i32.const 1) (i32.const 0)))
  (func (export "wrapped") (result i32)
    (i32.atomic.load offset=104 (i32.const -4))))
(assert_return (invoke "load") (i32.const 0x84838281))
(assert_return (invoke "load-offset") (i32.const 0x88878685))
(assert_return (invoke "load8") (i32.const 0x82))
(assert_return (invoke "load16") (i32.const 0x8483))
(assert_return (invoke "load-32-wide") (i64.const 0x84838281))
(assert_return (invoke "load-wide") (i64.const 0x88878685))
(assert_return (invoke "store" (i32.const 0x11223344)))
(assert_return (invoke "store8" (i32.const 0x5555ffaa)))
(assert_return (invoke "stored") (i32.const 0x1122aa44))
(assert_return (invoke "store16" (i32.const 0x7777eeee)))
(assert_return (invoke "stored") (i32.const 0xeeeeaa44))
(assert_return (invoke "last") (i32.const 0))
(assert_return (invoke "even-sum") (i32.const 0x84838281))
(assert_trap (invoke "beyond") "out of bounds memory access")
(assert_trap (invoke "odd") "unaligned atomic")
(assert_trap (invoke "odd-sum") "unaligned atomic")
(assert_trap (invoke "odd16") "unaligned atomic")
(assert_trap (invoke "wrapped") "out of bounds memory access")

;; Alignment is natural: neither less nor more.
(assert_invalid
  (module (memory 1)
    (func (drop (i32.atomic.load align=2 (i32.const 0)))))
  "alignment must be natural")
(assert_invalid
  (module (memory 1)
    (func (drop (i64.atomic.rmw32.add_u align=8 (i32.const 0) (i64.const 0)))))
  "alignment must not be larger than natural")
(assert_invalid
  (module (memory 1)
    (func (drop (memory.atomic.notify align=1 (i32.const 0) (i32.const 0)))))
  "alignment must be natural")

(assert_invalid
  (module (func (drop (i32.atomic.load (i32.const 0)))))
  "unknown memory")
(assert_invalid
  (module (memory 1)
    (func (i32.atomic.store (i32.const 0) (i64.const 0))))
  "type mismatch")
(assert_invalid
  (module (memory 1)
    (func (drop (i64.atomic.rmw8.cmpxchg_u (i32.const 0) (i32.const 0)
      (i64.const 0)))))
  "type mismatch")
(assert_invalid
  (module (memory 1)
    (func (drop (memory.atomic.wait32 (i32.const 0) (i32.const 0)
      (i32.const 0)))))
  "type mismatch")
(assert_invalid
  (module (memory 1)
    (func (result i32) (i64.atomic.load32_u (i32.const 0))))
  "type mismatch")
(assert_invalid
  (module (memory 1) (func (drop (i32.atomic.rmw.add (i32.const 0)))))
  "type mismatch")

;; Opcodes that do not exist; the fence's reserved byte.
(assert_malformed
  (module binary "\00asm" "\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00"
    "\05\03\01\00\01" "\0a\07\01\05\00\fe\04\00\0b")
  "illegal opcode")
(assert_malformed
  (module binary "\00asm" "\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00"
    "\05\03\01\00\01" "\0a\07\01\05\00\fe\4f\00\0b")
  "illegal opcode")
(assert_malformed
  (module binary "\00asm" "\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00"
    "\05\03\01\00\01" "\0a\07\01\05\00\fe\03\01\0b")
  "zero byte expected")
(module binary "\00asm" "\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00"
  "\0a\08\01\06\00\fe\83\00\00\0b")   ;; a fence, its number in two bytes

;; A frame of more than 255 slots: operands and results lie beyond a byte.
(module
  (memory 1 1)
  (func (export "big") (param i32 i64) (result i64)
    (local i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64
      i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64
      i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64
      i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64
      i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64
      i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64
      i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64
      i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64
      i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64
      i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64
      i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64
      i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64)
    (i64.store (i32.const 64) (i64.const 0x1_0000_0002))
    (i64.const 7)
    (i64.atomic.rmw.cmpxchg (local.get 0) (i64.const 0x1_0000_0002)
      (local.get 1))
    (local.set 1)
    (drop (i32.atomic.rmw8.xchg_u offset=3 (local.get 0) (i32.const 0xab)))
    (i32.atomic.store16 (local.get 0) (i32.const 0x1234))
    (i64.add (i64.xor (i64.atomic.load (local.get 0)) (local.get 1)))))
(assert_return (invoke "big" (i32.const 64) (i64.const 0x5_6666_7777))
  (i64.const 0x4ab66123d))
