/* clinux_host.h: waiting, starting processes, and the note that a dying process leaves.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef DRYDOCK_CLINUX_HOST_H
#define DRYDOCK_CLINUX_HOST_H
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/types.h>

/* What an error number means, in the C locale's words; never NULL. */
const char *clinux_error_text(int number);
/* "SIGSEGV" without the "SIG"; NULL for a number that is no signal. */
const char *clinux_signal_name(int number);
/* A pipe, close-on-exec and non-blocking. */
int clinux_new_pipe(int ends[2]);
int clinux_thread(void);
char **clinux_environment(void);
void clinux_set_name(const char *name);
/* A client of a listening socket, non-blocking. */
int clinux_accept(int listener);
/* O_PATH, which is a GNU name. */
int clinux_o_path(void);
/* A new memfd of `length` octets, sealed against shrinking and growing. */
int clinux_new_memory(const char *name, size_t length);
/* 1 when a memfd is sealed against shrinking. */
int clinux_cannot_shrink(int fd);
int clinux_keep_out_of_cores(void *start, size_t length);
int clinux_timer(void);
int clinux_timer_arm(int fd, uint64_t nanoseconds);
/* `number` comes to this process when the thread that started it ends. */
int clinux_die_with_parent(int number);
/* As epoll_wait, with nanoseconds (-1: for ever), begun again after a signal. */
int clinux_epoll_wait(int fd, struct epoll_event *events, int count, int64_t nanoseconds);
/* Blocks `count` signals for this thread (and those it makes) and returns a descriptor that reports them, or -1. */
int clinux_signal_descriptor(const int *signals, int count);
/* Takes one signal off such a descriptor: its number, 0 when there is none. */
int clinux_signal_take(int fd);
/* A signal to the process behind a pidfd: its number cannot have been reused. */
int clinux_pidfd_signal(int pidfd, int number);

/* Starts `path` in a session of its own. `descriptors[i]` becomes descriptor i in it (-1: /dev/null) and nothing else is
 * open; no signal is ignored or blocked. NULL `environment` means ours. Returns the process id, or -1 with errno. */
pid_t clinux_start(const char *path, char *const arguments[], char *const environment[], const int *descriptors, int count, int session);
/* This thread wants to run for so long at a time, and sooner for it (sched_setattr(2); Linux 6.12, before that nothing happens). */
void clinux_short_turns(uint64_t nanoseconds);
/* The processor that the calling thread runs on, from 1; 0: nobody knows. Some nanoseconds. */
unsigned clinux_processor(void);
/* Makes this process as nice, and its session, where the kernel shares processors out by sessions (sched(7), autogroup). */
void clinux_give_way(int nice);
/* 1: child `pid` is gone, `*status` as waitpid has it; 0: it runs; -1 with errno. */
int clinux_wait(pid_t pid, int *status);
/* Whether a child that was sent SIGSTOP stands: 1, 0 not yet, -1 it has ended. Takes no report. */
int clinux_is_stopped(pid_t pid);
/* waitpid's macros. */
int clinux_exit_code(int status);
int clinux_ending_signal(int status);

enum { CLINUX_ACCESS_UNKNOWN, CLINUX_ACCESS_READ, CLINUX_ACCESS_WRITE, CLINUX_ACCESS_EXECUTE };
enum { CLINUX_NOTE_MAGIC = 0x4e444452, CLINUX_NOTE_SLOTS = 32, CLINUX_NOTE_CALLOUTS = 32 };

/* One page, shared between a stack process and its supervisor: what the process was doing when it died. */
struct clinux_crash_note {
    uint32_t magic;
    /* Written last by the handler: 1 when the fields down to `nanoseconds` are true. */
    volatile uint32_t written;
    int32_t signal, code;
    int32_t pid, tid;
    uint64_t address, instruction, nanoseconds;
    /* Kept current by the process: (slot + 1) << 8 | callout while a driver's callout runs, else 0. */
    volatile uint32_t callout;
    /* What the handler waits for: the supervisor stores 1 when it has looked into the process. */
    volatile uint32_t go_on;
    /* Where, in the process, the interrupted context and what is known of the signal lie while the handler waits. */
    uint64_t context, information;
    /* Kept current by the process: since when its loop is awake, on the monotonic clock; 0 while it sleeps. */
    volatile uint64_t awake_since;
    /* CLINUX_ACCESS_ */
    uint32_t access;
    uint32_t padding[11];
    struct {
        uint64_t text_start, text_end;
        char driver[48];
        char interface[16];
    } slots[CLINUX_NOTE_SLOTS];
    char callouts[CLINUX_NOTE_CALLOUTS][32];
};

/* Fills `note` when SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT or SIGSYS comes. With `bell`, an eventfd, it then
 * rings it and waits until clinux_go_on, at most CLINUX_FAULT_SECONDS; -1: it does not wait. After that the signal has its
 * default effect at the faulting instruction. The handler runs on a stack of its own in the calling thread. */
int clinux_install_fault_handler(struct clinux_crash_note *note, int bell);
enum { CLINUX_FAULT_SECONDS = 5 };
/* Lets every thread that waits in the handler go on. */
void clinux_go_on(struct clinux_crash_note *note);
/* Gives the calling thread a stack for the handler; for threads beside the one that installed it. */
int clinux_use_fault_stack(void);
#endif
