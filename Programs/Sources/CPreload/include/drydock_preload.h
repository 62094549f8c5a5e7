/* drydock_preload.h: what the preloaded library keeps of its process, and the few system calls of its own.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef DRYDOCK_PRELOAD_H
#define DRYDOCK_PRELOAD_H
#include <stddef.h>
#include <stdint.h>

/* DRYDOCK_CALLS as it was when the program started: programs clear their environment. NULL: nothing is to be done here. */
const char *preload_calls(void);

/* Called once, when the library is loaded into a program that runs on a stack. */
void preload_begin(void);

/* A note about each descriptor, 0 at first. Descriptors past the table have none. A note may be out of date: descriptors are
 * closed by ways that are not seen here. */
uint8_t preload_note(int fd);
void preload_set_note(int fd, uint8_t note);

/* 1: this process may not speak to its stack itself (it has become another user), and somebody answers its system calls. */
int preload_is_out(void);

enum {
    PRELOAD_SOCKET, PRELOAD_BIND, PRELOAD_LISTEN, PRELOAD_ACCEPT, PRELOAD_CONNECT, PRELOAD_SOCKET_NAME, PRELOAD_PEER_NAME,
    PRELOAD_OPTION, PRELOAD_SET_OPTION, PRELOAD_SHUTDOWN,
};
/* A system call as the program itself would make it, so that whoever answers them sees it. -errno. */
long preload_plain(int which, long a, long b, long c, long d, long e);

/* Results or -errno. */
int preload_duplicate_to(int fd, int other, int flags);
int preload_duplicate_over(int fd, int other);
int preload_close_range(unsigned first, unsigned last, unsigned flags);
long preload_control(int fd, int command, long argument);
long preload_device_control(int fd, unsigned long request, long argument);
/* SIGPIPE to the calling thread. */
void preload_broken_pipe(void);
/* The end of a program that gave a function more room than it has. */
_Noreturn void preload_overflow(void);
#endif
