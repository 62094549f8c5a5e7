/* preload.c: see drydock_preload.h. SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "drydock_preload.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { NOTES = 1 << 16, LONGEST = 107 };
static uint8_t notes[NOTES];

/* 0: not looked for yet, 1: there is none, 2: there is. */
static uint8_t found;
static uint8_t is_notified;
static char calls[LONGEST + 1];

static void look(void) {
    if (__atomic_load_n(&found, __ATOMIC_ACQUIRE)) return;
    const char *given = getenv("DRYDOCK_CALLS");
    size_t length = given ? strlen(given) : 0;
    if (length > 0 && length <= LONGEST) memcpy(calls, given, length);
    is_notified = getenv("DRYDOCK_NOTIFIED") != NULL;
    __atomic_store_n(&found, length > 0 && length <= LONGEST ? 2 : 1, __ATOMIC_RELEASE);
}

const char *preload_calls(void) {
    /* Others' constructors may run before ours. */
    if (__builtin_expect(!__atomic_load_n(&found, __ATOMIC_ACQUIRE), 0)) look();
    return __atomic_load_n(&found, __ATOMIC_ACQUIRE) == 2 ? calls : NULL;
}

int preload_is_out(void) {
    /* The user that was asked about last, plus one, and the answer in the lowest bit. */
    static uint64_t known;
    if (!preload_calls() || !is_notified) return 0;
    uint64_t user = (uint64_t)geteuid() + 1, last = __atomic_load_n(&known, __ATOMIC_RELAXED);
    if (last >> 1 == user) return (int)(last & 1);
    int saved = errno, is_out = faccessat(AT_FDCWD, calls, W_OK, AT_EACCESS) != 0 && errno == EACCES;
    errno = saved;
    __atomic_store_n(&known, user << 1 | (uint64_t)is_out, __ATOMIC_RELAXED);
    return is_out;
}

__attribute__((constructor)) static void begin(void) {
    if (preload_calls()) preload_begin();
}

uint8_t preload_note(int fd) { return fd >= 0 && fd < NOTES ? __atomic_load_n(&notes[fd], __ATOMIC_RELAXED) : 0; }
void preload_set_note(int fd, uint8_t note) {
    if (fd >= 0 && fd < NOTES) __atomic_store_n(&notes[fd], note, __ATOMIC_RELAXED);
}

/* syscall(3) sets errno, which these functions' callers would have set as well. */
static long result(long value) { return value < 0 ? -errno : value; }

long preload_plain(int which, long a, long b, long c, long d, long e) {
    static const long numbers[] = {
        SYS_socket, SYS_bind, SYS_listen, SYS_accept4, SYS_connect, SYS_getsockname, SYS_getpeername, SYS_getsockopt, SYS_setsockopt, SYS_shutdown,
    };
    return result(syscall(numbers[which], a, b, c, d, e));
}

int preload_duplicate_to(int fd, int other, int flags) { return (int)result(syscall(SYS_dup3, fd, other, flags)); }
int preload_duplicate_over(int fd, int other) {
    /* dup2 of a descriptor to itself only asks whether it is open. */
    if (fd == other) return (int)result(syscall(SYS_fcntl, fd, 1 /* F_GETFD */, 0)) < 0 ? -EBADF : fd;
    return preload_duplicate_to(fd, other, 0);
}
int preload_close_range(unsigned first, unsigned last, unsigned flags) {
    /* Not the close-on-exec form, which closes nothing now. */
    if (!(flags & 4))
        for (unsigned fd = first; fd <= last && fd < NOTES; fd++) preload_set_note((int)fd, 0);
    return (int)result(syscall(SYS_close_range, first, last, flags));
}
long preload_control(int fd, int command, long argument) { return result(syscall(SYS_fcntl, fd, command, argument)); }
long preload_device_control(int fd, unsigned long request, long argument) { return result(syscall(SYS_ioctl, fd, request, argument)); }
void preload_broken_pipe(void) { syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), SIGPIPE); }
void preload_overflow(void) { abort(); }
