/* AF_XDP sockets and the program in front of them, by plain system calls. */
#include "hostlink.h"
#include <errno.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <linux/if_xdp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SO_PREFER_BUSY_POLL
#define SO_PREFER_BUSY_POLL 69
#endif
#ifndef SO_BUSY_POLL_BUDGET
#define SO_BUSY_POLL_BUDGET 70
#endif
/* Linux 6.17: frames that one call sends; 32 before it could be said. */
enum { TX_BUDGET = 9 };

_Static_assert(sizeof(hostlink_xdesc) == sizeof(struct xdp_desc), "one shape");

int32_t hostlink_xdp_open(void) {
    int s = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);
    return s < 0 ? -errno : s;
}

static int32_t option(int32_t s, int name, const void *value, socklen_t octets) {
    return setsockopt(s, SOL_XDP, name, value, octets) != 0 ? -errno : 0;
}

int32_t hostlink_xdp_memory(int32_t xdp, uint8_t *start, uint64_t octets, uint32_t chunk) {
    struct xdp_umem_reg r = { .addr = (uintptr_t)start, .len = octets, .chunk_size = chunk };
    return option(xdp, XDP_UMEM_REG, &r, sizeof r);
}

int32_t hostlink_xdp_ring(int32_t xdp, enum hostlink_xdp_kind kind, uint32_t size, hostlink_xring *out) {
    static const int name[] = { XDP_RX_RING, XDP_TX_RING, XDP_UMEM_FILL_RING, XDP_UMEM_COMPLETION_RING };
    static const uint64_t page[] = { XDP_PGOFF_RX_RING, XDP_PGOFF_TX_RING, XDP_UMEM_PGOFF_FILL_RING, XDP_UMEM_PGOFF_COMPLETION_RING };
    int entries = (int)size;
    int32_t status = option(xdp, name[kind], &entries, sizeof entries);
    if (status != 0) return status;
    struct xdp_mmap_offsets all;
    socklen_t known = sizeof all;
    if (getsockopt(xdp, SOL_XDP, XDP_MMAP_OFFSETS, &all, &known) != 0) return -errno;
    if (known != sizeof all) return -EPROTO;
    const struct xdp_ring_offset *o = kind == HOSTLINK_XDP_RECEIVE ? &all.rx : kind == HOSTLINK_XDP_TRANSMIT ? &all.tx
        : kind == HOSTLINK_XDP_FILL ? &all.fr : &all.cr;
    size_t each = kind <= HOSTLINK_XDP_TRANSMIT ? sizeof(struct xdp_desc) : sizeof(uint64_t), octets = o->desc + size * each;
    char *map = mmap(NULL, octets, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, xdp, (off_t)page[kind]);
    if (map == MAP_FAILED) return -errno;
    *out = (hostlink_xring){ .producer = (uint32_t *)(map + o->producer), .consumer = (uint32_t *)(map + o->consumer),
                             .flags = (uint32_t *)(map + o->flags), .entries = map + o->desc, .size = size, .map = map, .octets = octets };
    return 0;
}

void hostlink_xdp_unmap(hostlink_xring *ring) {
    if (ring->map) munmap(ring->map, ring->octets);
    ring->map = NULL;
}

int32_t hostlink_xdp_bind(int32_t xdp, uint32_t index, uint32_t queue, int32_t zero_copy) {
    struct sockaddr_xdp at = { .sxdp_family = AF_XDP, .sxdp_flags = (uint16_t)(XDP_USE_NEED_WAKEUP | (zero_copy ? XDP_ZEROCOPY : XDP_COPY)),
                               .sxdp_ifindex = index, .sxdp_queue_id = queue };
    if (bind(xdp, (struct sockaddr *)&at, sizeof at) != 0) return -errno;
    int budget = 256;
    (void)option(xdp, TX_BUDGET, &budget, sizeof budget);
    return 0;
}

int32_t hostlink_xdp_busy_poll(int32_t xdp, uint32_t microseconds, uint32_t budget) {
    int prefer = 1, time = (int)microseconds, count = (int)budget;
    if (setsockopt(xdp, SOL_SOCKET, SO_PREFER_BUSY_POLL, &prefer, sizeof prefer) != 0) return -errno;
    if (setsockopt(xdp, SOL_SOCKET, SO_BUSY_POLL, &time, sizeof time) != 0) return -errno;
    return setsockopt(xdp, SOL_SOCKET, SO_BUSY_POLL_BUDGET, &count, sizeof count) != 0 ? -errno : 0;
}

static int32_t bpf(int command, union bpf_attr *attributes) {
    long status = syscall(SYS_bpf, command, attributes, sizeof *attributes);
    return status < 0 ? -errno : (int32_t)status;
}

int32_t hostlink_xdp_table(int32_t xdp, uint32_t queue) {
    union bpf_attr a;
    memset(&a, 0, sizeof a);
    a.map_type = BPF_MAP_TYPE_XSKMAP;
    a.key_size = a.value_size = sizeof(uint32_t);
    a.max_entries = queue + 1;
    int32_t table = bpf(BPF_MAP_CREATE, &a);
    if (table < 0) return table;
    uint32_t value = (uint32_t)xdp;
    memset(&a, 0, sizeof a);
    a.map_fd = (uint32_t)table;
    a.key = (uintptr_t)&queue;
    a.value = (uintptr_t)&value;
    int32_t status = bpf(BPF_MAP_UPDATE_ELEM, &a);
    if (status < 0) {
        close(table);
        return status;
    }
    return table;
}

int32_t hostlink_xdp_program(int32_t table) {
    /* return bpf_redirect_map(table, context->rx_queue_index, XDP_PASS): queues without a socket stay the kernel's. */
    struct bpf_insn code[] = {
        { .code = BPF_LDX | BPF_MEM | BPF_W, .dst_reg = BPF_REG_2, .src_reg = BPF_REG_1, .off = offsetof(struct xdp_md, rx_queue_index) },
        { .code = BPF_LD | BPF_DW | BPF_IMM, .dst_reg = BPF_REG_1, .src_reg = BPF_PSEUDO_MAP_FD, .imm = table },
        { .code = 0 },
        { .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_3, .imm = XDP_PASS },
        { .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_redirect_map },
        { .code = BPF_JMP | BPF_EXIT },
    };
    union bpf_attr a;
    memset(&a, 0, sizeof a);
    a.prog_type = BPF_PROG_TYPE_XDP;
    a.insns = (uintptr_t)code;
    a.insn_cnt = sizeof code / sizeof *code;
    a.license = (uintptr_t)"Apache-2.0";
    a.expected_attach_type = BPF_XDP;
    memcpy(a.prog_name, "drydock_xsk", 12);
    return bpf(BPF_PROG_LOAD, &a);
}

int32_t hostlink_xdp_attach(int32_t program, uint32_t index, int32_t generic) {
    union bpf_attr a;
    memset(&a, 0, sizeof a);
    a.link_create.prog_fd = (uint32_t)program;
    a.link_create.target_ifindex = index;
    a.link_create.attach_type = BPF_XDP;
    a.link_create.flags = generic ? XDP_FLAGS_SKB_MODE : XDP_FLAGS_DRV_MODE;
    return bpf(BPF_LINK_CREATE, &a);
}

int32_t hostlink_xdp_detach(int32_t place) {
    union bpf_attr a;
    memset(&a, 0, sizeof a);
    a.link_detach.link_fd = (uint32_t)place;
    return bpf(BPF_LINK_DETACH, &a);
}

int32_t hostlink_xdp_counts_of(int32_t xdp, hostlink_xdp_counts *out) {
    struct xdp_statistics s;
    socklen_t octets = sizeof s;
    memset(&s, 0, sizeof s);
    if (getsockopt(xdp, SOL_XDP, XDP_STATISTICS, &s, &octets) != 0) return -errno;
    *out = (hostlink_xdp_counts){ s.rx_dropped, s.rx_invalid_descs, s.tx_invalid_descs, s.rx_ring_full, s.rx_fill_ring_empty_descs };
    return 0;
}

int32_t hostlink_wake_receive(int32_t descriptor) { return recvfrom(descriptor, NULL, 0, MSG_DONTWAIT, NULL, NULL) < 0 ? -errno : 0; }
