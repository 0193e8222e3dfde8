;; SPDX-License-Identifier: Apache-2.0
(module (func (export "poll") (loop (br 0))))
