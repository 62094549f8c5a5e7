/* Packet sockets with rings: packet(7), Documentation/networking/packet_mmap.rst. */
#include "hostlink.h"
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

int32_t hostlink_packet_open(void) {
    int s = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    return s < 0 ? -errno : s;
}

static int32_t option(int32_t s, int name, const void *value, socklen_t octets) {
    return setsockopt(s, SOL_PACKET, name, value, octets) != 0 ? -errno : 0;
}

static int32_t map(int32_t s, uint32_t count, uint32_t octets, hostlink_ring *out) {
    void *at = mmap(NULL, (size_t)count * octets, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, s, 0);
    if (at == MAP_FAILED) return -errno;
    *out = (hostlink_ring){ .memory = at, .count = count, .octets = octets };
    return 0;
}

int32_t hostlink_packet_receive(int32_t packet, uint32_t blocks, uint32_t octets, uint32_t milliseconds, hostlink_ring *out) {
    int version = TPACKET_V3, ignore = 1;
    struct tpacket_req3 r = { .tp_block_size = octets, .tp_block_nr = blocks, .tp_frame_size = 2048,
                              .tp_frame_nr = blocks * (octets / 2048), .tp_retire_blk_tov = milliseconds };
    int32_t status = option(packet, PACKET_VERSION, &version, sizeof version);
    if (status == 0) status = option(packet, PACKET_RX_RING, &r, sizeof r);
    /* What leaves by this interface is not ours to receive. Kernels before 4.20 cannot; the frame's type is looked at too. */
    (void)option(packet, PACKET_IGNORE_OUTGOING, &ignore, sizeof ignore);
    return status != 0 ? status : map(packet, blocks, octets, out);
}

int32_t hostlink_packet_transmit(int32_t packet, uint32_t frames, uint32_t octets, hostlink_ring *out) {
    int version = TPACKET_V2, bypass = 1;
    long page = sysconf(_SC_PAGESIZE);
    uint32_t block = octets > (uint32_t)page ? octets : (uint32_t)page;
    struct tpacket_req r = { .tp_block_size = block, .tp_block_nr = frames / (block / octets), .tp_frame_size = octets, .tp_frame_nr = frames };
    int32_t status = option(packet, PACKET_VERSION, &version, sizeof version);
    if (status == 0) status = option(packet, PACKET_TX_RING, &r, sizeof r);
    (void)option(packet, PACKET_QDISC_BYPASS, &bypass, sizeof bypass);
    return status != 0 ? status : map(packet, frames, octets, out);
}

int32_t hostlink_packet_bind(int32_t packet, uint32_t index, int32_t receives) {
    struct sockaddr_ll at = { .sll_family = AF_PACKET, .sll_protocol = receives ? htons(ETH_P_ALL) : 0, .sll_ifindex = (int)index };
    return bind(packet, (struct sockaddr *)&at, sizeof at) != 0 ? -errno : 0;
}

void hostlink_unmap(hostlink_ring *ring) {
    if (ring->memory) munmap(ring->memory, (size_t)ring->count * ring->octets);
    ring->memory = NULL;
}

int32_t hostlink_packet_member(int32_t packet, uint32_t index, uint32_t kind, const uint8_t *address, int32_t add) {
    static const unsigned short type[] = { PACKET_MR_MULTICAST, PACKET_MR_PROMISC, PACKET_MR_ALLMULTI, PACKET_MR_UNICAST };
    if (kind >= sizeof type / sizeof *type) return -EINVAL;
    struct packet_mreq m = { .mr_ifindex = (int)index, .mr_type = type[kind] };
    if (address) {
        m.mr_alen = 6;
        memcpy(m.mr_address, address, 6);
    }
    return option(packet, add ? PACKET_ADD_MEMBERSHIP : PACKET_DROP_MEMBERSHIP, &m, sizeof m);
}

uint32_t hostlink_packet_drops(int32_t packet) {
    struct tpacket_stats_v3 s;
    socklen_t octets = sizeof s;
    memset(&s, 0, sizeof s);
    return getsockopt(packet, SOL_PACKET, PACKET_STATISTICS, &s, &octets) != 0 ? 0 : s.tp_drops;
}

int32_t hostlink_wake(int32_t descriptor) { return sendto(descriptor, NULL, 0, MSG_DONTWAIT, NULL, 0) < 0 ? -errno : 0; }

int32_t hostlink_pending(int32_t descriptor) {
    int number = 0;
    socklen_t octets = sizeof number;
    return getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &number, &octets) != 0 ? -errno : -number;
}

static struct tpacket_hdr_v1 *header(hostlink_ring ring, uint32_t block) {
    return &((struct tpacket_block_desc *)(ring.memory + (size_t)block * ring.octets))->hdr.bh1;
}

int32_t hostlink_block_frames(hostlink_ring ring, uint32_t block, uint32_t *first) {
    struct tpacket_hdr_v1 *h = header(ring, block);
    if (!(__atomic_load_n(&h->block_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER)) return -1;
    *first = h->offset_to_first_pkt;
    return (int32_t)h->num_pkts;
}

void hostlink_block_release(hostlink_ring ring, uint32_t block) {
    __atomic_store_n(&header(ring, block)->block_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
}

int32_t hostlink_block_frame(hostlink_ring ring, uint32_t block, uint32_t offset, hostlink_frame *out) {
    if (offset > ring.octets - sizeof(struct tpacket3_hdr) - sizeof(struct sockaddr_ll)) return 0;
    const uint8_t *at = ring.memory + (size_t)block * ring.octets + offset;
    const struct tpacket3_hdr *h = (const void *)at;
    uint32_t room = ring.octets - offset;
    if (h->tp_mac > room || h->tp_snaplen > room - h->tp_mac) return 0;
    const struct sockaddr_ll *from = (const void *)(at + TPACKET_ALIGN(sizeof *h));
    __builtin_prefetch(at + h->tp_next_offset);
    out->at = at + h->tp_mac;
    out->octets = h->tp_snaplen;
    out->wire = h->tp_len;
    out->next = h->tp_next_offset;
    out->vlan = (uint16_t)h->hv1.tp_vlan_tci;
    out->tagged = (h->tp_status & TP_STATUS_VLAN_VALID) != 0;
    out->checked = (h->tp_status & (TP_STATUS_CSUMNOTREADY | TP_STATUS_CSUM_VALID)) != 0;
    out->outgoing = from->sll_pkttype == PACKET_OUTGOING;
    return 1;
}

static struct tpacket2_hdr *slot_header(hostlink_ring ring, uint32_t slot) {
    return (struct tpacket2_hdr *)(ring.memory + (size_t)slot * ring.octets);
}

int32_t hostlink_slot_state(hostlink_ring ring, uint32_t slot) {
    uint32_t status = __atomic_load_n(&slot_header(ring, slot)->tp_status, __ATOMIC_ACQUIRE);
    return status == TP_STATUS_AVAILABLE ? HOSTLINK_SLOT_FREE : status & TP_STATUS_WRONG_FORMAT ? HOSTLINK_SLOT_REFUSED : HOSTLINK_SLOT_BUSY;
}

/* Without PACKET_TX_HAS_OFF the octets follow the header. */
enum { DATA = TPACKET_ALIGN(sizeof(struct tpacket2_hdr)) };

uint8_t *hostlink_slot_octets(hostlink_ring ring, uint32_t slot) { return (uint8_t *)slot_header(ring, slot) + DATA; }

uint32_t hostlink_slot_room(hostlink_ring ring) { return ring.octets - DATA; }

void hostlink_slot_send(hostlink_ring ring, uint32_t slot, uint32_t octets) {
    struct tpacket2_hdr *h = slot_header(ring, slot);
    h->tp_len = octets;
    h->tp_snaplen = octets;
    __atomic_store_n(&h->tp_status, TP_STATUS_SEND_REQUEST, __ATOMIC_RELEASE);
}

void hostlink_slot_clear(hostlink_ring ring, uint32_t slot) {
    __atomic_store_n(&slot_header(ring, slot)->tp_status, TP_STATUS_AVAILABLE, __ATOMIC_RELEASE);
}
