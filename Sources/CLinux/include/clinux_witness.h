/* clinux_witness.h: a copy of a process that stands still, which tells what it knows.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef DRYDOCK_CLINUX_WITNESS_H
#define DRYDOCK_CLINUX_WITNESS_H

/* Prepares it: in the copy `tell` will be called with a descriptor to write to, and `context`. What it writes is the file at
 * `path`, whole once the copy has ended with status 0. 0, or -1 with errno. */
int clinux_witness_prepare(const char *path, void (*tell)(int descriptor, void *context), void *context);

/* Makes the copy, a child of our parent's. For a call from outside (clinux_call), wherever the process stands: it takes no lock and
 * allocates nothing. The copy has no descriptor but the one, reaches no other process and no device, and ends within seconds.
 * Returns its pid; negative: an errno; 0: nothing was prepared. */
long clinux_witness(void);
#endif
