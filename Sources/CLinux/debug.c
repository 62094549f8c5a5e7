/* SPDX-License-Identifier: Apache-2.0
 * A breakpoint of the processor in a child. While it is waited for, a thread of ours traces the child; where it is met, the child is let
 * go with SIGSTOP, so that it stands as one that was suspended stands, and may be looked into by everybody.
 *
 * Sources: ptrace(2), PTRACE_SEIZE; Intel SDM volume 3, 19.2 "Debug Registers", 19.3.1.1 (the resume flag). */
#include "clinux.h"
#include <dirent.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

uint64_t clinux_debug_control(uint32_t kind, uint32_t octets, int count) {
    uint64_t length = octets == 8 ? 2 : octets == 4 ? 3 : octets == 2 ? 1 : 0;
    uint64_t what = (kind & 3) | (kind == CLINUX_DEBUG_RUN ? 0 : length) << 2;
    return count > 1 ? 5 | what << 16 | what << 20 : 1 | what << 16;
}

#if defined __x86_64__
enum { MOST_THREADS = 256, RESUME_FLAG = 0x10000, HELD_MILLISECONDS = 1000 };

struct trace {
    struct clinux_debug_plan plan;
    struct clinux_debug_word word;
    int count, pidfd, hit;
    struct clinux_debug_order order; /* way 0: it is waited for the plan's place */
    struct { int tid, stands, signal; } threads[MOST_THREADS];
};

static int busy;

static int debug_register(int tid, int number, uint64_t value) {
    size_t at = offsetof(struct user, u_debugreg) + (size_t)number * sizeof(unsigned long);
    return (int)ptrace(PTRACE_POKEUSER, tid, (void *)at, (void *)(uintptr_t)value);
}

/* A thread that stands has the breakpoint from now on; one that stands at it, has passed it. */
static int arm(struct trace *t, int tid) {
    struct user_regs_struct r;
    if (debug_register(tid, 7, 0) != 0 || debug_register(tid, 0, t->plan.address) != 0) return -1;
    if (t->plan.other && debug_register(tid, 1, t->plan.other) != 0) return -1;
    if (debug_register(tid, 7, clinux_debug_control(t->plan.kind, t->plan.octets, t->plan.other ? 2 : 1)) != 0) return -1;
    if (t->plan.kind == CLINUX_DEBUG_RUN && ptrace(PTRACE_GETREGS, tid, NULL, &r) == 0 && (r.rip == t->plan.address || r.rip == t->plan.other)) {
        r.eflags |= RESUME_FLAG;
        ptrace(PTRACE_SETREGS, tid, NULL, &r);
    }
    return 0;
}

static void say(struct trace *t, uint32_t news) {
    struct pollfd room = {t->plan.socket, POLLOUT, 0};
    t->word.news = news;
    /* The last word may wait until the reader has read the others. */
    if (news != CLINUX_DEBUG_PASS) poll(&room, 1, HELD_MILLISECONDS);
    if (send(t->plan.socket, &t->word, sizeof t->word, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) t->word.unsent++;
}

/* The thread's place in the list; it is put there when it is new. -1: the list is full. */
static int place(struct trace *t, int tid) {
    for (int k = 0; k < t->count; k++)
        if (t->threads[k].tid == tid) return k;
    if (t->count == MOST_THREADS) return -1;
    t->threads[t->count].tid = tid, t->threads[t->count].stands = 0, t->threads[t->count].signal = 0;
    return t->count++;
}

static int is_known(const struct trace *t, int tid) {
    for (int k = 0; k < t->count; k++)
        if (t->threads[k].tid == tid) return 1;
    return 0;
}

static void await_stop(struct trace *t, int k, uint64_t end) {
    struct timespec pause = {0, 20000};
    int number = 0, stands;
    while ((stands = clinux_trace_stands(t->threads[k].tid, &number)) == 0 && clinux_trace_milliseconds() < end) nanosleep(&pause, NULL);
    if (stands == 1) t->threads[k].stands = 1, t->threads[k].signal = number;
}

/* Holds every thread that is not held yet. Returns how many were new, -1 with errno. */
static int hold_new(struct trace *t) {
    char path[64];
    int before = t->count, failure = 0;
    snprintf(path, sizeof path, "/proc/%d/task", t->plan.pid);
    DIR *folder = opendir(path);
    if (folder == NULL) return -1;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        int tid = atoi(entry->d_name);
        if (tid <= 0 || is_known(t, tid)) continue;
        if (ptrace(PTRACE_SEIZE, tid, NULL, (void *)(uintptr_t)PTRACE_O_TRACECLONE) != 0) {
            /* One that its maker brought along is ours already, one that has ended nobody's. */
            if (errno != ESRCH) failure = errno;
            continue;
        }
        int k = place(t, tid);
        if (k < 0) { failure = ENOSPC; ptrace(PTRACE_INTERRUPT, tid, NULL, NULL); break; }
        ptrace(PTRACE_INTERRUPT, tid, NULL, NULL);
    }
    closedir(folder);
    uint64_t end = clinux_trace_milliseconds() + HELD_MILLISECONDS;
    for (int k = before; k < t->count; k++) await_stop(t, k, end);
    return failure ? (errno = failure, -1) : t->count - before;
}

static void go(struct trace *t, int k, int number) {
    t->threads[k].stands = 0, t->threads[k].signal = 0;
    ptrace(PTRACE_CONT, t->threads[k].tid, NULL, (void *)(intptr_t)number);
}

/* All threads stand, and have no breakpoint any more. */
static void disarm(struct trace *t) {
    uint64_t end = clinux_trace_milliseconds() + HELD_MILLISECONDS;
    for (int k = 0; k < t->count; k++)
        if (!t->threads[k].stands) ptrace(PTRACE_INTERRUPT, t->threads[k].tid, NULL, NULL);
    for (int k = 0; k < t->count; k++)
        if (!t->threads[k].stands) await_stop(t, k, end);
    for (int k = 0; k < t->count; k++)
        if (t->threads[k].stands) debug_register(t->threads[k].tid, 7, 0), debug_register(t->threads[k].tid, 0, 0), debug_register(t->threads[k].tid, 1, 0);
}

/* `number`: what the thread of the last stop gets. */
static void let_go(struct trace *t, int number) {
    disarm(t);
    for (int k = 0; k < t->count; k++) {
        /* Another thread may have met the breakpoint as well: that is no signal of the program's. */
        int own = t->threads[k].signal == SIGTRAP ? 0 : t->threads[k].signal;
        clinux_trace_let_go(t->plan.pid, t->threads[k].tid, k == t->hit ? number : own);
    }
}

static uint64_t argument(const struct user_regs_struct *r, unsigned number) {
    const unsigned long long all[CLINUX_DEBUG_ARGUMENTS] = {r->rdi, r->rsi, r->rdx, r->rcx, r->r8, r->r9};
    return number < CLINUX_DEBUG_ARGUMENTS ? all[number] : 0;
}

static void note(struct trace *t, int tid, const struct user_regs_struct *r) {
    t->word.tid = tid, t->word.ip = r->rip, t->word.sp = r->rsp, t->word.passes++;
    for (unsigned a = 0; a < CLINUX_DEBUG_ARGUMENTS; a++) t->word.argument[a] = argument(r, a);
}

/* Whether the thread has met what was waited for; if not, or if it is not to stand, it goes on. */
static int is_met(struct trace *t, int k) {
    struct user_regs_struct r;
    int tid = t->threads[k].tid, isMet = 1;
    debug_register(tid, 6, 0);
    if (ptrace(PTRACE_GETREGS, tid, NULL, &r) != 0) return 0;
    for (uint32_t f = 0; f < t->plan.filters && f < CLINUX_DEBUG_FILTERS; f++) {
        uint64_t found = argument(&r, t->plan.argument[f]);
        isMet = isMet && (t->plan.narrow[f] ? (uint32_t)found : found) == t->plan.value[f];
    }
    if (t->order.way == CLINUX_DEBUG_UNTIL) isMet = isMet && tid == t->order.tid && r.rsp > t->order.high;
    if (t->plan.kind == CLINUX_DEBUG_RUN) {
        r.eflags |= RESUME_FLAG;
        ptrace(PTRACE_SETREGS, tid, NULL, &r);
    }
    if (isMet) {
        note(t, tid, &r);
        if (!t->plan.goes_on) return 1;
        say(t, CLINUX_DEBUG_PASS);
    }
    go(t, k, 0);
    return 0;
}

/* A stop of a thread. Returns what is to be told, 0: nothing yet. */
static uint32_t answer(struct trace *t, int tid, int status) {
    int number = status & 0xff, event = status >> 8, k = place(t, tid);
    if (k < 0) { ptrace(PTRACE_DETACH, tid, NULL, NULL); return 0; }
    t->threads[k].stands = 1, t->threads[k].signal = 0;
    if (event == PTRACE_EVENT_STOP && (number == SIGSTOP || number == SIGTSTP || number == SIGTTIN || number == SIGTTOU)) {
        t->threads[k].stands = 0;
        ptrace(PTRACE_LISTEN, tid, NULL, NULL);
        return 0;
    }
    if (event != 0) {
        if (event == PTRACE_EVENT_STOP) arm(t, tid);
        go(t, k, 0);
        return 0;
    }
    size_t status_register = offsetof(struct user, u_debugreg) + 6 * sizeof(unsigned long);
    if (number == SIGTRAP && (ptrace(PTRACE_PEEKUSER, tid, (void *)status_register, NULL) & 3) != 0) {
        if (!is_met(t, k)) return 0;
        t->hit = k;
        return CLINUX_DEBUG_PASS;
    }
    if (clinux_trace_is_fault(number)) {
        t->hit = k, t->word.tid = tid, t->word.ip = (uint64_t)number;
        return CLINUX_DEBUG_FAULTED;
    }
    go(t, k, number);
    return 0;
}

/* Threads that ended are taken away; their process's end waits for that. */
static void bury(struct trace *t) {
    for (int k = 0; k < t->count; k++) {
        siginfo_t change;
        memset(&change, 0, sizeof change);
        if (t->threads[k].tid == t->plan.pid || waitid(P_PID, (id_t)t->threads[k].tid, &change, WEXITED | WNOHANG | __WALL) != 0) continue;
        if (change.si_pid == t->threads[k].tid) t->threads[k] = t->threads[--t->count], k--;
    }
}

static uint32_t await(struct trace *t) {
    uint64_t end = clinux_trace_milliseconds() + t->plan.milliseconds;
    struct pollfd other = {t->plan.socket, POLLIN, 0};
    for (int idle = 0;;) {
        siginfo_t change;
        memset(&change, 0, sizeof change);
        if (waitid(P_ALL, 0, &change, WSTOPPED | WNOHANG | __WALL | __WNOTHREAD) != 0) return CLINUX_DEBUG_ENDED;
        if (change.si_pid != 0) {
            uint32_t news = answer(t, change.si_pid, change.si_status);
            if (news) return news;
            idle = 0;
        }
        if (clinux_trace_milliseconds() >= end) return CLINUX_DEBUG_OVER;
        if (change.si_pid != 0) continue;
        struct pollfd gone = {t->pidfd, POLLIN, 0};
        bury(t);
        if (poll(&gone, 1, 0) > 0) return CLINUX_DEBUG_ENDED;
        /* The next pass of a busy place is not far; otherwise there is time. */
        if (poll(&other, 1, idle++ < 50 ? 0 : 1) > 0) return CLINUX_DEBUG_OVER;
        if (idle < 50) { struct timespec pause = {0, 20000}; nanosleep(&pause, NULL); }
    }
}

/* The process stands until there is an order, the other end is closed, or for as long as it may. Returns whether there is an order. */
static int stand(struct trace *t) {
    struct pollfd both[2] = {{t->plan.socket, POLLIN, 0}, {t->pidfd, POLLIN, 0}};
    uint64_t end = clinux_trace_milliseconds() + t->plan.standing, now;
    int ready = 0;
    while (ready <= 0 && (now = clinux_trace_milliseconds()) < end) ready = poll(both, 2, (int)(end - now));
    if (ready > 0 && !both[1].revents && recv(t->plan.socket, &t->order, sizeof t->order, MSG_DONTWAIT) == (ssize_t)sizeof t->order) return 1;
    syscall(SYS_pidfd_send_signal, t->pidfd, SIGCONT, NULL, 0);
    if (ready <= 0) say(t, CLINUX_DEBUG_WENT_ON);
    else if (both[1].revents) say(t, CLINUX_DEBUG_ENDED);
    return 0;
}

/* The next stop of any thread. 0: none until then. */
static int next_stop(struct trace *t, siginfo_t *change, uint64_t end) {
    for (int idle = 0; clinux_trace_milliseconds() < end;) {
        struct pollfd gone = {t->pidfd, POLLIN, 0};
        struct timespec pause = {0, 20000};
        memset(change, 0, sizeof *change);
        if (waitid(P_ALL, 0, change, WSTOPPED | WNOHANG | __WALL | __WNOTHREAD) != 0 || poll(&gone, 1, 0) > 0) return -1;
        if (change->si_pid != 0) return 1;
        if (idle++ > 50) nanosleep(&pause, NULL);
    }
    return 0;
}

/* One thread's instructions, while the others stand. */
static uint32_t step(struct trace *t, int k) {
    int tid = t->threads[k].tid, number = 0;
    uint64_t end = clinux_trace_milliseconds() + t->order.milliseconds;
    struct user_regs_struct r;
    for (;;) {
        siginfo_t change;
        t->threads[k].stands = 0;
        if (ptrace(PTRACE_SINGLESTEP, tid, NULL, (void *)(intptr_t)number) != 0) return CLINUX_DEBUG_ENDED;
        int came, other = -1;
        while ((came = next_stop(t, &change, end)) > 0 && change.si_pid != tid)
            if ((other = place(t, change.si_pid)) >= 0) t->threads[other].stands = 1;
        if (came < 0) return CLINUX_DEBUG_ENDED;
        if (came == 0) {
            ptrace(PTRACE_INTERRUPT, tid, NULL, NULL);
            await_stop(t, k, clinux_trace_milliseconds() + HELD_MILLISECONDS);
        }
        t->threads[k].stands = 1;
        number = change.si_status & 0xff;
        if (came > 0 && change.si_status >> 8 != 0) { number = 0; continue; }
        if (came > 0 && number != SIGTRAP) {
            if (clinux_trace_is_fault(number)) return t->word.tid = tid, t->word.ip = (uint64_t)number, CLINUX_DEBUG_FAULTED;
            if (number == SIGCONT || number == SIGSTOP) number = 0;
            continue;
        }
        if (ptrace(PTRACE_GETREGS, tid, NULL, &r) != 0) return CLINUX_DEBUG_ENDED;
        number = 0;
        if (came > 0 && r.rip >= t->order.low && r.rip < t->order.high) continue;
        note(t, tid, &r);
        return CLINUX_DEBUG_PASS;
    }
}

static void refuse(struct trace *t) {
    t->word.ip = (uint64_t)errno;
    t->hit = -1;
    let_go(t, 0);
    say(t, CLINUX_DEBUG_REFUSED);
}

static int hold_all(struct trace *t) {
    int new;
    while ((new = hold_new(t)) > 0) {}
    return new;
}

/* Arms all threads that stand, and lets them run. */
static int release(struct trace *t) {
    for (int k = 0; k < t->count; k++)
        if (t->threads[k].stands && arm(t, t->threads[k].tid) != 0) return -1;
    for (int k = 0; k < t->count; k++)
        if (t->threads[k].stands) go(t, k, t->threads[k].signal);
    return 0;
}

/* What stands by SIGSTOP is held, does what it was told to, and is let go. Returns what is to be told. */
static uint32_t obey(struct trace *t) {
    t->count = 0, t->hit = -1, t->plan.milliseconds = t->order.milliseconds;
    int failure = hold_all(t) < 0 ? errno : is_known(t, t->order.tid) ? 0 : ESRCH;
    for (int k = 0; k < t->count; k++) t->threads[k].signal = 0;
    syscall(SYS_pidfd_send_signal, t->pidfd, SIGCONT, NULL, 0);
    if (failure) return errno = failure, CLINUX_DEBUG_REFUSED;
    if (t->order.way == CLINUX_DEBUG_STEP) {
        t->hit = place(t, t->order.tid);
        return step(t, t->hit);
    }
    t->plan.address = t->order.low, t->plan.other = 0, t->plan.kind = CLINUX_DEBUG_RUN, t->plan.filters = 0;
    return release(t) != 0 ? CLINUX_DEBUG_REFUSED : await(t);
}

static void run(struct trace *t) {
    t->hit = -1;
    if (hold_all(t) < 0 || release(t) != 0) { refuse(t); return; }
    for (uint32_t news = await(t);; news = obey(t)) {
        if (news == CLINUX_DEBUG_REFUSED) { refuse(t); return; }
        let_go(t, news == CLINUX_DEBUG_PASS ? SIGSTOP : news == CLINUX_DEBUG_FAULTED ? (int)t->word.ip : 0);
        say(t, news);
        if (news != CLINUX_DEBUG_PASS || !stand(t)) return;
    }
}

static void *begin(void *argument) {
    struct trace *t = argument;
    run(t);
    /* First: who hears the socket's end may want another at once. */
    __atomic_store_n(&busy, 0, __ATOMIC_RELEASE);
    close(t->plan.socket);
    close(t->pidfd);
    free(t);
    return NULL;
}

int clinux_debug_start(const struct clinux_debug_plan *plan) {
    int was = 0, why;
    if (!__atomic_compare_exchange_n(&busy, &was, 1, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) return errno = EBUSY, -1;
    struct trace *t = calloc(1, sizeof *t);
    sigset_t all, before;
    pthread_t thread;
    sigfillset(&all);
    if (t == NULL) { why = ENOMEM; goto failed; }
    t->plan = *plan;
    t->pidfd = (int)syscall(SYS_pidfd_open, plan->pid, 0);
    if (t->pidfd < 0) { why = errno; goto failed; }
    /* Signals are for the thread that waits for them. */
    pthread_sigmask(SIG_BLOCK, &all, &before);
    why = pthread_create(&thread, NULL, begin, t);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (why == 0) return pthread_detach(thread), 0;
    close(t->pidfd);
failed:
    free(t);
    __atomic_store_n(&busy, 0, __ATOMIC_RELEASE);
    return errno = why, -1;
}
#else
int clinux_debug_start(const struct clinux_debug_plan *plan) { (void)plan; return errno = EOPNOTSUPP, -1; }
#endif
