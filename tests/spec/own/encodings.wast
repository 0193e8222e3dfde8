;; SPDX-License-Identifier: Apache-2.0
;; Encodings that toolchains write and text formats do not.

;; Padded LEB128, as wasm-ld writes without --compress-relocations: call,
;; global and call_indirect indices in five bytes each.
(module binary
  "\00asm" "\01\00\00\00"
  "\01\85\80\80\80\00\01\60\00\01\7f"        ;; type 0: () -> i32, padded size
  "\03\03\02\00\00"                          ;; two functions
  "\04\04\01\70\00\01"                       ;; table 1 funcref
  "\06\06\01\7f\00\41\07\0b"                 ;; global 0 = 7
  "\07\05\01\01f\00\01"                      ;; export "f" = func 1
  "\09\07\01\00\41\00\0b\01\00"              ;; elem 0: func 0
  "\0a\25\02"
  "\08\00\23\80\80\80\80\00\0b"              ;; global.get 0
  "\1a\00\10\80\80\80\80\00"                 ;; call 0
  "\41\80\80\80\80\00"                       ;; i32.const 0
  "\11\80\80\80\80\00\80\80\80\80\00"        ;; call_indirect 0 0
  "\6a\0b")
(assert_return (invoke "f") (i32.const 14))

;; A custom section between any two others, also with an empty payload.
(module binary
  "\00asm" "\01\00\00\00"
  "\00\03\02ab"
  "\01\05\01\60\00\01\7f"
  "\00\06\01xABCD"
  "\03\02\01\00"
  "\07\05\01\01f\00\00"
  "\00\02\01y"
  "\0a\06\01\04\00\41\2a\0b"
  "\00\01\00")
(assert_return (invoke "f") (i32.const 42))

(assert_malformed
  (module binary "\00asm" "\01\00\00\00" "\00\02\05ab")
  "length out of bounds")
(assert_malformed
  (module binary "\00asm" "\01\00\00\00" "\00\00")
  "unexpected end")

;; A function that promises more locals than exist anywhere must be refused,
;; not tried.
(assert_malformed
  (module binary
    "\00asm" "\01\00\00\00"
    "\01\04\01\60\00\00"
    "\03\02\01\00"
    "\0a\0f\01\0d\02\ff\ff\ff\ff\0f\7f\ff\ff\ff\ff\0f\7e\0b")
  "too many locals")
