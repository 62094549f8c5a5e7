/* SPDX-License-Identifier: Apache-2.0
 * Confinement of a driver host: seccomp(2) says which calls there are, landlock(7) which files, namespaces(7) which networks, mounts
 * and users, limits what is left. Each where this kernel and this user can; seccomp always. */
#include "clinux.h"
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#if defined __x86_64__
#define THIS_MACHINE AUDIT_ARCH_X86_64
#elif defined __aarch64__
#define THIS_MACHINE AUDIT_ARCH_AARCH64
#endif

enum { MOST_CALLS = 512, MOST_RULES = 400 };
static uint32_t refused[MOST_CALLS], refused_in_all;

/* ---- What was tried --------------------------------------------------------------------------------------------- */

/* A refused call returns EPERM, as if the kernel had said so, and is counted. */
static void refuse(int number, siginfo_t *info, void *context) {
    (void)number;
    unsigned call = (unsigned)info->si_syscall;
    if (call < MOST_CALLS) __atomic_fetch_add(&refused[call], 1, __ATOMIC_RELAXED);
    __atomic_fetch_add(&refused_in_all, 1, __ATOMIC_RELAXED);
    ucontext_t *machine = context;
#if defined __x86_64__
    machine->uc_mcontext.gregs[REG_RAX] = -EPERM;
#elif defined __aarch64__
    machine->uc_mcontext.regs[0] = (unsigned long)-EPERM;
#endif
}

uint32_t clinux_sandbox_refused(int call) {
    return call >= 0 && call < MOST_CALLS ? __atomic_exchange_n(&refused[call], 0, __ATOMIC_RELAXED) : 0;
}

uint32_t clinux_sandbox_refused_in_all(void) { return __atomic_load_n(&refused_in_all, __ATOMIC_RELAXED); }

const char *clinux_call_name(int call) {
    static const struct { int number; const char *name; } names[] = {
#ifdef SYS_open
        {SYS_open, "open"},
#endif
#ifdef SYS_fork
        {SYS_fork, "fork"}, {SYS_vfork, "vfork"},
#endif
#ifdef SYS_unlink
        {SYS_unlink, "unlink"},
#endif
        {SYS_openat, "openat"}, {SYS_socket, "socket"}, {SYS_connect, "connect"}, {SYS_bind, "bind"}, {SYS_clone, "clone"},
        {SYS_clone3, "clone3"}, {SYS_execve, "execve"}, {SYS_kill, "kill"}, {SYS_tkill, "tkill"}, {SYS_tgkill, "tgkill"},
        {SYS_ptrace, "ptrace"}, {SYS_process_vm_readv, "process_vm_readv"}, {SYS_process_vm_writev, "process_vm_writev"},
        {SYS_unlinkat, "unlinkat"}, {SYS_mount, "mount"}, {SYS_bpf, "bpf"}, {SYS_prctl, "prctl"}, {SYS_ioctl, "ioctl"},
        {SYS_mprotect, "mprotect"}, {SYS_mmap, "mmap"}, {SYS_memfd_create, "memfd_create"}, {SYS_pidfd_open, "pidfd_open"},
        {SYS_setuid, "setuid"}, {SYS_unshare, "unshare"}, {SYS_setns, "setns"}, {SYS_rt_sigaction, "rt_sigaction"},
        {SYS_rt_sigqueueinfo, "rt_sigqueueinfo"}, {SYS_prlimit64, "prlimit64"},
    };
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) if (names[i].number == call) return names[i].name;
    return NULL;
}

/* ---- Which calls ------------------------------------------------------------------------------------------------ */

struct program { struct sock_filter rules[MOST_RULES]; unsigned short count; };

static void add(struct program *p, uint16_t code, uint32_t k, uint8_t yes, uint8_t no) {
    if (p->count < MOST_RULES) p->rules[p->count++] = (struct sock_filter){.code = code, .k = k, .jt = yes, .jf = no};
}

static void load_argument(struct program *p, int number) {
    add(p, BPF_LD | BPF_W | BPF_ABS, (uint32_t)(offsetof(struct seccomp_data, args) + 8u * (unsigned)number), 0, 0);
}

static void load_call(struct program *p) { add(p, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0, 0); }
static void give(struct program *p, uint32_t verdict) { add(p, BPF_RET | BPF_K, verdict, 0, 0); }

static void allow(struct program *p, int call) {
    add(p, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)call, 0, 1);
    give(p, SECCOMP_RET_ALLOW);
}

/* Allows a call whose argument, cut to `mask`, is `value`. */
static void allow_where(struct program *p, int call, int argument, uint32_t mask, uint32_t value) {
    add(p, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)call, 0, 5);
    load_argument(p, argument);
    add(p, BPF_ALU | BPF_AND | BPF_K, mask, 0, 0);
    add(p, BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1);
    give(p, SECCOMP_RET_ALLOW);
    load_call(p);
}

static void allow_all(struct program *p, const int *calls, unsigned count) { for (unsigned i = 0; i < count; i++) allow(p, calls[i]); }

static void begin(struct program *p) {
    add(p, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch), 0, 0);
    add(p, BPF_JMP | BPF_JEQ | BPF_K, THIS_MACHINE, 1, 0);
    give(p, SECCOMP_RET_KILL_PROCESS);
    load_call(p);
#if defined __x86_64__
    /* The other numbering of the same machine (x32). */
    add(p, BPF_JMP | BPF_JGE | BPF_K, 0x40000000u, 0, 1);
    give(p, SECCOMP_RET_KILL_PROCESS);
#endif
}

/* Open descriptors, memory without code, time, the end. */
static void allow_running(struct program *p) {
    static const int calls[] = {
        SYS_read, SYS_write, SYS_readv, SYS_writev, SYS_sendmsg, SYS_recvmsg, SYS_sendto, SYS_recvfrom, SYS_close, SYS_fstat, SYS_ppoll,
#ifdef SYS_poll
        SYS_poll,
#endif
        SYS_futex, SYS_clock_gettime, SYS_clock_getres, SYS_clock_nanosleep, SYS_nanosleep, SYS_gettimeofday, SYS_restart_syscall,
        SYS_munmap, SYS_mremap, SYS_brk, SYS_madvise, SYS_sched_yield, SYS_getpid, SYS_gettid, SYS_getrandom, SYS_getsockopt,
        SYS_rt_sigreturn, SYS_rt_sigprocmask, SYS_sigaltstack, SYS_exit, SYS_exit_group, SYS_rseq, SYS_set_robust_list,
    };
    allow_all(p, calls, sizeof calls / sizeof *calls);
    allow_where(p, SYS_mmap, 2, PROT_EXEC, 0);
    allow_where(p, SYS_mprotect, 2, PROT_EXEC, 0);
    /* Of a descriptor, not of a path. */
    allow_where(p, SYS_newfstatat, 3, AT_EMPTY_PATH, AT_EMPTY_PATH);
    allow_where(p, SYS_fcntl, 1, ~0u, F_GET_SEALS);
    allow_where(p, SYS_fcntl, 1, ~0u, F_GETFD);
    allow_where(p, SYS_fcntl, 1, ~0u, F_SETFD);
    allow_where(p, SYS_fcntl, 1, ~0u, F_DUPFD_CLOEXEC);
    /* A signal to itself: abort(3), and the handler of faults. */
    allow_where(p, SYS_tgkill, 0, ~0u, (uint32_t)getpid());
    static const int faults[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT};
    for (unsigned i = 0; i < sizeof faults / sizeof *faults; i++) allow_where(p, SYS_rt_sigaction, 0, ~0u, (uint32_t)faults[i]);
}

/* What the dynamic linker does beside that. */
static void allow_loading(struct program *p) {
    static const int calls[] = {
        SYS_mmap, SYS_mprotect, SYS_pread64, SYS_lseek, SYS_newfstatat, SYS_readlinkat, SYS_getcwd, SYS_faccessat, SYS_seccomp,
#ifdef SYS_access
        SYS_access,
#endif
#ifdef SYS_readlink
        SYS_readlink,
#endif
#ifdef SYS_stat
        SYS_stat,
#endif
    };
    allow_all(p, calls, sizeof calls / sizeof *calls);
    allow_where(p, SYS_openat, 2, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY);
#ifdef SYS_open
    allow_where(p, SYS_open, 1, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY);
#endif
}

static int filter(enum clinux_sandbox_stage stage) {
    struct program p = {.count = 0};
    begin(&p);
    allow_running(&p);
    if (stage == CLINUX_SANDBOX_LOADING) allow_loading(&p);
    give(&p, SECCOMP_RET_TRAP);
    if (p.count >= MOST_RULES) return errno = E2BIG, -1;
    struct sock_fprog whole = {.len = p.count, .filter = p.rules};
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &whole);
}

/* ---- Which files ------------------------------------------------------------------------------------------------ */

/* landlock(7), by number: the C library has no names for it. */
enum { LANDLOCK_CREATE = 444, LANDLOCK_ADD = 445, LANDLOCK_RESTRICT = 446, LANDLOCK_VERSION = 1, LANDLOCK_BENEATH = 1 };
enum { FILE_EXECUTE = 1, FILE_READ = 4, FOLDER_READ = 8, FIRST_VERSION_RIGHTS = 0x1fff };

static int read_only_libraries(void) {
    if (syscall(LANDLOCK_CREATE, NULL, 0, LANDLOCK_VERSION) < 1) return -1;
    uint64_t handled = FIRST_VERSION_RIGHTS;
    int rules = (int)syscall(LANDLOCK_CREATE, &handled, sizeof handled, 0);
    if (rules < 0) return -1;
    static const char *const readable[] = {"/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache", "/proc/self"};
    for (unsigned i = 0; i < sizeof readable / sizeof *readable; i++) {
        int place = open(readable[i], O_PATH | O_CLOEXEC);
        if (place < 0) continue;
        struct { uint64_t rights; int32_t place; } __attribute__((packed)) rule = {
            /* Rights of folders are refused for a file. */
            strncmp(readable[i], "/etc", 4) == 0 ? FILE_READ : FILE_READ | FILE_EXECUTE | FOLDER_READ, place};
        syscall(LANDLOCK_ADD, rules, LANDLOCK_BENEATH, &rule, 0);
        close(place);
    }
    int done = (int)syscall(LANDLOCK_RESTRICT, rules, 0), why = errno;
    close(rules);
    return errno = why, done;
}

/* ---- Stages ----------------------------------------------------------------------------------------------------- */

static void limit(int what, rlim_t most) {
    struct rlimit both = {most, most};
    setrlimit((__rlimit_resource_t)what, &both);
}

static unsigned leave_namespaces(void) {
    unsigned done = 0;
    if (unshare(CLONE_NEWUSER) == 0) done |= CLINUX_SANDBOX_USER;
    if (unshare(CLONE_NEWNET) == 0) done |= CLINUX_SANDBOX_NETWORK;
    if (unshare(CLONE_NEWIPC) == 0) done |= CLINUX_SANDBOX_IPC;
    if (unshare(CLONE_NEWNS) == 0) done |= CLINUX_SANDBOX_MOUNT;
    return done;
}

unsigned clinux_sandbox_enter(enum clinux_sandbox_stage stage) {
    unsigned done = 0;
    if (stage == CLINUX_SANDBOX_LOADING) {
        struct sigaction action;
        memset(&action, 0, sizeof action);
        action.sa_sigaction = refuse;
        action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
        sigemptyset(&action.sa_mask);
        sigaction(SIGSYS, &action, NULL);
        done |= leave_namespaces();
        /* Other credentials may have ended it. */
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        limit(RLIMIT_NPROC, 0);
        limit(RLIMIT_FSIZE, 0);
        limit(RLIMIT_CORE, 0);
        limit(RLIMIT_NOFILE, 64);
        done |= CLINUX_SANDBOX_LIMITS;
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0) done |= CLINUX_SANDBOX_NO_PRIVILEGES;
        if (read_only_libraries() == 0) done |= CLINUX_SANDBOX_LANDLOCK;
    }
    if (filter(stage) == 0) done |= CLINUX_SANDBOX_SECCOMP;
    return done;
}
