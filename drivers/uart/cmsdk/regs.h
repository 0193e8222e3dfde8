/* SPDX-License-Identifier: Apache-2.0 */
/*
 * APB UART of the Cortex-M System Design Kit: ARM DDI 0479D, Technical
 * Reference Manual, "APB UART", programmer's model. Only what the driver uses.
 */
#ifndef CMSDK_REGS_H
#define CMSDK_REGS_H

#define DATA 0x00u
#define DATA_MASK 0xffu

#define STATE 0x04u
#define STATE_TX_FULL 0x1u
#define STATE_RX_FULL 0x2u
#define STATE_TX_OVERRUN 0x4u   /* write 1 to clear */
#define STATE_RX_OVERRUN 0x8u   /* write 1 to clear */

#define CTRL 0x08u
#define CTRL_TX_ENABLE 0x1u
#define CTRL_RX_ENABLE 0x2u

#define INTCLEAR 0x0cu          /* write 1 to clear; reads as INTSTATUS */
#define INTCLEAR_ALL 0xfu

#define BAUDDIV 0x10u           /* 16 at least */
#define BAUDDIV_MIN 16u

#endif
