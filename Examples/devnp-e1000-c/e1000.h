/* devnp-e1000 in C: what its files share. The sections are those of Intel's 8254x Software Developer's Manual.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef E1000_H
#define E1000_H

#include <stdbool.h>
#include <string.h>

#include "drydock_driver.h"

/* Registers, octets from the start of region 0. 8254x §13.4 */
enum {
    CTRL = 0x0000, STATUS = 0x0008, EERD = 0x0014, MDIC = 0x0020, FCAL = 0x0028, FCAH = 0x002C, FCT = 0x0030,
    ICR = 0x00C0, ITR = 0x00C4, IMS = 0x00D0, IMC = 0x00D8, RCTL = 0x0100, FCTTV = 0x0170, TCTL = 0x0400, TIPG = 0x0410,
    FCRTL = 0x2160, FCRTH = 0x2168, RDBAL = 0x2800, RDBAH = 0x2804, RDLEN = 0x2808, RDH = 0x2810, RDT = 0x2818, RDTR = 0x2820,
    RADV = 0x282C, TDBAL = 0x3800, TDBAH = 0x3804, TDLEN = 0x3808, TDH = 0x3810, TDT = 0x3818, TIDV = 0x3820, TADV = 0x382C,
    RXCSUM = 0x5000, MTA = 0x5200, RAL = 0x5400, RAH = 0x5404, VFTA = 0x5600,
    REGION_OCTETS = 0x20000
};

enum { /* fields of theirs */
    CTRL_SLU = 1u << 6, CTRL_RST = 1u << 26, CTRL_VME = 1u << 30,
    CTRL_CLEARED = 1u << 3 | 1u << 5 | 1u << 7 | 3u << 8 | 1u << 11 | 1u << 12 | 1u << 27 | 1u << 28 | 1u << 31,
    STATUS_FD = 1u << 0, STATUS_LU = 1u << 1, STATUS_TXOFF = 1u << 4,
    CAUSE_TXDW = 1u << 0, CAUSE_TXQE = 1u << 1, CAUSE_LSC = 1u << 2, CAUSE_RXSEQ = 1u << 3, CAUSE_RXDMT0 = 1u << 4,
    CAUSE_RXO = 1u << 6, CAUSE_RXT0 = 1u << 7, CAUSES = 0x1F6DF,
    CAUSES_WANTED = CAUSE_TXDW | CAUSE_LSC | CAUSE_RXDMT0 | CAUSE_RXO | CAUSE_RXT0,
    RCTL_EN = 1u << 1, RCTL_UPE = 1u << 3, RCTL_MPE = 1u << 4, RCTL_LPE = 1u << 5, RCTL_BAM = 1u << 15, RCTL_VFE = 1u << 18,
    RCTL_BSEX = 1u << 25, RCTL_SECRC = 1u << 26
};

/* A receive descriptor, written back by the device. 8254x §3.2.3 */
struct receive_descriptor {
    uint64_t address;
    union {
        struct { uint16_t length, checksum; uint8_t status, errors; uint16_t special; };
        struct { uint32_t low, high; };
        uint64_t written_back;
    };
};
enum { RXD_DONE = 0x01, RXD_END = 0x02, RXD_IGNORE = 0x04, RXD_VLAN = 0x08, RXD_L4 = 0x20, RXD_IP = 0x40 };
enum { RXE_FRAME = 0x97, RXE_L4 = 0x20, RXE_IP = 0x40 };

/* A transmit descriptor: legacy, data or context. 8254x §3.3 */
struct transmit_descriptor {
    uint64_t address;
    union {
        struct { uint32_t lower, upper; };
        uint64_t command;
    };
};
enum {
    TXD_END = 1u << 24, TXD_FCS = 1u << 25, TXD_REPORT = 1u << 27, TXD_EXTENDED = 1u << 29, TXD_VLAN = 1u << 30, TXD_DELAY = 1u << 31,
    TXD_DATA = 1u << 20, TXD_CONTEXT_TCP = 1u << 24, TXD_CONTEXT_IP4 = 1u << 25, TXD_SUM_IP = 1u << 8, TXD_SUM_L4 = 1u << 9
};
enum { TXS_DONE = 0x01, TXS_LOST = 0x0E };

#define LONGEST_CHAIN 16 /* buffers of one frame at most */
#define SHORTEST_FRAME 17 /* that the device pads without harm. 8254x §13.4.33 */
#define HEADER_OCTETS 18 /* in front of the payload, a VLAN tag included */

struct receive_ring {
    volatile struct receive_descriptor *descriptors;
    drydock_buffer *buffers;
    drydock_dma memory;
    uint32_t size, head, tail, buffer_octets;
    bool draining;
};

/* At a frame's first descriptor: how many it has, and how many buffers. Plain: no context, one buffer, no flag. */
struct transmit_note { uint8_t descriptors, buffers; bool has_buffer, is_plain; };

struct transmit_ring {
    volatile struct transmit_descriptor *descriptors;
    drydock_buffer *buffers;
    struct transmit_note *notes;
    drydock_dma memory;
    uint32_t size, head, tail, cleaned;
    /* Frames that are done without the ring: refused ones, and what a reset took off it. */
    drydock_buffer *done;
    uint32_t done_size, done_head, done_tail;
    /* The offsets that the device holds, and the protocol bits that came with them. */
    uint64_t context;
    uint32_t context_bits;
    bool context_known;
};

enum state { ATTACHED, RUNNING, STOPPED, GONE };

struct e1000 {
    const drydock_services *services;
    volatile uint8_t *registers;      /* NULL: every access is a call */
    struct receive_ring receive;
    struct transmit_ring transmit;
    enum state state;
    uint32_t mtu, offloads;
    /* variables of the shell */
    uint32_t interrupts_per_second, watchdog_us, verbose, hangs;
    uint64_t interrupts, foreign_interrupts, refused_frames;
    /* filters */
    uint8_t mac[6];
    bool promiscuous, always_promiscuous, all_multicast, no_multicast, listed_vlans;
    uint32_t multicast[128], vlans[128], rctl, itr;
    bool link_up, watch_busy;
    uint32_t watch_cleaned, watch_ticks;
    uint64_t counters[40];
};

static inline uint32_t load(const struct e1000 *e, uint32_t at) {
    if (e->registers) return *(volatile uint32_t *)(e->registers + at);
    return e->services->load(e->services->host, 0, at, 4);
}
static inline void store(const struct e1000 *e, uint32_t at, uint32_t value) {
    if (e->registers) *(volatile uint32_t *)(e->registers + at) = value;
    else e->services->store(e->services->host, 0, at, 4, value);
}
/* Descriptor stores before the doorbell; the done bit's load before the loads of what it covers. */
static inline void release_to_device(void) { __atomic_thread_fence(__ATOMIC_RELEASE); }
static inline void acquire_from_device(void) { __atomic_thread_fence(__ATOMIC_ACQUIRE); }

/* The position `steps` (at most `size`) behind `at`. */
static inline uint32_t further(uint32_t at, uint32_t steps, uint32_t size) {
    uint32_t next = at + steps;
    return next >= size ? next - size : next;
}
static inline uint32_t least_of(uint32_t a, uint32_t b) { return a < b ? a : b; }
static inline uint32_t used(uint32_t head, uint32_t tail, uint32_t size) { return tail >= head ? tail - head : tail + size - head; }

/* Whole buffers are copied by words, and changed in registers: a load that is wider than a store just made to the same octets has to
 * wait for it. A buffer is five words; little-endian, the length is the upper quarter of the third, the flags are the lowest of the
 * fourth. */
typedef volatile uint64_t __attribute__((may_alias)) buffer_word;
static inline void copy_buffer(drydock_buffer *to, const drydock_buffer *from, uint64_t third, uint64_t fourth) {
    buffer_word *t = (buffer_word *)to;
    const buffer_word *f = (const buffer_word *)from;
    t[0] = f[0];
    t[1] = f[1];
    t[2] = third;
    t[3] = fourth;
    t[4] = f[4];
}
static inline uint64_t buffer_part(const drydock_buffer *from, unsigned part) { return ((const buffer_word *)from)[part]; }
/* The third word with another length: pushed in below and turned to the top. */
static inline uint64_t with_length(uint64_t third, uint16_t length) {
    third = third << 16 | length;
    return third >> 16 | third << 48;
}
/* Keeps a buffer of the stack's, without its flags and its VLAN tag. */
static inline void keep_buffer(drydock_buffer *to, const drydock_buffer *from) {
    uint64_t kept = *(const volatile uint32_t __attribute__((may_alias)) *)((const char *)from + 28);
    copy_buffer(to, from, buffer_part(from, 2), kept << 32);
}

/* What frames the device may be given now. */
struct limits { uint32_t longest; bool inserts_vlan, delayed; };

/* receive.c */
int32_t receive_make(struct e1000 *e, uint32_t size);
void receive_free(struct e1000 *e);
uint32_t receive_provide(struct receive_ring *r, const drydock_buffer *list, uint32_t count, bool may_choose);
uint32_t receive_take(struct receive_ring *r, drydock_buffer *out, uint32_t room, bool vlan, uint64_t *bad);
uint32_t receive_size_bits(const struct receive_ring *r);
void receive_program(struct e1000 *e);
uint64_t receive_complete_frames(const struct receive_ring *r);
bool receive_has_frame(const struct receive_ring *r);

/* transmit.c */
int32_t transmit_make(struct e1000 *e, uint32_t size);
void transmit_free(struct e1000 *e);
uint32_t transmit_provide(struct transmit_ring *t, const drydock_buffer *list, uint32_t count, struct limits limits, uint64_t *refused);
uint32_t transmit_take(struct transmit_ring *t, drydock_buffer *out, uint32_t room, uint64_t *failed);
uint64_t transmit_abandon(struct transmit_ring *t);
void transmit_program(struct e1000 *e);
bool transmit_oldest_is_done(const struct transmit_ring *t);

/* device.c */
int32_t e1000_attach(const drydock_services *services, const char *options, void **instance, drydock_interface *out);
int32_t e1000_start(void *instance);
int32_t e1000_stop(void *instance);
void e1000_detach(void *instance);
void e1000_quiesce(void *instance);
void silence(const struct e1000 *e);
int32_t reset(struct e1000 *e);
void program(struct e1000 *e);
void enable(struct e1000 *e);
int32_t phy_read(const struct e1000 *e, uint32_t number);
void say(const struct e1000 *e, uint32_t severity, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* control.c */
uint32_t e1000_interrupt(void *instance, uint32_t vector);
uint32_t e1000_timer(void *instance, uint32_t number);
int32_t e1000_set_filter(void *instance, const drydock_filter *filter);
int32_t e1000_get_media(void *instance, drydock_media *out);
int32_t e1000_set_media(void *instance, const drydock_media *media);
int32_t e1000_set_offloads(void *instance, uint32_t enabled);
int32_t e1000_set_mtu(void *instance, uint32_t mtu);
int32_t e1000_statistics(void *instance, drydock_statistics *out);
uint32_t wanted_rctl(const struct e1000 *e);
uint32_t wanted_rxcsum(const struct e1000 *e);
void write_filters(const struct e1000 *e);
void apply_moderation(struct e1000 *e);
void accumulate(struct e1000 *e);
void recover(struct e1000 *e, const char *reason);
bool is_gone(struct e1000 *e);

/* options.c */
struct options { uint32_t receive, transmit, mtu, interrupts_per_second, verbose; bool promiscuous, no_multicast, has_mac; uint8_t mac[6]; };
int32_t parse_options(const struct e1000 *e, const char *text, struct options *out);

#define CAPABILITIES (DRYDOCK_CAP_IP4CSUM_RX | DRYDOCK_CAP_TCP4CSUM_RX | DRYDOCK_CAP_UDP4CSUM_RX | DRYDOCK_CAP_IP4CSUM_TX \
    | DRYDOCK_CAP_TCP4CSUM_TX | DRYDOCK_CAP_UDP4CSUM_TX | DRYDOCK_CAP_TCP6CSUM_TX | DRYDOCK_CAP_UDP6CSUM_TX \
    | DRYDOCK_CAP_VLAN_MTU | DRYDOCK_CAP_VLAN_HW | DRYDOCK_CAP_VLAN_FILTER | DRYDOCK_CAP_JUMBO)

#endif
