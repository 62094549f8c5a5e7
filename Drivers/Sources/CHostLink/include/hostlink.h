/* hostlink.h: what a driver of the host's own network needs of Linux and Swift cannot say: ioctl numbers, variadic calls,
 * structures with unions. Every function returns a value >= 0 or a negative errno, waits for nothing, and keeps nothing.
 *
 * Copyright the Drydock authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef DRYDOCK_HOSTLINK_H
#define DRYDOCK_HOSTLINK_H

#include <stddef.h>
#include <stdint.h>

#define HOSTLINK_NAME 16

/* ---- any interface of the host ---------------------------------------------------------------------------------- */

typedef struct hostlink_interface {
    char name[HOSTLINK_NAME];
    uint8_t mac[6];
    uint16_t type;       /* ARPHRD_*: 1 is Ethernet */
    uint32_t index, mtu;
    uint32_t up, running; /* administratively, and with carrier */
} hostlink_interface;

/* A descriptor to ask by, and one that becomes readable when any interface changes. */
int32_t hostlink_probe(void);
int32_t hostlink_changes(void);
/* Reads away what `hostlink_changes` holds, at most 64 messages. */
void hostlink_drain(int32_t changes);
int32_t hostlink_index(int32_t probe, const char *name);
/* -ENODEV: there is no interface of that index any more. */
int32_t hostlink_look(int32_t probe, uint32_t index, hostlink_interface *out);
void hostlink_close(int32_t descriptor);
/* The C library's text of an errno value; valid until the next call. */
const char *hostlink_error(int32_t number);
/* The device's link speed in Mb/s; 0: it does not say. */
uint32_t hostlink_speed(int32_t probe, const char *name);

/* ---- TAP -------------------------------------------------------------------------------------------------------- */

#define HOSTLINK_OFFLOAD_CHECKSUM 1u
/* Frames of joined TCP segments; only with the one above. */
#define HOSTLINK_OFFLOAD_JOINED 2u
/* Opens or makes the TAP interface; `name` empty: the kernel chooses. The name it has goes to `out`. */
int32_t hostlink_tap_open(const char *name, int32_t with_header, char out[HOSTLINK_NAME]);
/* What the kernel may leave to the reader of frames. */
int32_t hostlink_tap_offload(int32_t tap, uint32_t offload);
/* Whether the interface sees a cable with a live end. */
int32_t hostlink_tap_carrier(int32_t tap, int32_t on);
/* Frames that the kernel hands over: to these addresses, or all when `count` is 0. */
int32_t hostlink_tap_filter(int32_t tap, const uint8_t *addresses, uint32_t count, int32_t all_multicast);
/* A part of a frame; the kernel's struct iovec. */
typedef struct hostlink_part { void *at; size_t octets; } hostlink_part;
/* Octets read or written, or a negative errno; interrupted calls are made again. */
int64_t hostlink_readv(int32_t descriptor, const hostlink_part *parts, uint32_t count);
int64_t hostlink_writev(int32_t descriptor, const hostlink_part *parts, uint32_t count);

/* ---- packet sockets: Documentation/networking/packet_mmap.rst ---------------------------------------------------- */

/* Memory shared with the kernel: `count` blocks or frames of `octets` each. */
typedef struct hostlink_ring { uint8_t *memory; uint32_t count, octets; } hostlink_ring;
/* One received frame in a block. */
typedef struct hostlink_frame {
    const uint8_t *at;
    uint32_t octets, wire; /* captured, and as long as it was */
    uint32_t next;         /* octets from this frame's header to the next; 0: the last */
    uint16_t vlan;
    uint8_t tagged, checked, outgoing;
} hostlink_frame;

/* A raw socket that receives nothing yet. */
int32_t hostlink_packet_open(void);
/* Blocks of frames; an incomplete one is handed over after `milliseconds`. */
int32_t hostlink_packet_receive(int32_t packet, uint32_t blocks, uint32_t octets, uint32_t milliseconds, hostlink_ring *out);
/* Frames to be sent, each behind a header. */
int32_t hostlink_packet_transmit(int32_t packet, uint32_t frames, uint32_t octets, hostlink_ring *out);
/* From now on frames of the interface arrive (`receives`), or only leave. */
int32_t hostlink_packet_bind(int32_t packet, uint32_t index, int32_t receives);
void hostlink_unmap(hostlink_ring *ring);
#define HOSTLINK_MULTICAST 0u
#define HOSTLINK_PROMISCUOUS 1u
#define HOSTLINK_ALL_MULTICAST 2u
#define HOSTLINK_UNICAST 3u
int32_t hostlink_packet_member(int32_t packet, uint32_t index, uint32_t kind, const uint8_t *address, int32_t add);
/* Frames lost since the last call for want of room. */
uint32_t hostlink_packet_drops(int32_t packet);
/* Has the kernel look at what is to be sent, without waiting. */
int32_t hostlink_wake(int32_t descriptor);
/* The error that is pending on a socket, as a negative errno; it is cleared. */
int32_t hostlink_pending(int32_t descriptor);

/* Frames of a block that is ours, or -1; where the first of them begins. */
int32_t hostlink_block_frames(hostlink_ring ring, uint32_t block, uint32_t *first);
void hostlink_block_release(hostlink_ring ring, uint32_t block);
/* The frame whose header begins at `offset` in a block; 0 when it does not lie inside. */
int32_t hostlink_block_frame(hostlink_ring ring, uint32_t block, uint32_t offset, hostlink_frame *out);

enum hostlink_slot { HOSTLINK_SLOT_FREE = 0, HOSTLINK_SLOT_BUSY = 1, HOSTLINK_SLOT_REFUSED = 2 };
int32_t hostlink_slot_state(hostlink_ring ring, uint32_t slot);
/* Where a frame's octets go, and how many fit. */
uint8_t *hostlink_slot_octets(hostlink_ring ring, uint32_t slot);
uint32_t hostlink_slot_room(hostlink_ring ring);
void hostlink_slot_send(hostlink_ring ring, uint32_t slot, uint32_t octets);
/* Takes a slot back from the kernel that was refused or not looked at. */
void hostlink_slot_clear(hostlink_ring ring, uint32_t slot);

/* ---- AF_XDP: Documentation/networking/af_xdp.rst ------------------------------------------------------------------ */

enum hostlink_xdp_kind { HOSTLINK_XDP_RECEIVE, HOSTLINK_XDP_TRANSMIT, HOSTLINK_XDP_FILL, HOSTLINK_XDP_COMPLETION };
/* One of the four rings, mapped. */
typedef struct hostlink_xring {
    uint32_t *producer, *consumer, *flags;
    void *entries;
    uint32_t size;
    void *map;
    uint64_t octets;
} hostlink_xring;
typedef struct hostlink_xdp_counts { uint64_t dropped, invalid_receive, invalid_transmit, ring_full, fill_empty; } hostlink_xdp_counts;

int32_t hostlink_xdp_open(void);
/* Gives the kernel packet memory, in chunks of `chunk` octets. */
int32_t hostlink_xdp_memory(int32_t xdp, uint8_t *start, uint64_t octets, uint32_t chunk);
int32_t hostlink_xdp_ring(int32_t xdp, enum hostlink_xdp_kind kind, uint32_t size, hostlink_xring *out);
void hostlink_xdp_unmap(hostlink_xring *ring);
/* `zero_copy` 1: only without copies; 0: only with them. */
int32_t hostlink_xdp_bind(int32_t xdp, uint32_t index, uint32_t queue, int32_t zero_copy);
/* Lets the receiver's calls do the interface's work, `budget` frames a call. */
int32_t hostlink_xdp_busy_poll(int32_t xdp, uint32_t microseconds, uint32_t budget);
/* A table of sockets by queue with this one in it; the program that passes frames to them; and its place on the interface,
 * which lasts as long as the descriptor. `generic` 1: in the stack of the kernel, 0: in the driver. */
int32_t hostlink_xdp_table(int32_t xdp, uint32_t queue);
int32_t hostlink_xdp_program(int32_t table);
int32_t hostlink_xdp_attach(int32_t program, uint32_t index, int32_t generic);
/* Takes the program from the interface; its descriptor stays open. */
int32_t hostlink_xdp_detach(int32_t place);
int32_t hostlink_xdp_counts_of(int32_t xdp, hostlink_xdp_counts *out);
/* Has the kernel refill and receive, without waiting. */
int32_t hostlink_wake_receive(int32_t descriptor);

static inline uint32_t hostlink_acquire(const uint32_t *p) { return __atomic_load_n(p, __ATOMIC_ACQUIRE); }
static inline void hostlink_release(uint32_t *p, uint32_t value) { __atomic_store_n(p, value, __ATOMIC_RELEASE); }
static inline uint32_t hostlink_relaxed(const uint32_t *p) { return __atomic_load_n(p, __ATOMIC_RELAXED); }
typedef struct hostlink_xdesc { uint64_t address; uint32_t octets, options; } hostlink_xdesc;

#endif
