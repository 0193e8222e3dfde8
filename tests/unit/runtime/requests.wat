;; SPDX-License-Identifier: Apache-2.0
;; Operations that are one call each; main and the handler do what a word in
;; memory says.
(module
  (import "wasmio:core@0.1" "info"
    (func $info (param i32 i32 i32) (result i32)))
  (import "wasmio:core@0.1" "open" (func $open (param i32 i32) (result i32)))
  (import "wasmio:irq@0.1" "enable" (func $enable (param i32) (result i32)))
  (import "wasmio:irq@0.1" "disable" (func $disable (param i32) (result i32)))
  (import "wasmio:irq@0.1" "wait" (func $wait (param i32 i32) (result i32)))
  (import "wasmio:gpio@0.1" "set-active" (func $set (param i32) (result i32)))
  (import "wasmio:i2c@0.1" "write-read"
    (func $write_read (param i32 i32 i32 i32 i32 i32) (result i32)))
  (import "wasmio:i2c@0.1" "submit"
    (func $submit (param i32 i32 i32 i32 i32 i32) (result i32)))
  (import "wasmio:uart@0.1" "write"
    (func $uart_write (param i32 i32 i32) (result i32)))
  (import "wasmio:uart@0.1" "submit-write"
    (func $submit_write (param i32 i32 i32) (result i32)))
  (import "wasmio:uart@0.1" "submit-read"
    (func $submit_read (param i32 i32 i32) (result i32)))
  (import "wasmio:spi@0.1" "submit"
    (func $spi_submit (param i32 i32 i32 i32 i32) (result i32)))
  (import "wasmio:spi@0.1" "transfer"
    (func $spi_transfer (param i32 i32 i32 i32) (result i32)))
  (import "wasmio:request@0.1" "status"
    (func $status (param i32) (result i32)))
  (import "wasmio:request@0.1" "result"
    (func $result (param i32) (result i32)))
  (import "wasmio:request@0.1" "cancel"
    (func $cancel (param i32) (result i32)))
  (import "wasmio:request@0.1" "next-done" (func $next_done (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "sensor" "memory" "port" "led" "done" "sent" "flash")
  (global $sensor (mut i32) (i32.const 0))
  (global $memory (mut i32) (i32.const 0))
  (global $port (mut i32) (i32.const 0))
  (global $led (mut i32) (i32.const 0))
  (global $done (mut i32) (i32.const 0))
  (global $flash (mut i32) (i32.const 0))
  (global $sent (mut i32) (i32.const 0))
  (global $mode (mut i32) (i32.const 0))      ;; of main
  (global $handler_mode (mut i32) (i32.const 0))
  (global $n_events (mut i32) (i32.const 0))
  (global $n_handled (mut i32) (i32.const 0))
  (global $waited (mut i32) (i32.const -1))
  (global $last (mut i32) (i32.const -1))     ;; request of main or handler

  (func (export "wasmio-init") (result i32)
    (global.set $sensor (call $open (i32.const 0) (i32.const 6)))
    (global.set $memory (call $open (i32.const 6) (i32.const 6)))
    (global.set $port (call $open (i32.const 12) (i32.const 4)))
    (global.set $led (call $open (i32.const 16) (i32.const 3)))
    (global.set $done (call $open (i32.const 19) (i32.const 4)))
    (global.set $flash (call $open (i32.const 27) (i32.const 5)))
    (global.set $sent (call $open (i32.const 23) (i32.const 4)))
    (call $set (global.get $led)))

  ;; 1: submits a reading and traps; 2: submits and waits; 3: submits and
  ;; computes until its budget is over; 4: sends a byte and makes a call; 5:
  ;; sends two bytes and submits two readings.
  (func (export "main")
    (local $mode i32)
    (local.set $mode (global.get $mode))
    (global.set $mode (i32.const 0))
    (if (i32.eqz (local.get $mode)) (then (return)))
    (if (i32.eq (local.get $mode) (i32.const 4))
      (then
        (drop (call $submit_write (global.get $port) (i32.const 64)
          (i32.const 1)))
        (global.set $waited (call $write_read (global.get $sensor)
          (i32.const 0) (i32.const 96) (i32.const 1) (i32.const 100)
          (i32.const 2)))
        (return)))
    (if (i32.eq (local.get $mode) (i32.const 5))
      (then
        (drop (call $submit_write (global.get $port) (i32.const 64)
          (i32.const 1)))
        (drop (call $submit_write (global.get $port) (i32.const 64)
          (i32.const 1)))
        (drop (call $submit (global.get $sensor) (i32.const 0)
          (i32.const 64) (i32.const 1) (i32.const 80) (i32.const 2)))))
    (global.set $last (call $submit (global.get $sensor) (i32.const 0)
      (i32.const 64) (i32.const 1) (i32.const 72) (i32.const 2)))
    (if (i32.eq (local.get $mode) (i32.const 5)) (then (return)))
    (if (i32.eq (local.get $mode) (i32.const 1)) (then (unreachable)))
    (if (i32.eq (local.get $mode) (i32.const 3)) (then (loop (br 0))))
    (global.set $waited (call $wait (global.get $done) (i32.const 5000))))

  ;; 1: submits the next reading, 2: submits and traps, 3: cancels the request
  ;; at 128 and asks for its status.
  (func (export "on-done") (param $count i32) (param i32 i32)
    (global.set $n_events
      (i32.add (global.get $n_events) (local.get $count)))
    (global.set $n_handled (i32.add (global.get $n_handled) (i32.const 1)))
    (if (i32.eqz (global.get $handler_mode)) (then (return)))
    (if (i32.eq (global.get $handler_mode) (i32.const 3))
      (then
        (i32.store (i32.const 132) (call $cancel (i32.load (i32.const 128))))
        (i32.store (i32.const 136) (call $status (i32.load (i32.const 128))))
        (return)))
    (global.set $last (call $submit (global.get $sensor) (i32.const 0)
      (i32.const 64) (i32.const 1) (i32.const 72) (i32.const 2)))
    (if (i32.eq (global.get $handler_mode) (i32.const 2))
      (then (unreachable))))

  (func (export "set-mode") (param i32) (global.set $mode (local.get 0)))
  (func (export "set-handler") (param i32)
    (global.set $handler_mode (local.get 0)))
  (func (export "events") (result i32) (global.get $n_events))
  (func (export "handled") (result i32) (global.get $n_handled))
  (func (export "waited") (result i32) (global.get $waited))
  (func (export "last") (result i32) (global.get $last))
  (func (export "enable") (result i32) (call $enable (global.get $done)))
  (func (export "enable-sent") (result i32) (call $enable (global.get $sent)))
  (func (export "disable") (result i32) (call $disable (global.get $done)))

  (func (export "submit") (param i32 i32 i32 i32) (result i32)
    (call $submit (global.get $sensor) (i32.const 0) (local.get 0)
      (local.get 1) (local.get 2) (local.get 3)))
  (func (export "submit-to") (param i32) (result i32)
    (call $submit (global.get $sensor) (local.get 0) (i32.const 64)
      (i32.const 1) (i32.const 72) (i32.const 2)))
  (func (export "submit-with") (param i32) (result i32)
    (call $submit (local.get 0) (i32.const 0) (i32.const 64) (i32.const 1)
      (i32.const 72) (i32.const 2)))
  (func (export "submit-memory") (param i32 i32 i32 i32) (result i32)
    (call $submit (global.get $memory) (i32.const 0) (local.get 0)
      (local.get 1) (local.get 2) (local.get 3)))
  (func (export "write-read") (param i32 i32 i32 i32) (result i32)
    (call $write_read (global.get $sensor) (i32.const 0) (local.get 0)
      (local.get 1) (local.get 2) (local.get 3)))
  (func (export "uart-write") (param i32 i32) (result i32)
    (call $uart_write (global.get $port) (local.get 0) (local.get 1)))
  (func (export "submit-write") (param i32 i32) (result i32)
    (call $submit_write (global.get $port) (local.get 0) (local.get 1)))
  (func (export "submit-read") (param i32 i32) (result i32)
    (call $submit_read (global.get $port) (local.get 0) (local.get 1)))
  (func (export "spi-submit") (param i32 i32 i32 i32) (result i32)
    (call $spi_submit (global.get $flash) (local.get 0) (local.get 1)
      (local.get 2) (local.get 3)))
  (func (export "spi-transfer") (param i32 i32 i32) (result i32)
    (call $spi_transfer (global.get $flash) (local.get 0) (local.get 1)
      (local.get 2)))
  (func (export "info") (param i32) (result i32)
    (call $info (global.get $led) (local.get 0) (i32.const 16)))
  (func (export "status") (param i32) (result i32)
    (call $status (local.get 0)))
  (func (export "result") (param i32) (result i32)
    (call $result (local.get 0)))
  (func (export "cancel") (param i32) (result i32)
    (call $cancel (local.get 0)))
  (func (export "next-done") (result i32) (call $next_done))
  (func (export "peek") (param i32) (result i32)
    (i32.load (local.get 0)))
  (func (export "poke") (param i32 i32)
    (i32.store (local.get 0) (local.get 1)))
)
