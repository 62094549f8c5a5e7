/* clinux_network.h: a network of this process's own, and interfaces in it.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef DRYDOCK_CLINUX_NETWORK_H
#define DRYDOCK_CLINUX_NETWORK_H

/* Goes on in a network namespace without interfaces, in which the kernel says nothing of its own accord (IPv6 is off). It goes
 * with the last process in it. Needs CAP_SYS_ADMIN and one thread. 0, or -1 with errno and nothing changed. */
int clinux_own_network(void);
/* Two Ethernet interfaces with a cable between them, both down. 0 or -1 with errno. */
int clinux_make_pair(const char *name, const char *other);
/* Removes an interface, and the other of a pair with it. 0 or -1 with errno. */
int clinux_remove_interface(const char *name);
int clinux_set_interface_mtu(const char *name, int mtu);
#endif
