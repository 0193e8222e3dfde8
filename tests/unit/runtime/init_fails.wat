;; SPDX-License-Identifier: Apache-2.0
;; Refuses to run, with WIO_ERR_NO_DEVICE.
(module (func (export "wasmio-init") (result i32) (i32.const -9)))
