/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TMP105 digital temperature sensor: Texas Instruments SLLS648D (September
 * 2011). An LM75 has the same temperature register with nine bits; its low
 * bits read 0, and it has no resolution to set.
 */
#ifndef TMP105_REGS_H
#define TMP105_REGS_H

/* Pointer addresses, table 2. */
#define TMP105_TEMPERATURE 0x00u
#define TMP105_CONFIGURATION 0x01u

/* "Configuration Register": R1 and R0 are bits 6 and 5. "Converter
 * Resolution": 11 is 12 bits, 0.0625 degrees. */
#define TMP105_R1_R0 0x60u

/* A 12-bit conversion takes 220 ms typically; this leaves room. */
#define TMP105_CONVERSION_MS 300u

#endif
