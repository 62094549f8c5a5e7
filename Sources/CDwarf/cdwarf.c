#include "cdwarf.h"
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// What libdw's callers hand over by pointer; the sizes are its ABI's since 0.122.
struct die { void *address; void *unit; void *abbreviation; long padding; };
struct attribute { unsigned code, form; unsigned char *value; void *unit; };
struct operation { uint8_t atom; uint64_t number, number2, offset; };

#define FUNCTIONS(F) \
    F(void *, dwarf_begin, (int, int)) \
    F(int, dwarf_end, (void *)) \
    F(const char *, dwarf_errmsg, (int)) \
    F(int, dwarf_nextcu, (void *, uint64_t, uint64_t *, size_t *, uint64_t *, uint8_t *, uint8_t *)) \
    F(struct die *, dwarf_offdie, (void *, uint64_t, struct die *)) \
    F(uint64_t, dwarf_dieoffset, (struct die *)) \
    F(int, dwarf_tag, (struct die *)) \
    F(int, dwarf_child, (struct die *, struct die *)) \
    F(int, dwarf_siblingof, (struct die *, struct die *)) \
    F(struct attribute *, dwarf_attr, (struct die *, unsigned, struct attribute *)) \
    F(const char *, dwarf_formstring, (struct attribute *)) \
    F(struct die *, dwarf_formref_die, (struct attribute *, struct die *)) \
    F(int, dwarf_formudata, (struct attribute *, uint64_t *)) \
    F(int, dwarf_formsdata, (struct attribute *, int64_t *)) \
    F(int, dwarf_getlocation, (struct attribute *, struct operation **, size_t *)) \
    F(int, dwarf_getlocation_attr, (struct attribute *, const struct operation *, struct attribute *)) \
    F(int, dwarf_formaddr, (struct attribute *, uint64_t *)) \
    F(int, dwarf_entrypc, (struct die *, uint64_t *)) \
    F(int, dwarf_haspc, (struct die *, uint64_t)) \
    F(void *, dwarf_getsrc_die, (struct die *, uint64_t)) \
    F(int, dwarf_lineno, (void *, int *)) \
    F(const char *, dwarf_linesrc, (void *, uint64_t *, uint64_t *))

static struct {
#define F(result, name, arguments) result(*name) arguments;
    FUNCTIONS(F)
#undef F
} dw;

static const char *missing;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void load(void) {
    void *library = dlopen("libdw.so.1", RTLD_NOW | RTLD_LOCAL);
    if (!library) { missing = "libdw.so.1 is not installed; try: apt-get install libdw1 (elfutils-libs elsewhere)"; return; }
#define F(result, name, arguments) \
    if (!(dw.name = (result(*) arguments)dlsym(library, #name))) { missing = "libdw.so.1 has no " #name ": it is too old"; return; }
    FUNCTIONS(F)
#undef F
}

struct cdwarf { int descriptor; void *dwarf; };

struct cdwarf *cdwarf_open(const char *path, char *why, size_t room) {
    pthread_once(&once, load);
    if (missing) { snprintf(why, room, "%s", missing); return NULL; }
    struct cdwarf *file = calloc(1, sizeof *file);
    if (!file) { snprintf(why, room, "no memory"); return NULL; }
    file->descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file->descriptor < 0) {
        snprintf(why, room, "%s: %m", path);
        free(file);
        return NULL;
    }
    file->dwarf = dw.dwarf_begin(file->descriptor, 0);
    if (file->dwarf) return file;
    const char *what = dw.dwarf_errmsg(-1);
    snprintf(why, room, "%s has no debug information (%s)", path, what ? what : "no reason given");
    cdwarf_close(file);
    return NULL;
}

void cdwarf_close(struct cdwarf *file) {
    if (file->dwarf) dw.dwarf_end(file->dwarf);
    close(file->descriptor);
    free(file);
}

uint64_t cdwarf_next_unit(struct cdwarf *file, uint64_t *state) {
    uint64_t next = 0, abbreviations = 0, offset = *state;
    size_t head = 0;
    uint8_t address = 0, size = 0;
    if (dw.dwarf_nextcu(file->dwarf, offset, &next, &head, &abbreviations, &address, &size) != 0 || next <= offset) return 0;
    *state = next;
    return offset + head;
}

static struct die *at(struct cdwarf *file, uint64_t entry, struct die *die) { return dw.dwarf_offdie(file->dwarf, entry, die); }

static struct attribute *attribute(struct cdwarf *file, uint64_t entry, uint32_t code, struct attribute *room) {
    struct die die;
    return at(file, entry, &die) ? dw.dwarf_attr(&die, code, room) : NULL;
}

uint32_t cdwarf_tag(struct cdwarf *file, uint64_t entry) {
    struct die die;
    int tag = at(file, entry, &die) ? dw.dwarf_tag(&die) : 0;
    return tag > 0 ? (uint32_t)tag : 0;
}

uint64_t cdwarf_child(struct cdwarf *file, uint64_t entry) {
    struct die die, child;
    return at(file, entry, &die) && dw.dwarf_child(&die, &child) == 0 ? dw.dwarf_dieoffset(&child) : 0;
}

uint64_t cdwarf_sibling(struct cdwarf *file, uint64_t entry) {
    struct die die, next;
    return at(file, entry, &die) && dw.dwarf_siblingof(&die, &next) == 0 ? dw.dwarf_dieoffset(&next) : 0;
}

const char *cdwarf_text(struct cdwarf *file, uint64_t entry, uint32_t code) {
    struct attribute room, *found = attribute(file, entry, code, &room);
    return found ? dw.dwarf_formstring(found) : NULL;
}

uint64_t cdwarf_reference(struct cdwarf *file, uint64_t entry, uint32_t code) {
    struct attribute room, *found = attribute(file, entry, code, &room);
    struct die die;
    return found && dw.dwarf_formref_die(found, &die) ? dw.dwarf_dieoffset(&die) : 0;
}

int cdwarf_number(struct cdwarf *file, uint64_t entry, uint32_t code, int64_t *number) {
    struct attribute room, *found = attribute(file, entry, code, &room);
    uint64_t plain;
    if (!found) return 0;
    // DW_FORM_sdata and DW_FORM_implicit_const carry a sign.
    if (found->form == 0x0d || found->form == 0x21) return dw.dwarf_formsdata(found, number) == 0;
    if (dw.dwarf_formudata(found, &plain) != 0) return 0;
    *number = (int64_t)plain;
    return 1;
}

int cdwarf_address(struct cdwarf *file, uint64_t entry, uint64_t *address) {
    struct attribute room, indexed, *found = attribute(file, entry, 0x02, &room);
    struct operation *operations;
    size_t count;
    // DW_OP_addr or DW_OP_addrx alone: anything longer is computed.
    if (!found || dw.dwarf_getlocation(found, &operations, &count) != 0 || count != 1) return 0;
    if (operations[0].atom == 0xa1) return dw.dwarf_getlocation_attr(found, operations, &indexed) == 0 && dw.dwarf_formaddr(&indexed, address) == 0;
    if (operations[0].atom != 0x03) return 0;
    *address = operations[0].number;
    return 1;
}

int cdwarf_entry_address(struct cdwarf *file, uint64_t entry, uint64_t *address) {
    struct die die;
    return at(file, entry, &die) && dw.dwarf_entrypc(&die, address) == 0;
}

// Unit by unit: the table of address ranges that would say which one is not written by clang and swiftc.
const char *cdwarf_line(struct cdwarf *file, uint64_t address, int *line) {
    uint64_t state = 0, unit;
    while ((unit = cdwarf_next_unit(file, &state))) {
        struct die die;
        if (!at(file, unit, &die) || dw.dwarf_haspc(&die, address) != 1) continue;
        void *found = dw.dwarf_getsrc_die(&die, address);
        if (found && dw.dwarf_lineno(found, line) == 0) return dw.dwarf_linesrc(found, NULL, NULL);
    }
    return NULL;
}
