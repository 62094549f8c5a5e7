/* The receive ring. 8254x §3.2  SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "e1000.h"

int32_t receive_make(struct e1000 *e, uint32_t size) {
    struct receive_ring *r = &e->receive;
    r->buffers = calloc(size, sizeof *r->buffers);
    if (!r->buffers) return -12;
    int32_t status = e->services->dma_allocate(e->services->host, (uint64_t)size * 16, 128, &r->memory);
    if (status < 0) {
        say(e, DRYDOCK_LOG_ERROR, "attach: no memory for the receive ring");
        return status;
    }
    r->descriptors = (volatile struct receive_descriptor *)r->memory.memory;
    r->size = size;
    r->buffer_octets = 2048;
    return 0;
}

void receive_free(struct e1000 *e) {
    if (e->receive.descriptors) e->services->dma_free(e->services->host, &e->receive.memory);
    free(e->receive.buffers);
}

/* RCTL's buffer size bits. 8254x §13.4.22 */
uint32_t receive_size_bits(const struct receive_ring *r) {
    switch (r->buffer_octets) {
    case 16384: return RCTL_BSEX | 1u << 16;
    case 8192: return RCTL_BSEX | 2u << 16;
    case 4096: return RCTL_BSEX | 3u << 16;
    case 1024: return 1u << 16;
    default: return 0;
    }
}

/* Fills descriptors with empty buffers from `n` on, up to the ring's end. Returns the end of what was taken. */
static inline uint32_t offer(struct receive_ring *r, const drydock_buffer *list, uint32_t n, uint32_t count) {
    const uint32_t size = r->size, least = r->buffer_octets, at = r->tail;
    const uint32_t run = least_of(count - n, least_of(size - 1 - used(r->head, at, size), size - at));
    const drydock_buffer *from = list + n;
    drydock_buffer *held = r->buffers + at;
    volatile struct receive_descriptor *descriptors = r->descriptors + at;
    uint32_t k = 0;
    for (; k < run && from[k].capacity >= least; k++) {
        keep_buffer(&held[k], &from[k]);
        descriptors[k].address = from[k].device_address;
        descriptors[k].written_back = 0;
    }
    r->tail = further(at, k, size);
    return n + k;
}

/* Goes on at the ring's start, behind what was taken up to its end. */
static __attribute__((noinline)) uint32_t provide_rest(struct receive_ring *r, const drydock_buffer *list, uint32_t n, uint32_t count) {
    for (uint32_t end; (end = offer(r, list, n, count)) > n;) n = end;
    return n;
}

/* The first buffer of a ring that is empty and off decides how much the device may write into one; a smaller buffer is not taken. */
uint32_t receive_provide(struct receive_ring *r, const drydock_buffer *list, uint32_t count, bool may_choose) {
    if (r->draining) {
        if (r->head != r->tail) return 0;
        r->draining = false;
    }
    if (may_choose && r->head == r->tail && count) {
        uint32_t c = list[0].capacity;
        r->buffer_octets = c >= 16384 ? 16384 : c >= 8192 ? 8192 : c >= 4096 ? 4096 : c >= 2048 ? 2048 : 1024;
    }
    uint32_t n = offer(r, list, 0, count);
    return n == count ? n : provide_rest(r, list, n, count);
}

/* How many descriptors from the oldest make a whole frame: 0 when none is complete. Only a device gone mad makes the longest. */
static inline uint32_t complete_frame(const struct receive_ring *r) {
    uint32_t limit = used(r->head, r->tail, r->size), at = r->head;
    if (limit > LONGEST_CHAIN) limit = LONGEST_CHAIN;
    for (uint32_t n = 0; n < limit;) {
        uint8_t status = r->descriptors[at].status;
        if (!(status & RXD_DONE)) return 0;
        n++;
        if (status & RXD_END || n == LONGEST_CHAIN) return n;
        at = further(at, 1, r->size);
    }
    return 0;
}

bool receive_has_frame(const struct receive_ring *r) { return complete_frame(r) > 0; }

/* What hardware says of the checksums; a sum that it found wrong is left to the stack to count. 8254x §3.2.9 */
static inline uint16_t verdict(uint8_t status, uint8_t errors) {
    uint16_t flags = 0;
    if (status & RXD_IGNORE) return 0;
    if (status & RXD_IP && !(errors & RXE_IP)) flags |= DRYDOCK_BUFFER_IP_CHECKED;
    if (status & RXD_L4 && !(errors & RXE_L4)) flags |= DRYDOCK_BUFFER_L4_CHECKED;
    return flags;
}

/* One frame of `parts` descriptors into `out`. True: it is bad. */
static inline bool emit(struct receive_ring *r, uint32_t parts, drydock_buffer *out, bool vlan) {
    uint32_t last = r->descriptors[further(r->head, parts - 1, r->size)].high;
    uint8_t status = (uint8_t)last, errors = (uint8_t)(last >> 8);
    bool bad = !(status & RXD_END) || errors & RXE_FRAME;
    for (uint32_t part = 0; part < parts; part++) {
        uint32_t length = r->descriptors[r->head].length;
        /* What the device claims to have written must lie in the buffer it was given. */
        bool fits = length > 0 && length <= r->buffer_octets;
        if (!fits) bad = true;
        out[part] = r->buffers[r->head];
        out[part].length = fits ? (uint16_t)length : 0;
        out[part].flags = part == parts - 1 ? 0 : DRYDOCK_BUFFER_MORE;
        r->head = further(r->head, 1, r->size);
    }
    if (bad) {
        for (uint32_t part = 0; part < parts; part++) out[part].flags |= DRYDOCK_BUFFER_ERROR;
        return true;
    }
    out[0].flags |= verdict(status, errors);
    if (vlan && status & RXD_VLAN) {
        out[0].flags |= DRYDOCK_BUFFER_VLAN;
        out[0].vlan = (uint16_t)(last >> 16);
    }
    return false;
}

/* Moves frames of one buffer each, without errors, into `out` from `n` on: almost all that come. Ends before the first other one,
 * before the first that is not done, and at the ring's end. Returns the end of what is filled. */
static inline uint32_t take_plain(struct receive_ring *r, drydock_buffer *out, uint32_t n, uint32_t room, bool vlan) {
    const uint32_t size = r->size, most = r->buffer_octets, at = r->head;
    const uint32_t run = least_of(room - n, least_of(used(at, r->tail, size), size - at));
    const volatile struct receive_descriptor *descriptors = r->descriptors + at;
    const drydock_buffer *held = r->buffers + at;
    drydock_buffer *to = out + n;
    uint32_t k = 0;
    for (; k < run; k++) {
        uint32_t high = descriptors[k].high;
        uint8_t status = (uint8_t)high, errors = (uint8_t)(high >> 8);
        if ((status & (RXD_DONE | RXD_END)) != (RXD_DONE | RXD_END) || errors & RXE_FRAME) break;
        acquire_from_device();
        uint64_t length = descriptors[k].length;
        if (length == 0 || length > most) break;
        copy_buffer(&to[k], &held[k], with_length(buffer_part(&held[k], 2), length), buffer_part(&held[k], 3));
        if (status & (RXD_IP | RXD_L4 | RXD_VLAN)) {
            to[k].flags = verdict(status, errors);
            if (vlan && status & RXD_VLAN) {
                to[k].flags |= DRYDOCK_BUFFER_VLAN;
                to[k].vlan = (uint16_t)(high >> 16);
            }
        }
    }
    r->head = further(at, k, size);
    return n + k;
}

/* Goes on at a frame that is not plain, or at the ring's start; after a stop with the empty buffers too. */
static __attribute__((noinline)) uint32_t take_rest(struct receive_ring *r, drydock_buffer *out, uint32_t n, uint32_t room, bool vlan, uint64_t *bad) {
    while (n < room) {
        uint32_t end = take_plain(r, out, n, room, vlan), parts;
        if (end > n) {
            n = end;
            continue;
        }
        if (!(parts = complete_frame(r))) break;
        if (n + parts > room) return n;
        acquire_from_device();
        if (emit(r, parts, out + n, vlan)) ++*bad;
        n += parts;
    }
    for (; r->draining && n < room && r->head != r->tail; n++) {
        out[n] = r->buffers[r->head];
        out[n].length = 0;
        out[n].flags = DRYDOCK_BUFFER_UNUSED;
        r->head = further(r->head, 1, r->size);
    }
    return n;
}

/* Moves whole frames into `out`; after a stop the empty buffers too. */
uint32_t receive_take(struct receive_ring *r, drydock_buffer *out, uint32_t room, bool vlan, uint64_t *bad) {
    uint32_t n = take_plain(r, out, 0, room, vlan);
    if (n == room || r->head == r->tail || (!r->draining && !(r->descriptors[r->head].status & RXD_DONE))) return n;
    return take_rest(r, out, n, room, vlan, bad);
}

/* Frames in the ring that a reset is about to lose. */
uint64_t receive_complete_frames(const struct receive_ring *r) {
    uint64_t frames = 0;
    uint32_t at = r->head;
    for (uint32_t left = used(r->head, r->tail, r->size); left && r->descriptors[at].status & RXD_DONE; left--) {
        if (r->descriptors[at].status & RXD_END) frames++;
        at = further(at, 1, r->size);
    }
    return frames;
}

static void reverse(drydock_buffer *b, uint32_t low, uint32_t end) {
    for (; low + 1 < end; low++, end--) {
        drydock_buffer saved = b[low];
        b[low] = b[end - 1];
        b[end - 1] = saved;
    }
}

/* Base, length, head and tail of a receiver that is off. It starts at 0: the buffers that it held move there, empty. 8254x §14.4 */
void receive_program(struct e1000 *e) {
    struct receive_ring *r = &e->receive;
    uint32_t held = used(r->head, r->tail, r->size);
    reverse(r->buffers, 0, r->head);
    reverse(r->buffers, r->head, r->size);
    reverse(r->buffers, 0, r->size);
    r->head = 0;
    r->tail = held;
    for (uint32_t i = 0; i < held; i++) {
        r->descriptors[i].address = r->buffers[i].device_address;
        r->descriptors[i].written_back = 0;
    }
    store(e, RDBAL, (uint32_t)r->memory.device_address);
    store(e, RDBAH, (uint32_t)(r->memory.device_address >> 32));
    store(e, RDLEN, r->size * 16);
    store(e, RDH, 0);
    store(e, RDT, 0);
}
