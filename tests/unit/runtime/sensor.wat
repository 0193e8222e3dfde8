;; SPDX-License-Identifier: Apache-2.0
;; Reads two bytes of the device, publishes them, and does what tests ask.
(module
  (import "wasmio:core@0.1" "open" (func $open (param i32 i32) (result i32)))
  (import "wasmio:i2c@0.1" "write-read"
    (func $write_read (param i32 i32 i32 i32 i32 i32) (result i32)))
  (import "wasmio:i2c@0.1" "read"
    (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasmio:gpio@0.1" "set-state"
    (func $set_state (param i32 i32) (result i32)))
  (import "wasmio:gpio@0.1" "toggle" (func $toggle (param i32) (result i32)))
  (import "wasmio:mmio@0.1" "read32"
    (func $read32 (param i32 i32) (result i64)))
  (import "wasmio:mmio@0.1" "write32"
    (func $write32 (param i32 i32 i32) (result i32)))
  (import "wasmio:delay@0.1" "delay-us" (func $delay_us (param i32)))
  (import "wasmio:point@0.1" "set-i32"
    (func $set_i32 (param i32 i32) (result i32)))
  (import "wasmio:point@0.1" "set-bad"
    (func $set_bad (param i32 i32) (result i32)))
  (import "wasmio:point@0.1" "get-i32"
    (func $get_i32 (param i32) (result i64)))
  (memory (export "memory") 1)
  (data (i32.const 0) "sensor" "led" "regs" "temperature" "setpoint")
  (data (i32.const 64) "\00")
  (global $sensor (mut i32) (i32.const 0))
  (global $led (mut i32) (i32.const 0))
  (global $regs (mut i32) (i32.const 0))
  (global $temperature (mut i32) (i32.const 0))
  (global $setpoint (mut i32) (i32.const 0))

  (func (export "wasmio-init") (result i32)
    (global.set $sensor (call $open (i32.const 0) (i32.const 6)))
    (global.set $led (call $open (i32.const 6) (i32.const 3)))
    (global.set $regs (call $open (i32.const 9) (i32.const 4)))
    (global.set $temperature (call $open (i32.const 13) (i32.const 11)))
    (global.set $setpoint (call $open (i32.const 24) (i32.const 8)))
    (i32.and (global.get $sensor) (i32.const 0x80000000)))

  (func (export "poll")
    (local $err i32)
    (local.set $err
      (call $write_read (global.get $sensor) (i32.const 0) (i32.const 64)
        (i32.const 1) (i32.const 68) (i32.const 2)))
    (if (i32.lt_s (local.get $err) (i32.const 0))
      (then
        (drop (call $set_bad (global.get $temperature) (local.get $err))))
      (else
        (drop (call $set_i32 (global.get $temperature)
          (i32.load8_s (i32.const 68)))))))

  ;; Operations.
  (func (export "handle") (result i32) (global.get $sensor))
  (func (export "probe") (param $h i32) (result i32)
    (call $read (local.get $h) (i32.const 0) (i32.const 68) (i32.const 1)))
  (func (export "add") (param i32 i64) (result i64)
    (i64.add (i64.extend_i32_s (local.get 0)) (local.get 1)))
  (func (export "spin") (loop (br 0)))
  (func (export "crash") unreachable)
  (func (export "blink-forever")
    (loop (drop (call $toggle (global.get $led))) (br 0)))
  (func (export "read-forever")
    (loop (drop (call $read (global.get $sensor) (i32.const 0) (i32.const 68)
      (i32.const 1))) (br 0)))
  (func (export "wait") (param i32) (call $delay_us (local.get 0)))
  (func (export "led") (param i32) (result i32)
    (call $set_state (global.get $led) (local.get 0)))
  (func (export "get-setpoint") (result i64)
    (call $get_i32 (global.get $setpoint)))
  (func (export "peek") (param i32) (result i64)
    (call $read32 (global.get $regs) (local.get 0)))
  (func (export "poke") (param i32 i32) (result i32)
    (call $write32 (global.get $regs) (local.get 0) (local.get 1)))
  (func (export "poke-twice") (param i32 i32)
    (drop (call $write32 (global.get $regs) (i32.const 4) (local.get 0)))
    (drop (call $write32 (global.get $regs) (i32.const 0) (local.get 1))))
  (func (export "grow") (param i32) (result i32)
    (memory.grow (local.get 0)))
  (func $recurse (export "recurse") (param i32) (result i32)
    (call $recurse (local.get 0)))
  (func (export "take-ref") (param funcref))
)
