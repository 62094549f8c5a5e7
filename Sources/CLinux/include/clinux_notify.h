/* clinux_notify.h: seccomp user notification, and reaching into the programs that it comes from.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef DRYDOCK_CLINUX_NOTIFY_H
#define DRYDOCK_CLINUX_NOTIFY_H
#include <linux/filter.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

/* This machine's audit architecture: AUDIT_ARCH_X86_64 or AUDIT_ARCH_AARCH64; 0 on others. */
uint32_t clinux_audit_architecture(void);

/* A program to be started under a filter. */
struct clinux_filtered {
    const char *path;
    char *const *arguments, *const *environment;
    const struct sock_filter *filter;
    unsigned short instructions;
    /* Not 0: descendants whose parents have ended become the caller's children. */
    int adopts;
};

enum { CLINUX_NOT_EXECUTED = -2 };

/* Starts a program with the caller's descriptors, process group and signals, under `order->filter`, and takes the listener
 * of its notifications. Its process id, or -1 with errno: why it could not be executed, and *listener is then
 * CLINUX_NOT_EXECUTED; else why there is no listener, as EPERM when the kernel does not let us reach into the program. */
pid_t clinux_start_filtered(const struct clinux_filtered *order, int *listener);

struct clinux_notification {
    uint64_t id;
    /* The thread, as this process's namespace numbers it. */
    int32_t thread, number;
    uint64_t arguments[6];
};

/* 0, or -1 with errno: ENOENT, when whoever called is gone. */
int clinux_notify_receive(int listener, struct clinux_notification *out);
/* Ends a call: with `value`, or `error` where that is not 0. -1 with ENOENT when nobody waits for it any more. */
int clinux_notify_answer(int listener, uint64_t id, int64_t value, int error);
/* Lets the kernel do the call. */
int clinux_notify_let_go(int listener, uint64_t id);
/* Whether the caller still waits. */
int clinux_notify_waits(int listener, uint64_t id);
/* Ends a call with a new descriptor in its process, for the same open file as `fd`. The number, or -1 with errno. */
int clinux_notify_give(int listener, uint64_t id, int fd, int close_on_exec);

/* Our own number for what is `fd` in the process of `thread`. -1 with errno: EBADF when that is none. */
int clinux_program_descriptor(int thread, int fd);
/* Octets between its memory and ours. How many were copied, or -1 with errno. */
ssize_t clinux_program_read(int thread, const struct iovec *theirs, size_t pieces, void *ours, size_t length);
ssize_t clinux_program_write(int thread, const struct iovec *theirs, size_t pieces, const void *ours, size_t length);
/* A piece of another process's memory. */
struct iovec clinux_their_piece(uint64_t address, uint64_t length);

/* The next signal of a signalfd, 0 without one; *from_kernel: nobody sent it, as a terminal's. */
int clinux_signal_take_origin(int fd, int *from_kernel);
/* A child that has ended, stopped or gone on (-1: any): its process id, 0 when there is none, -1 with errno. */
pid_t clinux_child_changed(pid_t pid, int *status);
/* Of such a status: the signal that stopped it, 0 when it was not stopped; whether it has ended. */
int clinux_stopping_signal(int status);
int clinux_has_ended(int status);
/* Standard input and output of this process become /dev/null; `errors` not 0: the standard error as well. */
void clinux_let_go_of_streams(int errors);
#endif
