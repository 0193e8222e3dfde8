/* SPDX-License-Identifier: Apache-2.0 */
/* APB UART of the Cortex-M System Design Kit, ARM DDI 0479D, "APB UART" */
#ifndef CMSDK_H
#define CMSDK_H

#define DEVICE_DATA 0x00u
#define DEVICE_STATUS 0x04u
#define DEVICE_TX_FULL 0x1u
#define DEVICE_RX_MASK 0x2u
#define DEVICE_RX_THERE 0x2u

#define DEVICE_SET_UP                                                \
    {                                                                \
        WASMIO_WRITE(4, 0x08, 0),        /* CTRL */                  \
        WASMIO_WRITE(4, 0x0c, 0xf),      /* INTCLEAR */              \
        WASMIO_WRITE(4, 0x04, 0xc),      /* STATE: overruns */       \
        WASMIO_WRITE(4, 0x08, 0x3),      /* transmit and receive */  \
    }

#endif
