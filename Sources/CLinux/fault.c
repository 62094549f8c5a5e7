/* SPDX-License-Identifier: Apache-2.0
 * The handler of fatal signals. All that it calls is async-signal-safe, and it touches no lock: the thread that faulted
 * may hold any of them. */
#include "clinux.h"
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

static void fault(int number, siginfo_t *info, void *context) {
    int saved = errno;
    struct timespec t = {0, 0};
    /* A second thread that faults meanwhile must not overwrite the first one's note. */
    int32_t unclaimed = 0;
    if (__atomic_compare_exchange_n(&page->tid, &unclaimed, (int32_t)syscall(SYS_gettid), 0, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {
        clock_gettime(CLOCK_REALTIME, &t);
        page->signal = number;
        page->code = info->si_code;
        page->pid = getpid();
        page->address = info->si_code > 0 ? (uint64_t)info->si_addr : 0;
        page->instruction = instruction_of(context);
        page->nanoseconds = (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
        /* Pairs with the supervisor's load of `written`, after it reaped this process. */
        __atomic_store_n(&page->written, 1, __ATOMIC_RELEASE);
    }
    /* SA_RESETHAND has restored the default action. Returning repeats a fault, but neither a signal that
     * somebody sent nor a trap that has already moved on. */
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

int clinux_install_fault_handler(struct clinux_crash_note *note) {
    if (clinux_use_fault_stack() != 0) return -1;
    page = note;
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = fault;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESETHAND | SA_NODEFER;
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof fatal / sizeof *fatal; i++)
        if (sigaction(fatal[i], &action, NULL) != 0) return -1;
    return 0;
}

/* CrashNote.swift reads the page by these offsets. */
_Static_assert(offsetof(struct clinux_crash_note, slots) == 128, "slots begin at 128");
_Static_assert(sizeof ((struct clinux_crash_note *)0)->slots[0] == 80, "a slot is 80 octets");
_Static_assert(offsetof(struct clinux_crash_note, callouts) == 128 + 80 * CLINUX_NOTE_SLOTS, "callouts follow the slots");
