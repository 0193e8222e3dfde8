/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Registers of the ARM PrimeCell Synchronous Serial Port (PL022), Technical
 * Reference Manual, ARM DDI 0194G, section 3.3. SSPDMACR (0x24) is not used:
 * DMA reaches all memory.
 */
#ifndef PL022_REGS_H
#define PL022_REGS_H

#define SSPCR0 0x00u                 /* 3.3.1 */
#define SSPCR0_DSS_8 0x07u
#define SSPCR0_SPO 0x40u             /* CPOL */
#define SSPCR0_SPH 0x80u             /* CPHA */
#define SSPCR0_SCR_SHIFT 8u

#define SSPCR1 0x04u                 /* 3.3.2 */
#define SSPCR1_SSE 0x02u

#define SSPDR 0x08u                  /* 3.3.3 */

#define SSPSR 0x0cu                  /* 3.3.4 */
#define SSPSR_RNE 0x04u
#define SSPSR_BSY 0x10u

#define SSPCPSR 0x10u                /* 3.3.5: even, 2 to 254 */

#define SSPRIS 0x18u                 /* 3.3.7 */
#define SSPRIS_ROR 0x01u

#define SSPICR 0x20u                 /* 3.3.9 */

#define SSP_FIFO 8u                  /* entries, 2.3.4 and 2.3.5 */

#endif
