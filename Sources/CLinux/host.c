/* SPDX-License-Identifier: Apache-2.0 */
#include "clinux.h"
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

const char *clinux_error_text(int number) {
    const char *text = strerrordesc_np(number);
    return text ? text : "unknown error";
}

const char *clinux_signal_name(int number) { return sigabbrev_np(number); }
int clinux_new_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC | O_NONBLOCK); }
int clinux_die_with_parent(int number) { return prctl(PR_SET_PDEATHSIG, (unsigned long)number, 0, 0, 0); }
int clinux_thread(void) { return (int)gettid(); }
void clinux_set_name(const char *name) { prctl(PR_SET_NAME, (unsigned long)name, 0, 0, 0); }
char **clinux_environment(void) { return environ; }
int clinux_accept(int listener) { return accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK); }
int clinux_o_path(void) { return O_PATH; }

int clinux_new_memory(const char *name, size_t length) {
    int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0) return -1;
    if (ftruncate(fd, (off_t)length) == 0 && fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) == 0) return fd;
    int why = errno;
    close(fd);
    return errno = why, -1;
}

int clinux_cannot_shrink(int fd) {
    int seals = fcntl(fd, F_GET_SEALS);
    return seals >= 0 && (seals & F_SEAL_SHRINK) != 0;
}

int clinux_keep_out_of_cores(void *start, size_t length) { return madvise(start, length, MADV_DONTDUMP); }
int clinux_timer(void) { return timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK); }

int clinux_timer_arm(int fd, uint64_t nanoseconds) {
    struct itimerspec when = {.it_value = {(time_t)(nanoseconds / 1000000000u), (long)(nanoseconds % 1000000000u)}};
    return timerfd_settime(fd, TFD_TIMER_ABSTIME, &when, NULL);
}

static int64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int wait_once(int fd, struct epoll_event *events, int count, int64_t nanoseconds) {
    struct timespec limit = {nanoseconds / 1000000000, nanoseconds % 1000000000};
    int n = (int)syscall(SYS_epoll_pwait2, fd, events, count, nanoseconds < 0 ? NULL : &limit, NULL, (size_t)0);
    if (n >= 0 || errno != ENOSYS) return n;
    /* Linux before 5.11: milliseconds, rounded up so that a timer is never early. */
    int64_t ms = nanoseconds < 0 ? -1 : nanoseconds / 1000000 + (nanoseconds % 1000000 != 0);
    return epoll_wait(fd, events, count, ms > INT_MAX ? INT_MAX : (int)ms);
}

int clinux_epoll_wait(int fd, struct epoll_event *events, int count, int64_t nanoseconds) {
    int n = wait_once(fd, events, count, nanoseconds);
    if (n >= 0 || errno != EINTR) return n;
    if (nanoseconds < 0) {
        while ((n = wait_once(fd, events, count, -1)) < 0 && errno == EINTR) {}
        return n;
    }
    /* How much of the time had passed is not known: at worst the wait is twice as long. */
    int64_t end = now() + nanoseconds;
    do {
        int64_t left = end - now();
        n = wait_once(fd, events, count, left > 0 ? left : 0);
    } while (n < 0 && errno == EINTR);
    return n;
}

int clinux_signal_descriptor(const int *signals, int count) {
    sigset_t set;
    sigemptyset(&set);
    for (int i = 0; i < count; i++) sigaddset(&set, signals[i]);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0) return -1;
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

int clinux_signal_take(int fd) {
    struct signalfd_siginfo info;
    return read(fd, &info, sizeof info) == sizeof info ? (int)info.ssi_signo : 0;
}

int clinux_pidfd_signal(int pidfd, int number) { return (int)syscall(SYS_pidfd_send_signal, pidfd, number, NULL, 0); }

enum { MOST_STARTED = 32 };

/* A source may sit on another's target: lift all of them above the targets first. */
static int lift(const int *descriptors, int count, int *lifted) {
    for (int i = 0; i < count; i++) {
        lifted[i] = descriptors[i] < 0 ? open("/dev/null", O_RDWR | O_CLOEXEC) : fcntl(descriptors[i], F_DUPFD_CLOEXEC, count);
        if (lifted[i] >= 0 && lifted[i] < count) {
            int low = lifted[i];
            lifted[i] = fcntl(low, F_DUPFD_CLOEXEC, count);
            close(low);
        }
        if (lifted[i] < 0) {
            int why = errno;
            while (i > 0) close(lifted[--i]);
            return why;
        }
    }
    return 0;
}

pid_t clinux_start(const char *path, char *const arguments[], char *const environment[], const int *descriptors, int count, int session) {
    int lifted[MOST_STARTED], why;
    if (count < 0 || count > MOST_STARTED) return errno = EINVAL, -1;
    if ((why = lift(descriptors, count, lifted)) != 0) return errno = why, -1;
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t all, none;
    sigfillset(&all);
    sigemptyset(&none);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    for (int i = 0; i < count && why == 0; i++) why = posix_spawn_file_actions_adddup2(&actions, lifted[i], i);
    if (why == 0) why = posix_spawn_file_actions_addclosefrom_np(&actions, count);
    if (why == 0) why = posix_spawnattr_setsigdefault(&attributes, &all);
    if (why == 0) why = posix_spawnattr_setsigmask(&attributes, &none);
    if (why == 0) why = posix_spawnattr_setflags(&attributes, (session ? POSIX_SPAWN_SETSID : POSIX_SPAWN_SETPGROUP) | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    pid_t pid = -1;
    if (why == 0) why = posix_spawn(&pid, path, &actions, &attributes, arguments, environment ? environment : environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    for (int i = 0; i < count; i++) close(lifted[i]);
    return why == 0 ? pid : (errno = why, -1);
}

/* struct sched_attr of sched_setattr(2), as it was first: glibc before 2.41 has no name for it. */
struct turn {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
};

void clinux_short_turns(uint64_t nanoseconds) {
    struct turn turn = {.size = sizeof turn};
    if (syscall(SYS_sched_getattr, 0, &turn, sizeof turn, 0) != 0 || turn.policy != 0) return;
    turn.flags = 0;
    turn.runtime = nanoseconds;
    syscall(SYS_sched_setattr, 0, &turn, 0);
}

unsigned clinux_processor(void) { return (unsigned)(sched_getcpu() + 1); }

void clinux_give_way(int nice) {
    setpriority(PRIO_PROCESS, 0, nice);
    char text[16];
    int length = snprintf(text, sizeof text, "%d", nice), file = open("/proc/self/autogroup", O_WRONLY | O_CLOEXEC);
    if (file < 0) return;
    if (write(file, text, (size_t)length) < 0) {} /* A kernel without it, or asked too often: then there is only the niceness. */
    close(file);
}

int clinux_is_stopped(pid_t pid) {
    siginfo_t change;
    memset(&change, 0, sizeof change);
    if (waitid(P_PID, (id_t)pid, &change, WSTOPPED | WEXITED | WNOHANG | WNOWAIT) != 0) return -1;
    if (change.si_pid != pid) return 0;
    return change.si_code == CLD_STOPPED || change.si_code == CLD_TRAPPED ? 1 : -1;
}

int clinux_wait(pid_t pid, int *status) {
    siginfo_t change;
    pid_t done;
    memset(&change, 0, sizeof change);
    /* While a thread of ours traces it, its stops are for that thread: only its end is taken here. */
    if (waitid(P_PID, (id_t)pid, &change, WEXITED | WNOHANG | WNOWAIT) != 0) return -1;
    if (change.si_pid != pid || change.si_code == CLD_TRAPPED || change.si_code == CLD_STOPPED) return 0;
    do done = waitpid(pid, status, WNOHANG); while (done < 0 && errno == EINTR);
    return done < 0 ? -1 : done != 0;
}

int clinux_exit_code(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : -1; }
int clinux_ending_signal(int status) { return WIFSIGNALED(status) ? WTERMSIG(status) : 0; }
