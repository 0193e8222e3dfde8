/* SPDX-License-Identifier: Apache-2.0 */
/* See elf32.h. */
#include "elf32.h"

#include <elf.h>
#include <string.h>

/* [@at, @at + @n) of the file, or NULL. */
static const uint8_t *
part(const struct elf32 *elf, uint32_t at, uint32_t n)
{
    return n <= elf->n_bytes && at <= elf->n_bytes - n ? elf->bytes + at
                                                       : NULL;
}

bool
elf32_open(const uint8_t *bytes, size_t n_bytes, struct elf32 *elf)
{
    Elf32_Ehdr head;

    *elf = (struct elf32){ .bytes = bytes, .n_bytes = n_bytes };
    if (n_bytes < sizeof(head) || n_bytes > UINT32_MAX / 2) {
        return false;
    }
    memcpy(&head, bytes, sizeof(head));
    if (memcmp(head.e_ident, ELFMAG, SELFMAG) != 0 ||
        head.e_ident[EI_CLASS] != ELFCLASS32 ||
        head.e_ident[EI_DATA] != ELFDATA2LSB ||
        head.e_shentsize != sizeof(Elf32_Shdr)) {
        return false;
    }
    elf->sections_at = head.e_shoff;
    elf->n_sections = head.e_shnum;
    elf->names = head.e_shstrndx;
    return part(elf, head.e_shoff, head.e_shnum * sizeof(Elf32_Shdr)) != NULL;
}

static bool
section_at(const struct elf32 *elf, uint32_t i, struct elf32_section *section,
           uint32_t *name)
{
    Elf32_Shdr head;

    if (i >= elf->n_sections) {
        return false;
    }
    memcpy(&head, elf->bytes + elf->sections_at + i * sizeof(head),
           sizeof(head));
    *section = (struct elf32_section){
        .address = head.sh_addr,
        .at = head.sh_offset,
        .n_bytes = head.sh_size,
        .type = head.sh_type,
        .link = head.sh_link
    };
    *name = head.sh_name;
    return head.sh_type == SHT_NOBITS ||
           part(elf, head.sh_offset, head.sh_size) != NULL;
}

/* Whether the text at @offset of a section of strings is @name. */
static bool
is_named(const struct elf32 *elf, uint32_t strings, uint32_t offset,
         const char *name)
{
    const uint32_t len = (uint32_t)strlen(name) + 1;
    struct elf32_section section;
    uint32_t ignored;

    return section_at(elf, strings, &section, &ignored) &&
           section.type == SHT_STRTAB && len <= section.n_bytes &&
           offset <= section.n_bytes - len &&
           memcmp(elf->bytes + section.at + offset, name, len) == 0;
}

bool
elf32_section(const struct elf32 *elf, const char *name,
              struct elf32_section *section)
{
    uint32_t offset;

    for (uint32_t i = 0; i < elf->n_sections; i++) {
        if (section_at(elf, i, section, &offset) &&
            is_named(elf, elf->names, offset, name)) {
            return true;
        }
    }
    return false;
}

bool
elf32_symbol(const struct elf32 *elf, const char *name, uint32_t *address)
{
    struct elf32_section table;

    if (!elf32_section(elf, ".symtab", &table) || table.type != SHT_SYMTAB) {
        return false;
    }
    for (uint32_t i = 0; i < table.n_bytes / sizeof(Elf32_Sym); i++) {
        Elf32_Sym symbol;

        memcpy(&symbol, elf->bytes + table.at + i * sizeof(symbol),
               sizeof(symbol));
        if (symbol.st_shndx != SHN_UNDEF &&
            ELF32_ST_BIND(symbol.st_info) == STB_GLOBAL &&
            is_named(elf, table.link, symbol.st_name, name)) {
            *address = symbol.st_value;
            return true;
        }
    }
    return false;
}

const uint8_t *
elf32_at(const struct elf32 *elf, uint32_t address, uint32_t n)
{
    struct elf32_section section;
    uint32_t ignored;

    for (uint32_t i = 0; i < elf->n_sections; i++) {
        if (section_at(elf, i, &section, &ignored) &&
            section.type == SHT_PROGBITS && address >= section.address &&
            n <= section.n_bytes &&
            address - section.address <= section.n_bytes - n) {
            return elf->bytes + section.at + (address - section.address);
        }
    }
    return NULL;
}
