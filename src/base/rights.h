/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/rights.h - the words in which rights are written down
 *
 * The board layer reads them from devicetrees, the cap layer enforces them;
 * neither knows the other.
 */
#ifndef WIO_BASE_RIGHTS_H
#define WIO_BASE_RIGHTS_H

#include <stdint.h>

/* One register of a window, as the policy grants it. */
struct wio_register_rule {
    uint32_t off;
    uint32_t read_mask;            /* bits that may be read; 0: write-only */
    uint32_t write_mask;           /* bits that may be written; 0: read-only */
    uint8_t width;                 /* 1, 2 or 4 bytes: its only bus width */
};

/* What two lists of rules have in common when they are the same. */
uint32_t wio_rights_crc(const struct wio_register_rule *rules,
                        uint32_t n_rules);

/* Types of points; the numbers are part of wio/abi.h and wio/runtime.h. */
enum wio_point_type {
    WIO_POINT_BOOL = 1,
    WIO_POINT_I8, WIO_POINT_U8, WIO_POINT_I16, WIO_POINT_U16,
    WIO_POINT_I32, WIO_POINT_U32, WIO_POINT_I64, WIO_POINT_F32, WIO_POINT_F64
};

#endif
