/* program.c: see drydock_program.h. SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "drydock_program.h"
#include "drydock_calls.h"
#include <fcntl.h>
#include <pthread.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>


static inline long call(long number, long a, long b, long c, long d, long e, long f) {
#if defined(__x86_64__)
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    long result;
    __asm__ volatile("syscall" : "=a"(result) : "0"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
    return result;
#elif defined(__aarch64__)
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    register long x4 __asm__("x4") = e;
    register long x5 __asm__("x5") = f;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
    return x0;
#else
#error "system calls of this machine are not known here"
#endif
}

static const long pass = (long)DRYDOCK_PASS;
#define ADDRESS(p) ((long)(p))

/* Absent in libraries of C that do not have it: then every process is taken to have threads. */
extern char __libc_single_threaded __attribute__((weak));
extern int pthread_setcanceltype(int, int *) __attribute__((weak));

/* A call that may wait. glibc's own would be a point of cancellation, so this is one. */
static long waiting_call(long number, long a, long b, long c, long d, long e, long f) {
    if ((&__libc_single_threaded && __libc_single_threaded) || !pthread_setcanceltype)
        return call(number, a, b, c, d, e, f);
    int before;
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &before);
    long result = call(number, a, b, c, d, e, f);
    pthread_setcanceltype(before, &before);
    return result;
}

int program_socket(int family, int type, int protocol) { return (int)call(SYS_socket, family, type, protocol, 0, 0, pass); }
int program_bind(int fd, const void *address, unsigned length) { return (int)call(SYS_bind, fd, ADDRESS(address), length, 0, 0, pass); }
int program_listen(int fd, int backlog) { return (int)call(SYS_listen, fd, backlog, 0, 0, 0, pass); }
int program_accept(int fd, void *address, unsigned *length, int flags) {
    return (int)waiting_call(SYS_accept4, fd, ADDRESS(address), ADDRESS(length), flags, 0, pass);
}
int program_connect(int fd, const void *address, unsigned length) {
    return (int)waiting_call(SYS_connect, fd, ADDRESS(address), length, 0, 0, pass);
}
int program_connect_unix(int fd, const void *name, unsigned length) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (length > sizeof address.sun_path) return -ENAMETOOLONG;
    memcpy(address.sun_path, name, length);
    return (int)call(SYS_connect, fd, ADDRESS(&address), (long)(offsetof(struct sockaddr_un, sun_path) + length), 0, 0, pass);
}
int program_socket_name(int fd, void *address, unsigned *length) {
    return (int)call(SYS_getsockname, fd, ADDRESS(address), ADDRESS(length), 0, 0, pass);
}
int program_peer_name(int fd, void *address, unsigned *length) {
    return (int)call(SYS_getpeername, fd, ADDRESS(address), ADDRESS(length), 0, 0, pass);
}
int program_get_option(int fd, int level, int name, void *value, unsigned *length) {
    return (int)call(SYS_getsockopt, fd, level, name, ADDRESS(value), ADDRESS(length), pass);
}
int program_set_option(int fd, int level, int name, const void *value, unsigned length) {
    return (int)call(SYS_setsockopt, fd, level, name, ADDRESS(value), length, pass);
}
int program_shutdown(int fd, int how) { return (int)call(SYS_shutdown, fd, how, 0, 0, 0, pass); }

long program_read(int fd, void *octets, size_t room) { return waiting_call(SYS_read, fd, ADDRESS(octets), (long)room, 0, 0, 0); }
long program_write(int fd, const void *octets, size_t length) { return waiting_call(SYS_write, fd, ADDRESS(octets), (long)length, 0, 0, 0); }
long program_read_vector(int fd, const struct iovec *vector, int count) { return waiting_call(SYS_readv, fd, ADDRESS(vector), count, 0, 0, 0); }
long program_write_vector(int fd, const struct iovec *vector, int count) { return waiting_call(SYS_writev, fd, ADDRESS(vector), count, 0, 0, 0); }
long program_send(int fd, const void *octets, size_t length, int flags) {
    return waiting_call(SYS_sendto, fd, ADDRESS(octets), (long)length, flags, 0, 0);
}
long program_receive(int fd, void *octets, size_t room, int flags) {
    return waiting_call(SYS_recvfrom, fd, ADDRESS(octets), (long)room, flags, 0, 0);
}
long program_send_message(int fd, const struct msghdr *message, int flags) {
    return waiting_call(SYS_sendmsg, fd, ADDRESS(message), flags, 0, 0, pass);
}
long program_receive_message(int fd, struct msghdr *message, int flags) {
    return waiting_call(SYS_recvmsg, fd, ADDRESS(message), flags, 0, 0, pass);
}
int program_send_messages(int fd, struct program_message *messages, unsigned count, int flags) {
    return (int)waiting_call(SYS_sendmmsg, fd, ADDRESS(messages), count, flags, 0, pass);
}
int program_receive_messages(int fd, struct program_message *messages, unsigned count, int flags, void *timeout) {
    return (int)waiting_call(SYS_recvmmsg, fd, ADDRESS(messages), count, flags, ADDRESS(timeout), pass);
}

/* A piece more than the kernel takes (UIO_MAXIOV) is not to be had: a program with 1024 of its own is told so. */
enum { FEW = 8, MOST = 1024 };

static long with_header(long number, int fd, const void *header, size_t octets, const struct iovec *vector, size_t count, int flags,
                        struct iovec *room, int *is_cut) {
    room[0] = (struct iovec){(void *)header, octets};
    if (count) memcpy(room + 1, vector, count * sizeof *vector);
    struct msghdr message = {.msg_iov = room, .msg_iovlen = count + 1};
    long result = waiting_call(number, fd, ADDRESS(&message), flags, 0, 0, pass);
    if (is_cut) *is_cut = result >= 0 && (message.msg_flags & MSG_TRUNC);
    return result;
}

static __attribute__((noinline)) long with_many(long number, int fd, const void *header, size_t octets, const struct iovec *vector,
                                                size_t count, int flags, int *is_cut) {
    struct iovec room[MOST];
    return with_header(number, fd, header, octets, vector, count, flags, room, is_cut);
}

static long headed(long number, int fd, const void *header, size_t octets, const struct iovec *vector, size_t count, int flags, int *is_cut) {
    if (count >= MOST) return -EMSGSIZE;
    if (count >= FEW) return with_many(number, fd, header, octets, vector, count, flags, is_cut);
    struct iovec room[FEW];
    return with_header(number, fd, header, octets, vector, count, flags, room, is_cut);
}

long program_receive_headed(int fd, void *header, size_t octets, const struct iovec *vector, size_t count, int flags, int *is_cut) {
    return headed(SYS_recvmsg, fd, header, octets, vector, count, flags | MSG_TRUNC, is_cut);
}
long program_send_headed(int fd, const void *header, size_t octets, const struct iovec *vector, size_t count, int flags) {
    return headed(SYS_sendmsg, fd, header, octets, vector, count, flags, NULL);
}

long program_receive_descriptor(int fd, void *octets, size_t room, int flags, int *descriptor) {
    union { struct cmsghdr align; char octets[CMSG_SPACE(sizeof(int))]; } control;
    struct iovec piece = {octets, room};
    struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    *descriptor = -1;
    long result = waiting_call(SYS_recvmsg, fd, ADDRESS(&message), flags | MSG_CMSG_CLOEXEC, 0, 0, pass);
    if (result < 0) return result;
    struct cmsghdr *first = CMSG_FIRSTHDR(&message);
    if (first && first->cmsg_level == SOL_SOCKET && first->cmsg_type == SCM_RIGHTS && first->cmsg_len >= CMSG_LEN(sizeof(int)))
        memcpy(descriptor, CMSG_DATA(first), sizeof(int));
    return result;
}

int program_close(int fd) { return (int)call(SYS_close, fd, 0, 0, 0, 0, 0); }
int program_status(int fd) { return (int)call(SYS_fcntl, fd, F_GETFL, 0, 0, 0, 0); }
int program_set_status(int fd, int flags) { return (int)call(SYS_fcntl, fd, F_SETFL, flags, 0, 0, 0); }
int program_set_close_on_exec(int fd, int on) { return (int)call(SYS_fcntl, fd, F_SETFD, on ? FD_CLOEXEC : 0, 0, 0, 0); }
int program_duplicate(int fd, int lowest, int close_on_exec) {
    return (int)call(SYS_fcntl, fd, close_on_exec ? F_DUPFD_CLOEXEC : F_DUPFD, lowest, 0, 0, 0);
}
int program_poll(int fd, short events, int milliseconds) {
    struct pollfd one = {.fd = fd, .events = events};
    struct timespec limit = {milliseconds / 1000, (long)(milliseconds % 1000) * 1000000};
    long result = waiting_call(SYS_ppoll, ADDRESS(&one), 1, milliseconds < 0 ? 0 : ADDRESS(&limit), 0, 0, 0);
    return result > 0 ? one.revents : (int)result;
}
int64_t program_clock(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
struct program_time program_time_of_day(int64_t nanoseconds) {
    struct timespec real, monotonic;
    clock_gettime(CLOCK_REALTIME, &real);
    clock_gettime(CLOCK_MONOTONIC, &monotonic);
    int64_t ago = (int64_t)monotonic.tv_sec * 1000000000 + monotonic.tv_nsec - nanoseconds;
    int64_t then = (int64_t)real.tv_sec * 1000000000 + real.tv_nsec - ago;
    return (struct program_time){then / 1000000000, then % 1000000000 / 1000};
}
void program_set_errno(int number) { errno = number; }

int64_t program_time_limit(int fd, int option) {
    struct timeval limit = {0, 0};
    unsigned length = sizeof limit;
    if (program_get_option(fd, SOL_SOCKET, option, &limit, &length) != 0) return -1;
    if (limit.tv_sec == 0 && limit.tv_usec == 0) return -1;
    return (int64_t)limit.tv_sec * 1000 + (limit.tv_usec + 999) / 1000;
}
