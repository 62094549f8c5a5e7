/* SPDX-License-Identifier: Apache-2.0
 * Holding another process still, and the parts of a core file whose layout is this machine's. */
#include "clinux.h"
#include <elf.h>
#include <signal.h>
#include <string.h>
#include <sys/procfs.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

_Static_assert(sizeof(struct elf_prstatus) <= CLINUX_CORE_ROOM, "a thread's note has room");
_Static_assert(sizeof(struct elf_prpsinfo) <= CLINUX_CORE_ROOM, "a process's note has room");

int clinux_trace_hold(int tid) {
    if (ptrace(PTRACE_SEIZE, tid, NULL, NULL) != 0) return -1;
    if (ptrace(PTRACE_INTERRUPT, tid, NULL, NULL) == 0) return 0;
    int why = errno;
    ptrace(PTRACE_DETACH, tid, NULL, NULL);
    return errno = why, -1;
}

int clinux_trace_stands(int tid, int *number) {
    siginfo_t change;
    memset(&change, 0, sizeof change);
    *number = 0;
    if (waitid(P_PID, (id_t)tid, &change, WSTOPPED | WNOHANG | __WALL) != 0) return -1;
    if (change.si_pid == tid) {
        /* Above the signal's octet stands ptrace's event: such a stop is no signal's. */
        if (change.si_status >> 8 == 0) *number = change.si_status;
        return 1;
    }
    /* How it ended is for its parent to take, so this only looks. */
    memset(&change, 0, sizeof change);
    if (waitid(P_PID, (id_t)tid, &change, WEXITED | WNOHANG | WNOWAIT | __WALL) != 0) return -1;
    return change.si_pid == tid ? -1 : 0;
}

void clinux_trace_let_go(int pid, int tid, int number) {
    if (ptrace(PTRACE_DETACH, tid, NULL, (void *)(intptr_t)number) != 0 && tid != pid) waitpid(tid, NULL, WNOHANG | __WALL);
}

int clinux_trace_is_fault(int number) {
    return number == SIGSEGV || number == SIGBUS || number == SIGILL || number == SIGFPE || number == SIGABRT || number == SIGTRAP || number == SIGSYS;
}

uint64_t clinux_trace_milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

ssize_t clinux_trace_registers(int tid, unsigned type, void *octets, size_t room) {
    struct iovec piece = {octets, room};
    if (ptrace(PTRACE_GETREGSET, tid, (void *)(uintptr_t)type, &piece) != 0) return -1;
    return (ssize_t)piece.iov_len;
}

unsigned clinux_core_machine(void) {
#if defined __x86_64__
    return EM_X86_64;
#elif defined __aarch64__
    return EM_AARCH64;
#else
    return EM_NONE;
#endif
}

size_t clinux_core_status(const struct clinux_core_thread *thread, const void *registers, size_t length, void *out) {
    struct elf_prstatus status;
    memset(&status, 0, sizeof status);
    status.pr_info.si_signo = thread->signal;
    status.pr_info.si_code = thread->code;
    status.pr_cursig = (short)thread->signal;
    status.pr_pid = thread->tid;
    status.pr_ppid = thread->parent;
    status.pr_pgrp = thread->group;
    status.pr_sid = thread->session;
    memcpy(&status.pr_reg, registers, length < sizeof status.pr_reg ? length : sizeof status.pr_reg);
    status.pr_fpvalid = 1;
    memcpy(out, &status, sizeof status);
    return sizeof status;
}

size_t clinux_core_process(int pid, int parent, int group, int session, char state, const char *name, const char *words, void *out) {
    struct elf_prpsinfo process;
    memset(&process, 0, sizeof process);
    process.pr_sname = state;
    process.pr_zomb = state == 'Z';
    process.pr_uid = getuid();
    process.pr_gid = getgid();
    process.pr_pid = pid;
    process.pr_ppid = parent;
    process.pr_pgrp = group;
    process.pr_sid = session;
    memcpy(process.pr_fname, name, strnlen(name, sizeof process.pr_fname));
    memcpy(process.pr_psargs, words, strnlen(words, sizeof process.pr_psargs - 1));
    memcpy(out, &process, sizeof process);
    return sizeof process;
}

int clinux_is_zero(const void *octets, size_t length) {
    const unsigned char *first = octets;
    /* Each octet equals the one before it. */
    return length == 0 || (*first == 0 && memcmp(first, first + 1, length - 1) == 0);
}

#if defined __x86_64__
/* A signal frame holds as much as the kernel's structure has, which is less than the C library's. */
size_t clinux_context_octets(void) { return offsetof(ucontext_t, uc_mcontext) + sizeof(mcontext_t); }

void clinux_context_registers(const void *context, void *registers, size_t length) {
    struct user_regs_struct *to = registers;
    if (length < sizeof *to) return;
    ucontext_t from;
    memcpy(&from, context, clinux_context_octets());
    const greg_t *g = from.uc_mcontext.gregs;
    to->r8 = (unsigned long)g[REG_R8], to->r9 = (unsigned long)g[REG_R9], to->r10 = (unsigned long)g[REG_R10];
    to->r11 = (unsigned long)g[REG_R11], to->r12 = (unsigned long)g[REG_R12], to->r13 = (unsigned long)g[REG_R13];
    to->r14 = (unsigned long)g[REG_R14], to->r15 = (unsigned long)g[REG_R15], to->rdi = (unsigned long)g[REG_RDI];
    to->rsi = (unsigned long)g[REG_RSI], to->rbp = (unsigned long)g[REG_RBP], to->rbx = (unsigned long)g[REG_RBX];
    to->rdx = (unsigned long)g[REG_RDX], to->rax = (unsigned long)g[REG_RAX], to->rcx = (unsigned long)g[REG_RCX];
    to->rsp = (unsigned long)g[REG_RSP], to->rip = (unsigned long)g[REG_RIP], to->eflags = (unsigned long)g[REG_EFL];
    /* Else a debugger takes the thread for one in a system call that is to be begun again. */
    to->orig_rax = ~0UL;
}

uint64_t clinux_context_floating(const void *context) {
    ucontext_t from;
    memcpy(&from, context, clinux_context_octets());
    return (uint64_t)(uintptr_t)from.uc_mcontext.fpregs;
}

uint64_t clinux_stack_pointer(const void *registers, size_t length) {
    return length < sizeof(struct user_regs_struct) ? 0 : ((const struct user_regs_struct *)registers)->rsp;
}
#elif defined __aarch64__
size_t clinux_context_octets(void) { return offsetof(ucontext_t, uc_mcontext) + offsetof(mcontext_t, __reserved); }

void clinux_context_registers(const void *context, void *registers, size_t length) {
    struct user_regs_struct *to = registers;
    if (length < sizeof *to) return;
    ucontext_t from;
    memcpy(&from, context, clinux_context_octets());
    memcpy(to->regs, from.uc_mcontext.regs, sizeof to->regs);
    to->sp = from.uc_mcontext.sp, to->pc = from.uc_mcontext.pc, to->pstate = from.uc_mcontext.pstate;
}

uint64_t clinux_context_floating(const void *context) { (void)context; return 0; }

uint64_t clinux_stack_pointer(const void *registers, size_t length) {
    return length < sizeof(struct user_regs_struct) ? 0 : ((const struct user_regs_struct *)registers)->sp;
}
#else
size_t clinux_context_octets(void) { return 0; }
void clinux_context_registers(const void *context, void *registers, size_t length) { (void)context, (void)registers, (void)length; }
uint64_t clinux_context_floating(const void *context) { (void)context; return 0; }
uint64_t clinux_stack_pointer(const void *registers, size_t length) { (void)registers, (void)length; return 0; }
#endif
