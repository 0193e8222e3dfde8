/* SPDX-License-Identifier: Apache-2.0 */
#include "base/rights.h"

#include "base/crc32.h"

uint32_t
wio_rights_crc(const struct wio_register_rule *rules, uint32_t n_rules)
{
    uint32_t crc = 0;

    for (uint32_t i = 0; i < n_rules; i++) {
        const uint32_t words[4] = { rules[i].off, rules[i].read_mask,
                                    rules[i].write_mask, rules[i].width };

        for (uint32_t k = 0; k < 4; k++) {
            const uint8_t bytes[4] = {
                (uint8_t)words[k], (uint8_t)(words[k] >> 8),
                (uint8_t)(words[k] >> 16), (uint8_t)(words[k] >> 24)
            };

            crc = wio_crc32(crc, bytes, sizeof bytes);
        }
    }
    return crc;
}
