/* Interrupts, watchdog, filters, media, counters.  SPDX-License-Identifier: Apache-2.0 */
#include "e1000.h"

bool is_gone(struct e1000 *e) {
    if (load(e, STATUS) != UINT32_MAX) return false;
    if (e->state == GONE) return true;
    e->state = GONE;
    e->services->timer_set(e->services->host, 0, 0);
    silence(e);
    e->counters[DRYDOCK_TX_ERRORS] += transmit_abandon(&e->transmit);
    e->receive.draining = true;
    e->services->device_failed(e->services->host, "e1000-c: the device has left the bus (all ones)");
    return true;
}

static uint32_t look_at_link(struct e1000 *e) {
    uint32_t status = load(e, STATUS);
    if (status == UINT32_MAX || e->link_up == !!(status & STATUS_LU)) return 0;
    e->link_up = !e->link_up;
    if (e->verbose) say(e, DRYDOCK_LOG_INFO, e->link_up ? "link up" : "link down");
    e->services->link_changed(e->services->host);
    return DRYDOCK_EVENT_LINK;
}

uint32_t e1000_interrupt(void *instance, uint32_t vector) {
    (void)vector;
    struct e1000 *e = instance;
    if (e->state != RUNNING) return DRYDOCK_EVENT_FOREIGN;
    uint32_t causes = load(e, ICR), events = 0; /* reading clears, and lowers the line. 8254x §13.4.17 */
    if (causes == UINT32_MAX && is_gone(e)) return 0;
    if (!(causes & CAUSES)) {
        e->foreign_interrupts++;
        return DRYDOCK_EVENT_FOREIGN;
    }
    e->interrupts++;
    if (causes & (CAUSE_RXT0 | CAUSE_RXDMT0 | CAUSE_RXO)) events |= DRYDOCK_EVENT_RECEIVE;
    if (causes & (CAUSE_TXDW | CAUSE_TXQE)) events |= DRYDOCK_EVENT_TRANSMIT;
    if (causes & (CAUSE_LSC | CAUSE_RXSEQ)) events |= look_at_link(e);
    return events;
}

/* ITR counts in 256 ns; the transmit delays are those of the Swift driver. 8254x §13.4.18, §13.4.41, §13.4.44 */
void apply_moderation(struct e1000 *e) {
    uint32_t wanted = e->interrupts_per_second ? 1000000000u / 256 / e->interrupts_per_second : 0;
    if (wanted > 0xFFFF) wanted = 0xFFFF;
    if (wanted == e->itr) return;
    if (e->itr == UINT32_MAX) {
        store(e, RDTR, 0);
        store(e, RADV, 0);
        store(e, TADV, 64);
        store(e, TIDV, 32);
    }
    store(e, ITR, wanted);
    e->itr = wanted;
}

uint32_t e1000_timer(void *instance, uint32_t number) {
    struct e1000 *e = instance;
    if (e->state != RUNNING || number) return 0;
    uint32_t status = load(e, STATUS), events;
    if (status == UINT32_MAX && is_gone(e)) return 0;
    events = look_at_link(e);
    struct transmit_ring *t = &e->transmit;
    bool busy = t->head != t->tail, done = transmit_oldest_is_done(t);
    if (receive_has_frame(&e->receive)) events |= DRYDOCK_EVENT_RECEIVE; /* a lost interrupt costs at most one tick */
    if (done) events |= DRYDOCK_EVENT_TRANSMIT;
    if (e->watch_busy && busy && t->cleaned == e->watch_cleaned && !done && status & STATUS_LU && !(status & STATUS_TXOFF)) {
        e->hangs++;
        recover(e, "the transmitter hangs");
        events |= DRYDOCK_EVENT_TRANSMIT | DRYDOCK_EVENT_RECEIVE;
    }
    if (e->state != RUNNING) return events;
    e->watch_busy = t->head != t->tail;
    e->watch_cleaned = t->cleaned;
    if (++e->watch_ticks % 30 == 0) accumulate(e);
    apply_moderation(e);
    e->services->timer_set(e->services->host, 0, e->watchdog_us < 10000 ? 10000 : e->watchdog_us);
    return events;
}

/* Resets the device and brings it back to where it was; what is lost by that is counted. */
void recover(struct e1000 *e, const char *reason) {
    say(e, DRYDOCK_LOG_WARNING, "%s: TDH %u, TDT %u, next to clean %u, next to fill %u; resetting", reason, load(e, TDH), load(e, TDT),
        e->transmit.head, e->transmit.tail);
    accumulate(e);
    int32_t status = reset(e);
    e->counters[DRYDOCK_TX_ERRORS] += transmit_abandon(&e->transmit);
    if (status < 0) {
        if (!is_gone(e)) {
            e->state = GONE;
            silence(e);
            e->receive.draining = true;
            e->services->device_failed(e->services->host, "e1000-c: CTRL.RST did not happen in time");
        }
        return;
    }
    e->counters[DRYDOCK_RX_ERRORS] += receive_complete_frames(&e->receive);
    program(e);
    enable(e);
    e->link_up = load(e, STATUS) & STATUS_LU;
}

/* RCTL for the filters, the MTU and the buffer size of now, the receiver on. 8254x §13.4.22 */
uint32_t wanted_rctl(const struct e1000 *e) {
    uint32_t value = RCTL_EN | RCTL_BAM | RCTL_SECRC | receive_size_bits(&e->receive);
    if (e->promiscuous) value |= RCTL_UPE;
    if (e->promiscuous || (e->all_multicast && !e->no_multicast)) value |= RCTL_MPE;
    if (e->listed_vlans && !e->promiscuous) value |= RCTL_VFE;
    if (e->mtu > 1500) value |= RCTL_LPE;
    return value;
}

uint32_t wanted_rxcsum(const struct e1000 *e) {
    return (e->offloads & DRYDOCK_CAP_IP4CSUM_RX ? 1u << 8 : 0) | (e->offloads & (DRYDOCK_CAP_TCP4CSUM_RX | DRYDOCK_CAP_UDP4CSUM_RX) ? 1u << 9 : 0);
}

static void update_rctl(struct e1000 *e) {
    uint32_t wanted = wanted_rctl(e);
    if (e->state != RUNNING || wanted == e->rctl) return;
    e->rctl = wanted;
    store(e, RCTL, wanted);
}

/* Invalid first, so that no mixture of two addresses ever passes. 8254x §13.5.3 */
static void write_address(const struct e1000 *e) {
    store(e, RAH, 0);
    store(e, RAL, e->mac[0] | (uint32_t)e->mac[1] << 8 | (uint32_t)e->mac[2] << 16 | (uint32_t)e->mac[3] << 24);
    store(e, RAH, e->mac[4] | (uint32_t)e->mac[5] << 8 | 1u << 31);
}

void write_filters(const struct e1000 *e) {
    for (uint32_t i = 0; i < 128; i++) {
        store(e, MTA + 4 * i, e->multicast[i]);
        store(e, VFTA + 4 * i, e->vlans[i]);
    }
    for (uint32_t i = 1; i < 16; i++) {
        store(e, RAH + 8 * i, 0);
        store(e, RAL + 8 * i, 0);
    }
    write_address(e);
}

int32_t e1000_set_filter(void *instance, const drydock_filter *filter) {
    struct e1000 *e = instance;
    if (e->state == GONE) return -19;
    if (!filter || filter->mac[0] & 1 || !memcmp(filter->mac, (uint8_t[6]){0}, 6)) return -22;
    uint32_t multicast[128] = {0}, vlans[128] = {0};
    e->promiscuous = filter->flags & DRYDOCK_FILTER_PROMISCUOUS || e->always_promiscuous;
    e->all_multicast = filter->flags & DRYDOCK_FILTER_ALL_MULTICAST;
    e->listed_vlans = filter->flags & DRYDOCK_FILTER_VLAN;
    for (uint32_t i = 0; filter->multicast && !e->no_multicast && i < filter->multicast_count; i++) {
        /* Bits 47 to 36, octet 5 uppermost: RCTL.MO 0. 8254x §13.5.1 */
        uint32_t hash = filter->multicast[i][4] >> 4 | (uint32_t)filter->multicast[i][5] << 4;
        multicast[hash >> 5] |= 1u << (hash & 31);
    }
    for (uint32_t i = 0; filter->vlans && i < filter->vlan_count; i++) vlans[(filter->vlans[i] & 0xFFF) >> 5] |= 1u << (filter->vlans[i] & 31);
    bool moved = memcmp(e->mac, filter->mac, 6) != 0;
    memcpy(e->mac, filter->mac, 6);
    for (uint32_t i = 0; i < 128; i++) {
        if (e->state == RUNNING && multicast[i] != e->multicast[i]) store(e, MTA + 4 * i, multicast[i]);
        if (e->state == RUNNING && vlans[i] != e->vlans[i]) store(e, VFTA + 4 * i, vlans[i]);
    }
    memcpy(e->multicast, multicast, sizeof multicast);
    memcpy(e->vlans, vlans, sizeof vlans);
    if (e->state == RUNNING && moved) write_address(e);
    update_rctl(e);
    return 0;
}

int32_t e1000_set_mtu(void *instance, uint32_t mtu) {
    struct e1000 *e = instance;
    if (e->state == GONE) return -19;
    if (mtu < 68 || mtu > 9000) return -22;
    e->mtu = mtu;
    update_rctl(e);
    return 0;
}

int32_t e1000_set_offloads(void *instance, uint32_t enabled) {
    struct e1000 *e = instance;
    if (e->state == GONE) return -19;
    if (enabled & ~CAPABILITIES) return -95;
    e->offloads = enabled;
    if (e->state != RUNNING) return 0;
    store(e, RXCSUM, wanted_rxcsum(e));
    uint32_t ctrl = load(e, CTRL);
    store(e, CTRL, enabled & DRYDOCK_CAP_VLAN_HW ? ctrl | CTRL_VME : ctrl & ~CTRL_VME);
    return 0;
}

int32_t e1000_get_media(void *instance, drydock_media *out) {
    struct e1000 *e = instance;
    if (!out) return -22;
    uint32_t status = e->state == GONE ? UINT32_MAX : load(e, STATUS);
    if (status == UINT32_MAX) return -19;
    memset(out, 0, sizeof *out);
    out->flags = DRYDOCK_MEDIA_AUTO | (status & STATUS_FD ? DRYDOCK_MEDIA_FULL_DUPLEX : 0) | (status & STATUS_LU ? DRYDOCK_MEDIA_LINK_UP : 0);
    if (status & STATUS_LU) out->megabits = (uint32_t[]){10, 100, 1000, 1000}[status >> 6 & 3];
    out->phy_address = 1;
    int32_t high = phy_read(e, 2), low = phy_read(e, 3);
    if (high < 0 || low < 0) return high < 0 ? high : low;
    out->phy_identifier = (uint32_t)high << 16 | (uint32_t)low;
    return 0;
}

/* The link is negotiated; nothing else can be asked for. */
int32_t e1000_set_media(void *instance, const drydock_media *media) {
    struct e1000 *e = instance;
    if (e->state == GONE) return -19;
    if (!media) return -22;
    return media->flags & DRYDOCK_MEDIA_AUTO || !media->megabits ? 0 : -95;
}

/* The device's counters are 32 bits wide and cleared by reading: they are added up. 8254x §13.7 */
void accumulate(struct e1000 *e) {
    static const struct { uint16_t at; uint8_t counter; } plain[] = {
        {0x407C, DRYDOCK_RX_MULTICAST}, {0x4078, DRYDOCK_RX_BROADCAST}, {0x40F0, DRYDOCK_TX_MULTICAST}, {0x40F4, DRYDOCK_TX_BROADCAST},
        {0x40A0, DRYDOCK_RX_NO_MEMORY}, {0x4010, DRYDOCK_RX_MISSED}, {0x4014, DRYDOCK_TX_SINGLE_COLLISIONS},
        {0x401C, DRYDOCK_TX_MULTIPLE_COLLISIONS}, {0x4030, DRYDOCK_TX_DEFERRED}, {0x4020, DRYDOCK_TX_LATE_COLLISIONS},
        {0x4018, DRYDOCK_TX_EXCESSIVE_COLLISIONS}, {0x4034, DRYDOCK_TX_NO_CARRIER}, {0x4004, DRYDOCK_RX_ALIGNMENT_ERRORS},
        {0x4000, DRYDOCK_RX_CRC_ERRORS}, {0x40A4, DRYDOCK_RX_UNDERSIZED}, {0x40A8, DRYDOCK_RX_UNDERSIZED}, {0x40AC, DRYDOCK_RX_OVERSIZED},
        {0x40B0, DRYDOCK_RX_OVERSIZED}, {0x4040, DRYDOCK_RX_LENGTH_ERRORS}, {0x4008, DRYDOCK_RX_SYMBOL_ERRORS}, {0x400C, DRYDOCK_RX_ERRORS},
    };
    if (load(e, STATUS) == UINT32_MAX) return;
    uint64_t received = load(e, 0x4074), sent = load(e, 0x4080);
    e->counters[DRYDOCK_RX_PACKETS] += received;
    e->counters[DRYDOCK_TX_PACKETS] += sent;
    /* Low before high: reading the high half clears both. The device counts the FCS, we do not. 8254x §13.7.31 */
    uint64_t in = load(e, 0x4088), out = load(e, 0x4090);
    in |= (uint64_t)load(e, 0x408C) << 32;
    out |= (uint64_t)load(e, 0x4094) << 32;
    e->counters[DRYDOCK_RX_OCTETS] += in >= 4 * received ? in - 4 * received : in;
    e->counters[DRYDOCK_TX_OCTETS] += out >= 4 * sent ? out - 4 * sent : out;
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) e->counters[plain[i].counter] += load(e, plain[i].at);
}

int32_t e1000_statistics(void *instance, drydock_statistics *out) {
    struct e1000 *e = instance;
    if (!out) return -22;
    if (e->state != GONE) accumulate(e);
    e->counters[DRYDOCK_TX_HANGS] = e->hangs;
    e->counters[DRYDOCK_INTERRUPTS] = e->interrupts;
    out->valid = ((1ull << DRYDOCK_COUNTERS) - 1) & ~(1ull << DRYDOCK_TX_NO_MEMORY);
    memcpy(out->counter, e->counters, sizeof out->counter);
    return 0;
}
