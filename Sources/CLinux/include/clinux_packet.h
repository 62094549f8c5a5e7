/* clinux_packet.h: frames of an interface of this network namespace, as they are on the wire.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef DRYDOCK_CLINUX_PACKET_H
#define DRYDOCK_CLINUX_PACKET_H
#include <stddef.h>
#include <sys/types.h>

/* A packet socket for all frames of one interface, not blocking; needs CAP_NET_RAW. -1 with errno. */
int clinux_open_packet(const char *name);
/* One frame, with the 802.1Q tag that the kernel has taken out of it. -1 with errno; EAGAIN: there is none. */
ssize_t clinux_receive_frame(int fd, void *octets, size_t capacity);
/* The interface's MTU, or -1 with errno. */
int clinux_interface_mtu(const char *name);
/* Switches the joining of received segments (GRO) on or off. What it was before, or -1 with errno. */
int clinux_interface_joins(const char *name, int on);
#endif
