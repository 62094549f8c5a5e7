/* clinux_program.h: the two ends of a socket in a program that was not written for us.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef DRYDOCK_CLINUX_PROGRAM_H
#define DRYDOCK_CLINUX_PROGRAM_H
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

/* Two connected ends: ends[0] non-blocking and bound to the abstract name `name`, ends[1] blocking. Both close-on-exec.
 * `type` is SOCK_STREAM or SOCK_SEQPACKET. 0, or -1 with errno and nothing made. */
int clinux_program_pair(int type, const char *name, size_t length, int ends[2]);
/* Sends what lies in `parts` without waiting and without SIGPIPE. Octets sent, or -1 with errno. */
ssize_t clinux_put(int fd, const struct iovec *parts, size_t count);
/* Receives into `parts` without waiting. Octets, 0 at the end, or -1 with errno. */
ssize_t clinux_take(int fd, const struct iovec *parts, size_t count);
/* Whether the next octet of a stream is the one that was sent out of band. */
int clinux_is_at_mark(int fd);
/* One octet, out of band. 1, or -1 with errno. */
ssize_t clinux_put_urgent(int fd, uint8_t octet);
/* As many descriptors as this process may have at all. */
void clinux_raise_descriptor_limit(void);
/* Shows `file` in the place of `covered` to this process and its children, in a mount namespace of their own; without the
 * right to that, in a user namespace as well, in which they are who they are. 0, or -1 with errno. Needs one thread. */
int clinux_cover_file(const char *file, const char *covered);
#endif
