/* clinux.h: the system calls and macros that Swift cannot reach: variadic functions and macros with arguments.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef DRYDOCK_CLINUX_H
#define DRYDOCK_CLINUX_H
/* Swift reads the C library as the platform module does, without the extensions: the two must agree on its structures. */
#if !defined(_GNU_SOURCE) && !defined(__swift__)
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stddef.h>
#include <sys/types.h>
#include <sys/socket.h>
#include "clinux_host.h"

/* Goes on in a child of a process that has just started and has one thread; the process itself ends with status 0. So
 * whoever started it need not reap it later. 0, or -1 with errno and nothing changed. */
int clinux_detach(void);
/* As poll, with nanoseconds (-1: for ever). -1 with errno. */
int clinux_poll(struct pollfd *watched, unsigned count, int64_t nanoseconds);
int clinux_open(const char *path, int flags, mode_t mode);
int clinux_fcntl(int fd, int command, long argument);
int clinux_ioctl(int fd, unsigned long request, void *argument);
int clinux_memfd_create(const char *name, unsigned flags);
int clinux_seal(int fd, int seals);
int clinux_pidfd_open(pid_t pid);
int clinux_prctl(int option, unsigned long a, unsigned long b);

/* Credentials of the peer of a connected Unix socket. 0 or -1 with errno. */
int clinux_peer_credentials(int fd, pid_t *pid, uid_t *uid, gid_t *gid);
/* Sends one message with up to 16 descriptors. Returns octets sent, or -1 with errno. */
ssize_t clinux_send_with_descriptors(int fd, const void *octets, size_t length, const int *descriptors, int count, int flags);
/* Receives one message; descriptors arrive close-on-exec. `*count` is in: room, out: how many. -1 with errno;
 * EMSGSIZE when the message or its descriptors were cut (what arrived is closed). */
ssize_t clinux_receive_with_descriptors(int fd, void *octets, size_t capacity, int *descriptors, int *count, int flags);
/* Opens (creating it where it does not exist) TAP device `name`, without a packet-information header. */
int clinux_open_tap(const char *name, int flags);
/* Sets a TAP device's carrier/up state in this network namespace: 1 up, 0 down. */
int clinux_interface_up(const char *name, int up);

#include "clinux_call.h"
#include "clinux_cores.h"
#include "clinux_debug.h"
#include "clinux_memory.h"
#include "clinux_network.h"
#include "clinux_notify.h"
#include "clinux_packet.h"
#include "clinux_program.h"
#include "clinux_sandbox.h"
#include "clinux_shown.h"
#include "clinux_spawn.h"
#include "clinux_vfio.h"
#include "clinux_witness.h"
#endif
