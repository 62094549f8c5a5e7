/* Interfaces of the host: netdevice(7), rtnetlink(7). */
#include "hostlink.h"
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

int32_t hostlink_probe(void) {
    int s = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    return s < 0 ? -errno : s;
}

int32_t hostlink_changes(void) {
    int s = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
    if (s < 0) return -errno;
    struct sockaddr_nl at = { .nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK };
    if (bind(s, (struct sockaddr *)&at, sizeof at) != 0) {
        int why = errno;
        close(s);
        return -why;
    }
    return s;
}

void hostlink_drain(int32_t changes) {
    char octets[8192];
    /* What they say is of no interest: the state itself is asked for. ENOBUFS says that there were more. */
    for (int n = 0; n < 64; n++)
        if (recv(changes, octets, sizeof octets, MSG_DONTWAIT) < 0 && errno != ENOBUFS && errno != EINTR) return;
}

static int32_t named(struct ifreq *r, const char *name) {
    memset(r, 0, sizeof *r);
    if (strnlen(name, IFNAMSIZ) >= IFNAMSIZ) return -EINVAL;
    strncpy(r->ifr_name, name, IFNAMSIZ - 1);
    return 0;
}

int32_t hostlink_index(int32_t probe, const char *name) {
    struct ifreq r;
    if (named(&r, name) != 0) return -EINVAL;
    return ioctl(probe, SIOCGIFINDEX, &r) != 0 ? -errno : r.ifr_ifindex;
}

int32_t hostlink_look(int32_t probe, uint32_t index, hostlink_interface *out) {
    struct ifreq r;
    memset(&r, 0, sizeof r);
    memset(out, 0, sizeof *out);
    r.ifr_ifindex = (int)index;
    if (ioctl(probe, SIOCGIFNAME, &r) != 0) return -errno;
    memcpy(out->name, r.ifr_name, IFNAMSIZ);
    out->name[IFNAMSIZ - 1] = 0;
    out->index = index;
    if (ioctl(probe, SIOCGIFHWADDR, &r) != 0) return -errno;
    memcpy(out->mac, r.ifr_hwaddr.sa_data, 6);
    out->type = r.ifr_hwaddr.sa_family;
    if (ioctl(probe, SIOCGIFMTU, &r) != 0) return -errno;
    out->mtu = (uint32_t)r.ifr_mtu;
    if (ioctl(probe, SIOCGIFFLAGS, &r) != 0) return -errno;
    out->up = (r.ifr_flags & IFF_UP) != 0;
    /* IFF_RUNNING follows the carrier up to a second later; this asks the device itself. */
    struct ethtool_value link = { .cmd = ETHTOOL_GLINK };
    out->running = (r.ifr_flags & IFF_RUNNING) != 0;
    r.ifr_data = (char *)&link;
    if (ioctl(probe, SIOCETHTOOL, &r) == 0) out->running = link.data != 0;
    return 0;
}

uint32_t hostlink_speed(int32_t probe, const char *name) {
    struct ifreq r;
    struct ethtool_cmd c = { .cmd = ETHTOOL_GSET };
    if (named(&r, name) != 0) return 0;
    r.ifr_data = (char *)&c;
    if (ioctl(probe, SIOCETHTOOL, &r) != 0) return 0;
    uint32_t speed = ethtool_cmd_speed(&c);
    return speed == (uint32_t)SPEED_UNKNOWN ? 0 : speed;
}

void hostlink_close(int32_t descriptor) { if (descriptor >= 0) close(descriptor); }

const char *hostlink_error(int32_t number) { return strerror(number < 0 ? -number : number); }
