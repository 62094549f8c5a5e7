/* The transmit ring. 8254x §3.3  SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "e1000.h"

int32_t transmit_make(struct e1000 *e, uint32_t size) {
    struct transmit_ring *t = &e->transmit;
    /* Room for a whole ring of abandoned frames behind a ring's worth of refused ones. */
    t->done_size = 2 * size + 1;
    t->buffers = calloc(size, sizeof *t->buffers);
    t->notes = calloc(size, sizeof *t->notes);
    t->done = calloc(t->done_size, sizeof *t->done);
    if (!t->buffers || !t->notes || !t->done) return -12;
    int32_t status = e->services->dma_allocate(e->services->host, (uint64_t)size * 16, 128, &t->memory);
    if (status < 0) {
        say(e, DRYDOCK_LOG_ERROR, "attach: no memory for the transmit ring");
        return status;
    }
    t->descriptors = (volatile struct transmit_descriptor *)t->memory.memory;
    t->size = size;
    return 0;
}

void transmit_free(struct e1000 *e) {
    struct transmit_ring *t = &e->transmit;
    if (t->descriptors) e->services->dma_free(e->services->host, &t->memory);
    free(t->buffers);
    free(t->notes);
    free(t->done);
}

/* Offsets that the context descriptor can hold and that lie inside the frame, the headers in order. 8254x §3.3.6 */
static inline bool sums_lie_inside(const drydock_buffer *b, uint32_t octets) {
    if (b->flags & DRYDOCK_BUFFER_INSERT_CHECKSUM) {
        uint32_t start = b->checksum_start, field = start + b->checksum_offset;
        if (field > 254 || start >= octets || field + 2 > octets) return false;
    }
    if (b->flags & DRYDOCK_BUFFER_INSERT_IP) {
        uint32_t start = b->checksum_ip_start, end = b->checksum_ip_end;
        if (start > 245 || end < start + 19 || end >= octets || end > 254) return false;
        if (b->flags & DRYDOCK_BUFFER_INSERT_CHECKSUM && end >= b->checksum_start) return false;
    }
    return true;
}

/* Whether the frame must not be sent. A descriptor of length zero means another thing to every chip of the family. 8254x §3.3.3 */
static inline bool refuses(const drydock_buffer *frame, uint32_t parts, struct limits limits) {
    uint32_t octets = 0;
    for (uint32_t part = 0; part < parts; part++) {
        if (!frame[part].length) return true;
        octets += frame[part].length;
    }
    if (parts > LONGEST_CHAIN || octets < SHORTEST_FRAME || octets > limits.longest) return true;
    if (frame->flags & DRYDOCK_BUFFER_VLAN && !limits.inserts_vlan) return true;
    return !sums_lie_inside(frame, octets);
}

/* The context that the frame's sums need. False: a frame for a legacy descriptor. 8254x §3.3.6 */
static inline bool context_of(const drydock_buffer *b, uint64_t *context, uint32_t *bits) {
    bool sums = b->flags & DRYDOCK_BUFFER_INSERT_CHECKSUM, header = b->flags & DRYDOCK_BUFFER_INSERT_IP;
    if (!sums && !header) return false;
    uint32_t low = 0, high = 0;
    *bits = 0;
    if (header) {
        low = (uint8_t)b->checksum_ip_start | (uint32_t)(uint8_t)(b->checksum_ip_start + 10) << 8 | (uint32_t)b->checksum_ip_end << 16;
        *bits |= TXD_CONTEXT_IP4;
    }
    if (sums) {
        high = (uint8_t)b->checksum_start | (uint32_t)(uint8_t)(b->checksum_start + b->checksum_offset) << 8;
        /* 16 is where TCP has its checksum (RFC 9293 §3.1), 6 where UDP has it (RFC 768). */
        if (b->checksum_offset == 16) *bits |= TXD_CONTEXT_TCP;
    }
    *context = (uint64_t)high << 32 | low;
    return true;
}

static inline uint32_t parts_of(const drydock_buffer *list, uint32_t start, uint32_t count) {
    for (uint32_t n = start; n < count; n++)
        if (!(list[n].flags & DRYDOCK_BUFFER_MORE)) return n + 1 - start;
    return 0;
}

static void finish(struct transmit_ring *t, const drydock_buffer *b, bool failed, bool last) {
    t->done[t->done_tail] = *b;
    t->done[t->done_tail].flags = (last ? 0 : DRYDOCK_BUFFER_MORE) | (failed ? DRYDOCK_BUFFER_FAILED : 0);
    t->done_tail = further(t->done_tail, 1, t->done_size);
}

static void put_context(struct transmit_ring *t, uint64_t context, uint32_t bits) {
    volatile struct transmit_descriptor *d = &t->descriptors[t->tail];
    t->notes[t->tail].has_buffer = t->notes[t->tail].is_plain = false;
    d->address = context;
    d->lower = bits | TXD_EXTENDED;
    d->upper = 0;
    t->context = context;
    t->context_bits = bits;
    t->context_known = true;
    t->tail = further(t->tail, 1, t->size);
}

/* Fills descriptors with frames of one buffer that ask nothing of the device, from `n` on. Ends before the first other one, before
 * the first that must be refused or finds no room, and at the ring's end. Returns the end of what was taken. */
static inline uint32_t provide_plain(struct transmit_ring *t, const drydock_buffer *list, uint32_t n, uint32_t count, struct limits limits) {
    const uint32_t size = t->size, at = t->tail, longest = limits.longest;
    const uint32_t command = TXD_FCS | TXD_END | TXD_REPORT | (limits.delayed ? TXD_DELAY : 0);
    const uint32_t run = least_of(count - n, least_of(size - 1 - used(t->head, at, size), size - at));
    const drydock_buffer *from = list + n;
    volatile struct transmit_descriptor *descriptors = t->descriptors + at;
    drydock_buffer *held = t->buffers + at;
    struct transmit_note *notes = t->notes + at;
    uint32_t k = 0;
    for (; k < run; k++) {
        uint32_t length = from[k].length;
        if (from[k].flags || length < SHORTEST_FRAME || length > longest) break;
        keep_buffer(&held[k], &from[k]);
        notes[k] = (struct transmit_note){1, 1, true, true};
        descriptors[k].address = from[k].device_address;
        descriptors[k].command = length | command;
    }
    t->tail = further(at, k, size);
    return n + k;
}

/* Goes on at a frame that is not plain, or at the ring's start. */
static __attribute__((noinline)) uint32_t provide_rest(struct transmit_ring *t, const drydock_buffer *list, uint32_t n, uint32_t count, struct limits limits, uint64_t *refused) {
    uint32_t parts;
    for (; n < count; n += parts) {
        uint32_t end = provide_plain(t, list, n, count, limits);
        parts = end - n;
        if (parts) continue;
        if (!(parts = parts_of(list, n, count))) break;
        const drydock_buffer *frame = list + n;
        if (refuses(frame, parts, limits)) {
            if (used(t->done_head, t->done_tail, t->done_size) + parts > t->size) break;
            for (uint32_t part = 0; part < parts; part++) finish(t, frame + part, part == 0, part == parts - 1);
            ++*refused;
            continue;
        }
        uint64_t context = 0;
        uint32_t bits = 0;
        bool sums = context_of(frame, &context, &bits);
        bool fresh = sums && (!t->context_known || context != t->context || bits != t->context_bits);
        if (t->size - 1 - used(t->head, t->tail, t->size) < parts + fresh) break;
        uint32_t first = t->tail;
        if (fresh) put_context(t, context, bits);
        bool tagged = frame->flags & DRYDOCK_BUFFER_VLAN;
        uint32_t command = TXD_FCS | (tagged ? TXD_VLAN : 0) | (limits.delayed ? TXD_DELAY : 0);
        uint32_t upper = tagged ? (uint32_t)frame->vlan << 16 : 0;
        if (sums) {
            command |= TXD_EXTENDED | TXD_DATA;
            upper |= (frame->flags & DRYDOCK_BUFFER_INSERT_IP ? TXD_SUM_IP : 0) | (frame->flags & DRYDOCK_BUFFER_INSERT_CHECKSUM ? TXD_SUM_L4 : 0);
        }
        for (uint32_t part = 0; part < parts; part++) {
            volatile struct transmit_descriptor *d = &t->descriptors[t->tail];
            t->buffers[t->tail] = frame[part];
            t->notes[t->tail].has_buffer = true;
            t->notes[t->tail].is_plain = false;
            d->address = frame[part].device_address;
            d->lower = frame[part].length | command | (part == parts - 1 ? TXD_END | TXD_REPORT : 0);
            d->upper = upper;
            t->tail = further(t->tail, 1, t->size);
        }
        t->notes[first].descriptors = (uint8_t)(parts + fresh);
        t->notes[first].buffers = (uint8_t)parts;
    }
    return n;
}

/* Fills descriptors with whole frames. Frames that the device must not be given come back as failed; the first frame that finds no
 * room ends the batch. */
uint32_t transmit_provide(struct transmit_ring *t, const drydock_buffer *list, uint32_t count, struct limits limits, uint64_t *refused) {
    uint32_t n = provide_plain(t, list, 0, count, limits);
    return n == count ? n : provide_rest(t, list, n, count, limits, refused);
}

/* Behind the last descriptor of the oldest frame; what the device says of it, in that one. */
static inline uint32_t oldest_end(const struct transmit_ring *t) { return further(t->head, t->notes[t->head].descriptors, t->size); }
static inline uint32_t oldest_status(const struct transmit_ring *t) {
    return t->descriptors[further(t->head, t->notes[t->head].descriptors - 1u, t->size)].upper;
}
bool transmit_oldest_is_done(const struct transmit_ring *t) { return t->head != t->tail && oldest_status(t) & TXS_DONE; }

static uint32_t take_done(struct transmit_ring *t, drydock_buffer *out, uint32_t room) {
    uint32_t n = 0;
    while (t->done_head != t->done_tail) {
        uint32_t parts = 0, at = t->done_head;
        do {
            parts++;
            if (!(t->done[at].flags & DRYDOCK_BUFFER_MORE)) break;
            at = further(at, 1, t->done_size);
        } while (at != t->done_tail);
        /* A refused frame may be longer than what is left of `out`: it waits for the next call, unless it never fits. */
        if (n + parts > room && n) break;
        for (; parts && n < room; parts--, n++) {
            out[n] = t->done[t->done_head];
            t->done_head = further(t->done_head, 1, t->done_size);
        }
        if (n == room) break;
    }
    return n;
}

/* Moves sent frames of one buffer without a context into `out` from `n` on. Ends before the first other one, and at the ring's end.
 * Returns the end of what is filled. */
static inline uint32_t take_plain(struct transmit_ring *t, drydock_buffer *out, uint32_t n, uint32_t room) {
    const uint32_t size = t->size, at = t->head;
    const uint32_t run = least_of(room - n, least_of(used(at, t->tail, size), size - at));
    const volatile struct transmit_descriptor *descriptors = t->descriptors + at;
    const drydock_buffer *held = t->buffers + at;
    const struct transmit_note *notes = t->notes + at;
    drydock_buffer *to = out + n;
    uint32_t k = 0;
    for (; k < run; k++) {
        if (!notes[k].is_plain || (descriptors[k].upper & (TXS_DONE | TXS_LOST)) != TXS_DONE) break;
        copy_buffer(&to[k], &held[k], buffer_part(&held[k], 2), buffer_part(&held[k], 3));
    }
    t->head = further(at, k, size);
    t->cleaned += k;
    return n + k;
}

/* Goes on at a frame of any kind, or at the ring's start. */
static __attribute__((noinline)) uint32_t take_rest(struct transmit_ring *t, drydock_buffer *out, uint32_t n, uint32_t room, uint64_t *failed) {
    while (t->head != t->tail) {
        uint32_t end = take_plain(t, out, n, room);
        if (end > n) {
            n = end;
            continue;
        }
        uint32_t status = oldest_status(t);
        if (!(status & TXS_DONE) || n + t->notes[t->head].buffers > room) break;
        bool lost = status & TXS_LOST, first = true;
        if (lost) ++*failed;
        for (end = oldest_end(t); t->head != end; t->head = further(t->head, 1, t->size)) {
            if (!t->notes[t->head].has_buffer) continue;
            out[n] = t->buffers[t->head];
            out[n].flags &= DRYDOCK_BUFFER_MORE;
            if (lost && first) out[n].flags |= DRYDOCK_BUFFER_FAILED;
            first = false;
            n++;
        }
        t->cleaned++;
    }
    return n;
}

/* Moves the buffers of finished frames into `out`. */
uint32_t transmit_take(struct transmit_ring *t, drydock_buffer *out, uint32_t room, uint64_t *failed) {
    if (t->done_head != t->done_tail) return take_rest(t, out, take_done(t, out, room), room, failed);
    uint32_t n = take_plain(t, out, 0, room);
    return n == room || !transmit_oldest_is_done(t) ? n : take_rest(t, out, n, room, failed);
}

/* The device is reset: every frame on the ring is over, sent or not. Returns how many were not. */
uint64_t transmit_abandon(struct transmit_ring *t) {
    uint64_t lost = 0;
    while (t->head != t->tail) {
        uint32_t end = oldest_end(t);
        bool sent = oldest_status(t) & TXS_DONE, first = true;
        if (!sent) lost++;
        for (; t->head != end; t->head = further(t->head, 1, t->size)) {
            if (!t->notes[t->head].has_buffer) continue;
            finish(t, &t->buffers[t->head], !sent && first, further(t->head, 1, t->size) == end);
            first = false;
        }
        t->cleaned++;
    }
    t->head = t->tail = 0;
    t->context_known = false;
    return lost;
}

/* Base, length, head and tail: an empty ring. The transmitter is off. 8254x §14.5 */
void transmit_program(struct e1000 *e) {
    struct transmit_ring *t = &e->transmit;
    transmit_abandon(t);
    store(e, TDBAL, (uint32_t)t->memory.device_address);
    store(e, TDBAH, (uint32_t)(t->memory.device_address >> 32));
    store(e, TDLEN, t->size * 16);
    store(e, TDH, 0);
    store(e, TDT, 0);
}
