/* SPDX-License-Identifier: Apache-2.0 */
/* TMP105 digital temperature sensor: Texas Instruments SLLS648D. */
#ifndef TMP105_ALERT_REGS_H
#define TMP105_ALERT_REGS_H

/* Pointer addresses, table 2. */
#define TMP105_TEMPERATURE 0x00u
#define TMP105_CONFIGURATION 0x01u
#define TMP105_T_LOW 0x02u
#define TMP105_T_HIGH 0x03u

/* "Configuration Register": 12 bits (R1 R0), and ALERT as an interrupt (TM):
 * low from T_HIGH on until a register is read, and again from below T_LOW on.
 * POL = 0: low is active. F1 F0 = 0: at the first measurement. */
#define TMP105_CONFIG 0x62u
#define TMP105_CONFIG_MASK 0x7fu    /* all but one-shot, which reads 1 or 0 */

/* A 12-bit conversion takes 220 ms typically; this leaves room. */
#define TMP105_CONVERSION_MS 300u

#endif
