/* drydock_recorder.h: the layout of the flight recorder's memory, and the clock that its events are stamped with.
 *
 *   header | slots | maps | ring
 *
 * One thread writes, any number of processes read, nobody locks. The ring is an array of cells of 32 octets; an event is
 * one cell, or one with cells of octets behind it. Cells are numbered from 0 for ever; cell n lies at n modulo the ring's
 * length. The writer raises `claimed` before it touches cells and `committed` after: what is below `committed` was
 * written whole, what is below `claimed` minus the ring's length may have been overwritten. No event crosses a block of
 * cells, so that a reader who was overtaken finds an event's beginning at the next block's.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef DRYDOCK_RECORDER_H
#define DRYDOCK_RECORDER_H
#include <stdint.h>
#include <time.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

#define DRYDOCK_RECORDER_MAGIC 0x31524543524b4444ull /* "DDKRCER1" */
#define DRYDOCK_RECORDER_VERSION 1u
enum {
    DRYDOCK_RECORDER_CELL = 32,     /* octets                                  */
    DRYDOCK_RECORDER_BLOCK = 128,   /* cells                                   */
    DRYDOCK_RECORDER_SLOTS = 32,    /* devices: those of the crash note        */
    DRYDOCK_RECORDER_CALLOUTS = 32,
    DRYDOCK_RECORDER_SNAP = 64,     /* octets of a frame that are kept         */
    DRYDOCK_RECORDER_MAPS = 192 << 10 /* octets for register maps              */
};

typedef struct drydock_event {
    uint64_t time;  /* of the header's clock                        */
    uint8_t kind;
    uint8_t slot;   /* the device; 255: none                        */
    uint8_t cells;  /* of the whole event, this one included        */
    uint8_t detail; /* these four: what the kind says               */
    uint32_t count;
    uint64_t first, second;
} drydock_event;

typedef struct drydock_recorder_slot {
    uint64_t since;                  /* the number of the first cell that is this device's                   */
    uint32_t map_offset, map_length; /* its register map, from the start of the maps; length 0: none         */
    uint32_t state, reserved;        /* 0: never used, 1: attached, 2: was detached                          */
    char interface[16], driver[48], nic[48], bus[16];
    uint8_t unused[40];
} drydock_recorder_slot;

typedef struct drydock_recorder_header {
    uint64_t magic;
    uint32_t version, length; /* of the whole memory */
    uint32_t slots_offset, maps_offset, ring_offset, ring_cells;
    uint32_t maps_used;
    uint32_t clock;           /* 0: nanoseconds of the monotonic clock; 1: the processor's counter           */
    uint64_t ticks0, monotonic0, calendar0; /* one moment by all clocks, at the start                        */
    uint64_t ticks1, monotonic1;            /* a later moment                                                */
    uint8_t unused[48];
    uint64_t claimed, committed;            /* cells, at octet 128: a line of their own                      */
    uint8_t unused2[48];
    char callouts[DRYDOCK_RECORDER_CALLOUTS][32];
} drydock_recorder_header;

static inline uint64_t drydock_clock(clockid_t which) {
    struct timespec now;
    if (clock_gettime(which, &now) != 0) return 0;
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* The processor's counter: some 7 ns to read, where the kernel's clock takes three times as long. */
static inline uint64_t drydock_ticks(void) {
#if defined(__x86_64__)
    return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
    uint64_t ticks;
    __asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
    return ticks;
#else
    return drydock_clock(CLOCK_MONOTONIC);
#endif
}

/* Whether that counter runs at one speed, on every processor, whatever sleeps. */
static inline int drydock_ticks_are_steady(void) {
#if defined(__x86_64__)
    unsigned a = 0, b = 0, c = 0, d = 0;
    if (!__get_cpuid(0x80000007, &a, &b, &c, &d)) return 0;
    return (d >> 8) & 1;
#elif defined(__aarch64__)
    return 1;
#else
    return 0;
#endif
}
static inline uint64_t drydock_monotonic(void) { return drydock_clock(CLOCK_MONOTONIC); }
static inline uint64_t drydock_calendar(void) { return drydock_clock(CLOCK_REALTIME); }
#endif
