/* clinux_cores.h: another process held still and looked into, and what a core file says of it.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef DRYDOCK_CLINUX_CORES_H
#define DRYDOCK_CLINUX_CORES_H
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Attaches to a thread and asks it to stop. 0 or -1 with errno. All that follows comes from the same thread of ours. */
int clinux_trace_hold(int tid);
/* 1: it stands still, and *number is the signal that it was about to take (0: none); 0: not yet; -1: it has ended. */
int clinux_trace_stands(int tid, int *number);
/* Lets it go on, with that signal. A thread but the first that has ended meanwhile is reaped: nobody else would. */
void clinux_trace_let_go(int pid, int tid, int number);
/* Whether a program that is given this signal has most likely gone wrong by itself. */
int clinux_trace_is_fault(int number);
/* Of the monotonic clock: what a tracer's waits end by. */
uint64_t clinux_trace_milliseconds(void);
/* One set of its registers, by the type of its note: octets, or -1 with errno. */
ssize_t clinux_trace_registers(int tid, unsigned type, void *octets, size_t room);

/* Types of notes, and the program headers' machine. */
enum {
    CLINUX_NOTE_STATUS = 1, CLINUX_NOTE_FLOATING = 2, CLINUX_NOTE_PROCESS = 3, CLINUX_NOTE_AUXILIARY = 6,
    CLINUX_NOTE_SIGNAL = 0x53494749, CLINUX_NOTE_FILES = 0x46494c45,
};
unsigned clinux_core_machine(void);

/* What the note of a thread says. */
struct clinux_core_thread { int32_t tid, parent, group, session, signal, code; };

enum { CLINUX_CORE_ROOM = 1024, CLINUX_SIGNAL_OCTETS = 128, CLINUX_FLOATING_OCTETS = 512 };

/* Fill `out`, which has CLINUX_CORE_ROOM octets; return how many count. */
size_t clinux_core_status(const struct clinux_core_thread *thread, const void *registers, size_t length, void *out);
size_t clinux_core_process(int pid, int parent, int group, int session, char state, const char *name, const char *words, void *out);

/* How much of a signal handler's context is needed for what follows. */
size_t clinux_context_octets(void);
/* Puts the registers that were interrupted into a set that the kernel gave for the handler. */
void clinux_context_registers(const void *context, void *registers, size_t length);
/* Where, in its process, the interrupted floating point registers are; 0: not known. */
uint64_t clinux_context_floating(const void *context);
/* The stack pointer in a set of registers. */
uint64_t clinux_stack_pointer(const void *registers, size_t length);
/* 1: nothing but zeros. */
int clinux_is_zero(const void *octets, size_t length);
#endif
