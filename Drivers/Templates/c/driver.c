/* devnp-@name@.so: a driver of the teaching NIC ABC, to be made into the driver of another chip.
 *
 * Sections are those of the ABC's datasheet (docs/ABC.md). The contract with the stack is drydock_driver.h; its rules at
 * the top are worth reading first. What belongs to the chip: the registers, `attach`, `start`, the descriptors, `interrupt`.
 * What stays much the same in every driver: who owns a buffer when, and that every wait has an end. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "drydock_driver.h"

/* ---- the chip -------------------------------------------------------------------------------------------------- */

/* Registers of region 0, in octets. §3 */
enum { ID = 0x00, CTRL = 0x04, STATUS = 0x08, CAUSE = 0x0C, MASK = 0x10, DOORBELL = 0x14, MAC_LO = 0x18, MAC_HI = 0x1C, HASH_LO = 0x20,
       HASH_HI = 0x24, RX_MISSED = 0x28, RX_LONG = 0x2C, RX_RING = 0x30, TX_RING = 0x40, /* base low, base high, size, head */
       REGION_OCTETS = 0x1000 };
enum { CTRL_RESET = 1, CTRL_RXEN = 2, CTRL_TXEN = 4, CTRL_PROMISC = 8 };
enum { CAUSE_RX = 1, CAUSE_TX = 2, CAUSE_LINK = 4, CAUSE_FAULT = 8 };
enum { BELL_RX = 1, BELL_TX = 2 };
#define GONE 0xFFFFFFFFu

/* One descriptor of either ring. §4 */
typedef struct { uint64_t address; uint32_t length, flags; } descriptor;
#define OWN 0x80000000u
#define FAILED 0x40000000u
#define MORE 0x20000000u
enum { SIZE = 64, LONGEST = 16 };

/* A ring, and the buffer behind each descriptor. From `head` to `tail` the device has them. */
typedef struct { drydock_dma memory; drydock_buffer held[SIZE]; uint32_t head, tail; } ring;

typedef struct driver {
    const drydock_services *services;
    enum { STOPPED, RUNNING, LOST } state;
    ring receive, transmit;
    uint8_t mac[6];
    uint64_t hash;
    bool promiscuous;
    uint64_t received, received_octets, received_bad, missed, too_long, sent, sent_octets, unsent, interrupts;
} driver;

static uint32_t load(const driver *d, uint32_t offset) { return d->services->load(d->services->host, 0, offset, 4); }
static void store(const driver *d, uint32_t offset, uint32_t value) { d->services->store(d->services->host, 0, offset, 4, value); }

static void command(const drydock_services *s, uint32_t set, uint32_t clear) {
    s->config_write(s->host, 4, 2, (s->config_read(s->host, 4, 2) & ~clear) | set);
}

static int refuse(const drydock_services *s, int status, const char *why) {
    char line[200];
    snprintf(line, sizeof line, "@name@: %s", why);
    s->log(s->host, DRYDOCK_LOG_ERROR, line);
    return status;
}

/* Descriptors are read and written by two parties: whole words, in this order. */
static uint32_t flags_of(const descriptor *d) { return __atomic_load_n(&d->flags, __ATOMIC_ACQUIRE); }
static void give(descriptor *d, uint32_t flags) { __atomic_store_n(&d->flags, flags | OWN, __ATOMIC_RELEASE); }

static descriptor *at(const ring *r, uint32_t position) { return (descriptor *)r->memory.memory + position; }
static uint32_t after(uint32_t position) { return (position + 1) % SIZE; }
static uint32_t used(const ring *r) { return (r->tail + SIZE - r->head) % SIZE; }
static uint32_t unused(const ring *r) { return SIZE - 1 - used(r); }

/* ---- bring-up and its undoing (§7) ----------------------------------------------------------------------------- */

static int32_t match(const drydock_identity *i) { return i->vendor == 0x1234 && i->device == 0x0ABC ? 100 : 0; }

/* At most 100 us, says the datasheet; ten times that is waited for. §3.2 */
static int reset(driver *d) {
    const drydock_services *s = d->services;
    store(d, CTRL, CTRL_RESET);
    for (int waited = 0; waited < 1000; waited += 10) {
        uint32_t control = load(d, CTRL);
        if (control == GONE) return refuse(s, -ENODEV, "the device has left the bus (all ones)");
        if (!(control & CTRL_RESET)) return 0;
        s->delay_us(s->host, 10);
    }
    return refuse(s, -ETIMEDOUT, "CTRL.RESET did not happen in time");
}

/* No interrupt, no DMA. Bus mastering off is what counts when the device no longer obeys. */
static void silence(driver *d) {
    store(d, MASK, 0);
    store(d, CTRL, 0);
    command(d->services, 0, 4);
}

static void end(driver *d) {
    const drydock_services *s = d->services;
    silence(d);
    if (d->receive.memory.memory) s->dma_free(s->host, &d->receive.memory);
    if (d->transmit.memory.memory) s->dma_free(s->host, &d->transmit.memory);
    free(d);
}

static int bring_up(driver *d) {
    const drydock_services *s = d->services;
    uint32_t id = load(d, ID);
    if (id == GONE) return refuse(s, -ENODEV, "the device has left the bus (all ones)");
    if (id >> 8 != 0x414243) return refuse(s, -ENODEV, "the identity register does not say ABC");
    int status = reset(d);
    if (status) return status;
    if (s->dma_allocate(s->host, SIZE * sizeof(descriptor), 64, &d->receive.memory)) return refuse(s, -ENOMEM, "no memory for the receive ring");
    if (s->dma_allocate(s->host, SIZE * sizeof(descriptor), 64, &d->transmit.memory)) return refuse(s, -ENOMEM, "no memory for the transmit ring");
    /* A message if the host can have one, else the line. §6 */
    if (s->interrupt_enable(s->host, DRYDOCK_MSI, 1) < 1 && s->interrupt_enable(s->host, DRYDOCK_INTX, 1) < 1)
        return refuse(s, -EIO, "no interrupt was granted");
    return 0;
}

static int32_t attach(const drydock_services *s, const char *options, void **instance, drydock_interface *out) {
    if (s->abi != DRYDOCK_ABI || s->size < sizeof *s) return -EPROTO; /* a host of another contract */
    if (*options) return refuse(s, -EINVAL, "it has no options");
    if (s->region_length(s->host, 0) < REGION_OCTETS) return refuse(s, -ENODEV, "the register region is missing or too small");
    driver *d = calloc(1, sizeof *d);
    if (!d) return refuse(s, -ENOMEM, "no memory for its instance");
    d->services = s;
    command(s, 2 | 4, 0x400);
    int status = bring_up(d);
    if (status) {
        end(d);
        return status;
    }
    uint32_t low = load(d, MAC_LO), high = load(d, MAC_HI);
    for (int n = 0; n < 6; n++) d->mac[n] = (n < 4 ? low >> 8 * n : high >> 8 * (n - 4)) & 255;
    if (d->mac[0] & 1 || (!low && !high)) {
        end(d);
        return refuse(s, -ENODEV, "the device has no station's address");
    }
    memcpy(out->mac, d->mac, 6);
    memcpy(out->permanent_mac, d->mac, 6);
    out->capabilities = DRYDOCK_CAP_VLAN_MTU;
    out->mtu = out->maximum_mtu = 1500;
    out->receive_slots = out->transmit_slots = SIZE - 1;
    out->vectors = 1;
    snprintf(out->description, sizeof out->description, "ABC teaching NIC");
    *instance = d;
    return 0;
}

static void write_ring(driver *d, uint32_t registers, ring *r) {
    r->head = r->tail = 0;
    store(d, registers, (uint32_t)r->memory.device_address);
    store(d, registers + 4, (uint32_t)(r->memory.device_address >> 32));
    store(d, registers + 8, SIZE);
}

static void write_filter(driver *d) {
    const uint8_t *m = d->mac;
    store(d, MAC_LO, m[0] | m[1] << 8 | m[2] << 16 | (uint32_t)m[3] << 24);
    store(d, MAC_HI, m[4] | m[5] << 8);
    store(d, HASH_LO, (uint32_t)d->hash);
    store(d, HASH_HI, (uint32_t)(d->hash >> 32));
}

static uint32_t control(const driver *d) { return CTRL_RXEN | CTRL_TXEN | (d->promiscuous ? CTRL_PROMISC : 0); }

static int32_t start(void *instance) {
    driver *d = instance;
    if (d->state == LOST) return -ENODEV;
    if (d->state == RUNNING) return 0;
    if (used(&d->receive) || used(&d->transmit)) return -EBUSY;
    write_ring(d, RX_RING, &d->receive);
    write_ring(d, TX_RING, &d->transmit);
    write_filter(d);
    d->state = RUNNING;
    store(d, CTRL, control(d));
    store(d, MASK, CAUSE_RX | CAUSE_TX | CAUSE_LINK | CAUSE_FAULT);
    d->services->timer_set(d->services->host, 0, 1000000);
    return 0;
}

/* Counters of the device are cleared by reading. §3.9 */
static void count(driver *d) {
    uint32_t missed = load(d, RX_MISSED), too_long = load(d, RX_LONG);
    if (missed == GONE && too_long == GONE) return;
    d->missed += missed;
    d->too_long += too_long;
}

/* A reset ends everything; the buffers go home through the two `return` functions. */
static int32_t stop(void *instance) {
    driver *d = instance;
    if (d->state != RUNNING) return 0;
    d->state = STOPPED;
    d->services->timer_set(d->services->host, 0, 0);
    store(d, MASK, 0);
    count(d);
    return reset(d);
}

static void detach(void *instance) {
    driver *d = instance;
    stop(d);
    d->services->interrupt_disable(d->services->host);
    end(d);
}

static void quiesce(void *instance) {
    driver *d = instance;
    d->state = LOST;
    silence(d);
}

/* ---- frames: one doorbell a batch ------------------------------------------------------------------------------ */

static uint32_t provide_receive(void *instance, const drydock_buffer *buffers, uint32_t count) {
    driver *d = instance;
    ring *r = &d->receive;
    if (d->state != RUNNING) return 0;
    if (count > unused(r)) count = unused(r);
    for (uint32_t n = 0; n < count; n++) {
        descriptor *next = at(r, r->tail);
        next->address = buffers[n].device_address;
        next->length = buffers[n].capacity;
        r->held[r->tail] = buffers[n];
        give(next, 0);
        r->tail = after(r->tail);
    }
    if (count) store(d, DOORBELL, BELL_RX);
    return count;
}

static uint32_t return_receive(void *instance, drydock_buffer *out, uint32_t capacity) {
    driver *d = instance;
    ring *r = &d->receive;
    uint32_t n = 0;
    for (; n < capacity && used(r); n++) {
        descriptor *oldest = at(r, r->head);
        uint32_t flags = flags_of(oldest);
        if (flags & OWN && d->state == RUNNING) break;
        out[n] = r->held[r->head];
        uint32_t length = oldest->length;
        r->head = after(r->head);
        if (flags & OWN) {
            out[n].length = 0;
            out[n].flags = DRYDOCK_BUFFER_UNUSED;
            continue;
        }
        /* What the device claims to have written must lie in the buffer that it was given. */
        bool good = !(flags & FAILED) && length >= 14 && length <= out[n].capacity;
        out[n].length = good ? (uint16_t)length : 0;
        out[n].flags = good ? 0 : DRYDOCK_BUFFER_ERROR;
        if (good) d->received++, d->received_octets += length;
        else d->received_bad++;
    }
    return n;
}

/* Buffers of the frame that begins the list. */
static uint32_t parts_of(const drydock_buffer *buffers, uint32_t count) {
    uint32_t parts = 1;
    while (parts < count && buffers[parts - 1].flags & DRYDOCK_BUFFER_MORE) parts++;
    return parts;
}

static uint32_t provide_transmit(void *instance, const drydock_buffer *buffers, uint32_t count) {
    driver *d = instance;
    ring *r = &d->transmit;
    uint32_t n = 0;
    if (d->state != RUNNING) return 0;
    while (n < count) {
        uint32_t parts = parts_of(buffers + n, count - n), first = r->tail;
        if (parts > unused(r)) break;
        for (uint32_t part = 0; part < parts; part++, n++) {
            descriptor *next = at(r, r->tail);
            next->address = buffers[n].device_address;
            next->length = buffers[n].length;
            r->held[r->tail] = buffers[n];
            /* The first last: the device may be looking at this very moment. §4.2 */
            if (part > 0) give(next, part < parts - 1 ? MORE : 0);
            r->tail = after(r->tail);
        }
        give(at(r, first), parts > 1 ? MORE : 0);
    }
    if (n) store(d, DOORBELL, BELL_TX);
    return n;
}

static uint32_t return_transmit(void *instance, drydock_buffer *out, uint32_t capacity) {
    driver *d = instance;
    ring *r = &d->transmit;
    uint32_t n = 0;
    /* A frame is never split over two calls, and has at most 16 parts: so many places must be free. */
    while (n + LONGEST <= capacity && used(r)) {
        uint32_t flags = flags_of(at(r, r->head)), first = n, octets = 0;
        if (flags & OWN && d->state == RUNNING) break;
        bool more = true, good = !(flags & (OWN | FAILED));
        while (more) {
            out[n] = r->held[r->head];
            octets += out[n].length;
            r->head = after(r->head);
            more = out[n].flags & DRYDOCK_BUFFER_MORE && used(r);
            out[n++].flags = more ? DRYDOCK_BUFFER_MORE : 0;
        }
        if (good) d->sent++, d->sent_octets += octets;
        else d->unsent++, out[first].flags |= DRYDOCK_BUFFER_FAILED;
    }
    return n;
}

/* ---- interrupts, filter, link, counters ------------------------------------------------------------------------ */

static void lost(driver *d, const char *why) {
    if (d->state == LOST) return;
    d->state = LOST;
    d->services->timer_set(d->services->host, 0, 0);
    silence(d);
    d->services->device_failed(d->services->host, why);
}

/* Reads the causes, acknowledges exactly those, and says what there is to do. §6 */
static uint32_t interrupt(void *instance, uint32_t vector) {
    driver *d = instance;
    (void)vector;
    if (d->state != RUNNING) return DRYDOCK_EVENT_FOREIGN;
    uint32_t causes = load(d, CAUSE), events = 0;
    if (causes == GONE) return lost(d, "@name@: the device has left the bus (all ones)"), 0;
    if (!causes) return DRYDOCK_EVENT_FOREIGN;
    store(d, CAUSE, causes);
    d->interrupts++;
    if (causes & CAUSE_FAULT) lost(d, "@name@: the device could not reach a ring, and halted (CAUSE.FAULT)");
    if (causes & CAUSE_RX) events |= DRYDOCK_EVENT_RECEIVE;
    if (causes & CAUSE_TX) events |= DRYDOCK_EVENT_TRANSMIT;
    if (causes & CAUSE_LINK) d->services->link_changed(d->services->host), events |= DRYDOCK_EVENT_LINK;
    return events;
}

/* Once a second: a card that was pulled out interrupts nobody any more. */
static uint32_t timer(void *instance, uint32_t number) {
    driver *d = instance;
    (void)number;
    if (d->state != RUNNING) return 0;
    if (load(d, STATUS) == GONE) lost(d, "@name@: the device has left the bus (all ones)");
    else d->services->timer_set(d->services->host, 0, 1000000);
    return 0;
}

/* The exclusive or of a group's six octets picks one of 64 bits. §3.8 */
static int32_t set_filter(void *instance, const drydock_filter *f) {
    driver *d = instance;
    if (f->mac[0] & 1) return -EINVAL;
    memcpy(d->mac, f->mac, 6);
    d->promiscuous = f->flags & DRYDOCK_FILTER_PROMISCUOUS;
    d->hash = f->flags & DRYDOCK_FILTER_ALL_MULTICAST ? ~0ull : 0;
    for (uint32_t n = 0; n < f->multicast_count; n++) {
        const uint8_t *m = f->multicast[n];
        d->hash |= 1ull << ((m[0] ^ m[1] ^ m[2] ^ m[3] ^ m[4] ^ m[5]) & 63);
    }
    if (d->state != RUNNING) return 0;
    write_filter(d);
    store(d, CTRL, control(d));
    return 0;
}

static int32_t get_media(void *instance, drydock_media *out) {
    driver *d = instance;
    uint32_t status = d->state == LOST ? GONE : load(d, STATUS);
    if (status == GONE) return -ENODEV;
    memset(out, 0, sizeof *out);
    if (status & 1) {
        out->megabits = status >> 16;
        out->flags = DRYDOCK_MEDIA_LINK_UP | DRYDOCK_MEDIA_FULL_DUPLEX;
    }
    return 0;
}

/* The device knows one speed, has no offloads, and takes frames of one size. */
static int32_t set_media(void *instance, const drydock_media *media) { return (void)instance, (void)media, -EOPNOTSUPP; }
static int32_t set_offloads(void *instance, uint32_t enabled) { return (void)instance, enabled & ~DRYDOCK_CAP_VLAN_MTU ? -EOPNOTSUPP : 0; }
static int32_t set_mtu(void *instance, uint32_t mtu) { return (void)instance, mtu < 68 || mtu > 1500 ? -EINVAL : 0; }

static void keep(drydock_statistics *out, unsigned counter, uint64_t value) {
    out->valid |= 1ull << counter;
    out->counter[counter] = value;
}

static int32_t statistics(void *instance, drydock_statistics *out) {
    driver *d = instance;
    if (d->state == RUNNING) count(d);
    memset(out, 0, sizeof *out);
    keep(out, DRYDOCK_RX_PACKETS, d->received);
    keep(out, DRYDOCK_RX_OCTETS, d->received_octets);
    keep(out, DRYDOCK_RX_ERRORS, d->received_bad);
    keep(out, DRYDOCK_RX_MISSED, d->missed);
    keep(out, DRYDOCK_RX_OVERSIZED, d->too_long);
    keep(out, DRYDOCK_TX_PACKETS, d->sent);
    keep(out, DRYDOCK_TX_OCTETS, d->sent_octets);
    keep(out, DRYDOCK_TX_ERRORS, d->unsent);
    keep(out, DRYDOCK_INTERRUPTS, d->interrupts);
    return 0;
}

/* ---- what a shell may see -------------------------------------------------------------------------------------- */

static const drydock_field control_fields[] = {{"RESET", 0, 0, 0}, {"RXEN", 1, 1, 0}, {"TXEN", 2, 2, 0}, {"PROMISC", 3, 3, 0}};
static const drydock_field cause_fields[] = {{"RX", 0, 0, 0}, {"TX", 1, 1, 0}, {"LINK", 2, 2, 0}, {"FAULT", 3, 3, 0}};
static const drydock_field status_fields[] = {{"LINK", 0, 0, 0}, {"FULL", 1, 1, 0}, {"RX_HALTED", 2, 2, 0}, {"TX_HALTED", 3, 3, 0}, {"SPEED", 16, 31, 0}};

#define REGISTER(name, section, access, fields, count) {#name, "ABC " section, name, 0, 1, 4, 0, 4, access, count, 0, fields}
static const drydock_register registers[] = {
    REGISTER(ID, "3.1", DRYDOCK_READ_ONLY, NULL, 0), REGISTER(CTRL, "3.2", DRYDOCK_READ_WRITE, control_fields, 4),
    REGISTER(STATUS, "3.3", DRYDOCK_READ_ONLY, status_fields, 5), REGISTER(CAUSE, "3.4", DRYDOCK_WRITE_ONE_CLEARS, cause_fields, 4),
    REGISTER(MASK, "3.5", DRYDOCK_READ_WRITE, cause_fields, 4), REGISTER(DOORBELL, "3.6", DRYDOCK_WRITE_ONLY, NULL, 0),
    REGISTER(MAC_LO, "3.7", DRYDOCK_READ_WRITE, NULL, 0), REGISTER(MAC_HI, "3.7", DRYDOCK_READ_WRITE, NULL, 0),
    REGISTER(HASH_LO, "3.8", DRYDOCK_READ_WRITE, NULL, 0), REGISTER(HASH_HI, "3.8", DRYDOCK_READ_WRITE, NULL, 0),
    REGISTER(RX_MISSED, "3.9", DRYDOCK_READ_CLEARS, NULL, 0), REGISTER(RX_LONG, "3.9", DRYDOCK_READ_CLEARS, NULL, 0),
};
static const drydock_variable variables[] = {{"interrupts", "interrupts with a cause", offsetof(driver, interrupts), 8, 'u', 0, 0}};
static const drydock_description description = {registers, variables, NULL, sizeof registers / sizeof *registers, 1, 0, 0};
static const drydock_description *describe(void) { return &description; }

static const drydock_driver table = {
    .abi = DRYDOCK_ABI, .size = sizeof(drydock_driver), .name = "@name@", .prefix = "@name@", .version = "0.1", .help = "(no options)",
    .match = match, .attach = attach, .start = start, .stop = stop, .detach = detach, .provide_receive = provide_receive,
    .return_receive = return_receive, .provide_transmit = provide_transmit, .return_transmit = return_transmit, .interrupt = interrupt,
    .timer = timer, .set_filter = set_filter, .get_media = get_media, .set_media = set_media, .set_offloads = set_offloads,
    .set_mtu = set_mtu, .statistics = statistics, .quiesce = quiesce, .describe = describe,
};

__attribute__((visibility("default"))) const drydock_driver *drydock_driver_entry(void) { return &table; }
