/// A program that was not written for us: its first word says what it does, its exit status whether that went well (0), or
/// the line of the check that failed.
let programSource = #"""
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* exit takes eight bits: lines start anew at 1. */
#line 1
#define CHECK(x) do { if (!(x)) { dprintf(2, "line %d: errno %d (%s)\n", __LINE__, errno, strerror(errno)); _exit(__LINE__); } } while (0)

static struct sockaddr_in peer = {.sin_family = AF_INET};
static int is_open(int fd) { return fcntl(fd, F_GETFD) >= 0; }
static int stream(int flags) { int fd = socket(AF_INET, SOCK_STREAM | flags, 0); CHECK(fd >= 0); return fd; }

static void descriptors(void) {
    int lowest = dup(0);
    close(lowest);
    int fd = stream(0);
    CHECK(fd == lowest && fcntl(fd, F_GETFD) == 0 && (fcntl(fd, F_GETFL) & O_NONBLOCK) == 0);
    int second = stream(SOCK_CLOEXEC | SOCK_NONBLOCK);
    CHECK(fcntl(second, F_GETFD) == FD_CLOEXEC && (fcntl(second, F_GETFL) & O_NONBLOCK));
    CHECK(socket(AF_INET, SOCK_STREAM | 0x100, 0) < 0 && errno == EINVAL);
    CHECK(listen(99, 1) < 0 && errno == EBADF);
    CHECK(listen(0, 1) < 0 && errno == ENOTSOCK);
}

static void pointers(void) {
    int fd = stream(0);
    socklen_t length = sizeof peer, negative = -1;
    CHECK(bind(fd, (void *)8, sizeof peer) < 0 && errno == EFAULT);
    CHECK(bind(fd, (void *)&peer, 1) < 0 && errno == EINVAL);
    CHECK(bind(fd, (void *)&peer, 200) < 0 && errno == EINVAL);
    CHECK(connect(fd, (void *)-64, sizeof peer) < 0 && errno == EFAULT);
    CHECK(getsockname(fd, (void *)&peer, (void *)8) < 0 && errno == EFAULT);
    CHECK(getsockname(fd, (void *)8, &length) < 0 && errno == EFAULT);
    CHECK(getsockname(fd, (void *)&peer, &negative) < 0 && errno == EINVAL);
    CHECK(setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, (void *)8, 4) < 0 && errno == EFAULT);
    CHECK(setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &length, -1) < 0 && errno == EINVAL);
    CHECK(getsockopt(fd, SOL_SOCKET, SO_RCVBUF, (void *)8, &length) < 0 && errno == EFAULT);
    CHECK(recvmsg(fd, (void *)8, 0) < 0 && errno == EFAULT);
}

static void names(void) {
    int fd = stream(0);
    char octets[32];
    memset(octets, 'x', sizeof octets);
    socklen_t length = 6;
    CHECK(getsockname(fd, (void *)octets, &length) == 0);
    CHECK(length == sizeof peer && octets[0] == AF_INET && octets[2] == 0 && octets[3] == 80 && octets[6] == 'x');
    length = 0;
    CHECK(getpeername(fd, (void *)8, &length) == 0 && length == sizeof peer);
}

static int fired;
static void fire(int number) { (void)number; fired++; }
static void alarm_after(int microseconds, int flags) {
    struct sigaction action = {.sa_handler = fire, .sa_flags = flags};
    sigaction(SIGALRM, &action, NULL);
    struct itimerval once = {.it_value = {0, microseconds}};
    setitimer(ITIMER_REAL, &once, NULL);
}

static int listener(void) {
    int fd = stream(0);
    CHECK(bind(fd, (void *)&peer, sizeof peer) == 0 && listen(fd, 5) == 0);
    return fd;
}

static void accepts(void) {
    int fd = listener();
    char octets[32];
    memset(octets, 'x', sizeof octets);
    socklen_t length = 6, negative = -1;
    int got = accept4(fd, (void *)octets, &length, SOCK_CLOEXEC);
    CHECK(got >= 0 && fcntl(got, F_GETFD) == FD_CLOEXEC && length == sizeof peer && octets[3] == 81 && octets[6] == 'x');
    CHECK(write(got, "hello", 5) == 5 && read(got, octets, 5) == 5 && memcmp(octets, "hello", 5) == 0);
    got = accept(fd, NULL, NULL);
    CHECK(got >= 0 && fcntl(got, F_GETFD) == 0);
    CHECK(accept(fd, (void *)octets, &negative) < 0 && errno == EINVAL);
    CHECK(accept4(fd, NULL, NULL, 1) < 0 && errno == EINVAL);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    CHECK(accept(fd, NULL, NULL) < 0 && errno == EAGAIN);
    fcntl(fd, F_SETFL, 0);
    struct timeval limit = {0, 20000};
    CHECK(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0);
    CHECK(accept(fd, NULL, NULL) < 0 && errno == EAGAIN);
}

static void interrupted(void) {
    int fd = listener();
    while (accept(fd, NULL, NULL) >= 0 && fcntl(fd, F_SETFL, O_NONBLOCK) == 0) {}
    fcntl(fd, F_SETFL, 0);
    alarm_after(50000, 0);
    CHECK(accept(fd, NULL, NULL) < 0 && errno == EINTR && fired == 1);
    /* A handler that lets the call begin again; a connection comes afterwards. */
    alarm_after(50000, SA_RESTART);
    if (fork() == 0) {
        int value;
        socklen_t length = sizeof value;
        usleep(200000);
        getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &value, &length);
        _exit(0);
    }
    CHECK(accept(fd, NULL, NULL) >= 0 && fired == 2);
    CHECK(wait(NULL) > 0);
}

/* A storm of signals: no call is lost, and none is made twice. */
static void storm(void) {
    struct sigaction action = {.sa_handler = fire, .sa_flags = SA_RESTART};
    sigaction(SIGALRM, &action, NULL);
    struct itimerval often = {.it_value = {0, 300}, .it_interval = {0, 300}};
    setitimer(ITIMER_REAL, &often, NULL);
    int lowest = dup(0);
    close(lowest);
    for (int i = 0; i < 500; i++) {
        int fd = stream(0);
        CHECK(fd == lowest && close(fd) == 0);
    }
    CHECK(fired > 0);
}

static void connects(void) {
    int fd = stream(0);
    alarm_after(50000, SA_RESTART);
    CHECK(connect(fd, (void *)&peer, sizeof peer) == 0 && fired == 1);
    CHECK(connect(fd, (void *)&peer, sizeof peer) < 0 && errno == ECONNREFUSED);
}

static void datagrams(void) {
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    CHECK(fd >= 0);
    peer.sin_port = htons(53);
    peer.sin_addr.s_addr = htonl(0xc0000201);
    CHECK(sendto(fd, "ping", 4, 0, (void *)&peer, sizeof peer) == 4);
    struct sockaddr_in from;
    socklen_t length = sizeof from;
    char octets[64] = "";
    CHECK(recvfrom(fd, octets, sizeof octets, 0, (void *)&from, &length) == 4 && memcmp(octets, "ping", 4) == 0);
    CHECK(length == sizeof from && from.sin_port == htons(53) && from.sin_addr.s_addr == htonl(0xc0000201));
    CHECK(sendto(fd, "x", 1, 0, (void *)8, 16) < 0 && errno == EFAULT);
    CHECK(sendto(fd, (void *)8, 16, 0, (void *)&peer, sizeof peer) < 0 && errno == EFAULT);
    struct iovec out[2] = {{"two ", 4}, {"parts", 5}}, in[2] = {{octets, 3}, {octets + 10, 20}};
    struct msghdr message = {.msg_name = &peer, .msg_namelen = sizeof peer, .msg_iov = out, .msg_iovlen = 2};
    CHECK(sendmsg(fd, &message, 0) == 9);
    char control[64];
    message = (struct msghdr){.msg_name = &from, .msg_namelen = sizeof from, .msg_iov = in, .msg_iovlen = 2, .msg_control = control, .msg_controllen = 64};
    CHECK(recvmsg(fd, &message, 0) == 9 && memcmp(octets, "two", 3) == 0 && memcmp(octets + 10, " parts", 6) == 0);
    CHECK(message.msg_namelen == sizeof from && message.msg_controllen == 0 && message.msg_flags == 0);
    struct mmsghdr many[2] = {{.msg_hdr = {.msg_name = &peer, .msg_namelen = sizeof peer, .msg_iov = out, .msg_iovlen = 1}}};
    many[1] = many[0];
    many[1].msg_hdr.msg_iovlen = 2;
    CHECK(sendmmsg(fd, many, 2, 0) == 2 && many[0].msg_len == 4 && many[1].msg_len == 9);
    struct iovec rooms[2] = {{octets, 2}, {octets + 20, 20}};
    memset(many, 0, sizeof many);
    for (int i = 0; i < 2; i++) many[i].msg_hdr = (struct msghdr){.msg_iov = rooms + i, .msg_iovlen = 1};
    CHECK(recvmmsg(fd, many, 2, MSG_WAITFORONE, NULL) == 2 && many[0].msg_len == 2 && many[0].msg_hdr.msg_flags == MSG_TRUNC && many[1].msg_len == 9);
    CHECK(recvfrom(fd, octets, 1, MSG_DONTWAIT, (void *)&from, &length) < 0 && errno == EAGAIN);
    struct timeval limit = {0, 20000};
    CHECK(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0);
    CHECK(recvfrom(fd, octets, 1, 0, (void *)&from, &length) < 0 && errno == EAGAIN);
}

/* Nothing here is ours. */
static void others(void) {
    int ends[2], number = -1;
    CHECK(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) == 0);
    union { struct cmsghdr align; char octets[CMSG_SPACE(sizeof(int))]; } control;
    struct iovec piece = {"x", 1};
    struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    *head = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
    memcpy(CMSG_DATA(head), &ends[0], sizeof(int));
    CHECK(sendmsg(ends[0], &message, 0) == 1);
    memset(&control, 0, sizeof control);
    char octet;
    piece = (struct iovec){&octet, 1};
    CHECK(recvmsg(ends[1], &message, 0) == 1 && octet == 'x');
    memcpy(&number, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(int));
    CHECK(number >= 0 && is_open(number));
    int listener = socket(AF_UNIX, SOCK_STREAM, 0), other = socket(AF_UNIX, SOCK_STREAM, 0), kind;
    struct sockaddr_un_short { sa_family_t family; char name[12]; } name = {AF_UNIX, ""};
    snprintf(name.name + 1, 11, "%d", getpid());
    CHECK(bind(listener, (void *)&name, 8) == 0 && listen(listener, 1) == 0 && connect(other, (void *)&name, 8) == 0);
    CHECK(accept(listener, NULL, NULL) >= 0);
    socklen_t length = sizeof kind;
    CHECK(getsockopt(listener, SOL_SOCKET, SO_ACCEPTCONN, &kind, &length) == 0 && kind == 1);
}

static void *wait_for_ever(void *listener) { return accept(*(int *)listener, NULL, NULL) < 0 ? listener : NULL; }

/* Ends while calls wait. */
static void dies(void) {
    int fd = listener();
    pthread_t threads[3];
    for (int i = 0; i < 3; i++) pthread_create(threads + i, NULL, wait_for_ever, &fd);
    usleep(50000);
    kill(getpid(), SIGKILL);
}

/* The first program ends before one that it started, which is still served. */
static void leaves(void) {
    if (fork() != 0) _exit(7);
    usleep(100000);
    int value;
    socklen_t length = sizeof value;
    int fd = stream(0);
    CHECK(getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &value, &length) == 0);
}

static void down(void) { _exit(socket(AF_INET, SOCK_STREAM, 0) < 0 ? errno : 0); }

int main(int count, char **words) {
    const char *what = count > 1 ? words[1] : "";
    struct { const char *name; void (*run)(void); } all[] = {
        {"descriptors", descriptors}, {"pointers", pointers}, {"names", names}, {"accepts", accepts}, {"interrupted", interrupted},
        {"storm", storm}, {"connects", connects}, {"datagrams", datagrams}, {"others", others}, {"dies", dies}, {"leaves", leaves},
        {"down", down},
    };
    /* Who started us may have a thread in which they are blocked. */
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    /* Nothing waits for ever. */
    timer_t end;
    struct sigevent kill_us = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGKILL};
    struct itimerspec limit = {.it_value = {30, 0}};
    timer_create(CLOCK_MONOTONIC, &kill_us, &end);
    timer_settime(end, 0, &limit, NULL);
    signal(SIGPIPE, SIG_IGN);
    for (unsigned i = 0; i < sizeof all / sizeof *all; i++)
        if (strcmp(what, all[i].name) == 0) return all[i].run(), 0;
    return 2;
}
"""#
