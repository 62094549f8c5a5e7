/* drydock_program.h: Linux as a library inside any program has to speak to it: system calls by number, no errno, no memory,
 * nothing that a signal handler or a child after vfork could not do.
 *
 * Every function returns the system call's result, or -errno. Those that the notifier's filter would catch carry
 * DRYDOCK_PASS in their sixth argument register, which they do not use; the filter lets them through.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef DRYDOCK_PROGRAM_H
#define DRYDOCK_PROGRAM_H
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/uio.h>

int program_socket(int family, int type, int protocol);
int program_bind(int fd, const void *address, unsigned length);
int program_listen(int fd, int backlog);
int program_accept(int fd, void *address, unsigned *length, int flags);
int program_connect(int fd, const void *address, unsigned length);
/* An abstract or a path name of `length` octets; the address is made here. */
int program_connect_unix(int fd, const void *name, unsigned length);
int program_socket_name(int fd, void *address, unsigned *length);
int program_peer_name(int fd, void *address, unsigned *length);
int program_get_option(int fd, int level, int name, void *value, unsigned *length);
int program_set_option(int fd, int level, int name, const void *value, unsigned length);
int program_shutdown(int fd, int how);

/* These may wait, and a thread may be cancelled (pthread_cancel) while they do. */
long program_read(int fd, void *octets, size_t room);
long program_write(int fd, const void *octets, size_t length);
/* Without an address, which the filter does not want to see. */
long program_send(int fd, const void *octets, size_t length, int flags);
long program_receive(int fd, void *octets, size_t room, int flags);
long program_send_message(int fd, const struct msghdr *message, int flags);
long program_receive_message(int fd, struct msghdr *message, int flags);
long program_read_vector(int fd, const struct iovec *vector, int count);
long program_write_vector(int fd, const struct iovec *vector, int count);
/* struct mmsghdr, which headers hide from who is not GNU. */
struct program_message { struct msghdr header; unsigned length; };
int program_send_messages(int fd, struct program_message *messages, unsigned count, int flags);
int program_receive_messages(int fd, struct program_message *messages, unsigned count, int flags, void *timeout);

/* One message preceded by `header`: the octets in all, header included, of the whole message, also when it was cut
 * (*is_cut). At most 1024 pieces: EMSGSIZE beyond. */
long program_receive_headed(int fd, void *header, size_t header_octets, const struct iovec *vector, size_t count, int flags, int *is_cut);
long program_send_headed(int fd, const void *header, size_t header_octets, const struct iovec *vector, size_t count, int flags);
/* Octets and at most one descriptor, close-on-exec; *descriptor is -1 without. */
long program_receive_descriptor(int fd, void *octets, size_t room, int flags, int *descriptor);

int program_close(int fd);
/* F_GETFL, F_SETFL. */
int program_status(int fd);
int program_set_status(int fd, int flags);
int program_set_close_on_exec(int fd, int on);
/* The lowest free descriptor from `lowest`. */
int program_duplicate(int fd, int lowest, int close_on_exec);
/* Milliseconds; -1 for ever. */
int program_poll(int fd, short events, int milliseconds);
/* Monotonic, milliseconds. */
int64_t program_clock(void);
/* The time of day, as a struct timeval, that was at `nanoseconds` of the monotonic clock. */
struct program_time { int64_t seconds, microseconds; };
struct program_time program_time_of_day(int64_t nanoseconds);
/* errno of the calling thread. */
void program_set_errno(int number);

/* What getsockopt(SO_RCVTIMEO or SO_SNDTIMEO) says, in milliseconds; -1: for ever. */
int64_t program_time_limit(int fd, int option);
#endif
