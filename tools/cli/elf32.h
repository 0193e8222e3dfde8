/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tools/cli/elf32.h - what is looked up in ELF files of controllers
 *
 * Little-endian, 32 bits (TIS ELF 1.2). Every offset of the file is checked
 * before it is followed; what is not there is not found.
 */
#ifndef WIO_ELF32_H
#define WIO_ELF32_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct elf32 {
    const uint8_t *bytes;
    size_t n_bytes;
    uint32_t sections_at;
    uint32_t n_sections;
    uint32_t names;            /* section of their names */
};

struct elf32_section {
    uint32_t address;
    uint32_t at;               /* in the file */
    uint32_t n_bytes;
    uint32_t type;
    uint32_t link;
};

/* False: no such file. @bytes stay. */
bool elf32_open(const uint8_t *bytes, size_t n_bytes, struct elf32 *elf);

bool elf32_section(const struct elf32 *elf, const char *name,
                   struct elf32_section *section);

/* The address of a symbol, its Thumb bit kept. */
bool elf32_symbol(const struct elf32 *elf, const char *name, uint32_t *address);

/* The initial contents of [@address, @address + @n), or NULL unless a section
 * of the file has all of it. */
const uint8_t *elf32_at(const struct elf32 *elf, uint32_t address, uint32_t n);

static inline uint32_t
elf32_word(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
           (uint32_t)at[3] << 24;
}

#endif
