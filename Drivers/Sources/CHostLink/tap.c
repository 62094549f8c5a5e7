/* TAP interfaces: Documentation/networking/tuntap.rst. */
#include "hostlink.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

_Static_assert(sizeof(hostlink_part) == sizeof(struct iovec) && offsetof(hostlink_part, octets) == offsetof(struct iovec, iov_len), "one shape");

/* Octets of the header before every frame: no merged buffers. VIRTIO 1.2 §5.1.6. */
enum { HEADER = 10 };

int32_t hostlink_tap_open(const char *name, int32_t with_header, char out[HOSTLINK_NAME]) {
    struct ifreq r;
    memset(&r, 0, sizeof r);
    if (strnlen(name, IFNAMSIZ) >= IFNAMSIZ) return -EINVAL;
    strncpy(r.ifr_name, name, IFNAMSIZ - 1);
    r.ifr_flags = IFF_TAP | IFF_NO_PI | (with_header ? IFF_VNET_HDR : 0);
    int tap = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (tap < 0) return -errno;
    int header = HEADER;
    if (ioctl(tap, TUNSETIFF, &r) != 0 || (with_header && ioctl(tap, TUNSETVNETHDRSZ, &header) != 0)) {
        int why = errno;
        close(tap);
        return -why;
    }
    memcpy(out, r.ifr_name, IFNAMSIZ);
    return tap;
}

int32_t hostlink_tap_offload(int32_t tap, uint32_t offload) {
    unsigned flags = offload & HOSTLINK_OFFLOAD_CHECKSUM ? TUN_F_CSUM : 0;
    if (flags && offload & HOSTLINK_OFFLOAD_JOINED) flags |= TUN_F_TSO4 | TUN_F_TSO6;
    return ioctl(tap, TUNSETOFFLOAD, flags) != 0 ? -errno : 0;
}

int32_t hostlink_tap_carrier(int32_t tap, int32_t on) {
    int value = on;
    return ioctl(tap, TUNSETCARRIER, &value) != 0 ? -errno : 0;
}

int32_t hostlink_tap_filter(int32_t tap, const uint8_t *addresses, uint32_t count, int32_t all_multicast) {
    if (count > 256) return -EINVAL;
    struct tun_filter *f = calloc(1, sizeof *f + count * 6u);
    if (!f) return -ENOMEM;
    f->flags = all_multicast ? TUN_FLT_ALLMULTI : 0;
    f->count = (uint16_t)count;
    if (count > 0) memcpy(f->addr, addresses, count * 6u);
    int status = ioctl(tap, TUNSETTXFILTER, f) < 0 ? -errno : 0;
    free(f);
    return status;
}

int64_t hostlink_readv(int32_t descriptor, const hostlink_part *parts, uint32_t count) {
    ssize_t n;
    do n = readv(descriptor, (const struct iovec *)parts, (int)count); while (n < 0 && errno == EINTR);
    return n < 0 ? -errno : n;
}

int64_t hostlink_writev(int32_t descriptor, const hostlink_part *parts, uint32_t count) {
    ssize_t n;
    do n = writev(descriptor, (const struct iovec *)parts, (int)count); while (n < 0 && errno == EINTR);
    return n < 0 ? -errno : n;
}
