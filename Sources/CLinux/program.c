/* program.c: the two ends of a program's socket.
 * SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "clinux.h"
#include "clinux_program.h"
#include <linux/sockios.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
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

static int write_text(const char *path, const char *text) {
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return -1;
    ssize_t written = write(fd, text, strlen(text));
    close(fd);
    return written < 0 ? -1 : 0;
}

static int own_mounts(void) {
    if (unshare(CLONE_NEWNS) == 0) return 0;
    if (errno != EPERM) return -1;
    char users[64], groups[64];
    snprintf(users, sizeof users, "%u %u 1", (unsigned)geteuid(), (unsigned)geteuid());
    snprintf(groups, sizeof groups, "%u %u 1", (unsigned)getegid(), (unsigned)getegid());
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0) return -1;
    /* A user may map its group only after it has given up changing the list of groups. user_namespaces(7) */
    if (write_text("/proc/self/setgroups", "deny") < 0 || write_text("/proc/self/uid_map", users) < 0) return -1;
    return write_text("/proc/self/gid_map", groups);
}

int clinux_cover_file(const char *file, const char *covered) {
    if (own_mounts() < 0) return -1;
    /* What is mounted here stays here. */
    if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) return -1;
    return mount(file, covered, NULL, MS_BIND, NULL);
}
