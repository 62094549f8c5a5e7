/* clinux_debug.h: a breakpoint of the processor in another process, from the first pass to the moment it is taken away.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef DRYDOCK_CLINUX_DEBUG_H
#define DRYDOCK_CLINUX_DEBUG_H
#include <stdint.h>

enum { CLINUX_DEBUG_FILTERS = 3, CLINUX_DEBUG_ARGUMENTS = 6 };

/* As DR7 has it: what is waited for at an address. */
enum clinux_debug_kind { CLINUX_DEBUG_RUN = 0, CLINUX_DEBUG_WRITE = 1, CLINUX_DEBUG_ACCESS = 3 };

struct clinux_debug_plan {
    int pid;
    int socket;              /* of packets; taken over */
    uint64_t address, other; /* `other`: a second place of that kind; 0: there is none */
    uint32_t kind, octets;   /* 1, 2, 4 or 8 octets; 1 where code runs */
    /* A pass counts where each of these arguments, cut to 32 bits if `narrow`, has that value. */
    uint32_t filters, argument[CLINUX_DEBUG_FILTERS], narrow[CLINUX_DEBUG_FILTERS];
    uint64_t value[CLINUX_DEBUG_FILTERS];
    uint32_t milliseconds;   /* for which it is waited */
    uint32_t standing;       /* milliseconds that the process stands at most */
    uint32_t goes_on;        /* 1: it does not stand; each pass is told */
};

enum clinux_debug_news {
    CLINUX_DEBUG_PASS = 1,   /* it came by; without `goes_on` it stands there. Of a step: it has been made, or takes longer than it may */
    CLINUX_DEBUG_OVER,       /* the time is over, nothing stands */
    CLINUX_DEBUG_FAULTED,    /* the process has faulted and goes its way */
    CLINUX_DEBUG_ENDED,      /* the process is gone */
    CLINUX_DEBUG_WENT_ON,    /* it stood for as long as it might, and goes on */
    CLINUX_DEBUG_REFUSED     /* it may not be traced, or has no breakpoint free: `ip` is the error's number */
};

/* What a process that stands is to do, sent through the socket, a packet; then it stands again, or what became of it is told. */
enum clinux_debug_way {
    CLINUX_DEBUG_STEP = 1,   /* the thread alone, an instruction after the other, until it is outside low ..< high */
    CLINUX_DEBUG_UNTIL       /* all of it, until the thread is at `low` and its stack pointer above `high` */
};

struct clinux_debug_order {
    uint32_t way;
    int32_t tid;
    uint64_t low, high;
    uint32_t milliseconds;
};

/* What is told through the socket, a packet each. */
struct clinux_debug_word {
    uint32_t news;
    int32_t tid;
    uint64_t passes, unsent; /* so far; and those that the reader was too slow for */
    uint64_t ip, sp;
    uint64_t argument[CLINUX_DEBUG_ARGUMENTS];
};

/* 0: a thread of ours looks after it, until the other end of the socket is closed. -1 with errno: EBUSY: there is one already;
 * EOPNOTSUPP: not on this processor. The socket is then still the caller's. */
int clinux_debug_start(const struct clinux_debug_plan *plan);
/* DR7 for the first `count` breakpoints, one or two of a kind. */
uint64_t clinux_debug_control(uint32_t kind, uint32_t octets, int count);
#endif
