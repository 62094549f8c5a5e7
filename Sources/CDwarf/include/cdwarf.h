#ifndef DRYDOCK_CDWARF_H
#define DRYDOCK_CDWARF_H
#include <stddef.h>
#include <stdint.h>

// Debug information through libdw of elfutils, which is looked for when it is needed: a build needs nothing of it, and a machine
// without it loses types and lines, not the tool.

struct cdwarf;

/// Opens an ELF file. NULL: `why` says it in one line.
struct cdwarf *cdwarf_open(const char *path, char *why, size_t room);
void cdwarf_close(struct cdwarf *file);

/// Goes through the units: offset of the unit's entry, or 0 at the end. `state` begins as 0.
uint64_t cdwarf_next_unit(struct cdwarf *file, uint64_t *state);

// An entry is known by its offset. Each of these answers 0, or NULL, for what is not there.
/// DW_TAG_…
uint32_t cdwarf_tag(struct cdwarf *file, uint64_t entry);
uint64_t cdwarf_child(struct cdwarf *file, uint64_t entry);
uint64_t cdwarf_sibling(struct cdwarf *file, uint64_t entry);
/// Lives as long as the file is open.
const char *cdwarf_text(struct cdwarf *file, uint64_t entry, uint32_t attribute);
/// An entry that another one refers to.
uint64_t cdwarf_reference(struct cdwarf *file, uint64_t entry, uint32_t attribute);
/// 1: there is such a number.
int cdwarf_number(struct cdwarf *file, uint64_t entry, uint32_t attribute, int64_t *number);
/// 1: the entry is a variable at a fixed address of the file.
int cdwarf_address(struct cdwarf *file, uint64_t entry, uint64_t *address);
/// 1: a function's first address.
int cdwarf_entry_address(struct cdwarf *file, uint64_t entry, uint64_t *address);
/// The source file of an address, and its line; NULL: not known. Lives as long as the file is open.
const char *cdwarf_line(struct cdwarf *file, uint64_t address, int *line);
#endif
