;; SPDX-License-Identifier: Apache-2.0
(module (memory 1 1) (memory 1 1))
