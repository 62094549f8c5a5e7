/* SPDX-License-Identifier: Apache-2.0 */
#include "clinux.h"
#include <sys/mman.h>

enum { PAGE = 4096, WORDS = PAGE / 8, AT_ONCE = 512 };

/* Each word moves the whole sum, so that two changes do not undo each other. */
static uint64_t digest(const uint64_t *words) {
    uint64_t sum = 0x9e3779b97f4a7c15u;
    for (int k = 0; k < WORDS; k++) sum = (sum ^ words[k]) * 0xff51afd7ed558ccdu + (sum >> 29);
    return sum | 1;
}

int clinux_page_digests(const void *start, size_t pages, uint64_t *digests) {
    const unsigned char *at = start;
    unsigned char present[AT_ONCE];
    for (size_t done = 0; done < pages; done += AT_ONCE) {
        size_t count = pages - done < AT_ONCE ? pages - done : AT_ONCE;
        if (mincore((void *)(uintptr_t)(at + done * PAGE), count * PAGE, present) != 0) return -1;
        for (size_t k = 0; k < count; k++)
            digests[done + k] = present[k] & 1 ? digest((const uint64_t *)(const void *)(at + (done + k) * PAGE)) : 0;
    }
    return 0;
}
