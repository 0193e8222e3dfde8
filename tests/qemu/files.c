/* SPDX-License-Identifier: Apache-2.0 */
/* tests/qemu/files.c - see files.h */
#include "qemu/files.h"

#include "startup/startup.h"

#define SYS_OPEN 0x01u
#define SYS_CLOSE 0x02u
#define SYS_WRITE 0x05u
#define SYS_READ 0x06u
#define SYS_FLEN 0x0cu
#define OPEN_RB 1u
#define OPEN_WB 5u

static uint32_t
semihost(uint32_t op, const uint32_t *arguments)
{
    register uint32_t r0 __asm__("r0") = op;
    register const uint32_t *r1 __asm__("r1") = arguments;

    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

static uint32_t
address(const void *at)
{
    return (uint32_t)(uintptr_t)at;
}

static uint32_t
open(const char *name, uint32_t mode)
{
    uint32_t arguments[3] = { address(name), mode, 0 };

    while (name[arguments[2]]) {
        arguments[2]++;
    }
    return semihost(SYS_OPEN, arguments);
}

uint32_t
file_read(const char *name, void *to, uint32_t size)
{
    const uint32_t handle = open(name, OPEN_RB);
    uint32_t len;

    if (handle == UINT32_MAX) {
        return UINT32_MAX;
    }
    len = semihost(SYS_FLEN, &handle);
    if (len <= size) {
        const uint32_t read[3] = { handle, address(to), len };

        if (semihost(SYS_READ, read) != 0) {     /* bytes not read */
            len = UINT32_MAX;
        }
    } else {
        len = UINT32_MAX;
    }
    file_close(handle);
    return len;
}

uint32_t
file_create(const char *name)
{
    return open(name, OPEN_WB);
}

void
file_write(uint32_t handle, const void *from, uint32_t len)
{
    const uint32_t write[3] = { handle, address(from), len };

    (void)semihost(SYS_WRITE, write);
}

void
file_close(uint32_t handle)
{
    (void)semihost(SYS_CLOSE, &handle);
}

const char *
file_argument(char *line, uint32_t size)
{
    char *at = line;

    semihost_command_line(line, size);
    while (*at && *at != ' ') {
        at++;
    }
    return *at ? at + 1 : at;
}
