/* clinux_packet.h: frames of an interface of this network namespace, as they are on the wire.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef DRYDOCK_CLINUX_PACKET_H
#define DRYDOCK_CLINUX_PACKET_H
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* A packet socket for all frames of one interface, not blocking; needs CAP_NET_RAW. -1 with errno. */
int clinux_open_packet(const char *name);
/* What the kernel has put off until a frame leaves the machine. VIRTIO 1.2 5.1.6 */
typedef struct clinux_put_off {
    uint8_t flags;          /* 1: the sum from sum_start on, but for the pseudo header's              */
    uint8_t cutting;        /* into segments; 0: nothing to cut, 1: TCP over IPv4                     */
    uint16_t header_octets, segment_octets, sum_start, sum_offset;
} clinux_put_off;
/* One frame, with the 802.1Q tag that the kernel has taken out of it. -1 with errno; EAGAIN: there is none. */
ssize_t clinux_receive_frame(int fd, void *octets, size_t capacity, clinux_put_off *put_off);
/* Sends a frame as it is. Its octets, or -1 with errno. */
ssize_t clinux_send_frame(int fd, const void *octets, size_t length);
/* The interface's MTU, or -1 with errno. */
int clinux_interface_mtu(const char *name);
/* Switches the joining of received segments (GRO) on or off. What it was before, or -1 with errno. */
int clinux_interface_joins(const char *name, int on);
#endif
