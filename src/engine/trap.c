/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/engine.h"

const char *
wio_trap_text(enum wio_trap_cause cause)
{
    static const char *const texts[] = {
        [WIO_TRAP_NONE] = "no trap",
        [WIO_TRAP_UNREACHABLE] = "unreachable",
        [WIO_TRAP_MEMORY_BOUNDS] = "out of bounds memory access",
        [WIO_TRAP_TABLE_BOUNDS] = "out of bounds table access",
        [WIO_TRAP_UNDEFINED_ELEMENT] = "undefined element",
        [WIO_TRAP_UNINITIALIZED_ELEMENT] = "uninitialized element",
        [WIO_TRAP_INDIRECT_TYPE] = "indirect call type mismatch",
        [WIO_TRAP_INTEGER_DIVIDE] = "integer divide by zero",
        [WIO_TRAP_INTEGER_OVERFLOW] = "integer overflow",
        [WIO_TRAP_INVALID_CONVERSION] = "invalid conversion to integer",
        [WIO_TRAP_STACK] = "call stack exhausted",
        [WIO_TRAP_STEPS] = "step budget used up",
        [WIO_TRAP_STOPPED] = "stopped from outside",
        [WIO_TRAP_HOST] = "ended by a host function",
        [WIO_TRAP_DENIED] = "access denied",
        [WIO_TRAP_HANDLER] = "not allowed in an interrupt handler",
        [WIO_TRAP_UNALIGNED] = "unaligned atomic",
        [WIO_TRAP_NOT_SHARED] = "expected shared memory"
    };

    if ((uint32_t)cause >= sizeof texts / sizeof texts[0]) {
        return "unknown trap";
    }
    return texts[cause];
}
