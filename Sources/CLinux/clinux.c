/* SPDX-License-Identifier: Apache-2.0 */
#include "clinux.h"
#include <linux/if.h>
#include <linux/if_tun.h>
#include <linux/if_ether.h>
#include <arpa/inet.h>
#include <string.h>
#include <time.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int clinux_detach(void) {
    pid_t child = fork();
    if (child > 0) _exit(0);
    return child;
}

int clinux_poll(struct pollfd *watched, unsigned count, int64_t nanoseconds) {
    struct timespec limit = {nanoseconds / 1000000000, nanoseconds % 1000000000};
    return ppoll(watched, count, nanoseconds < 0 ? NULL : &limit, NULL);
}

int clinux_open(const char *path, int flags, mode_t mode) { return open(path, flags, mode); }
int clinux_fcntl(int fd, int command, long argument) { return fcntl(fd, command, argument); }
int clinux_ioctl(int fd, unsigned long request, void *argument) { return ioctl(fd, request, argument); }
int clinux_memfd_create(const char *name, unsigned flags) { return memfd_create(name, flags); }
int clinux_seal(int fd, int seals) { return fcntl(fd, F_ADD_SEALS, seals); }
int clinux_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }
int clinux_prctl(int option, unsigned long a, unsigned long b) { return prctl(option, a, b, 0, 0); }

int clinux_peer_credentials(int fd, pid_t *pid, uid_t *uid, gid_t *gid) {
    struct ucred who;
    socklen_t length = sizeof who;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &length) != 0) return -1;
    *pid = who.pid, *uid = who.uid, *gid = who.gid;
    return 0;
}

enum { MOST_DESCRIPTORS = 16 };

ssize_t clinux_send_with_descriptors(int fd, const void *octets, size_t length, const int *descriptors, int count, int flags) {
    union { struct cmsghdr header; char room[CMSG_SPACE(sizeof(int) * MOST_DESCRIPTORS)]; } control;
    struct iovec part = {(void *)octets, length};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (count < 0 || count > MOST_DESCRIPTORS) return errno = EINVAL, -1;
    if (count > 0) {
        memset(&control, 0, sizeof control);
        message.msg_control = &control;
        message.msg_controllen = CMSG_SPACE(sizeof(int) * (size_t)count);
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int) * (size_t)count);
        memcpy(CMSG_DATA(header), descriptors, sizeof(int) * (size_t)count);
    }
    ssize_t sent;
    do sent = sendmsg(fd, &message, flags | MSG_NOSIGNAL); while (sent < 0 && errno == EINTR);
    return sent;
}

ssize_t clinux_receive_with_descriptors(int fd, void *octets, size_t capacity, int *descriptors, int *count, int flags) {
    union { struct cmsghdr header; char room[CMSG_SPACE(sizeof(int) * MOST_DESCRIPTORS)]; } control;
    struct iovec part = {octets, capacity};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    int room = *count, arrived = 0, cut = 0;
    ssize_t length;
    do length = recvmsg(fd, &message, flags | MSG_CMSG_CLOEXEC); while (length < 0 && errno == EINTR);
    *count = 0;
    if (length < 0) return -1;
    for (struct cmsghdr *h = CMSG_FIRSTHDR(&message); h; h = CMSG_NXTHDR(&message, h)) {
        if (h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_RIGHTS) continue;
        int n = (int)((h->cmsg_len - CMSG_LEN(0)) / sizeof(int));
        for (int i = 0; i < n; i++) {
            int received;
            memcpy(&received, CMSG_DATA(h) + sizeof(int) * (size_t)i, sizeof received);
            if (arrived < room) descriptors[arrived++] = received;
            else close(received), cut = 1;
        }
    }
    if (cut || (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC))) {
        while (arrived > 0) close(descriptors[--arrived]);
        return errno = EMSGSIZE, -1;
    }
    *count = arrived;
    return length;
}

int clinux_open_tap(const char *name, int flags) {
    if (strlen(name) >= IFNAMSIZ) return errno = ENAMETOOLONG, -1;
    int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | flags);
    if (fd < 0) return -1;
    struct ifreq request;
    memset(&request, 0, sizeof request);
    strcpy(request.ifr_name, name);
    request.ifr_flags = IFF_TAP | IFF_NO_PI;
    if (ioctl(fd, TUNSETIFF, &request) < 0) {
        int why = errno;
        close(fd);
        return errno = why, -1;
    }
    return fd;
}

int clinux_interface_up(const char *name, int up) {
    if (strlen(name) >= IFNAMSIZ) return errno = ENAMETOOLONG, -1;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return -1;
    struct ifreq request;
    memset(&request, 0, sizeof request);
    strcpy(request.ifr_name, name);
    int result = ioctl(fd, SIOCGIFFLAGS, &request);
    if (result == 0) {
        if (up) request.ifr_flags |= IFF_UP; else request.ifr_flags &= ~IFF_UP;
        result = ioctl(fd, SIOCSIFFLAGS, &request);
    }
    int why = errno;
    close(fd);
    return errno = why, result;
}
