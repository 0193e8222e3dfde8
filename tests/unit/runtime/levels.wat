;; SPDX-License-Identifier: Apache-2.0
;; Mains and handlers that stay in host functions as long as they can.
(module
  (import "wasmio:core@0.1" "open" (func $open (param i32 i32) (result i32)))
  (import "wasmio:core@0.1" "log"
    (func $log (param i32 i32 i32) (result i32)))
  (import "wasmio:delay@0.1" "delay-us" (func $delay_us (param i32)))
  (import "wasmio:irq@0.1" "enable" (func $enable (param i32) (result i32)))
  (import "wasmio:irq@0.1" "mask" (func $mask (result i32)))
  (import "wasmio:irq@0.1" "unmask" (func $unmask (result i32)))
  (import "wasmio:i2c@0.1" "transaction"
    (func $transaction (param i32 i32 i32 i32) (result i32)))
  (import "wasmio:mmio@0.1" "poll32"
    (func $poll32 (param i32 i32 i32 i32 i32) (result i32)))
  (import "wasmio:mmio@0.1" "write32"
    (func $write32 (param i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "sensor" "uart" "line")
  ;; A write of two bytes at 128.
  (data (i32.const 64) "\01\00\00\00\80\00\00\00\02\00\00\00\00\00\00\00")
  (global $sensor (mut i32) (i32.const 0))
  (global $uart (mut i32) (i32.const 0))
  (global $result (mut i32) (i32.const 1))
  (global $n_mains (mut i32) (i32.const 0))

  (func (export "wasmio-init") (result i32)
    (global.set $sensor (call $open (i32.const 0) (i32.const 6)))
    (global.set $uart (call $open (i32.const 6) (i32.const 4)))
    (call $enable (call $open (i32.const 10) (i32.const 4))))

  ;; Mains.
  (func (export "nothing")
    (global.set $n_mains (i32.add (global.get $n_mains) (i32.const 1))))
  (func (export "delays-in-lock")
    (drop (call $mask))
    (call $delay_us (i32.const 400))
    (drop (call $unmask)))
  (func (export "polls")
    (global.set $result (call $poll32 (global.get $uart) (i32.const 0x18)
      (i32.const 0x20) (i32.const 0x20) (i32.const 80000))))
  (func $transact (export "transacts")
    (global.set $result (call $transaction (global.get $sensor) (i32.const 0)
      (i32.const 64) (i32.const 1))))
  (func $say (export "logs")
    (drop (call $log (i32.const 2) (i32.const 0) (i32.const 10))))

  (func (export "writes")
    (loop $on
      (drop (call $write32 (global.get $uart) (i32.const 0) (i32.const 7)))
      (br $on)))

  ;; Handlers.
  (func (export "traps") (param i32 i32 i32) (unreachable))
  (func (export "nothing-at-all") (param i32 i32 i32))
  (func (export "transaction-in-handler") (param i32 i32 i32)
    (call $transact))
  (func (export "log-in-handler") (param i32 i32 i32)
    (call $say) (call $say) (call $say) (call $say))

  ;; Operations.
  (func (export "result") (result i32) (global.get $result))
  (func (export "mains") (result i32) (global.get $n_mains))
  (func (export "wait") (param i32) (call $delay_us (local.get 0)))
)
