/* SPDX-License-Identifier: Apache-2.0 */
#include "clinux.h"
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/time.h>
#include <unistd.h>

int clinux_own_network(void) {
    static const char *const quiet[] = {"/proc/sys/net/ipv6/conf/all/disable_ipv6", "/proc/sys/net/ipv6/conf/default/disable_ipv6"};
    if (unshare(CLONE_NEWNET) < 0) return -1;
    for (unsigned i = 0; i < sizeof quiet / sizeof *quiet; i++) {
        /* A kernel without IPv6 has no such file, and is quiet. */
        int fd = open(quiet[i], O_WRONLY | O_CLOEXEC);
        if (fd < 0) continue;
        (void)!write(fd, "1", 1);
        close(fd);
    }
    return 0;
}

/* A request to rtnetlink(7) as it grows. */
struct request {
    struct nlmsghdr head;
    struct ifinfomsg link;
    char attributes[256];
};

static struct rtattr *put(struct request *r, unsigned short type, const void *value, size_t octets) {
    struct rtattr *one = (void *)((char *)r + r->head.nlmsg_len);
    one->rta_type = type;
    one->rta_len = (unsigned short)RTA_LENGTH(octets);
    if (octets > 0) memcpy(RTA_DATA(one), value, octets);
    r->head.nlmsg_len += RTA_SPACE(octets);
    return one;
}

/* What was put since then is inside it. */
static void enclose(struct request *r, struct rtattr *one) { one->rta_len = (unsigned short)((char *)r + r->head.nlmsg_len - (char *)one); }

static void put_name(struct request *r, const char *name) { put(r, IFLA_IFNAME, name, strlen(name) + 1); }

/* Sends a request and waits two seconds at most for the kernel's word. */
static int done(struct request *r) {
    struct timeval most = {.tv_sec = 2};
    struct { struct nlmsghdr head; struct nlmsgerr word; char rest[512]; } answer;
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), why = 0;
    if (fd < 0) return -1;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most);
    if (send(fd, r, r->head.nlmsg_len, 0) < 0) why = errno;
    else if (recv(fd, &answer, sizeof answer, 0) < (ssize_t)(sizeof answer.head + sizeof answer.word.error)) why = errno ? errno : EPROTO;
    else if (answer.head.nlmsg_type != NLMSG_ERROR) why = EPROTO;
    else why = -answer.word.error;
    close(fd);
    return why == 0 ? 0 : (errno = why, -1);
}

static struct request begin(unsigned short type, unsigned short flags) {
    return (struct request){.head = {.nlmsg_len = NLMSG_LENGTH(sizeof(struct ifinfomsg)), .nlmsg_type = type,
                                     .nlmsg_flags = (unsigned short)(NLM_F_REQUEST | NLM_F_ACK | flags)}};
}

int clinux_make_pair(const char *name, const char *other) {
    if (strlen(name) >= IFNAMSIZ || strlen(other) >= IFNAMSIZ) return errno = ENAMETOOLONG, -1;
    struct ifinfomsg peer = {0};
    struct request r = begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
    put_name(&r, name);
    struct rtattr *info = put(&r, IFLA_LINKINFO, NULL, 0);
    put(&r, IFLA_INFO_KIND, "veth", 4);
    struct rtattr *more = put(&r, IFLA_INFO_DATA, NULL, 0), *second = put(&r, VETH_INFO_PEER, &peer, sizeof peer);
    put_name(&r, other);
    enclose(&r, second);
    enclose(&r, more);
    enclose(&r, info);
    return done(&r);
}

int clinux_remove_interface(const char *name) {
    struct request r = begin(RTM_DELLINK, 0);
    r.link.ifi_index = (int)if_nametoindex(name);
    return r.link.ifi_index == 0 ? (errno = ENODEV, -1) : done(&r);
}

int clinux_set_interface_mtu(const char *name, int mtu) {
    struct ifreq request = {.ifr_mtu = mtu};
    if (strlen(name) >= IFNAMSIZ) return errno = ENAMETOOLONG, -1;
    strcpy(request.ifr_name, name);
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return -1;
    int result = ioctl(fd, SIOCSIFMTU, &request), why = errno;
    close(fd);
    return errno = why, result;
}
