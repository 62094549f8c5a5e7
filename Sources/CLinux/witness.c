/* SPDX-License-Identifier: Apache-2.0
 * A process that hangs or has faulted answers nobody, and yet its memory has every answer. A copy of it (clone(2)) runs the code that
 * makes them, on memory of its own: what it changes is lost with it. */
#include "clinux.h"
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { WITNESS_STACK = 1 << 20, WITNESS_FILE = 16 << 20, WITNESS_SECONDS = 5, WITNESS_PATH = 512 };

static char place[WITNESS_PATH];
static void (*testimony)(int, void *);
static void *subject;
/* The end of a stack for the copy: that of the thread that is asked may be what overflowed. */
static char *stack_end;

int clinux_witness_prepare(const char *path, void (*tell)(int, void *), void *context) {
    if (strlen(path) >= sizeof place) return errno = ENAMETOOLONG, -1;
    char *stack = mmap(NULL, WITNESS_STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);
    if (stack == MAP_FAILED) return -1;
    strcpy(place, path);
    stack_end = stack + WITNESS_STACK, testimony = tell, subject = context;
    return 0;
}

static void limit(int what, rlim_t most) {
    struct rlimit both = {most, most};
    setrlimit((__rlimit_resource_t)what, &both);
}

/* The handler of faults would write into the note that the copy shares with the process; and a fault while it is blocked ends the
 * copy, which is as good. */
static void forget_handlers(void) {
    static const int faults[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT, SIGSYS};
    sigset_t all;
    for (unsigned i = 0; i < sizeof faults / sizeof *faults; i++) signal(faults[i], SIG_DFL);
    sigemptyset(&all);
    for (unsigned i = 0; i < sizeof faults / sizeof *faults; i++) sigaddset(&all, faults[i]);
    sigprocmask(SIG_UNBLOCK, &all, NULL);
}

static int speak(void *nothing) {
    (void)nothing;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    forget_handlers();
    syscall(SYS_setpriority, PRIO_PROCESS, 0, 19);
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_CPU, WITNESS_SECONDS);
    limit(RLIMIT_FSIZE, WITNESS_FILE);
    int file = open(place, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (file < 0) _exit(1);
    /* Whatever else it asks of descriptors by their numbers meets nothing: no NIC, no program, no other process. */
    if (file > 0) syscall(SYS_close_range, 0u, (unsigned)file - 1, 0u);
    syscall(SYS_close_range, (unsigned)file + 1, ~0u, 0u);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || !(clinux_sandbox_enter(CLINUX_SANDBOX_RUNNING) & CLINUX_SANDBOX_SECCOMP)) _exit(1);
    testimony(file, subject);
    _exit(0);
}

long clinux_witness(void) {
    if (stack_end == NULL) return 0;
    int saved = errno, pid = clone(speak, stack_end, CLONE_PARENT, NULL);
    long answer = pid < 0 ? -errno : pid;
    errno = saved;
    return answer;
}
