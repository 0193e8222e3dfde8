/* SPDX-License-Identifier: Apache-2.0 */
#include "startup/startup.h"

#define SYS_WRITE0 0x04u
#define SYS_GET_CMDLINE 0x15u
#define SYS_EXIT_EXTENDED 0x20u
#define ADP_STOPPED_APPLICATION_EXIT 0x20026u

static uint32_t
semihost(uint32_t op, const void *arg)
{
    register uint32_t r0 __asm__("r0") = op;
    register const void *r1 __asm__("r1") = arg;

    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

void
semihost_exit(int code)
{
    /* Plain SYS_EXIT carries only "ok" or "not ok" on AArch32. */
    const uint32_t block[2] = {
        ADP_STOPPED_APPLICATION_EXIT, (uint32_t)code
    };

    for (;;) {
        (void)semihost(SYS_EXIT_EXTENDED, block);
    }
}

void
semihost_print(const char *text)
{
    (void)semihost(SYS_WRITE0, text);
}

void
semihost_command_line(char *text, uint32_t size)
{
    const uint32_t block[2] = { (uint32_t)(uintptr_t)text, size };

    if (semihost(SYS_GET_CMDLINE, block) != 0) {
        text[0] = '\0';
    }
}
