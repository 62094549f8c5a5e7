/* SPDX-License-Identifier: Apache-2.0 */
#include "clinux.h"
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { FIRST_DESCRIPTOR = 3, MOST_DESCRIPTORS = 32, ABOVE_ALL_TARGETS = 64 };

/* In the child, between fork and exec: only async-signal-safe calls. Returns the errno of what failed. */
static int become(const char *path, char *const arguments[], const int *descriptors, int count, int output, int *report, pid_t parent) {
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return errno;
    /* The parent may have died before the kernel was told: then nobody is left to die with. */
    if (getppid() != parent) _exit(127);
    setsid();
    /* Signals ignored or blocked by the parent would stay so across exec. */
    for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);

    /* A source may sit on another's target: lift all of them out of the way first. */
    int lifted[MOST_DESCRIPTORS], empty = open("/dev/null", O_RDWR);
    if (empty < 0) return errno;
    if ((*report = fcntl(*report, F_DUPFD_CLOEXEC, ABOVE_ALL_TARGETS)) < 0) _exit(127);
    if ((output = fcntl(output, F_DUPFD, ABOVE_ALL_TARGETS)) < 0) return errno;
    if ((empty = fcntl(empty, F_DUPFD, ABOVE_ALL_TARGETS)) < 0) return errno;
    for (int i = 0; i < count; i++)
        if ((lifted[i] = fcntl(descriptors[i], F_DUPFD, ABOVE_ALL_TARGETS)) < 0) return errno;
    if (dup2(empty, 0) < 0 || dup2(output, 1) < 0 || dup2(output, 2) < 0) return errno;
    for (int i = 0; i < count; i++)
        if (dup2(lifted[i], FIRST_DESCRIPTOR + i) < 0) return errno;
    int last = FIRST_DESCRIPTOR + count;
    if (dup3(*report, last, O_CLOEXEC) < 0) return errno;
    *report = last;
    if (syscall(SYS_close_range, last + 1, ~0U, 0) != 0) {
        /* Linux before 5.9 has no close_range. */
        long limit = sysconf(_SC_OPEN_MAX);
        for (int fd = last + 1; fd < limit; fd++) close(fd);
    }
    execve(path, arguments, environ);
    return errno;
}

pid_t clinux_spawn_bound(const char *path, char *const arguments[], const int *descriptors, int count, int output) {
    int report[2], why = 0;
    if (count < 0 || count > MOST_DESCRIPTORS) return errno = EINVAL, -1;
    if (pipe2(report, O_CLOEXEC) != 0) return -1;
    pid_t parent = getpid(), child = fork();
    if (child == 0) {
        why = become(path, arguments, descriptors, count, output, &report[1], parent);
        ssize_t written = write(report[1], &why, sizeof why);
        _exit(written == sizeof why ? 126 : 127);
    }
    int failed = errno;
    close(report[1]);
    if (child < 0) {
        close(report[0]);
        return errno = failed, -1;
    }
    /* End of file means that exec closed the pipe: the program runs. */
    ssize_t length;
    do length = read(report[0], &why, sizeof why); while (length < 0 && errno == EINTR);
    close(report[0]);
    if (length != sizeof why) return child;
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {}
    return errno = why, -1;
}
