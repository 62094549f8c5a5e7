/* clinux_call.h: a function of a process that is held still, run by its first thread.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef DRYDOCK_CLINUX_CALL_H
#define DRYDOCK_CLINUX_CALL_H
#include <stdint.h>

enum { CLINUX_CALL_INTEGERS = 10, CLINUX_CALL_DOUBLES = 8 };

enum clinux_call_end {
    CLINUX_CALL_RETURNED,
    CLINUX_CALL_FAULTED,  /* `signal`, `at` and `address` say what and where */
    CLINUX_CALL_LASTED,   /* it had not returned when its time was over; `at` is where it was */
    CLINUX_CALL_DIED,     /* the process is gone */
    CLINUX_CALL_BUSY,     /* not begun: the thread is in the middle of something, at `at` */
    CLINUX_CALL_FOREIGN,  /* not begun: this machine's way of calling is not known here */
    CLINUX_CALL_REFUSED,  /* not begun: errno */
};

struct clinux_call {
    uint64_t function;
    uint64_t integers[CLINUX_CALL_INTEGERS];
    double doubles[CLINUX_CALL_DOUBLES];
    int integer_count, double_count;
    /* Also where the thread does not wait in a system call. */
    int anywhere;
    unsigned milliseconds;
    /* Out. */
    uint64_t integer, at, address;
    double floating;
    int signal;
    /* A signal for the process that came meanwhile, and is not lost; 0: none. */
    int late;
};

/* The thread stands, held by clinux_trace_hold; afterwards it stands as before, whatever became of the call. */
enum clinux_call_end clinux_call(int tid, struct clinux_call *call);
#endif
