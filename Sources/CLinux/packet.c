/* SPDX-License-Identifier: Apache-2.0 */
#include "clinux.h"
#include <arpa/inet.h>
#include <linux/ethtool.h>
#include <linux/if.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { ignore_outgoing = 23 /* PACKET_IGNORE_OUTGOING, Linux 4.20 */, addresses = 12, tag = 4 };

/* An ioctl about the interface `name`. -1 with errno. */
static int ask(const char *name, unsigned long request, struct ifreq *about) {
    if (strlen(name) >= IFNAMSIZ) return errno = ENAMETOOLONG, -1;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return -1;
    strcpy(about->ifr_name, name);
    int result = ioctl(fd, request, about), why = errno;
    close(fd);
    return errno = why, result;
}

static int prepared(int fd, int index) {
    struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = index};
    struct packet_mreq everything = {.mr_ifindex = index, .mr_type = PACKET_MR_PROMISC};
    int one = 1, room = 1 << 22;
    /* What this socket sends is not to come back to it. */
    setsockopt(fd, SOL_PACKET, ignore_outgoing, &one, sizeof one);
    setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &everything, sizeof everything);
    if (setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &one, sizeof one) < 0) return -1;
    if (setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &one, sizeof one) < 0) return -1;
    /* Beyond the system's limit where that is allowed. */
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room) < 0) setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    return bind(fd, (struct sockaddr *)&address, sizeof address);
}

int clinux_open_packet(const char *name) {
    struct ifreq request = {0};
    if (ask(name, SIOCGIFINDEX, &request) < 0) return -1;
    int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || prepared(fd, request.ifr_ifindex) == 0) return fd;
    int why = errno;
    close(fd);
    return errno = why, -1;
}

/* The tag that came beside a frame. - Returns: whether there is one. */
static int took_tag(struct msghdr *message, unsigned char *place) {
    for (struct cmsghdr *one = CMSG_FIRSTHDR(message); one; one = CMSG_NXTHDR(message, one)) {
        struct tpacket_auxdata beside;
        if (one->cmsg_level != SOL_PACKET || one->cmsg_type != PACKET_AUXDATA || one->cmsg_len < CMSG_LEN(sizeof beside)) continue;
        memcpy(&beside, CMSG_DATA(one), sizeof beside);
        if (!(beside.tp_status & TP_STATUS_VLAN_VALID)) return 0;
        uint16_t type = beside.tp_status & TP_STATUS_VLAN_TPID_VALID ? beside.tp_vlan_tpid : ETH_P_8021Q;
        place[0] = type >> 8, place[1] = type & 0xff, place[2] = beside.tp_vlan_tci >> 8, place[3] = beside.tp_vlan_tci & 0xff;
        return 1;
    }
    return 0;
}

_Static_assert(sizeof(clinux_put_off) == 10, "virtio_net_hdr without the field for merged buffers");

ssize_t clinux_receive_frame(int fd, void *octets, size_t capacity, clinux_put_off *put_off) {
    unsigned char *frame = octets;
    if (capacity < addresses + tag) return errno = EMSGSIZE, -1;
    /* Room for a tag behind the addresses, filled or closed afterwards. */
    struct iovec parts[3] = {{put_off, sizeof *put_off}, {frame, addresses}, {frame + addresses + tag, capacity - addresses - tag}};
    union { struct cmsghdr head; char room[CMSG_SPACE(sizeof(struct tpacket_auxdata))]; } control;
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 3, .msg_control = &control, .msg_controllen = sizeof control};
    ssize_t count = recvmsg(fd, &message, MSG_DONTWAIT);
    if (count < 0) return count;
    count -= (ssize_t)sizeof *put_off;
    if (count <= addresses) return count < 0 ? 0 : count;
    if (took_tag(&message, frame + addresses)) {
        put_off->sum_start += tag;
        return count + tag;
    }
    memmove(frame + addresses, frame + addresses + tag, (size_t)count - addresses);
    return count;
}

ssize_t clinux_send_frame(int fd, const void *octets, size_t length) {
    clinux_put_off nothing = {0};
    struct iovec parts[2] = {{&nothing, sizeof nothing}, {(void *)octets, length}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    return sendmsg(fd, &message, MSG_DONTWAIT);
}

int clinux_interface_mtu(const char *name) {
    struct ifreq request = {0};
    return ask(name, SIOCGIFMTU, &request) < 0 ? -1 : request.ifr_mtu;
}

int clinux_interface_joins(const char *name, int on) {
    struct ethtool_value value = {.cmd = ETHTOOL_GGRO};
    struct ifreq request = {.ifr_data = (void *)&value};
    if (ask(name, SIOCETHTOOL, &request) < 0) return -1;
    int before = value.data != 0;
    value = (struct ethtool_value){.cmd = ETHTOOL_SGRO, .data = on != 0};
    request.ifr_data = (void *)&value;
    return ask(name, SIOCETHTOOL, &request) < 0 ? -1 : before;
}
