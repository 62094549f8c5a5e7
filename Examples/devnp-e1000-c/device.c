/* Bring-up in the order of 8254x §14 (General Initialization), its undoing, and the tables of the contract.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "e1000.h"

static const struct { uint16_t device; const char *title; } chips[] = {
    {0x100E, "Intel 82540EM Gigabit Ethernet Controller (C)"},
    {0x100F, "Intel 82545EM Gigabit Ethernet Controller (C)"},
    {0x1015, "Intel 82540EM Gigabit Ethernet Controller (LOM, C)"},
    {0x1026, "Intel 82545GM Gigabit Ethernet Controller (C)"},
};

static const char *title(const drydock_identity *identity) {
    for (size_t i = 0; i < sizeof chips / sizeof *chips; i++)
        if (identity->vendor == 0x8086 && identity->device == chips[i].device) return chips[i].title;
    return NULL;
}

void say(const struct e1000 *e, uint32_t severity, const char *format, ...) {
    char line[240] = "e1000-c: ";
    va_list list;
    va_start(list, format);
    vsnprintf(line + 9, sizeof line - 9, format, list);
    va_end(list);
    e->services->log(e->services->host, severity, line);
}

static void pause_us(const struct e1000 *e, uint32_t microseconds) { e->services->delay_us(e->services->host, microseconds); }

/* Waits until the bits of `mask` are `wanted`, at most `microseconds`; the last value read is in `out`. */
static int32_t settle(const struct e1000 *e, const char *name, uint32_t at, uint32_t mask, uint32_t wanted, uint32_t microseconds, uint32_t *out) {
    for (uint32_t waited = 0;; waited += 10) {
        *out = load(e, at);
        if (*out == UINT32_MAX) return -19;
        if ((*out & mask) == wanted) return 0;
        if (waited >= microseconds) break;
        pause_us(e, 10);
    }
    say(e, DRYDOCK_LOG_ERROR, "%s did not happen in time", name);
    return -110;
}

/* Global reset with interrupts masked and both units off. 8254x §13.4.1, §14.3 */
int32_t reset(struct e1000 *e) {
    uint32_t value;
    if (load(e, STATUS) == UINT32_MAX) return -19;
    store(e, IMC, CAUSES);
    if (load(e, RCTL)) store(e, RCTL, 0);
    if (load(e, TCTL)) store(e, TCTL, 0);
    (void)load(e, STATUS); /* flushes posted writes; what is on the bus then has a millisecond to finish */
    pause_us(e, 1000);
    store(e, CTRL, load(e, CTRL) | CTRL_RST);
    pause_us(e, 5);
    int32_t status = settle(e, "CTRL.RST", CTRL, CTRL_RST, 0, 10000, &value);
    if (status < 0) return status;
    pause_us(e, 5000); /* the EEPROM is read again, without a bit that says so on all chips */
    store(e, IMC, CAUSES);
    (void)load(e, ICR);
    return 0;
}

/* The address in the EEPROM's first three words, when the sum over all is right; else what the hardware loaded. 8254x §5.6, §13.4.4 */
static int32_t permanent_address(const struct e1000 *e, uint8_t mac[6]) {
    uint16_t sum = 0, words[3] = {0};
    for (uint32_t word = 0; word < 64; word++) {
        uint32_t value;
        store(e, EERD, 1u | word << 8);
        int32_t status = settle(e, "EERD.DONE", EERD, 1u << 4, 1u << 4, 10000, &value);
        if (status < 0) return status;
        sum = (uint16_t)(sum + (value >> 16));
        if (word < 3) words[word] = (uint16_t)(value >> 16);
    }
    if (sum == 0xBABA) {
        for (int i = 0; i < 6; i++) mac[i] = (uint8_t)(words[i / 2] >> 8 * (i % 2));
    } else {
        uint32_t low = load(e, RAL), high = load(e, RAH);
        say(e, DRYDOCK_LOG_WARNING, "EEPROM sum is %04x, not baba: its address is not used", sum);
        for (int i = 0; i < 6; i++) mac[i] = (uint8_t)(i < 4 ? low >> 8 * i : high >> 8 * (i - 4));
    }
    return mac[0] & 1 || !memcmp(mac, (uint8_t[6]){0}, 6) ? -19 : 0;
}

/* One register of the PHY, or a negative status. 8254x §13.4.7 */
int32_t phy_read(const struct e1000 *e, uint32_t number) {
    uint32_t value;
    store(e, MDIC, number << 16 | 1u << 21 | 2u << 26);
    int32_t status = settle(e, "MDIC.R", MDIC, 1u << 28, 1u << 28, 640, &value);
    if (status < 0) return status;
    return value & 1u << 30 ? -19 : (int32_t)(value & 0xFFFF);
}

static void command(const struct e1000 *e, uint32_t set, uint32_t clear) {
    const drydock_services *s = e->services;
    uint32_t old = s->config_read(s->host, 4, 2);
    if (old != 0xFFFF) s->config_write(s->host, 4, 2, (old & ~clear) | set);
}

/* No interrupt, no DMA, no wait. Bus mastering off is what counts when the device no longer obeys. */
void silence(const struct e1000 *e) {
    store(e, IMC, CAUSES);
    store(e, RCTL, 0);
    store(e, TCTL, 0);
    command(e, 0, 4);
}

static int32_t bring_up(struct e1000 *e, const struct options *o, drydock_interface *out) {
    const drydock_services *s = e->services;
    int32_t status = reset(e);
    if (status < 0) return status;
    status = permanent_address(e, out->permanent_mac);
    if (status < 0 && !(o->has_mac && status == -19)) {
        if (status == -19) say(e, DRYDOCK_LOG_ERROR, "attach: the device has no valid address; give one with mac=");
        return status;
    }
    int32_t identifier = phy_read(e, 2);
    if (identifier <= 0 || identifier == 0xFFFF) {
        say(e, DRYDOCK_LOG_ERROR, "attach: there is no PHY at address 1");
        return identifier < 0 ? identifier : -19;
    }
    if ((status = receive_make(e, o->receive)) < 0 || (status = transmit_make(e, o->transmit)) < 0) return status;
    int32_t vectors = s->interrupt_enable(s->host, DRYDOCK_INTX, 1);
    if (vectors < 1) {
        say(e, DRYDOCK_LOG_ERROR, "attach: no interrupt was granted");
        return -5;
    }
    memcpy(e->mac, o->has_mac ? o->mac : out->permanent_mac, 6);
    memcpy(out->mac, e->mac, 6);
    out->capabilities = out->enabled = e->offloads = CAPABILITIES;
    out->mtu = e->mtu;
    out->maximum_mtu = 9000;
    out->receive_slots = o->receive - 1;
    out->transmit_slots = o->transmit - 1;
    out->vectors = (uint16_t)vectors;
    snprintf(out->description, sizeof out->description, "%s", title(&s->identity));
    accumulate(e); /* what was counted before this driver came */
    memset(e->counters, 0, sizeof e->counters);
    return 0;
}

static void dispose(struct e1000 *e) {
    receive_free(e);
    transmit_free(e);
    free(e);
}

int32_t e1000_attach(const drydock_services *services, const char *options, void **instance, drydock_interface *out) {
    if (!services || !options || !instance || !out) return -22;
    /* Another version of the contract: nothing of the table but these two words may be looked at. */
    if (services->abi != DRYDOCK_ABI || services->size < sizeof *services) return -71;
    if (!title(&services->identity)) return -19;
    struct e1000 *e = calloc(1, sizeof *e);
    if (!e) return -12;
    e->services = services;
    struct options o = {.receive = 256, .transmit = 256, .mtu = 1500, .interrupts_per_second = 8000};
    int32_t status = parse_options(e, options, &o);
    if (status == 0 && services->region_length(services->host, 0) < REGION_OCTETS) {
        say(e, DRYDOCK_LOG_ERROR, "attach: the register region is missing or too small");
        status = -19;
    }
    if (status < 0) {
        free(e);
        return status;
    }
    e->registers = services->region_address(services->host, 0);
    e->mtu = o.mtu;
    e->interrupts_per_second = o.interrupts_per_second;
    e->verbose = o.verbose;
    e->watchdog_us = 1000000;
    e->promiscuous = e->always_promiscuous = o.promiscuous;
    e->no_multicast = o.no_multicast;
    command(e, 6, 0x400);
    drydock_interface interface = {0};
    status = bring_up(e, &o, &interface);
    if (status < 0) { /* everything is undone, and the device is quiet */
        if (status == -19) say(e, DRYDOCK_LOG_ERROR, "attach: the device does not answer as one of its kind");
        silence(e);
        dispose(e);
        return status;
    }
    *out = interface;
    *instance = e;
    return 0;
}

/* Everything but the enable bits; the device is in its reset state. 8254x §14.3-14.5 */
void program(struct e1000 *e) {
    uint32_t ctrl = (load(e, CTRL) & ~CTRL_CLEARED & ~(CTRL_RST | CTRL_VME)) | CTRL_SLU;
    if (e->offloads & DRYDOCK_CAP_VLAN_HW) ctrl |= CTRL_VME;
    store(e, CTRL, ctrl);
    store(e, FCAL, 0x00C28001); /* PAUSE frames: IEEE 802.3 §31B */
    store(e, FCAH, 0x0100);
    store(e, FCT, 0x8808);
    store(e, FCTTV, 0);
    store(e, FCRTL, 0);
    store(e, FCRTH, 0);
    write_filters(e);
    receive_program(e);
    store(e, RXCSUM, wanted_rxcsum(e));
    transmit_program(e);
    store(e, TIPG, 10u | 8u << 10 | 6u << 20); /* the gap that 802.3 wants on copper. 8254x §13.4.34 */
    e->itr = UINT32_MAX;
    apply_moderation(e);
}

/* Both units on, then the receive buffers, then interrupts. 8254x §14.4, §14.5 */
void enable(struct e1000 *e) {
    store(e, TCTL, 1u << 1 | 1u << 3 | 0x0Fu << 4 | 0x40u << 12);
    e->rctl = wanted_rctl(e);
    store(e, RCTL, e->rctl);
    release_to_device();
    store(e, RDT, e->receive.tail);
    store(e, IMS, CAUSES_WANTED);
}

int32_t e1000_start(void *instance) {
    struct e1000 *e = instance;
    if (e->state == GONE) return -19;
    if (e->state == RUNNING) return 0;
    struct transmit_ring *t = &e->transmit;
    if (t->head != t->tail || t->done_head != t->done_tail || (e->receive.draining && e->receive.head != e->receive.tail)) return -16;
    int32_t status = e->state == STOPPED ? reset(e) : 0;
    if (status < 0) return status;
    program(e);
    e->state = RUNNING;
    enable(e);
    e->link_up = load(e, STATUS) & STATUS_LU;
    e->watch_busy = false;
    e->services->timer_set(e->services->host, 0, e->watchdog_us);
    return 0;
}

int32_t e1000_stop(void *instance) {
    struct e1000 *e = instance;
    if (e->state != RUNNING) return 0;
    e->services->timer_set(e->services->host, 0, 0);
    e->state = STOPPED;
    store(e, IMC, CAUSES);
    accumulate(e);
    int32_t status = reset(e);
    e->receive.draining = true;
    e->counters[DRYDOCK_TX_ERRORS] += transmit_abandon(&e->transmit);
    return status;
}

void e1000_detach(void *instance) {
    struct e1000 *e = instance;
    if (!e) return;
    e1000_stop(e);
    silence(e);
    e->services->interrupt_disable(e->services->host);
    dispose(e);
}

void e1000_quiesce(void *instance) {
    struct e1000 *e = instance;
    if (!e) return;
    silence(e);
    e->state = GONE;
}

/* ---- the four verbs of the frame path, one doorbell a batch ---- */

static uint32_t provide_receive(void *instance, const drydock_buffer *buffers, uint32_t count) {
    struct e1000 *e = instance;
    if (e->state == GONE) return 0;
    uint32_t taken = receive_provide(&e->receive, buffers, count, e->state != RUNNING);
    if (taken && e->state == RUNNING) {
        release_to_device();
        store(e, RDT, e->receive.tail);
    }
    return taken;
}

static uint32_t return_receive(void *instance, drydock_buffer *buffers, uint32_t capacity) {
    struct e1000 *e = instance;
    uint64_t bad = 0;
    uint32_t returned = receive_take(&e->receive, buffers, capacity, e->offloads & DRYDOCK_CAP_VLAN_HW, &bad);
    if (bad) e->counters[DRYDOCK_RX_ERRORS] += bad;
    return returned;
}

static uint32_t provide_transmit(void *instance, const drydock_buffer *buffers, uint32_t count) {
    struct e1000 *e = instance;
    if (e->state != RUNNING) return 0;
    uint32_t before = e->transmit.tail;
    uint64_t refused = 0;
    struct limits limits = {e->mtu + HEADER_OCTETS, e->offloads & DRYDOCK_CAP_VLAN_HW, true};
    uint32_t taken = transmit_provide(&e->transmit, buffers, count, limits, &refused);
    if (refused) {
        e->counters[DRYDOCK_TX_ERRORS] += refused;
        e->refused_frames += refused;
    }
    if (e->transmit.tail != before) {
        release_to_device();
        store(e, TDT, e->transmit.tail);
    }
    return taken;
}

static uint32_t return_transmit(void *instance, drydock_buffer *buffers, uint32_t capacity) {
    struct e1000 *e = instance;
    uint64_t failed = 0;
    uint32_t returned = transmit_take(&e->transmit, buffers, capacity, &failed);
    if (failed) e->counters[DRYDOCK_TX_ERRORS] += failed;
    return returned;
}

static int32_t match(const drydock_identity *identity) { return identity && title(identity) ? 90 : 0; }

static int64_t method_recover(void *instance, const int64_t *arguments, uint32_t count) {
    (void)arguments, (void)count;
    struct e1000 *e = instance;
    if (e->state != RUNNING) return -16;
    recover(e, "asked from the shell");
    return 0;
}

static const drydock_field status_fields[] = {{"FD", 0, 0, 0}, {"LU", 1, 1, 0}, {"TXOFF", 4, 4, 0}};
static const drydock_register registers[] = {
    {.name = "CTRL", .section = "8254x 13.4.1", .offset = CTRL, .count = 1, .stride = 4, .width = 4, .access = DRYDOCK_READ_WRITE},
    {.name = "STATUS", .section = "8254x 13.4.2", .offset = STATUS, .count = 1, .stride = 4, .width = 4, .access = DRYDOCK_READ_ONLY,
     .field_count = 3, .fields = status_fields},
    {.name = "ICR", .section = "8254x 13.4.17", .offset = ICR, .count = 1, .stride = 4, .width = 4, .access = DRYDOCK_READ_CLEARS},
    {.name = "RCTL", .section = "8254x 13.4.22", .offset = RCTL, .count = 1, .stride = 4, .width = 4, .access = DRYDOCK_READ_WRITE},
    {.name = "TCTL", .section = "8254x 13.4.33", .offset = TCTL, .count = 1, .stride = 4, .width = 4, .access = DRYDOCK_READ_WRITE},
    {.name = "RDH", .section = "8254x 13.4.28", .offset = RDH, .count = 1, .stride = 4, .width = 4, .access = DRYDOCK_READ_WRITE},
    {.name = "RDT", .section = "8254x 13.4.29", .offset = RDT, .count = 1, .stride = 4, .width = 4, .access = DRYDOCK_READ_WRITE},
    {.name = "TDH", .section = "8254x 13.4.39", .offset = TDH, .count = 1, .stride = 4, .width = 4, .access = DRYDOCK_READ_WRITE},
    {.name = "TDT", .section = "8254x 13.4.40", .offset = TDT, .count = 1, .stride = 4, .width = 4, .access = DRYDOCK_READ_WRITE},
};
#define VARIABLE(name, help, member, may) {name, help, offsetof(struct e1000, member), sizeof ((struct e1000 *)0)->member, 'u', may, 0}
static const drydock_variable variables[] = {
    VARIABLE("interrupts_per_second", "most interrupts a second, 0: no limit", interrupts_per_second, 1),
    VARIABLE("watchdog_us", "between two looks at the transmitter", watchdog_us, 1),
    VARIABLE("verbose", "0 to 2", verbose, 1),
    VARIABLE("hangs", "resets because the transmitter hung", hangs, 0),
    VARIABLE("interrupts", "interrupts with a cause", interrupts, 0),
    VARIABLE("foreign_interrupts", "interrupts without one", foreign_interrupts, 0),
    VARIABLE("refused_frames", "frames that the device must not be given", refused_frames, 0),
};
static const drydock_method methods[] = {{"recover", "recover: reset and bring up again, as after a hang", method_recover}};
static const drydock_description description = {
    registers, variables, methods, sizeof registers / sizeof *registers, sizeof variables / sizeof *variables, 1, 0};
static const drydock_description *describe(void) { return &description; }

static const drydock_driver driver = {
    .abi = DRYDOCK_ABI, .size = sizeof driver, .name = "e1000-c", .prefix = "em", .version = "1.0",
    .help = "mac=XX:XX:XX:XX:XX:XX  use this address, not the EEPROM's\n"
            "promiscuous            accept every frame\n"
            "nomulticast            accept no multicast frame\n"
            "verbose[=0..2]         log more\n"
            "mtu=68..9000           octets of payload (default 1500)\n"
            "receive=64..4096       receive descriptors, a multiple of 8 (default 256)\n"
            "transmit=64..4096      transmit descriptors, a multiple of 8 (default 256)\n"
            "irq_thresh=0..100000   interrupts a second at most, 0: no limit (default 8000)",
    .match = match, .attach = e1000_attach, .start = e1000_start, .stop = e1000_stop, .detach = e1000_detach,
    .provide_receive = provide_receive, .return_receive = return_receive, .provide_transmit = provide_transmit,
    .return_transmit = return_transmit, .interrupt = e1000_interrupt, .timer = e1000_timer, .set_filter = e1000_set_filter,
    .get_media = e1000_get_media, .set_media = e1000_set_media, .set_offloads = e1000_set_offloads, .set_mtu = e1000_set_mtu,
    .statistics = e1000_statistics, .quiesce = e1000_quiesce, .describe = describe,
};

__attribute__((visibility("default"))) const drydock_driver *drydock_driver_entry(void) { return &driver; }
