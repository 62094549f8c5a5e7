/* clinux_sandbox.h: a process that gives away what it does not need, before it runs code that nobody vouches for.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef DRYDOCK_CLINUX_SANDBOX_H
#define DRYDOCK_CLINUX_SANDBOX_H
#include <stdint.h>

enum clinux_sandbox_stage {
    /* A shared library may still be loaded: system libraries can be read and mapped as code; nothing is written, no socket made,
     * no process started or reached. */
    CLINUX_SANDBOX_LOADING,
    /* Descriptors that are open may be used, memory taken, time asked and waited for. Nothing else. */
    CLINUX_SANDBOX_RUNNING
};

/* What a stage did; a bit each. */
enum {
    CLINUX_SANDBOX_NO_PRIVILEGES = 1, CLINUX_SANDBOX_SECCOMP = 2, CLINUX_SANDBOX_LANDLOCK = 4, CLINUX_SANDBOX_USER = 8,
    CLINUX_SANDBOX_MOUNT = 16, CLINUX_SANDBOX_NETWORK = 32, CLINUX_SANDBOX_IPC = 64, CLINUX_SANDBOX_LIMITS = 128
};

/* Enters a stage, for good: every later one is narrower. For a process with one thread. A call that is refused fails with EPERM and
 * is noted. Returns what could be done; without CLINUX_SANDBOX_SECCOMP the process is not confined. */
unsigned clinux_sandbox_enter(enum clinux_sandbox_stage stage);

/* Calls refused so far with number `call` (below 512), since it was asked last; asking sets it to 0. */
uint32_t clinux_sandbox_refused(int call);
/* Calls refused since the beginning. */
uint32_t clinux_sandbox_refused_in_all(void);
/* The name of a system call that a driver may be expected to try; NULL: only its number is known. */
const char *clinux_call_name(int call);
#endif
