;; SPDX-License-Identifier: Apache-2.0
(module (func (export "wasmio-init")))
