;; SPDX-License-Identifier: Apache-2.0
(module (func $f (loop (br 0))) (start $f))
