/* SPDX-License-Identifier: Apache-2.0
 * A call in another process: its first thread's registers are exchanged, and put back when the function has returned, has
 * faulted or has taken too long. The function returns to address 0, where nothing is: the fault there is its end.
 *
 * Sources: ptrace(2); System V ABI, AMD64 supplement, 3.2.2 "The Stack Frame" and 3.2.3 "Parameter Passing". */
#include "clinux.h"
#include <elf.h>
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#if defined __x86_64__
enum { STATE_ROOM = 16384, RED_ZONE = 128, REGISTERS = 6 };

/* All that a call may change of a thread. */
struct kept {
    struct user_regs_struct registers;
    unsigned char state[STATE_ROOM];
    size_t length;
    uint64_t blocked;
};

static int keep(int tid, struct kept *kept) {
    struct iovec piece = {kept->state, sizeof kept->state};
    if (ptrace(PTRACE_GETREGS, tid, NULL, &kept->registers) != 0) return -1;
    if (ptrace(PTRACE_GETREGSET, tid, (void *)NT_X86_XSTATE, &piece) != 0) return -1;
    kept->length = piece.iov_len;
    return ptrace(PTRACE_GETSIGMASK, tid, (void *)sizeof kept->blocked, &kept->blocked) == 0 ? 0 : -1;
}

static void put_back(int tid, struct kept *kept) {
    struct iovec piece = {kept->state, kept->length};
    ptrace(PTRACE_SETREGSET, tid, (void *)NT_X86_XSTATE, &piece);
    ptrace(PTRACE_SETREGS, tid, NULL, &kept->registers);
    ptrace(PTRACE_SETSIGMASK, tid, (void *)sizeof kept->blocked, &kept->blocked);
}

static int write_word(int tid, uint64_t address, uint64_t word) {
    return (int)ptrace(PTRACE_POKEDATA, tid, (void *)(uintptr_t)address, (void *)(uintptr_t)word);
}

/* Arguments beyond the sixth, and in front of them the address to return to. Returns the stack pointer, 0: it cannot be written. */
static uint64_t push(int tid, uint64_t stack, const struct clinux_call *call) {
    int over = call->integer_count > REGISTERS ? call->integer_count - REGISTERS : 0;
    stack = ((stack - RED_ZONE) & ~15ull) - (uint64_t)((over + 1) / 2 * 16);
    for (int k = 0; k < over; k++)
        if (write_word(tid, stack + (uint64_t)k * 8, call->integers[REGISTERS + k]) != 0) return 0;
    stack -= 8;
    return write_word(tid, stack, 0) == 0 ? stack : 0;
}

static int load_doubles(int tid, const struct clinux_call *call) {
    struct user_fpregs_struct floats;
    if (call->double_count == 0) return 0;
    if (ptrace(PTRACE_GETFPREGS, tid, NULL, &floats) != 0) return -1;
    for (int k = 0; k < call->double_count && k < CLINUX_CALL_DOUBLES; k++) {
        memset((char *)floats.xmm_space + k * 16, 0, 16);
        memcpy((char *)floats.xmm_space + k * 16, &call->doubles[k], 8);
    }
    return (int)ptrace(PTRACE_SETFPREGS, tid, NULL, &floats);
}

static int begin(int tid, const struct kept *kept, const struct clinux_call *call, uint64_t *stack) {
    struct user_regs_struct r = kept->registers;
    uint64_t a[REGISTERS] = {0};
    for (int k = 0; k < REGISTERS && k < call->integer_count; k++) a[k] = call->integers[k];
    if ((*stack = push(tid, r.rsp, call)) == 0) return -1;
    r.rdi = a[0], r.rsi = a[1], r.rdx = a[2], r.rcx = a[3], r.r8 = a[4], r.r9 = a[5];
    r.rax = (unsigned long long)call->double_count;
    r.rsp = *stack, r.rip = call->function;
    r.eflags &= ~0x500ull;  /* direction and trap */
    r.orig_rax = ~0ull;     /* no system call is begun again */
    if (load_doubles(tid, call) != 0) return -1;
    return (int)ptrace(PTRACE_SETREGS, tid, NULL, &r);
}

/* The thread's next stop: its signal, with ptrace's event above the octet; 0: the time is over; -1: it has ended. */
static int next_stop(int tid, uint64_t end) {
    struct timespec pause = {0, 20000};
    for (;;) {
        siginfo_t change;
        memset(&change, 0, sizeof change);
        if (waitid(P_PID, (id_t)tid, &change, WSTOPPED | WNOHANG | __WALL) != 0) return -1;
        if (change.si_pid == tid) return change.si_status;
        memset(&change, 0, sizeof change);
        if (waitid(P_PID, (id_t)tid, &change, WEXITED | WNOHANG | WNOWAIT | __WALL) != 0 || change.si_pid == tid) return -1;
        if (clinux_trace_milliseconds() >= end) return 0;
        nanosleep(&pause, NULL);
        if (pause.tv_nsec < 1000000) pause.tv_nsec *= 2;
    }
}

/* Returned, or not: where the thread is now. */
static enum clinux_call_end judge(int tid, uint64_t stack, int number, struct clinux_call *call) {
    struct user_regs_struct r;
    struct user_fpregs_struct floats;
    siginfo_t what;
    memset(&what, 0, sizeof what);
    if (ptrace(PTRACE_GETREGS, tid, NULL, &r) != 0) return CLINUX_CALL_DIED;
    call->at = r.rip;
    if (number == SIGSEGV && r.rip == 0 && r.rsp == stack + 8) {
        call->integer = r.rax;
        if (ptrace(PTRACE_GETFPREGS, tid, NULL, &floats) == 0) memcpy(&call->floating, floats.xmm_space, 8);
        return CLINUX_CALL_RETURNED;
    }
    if (ptrace(PTRACE_GETSIGINFO, tid, NULL, &what) == 0) call->address = (uintptr_t)what.si_addr;
    call->signal = number;
    return CLINUX_CALL_FAULTED;
}

static enum clinux_call_end run(int tid, uint64_t stack, struct clinux_call *call) {
    uint64_t end = clinux_trace_milliseconds() + call->milliseconds;
    int isLate = 0;
    if (ptrace(PTRACE_CONT, tid, NULL, NULL) != 0) return CLINUX_CALL_REFUSED;
    for (;;) {
        int stop = next_stop(tid, end);
        if (stop < 0) return CLINUX_CALL_DIED;
        if (stop == 0) {
            /* One that does not even stand when it is asked to is in the kernel for good: a second is more than enough. */
            if (isLate || ptrace(PTRACE_INTERRUPT, tid, NULL, NULL) != 0) return CLINUX_CALL_DIED;
            isLate = 1, end = clinux_trace_milliseconds() + 1000;
            continue;
        }
        if (isLate && stop >> 8) {
            struct user_regs_struct r;
            if (ptrace(PTRACE_GETREGS, tid, NULL, &r) == 0) call->at = r.rip;
            return CLINUX_CALL_LASTED;
        }
        if (stop >> 8 == 0 && clinux_trace_is_fault(stop)) return judge(tid, stack, stop, call);
        if (stop >> 8 == 0) call->late = stop;
        ptrace(PTRACE_CONT, tid, NULL, NULL);
    }
}

enum clinux_call_end clinux_call(int tid, struct clinux_call *call) {
    struct kept kept;
    uint64_t stack = 0;
    if (keep(tid, &kept) != 0) return CLINUX_CALL_REFUSED;
    call->at = kept.registers.rip;
    if (!call->anywhere && (long long)kept.registers.orig_rax < 0) return CLINUX_CALL_BUSY;
    if (begin(tid, &kept, call, &stack) != 0) {
        int why = errno;
        put_back(tid, &kept);
        return errno = why, CLINUX_CALL_REFUSED;
    }
    enum clinux_call_end end = run(tid, stack, call);
    if (end != CLINUX_CALL_DIED) put_back(tid, &kept);
    return end;
}
#else
enum clinux_call_end clinux_call(int tid, struct clinux_call *call) { (void)tid, (void)call; return CLINUX_CALL_FOREIGN; }
#endif
