/* program.c: the two ends of a program's socket.
 * SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "clinux.h"
#include "clinux_program.h"
#include <linux/sockios.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/un.h>
#include <unistd.h>

static int name_end(int fd, const char *name, size_t length) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (length + 1 > sizeof address.sun_path) return errno = ENAMETOOLONG, -1;
    memcpy(address.sun_path + 1, name, length);
    return bind(fd, (struct sockaddr *)&address, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + length));
}

int clinux_program_pair(int type, const char *name, size_t length, int ends[2]) {
    if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends) < 0) return -1;
    /* An octet that the program sends out of band keeps its place; where the kernel has none, nothing is lost. */
    int inline_urgent = 1;
    (void)setsockopt(ends[0], SOL_SOCKET, SO_OOBINLINE, &inline_urgent, sizeof inline_urgent);
    if (name_end(ends[0], name, length) == 0 && fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0) return 0;
    int why = errno;
    close(ends[0]);
    close(ends[1]);
    return errno = why, -1;
}

ssize_t clinux_put(int fd, const struct iovec *parts, size_t count) {
    struct msghdr message = {.msg_iov = (struct iovec *)parts, .msg_iovlen = count};
    ssize_t sent;
    do sent = sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL); while (sent < 0 && errno == EINTR);
    return sent;
}

ssize_t clinux_take(int fd, const struct iovec *parts, size_t count) {
    struct msghdr message = {.msg_iov = (struct iovec *)parts, .msg_iovlen = count};
    ssize_t octets;
    do octets = recvmsg(fd, &message, MSG_DONTWAIT); while (octets < 0 && errno == EINTR);
    return octets;
}

int clinux_is_at_mark(int fd) {
    int is = 0;
    return ioctl(fd, SIOCATMARK, &is) == 0 && is;
}

ssize_t clinux_put_urgent(int fd, uint8_t octet) { return send(fd, &octet, 1, MSG_DONTWAIT | MSG_NOSIGNAL | MSG_OOB); }

void clinux_raise_descriptor_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}
