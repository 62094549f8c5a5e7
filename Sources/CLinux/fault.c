/* SPDX-License-Identifier: Apache-2.0
 * The handler of fatal signals. All that it calls is async-signal-safe, and it touches no lock: the thread that faulted
 * may hold any of them. */
#include "clinux.h"
#include <limits.h>
#include <linux/futex.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

_Static_assert(sizeof(struct clinux_crash_note) <= 4096, "the note is one page");

enum { FAULT_STACK_OCTETS = 64 * 1024 };

static struct clinux_crash_note *page;
/* The supervisor's eventfd; -1: nobody is asked. */
static int bell = -1;
static const int fatal[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT, SIGSYS};

static uint64_t instruction_of(const void *context) {
    const ucontext_t *machine = context;
#if defined __x86_64__
    return (uint64_t)machine->uc_mcontext.gregs[REG_RIP];
#elif defined __aarch64__
    return machine->uc_mcontext.pc;
#else
    (void)machine;
    return 0;
#endif
}

/* What was tried at the address: the processor says so with a page fault (Intel SDM volume 3 §4.7), and only with it. */
static uint32_t access_of(int number, const siginfo_t *info, const void *context) {
    if (number != SIGSEGV || (info->si_code != SEGV_MAPERR && info->si_code != SEGV_ACCERR)) return CLINUX_ACCESS_UNKNOWN;
#if defined __x86_64__
    const ucontext_t *machine = context;
    uint64_t error = (uint64_t)machine->uc_mcontext.gregs[REG_ERR];
    return error & 16 ? CLINUX_ACCESS_EXECUTE : error & 2 ? CLINUX_ACCESS_WRITE : CLINUX_ACCESS_READ;
#else
    (void)context;
    return CLINUX_ACCESS_UNKNOWN;
#endif
}

/* Until the supervisor has looked into this process. Bounded: a supervisor that hangs must not keep a dead stack. */
static void wait_for_supervisor(void) {
    struct timespec end = {0, 0};
    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += CLINUX_FAULT_SECONDS;
    /* Pairs with the store in clinux_go_on. */
    while (__atomic_load_n(&page->go_on, __ATOMIC_ACQUIRE) == 0) {
        long result = syscall(SYS_futex, &page->go_on, FUTEX_WAIT_BITSET, 0, &end, NULL, FUTEX_BITSET_MATCH_ANY);
        if (result != 0 && errno != EINTR && errno != EAGAIN) return;
    }
}

static void write_note(int number, siginfo_t *info, void *context) {
    struct timespec t = {0, 0};
    clock_gettime(CLOCK_REALTIME, &t);
    page->signal = number;
    page->code = info->si_code;
    page->pid = getpid();
    page->address = info->si_code > 0 ? (uint64_t)info->si_addr : 0;
    page->instruction = instruction_of(context);
    page->access = access_of(number, info, context);
    page->nanoseconds = (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
    page->context = (uint64_t)(uintptr_t)context;
    page->information = (uint64_t)(uintptr_t)info;
    /* Pairs with the supervisor's load of `written`, when the bell rang or after it reaped this process. */
    __atomic_store_n(&page->written, 1, __ATOMIC_RELEASE);
}

static void fault(int number, siginfo_t *info, void *context) {
    int saved = errno;
    uint64_t one = 1;
    /* A second thread that faults meanwhile must not overwrite the first one's note; it waits beside it, lest its own end
     * take the process away under the supervisor's eyes. */
    int32_t unclaimed = 0;
    int asks = bell >= 0;
    if (__atomic_compare_exchange_n(&page->tid, &unclaimed, (int32_t)syscall(SYS_gettid), 0, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {
        write_note(number, info, context);
        /* A bell that a wild driver has closed calls nobody; one that is full rings already. */
        if (asks) asks = write(bell, &one, sizeof one) == sizeof one || errno == EAGAIN;
    }
    if (asks) wait_for_supervisor();
    signal(number, SIG_DFL);
    /* Returning repeats a fault, but neither a signal that somebody sent nor a trap that has already moved on. Those are
     * blocked here, and come when this returns. */
    if (info->si_code <= 0 || number == SIGTRAP || number == SIGSYS) syscall(SYS_tgkill, getpid(), (int)syscall(SYS_gettid), number);
    errno = saved;
}

int clinux_use_fault_stack(void) {
    void *stack = mmap(NULL, FAULT_STACK_OCTETS, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (stack == MAP_FAILED) return -1;
    stack_t alternate = {.ss_sp = stack, .ss_size = FAULT_STACK_OCTETS};
    if (sigaltstack(&alternate, NULL) == 0) return 0;
    int why = errno;
    munmap(stack, FAULT_STACK_OCTETS);
    return errno = why, -1;
}

void clinux_go_on(struct clinux_crash_note *note) {
    /* Pairs with the handler's load. */
    __atomic_store_n(&note->go_on, 1, __ATOMIC_RELEASE);
    syscall(SYS_futex, &note->go_on, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

int clinux_install_fault_handler(struct clinux_crash_note *note, int descriptor) {
    if (clinux_use_fault_stack() != 0) return -1;
    page = note;
    bell = descriptor;
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = fault;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    /* A fault in the handler itself comes while it is blocked, and then the kernel ends the process. */
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof fatal / sizeof *fatal; i++) sigaddset(&action.sa_mask, fatal[i]);
    for (size_t i = 0; i < sizeof fatal / sizeof *fatal; i++)
        if (sigaction(fatal[i], &action, NULL) != 0) return -1;
    return 0;
}

/* CrashNote.swift reads the page by these offsets. */
_Static_assert(offsetof(struct clinux_crash_note, slots) == 128, "slots begin at 128");
_Static_assert(sizeof ((struct clinux_crash_note *)0)->slots[0] == 80, "a slot is 80 octets");
_Static_assert(offsetof(struct clinux_crash_note, callouts) == 128 + 80 * CLINUX_NOTE_SLOTS, "callouts follow the slots");
