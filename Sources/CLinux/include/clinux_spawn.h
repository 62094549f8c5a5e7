/* clinux_spawn.h: children that cannot outlive the one that made them.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef DRYDOCK_CLINUX_SPAWN_H
#define DRYDOCK_CLINUX_SPAWN_H
#include <sys/types.h>

/* Starts `path` in a session of its own. In the child `descriptors[i]` is descriptor 3+i, standard input is empty,
 * standard output and error are `output`, and nothing else is open. The kernel kills it (SIGKILL) when the calling
 * *thread* ends, for whatever reason: call from a thread that lives as long as the child should.
 * Returns the child's process id, or -1 with errno; a path that cannot be executed is reported here too. */
pid_t clinux_spawn_bound(const char *path, char *const arguments[], const int *descriptors, int count, int output);
#endif
