/* clinux_memory.h: looking at shared memory without making pages of it.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef DRYDOCK_CLINUX_MEMORY_H
#define DRYDOCK_CLINUX_MEMORY_H
#include <stddef.h>
#include <stdint.h>

/* A number for the contents of each page of 4096 octets from `start`, which is aligned to one and mapped; 0 for a page that
 * nobody has touched yet, and it stays untouched. Others may write meanwhile. 0, or -1 with errno. */
int clinux_page_digests(const void *start, size_t pages, uint64_t *digests);
#endif
