/* SPDX-License-Identifier: Apache-2.0 */
#include "clinux.h"
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

/* Names that older headers lack. */
#ifndef SECCOMP_ADDFD_FLAG_SEND
#define SECCOMP_ADDFD_FLAG_SEND (1UL << 1)
#endif
#define THREAD_PIDFD O_EXCL

uint32_t clinux_audit_architecture(void) {
#if defined(__x86_64__)
    return AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
    return AUDIT_ARCH_AARCH64;
#else
    return 0;
#endif
}

/* In the child, between fork and exec: only what is safe there, and nothing that the new filter would catch. */
static int become(const struct clinux_filtered *order, int channel, const sigset_t *mask, const struct sigaction *child_ended) {
    const struct sock_fprog program = {order->instructions, (struct sock_filter *)order->filter};
    long listener = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
    if (listener < 0 && errno == EACCES) {
        /* Without CAP_SYS_ADMIN a filter is to be had at the price of never gaining privileges. */
        if (prctl(PR_SET_NO_NEW_PRIVS, 1UL, 0UL, 0UL, 0UL) != 0) return errno;
        listener = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
    }
    if (listener < 0) return errno;
    int number = (int)listener;
    char go;
    if (write(channel, &number, sizeof number) != sizeof number || read(channel, &go, 1) != 1) return EPIPE;
    close(number);
    sigaction(SIGCHLD, child_ended, NULL);
    sigprocmask(SIG_SETMASK, mask, NULL);
    execve(order->path, order->arguments, order->environment);
    return errno;
}

/* A whole int: what the child sends is its listener's number, or -errno. */
static int receive(int channel, int *number) {
    ssize_t length;
    do length = read(channel, number, sizeof *number); while (length < 0 && errno == EINTR);
    return length == sizeof *number;
}

static pid_t give_up(pid_t child, int channel, int why) {
    close(channel);
    kill(child, SIGKILL);
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {}
    return errno = why, -1;
}

/* The parent's half: takes the listener out of the child, lets it go on, and waits for exec. */
static pid_t attend(pid_t child, int channel, int *listener) {
    int number, why;
    if (!receive(channel, &number)) return give_up(child, channel, EPIPE);
    if (number < 0) return give_up(child, channel, -number);
    if ((*listener = clinux_program_descriptor(child, number)) < 0) return give_up(child, channel, errno);
    if (write(channel, "", 1) == 1 && receive(channel, &why)) {
        close(*listener);
        *listener = CLINUX_NOT_EXECUTED;
        return give_up(child, channel, -why);
    }
    /* The end of the channel: exec closed it. */
    close(channel);
    return child;
}

pid_t clinux_start_filtered(const struct clinux_filtered *order, int *listener) {
    int channel[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, channel) != 0) return -1;
    if (order->adopts) prctl(PR_SET_CHILD_SUBREAPER, 1UL, 0UL, 0UL, 0UL);
    /* A child whose end is ignored leaves no report. */
    struct sigaction usual = {.sa_handler = SIG_DFL}, before;
    sigaction(SIGCHLD, NULL, &before);
    if (before.sa_handler == SIG_IGN) sigaction(SIGCHLD, &usual, NULL);
    sigset_t all, mask;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &mask);
    pid_t child = fork();
    if (child == 0) {
        close(channel[0]);
        int why = -become(order, channel[1], &mask, &before);
        _exit(write(channel[1], &why, sizeof why) == sizeof why ? 126 : 127);
    }
    int why = errno;
    pthread_sigmask(SIG_SETMASK, &mask, NULL);
    close(channel[1]);
    if (child < 0) close(channel[0]);
    else child = attend(child, channel[0], listener), why = errno;
    /* What this process becomes instead adopts nobody. */
    if (child < 0 && order->adopts) prctl(PR_SET_CHILD_SUBREAPER, 0UL, 0UL, 0UL, 0UL);
    return errno = why, child;
}

int clinux_notify_receive(int listener, struct clinux_notification *out) {
    /* The kernel's structure may have grown: it is given the room that it asks for. */
    union { struct seccomp_notif notification; char room[512]; } in;
    static struct seccomp_notif_sizes sizes;
    if (sizes.seccomp_notif == 0 && syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes) != 0) return -1;
    if (sizes.seccomp_notif > sizeof in) return errno = E2BIG, -1;
    memset(&in, 0, sizeof in);
    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &in) != 0) return -1;
    out->id = in.notification.id;
    out->thread = (int32_t)in.notification.pid;
    out->number = in.notification.data.nr;
    for (int i = 0; i < 6; i++) out->arguments[i] = in.notification.data.args[i];
    return 0;
}

static int respond(int listener, const struct seccomp_notif_resp *response) {
    union { struct seccomp_notif_resp response; char room[256]; } out;
    memset(&out, 0, sizeof out);
    out.response = *response;
    int result;
    do result = ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &out); while (result != 0 && errno == EINTR);
    return result;
}

int clinux_notify_answer(int listener, uint64_t id, int64_t value, int error) {
    return respond(listener, &(struct seccomp_notif_resp){.id = id, .val = error ? 0 : value, .error = -error});
}

int clinux_notify_let_go(int listener, uint64_t id) {
    return respond(listener, &(struct seccomp_notif_resp){.id = id, .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE});
}

int clinux_notify_waits(int listener, uint64_t id) { return ioctl(listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0; }

int clinux_notify_give(int listener, uint64_t id, int fd, int close_on_exec) {
    struct seccomp_notif_addfd add = {
        .id = id, .flags = SECCOMP_ADDFD_FLAG_SEND, .srcfd = (uint32_t)fd, .newfd_flags = close_on_exec ? O_CLOEXEC : 0,
    };
    int number;
    do number = ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &add); while (number < 0 && errno == EINTR);
    if (number >= 0 || errno != EINVAL) return number;
    /* Linux before 5.14 gives and answers in two steps. */
    add.flags = 0;
    if ((number = ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &add)) < 0) return -1;
    return clinux_notify_answer(listener, id, number, 0) == 0 ? number : -1;
}

/* The process that a thread belongs to, for kernels (before 6.9) that have pidfds of processes only. */
static pid_t process_of(int thread) {
    char name[48], text[512];
    snprintf(name, sizeof name, "/proc/%d/status", thread);
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return -1;
    ssize_t length = read(fd, text, sizeof text - 1);
    close(fd);
    if (length <= 0) return -1;
    text[length] = 0;
    const char *line = strstr(text, "\nTgid:");
    return line ? (pid_t)strtol(line + 6, NULL, 10) : -1;
}

int clinux_program_descriptor(int thread, int fd) {
    int process = (int)syscall(SYS_pidfd_open, thread, THREAD_PIDFD);
    if (process < 0 && errno == EINVAL) process = (int)syscall(SYS_pidfd_open, process_of(thread), 0);
    if (process < 0) return -1;
    int number = (int)syscall(SYS_pidfd_getfd, process, fd, 0), why = errno;
    close(process);
    return errno = why, number;
}

ssize_t clinux_program_read(int thread, const struct iovec *theirs, size_t pieces, void *ours, size_t length) {
    const struct iovec here = {ours, length};
    return process_vm_readv(thread, &here, 1, theirs, pieces, 0);
}

ssize_t clinux_program_write(int thread, const struct iovec *theirs, size_t pieces, const void *ours, size_t length) {
    const struct iovec here = {(void *)ours, length};
    return process_vm_writev(thread, &here, 1, theirs, pieces, 0);
}

struct iovec clinux_their_piece(uint64_t address, uint64_t length) { return (struct iovec){(void *)(uintptr_t)address, length}; }

int clinux_signal_take_origin(int fd, int *from_kernel) {
    struct signalfd_siginfo info;
    if (read(fd, &info, sizeof info) != sizeof info) return 0;
    *from_kernel = info.ssi_code > 0;
    return (int)info.ssi_signo;
}

pid_t clinux_child_changed(pid_t pid, int *status) {
    pid_t changed;
    do changed = waitpid(pid, status, WNOHANG | WUNTRACED | WCONTINUED); while (changed < 0 && errno == EINTR);
    return changed;
}

int clinux_stopping_signal(int status) { return WIFSTOPPED(status) ? WSTOPSIG(status) : 0; }
int clinux_has_ended(int status) { return WIFEXITED(status) || WIFSIGNALED(status); }

void clinux_let_go_of_streams(int errors) {
    int empty = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (empty < 0) return;
    dup2(empty, 0);
    dup2(empty, 1);
    if (errors) dup2(empty, 2);
    if (empty > 2) close(empty);
}
