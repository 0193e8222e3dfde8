;; SPDX-License-Identifier: Apache-2.0
(module (func $f unreachable) (start $f))
